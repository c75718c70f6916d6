"""What GET /data is asked for, and all of it as CSV."""

import csv as writer
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from werkzeug.exceptions import BadRequest, NotFound

from credit.decision.policy import DECISIONS
from credit.decision_log import Log
from credit.decision_log.decision_filters import Filters
from credit.decision_log.final_actions import Verdict, verdicts_of
from credit.decision_log.logged_decisions import LARGEST, PAGE, Page
from credit.i18n.numbers import number
from credit.i18n.page_text import WORDS
from credit.web import requests
from credit.web.error_codes import spoken
from credit.web.payload.violations import LARGEST_CLIENT
from credit.web.roles import REASON, REVIEWER, is_shown

#: Of how sure a probability was when it was logged, see `credit.decision.certainty.Certainty`.
_INTERVAL = ("low", "high", "rate_low", "rate_high", "crosses_break_even")

#: The columns of the CSV: of the log, and the verdict of a person beside them.
COLUMNS = (
    *("id", "time", "client", "route", "sent", "decision", "verdict", "review_reason", "reviewer", "probability"),
    *("threshold", "reasons", "trial", "erased", "model_hash", "request"),
    *_INTERVAL,
)


@dataclass(frozen=True)
class Wanted:
    """``number``: of the page, of ``size`` rows, counted from the cursor ``after``. ``inputs``: whether each row has
    them. ``csv``: whether all rows are wanted as CSV.
    """

    filters: Filters
    number: int
    size: int
    after: int | None
    inputs: bool
    csv: bool


def wanted() -> Wanted:
    """What the query asks for; 400 for what is none."""
    made, trial, after = (requests.given(name) for name in ("decision", "trial", "after"))
    if made not in (None, *DECISIONS):
        raise BadRequest(f"decision must be {', '.join(DECISIONS[:-1])} or {DECISIONS[-1]}, not {made[:40]!r}.")
    first, last = requests.day("from"), requests.day("to")
    if first is not None and last is not None and first > last:
        raise BadRequest(f"from is {first} and to is {last}, an earlier day: swap them.")
    cursor = None if after is None else requests.whole_number(after, 1, LARGEST_CLIENT)
    if after is not None and cursor is None:
        raise BadRequest(f"after must be what a page gave as its next one, not {after[:40]!r}.")
    return Wanted(
        filters=Filters(
            client=requests.client_wanted(),
            decision=made,
            first=first,
            last=last,
            trial=None if trial is None else requests.switch("trial"),
        ),
        number=requests.page(),
        size=requests.whole("size", PAGE, LARGEST),
        after=cursor,
        inputs=requests.switch("inputs"),
        csv=requests.switch("csv"),
    )


def check_there(page: Page, language: str) -> None:
    """404 for a page behind the last one, with a sentence in ``language``; the first is there, if without decisions.

    For readers: a program that counts up until a page is empty gets the empty page, as ever.
    """
    if page.rows or page.number == 1:
        return
    said = WORDS[language]["data"]["beyond"]
    for name, value in (("n", page.number), ("all", page.pages)):
        said = said.replace(f"{{{name}}}", number(value, 0, language))
    raise spoken(NotFound(said), language)


def verdicts(log: Log, numbers: Sequence[int]) -> dict[int, Verdict]:
    """What people made of these decisions."""
    with log.reading() as connection:
        return verdicts_of(connection, numbers)


def csv(log: Log, caller: str, filters: Filters, roles: frozenset[str]) -> Response:
    """All that the caller has sent and is asked for, as a file, written as it is read. ``log``: which is read.
    ``filters``: which decisions are asked for. ``roles``: of the ``caller``, by which columns about people are filled;
    all columns are there for everybody.
    """
    headers = {"Content-Disposition": 'attachment; filename="decisions.csv"', "Vary": "Accept"}
    return Response(_lines(log, caller, filters, roles), headers=headers, content_type="text/csv; charset=utf-8")


def _lines(log: Log, caller: str, filters: Filters, roles: frozenset[str]) -> Iterator[str]:
    yield _line(COLUMNS)

    def shown(by_person: Verdict, part: str) -> bool:
        return by_person.reviewer == caller or is_shown(roles, part)

    for rows in log.all_of(caller, filters):
        seen = verdicts(log, [row["id"] for row in rows])
        for row in rows:
            by_person = seen.get(row["id"])
            values = {
                **row,
                **_interval(row["interval"]),
                "reasons": " ".join(one["code"] for one in row["reasons"] or ()),
                "trial": int(row["trial"]),
                "erased": int(row["erased"]),
                "verdict": None if by_person is None else by_person.verdict,
                "review_reason": None if by_person is None or not shown(by_person, REASON) else by_person.reason,
                "reviewer": None if by_person is None or not shown(by_person, REVIEWER) else by_person.reviewer,
            }
            yield _line([values[name] for name in COLUMNS])


def _interval(logged: Mapping[str, Any] | None) -> dict[str, Any]:
    """How sure the probability was when it was logged; gaps where that was not measured."""
    if logged is None:
        return dict.fromkeys(_INTERVAL)
    found = {name: logged[name] for name in _INTERVAL}
    return found | {"crosses_break_even": int(found["crosses_break_even"])}


def _line(values: Sequence[object]) -> str:
    text = io.StringIO()
    writer.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()
