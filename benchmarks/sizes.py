"""What a decision costs in expectation, and how that depends on the number of clients a model has learnt from.

The parts "threshold" and "capacity" of benchmarks/decisions.py. Portfolios are simulated without tables and without
LightGBM, so that hundreds of them take minutes: the log odds of default are normal, defaults are drawn from them, loans
are lognormal and independent of the risk. A model of a portfolio is the line of log odds that its own clients give
(Platt), cross-fitted on five folds as a training does it; fresh clients, whom it has not seen, judge it by their true
probabilities. Points are per cent of what accepting everybody costs. A part returns whether the right values, which
stand beside the code, were met.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.review import Review, at_stake
from credit.model.calibration import Calibration, cross_fitted
from credit.training.bootstrap import redraw
from credit.training.review_savings import threshold_costs
from credit.training.threshold_rule import choose_threshold

Floats = NDArray[np.float64]

SIZES = (1_000, 2_000, 8_000, 40_000, 240_000)
FOLDS, FRESH = 5, 20_000
#: Log odds of default: 8.4 % default, and the true probabilities rank clients with an AUC of 0.79.
MEAN, SPREAD = -2.9, 1.15
#: Loans: median and spread of the logarithm.
MEDIAN_LOAN, LOAN_SPREAD = 500_000.0, 0.7


@dataclass(frozen=True)
class Portfolio:
    """Arrays (n,): ``truth``, the probability of default; ``score``, what a model says before it is calibrated."""

    truth: Floats
    score: Floats
    defaulted: NDArray[np.int64]
    amount: Floats


@dataclass(frozen=True)
class Model:
    """A calibrated model of a portfolio: ``out_of_fold`` (n,) of its own clients, ``fresh`` (m,) of fresh ones."""

    out_of_fold: Floats
    fold: NDArray[np.int64]
    fresh: Floats


def portfolio(clients: int, rng: np.random.Generator, off: float = 0.0) -> Portfolio:
    """Draw clients.

    ``off``: by how much a model's log odds are too low around break-even, where a line cannot mend it; 0: nowhere.
    """
    odds = rng.normal(MEAN, SPREAD, clients)
    truth = expit(odds)
    near = np.exp(-0.5 * ((odds - logit(Costs().break_even)) / 0.4) ** 2)
    amount = MEDIAN_LOAN * np.exp(rng.normal(0.0, LOAN_SPREAD, clients))
    return Portfolio(truth, expit(odds - off * near), (rng.random(clients) < truth).astype(np.int64), amount)


def model(of: Portfolio, fresh: Portfolio, rng: np.random.Generator) -> Model:
    """Calibrate on the portfolio's own clients."""
    fold = rng.permutation(len(of.truth)) % FOLDS
    line = Calibration.fit(of.defaulted, of.score)
    return Model(cross_fitted(of.defaulted, of.score, fold), fold, line(fresh.score))


def saving(fresh: Portfolio, refused: NDArray[np.bool_], costs: Costs) -> float:
    """Expected points saved on fresh clients against accepting everybody."""
    everybody = threshold_costs(fresh.truth, np.zeros(len(refused)), fresh.amount, costs).sum()
    return 100 * float(1 - threshold_costs(fresh.truth, refused, fresh.amount, costs).sum() / everybody)


# -- threshold by size -------------------------------------------------------------------------------------------------


def threshold(sizes: Sequence[int], repeats: int, seed: int, wrong: float) -> bool:
    """What the search saves beyond break-even, and what the rule does that the export follows.

    ``wrong``: error of the log odds around break-even in the second table, see `portfolio`.
    """
    costs, fits = Costs(), True
    for off in (0.0, wrong):
        said = "right" if off == 0 else f"too low by up to {off:g} log odds around break-even"
        print(f"\nprobabilities {said}; {repeats} portfolios of each size, points of accepting everybody's cost")
        print(
            f"{'clients':>9} {'search - break-even':>22} {'worse in':>9} {'rule - break-even':>18} {'taken':>7} "
            f"{'warned':>7}"
        )
        for size in sizes:
            found = [_threshold_of(size, off, costs, (seed, size, number)) for number in range(repeats)]
            search, rule, taken, warned = (np.array(column, dtype=float) for column in zip(*found, strict=True))
            error = search.std() / np.sqrt(len(search))
            print(
                f"{size:9,} {search.mean():+13.2f} +- {error:5.2f} {np.mean(search < 0):9.0%} {rule.mean():+18.3f} "
                f"{taken.mean():7.0%} {warned.mean():7.0%}"
            )
            # Of right probabilities the search is not better but for its noise, and the rule takes it by chance alone:
            # in 2.5 % of portfolios, counted with three standard errors.
            if off == 0:
                chance = 0.025 + 3 * np.sqrt(0.025 * 0.975 / repeats)
                fits &= search.mean() <= 2 * error and taken.mean() <= chance
            fits &= rule.mean() >= -0.1
    return bool(fits)


def _threshold_of(size: int, off: float, costs: Costs, seed: tuple[int, ...]) -> tuple[float, float, bool, bool]:
    rng = np.random.default_rng(seed)
    own, fresh = portfolio(size, rng, off), portfolio(FRESH, rng, off)
    one = model(own, fresh, rng)
    exposure = Exposure.of(own.defaulted, one.out_of_fold, own.amount, one.fold)
    drawn = redraw(own.defaulted, one.out_of_fold, own.amount, costs, repeats=100)
    found = choose_threshold(own.defaulted, one.out_of_fold, own.amount, exposure, drawn, costs)
    usual, search, rule = (
        saving(fresh, one.fresh >= at, costs) for at in (costs.break_even, found.searched.estimate, found.value)
    )
    return search - usual, rule - usual, found.taken, not found.agrees


# -- capacity by size --------------------------------------------------------------------------------------------------


def capacity(sizes: Sequence[int], repeats: int, seed: int, wanted: float) -> bool:
    """Who is referred: between thresholds that cannot be told apart, and where most is at stake.

    ``wanted``: the share of clients that can be reviewed.
    """
    costs = Costs()
    print(f"{repeats} portfolios of each size; shares of {FRESH:,} fresh clients, the middle 90 % of portfolios")
    print(
        f"{'clients':>9} {'in the band':>24} {'without break-even':>19} {'saved by 1 %':>13} {'at stake':>22} "
        f"{'saved by 1 %':>13} {'at random':>10}"
    )
    fits = True
    for size in sizes:
        found = [_referred_of(size, wanted, costs, (seed, size, number)) for number in range(repeats)]
        band, outside, by_band, stake, by_stake, at_random = (
            np.array(column, dtype=float) for column in zip(*found, strict=True)
        )
        print(
            f"{size:9,} {_spread(band):>24} {outside.mean():19.0%} {by_band.mean():13.2f} {_spread(stake):>22} "
            f"{by_stake.mean():13.2f} {at_random.mean():10.2f}"
        )
        # A tenth of fresh clients, whatever the size, but for the noise of so many clients' largest stakes.
        fits &= bool(abs(stake.mean() - wanted) <= 0.01 and np.ptp(np.quantile(stake, [0.05, 0.95])) <= 0.06)
        fits &= by_stake.mean() >= 2 * at_random.mean()
    return fits


def _referred_of(size: int, wanted: float, costs: Costs, seed: tuple[int, ...]) -> tuple[float, ...]:
    """Shares of fresh clients, and points that a perfect reviewer saves for each per cent of clients reviewed."""
    rng = np.random.default_rng(seed)
    own, fresh = portfolio(size, rng), portfolio(FRESH, rng)
    one = model(own, fresh, rng)
    drawn = redraw(own.defaulted, one.out_of_fold, own.amount, costs, repeats=200)
    searched, _ = money.best_threshold(drawn.curve)
    low, high = drawn.alike(searched)
    inside = (one.fresh >= low) & (one.fresh < high)
    review = Review.at_capacity(one.out_of_fold, own.amount, costs, wanted)
    paid = review.skill * at_stake(one.fresh, fresh.amount, costs) > review.cost
    spent = threshold_costs(fresh.truth, one.fresh >= costs.break_even, fresh.amount, costs)
    everybody = threshold_costs(fresh.truth, np.zeros(FRESH), fresh.amount, costs).sum()

    def points_of_one_per_cent(chosen: NDArray[np.bool_]) -> float:
        return float(spent[chosen].sum() / everybody / chosen.mean()) if chosen.any() else 0.0

    return (
        float(inside.mean()),
        not low <= costs.break_even <= high,
        points_of_one_per_cent(inside),
        float(paid.mean()),
        points_of_one_per_cent(paid),
        points_of_one_per_cent(np.ones(FRESH, bool)),
    )


def _spread(shares: Floats) -> str:
    low, high = np.quantile(shares, [0.05, 0.95])
    return f"{shares.mean():.1%} ({low:.1%} to {high:.1%})"
