"""Finding the simulator's numbers: shares, quantiles and moments worked out by hand on small examples."""

import numpy as np
import pytest
from scipy.special import expit, logit

from credit.simulate import fit, fit_terms
from credit.simulate.column_sampling import Draws, calibration, profile
from credit.simulate.latent_scores import from_spearman, nearest_correlation
from credit.simulate.validation import soft_auc


def test_drawn_shares_are_the_wanted_ones_whatever_the_scores() -> None:
    draws = Draws(np.random.default_rng(1), 50_000, calibrating={})
    scores = np.stack([3 * draws.rng.standard_normal(50_000), np.zeros(50_000), np.full(50_000, 2.0)], axis=1)
    drawn = draws.choose("c", scores, [0.2, 0.5, 0.3])
    assert np.bincount(drawn) / 50_000 == pytest.approx([0.2, 0.5, 0.3], abs=0.01)
    # A higher score of the first value makes it more likely.
    assert scores[drawn == 0, 0].mean() > 2


def test_a_drawn_flag_has_its_share_and_leans_on_its_score() -> None:
    draws = Draws(np.random.default_rng(1), 50_000, calibrating={})
    score = 2 * draws.rng.standard_normal(50_000)
    yes = draws.flag("f", score, 0.1)
    assert yes.mean() == pytest.approx(0.1, abs=0.006)
    assert score[yes].mean() > 1.5


def test_ranks_are_uniform_whatever_the_score() -> None:
    draws = Draws(np.random.default_rng(1), 50_000, calibrating={})
    rank = draws.rank("r", np.exp(draws.rng.standard_normal(50_000)))
    assert np.quantile(rank, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.01)


def test_normal_scores_correlate_as_the_ranks_do() -> None:
    # Pearson 1907: a rank correlation of 1/2 belongs to 2 sin(pi / 12) = 0.5176.
    assert from_spearman(np.array([0.0, 0.5, 1.0])) == pytest.approx([0.0, 0.51764, 1.0], abs=1e-4)


def test_an_impossible_correlation_is_replaced_by_a_possible_one_nearby() -> None:
    impossible = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    possible = nearest_correlation(impossible)
    assert np.linalg.eigvalsh(possible).min() > 0
    assert np.diag(possible) == pytest.approx([1, 1, 1])
    assert (np.sign(possible) == np.sign(impossible)).all()


def test_rates_within_chance_of_the_mean_become_the_mean() -> None:
    mean = profile()["default_rate"]
    # 64 clients: standard error 0.034, distance 0.02; 64,287 clients: standard error 0.001.
    few, many = fit_terms.beyond_chance(np.array([mean + 0.02, mean + 0.02]), np.array([0.001, 1.0]))
    assert few == pytest.approx(mean)
    assert many == pytest.approx(mean + 0.02, abs=1e-4)


def test_balanced_rates_have_the_bank_s_mean_and_keep_their_odds_ratio() -> None:
    balanced = fit_terms.balanced(np.array([0.1, 0.1, 0.3]))
    assert balanced.mean() == pytest.approx(profile()["default_rate"])
    assert logit(balanced[2]) - logit(balanced[0]) == pytest.approx(logit(0.3) - logit(0.1))


@pytest.mark.parametrize("auc", [0.42, 0.5, 0.63])
def test_a_line_is_found_with_the_wanted_auc_and_mean(auc: float) -> None:
    numbers = np.random.default_rng(2).exponential(size=20_000)
    knots = np.quantile(numbers, [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
    chance = expit(np.interp(numbers, knots, fit_terms.heights_of_auc(numbers, knots, auc, 0.09)))
    assert chance.mean() == pytest.approx(0.09, abs=1e-3)
    assert soft_auc(numbers, chance) == pytest.approx(auc, abs=3e-3)


def test_moments_are_matched_beside_an_offset() -> None:
    rng = np.random.default_rng(3)
    design = np.concatenate([np.ones((20_000, 1)), rng.random((20_000, 2)) < 0.4], axis=1).astype(np.float32)
    offset = rng.standard_normal(20_000)
    target = np.array([0.08, 0.05, 0.02]) * 20_000
    theta = fit._newton(design, target, offset, np.zeros((3, 3)), np.eye(3), np.zeros(3, dtype=bool))
    chance = expit(design @ theta + offset)
    assert design.T @ chance == pytest.approx(target, rel=1e-3)


def test_the_lowest_point_within_bounds_lies_on_the_bound_that_is_in_the_way() -> None:
    # z1^2 + z1 z2 + z2^2 - 3 z1 is lowest at (2, -1), and where z2 is not to be negative at (3/2, 0).
    matrix, slope = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([3.0, 0.0])
    assert fit._lowest(matrix, slope, np.array([False, False])) == pytest.approx([2, -1])
    assert fit._lowest(matrix, slope, np.array([False, True])) == pytest.approx([1.5, 0])


def test_steps_of_a_signed_table_add_up_and_its_level_for_missing_stands_alone() -> None:
    falling = {"design": np.zeros((1, 4)), "ordered": 3, "sign": -1}
    unsigned = {"design": np.zeros((1, 2)), "ordered": 2, "sign": 0}
    steps, bounded = fit._steps([falling, unsigned])
    # Constant 9; heights 1, 1 - 2, 1 - 2 - 3 and 7 where missing; heights 5 and 6.
    assert (steps @ [9, 1, 2, 3, 7, 5, 6]).tolist() == [9, 1, -1, -4, 7, 5, 6]
    assert bounded.tolist() == [False, False, True, True, False, False, False]


@pytest.mark.parametrize(("sign", "spans"), [(0, True), (1, True), (-1, False)])
def test_a_table_never_goes_against_its_sign(sign: int, spans: bool) -> None:
    """Risk rises with the quantity: a table that must not rise stays flat, and the mean rate is right all the same."""
    numbers = np.random.default_rng(4).random(20_000)
    knots = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    heights = logit(profile()["default_rate"]) + np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    one = fit_terms.line("card_utilisation", numbers, knots, heights, None, sign=sign)
    design = np.concatenate([np.ones((20_000, 1), dtype=np.float32), one["design"]], axis=1)
    target = np.concatenate([[profile()["default_rate"] * 20_000], one["target"]])
    theta = fit._newton(design, target, np.zeros(20_000), fit._penalty([one]), *fit._steps([one]))
    if spans:
        # The ridge draws the ends of a straight line towards its middle.
        assert theta[1:] - theta[3] == pytest.approx([-0.9, -0.5, 0, 0.5, 0.9], abs=0.15)
    else:
        assert np.ptp(theta[1:]) == pytest.approx(0, abs=1e-9)
    assert expit(design @ theta).mean() == pytest.approx(profile()["default_rate"], rel=2e-3)


def test_the_kept_calibration_fits_the_columns() -> None:
    columns = [column for column in profile()["spearman"]["columns"] if column not in fit.DERIVED]
    correlation = np.array(calibration()["correlation"])
    assert correlation.shape == (len(columns), len(columns))
    assert np.linalg.eigvalsh(correlation).min() > 0
