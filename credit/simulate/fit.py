"""Find the simulator's numbers from the aggregate statistics of the real tables; run once, not at run time.

    python -m credit.simulate.fit application    writes calibration.json (constants, quantiles, correlation of scores)
    python -m credit.simulate.fit truth          writes truth.json (the tables of the true probability)

The truth is found by moment matching: for given weights of the terms, the tables for which the mean probability over
the simulated clients of every bin of every column is the real default rate there. These are the score equations of a
logistic regression on the bins with the real rates in place of the outcomes, so the problem is convex and Newton's
method solves it; a small ridge keeps bins of few clients near the mean and neighbouring knots near each other.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit, logit, ndtri

from credit.simulate import truth
from credit.simulate.application import draw_applications
from credit.simulate.bins import bins_of
from credit.simulate.comparison import soft_auc, spearman
from credit.simulate.draws import Draws, profile
from credit.simulate.housing import MEASURES, OTHERS
from credit.simulate.latents import DERIVED, from_spearman, nearest_correlation
from credit.simulate.strengths import GROUP_RATES, GROUPS, STRENGTHS, TERM_WEIGHTS

HERE = Path(__file__).parent
HOUSING = {f"{measure}_AVG" for measure in MEASURES} | set(OTHERS)
#: Clients behind the real default rates: how far to trust them.
REAL_CLIENTS = 64_287
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
    frame = truth.joined(applications, signals)
    pieces = [*_application_pieces(frame), *(_signal_pieces(frame) if len(signals) else [])]
    offset = sum(weight * truth.TERMS[term](frame) for term, weight in TERM_WEIGHTS.items())
    design = np.concatenate(
        [np.ones((len(frame), 1), dtype=np.float32), *(piece["design"] for piece in pieces)], axis=1
    )
    target = np.concatenate([[profile()["default_rate"] * len(frame)], *(piece["target"] for piece in pieces)])
    penalty = _penalty(pieces) * len(frame) / REAL_CLIENTS
    theta = _newton(design, target, np.asarray(offset), penalty)
    start, tables = 1, {}
    for piece in pieces:
        heights = theta[start : start + piece["design"].shape[1]]
        start += len(heights)
        tables[piece["column"]] = piece["table"]([float(f"{height:.4g}") for height in heights])
    fitted = {"constant": float(f"{theta[0]:.5g}"), "terms": TERM_WEIGHTS, "columns": tables}
    path.write_text(_told(fitted))
    truth.tables.cache_clear()
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
            wanted = _beyond_chance(wanted, design.mean(axis=0))
            pieces.append(_levels(column, [names[i] for i in used], design, wanted))
            continue
        numbers = truth.numeric(frame[column])
        filled = [i for i in range(len(rates) - 1) if (place == i).any()]
        shares = np.array([(place == i).mean() for i in filled])
        wanted = _beyond_chance(np.array([rates[i] for i in filled]) * scale, shares)
        knots, heights = _curve(numbers, place, filled, wanted)
        gone = None if rates[-1] is None else rates[-1] * scale
        pieces.append(_line(column, numbers, knots, heights, gone, free=not _in_a_block(column)))
    return pieces


def _in_a_block(column: str) -> bool:
    """Columns that are missing with others, one of which says for all whether missing matters.

    TOTALAREA_MODE speaks for the building, AMT_REQ_CREDIT_BUREAU_YEAR for the bureau, FLAG_OWN_CAR for the car's age.
    """
    speaks = column in ("TOTALAREA_MODE", "AMT_REQ_CREDIT_BUREAU_YEAR")
    return not speaks and (column in HOUSING or column == "OWN_CAR_AGE" or column.startswith("AMT_REQ_"))


def _signal_pieces(frame: pl.DataFrame) -> list[dict[str, Any]]:
    pieces = []
    mean = profile()["default_rate"]
    for has, rate in GROUP_RATES.items():
        without = (frame[has] == 0).to_numpy()
        design = without[:, None].astype(np.float32)
        pieces.append(_levels(has, ["0"], design, np.array([rate])))
    for signal, auc in STRENGTHS.items():
        numbers = truth.numeric(frame[signal])
        known = ~np.isnan(numbers)
        has = "has_" + GROUPS[signal.partition("_")[0]]
        share = float(frame[has].mean())  # type: ignore[arg-type]
        level = (mean - GROUP_RATES[has] * (1 - share)) / share if has in GROUP_RATES else mean
        ranks = [0.01, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 0.99]
        knots = np.unique(np.quantile(numbers[known], ranks))
        heights = _heights_of_auc(numbers[known], knots, auc, level)
        pieces.append(_line(signal, numbers, knots, heights, None, of_group=has in GROUP_RATES))
    return pieces


def _heights_of_auc(numbers: np.ndarray, knots: np.ndarray, auc: float, mean: float) -> np.ndarray:
    """Log odds at the knots, linear in the normal score of the rank, for which the AUC and the mean rate come out."""
    ranks = (np.searchsorted(np.sort(numbers), knots, "left") + np.searchsorted(np.sort(numbers), knots, "right")) / 2
    scores = ndtri(np.clip(ranks / len(numbers), 0.005, 0.995))
    slope = np.sqrt(2) * ndtri(auc)
    for _ in range(12):
        heights = slope * scores
        level = logit(mean)
        for _ in range(20):
            level += logit(mean) - logit(expit(np.interp(numbers, knots, heights + level)).mean())
        reached = soft_auc(numbers, expit(np.interp(numbers, knots, heights + level)))
        slope += np.clip(np.sqrt(2) * (ndtri(auc) - ndtri(reached)), -0.5, 0.5)
    heights_found: np.ndarray = heights + level
    return heights_found


def _curve(
    numbers: np.ndarray, place: np.ndarray, filled: list[int], rates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Knots (the bins' medians and the outer ends) and log odds there, whose mean rate in every bin is the real one."""
    inner = np.array([np.median(numbers[place == i]) for i in filled])
    ends = np.nanquantile(numbers, [0.005, 0.995])
    knots, first = np.unique(
        np.concatenate([[min(ends[0], inner[0])], inner, [max(ends[1], inner[-1])]]), return_index=True
    )
    wanted = logit(rates)
    heights = wanted.copy()
    for _ in range(6):
        outer = [heights[0] + 0.5 * np.clip(heights[0] - heights[1], -1, 1)]
        far = [heights[-1] + 0.5 * np.clip(heights[-1] - heights[-2], -1, 1)]
        line = np.concatenate([outer, heights, far])[first]
        ours = expit(np.interp(numbers, knots, line))
        heights = heights + wanted - logit(np.array([ours[place == i].mean() for i in filled]))
    return knots, line


def _beyond_chance(rates: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Rates of bins, drawn towards the mean as far as chance may have moved them (James-Stein, positive part)."""
    mean = profile()["default_rate"]
    error = mean * (1 - mean) / (REAL_CLIENTS * np.maximum(shares, 1e-9))
    distance = rates - mean
    kept = np.maximum(1 - error / np.maximum(distance**2, 1e-12), 0)
    drawn: np.ndarray = mean + kept * distance
    return drawn


def _balanced(rates: np.ndarray) -> np.ndarray:
    """The same rates moved together in log odds so that their mean is the bank's: columns must not contradict there."""
    level, mean = 0.0, profile()["default_rate"]
    for _ in range(20):
        level += logit(mean) - logit(expit(logit(rates) + level).mean())
    balanced: np.ndarray = expit(logit(rates) + level)
    return balanced


def _levels(column: str, names: list[str], design: np.ndarray, rates: np.ndarray) -> dict[str, Any]:
    listed = design.any(axis=1)
    of_client = np.full(len(design), profile()["default_rate"])
    of_client[listed] = design[listed] @ rates
    # A single level says only what its own clients' rate is; several have to agree on the bank's.
    of_client = _balanced(of_client) if len(names) > 1 else of_client
    level = None
    if _in_a_block(column) and names[-1] == "missing":
        names, design = names[:-1], design[:, :-1]
        level = design.mean(axis=0) / design.mean(axis=0).sum()

    def table(heights: list[float]) -> dict[str, Any]:
        levels = dict(zip(names, heights, strict=True))
        gone = levels.pop("missing", None)
        return {"levels": levels} | ({} if gone is None else {"missing": gone})

    return _piece(column, design, of_client, table, 0, level)


def _line(
    column: str,
    numbers: np.ndarray,
    knots: np.ndarray,
    heights: np.ndarray,
    gone: float | None,
    free: bool = True,
    of_group: bool = False,
) -> dict[str, Any]:
    """A line through knots; ``gone``: rate where missing, with a level of its own if ``free``.

    ``of_group``: the rates are those of a group of clients and not to be moved to the bank's mean.
    """
    known = ~np.isnan(numbers)
    own = gone is not None and free
    position = np.interp(numbers[known], knots, np.arange(len(knots)))
    left = np.minimum(position.astype(int), len(knots) - 2)
    design = np.zeros((len(numbers), len(knots) + own), dtype=np.float32)
    rows = np.flatnonzero(known)
    design[rows, left] = 1 - (position - left)
    design[rows, left + 1] = position - left
    rates = np.full(len(numbers), profile()["default_rate"] if gone is None else gone)
    rates[known] = expit(np.interp(numbers[known], knots, heights))
    if own:
        design[~known, -1] = 1

    def table(found: list[float]) -> dict[str, Any]:
        line = {"knots": [float(f"{knot:.6g}") for knot in knots], "heights": found[: len(knots)]}
        return line | ({"missing": found[-1]} if own else {})

    level = None if own else design.mean(axis=0) / design.mean(axis=0).sum()
    return _piece(column, design, rates if of_group else _balanced(rates), table, len(knots), level)


def _piece(
    column: str, design: np.ndarray, rates: np.ndarray, table: Any, ordered: int, level: np.ndarray | None
) -> dict[str, Any]:
    """``level``: weights with which the heights add up to the column's mean level, which is to stay 0."""
    parts = {"column": column, "design": design, "target": design.T @ rates, "table": table}
    return parts | {"ordered": ordered, "level": level}


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


def _newton(design: np.ndarray, target: np.ndarray, offset: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """Solve the score equations; the curvature is taken from ``SAMPLE`` clients, the equations from all."""
    theta = np.zeros(design.shape[1])
    theta[0] = logit(profile()["default_rate"]) - offset.mean()
    sample = slice(0, min(SAMPLE, len(design)))
    scale = len(design) / (sample.stop - sample.start)
    for _ in range(40):
        probability = expit(design @ theta.astype(np.float32) + offset).astype(float)
        gradient = target - design.T @ probability.astype(np.float32) - penalty @ theta
        spread = probability[sample] * (1 - probability[sample])
        weighted = design[sample] * np.sqrt(spread).astype(np.float32)[:, None]
        curvature = scale * (weighted.T @ weighted) + penalty + 1e-3 * np.eye(len(theta))
        step = np.linalg.solve(curvature, gradient)
        theta = theta + step * min(1.0, 2.0 / np.abs(step).max())
        sys.stderr.write(f"largest step {np.abs(step).max():.4f}\n")
        if np.abs(step).max() < 2e-3:
            break
    return theta


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
    from credit.simulate.clients import draw_signals

    applications, signals = draw_signals(clients=200_000, seed=1)
    fit_truth(applications, signals)


if __name__ == "__main__":
    main(sys.argv[1])
