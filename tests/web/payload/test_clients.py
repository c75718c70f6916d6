import json
import math
import string

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from credit.decision_log.encoding import named, to_bytes
from credit.features import COLUMNS as MADE
from credit.features import client_plan
from credit.web.payload import Bodies, BodyError
from credit.web.payload.value_limits import limit
from credit.web.payload.violations import nearest

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_2", "odd name's / €", "FLAG_OWN_CAR"]
bodies = Bodies(COLUMNS)

numbers = st.floats(-1e12, 1e12) | st.integers(-(10**12), 10**12) | st.booleans() | st.none()
names = st.sampled_from(["SK_ID_CURR", "SK_ID_BUREAU", "application", "bureau", "bureau_balance", *COLUMNS])
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | names, inner, max_size=4),
    max_leaves=12,
)


def read(value):
    return bodies.read(json.dumps(value).encode())


def test_a_row_follows_the_columns_whatever_the_order_of_the_body():
    clients = read({"FLAG_OWN_CAR": True, "SK_ID_CURR": 8, "odd name's / €": 0.5, "AMT_CREDIT": 7})
    assert clients.numbers == (8,)
    np.testing.assert_array_equal(clients.X, [[7.0, math.nan, 0.5, 1.0]])
    assert clients.X.dtype == np.float64
    assert clients.absent == (1,)


def test_null_is_unknown_and_not_absent():
    clients = read([{"SK_ID_CURR": 1, "AMT_CREDIT": 7, "EXT_SOURCE_2": None}, {"SK_ID_CURR": 2, "AMT_CREDIT": 7}])
    assert np.isnan(clients.X[:, 1:]).all()
    assert clients.absent == (2, 3)


def test_what_was_not_named_is_told_from_what_is_unknown():
    clients = read(
        [
            {"FLAG_OWN_CAR": 1, "EXT_SOURCE_2": None, "AMT_CREDIT": 7, "SK_ID_CURR": 1},
            {"SK_ID_CURR": 2, "AMT_CREDIT": 7},
        ]
    )
    assert [named(COLUMNS, to_bytes(x)) for x in clients.X] == [
        {"AMT_CREDIT": 7, "EXT_SOURCE_2": None, "FLAG_OWN_CAR": 1},
        {"AMT_CREDIT": 7},
    ]


def test_the_largest_number_of_a_client_is_kept_whole():
    assert read({"SK_ID_CURR": 2**63 - 1, "AMT_CREDIT": 7}).numbers == (2**63 - 1,)


def test_the_features_of_tables_are_those_of_the_recipe():
    everything = Bodies(MADE)
    loan = {"AMT_CREDIT": 1000.0, "AMT_ANNUITY": 50.0, "AMT_GOODS_PRICE": 900.0}
    tables = {"application": {"SK_ID_CURR": 5, **loan, "CODE_GENDER": "M"}}
    clients = everything.read(json.dumps(tables).encode())
    row = dict(zip(MADE, clients.X[0], strict=True))
    assert row["AMT_CREDIT"] == 1000.0
    assert math.isnan(row["DAYS_EMPLOYED"])
    inputs = {"SK_ID_CURR": 5, **named(MADE, to_bytes(clients.X[0]))}
    again = everything.read(json.dumps(inputs).encode())  # what is logged can be sent again, and is the same client
    np.testing.assert_array_equal(again.X, clients.X)
    assert again.absent == (0,)


def test_the_plan_of_the_features_is_built_before_the_first_body():
    ready = Bodies(["AMT_CREDIT", "POS_ROWS"])
    built = client_plan.cache_info().misses
    clients = ready.read(
        b'{"application": {"SK_ID_CURR": 5, "AMT_CREDIT": 7}, "POS_CASH_balance": [{"SK_ID_CURR": 5}]}'
    )
    assert clients.X.tolist() == [[7.0, 1.0]]
    assert client_plan.cache_info().misses == built


def test_tables_are_checked_before_it_is_said_that_a_model_cannot_use_them():
    with pytest.raises(BodyError) as caught:
        read({"application": {"SK_ID_CURR": 5, "AMT_CREDT": 1}})
    assert caught.value.status == 422


def test_whole_numbers_of_tables_may_be_written_as_decimals():
    tables = {"application": {"SK_ID_CURR": 5.0, "DAYS_BIRTH": -4000.0}, "bureau": []}
    clients = Bodies(["DAYS_BIRTH"]).read(json.dumps(tables).encode())
    assert clients.numbers == (5,)
    assert clients.X.tolist() == [[-4000.0]]


def test_a_model_with_columns_that_no_table_makes_wants_features_by_name():
    with pytest.raises(BodyError) as caught:
        read({"application": {"SK_ID_CURR": 5}})
    assert caught.value.status == 501
    assert '"odd name\'s / €", which is not made from tables' in caught.value.sentence


@pytest.mark.parametrize(
    ("name", "meant"),
    [("AMT_CREDT", "AMT_CREDIT"), ("ext_source_2", "EXT_SOURCE_2"), ("AMTCREDIT", "AMT_CREDIT"), ("INCOME", None)],
)
def test_the_nearest_name_is_found(name, meant):
    assert nearest(name, COLUMNS) == meant


def test_a_name_of_megabytes_is_not_compared_with_anything():
    with pytest.raises(BodyError) as caught:
        bodies.read(json.dumps({"SK_ID_CURR": 1, "A" * 5_000_000: 1}).encode())
    assert len(caught.value.sentence) < 300


@given(st.integers(0, 2**63 - 1), st.dictionaries(st.sampled_from(COLUMNS), numbers))
def test_every_number_of_a_body_reaches_its_column(client, features):
    for name, value in features.items():  # what the column can hold at all
        one = limit(name)
        if value is not None and (not one.allows(value) or (isinstance(value, bool) and one.kind != "feature")):
            features[name] = one.high
    features.setdefault("AMT_CREDIT", 7)
    if features["AMT_CREDIT"] is None:
        features["AMT_CREDIT"] = 7
    clients = read({"SK_ID_CURR": client, **features})
    expected = [float(features[name]) if features.get(name) is not None else math.nan for name in COLUMNS]
    assert clients.numbers == (client,)
    np.testing.assert_array_equal(clients.X, [expected])
    assert clients.absent == (len(COLUMNS) - len(features),)


def assert_read_or_refused(body):
    """No other error leaves the decoder, and what it says can be sent as JSON."""
    found = None
    try:
        bodies.read(body)
    except BodyError as refused:
        found = refused
    if found is not None:
        assert found.status in (400, 413, 422, 501)
        assert found.sentence
        msgspec.json.encode([found.sentence, found.details])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(junk)
@example({"application": [{"SK_ID_CURR": 1}], "bureau": None})
@example({"application": [None]})
@example({"application": {"SK_ID_CURR": 1}, "bureau": [{"SK_ID_CURR": 1, "SK_ID_BUREAU": 1}] * 2})
@example({"application": {"SK_ID_CURR": 1}, "bureau_balance": [{"SK_ID_BUREAU": 1.0}]})
@example({"application": {"SK_ID_CURR": 2**70}})
@example({"application": {"SK_ID_CURR": -5}})
@example({"application": {"SK_ID_CURR": 1, "DAYS_BIRTH": 2**62}})
@example({"application": {"SK_ID_CURR": 1, "AMT_CREDIT": 1e300}})
@example({"application": [{"SK_ID_CURR": 1}, {"SK_ID_CURR": 1}]})
@example({"application": [{"SK_ID_CURR": [1]}, {"SK_ID_CURR": [1]}]})
@example({"application": {"SK_ID_CURR": True}})
@example({"application": {"SK_ID_CURR": 1, "CODE_GENDER": "\ud800"}})
@example({"SK_ID_CURR": 1, "\ud800": 1})
def test_whatever_is_sent_is_read_or_refused_with_a_reason(value):
    assert_read_or_refused(json.dumps(value).encode())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40) | st.text(string.printable, max_size=40).map(str.encode))
@example(b'{"SK_ID_CURR": 1, "AMT_CREDIT": 1e400}')
@example(b'{"SK_ID_CURR": 1, "AMT_CREDIT": -0}')
@example(b'{"SK_ID_CURR": 1, "SK_ID_CURR": 2}')
@example(b'{"\\ud800": 1}')
@example(b'{"SK_ID_CURR": ' + b"9" * 5000 + b"}")
def test_whatever_bytes_are_sent_are_read_or_refused_with_a_reason(body):
    assert_read_or_refused(body)


def test_amounts_within_the_banks_own_ranges_are_no_warning():
    client = {"SK_ID_CURR": 1, "AMT_CREDIT": 1169, "AMT_ANNUITY": 20_000}
    for body in (client, {"application": client}, {**client, "NAME_CONTRACT_TYPE": "Revolving loans"}):
        wanted = Bodies(("AMT_CREDIT", "AMT_ANNUITY", "NAME_CONTRACT_TYPE_Revolving_loans"))
        own = Bodies(wanted.columns, own={"AMT_CREDIT": (250.0, 19_000.0)})
        sent = json.dumps(body).encode()
        assert [one.column for one in wanted.read(sent).remarks] == ["AMT_CREDIT"]
        assert own.read(sent).remarks == ()
        (odd,) = own.read(sent.replace(b"1169", b"45000")).remarks
        assert (odd.column, odd.example, odd.limits) == ("AMT_CREDIT", 45_000, (250.0, 19_000.0))
