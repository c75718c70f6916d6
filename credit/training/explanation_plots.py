"""Pictures of what moves a model: importance and beeswarm, from the numbers of `credit.explain`.

The waterfall of one client is `credit.explain.waterfall`: the service draws it too, and without matplotlib.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from credit.explain import Contributions, Importance
from credit.explain.waterfall import DOWN, UP

Floats = NDArray[np.float64]

_BLUE, _ORANGE, _GREY = "#1f5a94", "#c8641e", "#8a8a8a"
_LOW_TO_HIGH = LinearSegmentedColormap.from_list("low to high", [DOWN, "#8a3f9c", UP])
#: The value of a feature is coloured between these percentiles; beyond them lie the extremes of skewed amounts.
_PERCENTILES = (5, 95)
#: The points of a feature are stacked where they would cover each other: so many places along the axis, and how high.
_PLACES, _HIGH = 120, 0.4


def _axes(width: float, height: float, panels: int = 1) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    found = np.atleast_1d(figure.subplots(1, panels, sharey=True)).tolist()
    for axes in found:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, found


def importance(table: Sequence[Importance], shown: int = 20) -> Figure:
    """Two views of what a feature does for the model: gain in training, mean |contribution| on clients.

    ``table``: as `credit.explain.Explainer.importance` sorts it. ``shown``: so many features from its top.
    """
    top = table[:shown]
    figure, (left, right) = _axes(9.5, 0.27 * len(top) + 1.2, panels=2)
    names = [one.feature for one in top]
    left.barh(names, [one.contribution for one in top], color=_BLUE)
    right.barh(names, [100 * one.gain for one in top], color=_ORANGE)
    left.invert_yaxis()
    left.tick_params(axis="y", labelsize=8)
    left.set(xlabel="mean |contribution| (log odds)")
    right.set(xlabel="share of the gain of all splits (%)")
    left.set_title("What moves probabilities")
    right.set_title("What the trees split on")
    return figure


def beeswarm(contributions: Contributions, X: Floats, columns: Sequence[str], shown: int = 15) -> Figure:
    """A point a client: how far a feature moves it (place), and whether its value is low or high (colour).

    ``contributions``: of the same clients, in log odds. ``X``: the clients' features (n_clients, n_columns), NaN drawn
    grey. ``columns``: their names. ``shown``: so many features, the largest mean |contribution| on top.
    """
    values = contributions.values
    order = np.argsort(-np.abs(values).mean(axis=0), kind="stable")[:shown]
    figure, (axes,) = _axes(9, 0.42 * len(order) + 1.2)
    axes.axvline(0, color=_GREY, lw=0.8)
    span = max(float(np.ptp(values[:, order])), 1e-12)
    for row, column in enumerate(order):
        x, known = values[:, column], ~np.isnan(X[:, column])
        y = row + _stacked(x, span)
        axes.scatter(x[~known], y[~known], s=7, color="#b9b9b9", linewidths=0, zorder=2)
        axes.scatter(
            x[known], y[known], s=7, c=_ranked(X[known, column]), cmap=_LOW_TO_HIGH, vmin=0, vmax=1, lw=0, zorder=3
        )
    axes.set_yticks(range(len(order)), [columns[column] for column in order], fontsize=8)
    axes.set(xlabel="contribution (log odds of default; right of 0: towards refusal)", ylim=(len(order) - 0.5, -0.5))
    axes.set_title("How far each feature moves each client")
    bar = figure.colorbar(axes.collections[-1], ax=axes, aspect=40, pad=0.02, ticks=[0, 1])
    bar.ax.set_yticklabels(["low", "high"])
    bar.set_label("value of the feature (grey: not known)")
    bar.outline.set_visible(False)
    return figure


def _ranked(values: Floats) -> Floats:
    """From 0 at a low to 1 at a high value, within the percentiles that are coloured."""
    if not len(values):
        return values
    low, high = np.percentile(values, _PERCENTILES)
    if low == high:  # nearly all are equal: what is not lies on one side of them
        low, high = float(values.min()), float(values.max())
    return np.clip((values - low) / (high - low), 0, 1) if high > low else np.full(len(values), 0.5)


def _stacked(x: Floats, span: float) -> Floats:
    """How far above or below its row each point lies: in turns, so that points of one place lie side by side."""
    place = np.round(x / span * _PLACES).astype(int)
    offset = np.empty(len(x))
    counts = np.unique(place, return_counts=True)[1]
    for one in np.unique(place):
        here = np.flatnonzero(place == one)
        turn = np.arange(len(here))
        offset[here] = (turn + 1) // 2 * np.where(turn % 2, 1, -1)
    return offset / max(counts.max() / 2, 1) * _HIGH
