"""A portfolio is decided with the columns of its model, whatever this version makes beside them."""

import gzip
import shutil
import warnings
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from credit.decision.portfolio import INTERVAL, beyond_capacity, decide, read_for
from credit.model import load_bundle, save_bundle
from credit.simulate import simulate
from credit.tables import HISTORIES, TablesError, TablesWarning, read

MANIFEST = {
    "data": {"simulated": True},
    "model": {"name": "share of loans"},
    "costs": {"margin": 0.19, "loss_given_default": 1.0},
}


class Share:
    """The probability of default is the first column, one half where it is unknown."""

    classes_ = np.array([0, 1])

    def predict_proba(self, X):
        p = np.nan_to_num(X[:, 0], nan=0.5)
        return np.column_stack([1 - p, p])


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("portfolio") / "bank", 100, seed=4)


@pytest.fixture(scope="module")
def tables(bank):
    return read(bank, ("application_train", *HISTORIES))


@pytest.fixture
def folder(bank, tmp_path):
    """The bank's tables, of which a test may take some away."""
    copy = tmp_path / "tables"
    copy.mkdir()
    for name in ("application_train", *HISTORIES):
        shutil.copy(bank / f"{name}.parquet", copy)
    return copy


def bundle(folder, *columns):
    return save_bundle(folder / "bundle", Share(), list(columns), 0.5, MANIFEST)


def test_a_model_of_one_column_decides_on_every_client(tables, tmp_path):
    decided = decide(tables, load_bundle(bundle(tmp_path, "BUREAU_CREDIT_ACTIVE_Active_SHARE")), "application_train")
    applications = tables["application_train"].select("SK_ID_CURR", "AMT_CREDIT").collect().sort("SK_ID_CURR")
    assert decided.select("SK_ID_CURR", "AMT_CREDIT").equals(applications)
    running = (pl.col("CREDIT_ACTIVE") == "Active").mean()
    shares = dict(tables["bureau"].group_by("SK_ID_CURR").agg(running).collect().iter_rows())
    expected = [shares.get(client, 0.5) for client in decided["SK_ID_CURR"]]
    np.testing.assert_allclose(decided["PROBABILITY_OF_DEFAULT"], expected, rtol=1e-12)
    assert set(decided.filter(pl.col("PROBABILITY_OF_DEFAULT") >= 0.5)["DECISION"]) == {"refuse"}
    assert set(decided.filter(pl.col("PROBABILITY_OF_DEFAULT") < 0.5)["DECISION"]) == {"accept"}


def test_a_model_with_columns_of_another_version_is_refused_in_plain_words(tables, tmp_path):
    words = "wants 1 features that this version does not make, such as 'SHOE_SIZE'; retrain with this version"
    with pytest.raises(ValueError, match=words):
        decide(tables, load_bundle(bundle(tmp_path, "EXT_SOURCE_2", "SHOE_SIZE")), "application_train")


BUREAU = ("EXT_SOURCE_2", "BUREAU_HISTORY", "BUREAU_STATUS_C_MEAN", "POS_HISTORY")


def without(folder, *names):
    for name in names:
        (folder / f"{name}.parquet").unlink()
    return folder


@pytest.mark.parametrize(
    ("absent", "sentence", "opened", "sent"),
    [
        (
            ("bureau", "bureau_balance"),
            "bureau and bureau_balance are not in the folder: for all clients these histories are unknown, which is "
            "not the same as none. Add them where they are known; a table without rows says that no client has such a "
            "history.",
            ("application_train", "POS_CASH_balance"),
            {"application,POS_CASH_balance"},
        ),
        (
            ("bureau",),
            "bureau is not in the folder: for all clients these histories are unknown, which is not the same as none; "
            "bureau_balance is there and not read, for only bureau says whose loans its rows belong to. Add it where "
            "it is known; a table without rows says that no client has such a history.",
            ("application_train", "POS_CASH_balance"),
            {"application,POS_CASH_balance"},
        ),
        (
            ("bureau_balance",),
            "bureau_balance is not in the folder: for all clients these histories are unknown, which is not the same "
            "as none. Add it where it is known; a table without rows says that no client has such a history.",
            ("application_train", "bureau", "POS_CASH_balance"),
            {"application,bureau,POS_CASH_balance"},
        ),
    ],
)
def test_a_history_that_is_absent_is_unknown_and_said_once(folder, tmp_path, absent, sentence, opened, sent):
    model = load_bundle(bundle(tmp_path, *BUREAU))
    with pytest.warns(TablesWarning) as said:
        tables = read_for(model, without(folder, *absent), "application_train")
    assert [str(one.message) for one in said] == [sentence]
    assert tuple(tables) == opened
    assert set(decide(tables, model, "application_train")["SENT"]) == sent


def test_of_a_table_that_the_model_does_not_need_nothing_is_said(folder, tmp_path):
    model = load_bundle(bundle(tmp_path, *BUREAU))
    without(folder, "credit_card_balance", "previous_application")
    with warnings.catch_warnings(action="error"):
        read_for(model, folder, "application_train")


def packed(path):
    gzip.open(path.with_suffix(".csv.gz"), "wb").close()
    path.unlink()


@pytest.mark.parametrize(
    ("table", "damage", "sentence"),
    [
        ("bureau", lambda path: path.write_text("no table"), "bureau.parquet"),
        ("bureau", packed, "gunzip"),
        ("bureau", lambda path: path.rename(path.with_name("my_bureau.parquet")), "rename my_bureau.parquet"),
        ("bureau", lambda path: path.unlink() or path.with_suffix("").mkdir(), "there is neither bureau.csv nor"),
        ("bureau", lambda path: path.unlink() or path.symlink_to("gone.parquet"), "it is a link to gone.parquet"),
        ("application_train", lambda path: path.unlink(), "there is neither application_train.csv nor"),
    ],
    ids=["damaged", "packed", "renamed", "folder without parts", "broken link", "application"],
)
def test_a_table_that_is_there_in_any_form_is_not_absent(folder, tmp_path, table, damage, sentence):
    damage(folder / f"{table}.parquet")
    with pytest.raises(TablesError, match=sentence):
        read_for(load_bundle(bundle(tmp_path, *BUREAU)), folder, "application_train")


def test_a_folder_that_is_not_there_is_an_error_as_ever(tmp_path):
    with pytest.raises(TablesError, match="the folder does not exist"):
        read_for(load_bundle(bundle(tmp_path, *BUREAU)), tmp_path / "nowhere", "application_train")


def test_a_table_without_rows_says_that_no_client_has_such_a_history(folder, tmp_path):
    model = load_bundle(bundle(tmp_path, *BUREAU))
    path = folder / "POS_CASH_balance.parquet"
    pl.read_parquet(path).clear().write_parquet(path)
    with pytest.warns(TablesWarning, match="or take it away where the history is not known"):
        tables = read_for(model, folder, "application_train")
    assert set(decide(tables, model, "application_train")["SENT"]) == {"application,bureau,POS_CASH_balance"}


def lacking(tables, **gaps):
    """The tables with each column null for the first clients, as many as said; their numbers, sorted."""
    rows = tables["application_train"].collect().sort("SK_ID_CURR").with_row_index()
    for name, clients in gaps.items():
        rows = rows.with_columns(pl.when(pl.col("index") >= clients).then(pl.col(name)).alias(name))
    return {**tables, "application_train": rows.drop("index").lazy()}


def test_a_loan_without_its_amounts_is_not_decided_on_and_the_others_are(tables, tmp_path):
    model = load_bundle(bundle(tmp_path, "EXT_SOURCE_2", "AMT_CREDIT", "AMT_ANNUITY", "BUREAU_HISTORY"))
    before = decide(tables, model, "application_train")
    with pytest.warns(TablesWarning) as said:
        decided = decide(lacking(tables, AMT_CREDIT=2, AMT_ANNUITY=5), model, "application_train")
    assert [str(one.message) for one in said] == [
        "5 of 100 clients are not decided on, for an amount of the loan is missing or not above 0: AMT_CREDIT in 2 and "
        "AMT_ANNUITY in 5. Their probability, loss and decision are empty; fill the amounts in and score them again."
    ]
    answer = ["PROBABILITY_OF_DEFAULT", "EXPECTED_LOSS", "DECISION"]
    assert decided.head(5).select(answer).null_count().row(0) == (5, 5, 5)
    assert decided["SENT"].null_count() == 0
    assert decided.tail(-5).equals(before.tail(-5))
    assert before.null_count().select(answer).row(0) == (0, 0, 0)


@pytest.mark.parametrize("amount", [0.0, -1.0])
@pytest.mark.parametrize("column", ["AMT_CREDIT", "AMT_ANNUITY"])
def test_an_amount_that_is_none_is_not_decided_on_as_in_a_request(column, amount, tables, tmp_path):
    model = load_bundle(bundle(tmp_path, "EXT_SOURCE_2", "AMT_CREDIT", "AMT_ANNUITY"))
    first = pl.col("SK_ID_CURR") == pl.col("SK_ID_CURR").min()
    none = tables["application_train"].with_columns(pl.when(first).then(amount).otherwise(column).alias(column))
    with pytest.warns(TablesWarning, match=f"1 of 100 clients are not decided on.+ not above 0: {column} in 1"):
        decided = decide({**tables, "application_train": none}, model, "application_train")
    assert decided["DECISION"].is_null().to_list() == [True] + [False] * 99


def referred(number, of, capacity=0.1):
    """Decisions on clients, so many of them referred, and a model whose reviewers have a capacity."""
    worths = {"REVIEW_WORTH": [float(worth) for worth in range(of, 0, -1)]}
    decided = pl.DataFrame({"DECISION": ["refer"] * number + ["accept"] * (of - number), **worths})
    review = None if capacity is None else {"cost": 5.0, "skill": 0.5, "capacity": capacity}
    return decided, SimpleNamespace(manifest={**MANIFEST, "review": review})


def test_many_more_to_review_than_there_is_time_for_is_said():
    assert beyond_capacity(*referred(125, 1000)) is None
    assert beyond_capacity(*referred(277, 1000)) == (
        "277 of 1,000 clients are referred, 27.7%, where reviewers have time for 0.1 of the clients: more is at stake "
        "here than with the clients of the training. Review the 100 of the highest REVIEW_WORTH, or set the cost "
        "of a review that refers as many of these: python -m credit threshold --review-cost 900 --apply"
    )
    assert beyond_capacity(*referred(277, 1000), "b").endswith("--review-cost 900 --bundle b --apply")
    assert beyond_capacity(*referred(3, 10)) is None  # chance
    assert beyond_capacity(*referred(900, 1000, None)) is None  # reviews have a cost, and no capacity


def test_the_price_of_goods_is_wanted_of_cash_loans_alone(tables, tmp_path):
    model = load_bundle(bundle(tmp_path, "EXT_SOURCE_2", "AMT_GOODS_PRICE"))
    cash = tables["application_train"].select("SK_ID_CURR", "NAME_CONTRACT_TYPE").collect().sort("SK_ID_CURR")
    assert cash["NAME_CONTRACT_TYPE"].unique().len() == 2
    with pytest.warns(TablesWarning, match=f"AMT_GOODS_PRICE in {(cash['NAME_CONTRACT_TYPE'] == 'Cash loans').sum()}"):
        decided = decide(lacking(tables, AMT_GOODS_PRICE=100), model, "application_train")
    assert (decided["DECISION"].is_null() == (cash["NAME_CONTRACT_TYPE"] == "Cash loans")).all()


def test_a_model_that_reads_no_amount_decides_without_it_and_the_loss_is_empty(tables, tmp_path):
    model = load_bundle(bundle(tmp_path, "EXT_SOURCE_2"))
    decided = decide(lacking(tables, AMT_CREDIT=3), model, "application_train")
    assert decided.null_count().row(0, named=True) == {
        "SK_ID_CURR": 0, "AMT_CREDIT": 3, "PROBABILITY_OF_DEFAULT": 0, "POINTS": 100,
        "EXPECTED_LOSS": 100, "DECISION": 0, "REVIEW_WORTH": 100, "SENT": 0,
    }  # fmt: skip


def test_a_portfolio_says_how_sure_each_probability_is_where_the_model_was_measured(tables, tmp_path):
    rates = {"clients": 900, "defaults": 120, "scores": [-9.0, 9.0], "low": [-9.5, 8.5], "high": [-8.5, 9.5]}
    sure = {
        **MANIFEST,
        "unknown": {"columns": [], "spreads": []},
        "intervals": {
            "level": 0.9,
            "rates": [{"known": [], **rates}, {"known": ["external_scores"], **rates}],
            "left": {"clients": 900, "scores": [-2.0], "spread": [0.5]},
        },
    }
    folder = save_bundle(tmp_path / "sure", Share(), ["EXT_SOURCE_2"], 0.5, sure)
    decided = decide(tables, load_bundle(folder), "application_train")
    names = [name for name, _, _ in INTERVAL]
    assert decided.columns[-5:] == names
    p = pl.col("PROBABILITY_OF_DEFAULT")
    assert decided.select(((pl.col("PROBABILITY_LOW") < p) & (p < pl.col("PROBABILITY_HIGH"))).all()).item()
    # The break-even probability is 0.19 / 1.19, and the rate lies within half a unit of log odds.
    known = decided.filter(pl.col("RATE_LOW").is_not_null())
    odds = known.select((p / (1 - p)).log()).to_series()
    low = known.select((pl.col("RATE_LOW") / (1 - pl.col("RATE_LOW"))).log()).to_series()
    np.testing.assert_allclose(low, odds - 0.5, atol=1e-9)
    equal = 0.19 / 1.19
    inside = ((pl.col("PROBABILITY_LOW") < equal) & (equal <= pl.col("PROBABILITY_HIGH"))) | (
        (pl.col("RATE_LOW") < equal) & (equal <= pl.col("RATE_HIGH"))
    )
    assert decided.select((inside.fill_null(False) == pl.col("CROSSES_BREAK_EVEN")).all()).item()
    assert names[0] not in decide(tables, load_bundle(bundle(tmp_path, "EXT_SOURCE_2")), "application_train").columns
