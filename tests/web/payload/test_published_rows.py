"""Clients by name as rows of the published table: what {"application": ...} makes of them, bit for bit."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.loans import LOAN

from credit.features import COLUMNS, RECIPE
from credit.features.application import CODES
from credit.tables import NO_DATE, TABLES, read
from credit.web.payload import Bodies, BodyError

KEY = "SK_ID_CURR"
TABLE = TABLES["application_test"]

every = Bodies(COLUMNS)
#: A model that reads ratios, and not all that they are made of.
some = Bodies(
    ["CODE_GENDER", "ANNUITY_TO_CREDIT", "NAME_CONTRACT_TYPE_Cash_loans", "BUILDING_MISSING", "DAYS_EMPLOYED"]
)
own = Bodies(["AMT_CREDIT", "NAME_CONTRACT_TYPE", "AMT_ANNUITY", "ANNUITY_TO_CREDIT", "a score of the bank's"])


def asked(value, bodies=every):
    return bodies.read(json.dumps(value).encode())


def refused(value, bodies=every):
    with pytest.raises(BodyError) as caught:
        asked(value, bodies)
    assert caught.value.status == 422
    return caught.value


@pytest.fixture(scope="module")
def rows(bank):
    """300 simulated applications, pensioners and gaps among them."""
    frame = read(bank)["application_train"].select(TABLE.names).sort(KEY).head(300).collect()
    assert (frame["DAYS_EMPLOYED"] == NO_DATE).sum() > 20
    assert frame["OCCUPATION_TYPE"].null_count() > 20
    return frame.to_dicts()


@pytest.mark.parametrize("bodies", [every, some, Bodies(RECIPE)], ids=["every column", "some", "recipe"])
def test_a_row_by_name_is_the_row_of_the_table(rows, bodies):
    by_name, by_table = asked(rows, bodies), asked({"application": rows}, bodies)
    assert by_name.numbers == by_table.numbers
    np.testing.assert_array_equal(by_name.X, by_table.X)
    assert by_name.remarks == by_table.remarks
    for row, x in zip(rows[:40], by_name.X, strict=False):
        np.testing.assert_array_equal(asked(row, bodies).X[0], x)


def test_a_row_of_numbers_alone_is_the_row_of_the_table(rows):
    numbers = [{name: value for name, value in row.items() if not isinstance(value, str)} for row in rows]
    np.testing.assert_array_equal(asked(numbers).X, asked({"application": numbers}).X)
    for row in numbers[:40]:
        np.testing.assert_array_equal(asked(row).X, asked({"application": row}).X)


def test_it_does_not_matter_how_the_gaps_are_written(rows):
    """Left out, as programs do by hand, or null, as generated ones do; of features, too."""
    for row in rows[:40]:
        known = {name: value for name, value in row.items() if value is not None}
        np.testing.assert_array_equal(asked(known).X, asked(row).X)
        numbers = {name: value for name, value in known.items() if name not in TABLE.vocabularies}
        np.testing.assert_array_equal(asked({**dict.fromkeys(COLUMNS), **numbers}).X, asked(numbers).X)


values = {
    "text": lambda column: st.none() | st.sampled_from(column.values) | st.text(max_size=5),
    "integer": lambda column: st.none() | (st.booleans() | st.integers(0, 1) if column.is_flag else st.integers(0, 60)),
    "number": lambda column: st.none() | st.floats(0, 1) | st.integers(0, 1) | st.just(1.0),
}
special = {
    **dict.fromkeys(("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"), st.floats(1, 1e7)),
    **dict.fromkeys((name for name in TABLE.names if name.startswith("DAYS_")), st.integers(-20_000, -4_000)),
    # Published as decimals for their gaps; shares are divided by them.
    **dict.fromkeys((name for name in TABLE.names if name.endswith("SOCIAL_CIRCLE")), st.none() | st.integers(0, 60)),
    "DAYS_EMPLOYED": st.integers(-4_000, 0) | st.just(NO_DATE) | st.just(float(NO_DATE)) | st.none(),
}
of_columns = {column.name: special.get(column.name, values[column.kind](column)) for column in TABLE.columns[1:]}
a_row = st.sets(st.sampled_from(sorted(of_columns)), max_size=30).flatmap(
    lambda names: st.fixed_dictionaries({name: of_columns[name] for name in sorted(names)})
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(a_row, min_size=1, max_size=4))
@example([{"FLAG_OWN_CAR": True, "EMERGENCYSTATE_MODE": 0, "CODE_GENDER": "XNA"}, {"AMT_CREDIT": 5.0}])
@example([{"CODE_GENDER": "M", "CNT_FAM_MEMBERS": 1e-07, "AMT_INCOME_TOTAL": 1e6}])
@example([{"WALLSMATERIAL_MODE": "straw", "APARTMENTS_AVG": 0.5}, {"OBS_30_CNT_SOCIAL_CIRCLE": 0}])
def test_whatever_row_is_sent_by_name_is_the_row_of_the_table(found):
    sent = [{KEY: number, **LOAN, **row} for number, row in enumerate(found)]
    np.testing.assert_array_equal(asked(sent).X, asked({"application": sent}).X)
    np.testing.assert_array_equal(asked(sent[0], some).X, asked({"application": sent[0]}, some).X)


def test_texts_and_features_may_stand_in_one_row(rows):
    finished = {"BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM": 90_000.0, "PREVIOUS_ROWS": None, "BUREAU_ROWS": 3}
    income = rows[0]["AMT_INCOME_TOTAL"]
    x = dict(zip(COLUMNS, asked({**rows[0], **finished}).X[0], strict=True))
    assert x["BUREAU_ROWS"] == 3
    assert x["BUREAU_DEBT_TO_INCOME"] == 90_000.0 / income
    assert x["NAME_CONTRACT_TYPE_Cash_loans"] == (rows[0]["NAME_CONTRACT_TYPE"] == "Cash loans")
    plain = dict(zip(COLUMNS, asked(rows[0]).X[0], strict=True))
    assert {name for name in COLUMNS if not np.array_equal(x[name], plain[name], equal_nan=True)} == {
        "BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM",
        "BUREAU_ROWS",
        "BUREAU_HISTORY",
        "BUREAU_DEBT_TO_INCOME",
        "BUREAU_DEBT_TO_CREDIT_ASKED",
    }


def test_lists_may_hold_rows_of_both_kinds(rows):
    features = {KEY: 7, **LOAN, "AMT_CREDIT": 450_000.0, "AMT_INCOME_TOTAL": 150_000.0}
    both = asked([rows[0], features, rows[1]])
    assert both.numbers == (rows[0][KEY], 7, rows[1][KEY])
    for x, one in zip(both.X, (rows[0], features, rows[1]), strict=True):
        np.testing.assert_array_equal(x, asked(one).X[0])


@pytest.mark.parametrize(("feature", "text"), [(0, "F"), (1, "M"), (True, "M"), (1.0, "M")])
def test_a_coded_text_may_be_sent_either_way(feature, text):
    by_number, by_text = (
        asked({KEY: 1, **LOAN, "CODE_GENDER": value, "NAME_INCOME_TYPE": "Working"}) for value in (feature, text)
    )
    np.testing.assert_array_equal(by_number.X, by_text.X)
    assert CODES["CODE_GENDER"] == ("F", "M")


def test_features_that_say_a_text_are_the_text():
    """A wall of stone is known, and no longer counted as missing."""
    sent = {KEY: 1, **LOAN, "WALLSMATERIAL_MODE_Stone_brick": 1, "APARTMENTS_AVG": 0.5}
    text = {KEY: 1, **LOAN, "WALLSMATERIAL_MODE": "Stone, brick", "APARTMENTS_AVG": 0.5}
    np.testing.assert_array_equal(asked(sent).X, asked(text).X)
    beside = asked({**sent, "NAME_INCOME_TYPE": "Working"})
    assert beside.X[0, COLUMNS.index("BUILDING_MISSING")] == asked(text).X[0, COLUMNS.index("BUILDING_MISSING")]
    assert (
        asked({KEY: 1, **LOAN}).X[0, COLUMNS.index("BUILDING_MISSING")] - beside.X[0, COLUMNS.index("BUILDING_MISSING")]
        == 2
    )


@pytest.mark.parametrize(
    ("sent", "field", "other"),
    [
        (
            {"NAME_CONTRACT_TYPE": "Cash loans", "NAME_CONTRACT_TYPE_Cash_loans": 0},
            "NAME_CONTRACT_TYPE_Cash_loans",
            "TYPE",
        ),
        (
            {"NAME_CONTRACT_TYPE": "Cash loans", "NAME_CONTRACT_TYPE_Revolving_loans": True},
            "NAME_CONTRACT_TYPE_Revolving_loans",
            "NAME_CONTRACT_TYPE,",
        ),
        (
            {"CODE_GENDER": "M", "AMT_CREDIT": 100_000.0, "AMT_ANNUITY": 9_000.0, "ANNUITY_TO_CREDIT": 0.19},
            "ANNUITY_TO_CREDIT",
            "AMT_ANNUITY and AMT_CREDIT",
        ),
        (
            {
                "CODE_GENDER": "M",
                "AMT_CREDIT": 100_000.0,
                "BUREAU_AMT_CREDIT_SUM_MAX": 50_000.0,
                "CREDIT_TO_LARGEST_BUREAU": 3,
            },
            "CREDIT_TO_LARGEST_BUREAU",
            "AMT_CREDIT and BUREAU_AMT_CREDIT_SUM_MAX",
        ),
    ],
)
def test_a_row_that_contradicts_itself_is_refused_and_both_are_named(sent, field, other):
    (detail,) = refused({KEY: 1, **LOAN, **sent}).details
    assert detail.field == field
    assert other in detail.message
    (detail,) = refused([{KEY: 2, **LOAN}, {KEY: 1, **LOAN, **sent}]).details
    assert detail.field == f"[1].{field}"


@pytest.mark.parametrize(
    "sent",
    [
        {
            "NAME_CONTRACT_TYPE": "Cash loans",
            "NAME_CONTRACT_TYPE_Cash_loans": 1,
            "NAME_CONTRACT_TYPE_Revolving_loans": 0,
        },
        {"CODE_GENDER": "M", "AMT_CREDIT": 110_000.0, "AMT_ANNUITY": 9_000.0, "ANNUITY_TO_CREDIT": 0.08},
        {"CODE_GENDER": "M", "AMT_CREDIT": 110_000.0, "CREDIT_TO_LARGEST_BUREAU": 7},
        {"CODE_GENDER": "M", "DAYS_EMPLOYED": NO_DATE, "DAYS_BIRTH": -20_000, "EMPLOYED_TO_AGE": 0.5},
        {"CODE_GENDER": "M", "FLAG_DOCUMENT_3": 1, "DOCUMENTS": 2},
        {"AMT_CREDIT": 100_000.0, "AMT_ANNUITY": 9_000.0, "ANNUITY_TO_CREDIT": 7},
    ],
)
def test_what_agrees_is_rounded_or_cannot_be_held_against_each_other_counts_as_sent(sent):
    x = dict(zip(COLUMNS, asked({KEY: 1, **LOAN, **sent}).X[0], strict=True))
    for name, value in sent.items():
        if name in x and isinstance(value, int | float) and value != NO_DATE:
            assert x[name] == value


def test_what_is_no_input_is_ignored_and_said():
    found = asked(
        [
            {KEY: 1, **LOAN, "TARGET": 1, "Unnamed: 0": 0, "CODE_GENDER": "M"},
            {KEY: 2, **LOAN, "index": 5, "AMT_CREDIT": 1e6},
        ]
    )
    np.testing.assert_array_equal(
        found.X, asked([{KEY: 1, **LOAN, "CODE_GENDER": "M"}, {KEY: 2, **LOAN, "AMT_CREDIT": 1e6}]).X
    )
    assert [(one.kind, one.column, one.client, one.example) for one in found.remarks] == [
        ("ignored", "TARGET", 1, None),
        ("ignored", "Unnamed: 0", 1, None),
        ("ignored", "index", 2, None),
    ]
    assert str(found.remarks[0]) == "1 row of application: 'TARGET' is the outcome and no input; it is ignored."


def test_the_outcome_is_ignored_in_the_applications_alone():
    found = asked({"application_train": [{KEY: 1, **LOAN, "TARGET": 1, "index": 0}], "bureau": []})
    assert [(one.column, one.number, one.client) for one in found.remarks] == [("TARGET", 1, 1), ("index", 1, 1)]
    loan = {KEY: 1, "SK_ID_BUREAU": 2, "index": 7}
    assert [one.table for one in asked({"application": {KEY: 1, **LOAN}, "bureau": [loan]}).remarks] == ["bureau"]
    message = refused({"application": {KEY: 1, **LOAN}, "bureau": [{**loan, "TARGET": 1}]}).sentence
    assert message.startswith("'TARGET' is not a column of bureau")


def test_one_client_is_sent_under_one_name_of_the_table():
    error = refused({"application": {KEY: 1, **LOAN}, "application_test": {KEY: 2, **LOAN}})
    assert error.sentence == "application_test is another name of application, which is sent, too; send one"


def test_what_is_not_named_is_counted_in_features():
    texts = {KEY: 1, **LOAN, "NAME_CONTRACT_TYPE": "Cash loans", "CODE_GENDER": "F", "EXT_SOURCE_1": None}
    # Three amounts, two kinds of contract, the gender, the score that is named as unknown.
    assert asked({**texts, "TARGET": 0}).absent == (len(COLUMNS) - 7,)
    assert asked({KEY: 1, **LOAN, "EXT_SOURCE_1": None}).absent == (len(COLUMNS) - 4,)


def test_an_unknown_text_is_told_of_the_client_whose_it_is():
    large = 2**63 - 1
    found = asked([{KEY: 3, **LOAN, "CODE_GENDER": "M"}, {KEY: large, **LOAN, "NAME_INCOME_TYPE": "Pirate"}])
    assert [(one.kind, one.client, one.column, one.example) for one in found.remarks] == [
        ("unknown value", large, "NAME_INCOME_TYPE", "Pirate")
    ]


def test_a_columns_own_meaning_in_a_model_is_the_models():
    sent = {
        KEY: 1,
        "AMT_CREDIT": 100_000.0,
        "AMT_ANNUITY": 10_000.0,
        "NAME_CONTRACT_TYPE": 3,
        "a score of the bank's": 0.5,
    }
    assert asked(sent, own).X.tolist() == [[100_000.0, 3.0, 10_000.0, 0.1, 0.5]]
    assert asked({**sent, "CODE_GENDER": "M"}, own).X.tolist() == [[100_000.0, 3.0, 10_000.0, 0.1, 0.5]]
    assert "NAME_CONTRACT_TYPE must be a number" in refused({**sent, "NAME_CONTRACT_TYPE": "Cash loans"}, own).sentence


def test_numbers_outside_what_was_published_are_told_and_count_as_they_are():
    sent = {
        KEY: 4,
        **LOAN,
        "CNT_CHILDREN": 25,
        "AMT_INCOME_TOTAL": 0.01,
        "DAYS_EMPLOYED": NO_DATE,
        "EXT_SOURCE_2": 0.99,
    }
    told = [
        ("out of range", "AMT_INCOME_TOTAL", 4, 0.01),
        ("out of range", "CNT_CHILDREN", 4, 25),
    ]
    for body in (sent, {**sent, "CODE_GENDER": "M"}, [sent], {"application": sent}):
        found = asked(body)
        assert sorted((one.kind, one.column, one.client, one.example) for one in found.remarks) == told
        assert found.X[0, COLUMNS.index("CNT_CHILDREN")] == 25
    (children,) = (one for one in asked(sent).remarks if one.column == "CNT_CHILDREN")
    assert (
        str(children)
        == "1 row of application: CNT_CHILDREN 25 is outside the published range, 0 to 19; it counts as it is."
    )


def test_ranges_of_columns_that_the_model_does_not_read_are_told_once():
    found = asked([{KEY: 4, **LOAN, "CNT_CHILDREN": 25, "DAYS_EMPLOYED": -20_000}], some)
    assert [(one.column, one.client) for one in found.remarks] == [("CNT_CHILDREN", 4), ("DAYS_EMPLOYED", 4)]


def test_a_thousand_warnings_are_worded_and_the_rest_counted():
    found = asked([{KEY: number, **LOAN, "CNT_CHILDREN": 25, "CNT_FAM_MEMBERS": 27} for number in range(600)])
    assert (len(found.remarks), found.further_remarks) == (1000, 200)


@pytest.mark.parametrize(
    ("name", "value"),
    [("DAYS_BIRTH", 0), ("DAYS_BIRTH", -2), ("DAYS_BIRTH", -110_000), ("CNT_CHILDREN", -3), ("AMT_INCOME_TOTAL", 0)],
)
def test_what_cannot_be_is_refused_in_every_form(name, value):
    for body, field in (
        ({KEY: 1, **LOAN, name: value}, name),
        ({KEY: 1, **LOAN, name: value, "CODE_GENDER": "M"}, name),
        ([{KEY: 2, **LOAN}, {KEY: 1, **LOAN, name: value}], f"[1].{name}"),
        ({"application": {KEY: 1, **LOAN, name: value}}, f"application[0].{name}"),
    ):
        assert [detail.field for detail in refused(body).details] == [field]


def test_a_count_below_0_is_refused_in_a_history():
    loan = {KEY: 1, "SK_ID_BUREAU": 2, "CNT_CREDIT_PROLONG": -1}
    (detail,) = refused({"application": {KEY: 1, **LOAN}, "bureau": [loan]}).details
    assert detail.message == "bureau[0].CNT_CREDIT_PROLONG must be a whole number that is 0 or more, or null"


def test_every_form_of_a_value_is_taken_in_tables():
    application = {
        KEY: 1.0,
        **LOAN,
        "FLAG_MOBIL": True,
        "FLAG_OWN_CAR": 1,
        "EMERGENCYSTATE_MODE": False,
        "DAYS_BIRTH": -9000.0,
    }
    months = [{"SK_ID_BUREAU": 5, "MONTHS_BALANCE": -1.0, "STATUS": 0}]
    plain = {KEY: 1, **LOAN, "FLAG_MOBIL": 1, "FLAG_OWN_CAR": "Y", "EMERGENCYSTATE_MODE": "No", "DAYS_BIRTH": -9000}
    loans = [{KEY: 1, "SK_ID_BUREAU": 5}]
    found = asked({"application": application, "bureau": loans, "bureau_balance": months})
    same = asked({"application": plain, "bureau": loans, "bureau_balance": [{**months[0], "STATUS": "0"}]})
    np.testing.assert_array_equal(found.X, same.X)
    assert found.remarks == same.remarks == ()


def test_many_rows_are_made_in_one_run_of_the_plan(rows, monkeypatch):
    runs = []
    plan = every.published._plan
    real = plan.values_of
    monkeypatch.setattr(plan, "values_of", lambda tables: runs.append(len(tables["application"])) or real(tables))
    asked(rows[:50])
    assert runs == [50]


def test_what_was_logged_of_a_row_is_the_same_client_again(rows):
    from credit.decision_log.encoding import named, to_bytes

    for row in rows[:20]:
        x = asked(row).X[0]
        again = asked({KEY: row[KEY], **named(COLUMNS, to_bytes(x))}).X[0]
        np.testing.assert_array_equal(again, x)


def test_a_frame_of_polars_is_a_body(bank):
    frame = read(bank)["application_train"].sort(KEY).head(5).collect()
    found = every.read(frame.write_json().encode())
    assert found.numbers == tuple(frame[KEY])
    assert {one.column for one in found.remarks} == {"TARGET"}
    assert isinstance(frame, pl.DataFrame)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("CODE_GENDER", 2, "must be 0 or 1"),
        ("CODE_GENDER", 0.5, "must be 0 or 1"),
        ("FLAG_OWN_CAR", 7, "must be 0 or 1"),
        ("FLAG_MOBIL", -1, "must be 0 or 1"),
        ("NAME_INCOME_TYPE_Working", 5, "must be 0 or 1"),
        ("CNT_CHILDREN", 2.5, "must be a whole number"),
        ("DAYS_BIRTH", -12_345.5, "must be a whole number"),
        ("DAYS_REGISTRATION", -1.5, "must be a whole number"),
        ("REGION_RATING_CLIENT", 1.5, "must be a whole number"),
    ],
)
@pytest.mark.parametrize("beside", [{}, {"NAME_INCOME_TYPE": "Pensioner"}], ids=["numbers", "texts"])
def test_what_the_column_cannot_hold_is_refused_by_name_too(name, value, rule, beside):
    """As in {"application": ...}, where a fraction in a whole number has no form."""
    assert str(refused({KEY: 1, **LOAN, name: value, **beside})).startswith(f"{name} {rule}")
    if name in TABLE.names:
        refused({"application": {KEY: 1, **LOAN, name: value}})


def test_all_that_is_wrong_with_a_list_is_said_in_one_answer():
    contradiction = {KEY: 2, **LOAN, "NAME_INCOME_TYPE": "Working", "NAME_INCOME_TYPE_Working": 0}
    fine = {KEY: 3, **LOAN, "NAME_INCOME_TYPE": "Working"}
    for rows in (
        [{KEY: 1, **LOAN, "AMT_CREDIT": -1.0}, contradiction, fine, fine],
        [{KEY: 1, **LOAN, "AMT_CREDIT": "many", "NAME_INCOME_TYPE": "Working"}, contradiction, fine, fine],
    ):
        error = refused(rows)
        assert [one.field for one in error.details] == [
            "[0].AMT_CREDIT",
            "[3].SK_ID_CURR",
            "[1].NAME_INCOME_TYPE_Working",
        ]
        assert "refused for 3 of its 4 clients, [0], [1], [3]" in str(error)
    error = refused([contradiction, fine, fine])
    assert [one.field for one in error.details] == ["[2].SK_ID_CURR", "[0].NAME_INCOME_TYPE_Working"]
    assert "refused for 1 of its 3 clients, [2]" in str(refused([{KEY: 1, **LOAN}, {KEY: 2, **LOAN}, {KEY: 1, **LOAN}]))


def test_two_texts_of_one_column_contradict_each_other():
    both = {"NAME_CONTRACT_TYPE_Cash_loans": 1, "NAME_CONTRACT_TYPE_Revolving_loans": 1}
    error = refused({KEY: 1, **LOAN, "NAME_INCOME_TYPE": "Working", **both})
    assert str(error).startswith("NAME_CONTRACT_TYPE_Revolving_loans contradicts NAME_CONTRACT_TYPE_Cash_loans: ")


def test_what_is_ignored_needs_no_published_columns_beside_a_wrong_row():
    """A model of the bank's own columns alone makes no features of a published row."""
    error = refused([{KEY: 1, "score": "high"}, {KEY: 2, "score": 0.5, "TARGET": 1}], Bodies(["score"]))
    assert [one.field for one in error.details] == ["[0].score"]


@pytest.mark.parametrize("text", ["drivers", " Drivers ", "DRIVERS"])
def test_a_text_in_other_letters_is_the_published_one_by_name_and_in_tables(text):
    plain = asked({KEY: 1, **LOAN, "OCCUPATION_TYPE": "Drivers"})
    for sent in ({KEY: 1, **LOAN, "OCCUPATION_TYPE": text}, {"application": {KEY: 1, **LOAN, "OCCUPATION_TYPE": text}}):
        found = asked(sent)
        np.testing.assert_array_equal(found.X, plain.X)
        assert found.remarks == ()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("AMT_INCOME_TOTAL", -1.0, "wrong-value"),
        ("AMT_INCOME_TOTAL", True, "wrong-value"),
        ("AMT_INCOME_TOTAL", "90000", "text-for-number"),
        ("AMT_INCOME_TOTAL", 10**400, "wrong-value"),
        ("AMT_INCOME_TOTAL", float("nan"), "not-finite"),
        ("EXT_SOURCE_2", 1.5, "wrong-value"),
        ("CNT_CHILDREN", 0.5, "wrong-value"),
        ("DAYS_EMPLOYED", 1.0, "wrong-value"),
        ("YEARS_BUILD_AVG", 2e12, "wrong-value"),
        ("FLAG_DOCUMENT_3", 2, "wrong-value"),
        ("CODE_GENDER", 0.5, "wrong-value"),
        ("NAME_INCOME_TYPE", 5, "wrong-value"),
        ("AMT_INCOM_TOTAL", 1.0, "unknown-name"),
        (KEY, -1, "wrong-value"),
        (KEY, True, "wrong-value"),
        (KEY, None, "wrong-value"),
    ],
)
def test_one_wrong_value_among_many_rows_that_are_alike_is_refused_at_its_place(rows, name, value, code):
    changed = [{**row, name: value} if place == 123 or name not in row else row for place, row in enumerate(rows)]
    error = refused(changed)
    assert error.details[0].code == code
    assert error.details[0].field == (f"[123].{name}" if name in rows[0] else f"[0].{name}")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("FLAG_MOBIL", True),
        ("FLAG_MOBIL", 1.0),
        ("FLAG_OWN_CAR", "N"),
        ("FLAG_OWN_CAR", 0),
        ("DAYS_EMPLOYED", 365243.0),
        ("DAYS_EMPLOYED", None),
        ("CODE_GENDER", None),
    ],
)
def test_many_rows_with_a_value_in_another_form_are_each_what_they_are_alone(rows, name, other):
    mixed = [{**row, name: other} if place % 7 == 3 else row for place, row in enumerate(rows[:100])]
    together = asked(mixed)
    for row, x in zip(mixed, together.X, strict=True):
        np.testing.assert_array_equal(asked(row).X[0], x)
