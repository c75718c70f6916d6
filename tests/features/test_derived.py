"""Features that other features imply: filled in where they are unknown, as the tables' formulas make them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.features import COLUMNS, build
from credit.features.derived import Derived
from credit.tables import read

NAN = float("nan")
derived = Derived(COLUMNS)
INDEX = {name: place for place, name in enumerate(COLUMNS)}


@pytest.fixture(scope="module")
def clients(bank):
    """Features of 200 simulated clients, array (200, columns)."""
    made = build(read(bank)).sort("SK_ID_CURR").collect(engine="in-memory").head(200)
    return np.ascontiguousarray(made.select(COLUMNS).fill_null(NAN).to_numpy())


def filled(X):
    found = X.copy()
    derived.fill(found, np.isnan(X))
    return found


def test_nothing_is_left_to_fill_in_of_a_client_from_tables(clients):
    np.testing.assert_array_equal(filled(clients), clients)


def test_what_is_taken_out_comes_back(clients):
    """Whatever a formula makes of other features; the count of missing facts about the building among it."""
    places = [INDEX[name] for name in (*derived.parts, "BUILDING_MISSING")]
    without = clients.copy()
    without[:, places] = NAN
    known = filled(without)
    np.testing.assert_array_equal(known[:, places], clients[:, places])


def test_a_text_that_is_not_known_is_0_in_its_columns():
    found = dict(zip(COLUMNS, filled(np.full((1, len(COLUMNS)), NAN))[0], strict=True))
    assert found["NAME_CONTRACT_TYPE_Cash_loans"] == 0
    assert np.isnan(found["CODE_GENDER"])
    assert np.isnan(found["AMT_CREDIT"])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_cannot_be_made_is_known_without_making_it(data):
    """Beside making all of them: of random clients with gaps, zeros and ones at random."""
    parts = sorted({INDEX[part] for read in derived.parts.values() for part in read})
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    X = np.full((3, len(COLUMNS)), NAN)
    # Whole numbers: Polars adds up the columns of a row in an order of its own, which moves the last bits of others.
    X[:, parts] = np.round(generator.normal(size=(3, len(parts))) * 100)
    X[:, parts] = np.where(generator.random((3, len(parts))) < data.draw(st.floats(0, 1)), NAN, X[:, parts])
    X[:, parts] = np.where(
        generator.random((3, len(parts))) < 0.1, generator.integers(0, 2, (3, len(parts))), X[:, parts]
    )
    names = list(derived.parts)
    rows = [place for name, place in INDEX.items() if name.endswith("_ROWS")]
    counted = X.copy()  # a number of rows that is 0 counts as missing, as it is where a table has no row
    counted[:, rows] = np.where(X[:, rows] == 0, NAN, X[:, rows])
    made, found = derived.values(counted, names), filled(X)
    np.testing.assert_array_equal(found[:, [INDEX[name] for name in names]], made)


def test_a_model_that_does_not_read_the_parts_has_nothing_to_make_of_them():
    some = Derived(("AMT_CREDIT", "ANNUITY_TO_CREDIT", "a score of the bank's"))
    X = np.array([[100.0, NAN, NAN]])
    some.fill(X, np.isnan(X))
    assert np.isnan(X[0, 1:]).all()


def test_what_is_made_of_the_column_that_a_row_has_changed_is_made_again_and_nothing_else():
    columns = ("AMT_CREDIT", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL", "CREDIT_TO_GOODS", "INCOME_TO_CREDIT")
    # What is sent of the last two is not what the formulas give: 2 and 0.25.
    X = np.array([[400.0, 200.0, 100.0, 7.0, 9.0]] * 3)
    Derived(columns).recompute(X, ["AMT_GOODS_PRICE", "AMT_INCOME_TOTAL", "AMT_CREDIT"])
    np.testing.assert_array_equal(X[:, 3:], [[2.0, 9.0], [7.0, 0.25], [2.0, 0.25]])
