"""Formulas of one row without Polars: each operation by hand, and all features to the last bit as Polars makes them."""

import math
import operator
from functools import reduce

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.features import FEATURES, ClientPlan, client_plan, online
from credit.features.common_subexpressions import trees
from credit.features.raw_rows import APPLICATION, LARGEST, PUBLISHED
from credit.features.row_formulas import NotCompiled, compiled
from credit.tables import TABLES

A, B = pl.col("a"), pl.col("b")


def alone(expression, **row):
    """The value of an expression over one row, as compiled."""
    (value,) = compiled([trees([expression.alias("x")])])(row)
    return value


@pytest.mark.parametrize(
    ("expression", "row", "value"),
    [
        (A + B, {"a": 2.0, "b": 0.5}, 2.5),
        (A - B, {"a": 2.0, "b": 0.5}, 1.5),
        (A * B, {"a": 2.0, "b": None}, None),
        (A / B, {"a": 1.0, "b": 4.0}, 0.25),
        (A / B, {"a": -1.0, "b": 0.0}, -math.inf),
        (A > B, {"a": 2.0, "b": 0.5}, True),
        (A <= 0, {"a": -3}, True),
        (A != 0, {"a": None}, None),
        (A == "M", {"a": "M"}, True),
        ((A == "M").cast(pl.Float64) + 1.0, {"a": "F"}, 1.0),
        (pl.when(A > 0).then(B), {"a": None, "b": 7.0}, None),
        (pl.when(A > 0).then(B).otherwise(3.0), {"a": None, "b": 7.0}, 3.0),
        (pl.when(~(A > 0)).then(B).otherwise(3.0), {"a": None, "b": 7.0}, 3.0),
        (A.is_null(), {}, True),
        (A.is_not_null(), {"a": 0.0}, True),
        (A.fill_null(5.0), {"a": None}, 5.0),
        (pl.coalesce(A, B), {"a": None, "b": 0.0}, 0.0),
        (pl.sum_horizontal(A, B), {"a": None, "b": 2.0}, 2.0),
        (pl.sum_horizontal(A, B), {"a": None, "b": None}, 0.0),
        (pl.min_horizontal(A, B), {"a": 3.0, "b": 2.0}, 2.0),
        (pl.max_horizontal(A, B), {"a": None, "b": None}, None),
    ],
)
def test_an_operation_gives_what_polars_gives(expression, row, value):
    found = alone(expression, **row)
    assert (found, type(found)) == (value, type(value)) or (found == value == 0)
    types = {
        name: type(one) for name, one in {"a": 0.0, "b": 0.0, **{n: v for n, v in row.items() if v is not None}}.items()
    }
    kinds = {float: pl.Float64, int: pl.Int64, str: pl.String}
    frame = pl.DataFrame({name: [row.get(name)] for name in types}, schema={n: kinds[t] for n, t in types.items()})
    assert frame.select(expression.alias("x")).item() == value


def test_a_sum_over_columns_is_added_from_the_left_whatever_the_machine():
    """sum_horizontal is not: of five columns Polars gives other last bits with one thread than with two."""
    row = dict(zip("abcde", (0.1, 0.2, 0.3, 0.7, 1e-3), strict=True))
    expression = reduce(operator.add, map(pl.col, row))
    left = (((0.1 + 0.2) + 0.3) + 0.7) + 1e-3
    assert alone(expression, **row) == pl.DataFrame(row).select(expression.alias("x")).item() == left
    assert not [one.name for one in FEATURES if "sum_horizontal" in repr(one.expr)]


def test_layers_read_what_was_made_before_them():
    layers = [trees([(A + 1).alias("a"), (A * 10).alias("c")]), trees([(A + pl.col("c")).alias("x")])]
    assert compiled(layers)({"a": 2.0}) == [23.0]


def test_a_shared_part_is_the_same_for_all_and_each_row_has_its_own():
    part = A / B
    of = compiled([trees([(part + 1).alias("x"), (part * part).alias("y"), part.alias("z")])])
    assert of({"a": 1.0, "b": 2.0}) == [1.5, 0.25, 0.5]
    assert of({"a": 3.0, "b": 1.0}) == [4.0, 9.0, 3.0]
    given_ = {"a": 3.0, "b": 1.0}
    of(given_)
    assert given_ == {"a": 3.0, "b": 1.0}


@pytest.mark.parametrize("expression", [A.sum(), A.shift(1), A.sqrt(), A.cast(pl.Int8), A.rank()])
def test_another_operation_is_not_compiled(expression):
    with pytest.raises(NotCompiled, match="not an operation that is compiled"):
        alone(expression, a=1.0)


def test_all_features_of_the_application_are_compiled():
    plan = client_plan()
    assert plan._alone is not None
    assert plan._last_alone is not None


def test_what_cannot_be_compiled_is_left_to_polars(monkeypatch):
    def refuse(layers):
        raise NotCompiled("another operation")

    monkeypatch.setattr(online, "compiled", refuse)
    plan = ClientPlan(["AMT_CREDIT", "INCOME_TO_CREDIT"])
    assert plan._alone is None
    _, X = plan.values({APPLICATION: [{"SK_ID_CURR": 5, "AMT_CREDIT": 1000, "AMT_INCOME_TOTAL": 250}]})
    assert X.tolist() == [[1000.0, 0.25]]


def value_of(column):
    """What a request may hold in a column: whole numbers where doubles are meant, nothing, and what divides badly."""
    if column.kind == "text":
        return st.sampled_from([None, *column.values])
    if column.kind == "integer":
        return st.one_of(st.none(), st.sampled_from([0, 1, -1, 3.0]), st.integers(-400_000, 400_000))
    small = st.sampled_from([0, 0.0, -0.0, 1, -1, 365_243, 0.1, 1e-300, LARGEST["number"]])
    return st.one_of(st.none(), small, st.floats(-1e7, 1e7, allow_nan=False), st.integers(-1000, 1_000_000))


COLUMNS = TABLES[PUBLISHED[APPLICATION]].columns
APPLICATIONS = st.fixed_dictionaries(
    {"SK_ID_CURR": st.integers(1, 10**9)},
    optional={column.name: value_of(column) for column in COLUMNS if column.name != "SK_ID_CURR"},
)


@settings(max_examples=150, deadline=None)
@given(row=APPLICATIONS)
def test_every_feature_of_an_application_is_that_of_polars_to_the_last_bit(row):
    plan = client_plan()
    tables = {APPLICATION: [row], "bureau": [], "previous_application": []}
    _, X = plan.values(tables)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(online, "FEW", 0)
        _, expected = plan.values(tables)
    differ = ~((expected == X) | (np.isnan(expected) & np.isnan(X)))
    assert [plan.columns[place] for place in np.flatnonzero(differ[0])] == []
