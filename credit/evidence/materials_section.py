"""The section about files and packages: hashes of the model's files, and the bill of materials."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from credit.evidence import materials
from credit.evidence.contents import Section, Table, plural
from credit.model.manifest import MANIFEST

_BILL = "bill_of_materials.cdx.json"


def materials_section(manifest: Mapping[str, Any], requirements: tuple[str, str] | None, bundle: Path) -> Section:
    """The section. ``requirements``: name and text of the file of pinned packages, None without. ``bundle``: the folder
    of the model. Raises ``ValueError`` for requirements that pin no version.
    """
    files = tuple((name, manifest["files"][name]) for name in sorted(manifest["files"]))
    own = ("manifest.json, as it is in the bundle", hashlib.sha256((bundle / MANIFEST).read_bytes()).hexdigest())
    of_model = Table(
        "Files of the model", ("file", "SHA-256"), (*files, own), "manifest.json, files; checked against the files"
    )
    if requirements is None:
        return Section(
            "materials",
            tables=(of_model,),
            missing=(
                (
                    "Bill of materials",
                    "There is no file of pinned packages here: name the one that is installed with --requirements.",
                ),
            ),
        )
    name, text = requirements
    packages = materials.pinned(text, name)
    model = {
        "name": manifest["model"]["name"],
        "version": manifest["created"],
        "sha256": manifest["files"]["model.pkl"],
        "description": "Probability of default on a consumer loan",
    }
    rows = tuple((one.name, one.version, one.marker, f"{len(one.sha256):,}") for one in packages)
    return Section(
        "materials",
        (
            f"{plural(len({one.name for one in packages}), 'package')} are pinned in {name}, whose SHA-256 is "
            f"{hashlib.sha256(text.encode()).hexdigest()}. "
            f"{_BILL} is CycloneDX {materials.SPECIFICATION} and holds them with the hashes of their files, and the "
            "model. "
            f"{_twice(packages)}What is pinned is what should be installed; that it is, pip install --require-hashes "
            "sees to.",
        ),
        (
            of_model,
            Table("Pinned packages", ("package", "version", "where", "hashes"), rows, name, frozenset({3}), _BILL),
        ),
        files={_BILL: materials.bill(packages, model, dict(files))},
    )


def _twice(packages: Sequence[materials.Package]) -> str:
    """That a package has a line for each system or version of Python, where one has."""
    names = [one.name for one in packages]
    several = sorted({name for name in names if names.count(name) > 1})
    return f"More than one line, each with where it holds, have: {', '.join(several)}. " if several else ""
