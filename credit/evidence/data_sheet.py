"""The data sheet: from what the model learnt, as its manifest says, and every column that it reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from credit.evidence.contents import Section, Table, at, csv_bytes, figure
from credit.explain.reasons import PROTECTED, group_of
from credit.features.catalogue import details
from credit.training.split_membership import RULE

FILE = "data_sheet.csv"

#: So many columns stand on the page, those with the largest contributions first; all are in the file.
LISTED = 40

#: Over up to 2,000 test clients (`credit.training.export.EXPLAINED`).
CONTRIBUTION = "mean |contribution|, log odds"

_COLUMNS = ("column", "description", "unit", "table", "missing share", "protected", "direction", CONTRIBUTION)


def protected_columns(columns: Sequence[str]) -> list[str]:
    """Those that are made from gender, age, family, religion or health, and are never offered as a reason."""
    return [name for name in columns if group_of(name) == PROTECTED]


def left_out(manifest: Mapping[str, Any]) -> str:
    """A sentence on the columns that the training left out on request, so that nothing is made from them, or ""."""
    without = at(manifest, "data", "without")
    return f"Left out on request, and nothing is made from them: {', '.join(without)}." if without else ""


def data_sheet(manifest: Mapping[str, Any], columns: Sequence[str]) -> Section:
    """The section. ``columns``: those that the model reads, in their order."""
    simulated = at(manifest, "data", "simulated")
    rows = _rows(manifest, columns)
    by_weight = sorted(rows, key=lambda row: -float(row[-1] or 0))
    known = any(row[-1] for row in rows)
    protected = protected_columns(columns)
    notes = [
        "The training data are simulated: no row belongs to a real client."
        if simulated
        else "The training data are tables of a lender: their rows are about real people.",
        "Only clients who were granted a loan have an outcome; who was refused before is not in the data, and no "
        "reject "
        "inference was made.",
        f"{len(protected):,} of the {len(columns):,} columns are protected, made from one or more of gender, age, "
        f"family, religion or health; they are marked in {FILE}, and none is offered to a client as a reason. A "
        "contribution is what a "
        "column adds to the log odds of one client; its mean is over test clients, without sign.",
        *filter(None, [left_out(manifest)]),
    ]
    return Section(
        id="data",
        notes=tuple(notes),
        tables=(
            Table(
                "The training data", ("fact", "value", "source"), _facts(manifest, columns), "manifest.json", file=""
            ),
            Table(
                f"Columns with the largest contributions, {min(LISTED, len(rows)):,} of {len(rows):,}"
                if known
                else f"The first {min(LISTED, len(rows)):,} of {len(rows):,} columns",
                _COLUMNS,
                tuple(by_weight[:LISTED] if known else rows[:LISTED]),
                "columns.pkl; manifest.json, features.missing, features.signs, features.contribution; the catalogue of "
                "GET /features",
                frozenset({4, 7}),
                FILE,
            ),
        ),
        missing=tuple(_missing(manifest)),
        files={FILE: csv_bytes(_COLUMNS, tuple(rows))},
    )


def _facts(manifest: Mapping[str, Any], columns: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    data, model = manifest["data"], manifest["model"]
    tests = at(manifest, "metrics", "test_clients")
    facts = [
        ("origin", "simulated" if data["simulated"] else "a lender's tables", "data.simulated"),
        ("folder", data.get("folder"), "data.folder"),
        ("fingerprint of columns, clients, outcomes and features", data.get("fingerprint"), "data.fingerprint"),
        ("seed of the simulation", data.get("simulation_seed"), "data.simulation_seed"),
        ("tables", ", ".join(data["tables"]) if data.get("tables") else None, "data.tables"),
        ("clients in the tables", data.get("clients"), "data.clients"),
        ("default rate", _percent(data.get("default_rate")), "data.default_rate"),
        ("clients drawn for the training and its test", model.get("clients"), "model.clients"),
        ("clients of the training", model.get("training_clients"), "model.training_clients"),
        ("test clients, not seen in training", tests, "metrics.test_clients"),
        ("rule that draws the test clients", _split_rule(manifest), "model.split.rule"),
        ("share of test clients", _percent(at(manifest, "model", "split", "test_share")), "model.split.test_share"),
        ("seed of the training", model.get("seed"), "model.seed"),
        ("what TARGET 1 stands for", data.get("label_one_means"), "data.label_one_means"),
        ("columns that the model reads", len(columns), "columns.pkl"),
        ("columns left out on request", _names(data.get("without")), "data.without"),
        ("features left out with them", _names(data.get("left_out")), "data.left_out"),
        ("features without any value", _names(data.get("no_values")), "data.no_values"),
    ]
    optional = {"data.without", "data.left_out", "data.no_values", "data.label_one_means", "data.simulation_seed"}
    return tuple(
        (what, "not in the manifest" if value is None else _plain(value), source)
        for what, value, source in facts
        if value is not None or source not in optional
    )


def _split_rule(manifest: Mapping[str, Any]) -> str | None:
    rule = at(manifest, "model", "split", "rule")
    if rule != RULE:
        return rule
    return (
        f"{rule}: a hash of the person (gender, and the days between birth, registration and identity document) below "
        "the share, so that the same person is always on the same side (docs/promotion.md)"
    )


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.4g}%"


def _names(names: Sequence[str] | None) -> str | None:
    return None if not names else ", ".join(names)


def _rows(manifest: Mapping[str, Any], columns: Sequence[str]) -> list[tuple[str, ...]]:
    missing, signs, moved = (at(manifest, "features", name) or {} for name in ("missing", "signs", "contribution"))
    return [
        (
            one["name"],
            one["description"] or "",
            one["unit"] or "",
            one["table"] or "",
            "" if missing.get(one["name"]) is None else f"{missing[one['name']]:.4f}",
            "yes" if group_of(one["name"]) == PROTECTED else "",
            {1: "more is riskier", -1: "more is safer"}.get(signs.get(one["name"], 0), ""),
            "" if moved.get(one["name"]) is None else f"{moved[one['name']]:.5f}",
        )
        for one in details(columns, manifest, "en")
    ]


def _missing(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for path, what in (
        (("data", "fingerprint"), "Fingerprint of the training data"),
        (("data", "clients"), "Number of clients in the training data"),
        (("features", "missing"), "Shares of missing values of the training clients"),
        (("features", "contribution"), "Contribution of each column"),
    ):
        if at(manifest, *path) is None:
            found.append((what, f"manifest.json has no {'.'.join(path)}; a training with this version writes it."))
    if at(manifest, "data", "simulated") and at(manifest, "data", "simulation_seed") is None:
        found.append(
            (
                "Seed of the simulation",
                "manifest.json has no data.simulation_seed; without it the bank cannot be made again.",
            )
        )
    return found


def summary(manifest: Mapping[str, Any]) -> str:
    """The training data in one sentence."""
    origin = "a simulated bank" if at(manifest, "data", "simulated") else "tables of a lender"
    clients, rate = at(manifest, "data", "clients"), at(manifest, "data", "default_rate")
    said = f", {figure(clients)} clients" if clients is not None else ""
    said += f", default rate {_percent(rate)}" if rate is not None else ""
    return f"{origin}{said}"
