"""Validation: every figure of the manifest, with the command that gives it and the one that measures it again."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from credit.decision.client_groups import FEWEST_SHOWN
from credit.evidence.contents import Section, Table, at, csv_bytes, figure, plural
from credit.evidence.figure_meanings import meaning_of
from credit.evidence.validation_notes import chart, ends_of, notes
from credit.evidence.withheld import manifest_bytes, published
from credit.training.training_command import training_command, trials_of

FILE, MANIFEST = "figures.csv", "manifest.json"

_COLUMNS = ("field of manifest.json", "value", "meaning", "made by", "measured again by")

#: Parts whose figures are written down, and whether ``threshold --data`` measures them again without a training.
_PARTS = {
    "calibration": False,
    "costs": False,
    "threshold": False,
    "review": False,
    "points": False,
    "metrics": True,
    "served": True,
    "gains": False,
    "reliability": False,
    "groups": True,
    "known": False,
}

#: Figures that stand on the page: name in metrics, what it is, form.
_SHOWN = (
    ("roc_auc", "ROC AUC: how well clients are ranked, 0.5 is chance", ".3f"),
    ("gini", "Gini: twice the AUC less one", ".3f"),
    ("ks", "Kolmogorov-Smirnov distance", ".3f"),
    ("brier", "Brier score: mean squared error of the probabilities", ".4f"),
    ("calibration_slope", "slope of the calibration line, 1 is perfect", ".3f"),
    ("calibration_in_the_large", "its intercept at slope 1, 0 is perfect", "+.3f"),
    (
        "calibration_error",
        "calibration error: mean predicted less observed default rate, of predictions in [0.10, 0.25]",
        "+.4f",
    ),
    ("refused", "share refused by the threshold alone", ".1%"),
    ("saving", "saving of the threshold alone against accepting everybody, as a share of what that costs", ".1%"),
)


def measuring_command(manifest: Mapping[str, Any]) -> str:
    """What measures the decisions on the test clients again, from the tables of the training and without one."""
    return shlex.join(["credit", "threshold", "--data", manifest["data"].get("folder") or "FOLDER"])


def validation(manifest: Mapping[str, Any]) -> Section:
    """The section."""
    trains, measures = training_command(manifest), measuring_command(manifest)
    shown = published(manifest)
    fields = [(part, path, value) for part in _PARTS for path, value in _flat(part, shown.get(part))]
    rows = tuple(
        (path, _written(value), meaning_of(path), trains, measures if _PARTS[part] else "")
        for part, path, value in fields
    )
    figures = sum(isinstance(value, int | float) and not isinstance(value, bool) for _, _, value in fields)
    tables = [
        Table(
            "On test clients, not seen in training",
            ("figure", "value (95 % interval)", "field"),
            tuple(_shown(manifest)),
            f"manifest.json, metrics; {trains}",
            frozenset({1}),
            FILE,
        ),
        _served(manifest, measures),
        _reliability(manifest, trains),
        _gains(manifest, trains),
        _known(manifest, trains),
    ]
    missing = [
        (f"Figures: {part}", f"manifest.json has no {part}; a training with this version writes it.")
        for part in _PARTS
        if manifest.get(part) is None and part not in ("review", "points")
    ]
    trials = trials_of(manifest)
    if trials is None:
        missing.append(
            ("Number of trials of the search", "manifest.json does not keep it; the command has its default of today.")
        )
    if manifest.get("gains") is not None and not any(_of_baseline(name) for name in manifest["gains"]):
        missing.append(
            (
                "Paired gains over the baselines, such as the logistic regression",
                "manifest.json has none; a training with this version writes them. What each baseline costs and saves "
                "alone is in the model card, Beside other rules.",
            )
        )
    text = (
        f"{figures:,} figures, and {len(rows) - figures:,} names and flags that belong to them, each with its command, "
        f"are in {FILE}. {MANIFEST}, from which they are, is in the pack, without figures of fewer than {FEWEST_SHOWN} "
        "clients and without exposure, whose sums may be those of one client; the hash of the bundle's own is under "
        "the files of the model. Commands name the folder of the tables by the last part of its path, and belong to "
        "this version of the program.",
        "Test clients are drawn by a hash of the person before the training; threshold, calibration and reviews were "
        "chosen on training clients, out of fold.",
        *([] if trials is None else [f"The search was asked for {plural(trials, 'trial')}, by the command."]),
        *notes(manifest),
    )
    return Section(
        "validation",
        text,
        tuple(one for one in tables if one is not None),
        tuple(missing),
        {FILE: csv_bytes(_COLUMNS, rows), MANIFEST: manifest_bytes(manifest)},
        pictures=chart(manifest),
    )


def _written(value: Any) -> str:
    """With all digits of a number."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The fields below ``path`` that are not null, in the manifest's order."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}", inner)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _flat(f"{path}[{place}]", inner)
    elif value is not None:
        yield path, value


def _shown(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, what, form in _SHOWN:
        value = at(manifest, "metrics", name)
        ends = ends_of(manifest, name)
        said = "not measured" if value is None else f"{value:{form}}"
        if value is not None and ends is not None:
            said += f" ({ends[0]:{form}} to {ends[1]:{form}})"
        yield what, said, f"metrics.{name}"
    clients = at(manifest, "metrics", "test_clients")
    yield "test clients", "not in the manifest" if clients is None else f"{clients:,}", "metrics.test_clients"


def _served(manifest: Mapping[str, Any], command: str) -> Table | None:
    served = manifest.get("served")
    if not served:
        return None
    rows = tuple(
        (what, figure(served.get(name), ".1%"), f"served.{name}")
        for name, what in (
            ("accepted", "accepted"),
            ("referred", "referred to a person"),
            ("refused", "refused"),
            ("saving", _with_reviews(manifest)),
            ("saving_low", "lower end of its 95 % interval"),
            ("saving_high", "upper end"),
        )
    )
    return Table(
        "By the rule that is served",
        ("figure", "value", "field"),
        rows,
        f"manifest.json, served; {command}",
        frozenset({1}),
    )


def _of_baseline(name: str) -> bool:
    return not name.startswith("predecessor") and name != "the true probability"


def _with_reviews(manifest: Mapping[str, Any]) -> str:
    skill = at(manifest, "review", "skill")
    return "saving" if skill is None else f"saving, reviews included, at an assumed skill of {skill:.0%}"


def _reliability(manifest: Mapping[str, Any], command: str) -> Table | None:
    found = manifest.get("reliability")
    if not found:
        return None
    rows = tuple(
        (
            str(place),
            figure(one["clients"]),
            f"{one['predicted']:.4f}",
            f"{one['observed']:.4f}",
            f"{one['low']:.4f} to {one['high']:.4f}",
            "yes" if one["low"] <= one["predicted"] <= one["high"] else "NO",
        )
        for place, one in enumerate(found, 1)
    )
    return Table(
        "Predicted and observed, tenths of the test clients by probability",
        ("tenth", "clients", "predicted", "observed", "95 % interval", "predicted inside"),
        rows,
        f"manifest.json, reliability; {command}",
        frozenset({0, 1, 2, 3, 4}),
    )


def _gains(manifest: Mapping[str, Any], command: str) -> Table | None:
    found = manifest.get("gains")
    if not found:
        return None
    rows = tuple(
        (name, *(figure(None if one.get(key) is None else 100 * one[key], "+.1f") for key in ("points", "low", "high")))
        for name, one in found.items()
    )
    return Table(
        "Beside other rules: points saved more (1 point is 1 % of what accepting everybody costs)",
        ("rule", "points", "lower end", "upper end"),
        rows,
        f"manifest.json, gains; {command}",
        frozenset({1, 2, 3}),
    )


def _known(manifest: Mapping[str, Any], command: str) -> Table | None:
    found = manifest.get("known")
    if not found:
        return None
    forms = (
        ("clients", ","),
        ("default_rate", ".2%"),
        ("mean_probability", ".2%"),
        ("slope", ".2f"),
        ("roc_auc", ".3f"),
        ("saving", ".1%"),
    )
    rows = tuple((str(one.get("known", "")), *(figure(one.get(name), form) for name, form in forms)) for one in found)
    return Table(
        "By what is known of a client",
        ("known", "clients", "default rate", "mean probability", "slope", "ROC AUC", "saving"),
        rows,
        f"manifest.json, known; {command}",
        frozenset(range(1, 7)),
    )
