"""The decisions of a caller as the page of GET /data shows them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from credit.decision.policy import DECISIONS
from credit.decision_log.final_actions import Verdict
from credit.decision_log.logged_decisions import PAGE, Page
from credit.decision_log.rule_reasons import RuleReasons
from credit.i18n.dates import clock
from credit.i18n.numbers import number, percent
from credit.i18n.page_text import WORDS
from credit.web.pages.decision_page import DIGITS, reasons, rule_in_words, word
from credit.web.pages.known_sources import sources
from credit.web.routes.sent_rows import Wanted


def shown(
    page: Page, wanted: Wanted, verdicts: Mapping[int, Verdict], words: RuleReasons, language: str
) -> dict[str, Any]:
    """What the template shows of one ``page``. ``wanted``: what was asked for. ``verdicts``: of people.
    ``words``: of the bank's rules, in ``language``.
    """
    told = WORDS[language]["data"]["page"]
    for name, value in (("n", page.number), ("all", page.pages), ("total", page.total)):
        told = told.replace(f"{{{name}}}", number(value, 0, language))
    filters = wanted.filters
    asked = {
        "client": filters.client,
        "decision": filters.decision,
        "from": filters.first,
        "to": filters.last,
        "trial": None if filters.trial is None else int(filters.trial),
        "size": None if wanted.size == PAGE else wanted.size,
    }
    kept = {name: value for name, value in asked.items() if value is not None}
    query = urlencode(kept)
    return {
        "client": filters.client,
        "asked": asked,
        "narrowed": bool(kept.keys() - {"size"}),
        "query": f"&{query}" if query else "",
        "decisions": DECISIONS,
        "number": page.number,
        "pages": page.pages,
        "told": told,
        "rows": [_row(row, verdicts.get(row["id"]), words, language) for row in page.rows],
        "here": f"/data?{query}&" if query else "/data?",
    }


def _row(row: dict[str, Any], seen: Verdict | None, words: RuleReasons, language: str) -> dict[str, Any]:
    verdict = None if seen is None else seen.verdict
    return {
        "id": row["id"],
        "time": row["time"],
        "clock": clock(row["time"]),
        "client": row["client"],
        "route": row["route"],
        "erased": row["erased"],
        "trial": row["trial"],
        "sent": sources(row["sent"], language),
        "decision": row["decision"],
        "verdict": verdict,
        "verdict_word": None if verdict is None else word(verdict, language),
        "probability": percent(row["probability"], language),
        "threshold": WORDS[language]["data"]["threshold_of"].replace("{t}", percent(row["threshold"], language)),
        "reasons": _by_rules(row, words, language) or reasons(row["reasons"] or (), language),
        "model": row["model_hash"][:DIGITS],
    }


def rules_hash(row: Mapping[str, Any]) -> str | None:
    """Of the bank's rules that a decision names, None where there were none."""
    found: str | None = ((row["rule"] or {}).get("bank_rules") or {}).get("hash")
    return found


def _by_rules(row: dict[str, Any], words: RuleReasons, language: str) -> list[tuple[str, bool]]:
    """What the bank's rules that have decided say, each with its name, as `reasons` gives sentences; none where the
    model has decided.
    """
    decided = ((row["rule"] or {}).get("bank_rules") or {}).get("decided")
    if decided is None:
        return []
    return [
        (rule_in_words(name, words.of(rules_hash(row), name), decided["unknown"], language), True)
        for name in decided["held"]
    ]
