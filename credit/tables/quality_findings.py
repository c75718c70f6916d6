"""What the counts of a table say about it, as findings: the rules of ``credit.tables.quality`` in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from credit.tables.amount_ranges import LOAN, MONEY, OTHER_MONEY, AmountRanges, outward
from credit.tables.columns import Column
from credit.tables.counting import NOT_AVAILABLE, RANGES, WHAT, published_name, ranges
from credit.tables.findings import Finding, Kind, Severity
from credit.tables.schema import NO_DATE, TABLES

#: Share of rows above which an oddity is no longer one of the published data, and the rows that it takes at least.
WIDESPREAD, AT_LEAST = 0.01, 10

#: Share of rows whose loan or previous application is nowhere, above which a table was cut short or is another bank's.
LOST = 0.2

#: In columns missing in at most this share of the published rows, lack of values is an error; elsewhere a note.
_NEARLY_ALWAYS_FILLED = 0.01

#: Up to this share of days outside the published range are clients of another kind; above it a unit is wrong.
_OTHER_CLIENTS = 0.1

#: Points of the missing share beyond the published one that are told; and how many rows it takes to tell.
_MORE_MISSING, _ENOUGH_ROWS = 0.1, 100

#: So many columns are named in a sentence about more.
_NAMED = 4


@dataclass(frozen=True)
class Own:
    """What is the bank's own way in application_train, and no slip in application_test.

    ``missing``: column -> the share of the clients without it. ``amounts``: the ranges of its amounts, where it lends
    in another currency than the published one; empty where it does not.
    """

    missing: Mapping[str, float] = field(default_factory=dict)
    amounts: AmountRanges = field(default_factory=dict)

    @classmethod
    def of(cls, counted: Mapping[str, Any], warnings: Sequence[Finding], before: "Own") -> "Own":
        """From application_train: what was ``counted`` of it beside the ways known ``before``, and the ``warnings``."""
        rows, names = max(counted["rows"], 1), TABLES["application_train"].names
        shares = {name: counted[f"{name} missing"] / rows for name in names if f"{name} missing" in counted}
        if not any(one.column == LOAN and one.kind == "out of range" for one in warnings):
            return cls(shares, before.amounts)
        ends = {name: (counted[f"{name} least"], counted[f"{name} most"]) for name in MONEY}
        return cls(shares, {name: outward(*both) for name, both in ends.items() if None not in both})


#: A bank that collects what is published, in its currency.
PUBLISHED = Own()


@dataclass(frozen=True)
class Teller:
    """Turns the counts of one table into findings."""

    table: str
    file: str
    rows: int
    examples: bool = True
    own: Own = PUBLISHED
    other_money: bool = False

    def duplicates(self, counted: dict[str, Any]) -> Iterator[Finding]:
        if "different" in counted:
            again = self.rows - counted["different"]
            of = "row" if self.table == "installments_payments" else "month of a loan"
            yield from self._odd("duplicate", None, again, f"repeat a {of} that is there", "keep one row each")

    def orphans(self, key: str, parents: tuple[str, ...], rows: int, example: int | None) -> Iterator[Finding]:
        """Rows whose ``key`` is in none of ``parents``; of application_test, whose ``key`` is in one. ``rows``: how
        many. ``example``: such a key, None without any.
        """
        if rows == 0:
            return
        of = " or ".join(parents)
        if self.table == "application_test":
            told = f"have an {key} that {of} has too: their outcome is known already"
            yield self._finding("duplicate", key, rows, told, "keep each client in one of the tables", "note", example)
            return
        told = f"have an {key} that is not in {of}"
        step = f"was {of} cut short? Are the files of one bank and one date?"
        if key == "SK_ID_CURR":
            yield from self._odd("orphan", key, rows, told, step, example)
        else:
            severity: Severity = "error" if rows > LOST * self.rows else "note"
            yield self._finding("orphan", key, rows, told, step, severity, example)

    def columns(self, counted: dict[str, Any]) -> Iterator[Finding]:
        say = replace(self, other_money=self._lends_in_other_money(counted))
        yield from say._columns(counted, ranges(self.table, self.own.amounts))

    def _lends_in_other_money(self, counted: dict[str, Any]) -> bool:
        """Whether most loans of application_train lie outside their range: all its money is another then."""
        if self.table != "application_train":
            return False
        outside = counted[f"{LOAN} below"] + counted[f"{LOAN} above"]
        return bool(outside > OTHER_MONEY * (self.rows - counted[f"{LOAN} missing"]))

    def _columns(self, counted: dict[str, Any], published: dict[str, dict[str, float]]) -> Iterator[Finding]:
        yield from self._not_collected({name: counted[f"{name} missing"] for name in published})
        for column in TABLES[self.table].columns:
            if column.name in published:
                counts = {what: counted[f"{column.name} {what}"] for what in WHAT if f"{column.name} {what}" in counted}
                yield from self._missing(column, counts["missing"], published[column.name]["missing"])
                if column.kind == "text":
                    yield from self._texts(column, counts)
                else:
                    yield from self._numbers(column, counts, published[column.name])

    def _may_lack(self, name: str) -> bool:
        """Whether a bank of its own may lack a column, so that gaps make no features wrong."""
        if name == LOAN:
            return False
        return self.table == "application_train" or (
            self.table == "application_test" and self.own.missing.get(name) == 1
        )

    def _not_collected(self, missing: dict[str, int]) -> Iterator[Finding]:
        """The columns without any value that a bank may lack: one finding for those that are nearly always filled in
        the published data, and one for the others.
        """
        published = RANGES[published_name(self.table)]
        empty = [name for name, rows in missing.items() if rows == self.rows and self._may_lack(name)]
        usual = [name for name in empty if published[name]["missing"] <= _NEARLY_ALWAYS_FILLED]
        rest = [name for name in empty if name not in usual]
        for names, filled, severity in ((usual, "nearly all", "warning"), (rest, "some", "note")):
            if not names:
                continue
            one = names[0] if len(names) == 1 else None
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            which = f"column {one} has" if one else f"{len(names)} columns ({', '.join(names[:_NAMED])}{more}) have"
            it = "it" if one else "them"
            sentence = (
                f"{self.file}: {which} no value in any of {self.rows:,} rows, where {filled} of the published rows "
                f"have {it}; no model learns from {it}. Right if the bank does not collect {it}; else export {it} again"
            )
            few: Severity = "note" if self.rows < _ENOUGH_ROWS or severity == "note" else "warning"
            yield Finding("empty column", sentence, self.table, one, self.rows, 1.0, severity=few)

    def _missing(self, column: Column, missing: int, published: float) -> Iterator[Finding]:
        own = self._may_lack(column.name)
        whose = "published rows"
        if self.table == "application_test" and self.own.missing.get(column.name, 0.0) > published:
            published, whose = self.own.missing[column.name], "bank's other clients"
        if own and missing == self.rows:
            return  # said by `_not_collected`
        severity: Severity = "note" if published > _NEARLY_ALWAYS_FILLED else "warning" if own else "error"
        told = f"have no {column.name}, against {published:.1%} of the {whose}"
        if missing < _ENOUGH_ROWS or missing / self.rows <= published + _MORE_MISSING:
            if missing < self.rows:
                return
            severity = "note"
        kind: Kind = "empty column" if missing == self.rows else "missing value"
        yield self._finding(kind, column.name, missing, told, "was it lost in the export?", severity)

    def _texts(self, column: Column, counts: dict[str, Any]) -> Iterator[Finding]:
        told, step = "hold none of the published values", "they count as none of them; give the published spelling"
        yield from self._odd("unknown value", column.name, counts["unknown"], told, step, counts["example"])
        for text in NOT_AVAILABLE:
            if counts.get(text):
                told = f"hold {text}, which stands for not available or not applicable"
                yield self._finding("sentinel", column.name, counts[text], told, "", "note", text)

    def _numbers(self, column: Column, counts: dict[str, Any], published: dict[str, float]) -> Iterator[Finding]:
        least, most = published["min"], published["max"]
        if counts.get(str(NO_DATE)):
            told = f"hold {NO_DATE}, which stands for no date"
            yield self._finding("sentinel", column.name, counts[str(NO_DATE)], told, "", "note", NO_DATE)
        above, future = counts["above"], counts.get("future", 0)
        if future:
            told, step = "lie after the application, where published values lie before it", "days of the past are <= 0"
            yield from self._odd("future", column.name, future, told, step, counts["most"])
            above -= future  # each row is told once
        whose = "bank's own" if self._has_own_range(column.name) else "published"
        told = f"lie outside the {whose} {least:,} to {most:,}"
        example = counts["most"] if above and not future else counts["least"] if counts["below"] else None
        rows = counts["below"] + above
        step, own = self._own_range(column.name, rows)
        if own:
            yield self._finding("out of range", column.name, rows, told, step, "warning", example)
        else:
            yield from self._odd("out of range", column.name, rows, told, step, example)

    def _own_range(self, name: str, outside: int) -> tuple[str, bool]:
        """What to ask about values ``outside`` their range, and whether a bank may have them: a warning."""
        unknown = self.other_money or (self.own.amounts and not self._has_own_range(name))
        if name.startswith("AMT_") and not name.startswith("AMT_REQ_") and unknown:
            return "right in another currency, for a model that is trained on such tables", outside > 0
        days = self.table.startswith("application") and name.startswith("DAYS_")
        few = AT_LEAST <= outside <= _OTHER_CLIENTS * self.rows and outside > WIDESPREAD * self.rows
        if days and few:
            return "is the unit right, and does the bank have such clients?", True
        return "is the unit right?", False

    def _has_own_range(self, name: str) -> bool:
        """Whether an amount is held against the bank's own range: in application tables, where clients had it."""
        return self.table.startswith("application") and name in self.own.amounts

    def _odd(
        self, kind: Kind, column: str | None, rows: int, told: str, step: str, example: Any = None
    ) -> Iterator[Finding]:
        """A finding that single rows of the published data have too: an error where it is widespread."""
        if rows:
            widespread = rows > WIDESPREAD * self.rows and rows >= AT_LEAST
            yield self._finding(kind, column, rows, told, step, "error" if widespread else "note", example)

    def _finding(
        self, kind: Kind, column: str | None, rows: int, told: str, step: str, severity: Severity, example: Any = None
    ) -> Finding:
        where = f"{column}: " if column else ""
        quoted = self.examples and example is not None and kind != "sentinel"
        shown = f", {example!r} for one" if quoted else ""
        sentence = f"{self.file}: {where}{rows:,} of {self.rows:,} rows {told}{shown}{'; ' if step else ''}{step}"
        return Finding(kind, sentence, self.table, column, rows, rows / self.rows, example, severity)
