"""What is changed of the usual training of a champion, where another model is looked for that treats groups more alike.

Three things can be changed on the same clients, folds and bins: columns that no tree may read, weights of clients, and
signs of further columns.

Weights after F. Kamiran and T. Calders, Data preprocessing techniques for classification without discrimination,
Knowledge and Information Systems 33, 2012 (reweighing). With the share P of clients in a group g with an outcome y,

    w(g, y) = P(g) * P(y) / P(g, y)

makes group and outcome independent in what a model learns from. The model reads the group nowhere, only its weights do.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: Of a group with fewer clients of an outcome than this the weights would be chance: its clients keep weight 1.
FEWEST = 10


@dataclass(frozen=True)
class Changes:
    """``parameters``: of the champion's model, in place of a search; None for a search. ``weight``: (n_train,) of the
    training clients, > 0, None where all weigh the same. ``signs``: column -> 1 where more of it must never be safer,
    -1 where less must not be, beside the usual signs. ``unread``: columns that no tree may read.
    """

    parameters: Mapping[str, Any] | None = None
    weight: Floats | None = None
    signs: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    unread: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[object, ...]:
        """Says all of it, for studies and checkpoints; empty where nothing is changed."""
        if self == NONE:
            return ()
        weight = "" if self.weight is None else hashlib.sha256(self.weight.tobytes()).hexdigest()
        parameters = None if self.parameters is None else sorted(self.parameters.items())
        return (parameters, weight, sorted(self.signs.items()), sorted(self.unread))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Changes) and (
            self.parameters == other.parameters
            and dict(self.signs) == dict(other.signs)
            and self.unread == other.unread
            and (self.weight is other.weight or _same(self.weight, other.weight))
        )

    __hash__ = None  # type: ignore[assignment]  # an array has none


def _same(one: Floats | None, other: Floats | None) -> bool:
    return one is not None and other is not None and np.array_equal(one, other)


#: The usual training.
NONE = Changes()


def reweighed(group: ArrayLike, defaulted: ArrayLike, strength: float = 1.0) -> Floats:
    """Weights (n_clients,) of mean 1 that make group and outcome independent at ``strength`` 1, and less below it.

    ``group``: (n_clients,) the name of each client's; ``defaulted``: (n_clients,) 0/1. ``strength``: exponent of the
    weights, in (0, 1]. Raises ``ValueError`` for another strength.

    Of two women one defaulted, of six men one: a default is rarer among men, so it weighs more there.

    >>> reweighed(["w"] * 40 + ["m"] * 120, [1] * 20 + [0] * 20 + [1] * 20 + [0] * 100)[[0, 20, 40, 60]].tolist()
    [0.5, 1.5, 1.5, 0.9]
    """
    if not 0 < strength <= 1:
        raise ValueError(f"the strength of a reweighing is above 0 and at most 1, not {strength:g}")
    of, y = np.asarray(group), np.asarray(defaulted)
    weight = np.ones(len(of))
    for name in np.unique(of):
        inside = of == name
        cells = [inside & (y == outcome) for outcome in (0, 1)]
        if min(int(cell.sum()) for cell in cells) < FEWEST:
            continue
        for outcome, cell in enumerate(cells):
            weight[cell] = (inside.mean() * (y == outcome).mean() / cell.mean()) ** strength
    return weight / weight.mean()
