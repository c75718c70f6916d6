"""The picture of an account: what was to be expected and what came, week by week."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from numpy.typing import NDArray

from credit.monitoring.performance import Account, Estimate, Floats


def draw(found: Account) -> Figure:
    """Default rate and cost by week, two panels: the line is expected, the band holds 95 % of what chance does, the
    points are realised. Of weeks whose outcomes are nearly complete, all are of the clients whose outcome it is.
    """
    figure = Figure(figsize=(9, 6), layout="constrained")
    rates, costs = figure.subplots(2, 1, sharex=True)
    weeks = np.array([one.begins for one in found.weeks], dtype="datetime64[D]")
    told = np.array([one.realised is not None for one in found.weeks])
    expected = _table(
        one.default_rate if one.realised is None else one.realised.expected_default_rate for one in found.weeks
    )
    _expected(rates, weeks, 100 * expected, "expected, where realised of these clients")
    rates.set_ylabel("default rate (%)")
    if told.any():
        known = [one.realised for one in found.weeks if one.realised is not None]
        rates.plot(weeks[told], [100 * one.default_rate for one in known], "o", label="realised")
        of_these = _table(one.expected_cost for one in known)
        _expected(costs, weeks[told], of_these, "expected, of the clients whose outcome is known")
        costs.plot(weeks[told], [one.cost for one in known], "o", label="realised")
    else:
        _expected(costs, weeks, _table(one.cost for one in found.weeks), "expected")
    costs.set_ylabel("cost (currency of AMT_CREDIT)")
    costs.yaxis.set_major_formatter(EngFormatter())
    rates.set_title("Default rate by week: expected and realised")
    costs.set_title("What the decisions cost by week: expected and realised")
    costs.set_xlabel("week of the decision")
    if len(weeks) == 1:  # by itself the axis of a single date spans years
        costs.set_xlim(weeks[0] - np.timedelta64(7, "D"), weeks[0] + np.timedelta64(7, "D"))
        costs.set_xticks(weeks)
    for axes in (rates, costs):
        axes.legend(loc="best", fontsize="small")
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
        axes.tick_params(axis="x", rotation=30)
    return figure


def _expected(axes: Axes, weeks: NDArray[np.datetime64], expected: Floats, label: str) -> None:
    """A line with its band; of one week, which has no length, a mark and a bar. ``expected``: as `_table` gives it."""
    value, low, high = expected.T
    band = "95 % of what chance does"
    if len(weeks) == 1:
        axes.vlines(weeks, low, high, linewidth=12, alpha=0.2, label=band)
        axes.plot(weeks, value, "_", markersize=16, color="C0", label=label)
    else:
        axes.fill_between(weeks, low, high, alpha=0.2, label=band)
        axes.plot(weeks, value, label=label)


def _table(estimates: Iterable[Estimate]) -> Floats:
    """Value, low and high side by side: array (n, 3)."""
    return np.array([(one.value, one.low, one.high) for one in estimates])
