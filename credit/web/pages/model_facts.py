"""What the page shows of the model at hand: what the manifest says, and nothing where it says nothing."""

import math
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from credit.explain.spoken_values import spoken
from credit.features.catalogue import details, published
from credit.features.information_sources import PARTS
from credit.i18n.numbers import number, percent
from credit.i18n.page_text import WORDS
from credit.web.pages.known_sources import table_words
from credit.web.pages.model_plots import reliability
from credit.web.payload.violations import LARGEST_CLIENT
from credit.web.routes import explanations
from credit.web.service import Service
from credit.web.templating import for_script as script

#: So many features are listed by what they do for the model.
LISTED = 15

#: Stands for what nobody has said or measured.
UNKNOWN = "\u2013"


def for_script(service: Service, language: str) -> dict[str, Any]:
    """What the scripts of the page work with."""
    exposure = service.scorer.manifest.get("exposure")
    return script(
        language,
        keyed=service.callers.known,
        threshold=service.scorer.threshold,
        columns=len(service.scorer.columns),
        largest_client=str(LARGEST_CLIENT),  # too large for a number of JavaScript
        explained=service.explainer is not None,
        parts={part.name: part.fr if language == "fr" else part.en for part in PARTS},
        tables=table_words(language),
        costs=service.policy.costs.to_dict(),
        exposure=None if exposure is None else {name: exposure[name] for name in ("defaulted", "repaid")},
    )


def table(service: Service, language: str) -> dict[str, Any]:
    """The features as the table shows them, with what they do for the model ``by`` contribution or gain, None where
    the model's make does not tell; a dash where nobody has said how often one is missing. And the ``published`` columns
    that a client may be sent by.
    """
    by, weights = _weights(service, language)
    told = {one["feature"]: one["told"] for one in weights}
    rows = [
        {
            **one,
            "missing": UNKNOWN if one["missing"] is None else percent(one["missing"], language),
            "importance": told.get(one["name"], UNKNOWN),
        }
        for one in details(service.scorer.columns, service.scorer.manifest, language)
    ]
    return {"rows": rows, "by": by, "published": published(service.asked_columns, language)}


def of_model(service: Service, language: str) -> dict[str, Any]:
    """Importance, reliability, groups and facts of the model, each None or empty where nothing is known of it."""
    manifest, words = service.scorer.manifest, WORDS[language]["model"]
    found: dict[str, Any] = {
        "threshold": percent(service.scorer.threshold, language),
        "clients": _count(manifest["model"].get("training_clients"), language),
        "importance": _importance(service, language),
        "groups": [_group(row, words, language) for row in manifest.get("groups", ())],
        "reliability": manifest.get("reliability", []),
        "picture": None,
        "facts": _facts(service, words, language),
    }
    if found["reliability"]:
        found["picture"] = reliability(
            [{name: row[name] for name in ("predicted", "observed", "low", "high")} for row in found["reliability"]],
            words["reliability_title"],
            words["predicted"],
            words["observed"],
            language,
        )
        found["reliability"] = [
            {
                "clients": number(row["clients"], 0, language),
                **{name: percent(row[name], language) for name in ("predicted", "observed", "low", "high")},
            }
            for row in found["reliability"]
        ]
    return found


def _importance(service: Service, language: str) -> list[dict[str, Any]]:
    """The `LISTED` largest that do anything."""
    by, rows = _weights(service, language)
    if by is None:
        return []
    most = rows[0][by] or 1.0
    return [
        {
            **row,
            "label": spoken(row["description"] or row["feature"]),
            "by": by,
            "share": round(100 * row[by] / most, 1),
        }
        for row in rows[:LISTED]
        if row[by] > 0
    ]


def _weights(service: Service, language: str) -> tuple[str | None, list[dict[str, Any]]]:
    """Every feature by what it does, the largest first: by mean contribution where the manifest has one, else by gain;
    None and nothing for another make.
    """
    if service.explainer is None:
        return None, []
    rows = [structs.asdict(one) for one in explanations.importance(service, language).features]
    by = "gain" if any(row["contribution"] is None for row in rows) else "contribution"
    told = [
        {**row, "told": percent(row[by], language) if by == "gain" else number(row[by], 3, language)} for row in rows
    ]
    return by, sorted(told, key=lambda row: -row[by])


def _group(row: Mapping[str, Any], words: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A row of the manifest's groups, as text; a dash for what could not be measured."""
    shares = ("approved", "approved_low", "approved_high", "predicted", "defaulted")
    return {
        "group": words["groups"].get(row["group"], row["group"]),
        "attribute": words["attributes"].get(row["attribute"], row["attribute"]),
        "clients": number(row["clients"], 0, language),
        "judged": row["judged"],
        "width": round(100 * row["approved"], 1) if row["approved"] is not None else 0,
        **{name: UNKNOWN if row[name] is None else percent(row[name], language) for name in shares},
    }


def _facts(service: Service, words: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """What the model was trained on and how well it does, as pairs of words."""
    manifest, model = service.scorer.manifest, service.scorer.manifest["model"]
    data, metrics = manifest["data"], manifest.get("metrics", {})

    def share(value: Any) -> str | None:
        return None if value is None else percent(value, language)

    saving = metrics.get("saving")
    pairs = {
        "trained_on": _count(model.get("training_clients"), language),
        "tested_on": _count(metrics.get("test_clients"), language),
        "default_rate": share(data.get("default_rate")),
        "columns": _count(len(service.scorer.columns), language),
        "saving": share(saving) if saving is None or saving >= 0 else f"\u2212{percent(-saving, language)}",
        "roc_auc": None if metrics.get("roc_auc") is None else number(metrics["roc_auc"], 3, language),
        "fingerprint": data.get("fingerprint"),
        "version": service.scorer.model_hash,
    }
    return [(words["facts"][name], value) for name, value in pairs.items() if value is not None]


def _count(value: int | None, language: str) -> str | None:
    return None if value is None else number(value, 0, language)


def review(service: Service, language: str) -> dict[str, str | None] | None:
    """What a review costs and finds, and the probability at which most is at stake, as text; None where no client is
    reviewed. ``capacity``: None where the cost itself was given.
    """
    found = service.policy.review
    if found is None or math.isinf(found.cost):
        return None
    return {
        "cost": number(found.cost, 0, language),
        "skill": percent(found.skill, language),
        "capacity": None if found.capacity is None else percent(found.capacity, language),
        "break_even": percent(service.policy.costs.break_even, language),
    }
