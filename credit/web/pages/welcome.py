"""What GET / answers: what this is, which model answers, and a line that scores a client."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from credit.i18n.page_text import WORDS
from credit.model.manifest_parts import Manifest
from credit.web import example_request
from credit.web.pages import model_facts
from credit.web.pages.example_clients import FILE, buttons
from credit.web.templating import for_script

if TYPE_CHECKING:
    from credit.web.service import Service
    from credit.web.static_files import Files

_MONTHS_FR = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)


def text(service: "Service", url: str, language: str) -> dict[str, Any]:
    """What the plain text shows, and the page, too. ``url``: where this server is, ends in "/"."""
    model = service.scorer
    return {
        "language": language,
        "threshold": f"{model.threshold:g}",
        "review": model_facts.review(service, language),
        "curl": example_request.curl(url, model.columns, key=service.callers.known),
        **facts(model.manifest, language),
    }


def page(service: "Service", found: "Files", language: str) -> dict[str, Any]:
    """What the page for people shows beyond that."""
    return {
        "script": model_facts.for_script(service, language),
        "found": model_facts.of_model(service, language),
        "examples": buttons(service, found.contents[FILE], language),
        "routes": WORDS[language]["routes"],
    }


def table(service: "Service", language: str) -> dict[str, Any]:
    """What the table of the features shows."""
    return {
        "script": for_script(language),
        **model_facts.table(service, language),
        "here": "/features?",
    }


def facts(manifest: Manifest, language: str) -> dict[str, Any]:
    """What the page says about the model, from its manifest: name, day, whether its bank was simulated."""
    created = datetime.fromisoformat(manifest["created"])
    if language == "fr":
        day = f"{created.day} {_MONTHS_FR[created.month - 1]} {created.year}"
    else:
        day = f"{created:%d %B %Y}".lstrip("0")
    return {
        "model": manifest["model"]["name"],
        "day": day,
        "simulated": manifest["data"]["simulated"],
        "clients": manifest["model"].get("training_clients"),
    }
