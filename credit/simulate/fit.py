"""Find the simulator's numbers from the aggregate statistics of the real tables; run once, not at run time.

    python -m credit.simulate.fit application    writes calibration.json (constants, quantiles, correlation of scores)
    python -m credit.simulate.fit truth          writes truth.json (the tables of the true probability)

The truth is found by moment matching: for given weights of the terms, the tables for which the mean probability over
the simulated clients of every bin of every column is the real default rate there. These are the score equations of a
logistic regression on the bins with the real rates in place of the outcomes, so the problem is convex and Newton's
method solves it; a small ridge keeps bins of few clients near the mean and neighbouring knots near each other.

A table with a sign never goes against it: the heights of a rising one are its first height plus steps that are not
negative. The problem stays convex. Every Newton step solves a quadratic problem under these bounds. Where a bound
binds, that table misses its moments, and the tables of quantities that hang together with it say the rest.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.linalg import block_diag, cho_factor, cho_solve, solve_triangular
from scipy.optimize import nnls
from scipy.special import expit, logit

from credit.simulate import true_probability
from credit.simulate.application import draw_applications
from credit.simulate.column_sampling import Draws, profile
from credit.simulate.default_rate_bins import bins_of
from credit.simulate.fit_terms import REAL_CLIENTS, beyond_chance, curve, heights_of_auc, in_a_block, levels, line
from credit.simulate.latent_scores import DERIVED, from_spearman, nearest_correlation
from credit.simulate.signal_strengths import GROUP_RATES, GROUPS, STRENGTHS, TERM_WEIGHTS
from credit.simulate.validation import spearman

HERE = Path(__file__).parent
#: Clients from whom Newton's method takes the curvature.
SAMPLE = 40_000
#: Ridge on levels and heights, and on the difference of neighbouring heights, in units of clients' information.
RIDGE, SMOOTH = 6.0, 30.0
#: Penalty on the mean level of a column without a level for missing: there the constant and other columns speak.
LEVEL = 1e4


def _follows(column: str) -> bool:
    """Columns whose risk follows from their neighbours': modes and medians of buildings, shorter or copied counts."""
    measure = column.rpartition("_")[0] + "_AVG"
    copies = ("OBS_60_CNT_SOCIAL_CIRCLE", "FLAG_EMP_PHONE", "REGION_RATING_CLIENT")
    return column in copies or (column.endswith(("_MODE", "_MEDI")) and measure in profile()["application"])


def fit_application(clients: int = 200_000, rounds: int = 5) -> None:
    """Write calibration.json: correlations of the scores are moved until those of the columns are the real ones."""
    columns = profile()["spearman"]["columns"]
    keep = [i for i, column in enumerate(columns) if column not in DERIVED]
    target = np.array(profile()["spearman"]["matrix"])[np.ix_(keep, keep)]
    wanted = from_spearman(target)
    correlation = nearest_correlation(wanted)
    for turn in range(rounds):
        found: dict[str, list[float]] = {}
        frame, _ = draw_applications(
            Draws(np.random.default_rng(turn), clients, found), np.arange(clients), correlation=correlation
        )
        ours = spearman(frame, [columns[i] for i in keep])
        miss = from_spearman(target) - from_spearman(ours)
        sys.stderr.write(f"round {turn}: largest miss {np.abs(miss).max():.3f}\n")
        if turn < rounds - 1:
            wanted = np.clip(wanted + np.where(np.abs(miss) > 0.01, miss, 0.0), -0.995, 0.995)
            np.fill_diagonal(wanted, 1.0)
            correlation = nearest_correlation(wanted)
    (HERE / "calibration.json").write_text(_told({"correlation": np.round(correlation, 4).tolist(), "draws": found}))


def fit_truth(applications: pl.DataFrame, signals: pl.DataFrame, path: Path = HERE / "truth.json") -> np.ndarray:
    """Write truth.json and return the probabilities of these clients (n,)."""
    frame = true_probability.joined(applications, signals)
    pieces = [*_application_pieces(frame), *(_signal_pieces(frame) if len(signals) else [])]
    offset = sum(weight * true_probability.TERMS[term](frame) for term, weight in TERM_WEIGHTS.items())
    design = np.concatenate(
        [np.ones((len(frame), 1), dtype=np.float32), *(piece["design"] for piece in pieces)], axis=1
    )
    target = np.concatenate([[profile()["default_rate"] * len(frame)], *(piece["target"] for piece in pieces)])
    penalty = _penalty(pieces) * len(frame) / REAL_CLIENTS
    theta = _newton(design, target, np.asarray(offset), penalty, *_steps(pieces))
    start, tables = 1, {}
    for piece in pieces:
        heights = theta[start : start + piece["design"].shape[1]]
        start += len(heights)
        tables[piece["column"]] = piece["table"]([float(f"{height:.4g}") for height in heights])
    fitted = {"constant": float(f"{theta[0]:.5g}"), "terms": TERM_WEIGHTS, "columns": tables}
    path.write_text(_told(fitted))
    true_probability.tables.cache_clear()
    return expit(design @ theta + offset)


def _application_pieces(frame: pl.DataFrame) -> list[dict[str, Any]]:
    scale = profile()["default_rate"] / 0.0799
    pieces = []
    for column, known in profile()["application"].items():
        place, names, rates = bins_of(column, frame[column])
        if sum(rate is not None for rate in rates) < 2 or _follows(column):
            continue
        if "values" in known:
            used = [i for i, rate in enumerate(rates) if rate is not None and (place == i).any()]
            design = np.stack([place == i for i in used], axis=1).astype(np.float32)
            wanted = np.array([rates[i] * scale for i in used])
            wanted = beyond_chance(wanted, design.mean(axis=0))
            pieces.append(levels(column, [names[i] for i in used], design, wanted))
            continue
        numbers = true_probability.numeric(frame[column])
        filled = [i for i in range(len(rates) - 1) if (place == i).any()]
        shares = np.array([(place == i).mean() for i in filled])
        wanted = beyond_chance(np.array([rates[i] for i in filled]) * scale, shares)
        knots, heights = curve(numbers, place, filled, wanted)
        gone = None if rates[-1] is None else rates[-1] * scale
        pieces.append(line(column, numbers, knots, heights, gone, free=not in_a_block(column)))
    return pieces


def _signal_pieces(frame: pl.DataFrame) -> list[dict[str, Any]]:
    pieces = []
    mean = profile()["default_rate"]
    for has, rate in GROUP_RATES.items():
        without = (frame[has] == 0).to_numpy()
        design = without[:, None].astype(np.float32)
        pieces.append(levels(has, ["0"], design, np.array([rate])))
    for signal, (auc, sign) in STRENGTHS.items():
        numbers = true_probability.numeric(frame[signal])
        known = ~np.isnan(numbers)
        has = "has_" + GROUPS[signal.partition("_")[0]]
        share = float(frame[has].mean())  # type: ignore[arg-type]
        level = (mean - GROUP_RATES[has] * (1 - share)) / share if has in GROUP_RATES else mean
        ranks = [0.01, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 0.99]
        knots = np.unique(np.quantile(numbers[known], ranks))
        heights = heights_of_auc(numbers[known], knots, auc, level)
        pieces.append(line(signal, numbers, knots, heights, None, of_group=has in GROUP_RATES, sign=sign))
    return pieces


def _penalty(pieces: list[dict[str, Any]]) -> np.ndarray:
    size = 1 + sum(piece["design"].shape[1] for piece in pieces)
    penalty = np.zeros((size, size))
    start = 1
    for piece in pieces:
        width = piece["design"].shape[1]
        penalty[range(start, start + width), range(start, start + width)] += RIDGE
        if piece["level"] is not None:
            penalty[start : start + width, start : start + width] += LEVEL * np.outer(piece["level"], piece["level"])
        for i in range(start, start + piece["ordered"] - 1):
            penalty[i : i + 2, i : i + 2] += SMOOTH * np.array([[1, -1], [-1, 1]])
        start += width
    return penalty


def _steps(pieces: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Matrix (p, p) from free numbers and steps to all heights, and which of its columns (p,) must not be negative."""
    blocks, bounded = [np.eye(1)], [np.zeros(1, dtype=bool)]
    for piece in pieces:
        width, ordered, sign = piece["design"].shape[1], piece["ordered"], piece["sign"]
        block = np.eye(width)
        if sign:
            block[:ordered, :ordered] = np.tril(np.ones((ordered, ordered)))
            block[:ordered, 1:ordered] *= sign
        blocks.append(block)
        bounded.append((np.arange(width) > 0) & (np.arange(width) < ordered) & (sign != 0))
    return block_diag(*blocks), np.concatenate(bounded)


def _newton(
    design: np.ndarray,
    target: np.ndarray,
    offset: np.ndarray,
    penalty: np.ndarray,
    steps: np.ndarray,
    bounded: np.ndarray,
) -> np.ndarray:
    """Solve the score equations; the curvature is taken from ``SAMPLE`` clients, the equations from all.

    theta = ``steps`` @ z, where the ``bounded`` ones of z are not negative.
    """
    free = np.zeros(design.shape[1])
    free[0] = logit(profile()["default_rate"]) - offset.mean()
    sample = slice(0, min(SAMPLE, len(design)))
    scale = len(design) / (sample.stop - sample.start)
    for _ in range(60):
        theta = steps @ free
        probability = expit(design @ theta.astype(np.float32) + offset).astype(float)
        gradient = target - design.T @ probability.astype(np.float32) - penalty @ theta
        spread = probability[sample] * (1 - probability[sample])
        weighted = design[sample] * np.sqrt(spread).astype(np.float32)[:, None]
        curvature = scale * (weighted.T @ weighted) + penalty + 1e-3 * np.eye(len(theta))
        inner = steps.T @ curvature @ steps
        goal = _lowest(inner, steps.T @ gradient + inner @ free, bounded)
        step = steps @ (goal - free)
        # A part of the way to a point within the bounds stays within them.
        free = free + (goal - free) * min(1.0, 2.0 / np.abs(step).max())
        sys.stderr.write(f"largest step {np.abs(step).max():.4f}\n")
        if np.abs(step).max() < 2e-3:
            break
    return np.asarray(steps @ free)


def _lowest(matrix: np.ndarray, slope: np.ndarray, bounded: np.ndarray) -> np.ndarray:
    """The z (p,) with the lowest z' matrix z / 2 - slope' z of those whose ``bounded`` ones are not negative.

    The free ones follow from the bounded ones by linear equations; what is left is a least-squares problem in numbers
    that are not negative (Lawson and Hanson 1974).
    """
    free = ~bounded
    own = cho_factor(matrix[np.ix_(free, free)])
    across = matrix[np.ix_(free, bounded)]
    found = np.zeros(len(slope))
    if bounded.any():
        left = matrix[np.ix_(bounded, bounded)] - across.T @ cho_solve(own, across)
        root = np.linalg.cholesky(left)
        pull = slope[bounded] - across.T @ cho_solve(own, slope[free])
        found[bounded], _ = nnls(root.T, solve_triangular(root, pull, lower=True), maxiter=50 * len(root))
    found[free] = cho_solve(own, slope[free] - across @ found[bounded])
    return found


def _told(content: dict[str, Any]) -> str:
    """JSON with one entry of the inner dictionaries a line, so that a change shows where it is."""
    lines = []
    for key, value in content.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in value.items())
            lines.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(what: str) -> None:
    """``application`` or ``truth``."""
    if what == "application":
        fit_application()
        return
    from credit.simulate.client_chunks import draw_signals

    applications, signals = draw_signals(clients=200_000, seed=1)
    fit_truth(applications, signals)


if __name__ == "__main__":
    main(sys.argv[1])
