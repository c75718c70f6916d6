"""Pictures of what training measured; each has a title and units, and the notebooks read it in a sentence."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.intervals import wilson
from credit.training.bootstrap import Redrawn
from credit.training.evaluation import ACCEPT_EVERYBODY, REFUSE_EVERYBODY, TRUE_PROBABILITY
from credit.training.information_value import Bought
from credit.training.lightgbm_search import Champion
from credit.training.pupil import NEAR
from credit.training.review_savings import Saved
from credit.training.threshold_rule import Threshold

#: Currency is shown in millions.
MILLION = 1e6
#: The margins and losses given default (shares of the loan) between which ``sensitivity`` draws.
SENSITIVE_MARGINS, SENSITIVE_LOSSES = np.arange(0.10, 0.301, 0.02), (0.45, 0.60, 0.75, 1.0)
_SHADES = ("#9cc3e6", "#5b94c9", "#1f5a94", "#0b2545")
_BLUE, _ORANGE, _GREY = "#1f5a94", "#c8641e", "#8a8a8a"


def _axes(width: float = 7.5, height: float = 4.0) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def default_rate_by_decile(prepared: pl.DataFrame, feature: str, unit: str) -> Figure:
    """The default rate from low to high values, in tenths of the clients, and of the clients without a value.

    Clients with equal values stay together, so that there may be fewer groups than ten, and larger ones.
    """
    known = prepared.filter(pl.col(feature).is_not_null())
    rates = (
        known.with_columns(((pl.col(feature).rank("min") - 1) * 10 // pl.len()).alias("decile"))
        .group_by("decile")
        .agg(pl.col("TARGET").mean().alias("rate"), pl.col(feature).median().alias("middle"))
        .sort("decile")
    )
    figure, axes = _axes()
    places = list(range(rates.height))
    axes.plot(places, rates["rate"] * 100, "o-", color=_BLUE)
    axes.set_xticks(places, [f"{value:.3g}" for value in rates["middle"]])
    missing = prepared.filter(pl.col(feature).is_null())
    if missing.height:
        axes.axhline(
            missing["TARGET"].to_numpy().mean() * 100,
            color=_GREY,
            ls=":",
            label=f"no value ({missing.height:,} clients)",
        )
        axes.legend(frameon=False)
    axes.set(xlabel=f"{feature}, middle of each tenth ({unit})", ylabel="defaulted (%)", ylim=(0, None))
    axes.set_title(f"Default rate from low to high {feature}")
    return figure


def missing_by_block(shares: pl.DataFrame) -> Figure:
    """Share of clients without a value, feature by feature. ``shares``: columns table, missing (share)."""
    figure, axes = _axes(height=3.2)
    names = shares["table"].unique(maintain_order=True).to_list()
    values = [shares.filter(pl.col("table") == name)["missing"].to_numpy() * 100 for name in names]
    axes.boxplot(values, orientation="horizontal", tick_labels=names, medianprops={"color": _ORANGE})
    axes.invert_yaxis()
    axes.set(xlabel="clients without a value (%): how the features of a table differ", xlim=(-2, 102))
    axes.set_title("How often the features of each table have no value")
    return figure


def costs(table: pl.DataFrame) -> Figure:
    """Test cost of every decision rule, in millions. ``table``: the closing table."""
    figure, axes = _axes(height=0.45 * table.height + 1)
    fixed = (ACCEPT_EVERYBODY, REFUSE_EVERYBODY, TRUE_PROBABILITY)
    colours = [_GREY if name in fixed else _BLUE for name in table["model"]]
    bars = axes.barh(table["model"].to_list(), (table["test_cost"] / MILLION).to_list(), color=colours)
    axes.bar_label(bars, [f"{value:.1f}" for value in table["test_cost"] / MILLION], padding=3)
    axes.invert_yaxis()
    axes.set(xlabel="cost on the test clients (millions, currency of AMT_CREDIT)")
    axes.set_title("What each decision rule costs")
    axes.margins(x=0.12)
    return figure


def reliability(defaulted: ArrayLike, probability: ArrayLike, groups: int = 10) -> Figure:
    """Predicted against observed default rate in groups of equal size, with 95 % intervals (Wilson, 1927)."""
    y, p = np.asarray(defaulted, dtype=float), np.asarray(probability, dtype=float)
    order = np.array_split(np.argsort(p, kind="stable"), groups)
    predicted = np.array([p[part].mean() for part in order])
    observed = np.array([y[part].mean() for part in order])
    n = np.array([len(part) for part in order])
    low, high = wilson(np.array([y[part].sum() for part in order]), n)
    figure, axes = _axes(5, 4.5)
    top = max(predicted.max(), high.max()) * 105
    axes.plot([0, top], [0, top], color=_GREY, lw=1, label="predicted = observed")
    # The interval is not centred on the observed rate; rounding may leave a bar of -1e-18.
    bars = np.maximum([observed - low, high - observed], 0) * 100
    axes.errorbar(
        predicted * 100, observed * 100, yerr=bars, fmt="o", color=_BLUE, capsize=3, label="tenth of the clients"
    )
    axes.set(xlabel="predicted: mean probability of default (%)", ylabel="observed: defaulted (%)")
    axes.set(xlim=(0, top), ylim=(0, top))
    axes.set_title("Predicted and observed default rate")
    axes.legend(frameon=False)
    return figure


def cost_curve(threshold: Threshold, redrawn: Redrawn, accept_everybody: float) -> Figure:
    """Cost at every threshold with its 95 % band, break-even, accepting everybody, and the search with its interval."""
    figure, axes = _axes()
    low, high = redrawn.band() / MILLION
    axes.fill_between(money.THRESHOLDS, low, high, color=_BLUE, alpha=0.18, lw=0, label="95 % of the redrawn curves")
    axes.plot(
        money.THRESHOLDS, threshold.curve / MILLION, color=_BLUE, label="cost of refusing at or above the threshold"
    )
    searched = threshold.searched
    axes.axvspan(
        searched.low,
        searched.high,
        color=_GREY,
        alpha=0.25,
        lw=0,
        label=f"95 % of the searches, {searched.low:.2f} to {searched.high:.2f}",
    )
    axes.axhline(accept_everybody / MILLION, color=_GREY, ls=":", label="accepting everybody")
    axes.axvline(threshold.break_even, color=_ORANGE, label=f"break-even probability {threshold.break_even:.4f}")
    least = float(threshold.curve.min()) / MILLION
    axes.plot(searched.estimate, least, "v", color="black", ms=8, label=f"search finds {searched.estimate:.2f}")
    axes.plot(
        threshold.value,
        threshold.cost / MILLION,
        "o",
        color=_ORANGE,
        ms=7,
        label=f"exported threshold {threshold.value:.4f}",
    )
    axes.set(xlabel="threshold (probability of default)", ylabel="out-of-fold cost (millions)", xlim=(0, 1))
    axes.set_title(f"Cost by threshold: least at {searched.estimate:.2f}, break-even {threshold.break_even:.4f}")
    axes.legend(frameon=False, loc="upper right")
    return figure


def money_by_capacity(
    saved: Sequence[Saved], capacity: float | None, names: Sequence[str], most: float = 0.30
) -> Figure:
    """Money that reviewers save, as they review more clients: those with most at stake first, and drawn at random.

    ``saved``: one for each skill, with its name in ``names``. ``capacity``: the share that is referred, marked where it
    is given. ``most``: the largest share drawn.
    """
    figure, axes = _axes()
    for one, name, colour in zip(saved, names, (_BLUE, _ORANGE), strict=False):
        inside = one.share <= most
        axes.plot(one.share[inside] * 100, one.by_stake[inside] * 100, color=colour, label=f"{name}, by stake")
        axes.plot(
            one.share[inside] * 100, one.at_random[inside] * 100, color=colour, ls=":", label=f"{name}, at random"
        )
    if capacity is not None:
        axes.axvline(capacity * 100, color=_GREY, lw=1, label=f"referred: {capacity:.1%}")
    axes.set(
        xlabel="clients reviewed (% of all)",
        ylabel="saved by reviews (% of what\naccepting everybody costs)",
        xlim=(0, most * 100),
        ylim=(0, None),
    )
    axes.set_title("Money that reviews save, by how many clients are reviewed")
    axes.legend(loc="upper left", edgecolor="none", framealpha=1)
    return figure


def sensitivity(
    exposure: Exposure, margins: ArrayLike = SENSITIVE_MARGINS, losses: ArrayLike = SENSITIVE_LOSSES
) -> Figure:
    """How threshold and saving move with the margin, one line for each loss given default.

    Lines: the break-even probability, and the saving of deciding at it. Dots: what the search finds, a test of the
    calibration at each of these costs.
    """
    grid = np.asarray(margins, dtype=float)
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for loss, colour in zip(np.asarray(losses, dtype=float).tolist(), _SHADES, strict=False):
        costs = [Costs(margin, loss) for margin in grid.tolist()]
        found = [money.best_threshold(exposure.curve(one)) for one in costs]
        everybody = [exposure.accept_everybody(one) for one in costs]
        spent = [exposure.cost(one.break_even, one) for one in costs]
        left.plot(grid * 100, [one.break_even for one in costs], color=colour, label=f"{loss:.0%}")
        left.plot(grid * 100, [value for value, _ in found], "o", color=colour, ms=4)
        saved = [100 * (1 - cost / whole) for cost, whole in zip(spent, everybody, strict=True)]
        right.plot(grid * 100, saved, color=colour, label=f"{loss:.0%}")
        saved = [100 * (1 - cost / whole) for (_, cost), whole in zip(found, everybody, strict=True)]
        right.plot(grid * 100, saved, "o", color=colour, ms=4)
    left.set(xlabel="margin (% of the loan)", ylabel="threshold (probability of default)", ylim=(0, None))
    right.set(xlabel="margin (% of the loan)", ylabel="saved against accepting everybody (%)", ylim=(0, None))
    left.set_title("Break-even threshold (lines)\nand what the search finds (dots)")
    right.set_title("Saving at break-even (lines)\nand at what the search finds (dots)")
    right.legend(frameon=False, title="loss given default")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def trees(champion: Champion) -> Figure:
    """The cross-validated AUC for each number of trees, with the number that was kept."""
    figure, axes = _axes()
    axes.plot(champion.tree_counts, champion.auc_by_trees, color=_BLUE, label="ROC AUC out of fold")
    best = float(champion.auc_by_trees.max())
    axes.axhspan(best - NEAR, best, color=_GREY, alpha=0.25, lw=0, label=f"within {NEAR} of the best")
    axes.axvline(champion.trees, color=_ORANGE, label=f"kept: {champion.trees} trees")
    axes.set(xlabel="number of trees", ylabel="ROC AUC out of fold (0.5 is chance)")
    axes.set_title("How the ranking improves with the number of trees")
    axes.legend(frameon=False, loc="lower right")
    return figure


def known(table: pl.DataFrame) -> Figure:
    """What is saved for each thing that is known, by the one model and by a model for just that, of ``states``."""
    figure = Figure(figsize=(9, 0.55 * table.height + 1.2), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    places = np.arange(table.height)[::-1]
    axes.barh(places + 0.2, table["saving"] * 100, 0.38, color=_BLUE, label="the one model")
    axes.barh(places - 0.2, table["saving_alone"] * 100, 0.38, color=_GREY, label="a model for just that")
    axes.set_yticks(places, table["known"].to_list())
    axes.set(xlabel="saved against accepting everybody (%)")
    axes.set_title("What is saved, by what is known of the clients")
    axes.legend(frameon=False, loc="lower right")
    return figure


def lost_points(grades: pl.DataFrame) -> Figure:
    """Points that each method of reject inference loses, one row of bars for each earlier policy.

    ``grades``: columns policy, method, lost and paid, as ``credit.training.hidden_outcomes.graded`` gives them. What
    was paid for outcomes is added to the bar; what the loans have earned, a payment below 0, is drawn at its end.
    """
    policies = grades["policy"].unique(maintain_order=True).to_list()
    methods = grades["method"].unique(maintain_order=True).to_list()
    figure, axes = _axes(height=0.28 * len(policies) * len(methods) + 1.2)
    height, places = 0.8 / len(policies), np.arange(len(methods))
    for number, (policy, shade) in enumerate(zip(policies, _SHADES, strict=False)):
        of_policy = grades.filter(pl.col("policy") == policy)
        lost, paid = (np.array(of_policy[name].to_list()) for name in ("lost", "paid"))
        at = places + (number - (len(policies) - 1) / 2) * height
        axes.barh(at, lost, height, color=shade, label=policy)
        axes.barh(at, np.maximum(paid, 0), height, left=lost, color=_ORANGE)
        axes.barh(at, np.minimum(paid, 0), height, left=lost, color=_GREY)
    for name, shade in (("paid for outcomes", _ORANGE), ("earned by these loans", _GREY)):
        axes.barh([0], [0], color=shade, label=name)
    axes.set_yticks(places, methods)
    axes.invert_yaxis()
    axes.set(xlabel="lost against deciding by the true probabilities (points: % of what accepting everybody costs)")
    axes.set_title("What each method of reject inference loses")
    figure.legend(frameon=False, loc="outside lower center", ncols=2)
    return figure


def bought(parts: Sequence[Bought]) -> Figure:
    """What each part saves, bought for a growing share of the clients: by its expected worth, and at random."""
    figure, axes = _axes()
    for one, colour in zip(parts, (_BLUE, _ORANGE, "#2f8f5b", "#7a4fa3"), strict=False):
        axes.plot(one.share * 100, one.saved * 100, color=colour, label=one.part.en)
        axes.plot(one.share * 100, one.random * 100, color=colour, ls=":", lw=1)
    axes.set(xlabel="clients for whom it is bought (%)", ylabel="saved against accepting everybody (%)", xlim=(0, 100))
    axes.set_title("What buying information saves: by expected worth, and at random (dotted)")
    axes.legend(frameon=False)
    return figure
