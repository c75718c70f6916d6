"""The leaves of a model trained on several machines hold the clients that are in them, as on one machine."""

import dask.array
import numpy as np
import pytest
from lightgbm import Booster, LGBMClassifier

from credit.explain import Explainer, NotExplainable
from credit.explain.leaf_estimates import estimated
from credit.model import load_bundle, save_bundle
from credit.model.boosted import Boosted
from credit.training import dask_cluster, dask_training
from credit.training.candidates import candidate
from credit.training.leaf_counts import leaf_counts, with_counts

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_2", "DAYS_BIRTH"]


def clients(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Features (number, 3), a tenth missing, and who defaults: some 9 %, most with a low second feature."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(number, 3)).astype(np.float32)
    y = (rng.random(number) < 1 / (1 + np.exp(3 + 1.3 * x[:, 1] - 0.6 * x[:, 0]))).astype(np.int64)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x, y


@pytest.fixture(scope="module")
def both():
    """The clients, the model of two Dask workers with counts, and its text as LightGBM leaves it."""
    x, y = clients(6_000)
    left = []
    counted = dask_training._counted
    with dask_cluster.cluster(workers=2) as client, pytest.MonkeyPatch.context() as patch:
        patch.setattr(dask_training, "_counted", lambda *what: left.append(what[-1]) or counted(*what))
        held = client.persist([dask.array.from_array(x, chunks=(1_500, 3)), dask.array.from_array(y, chunks=1_500)])
        fitted = dask_training.fit(client, *held, candidate("LightGBM"), 7, {"n_estimators": 60})
    return x, fitted, *left


def test_counted_on_one_machine_the_text_is_lightgbm_s_own():
    """Whose counts these are where it can count: branch by branch, byte by byte."""
    x, y = clients(3_000)
    text = LGBMClassifier(n_estimators=20, verbose=-1, n_jobs=1).fit(x, y).booster_.model_to_string()
    assert with_counts(text, leaf_counts(text, x)) == text
    halves = leaf_counts(text, x[:1_000]) + leaf_counts(text, x[1_000:])
    assert with_counts(text, halves) == text


def test_the_base_value_of_a_dask_model_is_the_mean_score_of_its_training_clients(both):
    x, counted, before = both
    mean = counted.booster_.predict(x, raw_score=True).mean()
    base = counted.booster_.predict(x[:1], pred_contrib=True)[0, -1]
    assert base == pytest.approx(mean, abs=1e-9)
    # As LightGBM leaves it the base value is another: the fault that is mended here.
    assert Booster(model_str=before).predict(x[:1], pred_contrib=True)[0, -1] > mean + 0.05


def test_its_contributions_are_those_of_a_count_on_one_machine(both):
    x, counted, before = both
    alone = Booster(model_str=with_counts(before, leaf_counts(before, x)))
    some = x[:300]
    by_dask, by_hand, left = (
        booster.predict(some, pred_contrib=True) for booster in (counted.booster_, alone, Booster(model_str=before))
    )
    np.testing.assert_array_equal(by_dask, by_hand)
    assert np.abs(by_dask - left)[:, :-1].max() > 0.02
    # Either way the parts add up to the same score: by that nothing can be noticed.
    for parts in (by_dask, left):
        np.testing.assert_allclose(parts.sum(axis=1), counted.booster_.predict(some, raw_score=True), atol=1e-9)


def test_a_leaf_s_contribution_by_hand():
    """One split: the base value is the mean of two leaves, weighed by clients, and what is left is the feature's."""
    x = np.repeat([[0.0], [1.0]], [700, 300], axis=0)
    y = np.concatenate([np.repeat([0, 1], [630, 70]), np.repeat([0, 1], [150, 150])])
    booster = LGBMClassifier(n_estimators=1, num_leaves=2, verbose=-1, n_jobs=1).fit(x, y).booster_
    low, high = booster.predict(np.array([[0.0], [1.0]]), raw_score=True)
    moved = Booster(model_str=with_counts(booster.model_to_string(), np.array([[100, 300]])))
    assert moved.predict(np.array([[0.0]]), pred_contrib=True)[0] == pytest.approx(
        [low - (0.25 * low + 0.75 * high), 0.25 * low + 0.75 * high]
    )


def test_no_prediction_changes(both):
    x, counted, before = both
    np.testing.assert_array_equal(counted.booster_.predict(x), Booster(model_str=before).predict(x))


def test_a_tree_without_a_split_is_left_as_it_is():
    x, y = clients(200)
    text = LGBMClassifier(n_estimators=3, min_child_samples=150, verbose=-1, n_jobs=1).fit(x, y)
    text = text.booster_.model_to_string()
    assert "num_leaves=1\n" in text
    assert with_counts(text, leaf_counts(text, x)) == text


def test_counts_that_cannot_be_of_this_model_are_refused():
    x, y = clients(500)
    text = LGBMClassifier(n_estimators=4, verbose=-1, n_jobs=1).fit(x, y).booster_.model_to_string()
    counts = leaf_counts(text, x)
    with pytest.raises(ValueError, match="the model has 4 trees, and the counts are of 3"):
        with_counts(text, counts[:3])
    with pytest.raises(ValueError, match="there are none"):
        with_counts(text, leaf_counts(text, x[:0]))
    with pytest.raises(ValueError, match="0 lines leaf_count: this version of LightGBM"):
        with_counts(text.replace("leaf_count=", "count="), counts)


def test_a_model_with_estimates_in_its_leaves_is_not_explained(both, tmp_path):
    _, counted, before = both
    assert not estimated(counted.booster_.model_to_string())
    assert estimated(before)
    manifest = {"data": {"simulated": True}, "model": {"name": "Small"}}

    def explainer(booster):
        saved = save_bundle(tmp_path / "bundle", Boosted(booster), COLUMNS, 0.16, manifest)
        return Explainer(load_bundle(saved))

    explainer(counted.booster_)
    with pytest.raises(NotExplainable, match=r"estimates in place of counts .* train-dask"):
        explainer(Booster(model_str=before))


@pytest.mark.parametrize("number", [400, 1_000, 6_000])
@pytest.mark.parametrize(
    "settings", [{}, {"num_leaves": 4}, {"learning_rate": 0.02}, {"subsample": 0.5, "subsample_freq": 1}]
)
@pytest.mark.parametrize("learns", [True, False])
def test_counts_are_never_taken_for_estimates(number, settings, learns):
    """Also where the outcome is chance, so that all clients are about as likely to default."""
    x, y = clients(number)
    if not learns:
        y = np.random.default_rng(2).permutation(y)
    fitted = LGBMClassifier(n_estimators=60, verbose=-1, n_jobs=1, **settings).fit(x, y)
    assert not estimated(fitted.booster_.model_to_string())
