"""The picture of what decisions cost: a single week is drawn as a week."""

import matplotlib.dates
import numpy as np
import pytest

from credit.decision_log.decision_arrays import Decided
from credit.monitoring.performance import account
from credit.monitoring.performance_plot import draw


def drawn(weeks, told=True, last_told=True):
    """Default rates and costs of 40 clients a week of whom each third defaulted, where told; the last week or not."""
    n = 40 * len(weeks)
    defaulted = np.where(np.arange(n) % 3 == 0, 1.0, 0.0) if told else np.full(n, np.nan)
    if not last_told:
        defaulted[-40:] = np.nan
    decided = Decided(
        np.repeat(np.array(weeks, dtype="datetime64[D]"), 40),
        np.full(n, 0.3),
        np.zeros(n, dtype=bool),
        np.full(n, 1000.0),
        defaulted,
    )
    return draw(account(decided, 0.2, 1.0)).axes


@pytest.mark.parametrize("told", [True, False])
def test_a_single_week_is_drawn_as_one(told):
    rates, costs = drawn(["2026-11-23"], told)
    low, high = matplotlib.dates.num2date(costs.get_xlim())
    assert (high - low).days == 14
    # 12,000 expected (0.3 * 1000 * 40), 14,000 realised: 14 of 40 defaulted.
    assert costs.get_ylim()[0] == 0
    assert 12_000 < costs.get_ylim()[1] < 30_000
    assert rates.lines[0].get_ydata() == pytest.approx([30])
    assert [len(axes.lines) for axes in (rates, costs)] == ([2, 2] if told else [1, 1])


def test_several_weeks_have_lines_and_bands():
    rates, costs = drawn(["2026-11-16", "2026-11-23"])
    assert rates.lines[0].get_ydata() == pytest.approx([30, 30])
    assert rates.lines[1].get_ydata() == pytest.approx([100 * 14 / 40, 100 * 13 / 40])
    assert all(axes.get_title() and axes.collections for axes in (rates, costs))


def test_a_single_week_with_outcomes_has_a_band_too():
    """Of two weeks the outcomes of one are known: its cost is drawn with what chance does, not as a bare point."""
    _, costs = drawn(["2026-11-16", "2026-11-23"], last_told=False)
    (bar,) = costs.collections
    ((_, low), (_, high)) = bar.get_segments()[0]
    assert low < 12_000 < high  # expected: 0.3 * 1000 * 40
    assert costs.lines[1].get_ydata() == pytest.approx([14_000])
