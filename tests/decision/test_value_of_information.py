"""What is not known of a client and what knowing it would be worth: worked out by hand, or by another integration."""

from itertools import combinations
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from credit.decision.policy import Policy
from credit.decision.value_of_information import Unknown, spread_out
from credit.model import Scorer
from credit.model.manifest import BundleError

COLUMNS = (
    "AMT_CREDIT",
    "AMT_INCOME_TOTAL",
    "CODE_GENDER",
    "DAYS_BIRTH",
    "NAME_INCOME_TYPE_Working",
    "NAME_INCOME_TYPE_Pensioner",
    "EXT_SOURCE_1",
    "EXT_SOURCE_2",
    "BUREAU_HISTORY",
    "PREVIOUS_HISTORY",
    "CARD_HISTORY",
)
USUAL = ["AMT_INCOME_TOTAL", "NAME_INCOME_TYPE", "DAYS_BIRTH", "CODE_GENDER"]
PARTS = ("bureau", "own_loans", "external_scores", "application")
#: All that can be known of a client, in the order of COLUMNS.
WHOLE = [200_000.0, 90_000.0, 1.0, -12_000.0, 1.0, 0.0, 0.5, 0.5, 1.0, 0.0, 0.0]
THRESHOLD, MARGIN, LOSS = 0.16, 0.19, 1.0
NORMAL = NormalDist()
#: The range reaches from the 7th to the 58th of 64 slices, each at its middle; so many standard deviations apart.
WIDTH = NORMAL.inv_cdf(57.5 / 64) - NORMAL.inv_cdf(6.5 / 64)


def rows(spreads, parts=PARTS):
    """The manifest's rows: ``spreads`` of a part, the same whatever else is known and however likely the default."""
    return [
        {"part": part, "known": list(known), "spread": [spreads[part]] * 5}
        for part in parts
        for size in range(len(parts))
        for known in combinations([one for one in parts if one != part], size)
    ]


def written(**spreads):
    return {"columns": USUAL, "spreads": rows({**dict.fromkeys(PARTS, 0.5), **spreads})}


def unknown(manifest=None, columns=COLUMNS, threshold=THRESHOLD):
    return Unknown(columns, written() if manifest is None else manifest, threshold, MARGIN, LOSS)


def client(columns=COLUMNS, **changes):
    known = {**dict(zip(COLUMNS, WHOLE, strict=True)), **changes}
    return np.array([[known[name] for name in columns]])


def without(*names):
    return client(**dict.fromkeys(names, np.nan))


def log_odds(p):
    return np.log(p / (1 - p))


def spread_of(worth):
    """The standard deviation of log odds that a range was made with."""
    return (log_odds(worth.high) - log_odds(worth.low)) / WIDTH


def test_scores_are_unknown_as_far_as_knowing_the_missing_one_would_move_the_probability():
    # Of the variance of all scores knowing the second one has 0.64: 0.8 of the deviation, 0.5.
    rules = unknown({**written(external_scores=0.5), "scores": {"EXT_SOURCE_1": 0.04, "EXT_SOURCE_2": 0.64}})
    p = np.array([0.12])
    (one,) = rules.of(without("EXT_SOURCE_2"), p)[0]
    assert (one.part.name, one.columns) == ("external_scores", ("EXT_SOURCE_2",))
    assert spread_of(one) == pytest.approx(0.8 * 0.5, rel=1e-6)
    (other,) = rules.of(without("EXT_SOURCE_1"), p)[0]
    assert spread_of(other) == pytest.approx(0.2 * 0.5, rel=1e-6)
    (both,) = rules.of(without("EXT_SOURCE_1", "EXT_SOURCE_2"), p)[0]
    assert both.columns == ()  # all of them
    assert spread_of(both) == pytest.approx(0.5, rel=1e-6)
    assert rules.of(client(), p) == [[]]


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0, 5))
def test_the_mean_of_what_a_probability_may_become_is_the_probability(p, spread):
    values = spread_out(np.array([p]), np.array([spread]))
    assert values.shape == (1, 64)
    assert abs(values.mean() - p) < 1e-9
    assert (np.diff(values) >= 0).all()


def test_without_a_spread_nothing_moves():
    p = np.array([0.01, 0.16, 0.3, 0.5])
    np.testing.assert_array_equal(spread_out(p, np.zeros(4)), np.repeat(p[:, None], 64, axis=1))
    # At the threshold itself rounding could make a change of decision of it.
    (found,) = unknown(written(bureau=0.0)).of(without("BUREAU_HISTORY"), np.array([0.16]))
    assert [(one.low, one.high, one.chance, one.worth) for one in found] == [(0.16, 0.16, 0.0, 0.0)]


@pytest.mark.parametrize(("p", "spread"), [(0.1, 0.5), (0.1, 1.0), (0.155, 0.3), (0.25, 0.8)])
def test_chance_and_worth_are_those_of_another_integration(p, spread):
    def default(z, centre):
        return 1 / (1 + np.exp(-(centre + spread * z)))

    def over(function, low=-10.0, high=10.0):
        return quad(lambda z: function(z) * NORMAL.pdf(z), low, high)[0]

    centre = brentq(lambda m: over(lambda z: default(z, m)) - p, -10, 5, xtol=1e-12)
    at = (log_odds(THRESHOLD) - centre) / spread
    # Accepted today: beyond the threshold a refusal saves the loss less the margin. Refused today: the other way round.
    if p < THRESHOLD:
        chance = 1 - NORMAL.cdf(at)
        gain = over(lambda z: LOSS * default(z, centre) - MARGIN * (1 - default(z, centre)), low=at)
    else:
        chance = NORMAL.cdf(at)
        gain = over(lambda z: MARGIN * (1 - default(z, centre)) - LOSS * default(z, centre), high=at)
    ((found,),) = unknown(written(bureau=spread)).of(without("BUREAU_HISTORY"), np.array([p]))
    assert found.part.name == "bureau"
    assert found.chance == pytest.approx(chance, abs=1 / 64)
    assert found.worth == pytest.approx(200_000 * gain, rel=0.05)
    assert log_odds(found.low) == pytest.approx(centre + spread * NORMAL.inv_cdf(0.1), abs=0.03 * spread)
    assert log_odds(found.high) == pytest.approx(centre + spread * NORMAL.inv_cdf(0.9), abs=0.03 * spread)


def test_what_cannot_change_the_decision_is_worth_nothing():
    ((found,),) = unknown(written(bureau=0.2)).of(without("BUREAU_HISTORY"), np.array([0.02]))
    assert (found.chance, found.worth) == (0.0, 0.0)
    assert found.low < 0.02 < found.high < 0.16


def test_worth_grows_with_the_loan_and_is_not_known_without_it():
    rules, p = unknown(written(bureau=1.0)), np.array([0.1])
    (one,), (two,) = (rules.of(client(BUREAU_HISTORY=np.nan, AMT_CREDIT=loan), p)[0] for loan in (100_000.0, 300_000.0))
    assert two.worth == pytest.approx(3 * one.worth)
    for loan in (np.nan, 0.0, -5.0, np.inf):
        ((found,),) = rules.of(client(BUREAU_HISTORY=np.nan, AMT_CREDIT=loan), p)
        assert found.worth is None
        assert found.chance == one.chance


def test_what_is_worth_most_comes_first_and_the_widest_where_worth_is_not_known():
    X = np.vstack([without("BUREAU_HISTORY", "PREVIOUS_HISTORY", "CARD_HISTORY", "EXT_SOURCE_1", "EXT_SOURCE_2")] * 2)
    X[1, COLUMNS.index("AMT_CREDIT")] = np.nan
    rules = unknown(written(bureau=0.6, own_loans=1.2, external_scores=0.9))
    for found in rules.of(X, np.array([0.1, 0.1])):
        assert [one.part.name for one in found] == ["own_loans", "external_scores", "bureau"]


def test_all_parts_known_leaves_nothing_to_say():
    assert unknown().of(client(), np.array([0.1])) == [[]]


@pytest.mark.parametrize(
    ("missing", "parts"),
    [
        (["BUREAU_HISTORY"], ["bureau"]),
        (["PREVIOUS_HISTORY"], ["own_loans"]),  # a part of it: another of the bank's own histories is known
        (["PREVIOUS_HISTORY", "CARD_HISTORY"], ["own_loans"]),
        (["EXT_SOURCE_1"], []),
        (["EXT_SOURCE_1", "EXT_SOURCE_2"], ["external_scores"]),
        (["AMT_CREDIT"], []),  # the loan is no part
        (["DAYS_BIRTH"], ["application"]),
    ],
)
def test_a_part_is_unknown_where_scores_or_any_of_its_tables_are(missing, parts):
    (found,) = unknown().of(without(*missing), np.array([0.1]))
    assert [one.part.name for one in found] == parts


def test_between_the_middles_of_two_ranges_the_variance_lies_on_a_straight_line():
    """The middles are -3.125 and -2.375; a quarter of the way from one to the other."""
    manifest = written()
    for row in manifest["spreads"]:
        row["spread"] = [0.1, 0.2, 0.6, 0.7, 0.8]
    rules = unknown(manifest)
    score = -3.125 + 0.25 * 0.75
    shares = {**rules.shares(client()), "bureau": np.array([1.0])}
    found = rules.variance(shares, np.array([1 / (1 + np.exp(-score))]))
    np.testing.assert_allclose(found, [0.75 * 0.2**2 + 0.25 * 0.6**2])


def test_half_of_a_part_has_half_the_variance():
    """Of two tables one is missing: 0.6 of the whole is 0.6 / sqrt(2) of the half, or 0.42."""
    rules, p = unknown(written(own_loans=0.6)), np.array([0.1])
    ((half,),) = rules.of(without("PREVIOUS_HISTORY"), p)
    ((other,),) = unknown(written(own_loans=0.6 / 2**0.5)).of(without("PREVIOUS_HISTORY", "CARD_HISTORY"), p)
    assert (half.low, half.high) == pytest.approx((other.low, other.high), abs=1e-9)


def test_a_history_that_is_known_to_be_empty_is_known():
    assert unknown().of(client(BUREAU_HISTORY=0.0), np.array([0.1])) == [[]]


def test_a_text_is_missing_where_all_of_its_columns_are_0():
    found = unknown().shares(np.vstack([client(), client(NAME_INCOME_TYPE_Working=0.0), without("CODE_GENDER")]))
    # One of four columns that are nearly always known; the other parts are there.
    assert found["application"].tolist() == [0.0, 0.25, 0.25]
    assert all(found[name].tolist() == [0.0] * 3 for name in ("bureau", "own_loans", "external_scores"))
    # A pensioner has said what they live on.
    pensioner = client(NAME_INCOME_TYPE_Working=0.0, NAME_INCOME_TYPE_Pensioner=1.0)
    assert unknown().shares(pensioner)["application"].tolist() == [0.0]


def test_missing_columns_are_named_in_the_order_of_their_weight():
    ((found,),) = unknown().of(without("CODE_GENDER", "AMT_INCOME_TOTAL"), np.array([0.1]))
    assert found.columns == ("AMT_INCOME_TOTAL", "CODE_GENDER")


def test_less_than_a_tenth_of_the_application_is_not_spoken_of():
    documents = [f"FLAG_DOCUMENT_{number}" for number in range(2, 13)]
    columns = ("AMT_CREDIT", *documents)
    rules = unknown({"columns": documents, "spreads": rows({"application": 1.0}, ["application"])}, columns)
    X = np.ones((2, len(columns)))
    X[0, 1] = np.nan  # one of eleven
    X[1, 1:] = np.nan
    one, all_of_them = rules.of(X, np.array([0.1, 0.1]))
    assert one == []
    assert all_of_them[0].columns == tuple(documents[:5])


@pytest.mark.parametrize(
    ("missing", "spread"),
    [
        # Variances: 1 with half of the columns missing, 4 with all, on straight lines between.
        (["DAYS_BIRTH"], 0.5**0.5),
        (["DAYS_BIRTH", "CODE_GENDER"], 1.0),
        (["DAYS_BIRTH", "CODE_GENDER", "AMT_INCOME_TOTAL"], 2.5**0.5),
    ],
)
def test_the_spread_of_an_application_grows_with_what_is_missing(missing, spread):
    manifest = written(application=2.0)
    for row in manifest["spreads"]:
        if row["part"] == "application":
            row["half"] = [1.0] * 5
    ((found,),) = unknown(manifest).of(without(*missing), np.array([0.1]))
    assert spread_of(found) == pytest.approx(spread)


def test_the_spread_is_that_of_what_else_is_known_and_of_how_likely_a_default_is():
    manifest = written()
    for row in manifest["spreads"]:
        if row["part"] == "bureau":
            # Wider where less is known beside it; between log odds of -3.5, -2.75, -2 and -1.25 each its own.
            row["spread"] = [0.1 * (4 - len(row["known"])) + step for step in (0.0, 0.01, 0.02, 0.03, 0.04)]
    rules = unknown(manifest)
    odds = np.array([-4.0, -3.0, -2.5, -1.5, -1.0])
    found = rules.of(np.vstack([without("BUREAU_HISTORY")] * 5), 1 / (1 + np.exp(-odds)))
    assert [spread_of(one) for (one,) in found] == pytest.approx([0.1, 0.11, 0.12, 0.13, 0.14])
    X = without("BUREAU_HISTORY", "PREVIOUS_HISTORY", "CARD_HISTORY")
    (both,) = rules.of(X, np.array([1 / (1 + np.exp(4.0))]))
    assert [spread_of(one) for one in both if one.part.name == "bureau"] == pytest.approx([0.2])


def test_many_clients_are_answered_as_each_alone():
    X = np.vstack([client(), without("BUREAU_HISTORY"), without("DAYS_BIRTH"), without("EXT_SOURCE_1", "EXT_SOURCE_2")])
    p, rules = np.array([0.05, 0.1, 0.2, 0.4]), unknown()
    assert rules.of(X, p) == [rules.of(X[i : i + 1], p[i : i + 1])[0] for i in range(4)]


def test_a_part_of_which_the_columns_cannot_say_whether_it_is_known_is_left_out():
    columns = tuple(name for name in COLUMNS if name != "BUREAU_HISTORY")
    rules = unknown(columns=columns)
    assert rules.of(client(columns), np.array([0.1])) == [[]]
    assert set(rules.shares(client(columns))) == set(PARTS) - {"bureau"}


FILES = {"files": {"model.pkl": "0" * 64}}
COSTS = {"margin": MARGIN, "loss_given_default": LOSS}


def policy(**manifest):
    return Policy(Scorer(None, COLUMNS, THRESHOLD, {**FILES, **manifest}, lambda X: X[:, 0]))


def test_a_manifest_that_says_nothing_of_parts_knows_no_worth():
    assert policy().unknown is None
    assert policy(costs=COSTS).unknown is None
    assert policy(unknown=written(), costs=COSTS).unknown is not None


def test_a_manifest_that_says_nothing_of_costs_has_the_usual_ones():
    X, p = without("DAYS_BIRTH", "EXT_SOURCE_1", "EXT_SOURCE_2"), np.array([0.15])
    usual, given = policy(unknown=written()), policy(unknown=written(), costs={"margin": 0.19, "loss_given_default": 1})
    assert usual.unknown.of(X, p) == given.unknown.of(X, p) != [[]]


def damaged(change):
    manifest = written()
    change(manifest)
    return manifest


@pytest.mark.parametrize(
    "manifest",
    [
        [],
        "bureau",
        {},
        {"columns": USUAL},
        {"columns": USUAL, "spreads": None},
        {"columns": USUAL, "spreads": ["bureau"]},
        {"columns": ["AMT_CREDIT"], "spreads": []},  # the loan's own amount
        {"columns": ["EXT_SOURCE_1"], "spreads": []},  # of another part
        {**written(), "scores": {"DAYS_BIRTH": 0.5}},  # no score
        {**written(), "scores": {"EXT_SOURCE_1": 1.5}},
        {**written(), "scores": [0.5]},
        {"columns": ["OCCUPATION_TYPE"], "spreads": []},  # which the model does not read
        damaged(lambda all_of_it: all_of_it["spreads"].pop()),  # a state without its spread
        damaged(lambda all_of_it: all_of_it["spreads"][0].update(part="weather")),
        damaged(lambda all_of_it: all_of_it["spreads"][0].update(known=["weather"])),
        damaged(lambda all_of_it: all_of_it["spreads"][0].pop("known")),
        damaged(lambda all_of_it: [row.update(spread=[0.5] * 4) for row in all_of_it["spreads"]]),
        damaged(lambda all_of_it: all_of_it["spreads"][0].update(spread=[0.5, 0.5, 0.5, 0.5, -0.5])),
        damaged(lambda all_of_it: all_of_it["spreads"][0].update(spread=[0.5, 0.5, 0.5, 0.5, None])),
        damaged(lambda all_of_it: all_of_it["spreads"][0].update(half=[0.5])),
    ],
)
def test_a_damaged_manifest_is_refused_when_the_model_is_loaded(manifest):
    with pytest.raises(BundleError, match=r"The manifest's unknown parts cannot be used .*export the model again\."):
        policy(unknown=manifest, costs=COSTS)


@pytest.mark.parametrize("margin", [None, 0, -0.1, "much"])
def test_costs_without_a_margin_are_refused(margin):
    with pytest.raises(BundleError, match=r"rule cannot be used .*export the model again"):
        policy(unknown=written(), costs={**COSTS, "margin": margin})
