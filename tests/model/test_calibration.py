"""Calibration against lines that are known, and what it leaves alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from credit.model.calibration import Calibrated, Calibration, calibrate, cross_fitted
from credit.model.log_odds import log_odds


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def clients(n=40_000, seed=0):
    rng = np.random.default_rng(seed)
    true = sigmoid(rng.normal(-2.7, 1.2, n))
    return true, (rng.random(n) < true).astype(int), rng.integers(0, 5, n)


def test_log_odds_of_a_tenth_are_minus_the_logarithm_of_nine():
    assert log_odds([0.1, 0.5]) == pytest.approx([-np.log(9), 0])


def test_log_odds_of_certainty_stay_finite():
    assert log_odds([0.0, 1.0]) == pytest.approx([-13.8155, 13.8155], abs=1e-4)


def test_class_weights_are_undone():
    # A weight of 11.4 on defaulters multiplies the odds by 11.4: the line must take the logarithm of that away again.
    true, y, _ = clients()
    weighted = sigmoid(log_odds(true) + np.log(11.4))
    line = Calibration.fit(y, weighted)
    assert line.slope == pytest.approx(1, abs=0.03)
    assert line.intercept == pytest.approx(-np.log(11.4), abs=0.06)
    assert line(weighted).mean() == pytest.approx(y.mean(), abs=1e-4)


def test_too_sure_a_model_gets_a_slope_below_one():
    true, y, _ = clients()
    line = Calibration.fit(y, sigmoid(2 * log_odds(true)))
    assert line.slope == pytest.approx(0.5, abs=0.02)


def test_a_client_of_weight_two_is_two_clients():
    true, y, fold = clients(4000)
    p, weight = sigmoid(1.5 * log_odds(true)), 1 + y
    twice = np.repeat(np.arange(4000), weight)
    line, mended = calibrate(y, p, fold, weight)
    copied, mended_copies = calibrate(y[twice], p[twice], fold[twice])
    assert (line.slope, line.intercept) == pytest.approx((copied.slope, copied.intercept), abs=1e-4)
    assert mended[twice] == pytest.approx(mended_copies, abs=1e-4)
    # Where all have one probability, the weighted rate is all that there is to learn: 2 of 1 + 2.
    assert Calibration.fit([0, 1], [0.3, 0.3], [1, 2])([0.3]) == pytest.approx([2 / 3])


def test_every_model_is_calibrated_and_a_right_one_stays_as_it_is():
    true, y, fold = clients()
    line, mended = calibrate(y, sigmoid(2 * log_odds(true)), fold)
    assert line.slope == pytest.approx(0.5, abs=0.02)
    assert np.abs(mended - true).mean() < 0.003
    # Outcomes that are one for every ten clients whose probability is 0.1: nothing can be mended.
    p = np.repeat([0.1, 0.3], 1000)
    y = np.concatenate([np.arange(1000) % 10 == 0, np.arange(1000) % 10 < 3]).astype(int)
    left, same = calibrate(y, p, np.arange(2000) // 10 % 5)
    assert (left.slope, left.intercept) == pytest.approx((1, 0), abs=1e-3)
    assert same == pytest.approx(p, abs=1e-3)


def test_a_model_that_ranks_the_wrong_way_round_is_refused():
    true, y, _ = clients()
    with pytest.raises(ValueError, match="ranks no better than chance"):
        Calibration.fit(y, sigmoid(-log_odds(true)))


def test_a_model_that_ranks_the_wrong_way_round_is_left_as_it_is():
    true, y, fold = clients(4000)
    wrong = sigmoid(-log_odds(true))
    line, same = calibrate(y, wrong, fold)
    assert line == Calibration()
    assert (same == wrong).all()


def test_a_fold_is_calibrated_without_its_own_outcomes():
    true, y, fold = clients(4000)
    before = cross_fitted(y, true, fold)[fold == 0]
    y[fold == 0] = 1 - y[fold == 0]
    assert (cross_fitted(y, true, fold)[fold == 0] == before).all()


def test_one_probability_for_everybody_gets_the_right_level():
    line = Calibration.fit([1, 0, 0, 0], [0.5] * 4)
    assert line([0.5]) == pytest.approx([0.25])


@given(st.floats(0.01, 5), st.floats(-5, 5), st.lists(st.floats(0, 1), min_size=2))
def test_calibration_never_changes_the_ranking(slope, intercept, probabilities):
    p = np.sort(probabilities)
    q = Calibration(slope, intercept)(p)
    assert ((q >= 0) & (q <= 1)).all()
    assert (np.diff(q) >= 0).all()


def test_the_exported_form_gives_both_classes_calibrated():
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    inner = LogisticRegression().fit(x, [0, 0, 1, 1])
    model = Calibrated(inner, Calibration(1.0, -1.0))
    expected = sigmoid(log_odds(inner.predict_proba(x)[:, 1]) - 1)
    assert model.predict_proba(x) == pytest.approx(np.column_stack([1 - expected, expected]))
    assert model.n_features_in_ == 1
    assert list(model.classes_) == [0, 1]
    assert list(model.predict(x)) == list((expected >= 0.5).astype(int))


def test_the_exported_form_cannot_be_fitted_on_what_the_model_has_seen():
    model = Calibrated(DummyClassifier().fit([[0], [1]], [0, 1]), Calibration())
    with pytest.raises(TypeError, match="out-of-fold"):
        model.fit([[0]], [0])
