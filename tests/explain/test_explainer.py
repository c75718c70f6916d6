"""Contributions: they add up, they are shap's, and what has none is told."""

import subprocess
import sys

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier

from credit.explain import Explainer, NotExplainable
from credit.model.calibration import Calibrated, Calibration


def log_odds(probability: np.ndarray) -> np.ndarray:
    return np.log(probability) - np.log1p(-probability)


def stump(learning_rate: float) -> LGBMClassifier:
    """One split, worked out by hand: of 30 clients with x = 0, 6 default; of 10 with x = 1, 8 do.

    From log odds 0 the gradients are 0.5 - y, the second derivatives 0.25: the left leaf is -(15 - 6) / 7.5 = -1.2, the
    right one -(5 - 8) / 2.5 = +1.2, both times the learning rate.
    """
    x = np.repeat([0.0, 1.0], [30, 10])[:, None]
    y = np.repeat([1, 0, 1, 0], [6, 24, 8, 2])
    model = LGBMClassifier(
        n_estimators=1,
        num_leaves=2,
        learning_rate=learning_rate,
        min_child_samples=1,
        boost_from_average=False,
        n_jobs=1,
        verbose=-1,
    )
    return model.fit(x, y)


def test_a_single_split_is_explained_as_by_hand(scorer_of):
    explainer = Explainer(scorer_of(Calibrated(stump(1.0), Calibration(0.5, 0.1)), ("EXT_SOURCE_2",)))
    found = explainer.contributions(np.array([[0.0], [1.0]]))
    # The mean score is (30 * -1.2 + 10 * 1.2) / 40 = -0.6; calibrated: 0.1 + 0.5 * -0.6 = -0.2.
    assert found.base_value == pytest.approx(-0.2, abs=1e-6)
    # -1.2 + 0.6 = -0.6 and 1.2 + 0.6 = 1.8, times the slope.
    np.testing.assert_allclose(found.values, [[-0.3], [0.9]], atol=1e-6)


def test_contributions_plus_base_value_give_the_score(explainer, scorer, clients):
    found = explainer.contributions(clients)
    np.testing.assert_allclose(found.log_odds, log_odds(scorer.probability(clients)), rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.base_value + found.values.sum(axis=1), found.log_odds, rtol=0, atol=1e-12)


@pytest.mark.parametrize("calibrated", [True, False])
def test_a_model_that_was_not_calibrated_adds_up_too(trees, clients, calibrated, scorer_of):
    scorer = scorer_of(Calibrated(trees, Calibration()) if calibrated else trees)
    found = Explainer(scorer).contributions(clients)
    np.testing.assert_allclose(found.log_odds, log_odds(scorer.probability(clients)), rtol=0, atol=1e-6)


def test_scores_beyond_the_calibration_still_add_up(scorer_of):
    # Twenty times the steps: leaves of -24 and +24, base value -12; the calibration stops at 13.8155.
    scorer = scorer_of(Calibrated(stump(20.0), Calibration(0.5, 0.1)), ("EXT_SOURCE_2",))
    X = np.array([[0.0], [1.0]])
    found = Explainer(scorer).contributions(X)
    assert found.base_value == pytest.approx(0.1 + 0.5 * -12, abs=1e-5)
    np.testing.assert_allclose(found.log_odds, [0.1 - 0.5 * 13.8155, 0.1 + 0.5 * 13.8155], atol=1e-4)
    np.testing.assert_allclose(found.log_odds, log_odds(scorer.probability(X)), rtol=0, atol=1e-6)


# shap 0.51 makes its colours, as it is imported, in a way that matplotlib 3.11 will drop, and tells of every LightGBM
# model that its answer once had another shape; neither touches the numbers.
@pytest.mark.filterwarnings("ignore:The set_(bad|over|under) function:PendingDeprecationWarning")
@pytest.mark.filterwarnings("ignore:LightGBM binary classifier with TreeExplainer:UserWarning")
def test_contributions_are_those_of_the_shap_package(explainer, trees, clients):
    import shap  # takes seconds

    theirs = shap.TreeExplainer(trees.booster_)
    values = theirs.shap_values(clients)
    found = explainer.contributions(clients)
    np.testing.assert_allclose(found.values, 0.8 * values, rtol=0, atol=1e-6)
    assert found.base_value == pytest.approx(-0.3 + 0.8 * theirs.expected_value, abs=1e-6)


def test_a_model_of_another_make_is_refused(clients, scorer_of):
    y = (np.nan_to_num(clients[:, 5]) < 0.5).astype(int)
    model = HistGradientBoostingClassifier(max_iter=2).fit(clients, y)
    with pytest.raises(NotExplainable, match=r"HistGradientBoostingClassifier has no.*only a LightGBM.*credit train"):
        Explainer(scorer_of(Calibrated(model, Calibration(0.9, 0.0))))


def test_linear_trees_are_refused(clients, scorer_of):
    X, y = np.nan_to_num(clients), (np.nan_to_num(clients[:, 5]) < 0.5).astype(int)
    model = LGBMClassifier(n_estimators=2, linear_tree=True, n_jobs=1, verbose=-1).fit(X, y)
    with pytest.raises(NotExplainable, match=r"LightGBM gives no contributions.*not implemented for linear trees"):
        Explainer(scorer_of(model))


def test_trees_whose_contributions_do_not_add_up_are_refused(trees, clients, scorer_of):
    # As if the model answered something else than its trees: a doubled score.
    other = Calibrated(trees, Calibration(0.8, -0.3))
    scorer = scorer_of(other)
    other.calibration = Calibration(1.6, -0.3)
    with pytest.raises(NotExplainable, match="do not add up to its probability"):
        Explainer(scorer)


@pytest.mark.parametrize("shape", [(3, 11), (12,), (0, 12)])
def test_another_shape_is_refused(explainer, shape):
    with pytest.raises(ValueError, match="X"):
        explainer.contributions(np.zeros(shape))


def test_the_explanation_of_one_client(explainer, scorer, clients):
    columns = scorer.columns
    client = clients[0]
    found = explainer.explain(client)
    assert {one.feature for one in found.contributions} == set(columns)
    sizes = [abs(one.contribution) for one in found.contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert found.base_value + sum(one.contribution for one in found.contributions) == pytest.approx(found.log_odds)
    assert found.probability == pytest.approx(scorer.probability(client[None])[0], abs=1e-12)
    assert found.base_probability == pytest.approx(1 / (1 + np.exp(-found.base_value)))
    assert list(found.reasons) == explainer.reasons(client[None])[0]
    by_name = {one.feature: one for one in found.contributions}
    for column, value in zip(columns, client, strict=True):
        assert by_name[column].value == (None if np.isnan(value) else value)
    days = by_name["DAYS_EMPLOYED"]
    assert (days.unit, days.unit_fr) == ("days", "jours")
    assert days.en.startswith("Start of the present employment")
    assert days.fr.startswith("Début de l'emploi actuel")
    assert [one.feature for one in found.contributions if one.protected] == [
        one.feature for one in found.contributions if one.feature in ("CODE_GENDER", "DAYS_BIRTH")
    ]


def test_the_largest_contributions_and_the_rest_add_up(explainer, clients):
    found = explainer.explain(clients[3:4])
    shown, rest = found.largest(4)
    assert shown == found.contributions[:4]
    assert found.base_value + sum(one.contribution for one in shown) + rest == pytest.approx(found.log_odds)


def test_explain_takes_one_client(explainer, clients):
    with pytest.raises(ValueError, match="one client at a time, not 2"):
        explainer.explain(clients[:2])


def test_a_column_that_the_recipe_does_not_know_is_called_by_its_name(scorer_of):
    explainer = Explainer(scorer_of(stump(1.0), ("SHOE_SIZE",)))
    found = explainer.explain(np.array([1.0]))
    assert (found.contributions[0].en, found.contributions[0].unit) == ("SHOE_SIZE", "")
    assert found.reasons == ()


def test_importance_is_gain_and_mean_contribution(explainer, trees, clients):
    found = explainer.importance(clients)
    means = np.abs(explainer.contributions(clients).values).mean(axis=0)
    assert [one.contribution for one in found] == sorted(means, reverse=True)
    assert sum(one.gain for one in found) == pytest.approx(1)
    gain = trees.booster_.feature_importance("gain")
    by_name = {one.feature: one for one in found}
    for i, name in enumerate(explainer.scorer.columns):
        assert by_name[name].contribution == means[i]
        assert by_name[name].gain == pytest.approx(gain[i] / gain.sum())


def test_serving_reasons_imports_neither_recipe_nor_pictures():
    code = (
        "import sys, credit.explain, credit.explain.waterfall\n"
        "print([name for name in ('credit.features', 'polars', 'matplotlib', 'mlflow', 'shap')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
