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
        if not claims:
            return []
        own = self._probability(np.ascontiguousarray(X[[claim.client for claim in claims]]))
        wanted = np.array([claim.better == "lower" for claim in claims])
        holds = np.ones(len(claims), dtype=bool)
        # One after the other, each of those alone that hold so far: most do not, and trees answer row by row.
        for moves, same, right in ((MOVES, True, True), (MOVES, False, False), (MOVES + BETWEEN, True, True)):
            left = np.flatnonzero(holds)
            if len(left):
                some, way = [claims[i] for i in left.tolist()], wanted[left] == same
                holds[left] = self._falls(X, some, own[left], way, moves) == right
        return holds.tolist()

    def _falls(
        self, X: Floats, claims: Sequence[Claim], own: Floats, lower: NDArray[np.bool_], moves: Sequence[float]
    ) -> NDArray[np.bool_]:
        """(claims,): whether the probability falls from its ``own`` value where the amount moves down (``lower``) or
        up, by ``moves``.
        """
        factors = np.array(moves)
        moved = self._moved(X, claims, np.where(lower[:, None], factors, 1 / factors))
        found = self._probability(moved.reshape(-1, X.shape[1])).reshape(len(claims), len(factors))
        return np.asarray((found <= own[:, None]).all(axis=1) & (found < own[:, None]).any(axis=1))

    def _moved(self, X: Floats, claims: Sequence[Claim], factors: Floats) -> Floats:
        """(claims, factors, columns): each client with the column of its claim times each of its ``factors`` (claims,
        factors).
        """
        moved = np.repeat(X[[claim.client for claim in claims]][:, None], factors.shape[1], axis=1)
        places = np.array([claim.place for claim in claims])
        for place in np.unique(places).tolist():
            mine = np.flatnonzero(places == place)
            some = moved[mine]
            some[:, :, place] *= factors[mine]
            flat = some.reshape(-1, X.shape[1])
            self._derived.recompute(flat, (self._columns[place],))
            moved[mine] = flat.reshape(some.shape)
        return moved

    @cached_property
    def _derived(self) -> "Derived":
        # Here and not above: who explains nothing does not wait for the recipe of all features.
        from credit.features.derived import Derived

        return Derived(self._columns)
