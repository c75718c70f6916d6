"""The CSV form is that of the published files: as pandas reads and writes them, byte for byte."""

import csv
from collections import Counter
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from credit.simulate import simulate
from credit.simulate.published_form import DESCRIPTION, SUBMISSION, published
from credit.tables.schema import TABLES

#: Columns of a type per table, as pandas reads the published files: float64, int64, object. application_test has no
#: TARGET, which is an int64.
TYPES = {
    "application_train": (65, 41, 16),
    "application_test": (65, 40, 16),
    "bureau": (8, 6, 3),
    "bureau_balance": (0, 2, 1),
    "previous_application": (15, 6, 16),
    "POS_CASH_balance": (2, 5, 1),
    "installments_payments": (5, 3, 0),
    "credit_card_balance": (15, 7, 1),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("published") / "bank", 600, seed=3, test_clients=500, format="published")


def as_pandas_reads(path: Path) -> pd.DataFrame:
    # Its usual parser of numbers is off by a last digit now and then.
    return pd.read_csv(path, float_precision="round_trip")


@pytest.mark.parametrize("table", TABLES)
def test_pandas_reads_the_types_of_the_published_files(folder: Path, table: str) -> None:
    frame = as_pandas_reads(folder / f"{table}.csv")
    assert tuple(frame.columns) == TABLES[table].names
    found = Counter("text" if one.name in ("object", "str") else one.name for one in frame.dtypes)
    assert (found["float64"], found["int64"], found["text"]) == TYPES[table]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_what_pandas_writes_of_it(folder: Path, table: str) -> None:
    path = folder / f"{table}.csv"
    assert as_pandas_reads(path).to_csv(index=False).encode() == path.read_bytes()


def test_whole_numbers_published_with_a_decimal_point_have_one() -> None:
    loan = {
        "SK_ID_PREV": [1000001],
        "SK_ID_CURR": [100001],
        "NUM_INSTALMENT_VERSION": [1],
        "NUM_INSTALMENT_NUMBER": [6],
        "DAYS_INSTALMENT": [-1180],
        "DAYS_ENTRY_PAYMENT": [None],
        "AMT_INSTALMENT": [6948.36],
        "AMT_PAYMENT": [450.0],
    }
    frame = pl.DataFrame(loan, schema_overrides={"DAYS_ENTRY_PAYMENT": pl.Float64})
    line = published("installments_payments", frame).write_csv(include_header=False)
    assert line == "1000001,100001,1.0,6,-1180.0,,6948.36,450.0\n"


def test_small_and_large_numbers_are_written_as_pandas_writes_them() -> None:
    amounts = [8.173616518884397e-08, 1.5e-05, -9.9e-05, 0.0001, 0.0, 1e15, 1e16, 0.1 + 0.2, None]
    names = TABLES["bureau"].names
    frame = pl.DataFrame({name: [0] * len(amounts) for name in names}).with_columns(
        pl.Series("AMT_CREDIT_SUM", amounts), *(pl.lit(None, pl.String).alias(n) for n in TABLES["bureau"].vocabularies)
    )
    lines = published("bureau", frame).select("SK_ID_CURR", "AMT_CREDIT_SUM").write_csv()
    assert [line.split(",")[1] for line in lines.splitlines()[1:]] == [
        "8.173616518884397e-08", "1.5e-05", "-9.9e-05", "0.0001", "0.0", "1000000000000000.0", "1e+16",
        "0.30000000000000004", "",
    ]  # fmt: skip
    assert lines == pd.DataFrame({"SK_ID_CURR": [0] * len(amounts), "AMT_CREDIT_SUM": amounts}).to_csv(index=False)


def test_texts_with_a_comma_stand_in_quotes_and_no_zero_is_negative(folder: Path) -> None:
    text = (folder / "application_train.csv").read_text(encoding="utf-8")
    assert ',"Spouse, partner",' in text
    assert '"Cash loans"' not in text
    assert ",-0.0," not in text
    assert ",0.0," in text


def test_the_columns_are_described_in_a_file_that_is_not_utf_8(folder: Path) -> None:
    data = (folder / DESCRIPTION).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    rows = list(csv.DictReader(data.decode("cp1252").splitlines()))
    assert list(rows[0]) == ["", "Table", "Row", "Description", "Special"]
    # Every column of every table once; those of application_test stand with those of application_train.
    assert [row["Row"] for row in rows] == [
        column for name, table in TABLES.items() if name != "application_test" for column in table.names
    ]
    assert [row[""] for row in rows] == [str(number) for number in range(1, 122 + 17 + 3 + 37 + 8 + 8 + 23 + 1)]
    assert {row["Table"] for row in rows} == {"application_{train|test}.csv"} | {
        f"{name}.csv" for name in TABLES if not name.startswith("application")
    }
    assert all(row["Description"] for row in rows)
    said = {row["Row"]: (row["Description"], row["Special"]) for row in rows}
    assert said["CODE_GENDER"] == ("Gender", "")
    assert said["DAYS_BIRTH"][1] == "counted from the application"
    assert said["APARTMENTS_AVG"][1] == "normalised"


def test_the_sample_submission_names_the_clients_of_application_test(folder: Path) -> None:
    clients = as_pandas_reads(folder / "application_test.csv")["SK_ID_CURR"]
    lines = (folder / SUBMISSION).read_text(encoding="utf-8").splitlines()
    assert lines == ["SK_ID_CURR,TARGET", *(f"{client},0.5" for client in clients)]
    assert len(lines) == 501


def test_a_published_folder_may_be_replaced_and_is_left_alone_otherwise(folder: Path, tmp_path: Path) -> None:
    place = simulate(tmp_path / "bank", 20, test_clients=2, format="published")
    assert {path.name for path in place.iterdir()} == {path.name for path in folder.iterdir()}
    simulate(place, 20, test_clients=2, overwrite=True)
    assert not (place / DESCRIPTION).exists()
    (place / "thesis.csv").write_text("years of work")
    with pytest.raises(FileExistsError, match="not a simulated bank"):
        simulate(place, 20, test_clients=2, format="published", overwrite=True)
