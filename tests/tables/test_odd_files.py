"""Files that a spreadsheet or a hand has changed: the one sentence that says what is wrong and what mends it."""

import warnings
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.other_programs import comma_separated

from credit.features import engines
from credit.simulate import simulate
from credit.tables import TABLES, TablesError, TablesWarning, csv_files, read
from credit.tables.csv_files import is_read_alike
from credit.tables.table_files import in_its_place, whole_folder


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(tmp_path_factory.mktemp("bank") / "bank", clients=20, seed=5)


@pytest.fixture
def folder(bank: Path, tmp_path: Path) -> Path:
    """The bank as CSV files."""
    comma_separated()(bank, tmp_path)
    return tmp_path


def refused(folder: Path, names: tuple[str, ...] = ("bureau",)) -> str:
    with pytest.raises(TablesError) as caught:
        read(folder, names)
    assert len(caught.value.problems) == 1
    return str(caught.value.problems[0])


def lines(change: Callable[[list[str]], list[str]], folder: Path, table: str = "bureau") -> None:
    path = folder / f"{table}.csv"
    path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))


def column(name: str, change: Callable[[str, int], str], folder: Path, table: str = "bureau") -> None:
    frame = pl.read_csv(folder / f"{table}.csv", infer_schema=False)
    values = [change(text, row) for row, text in enumerate(frame[name].to_list())]
    frame.with_columns(pl.Series(name, values)).write_csv(folder / f"{table}.csv")


def test_keys_that_a_spreadsheet_has_shortened_are_no_keys(folder: Path) -> None:
    column("SK_ID_BUREAU", lambda text, _: f"{float(text):.2E}", folder)
    said = refused(folder)
    assert "5.00E+06" in said
    assert "a spreadsheet has shortened the numbers" in said
    assert "repeat" not in said


def test_days_that_a_spreadsheet_has_shortened_are_no_days(folder: Path) -> None:
    column("DAYS_CREDIT", lambda text, _: f"{float(text):.2E}", folder)
    assert "a spreadsheet has shortened the numbers" in refused(folder)


@pytest.mark.parametrize(
    ("write", "step"),
    [
        ("{:,.2f}", "thousands=','"),
        ("{:,.2f} EUR", "write the numbers alone"),
        ("${:.2f}", "write the numbers alone"),
        ("{:.1f} %", "write the numbers alone"),
    ],
)
def test_numbers_that_are_dressed_up_are_told_as_such(write: str, step: str, folder: Path) -> None:
    column("AMT_CREDIT_SUM", lambda text, _: write.format(float(text or 0) + 1e6), folder)
    assert step in refused(folder)


@pytest.mark.parametrize("mark", [" ", "'", "\u202f", "."])
def test_marks_between_thousands_are_told_as_such(mark: str, folder: Path) -> None:
    decimal = "," if mark == "." else "."
    column(
        "AMT_CREDIT_SUM",
        lambda text, _: f"{float(text or 0) + 1e6:,.2f}".replace(".", "d").replace(",", mark).replace("d", decimal),
        folder,
    )
    said = refused(folder)
    assert "between thousands" in said
    assert "coerce" not in said


@pytest.mark.parametrize(
    ("dtype", "cast"),
    [
        (pl.Duration("us"), "table['DAYS_CREDIT'].dt.days"),
        (pl.Date, "(table['DAYS_CREDIT'] - day_of_application).dt.days"),
        (pl.List(pl.Int64), "table['DAYS_CREDIT'].str[0]"),
    ],
)
def test_types_that_are_no_numbers_are_told_with_their_own_cast(
    dtype: pl.DataType, cast: str, bank: Path, tmp_path: Path
) -> None:
    frame = pl.read_parquet(bank / "bureau.parquet").with_columns(DAYS_CREDIT=pl.lit(None, dtype))
    frame.write_parquet(tmp_path / "bureau.parquet")
    assert cast in refused(tmp_path)


def test_a_column_of_words_is_not_said_to_hold_gaps(folder: Path) -> None:
    column("AMT_CREDIT_SUM", lambda text, _: "$5", folder)
    with pytest.raises(TablesError) as caught:
        read(folder, ("bureau",))
    assert not [problem for problem in caught.value.problems if "read as gaps" in problem]


@pytest.mark.parametrize("dtype", [pl.Float64, pl.Int64])
def test_a_text_column_of_gaps_alone_may_have_any_type(dtype: type[pl.DataType], bank: Path, tmp_path: Path) -> None:
    gaps = pl.lit(float("nan") if dtype == pl.Float64 else None, dtype)
    frame = pl.read_parquet(bank / "bureau.parquet")
    frame.with_columns(CREDIT_TYPE=gaps).write_parquet(tmp_path / "bureau.parquet")
    found = read(tmp_path, ("bureau",))["bureau"].collect()["CREDIT_TYPE"]
    assert (found.dtype, found.null_count()) == (pl.String, frame.height)
    frame.with_columns(CREDIT_TYPE=pl.lit(1, dtype)).write_parquet(tmp_path / "bureau.parquet")
    assert "CREDIT_TYPE should hold text" in refused(tmp_path)


@pytest.mark.parametrize(
    ("content", "alike"),
    [
        (b"a,b\n1,x\n", True),
        (b"a,b\r\n1,x\r\n", True),
        (b'a,b\n1,"x, ""y"""\n', True),
        (b"a,b\r\n1,x\n", False),
        (b"a,b\n\t1,x\n", False),
        (b'a,b\n1,"x\ny"\n', False),
        (b'a,b\n1,"x\\"y"\n', False),
    ],
    ids=["LF", "CR LF", "quotes", "both", "a tab", "a line break in quotes", "a backslash"],
)
def test_bytes_that_engines_read_differently_are_seen(
    content: bytes, alike: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert is_read_alike(tmp_path / "a.csv") == alike
    for size in (1, 2, 3):  # wherever a block ends
        monkeypatch.setattr(csv_files, "_BLOCK", size)
        assert is_read_alike(tmp_path / "a.csv") == alike


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("form", ["a tab for a gap", "line ends of both kinds", "a name in other letters too"])
def test_engines_agree_on_odd_bytes(form: str, engine: str, bank: Path, tmp_path: Path) -> None:
    few = ("AMT_CREDIT", "BUREAU_AMT_CREDIT_SUM_SUM", "BUREAU_AMT_ANNUITY_MEAN")
    engines.write(bank, tmp_path / "expected.parquet", columns=few)
    tables = tmp_path / "tables"
    tables.mkdir()
    comma_separated(lambda _, text: text if text or form[2] != "t" else "\t")(bank, tables)
    path = tables / "bureau.csv"
    if form.startswith("line ends"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n", 20))
    if form.startswith("a name"):
        pl.read_csv(path, infer_schema=False).with_columns(amt_annuity=pl.lit("1.0")).write_csv(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TablesWarning)
        engines.write(tables, tmp_path / "made.parquet", engine, columns=few)
    expected, made = (pl.read_parquet(tmp_path / f"{name}.parquet").sort("SK_ID_CURR") for name in ("expected", "made"))
    assert_frame_equal(made, expected, rel_tol=1e-9)


def test_a_key_with_all_its_digits_is_one(folder: Path, bank: Path) -> None:
    column("SK_ID_BUREAU", lambda text, _: f"{float(text):.6E}", folder)
    with pytest.warns(UserWarning, match="whole numbers with a decimal point"):
        found = read(folder, ("bureau",))["bureau"].collect()
    assert found["SK_ID_BUREAU"].to_list() == read(bank, ("bureau",))["bureau"].collect()["SK_ID_BUREAU"].to_list()


def test_a_word_that_no_number_can_be_made_of_is_told_with_a_cast_that_works(folder: Path) -> None:
    column("AMT_CREDIT_SUM", lambda text, row: "unbekannt" if row == 3 else text or "", folder)
    assert "pd.to_numeric(table['AMT_CREDIT_SUM'], errors='coerce')" in refused(folder)


def test_a_column_that_is_refused_is_not_said_to_be_read(bank: Path, tmp_path: Path) -> None:
    frame = pl.read_parquet(bank / "bureau.parquet").with_columns(pl.col("DAYS_CREDIT") + 0.5)
    frame.write_parquet(tmp_path / "bureau.parquet")
    assert "read as whole numbers" not in refused(tmp_path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda rows: [*rows, ""], "1 line is blank, the first is line "),
        (lambda rows: [*rows[:3], "", "", *rows[3:]], "2 lines are blank, the first is line 4; take them out: sed -i"),
        (lambda rows: [*rows, "Total,,,,,,,,,,,,,,,,"], "'Total' in line "),
        (lambda rows: rows[1:], "its first line holds values and no names"),
        (
            lambda rows: [*rows, rows[0], *rows[1:]],
            "repeats the header, as where files were put together, and so do 0 more",
        ),
        (lambda rows: ["", *rows], "its first line is blank; take it out"),
        (lambda rows: ["sep=,", *rows], "its first line is Excel's own, sep= and no names; take it out"),
        (lambda rows: [row.replace(",", ";") for row in rows], "pd.read_csv(FILE, sep=';')"),
        (lambda rows: [row.replace(",", "\t") for row in rows], r"pd.read_csv(FILE, sep='\t')"),
        (lambda rows: [row.replace(",", "|") for row in rows], "pd.read_csv(FILE, sep='|')"),
    ],
    ids=[
        "a blank line",
        "blank lines",
        "a total",
        "no header",
        "twice",
        "a blank line first",
        "Excel's line",
        "semicolons",
        "tabs",
        "bars",
    ],
)
def test_lines_that_are_no_rows(change: Callable[[list[str]], list[str]], sentence: str, folder: Path) -> None:
    lines(change, folder)
    with pytest.raises(TablesError) as caught:
        read(folder, ("bureau",))
    assert len(caught.value.problems) <= 3
    assert sentence in caught.value.problems[0]


def test_a_name_that_is_there_in_other_letters_too_is_left_out_and_noted(folder: Path, bank: Path) -> None:
    frame = pl.read_csv(folder / "bureau.csv", infer_schema=False)
    frame.with_columns(amt_credit_sum=pl.lit("1.0")).write_csv(folder / "bureau.csv")
    with pytest.warns(UserWarning, match="beside AMT_CREDIT_SUM there is a column 'amt_credit_sum'"):
        found = read(folder, ("bureau",))["bureau"].collect()
    assert found.equals(read(bank, ("bureau",))["bureau"].collect())


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("bureau.parq", "rename bureau.parq to bureau.parquet: mv "),
        ("bureau.PQ", "rename bureau.PQ to bureau.parquet: mv "),
        ("bureau.csv.csv", "rename bureau.csv.csv to bureau.csv: mv "),
        ("bureau_data.csv", "rename bureau_data.csv to bureau.csv: mv "),
        ("2026-05 bureau final.csv", "rename '2026-05 bureau final.csv' to bureau.csv"),
        ("bureau.tsv", r"pd.read_csv(FILE, sep='\t').to_parquet('bureau.parquet')"),
        ("bureau.json", "pd.read_json(FILE).to_parquet('bureau.parquet')"),
        ("bureau.feather", "pd.read_feather(FILE)"),
        ("bureau.xlsx", "save bureau.xlsx as CSV"),
        ("bureau_balance.txt", ""),
        ("bureau_balance_old.parq", ""),
        ("my_bureau_balance.csv", ""),
    ],
)
def test_a_file_under_another_name_is_pointed_at(name: str, step: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("x")
    found = in_its_place(tmp_path, "bureau")
    assert step.replace("'", "") in found.replace("'", "") if step else not found


def test_every_inner_folder_with_tables_is_named(bank: Path, tmp_path: Path) -> None:
    for name in ("january", "february"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bureau.parquet").write_bytes((bank / "bureau.parquet").read_bytes())
    found = whole_folder(tmp_path, tuple(TABLES))
    assert found is not None
    assert "2 folders in it hold tables" in found.sentence
    assert "january" in found.sentence
    assert "february" in found.sentence


@pytest.mark.parametrize(
    ("part", "step"), [("part-0.csv.gz", "gunzip"), ("part-0", "let its name end in .csv or .parquet")]
)
def test_a_folder_without_a_part_that_can_be_read_is_told_of(part: str, step: str, tmp_path: Path) -> None:
    (tmp_path / "bureau").mkdir()
    (tmp_path / "bureau" / part).write_bytes(b"x")
    said = refused(tmp_path)
    assert part in said
    assert step in said


def test_a_part_is_named_with_its_folder(bank: Path, tmp_path: Path) -> None:
    comma_separated()(bank, tmp_path)
    rows = (tmp_path / "bureau.csv").read_text().splitlines()
    (tmp_path / "bureau.csv").unlink()
    (tmp_path / "bureau").mkdir()
    for number, some in enumerate((rows[1:10], [*rows[10:], "1,2"])):
        (tmp_path / "bureau" / f"part-{number}.csv").write_text("\n".join([rows[0], *some]) + "\n")
    assert "bureau/part-1.csv: 1 of " in refused(tmp_path)
