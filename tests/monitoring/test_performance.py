"""The costs of decisions, expected and realised, worked out by hand."""

import numpy as np
import pytest

from credit.decision_log.decision_arrays import Decided, mondays
from credit.monitoring.alarms import alarms
from credit.monitoring.performance import Bounds, account, expected_roc_auc
from credit.monitoring.report_page import curve

NAN = float("nan")


def decided(p, refused, amount, defaulted, times=None, of_model=None, of_rule=None):
    times = times or ["2026-03-02T10:00:00.000000+00:00"] * len(p)
    return Decided(
        mondays(times),
        *(np.array(x, dtype=t) for x, t in ((p, float), (refused, bool), (amount, float), (defaulted, float))),
        *(None if x is None else np.array(x, dtype=bool) for x in (of_model, of_rule)),
    )


def test_expected_figures_by_hand():
    found = account(decided([0.1, 0.5], [False, True], [1000, 2000], [NAN, NAN]), 0.2, 1.0)
    total = found.total
    assert total.default_rate.value == pytest.approx(0.3)
    assert total.accepted_default_rate.value == pytest.approx(0.1)
    assert total.granted_default_rate == total.accepted_default_rate  # the old name
    # accepted: 1 * 1000 * 0.1; refused: 0.2 * 2000 * 0.5
    assert total.cost.value == pytest.approx(100 + 200)
    assert total.everybody == pytest.approx(100 + 1000)
    assert total.saving.value == pytest.approx(1 - 300 / 1100)
    # A default adds 1000 where accepted and takes 400 away where refused.
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


def test_realised_figures_by_hand():
    found = account(decided([0.1, 0.5, 0.2], [0, 1, 0], [1000, 2000, 500], [1, 0, 0]), 0.2, 0.5)
    real = found.total.realised
    assert (real.clients, real.refused) == (3, 1)
    assert real.default_rate == pytest.approx(1 / 3)
    assert real.expected_default_rate.value == pytest.approx(0.8 / 3)
    assert real.cost == pytest.approx(0.5 * 1000 + 0.2 * 2000)
    assert real.expected_cost.value == pytest.approx(0.5 * 100 + 0.2 * 1000 + 0.5 * 100)
    assert real.surprise == pytest.approx((1 - 0.8) / np.sqrt(0.09 + 0.25 + 0.16))
    # Of one default neither a saving is told nor how well clients were ranked.
    assert (real.saving, real.roc_auc, real.expected_roc_auc) == (None, None, None)


def test_ten_defaults_are_enough_for_a_saving():
    # Each client stands for ten: 10 * (0.5 * 1000 + 0.2 * 2000) in place of 10 * 0.5 * 1000.
    ten = ([0.1, 0.5, 0.2] * 10, [0, 1, 0] * 10, [1000, 2000, 500] * 10, [1, 0, 0] * 10)
    found = account(decided(*ten), 0.2, 0.5)
    assert found.total.realised.saving == pytest.approx(1 - 900 / 500)
    # Who defaulted had the lowest probability.
    assert found.total.realised.roc_auc == 0


def test_no_default_rate_is_realised_where_defaults_are_told_first():
    """Of twenty accepted loans the three defaults are told, at first alone: no rate of 100 % is said, but bounds."""
    p, nobody = [0.1] * 20, [False] * 20
    early = account(decided(p, nobody, [1000] * 20, [1.0] * 3 + [NAN] * 17)).total
    assert early.realised is None
    assert (early.known_outcomes, early.default_rate_bounds) == (3, Bounds(3 / 20, 1.0))
    later = account(decided(p, nobody, [1000] * 20, [1.0] * 3 + [0.0] * 14 + [NAN] * 3)).total
    assert later.realised is None
    assert later.default_rate_bounds == Bounds(3 / 20, 6 / 20)
    ripe = account(decided(p, nobody, [1000] * 20, [1.0] * 3 + [0.0] * 15 + [NAN] * 2)).total
    assert ripe.realised.default_rate == pytest.approx(3 / 18)
    assert ripe.default_rate_bounds == Bounds(3 / 20, 5 / 20)
    assert account(decided(p, nobody, [1000] * 20, [NAN] * 20)).total.default_rate_bounds is None


def test_defaults_of_refused_clients_that_are_told_first_count_nowhere():
    # All accepted loans are known, one of ten defaulted; of ten refused clients only two defaults.
    y = [1.0] + [0.0] * 9 + [1.0] * 2 + [NAN] * 8
    found = account(decided([0.1] * 10 + [0.4] * 10, [False] * 10 + [True] * 10, [1000] * 20, y))
    assert (found.total.known_outcomes, found.total.told) == (12, 12)
    assert (found.total.realised.clients, found.total.realised.refused) == (10, 0)
    assert found.total.realised.default_rate == found.mature.default_rate == 0.1
    assert found.surprise == pytest.approx(0)
    # Nine of ten known: they count, and what is not known of the tenth bounds the surprise.
    y = [1.0] + [0.0] * 9 + [1.0] * 2 + [0.0] * 7 + [NAN]
    found = account(decided([0.1] * 10 + [0.4] * 10, [False] * 10 + [True] * 10, [1000] * 20, y))
    assert (found.mature.clients, found.mature.refused) == (19, 9)
    # Three defaults, four at most, where five were to be expected.
    assert found.surprise == pytest.approx((4 - 5) / np.sqrt(10 * 0.09 + 10 * 0.24))


def test_what_is_surprising_is_so_whatever_becomes_of_the_others():
    """One week of 20 accepted loans, 18 of them told: 9 defaults where 2 were to be expected of all."""
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
    p, refused, amount = [0.1] * 10 + [0.5] * 10, [False] * 10 + [True] * 10, [1000] * 20
    assert account(decided(p, refused, amount, [1] * 10 + [0] * 9 + [NAN])).total.realised.saving is not None
    assert account(decided(p, refused, amount, [1] * 10 + [0] * 8 + [NAN] * 2)).total.realised.saving is None


def test_no_saving_is_realised_where_nobody_refused_is_known():
    found = account(decided([0.1, 0.5, 0.2], [0, 1, 0], [1000, 2000, 500], [1, NAN, 0]), 0.2, 0.5)
    assert found.total.realised.saving is None
    assert found.total.realised.cost == pytest.approx(500)


def test_a_week_counts_as_mature_once_nine_tenths_of_its_accepted_loans_are_told():
    weeks = ["2026-03-02T10:00:00+00:00"] * 20 + ["2026-03-09T10:00:00+00:00"] * 20
    p, refused = [0.1] * 40, ([False] * 10 + [True] * 10) * 2
    # Of the first week 9 of 10 accepted loans are told, of the second 8, of which every one defaulted.
    y = [0.0] * 8 + [1.0] + [NAN] * 11 + [1.0] * 8 + [NAN] * 12
    found = account(decided(p, refused, [1000] * 40, y, weeks))
    assert (found.total.known_outcomes, found.total.realised) == (17, None)
    assert [one.realised is None for one in found.weeks] == [False, True]
    assert found.mature.clients == 9
    assert found.mature.default_rate == pytest.approx(1 / 9)
    assert found.mature.surprise == pytest.approx((1 - 0.9) / np.sqrt(9 * 0.09))
    y[16] = NAN
    y[8] = NAN
    assert account(decided(p, refused, [1000] * 40, y, weeks)).mature is None


def test_defaults_that_are_known_before_repayments_raise_no_alarm():
    """400 accepted loans whose probabilities are right; so far the 40 defaults are told, and 40 repayments."""
    y = [1.0] * 40 + [0.0] * 40 + [NAN] * 320
    early = account(decided([0.1] * 400, [False] * 400, [1000] * 400, y))
    assert alarms(None, early) == ()
    assert early.total.realised is None
    assert early.total.default_rate_bounds == Bounds(0.1, 0.9)
    told = account(decided([0.1] * 400, [False] * 400, [1000] * 400, [1.0] * 40 + [0.0] * 360))
    assert alarms(None, told) == ()
    # Three and a half standard errors of 6 are 21 defaults more.
    worse = account(decided([0.1] * 400, [False] * 400, [1000] * 400, [1.0] * 61 + [0.0] * 339))
    assert [one.kind for one in alarms(None, worse)] == ["calibration"]
    less = account(decided([0.1] * 400, [False] * 400, [1000] * 400, [1.0] * 58 + [0.0] * 342))
    assert alarms(None, less) == ()


def test_the_curve_compares_the_clients_who_were_told_with_what_was_expected_of_them():
    times = ["2026-03-02T10:00:00+00:00"] * 4 + ["2026-03-09T10:00:00+00:00"] * 4
    p, y = [0.1, 0.1, 0.8, 0.8] * 2, [0, 0, NAN, NAN, 1, NAN, NAN, NAN]
    weeks = account(decided(p, [0, 0, 1, 1] * 2, [1000] * 8, y, times)).weeks
    line = [float(point.split(",")[1]) for point in curve(weeks)["line"].split()]
    # Drawn from the foot, at 180: the first week's expected rate is 0.1, of those told; the second's 0.45, of all, for
    # one outcome of two accepted loans realises nothing.
    assert (180 - line[0]) / (180 - line[1]) == pytest.approx(0.1 / 0.45, abs=0.01)
    assert len(curve(weeks)["dots"]) == 1


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
    # Between 0.05/1.05 and 0.16 clients are accepted who cost p * 1000 in place of 0.05 * (1 - p) * 1000.
    between = (p >= 0.05 / 1.05) & (p < 0.19 / 1.19)
    more = (1000 * p - 50 * (1 - p))[between].sum()
    assert now.regret == pytest.approx(more / (1000 * p).sum())


def test_the_costs_of_a_rule_that_is_no_longer_served_alarm_no_more():
    """300 clients, all accepted; the margin of 0.05 makes that dear. Then the threshold of break-even is served."""
    p = np.linspace(0.01, 0.3, 300)
    amount, none = np.full(300, 1000.0), [NAN] * 300
    before = account(decided(p, [False] * 300, amount, none), 0.05)
    (alarm,) = alarms(None, before)
    assert alarm.kind == "costs"
    # Refused from 0.0476 on each client would cost 50 * (1 - p) in place of 1000 * p.
    dear = p >= 0.05 / 1.05
    points = (1000 * p - 50 * (1 - p))[dear].sum() / (1000 * p).sum()
    assert f"the 300 decisions at this threshold cost {100 * points:.1f} points" in alarm.text
    # The same decisions, made by another model, or by this one at another threshold.
    other = account(decided(p, [False] * 300, amount, none, of_model=[False] * 300, of_rule=[False] * 300), 0.05)
    assert (other.served.counted, other.served.regret) == (0, None)
    assert other.total.regret == pytest.approx(points)
    assert alarms(None, other) == ()
    # 99 decisions of the rule that is served are too few, 100 are enough.
    for many, kinds in ((99, []), (100, ["costs"])):
        ours = np.arange(300) >= 300 - many
        found = account(decided(p, [False] * 300, amount, none, of_rule=ours), 0.05)
        assert found.served.counted == many
        assert [one.kind for one in alarms(None, found)] == kinds


def test_outcomes_of_the_model_before_are_no_alarm_about_this_one():
    # 400 loans, 40 to be expected, 80 defaulted; 200 clients of the model that is served, half of the defaults theirs.
    y = ([1.0] * 40 + [0.0] * 160) * 2
    p, nobody, amount = [0.1] * 400, [False] * 400, [1000] * 400
    assert [one.kind for one in alarms(None, account(decided(p, nobody, amount, y)))] == ["calibration"]
    served = account(decided(p, nobody, amount, y, of_model=[False] * 200 + [True] * 200))
    assert (served.mature.clients, served.served.mature.clients) == (400, 200)
    assert served.served.surprise == pytest.approx((40 - 20) / np.sqrt(200 * 0.09))
    assert "Of 200 clients of this model" in alarms(None, served)[0].text
    none = account(decided(p, nobody, amount, y, of_model=[False] * 400))
    assert (none.served.mature, none.served.surprise) == (None, None)
    assert alarms(None, none) == ()


def test_the_area_to_expect_by_hand():
    # Pairs of a bad and a good client among p = 0.5, 0.2, 0.2. The first bad, another good: 2 * 0.5 * 0.8 = 0.8, right.
    # One of the others bad, the first good: 2 * 0.2 * 0.5 = 0.2, wrong. Both others: 2 * 0.2 * 0.8 = 0.32, ties.
    found = expected_roc_auc(np.array([0.2, 0.5, 0.2]), defaults=1)
    area = (0.8 + 0.16) / 1.32
    assert found.value == pytest.approx(area)
    # One bad client and two good ones can be ranked in any way.
    assert (found.low, found.high) == (0.0, 1.0)
    # Twenty alike: no pair is ranked, and A is a half. A / (2 - A) = 2 A^2 / (1 + A) = 1 / 3, less A^2 1 / 12, four and
    # fourteen times; 75 pairs.
    found = expected_roc_auc(np.full(20, 0.25), defaults=5)
    error = 1.959964 * np.sqrt((1 / 4 + 18 / 12) / 75)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5 - error, 0.5 + error))
    assert expected_roc_auc(np.array([0.0, 0.0]), defaults=1) is None


def test_accepted_loans_are_ranked_as_well_as_is_to_be_expected_of_them():
    """All who apply have an area of 0.75; those accepted, alike as they are, 0.66: no loss of discrimination."""
    rng = np.random.default_rng(4)
    p = 1 / (1 + np.exp(2.7 - 1.1 * rng.standard_normal(4000)))
    no = p >= 0.16
    inside = 0
    for _ in range(200):
        y = np.where(no, NAN, rng.random(4000) < p)
        real = account(decided(p, no, np.full(4000, 1000.0), y)).total.realised
        inside += real.expected_roc_auc.low <= real.roc_auc <= real.expected_roc_auc.high
    everybody = expected_roc_auc(p, int(p.sum()))
    assert real.expected_roc_auc.value < everybody.value - 0.05
    # 95 % of 200 are 190; the standard deviation of that count is 3.1.
    assert inside >= 180


def test_no_decisions_no_account():
    assert account(decided([], [], [], [])) is None
