"""Intervals of savings and of areas under the ROC curve: by hand, and by how often they hold a known truth."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from credit.decision import cost as money
from credit.decision.intervals import FEWEST_DEFAULTS, FEWEST_DIFFERENT, Interval, roc_auc, saving

#: Student's t that 97.5 % of draws with nine degrees of freedom stay below, from tables.
T9 = 2.262157


def refusing(loans, refused, repaid=10):
    """Costs of a rule and of accepting everybody: defaulters with these loans, and as many good clients, accepted."""
    everybody = np.r_[np.asarray(loans, dtype=float), np.zeros(repaid)]
    rule = everybody.copy()
    rule[refused] = 0
    return rule, everybody


def test_the_interval_of_a_saving_by_hand():
    # Ten defaulters with loans of 100 and ten good clients; five defaulters are refused: half of 1,000 is saved.
    # u is 0.05 for those refused, -0.05 for the others: no skewness, s = sqrt(10 * 0.0025 * 20 / 19) = 0.16222.
    rule, everybody = refusing([100] * 10, slice(0, 5))
    found = saving(rule, everybody, everybody)
    assert found.estimate == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx((0.5 - T9 * 0.162221, 0.5 + T9 * 0.162221), abs=1e-5)


def test_a_skew_saving_ends_further_off_on_the_side_of_its_tail():
    # One refused loan is ten times as large: 1,400 of 1,900 are saved.
    rule, everybody = refusing([1000] + [100] * 9, slice(0, 5))
    found, n = saving(rule, everybody, everybody), 20
    assert found.estimate == pytest.approx(14 / 19)
    u = (everybody - rule - 14 / 19 * everybody) / 1900
    # 263.16, four times 26.32, five times -73.68 over 1,900.
    assert u[:10] == pytest.approx(np.array([263.158] + [26.316] * 4 + [-73.684] * 5) / 1900, abs=1e-6)
    s = np.sqrt((u**2).sum() * n / (n - 1))
    k = (u**3).mean() / (u**2).mean() ** 1.5 / np.sqrt(n)
    # The tail is long above, so samples fall short more often than they go beyond: the upper end is corrected.
    assert found.low == pytest.approx(14 / 19 - T9 * s, rel=1e-6)
    assert found.high == 1  # no rule saves more than all that is lost
    # The same the other way round, where nothing ends the interval.
    x = (saving(everybody, rule, everybody).low + 14 / 19) / s
    assert -x > T9
    # Hall's polynomial leads back to the quantile.
    assert x + k * x**2 / 3 + k**2 * x**3 / 27 + k / 6 == pytest.approx(-T9, rel=1e-6)


def test_what_both_rules_share_cancels():
    # Both cost the same but for one client in ten, who costs half as much: drawn apart, the noise would hide it.
    rng = np.random.default_rng(0)
    other = rng.exponential(1000, 5000)
    mine = np.where(np.arange(5000) % 10 == 0, other / 2, other)
    found = saving(mine, other, other)
    assert 0.04 < found.low < found.estimate < found.high < 0.06
    less = saving(other, mine, other)
    assert (less.estimate, less.low, less.high) == pytest.approx((-found.estimate, -found.high, -found.low))


def test_a_wider_interval_where_more_is_asked():
    rule, everybody = refusing([100, 300] * 20, slice(0, 15))
    inner, outer = saving(rule, everybody, everybody, level=0.8), saving(rule, everybody, everybody, level=0.99)
    assert outer.low < inner.low < inner.estimate < inner.high < outer.high


def test_a_saving_that_is_the_same_for_every_client_is_sure():
    everybody = np.r_[np.full(10, 100.0), np.zeros(5)]
    assert saving(0.75 * everybody, everybody, everybody) == Interval(0.25, 0.25, 0.25)


def test_nothing_is_said_of_fewer_defaults_than_the_floor():
    for loans in ([], [100], [100] * (FEWEST_DEFAULTS - 1)):
        rule, everybody = refusing(loans, slice(0, 6))
        assert saving(rule, everybody, everybody) is None
    rule, everybody = refusing([100] * FEWEST_DEFAULTS, slice(0, 6))
    assert saving(rule, everybody, everybody) is not None


def test_nothing_is_said_where_the_rules_differ_on_too_few_defaulters():
    rule, everybody = refusing([100] * 50, slice(0, FEWEST_DIFFERENT - 1))
    assert saving(rule, everybody, everybody) is None
    # However many good clients they differ on.
    margin = np.r_[np.zeros(50), np.full(10, 19.0)]
    assert saving(rule, rule + margin, everybody) is None
    rule, everybody = refusing([100] * 50, slice(0, FEWEST_DIFFERENT))
    assert saving(rule, everybody, everybody) is not None


def test_rules_that_decide_alike_cannot_be_told_apart():
    rule, everybody = refusing([100] * 50, slice(0, 20))
    assert saving(rule, rule, everybody) is None


def drawn(rng, clients, noise):
    """A portfolio of logistic scores and lognormal loans: costs of two rules that err alike and of accepting everybody,
    realised and by the probabilities.
    """
    score = rng.standard_normal(clients)
    p = 1 / (1 + np.exp(2.7 - score))
    loan, y = rng.lognormal(13.1, 0.65, clients), (rng.random(clients) < p).astype(float)
    rules = [p * np.exp(noise * rng.standard_normal(clients)) >= 0.16 for _ in range(2)] + [np.zeros(clients, bool)]
    realised = [money.client_costs(y, refused, loan) for refused in rules]
    expected = [loan * np.where(refused, 0.19 * (1 - p), p) for refused in rules]
    return realised, expected


@pytest.mark.parametrize("clients", [250, 1000])
def test_intervals_hold_the_truth_as_often_as_they_say(clients):
    rng = np.random.default_rng(clients)
    sums = sum(np.array([one.sum() for one in drawn(rng, 100_000, 0.4)[1]]) for _ in range(5))
    truth = 1 - sums[0] / sums[2]
    saved, gained, many = [], [], 400
    for _ in range(many):
        (first, second, everybody), _ = drawn(rng, clients, 0.4)
        saved.append(saving(first, everybody, everybody))
        gained.append(saving(first, second, everybody))
    for found, right in ((saved, truth), (gained, 0.0)):
        said = [one for one in found if one is not None]
        assert len(said) > many / 4
        # 95 % and 2.5 %, less and more by three standard errors of a binomial count.
        holds = np.mean([one.low <= right <= one.high for one in said])
        assert holds >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / len(said))
        assert np.mean([one.high < right for one in said]) <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / len(said))


# -- the area under the ROC curve --------------------------------------------------------------------------------------


def test_the_area_and_its_interval_by_hand():
    # Ten bad clients, nine of whom are riskier than all ten good ones, and one riskier than none: 90 of 100 pairs.
    y = np.repeat([1, 0], 10)
    p = np.r_[[0.9] * 9, 0.05, [0.1] * 10]
    found = roc_auc(y, p)
    assert found.estimate == pytest.approx(0.9)
    # Shares by bad client: nine of 1 and one of 0, variance 0.1; by good client: all 0.9. s = sqrt(0.1 / 10) = 0.1, of
    # the log odds 0.1 / 0.09; log odds of 0.9 are ln 9.
    ends = np.log(9) + np.array([-1, 1]) * T9 * 0.1 / 0.09
    assert (found.low, found.high) == pytest.approx(tuple(1 / (1 + np.exp(-ends))), abs=1e-6)


def test_the_area_is_that_of_scikit_learn_with_ties():
    rng = np.random.default_rng(0)
    y = (rng.random(800) < 0.2).astype(int)
    p = np.round(np.clip(rng.normal(0.3 + 0.1 * y, 0.15), 0, 1) * 40) / 40
    found = roc_auc(y, p)
    assert found.estimate == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    narrower = roc_auc(y, p, level=0.5)
    assert 0 < found.low < narrower.low < found.estimate < narrower.high < found.high < 1


def test_an_area_of_one_is_not_sure():
    p = np.linspace(0, 1, 40)
    found = roc_auc(np.repeat([0, 1], 20), p)
    # Twenty pairs without a common client, all ranked rightly: a = 0.025^(1/20).
    assert (found.estimate, found.low, found.high) == pytest.approx((1, 0.025 ** (1 / 20), 1))
    found = roc_auc(np.repeat([1, 0], 20), p)
    assert (found.estimate, found.low, found.high) == pytest.approx((0, 0, 1 - 0.025 ** (1 / 20)))


def test_a_constant_prediction_ranks_nobody():
    assert roc_auc(np.repeat([1, 0], 20), np.full(40, 0.1)) == Interval(0.5, 0.5, 0.5)


@pytest.mark.parametrize(("bad", "good"), [(9, 100), (100, 9), (0, 20), (1, 5)])
def test_nothing_is_said_of_too_few_of_a_kind(bad, good):
    assert roc_auc(np.r_[np.ones(bad), np.zeros(good)], np.linspace(0, 1, bad + good)) is None


@pytest.mark.parametrize("distance", [0.95, 2.0])
def test_the_interval_of_an_area_holds_the_truth(distance):
    # Normal scores, the bad clients' further up by a distance d: the area is the normal probability of d / root 2.
    rng, many = np.random.default_rng(1), 500
    truth, inside = norm.cdf(distance / np.sqrt(2)), 0
    for _ in range(many):
        p = norm.cdf(np.r_[rng.normal(distance, 1, 15), rng.normal(0, 1, 185)])
        found = roc_auc(np.r_[np.ones(15), np.zeros(185)], p)
        inside += found.low <= truth <= found.high
    assert inside / many >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / many)


def test_an_interval_is_told_with_its_ends():
    assert str(Interval(0.123456, 0.1, 1234.5)) == "0.1235 (0.1 to 1,234)"
