"""The reviewers' page: what its script works with. Cases come by the routes for programs, with the reviewer's key."""

from typing import Any

from credit.decision.review_reasons import REASONS
from credit.web.payload.violations import LARGEST_CLIENT
from credit.web.service import Service
from credit.web.templating import for_script


def shown(service: Service, language: str, decision: int | None = None, client: int | None = None) -> dict[str, Any]:
    """What the template shows, in ``language``. ``service``: of the server. ``decision``: of the case that the address
    names, ``client``: whose decisions it asks for; None for the queue.
    """
    path = (
        f"/reviews/{decision}?"
        if decision is not None
        else "/reviews?"
        if client is None
        else f"/reviews?client={client}&"
    )
    return {
        "here": path,
        "script": for_script(
            language,
            keyed=service.callers.known,
            explained=service.explainer is not None,
            largest_client=str(LARGEST_CLIENT),  # too large for a number of JavaScript
            model_hash=service.scorer.model_hash,
            reasons=[{"code": one.code, "of": one.of, "text": one.text(language)} for one in REASONS],
        ),
    }
