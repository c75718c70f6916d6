"""Pictures of contributions: what is drawn, not how it looks."""

import numpy as np
import pytest

from credit.explain import Contributions, Importance
from credit.training import explanation_plots

COLUMNS = ("small", "large", "constant")


@pytest.fixture
def swarm() -> tuple[Contributions, np.ndarray]:
    dice = np.random.default_rng(3)
    X = dice.normal(size=(200, 3))
    X[:, 2] = 1.0
    X[:20, 1] = np.nan
    return Contributions(np.column_stack([0.1 * X[:, 0], np.nan_to_num(X[:, 1]), np.zeros(200)]), -2.0), X


def test_the_beeswarm_shows_every_client_of_every_feature_the_largest_on_top(swarm):
    contributions, X = swarm
    axes = explanation_plots.beeswarm(contributions, X, COLUMNS).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["large", "small", "constant"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first is on top
    points = np.concatenate([swarm.get_offsets() for swarm in axes.collections])
    assert len(points) == 3 * 200
    assert np.abs(points[:, 1] - np.round(points[:, 1])).max() <= 0.4 + 1e-9  # no feature reaches into the next
    first = points[np.round(points[:, 1]) == 0]
    np.testing.assert_allclose(np.sort(first[:, 0]), np.sort(contributions.values[:, 1]))


def test_the_beeswarm_colours_low_to_high_and_leaves_the_unknown_grey(swarm):
    contributions, X = swarm
    unknown, known = explanation_plots.beeswarm(contributions, X, COLUMNS, shown=1).axes[0].collections
    assert len(unknown.get_offsets()) == 20
    assert unknown.get_array() is None
    colours, places = known.get_array(), known.get_offsets()[:, 0]
    assert (colours[np.argmin(places)], colours[np.argmax(places)]) == (0, 1)


def test_points_of_one_place_lie_in_turns_around_their_row():
    # Five clients in one place, one elsewhere: 0, -1, +1, -2, +2 steps, of which 2.5 make the full height of 0.4.
    offset = explanation_plots._stacked(np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), span=1.0)
    np.testing.assert_allclose(offset, np.array([0, 1, 0, -1, 2, -2]) / 2.5 * 0.4)


def test_a_rare_value_has_the_other_colour():
    # More than 95 of 100 have no refusal: the percentiles are equal, and the three others are high all the same.
    np.testing.assert_array_equal(np.unique(explanation_plots._ranked(np.repeat([0.0, 1.0], [97, 3]))), [0, 1])
    np.testing.assert_array_equal(explanation_plots._ranked(np.full(3, 7.0)), [0.5, 0.5, 0.5])


def test_importance_draws_both_measures():
    table = [Importance("large", 0.2, 0.5), Importance("small", 0.8, 0.1), Importance("none", 0.0, 0.0)]
    left, right = explanation_plots.importance(table, shown=2).axes
    assert [bar.get_width() for bar in left.patches] == [0.5, 0.1]
    assert [bar.get_width() for bar in right.patches] == [20, 80]
    assert [label.get_text() for label in left.get_yticklabels()] == ["large", "small"]
    assert "log odds" in left.get_xlabel()
    assert "%" in right.get_xlabel()
