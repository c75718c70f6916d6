"""What is not known of a client, and what knowing it would be worth.

A calibrated probability is the mean of what it will be once more is known: E[p'] = p. How far p' spreads around p was
measured in training, part by part, on clients of whom all was known, with and without that part: it is kept as the
standard deviation of log odds. So p' is taken as the logistic of m + s z with z normal and m such that its mean is p.
From that follow the range in which p' will lie, the chance that the decision changes, and the money that deciding by
p' in place of p is expected to save. The decision is that of the threshold alone, since what a person decides about a
referred client is not known. Where it cannot change, knowing more is worth nothing. Where the threshold is not the
break-even probability, a change may cost money, and what a part is worth may lie a little below 0.
Source: R. Howard, Information Value Theory, IEEE Transactions on Systems Science and Cybernetics 2, 1966.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, compress, product
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.decision.cost import Costs
from credit.decision.segments import ClientTerms
from credit.features.information_sources import APPLICATION, PARTS, SCORES, ApplicationColumns, Part
from credit.model.log_odds import log_odds
from credit.model.manifest import BundleError

Floats = NDArray[np.float64]

#: Between these log odds the spread is measured apart: it is wider where a client is neither good nor bad.
EDGES = (-3.5, -2.75, -2.0, -1.25)

#: The middle of each range between them; of the outermost ones as far from the edge as of their neighbours.
_MIDDLES: Floats = np.array([-3.875, -3.125, -2.375, -1.625, -0.875])

#: A part counts as known where less than this share of it is unknown.
HALF = 0.5

#: p' at the middle of so many equally likely slices.
_SLICES = 64
_Z: Floats = np.array([NormalDist().inv_cdf((k + 0.5) / _SLICES) for k in range(_SLICES)])

#: The range that is told holds four fifths of what p' may be.
_TOLD = 0.8

#: Of the application so much must be missing before it is told as not known.
LEAST_MISSING = 0.1

#: Any table that is missing makes its part one that is not known.
_ANY = 1e-9

#: So many missing columns are named, those first that weigh most.
_NAMED = 5


@dataclass(frozen=True)
class Worth:
    """What knowing ``part`` would be worth for a client.

    - ``part``: what is not known of the client, one of `credit.features.information_sources.PARTS`
    - ``low``: the lower end of where p' lies four times of five, probability of default, in [0, 1]
    - ``high``: the upper end of it, probability of default, in [0, 1]
    - ``chance``: that p' lies on the other side of the threshold, in [0, 1]
    - ``worth``: expected gain, in the currency of AMT_CREDIT; None where the amount is not known
    - ``columns``: of the application, those that are missing and nearly always known in training, the weightiest
      first; of the scores, and of a history of several tables, those that are missing where others are there
    """

    part: Part
    low: float
    high: float
    chance: float
    worth: float | None
    columns: tuple[str, ...] = ()


class Unknown:
    """What the loaded model's manifest says of the parts and their spreads.

    ``columns``: of the model. ``written``: the manifest's "unknown", see ``credit.training.answer_spreads``. A part of
    which the model's columns cannot say whether it is known is left out. Raises `BundleError` for what cannot be used.
    """

    def __init__(
        self, columns: Sequence[str], written: Any, threshold: float, margin: float, loss_given_default: float
    ) -> None:
        place = {name: number for number, name in enumerate(columns)}
        self._threshold, self._costs = threshold, Costs(margin, loss_given_default)
        self._loan = place.get("AMT_CREDIT")
        self._of_application = ApplicationColumns(columns)
        self._places = {
            part.name: np.array(
                [place[name] for name in (*part.histories, *part.columns) if name in place], dtype=np.intp
            )
            for part in PARTS
            if part is not APPLICATION
        }
        # What the places are of: scores by their own names, histories by those of their tables.
        self._names = {
            part.name: [
                name
                for feature, name in zip((*part.histories, *part.columns), (*part.tables, *part.columns), strict=False)
                if feature in place
            ]
            for part in PARTS
            if part is not APPLICATION
        }
        try:
            self._usual: tuple[str, ...] = tuple(written["columns"])
            self._spreads = _spreads(written["spreads"])
            self._of_scores = _of_scores(written.get("scores", {}), columns)
            if wrong := set(self._usual) - (self._of_application.places.keys() & set(APPLICATION.columns)):
                raise ValueError(f"columns {sorted(wrong)}")
            measured = {name for name, _ in self._spreads}
            self._parts = [
                part
                for part in PARTS
                if part.name in measured and (part is APPLICATION or len(self._places[part.name]))
            ]
            names = [part.name for part in self._parts]
            if missing := [
                (name, sorted(known))
                for name in names
                for known in _subsets([other for other in names if other != name])
                if (name, known) not in self._spreads
            ]:
                raise ValueError(f"no spread of {missing[0][0]} where {missing[0][1]} is known")
            self._variances = {part.name: self._by_state(part) for part in self._parts}
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                f"The manifest's unknown parts cannot be used ({error!r}); export the model again."
            ) from None

    def _by_state(self, part: Part) -> tuple[Floats, Floats]:
        """Variances of all of ``part``, and of half of it: (states of the other parts, between the `EDGES`), the states
        in the order of `_state_numbers`: a request looks its client up in one step.
        """
        others = [one.name for one in self._parts if one is not part]
        states = [frozenset(compress(others, known)) for known in product((False, True), repeat=len(others))]
        whole, half = zip(*(self._spreads[part.name, state] for state in states), strict=True)
        return np.stack(whole) ** 2, np.stack(half) ** 2

    def _state_numbers(self, part: Part, rows: NDArray[np.intp], shares: Mapping[str, Floats]) -> NDArray[np.intp]:
        """(len(rows),) which of the parts but ``part`` are known, as the digits of a binary number."""
        found = np.zeros(len(rows), dtype=np.intp)
        for one in self._parts:
            if one is not part:
                found = 2 * found + (shares[one.name][rows] < HALF)
        return found

    def shares(self, X: Floats) -> dict[str, Floats]:
        """Part -> (n_clients,), how much of it is unknown, in [0, 1]; ``X``: (n_clients, n_columns).

        Of the application the share of the columns that nearly all training clients had, of histories that of their
        tables, of scores of other providers the share of what knowing all would move.
        """
        gaps = {name: np.isnan(X[:, places]) for name, places in self._places.items()}
        found = {
            name: self._of_gaps(gap) if name == SCORES.name else _mean(gap)
            for name, gap in gaps.items()
            if gap.shape[1]
        }
        known = self._of_application.known(X, self._usual)
        found[APPLICATION.name] = 1 - _mean(known) if self._usual else np.zeros(len(X))
        return {part.name: found[part.name] for part in self._parts}

    def _of_gaps(self, gap: NDArray[np.bool_]) -> Floats:
        """(n,) how much of the scores is unknown where ``gap`` (n, scores) are missing: all of it where all are."""
        return np.where(gap.all(axis=1), 1.0, np.minimum(gap @ self._of_scores, 1.0))

    def of(self, X: Floats, probability: Floats, terms: ClientTerms | None = None) -> list[list[Worth]]:
        """For each client of ``X`` (n_clients, n_columns) what is unknown, what is worth most first.

        ``terms``: by which they are decided on; None where the model's own hold for all.
        """
        own = terms or ClientTerms.same(len(X), self._threshold, self._costs)
        shares = self.shares(X)
        found: list[list[Worth]] = [[] for _ in X]
        for part in self._parts:
            least = LEAST_MISSING if part is APPLICATION else _ANY
            rows = np.flatnonzero(shares[part.name] >= least)
            if not len(rows):
                continue
            spread = self._spread(part, rows, shares, probability[rows])
            later = spread_out(probability[rows], spread)
            low, high = later[:, _at((1 - _TOLD) / 2)], later[:, _at((1 + _TOLD) / 2)]
            refused, then = probability[rows] >= own.threshold[rows], later >= own.threshold[rows, None]
            chance = (then != refused[:, None]).mean(axis=1)
            margin, loss = own.margin[rows, None], own.loss_given_default[rows, None]
            gain = _cost(later, refused[:, None], margin, loss) - _cost(later, then, margin, loss)
            worth = self._amounts(X[rows]) * gain.mean(axis=1)
            names = self._missing(part, X[rows])
            for number, row in enumerate(rows.tolist()):
                money = float(worth[number])
                found[row].append(
                    Worth(
                        part,
                        float(low[number]),
                        float(high[number]),
                        float(chance[number]),
                        None if np.isnan(money) else money,
                        names[number],
                    )
                )
        return [sorted(of_one, key=lambda one: (-(one.worth or 0.0), one.low - one.high)) for of_one in found]

    def _amounts(self, X: Floats) -> Floats:
        """(n,) the loans, NaN where the amount is not known, is no amount, or is not read by the model."""
        if self._loan is None:
            return np.full(len(X), np.nan)
        amounts = X[:, self._loan]
        return np.where(np.isfinite(amounts) & (amounts > 0), amounts, np.nan)

    def _missing(self, part: Part, X: Floats) -> list[tuple[str, ...]]:
        """Columns of the application, or scores or tables of a part of which others are known."""
        if part is APPLICATION:
            known = self._of_application.known(X, self._usual)
            return [tuple(np.array(self._usual)[~row][:_NAMED].tolist()) for row in known]
        gaps = np.isnan(X[:, self._places[part.name]])
        names = np.array(self._names[part.name])
        return [() if row.all() else tuple(names[row].tolist()) for row in gaps]

    @property
    def names(self) -> list[str]:
        """The parts that the model reads, and of which it can be said whether they are known."""
        return [part.name for part in self._parts]

    def states(self, shares: Mapping[str, Floats]) -> list[frozenset[str]]:
        """Of each client the parts of which more than half is known. ``shares``: what `shares` says of the clients."""
        known = {name: (share < HALF).tolist() for name, share in shares.items()}
        clients = len(next(iter(known.values()), ()))
        return [frozenset(name for name in known if known[name][client]) for client in range(clients)]

    def variance(self, shares: Mapping[str, Floats], probability: Floats) -> Floats:
        """(n_clients,) variance of the log odds once all parts are known. ``shares``: what `shares` says of the
        clients; ``probability``: theirs, (n_clients,).

        Part after part becomes known: what each then adds was measured where those before it are known. Between the
        `EDGES` the spreads are taken at the middle of a range, and on straight lines from one to the next, so that two
        clients who differ by little have intervals that do.
        """
        left = dict(shares)
        score = np.minimum(np.maximum(log_odds(probability), _MIDDLES[0]), _MIDDLES[-1])
        lower = np.minimum(np.searchsorted(_MIDDLES, score, side="right") - 1, len(_MIDDLES) - 2)
        weight = (score - _MIDDLES[lower]) / (_MIDDLES[lower + 1] - _MIDDLES[lower])
        found = np.zeros(len(probability))
        for part in self._parts:
            rows = np.flatnonzero(left[part.name] > 0)
            if not len(rows):
                continue
            below, above = lower[rows], weight[rows]
            first, second = self._spread_in(part, rows, left, np.stack([below, below + 1]))
            found[rows] += (1 - above) * first**2
            found[rows] += above * second**2
            left[part.name] = np.zeros(len(probability))
        return found

    def _spread(self, part: Part, rows: NDArray[np.intp], shares: Mapping[str, Floats], p: Floats) -> Floats:
        """(len(rows),) standard deviation of log odds; of a part that is partly known as much less as measured."""
        return self._spread_in(part, rows, shares, np.searchsorted(EDGES, log_odds(p), side="right"))

    def _spread_in(
        self, part: Part, rows: NDArray[np.intp], shares: Mapping[str, Floats], bins: NDArray[np.intp]
    ) -> Floats:
        """The same, of clients whose log odds lie in these ``bins`` between the `EDGES`; both (..., len(rows))."""
        whole, half = self._variances[part.name]
        state, share = self._state_numbers(part, rows, shares), shares[part.name][rows]
        # Variances add up: between nothing missing, half and all on straight lines.
        first, second = half[state, bins], whole[state, bins]
        found = np.where(share < 0.5, 2 * share * first, first + (2 * share - 1) * (second - first))
        return np.asarray(np.sqrt(np.maximum(found, 0)))


def _cost(probability: Floats, refused: NDArray[np.bool_], margin: Floats, loss: Floats) -> Floats:
    """Expected cost of a loan of 1."""
    return np.where(refused, margin * (1 - probability), loss * probability)


def _of_scores(written: Mapping[str, float], columns: Sequence[str]) -> Floats:
    """(scores among ``columns``,): of the variance that knowing all scores has, how much knowing that one has.

    A manifest that does not say so leaves them at 0: then the scores are unknown only where all are. Raises
    ``TypeError`` or ``ValueError``.
    """
    if not isinstance(written, Mapping):
        raise TypeError(f"scores {written!r}")
    found = np.array([float(written.get(name, 0.0)) for name in SCORES.columns if name in columns])
    if set(written) - set(SCORES.columns) or not ((found >= 0) & (found <= 1)).all():
        raise ValueError(f"scores {dict(written)}")
    return found


def _spreads(written: Any) -> dict[tuple[str, frozenset[str]], tuple[Floats, Floats]]:
    """(part, parts known beside it) -> standard deviations between the `EDGES`: of all of the part, and of half of it.

    Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no such table.
    """
    known_parts = {part.name for part in PARTS}
    found = {}
    for row in written:
        part, known = row["part"], frozenset(row["known"])
        pair = [np.array(values, dtype=np.float64) for values in (row["spread"], row.get("half", row["spread"]))]
        if "half" not in row:
            pair[1] = pair[1] / np.sqrt(2)  # of half a part half the variance
        if wrong := {part, *known} - known_parts:
            raise ValueError(f"no parts: {sorted(wrong)}")
        for values in pair:
            if values.shape != (len(EDGES) + 1,) or not (np.isfinite(values) & (values >= 0)).all():
                raise ValueError(f"spread of {part}: {len(EDGES) + 1} numbers of 0 or more, not {row}")
        found[part, known] = (pair[0], pair[1])
    return found


def _subsets(names: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]


def spread_out(probability: Floats, spread: Floats) -> Floats:
    """What a probability may become, rising: (n, 64) equally likely values whose mean is it; both arrays (n,).

    ``spread``: standard deviation of the log odds.
    """
    centre = log_odds(probability)
    target = 1 / (1 + np.exp(-centre))
    steps = spread[:, None] * _Z
    for _ in range(30):  # Newton: the mean rises with the centre, and is nearly its logistic
        values = 1 / (1 + np.exp(-(centre[:, None] + steps)))
        off = _mean(values) - target
        if not (np.abs(off) >= 1e-12).any():
            break
        centre = centre - off / _mean(values * (1 - values))
    # Without a spread p' is p to its last bit: rounded, it could lie on the other side of a threshold at p.
    return np.where(spread[:, None] > 0, values, probability[:, None])


def _mean(values: Floats | NDArray[np.bool_]) -> Floats:
    """(n,) mean of each row of ``values`` (n, m), to the last bit as numpy.mean, in a third of its time for one row."""
    return np.asarray(np.add.reduce(values, axis=1, dtype=np.float64) / values.shape[1])


def _at(quantile: float) -> int:
    return min(int(quantile * _SLICES), _SLICES - 1)
