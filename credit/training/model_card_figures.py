"""The figures of a model card, as Markdown: of all test clients, compared with other rules, and by gender and age."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from credit.decision.client_groups import AGE, FEWEST_SHOWN
from credit.decision.intervals import TOO_FEW
from credit.training.approval_ratios import FOUR_FIFTHS, FourFifths
from credit.training.fairness import Groups
from credit.training.first_example import EXAMPLE, OF_EXAMPLE

#: What a card says of a fact that its manifest lacks; in a table, of what cannot be told of this row.
NOT_MEASURED, NOTHING = "not measured", "-"

#: What a card says in place of a figure of fewer clients than may be shown.
WITHHELD = "withheld"

#: What a card says of a setting or a seed that its manifest lacks: nobody measures those.
NOT_RECORDED = "not recorded"

#: Metrics of the manifest, in the card's order: heading and form.
_METRICS = {
    "roc_auc": ("ROC AUC", ".3f"),
    "gini": ("Gini", ".3f"),
    "ks": ("KS", ".3f"),
    "brier": ("Brier", ".4f"),
    "calibration_slope": ("Calibration slope", ".3f"),
    "calibration_in_the_large": ("Calibration intercept at slope 1", "+.3f"),
    "calibration_error": ("Calibration error, 0.10 to 0.25", "+.4f"),
    "accuracy": ("Accuracy", ".3f"),
    "f1": ("F1 of default", ".3f"),
    "refused": ("Refused", ".1%"),
    "cost": ("Cost, in the currency of AMT_CREDIT", ",.0f"),
    "saving": ("Saving against approving everybody", ".1%"),
}
#: Columns of the closing table that are shown where they are there: heading, form, and what it is divided by.
_COMPARED = {
    "threshold": ("threshold", ".4g", 1),
    "cv_cost": ("CV cost, millions", ",.1f", 1e6),
    "test_cost": ("test cost, millions", ",.1f", 1e6),
    "saving": ("saving", ".1%", 1),
    "referred": ("referred", ".1%", 1),
    "roc_auc": ("ROC AUC", ".3f", 1),
    "gini": ("Gini", ".3f", 1),
    "ks": ("KS", ".3f", 1),
    "brier": ("Brier", ".4f", 1),
    "calibration_slope": ("slope", ".2f", 1),
    "calibration_in_the_large": ("intercept at slope 1", "+.2f", 1),
    "calibration_error": ("error", "+.4f", 1),
}


class Facts:
    """A manifest that says "not measured" where it lacks something."""

    def __init__(self, manifest: Mapping[str, Any]):
        self.manifest = manifest

    def get(self, *path: str) -> Any:
        """The value there; None where there is none, or a number that is not finite."""
        found: Any = self.manifest
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        return None if isinstance(found, float) and not math.isfinite(found) else found

    def text(self, *path: str, form: str = "", unknown: str = NOT_MEASURED) -> str:
        """The value there, formatted; ``unknown`` where there is none."""
        found = self.get(*path)
        return unknown if found is None else format(found, form)

    def percent(self, *path: str) -> str:
        """The share there, in per cent with as many digits as it has, up to four."""
        found = self.get(*path)
        return NOT_MEASURED if found is None else f"{found * 100:.4g}%"


def overall(facts: Facts) -> str:
    """Every metric of the test clients, with its interval where the manifest has ``_low`` and ``_high``."""
    rows = []
    for name, (heading, form) in _METRICS.items():
        low, high = (facts.get("metrics", f"{name}_{end}") for end in ("low", "high"))
        if name == "gini" and low is None:  # twice the area less one, and so are its ends
            low, high = (_twice_less_one(facts.get("metrics", f"roc_auc_{end}")) for end in ("low", "high"))
        value = facts.get("metrics", name)
        told = NOT_MEASURED if value is None else _with_interval(form, value, low, high)
        # Null where an interval belongs: older manifests lack the key where they have none.
        if value is not None and low is None and f"{name}_low" in facts.get("metrics"):
            told += f" ({TOO_FEW})"
        rows.append((heading, told))
    return table(("on the test clients", "value (95% interval)"), rows)


def compared(closing: pl.DataFrame | None) -> str:
    """The closing table of a training, one row a decision rule; those of its columns that a reader of a card needs."""
    if closing is None:
        return NOT_MEASURED
    shown = [name for name in _COMPARED if name in closing.columns]
    rows = []
    for row in closing.iter_rows(named=True):
        cells = []
        for name in shown:
            _, form, unit = _COMPARED[name]
            cells.append(_with_interval(form, *(_in(row.get(key), unit) for key in _ends(name))))
        rows.append((row["model"], *cells))
    return table(("decision by", *(_COMPARED[name][0] for name in shown)), rows)


def gained(facts: Facts) -> str:
    """What the model saves beyond other rules by the manifest's ``gains``, a line each; nothing without them."""
    lines = []
    for than in facts.get("gains") or {}:
        points, low, high, share = (facts.get("gains", than, key) for key in ("points", "low", "high", "share"))
        if points is None or low is None or high is None:
            lines.append(f"- Beside {than}: {TOO_FEW}.")
            continue
        # Of a rule that loses money, or saves less, a share of its saving would say nothing.
        part = f", {share:.0%} of what it saves" if share is not None and points < 0 < share else ""
        lines.append(
            f"- Beside {than}, the model at its threshold saves {points * 100:+.1f} points of the cost of approving "
            f"everybody (95% interval {low * 100:+.1f} to {high * 100:+.1f}){part}."
        )
    return "\n".join(lines)


def rivals(facts: Facts, closing: pl.DataFrame | None) -> str:
    """What the rules are whose names do not say it; nothing where none of them stands there."""
    named = [*(facts.get("gains") or {}), *(() if closing is None else closing["model"])]
    if not any(str(name).startswith("predecessor") for name in named):
        return ""
    return PREDECESSOR_IS


#: What the predecessor is, for cards and packs.
PREDECESSOR_IS = (
    "The predecessor is the model of the system that this project follows, built again on the same clients: a "
    "baseline, and no earlier version of this model. *At 0.48* it refuses from where that system did; *at its best*, "
    "from the threshold that would have cost least on these very test clients."
)


def by_known(facts: Facts) -> str:
    """The model asked with gaps, beside a model for just what is known: a table, and sentences that read it."""
    found = facts.get("known")
    if not found:
        return NOT_MEASURED
    columns = {
        "default_rate": ("default rate", ".2%"),
        "mean_probability": ("mean probability", ".2%"),
        "slope": ("slope", ".2f"),
        "roc_auc": ("ROC AUC", ".4f"),
        "roc_auc_alone": ("of a model for just that", ".4f"),
        "roc_auc_free": ("without signs", ".4f"),
        "saving": ("saving", ".1%"),
        "saving_alone": ("of a model for just that", ".1%"),
        "saving_free": ("without signs", ".1%"),
    }
    shown = {name: one for name, one in columns.items() if name in found[0]}  # older models were beside fewer
    heads = ("known", *(head for head, _ in shown.values()))
    rows = [(one["known"], *(_with_interval(form, one[name]) for name, (_, form) in shown.items())) for one in found]
    clients = found[0]["clients"]
    whose = (
        "fresh simulated clients, rates and savings by their true probabilities"
        if facts.get("data", "simulated")
        else "test clients"
    )
    return (
        f"The same {clients:,} {whose}, with tables and columns hidden. A table that is not sent is unknown, and so is "
        "a column; the model has learnt from clients of whom as little is known. Beside it stand a model that was "
        "trained for just that case under the same signs, and one without signs: by how much that one is better is "
        f"what holding features to a direction costs.{_others(facts)}{_example(found)}\n\n{table(heads, rows)}"
    )


def _others(facts: Facts) -> str:
    """Why the figures where everything is known are not those of all test clients."""
    if not facts.get("data", "simulated"):
        return ""
    return " They are other clients than the test clients, so that figures differ where everything is known, too."


def _example(found: Sequence[Mapping[str, Any]]) -> str:
    if not any(one["known"] == OF_EXAMPLE for one in found):
        return ""
    return f" *T{OF_EXAMPLE[1:]}* are {len(EXAMPLE)}: {', '.join(f'`{name}`' for name in EXAMPLE)}."


def by_group(groups: Groups | None, tested: int | None = None) -> str:
    """Approval, calibration and errors by gender and age, and sentences that read them.

    ``tested``: the number of all test clients; where more than the groups hold, the text says that these were drawn.
    """
    if groups is None:
        return NOT_MEASURED
    judged = groups.table.filter(pl.col("attribute") == AGE)["clients"].sum()
    drawn = (
        f"Measured on {judged:,} of the {tested:,} test clients, by a fixed draw.\n\n" if (tested or 0) > judged else ""
    )
    rows, served = [], []
    for row in groups.shown.iter_rows(named=True):
        group = f"{row['attribute']}: {row['group']}"
        if 0 < row["clients"] < FEWEST_SHOWN:
            rows.append((group, f"{row['clients']:,}", *(WITHHELD,) * 6))
            served.append((group, *(WITHHELD,) * 4))
            continue
        approved, ratio, defaulted = (
            _with_interval(form, *(row[key] for key in _ends(name)))
            for name, form in (("approved", ".1%"), ("ratio", ".3f"), ("defaulted", ".1%"))
        )
        predicted, missed, wronged = (
            _with_interval(".1%", row[name]) for name in ("predicted", "false_negative_rate", "false_positive_rate")
        )
        rows.append((group, f"{row['clients']:,}", approved, ratio, predicted, defaulted, missed, wronged))
        served.append((group, *_served(row)))
    heads = (
        "group",
        "clients",
        "approved",
        "approved / highest",
        "predicted default",
        "observed default",
        "defaulters approved",
        "good clients refused",
    )
    by_threshold = _lines([reading(one, groups) for one in groups.four_fifths], _calibrated(groups))
    by_rule = _lines([reading(one, groups) for one in groups.accepted])
    served_heads = ("group", "accepted", "referred", "refused", "accepted / highest")
    return (
        f"{drawn}By the threshold alone, refused from {groups.threshold:.4g} on, whether or not a person may decide "
        f"otherwise. In brackets: {groups.level:.0%} intervals.\n\n{table(heads, rows)}\n\n{by_threshold}\n\n"
        "By the rule that is served: accepted and refused without a person, or referred to one, whose decision is not "
        f"known here.\n\n{table(served_heads, served)}\n\n{by_rule}"
    )


def _served(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Accepted, referred, refused, and the ratio of acceptance, of a group."""
    accepted, ratio = (
        _with_interval(form, *(row[key] for key in _ends(name)))
        for name, form in (("accepted", ".1%"), ("accepted_ratio", ".3f"))
    )
    return accepted, _with_interval(".1%", row["referred"]), _with_interval(".1%", row["refused"]), ratio


def _lines(compared: Sequence[str], *more: str) -> str:
    return "\n".join(f"- {sentence}" for sentence in (*(compared or ["No two groups could be compared."]), *more))


def reading(one: FourFifths, groups: Groups) -> str:
    """What a four-fifths ratio says, and how sure it is, in two sentences."""
    of_attribute = groups.table.filter(pl.col("attribute") == one.attribute)
    rate = dict(of_attribute.select("group", one.of).iter_rows())
    ratio, what = one.ratio, "approval rate" if one.of == "approved" else "rate of acceptance"
    clients = dict(of_attribute.select("group", "clients").iter_rows())
    if min(clients[one.lowest], clients[one.highest]) < FEWEST_SHOWN:
        return f"By {one.attribute}, the ratio is withheld: a group in it has fewer than {FEWEST_SHOWN} clients."
    sentence = (
        f"By {one.attribute}, the lowest {what} is {rate[one.lowest]:.1%} ({one.lowest}) and the highest "
        f"{rate[one.highest]:.1%} ({one.highest}): a ratio of {ratio.estimate:.3f} ({groups.level:.0%} interval "
        f"{ratio.low:.3f} to {ratio.high:.3f})."
    )
    verdict = {
        "kept": f"All of the interval is at or above {FOUR_FIFTHS:g}: the four-fifths rule is kept.",
        "broken": f"All of the interval is below {FOUR_FIFTHS:g}: the four-fifths rule is broken.",
        "open": f"The interval reaches to both sides of {FOUR_FIFTHS:g}: these clients are too few to tell whether the "
        "four-fifths rule is kept.",
    }
    return f"{sentence} {verdict[one.verdict]}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are numbers."""
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def joined(parts: Iterable[str]) -> str:
    """a, b and c."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _calibrated(groups: Groups) -> str:
    inside = pl.col("predicted").is_between("defaulted_low", "defaulted_high")
    off = groups.shown.filter(pl.col("judged") & ~inside)
    if not off.height:
        return "In every group that is judged, the mean prediction is within the interval of the observed default rate."
    named = joined(
        f"{row['attribute']}: {row['group']} (predicted {row['predicted']:.1%}, observed {row['defaulted']:.1%})"
        for row in off.iter_rows(named=True)
    )
    return (
        "The mean prediction is outside the interval of the observed default rate for "
        f"{named}. By chance alone that happens to {1 - groups.level:.0%} of the groups."
    )


def _ends(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _in(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit


def _twice_less_one(area: float | None) -> float | None:
    return None if area is None else 2 * area - 1


def _with_interval(form: str, value: float | None, low: float | None = None, high: float | None = None) -> str:
    """0.741 (0.720 to 0.760); the number alone where its interval is not known or has no width."""
    if value is None or math.isnan(value):
        return NOTHING
    if low is None or high is None or math.isnan(low) or low == high:
        return format(value, form)
    return f"{value:{form}} ({low:{form}} to {high:{form}})"
