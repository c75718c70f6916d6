"""Every tenth tree asks what is known, and nothing else."""

import lightgbm as lgb
import numpy as np
import pytest

from credit.training.known_columns import EVERY, KNOWN, offered

COLUMNS = ["AMT_ANNUITY", "BUREAU_HISTORY", "EXT_SOURCE_2", "AMT_CREDIT"]


@pytest.fixture(scope="module")
def learnt():
    """40 trees on 4,000 clients, of whom an empty bureau report says less than the other columns."""
    generator = np.random.default_rng(7)
    x = generator.normal(size=(4000, len(COLUMNS)))
    x[:, 1] = np.where(generator.random(4000) < 0.5, np.nan, generator.random(4000) < 0.8)
    odds = 2 * x[:, 0] + 2 * x[:, 3] - x[:, 2] + 2 * (x[:, 1] == 0)
    y = generator.random(4000) < 1 / (1 + np.exp(-odds))
    data = lgb.Dataset(x, y.astype(float), feature_name=COLUMNS)
    settings = {"objective": "binary", "num_leaves": 4, "colsample_bytree": 0.5, "verbose": -1, "seed": 7}
    return lgb.train(settings, data, 4 * EVERY, callbacks=[offered(COLUMNS, 0.5)])


def split_on(learnt, trees):
    """The names of the columns on which these trees split."""
    found = learnt.trees_to_dataframe()
    return set(found.loc[found["tree_index"].isin(trees), "split_feature"].dropna())


def test_every_tenth_tree_splits_on_what_is_known_alone(learnt):
    tenth = [tree for tree in range(4 * EVERY) if tree % 10 == 9]
    assert len(tenth) == 4
    assert split_on(learnt, tenth) == {"BUREAU_HISTORY", "EXT_SOURCE_2"}
    others = [tree for tree in range(4 * EVERY) if tree not in tenth]
    assert {"AMT_ANNUITY", "AMT_CREDIT"} <= split_on(learnt, others)


def test_all_other_trees_see_their_share_of_the_columns(learnt):
    for tree in range(4 * EVERY):
        if tree % 10 != 9:
            assert len(split_on(learnt, [tree])) <= len(COLUMNS) * 0.5


def test_an_empty_history_is_told_from_an_unknown_one(learnt):
    empty, unknown = np.zeros((1, 4)), np.zeros((1, 4))
    unknown[0, 1] = np.nan
    assert learnt.predict(empty)[0] > learnt.predict(unknown)[0]


def test_the_known_columns_are_the_histories_and_the_scores():
    assert {
        *("BUREAU_HISTORY", "PREVIOUS_HISTORY", "POS_HISTORY", "INSTALMENTS_HISTORY", "CARD_HISTORY"),
        *("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"),
    } == KNOWN


def test_without_such_columns_nothing_is_offered():
    assert offered(["AMT_CREDIT", "AMT_ANNUITY"], 0.5) is None
