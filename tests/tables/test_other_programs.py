"""Tables as other programs write them are read as the same tables, on every engine, or refused in one sentence."""

import gzip
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.other_programs import ALIKE, PARQUET_LOST, comma_separated, packed

from credit.features import engines
from credit.simulate import simulate
from credit.tables import TABLES, TablesError, TablesWarning, read
from credit.tables.quality import quality

#: Features of every table: sums, shares of texts, dates.
FEATURES = (
    *("AMT_CREDIT", "DAYS_REGISTRATION", "FLAG_OWN_CAR", "OCCUPATION_TYPE_Drivers", "OWN_CAR_AGE", "INCOME_TO_CREDIT"),
    *("BUREAU_AMT_ANNUITY_MEAN", "BUREAU_AMT_CREDIT_SUM_SUM", "BUREAU_CREDIT_TYPE_Microloan_SHARE"),
    *("BUREAU_STATUS_C_MEAN", "PREVIOUS_AMT_ANNUITY_MEAN", "PREVIOUS_NAME_GOODS_CATEGORY_Mobile_SHARE"),
    *("POS_SK_DPD_MEAN", "INSTALMENTS_AMT_PAYMENT_SUM", "INSTALMENTS_NUM_INSTALMENT_VERSION_DISTINCT"),
    *("CARD_AMT_BALANCE_MEAN",),
)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("bank") / "bank", clients=60, seed=5)


@pytest.fixture(scope="module")
def published(bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same bank as CSV files."""
    folder = tmp_path_factory.mktemp("published")
    ALIKE["CSV: as it is"](bank, folder)
    return folder


@pytest.fixture(scope="module")
def tables(bank: Path) -> dict[str, pl.DataFrame]:
    return {name: frame.collect() for name, frame in read(bank).items()}


@pytest.mark.parametrize("form", ALIKE)
def test_every_form_that_loses_nothing_gives_the_same_tables(
    form: str, bank: Path, tables: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    ALIKE[form](bank, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TablesWarning)
        found = read(tmp_path)
    for name, expected in tables.items():
        assert_frame_equal(
            found[name].collect(), expected, check_row_order=form != "folders: folders by a needed column"
        )


@pytest.fixture(scope="module")
def features(bank: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """What Polars makes of the bank as it was simulated."""
    path = tmp_path_factory.mktemp("features") / "expected.parquet"
    engines.write(bank, path, columns=FEATURES)
    return pl.read_parquet(path).sort("SK_ID_CURR")


@pytest.mark.parametrize("form", ALIKE)
def test_duckdb_makes_the_same_features_of_every_form(
    form: str, bank: Path, features: pl.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "tables").mkdir()
    ALIKE[form](bank, tmp_path / "tables")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TablesWarning)
        engines.write(tmp_path / "tables", tmp_path / "made.parquet", "duckdb", columns=FEATURES)
    assert_frame_equal(pl.read_parquet(tmp_path / "made.parquet").sort("SK_ID_CURR"), features, rel_tol=1e-9)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.parquet", "tables"]


@pytest.mark.parametrize(
    ("form", "note"),
    [
        (
            "Parquet: whole numbers as floats",
            r"bureau_balance.parquet: 2 columns \(SK_ID_BUREAU, MONTHS_BALANCE\) hold",
        ),
        ("Parquet: keys as texts", "bureau_balance.parquet: the column SK_ID_BUREAU holds numbers as texts"),
        ("Parquet: flags", "the column TARGET|TARGET, FLAG_DOCUMENT_2, .* hold flags as true and false"),
        ("CSV: true and false", r"2 columns \(FLAG_OWN_CAR, FLAG_OWN_REALTY\) hold numbers, or true and false, where"),
        (
            "CSV: whole numbers with a point",
            "application_train.csv: 41 columns .* write whole numbers with a decimal point",
        ),
        (
            "CSV: gaps as NA",
            "bureau.csv: 6 columns .* write gaps as words, such as NA, or as .*; they are read as gaps",
        ),
        ("CSV: names in small letters", "bureau.csv: 17 column names differ from the published ones in letter case"),
    ],
)
def test_what_is_unlike_the_published_file_is_noted_once_a_table(
    form: str, note: str, bank: Path, tmp_path: Path
) -> None:
    ALIKE[form](bank, tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read(tmp_path)
    said = [str(one.message) for one in caught]
    assert [sentence for sentence in said if re.search(note, sentence)], said
    report = quality(tmp_path)
    assert [finding for finding in report.notes if finding.kind == "other form"]
    assert not [finding for finding in report.errors if finding.kind == "other form"]


def test_the_published_form_has_no_note(bank: Path, tmp_path: Path) -> None:
    """Whole numbers that are published with a decimal point, such as DAYS_REGISTRATION, are read in silence."""

    def published(name: str, text: str) -> str:
        return f"{text}.0" if name in ("DAYS_REGISTRATION", "NUM_INSTALMENT_VERSION", "DAYS_INSTALMENT") else text

    comma_separated(published)(bank, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(tmp_path)


def test_a_text_column_of_gaps_alone_is_read_as_gaps(bank: Path, tmp_path: Path) -> None:
    PARQUET_LOST["a text column of gaps alone"](bank, tmp_path)
    found = read(tmp_path)["application_train"].collect()["FONDKAPREMONT_MODE"]
    assert (found.dtype, found.null_count()) == (pl.String, 60)


def change(folder: Path, table: str, how: pl.Expr) -> None:
    path = folder / f"{table}.parquet"
    pl.read_parquet(path).with_columns(how).write_parquet(path)


@pytest.mark.parametrize(
    ("table", "how", "sentence"),
    [
        (
            "bureau",
            (pl.col("DAYS_CREDIT") + 0.5).alias("DAYS_CREDIT"),
            "column DAYS_CREDIT should hold whole numbers, but .* in row 1; give whole numbers",
        ),
        (
            "bureau",
            (pl.col("SK_ID_BUREAU") + 2.0**53).alias("SK_ID_BUREAU"),
            "column SK_ID_BUREAU should hold whole numbers, but .* of its values do not fit",
        ),
        (
            "bureau",
            (pl.col("SK_ID_BUREAU").cast(pl.Float32) * 10).alias("SK_ID_BUREAU"),
            "column SK_ID_BUREAU should hold whole numbers, but .* of its values do not fit",
        ),
        (
            "bureau",
            pl.lit(2**63 + 1, pl.UInt64).alias("SK_ID_BUREAU"),
            "the first is '9223372036854775809' in row 1",
        ),
        (
            "bureau",
            (pl.col("DAYS_CREDIT") == 0).alias("DAYS_CREDIT"),
            "column DAYS_CREDIT has type Boolean, whole numbers",
        ),
        (
            "bureau",
            pl.lit(1).cast(pl.Date).alias("AMT_ANNUITY"),
            r"AMT_ANNUITY has type Date, numbers wanted; give the",
        ),
        (
            "bureau",
            pl.lit(3).alias("CREDIT_ACTIVE"),
            "CREDIT_ACTIVE should hold text, but .* the first is '3' in row 1; give the published texts",
        ),
        (
            "bureau_balance",
            pl.lit(6).alias("STATUS"),
            "column STATUS should hold text, but .* the first is '6' in row 1",
        ),
        (
            "application_train",
            pl.lit(70_000.0).cast(pl.Float16).alias("AMT_ANNUITY"),
            "AMT_ANNUITY is infinite in 60 of 60 rows; 16-bit floats end at 65,504: write the column as float64",
        ),
        (
            "application_train",
            pl.when(pl.col("SK_ID_CURR") > 100_010).then("TARGET").alias("TARGET"),
            "TARGET is missing in .* every row needs it: leave these rows out, or keep clients without an outcome in",
        ),
    ],
)
def test_what_would_lose_something_is_refused_with_value_place_and_cast(
    table: str, how: pl.Expr, sentence: str, bank: Path, tmp_path: Path
) -> None:
    shutil.copytree(bank, tmp_path / "bank")
    change(tmp_path / "bank", table, how)
    with pytest.raises(TablesError, match=sentence):
        read(tmp_path / "bank")


def test_sixteen_bits_are_read_with_a_note(bank: Path, tmp_path: Path) -> None:
    shutil.copytree(bank, tmp_path / "bank")
    change(tmp_path / "bank", "application_train", pl.col("EXT_SOURCE_2").cast(pl.Float16))
    with pytest.warns(TablesWarning, match="EXT_SOURCE_2 holds 16-bit floats, of which three digits are exact"):
        read(tmp_path / "bank")


@pytest.mark.parametrize(
    ("write", "problems"),
    [
        (
            comma_separated(lambda name, text: text.replace(".", ",") if name.startswith("AMT_") else text),
            r"bureau.csv: \d columns \(.*\) hold numbers with a decimal comma; the first is '\d+,\d+' in line \d+; ",
        ),
        (
            comma_separated(lambda name, text: f"{float(text):,}" if name.startswith("AMT_") and text else text),
            r"bureau.csv: \d columns \(.*\) hold numbers with commas between thousands; the first is '\d+,.*write them",
        ),
    ],
    ids=["decimal commas", "thousands"],
)
def test_numbers_written_as_in_another_country_are_one_finding_a_table(
    write: object, problems: str, bank: Path, tmp_path: Path
) -> None:
    write(bank, tmp_path)  # type: ignore[operator]
    with pytest.raises(TablesError, match=problems) as caught:
        read(tmp_path)
    assert len([finding for finding in caught.value.findings if finding.table == "bureau"]) == 1


def test_a_column_name_that_comes_twice_is_refused(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "tables")
    path = tmp_path / "tables" / "bureau.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0] + ",AMT_ANNUITY", *(f"{line},7" for line in lines[1:])]) + "\n")
    with pytest.raises(TablesError, match=r"bureau\.csv: the column AMT_ANNUITY comes 2 times; keep one of them"):
        read(tmp_path / "tables")


def test_rows_quoted_as_a_whole_are_counted_and_the_command_given_mends_them(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "tables")
    path = tmp_path / "tables" / "application_train.csv"
    whole = path.read_text()
    lines = ['"' + line.replace('"', '""') + '"' if '"' in line else line for line in whole.splitlines()]
    path.write_text("\n".join(lines) + "\n")
    quoted = sum(line.startswith('"') for line in lines)
    with pytest.raises(TablesError) as caught:
        read(tmp_path / "tables")
    (problem,) = caught.value.problems
    assert problem.startswith(f"application_train.csv: {quoted} of 60 rows are quoted as a whole, as spreadsheets save")
    command = problem.partition("for instance with ")[2].replace("python -c", f"{sys.executable} -c", 1)
    command = command.replace("OLD.csv", str(path)).replace("NEW.csv", str(tmp_path / "mended.csv"))
    subprocess.run(["sh", "-c", command], check=True)
    assert (tmp_path / "mended.csv").read_text() == whole


def test_a_table_that_ends_where_a_sheet_ends_is_noted(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "tables")
    path = tmp_path / "tables" / "installments_payments.csv"
    header, *rows = path.read_text().splitlines()
    for lines, noted in ((1_048_576, True), (1_048_575, False)):
        many = (rows * (lines // len(rows) + 1))[: lines - 1]
        path.write_text("\n".join([header, *many]) + "\n")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            read(tmp_path / "tables", ("application_train", "installments_payments"))
        assert bool(caught) is noted
    assert not noted


def test_a_lake_table_is_named_and_refused(bank: Path, tmp_path: Path) -> None:
    shutil.copytree(bank, tmp_path / "tables")
    folder = tmp_path / "tables" / "bureau.parquet"
    (tmp_path / "tables" / "bureau.parquet").rename(tmp_path / "part-0.parquet")
    (folder / "_delta_log").mkdir(parents=True)
    (folder / "_delta_log" / "00000000000000000000.json").write_text("{}\n")
    (tmp_path / "part-0.parquet").rename(folder / "part-0.parquet")
    with pytest.raises(TablesError, match=r"it is a folder of a Delta table, .* spark\.read\.format\('delta'\)\.load"):
        read(tmp_path / "tables")


def test_parts_that_lack_a_column_are_refused_by_name(bank: Path, tmp_path: Path) -> None:
    shutil.copytree(bank, tmp_path / "tables")
    whole = pl.read_parquet(tmp_path / "tables" / "bureau.parquet")
    (tmp_path / "tables" / "bureau.parquet").unlink()
    (tmp_path / "tables" / "bureau.parquet").mkdir()
    whole.write_parquet(tmp_path / "tables" / "bureau.parquet" / "part-0.parquet")
    whole.drop("AMT_ANNUITY").write_parquet(tmp_path / "tables" / "bureau.parquet" / "part-1.parquet")
    with pytest.raises(TablesError, match=r"bureau\.parquet/part-1\.parquet: column missing: AMT_ANNUITY"):
        read(tmp_path / "tables")


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 166133370\n"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_git_lfs_pointer_in_place_of_a_table_is_named(ending: str, bank: Path, tmp_path: Path) -> None:
    shutil.copytree(bank, tmp_path / "tables")
    (tmp_path / "tables" / "bureau.parquet").unlink()
    (tmp_path / "tables" / f"bureau.{ending}").write_bytes(POINTER)
    with pytest.raises(TablesError, match=rf"bureau\.{ending}: it is a Git LFS pointer .*: run git lfs pull"):
        read(tmp_path / "tables")


def test_tables_in_a_zip_archive_or_one_folder_deeper_are_one_finding_with_the_step(
    published: Path, tmp_path: Path
) -> None:
    (tmp_path / "packed").mkdir()
    packed(published, tmp_path / "packed" / "home-credit-default-risk.zip")
    with pytest.raises(TablesError) as caught:
        read(tmp_path / "packed")
    archive = tmp_path / "packed" / "home-credit-default-risk.zip"
    assert caught.value.problems == [
        f"the folder holds {archive.name} and no tables; unpack it: unzip {archive} -d {archive.parent}"
    ]
    with pytest.raises(TablesError, match=r"the folder is a zip archive; unpack it: unzip"):
        read(archive)
    shutil.copytree(published, tmp_path / "outer" / "inner")
    with pytest.raises(TablesError) as caught:
        read(tmp_path / "outer")
    assert caught.value.problems == [
        f"the tables are one folder deeper; give that folder: {tmp_path / 'outer' / 'inner'}"
    ]
    assert [str(finding) for finding in quality(tmp_path / "outer").errors] == caught.value.problems


def test_the_other_files_of_the_published_folder_are_left_alone(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "tables")
    described = "Table,Row,Description\nbureau,AMT_ANNUITY,Échéance\n".encode("latin-1")
    (tmp_path / "tables" / "HomeCredit_columns_description.csv").write_bytes(described)
    (tmp_path / "tables" / "sample_submission.csv").write_text("SK_ID_CURR,TARGET\n100001,0.5\n")
    (tmp_path / "tables" / "bureau_balance.csv.gz").write_bytes(gzip.compress(b"a copy"))
    assert set(read(tmp_path / "tables")) == set(TABLES)


def test_every_form_stands_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")
    words = " ".join(text.lower().replace("`", "").split())
    missing = []
    for form in (*ALIKE, *(f"Parquet: {name}" for name in PARQUET_LOST)):
        name = form.partition(": ")[2].lower()
        if name.removeprefix("gaps as ") not in words:
            missing.append(form)
    assert not missing


def in_parts(bank: Path, folder: Path, divide: pl.Expr, first: pl.Expr) -> Path:
    """The bank with bureau in two parts: rows where ``divide`` holds, changed by ``first``, and all others."""
    shutil.copytree(bank, folder)
    whole = pl.read_parquet(folder / "bureau.parquet")
    (folder / "bureau.parquet").unlink()
    (folder / "bureau.parquet").mkdir()
    whole.filter(divide).with_columns(first).write_parquet(folder / "bureau.parquet" / "a.parquet")
    whole.filter(~divide).write_parquet(folder / "bureau.parquet" / "b.parquet")
    return folder


def test_whole_amounts_in_the_first_part_do_not_round_those_of_the_next(bank: Path, tmp_path: Path) -> None:
    amount = pl.col("AMT_CREDIT_SUM")
    whole = (amount == amount.floor()).fill_null(False)
    folder = in_parts(bank, tmp_path / "parts", whole, amount.cast(pl.Int64))
    second = pl.read_parquet(folder / "bureau.parquet" / "b.parquet")["AMT_CREDIT_SUM"].drop_nulls()
    assert (second != second.floor()).any()
    for name, source, engine in (
        ("expected", bank, "polars"),
        ("polars", folder, "polars"),
        ("duckdb", folder, "duckdb"),
    ):
        engines.write(source, tmp_path / f"{name}.parquet", engine, columns=("BUREAU_AMT_CREDIT_SUM_SUM",))
    expected, *others = (
        pl.read_parquet(tmp_path / f"{name}.parquet").sort("SK_ID_CURR") for name in ("expected", "polars", "duckdb")
    )
    for other in others:
        assert_frame_equal(other, expected, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("stranger", "sentence"),
    [
        ("c.CSV", "1 of the files in it would be passed over, such as c.CSV; let its name end in .csv or .parquet"),
        ("c.csv.gz", "1 of the files in it would be passed over, such as c.csv.gz; gunzip "),
        ("c.parq", "1 of the files in it would be passed over, such as c.parq; let its name end in"),
    ],
)
def test_no_part_is_passed_over_in_silence(stranger: str, sentence: str, bank: Path, tmp_path: Path) -> None:
    folder = in_parts(bank, tmp_path / "parts", pl.col("SK_ID_BUREAU") % 2 == 0, pl.col("AMT_CREDIT_SUM"))
    (folder / "bureau.parquet" / stranger).write_text("half of the table")
    with pytest.raises(TablesError, match=sentence):
        read(folder)


def test_a_link_to_nowhere_is_named(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "tables")
    (tmp_path / "tables" / "bureau.csv").unlink()
    (tmp_path / "tables" / "bureau.csv").symlink_to(tmp_path / "gone.csv")
    with pytest.raises(
        TablesError, match=r"bureau\.csv: it is a link to .*gone\.csv, which is not there; mend the link"
    ):
        read(tmp_path / "tables")


def test_values_without_a_lossless_form_are_not_told_as_missing_too(bank: Path, tmp_path: Path) -> None:
    shutil.copytree(bank, tmp_path / "bank")
    change(tmp_path / "bank", "bureau", (pl.col("DAYS_CREDIT") + 0.5).cast(pl.Decimal(10, 2)).alias("DAYS_CREDIT"))
    with pytest.raises(TablesError) as caught:
        read(tmp_path / "bank")
    assert [finding.kind for finding in caught.value.findings] == ["wrong type"]


def test_a_whole_number_that_a_float_cannot_hold_is_not_taken_through_one(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "tables")
    path = tmp_path / "tables" / "bureau.csv"
    frame = pl.read_csv(path, infer_schema=False)
    key = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("9007199254740993.0")).otherwise(pl.col("SK_ID_BUREAU"))
    frame.with_columns(key.alias("SK_ID_BUREAU")).write_csv(path)
    with pytest.raises(TablesError, match=r"the first is '9007199254740993\.0' in line 2"):
        read(tmp_path / "tables")
