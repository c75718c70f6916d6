"""`check` and `score` name a column that is suddenly missing, in one line of its own."""

import json
import shutil

import polars as pl
import pytest
from click.testing import CliRunner

from credit.cli import main
from credit.monitoring.missing_in_tables import compare_with_training, own_ways_of
from credit.monitoring.missing_sources import Causes, sentence
from credit.simulate import simulate
from credit.tables import HISTORIES
from credit.tables.quality import quality
from credit.tables.quality_findings import PUBLISHED

ALL = 60  # clients in application_train


def said(kind, name):
    """What is said where all clients lack it, beside the training of the shipped model."""
    (cause,) = (one for one in Causes.read("mlruns_reduced").all if (one.kind, one.name) == (kind, name))
    return sentence(cause.said, ALL, ALL, cause.share)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("absent") / "bank", ALL, seed=4)


@pytest.fixture
def folder(whole, tmp_path):
    """A folder of its own, and a function that empties columns of application_train or a table."""
    for path in whole.iterdir():
        (tmp_path / path.name).symlink_to(path)

    def empty(*columns, rows=None):
        path = tmp_path / "application_train.parquet"
        frame = pl.read_parquet(path)
        path.unlink()
        gone = pl.lit(True) if rows is None else pl.int_range(pl.len()) < rows
        frame.with_columns(pl.when(~gone).then(pl.col(name)).alias(name) for name in columns).write_parquet(path)
        return tmp_path

    return empty


def warnings(folder):
    report = compare_with_training(quality(folder), "mlruns_reduced")
    return {one.column: one.sentence for one in report.warnings}


def test_check_warns_of_a_column_that_no_client_has(folder):
    found = warnings(folder("EXT_SOURCE_2"))
    assert found == {"EXT_SOURCE_2": f"application_train: {said('column', 'EXT_SOURCE_2')}"}
    assert "EXT_SOURCE_2 is missing for all 60 clients" in found["EXT_SOURCE_2"]


def test_check_warns_of_a_text_that_no_client_has(folder):
    assert warnings(folder("NAME_INCOME_TYPE")).keys() == {"NAME_INCOME_TYPE"}


def test_check_says_a_column_once(folder):
    report = compare_with_training(quality(folder("EXT_SOURCE_2")), "mlruns_reduced")
    assert [one.severity for one in report.findings if one.column == "EXT_SOURCE_2" and one.table[-5:] == "train"] == [
        "warning"
    ]
    assert f"0 errors, 1 warning, {len(report.notes)} notes: the tables can be used" in str(report)
    assert json.loads(report.json())["warnings"] == 1


FLAGS = ("FLAG_MOBIL", "FLAG_EMP_PHONE", "FLAG_WORK_PHONE", "FLAG_CONT_MOBILE", "FLAG_EMAIL")


def test_check_of_a_bank_that_collects_less_says_so_in_one_sentence_and_names_each_column(folder):
    report = compare_with_training(quality(folder(*FLAGS, "EXT_SOURCE_3")), "mlruns_reduced")
    (share,) = (one.share for one in Causes.read("mlruns_reduced").all if one.name == "EXT_SOURCE_3")
    sentence = (
        "application_train: 6 columns (FLAG_MOBIL, FLAG_EMP_PHONE, FLAG_WORK_PHONE, FLAG_CONT_MOBILE and 2 more) are "
        f"missing for all 60 clients, and each was missing for at most {share:.1%} of the training clients: ask who "
        "delivers them; if the bank does not collect them, train a model on its own tables"
    )
    columns = {one.column: one.sentence for one in report.warnings if one.column}
    assert columns == dict.fromkeys((*FLAGS, "EXT_SOURCE_3"), sentence)
    assert str(report).count(sentence) == 1
    assert all(f"  {name} " in str(report) for name in columns)  # a row each in the table of findings


def test_check_names_four_columns_in_a_sentence_each(folder):
    found = warnings(folder(*FLAGS[:4]))
    assert found == {name: f"application_train: {said('column', name)}" for name in FLAGS[:4]}


def test_check_does_not_warn_of_columns_that_many_lack_nor_of_single_clients(folder):
    # Of 60 clients it takes more than all to be sure of a score that 56 % lack anyway.
    assert warnings(folder("EXT_SOURCE_1", "OWN_CAR_AGE", "OCCUPATION_TYPE")) == {}


def test_check_warns_of_a_score_that_a_fifth_lack_anyway(folder):
    assert warnings(folder("EXT_SOURCE_3")).keys() == {"EXT_SOURCE_3"}


def test_in_a_folder_to_be_scored_an_absent_history_is_unknown_and_no_error(folder, tmp_path):
    place = folder()
    clients = pl.read_parquet(place / "application_train.parquet").drop("TARGET")
    for name in ("application_train", "application_test", "bureau", "credit_card_balance"):
        (place / f"{name}.parquet").unlink()
    clients.write_parquet(place / "application_test.parquet")
    done = CliRunner().invoke(main, ["check", str(place)])
    assert done.exit_code == 0, done.output
    lines = [line for line in done.output.splitlines() if line.startswith("  - ")]
    assert lines[0].startswith("  - application_train is not in the folder: these tables can be scored")
    assert lines[1] == (
        "  - table bureau is missing for all 60 clients, and was for none of the training clients: ask who delivers it"
    )
    assert lines[2] == (
        "  - bureau_balance is not read: for all clients this history is unknown, which is not the same as none"
    )
    assert lines[3].startswith("  - table credit_card_balance is missing for all 60 clients")
    assert len(lines) == 4


def test_a_folder_to_learn_from_needs_every_table(folder):
    place = folder()
    (place / "bureau.parquet").unlink()
    done = CliRunner().invoke(main, ["check", str(place)])
    assert done.exit_code == 1
    assert "bureau: there is neither bureau.csv nor bureau.parquet" in done.output


def test_check_does_not_warn_of_three_clients_of_sixty(folder):
    assert warnings(folder("EXT_SOURCE_2", rows=3)) == {}


@pytest.mark.parametrize(("table", "error"), [("application_train", False), ("application_test", True)])
def test_a_column_without_values_is_said_once(tmp_path, table, error):
    folder = simulate(tmp_path / "bank", 800, seed=4)
    path = folder / f"{table}.parquet"
    pl.read_parquet(path).with_columns(EXT_SOURCE_2=pl.lit(None, pl.Float64)).write_parquet(path)
    report = compare_with_training(quality(folder), "mlruns_reduced")
    assert [one.column for one in report.errors] == ["EXT_SOURCE_2"] * error
    assert [one.column for one in report.warnings] == ["EXT_SOURCE_2"] * (not error)
    assert not [one for one in report.notes if one.column == "EXT_SOURCE_2"]
    if not error:
        assert "of the training clients" in report.warnings[0].sentence


def test_a_model_that_does_not_say_what_was_missing_is_a_note(folder, tmp_path):
    report = compare_with_training(quality(folder()), tmp_path / "nothing")
    (note,) = (one for one in report.notes if one.kind == "not checked" and one.table is None)
    assert note.sentence.startswith("which columns are suddenly missing was not checked:")


def test_the_command_check_prints_the_warning_and_ends_well(folder):
    done = CliRunner().invoke(main, ["check", str(folder("EXT_SOURCE_2")), "--tables", "application"])
    assert done.exit_code == 0, done.output
    assert f"  - application_train: {said('column', 'EXT_SOURCE_2')}" in done.output


def score(folder, out):
    done = CliRunner().invoke(
        main, ["score", str(folder), "--application", "application_train", "--out", str(out / "decisions.parquet")]
    )
    assert done.exit_code == 0, done.output
    return [line for line in done.stderr.splitlines() if line.startswith("warning:")]


def test_score_warns_once_of_a_provider_that_is_down(folder, tmp_path):
    names = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
    found = score(folder(*names), tmp_path)
    assert found == [f"warning: {said('column', name)}" for name in ("EXT_SOURCE_2", "EXT_SOURCE_3")]


def test_score_warns_of_a_table_that_is_there_and_has_no_rows_of_these_clients(folder, tmp_path):
    path = folder() / "bureau.parquet"
    rows = pl.read_parquet(path)
    path.unlink()
    rows.with_columns(SK_ID_CURR=pl.lit(99, rows.schema["SK_ID_CURR"])).write_parquet(path)
    assert score(tmp_path, tmp_path) == [f"warning: {said('rows', 'bureau')}"]


def test_score_has_no_warning_of_sound_tables(folder, tmp_path):
    assert set(HISTORIES) <= {path.stem for path in folder().iterdir()}
    assert score(tmp_path, tmp_path) == []


def test_what_the_bank_of_the_model_does_not_collect_is_no_error_in_a_folder_to_be_scored(tmp_path):
    folder = simulate(tmp_path / "bank", 1500, seed=4)
    (folder / "application_train.parquet").unlink()
    path = folder / "application_test.parquet"
    applications = pl.read_parquet(path).with_columns(
        pl.col("AMT_CREDIT") / 1000,
        FLAG_MOBIL=pl.lit(None, pl.Int64),
        CODE_GENDER=pl.lit(None, pl.String),
        AMT_ANNUITY=pl.when(pl.int_range(pl.len()) % 2 == 0).then("AMT_ANNUITY"),
    )
    applications.write_parquet(path)
    plain = {(one.column, one.kind) for one in quality(folder, names=("application_test",)).errors}
    assert plain == {
        ("AMT_CREDIT", "out of range"),
        ("AMT_ANNUITY", "missing value"),
        ("FLAG_MOBIL", "empty column"),
        ("CODE_GENDER", "empty column"),
    }
    bundle = tmp_path / "bundle"
    shutil.copytree("mlruns_reduced", bundle)
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["data"] |= {"no_values": ["FLAG_MOBIL", "CODE_GENDER"], "amount_ranges": {"AMT_CREDIT": [45, 4100]}}
    manifest["features"]["missing"] |= {"AMT_ANNUITY": 0.45}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    report = quality(folder, names=("application_test",), own=own_ways_of(bundle))
    assert report.errors == ()
    assert {one.column for one in report.warnings} == {None}  # loans lie within the bank's own range
    applications.with_columns(pl.col("AMT_CREDIT") * 1000).write_parquet(path)
    (error,) = quality(folder, names=("application_test",), own=own_ways_of(bundle)).errors
    assert (error.column, error.kind) == ("AMT_CREDIT", "out of range")
    assert "lie outside the bank's own 45 to 4,100, " in error.sentence
    assert own_ways_of(tmp_path / "nothing") == PUBLISHED
