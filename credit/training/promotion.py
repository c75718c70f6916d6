"""Whether a new model may take the place of the shipped one: shown not to be worse, on clients neither has learnt from.

That no difference was found is no reason to replace a model: the fewer clients judge, the less is found. So the new
model has to show it (non-inferiority): the lower end of the 95 % interval of what it saves more
(``credit.decision.intervals``) is at most `MARGIN` below 0, on at least `ENOUGH_DEFAULTS` clients who defaulted.
Both decide by the rule that is served, accept, refer or refuse, as they do in the shadow (``credit.training.shadow``),
and by the same review: what a reviewer costs and finds is the bank's, and no merit of a model.
Clients from whom either model has learnt are left out, for a model looks better on them than it is.
Source: ICH E9, Statistical Principles for Clinical Trials, 1998, section 3.3.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from credit.decision.cost import Costs
from credit.decision.intervals import TOO_FEW, Interval, saving
from credit.decision.review import Review, decided, priced
from credit.i18n.plural import verb
from credit.model import Scorer, load_bundle
from credit.model.manifest import BundleError
from credit.training import split_membership
from credit.training.model_identity import identity
from credit.training.review_savings import served_costs, threshold_costs

#: So much less may a new model save, as a share of what accepting everybody costs: half a point, some 2 in the currency
#: of the loans for each application of 436. Another seed on the same data moves the saving by about as much.
MARGIN = 0.005
#: On fewer clients who defaulted no model is replaced by itself: some twenty of them decide the sum of losses, as loans
#: differ by powers of ten. From ten on an interval is said (``credit.decision.intervals``); to act on it without a
#: person, a handful of clients on whom the models differ is not enough. ``benchmarks/decisions.py duel`` has it by
#: size.
ENOUGH_DEFAULTS = 100


@dataclass(frozen=True)
class Verdict:
    """``allowed``: whether the new model may be shipped. ``reason``: one sentence for people.

    ``gain``: what it saves beyond the shipped one by the rule that is served, as a share of accepting everybody's cost;
    None where that cannot be said. ``by_threshold``: the same by the thresholds alone, without reviews. ``against``:
    the `identity` of the shipped one, None where there was none that can be used. ``clients``: on how many they were
    compared. ``learnt``: how many more were left out, from whom the shipped one has learnt.
    """

    allowed: bool
    reason: str
    gain: Interval | None = None
    against: str | None = None
    clients: int = 0
    learnt: int = 0
    by_threshold: Interval | None = None


def duel(
    bundle: str | Path,
    judges: pl.DataFrame,
    test: pl.DataFrame,
    threshold: float,
    costs: Costs,
    source: Mapping[str, object],
    review: Review | None = None,
) -> Verdict:
    """Hold the new model, at its threshold, against the one in ``bundle``, at its own for the same costs.

    Where a review pays, both refer (``credit.decision.review``): by the shipped model's review, or by ``review``, the
    new one's, where that was set for other costs.

    ``judges``: SK_ID_CURR, MEMBERSHIP (see ``credit.training.split_membership``) and features of test clients of the
    new model. ``test``: their TARGET, AMT_CREDIT and the new model's PROBABILITY_OF_DEFAULT. ``threshold``: the new
    model's. ``costs``: of errors. ``source``: of the new model's data, for the message.
    """
    if not Path(bundle).exists():
        return Verdict(True, f"no model is shipped in {bundle} yet")
    try:
        shipped = load_bundle(bundle)
    except BundleError as error:
        return Verdict(True, f"the shipped model cannot be used ({error}), so the new one was not held against it")
    share, here = split_membership.share_of(shipped.manifest), identity(shipped)
    if share is None:
        same = shipped.manifest["data"].get("fingerprint") == source.get("fingerprint")
        reason = (
            "it cannot be determined whether the new model is worse than the shipped one: the shipped one was trained "
            "before test clients were drawn by a hash, so from whom of them it has learnt is not known"
        )
        return Verdict(False, reason + (", and its data were these" if same else ""), against=here)
    unmade = [name for name in shipped.columns if name not in judges.columns]
    # Where these tables do not make a column, the shipped model has to do without, as it would in service.
    judges = judges.with_columns(pl.lit(None, pl.Float64).alias(name) for name in unmade)
    asked = judges.join(test, on="SK_ID_CURR", how="inner", maintain_order="left", suffix="_JUDGED")
    fresh = asked.filter(pl.col(split_membership.NUMBER) < share)
    learnt = len(asked) - len(fresh)
    x = fresh.select(shipped.columns).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    amount = fresh["AMT_CREDIT_JUDGED" if "AMT_CREDIT_JUDGED" in fresh.columns else "AMT_CREDIT"].to_numpy()
    y, p = fresh["TARGET"].to_numpy(), fresh["PROBABILITY_OF_DEFAULT"].to_numpy()
    drawn = f"{len(asked):,} of {len(test):,} were drawn" if len(asked) < len(test) else ""
    more = f"{learnt:,} more {verb(learnt, 'is', 'are')}"
    unfit = f"{more} left out: the shipped one has learnt from them" if learnt else ""
    left_out = f" ({'; '.join(one for one in (drawn, unfit) if one)})" if drawn or unfit else ""
    if y.sum() < ENOUGH_DEFAULTS:
        reason = (
            f"it cannot be determined whether the new model is worse than the shipped one: {int(y.sum()):,} of "
            f"{len(y):,} test clients{left_out} defaulted, and at least {ENOUGH_DEFAULTS} have to"
        )
        return Verdict(False, reason, None, here, len(y), learnt)

    old, at = shipped.probability(np.ascontiguousarray(x)), threshold_at(shipped, costs)
    review = shared_review(shipped, costs, review)

    def compared(review: Review | None) -> tuple[Interval | None, int]:
        """What the new model saves more where referrals are reviewed so, and how many it decides otherwise."""
        differ = int((decided(old, amount, at, costs, review) != decided(p, amount, threshold, costs, review)).sum())
        if not differ:  # not an estimate: on every client both cost the same
            return Interval(0.0, 0.0, 0.0), 0
        spent, before = (
            served_costs(y, odds, amount, where, costs, review) for odds, where in ((p, threshold), (old, at))
        )
        return saving(spent, before, threshold_costs(y, np.zeros(len(y)), amount, costs)), differ

    (gain, differ), (alone, _) = compared(review), compared(None)
    if gain is None:
        reason = (
            f"it cannot be determined whether the new model is worse than the shipped one: of the same {len(y):,} test "
            f"clients{left_out} they decide {differ:,} otherwise, {TOO_FEW}"
        )
        return Verdict(False, reason, None, here, len(y), learnt, alone)
    if not differ:
        reason = (
            f"on the same {len(y):,} test clients{left_out} the new model decides as the shipped one: it is not worse"
        )
        return Verdict(True, reason, gain, here, len(y), learnt, alone)
    said = (
        f"on the same {len(y):,} test clients{left_out} the new model saves {100 * gain.estimate:+.1f} points against "
        f"the shipped one (95 % interval {_ends(gain)})"
    )
    if review is not None:
        said += ", reviews included, and by the thresholds alone "
        said += TOO_FEW if alone is None else f"{100 * alone.estimate:+.1f} ({_ends(alone)})"
    if unmade:
        said += f", which had to do without {len(unmade):,} columns that were not made, such as {unmade[0]}"
    return Verdict(not_worse(gain), f"{said}: {verdict(gain)}", gain, here, len(y), learnt, alone)


def _ends(gain: Interval) -> str:
    return f"{100 * gain.low:+.1f} to {100 * gain.high:+.1f}"


def shared_review(shipped: Scorer, costs: Costs, review: Review | None) -> Review | None:
    """By which review both models refer at these ``costs``: the shipped one's, or ``review``, the new one's, where the
    shipped one's was set for others. None where nobody reviews.
    """
    return priced(Review.of(shipped.manifest) if Costs.of(shipped.manifest) == costs else review)


def threshold_at(model: Scorer, costs: Costs) -> float:
    """Where ``model`` refuses if errors cost this: its own threshold, or of other costs their break-even probability.

    `threshold --apply` would give it that for nothing: a model that only knows the new costs is no better for it.
    """
    return model.threshold if Costs.of(model.manifest) == costs else costs.break_even


def held_to_sense(verdict: Verdict, here: Scorer | None, made: Scorer) -> Verdict:
    """The verdict, which no new model survives that is held to no signs where the shipped one, ``here``, is.

    Of ``made`` nothing shows that a change for the worse never helps a client. That money speaks for it all the same is
    for a person to weigh.
    """
    signs = [one.manifest.get("features", {}).get("signs") for one in (here, made) if one is not None]
    if not verdict.allowed or len(signs) < 2 or not signs[0] or signs[1]:
        return verdict
    reason = (
        f"{verdict.reason}; but it is held to no signs, as the shipped one is, so nothing shows that to pay later or "
        "to owe more never helps a client"
    )
    return replace(verdict, allowed=False, reason=reason)


def not_worse(gain: Interval) -> bool:
    """Whether it is shown that a model does not save less by more than `MARGIN`."""
    return gain.low >= -MARGIN


def verdict(gain: Interval) -> str:
    """The end of a sentence: what the interval of a gain shows."""
    if not_worse(gain):
        return f"it is not worse by more than {100 * MARGIN:g} points"
    if gain.high < 0:
        return "it is worse beyond chance"
    return f"that it is not worse by more than {100 * MARGIN:g} points is not shown"
