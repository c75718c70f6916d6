"""Draw columns whose marginal distribution is known and whose place in the joint distribution is a score.

A numeric column is drawn from a *score*: any array (n,) that says who has more of it. The score's rank is read off its
own quantiles, and the value at that rank off the real column's quantiles, so the marginal distribution is right
whatever the score is made of. A categorical column is drawn from *scores* (n, k), the log odds of each value up to a
constant per value; the constants are those for which the shares come out as the real ones.

The quantiles of the scores and the constants are found once, on many clients, and kept in ``calibration.json``
(``python -m credit.simulate.fit application`` writes it): the same numbers then serve a bank of any size.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from credit.simulate.portable_arithmetic import exp, normal_cdf, power

#: Ranks at which the quantiles of a score are kept: dense in the tails, where amounts are large.
RANKS = np.concatenate([[0, 0.0005, 0.002, 0.005], np.linspace(0.01, 0.99, 99), [0.995, 0.998, 0.9995, 1]])


@cache
def profile() -> dict[str, Any]:
    """The aggregate statistics of the real tables that the simulator follows (``profile.json``)."""
    loaded: dict[str, Any] = json.loads((files("credit.simulate") / "profile.json").read_text(encoding="utf-8"))
    return loaded


@cache
def calibration() -> dict[str, Any]:
    """What ``credit.simulate.fit`` found: constants of the categorical columns, quantiles of the scores."""
    loaded: dict[str, Any] = json.loads((files("credit.simulate") / "calibration.json").read_text(encoding="utf-8"))
    return loaded


@cache
def quantile_table(column: str, later: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Ranks and values of a numeric application column, both rising; ``later``: as application_test has it."""
    known = profile()["later" if later else "application"][column]
    points = dict(known["quantiles"])
    if not later and len(known.get("bins", ())) == 10:
        # Ten bins are the deciles: their upper ends are quantiles that the short list lacks.
        points |= {i / 10: end for i, (end, _) in enumerate(known["bins"], start=1)}
    if not later:
        # The last hundredth thins out quickly: nine tenths of it lie in the first sixth of its range.
        points[0.999] = points[0.99] + (points.get(1.0, points[0.99]) - points[0.99]) / 6
        points[0.001] = points[0.01] - (points[0.01] - points.get(0.0, points[0.01])) / 6
    ranks = np.array(sorted(points))
    return ranks, np.maximum.accumulate(np.array([points[rank] for rank in ranks], dtype=float))


class Draws:
    """Draws the columns of ``n`` clients one after the other.

    ``calibrating``: a dictionary to fill with constants and quantiles found on these very clients, instead of reading
    them from ``calibration.json``.
    """

    def __init__(self, rng: np.random.Generator, n: int, calibrating: dict[str, list[float]] | None = None) -> None:
        self.rng = rng
        self.n = n
        self._calibrating = calibrating

    def among(self, n: int) -> "Draws":
        """The same source of chance and parameters for ``n`` of the clients."""
        return Draws(self.rng, n, self._calibrating)

    def _parameters(self, name: str, find: Callable[[], np.ndarray]) -> np.ndarray:
        if self._calibrating is None:
            return np.array(calibration()["draws"][name])
        self._calibrating[name] = [float(f"{value:.5g}") for value in find()]
        return np.array(self._calibrating[name])

    def choose(
        self, name: str, scores: np.ndarray, shares: Sequence[float], shift: np.ndarray | None = None
    ) -> np.ndarray:
        """Draw one of k values for every client: an integer array (n,).

        ``name``: of the column, under which its constants are kept. ``scores``: (n, k) log odds up to a constant per
        value. ``shares``: (k,) the shares that are to come out. ``shift``: (k,) added afterwards, where a share is
        meant to differ (drift).
        """
        target = np.asarray(shares, dtype=float)
        logits = scores + self._parameters(name, lambda: _constants(scores, target / target.sum()))
        if shift is not None:
            logits = logits + shift
        cumulative = exp(logits - logits.max(axis=1, keepdims=True))
        np.cumsum(cumulative, axis=1, out=cumulative)
        mark = self.rng.random((self.n, 1)) * cumulative[:, -1:]
        chosen: np.ndarray = np.minimum((cumulative < mark).sum(axis=1), len(target) - 1)
        return chosen

    def flag(self, name: str, score: np.ndarray | float, share: float, shift: np.ndarray | float = 0.0) -> np.ndarray:
        """Draw yes or no: a Boolean array (n,); ``score``: (n,) log odds of yes up to a constant.

        ``name``: of the column, under which its constant is kept. ``share``: of yes that is to come out. ``shift``: log
        odds that are added afterwards, where the share is meant to differ (drift).
        """
        score = np.broadcast_to(np.asarray(score, dtype=float), (self.n,))
        if share <= 0 or share >= 1:
            return np.full(self.n, share >= 1)
        constant = self._parameters(name, lambda: _constant(score, share))[0]
        chance: np.ndarray = 1 / (1 + exp(-(score + constant + shift)))
        return self.rng.random(self.n) < chance

    def rank(self, name: str, score: np.ndarray) -> np.ndarray:
        """The rank in (0, 1) of every client's score among all clients' scores."""
        quantiles = self._parameters(name, lambda: np.quantile(score, RANKS))
        rising = np.maximum.accumulate(quantiles) + np.arange(len(RANKS)) * 1e-9
        return np.interp(score, rising, RANKS)

    def value(self, column: str, rank: np.ndarray, drift: float = 0.0) -> np.ndarray:
        """The value of a numeric application column at a rank; ``drift``: 0 as in training, 1 as in the test file."""
        values = np.interp(rank, *quantile_table(column))
        if drift == 0:
            return values
        later = np.interp(rank, *quantile_table(column, later=True))
        # A factor per rank, so that amounts stay positive however far the drift goes.
        factor = np.divide(later, values, out=np.ones_like(values), where=values != 0)
        factor = np.clip(factor, 0.01, 100.0)
        return values * (factor if drift == 1 else power(factor, drift))


def normal_rank(latent: np.ndarray) -> np.ndarray:
    """The rank in (0, 1) of a standard normal variable."""
    return normal_cdf(latent)


def shares_of(column: str, later: bool = False) -> dict[str, float]:
    """Value -> share of an application column that has few values; ``later``: as application_test has it."""
    if later:
        return dict(profile()["later"][column]["values"])
    return {value: share for value, (share, _) in profile()["application"][column]["values"].items()}


def table_of_scores(
    affinities: Mapping[str, Mapping[str, float]], columns: Sequence[str], given: np.ndarray, values: Sequence[str]
) -> np.ndarray:
    """Log odds (n, k) of the ``columns`` for clients whose other column is ``values[given]``; 0 where none is given.

    ``affinities``: value of the other column -> one of the ``columns`` -> log odds. ``given``: (n,) each client's place
    among ``values``, the other column's.
    """
    table = np.array([[affinities.get(value, {}).get(column, 0.0) for column in columns] for value in values])
    odds: np.ndarray = table[given]
    return odds


def _constant(score: np.ndarray, share: float) -> np.ndarray:
    low, high = -40.0, 40.0
    for _ in range(50):
        middle = (low + high) / 2
        if (1 / (1 + np.exp(-np.clip(score + middle, -500, 500)))).mean() < share:
            low = middle
        else:
            high = middle
    return np.array([middle])


def _constants(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    wanted = np.log(np.maximum(target, 1e-12))
    constants = wanted.copy()
    for _ in range(200):
        logits = scores + constants
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
        step = wanted - np.log(np.maximum(shares, 1e-12))
        constants = constants + step
        if np.abs(step[target > 0]).max() < 1e-4:
            break
    centred: np.ndarray = constants - constants.max()
    return centred
