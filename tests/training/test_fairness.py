"""Approval by gender and age on clients counted by hand."""

import math

import numpy as np
import polars as pl
import pytest

from credit.decision.client_groups import AGES
from credit.decision.intervals import Interval
from credit.training.approval_ratios import FourFifths
from credit.training.fairness import by_group


def clients(rows, years=40.0):
    """Clients of (gender, probability, defaulted) with loans of 100, 200, ...; ``years``: their age, one or each."""
    gender, p, bad = (list(values) for values in zip(*rows, strict=True))
    age = np.broadcast_to(np.asarray(years, dtype=float), (len(rows),))
    return pl.DataFrame(
        {
            "CODE_GENDER": pl.Series(gender, dtype=pl.Float64),
            "DAYS_BIRTH": -np.ceil(age * 365.25),
            "TARGET": bad,
            "PROBABILITY_OF_DEFAULT": p,
            "AMT_CREDIT": [100.0 * (number + 1) for number in range(len(rows))],
            # As with a review that pays from 0.15 to 0.25, and a threshold of 0.16.
            "DECISION": ["accept" if one < 0.15 else "refer" if one < 0.25 else "refuse" for one in p],
        }
    )


def row(groups, group):
    return groups.table.row(by_predicate=pl.col("group") == group, named=True)


#: Four women, one of them refused; four men, two of them refused.
EIGHT = [
    (0, 0.05, 0),
    (0, 0.10, 1),
    (0, 0.10, 0),
    (0, 0.30, 1),
    (1, 0.10, 0),
    (1, 0.15, 1),
    (1, 0.16, 0),
    (1, 0.40, 0),
]


def test_eight_clients_counted_by_hand():
    women, men = (row(by_group(clients(EIGHT), 0.16), name) for name in ("women", "men"))
    assert (women["clients"], men["clients"]) == (4, 4)
    # A probability at the threshold is refused.
    assert (women["approved"], men["approved"]) == (0.75, 0.5)
    assert women["amount_approved"] == pytest.approx((100 + 200 + 300) / 1000)
    assert men["amount_approved"] == pytest.approx((500 + 600) / 2600)
    assert (women["ratio"], men["ratio"]) == (1, pytest.approx(2 / 3))
    assert women["predicted"] == pytest.approx(0.55 / 4)
    assert (women["defaulted"], men["defaulted"]) == (0.5, 0.25)
    # Of two women who defaulted one was approved; the man who did was too. Refused: no good woman, two good men of 3.
    assert (women["false_negative_rate"], men["false_negative_rate"]) == (0.5, 1)
    assert (women["false_positive_rate"], men["false_positive_rate"]) == (0, pytest.approx(2 / 3))


def test_the_four_fifths_ratio_is_the_lowest_rate_over_the_highest():
    (gender,) = by_group(clients(EIGHT), 0.16).four_fifths
    assert (gender.attribute, gender.lowest, gender.highest) == ("gender", "men", "women")
    assert gender.ratio.estimate == pytest.approx(0.5 / 0.75)
    # Eight clients tell nothing.
    assert gender.ratio.low < 0.4
    assert gender.ratio.high > 1
    assert gender.verdict == "open"


def test_the_rule_that_is_served_is_shown_beside_the_threshold():
    groups = by_group(clients(EIGHT), 0.16)
    women, men = (row(groups, name) for name in ("women", "men"))
    # Referred: the men of 0.15 and 0.16; refused: the woman of 0.30 and the man of 0.40.
    assert (women["accepted"], women["referred"], women["refused"]) == (0.75, 0, 0.25)
    assert (men["accepted"], men["referred"], men["refused"]) == (0.25, 0.5, 0.25)
    assert women["accepted_low"] < 0.75 < women["accepted_high"]
    assert (women["accepted_ratio"], men["accepted_ratio"]) == (1, pytest.approx(1 / 3))
    assert men["accepted_ratio_low"] < 1 / 3 < men["accepted_ratio_high"]
    (gender,) = groups.accepted
    assert (gender.of, gender.lowest, gender.highest) == ("accepted", "men", "women")
    assert gender.ratio.estimate == pytest.approx(1 / 3)


@pytest.mark.parametrize("decision", [None, "approve"])
def test_decisions_that_are_none_are_refused(decision):
    frame = clients(EIGHT).with_columns(DECISION=pl.lit(decision, dtype=pl.String))
    with pytest.raises(
        ValueError, match="DECISION must be accept, refer or refuse, and is something else for 8 clients"
    ):
        by_group(frame, 0.16)


def test_the_interval_of_the_ratio_is_as_wide_as_theory_has_it():
    # 4,000 women of whom 90 % are approved, 2,000 men of whom 80 %: ratio 0.889. The logarithm of a ratio of shares has
    # variance (1 - p) / (n p) from each: 0.1 / 3600 + 0.2 / 1600 = 0.0001528, standard error 0.01236.
    rows = [(0, 0.1 if k % 10 else 0.3, 0) for k in range(4000)] + [(1, 0.1 if k % 5 else 0.3, 0) for k in range(2000)]
    (gender,) = by_group(clients(rows), 0.16, seed=3).four_fifths
    assert gender.ratio.estimate == pytest.approx(0.8 / 0.9)
    assert gender.ratio.low == pytest.approx(8 / 9 * math.exp(-1.96 * 0.01236), abs=0.003)
    assert gender.ratio.high == pytest.approx(8 / 9 * math.exp(1.96 * 0.01236), abs=0.003)
    assert gender.verdict == "kept"


def test_a_rule_that_refuses_half_of_the_men_breaks_four_fifths():
    rows = [(0, 0.1, 0)] * 1000 + [(1, 0.1, 0), (1, 0.3, 0)] * 500
    (gender,) = by_group(clients(rows), 0.16).four_fifths
    assert gender.verdict == "broken"


def test_the_interval_holds_the_true_ratio_nineteen_times_in_twenty():
    rng = np.random.default_rng(0)
    held = 0
    for repeat in range(200):
        women = rng.random(600) < 0.9
        men = rng.random(40) < 0.70
        rows = [(0, 0.1 if passed else 0.3, 0) for passed in women] + [(1, 0.1 if p else 0.3, 0) for p in men]
        found = row(by_group(clients(rows), 0.16, repeats=400, seed=repeat), "men")
        held += found["ratio_low"] <= 0.70 / 0.9 <= found["ratio_high"]
    # Expected 190 of 200, standard error 3; on 40 men rates come in steps of 0.025.
    assert 180 <= held <= 199


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(0.8, 0.9, "kept"), (0.79, 0.9, "open"), (0.7, 0.8, "open"), (0.7, 0.799, "broken")]
)
def test_the_verdict_wants_the_whole_interval_on_one_side_of_four_fifths(low, high, verdict):
    assert FourFifths("gender", "men", "women", Interval((low + high) / 2, low, high)).verdict == verdict


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    frame = clients(EIGHT * 20)
    one, same, other = (by_group(frame, 0.16, seed=seed).four_fifths[0].ratio for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_three_approved_clients_are_no_certainty():
    rows = [(0, 0.1, 0)] * 90 + [(0, 0.3, 0)] * 10 + [(1, 0.1, 0)] * 3
    men = row(by_group(clients(rows), 0.16), "men")
    assert men["approved"] == 1
    # Wilson: 3.8415 / 6.8415 = 0.5615 off from the top.
    assert men["approved_low"] == pytest.approx(1 - 0.5615, abs=1e-3)
    assert men["approved_high"] == 1
    women = row(by_group(clients(rows), 0.16), "women")
    assert men["ratio"] == 1  # three of 103 clients are 2.9 %: judged, and the highest
    assert women["ratio_low"] < 0.95
    assert women["ratio_high"] > 1.2


@pytest.mark.parametrize(
    ("years", "band"),
    [(18, "under 25"), (24.999, "under 25"), (25, "25 to 34"), (34.99, "25 to 34"), (35, "35 to 44"),
     (45, "45 to 54"), (54.99, "45 to 54"), (55, "55 and over"), (90, "55 and over")],
)  # fmt: skip
def test_a_client_belongs_to_the_band_of_the_age_at_the_application(years, band):
    days = -math.ceil(years * 365.25) if years == int(years) else -math.floor(years * 365.25)
    frame = clients([(0, 0.1, 0)]).with_columns(pl.lit(days).alias("DAYS_BIRTH"))
    assert row(by_group(frame, 0.16), band)["clients"] == 1


def test_bands_without_clients_are_shown_empty():
    groups = by_group(clients(EIGHT, 40), 0.16)
    assert groups.table["group"].to_list() == ["women", "men", *AGES]
    empty = row(groups, "under 25")
    assert (empty["clients"], empty["judged"]) == (0, False)
    measured = set(empty) - {"attribute", "group", "clients", "judged"}
    assert {name for name in measured if empty[name] is not None} == set()
    assert [one.attribute for one in groups.four_fifths] == ["gender"]  # one band of age alone cannot be compared


def test_who_did_not_say_is_a_group_that_is_not_judged_where_it_is_small():
    rows = [(0, 0.1, 0)] * 60 + [(1, 0.1, 0)] * 39 + [(None, 0.9, 0), (float("nan"), 0.1, 0)]
    groups = by_group(clients(rows).with_columns(pl.lit(None, dtype=pl.Float64).alias("DAYS_BIRTH")), 0.16)
    silent = groups.table.filter(pl.col("group") == "not given", pl.col("attribute") == "gender").row(0, named=True)
    assert silent["clients"] == 2
    assert silent["approved"] == 0.5
    assert silent["judged"] is False  # 2 of 101 clients are below 2 %
    assert silent["ratio_low"] < 0.2
    assert silent["ratio_high"] == pytest.approx(1, abs=0.05)
    assert groups.four_fifths[0].ratio.estimate == 1
    age = groups.table.filter(pl.col("group") == "not given", pl.col("attribute") == "age").row(0, named=True)
    assert age["clients"] == 101


def test_a_group_nobody_of_whom_is_approved_has_a_ratio_of_nought():
    rows = [(0, 0.1, 0)] * 50 + [(1, 0.5, 1)] * 50
    groups = by_group(clients(rows), 0.16)
    men = row(groups, "men")
    assert (men["approved"], men["ratio"], men["ratio_low"]) == (0, 0, 0)
    assert 0 < men["ratio_high"] < 0.1
    assert men["false_negative_rate"] == 0
    assert men["false_positive_rate"] is None  # nobody of them repaid
    assert groups.four_fifths[0].verdict == "broken"


def test_where_nobody_is_approved_there_is_no_ratio():
    groups = by_group(clients(EIGHT), 0.01)
    assert groups.four_fifths == ()
    assert groups.table["ratio"].null_count() == len(groups)


def test_where_everybody_is_approved_the_ratio_is_one():
    (gender,) = by_group(clients(EIGHT * 50), 0.99).four_fifths
    assert (gender.lowest, gender.highest, gender.ratio.estimate, gender.verdict) == ("men", "women", 1, "kept")


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("CODE_GENDER", [2.0], "CODE_GENDER must be 0 .woman., 1 .man. or missing, not 2.0"),
        ("CODE_GENDER", ["F"], "take it from the features"),
        ("DAYS_BIRTH", [14000], "days before the application, below 0, or missing, not 14000"),
        ("TARGET", [None], "TARGET must be 0 .repaid. or 1 .defaulted., "),
        ("TARGET", [2], "not 2"),
        ("PROBABILITY_OF_DEFAULT", [math.nan], "between 0 and 1, not nan"),
        ("PROBABILITY_OF_DEFAULT", [1.5], "between 0 and 1, not 1.5"),
        ("AMT_CREDIT", [-1.0], "at least 0, not -1.0"),
    ],
)
def test_wrong_values_are_refused_with_the_rule(column, values, sentence):
    frame = clients([(0, 0.1, 0)]).with_columns(pl.Series(column, values))
    with pytest.raises(ValueError, match=sentence):
        by_group(frame, 0.16)


def test_no_clients_are_refused():
    with pytest.raises(ValueError, match="no clients"):
        by_group(clients([(0, 0.1, 0)]).clear(), 0.16)
