"""The lines of point 1 of annex IV, a general description, and what SR 26-2 wants to know of a model beforehand."""

from credit import __version__
from credit.evidence.contents import Line, at
from credit.evidence.line_sources import LineSources, answer, answer_or_missing, missing, not_applicable
from credit.model.manifest import PICKLED_BY


def general_lines(sources: LineSources) -> tuple[Line, ...]:
    """In the order of the annex."""
    manifest, card = sources.manifest, sources.card
    versions = manifest["versions"]
    made_with = ", ".join(f"{name} {number}" for name, number in versions.items() if name != "processor")
    bank = sources.settings.bank
    return (
        answer_or_missing(
            "1a.purpose",
            "intended purpose",
            "1a",
            "overview.model",
            card.first_paragraph("Intended use"),
            "MODEL_CARD.md, Intended use",
            "card",
            "The bundle has no model card; state the purpose.",
        ),
        missing("1a.provider", "name of the provider", "1a", "governance.inventory", _PROVIDER),
        answer_or_missing(
            "1a.deployer",
            "name of the deployer",
            "1a",
            "",
            bank,
            "setting BANK_NAME",
            "",
            "BANK_NAME is not set in this environment; set it, or state the deployer.",
        ),
        answer(
            "1a.version",
            "name and version of the model",
            "1a",
            "overview.model",
            f"{manifest['model']['name']}, SHA-256 of model.pkl {manifest['files']['model.pkl']}, exported on "
            f"{manifest['created']}; decides at a threshold of {sources.threshold:.6g}; program credit {__version__}",
            "manifest.json, model.name, files, created; best_threshold; every file of the bundle was checked "
            "against its "
            "hash for this pack",
        ),
        _previous(sources),
        answer(
            "1b.interaction",
            "interaction with other software",
            "1b",
            "",
            "Other programs send applications over HTTP as JSON and get probability, decision and reasons; "
            "decisions go "
            "into SQLite or PostgreSQL; metrics are read by Prometheus. No other AI system is called.",
            "docs/api.md, docs/bodies.md, GET /openapi.json, docs/deployment.md",
        ),
        answer(
            "1c.versions",
            "versions of the software",
            "1c",
            "vendors.products",
            f"The model was written with {made_with}."
            + (f" Served with the packages pinned in {sources.requirements}." if sources.requirements else ""),
            "manifest.json, versions; bill_of_materials.cdx.json"
            if sources.requirements
            else "manifest.json, versions",
            "materials",
        ),
        answer(
            "1c.updates",
            "requirements of updates",
            "1c",
            "",
            f"The model loads with the release series of {', '.join(PICKLED_BY)} that wrote it and refuses to load "
            "with "
            "another; another series wants a new training.",
            "credit.model.manifest, check_versions",
        ),
        answer(
            "1d.forms",
            "forms in which it is put into service",
            "1d",
            "",
            "An HTTP service, a container, a Python package with a command line, a model in MLflow's form, a query "
            "in SQL "
            "or a scorecard.",
            "docs/api.md, docs/deployment.md, docs/library.md, docs/mlflow.md, docs/export.md",
        ),
        answer_or_missing(
            "1e.processor",
            "processor that the model was made on",
            "1e",
            "",
            f"{versions['processor']}; no graphics processor is used" if versions.get("processor") else "",
            "manifest.json, versions.processor",
            "",
            "manifest.json does not say it; a training with this version writes it.",
        ),
        missing(
            "1e.hardware",
            "hardware on which the service runs",
            "1e",
            "",
            "State machines, memory and processors of the deployment; docs/deployment.md says what it needs.",
        ),
        not_applicable(
            "1f.component",
            "external features of a product",
            "1f",
            "The system is software and no component of a physical product.",
            "docs/architecture.md",
        ),
        answer(
            "1g.interface",
            "user interface of the deployer",
            "1g",
            "",
            "A page to try a client and see why, a page with the queue of reviews, a page of each decision that "
            "prints on "
            "one sheet, a page of drift, in English and French.",
            "docs/api.md, docs/reviews.md, docs/monitoring.md",
        ),
        answer(
            "1h.instructions",
            "instructions for use",
            "1h",
            "development.use",
            "The pages of docs/, from installation to monitoring; the model card says what the model is not for.",
            "docs/index.md; MODEL_CARD.md, Intended use",
            "card",
        ),
        missing(
            "g.materiality",
            "materiality: exposure and purpose",
            "",
            "overview.materiality",
            "State the portfolio that the model decides on, its size, and the tier that the bank gives it.",
        ),
        missing(
            "g.inventory",
            "entry in the bank's inventory of models",
            "",
            "governance.inventory",
            "State number, owner and status in the inventory.",
        ),
    )


_PROVIDER = (
    "State name and address of the provider: who has the system developed and puts it into service (article 3(3))."
)


def _previous(sources: LineSources) -> Line:
    what = "relation to previous versions"
    if isinstance(sources.registry, tuple) and len(sources.registry) > 1:
        last = sources.registry[-1]
        return answer(
            "1a.previous",
            what,
            "1a",
            "governance.changes",
            f"MLflow's registry has {len(sources.registry):,} versions, the newest registered on {last.registered}.",
            "MLflow, registered model credit-scoring",
            "changes",
        )
    models = {one.model for one in sources.facts.rules} if sources.facts and sources.facts.rules else set()
    if models - {at(sources.manifest, "files", "model.pkl")}:
        return answer(
            "1a.previous",
            what,
            "1a",
            "governance.changes",
            f"The log has decisions of {len(models):,} models.",
            "decision log, model_hash",
            "changes",
        )
    return missing(
        "1a.previous",
        what,
        "1a",
        "governance.changes",
        "Neither MLflow's registry nor the log at hand knows an earlier version; state that this is the first, or name "
        "the folder of mlflow.db with --store. The predecessor of card and validation is none: it is a baseline, the "
        "model of the system that this project follows, built again.",
    )
