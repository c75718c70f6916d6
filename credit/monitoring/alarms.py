"""What somebody should look at: sentences about drift, about costs and about who defaulted."""

from dataclasses import dataclass

from credit.decision import cost as money
from credit.monitoring.performance import Account
from credit.monitoring.population_stability import DRIFTED, ENOUGH, STABLE, Comparison

#: Deciding otherwise than by the break-even probability may cost so much, as a share of accepting everybody; around the
#: best threshold the cost is flat, and a threshold searched on few clients lies some hundredths beside.
REGRET = 0.02

#: From so many clients on an index of stability can alarm: with ten bins, fewer leave less than fifteen in each, where
#: the approximation by chi-squared, by which chance is taken off, ends.
ALARMING = 150

#: So many standard errors of defaults more or fewer than expected come by chance once in a thousand periods.
SURPRISE = 3.29


@dataclass(frozen=True)
class Alarm:
    """Something to look at.

    - ``kind``: model where what moves the model has drifted, features where some have; texts, costs, calibration
    - ``text``: one sentence
    """

    kind: str
    text: str


def alarms(drift: Comparison | None, costs: Account | None) -> tuple[Alarm, ...]:
    """All there are; none where everything is as it was."""
    return (*_of_drift(drift), *_of_costs(costs)) if drift is None or drift.enough else tuple(_of_costs(costs))


def _of_drift(drift: Comparison | None) -> list[Alarm]:
    if drift is None:
        return []
    found = []
    large = drift.clients >= ALARMING
    if large and drift.level != STABLE:
        scored = "unknown" if drift.probability is None else f"{drift.probability:.2f}"
        found.append(
            Alarm(
                "model",
                f"What the model reads has {drift.level}: the index weighted by importance is {drift.weighted:.2f}, "
                f"that of the probability of default {scored}.",
            )
        )
    # A feature that moves no answer may do as it likes.
    far = [one for one in drift.features if one.level == DRIFTED and one.importance > 0]
    if large and far:
        named = ", ".join([*(one.feature for one in far[:5]), *(["..."] if len(far) > 5 else [])])
        share = sum(one.importance for one in far)
        found.append(
            Alarm(
                "features",
                f"{len(far)} of {len(drift.features):,} features have drifted ({named})"
                + (f"; they are {100 * share:.1f} % of what moves the model." if drift.importance_known else "."),
            )
        )
    if drift.texts:
        named = ", ".join(f"{one.column} ({one.before:.1%} before, {one.now:.1%} now)" for one in drift.texts[:5])
        found.append(Alarm("texts", f"More clients than before have no text that the model knows: {named}."))
    return found


def _of_costs(costs: Account | None) -> list[Alarm]:
    if costs is None:
        return []
    found, served = [], costs.served
    # Of the rule that is served: decisions of the one before it cannot be taken back, and would alarm for ever.
    if served.counted >= ENOUGH and served.regret is not None and served.regret > REGRET:
        best = money.break_even_probability(costs.margin, costs.loss_given_default)
        found.append(
            Alarm(
                "costs",
                f"With a margin of {costs.margin:g} and a loss of {costs.loss_given_default:g} the {served.counted:,} "
                f"decisions at this threshold cost {100 * served.regret:.1f} points (1 point is 1 % of what accepting "
                f"everybody costs) more than refusing from {best:.4f} on would: see python -m credit threshold.",
            )
        )
    realised, surprise = served.mature, served.surprise
    if realised is not None and realised.clients >= ENOUGH and surprise is not None and abs(surprise) > SURPRISE:
        expected = realised.expected_default_rate.value
        found.append(
            Alarm(
                "calibration",
                f"Of {realised.clients:,} clients of this model in weeks whose outcomes are known "
                f"{realised.default_rate:.1%} "
                f"defaulted, and {expected:.1%} were to be expected: at least {abs(surprise):.1f} standard errors "
                "apart, whatever becomes of the loans of which nothing is known yet. The probabilities are off; train "
                "on newer data: python -m credit challenge.",
            )
        )
    return found
