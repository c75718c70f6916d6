"""Bodies decoded: clients by name, or raw tables, become client numbers and an array for the model.

Measured on one client with 795 features (24 kB): a decoder compiled from the columns 31 microseconds, 69 with the
array; a dictionary checked against the known names 88 and 180. So the columns make a msgspec struct. A list is cut
into its clients first and decoded client by client: of 1,000 clients with 1,044 features (43 MB) the values of one
are in memory beside the array, not a million numbers, and that is 15 % faster, too.

Whatever that decoder refuses is read once more, as any JSON: it may be a row of the published table with its texts
(`credit.web.payload.published_rows`), a client's tables (`credit.web.payload.raw_tables`), one of the two in the
envelope of another program (`credit.web.payload.envelopes`), or wrong, and then every error is named
(`credit.web.payload.violations`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from credit.decision_log.encoding import ABSENT, left_out
from credit.features import COLUMNS as MADE
from credit.features import DataWarning, find_data_warnings, split_muted_warnings
from credit.features.data_warnings import PUBLISHED_RANGES
from credit.features.derived import Derived
from credit.features.raw_rows import APPLICATION
from credit.tables.amount_ranges import AmountRanges
from credit.web.payload.decoded import Clients, repeated, wrong_number
from credit.web.payload.envelopes import CLIENT, opened
from credit.web.payload.ignored_names import ignored
from credit.web.payload.json_syntax import colons, decoded, refuse_repeated, refuse_repeated_keys
from credit.web.payload.loan_amounts import Loan
from credit.web.payload.published_rows import Published
from credit.web.payload.raw_tables import NAMES, Tables
from credit.web.payload.value_limits import Limits, limit
from credit.web.payload.value_rules import is_whole
from credit.web.payload.violations import LARGEST_CLIENT, BodyError, Meant, Violation, find_violations, refused

#: More clients than this belong in a file: python -m credit score.
MAX_CLIENTS = 1000

#: So many warnings are worded; how many more there are is counted.
MAX_REMARKS = 1000

_OUT_OF_RANGE = "out-of-range"

NAN = float("nan")

#: What JSON allows before a value.
_BLANKS = b" \t\r\n"

#: The mark that Windows editors put before UTF-8.
_MARK = b"\xef\xbb\xbf"

_EMPTY = "The body is empty: send one client, a list of clients or a client's tables as JSON; see GET / for an example."


class Bodies:
    """Decodes the bodies of requests for a model with ``columns``; making one builds the plan of its features.

    ``own``: ranges of the bank's amounts, where it lends in another currency than the published one. ``muted``: codes
    of warnings that are counted alone.
    """

    def __init__(
        self,
        columns: Sequence[str],
        max_clients: int = MAX_CLIENTS,
        own: AmountRanges = MappingProxyType({}),
        muted: frozenset[str] = frozenset(),
    ) -> None:
        self.columns = tuple(columns)
        self.max_clients = max_clients
        self.own, self.muted = own, muted
        self._tables, self._names_of_tables = Tables(self.columns, max_clients, own, muted), NAMES
        known = frozenset(MADE)
        made = [name for name in self.columns if name in known]
        self._derived = Derived(self.columns)
        self._derived.prepare()
        self.published = Published(self.columns, made, self._derived)
        self._limits = Limits(self.columns)
        self._loan = Loan(self.columns)
        self._ranges = _Ranges(self.columns, frozenset(made), own)
        self._low, self._high = self._ranges.within(self._limits)
        # Columns may hold any character, a struct's attributes may not: they are numbered, and renamed in JSON.
        names = {"client": CLIENT} | {f"f{position}": name for position, name in enumerate(self.columns)}
        fields: list[Any] = [("client", int | float)]
        for name, column in list(names.items())[1:]:
            fields.append(
                (name, float | bool | None if limit(column).kind in ("feature", "flag") else float | None, ABSENT)
            )
        row = msgspec.defstruct(
            "Client", fields, rename=names, forbid_unknown_fields=True, omit_defaults=True, frozen=True, gc=False
        )
        self._client = msgspec.json.Decoder(row)
        self._list = msgspec.json.Decoder(list[msgspec.Raw])

    def read(self, body: bytes) -> Clients:
        """The clients in ``body``. Raises `BodyError` with status 400, 413 or 422 and every error."""
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
                X[position] = np.fromiter(row, np.float64, width)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._in_another_form(body)
        absent = left_out(X)
        # All values are numbers: each key has a colon, and no other is there, but in the names of a model's columns.
        missing = [int(np.count_nonzero(row)) for row in absent]
        if colons(body) != absent.size - sum(missing) + len(texts):
            refuse_repeated_keys(body)
        numbers = _numbers(found, as_list=as_list)
        # What is wrong is said in one answer, the amounts that are missing last.
        wrong, lacking = _again(numbers), self._loan.of_array(X, as_list=as_list)
        return self._clients(numbers, X, missing, (), wrong, lacking, as_list=as_list, checked=False)

    def _clients(
        self,
        numbers: tuple[int, ...],
        X: NDArray[np.float64],
        absent: Sequence[int],
        found: Sequence[DataWarning],
        wrong: Sequence[Violation],
        lacking: Sequence[Violation],
        *,
        as_list: bool,
        checked: bool,
    ) -> Clients:
        """With what the features in ``X`` imply filled in. ``found``: warnings so far.

        ``checked``: every value that was sent is known to lie within its limit.

        Raises `BodyError` for what is ``wrong`` so far, for values that cannot be, histories that contradict
        themselves and amounts that are ``lacking``.
        """
        wrong, odd = list(wrong), np.empty((0, 2), dtype=np.intp)
        # Beyond what was published, or what can be.
        if ((self._low > X) | (self._high < X)).any() or self._limits.has_fractions(X):
            self._limits.clear(X)
            # What is made of values within their limits may lie outside: an income for each of 0.0000001 family
            # members. It was not sent, and by table such a row is answered with a warning of what was sent.
            if not checked:
                wrong += self._impossible(X, as_list=as_list)
            odd = self._ranges.outside(X)
        unknown = np.isnan(X)
        wrong += self._contradicted(X, unknown, None if as_list else [""])
        wrong += lacking
        if wrong:
            raise refused(wrong, clients=len(X))
        found, muted = split_muted_warnings(found, self.muted)
        if _OUT_OF_RANGE in self.muted and len(odd):
            muted[_OUT_OF_RANGE] = muted.get(_OUT_OF_RANGE, 0) + len(odd)
            odd = odd[:0]
        # What is ignored comes last: it would take the places of what counts otherwise than it was sent.
        last = sorted(found, key=lambda one: one.kind == "ignored") if len(found) > MAX_REMARKS else found
        warnings = list(last[:MAX_REMARKS])
        worded = odd[: MAX_REMARKS - len(warnings)]
        more = len(found) - len(warnings) + len(odd) - len(worded)
        warnings += self._ranges.warnings_about(X, worded, numbers)
        if unknown.any():
            self._derived.fill(X, unknown)
        return Clients(numbers, X, tuple(absent), tuple(warnings), further_remarks=more, muted=muted)

    def _impossible(self, X: NDArray[np.float64], *, as_list: bool) -> list[Violation]:
        """Days in the future, amounts of 0 or less and whatever else no column can hold."""
        found = []
        for row, place, rule in self._limits.broken(X):
            name = self.columns[place]
            path = f"[{row}].{name}" if as_list else name
            together = f"{name} {rule}".replace("{", "{{").replace("}", "}}") + "; this is so in {n} rows"
            found.append(Violation(path, f"{path} {rule}", (name, rule), together, code="impossible-value"))
        return found

    def _contradicted(
        self, X: NDArray[np.float64], unknown: NDArray[np.bool_], paths: Sequence[str] | None
    ) -> list[Violation]:
        """Histories that a client is said not to have, beside what is made of one. ``paths``: where each client is, in
        a list as it stands.
        """
        found = []
        for row, name, other in self._derived.contradicted(X, unknown):
            field = f"{f'[{row}]' if paths is None else paths[row]}.{name}".lstrip(".")
            what = "contradicts {}: 0 says that the client has no history of this kind; send one of the two"
            together = f"{name} {what.format('features that are made of such a history')}; this is so in {{n}} rows"
            found.append(
                Violation(
                    field, f"{field} {what.format(other)}", ("contradiction", name), together, code="contradiction"
                )
            )
        return found

    def _in_another_form(self, body: bytes) -> Clients:
        if not body.strip():
            raise BodyError(400, _EMPTY)
        if body.startswith(_MARK):
            return self.read(body[len(_MARK) :])
        value = decoded(body)
        refuse_repeated(body, value)
        inside = opened(value, self._names_of_tables, self.published.rules)
        if inside.tables is not None:
            return self._tables.read(inside.tables)
        rows = inside.rows
        if not 0 < len(rows) <= self.max_clients:
            raise wrong_number(len(rows), self.max_clients)
        paths = [f"[{position}]" if inside.as_list else "" for position in range(len(rows))]
        meant_by, see = Meant(), "See GET /features"
        alike = all(isinstance(row, dict) for row in rows) and self.published.fits(rows)
        wrong = (
            []
            if alike
            else [
                one
                for row, path in zip(rows, paths, strict=True)
                for one in find_violations(
                    row, self.published.rules_of(row), (CLIENT,), path, "a feature", see, meant_by
                )
            ]
        )
        lacking = [
            one
            for row, path in zip(rows, paths, strict=True)
            if isinstance(row, dict)
            for one in self._loan.of_row(row, path, self.published.rules, meant_by)
        ]
        if wrong:
            wrong += self._also_wrong(rows, paths, {one.field for one in wrong})
            raise refused([*wrong, *lacking], clients=len(rows))
        return self._by_name(rows, paths, lacking, as_list=inside.as_list, alike=alike)

    def _also_wrong(self, rows: Sequence[Any], paths: Sequence[str], fields: set[str]) -> list[Violation]:
        """What else is wrong with the rows that are sound by themselves: so all is said in one answer.

        ``fields``: where something is wrong already.
        """
        faulty = {field.partition("]")[0] + "]" for field in fields}
        known = self.published.rules
        sound = [
            ({name: value for name, value in row.items() if name in known}, path)
            for row, path in zip(rows, paths, strict=True)
            if path and path not in faulty
        ]
        found = _again([row[CLIENT] for row, _ in sound], [path for _, path in sound])
        X = self._array([row for row, _ in sound])
        found += self._contradicted(X, np.isnan(X), [path for _, path in sound])
        texts = [(row, path) for row, path in sound if self.published.is_published(row)]
        if texts:
            found += self.published.read(*zip(*texts, strict=True))[2]
        return found

    def _array(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """What rows whose values fit say by the names of the model's features, array (n, columns)."""
        X = self.published.unknown(rows)
        for x, row in zip(X, rows, strict=True):
            for name, place in self.published.features_of(row):
                value = row[name]
                if value is not None and not isinstance(value, str):
                    x[place] = value
        return X

    def _by_name(
        self,
        rows: Sequence[Mapping[str, Any]],
        paths: Sequence[str],
        lacking: Sequence[Violation],
        *,
        as_list: bool,
        alike: bool,
    ) -> Clients:
        """Clients whose values all fit: numbers alone, or with texts and columns that the model does not read.

        ``lacking``: the amounts that are missing. ``alike``: the rows are as `Published.fits` found them.
        """
        numbers = _numbers([row[CLIENT] for row in rows], as_list=as_list)
        wrong = _again(numbers)
        found = []
        if not alike:
            found = _of_ignored(rows, numbers, self.published.rules)
            rows = [{name: value for name, value in row.items() if name in self.published.rules} for row in rows]
        absent = [len(self.columns) - len(self.published.named(row)) for row in rows]
        in_texts = [place for place, row in enumerate(rows) if self.published.is_published(row)]
        # Those in the published form are made below.
        X = self._array(rows) if len(in_texts) < len(rows) else np.empty((len(rows), len(self.columns)))
        if in_texts:
            some = [rows[place] for place in in_texts]
            where = [paths[place] for place in in_texts]
            X[in_texts], applications, contradictions = self.published.read(some, where, alike)
            wrong += contradictions
            # Ranges are looked at below, of all rows; a row of application is numbered by its place.
            odd = find_data_warnings({APPLICATION: applications}, own=self._ranges.own)
            found += [
                replace(one, client=numbers[in_texts[one.client]])
                for one in odd
                if one.client is not None and (one.kind != "out of range" or one.column not in self._ranges)
            ]
        return self._clients(numbers, X, absent, found, wrong, lacking, as_list=as_list, checked=True)


class _Ranges:
    """The ranges of those columns of a model that are columns of the application: published, or the bank's ``own``."""

    def __init__(self, columns: Sequence[str], made: frozenset[str], own: AmountRanges) -> None:
        self.own = own
        known = {**PUBLISHED_RANGES[APPLICATION], **own}
        self._names = [name for name in columns if name in known and name in made]
        places = {name: place for place, name in enumerate(columns)}
        self._places = np.array([places[name] for name in self._names], dtype=np.intp)
        self._low, self._high = np.array([known[name] for name in self._names]).reshape(-1, 2).T

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def within(self, limits: Limits) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The smallest and largest value of every column of the model that is neither out of range nor impossible."""
        low, high = limits.low.copy(), limits.high.copy()
        low[self._places] = np.maximum(low[self._places], self._low)
        high[self._places] = np.minimum(high[self._places], self._high)
        return low, high

    def outside(self, X: NDArray[np.float64]) -> NDArray[np.intp]:
        """Row and number of the column of every value of ``X`` (n_clients, n_columns) outside, array (k, 2)."""
        values = X[:, self._places]
        return np.argwhere((values < self._low) | (values > self._high))

    def warnings_about(
        self, X: NDArray[np.float64], odd: NDArray[np.intp], numbers: Sequence[int]
    ) -> Iterator[DataWarning]:
        """The warnings for these places, as `outside` gives them."""
        for row, column in odd.tolist():
            value = float(X[row, self._places[column]])
            example = int(value) if value.is_integer() else value
            name = self._names[column]
            limits = self.own.get(name)
            yield DataWarning("out of range", APPLICATION, name, 1, example, numbers[row], limits=limits)


def _of_ignored(
    rows: Sequence[Mapping[str, Any]], numbers: Sequence[int], known: Mapping[str, Any], table: str = APPLICATION
) -> list[DataWarning]:
    """A warning for each name that is no input, client by client."""
    return [
        DataWarning("ignored", table, name, 1, None, number, why)
        for row, number in zip(rows, numbers, strict=True)
        for name in row
        if name not in known and (why := ignored(name)) is not None
    ]


def _numbers(found: list[int | float], *, as_list: bool) -> tuple[int, ...]:
    """The clients' numbers as whole numbers, 7.0 as 7. Raises `BodyError`."""

    def field(position: int) -> str:
        return f"[{position}].{CLIENT}" if as_list else CLIENT

    wrong = [
        Violation(
            field(position),
            f"{field(position)} must be a whole number from 0 to {LARGEST_CLIENT}",
            code="client-number",
        )
        for position, number in enumerate(found)
        if not (is_whole(number) and 0 <= number <= LARGEST_CLIENT)
    ]
    if wrong:
        raise refused(wrong, clients=len(found))
    return tuple(int(number) for number in found)


def _again(numbers: Sequence[int | float], paths: Sequence[str] | None = None) -> list[Violation]:
    """One violation for each place at which a client comes again; ``paths``: where each is, in a list as it stands."""
    if len(set(numbers)) == len(numbers):
        return []
    return repeated(numbers, lambda place: f"{f'[{place}]' if paths is None else paths[place]}.{CLIENT}")
