"""The explanation of one client's probability: from the base value to the score, feature by feature."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from credit.explain.feature_texts import about
from credit.explain.reasons import PROTECTED, Reason, group_of

Floats = NDArray[np.float64]

#: Stands in place of a column where the contributions of all protected features are one.
TOGETHER = "PROTECTED_ATTRIBUTES"

#: What that is called.
PROTECTED_TOGETHER = {"en": "Protected attributes", "fr": "Attributs protégés"}


@dataclass(frozen=True)
class Contribution:
    """What one feature adds to a client's log odds of default (below 0: it takes away).

    ``value``: the client's, None where unknown. ``en``, ``fr``, ``unit``, ``unit_fr``: what the feature is and its
    unit; a column that `credit.features` does not know is called by its name and has no unit. ``protected``: it is made
    from a protected attribute and never offered as a reason. ``features``: how many columns it is the sum of.
    """

    feature: str
    value: float | None
    contribution: float
    en: str
    fr: str
    unit: str
    unit_fr: str
    protected: bool
    features: int = 1


@dataclass(frozen=True)
class Explanation:
    """One client explained: ``log_odds`` = ``base_value`` + all contributions, the largest |contribution| first.

    ``base_probability`` and ``probability``: both ends as probabilities of default in [0, 1]. ``reasons``: what pushes
    towards refusal, in words; also for a client who is accepted.
    """

    base_value: float
    base_probability: float
    log_odds: float
    probability: float
    contributions: tuple[Contribution, ...]
    reasons: tuple[Reason, ...]

    def largest(self, most: int) -> tuple[tuple[Contribution, ...], float]:
        """The ``most`` largest contributions that are not 0, and the sum of all others (log odds)."""
        shown = tuple(one for one in self.contributions[:most] if one.contribution != 0)
        return shown, sum(one.contribution for one in self.contributions[len(shown) :])

    def protected_together(self) -> "Explanation":
        """The same with one contribution in place of those of all protected features: their sum, and no value.

        The sign of one feature's contribution says what its value is: where women repay better, a bar to the left is
        one of a woman. A sum over gender, age and family does not. Itself where no feature is protected.
        """
        hidden = [one for one in self.contributions if one.protected]
        if not hidden:
            return self
        by, count = sum(one.contribution for one in hidden), sum(one.features for one in hidden)
        together = Contribution(
            TOGETHER,
            None,
            by,
            PROTECTED_TOGETHER["en"],
            PROTECTED_TOGETHER["fr"],
            "",
            "",
            protected=True,
            features=count,
        )
        others = (one for one in self.contributions if not one.protected)
        return replace(self, contributions=tuple(sorted((*others, together), key=lambda one: -abs(one.contribution))))


def explanation(
    columns: Sequence[str], x: Floats, values: Floats, base_value: float, reasons: Sequence[Reason]
) -> Explanation:
    """The explanation of the client ``x`` (n_columns,) from its contributions ``values`` (n_columns,).

    ``columns``: the features' names, in that order. ``base_value``: the log odds to which the contributions are added.
    ``reasons``: the weightiest first.
    """
    log_odds = base_value + float(values.sum())
    order = np.argsort(-np.abs(values), kind="stable")
    contributions = []
    for i in order.tolist():
        name = columns[i]
        value = None if np.isnan(x[i]) else float(x[i])
        protected = group_of(name) == PROTECTED
        contributions.append(Contribution(name, value, float(values[i]), *about(name), protected))
    return Explanation(
        base_value,
        float(expit(base_value)),
        log_odds,
        float(expit(log_odds)),
        tuple(contributions),
        tuple(reasons),
    )
