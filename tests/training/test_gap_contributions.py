"""What carries a difference in approvals, on four clients worked out by hand."""

import pytest

from credit.training.gap_contributions import carried, parts_of

GROUP = ["women", "women", "men", "men"]
#: Two columns. The first makes both men riskier by 1; the second makes one of them safer by 0.8.
CONTRIBUTION = [[0, 0], [0, 0], [1, 0], [1, -0.8]]


def test_the_column_that_tells_the_groups_apart_carries_all_of_the_difference():
    score = [0, 0, 1, 0.2]
    found = carried(
        {"first": ("A",), "second": ("B",), "both": ("A", "B")}, ("A", "B"), CONTRIBUTION, score, 0.7, GROUP, "men",
        "women",
    )  # fmt: skip
    # Approved are both women and one man: a difference of 0.5. With the first column's mean alike, 0.5 for all, the
    # scores are 0.5, 0.5, 0.5 and -0.3: all are approved. With the second's, -0.2 for all, they are -0.2, -0.2, 1.2 and
    # 0.4: as before.
    assert {one.part: one.points for one in found} == pytest.approx({"first": 0.5, "second": 0.0, "both": 0.0})
    assert found[0].part == "first"


def test_a_column_may_hold_the_difference_down():
    # The second column makes men safer: without it the man who is approved is not.
    contribution = [[0, 0], [0, 0], [0.9, -1], [1.5, -1]]
    found = carried({"B": ("B",)}, ("A", "B"), contribution, [0, 0, -0.1, 0.5], 0.6, GROUP, "men", "women")
    # Alike at -0.5: women -0.5, men 0.4 and 1.0. A difference of 0 becomes 0.5.
    assert found[0].points == pytest.approx(-0.5)


def test_parts_are_columns_with_all_that_is_made_of_them_and_groups_of_reasons():
    columns = ("CODE_GENDER", "AMT_CREDIT", "EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_MEAN", "OWN_CAR_AGE")
    parts = parts_of(columns)
    assert parts["EXT_SOURCE_1"] == ("EXT_SOURCE_1", "EXT_SOURCE_MEAN")
    assert parts["reason external_scores"] == ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_MEAN")
    assert parts["OWN_CAR_AGE"] == ("OWN_CAR_AGE",)
    assert "reason car" not in parts  # it names the same one column
    assert not {"CODE_GENDER", "AMT_CREDIT"} & {name for made in parts.values() for name in made}
