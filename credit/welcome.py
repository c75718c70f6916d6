"""What GET / tells: what this is, which model answers, and a line that scores a client."""

import json
import shlex
from collections.abc import Collection
from datetime import datetime
from typing import Any

#: A client of nobody's, for examples.
CLIENT = 155312

#: A made-up client for the example: features of the application that most models have.
_EXAMPLE = {
    "AMT_INCOME_TOTAL": 180000.0,
    "AMT_CREDIT": 450000.0,
    "AMT_ANNUITY": 24500.0,
    "DAYS_BIRTH": -14600,
    "EXT_SOURCE_2": 0.57,
    "EXT_SOURCE_3": 0.51,
}

_MONTHS_FR = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)


def example(columns: Collection[str]) -> dict[str, Any]:
    """A body that the model with ``columns`` takes: one client with a few features."""
    known = {name: value for name, value in _EXAMPLE.items() if name in columns}
    return {"SK_ID_CURR": CLIENT, **(known or {next(iter(columns)): 1.0})}


def curl(url: str, columns: Collection[str], *, route: str = "predict", key: bool = False) -> str:
    """A line for a POSIX shell that posts the example. ``url``: ends in "/". ``key``: whether the server wants one."""
    authorization = ' -H "Authorization: Bearer $KEY"' if key else ""
    body, address = shlex.quote(json.dumps(example(columns))), shlex.quote(url + route)
    return f"curl -s{authorization} -H 'Content-Type: application/json' -d {body} {address}"


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
