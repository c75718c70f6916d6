"""A refusal as the decision log has it: why, from what, and by which rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from credit.decision.policy import REFER, REFUSE
from credit.decision_log import Log
from credit.decision_log.reviews import case_of
from credit.explain.logged_reasons import in_language
from credit.explain.reasons import MOST
from credit.features.information_sources import BUREAU, OWN, SCORES

#: What an application is called in the list of what was used.
_APPLICATION = {"en": "your application", "fr": "votre demande"}
_IF_ANY = {"en": "{} (where we had any)", "fr": "{} (s'il y en avait)"}


class NoDecision(LookupError):
    """There is no decision of that number, or none of the caller's."""


class NotRefused(ValueError):
    """There is no letter of refusal about a decision; the text says why, and what to do."""


@dataclass(frozen=True)
class CitedRule:
    """A rule of the bank that has refused: its name, and the law that asks for it, where one does."""

    name: str
    legal_basis: str | None


@dataclass(frozen=True)
class Refusal:
    """What a letter says of one decision; nothing of another client, and no value of this one.

    - ``decision``: its number in the log; ``client``: SK_ID_CURR; ``decided``: on which day, UTC
    - ``language``: of the texts, en or fr
    - ``reasons``: up to four sentences, the weightiest first
    - ``used``: what was used, in words; ``bureau``: whether the report of a bureau or scores of others are among it
    - ``rules``: of the bank, which has refused; empty where the model has
    - ``probability``, ``threshold``: of default, and at or above which the model refuses
    - ``model``: the SHA-256 of the model
    """

    decision: int
    client: int
    decided: date
    language: str
    reasons: tuple[str, ...]
    used: tuple[str, ...]
    bureau: bool
    rules: tuple[CitedRule, ...]
    probability: float
    threshold: float
    model: str


#: The reasons of a logged decision worked out again, each as the log keeps it; None where that cannot be done.
Explain = Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]] | None]


def refusal(
    log: Log, number: int, language: str, caller: str | None = None, explain: Explain = lambda row: None
) -> Refusal:
    """The refusal of that number in the log. ``caller``: whose decisions are looked at, everybody's where None.

    ``explain``: asked where the log has no reasons in these words. Raises `NoDecision`, `NotRefused` for a decision
    that is no refusal, on which a person has decided or of which no reason can be told, and `LogError`.
    """
    row = log.find(number)
    if row is None or (caller is not None and row["caller"] != caller):
        raise NoDecision(f"There is no decision {number}.")
    if (last := case_of(log, number).last) is not None:
        raise NotRefused(
            f"A person has decided on decision {number} ({last.verdict}), and a letter gives the machine's reasons: a "
            "person has to write to this client."
        )
    if row["decision"] != REFUSE:
        then = "a person decides on it first" if row["decision"] == REFER else "it was accepted"
        raise NotRefused(f"Decision {number} is no refusal: {then}. There is a letter of refusals alone.")
    rules, reasons = _of_rules(log, row, language)
    if not rules:
        reasons = _of_model(row, language, explain)
    scores = _scores_used(row)
    return Refusal(
        decision=number,
        client=row["client"],
        decided=datetime.fromisoformat(row["time"]).date(),
        language=language,
        reasons=tuple(reasons[:MOST]),
        used=tuple(_used(row, scores, language)),
        bureau=BUREAU.name in _parts(row) or scores is not False,
        rules=rules,
        probability=row["probability"],
        threshold=row["threshold"],
        model=row["model_hash"],
    )


def _of_rules(log: Log, row: Mapping[str, Any], language: str) -> tuple[tuple[CitedRule, ...], list[str]]:
    """The rules of the bank that have refused, and their reasons; none where the model has."""
    bank = (row["rule"] or {}).get("bank_rules")
    if bank is None or bank["decided"] is None:
        return (), []
    text = log.bank_rules(bank["hash"])
    if text is None:
        raise NotRefused(f"The bank's rules by which decision {row['id']} was made are not in the log any more.")
    written = {one["name"]: one for one in msgspec.json.decode(text)}
    held = [written[name] for name in bank["decided"]["held"]][:MOST]
    return tuple(CitedRule(one["name"], one.get("legal_basis")) for one in held), [
        one["reason"][language] for one in held
    ]


def _of_model(row: Mapping[str, Any], language: str, explain: Explain) -> list[str]:
    """The logged reasons in ``language``; else those that are worked out again, of the same model and inputs."""
    logged = row["reasons"]
    found = None if logged is None else _translated(logged, language)
    if found is None and (again := explain(row)) is not None:
        found = _translated(again, language)
    if found is None:
        raise NotRefused(
            f"The log has no reasons of decision {row['id']} in words that this version knows, and they cannot be "
            "worked out again: that wants its inputs, and the model that decided. A person has to write this letter."
        )
    if not found:
        raise NotRefused(
            f"Nothing that may be told speaks against the client of decision {row['id']}, so there is no specific "
            "reason to give: a person has to decide again."
        )
    return found


def _translated(logged: Sequence[Mapping[str, Any]], language: str) -> list[str] | None:
    """All of them in ``language``, None where one is not known."""
    found = [in_language(one["code"], one["kind"], one["text"], language) for one in logged]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


def _parts(row: Mapping[str, Any]) -> set[str]:
    """Which parts of what is known of a client were known, by the tables that the log names."""
    tables = set((row["sent"] or "").split(","))
    return {part.name for part in (BUREAU, OWN) if tables & set(part.tables)}


def _scores_used(row: Mapping[str, Any]) -> bool | None:
    """Whether scores of others were known; None where the inputs are erased, and nobody can tell."""
    if row["inputs"] is None:
        return None
    return any(row["inputs"].get(name) is not None for name in SCORES.columns)


def _used(row: Mapping[str, Any], scores: bool | None, language: str) -> list[str]:
    found, parts = [_APPLICATION[language]], _parts(row)
    found += [part.fr if language == "fr" else part.en for part in (BUREAU, OWN) if part.name in parts]
    words = SCORES.fr if language == "fr" else SCORES.en
    if scores is not False:
        found.append(words if scores else _IF_ANY[language].format(words))
    return found
