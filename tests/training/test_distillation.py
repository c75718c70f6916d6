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
    return distillation.labels(prepared, SETTINGS, 6, 30)


def test_a_label_is_seven_tenths_the_teachers_and_three_tenths_the_outcome(prepared, labels):
    everybody = labels[-1]
    teachers = (everybody - 0.3 * prepared.y) / 0.7
    assert ((teachers > 0) & (teachers < 1)).all()
    # On average they are right: 0.3 of the rate by the outcomes, 0.7 by the teachers.
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
    before = distillation.labels(prepared, SETTINGS, 6, 30)[-1]
    monkeypatch.setattr(prepared, "y", prepared.y.copy())
    prepared.y[taught] = 1 - prepared.y[taught]
    after = distillation.labels(prepared, SETTINGS, 6, 30)[-1]
    np.testing.assert_allclose(np.abs(after[taught] - before[taught]), 0.3, rtol=0, atol=1e-12)
    # Those of another fold are taught by models that have learnt from these.
    others = prepared.inside(1)
    assert (after[others] != before[others]).all()


def test_whether_a_history_is_known_is_read_whatever_it_gains():
    generator = np.random.default_rng(2)
    columns = ("AMT_CREDIT", "BUREAU_HISTORY", "DAYS_BIRTH", "EXT_SOURCE_2", "EXT_SOURCE_MISSING")
    x = generator.normal(size=(300, len(columns)))
    x[:, 1], x[:, 4] = 1.0, 0.0  # the same of all: they gain nothing
    y = (x[:, 3] + generator.normal(size=300) < -1).astype(np.int64)
    everybody = np.arange(300)
    halves = [(everybody[150:], everybody[:150]), (everybody[:150], everybody[150:])]
    prepared = Folds(x, y, halves, 7, columns)
    for fold in prepared.numbers:
        best = int(prepared.rankings[fold][0])
        assert prepared.chosen(fold, 1).tolist() == sorted({best, 1, 4})


def test_a_label_has_less_noise_than_an_outcome(made_up):
    """Beside the true probability, which the simulated outcomes were drawn by."""
    data = made_up(4000, noise=0)
    parts = split(data)
    y = data.defaulted[parts.train]
    prepared = Folds(data.x[parts.train], y, parts.folds, 7, data.columns)
    label = distillation.labels(prepared, SETTINGS, 8, 60)[-1]
    truth = data.true_probability[parts.train]
    assert np.square(label - truth).mean() < 0.2 * np.square(y - truth).mean()
