"""The reviewers' page: what its script works with. Cases come by the routes for programs, with the reviewer's key."""

from typing import Any

from credit.decision.review_reasons import REASONS
from credit.web.service import Service
from credit.web.templating import for_script


def shown(service: Service, language: str, decision: int | None = None) -> dict[str, Any]:
    """What the template shows. ``decision``: of the case that the address names, None for the queue."""
    path = "/reviews?" if decision is None else f"/reviews/{decision}?"
    return {
        "here": path,
        "script": for_script(
            language,
            keyed=service.callers.known,
            explained=service.explainer is not None,
            model_hash=service.scorer.model_hash,
            reasons=[{"code": one.code, "of": one.of, "text": one.text(language)} for one in REASONS],
        ),
    }
