"""Conditions of the bank's rules: three values worked out by hand, and what no client can fulfil."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from credit.decision.conditions import OPERATORS, read
from credit.decision.rule_columns import RuleColumns, RuleValues

NAN = math.nan
LOANS = ("NAME_CONTRACT_TYPE_Cash_loans", "NAME_CONTRACT_TYPE_Revolving_loans")
KIND = "NAME_CONTRACT_TYPE"
COLUMNS = ("AMT_CREDIT", "EXT_SOURCE_2", "DAYS_BIRTH", "FLAG_OWN_CAR", *LOANS)
KNOWN = RuleColumns(COLUMNS, points=True)


def condition(written, after=False):
    found, wrong = read(written, KNOWN, after)
    assert wrong == []
    return found


def wrong(written, after=False):
    found, sentences = read(written, KNOWN, after)
    assert found is None
    return sentences


def amount(op, *value):
    return {"column": "AMT_CREDIT", "op": op, **({"value": value[0]} if value else {})}


def truth(written, **columns):
    """Of clients whose other columns are missing: 1 true, 0 unknown, -1 false."""
    n = len(next(iter(columns.values())))
    X = np.full((n, len(COLUMNS)), NAN)
    for name, values in columns.items():
        X[:, COLUMNS.index(name)] = values
    return condition(written).truth(RuleValues(X, {})).tolist()


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("=", 5, [-1, 1, -1, 0]),
        ("!=", 5, [1, -1, 1, 0]),
        ("<", 5, [1, -1, -1, 0]),
        ("<=", 5, [1, 1, -1, 0]),
        (">", 5, [-1, -1, 1, 0]),
        (">=", 5, [-1, 1, 1, 0]),
        ("in", [4, 6], [1, -1, 1, 0]),
        ("not in", [4, 6], [-1, 1, -1, 0]),
        ("between", [5, 6], [-1, 1, 1, 0]),
        ("not between", [5, 6], [1, -1, -1, 0]),
    ],
)
def test_a_comparison_with_a_missing_value_is_unknown(op, value, expected):
    assert truth(amount(op, value), AMT_CREDIT=[4, 5, 6, NAN]) == expected
    assert truth({"not": amount(op, value)}, AMT_CREDIT=[4, 5, 6, NAN]) == [-one for one in expected]


def test_missing_and_known_are_never_unknown():
    assert truth(amount("missing"), AMT_CREDIT=[4, NAN]) == [-1, 1]
    assert truth(amount("known"), AMT_CREDIT=[4, NAN]) == [1, -1]


def test_a_text_is_the_one_whose_column_is_1_and_unknown_where_none_is():
    cash = {"column": KIND, "op": "=", "value": "Cash loans"}
    # Cash, revolving, a text that is none of the published, not sent.
    rows = {LOANS[0]: [1, 0, 0, NAN], LOANS[1]: [0, 1, 0, NAN]}
    assert truth(cash, **rows) == [1, -1, 0, 0]
    assert truth({**cash, "op": "!="}, **rows) == [-1, 1, 0, 0]
    assert truth({"column": KIND, "op": "missing"}, **rows) == [-1, -1, 1, 1]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        # true with true, unknown, false; unknown with unknown, false; false with false
        ("all", [1, 0, -1, 0, -1, -1]),
        ("any", [1, 1, 1, 0, 0, -1]),
    ],
)
def test_all_and_any_are_kleenes(group, expected):
    parts = [amount(">", 5), {"column": "EXT_SOURCE_2", "op": ">", "value": 0.5}]
    first, second = [9, 9, 9, NAN, NAN, 1], [0.9, NAN, 0.1, NAN, 0.1, 0.1]
    assert truth({group: parts}, AMT_CREDIT=first, EXT_SOURCE_2=second) == expected


VALUES = st.lists(st.sampled_from([NAN, 0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=8)
OPS = st.sampled_from([*OPERATORS])
NUMBERS = st.sampled_from([0.0, 0.25, 0.5, 1.0])


def comparisons():
    def made(column, op, a, b):
        operand = {"in": [a, b], "not in": [a, b], "between": sorted([a, b]), "not between": sorted([a, b])}.get(op, a)
        return {"column": column, "op": op, **({} if op in ("missing", "known") else {"value": operand})}

    return st.builds(
        made, st.sampled_from(["EXT_SOURCE_2", "FLAG_OWN_CAR"]), st.sampled_from([*OPERATORS]), NUMBERS, NUMBERS
    )


CONDITIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=6,
)


def by_hand(written, row):
    """The truth of one client without arrays: True, None or False."""
    if "not" in written:
        part = by_hand(written["not"], row)
        return None if part is None else not part
    for group, decisive in (("all", False), ("any", True)):
        if group in written:
            parts = [by_hand(one, row) for one in written[group]]
            return decisive if decisive in parts else None if None in parts else not decisive
    value, op, operand = row[written["column"]], written["op"], written.get("value")
    if op in ("missing", "known"):
        return math.isnan(value) == (op == "missing")
    if math.isnan(value):
        return None
    return {
        "=": lambda: value == operand,
        "!=": lambda: value != operand,
        "<": lambda: value < operand,
        "<=": lambda: value <= operand,
        ">": lambda: value > operand,
        ">=": lambda: value >= operand,
        "in": lambda: value in operand,
        "not in": lambda: value not in operand,
        "between": lambda: operand[0] <= value <= operand[1],
        "not between": lambda: not operand[0] <= value <= operand[1],
    }[op]()


@given(CONDITIONS, VALUES, VALUES)
def test_any_condition_is_what_it_is_by_hand_and_what_is_called_impossible_never_holds(written, first, second):
    n = min(len(first), len(second))
    rows = [{"EXT_SOURCE_2": a, "FLAG_OWN_CAR": b} for a, b in zip(first[:n], second[:n], strict=True)]
    expected = [by_hand(written, row) for row in rows]
    found, sentences = read(written, KNOWN, after=False)
    if found is None:
        assert sentences[0].startswith("no client can fulfil the condition: ")
        assert True not in expected
        return
    X = np.full((n, len(COLUMNS)), NAN)
    X[:, 1], X[:, 3] = first[:n], second[:n]
    three = {1: True, 0: None, -1: False}
    assert [three[one] for one in found.truth(RuleValues(X, {})).tolist()] == expected


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"column": "DAYS_BIRTH", "op": ">", "value": 0}, "DAYS_BIRTH > 0, and DAYS_BIRTH is never above 0"),
        (amount("<", 0), "AMT_CREDIT < 0, and AMT_CREDIT is never below 0"),
        (
            {"column": "EXT_SOURCE_2", "op": ">=", "value": 1.5},
            "EXT_SOURCE_2 >= 1.5, and EXT_SOURCE_2 lies from 0 to 1",
        ),
        ({"all": [amount(">", 5), amount("<", 3)]}, "AMT_CREDIT > 5 and AMT_CREDIT < 3 at once"),
        ({"all": [amount(">", 5), {"all": [amount("<=", 5)]}]}, "AMT_CREDIT > 5 and AMT_CREDIT <= 5 at once"),
        ({"all": [amount("missing"), amount(">", 3)]}, "AMT_CREDIT missing and AMT_CREDIT > 3 at once"),
        ({"all": [amount("=", 3), {"not": amount("in", [3, 4])}]}, "AMT_CREDIT = 3 and AMT_CREDIT not in 3, 4 at once"),
        ({"not": {"any": [amount("missing"), amount("known")]}}, "AMT_CREDIT known and AMT_CREDIT missing at once"),
        (
            {"all": [{"column": KIND, "op": "=", "value": one} for one in ("Cash loans", "Revolving loans")]},
            "NAME_CONTRACT_TYPE = Cash loans and NAME_CONTRACT_TYPE = Revolving loans leaves none of its texts",
        ),
        (
            {"any": [amount("<", 0), {"column": "EXT_SOURCE_2", "op": ">", "value": 1}]},
            "AMT_CREDIT < 0, and AMT_CREDIT is never below 0; EXT_SOURCE_2 > 1, and EXT_SOURCE_2 lies from 0 to 1",
        ),
    ],
)
def test_a_condition_that_nobody_can_fulfil_is_refused(written, why):
    assert wrong(written) == [f"no client can fulfil the condition: {why}"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            {"column": "AMT_CREDT", "op": ">", "value": 1},
            "when: 'AMT_CREDT' is no column that this model reads; did you mean 'AMT_CREDIT'?",
        ),
        ({"column": "amt_credit", "op": ">", "value": 1}, "did you mean 'AMT_CREDIT'?"),
        ({"column": "BUREAU_ROWS", "op": ">", "value": 1}, "BUREAU_ROWS is a feature that this model does not read"),
        (
            {"column": "NAME_HOUSING_TYPE", "op": "=", "value": "x"},
            "this model does not read every text of NAME_HOUSING_TYPE",
        ),
        (
            {"column": "probability", "op": ">", "value": 0.5},
            'probability is known after the model alone; write stage = "after"',
        ),
        (
            {"column": KIND, "op": "=", "value": "Cash"},
            "NAME_CONTRACT_TYPE is one of 'Cash loans', 'Revolving loans'; it is never 'Cash'",
        ),
        (
            {"column": KIND, "op": ">", "value": "Cash loans"},
            "NAME_CONTRACT_TYPE is a text, which '>' does not compare",
        ),
        (amount("==", 1), "when needs a column, and an op among =, !=, in"),
        (amount(">", "1"), "AMT_CREDIT is a number, which is compared with a finite number, not with '1'"),
        (amount(">", True), "not with True"),
        (amount(">", math.inf), "not with inf"),
        (amount(">"), "not with None"),
        (amount("missing", 1), "'missing' takes no value"),
        (amount("in", 1), "'in' takes a list of at least one value, not 1"),
        (amount("in", []), "'in' takes a list of at least one value, not []"),
        (amount("between", [1]), "'between' takes a list of two numbers, the lower first, not [1]"),
        (amount("between", [2, 1]), "'between' takes the lower number first, not [2, 1]"),
        ({"all": []}, "when.all must be a list of at least one condition"),
        ({"any": amount(">", 1)}, "when.any must be a list of at least one condition"),
        (
            {"all": [amount(">", 1)], "any": [amount(">", 1)]},
            "when holds any beside all; put them into a condition each",
        ),
        ({"not": []}, "when.not must be a table"),
        ({"column": "AMT_CREDIT", "op": ">", "values": 1}, "when holds values; a condition has column, op and value"),
        ("AMT_CREDIT > 1", "when must be a table, such as"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_next_step(written, said):
    (sentence,) = wrong(written)
    assert said in sentence


def test_everything_that_is_wrong_is_said_at_once():
    sentences = wrong({"all": [amount(">", "x"), {"not": {"column": "AMT", "op": ">", "value": 1}}]})
    assert [one.partition(":")[0] for one in sentences] == ["when.all[0]", "when.all[1].not"]


def test_conditions_do_not_lie_in_one_another_without_end():
    written = amount(">", 1)
    for _ in range(5000):
        written = {"not": written}
    assert wrong(written)[0].startswith("when.not.not")


def test_after_the_model_its_answer_can_be_looked_at():
    X = np.full((3, len(COLUMNS)), NAN)
    values = RuleValues(
        X, {"probability": np.array([0.1, 0.2, 0.3]), "decision": np.array(["accept", "refer", "refuse"])}
    )
    written = {
        "all": [
            {"column": "decision", "op": "!=", "value": "refuse"},
            {"column": "probability", "op": ">", "value": 0.15},
        ]
    }
    assert condition(written, after=True).truth(values).tolist() == [-1, 1, -1]
    assert RuleColumns(COLUMNS, points=False).find("probability", after=True).high == 1.0
    with pytest.raises(LookupError, match="has no scale of points"):
        RuleColumns(COLUMNS, points=False).find("points", after=True)
