"""The frontier of saving against ratios of approvals, on clients counted by hand."""

import numpy as np
import pytest
from support.frontier import point

from credit.decision.cost import Costs
from credit.decision.intervals import Interval
from credit.training.client_attributes import ALWAYS
from credit.training.fairness_frontier import Decided, Frontier, judged, taken, with_dominated

COSTS = Costs()  # a margin of 0.19, all of a defaulted loan lost

#: A hundred women and a hundred men with loans of 1,000; the first ten of each defaulted.
CLIENTS = Decided(
    np.tile(np.repeat([1, 0], [10, 90]), 2),
    np.full(200, 1000.0),
    {"gender": np.repeat(["women", "men"], 100)},
)


def refusing(women, men):
    """Probabilities by which the first so many of each are refused."""
    p = np.full(200, 0.01)
    p[:women], p[100 : 100 + men] = 0.9, 0.9
    return p


def test_saving_ratio_and_what_both_gain_over_the_unchanged_model():
    unchanged, other = refusing(10, 40), refusing(10, 20)
    found = judged(CLIENTS, other, unchanged, COSTS)
    # Accepting everybody loses 20 loans. Refused besides the defaulters are 10 good men, of 190 each; before, 30.
    assert found.saving == pytest.approx(1 - 10 * 190 / 20_000)
    assert found.ratios["gender"].ratio.estimate == pytest.approx(0.8 / 0.9)
    assert found.changes["gender"].estimate == pytest.approx(0.8 / 0.9 - 0.6 / 0.9)
    assert found.changes["gender"].low > 0
    assert found.least == pytest.approx(0.8 / 0.9)
    # They differ on good men alone: on no defaulter, so nothing is said of what the difference is worth.
    assert found.gain is None


def test_a_gain_is_measured_where_enough_defaulters_are_decided_otherwise():
    found = judged(CLIENTS, refusing(10, 2), refusing(10, 10), COSTS)
    assert found.gain.estimate == pytest.approx(-8 * 1000 / 20_000)
    assert found.gain.low < found.gain.estimate < found.gain.high
    assert found.interval.low < found.saving < found.interval.high


def test_the_unchanged_model_gains_nothing_over_itself():
    found = judged(CLIENTS, refusing(10, 40), refusing(10, 40), COSTS)
    assert found.gain == Interval(0, 0, 0)
    assert found.changes["gender"] == Interval(0, 0, 0)


def test_a_point_is_dominated_by_the_best_of_those_that_are_better_in_all():
    points = with_dominated(
        [
            point(0, 0.30, gender=0.90, age=0.70),
            point(1, 0.28, gender=0.95, age=0.72),
            point(2, 0.27, gender=0.95, age=0.71),  # by 1: less saved, and no ratio higher
            point(3, 0.25, gender=0.90, age=0.90),
            point(4, 0.20, gender=0.89, age=0.70),  # by 0, 1, 2 and 3: 0 saves most
            point(5, 0.30, gender=0.90, age=0.70),  # as good as 0, and not better
        ]
    )
    assert [one.dominated_by for one in points] == [None, None, 1, None, 0, None]


@pytest.fixture
def frontier():
    points = [
        point(0, 0.300, gender=0.90, age=0.70),
        point(1, 0.296, gender=0.88, age=0.80),
        point(2, 0.280, gender=0.95, age=0.90),
        point(3, 0.297, gender=0.99, age=0.80),
    ]
    return Frontier(tuple(points), ALWAYS, {}, 1000, 250)


@pytest.mark.parametrize(
    ("cost", "number"),
    [
        (0, 0),
        (0.3, 3),
        (0.4, 3),  # 1 is as high in its lowest ratio, 0.8, and saves less
        (1.9, 3),
        (2, 2),
    ],
)
def test_the_rule_takes_the_highest_of_the_lowest_ratios_that_costs_no_more(frontier, cost, number):
    found, rule = taken(frontier, cost=cost)
    assert found.number == number
    assert rule == f"the largest of the lowest ratios that costs at most {cost:g} points out of fold"


def test_a_point_is_taken_by_its_number(frontier):
    assert taken(frontier, 2) == (frontier.points[2], "point 2, as named")
    with pytest.raises(ValueError, match="there is no point 4; they are numbered from 0 to 3"):
        taken(frontier, 4)
    with pytest.raises(ValueError, match="not both and not neither"):
        taken(frontier)


def test_the_table_has_a_row_a_point_and_null_where_nothing_can_be_told(frontier):
    table = frontier.table()
    assert table["number"].to_list() == [0, 1, 2, 3]
    assert table["ratio_age"].to_list() == [0.70, 0.80, 0.90, 0.80]
    assert table["test_ratio_gender_low"].to_list() == pytest.approx([0.80, 0.78, 0.85, 0.89])
    assert table["gain"].null_count() == 4
    assert frontier.to_dict()["points"][2]["out_of_fold"]["ratios"]["age"]["estimate"] == 0.90
