"""Columns of a request's tables: looked at as arrays or value by value, they say the same."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.features.raw_rows import MANY, Rows, column_of, within

VALUES = st.one_of(
    st.none(),
    st.integers(-10, 10),
    st.floats(-10, 10),
    st.sampled_from([math.nan, math.inf, -math.inf, 10**400, -(10**400)]),
)


@given(st.lists(VALUES, max_size=5), st.integers(0, MANY))
def test_many_rows_lie_within_bounds_as_few_do(values, place):
    few = [{"x": value} for value in values]
    many = Rows([{"x": 1}] * place + few + [{}] * MANY)
    right = all(value is None or -5 <= value <= 5 for value in values)
    assert within(few, "x", -5, 5) == right
    assert within(many, "x", -5, 5) == right


def test_a_column_has_none_where_a_row_has_no_value():
    rows = [{"x": 1.5}, {}, {"x": None}]
    assert column_of(rows, "x") == column_of(Rows(rows), "x") == [1.5, None, None]
    assert [math.isnan(value) for value in Rows(rows).numbers("x")] == [False, True, True]


def test_a_number_that_no_double_holds_is_no_number_of_a_column():
    with pytest.raises(OverflowError):
        Rows([{"x": 10**400}]).numbers("x")
