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
#: where that is a higher one. Far enough that what a client could do lies between them, and no further.
MOVES = (0.9, 0.75, 0.5)


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

        It does where at none of `MOVES` the probability is above the client's own, and below it at one; and where the
        same does not hold of moves the other way, of which the sentence would be as true.
        """
        if not claims:
            return []
        own = self._probability(np.ascontiguousarray(X[[claim.client for claim in claims]]))
        wanted = np.array([claim.better == "lower" for claim in claims])
        holds = self._falls(X, claims, own, wanted)
        # The other way is tried of those alone that hold: most do not, and trees answer row by row.
        left = np.flatnonzero(holds)
        if len(left):
            holds[left] = ~self._falls(X, [claims[i] for i in left.tolist()], own[left], ~wanted[left])
        return holds.tolist()

    def _falls(self, X: Floats, claims: Sequence[Claim], own: Floats, lower: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(claims,): whether the probability falls from its ``own`` value where the amount moves down (``lower``) or
        up.
        """
        moves = np.array(MOVES)
        moved = self._moved(X, claims, np.where(lower[:, None], moves, 1 / moves))
        found = self._probability(moved.reshape(-1, X.shape[1])).reshape(len(claims), len(moves))
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
