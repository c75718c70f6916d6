"""Changes: models, thresholds, costs and rules by which the log decided, and versions in MLflow's registry."""

from credit.evidence.contents import Section, Table, csv_bytes
from credit.evidence.log_facts import LogFacts, ServedRule
from credit.evidence.quarter_tables import BROKEN, NO_LOG
from credit.evidence.registry_versions import RegisteredVersion

FILE = "changes.csv"

_COLUMNS = (
    *("from", "to", "decisions", "model", "threshold", "margin", "loss given default", "review cost", "review skill"),
    *("rules of the bank", "what changed"),
)


def changes(
    facts: LogFacts | None, registry: tuple[RegisteredVersion, ...] | str, model_hash: str, created: str
) -> Section:
    """The section. ``facts``: what the log says, None without a log. ``model_hash``: SHA-256 of this model.
    ``registry``: versions, or a sentence that says why there are none. ``created``: of this model.
    """
    tables, missing, files = [], [], {}
    notes = [f"This model (SHA-256 {model_hash}) was exported on {created} (manifest.json, created)."]
    if facts is None or facts.rules is None:
        missing.append(("Changes in service", NO_LOG[1] if facts is None else BROKEN[1]))
    else:
        rows = _rows(facts.rules)
        if rows:
            files[FILE] = csv_bytes(_COLUMNS, rows)
            short = tuple(
                (row[0][:16], row[1][:16], f"{int(row[2]):,}", row[3][:12], *row[4:9], row[9][:12], row[10])
                for row in rows
            )
            tables.append(
                Table(
                    "By what was decided, in order of time (UTC)",
                    _COLUMNS,
                    short,
                    "decision log: model_hash, threshold, rule of each decision that is no trial",
                    frozenset({2, 4, 5, 6, 7, 8}),
                    FILE,
                )
            )
            if all(one.model != model_hash for one in facts.rules):
                notes.append("No decision of the log was made by this model.")
        else:
            missing.append(("Changes in service", "The log has no decision yet."))
    if isinstance(registry, str):
        missing.append(("Promotions and challengers", registry))
    elif registry:
        tables.append(
            Table(
                "Versions in MLflow's registry",
                ("version", "registered (UTC)", "is now", "shown not to be worse", "what the comparison came to"),
                tuple(
                    (str(one.number), one.registered, ", ".join(one.aliases), one.allowed or "-", one.reason or "-")
                    for one in registry
                ),
                "MLflow: registered model credit-scoring, its versions, aliases and tags",
                frozenset({0}),
            )
        )
    else:
        missing.append(("Promotions and challengers", "MLflow's registry has no version of the model."))
    notes.append("Neither the log nor MLflow keeps who approved a change: see 6.approvals.")
    return Section("changes", tuple(notes), tuple(tables), tuple(missing), files)


def _rows(rules: tuple[ServedRule, ...]) -> tuple[tuple[str, ...], ...]:
    found = []
    for place, one in enumerate(rules):
        found.append(
            (
                one.first,
                one.last,
                str(one.decisions),
                one.model,
                f"{one.threshold:.6g}",
                _number(one.margin),
                _number(one.loss),
                _number(one.cost),
                _number(one.skill),
                one.bank_rules,
                _changed(rules[place - 1], one) if place else "the log begins",
            )
        )
    return tuple(found)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _changed(before: ServedRule, now: ServedRule) -> str:
    parts = {
        "model": before.model != now.model,
        "threshold": before.threshold != now.threshold,
        "costs": (before.margin, before.loss) != (now.margin, now.loss),
        "review": (before.cost, before.skill) != (now.cost, now.skill),
        "rules of the bank": before.bank_rules != now.bank_rules,
    }
    return ", ".join(name for name, differs in parts.items() if differs)
