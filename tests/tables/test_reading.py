"""Reading a folder of tables: what fits is cast to the schema, what does not is told by name, all at once."""

import gzip

import polars as pl
import pytest

from credit.tables import (
    HISTORIES,
    TABLES,
    TablesError,
    TablesWarning,
    of_clients,
    read,
    refuse_overwrite,
    sample,
    without_history,
)
from credit.tables import csv_fields as cutting
from credit.tables.value_forms import TYPES


def rows(name: str, n: int = 3, **values) -> pl.DataFrame:
    """n rows of a table: whole numbers 0, numbers missing, texts their first value, unless given."""
    default = {"integer": 0, "number": None, "text": None}
    columns = {}
    for column in TABLES[name].columns:
        value = column.values[0] if column.values else default[column.kind]
        columns[column.name] = pl.Series(values.get(column.name, [value] * n), dtype=TYPES[column.kind])
    return pl.DataFrame(columns)


@pytest.fixture
def folder(tmp_path):
    clients = [100001, 100002, 100003]
    for name in TABLES:
        key = {"SK_ID_CURR": clients} if "SK_ID_CURR" in TABLES[name].names else {}
        if "SK_ID_BUREAU" in TABLES[name].names:
            key["SK_ID_BUREAU"] = [5000001, 5000002, 5000003]
        if name == "previous_application":
            key["SK_ID_PREV"] = [1000001, 1000002, 1000003]
        if name == "application_train":
            key["TARGET"] = [0, 1, 0]
        rows(name, **key).write_csv(tmp_path / f"{name}.csv")
    return tmp_path


def test_a_good_folder_has_the_columns_and_types_of_the_schema(folder):
    tables = read(folder)
    assert list(tables) == list(TABLES)
    for name, frame in tables.items():
        expected = {column.name: TYPES[column.kind] for column in TABLES[name].columns}
        assert dict(frame.collect_schema()) == expected
        assert frame.collect().height == 3


def test_csv_and_parquet_give_the_same_rows(folder, tmp_path_factory):
    parquet = tmp_path_factory.mktemp("parquet")
    for name, frame in read(folder).items():
        frame.collect().write_parquet(parquet / f"{name}.parquet")
    for name, frame in read(parquet).items():
        assert frame.collect().equals(read(folder)[name].collect())


def test_nan_becomes_missing_and_narrow_types_are_widened(folder):
    (folder / "bureau_balance.csv").unlink()
    pl.DataFrame(
        {"SK_ID_BUREAU": [1, 2], "MONTHS_BALANCE": [-1, 0], "STATUS": ["C", "0"]},
        schema={"SK_ID_BUREAU": pl.Int32, "MONTHS_BALANCE": pl.Int8, "STATUS": pl.Categorical},
    ).write_parquet(folder / "bureau_balance.parquet")
    (folder / "bureau.csv").unlink()
    rows("bureau", SK_ID_BUREAU=[1, 2, 3], AMT_ANNUITY=[1.0, float("nan"), None]).write_parquet(
        folder / "bureau.parquet"
    )
    tables = read(folder)
    assert tables["bureau_balance"].collect()["MONTHS_BALANCE"].dtype == pl.Int64
    assert tables["bureau"].collect()["AMT_ANNUITY"].to_list() == [1.0, None, None]


def test_columns_that_the_schema_does_not_know_are_left_out(folder):
    path = folder / "bureau_balance.csv"
    pl.read_csv(path).with_columns(Unnamed=pl.lit(1)).write_csv(path)
    assert read(folder)["bureau_balance"].collect_schema().names() == list(TABLES["bureau_balance"].names)


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(TablesError, match="the folder does not exist"):
        read(tmp_path / "nowhere")


def test_a_file_in_place_of_a_folder(folder):
    with pytest.raises(TablesError, match="the folder is a file"):
        read(folder / "bureau.csv")


def test_every_problem_is_told_at_once(folder):
    (folder / "bureau.csv").unlink()
    (folder / "POS_CASH_balance.csv").write_text("")
    pl.read_csv(folder / "application_train.csv").drop("TARGET").rename({"AMT_CREDIT": "AMT_CREDT"}).write_csv(
        folder / "application_train.csv"
    )
    text = (folder / "bureau_balance.csv").read_text().replace(",", ";")
    (folder / "bureau_balance.csv").write_text(text)
    balance = pl.read_csv(folder / "credit_card_balance.csv", infer_schema=False)
    balance.with_columns(
        AMT_BALANCE=pl.Series(["1.5", "twelve", "thirteen"]), SK_DPD=pl.Series(["0", "0", "1.5"])
    ).write_csv(folder / "credit_card_balance.csv")
    with pytest.raises(TablesError) as caught:
        read(folder)
    assert caught.value.problems == [
        "application_train.csv: 2 columns missing: TARGET, AMT_CREDIT (is it AMT_CREDT?)",
        "bureau: there is neither bureau.csv nor bureau.parquet",
        "bureau_balance.csv: its first line has a single field, 'SK_ID_BUREAU;MONTHS_BALANCE;STATUS'; "
        "fields must be set apart by commas: pandas: pd.read_csv(FILE, sep=';').to_csv(FILE, index=False)",
        "POS_CASH_balance.csv: the file is empty; write or download it again",
        "credit_card_balance.csv: column AMT_BALANCE should hold numbers, but 2 of its values do not fit; "
        "the first is 'twelve' in line 3; give the numbers, or leave the fields empty "
        "(pandas: pd.to_numeric(table['AMT_BALANCE'], errors='coerce'))",
        "credit_card_balance.csv: column SK_DPD should hold whole numbers, but 1 of its values do not fit; "
        "the first is '1.5' in line 4; give whole numbers (pandas: table['SK_DPD'].round().astype('Int64'))",
    ]
    assert "python -m credit simulate" in str(caught.value)


def test_a_wrong_type_in_parquet_is_told(folder):
    (folder / "bureau.csv").unlink()
    rows("bureau").with_columns(DAYS_CREDIT=pl.Series(["a", "b", "c"]), CREDIT_TYPE=pl.lit(1)).write_parquet(
        folder / "bureau.parquet"
    )
    with pytest.raises(TablesError) as caught:
        read(folder)
    assert caught.value.problems[:2] == [
        "bureau.parquet: column DAYS_CREDIT should hold whole numbers, but 3 of its values do not fit; the first is "
        "'a' in row 1; give the numbers, or leave the rows out (pandas: pd.to_numeric(table['DAYS_CREDIT'], "
        "errors='coerce'))",
        "bureau.parquet: column CREDIT_TYPE should hold text, but 3 of its values do not fit; the first is '1' in row "
        "1; give the published texts, not codes of them (pandas: table['CREDIT_TYPE'].astype('string'))",
    ]


def test_a_text_that_is_no_number_in_parquet_is_told_with_its_row(folder):
    (folder / "bureau.csv").unlink()
    made = rows("bureau", SK_ID_BUREAU=[1, 2, 3]).with_columns(DAYS_CREDIT=pl.Series(["-1", "b", "c"]))
    made.write_parquet(folder / "bureau.parquet")
    with pytest.raises(TablesError) as caught:
        read(folder)
    assert caught.value.problems == [
        "bureau.parquet: column DAYS_CREDIT should hold whole numbers, but 2 of its values do not fit; the first is "
        "'b' in row 2; give the numbers, or leave the rows out (pandas: pd.to_numeric(table['DAYS_CREDIT'], "
        "errors='coerce'))",
    ]


def test_a_damaged_parquet_file_is_told(folder):
    (folder / "bureau.csv").unlink()
    path = folder / "bureau.parquet"
    rows("bureau").write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TablesError, match=r"bureau\.parquet: it cannot be read"):
        read(folder)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (gzip.compress, "it is compressed with gzip; decompress it first"),
        (lambda text: b"PK\x03\x04" + text, "it is a zip archive; unzip it first"),
        (lambda text: b"PAR1" + text, "it is a Parquet file; let its name end in .parquet"),
        (lambda text: text.decode().encode("utf-16"), "it is encoded as UTF-16; save it as UTF-8"),
        (lambda text: text.decode().encode("utf-16-le"), "its text holds zero bytes"),
        (lambda text: text.replace(b"Active", b"Activ\xe9"), "it must be encoded as UTF-8"),
        (lambda text: text.replace(b"\n", b"\r"), "its lines end in CR alone"),
        (lambda text: text.replace(b"Active", b'"Active', 1), "is a quote left open"),
        (lambda text: text.replace(b",0,0,", b',"0,5",0,', 1), "the first is '0,5' in line 2"),
    ],
)
def test_a_file_that_is_no_csv_or_in_another_encoding_is_told_with_the_remedy(folder, damage, sentence):
    path = folder / "bureau.csv"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(TablesError) as caught:
        read(folder)
    (problem,) = caught.value.problems
    assert problem.startswith("bureau.csv: ")
    assert sentence in problem


@pytest.mark.parametrize(
    "other", [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n")], ids=["mark", "CR LF"]
)
def test_a_byte_order_mark_and_line_ends_of_windows_are_no_fault(folder, other):
    expected = read(folder)["bureau"].collect()
    path = folder / "bureau.csv"
    path.write_bytes(other(path.read_bytes()))
    assert read(folder)["bureau"].collect().equals(expected)


def test_a_problem_says_table_column_rows_and_example(folder):
    balance = pl.read_csv(folder / "credit_card_balance.csv", infer_schema=False)
    balance.with_columns(AMT_BALANCE=pl.Series(["1.5", "twelve", "x" * 100])).write_csv(
        folder / "credit_card_balance.csv"
    )
    with pytest.raises(TablesError) as caught:
        read(folder)
    (finding,) = caught.value.findings
    assert (finding.kind, finding.severity) == ("wrong type", "error")
    assert (finding.table, finding.column) == ("credit_card_balance", "AMT_BALANCE")
    assert (finding.rows, finding.share, finding.example) == (2, 2 / 3, "twelve")


def test_a_folder_in_place_of_a_file_is_told(folder):
    (folder / "bureau.csv").unlink()
    (folder / "bureau.csv").mkdir()
    with pytest.raises(TablesError, match=r"bureau\.csv: it is a folder without a \.parquet or \.csv file"):
        read(folder)


def test_both_formats_of_one_table_are_too_many(folder):
    rows("bureau").write_parquet(folder / "bureau.parquet")
    with pytest.raises(TablesError, match=r"both bureau\.parquet and bureau\.csv; remove one"):
        read(folder)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("bureau.csv.zip", "unzip {0}/bureau.csv.zip -d {0}"),
        ("bureau.csv.gz", "gunzip {0}/bureau.csv.gz"),
        ("bureau.CSV", "rename bureau.CSV to bureau.csv: mv {0}/bureau.CSV {0}/bureau.csv"),
        ("Bureau.csv", "rename Bureau.csv to bureau.csv: mv {0}/Bureau.csv {0}/bureau.csv"),
        ("my_bureau.csv", "rename my_bureau.csv to bureau.csv: mv {0}/my_bureau.csv {0}/bureau.csv"),
        ("bureau (1).csv", "rename bureau (1).csv to bureau.csv: mv '{0}/bureau (1).csv' {0}/bureau.csv"),
        ("bureau.txt", "rename bureau.txt to bureau.csv: mv {0}/bureau.txt {0}/bureau.csv"),
        (
            "bureau.xlsx",
            "save bureau.xlsx as CSV (a sheet ends after 1,048,576 lines, and this table may be longer)",
        ),
    ],
)
def test_a_file_that_would_be_the_table_is_pointed_at(folder, name, step):
    (folder / "bureau.csv").rename(folder / name)
    (folder / "bureau_balance.csv.gz").write_text("another table's")
    with pytest.raises(TablesError) as caught:
        read(folder)
    assert caught.value.problems == [f"bureau: there is neither bureau.csv nor bureau.parquet; {step.format(folder)}"]


def line(text: bytes, number: int, change) -> bytes:
    """The text with one of its lines changed; the header is line 1."""
    lines = text.split(b"\n")
    lines[number - 1] = change(lines[number - 1])
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda row: row.rsplit(b",", 1)[0],
            "1 of 3 rows have another number of fields than the 17 .* line 3 and has 16",
        ),
        (lambda row: row.rsplit(b",", 9)[0], "the first is in line 3 and has 8"),
        (lambda row: row + b",1", "the first is in line 3 and has 18"),
        (lambda row: b"", "1 line is blank, the first is line 3"),
        (lambda row: row.replace(b",", b", ", 1), "in line 3 a space follows a comma"),
        (lambda row: row.rsplit(b",", 1)[0] + b", ", "in line 3 a space follows a comma"),
    ],
)
def test_a_row_cut_into_other_fields_is_told_with_its_line(folder, change, told):
    path = folder / "bureau.csv"
    path.write_bytes(line(path.read_bytes(), 3, change))
    with pytest.raises(TablesError, match=rf"bureau\.csv: .*{told}"):
        read(folder)


def test_commas_spaces_and_line_breaks_in_quotes_are_none_between_fields(folder):
    path = folder / "bureau.csv"
    expected = read(folder)["bureau"].collect()
    pl.read_csv(path, infer_schema=False).select(
        pl.lit('x, "y",\n, z').alias('A, "QUOTED"'), pl.all(), pl.lit(", ").alias("LAST")
    ).write_csv(path)
    assert read(folder)["bureau"].collect().equals(expected)


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 64])
def test_commas_are_counted_alike_however_the_file_is_cut_for_it(tmp_path, monkeypatch, chunk):
    """Outside quotes: 8 commas; a space follows the seventh, in line 5."""
    monkeypatch.setattr(cutting, "_CHUNK", chunk)
    path = tmp_path / "t.csv"
    path.write_bytes(b'a,b,c\n1,"x, ""y"", z",2\n3,", \n, ",4\n5,6, 7\n')
    counted = cutting._commas(path)
    assert counted.number == 8
    assert cutting._line(path, counted.spaced) == 5
    path.write_bytes(b'a,b,c\n1,"x, ""y"", z",2\n3,", \n, ",4\n5,6,7\n')
    assert cutting._commas(path).spaced is None


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_infinite_numbers_are_refused_with_column_and_count(folder, ending):
    made = rows("bureau", SK_ID_BUREAU=[1, 2, 3], AMT_ANNUITY=[1.0, float("inf"), float("-inf")])
    (folder / "bureau.csv").unlink()
    made.write_csv(folder / "bureau.csv") if ending == "csv" else made.write_parquet(folder / "bureau.parquet")
    with pytest.raises(TablesError) as caught:
        read(folder)
    (finding,) = caught.value.findings
    assert (finding.kind, finding.column, finding.rows) == ("infinite", "AMT_ANNUITY", 2)
    assert f"bureau.{ending}: column AMT_ANNUITY is infinite in 2 of 3 rows" in finding.sentence


@pytest.mark.parametrize(
    ("value", "step"),
    [
        ("-3.5", "give whole numbers (pandas: table['DAYS_CREDIT'].round().astype('Int64'))"),
        (
            "many",
            "give the numbers, or leave the rows out (pandas: pd.to_numeric(table['DAYS_CREDIT'], errors='coerce'))",
        ),
        ("1,5", "write a point (pandas: read_csv(..., decimal=','))"),
        ("1,234", "write them without (pandas: read_csv(..., thousands=','))"),
        ("9300000000000000000", "give the numbers (pandas: table['DAYS_CREDIT'].astype('Int64'))"),
    ],
)
def test_a_value_that_is_no_whole_number_is_told_with_the_cast_that_mends_it(folder, value, step):
    path = folder / "bureau.csv"
    table = pl.read_csv(path, infer_schema=False)
    table.with_columns(DAYS_CREDIT=pl.Series(["-1", value, "-2"])).write_csv(path)
    with pytest.raises(TablesError) as caught:
        read(folder)
    assert caught.value.problems[0].endswith(f"the first is {value!r} in line 3; {step}")


@pytest.mark.parametrize("name", ["bureau.csv", "bureau.parquet", "BUREAU.json", "truth.parquet", "bureau_balance"])
def test_nothing_is_written_where_a_table_is_or_would_be(folder, name):
    with pytest.raises(ValueError, match="is the place of a table that is read; name another file"):
        refuse_overwrite(folder, folder / name)
    with pytest.raises(ValueError, match="is the place of a table"):
        refuse_overwrite(folder, folder / "nowhere" / ".." / name)
    refuse_overwrite(folder, folder / "features.parquet")
    refuse_overwrite(folder, folder / "out" / name)


def test_nothing_is_written_over_a_table_under_another_name(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "soft").symlink_to(folder / "bureau.csv")
    (elsewhere / "hard").hardlink_to(folder / "bureau.csv")
    (elsewhere / "links").symlink_to(folder)
    (folder / "truth.parquet").symlink_to(elsewhere / "kept.parquet")
    (elsewhere / "kept.parquet").write_text("kept")
    for name in ("soft", "hard", "kept.parquet"):
        with pytest.raises(ValueError, match="are the same file; name another file"):
            refuse_overwrite(folder, elsewhere / name)
    with pytest.raises(ValueError, match="is the place of a table"):
        refuse_overwrite(folder, elsewhere / "links" / "bureau.csv")


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("SK_ID_CURR", [1, None, 2], "SK_ID_CURR is missing in 1 of 3 rows"),
        ("TARGET", [0, None, 1], "TARGET is missing in 1 of 3 rows"),
        ("DAYS_BIRTH", [-9000, None, -8000], "DAYS_BIRTH is missing in 1 of 3 rows"),
        ("SK_ID_CURR", [1, 2, 2], "1 of 3 rows repeat an SK_ID_CURR that is there"),
        ("TARGET", [0, 1, 2], r"TARGET must be 0 or 1, but the values are \[0, 1, 2\]"),
    ],
)
def test_rows_without_key_or_label_are_refused(folder, column, values, sentence):
    given = {"SK_ID_CURR": [1, 2, 3], column: values}
    rows("application_train", **given).write_csv(folder / "application_train.csv")
    with pytest.raises(TablesError, match=sentence):
        read(folder)


@pytest.mark.parametrize("cut", [1, 3, 25])
def test_a_file_that_was_cut_short_is_told(folder, cut):
    path = folder / "bureau.csv"
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(TablesError, match=r"bureau\.csv: its last line does not end"):
        read(folder)


@pytest.mark.parametrize(("name", "key"), [("bureau", "SK_ID_BUREAU"), ("previous_application", "SK_ID_PREV")])
def test_a_loan_that_comes_twice_is_told(folder, name, key):
    path = folder / f"{name}.csv"
    table = pl.read_csv(path, infer_schema=False)
    pl.concat([table, table.head(1)]).write_csv(path)
    with pytest.raises(TablesError, match=rf"1 of 4 rows repeat an {key} that is there"):
        read(folder)


def test_an_application_table_without_rows_is_refused_and_an_empty_history_is_not(folder):
    rows("application_train", n=0).write_csv(folder / "application_train.csv")
    rows("bureau", n=0).write_csv(folder / "bureau.csv")
    with pytest.raises(TablesError) as caught:
        read(folder)
    assert caught.value.problems == ["application_train.csv: it has no rows; write or download it again"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_of_a_history_without_rows_is_warned_and_of_nothing_else(folder, ending):
    (folder / "bureau.csv").unlink()
    empty = rows("bureau", n=0)
    empty.write_csv(folder / "bureau.csv") if ending == "csv" else empty.write_parquet(folder / "bureau.parquet")
    with pytest.warns(TablesWarning, match=rf"bureau\.{ending}: it has no rows, so features would say") as told:
        assert read(folder)["bureau"].collect().height == 0
    assert len(told) == 1


@pytest.fixture
def bank(folder):
    n = 1000
    ids = list(range(1, n + 1))
    rows("application_train", n=n, SK_ID_CURR=ids, TARGET=[int(i % 10 == 0) for i in ids]).write_csv(
        folder / "application_train.csv"
    )
    rows("bureau", n=n, SK_ID_CURR=ids, SK_ID_BUREAU=[5000 + i for i in ids]).write_csv(folder / "bureau.csv")
    rows("bureau_balance", n=n, SK_ID_BUREAU=[5000 + i for i in ids]).write_csv(folder / "bureau_balance.csv")
    return folder


def test_a_sample_keeps_the_share_of_defaulters_and_only_its_own_history(bank):
    drawn = {name: frame.collect() for name, frame in sample(read(bank), 200, seed=3).items()}
    assert "application_test" not in drawn
    application = drawn["application_train"]
    assert application.height == 200
    assert application["TARGET"].sum() == 20
    clients = set(application["SK_ID_CURR"])
    assert set(drawn["bureau"]["SK_ID_CURR"]) == clients
    assert set(drawn["bureau_balance"]["SK_ID_BUREAU"]) == {5000 + client for client in clients}


def test_the_same_seed_draws_the_same_clients_whatever_the_order_of_rows(bank):
    def chosen(seed):
        return sorted(sample(read(bank), 200, seed)["application_train"].collect()["SK_ID_CURR"])

    first = chosen(3)
    path = bank / "application_train.csv"
    pl.read_csv(path).reverse().write_csv(path)
    assert chosen(3) == first
    assert chosen(4) != first


def test_more_clients_than_there_are_cannot_be_drawn(bank):
    with pytest.raises(ValueError, match="application_train has 1,000"):
        sample(read(bank), 1001, seed=0)


def test_balances_cannot_be_cut_without_the_table_that_links_them(bank):
    with pytest.raises(ValueError, match="together with bureau"):
        of_clients(read(bank, ["bureau_balance"]), pl.Series([1]))


def test_without_history_only_the_applications_stay(folder):
    assert set(without_history(read(folder))) == set(TABLES) - set(HISTORIES)
