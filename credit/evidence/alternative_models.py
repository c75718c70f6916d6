"""Less discriminatory alternatives, as the manifest keeps them: which models were looked at, what each would cost."""

from collections.abc import Mapping
from typing import Any

from credit.decision.intervals import TOO_FEW
from credit.evidence.contents import Table, at, csv_bytes

FILE = "alternatives.csv"

#: How the two judgements of each model are headed.
_JUDGED = {"out_of_fold": "out of fold", "test": "on test clients"}

#: What the gate's verdict on a ratio says, with the least ratio in the gap.
_VERDICTS = {
    "kept": "at or above {}",
    "broken": "below {}, interval and all",
    "open": "on both sides of {}: these clients do not tell",
}


def table_of_alternatives(manifest: Mapping[str, Any]) -> Table | None:
    """A row a model that was looked at, by number; None where the manifest keeps none.

    Gains are in points of what accepting everybody costs, beyond model 0, the usual training. Ratios are the lowest
    approval rate of the groups over the highest. Both with 95 % intervals.
    """
    points = at(manifest, "fairness", "points")
    if not points:
        return None
    names = [one["name"] for one in manifest["fairness"]["attributes"]]
    columns = ["no.", "model", "dominated by"]
    for of in _JUDGED.values():
        columns += [f"saves more, points, {of}", *(f"ratio by {name}, {of}" for name in names)]
    rows = []
    for one in points:
        row = [str(one["number"]), str(one["name"]), "-" if one["dominated_by"] is None else str(one["dominated_by"])]
        for part in _JUDGED:
            row += [_gain(one[part], one["number"]), *(_ratio(one[part]["ratios"].get(name)) for name in names)]
        rows.append(tuple(row))
    return Table(
        "Less discriminatory alternatives: the models that were looked at before one was trained",
        tuple(columns),
        tuple(rows),
        "manifest.json, fairness.points; credit train --fairness",
        frozenset((0, *range(2, len(columns)))),
        FILE,
    )


def file_of_alternatives(table: Table | None) -> dict[str, bytes]:
    """The table as a file of the pack; none without a table."""
    return {} if table is None else {FILE: csv_bytes(table.columns, table.rows)}


def alternatives(manifest: Mapping[str, Any]) -> str:
    """How many models were looked at, which was taken by which rule, and what it costs; empty where none were."""
    points = at(manifest, "fairness", "points")
    if not points:
        return ""
    fairness = manifest["fairness"]
    text = (
        f"{len(points)} models, each judged out of fold and on {fairness['test_clients']:,} test clients by what it "
        "saves and by the ratio of approvals"
    )
    taken = fairness.get("taken")
    if not taken:
        return f"{text}. None of them was chosen."
    text += f". Trained was number {taken['number']}, {taken['name']}: {taken['rule']}"
    if not taken["number"]:
        return f"{text}, which is the usual training."
    point = next(one for one in points if one["number"] == taken["number"])
    said = (f"{of} {_gain(point[part], taken['number'])}" for part, of in _JUDGED.items())
    return f"{text}. Beyond the usual training it saves, in points: {', '.join(said)}."


def legend(table: Table | None) -> tuple[str, ...]:
    """What the columns of the table mean; nothing without a table."""
    if table is None:
        return ()
    return (
        "Less discriminatory alternatives: what each model saves more than model 0, the usual training, in points of "
        "what accepting everybody costs, and the lowest approval rate of the groups over the highest, with 95 % "
        "intervals. A model is dominated where another saves at least as much out of fold with ratios at least as "
        "high. A model was chosen by the figures out of fold alone.",
    )


def gate_notes(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The fairness gate's verdict on this model, a sentence an attribute; none where no gate was held against it."""
    gate = at(manifest, "fairness", "gate")
    if gate is None:
        return ()
    least = f"{gate['least']:g}"
    begin = f"Fairness gate of the training ({gate['mode']}), ratio of approvals by the threshold"
    return tuple(
        f"{begin}, by {name}: no two groups could be compared."
        if found is None
        else f"{begin}, by {name}: {found['lowest']} against {found['highest']}, {_ratio(found)}, "
        f"{_VERDICTS[found['verdict']].format(least)}."
        for name, found in gate["ratios"].items()
    )


def _gain(judged: Mapping[str, Any], number: int) -> str:
    if number == 0:
        return "-"
    if judged["gain"] is None:
        return TOO_FEW
    return f"{100 * judged['gain']:+.1f} ({100 * judged['gain_low']:+.1f} to {100 * judged['gain_high']:+.1f})"


def _ratio(found: Mapping[str, Any] | None) -> str:
    return "-" if found is None else f"{found['estimate']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
