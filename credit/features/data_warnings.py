"""What is odd about the raw tables of a request: it does not stop the features from being made, and therefore is told.

Unknown texts, days in the future and rows that belong to nobody have each a rule in the features (none of the known
values; missing; left out). They are counted here, client by client, so that the answer can say so. Numbers outside the
published range count as they are: to the model they are like nothing that it has seen.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from credit.features.feature import CLIENT, NOT_GIVEN, PAST
from credit.features.raw_rows import APPLICATION, LARGEST, PUBLISHED, column_of, within
from credit.tables import NO_DATE, TABLES
from credit.tables.amount_ranges import AmountRanges
from credit.tables.counting import NO_DATE_IN, RANGES
from credit.tables.schema import TARGET

#: ``ignored``: a column that is no input; anyone who decodes a body finds those.
Kind = Literal["unknown value", "future", "orphan", "out of range", "ignored"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: A code is a kind of one word: "unknown-value". docs/codes.md has cause and cure of each, and a test holds it.
CODES: tuple[str, ...] = tuple(kind.replace(" ", "-") for kind in KINDS)
Row = Mapping[str, Any]
Rows = Sequence[Row]

_LOAN, _PREVIOUS = "SK_ID_BUREAU", "SK_ID_PREV"

#: The one column of PAST in which 365243 stands for "no date", as published: nobody employed.
_EMPLOYED = "DAYS_EMPLOYED"

#: Table of a request -> number column -> smallest and largest published value; an external score may be any from 0 to
#: 1.
PUBLISHED_RANGES: dict[str, dict[str, tuple[float, float]]] = {
    table: {
        name: (0.0, 1.0) if name.startswith("EXT_SOURCE_") else (one["min"], one["max"])
        for name, one in RANGES[table].items()
        if "min" in one
    }
    for table in PUBLISHED
}

#: Of a text so many characters are repeated.
_SHOWN = 100

_VOCABULARIES = {
    table: {column: frozenset((*values, None)) for column, values in TABLES[published].vocabularies.items()}
    for table, published in PUBLISHED.items()
}


@dataclass(frozen=True)
class DataWarning:
    """One oddity of a column: ``number`` rows of ``table`` have it, ``example`` is the value of the first.

    Unknown texts have a remark each. ``client``: SK_ID_CURR of the client whose rows they are, None for rows of nobody.
    ``why``: a column is ignored, and then ``example`` is None. ``limits``: the bank's own range, where it lends in
    another currency than the published one.
    """

    kind: Kind
    table: str
    column: str
    number: int
    example: str | int | float | None
    client: int | None
    why: str = ""
    limits: tuple[float, float] | None = None

    def __str__(self) -> str:
        return self.sentence("en")

    @property
    def code(self) -> str:
        """The kind as a code."""
        return self.kind.replace(" ", "-")

    def sentence(self, language: str) -> str:
        """The warning for people, in English ("en") or French ("fr"); names of tables and columns are as published."""
        if language == "fr":
            return self._french
        rows = "1 row" if self.number == 1 else f"{self.number} rows"
        if self.kind == "ignored":
            return f"{rows} of {self.table}: {self.column!r} {self.why}; it is ignored."
        return f"{rows} of {self.table}: {self.column} {self.example!r} {self._said}"

    @property
    def _said(self) -> str:
        if self.kind == "unknown value":
            if self.example == NOT_GIVEN:
                return "is an empty text; it counts as missing."
            return "is not a published value; it counts as no known value."
        if self.kind == "future":
            return "is after the application; it counts as missing."
        if self.kind == "out of range":
            least, most = self.limits or PUBLISHED_RANGES[self.table][self.column]
            whose = "the published range" if self.limits is None else "the range of the training clients"
            return f"is outside {whose}, {least:.12g} to {most:.12g}; it counts as it is."
        if self.column == _PREVIOUS:
            return "is not in previous_application; the row still counts."
        if self.column == _LOAN:
            return "is no loan in bureau of a client in application; the row is left out."
        return "is no client in application; the row is left out."

    @property
    def _french(self) -> str:
        rows = "1 ligne" if self.number == 1 else f"{self.number} lignes"
        if self.kind == "ignored":
            why = "est le résultat et non une donnée" if self.column == TARGET else "est un numéro de ligne"
            return f"{rows} de {self.table}\u00a0: {self.column!r} {why}\u00a0; cette colonne est ignorée."
        is_text = isinstance(self.example, str)
        example = f"«\u00a0{self.example}\u00a0»" if is_text else _decimal_comma(repr(self.example))
        return f"{rows} de {self.table}\u00a0: {self.column} {example} {self._said_in_french}"

    @property
    def _said_in_french(self) -> str:
        if self.kind == "unknown value":
            if self.example == NOT_GIVEN:
                return "est un texte vide\u00a0; la valeur compte comme manquante."
            return "ne fait pas partie des valeurs publiées\u00a0; elle ne compte comme aucune d'elles."
        if self.kind == "future":
            return "est postérieur à la demande\u00a0; la valeur compte comme manquante."
        if self.kind == "out of range":
            ends = self.limits or PUBLISHED_RANGES[self.table][self.column]
            least, most = (_decimal_comma(f"{end:.12g}") for end in ends)
            whose = "publiées" if self.limits is None else "des clients de l'apprentissage"
            return f"sort des valeurs {whose}, de {least} à {most}\u00a0; la valeur compte telle quelle."
        if self.column == _PREVIOUS:
            return "n'est pas dans previous_application\u00a0; la ligne compte tout de même."
        if self.column == _LOAN:
            return "n'est pas un prêt de bureau d'un client de application\u00a0; la ligne est laissée de côté."
        return "n'est pas un client de application\u00a0; la ligne est laissée de côté."


def _decimal_comma(number: str) -> str:
    """A number as French writes it."""
    return number.replace(".", ",").replace("-", "\u2212")


def find_data_warnings(tables: Mapping[str, Rows], own: AmountRanges = MappingProxyType({})) -> tuple[DataWarning, ...]:
    """The oddities of the tables of a request that ``of_clients`` takes, in the order of the published tables.

    A row of nobody is told as such, and nothing else of it. Rows whose SK_ID_PREV is not in previous_application are
    told where that table is sent; many lenders' files have some. ``own``: ranges of the application's amounts, in place
    of the published ones.
    """
    found: list[DataWarning] = []
    clients = {row[CLIENT] for row in tables[APPLICATION]}
    loans = {row[_LOAN]: row[CLIENT] for row in tables.get("bureau", ()) if row[CLIENT] in clients}
    sent = tables.get("previous_application")
    applications = None if sent is None else {row.get(_PREVIOUS) for row in sent}
    for table in PUBLISHED:
        rows = tables.get(table) or ()
        if table == "bureau_balance":
            key, owners = _LOAN, loans
        else:
            key, owners = CLIENT, dict.fromkeys(clients)
        strays = [row for row in rows if row[key] not in owners]
        if strays:
            found.append(DataWarning("orphan", table, key, len(strays), strays[0][key], None))
            rows = [row for row in rows if row[key] in owners]
        odds = (*_unknown(table, rows), *_future(table, rows), *_unlinked(table, rows, applications))
        limits = own if table == APPLICATION else {}
        for kind, column, odd in (*odds, *_out_of_range(table, rows, limits)):
            of_clients = [(int(loans[row[_LOAN]] if key == _LOAN else row[key]), row[column]) for row in odd]
            counted = _counted(kind, table, column, of_clients)
            found += counted if kind != "out of range" else (replace(one, limits=limits.get(column)) for one in counted)
    return tuple(found)


def split_muted_warnings(
    found: Iterable[DataWarning], muted: Collection[str]
) -> tuple[tuple[DataWarning, ...], dict[str, int]]:
    """The warnings that are not ``muted``, and code -> how many are, in the order of `CODES`."""
    everything = tuple(found)
    counted = Counter(one.code for one in everything if one.code in muted)
    left = tuple(one for one in everything if one.code not in muted) if counted else everything
    return left, {code: counted[code] for code in CODES if counted[code]}


Odd = tuple[Kind, str, list[Row]]


def _unknown(table: str, rows: Rows) -> Iterator[Odd]:
    for column, known in _VOCABULARIES[table].items():
        if not known.issuperset(column_of(rows, column)):
            yield "unknown value", column, [row for row in rows if row.get(column) not in known]


def _future(table: str, rows: Rows) -> Iterator[Odd]:
    for column in PAST[table]:
        if within(rows, column, -LARGEST["integer"], 0):
            continue
        odd = [row for row in rows if (row.get(column) or 0) > 0]
        if column == _EMPLOYED:
            odd = [row for row in odd if row[column] != NO_DATE]
        if odd:
            yield "future", column, odd


def _out_of_range(table: str, rows: Rows, own: AmountRanges) -> Iterator[Odd]:
    for column, (least, most) in {**PUBLISHED_RANGES[table], **own}.items():
        if within(rows, column, least, most):
            continue
        future = column in PAST[table]  # that is said already, and 365243 is no number of days
        odd = [
            row
            for row in rows
            if (value := row.get(column)) is not None
            and not least <= value <= most
            and not (value == NO_DATE and column in NO_DATE_IN.get(table, ()))
            and not (future and value > 0)
        ]
        if odd:
            yield "out of range", column, odd


def _unlinked(table: str, rows: Rows, applications: set[Any] | None) -> Iterator[Odd]:
    if applications is None or _PREVIOUS not in TABLES[PUBLISHED[table]].names:
        return
    odd = [row for row in rows if row.get(_PREVIOUS) is not None and row[_PREVIOUS] not in applications]
    if odd:
        yield "orphan", _PREVIOUS, odd


def _counted(kind: Kind, table: str, column: str, odd: list[tuple[int, Any]]) -> Iterator[DataWarning]:
    """A remark for each client, of unknown texts for each client and text."""
    shown = [(client, value[:_SHOWN] if kind == "unknown value" else None) for client, value in odd]
    first = {group: value for group, (_, value) in zip(reversed(shown), reversed(odd), strict=True)}
    for group, number in Counter(shown).items():
        client, text = group
        yield DataWarning(kind, table, column, number, first[group] if text is None else text, client)
