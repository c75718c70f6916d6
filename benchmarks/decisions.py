"""What the project's decisions and figures are worth where the truth is known.

python benchmarks/decisions.py coverage      how often intervals of savings hold the truth
python benchmarks/decisions.py coverage --portfolios 500 --sizes 250,1000
python benchmarks/decisions.py threshold     what a searched threshold costs beside break-even, by size of the training
python benchmarks/decisions.py capacity      how many are referred, by a band of thresholds and by what is at stake
python benchmarks/decisions.py duel          the comparison of a new model with the shipped one, by overlap and by size
python benchmarks/decisions.py perturbations whether a change for the worse gets any client a better probability
python benchmarks/decisions.py policy        the shipped threshold beside the best one, on fresh clients
python benchmarks/decisions.py loan-signs    what a sign for the loan and its annuity costs
python benchmarks/decisions.py intervals     how often intervals of a probability hold the truth
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import loan_signs as of_the_loan
import numpy as np
import perturbations as sense
import policy as shipped_policy
import sizes
import sure
from duel import PROMISED, duel, most
from numpy.typing import NDArray

from credit.decision import cost as money
from credit.decision.intervals import saving

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# -- coverage: intervals of savings and gains --------------------------------------------------------------------------

SIZES = (50, 100, 250, 1_000, 5_000)
#: Draws of the percentile bootstrap, as it was before `credit.decision.intervals`.
DRAWS = 2_000
#: The truth is the ratio of expected costs of so many clients, without the luck of outcomes.
TRUTH = 4_000_000


@dataclass(frozen=True)
class Case:
    """Two decision rules. ``refused``: from scores and a generator, the decisions of the rule and of the other."""

    name: str
    refused: Callable[[Floats, np.random.Generator], tuple[Bools, Bools]]


def _saving(score: Floats, rng: np.random.Generator) -> tuple[Bools, Bools]:
    return score >= 0.16, np.zeros(score.shape, bool)


def _equal(score: Floats, rng: np.random.Generator) -> tuple[Bools, Bools]:
    first, second = (_sigmoid(_log_odds(score) + 0.5 * rng.standard_normal(score.shape)) >= 0.16 for _ in range(2))
    return first, second


def _stricter(score: Floats, rng: np.random.Generator) -> tuple[Bools, Bools]:
    return score >= 0.137, score >= 0.19


CASES = (
    Case("saving against accepting everybody", _saving),
    Case("gain over an equally good model (truth: 0)", _equal),
    Case("gain of refusing from 0.137 in place of 0.19", _stricter),
)


@dataclass(frozen=True)
class Portfolios:
    """Arrays (portfolios, clients): each client's ``defaulted``, and costs of the ``rule``, of the ``other`` one and of
    accepting ``everybody``; ``expected``: the same three by the probabilities with which outcomes were drawn.
    """

    defaulted: Bools
    rule: Floats
    other: Floats
    everybody: Floats
    expected: tuple[Floats, Floats, Floats]


def portfolios(case: Case, many: int, clients: int, rng: np.random.Generator) -> Portfolios:
    """Default rates of some 7 %: a logistic score, of which the rule knows a part, and lognormal loans (some 490,000
    in the middle, a standard deviation of 0.65 of their logarithm), as the published applications have them.
    """
    shape = (many, clients)
    known, hidden = rng.standard_normal(shape), rng.standard_normal(shape)
    truth = _sigmoid(-3.0 + 0.9 * known + 0.55 * hidden)
    score = _sigmoid(-2.85 + 0.9 * known)
    loan = np.exp(rng.normal(13.1, 0.65, shape))
    y = rng.random(shape) < truth
    mine, theirs = case.refused(score, rng)

    def cost(bad: Floats | Bools, no: Bools) -> Floats:
        return loan * np.where(no, money.MARGIN * (1 - bad), money.LOSS_GIVEN_DEFAULT * bad)

    every = np.zeros(shape, bool)
    costs, expected = ((cost(bad, mine), cost(bad, theirs), cost(bad, every)) for bad in (y.astype(float), truth))
    return Portfolios(y, *costs, expected)


def true_gain(case: Case, rng: np.random.Generator) -> float:
    """What the rule gains in expectation, as a share of what accepting everybody costs."""
    gained = lost = 0.0
    for _ in range(TRUTH // 200_000):
        rule, other, everybody = portfolios(case, 1, 200_000, rng).expected
        gained, lost = gained + float((other - rule).sum()), lost + float(everybody.sum())
    return gained / lost


def percentile(found: Portfolios, weights: Floats) -> tuple[Floats, Floats]:
    """The 2.5 % and 97.5 % quantiles of each portfolio's gain in draws of its clients.

    ``weights``: (draws, clients), how often each draw has each client; the same for all portfolios.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        gains = (weights @ (found.other - found.rule).T) / (weights @ found.everybody.T)
    gains[~np.isfinite(gains)] = np.nan  # a draw without a default had no gain, and was left out
    low, high = np.nanquantile(gains, [0.025, 0.975], axis=0)
    return low, high


@dataclass(frozen=True)
class Covered:
    """Shares of portfolios: ``said``, with an interval; of these ``holds`` the truth; ``low``: wholly below it, so that
    of an equally good model "worse beyond chance" is said; ``high``: wholly above. ``width``: the median.
    """

    said: float
    holds: float
    low: float
    high: float
    width: float

    @classmethod
    def of(cls, low: Floats, high: Floats, truth: float) -> "Covered":
        """From the ends of intervals, NaN where nothing was said."""
        known = ~np.isnan(low)
        below, above = (high < truth)[known], (low > truth)[known]
        if not known.any():
            return cls(0.0, np.nan, np.nan, np.nan, np.nan)
        width = float(np.median((high - low)[known]))
        return cls(
            float(known.mean()), float((~below & ~above).mean()), float(below.mean()), float(above.mean()), width
        )


def covered(
    case: Case, truth: float, many: int, clients: int, draws: int, rng: np.random.Generator
) -> tuple[Covered, Covered]:
    """Of the percentile bootstrap and of `credit.decision.intervals.saving`, on portfolios with a default."""
    old: list[tuple[Floats, Floats]] = []
    new: list[tuple[float, float]] = []
    weights = rng.multinomial(clients, np.full(clients, 1 / clients), size=draws).astype(np.float64)
    at_once = max(1, min(many, 1_000_000 // clients))
    for start in range(0, many, at_once):
        drawn = portfolios(case, min(at_once, many - start), clients, rng)
        some = drawn.defaulted.any(axis=1)
        found = Portfolios(
            drawn.defaulted[some], drawn.rule[some], drawn.other[some], drawn.everybody[some], drawn.expected
        )
        old.append(percentile(found, weights))
        for rule, other, everybody in zip(found.rule, found.other, found.everybody, strict=True):
            one = saving(rule, other, everybody)
            new.append((np.nan, np.nan) if one is None else (one.low, one.high))
    low, high = (np.concatenate(ends) for ends in zip(*old, strict=True))
    new_low, new_high = np.array(new).T
    return Covered.of(low, high, truth), Covered.of(new_low, new_high, truth)


def coverage(many: int, sizes: tuple[int, ...], draws: int, seed: int) -> bool:
    """Print a table a case: 95 % intervals, before and now.

    Right: of all portfolios, those included of which nothing is said, the interval is wrong in at most 2.5 % on each
    side. Returns whether that was met.
    """
    met, allowed = True, most(PROMISED, many)
    for number, case in enumerate(CASES):
        began = time.perf_counter()
        truth = true_gain(case, np.random.default_rng([seed, number]))
        print(f"{case.name}: in truth {100 * truth:+.1f} points; {many:,} portfolios a row, 95 % intervals")
        print("| clients | interval | said | holds the truth | too low | too high | width, points |")
        print("|---:|---|---:|---:|---:|---:|---:|")
        for clients in sizes:
            found = covered(case, truth, many, clients, draws, np.random.default_rng([seed, number, clients]))
            for name, one in zip(("percentile bootstrap", "ratio, skewness"), found, strict=True):
                if one.said == 0:
                    print(f"| {clients:,} | {name} | 0 % | | | | |")
                    continue
                print(
                    f"| {clients:,} | {name} | {one.said:.0%} | {one.holds:.1%} | {one.low:.1%} | {one.high:.1%} | "
                    f"{100 * one.width:.0f} |"
                )
            met &= found[1].said == 0 or found[1].said * max(found[1].low, found[1].high) <= allowed
        print(f"{time.perf_counter() - began:.0f} seconds\n", flush=True)
    print(f"Right values: wrong on either side in at most {allowed:.1%} of all portfolios.")
    return met


def _sigmoid(z: Floats) -> Floats:
    return 1 / (1 + np.exp(-z))


def _log_odds(p: Floats) -> Floats:
    return np.log(p / (1 - p))


# -- the command line --------------------------------------------------------------------------------------------------


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split(","))


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    one = parts.add_parser("coverage", help="intervals of savings and gains, where the truth is known")
    one.add_argument("--portfolios", type=int, default=4_000)
    one.add_argument("--sizes", default=",".join(map(str, SIZES)), help="clients of a portfolio, parted by commas")
    one.add_argument("--draws", type=int, default=DRAWS, help="of the percentile bootstrap")
    one.add_argument("--seed", type=int, default=7)
    by_size = {
        "threshold": parts.add_parser("threshold", help="the searched threshold and the exported one, by size"),
        "capacity": parts.add_parser("capacity", help="who is referred, by size"),
    }
    for part in by_size.values():
        part.add_argument("--portfolios", type=int, default=100, help="of each size")
        part.add_argument("--sizes", default=",".join(map(str, sizes.SIZES)), help="clients, parted by commas")
        part.add_argument("--seed", type=int, default=7)
    by_size["threshold"].add_argument("--off", type=float, default=0.5, help="error of the second table, in log odds")
    by_size["capacity"].add_argument("--capacity", type=float, default=0.10, help="share of clients to review")
    compared = parts.add_parser("duel", help="a new model beside the shipped one, by overlap and by size")
    compared.add_argument("--repeats", type=int, default=200, help="comparisons for each row")
    compared.add_argument("--seed", type=int, default=7)
    changed = parts.add_parser("perturbations", help="probabilities after changes for the worse")
    changed.add_argument("--clients", type=int, default=4_000, help="who answer")
    changed.add_argument("--taught", type=int, default=20_000, help="on whom the model without signs learns")
    changed.add_argument("--seed", type=int, default=7)
    served = parts.add_parser("policy", help="the shipped threshold beside the best one, on fresh clients")
    served.add_argument("--clients", type=int, default=20_000)
    served.add_argument("--seed", type=int, default=90_021, help="of no training")
    loan = parts.add_parser("loan-signs", help="what a sign for AMT_CREDIT and AMT_ANNUITY costs")
    loan.add_argument("--clients", type=int, default=8_000)
    loan.add_argument("--trees", type=int, default=250, help="of each model")
    loan.add_argument("--seed", type=int, default=7)
    certain = parts.add_parser("intervals", help="intervals of a probability, where the truth is known")
    certain.add_argument("--clients", type=int, default=20_000, help="who judge")
    certain.add_argument("--held-out", type=int, default=20_000, help="on whom intervals are measured")
    certain.add_argument("--seed", type=int, default=90_031, help="of no training")
    given = parser.parse_args()
    run = {
        "coverage": lambda: coverage(given.portfolios, _sizes(given.sizes), given.draws, given.seed),
        "threshold": lambda: sizes.threshold(_sizes(given.sizes), given.portfolios, given.seed, given.off),
        "capacity": lambda: sizes.capacity(_sizes(given.sizes), given.portfolios, given.seed, given.capacity),
        "duel": lambda: duel(given.repeats, given.seed),
        "perturbations": lambda: sense.perturbations(given.clients, given.taught, given.seed),
        "loan-signs": lambda: of_the_loan.loan_signs(given.clients, given.trees, given.seed),
        "intervals": lambda: sure.intervals(given.clients, given.held_out, given.seed),
        "policy": lambda: shipped_policy.policy(given.clients, given.seed),
    }
    if not run[given.part]():
        sys.exit("A right value is missed.")


if __name__ == "__main__":
    main()
