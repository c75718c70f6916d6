"""Copies of clients of whom less is known are what the service makes of clients who are sent with less."""

import json
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from credit.features import COLUMNS, FEATURES, client_plan
from credit.features import history_flags as histories
from credit.features.derived import Derived
from credit.features.loan_amounts import AMOUNTS
from credit.features.raw_rows import APPLICATION, SCHEMAS
from credit.simulate import simulate
from credit.tables import read
from credit.training.hiding import STATES, Hiding
from credit.web.payload import Bodies

KEY = "SK_ID_CURR"
CLIENTS = 60


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """The tables of each of 60 simulated clients, as a request holds them; a client without rows has [] there."""
    opened = read(simulate(tmp_path_factory.mktemp("hiding") / "bank", CLIENTS, seed=5))
    opened[APPLICATION] = opened.pop("application_train")
    frames = {name: opened[name].select(*SCHEMAS[name]).collect() for name in SCHEMAS}
    balances, found = frames.pop("bureau_balance"), []
    for client in frames[APPLICATION][KEY]:
        own = {name: frame.filter(pl.col(KEY) == client) for name, frame in frames.items()}
        own["bureau_balance"] = balances.join(own["bureau"], on="SK_ID_BUREAU", how="semi")
        found.append({name: frame.to_dicts() for name, frame in own.items()})
    return found


@pytest.fixture(scope="module")
def x(clients):
    """Their features, array (60, columns)."""
    return np.concatenate([client_plan().values(one)[1] for one in clients])


@pytest.fixture(scope="module")
def hiding():
    return Hiding(COLUMNS)


@pytest.fixture(scope="module")
def bodies():
    return Bodies(COLUMNS)


Drawn = tuple[list[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def draw(hiding) -> Callable[[int], Drawn]:
    """From a seed to what is hidden of whom: no table and no column of some clients, nearly all of others."""

    def draw(seed: int) -> Drawn:
        generator = np.random.default_rng(seed)
        histories = [generator.random(CLIENTS) < 0.4 for _ in hiding.of_table]
        share = generator.choice([0.0, 0.02, 0.3, 0.95], size=(CLIENTS, 1))
        return histories, generator.random((CLIENTS, len(hiding.of_column))) < share

    return draw


def hidden_of(hiding: Hiding, drawn: Drawn, client: int) -> tuple[set[str], set[str]]:
    """The tables and the columns of the application that are hidden of one client."""
    histories, columns = drawn
    tables = {name for name, rows in zip(hiding.of_table, histories, strict=True) if rows[client]}
    return tables, {name for name, gone in zip(hiding.of_column, columns[client], strict=True) if gone}


def differing(found: np.ndarray, expected: np.ndarray) -> list[str]:
    """The features in which two clients are not equal, bit for bit."""
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return [COLUMNS[place] for place in np.flatnonzero(~same)]


@pytest.mark.parametrize("seed", [1, 2])
def test_hidden_features_are_those_of_the_tables_without_what_is_hidden(clients, x, hiding, draw, seed):
    drawn = draw(seed)
    found = hiding.hidden(x, *drawn)
    for number, client in enumerate(clients):
        tables, columns = hidden_of(hiding, drawn, number)
        left = {name: rows for name, rows in client.items() if name not in tables}
        # A column that is left out and one that is null are one thing.
        (row,) = client[APPLICATION]
        left[APPLICATION] = [
            {name: None if name in columns else value for name, value in row.items()}
            if number % 2
            else {name: value for name, value in row.items() if name not in columns}
        ]
        _, (expected,) = client_plan().values(left)
        assert differing(found[number], expected) == [], (number, tables, columns)


@pytest.mark.parametrize("seed", [3, 4])
def test_hidden_features_are_those_of_a_body_by_feature_name(clients, x, hiding, bodies, draw, seed):
    """The body names neither what is hidden nor what a formula makes of the rest."""
    drawn = draw(seed)
    found = hiding.hidden(x, *drawn)
    derived = Derived(COLUMNS)
    made = {*derived.parts, *derived.counts}
    for number in range(CLIENTS):
        tables, columns = hidden_of(hiding, drawn, number)
        away = {place for name in tables for place in hiding.of_table[name]}
        away |= {place for name in columns for place in hiding.of_column[name]}
        body = {KEY: number}
        for place, name in enumerate(COLUMNS):
            if place in away or name in made:
                if number % 2:
                    body[name] = None
            elif not np.isnan(x[number, place]):
                body[name] = float(x[number, place])
        (expected,) = bodies.read(json.dumps(body).encode()).X
        assert differing(found[number], expected) == [], (number, tables, columns)


@pytest.mark.parametrize("seed", [5])
def test_hidden_features_are_those_of_a_published_row_with_histories_by_name(clients, x, hiding, bodies, draw, seed):
    drawn = draw(seed)
    found = hiding.hidden(x, *drawn)
    derived = Derived(COLUMNS)
    of_histories = [
        place
        for place, feature in enumerate(FEATURES)
        if feature.table != "application" and feature.name not in derived.parts
    ]
    for number, client in enumerate(clients):
        tables, columns = hidden_of(hiding, drawn, number)
        away = {place for name in tables for place in hiding.of_table[name]}
        (row,) = client[APPLICATION]
        body = {name: value for name, value in row.items() if name not in columns}
        body |= {
            COLUMNS[place]: float(x[number, place])
            for place in of_histories
            if place not in away and not np.isnan(x[number, place])
        }
        (expected,) = bodies.read(json.dumps(body).encode()).X
        assert differing(found[number], expected) == [], (number, tables, columns)


def test_the_clients_have_histories_and_have_none(x):
    """Else the tests above would not see the difference between none and unknown."""
    for name in ("BUREAU_HISTORY", "PREVIOUS_HISTORY", "CARD_HISTORY"):
        assert set(x[:, COLUMNS.index(name)]) == {0.0, 1.0}, name


def test_nothing_hidden_changes_nothing(x, hiding):
    nothing = np.zeros(CLIENTS, dtype=bool)
    columns = np.zeros((CLIENTS, len(hiding.of_column)), dtype=bool)
    found = hiding.hidden(x, [nothing] * len(hiding.of_table), columns)
    assert np.array_equal(found, x, equal_nan=True)
    assert found is not x


def test_what_is_hidden_of_one_client_stays_with_the_other(x, hiding):
    first = np.arange(CLIENTS) == 0
    columns = np.repeat(first[:, None], len(hiding.of_column), axis=1)
    found = hiding.hidden(x, [first] * len(hiding.of_table), columns)
    assert np.array_equal(found[1:], x[1:], equal_nan=True)
    known = {COLUMNS[place] for place in np.flatnonzero(~np.isnan(found[0]))}
    texts = {name for name in known if name not in {*AMOUNTS, "EXT_SOURCE_MISSING", "BUILDING_MISSING"}}
    # The loan, what is made of it alone, the counts of what is missing, and texts that are none of the known ones.
    of_loan = {"ANNUITY_TO_CREDIT", "CREDIT_TO_ANNUITY", "CREDIT_TO_GOODS", "GOODS_LESS_CREDIT"}
    assert texts >= of_loan
    assert {found[0, COLUMNS.index(name)] for name in texts - of_loan} == {0.0}
    assert found[0, COLUMNS.index("EXT_SOURCE_MISSING")] == 3
    assert found[0, COLUMNS.index("BUILDING_MISSING")] == 47


def test_formulas_are_made_again_of_what_is_left():
    columns = ("AMT_CREDIT", "AMT_INCOME_TOTAL", "EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3", "EXT_SOURCE_MEAN")
    columns += ("INCOME_TO_CREDIT", "BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM", "BUREAU_DEBT_TO_CREDIT_ASKED")
    columns += ("BUREAU_DEBT_TO_INCOME", "BUREAU_HISTORY")
    x = np.array([[400.0, 100.0, 0.2, 0.4, 0.9, 0.5, 0.25, 200.0, 0.5, 2.0, 1.0]] * 3)
    hiding = Hiding(columns)
    assert [*hiding.of_column] == ["AMT_INCOME_TOTAL", "EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"]
    # The first lacks the third score, the second the income, the third the bureau.
    away = np.array([[0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]], dtype=bool)
    bureau = np.array([False, False, True])
    nothing = np.zeros(3, dtype=bool)
    found = hiding.hidden(x, [bureau if name == "bureau" else nothing for name in hiding.of_table], away)
    nan = np.nan
    expected = [
        [400.0, 100.0, 0.2, 0.4, nan, 0.3, 0.25, 200.0, 0.5, 2.0, 1.0],
        [400.0, nan, 0.2, 0.4, 0.9, 0.5, nan, 200.0, 0.5, nan, 1.0],
        [400.0, 100.0, 0.2, 0.4, 0.9, 0.5, 0.25, nan, nan, nan, nan],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_a_model_that_lacks_a_part_keeps_what_the_tables_made_of_it():
    """CREDIT_TO_GOODS of a model that does not read AMT_GOODS_PRICE, and a text that no table publishes."""
    columns = ("AMT_CREDIT", "AMT_INCOME_TOTAL", "CREDIT_TO_GOODS", "GOODS_TO_INCOME")
    columns += ("APARTMENTS_AVG", "BUILDING_MISSING")
    hiding = Hiding(columns)
    assert [*hiding.of_column] == ["AMT_INCOME_TOTAL", "APARTMENTS_AVG"]
    x = np.array([[400.0, 100.0, 1.25, 3.2, 0.1, 7.0], [400.0, 100.0, 1.25, 3.2, np.nan, 8.0]])
    nothing = [np.zeros(2, dtype=bool)] * len(hiding.of_table)
    found = hiding.hidden(x, nothing, np.array([[False, True], [True, True]]))
    # One fact about the building more is missing of the first, who had it, and none of the second, who had not.
    expected = [[400.0, 100.0, 1.25, 3.2, np.nan, 8.0], [400.0, np.nan, 1.25, np.nan, np.nan, 8.0]]
    assert np.array_equal(found, expected, equal_nan=True)


def test_copies_lack_a_state_and_never_the_loan(x, hiding):
    many = np.repeat(x, 40, axis=0)
    copy = hiding.copy(many, np.random.default_rng(0))
    for name in AMOUNTS:
        place = COLUMNS.index(name)
        assert np.array_equal(copy[:, place], many[:, place], equal_nan=True)
    unknown = np.isnan(copy[:, [COLUMNS.index(feature.name) for feature in histories.FEATURES]])
    for state, tables in STATES.items():
        there = np.array([feature.table not in tables for feature in histories.FEATURES])
        # 15 % at least are in each state; of 2,400 draws four standard errors are 0.04 at most.
        assert (unknown == ~there).all(axis=1).mean() > 0.11, state
    # What one provider delivers is missing together more often than by chance.
    scores = np.isnan(copy[:, [COLUMNS.index(f"EXT_SOURCE_{number}") for number in (1, 2, 3)]])
    assert scores.all(axis=1).mean() > scores.mean(axis=0).prod()


def test_one_column_alone_is_hidden_with_what_is_made_of_it(clients, x, hiding):
    """Also where a single count of missing facts is all that is made again."""
    for name, places in hiding.of_column.items():
        columns = np.tile([column == name for column in hiding.of_column], (CLIENTS, 1))
        found = hiding.hidden(x, [np.zeros(CLIENTS, dtype=bool) for _ in hiding.of_table], columns)
        changed = ~((found == x) | (np.isnan(found) & np.isnan(x)))
        assert not changed.any() or changed[:, places].any(), name
