"""Features of a request: rows as JSON gives them in, a full error or one row per client out."""

import math
import random
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from credit.features import COLUMNS, ClientPlan, build, client_plan, engines, of_clients
from credit.features.raw_rows import APPLICATION, SCHEMAS, InvalidTables
from credit.simulate import simulate
from credit.tables import read

KEY = "SK_ID_CURR"

ONE = {"application": [{"SK_ID_CURR": 5, "AMT_CREDIT": 1000}]}


def problems(**tables):
    with pytest.raises(InvalidTables) as caught:
        of_clients({**ONE, **tables})
    return caught.value.problems


def test_a_client_with_one_known_column_gets_features():
    features = of_clients(ONE)
    assert features.columns == ["SK_ID_CURR", *COLUMNS]
    assert features["SK_ID_CURR"].to_list() == [5]
    assert features["AMT_CREDIT"].to_list() == [1000.0]
    assert features["AMT_ANNUITY"].to_list() == [None]


def test_clients_come_back_in_the_order_of_the_request():
    clients = [{"SK_ID_CURR": key, "AMT_CREDIT": float(key)} for key in (9, 3, 7, 1)]
    loans = [{"SK_ID_CURR": key, "SK_ID_BUREAU": key, "DAYS_CREDIT": -key} for key in (1, 7, 9)]
    features = of_clients({"application": clients, "bureau": loans})
    assert features["SK_ID_CURR"].to_list() == [9, 3, 7, 1]
    assert features["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [-9, None, -7, -1]


def test_whole_numbers_may_be_written_either_way():
    rows = [{"SK_ID_CURR": 5, "SK_ID_BUREAU": 1.0, "DAYS_CREDIT": -10.0, "AMT_CREDIT_SUM": 3}]
    features = of_clients({**ONE, "bureau": rows})
    assert features["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [-10]
    assert features["BUREAU_AMT_CREDIT_SUM_MEAN"].to_list() == [3]


def test_one_request_leaves_nothing_behind_for_the_next():
    loan = {"SK_ID_CURR": 5, "SK_ID_BUREAU": 1, "DAYS_CREDIT": -10}
    assert of_clients({**ONE, "bureau": [loan]})["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [-10]
    assert of_clients(ONE)["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [None]


def test_threads_do_not_mix_their_clients():
    plan = ClientPlan(["AMT_CREDIT", "BUREAU_DAYS_CREDIT_MEAN"])

    def features(key):
        loan = {"SK_ID_CURR": key, "SK_ID_BUREAU": 1, "DAYS_CREDIT": -key}
        return plan.of_clients({"application": [{"SK_ID_CURR": key, "AMT_CREDIT": key}], "bureau": [loan]}).row(0)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(features, range(1, 60))) == [(key, key, -key) for key in range(1, 60)]


def test_a_plan_may_be_built_for_some_features_only():
    plan = ClientPlan(["CARD_ROWS", "AMT_CREDIT"])
    assert plan.of_clients(ONE).to_dicts() == [{"SK_ID_CURR": 5, "CARD_ROWS": None, "AMT_CREDIT": 1000.0}]


def test_a_plan_for_an_unknown_feature_is_refused():
    with pytest.raises(KeyError, match="'AMT_CREDT' is not a feature"):
        ClientPlan(["AMT_CREDIT", "AMT_CREDT"])


def test_features_that_others_are_made_from_need_not_be_asked_for():
    plan = ClientPlan(["CREDIT_TO_LAST_APPLICATION"])
    previous = {"SK_ID_CURR": 5, "SK_ID_PREV": 1, "DAYS_DECISION": -3, "AMT_APPLICATION": 400}
    assert plan.of_clients({**ONE, "previous_application": [previous]}).to_dicts() == [
        {"SK_ID_CURR": 5, "CREDIT_TO_LAST_APPLICATION": 2.5}
    ]


def test_a_plan_is_built_once():
    assert client_plan() is client_plan()


def test_histories_of_others_are_left_out():
    rows = [{"SK_ID_CURR": key, "SK_ID_BUREAU": key, "DAYS_CREDIT": -key} for key in (9, 5, 7)]
    months = [{"SK_ID_BUREAU": loan, "MONTHS_BALANCE": -loan} for loan in (9, 5, 6)]
    with_others = of_clients({**ONE, "bureau": rows, "bureau_balance": months})
    assert with_others["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [-5]
    assert with_others["BUREAU_MONTHS_FIRST_MIN"].to_list() == [-5]
    strangers = of_clients({**ONE, "bureau": rows[:1], "bureau_balance": months})
    assert strangers["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A simulated bank of 1,000 clients."""
    return simulate(tmp_path_factory.mktemp("request") / "bank", 1000, seed=9)


@pytest.fixture(scope="module")
def bank(folder):
    """Its tables, keyed as a request keys them."""
    frames = read(folder)
    frames[APPLICATION] = frames.pop("application_train")
    return {name: frames[name].select(*SCHEMAS[name]).collect() for name in SCHEMAS}


@pytest.fixture(scope="module")
def batch(bank):
    """The features of all its clients, in one batch that Polars collects in memory, as a request's are."""
    return build({name: frame.lazy() for name, frame in bank.items()}, APPLICATION).collect(engine="in-memory")


def test_a_thousand_clients_of_one_request_equal_the_batch_bit_for_bit(bank, batch, as_requests):
    features = of_clients(as_requests(bank))
    assert features[KEY].to_list() == bank[APPLICATION][KEY].to_list()
    expected = features.select(KEY).join(batch, on=KEY, how="left", maintain_order="left")
    assert [name for name in COLUMNS if not features[name].equals(expected[name])] == []


def test_a_thousand_clients_equal_what_the_command_writes_to_rounding(
    folder, bank, as_requests, assert_close, tmp_path
):
    """The command streams: sums of doubles are added up in another order there, and their last bits may differ."""
    assert engines.write(folder, tmp_path / "f.parquet") == (1000, len(COLUMNS))
    written = pl.read_parquet(tmp_path / "f.parquet").sort(KEY)
    assert_close(of_clients(as_requests(bank)).sort(KEY), written, 1e-12)


def test_a_thousand_clients_asked_for_by_twenties_equal_the_batch_bit_for_bit(bank, batch, as_requests):
    for clients in bank[APPLICATION].select(KEY).iter_slices(20):
        loans = bank["bureau"].join(clients, on=KEY, how="semi").select("SK_ID_BUREAU")
        some = {name: frame.join(clients, on=KEY, how="semi") for name, frame in bank.items() if KEY in frame.columns}
        some["bureau_balance"] = bank["bureau_balance"].join(loans, on="SK_ID_BUREAU", how="semi")
        features = of_clients(as_requests(some))
        expected = features.select(KEY).join(batch, on=KEY, how="left", maintain_order="left")
        assert [name for name in COLUMNS if not features[name].equals(expected[name])] == []


def test_clients_asked_for_one_by_one_equal_the_batch_bit_for_bit(bank, batch, as_requests):
    for client in random.Random(3).sample(bank[APPLICATION][KEY].to_list(), 60):
        loans = bank["bureau"].filter(pl.col(KEY) == client)["SK_ID_BUREAU"].implode()
        alone = {
            name: frame.filter(
                pl.col("SK_ID_BUREAU").is_in(loans) if name == "bureau_balance" else pl.col(KEY) == client
            )
            for name, frame in bank.items()
        }
        features, expected = of_clients(as_requests(alone)), batch.filter(pl.col(KEY) == client)
        assert [name for name in COLUMNS if not features[name].equals(expected[name])] == []


def test_unknown_tables_and_columns_are_told_with_the_nearest_known_name():
    assert problems(burau=[]) == ("'burau' is not a table. Did you mean 'bureau'?",)
    rows = [
        {"SK_ID_CURR": 5, "SK_ID_BUREAU": 1, "DAYS_CREDT": -3},
        {"SK_ID_CURR": 5, "SK_ID_BUREAU": 2, "DAYS_CREDT": 1},
    ]
    assert problems(bureau=rows) == ("'DAYS_CREDT' in row 0 of 'bureau' is not a column. Did you mean 'DAYS_CREDIT'?",)
    label = [{"SK_ID_CURR": 5, "TARGET": 1}]
    assert problems(application=label)[0].startswith("'TARGET' in row 0 of 'application' is not a column.")


@pytest.mark.parametrize("value", ["12", True, [1], math.nan, math.inf, 1e300, 10**40])
def test_a_wrong_value_in_a_number_column_is_told(value):
    (problem,) = problems(application=[{"SK_ID_CURR": 5, "AMT_CREDIT": value}])
    assert problem == (
        f"'AMT_CREDIT' in row 0 of 'application' has to be a number between -1e12 and 1e12, not {value!r}."
    )


@pytest.mark.parametrize("value", ["-3", False, -3.5, 10**10])
def test_a_wrong_value_in_a_whole_number_column_is_told(value):
    (problem,) = problems(bureau=[{"SK_ID_CURR": 5, "SK_ID_BUREAU": 1, "DAYS_CREDIT": value}])
    assert problem == (
        f"'DAYS_CREDIT' in row 0 of 'bureau' has to be a whole number between -1e9 and 1e9, not {value!r}."
    )


def test_a_number_in_a_text_column_is_told():
    (problem,) = problems(application=[{"SK_ID_CURR": 5, "CODE_GENDER": 1}])
    assert problem == "'CODE_GENDER' in row 0 of 'application' has to be a text, not 1."


def test_missing_keys_are_told():
    assert problems(bureau=[{"SK_ID_CURR": 5}], POS_CASH_balance=[{"SK_ID_CURR": None}]) == (
        "Row 0 of 'bureau' lacks its key 'SK_ID_BUREAU'.",
        "Row 0 of 'POS_CASH_balance' lacks its key 'SK_ID_CURR'.",
    )


def test_a_client_that_comes_twice_is_told():
    assert problems(application=[{"SK_ID_CURR": 5}, {"SK_ID_CURR": 6}, {"SK_ID_CURR": 5}]) == (
        "Client 5 comes more than once in 'application'.",
    )


@pytest.mark.parametrize(("table", "key"), [("bureau", "SK_ID_BUREAU"), ("previous_application", "SK_ID_PREV")])
def test_a_loan_that_comes_twice_is_told_as_a_batch_tells_it(table, key):
    """Also of clients whom the request does not ask for, and whatever else the rows say."""
    rows = [{KEY: 5, key: 8}, {KEY: 5, key: 9}, {KEY: 5, key: 8.0, "AMT_ANNUITY": 1}, {KEY: 6, key: 9}]
    assert problems(**{table: rows}) == (
        f"{key} 8 comes more than once in {table!r}.",
        f"{key} 9 comes more than once in {table!r}.",
    )
    assert of_clients({**ONE, table: rows[:2]}).height == 1


def test_previous_applications_without_a_number_are_not_each_others_copies():
    rows = [{KEY: 5, "SK_ID_PREV": None, "DAYS_DECISION": -3}, {KEY: 5, "DAYS_DECISION": -3}]
    assert of_clients({**ONE, "previous_application": rows})["PREVIOUS_ROWS"].to_list() == [2]


@pytest.mark.parametrize("application", [[], None])
def test_a_request_without_clients_is_told(application):
    tables = {} if application is None else {"application": application}
    with pytest.raises(InvalidTables, match="'application' is missing or empty"):
        of_clients(tables)


def test_tables_and_rows_of_the_wrong_kind_are_told():
    assert problems(bureau={"SK_ID_CURR": 5}) == ("The table 'bureau' has to be a list of rows, not an object.",)
    assert problems(bureau="none") == ("The table 'bureau' has to be a list of rows, not a text.",)
    assert problems(bureau=[7]) == ("Row 0 of 'bureau' has to be an object, not 7.",)


def test_all_problems_are_told_at_once():
    assert len(problems(burau=[], bureau=[{"SK_ID_CURR": "5"}], application=[{"SK_ID_CURR": 5, "X": 1}])) == 4
