"""Ratios of approval rates, and how far a model moves them, on clients counted by hand."""

import numpy as np
import pytest

from credit.decision.intervals import Interval
from credit.training.approval_ratios import FourFifths, ratio_change, ratio_of

NAMES = ("women", "men", "not given")


def of(*counts):
    """(group, approved) of clients: for each of ``NAMES`` how many are approved and how many are not."""
    group = np.repeat(NAMES[: len(counts)], [sum(one) for one in counts])
    approved = np.concatenate([np.repeat([True, False], one) for one in counts])
    return group, approved


def test_the_ratio_is_the_lowest_rate_over_the_highest():
    found = ratio_of("gender", NAMES, *of((300, 100), (200, 200)))
    assert (found.attribute, found.lowest, found.highest, found.of) == ("gender", "men", "women", "approved")
    assert found.ratio.estimate == pytest.approx(0.5 / 0.75)
    # The delta method: the standard error of the log ratio is the root of the sum of (1 - p) / (n p).
    error = 2 / 3 * np.sqrt(0.25 / 300 + 0.5 / 200)
    assert found.ratio.low == pytest.approx(2 / 3 - 1.96 * error, abs=0.01)
    assert found.ratio.high == pytest.approx(2 / 3 + 1.96 * error, abs=0.01)


def test_a_group_of_less_than_two_per_cent_is_not_judged():
    found = ratio_of("gender", NAMES, *of((500, 0), (490, 0), (0, 10)))
    assert (found.ratio.estimate, {found.lowest, found.highest}) == (1, {"women", "men"})
    found = ratio_of("gender", NAMES, *of((500, 0), (480, 0), (0, 20)))
    assert (found.ratio.estimate, found.lowest) == (0, "not given")


def test_without_two_groups_or_an_approval_there_is_no_ratio():
    assert ratio_of("gender", NAMES, *of((5, 5))) is None
    assert ratio_of("gender", NAMES, *of((0, 5), (0, 5))) is None


@pytest.mark.parametrize(
    ("low", "high", "least", "verdict"),
    [(0.8, 0.9, 0.8, "kept"), (0.7, 0.79, 0.8, "broken"), (0.7, 0.8, 0.8, "open"), (0.7, 0.79, 0.7, "kept")],
)
def test_an_interval_is_held_against_a_least_ratio(low, high, least, verdict):
    assert FourFifths("gender", "men", "women", Interval(0.75, low, high)).against(least) == verdict


def test_two_models_that_decide_alike_have_no_difference_to_doubt():
    group, approved = of((300, 100), (200, 200))
    one = ratio_of("gender", NAMES, group, approved)
    assert ratio_change(one, one, group, approved, approved) == Interval(0, 0, 0)


def test_what_two_models_share_cancels():
    group, approved = of((300, 100), (200, 200))
    more = approved.copy()
    more[600:640] = True  # forty men more
    before, after = (ratio_of("gender", NAMES, group, one) for one in (approved, more))
    change = ratio_change(before, after, group, approved, more)
    assert change.estimate == pytest.approx(0.6 / 0.75 - 0.5 / 0.75)
    assert 0.08 < change.low < change.estimate < change.high < 0.19
    # Apart, each ratio is uncertain by more than their difference is.
    assert change.high - change.low < before.ratio.high - before.ratio.low


def test_the_pair_of_groups_may_be_another_one_after():
    group, approved = of((300, 100), (200, 200))
    other = np.ones(800, dtype=bool)
    other[:200] = False  # half of the women are refused, no man
    before, after = (ratio_of("gender", NAMES, group, one) for one in (approved, other))
    assert (after.lowest, after.highest) == ("women", "men")
    assert ratio_change(before, after, group, approved, other).estimate == pytest.approx(0.5 - 2 / 3)
