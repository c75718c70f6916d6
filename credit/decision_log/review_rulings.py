"""What a person decides on a case: verdict, reason, words, terms; and whether that fits the decision it is about."""

import math
import re
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from credit.decision.policy import ACCEPT, ANNUITY, LOAN, REFER, REFUSE
from credit.decision.review_reasons import (
    AS_SCORED,
    BANK_RULE,
    BY_CODE,
    COUNTEROFFER,
    NOT_AFFORDABLE,
    OTHER,
    REOPEN,
    VERDICTS,
    codes,
)
from credit.decision_log.audit import rule_decision_of
from credit.decision_log.ruling_texts import sentence
from credit.decision_log.schema import decisions
from credit.decision_log.single_features import feature, number

#: The longest words of a review, and the largest amounts and terms.
LONGEST, LARGEST_AMOUNT, MOST_MONTHS = 2000, 1e12, 600


class RulingError(ValueError):
    """What is no ruling. ``field``: which part of it. ``rule``: the broken one, by its name in
    `credit.decision_log.ruling_texts`, with its ``values``. The text has rule and next step, and begins small.
    """

    def __init__(self, field: str, rule: str, **values: Any) -> None:
        super().__init__(sentence(rule, "en", **values))
        self.field, self.rule, self._values = field, rule, values

    def text(self, language: str) -> str:
        """The same in ``language``, en or fr."""
        return sentence(self.rule, language, **self._values)


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """The terms of a counteroffer; None where they are those that were applied for.

    ``amount``: of the loan, ``annuity``: of an instalment, in the currency of AMT_CREDIT, above 0. ``months``: until it
    is repaid, 1 or more. Raises `RulingError` where one is out of range or all are None.
    """

    amount: float | None = None
    annuity: float | None = None
    months: int | None = None

    def __post_init__(self) -> None:
        if self.amount is None and self.annuity is None and self.months is None:
            raise RulingError("terms", "terms_empty")
        for name, value in (("amount", self.amount), ("annuity", self.annuity)):
            if value is not None and not 0 < value <= LARGEST_AMOUNT:
                raise RulingError(f"terms.{name}", "positive", name=name, most=LARGEST_AMOUNT, value=value)
        if self.months is not None and not 1 <= self.months <= MOST_MONTHS:
            raise RulingError("terms.months", "months_range", most=MOST_MONTHS, value=self.months)


@dataclass(frozen=True)
class Ruling:
    """What a person decides. ``verdict``: of `VERDICTS`, or `REOPEN`, which decides nothing. ``reason``: a code of
    `credit.decision.review_reasons`. ``words``: beside it, up to `LONGEST` characters. ``terms``: of a counteroffer.

    Raises `RulingError` with rule and next step.
    """

    verdict: str
    reason: str
    words: str | None = None
    terms: Terms | None = None

    def __post_init__(self) -> None:
        if self.verdict not in (*VERDICTS, REOPEN):
            raise RulingError("verdict", "verdict", codes=", ".join(VERDICTS), value=repr(self.verdict[:40]))
        if self.reason not in BY_CODE or self.verdict not in BY_CODE[self.reason].of:
            named = {"codes": ", ".join(codes(self.verdict)), "value": repr(self.reason[:40])}
            raise RulingError("reason", "reason", verdict=self.verdict, **named)
        if self.words is not None and len(self.words) > LONGEST:
            raise RulingError("words", "words_long", most=LONGEST, value=len(self.words))
        if self.reason == OTHER and not _has_words(self.words):
            raise RulingError("words", "words_wanted", reason=OTHER)
        if (self.verdict == COUNTEROFFER) is not (self.terms is not None):
            raise RulingError("terms", "terms_belong", verdict=COUNTEROFFER)


def check_fits(connection: Connection, decision: int, ruling: Ruling) -> None:
    """Raise `RulingError` where a ruling cannot be meant of this decision.

    Terms must be others than those that were applied for, lend no more, ask for no higher instalment, and repay the
    loan, as far as the log has its amount and annuity; where instalments were too high, they must fall. Who gives the
    score as the reason must decide on the loan that was applied for as the score alone does, at its threshold, also
    where the machine has left that open. Who gives a rule of the bank must not decide against the one that has decided,
    and names in words one that the log has not. A counteroffer refuses the loan that was applied for, so a refusing
    score or rule may be its reason.
    """
    loan, annuity = feature(connection, LOAN).label("loan"), feature(connection, ANNUITY).label("annuity")
    found = connection.execute(
        select(
            loan, annuity, decisions.c.decision, decisions.c.probability, decisions.c.threshold, decisions.c.rule
        ).where(decisions.c.id == decision)
    ).one()
    if ruling.terms is not None:
        check_terms(ruling.terms, number(found.loan), number(found.annuity))
        if ruling.reason == NOT_AFFORDABLE:
            _check_eases(ruling.terms, number(found.annuity))
    says = REFUSE if found.probability >= found.threshold else ACCEPT
    as_applied = ruling.verdict == ACCEPT
    if ruling.reason == AS_SCORED and as_applied is not (says == ACCEPT):
        raise RulingError("reason", "as_scored", outcome=says, reason=AS_SCORED, verdict=ruling.verdict)
    if ruling.reason == BANK_RULE:
        _check_bank_rule(found, ruling, as_applied)


def _check_bank_rule(row: Any, ruling: Ruling, as_applied: bool) -> None:
    decided = rule_decision_of(row)
    outcome = None if decided is None or decided.outcome == REFER else decided.outcome
    if outcome is not None and as_applied is not (outcome == ACCEPT):
        raise RulingError("reason", "bank_rule", outcome=outcome, reason=BANK_RULE, verdict=ruling.verdict)
    if outcome is None and not _has_words(ruling.words):
        raise RulingError("words", "rule_unnamed", verdict=ruling.verdict)


def _has_words(words: str | None) -> bool:
    return re.search(r"\S", words or "") is not None


def _check_eases(terms: Terms, annuity: float) -> None:
    """Raise `RulingError` where instalments that are too high as applied for do not fall."""
    if annuity > 0 and (terms.annuity is None or terms.annuity >= annuity):
        value = annuity if terms.annuity is None else terms.annuity
        raise RulingError("terms.annuity", "annuity_stays", reason=NOT_AFFORDABLE, annuity=annuity, value=value)


def check_terms(terms: Terms, loan: float, annuity: float) -> None:
    """Raise `RulingError` for terms that are no counteroffer to a ``loan`` with this ``annuity``; what is no amount
    above 0 is unknown.
    """
    loan, annuity = (value if 0 < value < math.inf else math.nan for value in (loan, annuity))
    amount, instalment = terms.amount or loan, terms.annuity or annuity
    if amount > loan:
        raise RulingError("terms.amount", "amount_larger", loan=loan, value=amount)
    if terms.months is None and amount == loan and instalment == annuity:
        raise RulingError("terms", "terms_same")
    if instalment > amount:
        raise RulingError("terms.annuity", "annuity_larger", value=instalment, loan=amount)
    if instalment > annuity:
        raise RulingError("terms.annuity", "annuity_raised", annuity=annuity, value=instalment)
    months = MOST_MONTHS if terms.months is None else terms.months
    if months * instalment < amount:
        enough = amount / instalment
        values = {"value": months, "annuity": instalment, "loan": amount}
        if terms.months is None:
            raise RulingError("terms.annuity", "never_repaid", **values)
        if enough > MOST_MONTHS:
            raise RulingError("terms.months", "never_repaid", **values)
        raise RulingError("terms.months", "months_few", least=math.ceil(enough), **values)
