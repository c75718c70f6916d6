"""What a body of clients comes to, by name or as tables: their numbers and an array, and how many there may be."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from credit.features import DataWarning
from credit.program import PROGRAM
from credit.web.payload.violations import BodyError, Violation


@dataclass(frozen=True)
class Clients:
    """What a body asks to be scored.

    ``numbers``: SK_ID_CURR of each client. ``X``: float64 array (n_clients, n_columns), NaN where unknown. ``absent``:
    how many features (of a raw body: columns of application) were not named, per client. ``remarks``: warnings about
    the values, the first `MAX_REMARKS` of them, and ``further_remarks``: how many more there are. ``absent_tables``:
    histories that a body of tables does not name. ``muted``: code -> how many warnings are muted, and not in
    ``remarks``.
    """

    numbers: tuple[int, ...]
    X: NDArray[np.float64]
    absent: tuple[int, ...]
    remarks: tuple[DataWarning, ...] = ()
    absent_tables: tuple[str, ...] = ()
    further_remarks: int = 0
    muted: Mapping[str, int] = field(default_factory=dict)

    @property
    def known(self) -> NDArray[np.float64]:
        """Array (n_clients,): the share of the model's features of which a value is known, in [0, 1]."""
        return share_known(self.X)


def share_known(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Array (n_clients,): the share of the columns of ``X`` (n_clients, n_columns) of which a value is known."""
    unknown = np.isnan(X)
    columns: int = X.shape[1]
    if len(X) == 1:  # the usual case; along an axis NumPy takes ten times as long
        return np.array([1 - np.count_nonzero(unknown) / columns])
    missing: NDArray[np.intp] = np.count_nonzero(unknown, axis=1)
    return 1 - missing / columns


def wrong_number(clients: int, most: int) -> BodyError:
    """The error for a body with no client, or with more than ``most``."""
    if clients:
        return BodyError(
            413,
            f"A body may hold {most} clients, and this one holds {clients}: "
            f"send it in parts, or score a file with {PROGRAM} score.",
        )
    sentence = "The list holds no client; send at least one, see GET / for an example."
    return BodyError(422, sentence, [Violation("", sentence, code="no-clients")])


def repeated(numbers: Sequence[int | float], path: Callable[[int], str]) -> list[Violation]:
    """One violation for each place at which a client comes again."""
    times = Counter(numbers)
    seen: set[int | float] = set()
    found = []
    for position, number in enumerate(numbers):
        if number in seen:
            message = f"client n° {int(number)} comes {times[number]} times in this body; send each client once"
            found.append(Violation(path(position), message, code="client-twice"))
        seen.add(number)
    return found
