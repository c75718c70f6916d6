"""Conditions of the bank's rules: written as tables of TOML, checked against the columns, decided without eval.

    { column = "DAYS_BIRTH", op = ">", value = -6575 }
    { column = "NAME_HOUSING_TYPE", op = "in", value = ["With parents", "Rented apartment"] }
    { all = [ ..., ... ] }    { any = [ ..., ... ] }    { not = ... }

    =  !=  in  not in              numbers and texts
    <  <=  >  >=  between          numbers; between includes both ends
    missing  known                 both, without a value

What is not known has a meaning of its own. A comparison with a missing value is neither true nor false but unknown, and
so are its negation, an ``all`` without a false part and an ``any`` without a true one: Kleene's strong logic of three
values, that of NULL in SQL. ``missing`` and ``known`` are never unknown. What an unknown condition does is the rule's
to say (`credit.decision.bank_rules`). The three values are kept as 1, 0 and -1: ``not`` is the opposite number, ``all``
the least and ``any`` the greatest.
Source: S. Kleene, Introduction to Metamathematics, 1952, section 64.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from credit.decision.rule_columns import RuleColumn, RuleColumns, RuleValues

#: (n,) of 1 true, 0 unknown, -1 false.
Truth = NDArray[np.int8]

#: Operator -> its negation.
OPERATORS = {
    **{"=": "!=", "!=": "=", "in": "not in", "not in": "in"},
    **{"<": ">=", ">=": "<", ">": "<=", "<=": ">", "between": "not between", "not between": "between"},
    **{"missing": "known", "known": "missing"},
}
_WITHOUT_VALUE = ("missing", "known")
_OF_TEXTS = ("=", "!=", "in", "not in", *_WITHOUT_VALUE)

#: Conditions may lie in one another so many times: what is deeper is a mistake, and a program's stack is finite.
_DEEPEST = 20


class Condition(Protocol):
    """A condition that was checked."""

    def truth(self, values: RuleValues) -> Truth:
        """Of each client: true, unknown or false."""

    def columns(self) -> Iterator[RuleColumn]:
        """What it looks at."""

    def impossible(self, negated: bool = False) -> str | None:
        """Why no client whatever can fulfil it, or its negation; None where one may."""


@dataclass(frozen=True)
class Comparison:
    """One column and what it is compared with. ``values``: of one operand one, of ``between`` both ends."""

    column: RuleColumn
    op: str
    values: tuple[float, ...] | tuple[str, ...] = ()

    def truth(self, values: RuleValues) -> Truth:
        """Of each client: true, unknown or false."""
        known: NDArray[np.bool_]
        found: NDArray[np.bool_]
        if self.column.texts is None:
            x = values.numbers(self.column)
            known, found = ~np.isnan(x), self._of_numbers(x)
        else:
            texts = values.texts(self.column)
            known = np.asarray(texts.any(axis=1))
            wanted = [place for place, text in enumerate(self.column.texts) if text in self.values]
            found = np.asarray(texts[:, wanted].any(axis=1) != (self.op in ("!=", "not in")))
        if self.op in _WITHOUT_VALUE:
            return _truth(known == (self.op == "known"))
        return np.where(known, _truth(found), np.int8(0)).astype(np.int8)

    def _of_numbers(self, x: NDArray[np.float64]) -> NDArray[np.bool_]:
        if self.op in _WITHOUT_VALUE:
            return np.zeros(len(x), dtype=bool)
        inside: NDArray[np.bool_] = np.zeros(len(x), dtype=bool)
        for low, high, low_in, high_in in _allowed(self.op, [float(one) for one in self.values]):
            above = np.greater_equal(x, low) if low_in else np.greater(x, low)
            inside |= above & (np.less_equal(x, high) if high_in else np.less(x, high))
        return inside

    def columns(self) -> Iterator[RuleColumn]:
        """The one."""
        yield self.column

    def impossible(self, negated: bool = False) -> str | None:
        """By what its column can be at all."""
        return _contradiction([(self, negated)])


@dataclass(frozen=True)
class Every:
    """``all``: true where every part is."""

    parts: tuple[Condition, ...]

    def truth(self, values: RuleValues) -> Truth:
        """Of each client: true, unknown or false."""
        return np.asarray(np.stack([one.truth(values) for one in self.parts]).min(axis=0))

    def columns(self) -> Iterator[RuleColumn]:
        """Those of all parts."""
        for one in self.parts:
            yield from one.columns()

    def impossible(self, negated: bool = False) -> str | None:
        """Where a part is, or comparisons of one column exclude each other; negated it is an ``any``."""
        return _none_possible(self.parts, True) if negated else _not_together(self.parts, False)


@dataclass(frozen=True)
class Some:
    """``any``: true where some part is."""

    parts: tuple[Condition, ...]

    def truth(self, values: RuleValues) -> Truth:
        """Of each client: true, unknown or false."""
        return np.asarray(np.stack([one.truth(values) for one in self.parts]).max(axis=0))

    def columns(self) -> Iterator[RuleColumn]:
        """Those of all parts."""
        for one in self.parts:
            yield from one.columns()

    def impossible(self, negated: bool = False) -> str | None:
        """Where every part is; negated it is an ``all``."""
        return _not_together(self.parts, True) if negated else _none_possible(self.parts, False)


@dataclass(frozen=True)
class Not:
    """``not``: true where the part is false."""

    part: Condition

    def truth(self, values: RuleValues) -> Truth:
        """Of each client: true, unknown or false."""
        return -self.part.truth(values)

    def columns(self) -> Iterator[RuleColumn]:
        """Those of the part."""
        return self.part.columns()

    def impossible(self, negated: bool = False) -> str | None:
        """Where the part is certain."""
        return self.part.impossible(not negated)


def read(written: Any, columns: RuleColumns, after: bool) -> tuple[Condition | None, list[str]]:
    """The condition that a table of TOML says, and all that is wrong with it, sentence by sentence.

    ``after``: of a rule after the model. The condition is None where something is wrong.
    """
    wrong: list[str] = []
    found = _read(written, "when", columns, after, wrong, 0)
    if wrong or found is None:
        return None, wrong
    if (why := found.impossible()) is not None:
        return None, [f"no client can fulfil the condition: {why}"]
    return found, []


def _read(
    written: Any, where: str, columns: RuleColumns, after: bool, wrong: list[str], depth: int
) -> Condition | None:
    if not isinstance(written, Mapping) or depth > _DEEPEST:
        deep = f"lies more than {_DEEPEST} conditions deep" if depth > _DEEPEST else "must be a table"
        wrong.append(f'{where} {deep}, such as {{ column = "AMT_CREDIT", op = ">", value = 1000000 }}')
        return None
    groups = [name for name in ("all", "any", "not") if name in written]
    if not groups:
        return _comparison(written, where, columns, after, wrong)
    (name, *_), others = groups, written.keys() - groups[:1]
    if others:
        wrong.append(
            f"{where} holds {', '.join(sorted(map(str, others)))} beside {name}; put them into a condition each"
        )
        return None
    if name == "not":
        part = _read(written[name], f"{where}.not", columns, after, wrong, depth + 1)
        return None if part is None else Not(part)
    if not isinstance(written[name], list) or not written[name]:
        wrong.append(f"{where}.{name} must be a list of at least one condition")
        return None
    parts = [
        _read(one, f"{where}.{name}[{place}]", columns, after, wrong, depth + 1)
        for place, one in enumerate(written[name])
    ]
    whole = tuple(one for one in parts if one is not None)
    return (Every if name == "all" else Some)(whole) if len(whole) == len(parts) else None


def _comparison(
    written: Mapping[str, Any], where: str, columns: RuleColumns, after: bool, wrong: list[str]
) -> Condition | None:
    if unknown := sorted(written.keys() - {"column", "op", "value"}):
        wrong.append(f"{where} holds {', '.join(unknown)}; a condition has column, op and value, or all, any or not")
        return None
    name, op = written.get("column"), written.get("op")
    if not isinstance(name, str) or not isinstance(op, str) or op not in OPERATORS:
        wrong.append(
            f"{where} needs a column, and an op among {', '.join(OPERATORS)}; it has {name!r:.60} and {op!r:.20}"
        )
        return None
    try:
        column = columns.find(name, after)
    except LookupError as error:
        wrong.append(f"{where}: {error.args[0]}")
        return None
    if column.texts is not None and op not in _OF_TEXTS:
        wrong.append(f"{where}: {name} is a text, which {op!r} does not compare; use {', '.join(_OF_TEXTS)}")
        return None
    values, problem = _operands(column, op, written)
    if problem is not None:
        wrong.append(f"{where}: {problem}")
        return None
    return Comparison(column, op, values)


def _operands(
    column: RuleColumn, op: str, written: Mapping[str, Any]
) -> tuple[tuple[float, ...] | tuple[str, ...], str | None]:
    """The values that a column is compared with, and what is wrong with them."""
    if op in _WITHOUT_VALUE:
        return (), f"{op!r} takes no value" if "value" in written else None
    given = written.get("value")
    if op in ("in", "not in", "between", "not between"):
        if not isinstance(given, list) or not given or ("between" in op and len(given) != 2):
            number = "two numbers, the lower first" if "between" in op else "at least one value"
            return (), f"{op!r} takes a list of {number}, not {given!r:.60}"
        values = given
    else:
        values = [given]
    if column.texts is not None:
        for one in values:
            if one not in column.texts:
                return (), f"{column.name} is one of {', '.join(map(repr, column.texts))}; it is never {one!r:.60}"
        return tuple(values), None
    for one in values:
        if isinstance(one, bool) or not isinstance(one, int | float) or not math.isfinite(one):
            return (), f"{column.name} is a number, which is compared with a finite number, not with {one!r:.60}"
    if "between" in op and values[0] > values[1]:
        return (), f"{op!r} takes the lower number first, not {given!r:.60}"
    return tuple(float(one) for one in values), None


def _truth(found: NDArray[np.bool_]) -> Truth:
    return np.where(found, np.int8(1), np.int8(-1))


#: Low, high, and whether each belongs to it.
_Interval = tuple[float, float, bool, bool]


def _allowed(op: str, values: Sequence[float]) -> list[_Interval]:
    """The numbers for which a comparison is true, as intervals."""
    if op in ("=", "in"):
        return [(one, one, True, True) for one in values]
    if op in ("!=", "not in"):
        ends = [-math.inf, *sorted(set(values)), math.inf]
        return [(low, high, False, False) for low, high in pairwise(ends)]
    low, high = values[0], values[-1]
    return {
        "<": [(-math.inf, low, False, False)],
        "<=": [(-math.inf, low, False, True)],
        ">": [(low, math.inf, False, False)],
        ">=": [(low, math.inf, True, False)],
        "between": [(low, high, True, True)],
        "not between": [(-math.inf, low, False, False), (high, math.inf, False, False)],
    }[op]


def _both(first: list[_Interval], second: list[_Interval]) -> list[_Interval]:
    """The numbers that lie in both unions of intervals."""
    found = []
    for a, b, a_in, b_in in first:
        for c, d, c_in, d_in in second:
            low, low_in = max((a, not a_in), (c, not c_in))
            high, high_in = min((b, b_in), (d, d_in))
            if low < high or (low == high and not low_in and high_in):
                found.append((low, high, not low_in, high_in))
    return found


def _contradiction(comparisons: Sequence[tuple[Comparison, bool]]) -> str | None:
    """Why comparisons of one column (each with whether it is negated) are never true together; None where they may."""
    column = comparisons[0][0].column
    said = [(OPERATORS[one.op] if negated else one.op, one.values) for one, negated in comparisons]
    shown = " and ".join(_shown(column.name, op, values) for op, values in said)
    if any(op == "missing" for op, _ in said):
        return None if all(op == "missing" for op, _ in said) else f"{shown} at once"
    compared = [(op, values) for op, values in said if op != "known"]
    if column.texts is not None:
        left = set(column.texts)
        for op, values in compared:
            left = left & set(map(str, values)) if op in ("=", "in") else left - set(map(str, values))
        return None if left else f"{shown} leaves none of its texts"
    numbers: list[_Interval] = [(column.low, column.high, True, True)]
    for op, values in compared:
        numbers = _both(numbers, _allowed(op, [float(one) for one in values]))
    if numbers:
        return None
    if len(compared) > 1:
        return f"{shown} at once"
    if column.low == -math.inf:
        return f"{shown}, and {column.name} is never above {column.high:g}"
    if column.high == math.inf:
        return f"{shown}, and {column.name} is never below {column.low:g}"
    return f"{shown}, and {column.name} lies from {column.low:g} to {column.high:g}"


def _shown(name: str, op: str, values: tuple[float, ...] | tuple[str, ...]) -> str:
    """A comparison as a sentence names it."""
    words = ", ".join(one if isinstance(one, str) else f"{one:.10g}" for one in values)
    return f"{name} {op} {words}".rstrip()


def _not_together(parts: Sequence[Condition], negated: bool) -> str | None:
    """Why parts (or their negations) are never all true: one never is, or comparisons of one column exclude others."""
    by_column: dict[str, list[tuple[Comparison, bool]]] = {}
    for one, is_negated in _flat(parts, negated):
        if isinstance(one, Comparison):
            by_column.setdefault(one.column.name, []).append((one, is_negated))
        elif (why := one.impossible(is_negated)) is not None:
            return why
    return next((why for some in by_column.values() if (why := _contradiction(some)) is not None), None)


def _none_possible(parts: Sequence[Condition], negated: bool) -> str | None:
    """Why none of the parts (or their negations) is ever true; None where one may be."""
    reasons = [one.impossible(negated) for one in parts]
    return None if None in reasons else "; ".join(str(one) for one in reasons)


def _flat(parts: Sequence[Condition], negated: bool) -> Iterator[tuple[Condition, bool]]:
    """The parts of a conjunction, those of conjunctions inside it included, each with whether it is negated."""
    for one in parts:
        if isinstance(one, Not):
            yield from _flat([one.part], not negated)
        elif isinstance(one, Some if negated else Every):
            yield from _flat(one.parts, negated)
        else:
            yield one, negated
