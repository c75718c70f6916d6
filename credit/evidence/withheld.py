"""What a bundle says of fewer than ten clients, taken out of what the pack repeats of it: manifest and model card.

Trainings withhold such figures where they write them. Bundles of earlier versions have them, so they are withheld here
once more. ``exposure`` of the manifest is left out: it sums amounts by probability, and a sum may be one client's loan.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from credit.decision.client_groups import FEWEST_SHOWN
from credit.training.model_card_figures import WITHHELD

#: The parts of a manifest whose cells may hold one client.
CELLS = ("exposure",)

#: What a row of groups keeps: that there are such clients.
_KEPT = ("attribute", "group", "clients", "judged")


def published(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest without figures of few clients: those are null in ``groups``, and `CELLS` are not there."""
    found = {name: part for name, part in manifest.items() if name not in CELLS}
    if manifest.get("groups"):
        found["groups"] = [_row(one) for one in manifest["groups"]]
    return found


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """`published` as JSON."""
    return (json.dumps(published(manifest), indent=1, ensure_ascii=False) + "\n").encode()


def published_card(text: str, manifest: Mapping[str, Any]) -> str:
    """A model card in which the cells of groups of few clients, by the manifest and by its own tables, are withheld."""
    few = {f"{one['attribute']}: {one['group']}" for one in manifest.get("groups") or [] if _few(one.get("clients"))}
    few |= {found[1] for found in re.finditer(r"^\| ((?:gender|age): [^|]+?) \| (\d+) \|", text, re.MULTILINE)
            if _few(int(found[2]))}  # fmt: skip
    return "\n".join(_line(line, few) for line in text.split("\n"))


def _few(clients: object) -> bool:
    return isinstance(clients, int) and 0 < clients < FEWEST_SHOWN


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    few, unjudged = _few(one.get("clients")), not one.get("judged")
    return {
        name: None if (few and name not in _KEPT) or (unjudged and "ratio" in name) else value
        for name, value in one.items()
    }


def _line(line: str, few: set[str]) -> str:
    group, *cells = line.strip("|").split(" | ") if line.startswith("| ") else ("",)
    if group.strip() not in few:
        return line
    shown = [cell.strip() if place == 0 and cell.strip().isdigit() else WITHHELD for place, cell in enumerate(cells)]
    return f"| {' | '.join((group.strip(), *shown))} |"
