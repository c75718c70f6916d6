"""That the champion's trees obey the signs of its features, and that trees which do not are found out."""

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from credit.model.boosted import Boosted
from credit.model.calibration import Calibrated, Calibration
from credit.model.column_subset import ChosenColumns
from credit.training import monotone_check

COLUMNS = ["EXT_SOURCE_1", "AMT_CREDIT", "BUREAU_DEBT_TO_INCOME"]
QUIET = {"objective": "binary", "num_leaves": 8, "verbose": -1, "seed": 1, "num_threads": 1}


@pytest.fixture(scope="module")
def data():
    """Clients whose scores and debts tell the contrary of what sense says, with gaps."""
    generator = np.random.default_rng(5)
    x = generator.normal(size=(4000, 3))
    y = generator.random(4000) < 1 / (1 + np.exp(-(0.8 * x[:, 0] + 0.5 * x[:, 1] - 0.8 * x[:, 2] + x[:, 0] * x[:, 1])))
    x[generator.random(x.shape) < 0.1] = np.nan
    return x, y.astype(int)


def trained(data, **settings):
    x, y = data
    return lgb.train({**QUIET, **settings}, lgb.Dataset(x, y), 40)


def test_parameters_are_the_signs_in_the_order_of_the_columns():
    assert monotone_check.constraints(COLUMNS) == {
        "monotone_constraints": [-1, 0, 1],
        "monotone_constraints_method": "basic",
    }
    assert monotone_check.constraints(["AMT_CREDIT", "CODE_GENDER"]) == {}


def test_no_tree_reads_a_mixed_feature(data):
    spread = ["EXT_SOURCE_SPREAD", "AMT_CREDIT", "CODE_GENDER"]
    assert monotone_check.constraints(spread) == {"feature_contri": [0.0, 1.0, 1.0]}
    reads = trained(data, **monotone_check.constraints(spread)).feature_importance("split")
    assert reads[0] == 0
    assert (reads[1:] > 0).all()
    assert trained(data).feature_importance("split")[0] > 0


def test_trees_without_constraints_disobey_and_are_found_out(data):
    assert monotone_check.against(trained(data), COLUMNS) == ["EXT_SOURCE_1", "BUREAU_DEBT_TO_INCOME"]


def test_trees_under_constraints_obey_for_all_values(data):
    booster = trained(data, **monotone_check.constraints(COLUMNS))
    assert monotone_check.against(booster, COLUMNS) == []
    # What the walk over the trees says, seen from outside: no step of a value moves the score the forbidden way.
    x = data[0][:300]
    for place, way in ((0, -1), (2, 1)):
        scores = []
        for value in np.linspace(-3, 3, 41):
            moved = x.copy()
            moved[:, place] = value
            scores.append(booster.predict(moved, raw_score=True))
        steps = np.diff(scores, axis=0) * way
        assert steps.min() >= -1e-12


def test_what_an_exported_model_obeys_is_said_of_the_features_that_it_reads(data):
    x, y = -data[0], data[1]  # turned round, their debts tell what sense says
    sensible = trained((x[:, 1:], y), **monotone_check.constraints(COLUMNS[1:]))
    columns = ["AMT_CREDIT", "EXT_SOURCE_1", "BUREAU_DEBT_TO_INCOME"]
    model = Calibrated(ChosenColumns(Boosted(sensible), [0, 2], 3), Calibration(0.9, 0.1))
    assert monotone_check.obeyed(model, columns) == {"BUREAU_DEBT_TO_INCOME": 1}
    assert monotone_check.obeyed(Boosted(trained(data)), COLUMNS) == {}
    assert monotone_check.obeyed(DummyClassifier().fit([[0], [1]], [0, 1]), ["EXT_SOURCE_1"]) == {}


def test_one_leaf_that_disobeys_is_enough(data):
    """A model that obeys, written with the two sides of one split exchanged."""
    x, _ = data
    sensible = np.where(np.isnan(x[:, 0]), 0.5, x[:, 0]) < 0.2
    booster = trained((x, sensible.astype(int)), **monotone_check.constraints(COLUMNS), num_leaves=2)
    text = booster.model_to_string()
    tree = next(part for part in text.split("\n\n") if "split_feature=0" in part)
    values = next(line for line in tree.splitlines() if line.startswith("leaf_value="))
    left, right = values.removeprefix("leaf_value=").split()
    spoilt = lgb.Booster(model_str=text.replace(tree, tree.replace(values, f"leaf_value={right} {left}"), 1))
    assert monotone_check.against(booster, COLUMNS) == []
    assert monotone_check.against(spoilt, COLUMNS) == ["EXT_SOURCE_1"]


class Written:
    """A booster of one tree, written by hand: (feature, left, right) or the value of a leaf."""

    def __init__(self, tree):
        self.tree = tree

    def dump_model(self):
        def node(part):
            if not isinstance(part, tuple):
                return {"leaf_value": part}
            feature, left, right = part
            return {"split_feature": feature, "left_child": node(left), "right_child": node(right)}

        return {"tree_info": [{"tree_structure": node(self.tree)}]}


@pytest.mark.parametrize(
    ("tree", "disobeyed"),
    [
        # More debt goes to the right. No leaf there may be lower than any on the left; equal ones may stand.
        ((2, (1, 0.1, 0.2), (1, 0.2, 0.5)), []),
        ((2, (1, 0.1, 0.3), (1, 0.2, 0.5)), ["BUREAU_DEBT_TO_INCOME"]),
        ((2, (1, 0.1, 0.2), (1, 0.5, 0.15)), ["BUREAU_DEBT_TO_INCOME"]),
        # A higher score goes to the right, too, where no leaf may be higher.
        ((0, (1, 0.5, 0.2), (1, 0.2, 0.1)), []),
        ((0, (1, 0.5, 0.2), (1, 0.3, 0.1)), ["EXT_SOURCE_1"]),
        # Below a split on what has no sign, and a feature that stands twice above itself.
        ((1, 0.9, (2, 0.1, (0, 0.4, 0.3))), []),
        ((1, 0.9, (2, 0.1, (0, 0.3, 0.4))), ["EXT_SOURCE_1"]),
        ((2, (2, 0.1, 0.4), (2, 0.3, 0.5)), ["BUREAU_DEBT_TO_INCOME"]),
        ((1, 0.9, 0.1), []),
        (0.3, []),
    ],
)
def test_every_leaf_of_one_side_is_held_against_every_leaf_of_the_other(tree, disobeyed):
    assert monotone_check.against(Written(tree), COLUMNS) == disobeyed
