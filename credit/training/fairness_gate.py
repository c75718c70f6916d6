"""Whether a new model approves groups so unequally that it is not exported by itself: off, warn, or stop.

The least ratio is four fifths where no other is given (29 CFR 1607.4 D, a rule of thumb of hiring). The ratio is of
those approved by the threshold: by gender and age of all test clients, by other columns of those whose features were
kept. The gate stops only where the whole 95 %
interval lies below the least ratio, and warns where the interval does not tell.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from credit.training.approval_ratios import FOUR_FIFTHS, FourFifths, ratio_of
from credit.training.client_attributes import Attribute, values_in
from credit.training.promotion import Verdict

OFF, WARN, STOP = MODES = ("off", "warn", "stop")
Mode = Literal["off", "warn", "stop"]


@dataclass(frozen=True)
class Gate:
    """``mode``: off measures nothing, warn says so, stop also keeps the model from being exported by itself.
    ``least``: the least ratio of approval rates, above 0 and at most 1. Raises ``ValueError`` for other values.
    """

    mode: Mode = "warn"
    least: float = FOUR_FIFTHS

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"the fairness gate is off, warn or stop, not {self.mode!r}")
        if not 0 < self.least <= 1:
            raise ValueError(
                f"the least ratio of approval rates is above 0 and at most 1, but it is {self.least:g}; 0.8 is the "
                "four-fifths rule"
            )


@dataclass(frozen=True)
class Held:
    """``gate``: by which the model was held. ``ratios``: attribute -> its ratio, None where it cannot be compared."""

    gate: Gate
    ratios: dict[str, FourFifths | None]

    @property
    def broken(self) -> tuple[FourFifths, ...]:
        """The ratios that lie below the least one, interval and all."""
        found = (one for one in self.ratios.values() if one is not None)
        return tuple(one for one in found if one.against(self.gate.least) == "broken")

    @property
    def sentences(self) -> tuple[str, ...]:
        """A sentence for each attribute whose ratio is not shown to be high enough; none where the gate is off."""
        return tuple(said for name, one in self.ratios.items() if (said := self.sentence(name, one)))

    def sentence(self, name: str, one: FourFifths | None) -> str:
        """Of one attribute and its ratio; empty where that is shown to be high enough."""
        least = f"{self.gate.least:g}"
        if one is None:
            return f"Fairness gate, {name}: there are no two groups of 2 % of the clients to compare."
        verdict = one.against(self.gate.least)
        if verdict == "kept":
            return ""
        figures = (
            f"Fairness gate, {name}: {one.lowest} are approved {one.ratio.estimate:.2f} times as often as "
            f"{one.highest} (95 % interval {one.ratio.low:.2f} to {one.ratio.high:.2f})"
        )
        return (
            f"{figures}, below {least}."
            if verdict == "broken"
            else f"{figures}; that it is {least} or more is not shown."
        )

    def to_dict(self) -> dict[str, Any]:
        """As a manifest keeps it."""
        return {
            "mode": self.gate.mode,
            "least": self.gate.least,
            "ratios": {
                name: None
                if one is None
                else {
                    "lowest": one.lowest,
                    "highest": one.highest,
                    **asdict(one.ratio),
                    "verdict": one.against(self.gate.least),
                }
                for name, one in self.ratios.items()
            },
        }


def hold(
    gate: Gate, attributes: Sequence[Attribute], test: pl.DataFrame, judges: pl.DataFrame, threshold: float
) -> Held | None:
    """Measure the ratios of a new model; None where the gate is off.

    ``gate``: its mode and its least ratio. ``attributes``: by which approvals are compared. ``test``: SK_ID_CURR,
    PROBABILITY_OF_DEFAULT and, of later versions, CODE_GENDER and DAYS_BIRTH of the test clients; ``judges``:
    SK_ID_CURR and features of some of them. ``threshold``: refused from here on. Raises ``ValueError`` for an attribute
    whose features are not there.
    """
    if gate.mode == OFF:
        return None
    said = test.select("SK_ID_CURR", "PROBABILITY_OF_DEFAULT")
    both = judges.drop("PROBABILITY_OF_DEFAULT", strict=False).join(said, on="SK_ID_CURR", how="inner")
    approved = {one is test: one["PROBABILITY_OF_DEFAULT"].to_numpy() < threshold for one in (both, test)}
    values = {one is test: values_in(one) for one in (both, test)}
    # Gender, then age, from one generator, as `fairness.by_group` draws: a ratio has one interval on the whole card.
    draws = np.random.default_rng(0)
    found = {}
    for one in attributes:
        of_all = one.column in test.columns
        group = one.groups(values[of_all])
        names = [name for name in one.names if np.any(group == name)]
        found[one.name] = ratio_of(one.name, names, group, approved[of_all], seed=draws)
    return Held(gate, found)


def held_to_fairness(verdict: Verdict, held: Held | None) -> Verdict:
    """The verdict, which no new model survives whose ratios are surely too low where the gate stops."""
    if held is None or held.gate.mode != STOP or not held.broken:
        return verdict
    reasons = " ".join(held.sentence(one.attribute, one) for one in held.broken).rstrip(".")
    return replace(verdict, allowed=False, reason=f"{verdict.reason}; but the fairness gate stops it. {reasons}")
