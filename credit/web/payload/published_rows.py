"""Clients by name in the form of the published application table: texts, flags, 365243, alone or beside features.

A row of application_train or application_test has its values under the published names, texts among them. It becomes a
row of the table application, and the plan that makes the features of raw tables makes them of it, of all rows at once.
Features that it names beside its columns (a ratio, what a history was summed up to) count as they were sent. What the
two say of the same thing has to agree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.decision_log.encoding import ABSENT
from credit.features import client_plan, descriptions
from credit.features.application import CODES
from credit.features.derived import Derived
from credit.features.raw_rows import APPLICATION, LARGEST, MANY, Rows, taken, within
from credit.tables import TABLES, Column
from credit.web.payload.envelopes import CLIENT
from credit.web.payload.ignored_names import ignored
from credit.web.payload.value_limits import limit
from credit.web.payload.value_rules import CLIENT_NUMBER, ByName, Code, Ignored, OfColumn, Rule
from credit.web.payload.violations import Violation

Floats = NDArray[np.float64]
Row = Mapping[str, Any]

_COLUMNS = {column.name: column for column in TABLES["application_test"].columns}

#: A ratio that is sent may be rounded, to two decimals or to a hundredth of itself; further off it contradicts.
ROUNDED_TO, ROUNDED_BY = 0.005, 0.01

#: So many parts of a feature are named.
_FEW = 4


#: So many kinds of rows are remembered; one holds some 100 kB for a client with every feature.
_MOST_SHAPES = 64


@dataclass(frozen=True)
class _Shape:
    """What the names of a row say, whatever its values are.

    ``named``: places of the model's features that it names. ``features``: names that are features, and their places.
    ``beside``: all other names but the client's. ``of_texts``: whether 0/1 columns of texts are among the features,
    ``ratios``: whether features that others of the application make are.
    """

    named: NDArray[np.intp]
    features: Sequence[tuple[str, int]]
    beside: Sequence[str]
    of_texts: bool
    ratios: bool


class Published:
    """The rows of clients by name for a model with ``columns``, ``made`` of which tables make.

    ``rules``: every name that a row may use -> what its value must be. ``place``: column of the model -> its place.
    ``columns``: the published columns that a row may name; a model's own column of such a name is the model's.
    """

    def __init__(self, columns: Sequence[str], made: Sequence[str], derived: Derived) -> None:
        self.place = {name: place for place, name in enumerate(columns)}
        self._made = np.array([self.place[name] for name in made], dtype=np.intp)
        self._plan = client_plan(tuple(made)) if made else None
        self._derived = derived
        self._signs = {name: limit(name).also for name in columns if limit(name).also is not None}
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        own = set(columns) - set(made)
        self.columns = {name: one for name, one in _COLUMNS.items() if name != CLIENT and name not in own and made}
        #: Text -> the model's 0/1 columns of its values.
        self._of_text = {
            name: {value: text for value, text in _of_text(column) if text in self.place}
            for name, column in self.columns.items()
            if column.kind == "text" and name not in CODES
        }
        self.rules: dict[str, Rule] = {CLIENT: CLIENT_NUMBER, **{name: ByName(limit(name)) for name in columns}}
        for name, column in self.columns.items():
            if name in CODES:
                self.rules[name] = Code(column, limit(name))
            elif name not in self.place:
                self.rules[name] = OfColumn(column, limit(name) if column.kind != "text" else None)

    def rules_of(self, row: Any) -> Mapping[str, Rule]:
        """The ``rules``, and those of names in a row that are no input and ignored."""
        odd = [name for name in row if name not in self.rules] if isinstance(row, dict) else []
        more = {name: Ignored(why) for name in odd if (why := ignored(name)) is not None}
        return {**self.rules, **more} if more else self.rules

    def is_published(self, row: Row) -> bool:
        """Whether a row has texts, or columns that the model does not read itself: numbers alone need no plan."""
        shape = self._shape(row)
        return any(row[name] is not None for name in shape.beside) or any(
            isinstance(row[name], str) for name, _ in shape.features
        )

    def read(
        self, rows: Sequence[Row], paths: Sequence[str], alike: bool = False
    ) -> tuple[Floats, Sequence[Mapping[str, Any]], list[Violation]]:
        """What the ``rows`` name and imply: features, rows of application, and where they contradict themselves.

        The rows of application are numbered by their places: a client's number may be larger than a table's key.

        Features: array (n, columns), NaN where nothing is known, `ABSENT` where it was not named either. ``paths``:
        where each row is in the body. Every value fits its rule. ``alike``: the rows are as `fits` found them.
        """
        assert self._plan is not None, "a row in the published form, for a model without features that tables make"
        if alike and self.columns.keys() >= rows[0].keys() - {CLIENT}:
            applications = Rows({**row, CLIENT: place} for place, row in enumerate(rows))
        else:
            alike = False
            applications = Rows({CLIENT: place, **self._application(row)} for place, row in enumerate(rows))
        _, made = self._plan.values_of({APPLICATION: applications})
        X = self.unknown(rows)
        X[:, self._made] = np.where(np.isnan(made), X[:, self._made], made)
        contradictions: list[Violation] = []
        if alike:
            self._put(X, applications)
            return X, applications, contradictions
        for x, row, path in zip(X, rows, paths, strict=True):
            shape = self._shape(row)
            implied = x.copy() if shape.ratios else x
            for name, place in shape.features:
                value = row[name]
                if isinstance(value, int | float) and value != self._signs.get(name):
                    x[place] = value
            if shape.of_texts:
                contradictions += self._of_texts(row, path)
            if shape.ratios:
                contradictions += self._of_ratios(row, implied, x, path)
        return X, applications, contradictions

    def _put(self, X: Floats, applications: Rows) -> None:
        """Write into ``X`` the features that the columns of ``applications`` are themselves, as they were sent."""
        for name, place in self.features_of(applications[0]):
            if self.columns[name].kind != "text":
                values = applications.numbers(name)
                sent = ~np.isnan(values)
                if (sign := self._signs.get(name)) is not None:
                    sent &= values != sign
                X[sent, place] = values[sent]

    def unknown(self, rows: Sequence[Row]) -> Floats:
        """Array (n, columns) of clients of whom nothing is known: NaN where a row names a feature, else `ABSENT`."""
        X = np.full((len(rows), len(self.place)), ABSENT)
        for x, row in zip(X, rows, strict=True):
            x[self.named(row)] = np.nan
        return X

    def named(self, row: Row) -> NDArray[np.intp]:
        """Places of the model's features that a row names, each once; a text names all of its 0/1 columns."""
        return self._shape(row).named

    def features_of(self, row: Row) -> Sequence[tuple[str, int]]:
        """The names of a row that are features of the model, and their places."""
        return self._shape(row).features

    def _shape(self, row: Row) -> "_Shape":
        """What the names of a row say. A program sends the same names in the same order for each of its clients."""
        names = tuple(row)
        found = self._shapes.get(names)
        if found is None:
            places = {place for name in names for place in self._named(name)}
            columns = {column for of_text in self._of_text.values() for column in of_text.values()}
            found = _Shape(
                named=np.array(sorted(places), dtype=np.intp),
                features=[(name, self.place[name]) for name in names if name in self.place],
                beside=[name for name in names if name != CLIENT and name not in self.place],
                of_texts=not columns.isdisjoint(names),
                ratios=not self._derived.parts.keys().isdisjoint(names),
            )
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            self._shapes[names] = found
        return found

    def fits(self, rows: Sequence[Row]) -> bool:
        """Whether every value of ``rows`` surely fits its rule, and no row has a name without one: column by column, in
        a fraction of the time that one value after the other takes. False says nothing.
        """
        if len(rows) < MANY or len({tuple(row) for row in rows}) != 1:
            return False
        columns = Rows(rows)
        return all(name in self.rules and self._column_fits(name, columns) for name in rows[0]) and CLIENT in rows[0]

    def _column_fits(self, name: str, rows: Rows) -> bool:
        rule, types = self.rules[name], set(map(type, rows.column(name)))
        if name == CLIENT:
            return types == {int} and all(map(rule.fits, rows.column(name)))
        types.discard(type(None))
        if isinstance(rule, ByName):
            return types <= {int, float} and _all_known(rows, name) and rule.limit.allow(rows.numbers(name))
        if isinstance(rule, Code):
            return types <= {str} and rule.column.values_or_gap.issuperset(rows.column(name))
        if not isinstance(rule, OfColumn):
            return False
        if rule.column.kind == "text":
            return types <= {str} and rule.column.values_or_gap.issuperset(rows.column(name))
        most = LARGEST[rule.column.kind]
        if not types <= ({int} if rule.column.kind == "integer" else {int, float}):
            return False
        return within(rows, name, -most, most) and (rule.limit is None or rule.limit.allow(rows.numbers(name)))

    def _of_texts(self, row: Row, path: str) -> Iterator[Violation]:
        """0/1 columns that contradict the text in the same row."""
        for name, columns in self._of_text.items():
            ones = [column for column in columns.values() if row.get(column) == 1]
            if len(ones) > 1:
                yield _contradiction(path, ones[1], f"contradicts {ones[0]}: {name} has one text; send one of the two")
            if row.get(name) is None:
                continue
            text = taken(_COLUMNS[name], row[name])
            for value, column in columns.items():
                if row.get(column) is not None and row[column] != (value == text):
                    yield _contradiction(
                        path, column, f"contradicts {name}, whose text says otherwise; send one of the two"
                    )

    def _of_ratios(self, row: Row, implied: Floats, x: Floats, path: str) -> Iterator[Violation]:
        """Features that are not what the other values of the row make of them, beyond rounding.

        ``implied``: what its columns imply. ``x``: with the features that it names in their places.
        """
        for name, parts in self._derived.parts.items():
            if row.get(name) is None or any(row.get(part) is None for part in parts):
                continue
            own = set(parts) <= self.columns.keys()
            made = implied[self.place[name]] if own else self._derived.values(x[None, :], [name])[0, 0]
            # NaN, for a division by 0, contradicts nothing.
            if abs(float(row[name]) - made) > max(ROUNDED_TO, ROUNDED_BY * abs(made)):
                of = " and ".join(sorted(parts)) if len(parts) <= _FEW else "what it is made of"
                yield _contradiction(path, name, f"contradicts {of}; leave it out, or correct them")

    def _application(self, row: Row) -> dict[str, Any]:
        """The row of application that the columns of a row say, and those features that say a text."""
        found: dict[str, Any] = {}
        for name, value in row.items():
            column = self.columns.get(name)
            if column is None or value is None:
                continue
            kind = type(value)
            if (kind is int or kind is float) and column.kind == "number":
                found[name] = value
                continue
            if kind is int and column.kind == "integer":
                found[name] = value
                continue
            if kind is str and value in column.values_or_gap:
                found[name] = value
                continue
            if name in CODES and not isinstance(value, str):
                if value in (0, 1):
                    found[name] = CODES[name][int(value)]
                continue
            number = isinstance(value, bool) and column.kind != "text"
            found[name] = taken(column, float(value) if number else value)
        for name, columns in self._of_text.items() if self._shape(row).of_texts else ():
            if found.get(name) is None:
                ones = [value for value, column in columns.items() if row.get(column) == 1]
                if len(ones) == 1:
                    found[name] = ones[0]
        return found

    def _named(self, name: str) -> Iterator[int]:
        """Places of the model's features that a name speaks of."""
        if name in self.place:
            yield self.place[name]
        for column in self._of_text.get(name, {}).values():
            yield self.place[column]


def _of_text(column: Column) -> Iterator[tuple[str, str]]:
    """The values of a text column and the features that are 1 for them."""
    for value in column.values:
        yield value, f"{column.name}_{descriptions.identifier(value)}"


def _all_known(rows: Rows, name: str) -> bool:
    """Whether a column holds numbers that a double can hold, and None, but no NaN."""
    try:
        gaps = np.isnan(rows.numbers(name))
    except OverflowError:
        return False
    return int(np.count_nonzero(gaps)) == rows.column(name).count(None)


def _contradiction(path: str, name: str, what: str) -> Violation:
    field = f"{path}.{name}".lstrip(".")
    return Violation(
        field,
        f"{field} {what}",
        ("contradiction", name, what),
        f"{name} {what}; this is so in {{n}} rows",
        code="contradiction",
    )
