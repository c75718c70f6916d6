"""Weights that make group and outcome independent, and what tells two changes apart."""

import numpy as np
import pytest

from credit.training.training_changes import NONE, Changes, reweighed

#: Forty women, half of whom defaulted, and 120 men, a sixth.
GROUP = ["w"] * 40 + ["m"] * 120
DEFAULTED = np.array([1] * 20 + [0] * 20 + [1] * 20 + [0] * 100)


def rate(weight, group):
    inside = np.array(GROUP) == group
    return np.average(DEFAULTED[inside], weights=weight[inside])


def test_weighed_in_full_both_groups_default_alike():
    weight = reweighed(GROUP, DEFAULTED)
    assert rate(weight, "w") == pytest.approx(0.25)  # as all clients do
    assert rate(weight, "m") == pytest.approx(0.25)
    assert weight.mean() == pytest.approx(1)


def test_weighed_in_part_they_come_nearer():
    weight = reweighed(GROUP, DEFAULTED, 0.5)
    # The odds of default of a group move by the root of the factor by which they move in full: 1 to 1, and 1/3 to 1.
    assert rate(weight, "w") == pytest.approx(1 / (1 + np.sqrt(3)))
    assert rate(weight, "w") > rate(weight, "m") > 1 / 6


def test_a_group_with_few_of_an_outcome_keeps_its_weight():
    group = [*GROUP, *["x"] * 12]
    defaulted = np.array([*DEFAULTED, *[1] * 9, *[0] * 3])
    weight = reweighed(group, defaulted)
    assert len(set(weight[-12:])) == 1


def test_a_strength_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"above 0 and at most 1, not 1\.5"):
        reweighed(GROUP, DEFAULTED, 1.5)


def test_equal_changes_have_equal_keys_and_others_have_others():
    weight = reweighed(GROUP, DEFAULTED)
    one = Changes({"num_leaves": 4}, weight, {"DAYS_BIRTH": 1}, frozenset({"CODE_GENDER"}))
    same = Changes({"num_leaves": 4}, weight.copy(), {"DAYS_BIRTH": 1}, frozenset({"CODE_GENDER"}))
    assert (one == same, one.key) == (True, same.key)
    others = [
        Changes({"num_leaves": 5}, weight, {"DAYS_BIRTH": 1}, frozenset({"CODE_GENDER"})),
        Changes({"num_leaves": 4}, weight[::-1].copy(), {"DAYS_BIRTH": 1}, frozenset({"CODE_GENDER"})),
        Changes({"num_leaves": 4}, weight, {}, frozenset({"CODE_GENDER"})),
        Changes({"num_leaves": 4}, weight, {"DAYS_BIRTH": 1}),
    ]
    assert all(one != other and one.key != other.key for other in others)
    assert (NONE.key, Changes() == NONE) == ((), True)
