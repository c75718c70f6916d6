"""The costs of decisions, expected and realised, worked out by hand."""

import numpy as np
import pytest

from credit.drift.alarms import alarms
from credit.drift.page import curve
from credit.outcomes import Decided, account
from credit.outcomes.account import mondays, roc_auc

NAN = float("nan")


def decided(p, refused, amount, defaulted, times=None):
    times = times or ["2026-03-02T10:00:00.000000+00:00"] * len(p)
    return Decided(
        mondays(times),
        *(np.array(x, dtype=t) for x, t in ((p, float), (refused, bool), (amount, float), (defaulted, float))),
    )


def test_expected_figures_by_hand():
    found = account(decided([0.1, 0.5], [False, True], [1000, 2000], [NAN, NAN]), 0.2, 1.0)
    total = found.total
    assert total.default_rate.value == pytest.approx(0.3)
    assert total.granted_default_rate.value == pytest.approx(0.1)
    # granted: 1 * 1000 * 0.1; refused: 0.2 * 2000 * 0.5
    assert total.cost.value == pytest.approx(100 + 200)
    assert total.everybody == pytest.approx(100 + 1000)
    assert total.saving.value == pytest.approx(1 - 300 / 1100)
    # A default adds 1000 where granted and takes 400 away where refused.
    error = 1.959964 * np.sqrt(1000**2 * 0.09 + 400**2 * 0.25)
    assert (total.cost.low, total.cost.high) == (pytest.approx(300 - error), pytest.approx(300 + error))
    assert total.regret == pytest.approx(0)  # break-even is 1/6: both were decided so
    assert total.realised is None


def test_the_intervals_hold_what_chance_does():
    rng = np.random.default_rng(2)
    p, amount = rng.beta(1, 9, 3000), rng.uniform(1e5, 1e6, 3000)
    no = p > 0.16
    total = account(decided(p, no, amount, [NAN] * 3000)).total
    inside = {"cost": 0, "saving": 0, "rate": 0}
    for _ in range(400):
        y = (rng.random(3000) < p).astype(float)
        real = account(decided(p, no, amount, y)).total.realised
        inside["cost"] += total.cost.low <= real.cost <= total.cost.high
        inside["saving"] += total.saving.low <= real.saving <= total.saving.high
        inside["rate"] += total.default_rate.low <= real.default_rate <= total.default_rate.high
    # 95 % of 400 are 380; the standard deviation of that count is 4.4.
    assert all(362 <= count <= 397 for count in inside.values()), inside


def test_realised_figures_are_of_those_who_were_told():
    found = account(decided([0.1, 0.5, 0.2, 0.3], [0, 1, 0, 0], [1000, 2000, 500, 100], [1, 0, 0, NAN]), 0.2, 0.5)
    real = found.total.realised
    assert (real.clients, real.refused) == (3, 1)
    assert real.default_rate == pytest.approx(1 / 3)
    assert real.expected_default_rate.value == pytest.approx(0.8 / 3)
    assert real.cost == pytest.approx(0.5 * 1000 + 0.2 * 2000)
    assert real.saving == pytest.approx(1 - 900 / 500)
    assert real.expected_cost.value == pytest.approx(0.5 * 100 + 0.2 * 1000 + 0.5 * 100)
    assert real.surprise == pytest.approx((1 - 0.8) / np.sqrt(0.09 + 0.25 + 0.16))
    assert real.roc_auc == 0  # who defaulted had the lowest probability


def test_what_is_surprising_is_so_whatever_becomes_of_the_others():
    """One week of 20 granted loans, 18 of them told: 9 defaults where 2 were to be expected of all."""
    y = [1.0] * 9 + [0.0] * 9 + [NAN] * 2
    spread = np.sqrt(20 * 0.09)
    assert account(decided([0.1] * 20, [False] * 20, [1] * 20, y)).surprise == pytest.approx((9 - 2) / spread)
    # Had the two defaulted, who are not told yet, one default of 20 would be three.
    y = [1.0] + [0.0] * 17 + [NAN] * 2
    assert account(decided([0.1] * 20, [False] * 20, [1] * 20, y)).surprise == 0
    y = [0.0] * 18 + [NAN] * 2
    assert account(decided([0.4] * 20, [False] * 20, [1] * 20, y)).surprise == pytest.approx(
        (2 - 8) / np.sqrt(20 * 0.24)
    )


def test_right_probabilities_raise_no_alarm_however_many_loans_there_are_and_in_whatever_order_they_are_told():
    rng = np.random.default_rng(3)
    raised = 0
    for _ in range(100):
        p = rng.beta(1, 9, 20_000)
        y = (rng.random(20_000) < p).astype(float)
        late = rng.permutation(np.flatnonzero(y == 0))[:1900]  # nine tenths are told, all defaults among them
        y[late] = NAN
        found = account(decided(p, [False] * 20_000, [1] * 20_000, y))
        assert found.mature.clients == 18_100
        raised += any(one.kind == "calibration" for one in alarms(None, found))
    assert raised <= 1


def test_a_few_loans_raise_no_alarm():
    few = [NAN] * 300 + [1.0] * 60
    times = ["2026-03-02T10:00:00+00:00"] * 300 + ["2026-03-09T10:00:00+00:00"] * 60
    found = account(decided([0.1] * 360, [False] * 360, [1000] * 360, few, times))
    assert found.mature.clients == 60
    assert found.surprise > 10
    assert alarms(None, found) == ()


def test_no_saving_is_realised_where_too_few_refused_clients_are_known():
    p, refused, amount = [0.1] + [0.5] * 10, [False] + [True] * 10, [1000] * 11
    assert account(decided(p, refused, amount, [1] + [0] * 9 + [NAN])).total.realised.saving is not None
    assert account(decided(p, refused, amount, [1] + [0] * 8 + [NAN] * 2)).total.realised.saving is None


def test_no_saving_is_realised_where_nobody_refused_is_known():
    found = account(decided([0.1, 0.5, 0.2], [0, 1, 0], [1000, 2000, 500], [1, NAN, 0]), 0.2, 0.5)
    assert found.total.realised.saving is None
    assert found.total.realised.cost == pytest.approx(500)


def test_a_week_counts_as_mature_once_nine_tenths_of_its_granted_loans_are_told():
    weeks = ["2026-03-02T10:00:00+00:00"] * 20 + ["2026-03-09T10:00:00+00:00"] * 20
    p, refused = [0.1] * 40, ([False] * 10 + [True] * 10) * 2
    # Of the first week 9 of 10 granted loans are told, of the second 8, of which every one defaulted.
    y = [0.0] * 8 + [1.0] + [NAN] * 11 + [1.0] * 8 + [NAN] * 12
    found = account(decided(p, refused, [1000] * 40, y, weeks))
    assert found.total.realised.clients == 17
    assert found.mature.clients == 9
    assert found.mature.default_rate == pytest.approx(1 / 9)
    assert found.mature.surprise == pytest.approx((1 - 0.9) / np.sqrt(9 * 0.09))
    y[16] = NAN
    y[8] = NAN
    assert account(decided(p, refused, [1000] * 40, y, weeks)).mature is None


def test_defaults_that_are_known_before_repayments_raise_no_alarm():
    """400 granted loans whose probabilities are right; so far the 40 defaults are told, and 40 repayments."""
    y = [1.0] * 40 + [0.0] * 40 + [NAN] * 320
    early = account(decided([0.1] * 400, [False] * 400, [1000] * 400, y))
    assert alarms(None, early) == ()
    assert early.total.realised.surprise > 10
    told = account(decided([0.1] * 400, [False] * 400, [1000] * 400, [1.0] * 40 + [0.0] * 360))
    assert alarms(None, told) == ()
    # Three and a half standard errors of 6 are 21 defaults more.
    worse = account(decided([0.1] * 400, [False] * 400, [1000] * 400, [1.0] * 61 + [0.0] * 339))
    assert [one.kind for one in alarms(None, worse)] == ["calibration"]
    less = account(decided([0.1] * 400, [False] * 400, [1000] * 400, [1.0] * 58 + [0.0] * 342))
    assert alarms(None, less) == ()


def test_the_curve_compares_the_clients_who_were_told_with_what_was_expected_of_them():
    times = ["2026-03-02T10:00:00+00:00"] * 4 + ["2026-03-09T10:00:00+00:00"] * 4
    p, y = [0.1, 0.1, 0.8, 0.8] * 2, [0, 0, NAN, NAN, NAN, NAN, NAN, NAN]
    weeks = account(decided(p, [0, 0, 1, 1] * 2, [1000] * 8, y, times)).weeks
    line = [float(point.split(",")[1]) for point in curve(weeks)["line"].split()]
    # Drawn from the foot, at 180: the first week's expected rate is 0.1, of those told; the second's 0.45, of all.
    assert (180 - line[0]) / (180 - line[1]) == pytest.approx(0.1 / 0.45, abs=0.01)


def test_a_client_whose_amount_is_not_known_is_in_no_cost():
    found = account(decided([0.1, 0.5, 0.4], [0, 0, 0], [1000, NAN, -1], [0, 1, 0]))
    assert (found.total.clients, found.total.counted) == (3, 1)
    assert found.total.everybody == pytest.approx(100)
    assert found.total.realised.clients == 3
    assert found.total.realised.cost == 0


def test_weeks_begin_on_mondays():
    times = ["2026-03-01T23:59:59+00:00", "2026-03-02T00:00:00+00:00", "2026-03-08T12:00:00+00:00", "1969-12-29T00:00"]
    assert mondays(times).astype(str).tolist() == ["2026-02-23", "2026-03-02", "2026-03-02", "1969-12-29"]
    found = account(decided([0.1] * 4, [0] * 4, [1] * 4, [NAN] * 4, times))
    assert [(week.begins, week.clients) for week in found.weeks] == [
        ("1969-12-29", 1),
        ("2026-02-23", 1),
        ("2026-03-02", 2),
    ]
    assert found.total.begins is None


def test_deciding_by_a_wrong_threshold_is_regretted():
    p = np.linspace(0.01, 0.3, 300)
    amount, none = np.full(300, 1000.0), [NAN] * 300
    wise = account(decided(p, p >= 0.19 / 1.19, amount, none), 0.19).total
    assert wise.regret == pytest.approx(0)
    now = account(decided(p, p >= 0.19 / 1.19, amount, none), 0.05).total
    # Between 0.05/1.05 and 0.16 clients are granted who cost p * 1000 in place of 0.05 * (1 - p) * 1000.
    between = (p >= 0.05 / 1.05) & (p < 0.19 / 1.19)
    more = (1000 * p - 50 * (1 - p))[between].sum()
    assert now.regret == pytest.approx(more / (1000 * p).sum())


def test_the_area_under_the_roc_curve_by_hand():
    assert roc_auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8])) == pytest.approx((1.5 + 2) / 4)
    assert roc_auc(np.array([0.0, 0.0]), np.array([0.1, 0.4])) is None


def test_no_decisions_no_account():
    assert account(decided([], [], [], [])) is None
