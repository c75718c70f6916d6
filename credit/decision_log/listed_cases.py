"""Decisions as lists of cases have them: what waits, what counts, what is at stake by the rule of its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import ColumnElement, Connection

from credit.decision.policy import LOAN, REFER
from credit.decision_log.audit import rule_decision_of, rules_hash
from credit.decision_log.case_intake import money
from credit.decision_log.final_actions import Verdict
from credit.decision_log.model_rule import known_amount, model_rule
from credit.decision_log.schema import decisions
from credit.decision_log.single_features import feature, number

#: Cases of a page.
PAGE, LARGEST = 20, 200


class CursorError(ValueError):
    """A cursor that no page has given."""


@dataclass(frozen=True)
class ListedCase:
    """A decision and its case.

    ``decision``: its number. ``kind``: why it waits for a person, one of `case_intake.KINDS`, ``opened``: since when;
    None where it does not wait. ``decided``: when the machine did, ``made``: what. ``final``: what counts until it is
    decided again, None where the machine left it to a person and none has decided. ``rule``: the name of the bank's
    rule that decided, None where the model has, ``rule_unknown``: whether it did since it misses a value, ``rules``:
    the hash of the file of rules. ``caller``: who sent the client. ``amount``: AMT_CREDIT, ``at_stake``,
    ``review_worth`` (before its cost), ``review_cost``: by the rule of the decision, in its currency, None where they
    are not known. ``deciders``: who has given a verdict, whichever counts. ``trial``: whether it was made to try the
    service out. ``erased``: whether its inputs are. ``crosses_break_even``: whether the interval of its probability
    holds the break-even one; None where it was not measured.
    """

    decision: int
    client: int
    kind: str | None
    opened: str | None
    decided: str
    made: str
    final: str | None
    rule: str | None
    rule_unknown: bool
    rules: str | None
    caller: str
    probability: float
    amount: float | None
    at_stake: float | None
    review_worth: float | None
    review_cost: float | None
    deciders: frozenset[str]
    trial: bool
    erased: bool
    crosses_break_even: bool | None = None

    @property
    def verdict(self) -> str | None:
        """What a person has decided that counts; None where none has decided."""
        return self.final if self.deciders else None

    @property
    def open(self) -> bool:
        """Whether a person has to decide."""
        return self.kind is not None


@dataclass(frozen=True)
class CasePage:
    """``cases``: in the order of the list. ``after``: the cursor of the next page, None on the last. ``total``: how
    many there are on all pages.
    """

    cases: list[ListedCase]
    after: str | None
    total: int


def columns(connection: Connection) -> Sequence[ColumnElement[Any]]:
    """The columns of a query on ``decisions`` that `listed` reads."""
    return (
        *(decisions.c.id, decisions.c.client, decisions.c.time, decisions.c.decision, decisions.c.caller),
        *(decisions.c.probability, decisions.c.threshold, decisions.c.rule, decisions.c.trial, decisions.c.interval),
        decisions.c.inputs.is_(None).label("erased"),
        feature(connection, LOAN).label("amount"),
    )


def listed(row: Any, seen: Verdict | None, kind: str | None, opened: str | None) -> ListedCase:
    """A ``row`` of a query for `columns`, as lists have it. ``seen``: what people made of it; ``kind``, ``opened``: as
    in `ListedCase`.
    """
    stake, worth = money(row)
    amount, rule_decision = known_amount(number(row.amount)), rule_decision_of(row)
    rule = model_rule(row.threshold, row.rule)
    verdict = None if seen is None else seen.verdict
    return ListedCase(
        decision=row.id,
        client=row.client,
        kind=kind,
        opened=opened,
        decided=row.time,
        made=row.decision,
        final=verdict or (None if row.decision == REFER else row.decision),
        rule=None if rule_decision is None else rule_decision.rule,
        rule_unknown=rule_decision is not None and rule_decision.unknown,
        rules=None if rule_decision is None else rules_hash(row.rule),
        caller=row.caller,
        probability=row.probability,
        amount=None if np.isnan(amount) else amount,
        at_stake=stake,
        review_worth=worth,
        review_cost=None if rule is None else rule.review_cost,
        deciders=frozenset() if seen is None else seen.deciders,
        trial=bool(row.trial),
        erased=bool(row.erased),
        crosses_break_even=None if row.interval is None else _crosses(row.interval),
    )


def _crosses(written: str) -> bool:
    return bool(msgspec.json.decode(written)["crosses_break_even"])
