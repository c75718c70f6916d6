"""What errors say: each cause once, with its fields and places, and no value of a client."""

import json
from collections.abc import Iterable

import numpy as np
import pytest
from support.loans import LOAN

from credit.features import COLUMNS
from credit.tables import TABLES
from credit.web.payload import Bodies, BodyError, violations

KEY = "SK_ID_CURR"
SECRET = "secret-salary-45000"
bodies = Bodies(COLUMNS)


def refused(body):
    with pytest.raises(BodyError) as caught:
        bodies.read(body if isinstance(body, bytes) else json.dumps(body).encode())
    assert caught.value.status == 422
    return caught.value


NUMBERS = [column.name for column in TABLES["application_test"].columns if column.kind != "text"][1:]


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ({KEY: 1, **dict.fromkeys(NUMBERS, SECRET)}, "CNT_CHILDREN"),
        ({"application": {KEY: 1, **dict.fromkeys(NUMBERS, SECRET)}}, "application[0].CNT_CHILDREN"),
    ],
)
def test_a_row_of_texts_is_one_error(body, first):
    error = refused(body)
    (detail,) = error.details
    assert error.sentence.startswith("104 values are texts where numbers are wanted, as csv.DictReader gives them")
    assert "convert them (float(...))" in error.sentence
    assert "violation" not in error.sentence
    assert all(name in detail.message for name in NUMBERS)
    assert SECRET not in error.sentence + detail.message
    assert detail.field == first


def test_nan_in_many_columns_is_one_error():
    error = refused({KEY: 1, **LOAN, **dict.fromkeys(NUMBERS, float("nan")), "OCCUPATION_TYPE": float("nan")})
    assert error.sentence.startswith("105 values are NaN: send null where a value is unknown")
    assert len(error.details) == 1


def test_names_in_small_letters_are_one_error():
    error = refused({"application": {KEY: 1, **{name.lower(): 1 for name in NUMBERS}}})
    assert error.sentence.startswith("104 names are not written as published: send CNT_CHILDREN, not cnt_children")
    assert len(error.details) == 1


def test_a_table_in_capitals_is_one_error():
    error = refused({"Application": {KEY: 1}})
    assert [detail.message for detail in error.details] == ["'Application' is not a table; did you mean 'application'?"]


def test_the_same_fault_in_many_rows_is_one_error_with_all_their_places():
    clients = [
        {KEY: number, **LOAN, "AMT_CREDT" if number in (3, 4, 5, 9) else "AMT_CREDIT": 1e6} for number in range(12)
    ]
    error = refused(clients)
    assert error.sentence == (
        "'AMT_CREDT' is not a feature; did you mean 'AMT_CREDIT'? See GET /features; this is so in 4 rows, for example "
        "[3].AMT_CREDT. The whole body is refused for 4 of its 12 clients, [3], [4], [5], [9]: correct them, or send "
        "the others without them."
    )
    (detail,) = error.details
    assert detail.message.endswith("this is so in 4 rows: AMT_CREDT at [3] to [5], [9].")


def test_several_faults_name_all_clients_at_fault():
    error = refused(
        [{KEY: 1, **LOAN}, {KEY: 2, **LOAN, "AMT_CREDIT": -1}, {KEY: 3, **LOAN, "EXT_SOURCE_1": 7}, {KEY: 4, **LOAN}]
    )
    assert (
        "(and 1 more violation in this body). The whole body is refused for 2 of its 4 clients, [1], [2]:"
        in error.sentence
    )
    assert [detail.field for detail in error.details] == ["[1].AMT_CREDIT", "[2].EXT_SOURCE_1"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (SECRET, "AMT_CREDIT must be an amount above 0, not a text"),
        (45123.5e9, "AMT_CREDIT must lie within -1e+12 and 1e+12"),
        ([45123], "AMT_CREDIT must be an amount above 0, not a list"),
        ({"a": 45123}, "AMT_CREDIT must be an amount above 0, not an object"),
        (-45123, "AMT_CREDIT is an amount and must be above 0"),
        (True, "AMT_CREDIT must be an amount above 0, not true or false"),
    ],
)
@pytest.mark.parametrize("beside", [{}, {"CODE_GENDER": "M"}])
def test_no_value_is_repeated(value, said, beside):
    error = refused({KEY: 1, **LOAN, "AMT_CREDIT": value, **beside})
    assert [detail.message for detail in error.details] == [said]


@pytest.mark.parametrize(
    ("sent", "codes"),
    [
        ({**LOAN, "AMT_CREDT": 1}, ["unknown-name"]),
        ({**LOAN, "amt_income_total": 1}, ["name-in-other-letters"]),
        ({**LOAN, "AMT_CREDIT": "1000"}, ["text-for-number"]),
        ({**LOAN, "CNT_CHILDREN": True}, ["wrong-value"]),
        ({}, ["missing-amount"] * 3),
        ({**LOAN, "DAYS_BIRTH": 5}, ["impossible-value"]),
        ({**LOAN, KEY: -1}, ["client-number"]),
        ({"application": {KEY: 1, **LOAN}, "buro": []}, ["unknown-table"]),
        ({"application": {KEY: 1, **LOAN}, "bureau": 5}, ["table-not-rows"]),
        ([{KEY: 1, **LOAN}, {KEY: 1, **LOAN}], ["client-twice"]),
        ([{KEY: 1, **LOAN}, 5], ["not-a-row"]),
        (b'{"SK_ID_CURR": 1, "SK_ID_CURR": 2}', ["key-twice"]),
        ({"application": {KEY: 1, **LOAN}, "bureau": [{KEY: 1, "AMT_ANNUITY": 1}]}, ["missing-key"]),
        ([{KEY: 1, **LOAN, "AMT_CREDT": 1}, {KEY: 2, **LOAN, "AMT_CREDT": 1}], ["unknown-name"]),  # said together
    ],
)
def test_every_detail_has_the_code_of_its_kind(sent, codes):
    body = {KEY: 1, **sent} if isinstance(sent, dict) and "application" not in sent else sent
    assert [detail.code for detail in refused(body).details] == codes


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"SK_ID_CURR": 1, "AMT_CREDIT": 1, "AMT_CREDIT": 2}', "AMT_CREDIT"),
        (b'{"SK_ID_CURR": 1, "SK_ID_CURR": 2}', "SK_ID_CURR"),
        (b'{"SK_ID_CURR": 1, "AMT_CREDIT": 1, "AMT_CREDIT" : 2}', "AMT_CREDIT"),
        (b'{"SK_ID_CURR" :1, "AMT_CREDIT" : 1e6, "AMT_CREDIT": 2e6}', "AMT_CREDIT"),
        (b'{"SK_ID_CURR": 1, "CODE_GENDER": "M", "CODE_GENDER": 0}', "CODE_GENDER"),
        (b'{"SK_ID_CURR": 1, "NAME_INCOME_TYPE": "a:b", "CODE_GENDER" : "M", "CODE_GENDER": "F"}', "CODE_GENDER"),
        (b'[{"SK_ID_CURR": 1}, {"SK_ID_CURR": 2, "AMT_CREDIT": 1, "AMT_CREDIT": null}]', "[1].AMT_CREDIT"),
        (b'{"application": {"SK_ID_CURR": 1}, "application": {"SK_ID_CURR": 2}}', "application"),
        (b'{"application": {"SK_ID_CURR": 1, "AMT_CREDIT": 1, "AMT_CREDIT": 2}}', "application.AMT_CREDIT"),
        (
            b'{"application": {"SK_ID_CURR": 1}, "bureau": [{"SK_ID_CURR": 1, "SK_ID_BUREAU": 2},'
            b' {"SK_ID_CURR": 1, "SK_ID_BUREAU": 3, "DAYS_CREDIT": -1, "DAYS_CREDIT": -2}]}',
            "bureau[1].DAYS_CREDIT",
        ),
        (b'{"instances": [{"SK_ID_CURR": 1, "AMT_CREDIT": 1, "AMT_CREDIT": 2}]}', "instances[0].AMT_CREDIT"),
        (json.dumps('{"SK_ID_CURR": 1, "AMT_CREDIT": 1, "AMT_CREDIT": 2}').encode(), "AMT_CREDIT"),
    ],
)
def test_a_key_that_comes_twice_is_refused_at_its_place(body, field):
    error = refused(body)
    assert [detail.field for detail in error.details] == [field]
    assert "comes more than once in one object; send it once" in error.sentence


@pytest.mark.parametrize(
    "body",
    [
        b'{"SK_ID_CURR" : 1, "AMT_GOODS_PRICE": 9e5, "AMT_ANNUITY": 1e5, "AMT_CREDIT"\n:\n1e6}',
        b'{"SK_ID_CURR": 1, "AMT_GOODS_PRICE": 9e5, "AMT_ANNUITY": 1e5, "AMT_CREDIT": 1e6,'
        b' "NAME_INCOME_TYPE": "a : b \\": c"}',
        b'[{"SK_ID_CURR": 1, "AMT_CREDIT": 1e6, "AMT_GOODS_PRICE": 9e5, "AMT_ANNUITY": 1e5},'
        b' {"SK_ID_CURR": 2, "AMT_CREDIT": 1e6, "AMT_GOODS_PRICE": 9e5, "AMT_ANNUITY": 1e5}]',
    ],
)
def test_colons_that_are_no_keys_are_no_obstacle(body):
    assert bodies.read(body).numbers[0] == 1


def test_a_column_with_a_colon_in_its_name_is_held_against_its_keys():
    odd = Bodies(["a: b", "c"])
    assert odd.read(b'{"SK_ID_CURR": 1, "a: b": 2}').X[0, 0] == 2
    with pytest.raises(BodyError, match="a: b comes more than once"):
        odd.read(b'{"SK_ID_CURR": 1, "a: b": 2, "a: b": 3}')


def test_warnings_beyond_the_limit_are_counted_and_what_is_ignored_comes_last() -> None:
    rows = [{KEY: n, **LOAN, "TARGET": 0, "CODE_GENDER": "Q", "NAME_INCOME_TYPE": "zz"} for n in range(1000)]
    found = Bodies(COLUMNS).read(json.dumps(rows).encode())
    assert len(found.remarks) == 1000
    assert {one.kind for one in found.remarks} == {"unknown value"}
    assert found.further_remarks == 2000


def test_muted_warnings_are_counted_and_take_no_place_of_others() -> None:
    # The unknown texts alone are 1,200; of the values out of range the array knows 600, of each client one.
    rows = [{KEY: n, **LOAN, "CODE_GENDER": "Q", "NAME_INCOME_TYPE": "zz", "CNT_CHILDREN": 25} for n in range(600)]
    muted = Bodies(COLUMNS, muted=frozenset(("unknown-value",))).read(json.dumps(rows).encode())
    assert {one.code for one in muted.remarks} == {"out-of-range"}
    assert (len(muted.remarks), muted.further_remarks, muted.muted) == (600, 0, {"unknown-value": 1200})
    both = Bodies(COLUMNS, muted=frozenset(("unknown-value", "out-of-range"))).read(json.dumps(rows).encode())
    assert (both.remarks, both.further_remarks, both.muted) == ((), 0, {"unknown-value": 1200, "out-of-range": 600})
    plain = Bodies(COLUMNS).read(json.dumps(rows).encode())
    assert (len(plain.remarks), plain.further_remarks, plain.muted) == (1000, 800, {})
    np.testing.assert_array_equal(both.X, plain.X)


def test_unknown_names_are_looked_up_once_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    usual = violations.nearest

    def nearest(name: str, known: Iterable[str]) -> str | None:
        asked.append(name)
        return usual(name, known)

    monkeypatch.setattr(violations, "nearest", nearest)
    own = {f"BANK_FIELD_{number}": 1 for number in range(30)}
    rows = [{"SK_ID_CURR": n, **own} for n in range(100)]
    with pytest.raises(BodyError):
        Bodies(("AMT_CREDIT",)).read(json.dumps(rows).encode())
    assert len(asked) == len(set(asked)) == violations.CORRECTED


def test_a_number_beyond_every_float_is_said_to_lie_outside():
    with pytest.raises(BodyError) as caught:
        Bodies(["AMT_CREDIT"]).read(b'{"SK_ID_CURR": 1, "AMT_CREDIT": 1' + b"0" * 999 + b"}")
    assert caught.value.sentence == ("AMT_CREDIT must lie within -1e+12 and 1e+12; send null where a value is unknown")
