"""A label that seems turned round stops the work before it begins, unless somebody says what 1 means."""

import shutil
import warnings
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from credit import training
from credit.cli import main
from credit.features import engines
from credit.features.needed_tables import columns_of
from credit.simulate import simulate
from credit.tables import TablesError, TablesWarning
from credit.tables.label import LabelError, findings
from credit.tables.quality import quality


@pytest.mark.parametrize(
    ("clients", "defaults", "means", "severity"),
    [
        (1000, 81, None, None),
        (1000, 5, None, None),
        (1000, 400, None, None),
        (1000, 4, None, "note"),
        (1000, 401, None, "note"),
        (1000, 500, None, "note"),
        (1000, 501, None, "error"),
        (1000, 919, None, "error"),
        (1000, 919, "defaulted", "note"),
        (1000, 81, "repaid", None),
        (1000, 1000, "defaulted", "error"),
        (1000, 0, "repaid", "error"),
    ],
)
def test_the_default_rate_tells_whether_the_label_is_turned(
    clients: int, defaults: int, means: str | None, severity: str | None
) -> None:
    found = [finding.severity for finding in findings("application_train.csv", clients, defaults, means)]
    assert found == ([] if severity is None else [severity])


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("label") / "bank", clients=300, seed=1)


@pytest.fixture(scope="module")
def turned(bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("turned") / "bank"
    shutil.copytree(bank, folder)
    path = folder / "application_train.parquet"
    pl.read_parquet(path).with_columns((1 - pl.col("TARGET")).alias("TARGET")).write_parquet(path)
    return folder


def command(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    return result.exit_code, " ".join(result.output.split())


QUESTION = "of the clients defaulted; is 1 = repaid here? Then add --label-one-means repaid"


def test_check_asks_what_one_means_and_takes_the_answer(turned: Path, bank: Path) -> None:
    code, said = command("check", turned)
    assert (code, QUESTION in said) == (1, True)
    code, said = command("check", turned, "--label-one-means", "repaid")
    assert QUESTION not in said
    assert code == command("check", bank)[0]


def test_train_stops_before_any_work_and_leaves_nothing(
    turned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "compare", lambda *_: pytest.fail("models were compared"))
    code, said = command("train", turned, "--bundle", tmp_path / "bundle")
    assert (code, QUESTION in said) == (1, True)
    assert not (tmp_path / "bundle").exists()


def test_a_label_that_is_turned_round_is_that_of_the_bank(turned: Path, bank: Path, tmp_path: Path) -> None:
    expected = training.prepare(bank, histories=())
    assert training.prepare(turned, histories=(), label_one_means="repaid").equals(expected)
    with pytest.raises(LabelError, match="is 1 = repaid here"):
        training.prepare(turned, histories=())
    for engine in ("polars", "duckdb"):
        out = tmp_path / f"{engine}.parquet"
        columns = ("AMT_CREDIT",)
        engines.write(turned, out, engine, target=True, columns=columns, label_one_means="repaid")
        made = pl.read_parquet(out).sort("SK_ID_CURR")
        assert made["TARGET"].to_list() == expected["TARGET"].to_list()
        with pytest.raises(LabelError):
            engines.write(turned, tmp_path / "no.parquet", engine, target=True, columns=columns)


def test_whoever_says_that_most_defaulted_goes_on_with_a_note(turned: Path) -> None:
    with pytest.warns(TablesWarning, match=r"\d\d\.\d% of the clients defaulted; of consumer loans mostly"):
        prepared = training.prepare(turned, histories=(), label_one_means="defaulted")
    assert prepared["TARGET"].mean() > 0.5


def test_one_outcome_alone_teaches_nothing(bank: Path, tmp_path: Path) -> None:
    shutil.copytree(bank, tmp_path / "bank")
    path = tmp_path / "bank" / "application_train.parquet"
    pl.read_parquet(path).with_columns(pl.lit(1, pl.Int64).alias("TARGET")).write_parquet(path)
    sentence = "TARGET is 1 for all 300 clients, so there is nothing to learn"
    assert sentence in str(quality(tmp_path / "bank"))
    with pytest.raises(LabelError, match=sentence):
        training.prepare(tmp_path / "bank", histories=(), label_one_means="defaulted")


def test_a_bank_without_histories_is_checked_with_the_tables_that_it_has(bank: Path, tmp_path: Path) -> None:
    for name in ("application_train", "application_test"):
        shutil.copy(bank / f"{name}.parquet", tmp_path)
    code, said = command("check", tmp_path)
    assert code == 1
    assert "A bank without some of the tables names those it has to check, features and train: --tables" in said
    code, said = command("check", tmp_path, "--tables", "application")
    assert code == 0, said
    code, said = command("features", tmp_path, "--tables", "application", "--out", tmp_path / "f.parquet")
    assert (code, f"300 clients, {len(columns_of(()))} features" in said) == (0, True), said
    with warnings.catch_warnings(), pytest.raises(TablesError):
        engines.write(tmp_path, tmp_path / "g.parquet")
