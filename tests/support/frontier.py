"""Points of a frontier of which only the estimates matter, and what a manifest says of such a search."""

from credit.decision.intervals import Interval
from credit.training.approval_ratios import FourFifths
from credit.training.client_attributes import ALWAYS
from credit.training.fairness_alternatives import COLUMNS, Alternative
from credit.training.fairness_frontier import Frontier, Judged, Point


def point(number, saving, **ratios):
    """A point that saves so much, with these ratios by attribute, the same out of fold and on the test clients."""
    found = {
        name: FourFifths(name, "a", "b", Interval(value, value - 0.1, value + 0.1)) for name, value in ratios.items()
    }
    one = Judged(saving, None, None, found, {})
    return Point(number, Alternative(f"model {number}", COLUMNS, {}), one, one)


def looked_at(rule="point 1, as named", **changed):
    """The part ``fairness`` of a manifest: two models, of which the second was taken by ``rule``."""
    points = (point(0, 0.300, gender=0.9, age=0.7), point(1, 0.296, gender=0.95, age=0.8))
    return {
        **Frontier(points, ALWAYS, {}, 20000, 5000).to_dict(),
        "taken": {"number": 1, "name": "model 1", "rule": rule},
        "gate": {
            "mode": "stop",
            "least": 0.8,
            "ratios": {
                "gender": {"lowest": "men", "highest": "women", "estimate": 0.951, "low": 0.93, "high": 0.97}
                | {"verdict": "kept"},
                "age": {"lowest": "under 25", "highest": "55 and over", "estimate": 0.74, "low": 0.7, "high": 0.78}
                | {"verdict": "broken"},
                "CNT_CHILDREN": None,
            },
        },
    } | changed
