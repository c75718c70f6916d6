"""The formulas of rows without Polars: compiled once to plain Python, for the few rows of an application in a request.

Running a plan of hundreds of expressions on one row costs Polars some milliseconds, nearly all of it for what is the
same whatever the row holds. The expressions over one row at a time use a dozen operations, so the trees that Polars
writes (see ``credit.features.common_subexpressions``) are compiled to nested functions, each part that several share to
one that is worked out once a row. The values are those of Polars to the last bit, which the tests hold them to: the
same operations on the same doubles in the same order. A tree with any other operation is not compiled.

Missing is None, as in Polars' null: arithmetic and comparisons with it are missing, a condition that is missing is not
met. Rows hold no NaN (``credit.features.raw_rows``), so no comparison meets one.
"""

import json
import math
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Value = float | int | bool | str | None
#: Works a value out of the columns of a row; parts that were worked out are put into the row under their own names.
Formula = Callable[[dict[str, Any]], Value]


class NotCompiled(ValueError):
    """A tree with an operation that this module does not know; the text names it."""


def compiled(layers: Sequence[Sequence[Any]]) -> Callable[[Mapping[str, Value]], list[Value]]:
    """A function from a row, column -> value, to the values of the last layer's trees, in their order.

    ``layers``: trees with a name each (``{"Alias": [tree, name]}``); those of a layer may read the columns that the
    layers before it have made. Raises `NotCompiled`.
    """
    steps = [_Layer(number, trees) for number, trees in enumerate(layers)]
    *before, last = steps

    def values(row: Mapping[str, Value]) -> list[Value]:
        now = dict(row)
        for step in before:
            # All of a layer read what was there before it, a column that it makes anew among them.
            now.update(zip(step.names, [formula(now) for formula in step.formulas], strict=True))
        return [formula(now) for formula in last.formulas]

    return values


class _Layer:
    """The formulas of some trees, and their ``names``."""

    def __init__(self, number: int, trees: Sequence[Any]) -> None:
        self._number = number
        self._times = Counter(key for tree in trees for key in _keys(tree))
        self._shared: dict[str, Formula] = {}
        self.names: list[str] = []
        self.formulas: list[Formula] = []
        for tree in trees:
            match tree:
                case {"Alias": [inner, str(name)]}:
                    self.names.append(name)
                    self.formulas.append(self._formula(inner))
                case _:
                    raise NotCompiled(f"a formula without a name: {json.dumps(tree)[:80]}")

    def _formula(self, tree: Any) -> Formula:
        if not isinstance(tree, dict) or tree.keys() & _CHEAP or self._times[key := json.dumps(tree)] < 2:
            return self._made(tree)
        if key not in self._shared:
            made = self._made(tree)  # may share parts of its own, which take their names first
            self._shared[key] = _once(f"shared {self._number}.{len(self._shared)}", made)
        return self._shared[key]

    def _made(self, tree: Any) -> Formula:
        match tree:
            case {"Column": str(name)}:
                return lambda row: row.get(name)
            case {"Literal": {"Dyn": {"Int": value}}} | {"Literal": {"Dyn": {"Float": value}}}:
                return lambda row: value
            case {"Literal": {"Scalar": {"String": value}}}:
                return lambda row: value
            case {"Literal": {"Scalar": {"Null": "Null"}}}:
                return lambda row: None
            case {"Cast": {"expr": inner, "dtype": {"Literal": "Float64"}}}:
                return _cast(self._formula(inner))
            case {"Ternary": {"predicate": condition, "truthy": then, "falsy": otherwise}}:
                return _choice(*map(self._formula, (condition, then, otherwise)))
            case {"BinaryExpr": {"left": left, "op": str(name), "right": right}} if name in _OPERATIONS:
                return _both(_OPERATIONS[name], self._formula(left), self._formula(right))
            case {"Function": {"input": [*inputs], "function": function}} if _name(function) in _FUNCTIONS:
                return _FUNCTIONS[_name(function)]([self._formula(one) for one in inputs])
        raise NotCompiled(f"not an operation that is compiled: {json.dumps(tree)[:80]}")


def _keys(tree: Any) -> list[str]:
    """Every operation of a tree, written out."""
    if isinstance(tree, list):
        return [key for part in tree for key in _keys(part)]
    if not isinstance(tree, dict):
        return []
    own = [] if tree.keys() & _CHEAP else [json.dumps(tree)]
    return own + [key for part in tree.values() for key in _keys(part)]


_CHEAP = {"Column", "Literal"}


def _divided(one: float, other: float) -> float:
    """As doubles divide: by 0 there is an infinite number, or none, and no error."""
    if other:
        return one / other
    return math.copysign(math.inf, one) * math.copysign(1.0, other) if one else math.nan


_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtEq": operator.le,
    "Gt": operator.gt,
    "GtEq": operator.ge,
    "Plus": operator.add,
    "Minus": operator.sub,
    "Multiply": operator.mul,
    "TrueDivide": _divided,
}


def _name(function: Any) -> str:
    match function:
        case {"Boolean": str(name)}:
            return name
        case {"SumHorizontal": {"ignore_nulls": True}}:
            return "SumHorizontal"
        case str(name):
            return name
    return ""


def _once(name: str, formula: Formula) -> Formula:
    """The formula, worked out once for a row: what it gave is kept in the row."""

    def value(row: dict[str, Any]) -> Value:
        if name not in row:
            row[name] = formula(row)
        return row[name]  # type: ignore[no-any-return]

    return value


def _both(operation: Callable[[Any, Any], Any], left: Formula, right: Formula) -> Formula:
    def value(row: dict[str, Any]) -> Value:
        one = left(row)
        if one is None:
            return None
        other = right(row)
        return None if other is None else operation(one, other)

    return value


def _choice(condition: Formula, then: Formula, otherwise: Formula) -> Formula:
    return lambda row: then(row) if condition(row) else otherwise(row)


def _cast(inner: Formula) -> Formula:
    def value(row: dict[str, Any]) -> Value:
        found = inner(row)
        return None if found is None else float(found)

    return value


def _is_null(inputs: Sequence[Formula]) -> Formula:
    (inner,) = inputs
    return lambda row: inner(row) is None


def _is_not_null(inputs: Sequence[Formula]) -> Formula:
    (inner,) = inputs
    return lambda row: inner(row) is not None


def _not(inputs: Sequence[Formula]) -> Formula:
    (inner,) = inputs

    def value(row: dict[str, Any]) -> Value:
        found = inner(row)
        return None if found is None else not found

    return value


def _coalesce(inputs: Sequence[Formula]) -> Formula:
    def value(row: dict[str, Any]) -> Value:
        for one in inputs:
            if (found := one(row)) is not None:
                return found
        return None

    return value


def _known(inputs: Sequence[Formula], of: Callable[[list[Any]], Value], without: Value) -> Formula:
    """``of`` the values that are there, ``without`` where none is."""

    def value(row: dict[str, Any]) -> Value:
        found = [one for formula in inputs if (one := formula(row)) is not None]
        return of(found) if found else without

    return value


def _added(values: list[Any]) -> Value:
    total = values[0]
    for one in values[1:]:  # not sum(): from Python 3.12 on that compensates, which Polars does not
        total = total + one
    return total  # type: ignore[no-any-return]


_FUNCTIONS: dict[str, Callable[[Sequence[Formula]], Formula]] = {
    "IsNull": _is_null,
    "IsNotNull": _is_not_null,
    "Not": _not,
    "Coalesce": _coalesce,
    "FillNull": _coalesce,
    "SumHorizontal": lambda inputs: _known(inputs, _added, 0),
    "MinHorizontal": lambda inputs: _known(inputs, min, None),
    "MaxHorizontal": lambda inputs: _known(inputs, max, None),
}
