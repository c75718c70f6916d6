"""Bodies that are not JSON: one sentence that names the cause, and nothing of the body."""

import gzip
import json
import pickle

import pytest

from credit.web.payload import Bodies, BodyError

bodies = Bodies(["AMT_CREDIT", "EXT_SOURCE_2", "CODE_GENDER", "NAME_CONTRACT_TYPE_Cash_loans"])

ONE = {"SK_ID_CURR": 7, "AMT_CREDIT": 450000.0, "EXT_SOURCE_2": 0.57, "CODE_GENDER": "M"}
TWO = {"SK_ID_CURR": 8, "AMT_CREDIT": 90000.0, "EXT_SOURCE_2": None, "CODE_GENDER": "F"}

SECRET = "secret-salary-45000"


def refused(body):
    with pytest.raises(BodyError) as caught:
        bodies.read(body)
    return caught.value


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (lines(ONE, TWO), "2 lines with a JSON object each (JSON Lines): send a list"),
        (repr(ONE).encode(), "as Python prints it (line 1, column 2): send json.dumps(client)"),
        (b'{"SK_ID_CURR": 7,\n "AMT_CREDIT": None}', "as Python prints it (line 2, column 16)"),
        (b"SK_ID_CURR,NAME_INCOME_TYPE\n7," + SECRET.encode(), 'polars.read_csv("rows.csv").write_json()'),
        (b"SK_ID_CURR\tNAME_INCOME_TYPE\n7\t" + SECRET.encode(), "a table copied from a spreadsheet"),
        (b"7,M," + SECRET.encode(), "CSV without a header"),
        (b"SK_ID_CURR=7&NAME_INCOME_TYPE=" + SECRET.encode(), "a form (name=value)"),
        (
            json.dumps({"SK_ID_CURR": 7, "NAME_INCOME_TYPE": "é" + SECRET}, ensure_ascii=False).encode("latin-1"),
            "not UTF-8 (line 1, column 40)",
        ),
        (json.dumps({**ONE, "NAME_INCOME_TYPE": SECRET}).encode("utf-16"), "UTF-16 or UTF-32; JSON is UTF-8"),
        (json.dumps({**ONE, "NAME_INCOME_TYPE": SECRET}).encode("utf-16-le"), "UTF-16 or UTF-32; JSON is UTF-8"),
        (b'{"SK_ID_CURR": 7,\n "NAME_INCOME_TYPE": secret-salary-45000}', "in line 2, column 22"),
        (b'{"SK_ID_CURR": 7', "truncated in line 1, column 17"),
        ('{\n"é": 7,}'.encode(), "trailing comma in object in line 2, column 8"),
        (b'[{"SK_ID_CURR": 7},]', "trailing comma in array in line 1, column 20"),
        (
            b'{"SK_ID_CURR": 7,\n "NAME_INCOME_TYPE": "secret\\ud83d"}',
            r"half a character, \ud800 to \udfff without its other half (line 2, column 29): cut no text within one.",
        ),
        (b'{"SK_ID_CURR": 7, "NAME_INCOME_TYPE": "\\ude00secret"}', "without its other half (line 1, column 40)"),
        (
            gzip.compress(SECRET.encode(), mtime=0),
            "it is compressed with gzip: say so by the header 'Content-Encoding: gzip'",
        ),
        (b"\x28\xb5\x2f\xfd" + SECRET.encode(), "it is compressed with zstd"),
        (b"PK\x03\x04" + SECRET.encode(), "it is a zip archive or an Excel workbook"),
        (
            b"PAR1" + SECRET.encode(),
            'a Parquet file: convert it, in Python pandas.read_parquet("rows.parquet").to_json',
        ),
        (b"\x89PNG\r\n\x1a\n" + SECRET.encode(), "it is a PNG picture: send one client as"),
        (pickle.dumps({"NAME_INCOME_TYPE": SECRET}), "it is a Python object (pickle), which is never read"),
        (b"{SK_ID_CURR: 7}", "a name in it is not in quotes (line 1, column 2): send JSON.stringify(client)"),
        (b'{"SK_ID_CURR": 7,\n secret: 8}', "a name in it is not in quotes (line 2, column 2)"),
        ("{“SK_ID_CURR”: 7}".encode(), "its quotes are those of a word processor (line 1, column 2): write straight"),
        ('{"NAME_INCOME_TYPE": “secret”}'.encode(), "those of a word processor (line 1, column 22)"),
        (b"{'NAME_INCOME_TYPE': 'secret'}", "as Python prints it (line 1, column 2)"),
        (
            b"SK_ID_CURR: 7\nNAME_INCOME_TYPE: secret\n",
            "it is YAML: convert it, in Python json.dumps(yaml.safe_load(text))",
        ),
        (b"---\n- SK_ID_CURR: 7\n", "it is YAML"),
        (b"SK_ID_CURR: 7, NAME_INCOME_TYPE: secret", "the braces around it and the quotes of its names are missing"),
        (b'"SK_ID_CURR": 7, "NAME_INCOME_TYPE": "secret"', "the braces around it are missing: send one client as"),
        (json.dumps(ONE).encode() * 2, "several objects without a list around them: send [{...}, {...}], with a comma"),
        (json.dumps(ONE).encode() + b",\n" + json.dumps(TWO).encode(), "several objects without a list around them"),
        (b'{"SK_ID_CURR": 7 // secret\n}', "a comment, which JSON does not have (line 1, column 18): leave it out."),
        (b'/* secret */ {"SK_ID_CURR": 7}', "a comment, which JSON does not have (line 1, column 1)"),
        (b'{"SK_ID_CURR": 7} # secret', "a comment follows the JSON"),
        (b'{"SK_ID_CURR": 7,\n "AMT_CREDIT": ' + b"1" * 5000 + b"}", "more than 4,300 digits (line 2, column 16)"),
        (b'{"SK_ID_CURR": 7, "AMT_CREDIT": 450000,50}', "a number has a comma in it (line 1, column 40)"),
        (b'{"SK_ID_CURR": 7, "AMT_CREDIT": undefined}', "undefined, which JSON does not have (line 1, column 33)"),
        (b"[object Object]", "it is what JavaScript prints for an object: send JSON.stringify(client)."),
        (b"<!DOCTYPE html><html>secret</html>", "it is HTML: send one client as"),
        (b'<?xml version="1.0"?><client>secret</client>', "it is XML or HTML: send one client as"),
    ],
)
def test_what_is_not_json_is_told_by_its_cause_and_not_repeated(body, cause):
    error = refused(body)
    assert error.status == 400
    assert error.sentence.startswith("The body is not JSON: ")
    assert cause in error.sentence
    assert "secret" not in error.sentence


def test_one_json_line_is_a_client():
    assert bodies.read(lines(ONE) + b"\n").numbers == (7,)


def test_a_character_of_two_halves_is_read():
    assert bodies.read(b'{"SK_ID_CURR": 7, "AMT_CREDIT": 9, "NAME_INCOME_TYPE": "\\ud83d\\ude00"}').numbers == (7,)
