"""Points of a frontier of which only the estimates matter."""

from credit.decision.intervals import Interval
from credit.training.approval_ratios import FourFifths
from credit.training.fairness_alternatives import COLUMNS, Alternative
from credit.training.fairness_frontier import Judged, Point


def point(number, saving, **ratios):
    """A point that saves so much, with these ratios by attribute, the same out of fold and on the test clients."""
    found = {
        name: FourFifths(name, "a", "b", Interval(value, value - 0.1, value + 0.1)) for name, value in ratios.items()
    }
    one = Judged(saving, None, None, found, {})
    return Point(number, Alternative(f"model {number}", COLUMNS, {}), one, one)
