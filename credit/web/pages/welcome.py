"""What GET / tells: what this is, which model answers, and a line that scores a client."""

import json
import shlex
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from credit.i18n.page_text import WORDS

if TYPE_CHECKING:
    from credit.web.pages.static_files import Files
    from credit.web.service import Service

#: A client of nobody's, for examples.
CLIENT = 155312

#: A made-up client for the example: a row of the published table, cut to what fits on a page.
_EXAMPLE = {
    "NAME_CONTRACT_TYPE": "Cash loans",
    "CODE_GENDER": "F",
    "FLAG_OWN_CAR": "N",
    "AMT_INCOME_TOTAL": 180000.0,
    "AMT_CREDIT": 450000.0,
    "AMT_ANNUITY": 24500.0,
    "AMT_GOODS_PRICE": 450000.0,
    "NAME_INCOME_TYPE": "Working",
    "NAME_EDUCATION_TYPE": "Higher education",
    "DAYS_BIRTH": -14600,
    "DAYS_EMPLOYED": -2190,
    "EXT_SOURCE_2": 0.57,
    "EXT_SOURCE_3": 0.51,
}

_MONTHS_FR = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)


def example(columns: Collection[str]) -> dict[str, Any]:
    """A body that the model with ``columns`` takes: a row of the published table, or one feature where it reads none.

    A model's own column may have the name of a published text; what it means is the model's affair.
    """
    if any(isinstance(value, float) and name in columns for name, value in _EXAMPLE.items()):
        own = {"NAME_CONTRACT_TYPE", "NAME_INCOME_TYPE", "NAME_EDUCATION_TYPE"} & set(columns)
        return {"SK_ID_CURR": CLIENT, **{name: value for name, value in _EXAMPLE.items() if name not in own}}
    return {"SK_ID_CURR": CLIENT, next(iter(columns)): 1.0}


def curl(url: str, columns: Collection[str], *, route: str = "predict", key: bool = False) -> str:
    """A line for a POSIX shell that posts the example. ``url``: ends in "/". ``key``: whether the server wants one."""
    authorization = ' -H "Authorization: Bearer $KEY"' if key else ""
    body, address = shlex.quote(json.dumps(example(columns))), shlex.quote(url + route)
    return f"curl -s{authorization} -H 'Content-Type: application/json' -d {body} {address}"


def text(service: "Service", url: str, language: str) -> dict[str, Any]:
    """What the plain text shows, and the page, too. ``url``: where this server is, ends in "/"."""
    from credit.web.pages import model_facts as shown  # which builds on this module

    model = service.scorer
    return {
        "language": language,
        "threshold": f"{model.threshold:g}",
        "review": shown.review(service, language),
        "curl": curl(url, model.columns, key=service.callers.known),
        **facts(model.manifest, language),
    }


def page(service: "Service", found: "Files", language: str) -> dict[str, Any]:
    """What the page for people shows beyond that."""
    from credit.web.pages import model_facts as shown  # which builds on this module
    from credit.web.pages.example_clients import FILE, buttons

    return {
        "script": shown.for_script(service, language),
        "found": shown.of_model(service, language),
        "examples": buttons(service, found.contents[FILE], language),
        "routes": WORDS[language]["routes"],
    }


def table(service: "Service", language: str) -> dict[str, Any]:
    """What the table of the features shows."""
    from credit.web.pages import model_facts as shown
    from credit.web.pages.templating import for_script

    return {
        "script": for_script(language),
        **shown.table(service, language),
        "here": "/features?",
    }


def facts(manifest: dict[str, Any], language: str) -> dict[str, Any]:
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
