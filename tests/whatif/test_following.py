"""What is made from a changed column moves along, by the formulas that made it."""

import numpy as np
import polars as pl
import pytest

from credit.features import COLUMNS, build
from credit.tables import read
from credit.whatif import Derived, levers
from credit.whatif.levers import AMOUNTS, GIVEN

NAN = float("nan")


@pytest.fixture(scope="module")
def clients(bank):
    """Features of 300 simulated clients, array (300, columns)."""
    tables = read(bank)
    made = build(tables).sort("SK_ID_CURR").collect(engine="in-memory").head(300)
    return np.ascontiguousarray(made.select(COLUMNS).fill_null(NAN).to_numpy())


def test_a_client_with_nothing_changed_stays_as_the_training_made_it(clients):
    derived = levers(COLUMNS).derived
    # Every part is told to have changed, by a start that differs throughout: so all is made anew.
    for x in clients[:40]:
        made = x[None, :].copy()
        start = np.where(np.isnan(x), x, x + 1)
        derived.follow(made, (*AMOUNTS, *GIVEN), start)
        np.testing.assert_allclose(made[0], x, rtol=1e-12)


def test_another_amount_makes_what_the_features_make_of_it(bank):
    tables = {name: frame.head(2000) if name == "none" else frame for name, frame in read(bank).items()}
    one = tables["application_train"].sort("SK_ID_CURR").head(1).collect()["SK_ID_CURR"].item()
    tables = {
        name: frame.filter(pl.col("SK_ID_CURR") == one) if "SK_ID_CURR" in frame.collect_schema() else frame
        for name, frame in tables.items()
    }
    changed = {
        **tables,
        "application_train": tables["application_train"].with_columns(
            AMT_CREDIT=pl.lit(123456.0), AMT_INCOME_TOTAL=pl.lit(98765.0), FLAG_DOCUMENT_5=pl.lit(1)
        ),
    }
    before, after = (
        np.ascontiguousarray(build(frames).collect(engine="in-memory").select(COLUMNS).fill_null(NAN).to_numpy())
        for frames in (tables, changed)
    )
    index = {name: place for place, name in enumerate(COLUMNS)}
    X = before.copy()
    for name, value in (("AMT_CREDIT", 123456.0), ("AMT_INCOME_TOTAL", 98765.0), ("FLAG_DOCUMENT_5", 1.0)):
        X[0, index[name]] = value
    assert (after != X).sum() - np.isnan(after).sum() > 10
    levers(COLUMNS).derived.follow(X, ("AMT_CREDIT", "AMT_INCOME_TOTAL", "FLAG_DOCUMENT_5"), before[0])
    np.testing.assert_allclose(X, after, rtol=1e-12)


def test_the_formulas_are_known_by_what_they_read():
    derived = Derived(COLUMNS)
    assert derived.parts["INCOME_TO_CREDIT"] == ("AMT_CREDIT", "AMT_INCOME_TOTAL")
    assert "CREDIT_TO_LARGEST_PREVIOUS" in derived.made_from("AMT_CREDIT")
    assert derived.made_from("FLAG_EMAIL") == ("CONTACTS",)
    assert "BUILDING_MISSING" not in derived.parts


def test_nothing_is_made_from_what_is_made_from_a_lever():
    known = levers(COLUMNS)
    moved = {name for lever in known.by_name for name in known.derived.made_from(lever)}
    assert not [name for name in moved if known.derived.made_from(name)]


def test_what_was_not_known_comes_once_its_parts_are():
    columns = ("AMT_CREDIT", "AMT_ANNUITY", "ANNUITY_TO_CREDIT")
    derived = Derived(columns)
    start = np.array([100.0, 10.0, NAN])
    X = np.array([[200.0, 10.0, NAN]])
    derived.follow(X, ["AMT_CREDIT"], start)  # no body leaves it so: a ratio that is not sent is made of its parts
    assert X[0, 2] == 0.05
    start = np.array([NAN, 10.0, NAN])
    X = np.array([[200.0, 10.0, NAN]])
    derived.follow(X, ["AMT_CREDIT"], start)
    assert X[0, 2] == 0.05


def test_only_rows_that_changed_are_made_anew():
    """A client may come with a ratio that does not follow from its parts: as it is, it is left alone."""
    derived = Derived(("AMT_CREDIT", "AMT_ANNUITY", "ANNUITY_TO_CREDIT"))
    start = np.array([100.0, 10.0, 7.0])
    X = np.array([[100.0, 10.0, 7.0], [50.0, 10.0, 7.0]])
    derived.follow(X, ["AMT_CREDIT"], start)
    assert X[:, 2].tolist() == [7.0, 0.2]


def test_a_column_whose_ratios_cannot_be_made_anew_is_no_lever():
    known = levers(("AMT_CREDIT", "INCOME_TO_CREDIT", "AMT_ANNUITY"))
    assert list(known.by_name) == ["AMT_ANNUITY"]
    assert known.derived.lost("AMT_CREDIT") == ("INCOME_TO_CREDIT",)
