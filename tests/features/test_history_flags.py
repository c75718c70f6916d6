"""Whether a client has a history: 1 for rows, 0 for a table without any, missing where the table is not there."""

import json

import duckdb
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.loans import LOAN

from credit.features import COLUMNS, EXTRA_FEATURES, ClientPlan, build, engines, of_clients
from credit.features.history_flags import FEATURES
from credit.features.needed_tables import columns_of, histories_of
from credit.features.raw_rows import SCHEMAS
from credit.web.payload import Bodies, BodyError

KEY = "SK_ID_CURR"
BODIES = Bodies(COLUMNS)

#: Feature -> its table, and a row of client 2 in it of which nothing is known but the keys.
ROWS = {
    "BUREAU_HISTORY": ("bureau", {KEY: 2, "SK_ID_BUREAU": 7}),
    "PREVIOUS_HISTORY": ("previous_application", {KEY: 2, "SK_ID_PREV": 8}),
    "POS_HISTORY": ("POS_CASH_balance", {KEY: 2}),
    "INSTALMENTS_HISTORY": ("installments_payments", {KEY: 2}),
    "CARD_HISTORY": ("credit_card_balance", {KEY: 2}),
}
NAMES = [*ROWS]
BOTH = {"application": [{KEY: 1}, {KEY: 2}]}

#: Name -> which of the tables there are, client 2 having a row in each, and the five features of the two clients.
CASES = {
    "all": (NAMES, [0.0, 0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0]),
    "the bureau": (["BUREAU_HISTORY"], [0.0, None, None, None, None], [1.0, None, None, None, None]),
    "own loans": (NAMES[1:], [None, 0.0, 0.0, 0.0, 0.0], [None, 1.0, 1.0, 1.0, 1.0]),
    "none": ([], [None] * 5, [None] * 5),
}


def of_case(case: str) -> tuple[dict[str, list[dict[str, int]]], pl.DataFrame]:
    """The tables of a case as a request holds them, and the features that they make."""
    there, first, second = CASES[case]
    tables = {**BOTH, **{ROWS[name][0]: [ROWS[name][1]] for name in there}}
    rows = [[1, *first], [2, *second]]
    return tables, pl.DataFrame(rows, {KEY: pl.Int64, **dict.fromkeys(NAMES, pl.Float64)}, orient="row")


def frames_of(tables: dict[str, list[dict[str, int]]]) -> dict[str, pl.DataFrame]:
    return {name: pl.from_dicts(rows, schema=SCHEMAS[name]) for name, rows in tables.items()}


def test_there_is_one_for_each_table_that_has_rows_of_clients():
    assert {feature.name: feature.table for feature in FEATURES} == {name: table for name, (table, _) in ROWS.items()}
    assert EXTRA_FEATURES[-5:] == FEATURES
    assert {(feature.unit, feature.family) for feature in FEATURES} == {("0/1", "history")}
    bureau = FEATURES[0]
    assert bureau.en == "Whether there are loans known to the credit bureau; missing where that is not known"
    assert bureau.fr == ("Présence de crédits connus du bureau de crédit\u00a0; manquante là où elle n'est pas connue")
    assert bureau.unit_fr == "0/1"


@pytest.mark.parametrize("case", CASES)
def test_a_request_tells_none_from_unknown(case):
    tables, expected = of_case(case)
    assert_frame_equal(of_clients(tables).select(KEY, *NAMES), expected)
    assert_frame_equal(ClientPlan(NAMES).of_clients(tables), expected)


@pytest.mark.parametrize("case", CASES)
def test_a_batch_of_polars_does(case):
    tables, expected = of_case(case)
    lazy = {name: frame.lazy() for name, frame in frames_of(tables).items()}
    for engine in ("in-memory", "streaming"):
        assert_frame_equal(build(lazy, "application", NAMES).collect(engine=engine).sort(KEY), expected)


@pytest.mark.parametrize("case", CASES)
def test_a_batch_of_duckdb_does(case):
    tables, expected = of_case(case)
    with duckdb.connect() as connection:
        relations = {}
        for name, frame in frames_of(tables).items():
            connection.register(f"{name}_rows", frame.to_arrow())
            relations[name] = connection.table(f"{name}_rows")
        made = build(relations, "application", NAMES).pl()
    assert_frame_equal(made.sort(KEY), expected)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_table_says_that_there_is_none(name):
    table, row = ROWS[name]
    one = {"application": [{KEY: 1}]}
    plan = ClientPlan([name])
    assert plan.of_clients({**one, table: []})[name].to_list() == [0.0]
    # Nor has a client any whose table holds the rows of another alone.
    assert plan.of_clients({**one, table: [row]})[name].to_list() == [0.0]
    # One request leaves nothing behind for the next.
    assert plan.of_clients(one)[name].to_list() == [None]
    empty = frames_of({**one, table: []})
    lazy = {table: frame.lazy() for table, frame in empty.items()}
    assert build(lazy, "application", [name]).collect()[name].to_list() == [0.0]


def test_balances_without_loans_say_nothing_of_a_client():
    months = [{"SK_ID_BUREAU": 7, "MONTHS_BALANCE": -1}]
    made = of_clients({**BOTH, "bureau_balance": months})
    assert made.select(NAMES).null_count().row(0) == (2,) * 5
    made = of_clients({**BOTH, "bureau_balance": months, "bureau": []})
    assert made["BUREAU_HISTORY"].to_list() == [0.0, 0.0]


def test_everything_else_is_missing_of_a_client_without_rows_and_of_one_of_whom_nothing_is_known():
    tables = [table for table, _ in ROWS.values()]
    without = of_clients({**BOTH, **{table: [] for table in tables}})
    unknown = of_clients(BOTH)
    assert [name for name in COLUMNS if not without[name].equals(unknown[name])] == NAMES


def test_they_need_their_own_table_alone():
    for name, (table, _) in ROWS.items():
        assert histories_of([name]) == (table,)
        assert name in columns_of([table])
    assert not set(NAMES) & set(columns_of([]))


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_a_folder_of_a_bank_gives_them(engine, bank, tmp_path):
    engines.write(bank, tmp_path / "features.parquet", engine, columns=NAMES)
    made = pl.read_parquet(tmp_path / "features.parquet").sort(KEY)
    for name, (table, _) in ROWS.items():
        there = set(made[KEY]) & set(pl.read_parquet(bank / f"{table}.parquet", columns=[KEY])[KEY])
        assert 0 < len(there) < made.height, table
        assert made[name].to_list() == [float(client in there) for client in made[KEY]], table


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"AMT_CREDIT": 1000}, {}),
        ({"BUREAU_DAYS_CREDIT_MEAN": -9}, {"BUREAU_HISTORY": 1.0}),
        ({"BUREAU_DAYS_CREDIT_MEAN": -9, "BUREAU_HISTORY": None}, {"BUREAU_HISTORY": 1.0}),
        ({"BUREAU_STATUS_C_MEAN": 0.5}, {"BUREAU_HISTORY": 1.0}),
        ({"CARD_ROWS": 3, "POS_ROWS": 0}, {"CARD_HISTORY": 1.0, "POS_HISTORY": 0.0}),
        ({"BUREAU_DEBT_TO_INCOME": 0.2}, {"BUREAU_HISTORY": 1.0}),
        ({"CREDIT_TO_LAST_APPLICATION": 2}, {"PREVIOUS_HISTORY": 1.0}),
        ({"INSTALMENTS_AMT_INSTALMENT_MAX": None}, {}),
        # What is sent stands.
        ({"BUREAU_HISTORY": 0}, {"BUREAU_HISTORY": 0.0}),
    ],
)
def test_by_name_any_feature_of_a_history_says_that_there_is_one(sent, expected):
    (x,) = BODIES.read(json.dumps({KEY: 1, **LOAN, **sent}).encode()).X
    found = {name: x[COLUMNS.index(name)] for name in NAMES}
    assert {name: value for name, value in found.items() if not np.isnan(value)} == expected


@pytest.mark.parametrize("history", NAMES)
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside its history"])
def test_no_rows_by_number_are_no_rows_in_the_table(history, beside):
    """0 by name, and an empty table: the same numbers reach the model."""
    table, _ = ROWS[history]
    named = {history.replace("HISTORY", "ROWS"): 0, **({history: 0} if beside else {})}
    (by_name,) = BODIES.read(json.dumps({KEY: 1, **LOAN, **named}).encode()).X
    (by_table,) = BODIES.read(json.dumps({"application": {KEY: 1, **LOAN}, table: []}).encode()).X
    np.testing.assert_array_equal(by_name, by_table)


def test_a_model_without_them_is_filled_in_as_before():
    columns = ["AMT_CREDIT", "BUREAU_DAYS_CREDIT_MEAN", "BUREAU_ROWS"]
    (x,) = Bodies(columns).read(b'{"SK_ID_CURR": 1, "AMT_CREDIT": 5, "BUREAU_ROWS": 3}').X
    np.testing.assert_array_equal(x, [5.0, np.nan, 3.0])


def test_by_name_they_are_0_or_1():
    """What a bank that keeps features says of a client without a history."""
    place = COLUMNS.index("BUREAU_HISTORY")

    def read(**sent):
        return BODIES.read(json.dumps({KEY: 1, **LOAN, **sent}).encode()).X[0, place]

    for value, expected in ((0, 0.0), (1, 1.0), (True, 1.0), (False, 0.0)):
        assert read(BUREAU_HISTORY=value) == expected
    assert np.isnan(read())
    assert np.isnan(read(BUREAU_HISTORY=None))
    for value in (2, 0.5, -1):
        with pytest.raises(BodyError, match="BUREAU_HISTORY must be 0 or 1; send null where it is not known"):
            read(BUREAU_HISTORY=value)
