"""The decisions of a caller as the page of GET /data shows them."""

from datetime import datetime
from typing import Any

from credit.decision_log.log import Page
from credit.i18n.numbers import number, percent
from credit.i18n.page_text import WORDS

#: So many letters of a model's hash tell it from others.
_DIGITS = 12


def shown(page: Page, client: int | None, language: str) -> dict[str, Any]:
    """What the template shows of one ``page``; ``client``: whose decisions are asked for, None for everybody's."""
    told = WORDS[language]["data"]["page"]
    for name, value in (("n", page.number), ("all", page.pages), ("total", page.total)):
        told = told.replace(f"{{{name}}}", number(value, 0, language))
    return {
        "client": client,
        "number": page.number,
        "pages": page.pages,
        "told": told,
        "rows": [_row(row, language) for row in page.rows],
        "here": "/data?" + (f"client={client}&" if client is not None else ""),
    }


def _row(row: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "time": row["time"],
        "clock": f"{datetime.fromisoformat(row['time']):%Y-%m-%d %H:%M:%S}",
        "client": row["client"],
        "route": row["route"],
        "erased": row["inputs"] is None,
        "sent": row["sent"].split(",") if row["sent"] else [],
        "decision": row["decision"],
        "probability": percent(row["probability"], language),
        "threshold": percent(row["threshold"], language),
        "reasons": _by_rules(row) or [one["text"] for one in row["reasons"] or ()],
        "model": row["model_hash"][:_DIGITS],
    }


def _by_rules(row: dict[str, Any]) -> list[str]:
    """The names of the bank's rules that have decided; none where the model has, whose reasons are told then."""
    decided = ((row["rule"] or {}).get("bank_rules") or {}).get("decided")
    return [] if decided is None else decided["held"]
