"""Writing a simulated bank: the folder, its files, its identifiers, and what stands in its way."""

from pathlib import Path

import polars as pl
import pytest

from credit.simulate import client_chunks, seed_of, simulate
from credit.tables import read
from credit.tables.schema import HISTORIES, TABLES

TYPES = {"integer": pl.Int64, "number": pl.Float64, "text": pl.String}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("bank") / "bank", clients=400, seed=3, test_clients=60)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_eight_tables_and_the_truth_are_written_as_published(bank: Path) -> None:
    assert {path.name for path in bank.iterdir()} == {f"{name}.parquet" for name in (*TABLES, "truth")}
    for name, table in TABLES.items():
        schema = pl.read_parquet_schema(bank / f"{name}.parquet")
        assert list(schema.items()) == [(column.name, TYPES[column.kind]) for column in table.columns]


def test_every_client_has_a_truth(bank: Path) -> None:
    train, test = (pl.read_parquet(bank / f"application_{part}.parquet") for part in ("train", "test"))
    truth = pl.read_parquet(bank / "truth.parquet")
    assert truth.columns == ["SK_ID_CURR", "PROBABILITY_OF_DEFAULT", "TARGET"]
    assert (train.height, test.height, truth.height) == (400, 60, 460)
    assert set(truth["SK_ID_CURR"]) == set(train["SK_ID_CURR"]) | set(test["SK_ID_CURR"])
    joined = train.join(truth, on="SK_ID_CURR")
    assert (joined["TARGET"] == joined["TARGET_right"]).all()
    assert truth["PROBABILITY_OF_DEFAULT"].is_between(0, 1).all()


def test_a_bank_says_its_seed_in_every_form(bank: Path, tmp_path: Path) -> None:
    assert seed_of(bank) == 3
    assert seed_of(simulate(tmp_path / "csv", clients=20, seed=12, format="csv")) == 12
    pl.read_parquet(bank / "truth.parquet").write_parquet(tmp_path / "truth.parquet")  # as versions before wrote it
    assert seed_of(tmp_path) is None
    assert seed_of(tmp_path / "real") is None


def test_the_later_clients_stand_among_the_others(bank: Path) -> None:
    test = pl.read_parquet(bank / "application_test.parquet")["SK_ID_CURR"]
    # 460 clients from 100001 on, 60 of them later ones, evenly spread: the middle one stands in the middle.
    assert test.min() < 100_001 + 10 < 100_450 < test.max() <= 100_460
    assert test.median() == pytest.approx(100_230, abs=8)


def test_histories_belong_to_clients_of_the_bank(bank: Path) -> None:
    known = pl.read_parquet(bank / "truth.parquet")["SK_ID_CURR"]
    for name in HISTORIES:
        table = pl.read_parquet(bank / f"{name}.parquet")
        assert table.height > 0
        if "SK_ID_CURR" in table.columns:
            assert table["SK_ID_CURR"].is_in(known.implode()).all()


def test_the_same_arguments_write_the_same_bytes(bank: Path, tmp_path: Path) -> None:
    again = simulate(tmp_path / "again", clients=400, seed=3, test_clients=60)
    other = simulate(tmp_path / "other", clients=400, seed=4, test_clients=60)
    assert bytes_of(again) == bytes_of(bank)
    assert bytes_of(other)["bureau.parquet"] != bytes_of(bank)["bureau.parquet"]


def test_csv_holds_what_parquet_holds(bank: Path, tmp_path: Path) -> None:
    folder = simulate(tmp_path / "csv", clients=400, seed=3, test_clients=60, format="csv")
    for name in TABLES:
        assert read(folder, [name])[name].collect().equals(pl.read_parquet(bank / f"{name}.parquet")), name


def test_a_bank_in_chunks_has_unique_identifiers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chunks = client_chunks.chunks_of(205, 31, size=50)
    assert [chunk.size for chunk in chunks] == [50, 50, 50, 50, 5, 31]
    monkeypatch.setattr("credit.simulate.chunks_of", lambda *counts: client_chunks.chunks_of(*counts, size=50))
    told: list[tuple[int, int]] = []
    folder = simulate(tmp_path / "bank", 205, test_clients=31, progress=lambda done, total: told.append((done, total)))
    assert told == [(50, 236), (100, 236), (150, 236), (200, 236), (205, 236), (236, 236)]
    for name in ("application_train", "bureau", "previous_application"):
        identity = pl.read_parquet(folder / f"{name}.parquet")[TABLES[name].key]
        assert identity.is_unique().all(), name
    credits = pl.read_parquet(folder / "bureau.parquet")
    months = pl.read_parquet(folder / "bureau_balance.parquet")
    assert months.select("SK_ID_BUREAU", "MONTHS_BALANCE").is_unique().all()
    assert credits["SK_ID_BUREAU"].n_unique() == credits.height


def test_published_proportions_decide_how_many_later_clients_there_are(tmp_path: Path) -> None:
    folder = simulate(tmp_path / "bank", clients=100)
    # 100 * 48,744 / 307,511 = 15.85
    assert pl.read_parquet(folder / "application_test.parquet").height == 16


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"clients": 0}, "at least 1 client"),
        ({"test_clients": 0}, "at least 1 client"),
        ({"quarter": -1}, "cannot be -1"),
        ({"format": "xlsx"}, "parquet, csv or published, not 'xlsx'"),
    ],
)
def test_impossible_arguments_are_refused(tmp_path: Path, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(tmp_path / "bank", **{"clients": 10} | arguments)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="new or an empty folder"):
        simulate(tmp_path, clients=10, overwrite=True)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_real_data_is_never_taken_for_a_simulated_bank(tmp_path: Path) -> None:
    (tmp_path / "application_train.csv").write_text("SK_ID_CURR\n1\n")
    with pytest.raises(FileExistsError, match="not a simulated bank"):
        simulate(tmp_path, clients=10, overwrite=True)
    assert (tmp_path / "application_train.csv").exists()


def test_a_simulated_bank_is_replaced_only_when_asked(tmp_path: Path) -> None:
    folder = simulate(tmp_path / "bank", clients=20, test_clients=2)
    with pytest.raises(FileExistsError, match=r"overwrite it \(--overwrite\)"):
        simulate(folder, clients=30, test_clients=2)
    simulate(folder, clients=30, test_clients=2, overwrite=True)
    assert pl.read_parquet(folder / "application_train.parquet").height == 30


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "bank").mkdir()
    assert (simulate(tmp_path / "bank", clients=20, test_clients=2) / "truth.parquet").exists()


def test_an_interrupted_bank_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "bank", clients=20, test_clients=2, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_the_bank_moves_on_with_the_quarters(tmp_path: Path) -> None:
    # 0 -> 0, 1 -> 1, 2 -> 1.5: every quarter half as far as the one before
    assert [client_chunks.drift_in(quarter) for quarter in range(4)] == [0, 1, 1.5, 1.75]
    first, second = (
        pl.read_parquet(simulate(tmp_path / f"{quarter}", 3_000, quarter=quarter) / "application_train.parquet")
        for quarter in (0, 1)
    )
    assert (second["NAME_CONTRACT_TYPE"] == "Revolving loans").mean() < 0.03
    assert (first["NAME_CONTRACT_TYPE"] == "Revolving loans").mean() > 0.07


def test_a_bank_with_notes_of_its_user_is_not_replaced(tmp_path: Path) -> None:
    folder = simulate(tmp_path / "bank", clients=20, test_clients=2)
    (folder / "notes.md").write_text("mine")
    with pytest.raises(FileExistsError, match="not a simulated bank"):
        simulate(folder, clients=20, test_clients=2, overwrite=True)
    assert (folder / "notes.md").read_text() == "mine"


def test_another_quarter_has_other_clients(tmp_path):
    first, second = (
        pl.read_parquet(simulate(tmp_path / f"quarter {n}", 500, seed=3, quarter=n) / "application_train.parquet")
        for n in (0, 1)
    )
    assert not set(first["SK_ID_CURR"]) & set(second["SK_ID_CURR"])
    assert (first["DAYS_BIRTH"] == second["DAYS_BIRTH"]).mean() < 0.05
