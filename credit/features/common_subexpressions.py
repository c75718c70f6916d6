"""Rewrites Polars' serialised expressions so that each part that several of them share is computed once.

A feature is written on its own: that of the running loans says "where the loan runs, its debt" in full, and so do its
thirty neighbours. Over many rows an engine finds such repetitions; for one client, finding them at every request takes
longer than computing them. So they are found once, when the plan is built. The values stay the same to the last bit:
only parts that look at one row at a time are moved, and every aggregate is still taken over the rows of a group.

Polars promises nothing about its JSON from one version to the next. A version that writes a known expression in another
form gets the plain plan: the same values, slower (`form_is_known`).
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from typing import Any

import polars as pl

#: Functions that look at one row at a time, as Polars names them when it writes expressions as JSON. An expression with
#: any other in it is left as it is.
_ROWWISE_FUNCTIONS = {"AllHorizontal", "IsNull", "IsNotNull", "Not", "SumHorizontal", "Coalesce", "FillNull"}

#: Parts that cost too little to be shared.
_CHEAP = {"Column", "Literal"}

_ROWS = "Len"

#: An expression with every kind of node that this module reads, and how Polars 2.1 writes it.
_PROBE = (
    (pl.when(pl.col("a") > 0).then(pl.col("b")).sum().fill_null(0) / pl.len()).cast(pl.Float64).alias("c"),
    '{"Alias":[{"Cast":{"expr":{"BinaryExpr":{"left":{"Function":{"input":[{"Agg":{"Sum":{"Ternary":{"predicate":'
    '{"BinaryExpr":{"left":{"Column":"a"},"op":"Gt","right":{"Literal":{"Dyn":{"Int":0}}}}},"truthy":{"Column":"b"},'
    '"falsy":{"Literal":{"Scalar":{"Null":"Null"}}}}}}},{"Literal":{"Dyn":{"Int":0}}}],"function":"FillNull"}},'
    '"op":"TrueDivide","right":"Len"}},"dtype":{"Literal":"Float64"},"options":"Strict"}},"c"]}',
)


@cache
def form_is_known() -> bool:
    """Whether the installed Polars writes expressions as JSON in the form that this module reads."""
    expression, written = _PROBE
    try:
        return bool(json.loads(expression.meta.serialize(format="json")) == json.loads(written))
    except (pl.exceptions.PolarsError, ValueError):  # no JSON at all, or another
        return False


def of_rows(rows: pl.LazyFrame, expressions: Sequence[pl.Expr]) -> pl.LazyFrame:
    """``rows.select(expressions)``, each common part worked out once.

    A last cast to Float64 is left to anyone who takes the values.
    """
    if not form_is_known():
        return rows.select(expressions)
    common = _Common(trees(expressions), "shared")
    return common.before(rows).select(*map(_expression, common.trees))


def of_groups(rows: pl.LazyFrame, by: str, expressions: Sequence[pl.Expr]) -> pl.LazyFrame:
    """``rows.group_by(by).agg(expressions)``, each common part and each aggregate worked out once.

    Has the columns of the expressions and more, in an order of its own. A last cast to Float64 is left to anyone who
    takes the values.
    """
    if not form_is_known():
        return rows.group_by(by).agg(expressions)
    inner = _Common(trees(expressions), "shared")
    aggregates: dict[str, Any] = {}
    finished = []
    for tree in inner.trees:
        expression, name = tree["Alias"]
        if "Agg" in expression or not _made_of_aggregates(expression):
            aggregates[name] = expression
        else:
            finished.append(tree)
    known = {json.dumps(expression): name for name, expression in aggregates.items()}
    outer = _Common([_over_aggregates(tree, known, aggregates) for tree in finished], "finished")
    grouped = inner.before(rows).group_by(by).agg(_expression({"Alias": [a, n]}) for n, a in aggregates.items())
    return outer.before(grouped).with_columns(*map(_expression, outer.trees))


def trees(expressions: Sequence[pl.Expr]) -> list[Any]:
    """The expressions as trees, each with its name: ``{"Alias": [tree, name]}``. A last cast to Float64 is left to
    anyone who takes the values. Needs `form_is_known`.
    """
    return [
        tree if "Alias" in (tree := _read(one)) else {"Alias": [tree, one.meta.output_name()]} for one in expressions
    ]


def _read(expression: pl.Expr) -> Any:
    return _without_last_cast(_simple(json.loads(expression.meta.serialize(format="json"))))


def _expression(tree: Any) -> pl.Expr:
    return pl.Expr.deserialize(BytesIO(json.dumps(tree).encode()), format="json")


def _without_last_cast(tree: Any) -> Any:
    match tree:
        case {"Alias": [{"Cast": {"expr": inner, "dtype": {"Literal": "Float64"}}}, name]}:
            return {"Alias": [inner, name]}
    return tree


def _simple(tree: Any) -> Any:
    """The tree with a condition in the place of "all of this one condition", as when(...) wraps it once or twice."""
    if not isinstance(tree, dict | list):
        return tree
    tree = _rebuilt(tree, map(_simple, _parts(tree)))
    if isinstance(tree, dict) and "Ternary" in tree:
        tree["Ternary"]["predicate"] = _unwrapped(tree["Ternary"]["predicate"])
    return tree


def _unwrapped(condition: Any) -> Any:
    match condition:
        case {"Function": {"input": [only], "function": {"Boolean": "AllHorizontal"}}}:
            return _unwrapped(only)
    return condition


class _Common:
    """``trees`` with columns in the place of the parts that come more than once, and the layers of such columns.

    The columns of a layer may need those of the layers before it.
    """

    def __init__(self, trees: Sequence[Any], prefix: str) -> None:
        self._prefix = prefix
        self._layers: list[list[Any]] = []
        self._times: Counter[str] = Counter()
        self._column: dict[str, tuple[str, int]] = {}
        for tree in trees:
            self._count(tree)
        self.trees = [self._rewritten(tree)[0] for tree in trees]

    def before(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows with the columns of all layers."""
        for layer in self._layers:
            rows = rows.with_columns(*map(_expression, layer))
        return rows

    def _count(self, tree: Any) -> None:
        if _sharable(tree):
            key = json.dumps(tree)
            self._times[key] += 1
            if self._times[key] > 1:
                return  # what is inside is shared along with it
        for part in _parts(tree):
            self._count(part)

    def _rewritten(self, tree: Any) -> tuple[Any, int]:
        """The tree with its common parts replaced, and the number of layers that it needs."""
        if not _sharable(tree) or self._times[key := json.dumps(tree)] < 2:
            return self._inside(tree)
        if key not in self._column:
            inside, layer = self._inside(tree)
            name = f"{self._prefix} {len(self._column)}"
            self._column[key] = name, layer
            if layer == len(self._layers):
                self._layers.append([])
            self._layers[layer].append({"Alias": [inside, name]})
        name, layer = self._column[key]
        return {"Column": name}, layer + 1

    def _inside(self, tree: Any) -> tuple[Any, int]:
        if not isinstance(tree, dict | list):
            return tree, 0
        found = [self._rewritten(part) for part in _parts(tree)]
        return _rebuilt(tree, (part for part, _ in found)), max((layer for _, layer in found), default=0)


def _parts(tree: Any) -> Sequence[Any]:
    return [*tree.values()] if isinstance(tree, dict) else tree if isinstance(tree, list) else ()


def _rebuilt(tree: Any, parts: Iterator[Any]) -> Any:
    return dict(zip(tree, parts, strict=True)) if isinstance(tree, dict) else [*parts]


def _operands(tree: Any) -> Sequence[Any] | None:
    """The expressions that a rowwise operation works on; None where the tree is no such operation."""
    match tree:
        case {"Ternary": parts} | {"BinaryExpr": parts}:
            return [part for name, part in parts.items() if name != "op"]
        case {"Cast": {"expr": inner}}:
            return [inner]
        case {"Function": {"input": [*inputs], "function": function}} if _function(function) in _ROWWISE_FUNCTIONS:
            return inputs
    return None


def _function(function: Any) -> Any:
    """The name of a function: written as "Coalesce", {"Boolean": "Not"} or {"SumHorizontal": {...options}}."""
    match function:
        case {"Boolean": str(name)}:
            return name
        case {**named} if len(named) == 1:
            return next(iter(named))
    return function


def _sharable(tree: Any) -> bool:
    """Whether a tree is an expression worth a column: it looks at one row at a time, and at some column."""
    return isinstance(tree, dict) and not tree.keys() & _CHEAP and _rowwise(tree) and _looks(tree)


def _rowwise(tree: Any) -> bool:
    if isinstance(tree, dict) and tree.keys() & _CHEAP:
        return True
    operands = _operands(tree)
    return operands is not None and all(map(_rowwise, operands))


def _looks(tree: Any) -> bool:
    return (isinstance(tree, dict) and "Column" in tree) or any(map(_looks, _parts(tree)))


def _made_of_aggregates(tree: Any) -> bool:
    """Whether a tree is a rowwise operation on aggregates: it can be worked out when these are there."""
    if tree == _ROWS or (isinstance(tree, dict) and tree.keys() & {"Agg", "Literal"}):
        return True
    operands = _operands(tree)
    return operands is not None and all(map(_made_of_aggregates, operands))


def _over_aggregates(tree: Any, known: dict[str, str], aggregates: dict[str, Any]) -> Any:
    """The tree with columns in the place of its aggregates, which are added to those that are ``known``."""
    if tree == _ROWS or (isinstance(tree, dict) and "Agg" in tree):
        key = json.dumps(tree)
        if key not in known:
            known[key] = f"aggregate {len(known)}"
            aggregates[known[key]] = tree
        return {"Column": known[key]}
    if not isinstance(tree, dict | list):
        return tree
    return _rebuilt(tree, (_over_aggregates(part, known, aggregates) for part in _parts(tree)))
