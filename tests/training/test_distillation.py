"""What a teacher hands on: a mixture of outcome and probability, of clients that it has not learnt from."""

import numpy as np
import pytest

from credit.training import distillation, split
from credit.training.folds import FIXED, Folds

SETTINGS = {**FIXED, "num_leaves": 4, "min_child_samples": 20, "reg_lambda": 5.0, "random_state": 7}


@pytest.fixture(scope="module")
def prepared(made_up):
    data = made_up(1500, noise=3)
    parts = split(data)
    return Folds(data.x[parts.train], data.defaulted[parts.train], parts.folds, 7, data.columns)


@pytest.fixture(scope="module")
def labels(prepared):
    return distillation.labels(prepared, SETTINGS, 30)


def test_a_label_is_thirty_five_hundredths_the_teachers_and_the_rest_the_outcome(prepared, labels):
    everybody = labels[-1]
    teachers = (everybody - 0.65 * prepared.y) / 0.35
    assert ((teachers > 0) & (teachers < 1)).all()
    # On average they are right: 0.65 of the rate by the outcomes, 0.35 by the teachers.
    assert everybody.mean() == pytest.approx(prepared.y.mean(), abs=0.01)


def test_the_labels_of_a_fold_are_for_those_outside_it(prepared, labels):
    assert len(labels) == len(prepared.folds) + 1
    for fold, one in enumerate(labels[:-1]):
        assert np.flatnonzero(np.isnan(one)).tolist() == sorted(prepared.inside(fold).tolist())
    assert not np.isnan(labels[-1]).any()


def test_a_teacher_has_not_learnt_from_those_that_it_teaches(prepared, monkeypatch):
    """All outcomes of a fold turned round: its own labels move by the outcome's share, and by that alone."""
    monkeypatch.setattr(
        distillation, "calibrate", lambda y, p, fold: ((lambda value: value), p)
    )  # it looks at all outcomes
    taught = prepared.inside(2)
    before = distillation.labels(prepared, SETTINGS, 30)[-1]
    monkeypatch.setattr(prepared, "y", prepared.y.copy())
    prepared.y[taught] = 1 - prepared.y[taught]
    after = distillation.labels(prepared, SETTINGS, 30)[-1]
    np.testing.assert_allclose(np.abs(after[taught] - before[taught]), 0.65, rtol=0, atol=1e-12)
    # Those of another fold are taught by models that have learnt from these.
    others = prepared.inside(1)
    assert (after[others] != before[others]).all()


def test_each_label_is_the_mean_of_all_teachers_that_may_give_it(prepared, monkeypatch):
    """Every teacher says a number that tells its two folds, so that the mean tells who was asked."""
    monkeypatch.setattr(distillation, "calibrate", lambda y, p, fold: ((lambda value: value), p))
    asked = {}

    def expected(folds, pair, settings, trees):
        asked[pair] = True
        return np.full(folds.clients, float(1 << pair[0] | 1 << pair[1]))

    monkeypatch.setattr(distillation, "_expected", expected)
    found = distillation.labels(prepared, SETTINGS, 30)
    assert sorted(asked) == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]
    taught = prepared.inside(4)
    # Where fold 0 judges, clients of fold 4 are taught by the pairs of 1, 2 and 3: (2 + 4 + 2 + 8 + 4 + 8) / 3.
    assert found[0][taught] == pytest.approx(0.35 * 28 / 3 + 0.65 * prepared.y[taught])
    # Where no fold judges, by the six pairs of 0, 1, 2 and 3, in which each stands three times: 3 * 15 / 6.
    assert found[-1][taught] == pytest.approx(0.35 * 7.5 + 0.65 * prepared.y[taught])


def test_where_there_are_many_clients_outcomes_teach_alone(prepared, monkeypatch):
    def none(*_):
        raise AssertionError("a teacher was made")

    monkeypatch.setattr(distillation, "_expected", none)
    monkeypatch.setattr(distillation, "TAUGHT", prepared.clients - 1)
    found = distillation.labels(prepared, SETTINGS, 30)
    assert [distillation.share(prepared.clients - 1), distillation.share(prepared.clients)] == [0.35, 0]
    assert found[-1].tolist() == prepared.y.tolist()
    for fold in range(len(prepared.folds)):
        inside, outside = prepared.inside(fold), prepared.without(fold)
        assert np.isnan(found[fold][inside]).all()
        assert found[fold][outside].tolist() == prepared.y[outside].tolist()


def test_three_folds_are_too_few_for_teachers_and_pupils(made_up):
    data = made_up(600)
    parts = split(data, folds=3)
    prepared = Folds(data.x[parts.train], data.defaulted[parts.train], parts.folds, 7, data.columns)
    with pytest.raises(ValueError, match="at least 4 folds, not 3"):
        distillation.labels(prepared, SETTINGS, 30)


def test_a_label_has_less_noise_than_an_outcome(made_up):
    """Beside the true probability, which the simulated outcomes were drawn by."""
    data = made_up(4000, noise=0)
    parts = split(data)
    y = data.defaulted[parts.train]
    prepared = Folds(data.x[parts.train], y, parts.folds, 7, data.columns)
    label = distillation.labels(prepared, SETTINGS, 60)[-1]
    truth = data.true_probability[parts.train]
    # The outcome's share of 0.65 alone leaves 0.65 ** 2 = 0.42 of its noise; what the teachers get wrong comes on top.
    assert np.square(label - truth).mean() < 0.5 * np.square(y - truth).mean()
