"""Validation: every figure of the manifest, with the command that gives it and the one that measures it again."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from credit.evidence.contents import Section, Table, at, csv_bytes, figure

FILE = "figures.csv"

_COLUMNS = ("field of manifest.json", "value", "made by", "measured again by")

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
    ("calibration_error", "predicted less observed default rate from 0.10 to 0.25", "+.4f"),
    ("refused", "share refused by the threshold alone", ".1%"),
    ("saving", "saving against accepting everybody, as a share of its cost", ".1%"),
)


def training_command(manifest: Mapping[str, Any]) -> str:
    """What trains this model again, as far as the manifest says: data, size, seed, columns left out, costs, reviews."""
    data, model = manifest["data"], manifest["model"]
    words = ["credit", "train", data.get("folder") or "FOLDER"]
    for option, value in (
        ("--clients", model.get("clients")),
        ("--seed", model.get("seed")),
        ("--without", ",".join(data["without"]) if data.get("without") else None),
        ("--label-one-means", data.get("label_one_means")),
        ("--margin", at(manifest, "costs", "margin")),
        ("--lgd", at(manifest, "costs", "loss_given_default")),
        *_review(manifest),
    ):
        if value is not None:
            words += [option, f"{value:.10g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)


def _review(manifest: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if at(manifest, "review") is None:
        return []
    capacity = at(manifest, "review", "capacity")
    of_cost = ("--review-cost", at(manifest, "review", "cost")) if capacity is None else ("--review-capacity", capacity)
    return [of_cost, ("--review-skill", at(manifest, "review", "skill"))]


def measuring_command(manifest: Mapping[str, Any]) -> str:
    """What measures the decisions on the test clients again, from the tables of the training and without one."""
    return shlex.join(["credit", "threshold", "--data", manifest["data"].get("folder") or "FOLDER"])


def validation(manifest: Mapping[str, Any]) -> Section:
    """The section."""
    trains, measures = training_command(manifest), measuring_command(manifest)
    rows = tuple(
        (path, value, trains, measures if _PARTS[part] else "")
        for part in _PARTS
        for path, value in _flat(part, manifest.get(part))
    )
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
    missing.append(
        ("Number of trials of the search", "manifest.json does not keep it; the command has its default of today.")
    )
    notes = (
        f"{len(rows):,} figures, each with its command, are in {FILE}. Commands name the folder of the tables by the "
        "last part of its path, and belong to this version of the program.",
        "Test clients are drawn by a hash of the person before the training; threshold, calibration and reviews were "
        "chosen on training clients, out of fold.",
    )
    return Section(
        "validation",
        notes,
        tuple(one for one in tables if one is not None),
        tuple(missing),
        {FILE: csv_bytes(_COLUMNS, rows)},
    )


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """The figures below ``path`` in the manifest's order; numbers with all of their digits."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}", inner)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _flat(f"{path}[{place}]", inner)
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _shown(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, what, form in _SHOWN:
        value = at(manifest, "metrics", name)
        low, high = (at(manifest, "metrics", f"{name}_{end}") for end in ("low", "high"))
        ends = "" if low is None or high is None else f" ({low:{form}} to {high:{form}})"
        yield what, "not measured" if value is None else f"{value:{form}}{ends}", f"metrics.{name}"
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
            ("saving", "saving, reviews included"),
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


def _reliability(manifest: Mapping[str, Any], command: str) -> Table | None:
    found = manifest.get("reliability")
    if not found:
        return None
    rows = tuple(
        (
            figure(one["clients"]),
            f"{one['predicted']:.4f}",
            f"{one['observed']:.4f}",
            f"{one['low']:.4f} to {one['high']:.4f}",
        )
        for one in found
    )
    return Table(
        "Predicted and observed, tenths of the test clients by probability",
        ("clients", "predicted", "observed", "95 % interval"),
        rows,
        f"manifest.json, reliability; {command}",
        frozenset({0, 1, 2, 3}),
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
