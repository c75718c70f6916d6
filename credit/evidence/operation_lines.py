"""The lines of points 3 to 9 of annex IV: control, risks, changes, standards, conformity, and operation."""

from credit.evidence.contents import Line, plural
from credit.evidence.line_sources import LineSources, answer, answer_or_missing, missing
from credit.evidence.materials import SPECIFICATION
from credit.monitoring.quarterly import quarters


def operation_lines(sources: LineSources) -> tuple[Line, ...]:
    """In the order of the annex; then what SR 26-2 wants beyond it."""
    return (*_functioning(sources), *_lifecycle(sources), *_beyond_the_annex(sources))


def _functioning(sources: LineSources) -> tuple[Line, ...]:
    manifest, card = sources.manifest, sources.card
    groups = manifest.get("groups")
    return (
        answer_or_missing(
            "3.limits",
            "capabilities and limits",
            "3",
            "development.use",
            "What the model is not for, and where to be careful, stands in the model card: "
            + "Intended use, Caveats and recommendations."
            if card.first_paragraph("Intended use")
            else "",
            "MODEL_CARD.md",
            "card",
            "The bundle has no model card with these parts; state what the model is not for.",
        ),
        answer_or_missing(
            "3.groups",
            "accuracy for groups of persons",
            "3",
            "validation.outcomes",
            f"{len(groups):,} groups by gender and age: predicted and observed default rates with intervals."
            if groups
            else "",
            "manifest.json, groups",
            "fairness",
            "manifest.json has no groups: credit threshold --apply --data FOLDER measures them.",
        ),
        answer_or_missing(
            "3.known",
            "accuracy by what is known of a client",
            "3",
            "development.testing",
            f"{len(manifest['known']):,} states of what is known, with calibration, ROC AUC and saving."
            if manifest.get("known")
            else "",
            "manifest.json, known",
            "validation",
            "manifest.json has no known; a training with this version writes it.",
        ),
        answer_or_missing(
            "3.risks",
            "foreseeable unintended outcomes and risks",
            "3",
            "overview.model",
            "Good clients refused and bad ones accepted, differences between groups, columns that stand in for "
            "protected "
            "attributes, drift, sudden gaps in the data; see the model card, Ethical considerations."
            if card.first_paragraph("Ethical considerations")
            else "",
            "MODEL_CARD.md, Ethical considerations, Caveats and recommendations; docs/monitoring.md",
            "card",
            "The bundle has no model card.",
        ),
        answer_or_missing(
            "3.oversight",
            "oversight in service",
            "3",
            "governance.roles",
            _people(sources),
            "decision log, reviews; docs/reviews.md",
            "log",
            "There is no log, its chain is broken, or no person has decided on a client of it: what people decide is "
            "not known.",
        ),
        answer(
            "3.inputs",
            "specifications of the input data",
            "3",
            "development.data",
            "Columns with unit, source table and share of missing values; ranges and types of every field of a "
            "request; "
            "unknown is not none.",
            "data_sheet.csv; docs/bodies.md, GET /features, GET /openapi.json",
            "data",
        ),
        answer_or_missing(
            "4.metrics",
            "why these metrics",
            "4",
            "validation.soundness",
            "Costs and saving, because a decision is judged by what its errors cost; calibration, because "
            "probabilities are "
            "taken at their word in that sum; ROC AUC, Gini and KS for ranking, as the field compares models. "
            "Definitions "
            "stand in the model card, Metrics."
            if manifest.get("metrics")
            else "",
            "credit.training.metrics; MODEL_CARD.md, Metrics; docs/figures.md",
            "validation",
            "manifest.json has no metrics.",
        ),
    )


def _lifecycle(sources: LineSources) -> tuple[Line, ...]:
    log = sources.facts
    whole = log is not None and log.proof.whole
    served = len(log.rules) if log is not None and log.rules is not None else 0
    return (
        missing(
            "5.risk-management",
            "the risk management system",
            "5",
            "governance.documentation",
            "Article 9 asks for a process of the provider, not of a program: give its description as a statement.",
        ),
        answer(
            "5.controls",
            "controls that the program brings to it",
            "5",
            "governance.documentation",
            "Checks of every request and table, refusal of altered models, monotone constraints, reviews, promotion "
            "against "
            "the model before, alarms, a log that proves itself.",
            "docs/bodies.md, docs/training.md, docs/promotion.md, docs/monitoring.md, docs/decision-log.md",
            "monitoring",
        ),
        answer_or_missing(
            "6.service",
            "changes in service",
            "6",
            "governance.changes",
            f"The log was decided by {plural(served, 'combination')} of model, threshold, costs, review and rules "
            "of the bank."
            if served
            else "",
            "decision log, model_hash, threshold, rule",
            "changes",
            "There is no log, its chain is broken, or it has no decision.",
        ),
        missing(
            "6.approvals",
            "who approved each change",
            "6",
            "governance.changes",
            "Neither the log nor MLflow keeps a person's name; state who approves models, thresholds and rules.",
        ),
        missing(
            "7.standards",
            "harmonised standards applied",
            "7",
            "",
            "State which standards whose references the Official Journal has published are applied, or that none is.",
        ),
        answer(
            "7.specifications",
            "other specifications",
            "7",
            "",
            f"CycloneDX {SPECIFICATION} for the bill of materials, OpenAPI for the interface, MLflow's model "
            "format, SHA-256 "
            "(FIPS 180-4) for files and log, model cards after Mitchell and others (2019).",
            "bill_of_materials.cdx.json; GET /openapi.json; docs/mlflow.md; docs/decision-log.md",
            "materials",
        ),
        answer(
            "7.solutions",
            "solutions adopted for chapter III, section 2",
            "7",
            "",
            "Data (article 10): section data. Records (12): section log. Transparency (13): section explanations. "
            "Oversight "
            "(14): 2e. Accuracy, robustness, security (15): sections validation and quarters, 2h.",
            "this pack",
        ),
        missing(
            "8.declaration",
            "EU declaration of conformity",
            "8",
            "",
            "Give the signed declaration of article 47 as a statement with its file.",
        ),
        answer(
            "9.plan",
            "plan of monitoring",
            "9",
            "validation.monitoring",
            "What is watched, from which values on, and where it is seen.",
            "credit.monitoring; environment",
            "monitoring",
        ),
        missing(
            "9.persons",
            "who acts on an alarm, within which time",
            "9",
            "governance.roles",
            "No setting names a person or a time; state them.",
        ),
        missing(
            "9.frequency",
            "how often figures are reviewed",
            "9",
            "validation.monitoring",
            "State how often calibration and fairness are reviewed, and when the model is retired.",
        ),
        answer_or_missing(
            "9.records",
            "records of decisions, and the proof that they are unaltered",
            "9",
            "validation.monitoring",
            f"The chain of {plural(log.proof.decisions, 'decision')} and {plural(log.proof.reviews, 'review')} is "
            "whole."
            if whole and log is not None and log.proof.decisions
            else "",
            "credit log verify; log_proof.json",
            "log",
            "There is no log; name it with --database."
            if log is None
            else "The log has no decision yet."
            if whole
            else "The chain of the log is BROKEN: find out what was changed.",
        ),
        missing(
            "9.noted-end",
            "an end of the chain noted elsewhere before",
            "9",
            "",
            "Note the end of this pack outside the database, and state here where, and the one noted before.",
        ),
    )


def _beyond_the_annex(sources: LineSources) -> tuple[Line, ...]:
    return (
        answer_or_missing(
            "g.outcomes",
            "outcomes analysis in service",
            "",
            "validation.outcomes",
            _outcomes(sources),
            "decision log, outcomes",
            "quarters",
            "There is no log, its chain is broken, or of no quarter outcomes enough are known: report them with POST "
            "/outcomes or credit outcomes FILE.",
        ),
        missing(
            "g.validation",
            "independent validation and effective challenge",
            "",
            "validation.independence",
            "Give the report of those who validated the model and did not develop it, with what they found and what "
            "was "
            "done about it.",
        ),
        missing(
            "g.policies",
            "policies of model risk",
            "",
            "governance.documentation",
            "Name the bank's policy, its owner and its date.",
        ),
        answer_or_missing(
            "g.products",
            "packages of third parties",
            "",
            "vendors.products",
            "Every package with its pinned version and the hashes of its files." if sources.requirements else "",
            f"{sources.requirements}; bill_of_materials.cdx.json; docs/licences.md",
            "materials",
            "Name the file of pinned packages with --requirements.",
        ),
        missing(
            "g.vendor-assessment",
            "assessment of third parties' data and scores",
            "",
            "vendors.products",
            "EXT_SOURCE_1 to 3 are scores of others, of which the program knows nothing; state whose they are and how "
            "they are validated."
            if any(name.startswith("EXT_SOURCE") for name in sources.columns)
            else "State which data of others the model reads, and how they are validated.",
        ),
    )


def _outcomes(sources: LineSources) -> str:
    """Of how many quarters there is an analysis; empty where there is of none."""
    facts = sources.facts
    if facts is None or facts.decided is None:
        return ""
    found = quarters(facts.decided, None)
    enough = [one.quarter for one in found if one.enough]
    if not enough:
        return ""
    return (
        f"Calibration and ranking with intervals, of {plural(len(enough), 'quarter')} of {len(found):,}: "
        f"{', '.join(enough)}."
    )


def _people(sources: LineSources) -> str:
    """What people did; empty where no person has decided."""
    facts = sources.facts
    counts = None if facts is None else facts.counts
    if facts is None or counts is None or not facts.proof.reviews:
        return ""
    referred = counts.by_decision.get("refer", 0)
    share = referred / max(sum(counts.by_decision.values()), 1)
    return (
        f"{plural(referred, 'decision was a referral', 'decisions were referrals')} ({share:.1%}), and people made "
        f"{plural(facts.proof.reviews, 'entry', 'entries')} about decisions."
    )
