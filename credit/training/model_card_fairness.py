"""The part of a model card about less discriminatory alternatives: which were looked at, what they cost, the gate."""

from collections.abc import Mapping
from typing import Any

from credit.decision.intervals import TOO_FEW
from credit.training.model_card_figures import NOTHING, Facts, table


def alternatives(facts: Facts) -> str:
    """What the manifest's ``fairness`` says, as Markdown; that none were looked at, where it says nothing."""
    points = facts.get("fairness", "points")
    parts = ["No other model was looked at; `train --fairness` does that."] if not points else _looked(facts, points)
    return "\n\n".join((*parts, _gate(facts)))


def _looked(facts: Facts, points: list[Mapping[str, Any]]) -> list[str]:
    names = [one["name"] for one in facts.get("fairness", "attributes")]
    heads = ["model", "saves more, points", *(f"ratio by {name}" for name in names)]
    heads += ["on test clients", *(f"ratio by {name}" for name in names)]
    rows = []
    for one in points:
        cells = [f"{one['number']}: {one['name']}"]
        if one["dominated_by"] is not None:
            cells[0] += f" (dominated by {one['dominated_by']})"
        for part in ("out_of_fold", "test"):
            cells.append(_gain(one[part], one["number"]))
            cells += [_ratio(one[part]["ratios"].get(name)) for name in names]
        rows.append(cells)
    looked = facts.text("fairness", "looked_clients", form=",")
    tested = facts.text("fairness", "test_clients", form=",")
    text = (
        f"{len(points)} models were looked at before this one was trained, each a quick one of {looked} training "
        "clients, and compared with model 0, which is trained as usual. Saved is what decisions cost less than those "
        "of model 0, in points of what approving everybody costs; a ratio is the lowest approval rate of the groups "
        f"over the highest. Both out of fold, and on {tested} test clients, with 95% intervals. A model is dominated "
        "where another saves at least as much with ratios at least as high."
    )
    return [text, table(heads, rows), _taken(facts, points)]


def _taken(facts: Facts, points: list[Mapping[str, Any]]) -> str:
    taken = facts.get("fairness", "taken")
    if not taken:
        return "None of these models was chosen."
    point = next(one for one in points if one["number"] == taken["number"])
    sentences = [f"Model {taken['number']} was trained in full ({taken['rule']}): `{taken['name']}`."]
    if not taken["number"]:
        return sentences[0]
    if point["test"]["gain"] is None:
        sentences.append("What its quick model saves more on the test clients cannot be said: too few defaults.")
    else:
        gain = _gain(point["test"], taken["number"])
        sentences.append(f"On the test clients its quick model saves {gain} points more.")
    for name, found in point["test"]["ratios"].items():
        if found["change"] is not None:
            sentences.append(
                f"The ratio by {name} is {found['estimate']:.3f}, {found['change']:+.3f} "
                f"({found['change_low']:+.3f} to {found['change_high']:+.3f}) against model 0."
            )
    return " ".join(sentences)


#: What the verdict of a ratio says.
_VERDICTS = {
    "kept": "at or above the least ratio",
    "broken": "the whole interval is below the least ratio",
    "open": "these clients are too few to say",
}


def _gate(facts: Facts) -> str:
    gate = facts.get("fairness", "gate")
    if gate is None:
        return "Fairness gate: off, so the ratios above were held against no least one."
    lines = [f"Fairness gate ({gate['mode']}), the least ratio of approval rates by the threshold: {gate['least']:g}."]
    for name, found in gate["ratios"].items():
        if found is None:
            lines.append(f"- By {name}: no two groups could be compared.")
        else:
            groups = f"{found['lowest']} against {found['highest']}"
            lines.append(f"- By {name}: {groups}, {_ratio(found)}: {_VERDICTS[found['verdict']]}.")
    return "\n".join((lines[0], "", *lines[1:]))


def _gain(judged: Mapping[str, Any], number: int) -> str:
    if number == 0:
        return NOTHING
    if judged["gain"] is None:
        return TOO_FEW
    return f"{100 * judged['gain']:+.1f} ({100 * judged['gain_low']:+.1f} to {100 * judged['gain_high']:+.1f})"


def _ratio(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return NOTHING
    return f"{found['estimate']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
