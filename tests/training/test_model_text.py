"""The text of a LightGBM model: taken apart, put together, and for fewer columns, with the same answers."""

import numpy as np
import pytest
from lightgbm import Booster, Dataset, train

from credit.training.model_text import ModelText, narrowed, with_line

NAMES = ["noise", "income", "gap", "score", "copy"]
SETTINGS = {"objective": "binary", "verbose": -1, "num_threads": 1, "min_child_samples": 5, "num_leaves": 4, "seed": 7}


def clients(number=800):
    """Five columns, of which the second and the fourth say something and have gaps."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(number, 5))
    y = (x[:, 1] - 2 * x[:, 3] + rng.normal(size=number) > 0).astype(int)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x, y


@pytest.fixture(scope="module")
def text():
    x, y = clients()
    settings = {**SETTINGS, "monotone_constraints": [0, 1, 0, -1, 0], "feature_contri": [0.0, 1.0, 0.0, 1.0, 0.0]}
    return train(settings, Dataset(x, y, feature_name=NAMES), 12).model_to_string()


def test_parts_of_a_model_are_its_text_again(text):
    parts = ModelText.of(text)
    assert len(parts.trees) == 12
    assert parts.head.startswith("tree\n")
    assert parts.tail.startswith("end of trees")
    assert str(parts) == text


def test_a_narrowed_model_reads_what_it_splits_on_and_says_the_same(text):
    x, _ = clients(300)
    small, positions = narrowed(text)
    assert positions == [1, 3]
    booster = Booster(model_str=small)
    assert booster.feature_name() == ["income", "score"]
    before = Booster(model_str=text)
    assert (booster.predict(x[:, positions]) == before.predict(x)).all()
    assert (booster.predict(x[:, positions], pred_leaf=True) == before.predict(x, pred_leaf=True)).all()
    shares = before.predict(x, pred_contrib=True)
    assert (booster.predict(x[:, positions], pred_contrib=True) == shares[:, [1, 3, 5]]).all()
    assert "[monotone_constraints: 1,-1]" in small
    assert "\nmonotone_constraints=1 -1\n" in small
    # And once more: nothing is left to leave out.
    assert narrowed(small) == (small, [0, 1])


def test_a_model_that_splits_on_nothing_keeps_one_column():
    x, y = clients(60)
    constant = train({**SETTINGS, "min_child_samples": 60}, Dataset(x, y), 3).model_to_string()
    small, positions = narrowed(constant)
    assert positions == [0]
    assert (Booster(model_str=small).predict(x[:, :1]) == Booster(model_str=constant).predict(x)).all()


def test_a_line_that_is_not_there_is_another_form(text):
    with pytest.raises(ValueError, match="0 lines max_feature: this version of LightGBM writes another form"):
        with_line("max_feature", lambda old: old, text)
