"""A loan without its amounts is refused in every form of a body; whether a gap is null or left out changes nothing."""

import json

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.loans import LOAN, loan_of
from support.server import ROOT

from credit.features import COLUMNS
from credit.features.loan_amounts import AMOUNTS, Amounts, missing_of
from credit.model import load_bundle
from credit.tables import HISTORIES, TABLES, read
from credit.web.openapi.request_schemas import bodies as schemas
from credit.web.payload import Bodies, BodyError

KEY = "SK_ID_CURR"
CASH = {"NAME_CONTRACT_TYPE": "Cash loans"}
CREDIT = "is missing: a loan without its amount cannot be decided on; send it"
ANNUITY = "is missing: a loan without its annuity cannot be decided on; send it, in the currency of AMT_CREDIT"
GOODS = "is missing: a loan without the price of its goods cannot be decided on, unless NAME_CONTRACT_TYPE is "
GOODS += "'Revolving loans'; send it, in the currency of AMT_CREDIT"
RULES = [("AMT_CREDIT", CREDIT), ("AMT_ANNUITY", ANNUITY), ("AMT_GOODS_PRICE", GOODS)]
HIDDEN = [name for name in TABLES["application_test"].names[1:] if name not in AMOUNTS]
every = Bodies(COLUMNS)
place = {name: number for number, name in enumerate(COLUMNS)}


def asked(value, bodies=every):
    return bodies.read(json.dumps(value).encode())


def refused(value, bodies=every):
    with pytest.raises(BodyError) as caught:
        asked(value, bodies)
    assert caught.value.status == 422
    return [(one.field, one.message) for one in caught.value.details]


def without(name, row):
    return {one: value for one, value in row.items() if one != name}


@pytest.mark.parametrize(
    "kind",
    [
        CASH,
        {"NAME_CONTRACT_TYPE": " CASH loans"},
        {"NAME_CONTRACT_TYPE_Cash_loans": True},
        {},
        {"NAME_CONTRACT_TYPE": None},
        {"NAME_CONTRACT_TYPE": "a loan"},
        {"NAME_CONTRACT_TYPE_Revolving_loans": 0},
    ],
    ids=str,
)
@pytest.mark.parametrize(("name", "rule"), RULES)
def test_an_amount_that_is_not_sent_or_null_is_refused_by_name(kind, name, rule):
    whole = {KEY: 1, **LOAN, **kind}
    assert asked(whole).numbers == (1,)
    for row in (without(name, whole), {**whole, name: None}):
        assert refused(row) == [(name, f"{name} {rule}")]
        assert refused({"instances": [{"features": row}]}) == [(f"[0].{name}", f"[0].{name} {rule}")]
        assert refused([{**whole, KEY: 2}, row]) == [(f"[1].{name}", f"[1].{name} {rule}")]


@pytest.mark.parametrize(("name", "rule"), RULES)
def test_an_amount_that_is_not_sent_or_null_is_refused_in_tables(name, rule):
    whole = {KEY: 1, **LOAN, **CASH}
    for row in (without(name, whole), {**whole, name: None}):
        field = f"application[0].{name}"
        assert refused({"application": row, "bureau": []}) == [(field, f"{field} {rule}")]


@pytest.mark.parametrize("kind", ["Revolving loans", " REVOLVING loans"])
def test_a_revolving_loan_needs_no_price_of_goods(kind):
    row = {KEY: 1, **without("AMT_GOODS_PRICE", LOAN), "NAME_CONTRACT_TYPE": kind}
    assert asked(row).numbers == asked({"application": row}).numbers == (1,)
    by_feature = {KEY: 1, **without("AMT_GOODS_PRICE", LOAN), "NAME_CONTRACT_TYPE_Revolving_loans": 1}
    assert asked(by_feature).numbers == (1,)


def test_all_that_is_wrong_is_said_in_one_answer_and_the_same_cause_once():
    third = {KEY: 3, "AMT_CREDIT": 9.0, "BUREAU_HISTORY": 0, "BUREAU_ROWS": 3}
    found = dict(refused([{KEY: 1, **CASH}, {KEY: 2, **LOAN, "EXT_SOURCE_1": 7}, third]))
    assert list(found) == [
        "[1].EXT_SOURCE_1",
        "[2].BUREAU_HISTORY",
        "[0].AMT_CREDIT",
        "[0].AMT_ANNUITY",
        "[0].AMT_GOODS_PRICE",
    ]
    assert found["[0].AMT_ANNUITY"] == f"AMT_ANNUITY {ANNUITY}; this is so in 2 rows: AMT_ANNUITY at [0], [2]."


def test_an_amount_under_a_misspelled_name_is_not_missing():
    assert [field for field, _ in refused({KEY: 1, **without("AMT_CREDIT", LOAN), "AMT_CREDT": 5})] == ["AMT_CREDT"]
    assert [field for field, _ in refused({KEY: 1, **without("AMT_CREDIT", LOAN), "amt_credit": 5})] == ["amt_credit"]


@pytest.mark.parametrize("columns", [("AMT_CREDIT",), ("AMT_ANNUITY", "EXT_SOURCE_1"), ("a score of the bank's",)])
def test_only_amounts_that_the_model_reads_are_wanted(columns):
    own = Bodies(columns)
    assert [field for field, _ in refused({KEY: 1}, own)] == list(loan_of(columns)) if loan_of(columns) else True
    assert asked({KEY: 1, **loan_of(columns)}, own).numbers == (1,)


def test_a_model_that_does_not_read_the_contract_wants_the_price_where_a_row_says_that_it_is_a_cash_loan():
    own = Bodies(("AMT_GOODS_PRICE", "EXT_SOURCE_1"))
    for body in ({KEY: 1, **CASH}, {"application": {KEY: 1, **CASH}}):
        assert len(refused(body, own)) == 1
    assert asked({KEY: 1}, own).numbers == (1,)


rows = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(AMOUNTS, st.none() | st.floats(1, 1e6)),
        "NAME_CONTRACT_TYPE_Cash_loans": st.sampled_from([None, 0, 1]),
        "NAME_CONTRACT_TYPE_Revolving_loans": st.sampled_from([None, 0, 1]),
    },
)


@given(rows)
def test_rows_and_arrays_lack_the_same_amounts(row):
    x = np.array([[np.nan if row.get(name) is None else row[name] for name in COLUMNS]], dtype=float)
    amounts = Amounts(COLUMNS)
    gaps = amounts.missing(x)[0].tolist()
    assert missing_of(row, place) == tuple(name for name, gap in zip(amounts.names, gaps, strict=True) if gap)


def test_the_document_wants_what_the_service_wants():
    parts = schemas(every)
    check = jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/Body", "components": {"schemas": json.loads(json.dumps(parts))}}
    )
    whole = {KEY: 1, **LOAN, **CASH}
    for name in AMOUNTS:
        for row in (without(name, whole), {**whole, name: None}):
            assert not check.is_valid(row)
            assert not check.is_valid({"application": row})
    revolving = {KEY: 1, **without("AMT_GOODS_PRICE", LOAN), "NAME_CONTRACT_TYPE": "Revolving loans"}
    for row in (whole, revolving):
        assert check.is_valid(row)
        assert check.is_valid({"application": row, **dict.fromkeys(HISTORIES)})


@pytest.fixture(scope="module")
def clients(bank):
    """Twenty simulated clients with all their tables, as JSON has them."""
    tables = {name: frame.collect() for name, frame in read(bank).items()}
    first = tables["application_train"].sort(KEY).head(20)
    loans = tables["bureau"].filter(tables["bureau"][KEY].is_in(first[KEY].implode()))
    found = {"application": first.select(TABLES["application_test"].names).to_dicts()}
    for name in HISTORIES:
        key, whose = ("SK_ID_BUREAU", loans) if name == "bureau_balance" else (KEY, first)
        found[name] = tables[name].filter(tables[name][key].is_in(whose[key].implode())).to_dicts()
    return found


#: With whether each client has a history, which the shipped model reads once it is trained with it.
shipped = load_bundle(ROOT / "mlruns_reduced")
index = [place[name] for name in shipped.columns]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_null_and_left_out_are_one_thing_in_tables(clients, data):
    """Random columns of random tables, and whole tables: the same features and probabilities, bit for bit."""
    tables = data.draw(st.sets(st.sampled_from(HISTORIES)))
    null = {**clients, **dict.fromkeys(tables)}
    gone = {name: rows for name, rows in clients.items() if name not in tables}
    hidden = data.draw(st.sets(st.sampled_from(HIDDEN)))
    rows = clients["application"]
    null["application"] = [row | dict.fromkeys(hidden) for row in rows]
    gone["application"] = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
    same(asked(null).X, asked(gone).X)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_null_and_left_out_are_one_thing_by_name(clients, data):
    """Of the features of whole clients, made ones among them, and of published rows."""
    X = asked(clients).X
    share = data.draw(st.sampled_from([0.02, 0.3, 0.9]))
    hidden = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1))).random(len(COLUMNS)) < share
    hidden |= np.array([data.draw(st.booleans()) and name.endswith("_HISTORY") for name in COLUMNS])
    hidden[[place[name] for name in AMOUNTS]] = False
    features = [
        {KEY: number, **{name: None if x != x else x for name, x in zip(COLUMNS, row, strict=True)}}
        for number, row in enumerate(X.tolist())
    ]
    names = [name for name, gap in zip(COLUMNS, hidden, strict=True) if gap]
    null = [row | dict.fromkeys(names) for row in features]
    gone = [{name: value for name, value in row.items() if value is not None} for row in null]
    same(asked(null).X, asked(gone).X)
    texts = [row | dict.fromkeys(set(names) & row.keys()) for row in clients["application"]]
    known = [{name: value for name, value in row.items() if value is not None} for row in texts]
    same(asked(texts).X, asked(known).X)


def same(null, gone):
    np.testing.assert_array_equal(null, gone)
    null, gone = (np.ascontiguousarray(X[:, index]) for X in (null, gone))
    assert shipped.probability(null).tolist() == shipped.probability(gone).tolist()
