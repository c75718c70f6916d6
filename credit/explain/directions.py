"""Which way an amount counts: what the model itself says where the amount is moved and nothing else changes.

The contribution of a feature says that the matter counts against a client, and not which way: it is an average over
what else the client could be. That the price is high counts against her only where a lower price, with all that is made
of it, gives a lower probability of default. So a sentence that names a direction is said where the model bears it out
(`Directions.borne_out`), and otherwise the sentence that names the matter alone.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from credit.features.derived import Derived

Floats = NDArray[np.float64]
Better = Literal["lower", "higher"]

#: To which parts of itself an amount is moved in the direction that the sentence calls better, or by their inverses
#: where that is a higher one: as far as a client could go. Most claims fall by these.
MOVES = (0.9, 0.75, 0.5)

#: What is tried of the claims that are left: trees have steps, and between two moves a probability may rise.
BETWEEN = (0.97, 0.94, 0.87, 0.84, 0.81, 0.78, 0.71, 0.67, 0.63, 0.58, 0.54)

#: So many claims are tried together: each takes the rows of a client's features as often as it is moved.
_TOGETHER = 64


class Claim(NamedTuple):
    """That a ``better`` value, lower or higher, of the column at ``place`` would lower the probability of default of
    the client at row ``client``.
    """

    client: int
    place: int
    better: Better


class Directions:
    """Tries claims on a model with ``columns``. ``probability``: (n, columns) -> (n,), as `credit.model.Scorer` has."""

    def __init__(self, columns: Sequence[str], probability: Callable[[Floats], Floats]) -> None:
        self._columns = tuple(columns)
        self._probability = probability

    def borne_out(self, X: Floats, claims: Sequence[Claim]) -> list[bool]:
        """Whether the model bears each claim about a client of ``X`` (n_clients, n_columns) out.

        It does where at none of `MOVES` and `BETWEEN` the probability is above the client's own, and below it at one;
        and where the same does not hold of `MOVES` the other way, of which the sentence would be as true.
        """
        found: list[bool] = []
        for first in range(0, len(claims), _TOGETHER):
            found += self._tried(X, claims[first : first + _TOGETHER])
        return found

    def _tried(self, X: Floats, claims: Sequence[Claim]) -> list[bool]:
        own = self._probability(np.ascontiguousarray(X[[claim.client for claim in claims]]))
        lower = np.array([claim.better == "lower" for claim in claims])[:, None]
        near, between = np.array(MOVES), np.array(BETWEEN)
        steps = (
            np.where(lower, near, 1 / near),
            np.where(lower, 1 / near, near),
            np.where(lower, between, 1 / between),
        )
        # What is made of an amount is computed for all moves at once: a call of the formulas costs more than its rows.
        moved = self._moved(X, claims, np.hstack(steps))
        better, other_way, rest = np.split(moved, [len(near), 2 * len(near)], axis=1)
        # One after the other, each of those alone that hold so far: most do not, and trees answer row by row.
        holds = self._falls(better, own)
        left = np.flatnonzero(holds)
        holds[left] = ~self._falls(other_way[left], own[left])
        left = np.flatnonzero(holds)
        holds[left] = (self._after(rest[left]) <= own[left, None]).all(axis=1)
        return holds.tolist()

    def _falls(self, moved: Floats, own: Floats) -> NDArray[np.bool_]:
        """(claims,): whether the probabilities of ``moved`` (claims, moves, columns) are nowhere above the client's
        ``own`` (claims,), and below it at one.
        """
        found = self._after(moved)
        return np.asarray((found <= own[:, None]).all(axis=1) & (found < own[:, None]).any(axis=1))

    def _after(self, moved: Floats) -> Floats:
        """The probabilities of ``moved`` (claims, moves, columns): (claims, moves)."""
        if not len(moved):
            return np.empty(moved.shape[:2])
        rows = np.ascontiguousarray(moved).reshape(-1, moved.shape[2])
        return self._probability(rows).reshape(moved.shape[:2])

    def _moved(self, X: Floats, claims: Sequence[Claim], factors: Floats) -> Floats:
        """(claims, factors, columns): each client with the column of its claim times each of its ``factors`` (claims,
        factors), and what is made of it.
        """
        moved = np.repeat(X[[claim.client for claim in claims]][:, None], factors.shape[1], axis=1)
        places = np.array([claim.place for claim in claims])
        for number, place in enumerate(places.tolist()):
            moved[number, :, place] *= factors[number]
        flat = moved.reshape(-1, X.shape[1])
        self._derived.recompute(flat, [self._columns[place] for place in np.repeat(places, factors.shape[1])])
        return moved

    @cached_property
    def _derived(self) -> "Derived":
        # Here and not above: who explains nothing does not wait for the recipe of all features.
        from credit.features.derived import Derived

        return Derived(self._columns)
