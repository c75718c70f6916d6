"""How sure a probability is: the interval of the rate, that of the client's own probability, and the break-even."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.decision.certainty import FULLER, TRUTH, Certainties
from credit.decision.value_of_information import Unknown
from credit.model.log_odds import log_odds
from credit.model.manifest import BundleError

COLUMNS = ("BUREAU_HISTORY", "EXT_SOURCE_2", "AMT_CREDIT")
BREAK_EVEN = 0.16
Z = 1.6448536269514722


def spreads(**more):
    """The bureau is worth 0.6 where the score is unknown and 0.3 where it is known; the score 0.8 and 0.4."""
    rows = [
        {"part": part, "known": known, "spread": [spread] * 5}
        for part, known, spread in (
            *(("bureau", [], 0.6), ("bureau", ["external_scores"], 0.3)),
            *(("external_scores", [], 0.8), ("external_scores", ["bureau"], 0.4)),
        )
    ]
    return {"columns": [], "spreads": rows, "scores": {"EXT_SOURCE_2": 1.0}, **more}


def certainties(left=None, rates=()):
    unknown = Unknown(COLUMNS, spreads(), BREAK_EVEN, 0.19, 1.0)
    return Certainties({"level": 0.9, "rates": list(rates), "left": left}, unknown, BREAK_EVEN)


def clients(*rows):
    return np.array([[np.nan if value is None else float(value) for value in row] for row in rows])


KNOWN, NO_BUREAU, NOTHING = (1, 0.5, 1000), (None, 0.5, 1000), (None, None, 1000)


def width(one):
    """Of the own interval, in standard deviations of log odds."""
    return float(log_odds(one.high) - log_odds(one.low)) / 2 / Z


def test_what_is_not_known_adds_up_part_after_part():
    # Nothing known: the bureau first, 0.6 with no score; then the score, 0.4 with the bureau.
    known, no_bureau, nothing = certainties().of(clients(KNOWN, NO_BUREAU, NOTHING), np.full(3, 0.1))
    assert (known.low, known.high) == (0.1, 0.1)
    assert width(no_bureau) == pytest.approx(0.3)
    assert width(nothing) == pytest.approx(np.sqrt(0.6**2 + 0.4**2))
    assert {known.of, nothing.of} == {FULLER}


def test_true_probabilities_spread_also_where_all_is_known():
    left = {"clients": 1000, "scores": [-3.0, -1.0], "spread": [0.4, 0.6]}
    p = 1 / (1 + np.exp(2.0))  # log odds -2, half way: 0.5
    (one,) = certainties(left).of(clients(KNOWN), np.array([p]))
    assert width(one) == pytest.approx(0.5)
    assert one.of == TRUTH


def test_the_centre_is_such_that_the_mean_is_the_answer():
    rng = np.random.default_rng(0)
    (one,) = certainties().of(clients(NOTHING), np.array([0.1]))
    middle = (log_odds(one.low) + log_odds(one.high)) / 2
    drawn = 1 / (1 + np.exp(-rng.normal(middle, np.sqrt(0.52), 400_000)))
    assert drawn.mean() == pytest.approx(0.1, abs=1e-3)
    assert ((drawn >= one.low) & (drawn <= one.high)).mean() == pytest.approx(0.9, abs=2e-3)


def test_the_rate_is_that_of_the_state_and_widens_the_own_interval():
    table = {"clients": 500, "defaults": 50, "scores": [-2.0], "low": [-2.5], "high": [-1.5]}
    measured = certainties(rates=[{"known": ["bureau", "external_scores"], **table}])
    p = 1 / (1 + np.exp(2.0))
    known, nothing = measured.of(clients(KNOWN, NOTHING), np.full(2, p))
    assert (log_odds(known.rate_low), log_odds(known.rate_high)) == pytest.approx((-2.5, -1.5))
    assert known.rate_clients == 500
    assert width(known) == pytest.approx(0.5 / Z)  # half the width of the rate's, which holds nine of ten
    assert (nothing.rate_low, nothing.rate_high, nothing.rate_clients) == (None, None, 0)


def test_a_segment_has_a_break_even_of_its_own():
    rows, p = clients(NO_BUREAU, NO_BUREAU), np.full(2, 0.3)
    assert [one.crosses_break_even for one in certainties().of(rows, p)] == [False, False]
    assert [one.crosses_break_even for one in certainties().of(rows, p, np.array([0.16, 0.3]))] == [False, True]


@pytest.mark.parametrize(("p", "crosses"), [(0.05, False), (0.12, True), (0.155, True), (0.2, True), (0.6, False)])
def test_a_client_is_marked_whose_interval_holds_the_break_even_probability(p, crosses):
    (one,) = certainties().of(clients(NO_BUREAU), np.array([p]))
    assert one.crosses_break_even is crosses
    assert (one.low < BREAK_EVEN <= one.high) is crosses


def test_the_rate_alone_may_cross():
    table = {"clients": 500, "defaults": 50, "scores": [-2.0], "low": [-2.5], "high": [-1.5]}
    measured = certainties(rates=[{"known": ["bureau", "external_scores"], **table}])
    p = float(1 / (1 + np.exp(2.0)))  # 0.119; the rate reaches 0.182
    (one,) = measured.of(clients(KNOWN), np.array([p]))
    assert one.rate_high > BREAK_EVEN
    assert one.crosses_break_even


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(1e-4, 1 - 1e-4), min_size=2, max_size=30),
    st.sampled_from([KNOWN, NO_BUREAU, NOTHING]),
    st.booleans(),
)
def test_the_own_interval_holds_the_answer_and_rises_with_it(probabilities, state, simulated):
    left = {"clients": 1000, "scores": [-4.0, -1.0], "spread": [0.4, 0.6]} if simulated else None
    p = np.sort(probabilities)
    found = certainties(left).of(clients(*[state] * len(p)), p)
    low, high = np.array([(one.low, one.high) for one in found]).T
    assert (low <= p).all()
    assert (p <= high).all()
    assert (np.diff(low) >= -1e-12).all()
    assert (np.diff(high) >= -1e-12).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": 0.95},
        {"rates": [{"known": []}]},
        {"left": {"clients": 1, "scores": [1.0], "spread": [-0.1]}},
        {"left": {"clients": 1, "scores": [2.0, 1.0], "spread": [0.1, 0.1]}},
        {"left": [0.4]},
        {"rates": None},
    ],
)
def test_what_is_no_table_of_intervals_is_refused(wrong):
    unknown = Unknown(COLUMNS, spreads(), BREAK_EVEN, 0.19, 1.0)
    with pytest.raises(BundleError, match="intervals"):
        Certainties({"level": 0.9, "rates": [], "left": None, **wrong}, unknown, BREAK_EVEN)
