"""The commands that make and read tables: simulate, check, features, score."""

import polars as pl
import pytest
from support.command_line import credit


def test_simulate_writes_a_bank_that_check_accepts(tmp_path):
    out = tmp_path / "a bank"
    assert "a simulated bank of 300 clients, seed 5" in credit(
        "simulate", "--clients", 300, "--out", out, "--seed", 5, "--format", "csv"
    )
    assert sorted(path.name for path in out.glob("*.csv")) == sorted(
        f"{name}.csv"
        for name in (
            "application_train",
            "application_test",
            "bureau",
            "bureau_balance",
            "previous_application",
            "POS_CASH_balance",
            "installments_payments",
            "credit_card_balance",
        )
    )
    told = credit("check", out)
    assert "application_train               300 rows\n" in told
    assert told.splitlines()[-1].startswith("0 errors, ")


def test_simulate_does_not_overwrite_what_it_is_not_told_to(bank):
    told = credit("simulate", "--clients", 300, "--out", bank, code=1)
    assert told.splitlines()[-1].startswith("error: ")
    assert pl.scan_parquet(bank / "application_train.parquet").select(pl.len()).collect().item() == 1500


def test_the_profile_is_printed_and_its_exit_code_tells_whether_all_is_in_range():
    # Two thousand clients scatter too much for every figure to be in range, and none is hidden.
    told = credit("simulate", "--profile", "--clients", 2000, code=1)
    assert "OUT OF RANGE" in told
    assert "history AUC: " in told.splitlines()[-1]


def test_check_tells_what_is_missing_and_exits_with_1(tmp_path):
    assert "the folder does not exist" in credit("check", tmp_path / "nowhere", code=1)
    assert "bureau: there is neither bureau.csv nor bureau.parquet" in credit("check", tmp_path, code=1)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_features_writes_one_row_a_client(bank, tmp_path, ending):
    out = tmp_path / "deep" / f"features.{ending}"
    assert credit("features", bank, "--out", out) == f"{out}: 1,500 clients, 1,084 features\n"
    made = pl.read_parquet(out) if ending == "parquet" else pl.read_csv(out, infer_schema_length=None)
    assert made.shape == (1500, 1085)
    assert made["SK_ID_CURR"].n_unique() == 1500


def test_features_wants_a_format_it_knows_and_leaves_nothing_behind(bank, tmp_path):
    out = tmp_path / "features.xlsx"
    assert "ends in .xlsx; give a file that ends in .parquet or .csv" in credit("features", bank, "--out", out, code=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ("features", "--out"),
        ("features", "--engine", "duckdb", "--out"),
        ("score", "--out"),
        ("check", "--json"),
    ],
)
@pytest.mark.parametrize("name", ["bureau.parquet", "POS_CASH_balance.csv", "truth.parquet", "../link.parquet"])
def test_no_command_writes_over_a_table_that_it_reads(tables, command, name):
    (tables.parent / "link.parquet").symlink_to(tables / "bureau.parquet")
    before = {path: path.read_bytes() for path in sorted(tables.parent.rglob("*")) if path.is_file()}
    job, *options = command
    assert "; name another file" in credit(job, tables, *options, tables / name, code=1)
    assert {path: path.read_bytes() for path in sorted(tables.parent.rglob("*")) if path.is_file()} == before


@pytest.mark.parametrize("job", ["features", "score"])
def test_a_history_without_rows_is_warned_of(tables, tmp_path, job):
    pl.read_parquet(tables / "bureau.parquet").clear().write_parquet(tables / "bureau.parquet")
    told = credit(job, tables, "--out", tmp_path / "made.parquet").splitlines()
    assert told[0].startswith("warning: bureau.parquet: it has no rows, so features would say that nobody has such a")
    assert len(told) == 2


def test_score_goes_on_without_histories_and_without_amounts_and_says_so_once_each(tables, tmp_path):
    (tables / "credit_card_balance.parquet").unlink()
    path = tables / "application_test.parquet"
    first = pl.int_range(pl.len()) == 0
    pl.read_parquet(path).with_columns(pl.when(~first).then("AMT_ANNUITY").alias("AMT_ANNUITY")).write_parquet(path)
    said = credit("score", tables, "--out", tmp_path / "made.csv").splitlines()
    assert said[0].startswith("warning: credit_card_balance is not in the folder: for all clients these histories are")
    assert said[1].startswith(
        "warning: 1 of 238 clients are not decided on, for an amount of the loan is missing or not above 0: AMT_"
    )
    assert said[2].endswith(", 1 not decided on")
    assert len(said) == 3
    made = pl.read_csv(tmp_path / "made.csv")
    at = made.columns.index("DECISION")
    assert made.columns[at : at + 3] == ["DECISION", "REVIEW_WORTH", "SENT"]
    assert made.columns[at + 3 :] == [
        *("PROBABILITY_LOW", "PROBABILITY_HIGH", "RATE_LOW", "RATE_HIGH", "CROSSES_BREAK_EVEN")
    ]
    assert made["DECISION"].null_count() == made["PROBABILITY_OF_DEFAULT"].null_count() == 1
    assert not made["SENT"].str.contains("credit_card_balance").any()


@pytest.mark.parametrize(
    ("table", "change", "sentence"),
    [
        (
            "application_test",
            pl.col("CODE_GENDER").replace({"F": "Female", "M": "Male"}),
            "warning: application_test: CODE_GENDER: 238 of 238 rows hold none of the published values; they count as",
        ),
        (
            "application_test",
            pl.col("EXT_SOURCE_2") * 100,
            "rows lie outside the published",
        ),
    ],
    ids=["texts", "percent"],
)
def test_score_says_what_is_odd_about_the_values(tables, tmp_path, table, change, sentence):
    assert "warning" not in credit("score", tables, "--out", tmp_path / "before.parquet")
    path = tables / f"{table}.parquet"
    pl.read_parquet(path).with_columns(change).write_parquet(path)
    told = credit("score", tables, "--out", tmp_path / "made.parquet")
    assert sentence in told
    assert " for one" not in told  # no value of a client


def test_the_commands_that_read_tables_point_at_check():
    for job in ("features", "score", "train"):
        assert "Run check first" in credit(job, "--help")


def test_a_damaged_file_of_the_truth_is_told_by_name(tables, tmp_path):
    (tables / "truth.parquet").write_text("no Parquet")
    for engine in ("polars", "duckdb"):
        told = credit("features", tables, "--out", tmp_path / "f.parquet", "--target", "--engine", engine, code=1)
        assert "truth.parquet: it cannot be read" in told
    assert "truth.parquet: it cannot be read" in credit("train", tables, "--bundle", tmp_path / "model", code=1)
    assert "1,500 clients" in credit("features", tables, "--out", tmp_path / "f.parquet")


def test_features_may_be_many_files_with_the_outcome_for_training(bank, tmp_path):
    out = f"{tmp_path}/features/"
    told = credit("features", bank, "--out", out, "--engine", "polars", "--target")
    assert told.startswith(f"{out}: 1,500 clients, ")
    made = pl.read_parquet(f"{out}*.parquet")
    assert made.columns[:3] == ["SK_ID_CURR", "TARGET", "PROBABILITY_OF_DEFAULT"]
    assert "application_test has no TARGET" in credit(
        "features", bank, "--out", tmp_path / "f.csv", "--application", "application_test", "--target", code=1
    )
