"""What people decide: of the cases that were referred to them, in place of the machine, and once more on request.

A review is a row of the decisions' hash chain, and nothing overwrites a decision: the newest verdict about it counts,
and before there is one the machine's. There are three kinds:

- ``review``: of an open case, which it closes
- ``override``: of an automatic decision, which it changes
- ``reopen``: a wish that a decision is looked at again, which opens its case; until it is reviewed what was decided
  counts on

Writers take turns, and a case is judged by the log as it is then: who comes second is told what was decided.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from credit.decision.policy import REFER
from credit.decision.review_reasons import BANK_RULE, REOPEN
from credit.decision_log import case_queue
from credit.decision_log.case_intake import REFERRED, REOPENED
from credit.decision_log.hash_chain import inputs_hash, link_review, new_salt
from credit.decision_log.log import Log
from credit.decision_log.offered_terms import refusing_rule
from credit.decision_log.review_rulings import Ruling, RulingError, Terms, check_fits
from credit.decision_log.schema import chain, decisions, reviews
from credit.decision_log.timestamps import as_text

REVIEW, OVERRIDE = "review", "override"
KINDS = (REVIEW, OVERRIDE, REOPEN)


@dataclass(frozen=True)
class Review:
    """A row of the log. ``id``: its number in the chain. ``decision``: about which. ``kind``: of `KINDS`. ``verdict``:
    None of a reopening. ``words``, ``terms``: None where there are none, and once erased, as ``erased`` says.
    """

    id: int
    time: str
    request: str
    reviewer: str
    decision: int
    kind: str
    verdict: str | None
    reason: str
    words: str | None
    terms: Terms | None
    erased: bool


@dataclass(frozen=True)
class Case:
    """A decision and what people made of it. ``made``: what the machine decided. ``reviews``: in order of time.
    ``trial``: whether it was made to try the service out; then nobody decides on it.
    """

    decision: int
    client: int
    caller: str
    time: str
    made: str
    reviews: tuple[Review, ...]
    trial: bool = False

    @property
    def open(self) -> bool:
        """Whether a person has to decide."""
        return self.reviews[-1].kind == REOPEN if self.reviews else self.made == REFER and not self.trial

    @property
    def kind(self) -> str | None:
        """Why it is open, of `case_intake.KINDS`; None where it is not."""
        return None if not self.open else REOPENED if self.reviews else REFERRED

    @property
    def opened(self) -> str | None:
        """Since when it is open; None where it is not."""
        return None if not self.open else self.reviews[-1].time if self.reviews else self.time

    @property
    def last(self) -> Review | None:
        """The verdict that counts; None where no person has given one."""
        return next((one for one in reversed(self.reviews) if one.verdict is not None), None)

    @property
    def deciders(self) -> frozenset[str]:
        """Who has given a verdict, whichever counts."""
        return frozenset(one.reviewer for one in self.reviews if one.verdict is not None)

    @property
    def final(self) -> str | None:
        """What counts: the newest verdict, else the machine's decision; None where it left it to a person."""
        if self.last is not None:
            return self.last.verdict
        return None if self.made == REFER else self.made


class UnknownDecision(LookupError):
    """There is no such decision, or none of the caller's."""


class OwnDecision(Exception):
    """Four eyes: who sent a client must not decide on it, nor who decided before on a case that was reopened."""


class CaseConflict(Exception):
    """The case is not as the request takes it to be; the text says how it is, and holds no client's values. ``last``:
    the verdict that counts, or None.
    """

    def __init__(self, sentence: str, last: Review | None = None) -> None:
        super().__init__(sentence)
        self.last = last


def case_of(log: Log, decision: int) -> Case:
    """A decision with its reviews. Raises `UnknownDecision` and `LogError`."""
    with log.reading() as connection:
        return _case(connection, decision)


def decide(
    log: Log,
    decision: int,
    ruling: Ruling,
    reviewer: str,
    request: str,
    four_eyes: bool = False,
    beside: Callable[[Connection, Review], None] = lambda *_: None,
) -> Review:
    """Write what a person has decided, on disk when this returns.

    ``decision``: its id in ``log``. ``ruling``: verdict and reason. ``reviewer``: who decides, the name of the caller.
    ``request``: the id of the request. ``four_eyes``: refuse a reviewer who has sent the client or decided on it
    before. ``beside``: writes in the same transaction. Raises `UnknownDecision`, `OwnDecision`, `LogError`,
    `RulingError` where the ruling does not fit the decision (`review_rulings.check_fits`) or a rule that is its reason
    refuses the offer, too, and `CaseConflict` where the case was decided already, or an override would change nothing.
    """
    if ruling.verdict == REOPEN:
        raise ValueError("to reopen a case is no verdict; use reopen")
    if ruling.reason == BANK_RULE and ruling.terms is not None:
        refusing = refusing_rule(log, decision, ruling.terms)
        if refusing is not None:
            raise RulingError("terms", "rule_refuses_offer", refusing=refusing)

    def kind_of(case: Case) -> str:
        if four_eyes and case.caller == reviewer:
            raise OwnDecision(
                f"Decision {decision} was sent by {reviewer}: with FOUR_EYES=1 another person has to review it."
            )
        if four_eyes and case.open and reviewer in case.deciders:
            raise OwnDecision(
                f"Decision {decision} was reviewed by {reviewer} before: with FOUR_EYES=1 another person has to look "
                "at it again."
            )
        if case.open:
            return REVIEW
        if case.last is not None:
            raise CaseConflict(
                f"Decision {decision} was decided by {case.last.reviewer} at {case.last.time}: {case.last.verdict}, "
                f"{case.last.reason}. To have it looked at again, reopen it.",
                case.last,
            )
        if ruling.verdict == case.made:
            raise CaseConflict(f"Decision {decision} already says {case.made}: an override has to change it.")
        return OVERRIDE

    return _write(log, decision, ruling, reviewer, request, kind_of, beside)


def reopen(
    log: Log,
    decision: int,
    reason: str,
    words: str | None,
    caller: str,
    request: str,
    own: bool = False,
    beside: Callable[[Connection, Review], None] = lambda *_: None,
) -> Review:
    """Write that a decision is to be looked at again, which opens its case; on disk when this returns.

    ``decision``: its id in ``log``. ``reason``: a code of `credit.decision.review_reasons`; ``words``: what is said
    with it, or None. ``caller``: whose wish it is. ``request``: the id of the request. ``beside``: writes in the same
    transaction. ``own``: of decisions that the caller has sent alone. Raises `RulingError` for a reason that is none,
    `UnknownDecision`, `LogError`, and `CaseConflict` where the case is open already.
    """

    def kind_of(case: Case) -> str:
        if own and case.caller != caller:
            raise UnknownDecision(unknown(decision))
        if case.open:
            raise CaseConflict(f"The case of decision {decision} is open since {case.opened}: it waits for a person.")
        return REOPEN

    return _write(log, decision, Ruling(REOPEN, reason, words), caller, request, kind_of, beside)


def unknown(decision: int) -> str:
    """That there is no such decision, as a sentence."""
    return f"There is no decision {decision}: its number is decision_id in the answer of /score, and id in GET /data."


def _write(
    log: Log,
    decision: int,
    ruling: Ruling,
    reviewer: str,
    request: str,
    kind_of: Callable[[Case], str],
    beside: Callable[[Connection, Review], None],
) -> Review:
    with log.writing() as connection:
        case_queue.hold(connection)
        case = _case(connection, decision)
        kind = kind_of(case)
        if case.trial:
            raise CaseConflict(f"Decision {decision} is a trial, on which nobody acts: score the client without trial.")
        if kind != REOPEN:
            check_fits(connection, decision, ruling)
        written = {"words": ruling.words, "terms": ruling.terms}
        content = msgspec.json.encode({name: value for name, value in written.items() if value is not None})
        salt = new_salt()
        # Last: scoring waits for who holds the end of the chain.
        end = select(chain.c.decisions, chain.c.last, chain.c.head).with_for_update()
        count, last, head = connection.execute(end).one()
        row: dict[str, Any] = {
            "id": last + 1,
            "time": as_text(datetime.now(UTC)),
            "request": request,
            "reviewer": reviewer,
            "decision": decision,
            "kind": kind,
            "verdict": None if kind == REOPEN else ruling.verdict,
            "reason": ruling.reason,
            "content": content,
            "salt": salt,
            "content_hash": inputs_hash(salt, content),
        }
        row["hash"] = link_review(head, row)
        connection.execute(insert(reviews), row)
        connection.execute(update(chain).values(decisions=count + 1, last=row["id"], head=row["hash"]))
        if kind == REOPEN:
            case_queue.reopen(connection, decision, row["time"])
        else:
            case_queue.close(connection, decision)
        found = _review(row)
        beside(connection, found)
    return found


def _case(connection: Connection, decision: int) -> Case:
    asked = select(decisions.c.client, decisions.c.caller, decisions.c.time, decisions.c.decision, decisions.c.trial)
    found = connection.execute(asked.where(decisions.c.id == decision)).one_or_none()
    if found is None:
        raise UnknownDecision(unknown(decision))
    rows = connection.execute(select(reviews).where(reviews.c.decision == decision).order_by(reviews.c.id)).mappings()
    made = tuple(_review(row) for row in rows)
    return Case(decision, found.client, found.caller, found.time, found.decision, made, bool(found.trial))


def _review(row: Any) -> Review:
    content = {} if row["content"] is None else msgspec.json.decode(row["content"])
    return Review(
        **{name: row[name] for name in ("id", "time", "request", "reviewer", "decision", "kind", "verdict", "reason")},
        words=content.get("words"),
        terms=msgspec.convert(content["terms"], Terms) if "terms" in content else None,
        erased=row["content"] is None,
    )
