"""The quality of a folder: what makes features wrong is an error, what published data have too is a note."""

import gzip
import json
import shutil

import polars as pl
import pytest
from click.testing import CliRunner

from credit.cli import main
from credit.features.feature import PAST
from credit.simulate import simulate
from credit.tables import NO_DATE, TABLES, TARGET, TablesError, read
from credit.tables.amount_ranges import MONEY, outward
from credit.tables.counting import RANGES, past
from credit.tables.findings import Finding
from credit.tables.quality import quality
from credit.tables.quality_findings import Own


@pytest.fixture
def folder(bank, tmp_path):
    """A copy of the simulated bank of 1,500 clients, to be damaged."""
    copy = tmp_path / "bank"
    shutil.copytree(bank, copy)
    return copy


@pytest.fixture(scope="module")
def csv_bank(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("csv") / "bank", 300, seed=5, format="csv")


def change(folder, name, *columns, **named):
    """Replace columns of a table."""
    path = folder / f"{name}.parquet"
    pl.read_parquet(path).with_columns(*columns, **named).write_parquet(path)


def in_first(rows, column, value):
    """The column with ``value`` in its first rows."""
    return pl.when(pl.int_range(pl.len()) < rows).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)


def found(folder, kind, column, table=None):
    """The one finding of that kind in that column, as severity, rows, example."""
    findings = quality(folder).findings
    (one,) = (f for f in findings if (f.kind, f.column) == (kind, column) and table in (None, f.table))
    return one.severity, one.rows, one.example


def test_a_bank_like_the_published_one_has_notes_and_no_errors(bank):
    report = quality(bank)
    assert report.errors == ()
    assert report.rows["application_train"] == 1500
    assert list(report.rows) == list(TABLES)
    told = {(note.table, note.column, note.kind) for note in report.notes}
    assert ("application_train", "DAYS_EMPLOYED", "sentinel") in told
    assert ("previous_application", "NAME_CASH_LOAN_PURPOSE", "sentinel") in told
    assert ("bureau_balance", "SK_ID_BUREAU", "orphan") in told
    assert ("installments_payments", "SK_ID_PREV", "orphan") in told
    assert str(report).splitlines()[-1] == f"0 errors, {len(report.notes)} notes: the tables can be used"


def test_findings_are_ignored_by_their_code_counted_and_said_once(folder):
    change(folder, "application_train", in_first(100, "CNT_CHILDREN", 400))
    report = quality(folder)
    away = [one for one in report.findings if one.code in ("out-of-range", "sentinel")]
    assert {one.severity for one in away} == {"error", "note"}
    left = report.without(["out-of-range", "sentinel"])
    assert [*left.findings] == [one for one in report.findings if one not in away]
    assert left.errors == ()
    out_of_range = sum(one.code == "out-of-range" for one in away)
    assert left.ignored == {"out-of-range": out_of_range, "sentinel": len(away) - out_of_range}
    last = str(left).splitlines()[-1]
    assert last == f"{len(away)} findings ignored: out-of-range {out_of_range}, sentinel {len(away) - out_of_range}"
    told = json.loads(left.json())
    assert (told["usable"], told["ignored"]) == (True, left.ignored)
    assert all(one["code"] == one["kind"].replace(" ", "-") for one in told["findings"])


def test_a_file_that_cannot_be_read_is_never_ignored(folder):
    (folder / "bureau.parquet").write_bytes(b"no table")
    report = quality(folder).without(["unreadable"])
    assert [one.kind for one in report.errors] == ["unreadable"]
    assert report.ignored == {}


def test_a_code_that_no_finding_has_is_refused(bank):
    with pytest.raises(ValueError, match=r"^'sentinels' is no code of a finding; did you mean sentinel\?$"):
        quality(bank).without(["sentinels"])


def test_the_command_refuses_an_unknown_code_before_it_reads_a_table(tmp_path):
    # A folder that is not there would be the first finding.
    result = CliRunner().invoke(main, ["check", str(tmp_path / "none"), "--ignore", "label", "--ignore", "nonsense"])
    assert result.exit_code == 1
    assert result.output.startswith("error: 'nonsense' is no code of a finding; the codes are missing-folder, missing")
    assert result.output.count("\n") == 1


def test_sentinels_are_counted_and_not_taken_for_the_future(bank):
    days = pl.read_parquet(bank / "application_train.parquet")["DAYS_EMPLOYED"]
    number = (days == NO_DATE).sum()
    assert number > 100
    assert found(bank, "sentinel", "DAYS_EMPLOYED", "application_train") == ("note", number, NO_DATE)
    assert not [f for f in quality(bank).findings if (f.kind, f.column) == ("future", "DAYS_EMPLOYED")]


def test_a_finding_gives_table_column_rows_share_example_and_a_sentence(folder):
    change(folder, "application_train", in_first(3, "AMT_INCOME_TOTAL", 117_000_000.0))
    (one,) = (f for f in quality(folder).findings if (f.kind, f.column) == ("out of range", "AMT_INCOME_TOTAL"))
    assert one == Finding(
        "out of range",
        "application_train.parquet: AMT_INCOME_TOTAL: 3 of 1,500 rows lie outside the published 25,650 to 4,500,100, "
        "117000000.0 for one; is the unit right?",
        "application_train",
        "AMT_INCOME_TOTAL",
        3,
        0.002,
        117_000_000.0,
        "note",
    )


@pytest.mark.parametrize(("rows", "severity"), [(15, "note"), (16, "error")])
def test_oddities_in_more_than_one_row_of_a_hundred_are_an_error(folder, rows, severity):
    change(folder, "application_train", in_first(rows, "AMT_INCOME_TOTAL", -1.0))
    assert found(folder, "out of range", "AMT_INCOME_TOTAL") == (severity, rows, -1.0)


@pytest.mark.parametrize(("rows", "severity"), [(9, "note"), (10, "error")])
def test_in_a_small_table_it_takes_ten_rows(folder, rows, severity):
    # About 240 new clients: 9 are 4 % of them.
    change(folder, "application_test", in_first(rows, "AMT_INCOME_TOTAL", -1.0))
    assert found(folder, "out of range", "AMT_INCOME_TOTAL") == (severity, rows, -1.0)


def test_a_unit_that_was_changed_is_an_error(folder):
    change(folder, "application_train", pl.col("AMT_INCOME_TOTAL") / 1000)
    assert found(folder, "out of range", "AMT_INCOME_TOTAL")[:2] == ("error", 1500)


def test_days_that_are_counted_forward_are_an_error(folder):
    change(folder, "application_train", -pl.col("DAYS_BIRTH"))
    severity, rows, example = found(folder, "future", "DAYS_BIRTH")
    assert (severity, rows) == ("error", 1500)
    assert 20 * 365 < example < 70 * 366


def test_a_few_days_in_the_future_are_a_note_and_365243_where_it_stands_for_nothing_is_one(folder):
    change(folder, "bureau", in_first(2, "DAYS_CREDIT_UPDATE", 372), in_first(1, "DAYS_CREDIT", NO_DATE))
    assert found(folder, "future", "DAYS_CREDIT_UPDATE") == ("note", 2, 372)
    assert found(folder, "future", "DAYS_CREDIT") == ("note", 1, NO_DATE)


def test_the_day_of_the_application_is_no_future_and_a_child_is_out_of_range(folder):
    change(folder, "application_train", in_first(2, "DAYS_BIRTH", -3650))
    change(folder, "POS_CASH_balance", in_first(1, "MONTHS_BALANCE", 0))
    assert found(folder, "out of range", "DAYS_BIRTH") == ("note", 2, -3650)
    assert not [f for f in quality(folder).findings if f.kind == "future" or f.column == "MONTHS_BALANCE"]


def test_future_days_are_not_told_as_out_of_range_too(folder):
    change(folder, "application_train", in_first(2, "DAYS_BIRTH", 3650))
    assert found(folder, "future", "DAYS_BIRTH") == ("note", 2, 3650)
    assert not [f for f in quality(folder).findings if (f.kind, f.column) == ("out of range", "DAYS_BIRTH")]


def test_words_of_another_language_are_an_error_and_a_single_one_is_a_note(folder):
    change(folder, "application_train", in_first(1, "NAME_EDUCATION_TYPE", "Licence"))
    change(folder, "bureau", CREDIT_ACTIVE=pl.lit("ouvert"))
    assert found(folder, "unknown value", "NAME_EDUCATION_TYPE") == ("note", 1, "Licence")
    rows = pl.read_parquet(folder / "bureau.parquet").height
    assert found(folder, "unknown value", "CREDIT_ACTIVE") == ("error", rows, "ouvert")


@pytest.mark.parametrize("name", ["bureau_balance", "POS_CASH_balance", "installments_payments", "credit_card_balance"])
def test_a_history_that_is_there_twice_is_an_error(folder, name):
    path = folder / f"{name}.parquet"
    once = pl.read_parquet(path).unique()
    pl.concat([once, once]).write_parquet(path)
    assert found(folder, "duplicate", None, name)[:2] == ("error", once.height)


def test_a_month_that_comes_again_with_other_figures_is_a_duplicate_and_a_part_payment_is_none(folder):
    path = folder / "POS_CASH_balance.parquet"
    months = pl.read_parquet(path)
    pl.concat(
        [months, months.head(2).with_columns(SK_DPD=pl.lit(99, pl.Int64).cast(months["SK_DPD"].dtype))]
    ).write_parquet(path)
    path = folder / "installments_payments.parquet"
    payments = pl.read_parquet(path).unique()
    pl.concat([payments, payments.head(2).with_columns(AMT_PAYMENT=pl.lit(0.125))]).write_parquet(path)
    assert found(folder, "duplicate", None)[:2] == ("note", 2)
    assert [f.table for f in quality(folder).findings if f.kind == "duplicate"] == ["POS_CASH_balance"]


def test_rows_without_their_client_are_an_error_above_a_hundredth(folder):
    rows = pl.read_parquet(folder / "bureau.parquet").height
    change(folder, "bureau", in_first(rows // 100, "SK_ID_CURR", 7).cast(pl.Int64))
    assert found(folder, "orphan", "SK_ID_CURR", "bureau") == ("note", rows // 100, 7)
    change(folder, "bureau", in_first(rows // 100 + 1, "SK_ID_CURR", 7).cast(pl.Int64))
    assert found(folder, "orphan", "SK_ID_CURR", "bureau") == ("error", rows // 100 + 1, 7)


def test_rows_without_their_loan_are_an_error_above_a_fifth(folder):
    months = pl.read_parquet(folder / "bureau_balance.parquet")
    loans = pl.read_parquet(folder / "bureau.parquet")["SK_ID_BUREAU"].implode()
    there = months.filter(pl.col("SK_ID_BUREAU").is_in(loans)).head(1000)
    there.write_parquet(folder / "bureau_balance.parquet")
    change(folder, "bureau_balance", in_first(200, "SK_ID_BUREAU", 7).cast(pl.Int64))
    assert found(folder, "orphan", "SK_ID_BUREAU", "bureau_balance") == ("note", 200, 7)
    change(folder, "bureau_balance", in_first(201, "SK_ID_BUREAU", 7).cast(pl.Int64))
    assert found(folder, "orphan", "SK_ID_BUREAU", "bureau_balance") == ("error", 201, 7)


@pytest.mark.parametrize(
    ("name", "table", "key"),
    [
        ("application_train", "bureau", "SK_ID_CURR"),
        ("bureau", "bureau_balance", "SK_ID_BUREAU"),
        ("previous_application", "installments_payments", "SK_ID_PREV"),
    ],
)
def test_a_table_cut_short_at_a_lines_end_is_told_by_those_that_point_at_it(csv_bank, tmp_path, name, table, key):
    folder = tmp_path / "bank"
    shutil.copytree(csv_bank, folder)
    lines = (folder / f"{name}.csv").read_bytes().splitlines(keepends=True)
    (folder / f"{name}.csv").write_bytes(b"".join(lines[: len(lines) * 6 // 10]))
    assert found(folder, "orphan", key, table)[0] == "error"
    told = CliRunner().invoke(main, ["check", str(folder)])
    assert told.exit_code == 1
    assert f"was {name}{' or application_test' * (key == 'SK_ID_CURR')} cut short?" in told.output


def test_without_the_new_applications_rows_of_their_clients_are_no_orphans(folder):
    (folder / "application_test.parquet").unlink()
    findings = quality(folder).findings
    assert [f.column for f in findings if f.kind == "orphan" and f.column == "SK_ID_CURR"] == []
    assert {f.table for f in findings if f.kind == "not checked"} >= {"bureau", "previous_application"}


def test_clients_of_the_new_applications_are_nobodys_orphans(bank):
    assert not [f for f in quality(bank).findings if (f.kind, f.column) == ("orphan", "SK_ID_CURR")]


def test_a_client_of_both_application_tables_is_told(folder):
    known = pl.read_parquet(folder / "application_train.parquet").head(1)
    path = folder / "application_test.parquet"
    new = pl.read_parquet(path)
    pl.concat([new, known.select(new.columns)]).write_parquet(path)
    assert found(folder, "duplicate", "SK_ID_CURR") == ("note", 1, known["SK_ID_CURR"][0])


def test_a_history_without_rows_is_an_error(folder):
    path = folder / "credit_card_balance.parquet"
    pl.read_parquet(path).head(0).write_parquet(path)
    (error,) = quality(folder).errors
    assert (error.kind, error.table, error.rows) == ("empty table", "credit_card_balance", 0)
    assert "features would say that nobody has such a history" in error.sentence


@pytest.mark.parametrize(
    ("column", "rows", "kind", "severity"),
    [
        ("AMT_CREDIT", 1500, "empty column", "error"),
        ("AMT_CREDIT", 400, "missing value", "error"),
        ("OWN_CAR_AGE", 1500, "empty column", "note"),
    ],
)
def test_a_column_that_lost_its_values(folder, column, rows, kind, severity):
    change(folder, "application_train", in_first(rows, column, None))
    assert found(folder, kind, column, "application_train")[::2] == (severity, None)


def test_in_a_handful_of_rows_a_column_without_values_is_a_note(folder):
    path = folder / "application_test.parquet"
    pl.read_parquet(path).head(99).with_columns(AMT_GOODS_PRICE=pl.lit(None, pl.Float64)).write_parquet(path)
    assert found(folder, "empty column", "AMT_GOODS_PRICE") == ("note", 99, None)


def test_values_as_rare_as_in_the_published_data_are_not_remarked_on(bank):
    assert not [f for f in quality(bank).findings if f.kind in ("missing value", "empty column")]


def test_an_infinite_value_is_an_error_told_in_valid_json(folder):
    change(folder, "bureau", in_first(1, "AMT_CREDIT_SUM", float("inf")))

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    report = json.loads(quality(folder).json(), parse_constant=refuse)
    (told,) = (f for f in report["findings"] if f["column"] == "AMT_CREDIT_SUM")
    assert (told["kind"], told["severity"], told["rows"]) == ("infinite", "error", 1)
    assert report["usable"] is False


def test_the_tables_that_can_be_read_are_judged_beside_one_that_cannot(folder):
    (folder / "bureau.parquet").write_bytes(b"PAR1")
    change(folder, "application_train", pl.col("AMT_INCOME_TOTAL") / 1000)
    report = quality(folder)
    assert [(error.table, error.kind) for error in report.errors] == [
        ("application_train", "out of range"),
        ("bureau", "unreadable"),
    ]
    assert "bureau" not in report.rows
    assert report.rows["bureau_balance"] > 0
    (skipped,) = (note for note in report.notes if note.kind == "not checked")
    assert (skipped.table, skipped.column) == ("bureau_balance", "SK_ID_BUREAU")


def test_a_garbled_page_of_a_column_without_rules_for_reading_is_told(folder):
    # Where the values of a float column lie is told by the file itself.
    path = folder / "bureau.parquet"
    pl.read_parquet(path).write_parquet(path, compression="zstd")
    from pyarrow import parquet

    group = parquet.ParquetFile(path).metadata.row_group(0)
    (chunk,) = (c for c in map(group.column, range(group.num_columns)) if c.path_in_schema == "AMT_CREDIT_SUM")
    start = chunk.data_page_offset + 30
    with path.open("r+b") as file:
        file.seek(start)
        file.write(bytes(chunk.total_compressed_size // 2))
    (error,) = quality(folder).errors
    assert (error.table, error.kind) == ("bureau", "unreadable")
    assert error.sentence.startswith("bureau.parquet: it cannot be read: ")


def test_progress_counts_every_table_twice_once_for_reading_and_once_for_judging(bank):
    steps = []
    quality(bank, lambda done, total: steps.append((done, total)))
    assert steps == [(number, 16) for number in range(1, 17)]


def test_a_folder_that_is_not_there_is_one_error(tmp_path):
    (error,) = quality(tmp_path / "nowhere").errors
    assert (error.kind, error.table) == ("missing folder", None)


def test_every_number_but_keys_and_label_has_a_published_range_and_every_column_a_missing_share():
    for name, table in TABLES.items():
        ranges = RANGES["application" if name.startswith("application") else name]
        columns = [c for c in table.columns if not c.name.startswith("SK_ID_") and c.name != TARGET]
        assert [c.name for c in columns] == list(ranges)
        for column in columns:
            assert 0 <= ranges[column.name]["missing"] < 1
            if column.kind != "text":
                assert ranges[column.name]["min"] <= ranges[column.name]["max"] != NO_DATE


def test_what_features_leave_out_as_future_is_told_as_future():
    for name, columns in PAST.items():
        table = TABLES["application_train" if name == "application" else name]
        assert all(past(table[column], RANGES[name][column]["max"]) for column in columns)


def run(*arguments, code):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def text_in_a_number(text: bytes) -> bytes:
    lines = text.split(b"\n")
    fields = lines[3].split(b",")
    fields[4] = b"yesterday"  # DAYS_CREDIT
    lines[3] = b",".join(fields)
    return b"\n".join(lines)


#: What is done to a file, and what has to be said: kind, rule and next step.
DAMAGES = {
    "truncated": ("bureau", lambda text: text[: len(text) // 2], "cut short", "copy or download it again"),
    "separator": ("bureau", lambda text: text.replace(b",", b";"), "unreadable", "pd.read_csv(FILE, sep=';')"),
    "doubled": ("bureau", lambda text: text + text.split(b"\n", 1)[1], "duplicate", "keep one row each"),
    "text": ("bureau", text_in_a_number, "wrong type", "'yesterday' in line 4; give the numbers"),
    "header": ("application_train", lambda text: text.split(b"\n")[0] + b"\n", "empty table", "write or download it"),
    "nothing": ("POS_CASH_balance", lambda text: b"", "empty table", "write or download it again"),
    "gzip": ("bureau", gzip.compress, "unreadable", "decompress it first"),
    "latin-1": ("bureau", lambda text: text.replace(b"Active", b"Activ\xe9"), "unreadable", "iconv -f LATIN1"),
    "utf-16": ("bureau", lambda text: text.decode().encode("utf-16"), "unreadable", "save it as UTF-8"),
}


@pytest.mark.parametrize(("name", "damage", "kind", "step"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_told_and_nothing_is_written_from_it(csv_bank, tmp_path, name, damage, kind, step):
    folder, out = tmp_path / "bank", tmp_path / "out" / "features.parquet"
    shutil.copytree(csv_bank, folder)
    path = folder / f"{name}.csv"
    path.write_bytes(damage(path.read_bytes()))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    told = run("check", folder, "--json", tmp_path / "report.json", code=1)
    report = json.loads((tmp_path / "report.json").read_text())
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    assert {(error["table"], error["kind"]) for error in errors} == {(name, kind)}
    assert step in errors[0]["sentence"]
    assert errors[0]["sentence"].startswith(f"{name}.csv: ")
    assert f"  - {errors[0]['sentence']}" in told
    assert len(report["rows"]) == 7
    assert report["usable"] is False

    assert errors[0]["sentence"] in run("features", folder, "--out", out, code=1)
    assert not out.parent.exists()
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bank", "report.json"]


def test_a_parquet_file_cut_short_is_told(folder, tmp_path):
    path = folder / "bureau.parquet"
    path.write_bytes(path.read_bytes()[:-1000])
    told = run("check", folder, code=1)
    assert "bureau.parquet: it cannot be read: " in told
    assert "cut short; copy, download or write it again" in told


def test_rows_that_are_there_twice_exit_with_1_though_they_can_be_read(csv_bank, tmp_path):
    folder = tmp_path / "bank"
    shutil.copytree(csv_bank, folder)
    path = folder / "POS_CASH_balance.csv"
    text = path.read_bytes()
    path.write_bytes(text + text.split(b"\n", 1)[1])
    told = run("check", folder, code=1)
    assert "1 error, " in told
    assert "rows repeat a month of a loan that is there; keep one row each" in told


def test_the_report_alone_is_json_on_the_terminal_and_the_same_in_a_file(csv_bank, tmp_path):
    out = tmp_path / "deep" / "report.json"
    assert f"{out}: the report as JSON" in run("check", csv_bank, "--json", out, code=0)
    alone = run("check", csv_bank, "--json", "-", code=0)
    assert json.loads(alone) == json.loads(out.read_text())
    assert json.loads(alone)["usable"] is True
    assert [file.name for file in out.parent.iterdir()] == ["report.json"]


def test_a_report_that_cannot_be_put_in_place_leaves_the_old_one(csv_bank, tmp_path, monkeypatch):
    out = tmp_path / "report.json"
    out.write_text("old")

    def fail(self, target):
        raise OSError("the disk is full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    assert "error: the disk is full" in run("check", csv_bank, "--json", out, code=1)
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]
    assert out.read_text() == "old"


def test_features_that_are_interrupted_leave_the_old_file_and_nothing_else(csv_bank, tmp_path, monkeypatch):
    out = tmp_path / "features.parquet"
    out.write_bytes(b"old")

    def interrupted(self, place, *arguments, **options):
        place.write_bytes(b"half a fi")
        raise KeyboardInterrupt

    monkeypatch.setattr(pl.LazyFrame, "sink_parquet", interrupted)
    assert "Aborted!" in run("features", csv_bank, "--out", out, code=1)
    assert [file.name for file in tmp_path.iterdir()] == ["features.parquet"]
    assert out.read_bytes() == b"old"


#: What another bank may not collect: texts, whole numbers, amounts, and one column that is often empty as published.
NOT_COLLECTED = ("CODE_GENDER", "CNT_CHILDREN", "AMT_INCOME_TOTAL", "FLAG_MOBIL", "DAYS_REGISTRATION")


def emptied(folder, *tables, columns=NOT_COLLECTED):
    """The tables, with no value in these columns."""
    for name in tables:
        kinds = pl.read_parquet_schema(folder / f"{name}.parquet")
        change(folder, name, *(pl.lit(None, kinds[column]).alias(column) for column in columns))


def test_columns_that_a_bank_does_not_collect_are_one_warning(folder):
    emptied(folder, "application_train", "application_test")
    report = quality(folder)
    train, test = report.warnings
    assert report.errors == ()
    assert (train.kind, train.table, train.column, train.rows) == ("empty column", "application_train", None, 1500)
    assert train.sentence == (
        "application_train.parquet: 5 columns (CODE_GENDER, CNT_CHILDREN, AMT_INCOME_TOTAL, DAYS_REGISTRATION and 1 "
        "more) have no value in any of 1,500 rows, where nearly all of the published rows have them; no model learns "
        "from them. Right if the bank does not collect them; else export them again"
    )
    assert (test.kind, test.table) == ("empty column", "application_test")
    assert str(report).splitlines()[-3].endswith("the tables can be used")


def test_columns_that_the_clients_to_be_scored_alone_lack_were_lost(folder):
    emptied(folder, "application_test")
    assert {one.column for one in quality(folder).errors} == set(NOT_COLLECTED)


@pytest.mark.parametrize("form", ["csv", "parquet", "parquet without types"])
def test_whole_numbers_that_no_client_has_are_gaps_and_those_that_some_lack_are_an_error(folder, form):
    path = folder / "application_train.parquet"
    whole = pl.read_parquet(path)
    gaps = pl.lit(None, pl.Null if form == "parquet without types" else pl.Int64)
    for name, rows, wanted in (("FLAG_MOBIL", gaps, None), ("FLAG_MOBIL", in_first(3, "FLAG_MOBIL", None), 3)):
        frame = whole.with_columns(rows.alias(name))
        path.unlink(missing_ok=True)
        if form == "csv":
            frame.write_csv(path.with_suffix(".csv"))
        else:
            frame.write_parquet(path)
        if wanted is None:
            read_in = read(folder, ("application_train",))["application_train"].select(name).collect()[name]
            assert (read_in.dtype, read_in.null_count()) == (pl.Int64, 1500)
            continue
        with pytest.raises(TablesError, match=r"column FLAG_MOBIL is missing in 3 of 1,500 rows; every row needs it"):
            read(folder, ("application_train",))


def test_the_amount_of_the_loan_is_never_optional(folder):
    emptied(folder, "application_train", columns=("AMT_CREDIT",))
    assert found(folder, "empty column", "AMT_CREDIT", "application_train")[0] == "error"


def test_a_bank_that_lends_in_another_currency_is_warned_and_not_refused(folder):
    amounts = [name for name in RANGES["application"] if name.startswith("AMT_") and not name.startswith("AMT_REQ_")]
    assert amounts == ["AMT_INCOME_TOTAL", "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"]
    for table in ("application_train", "application_test"):
        change(folder, table, *(pl.col(name) / 1000 for name in amounts))
    report = quality(folder)
    odd = [one for one in report.findings if one.kind == "out of range" and one.rows > 20]
    assert {one.severity for one in odd} == {"warning"}
    # Those to be scored lie within the range of the bank's own loans.
    assert {(one.table, one.column) for one in odd} == {("application_train", name) for name in amounts}
    assert "right in another currency, for a model that is trained on such tables" in odd[0].sentence
    assert "lie outside the published 45,000" in next(one.sentence for one in odd if one.column == "AMT_CREDIT")


def test_a_slip_of_unit_of_a_bank_in_another_currency_is_an_error(folder):
    for table in ("application_train", "application_test"):
        change(folder, table, *(pl.col(name) / 1000 for name in MONEY))
    annuity = pl.read_parquet(folder / "application_train.parquet")["AMT_ANNUITY"]
    least, most = outward(annuity.min(), annuity.max())
    change(folder, "application_test", pl.col("AMT_ANNUITY") * 1000)
    (error,) = quality(folder).errors
    assert (error.kind, error.table, error.column) == ("out of range", "application_test", "AMT_ANNUITY")
    assert f"lie outside the bank's own {least:,} to {most:,}, " in error.sentence
    assert error.sentence.endswith("is the unit right?")


def test_a_bank_of_the_published_currency_is_held_against_what_is_published(folder):
    change(folder, "application_test", in_first(20, "AMT_CREDIT", 30_000))
    (error,) = quality(folder).errors
    assert (error.table, error.column, error.kind) == ("application_test", "AMT_CREDIT", "out of range")
    assert "lie outside the published 45,000" in error.sentence


def test_the_amounts_of_a_known_bank_are_held_against_those_of_its_training_clients(folder):
    own = Own(amounts={"AMT_CREDIT": (45.0, 4100.0), "AMT_ANNUITY": (1.6, 260.0)})
    for table in ("application_train", "application_test"):
        change(folder, table, *(pl.col(name) / 1000 for name in ("AMT_CREDIT", "AMT_ANNUITY")))
    said = [one for one in quality(folder, own=own).findings if one.kind == "out of range" and one.rows > 20]
    assert said == []
    change(folder, "application_train", pl.col("AMT_ANNUITY") * 1000)
    (error,) = quality(folder, own=own).errors
    assert "lie outside the bank's own 1.6 to 260.0, " in error.sentence
    # Another currency than the model's, again: a warning, for a model that is trained anew.
    change(folder, "application_train", pl.col("AMT_CREDIT") * 1000)
    train = [one for one in quality(folder, own=own).findings if one.table == "application_train" and one.rows > 20]
    assert {one.severity for one in train if one.kind == "out of range"} == {"warning"}


def test_clients_to_be_scored_in_another_currency_than_those_beside_them_are_an_error(folder):
    change(folder, "application_test", pl.col("AMT_CREDIT") / 1000)
    assert found(folder, "out of range", "AMT_CREDIT", "application_test")[0] == "error"


@pytest.mark.parametrize(("rows", "severity"), [(15, "note"), (16, "warning"), (150, "warning"), (151, "error")])
def test_up_to_a_tenth_of_younger_clients_is_another_bank_and_more_a_unit(folder, rows, severity):
    change(folder, "application_train", in_first(rows, "DAYS_BIRTH", -19 * 365))
    assert found(folder, "out of range", "DAYS_BIRTH", "application_train")[0] == severity


def test_a_column_that_is_not_in_the_file_says_how_a_bank_writes_what_it_does_not_collect(folder):
    path = folder / "application_train.parquet"
    pl.read_parquet(path).drop("FLAG_MOBIL").write_parquet(path)
    (error,) = quality(folder).errors
    assert error.sentence == (
        "application_train.parquet: column missing: FLAG_MOBIL; what the bank does not collect is written as a column "
        "without values"
    )
