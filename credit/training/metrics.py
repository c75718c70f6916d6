"""What is measured of a model on clients it has not seen.

Ranking (no unit; a strictly increasing map of the probabilities changes none of them):

    roc_auc   share of the pairs of a bad and a good client in which the bad one is held riskier, ties counted half
    gini      2 * roc_auc - 1: 0 is chance, 1 perfect
    ks        largest distance between the shares of the bad and of the good clients at or below a score, in [0, 1]

Probabilities:

    brier                   mean of (probability - outcome)^2, in [0, 1], less is better
    calibration_slope       of the line  log odds of default = intercept + slope * log odds predicted;  1 is perfect,
                            below 1 the model is too sure of itself
    calibration_in_the_large    the intercept of that line where its slope is held at 1: by how much the log odds are
                            too low on average; 0 is perfect, above 0 the model is too hopeful. The intercept of the
                            free line is about even odds, which no client has, and moves with the slope
    calibration_error       mean predicted minus observed default rate among the clients predicted within 0.10 to 0.25,
                            signed: above 0 the model is too gloomy, below 0 too hopeful; 0.005 is half a point

Sources: A. Bradley, Pattern Recognition 30, 1997 (roc_auc); L. Thomas, D. Edelman and J. Crook, Credit Scoring and Its
Applications, 2002, chapter 7 (gini, ks); G. Brier, Monthly Weather Review 78, 1950; D. Cox, Biometrika 45, 1958
(calibration line); B. Van Calster and others, BMC Medicine 17, 2019 (slope, calibration in the large).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, brier_score_loss, f1_score, roc_auc_score

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.intervals import Interval, wilson
from credit.model.log_odds import log_odds

#: Around the break-even probability of the usual costs, 0.1597: where an error changes decisions. Ends included.
BAND = (0.10, 0.25)
#: Log odds that differ by less than this are one number: no line can be laid through them.
_SAME = 1e-9

Floats = NDArray[np.float64]


def measure(
    defaulted: ArrayLike,
    probability: ArrayLike,
    amount: ArrayLike,
    threshold: float,
    costs: Costs,
) -> dict[str, float]:
    """Metrics of probabilities of default and of the decisions that the threshold makes of them.

    Arrays (n_clients,): ``defaulted`` 0/1, ``probability`` of default, ``amount`` AMT_CREDIT. ``threshold``: refused at
    or above. ``costs``: of errors. ``roc_auc``, ``gini``, ``ks``, ``brier`` and the calibration come from the
    probabilities, see above; ``accuracy`` and ``f1`` (of default) from the decisions; ``cost`` in the currency of
    ``amount``; ``saving`` as a share of what accepting everybody costs; ``refused`` the share of clients refused.

    NaN, which is what JSON writes as null: ``calibration_slope`` of a constant prediction, and where no finite line
    exists, see ``calibration_line``; ``calibration_error`` where nobody is predicted within 0.10 to 0.25;
    ``calibration_in_the_large``, ``roc_auc``, ``gini`` and ``ks`` where everybody defaulted. Raises ``ValueError``
    where nobody did, and as ``credit.decision.cost.cost`` does.
    """
    y, p = np.asarray(defaulted), np.asarray(probability, dtype=np.float64)
    refused = p >= threshold
    cost = money.cost(y, refused, amount, **costs.to_dict())
    saving = money.saving(cost, money.accept_everybody(y, amount, costs.loss_given_default))
    area = float(roc_auc_score(y, p)) if np.ptp(y) else float("nan")
    return {
        "accuracy": float(accuracy_score(y, refused)),
        "roc_auc": area,
        "gini": 2 * area - 1,
        "ks": kolmogorov_smirnov(y, p),
        "f1": float(f1_score(y, refused, zero_division=0)),
        "brier": float(brier_score_loss(y, p)),
        "calibration_slope": calibration_line(y, p)[0],
        "calibration_in_the_large": calibration_in_the_large(y, p),
        "calibration_error": calibration_error(y, p).estimate,
        "refused": float(refused.mean()),
        "cost": cost,
        "saving": saving,
    }


def kolmogorov_smirnov(defaulted: ArrayLike, score: ArrayLike) -> float:
    """max over s of |F_bad(s) - F_good(s)|, F the share of clients at or below s; arrays (n_clients,), in [0, 1].

    NaN where there are only bad or only good clients.
    """
    y, s = np.asarray(defaulted).astype(bool), np.asarray(score, dtype=np.float64)
    bad, good = np.sort(s[y]), np.sort(s[~y])
    if not len(bad) or not len(good):
        return float("nan")
    places = np.unique(s)
    below_bad = np.searchsorted(bad, places, side="right") / len(bad)
    below_good = np.searchsorted(good, places, side="right") / len(good)
    return float(np.abs(below_bad - below_good).max())


def calibration_line(defaulted: ArrayLike, probability: ArrayLike) -> tuple[float, float]:
    """Slope and intercept of the outcome's log odds on those predicted, without unit; arrays (n_clients,).

    The line is that of ``credit.model.calibration.Calibration.fit``, which refuses slopes that are not positive; here
    they are told, since they say that the model ranks the wrong way round. Both NaN for a constant prediction, and
    where a score parts the bad from the good clients without overlap: likelihood then grows with the slope for ever
    (A. Albert and J. Anderson, Biometrika 71, 1984).
    """
    y, scores = np.asarray(defaulted).astype(bool), log_odds(probability)
    nothing = float("nan"), float("nan")
    if y.all() or not y.any() or np.ptp(scores) < _SAME:
        return nothing
    bad, good = scores[y], scores[~y]
    if bad.min() >= good.max() or good.min() >= bad.max():
        return nothing
    # On a scale of its own the solver ends as near to the optimum for narrow scores as for wide ones.
    centre, spread = float(scores.mean()), float(scores.std())
    line = LogisticRegression(C=np.inf, max_iter=1000, tol=1e-8).fit(((scores - centre) / spread)[:, None], y)
    slope = float(line.coef_[0, 0]) / spread
    return slope, float(line.intercept_[0]) - slope * centre


def calibration_in_the_large(defaulted: ArrayLike, probability: ArrayLike) -> float:
    """What is added to all log odds to expect as many defaults as there were, without unit; arrays (n_clients,).

    The intercept a of log odds of default = a + log odds predicted, by maximum likelihood: where the sum of
    1 / (1 + exp(-a - log odds)) is the number of defaults. NaN where everybody defaulted, or nobody.
    """
    y, scores = np.asarray(defaulted).astype(bool), log_odds(probability)
    defaults = int(y.sum())
    if defaults in (0, len(y)):
        return float("nan")
    # Were all as the riskiest client is, so much less would do; were all as the safest, so much more is enough.
    middle = float(logit(defaults / len(y)))
    lowest, highest = middle - float(scores.max()) - 1, middle - float(scores.min()) + 1
    return float(brentq(lambda a: expit(a + scores).sum() - defaults, lowest, highest))


def calibration_error(
    defaulted: ArrayLike, probability: ArrayLike, band: tuple[float, float] = BAND, level: float = 0.95
) -> Interval:
    """Mean predicted minus observed default rate among clients predicted within ``band``, as a share; arrays (n,)
    ``defaulted``, 0/1, and ``probability``.

    Its interval, of the ``level`` that is given, takes the predictions as given and the observed rate as Wilson's
    interval has it. A tenth of 10,000 clients in the band leaves some 0.02 to either side: an error of 0.005 shows only
    on many clients. All three numbers are NaN where nobody is in the band.
    """
    y, p = np.asarray(defaulted, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    inside = (p >= band[0]) & (p <= band[1])
    if not inside.any():
        return Interval(float("nan"), float("nan"), float("nan"))
    said = float(p[inside].mean())
    low, high = wilson(y[inside].sum(), inside.sum(), level)
    return Interval(said - float(y[inside].mean()), said - float(high), said - float(low))


def reliability(defaulted: ArrayLike, probability: ArrayLike, groups: int = 10) -> list[dict[str, float]]:
    """Predicted against observed default rates in ``groups`` of equal size, of rising probability.

    ``defaulted``: (n,) 0/1, ``probability``: (n,), n >= ``groups``. Each group: how many ``clients``, their mean
    probability ``predicted``, the share that did ``observed``, with its 95 % interval ``low`` to ``high`` (Wilson).
    """
    y, p = np.asarray(defaulted, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    if y.shape != p.shape or y.ndim != 1 or len(y) < groups:
        raise ValueError(f"{groups} groups need an outcome and a probability each of as many clients, not {y.shape}")
    rows = []
    for part in np.array_split(np.argsort(p, kind="stable"), groups):
        low, high = wilson(y[part].sum(), len(part))
        share = {"predicted": p[part].mean(), "observed": y[part].mean(), "low": low, "high": high}
        rows.append({"clients": len(part), **{name: round(float(value), 6) for name, value in share.items()}})
    return rows
