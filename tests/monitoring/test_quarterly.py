"""Calibration and stability by quarter: which decisions count, and what is said of few."""

import numpy as np
import pytest

from credit.decision_log.decision_arrays import Decided, mondays
from credit.monitoring import Profile
from credit.monitoring.quarterly import quarters

NAN = float("nan")
FIRST, SECOND = "2026-03-02T10:00:00.000000+00:00", "2026-04-06T10:00:00.000000+00:00"


def decided(times, p, refused, defaulted, **flags):
    return Decided(
        mondays(times),
        np.array(p, dtype=float),
        np.array(refused, dtype=bool),
        np.full(len(p), 1000.0),
        np.array(defaulted, dtype=float),
        **{name: np.array(flag, dtype=bool) for name, flag in flags.items()},
    )


def test_a_quarter_of_complete_outcomes_by_hand():
    # 200 accepted at 10 %, of whom 30 defaulted; 50 refused.
    y = [*([1] * 30), *([0] * 170), *([NAN] * 50)]
    found = quarters(decided([FIRST] * 250, [*([0.1] * 200), *([0.5] * 50)], [0] * 200 + [1] * 50, y), None)
    (one,) = found
    assert (one.quarter, one.decided, one.accepted, one.counted, one.defaults) == ("2026-Q1", 250, 200, 200, 30)
    assert one.known == 1
    assert one.predicted == pytest.approx(0.1)
    assert one.observed.estimate == pytest.approx(0.15)
    assert one.intercept.estimate == pytest.approx(np.log(0.15 / 0.85) - np.log(0.1 / 0.9))
    assert one.slope is None  # one prediction
    assert one.roc_auc.estimate == 0.5
    assert one.enough
    assert (one.psi, one.level) == (None, None)  # without a profile


def test_a_quarter_counts_only_weeks_whose_outcomes_are_nearly_complete():
    # Of the second week 89 of 100 are known, most of them defaults: not yet.
    y = [*([1] * 12), *([0] * 88), *([1] * 80), *([0] * 9), *([NAN] * 11)]
    times = [FIRST] * 100 + ["2026-03-09T00:00:00+00:00"] * 100
    (one,) = quarters(decided(times, [0.1] * 200, [0] * 200, y), None)
    assert (one.accepted, one.counted, one.defaults) == (200, 100, 12)
    assert one.known == pytest.approx(0.945)


def test_who_was_decided_by_a_person_waits_or_belongs_to_another_model_does_not_count():
    n = 60
    y = [1] * 15 + [0] * 45
    by_person = [k % 4 == 0 for k in range(n)]
    waits = [k % 4 == 1 for k in range(n)]
    found = quarters(decided([FIRST] * n, [0.1] * n, [0] * n, y, by_person=by_person, open=waits), None)
    (one,) = found
    assert (one.decided, one.accepted, one.open, one.counted) == (60, 45, 15, 30)
    others = decided([FIRST] * n, [0.1] * n, [0] * n, y, of_model=[False] * n)
    assert quarters(others, None) == ()


def test_few_outcomes_are_said_to_be_few_and_quarters_are_in_order():
    some = decided([SECOND] * 5 + [FIRST] * 5, [0.1] * 10, [0] * 10, [1, 0, 0, 0, 0] * 2)
    first, second = quarters(some, None)
    assert (first.quarter, second.quarter) == ("2026-Q1", "2026-Q2")
    assert not first.enough
    assert (first.slope, first.intercept, first.roc_auc) == (None, None, None)
    assert first.observed.estimate == pytest.approx(0.2)


def test_probabilities_of_the_training_are_stable_and_others_have_drifted():
    rng = np.random.default_rng(4)
    before = rng.beta(1.5, 9, 20_000)
    profile = Profile.of(["A"], before[:, None], before)
    same, other = rng.beta(1.5, 9, 1000), rng.beta(4, 9, 1000)
    some = decided([FIRST] * 1000 + [SECOND] * 1000, np.concatenate([same, other]), [0] * 2000, [NAN] * 2000)
    first, second = quarters(some, profile)
    assert (first.level, second.level) == ("stable", "drifted")
    assert first.psi < first.chance < second.psi
    assert first.known == 0
    # Ten bins of the profile leave nine degrees of freedom: 9 x (1 / 20,000 + 1 / 1,000) on average.
    assert second.average == pytest.approx(9 * (1 / 20_000 + 1 / 1_000))
    assert (first.shift, second.shift) == (0, pytest.approx(second.psi - second.average))
    for clients, known in ((149, False), (150, True)):
        (few,) = quarters(decided([FIRST] * clients, same[:clients], [0] * clients, [NAN] * clients), profile)
        assert (few.psi is not None, few.shift is not None, few.level is not None) == (known,) * 3
