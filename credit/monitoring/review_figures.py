"""What people make of the decisions: how often they agree with the machine, whom they decide otherwise, what it earns.

A review of a referred client *agrees* where it lends and the threshold alone would have, or refuses and the threshold
would have; a counteroffer lends. An automatic decision is *overridden* where the verdict that counts is another. Shares
have Wilson's interval (95 %): few reviews say little of a reason, a person or a group.

With the cost C of a decision (`credit.decision.cost.lending_costs`) a review earns

    C(what the machine would have done alone) - C(what was done)

which is above 0 where the person was right against the machine. The machine's own probability cannot show that: by it
the cheaper decision is its own. So there are three figures beside what the reviews cost. What they were *expected* to
earn is what clients were referred for, the skill times the amount at stake. What they change *by probability* is the
price of disagreeing, if the probabilities are all that there is to know. What they *realised* is known of the loans
whose outcome is, in weeks of which nearly all are (`credit.decision_log.maturity`): whom a person has lent to against
the machine's advice looks worst while defaults alone are known. A loan that a person alone has refused never has one,
and how many there are of these is said. Verdicts whose inputs were erased count by the sums that were kept of them
(`credit.decision_log.kept_sums`), where all verdicts of a sum lie in the window.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from credit.decision import cost as money
from credit.decision.client_groups import AGE, GENDER, age, gender
from credit.decision.intervals import wilson
from credit.decision.policy import REFER
from credit.decision_log.decision_arrays import Flags, mondays
from credit.decision_log.maturity import mature
from credit.decision_log.review_sums import review_sums
from credit.decision_log.reviewed_decisions import ReviewedDecisions
from credit.model.quantities import Count, NotNegative, Share, Time

#: What is compared beside the groups of clients, and the name of all together.
REASON, REVIEWER, ALL = "reason", "reviewer", "all"


@dataclass(frozen=True)
class Rate:
    """A share, and its 95 % interval; null of nothing.

    - ``count``: how many
    - ``of``: among how many
    - ``share``: count of them
    - ``low``: lower end of the interval
    - ``high``: upper end of the interval
    """

    count: Count
    of: Count
    share: Share | None
    low: Share | None
    high: Share | None


@dataclass(frozen=True)
class ReviewRates:
    """What people decided, of all or of a part.

    - ``by``: what parts are made of: all, reason, reviewer, gender or age
    - ``name``: the part
    - ``agreement``: of the referred clients who were reviewed, those decided as the threshold would have
    - ``lending``: of the same, those to whom a loan was given, at other terms also
    - ``overrides``: of the automatic decisions, those that a person has changed; by reason and reviewer of those that
      a person has looked at
    """

    by: str
    name: str
    agreement: Rate
    lending: Rate
    overrides: Rate


@dataclass(frozen=True)
class ReviewMoney:
    """What reviews and overrides earned, in the currency of AMT_CREDIT, of those whose amount is known.

    - ``reviews``: how many
    - ``kept``: how many of these are in sums alone, since their inputs are erased
    - ``erased``: how many verdicts are in no figure here, since their inputs are erased and they are in no sum
    - ``without_amount``: how many are in none, since their amount was never known
    - ``costed``: of how many it is known what a review costs, by the rule of the decision
    - ``cost``: of these reviews
    - ``expected``: what clients were referred for: the skill times what was at stake
    - ``referred``: of how many referred clients it is known what their review costs
    - ``referred_cost``: of these reviews
    - ``by_probability``: what the verdicts change, if the probabilities are all that there is to know
    - ``known``: of how many the outcome is known, in weeks of which nine tenths of the outcomes are
    - ``realised``: what these have earned against the machine alone
    - ``known_cost``: what the reviews of these cost, as far as it is known
    - ``never_known``: loans that the machine would have given and a person has refused: what they saved is not seen
    """

    reviews: Count
    kept: Count
    erased: Count
    without_amount: Count
    costed: Count
    cost: NotNegative
    expected: NotNegative
    referred: Count
    referred_cost: NotNegative
    by_probability: float
    known: Count
    realised: float
    known_cost: NotNegative
    never_known: Count


@dataclass(frozen=True)
class ReviewFigures:
    """What people made of the decisions of a window.

    - ``decisions``: how many there are
    - ``referred``: how many of them the rule left to a person
    - ``open``: cases that wait
    - ``waiting_since``: when the oldest of them was decided on; null without any
    - ``total``: all verdicts
    - ``reasons``: by the reason that was given, the most frequent first; null where the key is not shown them
    - ``reviewers``: by the name of the key, the most frequent first; null likewise
    - ``groups``: of clients, by gender and age as far as their inputs are known
    - ``money``: what the verdicts earned, and cost
    """

    decisions: Count
    referred: Count
    open: Count
    waiting_since: Time | None
    total: ReviewRates
    reasons: tuple[ReviewRates, ...] | None
    reviewers: tuple[ReviewRates, ...] | None
    groups: tuple[ReviewRates, ...]
    money: ReviewMoney


def review_figures(
    decided: ReviewedDecisions,
    margin: float = money.MARGIN,
    loss_given_default: float = money.LOSS_GIVEN_DEFAULT,
) -> ReviewFigures | None:
    """None without decisions. Raises ValueError for shares of costs that are not positive."""
    money.break_even_probability(margin, loss_given_default)
    if not len(decided):
        return None
    everybody = np.ones(len(decided), dtype=bool)
    waiting = decided.time[decided.open]
    return ReviewFigures(
        decisions=len(decided),
        referred=int((decided.made == REFER).sum()),
        open=int(decided.open.sum()),
        waiting_since=min(waiting.tolist()) if len(waiting) else None,
        total=_rates(decided, everybody, ALL, ALL),
        reasons=tuple(_of_verdicts(decided, REASON)),
        reviewers=tuple(_of_verdicts(decided, REVIEWER)),
        groups=tuple(_of_groups(decided)),
        money=_money(decided, margin, loss_given_default),
    )


def _of_verdicts(decided: ReviewedDecisions, by: str) -> Iterator[ReviewRates]:
    """By reason or reviewer: of the automatic decisions those count that a person has looked at."""
    keys = getattr(decided, by)
    named = [name for name in keys.tolist() if name is not None]
    for name in sorted(set(named), key=lambda one: (-named.count(one), one)):
        here = keys == name
        yield _rates(decided, here, by, name)


def _of_groups(decided: ReviewedDecisions) -> Iterator[ReviewRates]:
    for by, names in (
        (GENDER, [gender(code) for code in decided.gender.tolist()]),
        (AGE, [age(days) for days in decided.birth.tolist()]),
    ):
        keys = np.array(names, dtype=object)
        for name in sorted(set(names)):
            yield _rates(decided, keys == name, by, name)


def _rates(decided: ReviewedDecisions, here: Flags, by: str, name: str) -> ReviewRates:
    """Of the decisions that are ``here``, a part of all."""
    spoken = decided.spoken
    lends = spoken & decided.lends
    referred = here & spoken & (decided.made == REFER)
    automatic = here & (decided.made != REFER)
    return ReviewRates(
        by=by,
        name=name,
        agreement=_rate(referred & (lends != decided.refuses), referred),
        lending=_rate(referred & lends, referred),
        overrides=_rate(automatic & spoken & (decided.verdict != decided.made), automatic),
    )


def _rate(found: Flags, among: Flags) -> Rate:
    k, n = int(found.sum()), int(among.sum())
    if n == 0:
        return Rate(0, 0, None, None, None)
    low, high = wilson(k, n)
    return Rate(k, n, k / n, float(low), float(high))


def _money(decided: ReviewedDecisions, margin: float, loss: float) -> ReviewMoney:
    told = ~np.isnan(decided.defaulted)
    live = review_sums(decided, mature(mondays(decided.time.tolist()), decided.lends, told))
    kept = decided.kept
    sums = live + kept
    erased = int((decided.spoken & decided.erased).sum())
    return ReviewMoney(
        reviews=sums.reviews,
        kept=kept.reviews,
        erased=erased - kept.reviews,
        without_amount=int(decided.spoken.sum()) - erased - live.reviews,
        costed=sums.costed,
        cost=sums.cost,
        expected=sums.expected,
        referred=sums.referred,
        referred_cost=sums.referred_cost,
        by_probability=sums.by_probability(margin, loss),
        known=sums.known,
        realised=sums.realised(margin, loss),
        known_cost=sums.known_cost,
        never_known=sums.never_known,
    )
