"""Bodies decoded: features by name, or raw tables, become client numbers and an array for the model.

Measured on one client with 795 features (24 kB): a decoder compiled from the columns 31 microseconds, 69 with the
array; a dictionary checked against the known names 88 and 180. So the columns make a msgspec struct. A list is cut
into its clients first and decoded client by client: of 1,000 clients with 1,044 features (43 MB) the values of one
are in memory beside the array, not a million numbers, and that is 15 % faster, too.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from credit.body.errors import LARGEST_CLIENT, BodyError, Kind, Offence, is_whole, lenient, offences, refused
from credit.body.limits import Limits, limit
from credit.decisions.inputs import ABSENT, left_out
from credit.features import COLUMNS as MADE
from credit.features import Remark
from credit.features.derived import Derived

#: More clients than this belong in a file: python -m credit score.
MAX_CLIENTS = 1000

CLIENT = "SK_ID_CURR"

NAN = float("nan")

#: What JSON allows before a value.
_BLANKS = b" \t\r\n"

_EMPTY = "The body is empty: send one client, a list of clients or a client's tables as JSON; see GET / for an example."


@dataclass(frozen=True)
class Clients:
    """What a body asks to be scored.

    ``numbers``: SK_ID_CURR of each client. ``X``: float64 array (n_clients, n_columns), NaN where unknown. ``absent``:
    how many features (of a raw body: columns of application) were not named, per client. ``remarks``: what is odd about
    raw tables. ``absent_tables``: histories that a body of tables does not name.
    """

    numbers: tuple[int, ...]
    X: NDArray[np.float64]
    absent: tuple[int, ...]
    remarks: tuple[Remark, ...] = ()
    absent_tables: tuple[str, ...] = ()

    @property
    def known(self) -> NDArray[np.float64]:
        """Array (n_clients,): the share of the model's features of which a value is known, in [0, 1]."""
        return share_known(self.X)


def share_known(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Array (n_clients,): the share of the columns of ``X`` (n_clients, n_columns) of which a value is known."""
    unknown = np.isnan(X)
    clients, columns = X.shape
    if clients == 1:  # the usual case; along an axis NumPy takes ten times as long
        return np.array([1 - np.count_nonzero(unknown) / columns])
    return 1 - np.count_nonzero(unknown, axis=1) / columns


class Bodies:
    """Decodes the bodies of requests for a model with ``columns``; making one builds the plan of its features."""

    def __init__(self, columns: Sequence[str], max_clients: int = MAX_CLIENTS) -> None:
        from credit.body.tables import Tables  # which builds on this module

        self.columns = tuple(columns)
        self._tables = Tables(self.columns, max_clients)
        self.max_clients = max_clients
        # A model of columns that no table makes has nothing to fill in by.
        self._derived = Derived(self.columns) if set(self.columns) <= set(MADE) else None
        self._limits = Limits(self.columns)
        kinds: dict[str, Kind] = {name: limit(name).kind for name in self.columns}
        self._kinds: dict[str, Kind] = {CLIENT: "client", **kinds}
        # Columns may hold any character, a struct's attributes may not: they are numbered, and renamed in JSON.
        names = {"client": CLIENT} | {f"f{position}": name for position, name in enumerate(self.columns)}
        fields: list[Any] = [("client", int | float)]
        for name, column in list(names.items())[1:]:
            fields.append((name, float | bool | None if kinds[column] == "feature" else float | None, ABSENT))
        row = msgspec.defstruct(
            "Client", fields, rename=names, forbid_unknown_fields=True, omit_defaults=True, frozen=True, gc=False
        )
        self._client = msgspec.json.Decoder(row)
        self._list = msgspec.json.Decoder(list[msgspec.Raw])

    def read(self, body: bytes) -> Clients:
        """The clients in ``body``. Raises `BodyError` with status 400, 413 or 422 and every offence."""
        try:
            as_list = body.lstrip(_BLANKS).startswith(b"[")
            texts: Sequence[bytes | msgspec.Raw] = self._list.decode(body) if as_list else [body]
            if not 0 < len(texts) <= self.max_clients:
                raise wrong_number(len(texts), self.max_clients)
            # None becomes NaN, true 1 and false 0; what is not named stays the NaN that says so, which the log keeps.
            # The first field is the client's number, not a feature.
            found, width = [], len(self.columns)
            X = np.empty((len(texts), width))
            for position, text in enumerate(texts):
                number, *row = msgspec.structs.astuple(self._client.decode(text))
                found.append(number)
                X[position] = np.fromiter([NAN if value is None else value for value in row], np.float64, width)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return self._from_tables_or_refuse(body, error)
        numbers = _numbers(found, as_list=as_list)
        self._refuse_impossible(X, as_list=as_list)
        missing = left_out(X)
        if self._derived is not None and missing.any():
            self._derived.fill(X, missing)
        return Clients(
            numbers=numbers,
            X=X,
            absent=tuple(missing.sum(axis=1).tolist()),
        )

    def _refuse_impossible(self, X: NDArray[np.float64], *, as_list: bool) -> None:
        """Raises `BodyError` for days in the future, amounts of 0 or less and whatever else no column can hold."""
        broken = self._limits.broken(X)
        paths = (
            (f"[{row}].{self.columns[place]}" if as_list else self.columns[place], rule) for row, place, rule in broken
        )
        if broken:
            raise refused([Offence(path, f"{path} {rule}") for path, rule in paths])

    def _from_tables_or_refuse(self, body: bytes, error: Exception) -> Clients:
        if not body.strip():
            raise BodyError(400, _EMPTY)
        if body.startswith(b"\xef\xbb\xbf"):  # the mark that Windows editors put before UTF-8
            return self.read(body[3:])
        value = lenient(body)
        if (
            isinstance(value, dict)
            and CLIENT not in value
            and any(isinstance(rows, list | dict) for rows in value.values())
        ):
            return self._tables.read(value)
        if isinstance(value, list) and len(value) > self.max_clients:
            raise wrong_number(len(value), self.max_clients)
        rows = value if isinstance(value, list) else [value]
        found: list[Offence] = []
        for position, row in enumerate(rows):
            path = f"[{position}]" if isinstance(value, list) else ""
            found += offences(row, self._kinds, (CLIENT,), path, "a feature", "See GET /features")
        if not found:
            raise BodyError(400, f"The body is not the JSON of a client: {error}. See GET / for an example.")
        raise refused(found)


def wrong_number(clients: int, most: int) -> BodyError:
    """The error for a body with no client, or with more than ``most``."""
    if clients:
        return BodyError(
            413,
            f"A body may hold {most} clients, and this one holds {clients}: "
            "send it in parts, or score a file with python -m credit score.",
        )
    return BodyError(422, "The list holds no client; send at least one, see GET / for an example.")


def _numbers(found: list[int | float], *, as_list: bool) -> tuple[int, ...]:
    """The clients' numbers as whole numbers, 7.0 as 7; each client once. Raises `BodyError`."""
    prefix = (lambda position: f"[{position}].{CLIENT}") if as_list else (lambda position: CLIENT)
    wrong = [
        Offence(prefix(position), f"{prefix(position)} must be a whole number from 0 to {LARGEST_CLIENT}, not {number}")
        for position, number in enumerate(found)
        if not (is_whole(number) and 0 <= number <= LARGEST_CLIENT)
    ]
    if wrong:
        raise refused(wrong)
    numbers = tuple(int(number) for number in found)
    if len(set(numbers)) < len(numbers):
        raise refused(repeated(numbers, prefix))
    return numbers


def repeated(numbers: Sequence[int], path: Callable[[int], str]) -> list[Offence]:
    """One offence for each place at which a client comes again."""
    times = Counter(numbers)
    seen: set[int] = set()
    found = []
    for position, number in enumerate(numbers):
        if number in seen:
            message = f"client n° {number} comes {times[number]} times in this body; send each client once"
            found.append(Offence(path(position), message))
        seen.add(number)
    return found
