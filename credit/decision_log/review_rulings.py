"""What a person decides on a case: verdict, reason, words, terms; and whether that fits the decision it is about."""

import math
import re
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from credit.decision.policy import ACCEPT, ANNUITY, LOAN, REFER, REFUSE
from credit.decision.review_reasons import AS_SCORED, BANK_RULE, BY_CODE, COUNTEROFFER, OTHER, REOPEN, VERDICTS, codes
from credit.decision_log.audit import rule_decision_of
from credit.decision_log.schema import decisions
from credit.decision_log.single_features import feature, number

#: The longest words of a review, and the largest amounts and terms.
LONGEST, LARGEST_AMOUNT, MOST_MONTHS = 2000, 1e12, 600


class RulingError(ValueError):
    """What is no ruling. ``field``: which part of it; the text has the rule and the value, and begins small."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


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
            raise RulingError(
                "terms", "the terms of a counteroffer are amount, annuity or months: give at least one of them"
            )
        for name, value in (("amount", self.amount), ("annuity", self.annuity)):
            if value is not None and not 0 < value <= LARGEST_AMOUNT:
                raise RulingError(
                    f"terms.{name}", f"{name} must be above 0 and at most {LARGEST_AMOUNT:.0f}, not {value:g}"
                )
        if self.months is not None and not 1 <= self.months <= MOST_MONTHS:
            raise RulingError("terms.months", f"months must be from 1 to {MOST_MONTHS}, not {self.months}")


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
            raise RulingError("verdict", f"a verdict is one of {', '.join(VERDICTS)}, not {self.verdict[:40]!r}")
        if self.reason not in BY_CODE or self.verdict not in BY_CODE[self.reason].of:
            raise RulingError(
                "reason",
                f"the reason of {self.verdict} is one of {', '.join(codes(self.verdict))}, not {self.reason[:40]!r}",
            )
        if self.words is not None and len(self.words) > LONGEST:
            raise RulingError(
                "words", f"words are at most {LONGEST:,} characters, not {len(self.words):,}: shorten them"
            )
        if self.reason == OTHER and not _has_words(self.words):
            raise RulingError("words", f"the reason {OTHER} says nothing alone: say it in words")
        if (self.verdict == COUNTEROFFER) is not (self.terms is not None):
            raise RulingError("terms", f"terms belong to {COUNTEROFFER}, and it to them: give both or neither")


def check_fits(connection: Connection, decision: int, ruling: Ruling) -> None:
    """Raise `RulingError` where a ruling cannot be meant of this decision.

    Terms must be others than those that were applied for, lend no more, and repay the loan, as far as the log has its
    amount and annuity. Who gives the score as the reason must decide as the score alone does, unless the machine left
    that open. Who gives a rule of the bank must not decide against the one that has decided, and names in words one
    that the log has not.
    """
    loan, annuity = feature(connection, LOAN).label("loan"), feature(connection, ANNUITY).label("annuity")
    found = connection.execute(
        select(
            loan, annuity, decisions.c.decision, decisions.c.probability, decisions.c.threshold, decisions.c.rule
        ).where(decisions.c.id == decision)
    ).one()
    if ruling.terms is not None:
        check_terms(ruling.terms, number(found.loan), number(found.annuity))
    says = REFUSE if found.probability >= found.threshold else ACCEPT
    lends = ruling.verdict != REFUSE
    if ruling.reason == AS_SCORED and found.decision != REFER and lends is not (says == ACCEPT):
        raise RulingError(
            "reason",
            f"the score says {says}, and {AS_SCORED} means that the review confirms it: give your own reason for this "
            f"{ruling.verdict}",
        )

    if ruling.reason == BANK_RULE:
        _check_bank_rule(found, ruling, lends)


def _check_bank_rule(row: Any, ruling: Ruling, lends: bool) -> None:
    decided = rule_decision_of(row)
    outcome = None if decided is None or decided.outcome == REFER else decided.outcome
    if outcome is not None and lends is not (outcome == ACCEPT):
        raise RulingError(
            "reason",
            f"a rule of the bank says {outcome}, and {BANK_RULE} means that the review confirms it: give your own "
            f"reason for this {ruling.verdict}",
        )
    if outcome is None and not _has_words(ruling.words):
        raise RulingError("words", f"the log has no rule of the bank that says {ruling.verdict} here: name it in words")


def _has_words(words: str | None) -> bool:
    return re.search(r"\S", words or "") is not None


def check_terms(terms: Terms, loan: float, annuity: float) -> None:
    """Raise `RulingError` for terms that are no counteroffer to a ``loan`` with this ``annuity``; what is no amount
    above 0 is unknown.
    """
    loan, annuity = (value if 0 < value < math.inf else math.nan for value in (loan, annuity))
    amount, instalment = terms.amount or loan, terms.annuity or annuity
    if amount > loan:
        raise RulingError(
            "terms.amount",
            f"amount must be at most what was applied for, {loan:.15g}, not {amount:.15g}: score a larger loan anew",
        )
    if terms.months is None and amount == loan and instalment == annuity:
        raise RulingError("terms", "the terms are those that were applied for: change one of them, or accept")
    if instalment > amount:
        raise RulingError("terms.annuity", f"an annuity of {instalment:.15g} is more than the loan of {amount:.15g}")
    if terms.months is not None and terms.months * instalment < amount:
        enough = amount / instalment
        next_step = f"at least {math.ceil(enough)} do" if enough <= MOST_MONTHS else "lend less, or raise the annuity"
        raise RulingError(
            "terms.months", f"{terms.months} annuities of {instalment:.15g} do not repay {amount:.15g}: {next_step}"
        )
