"""The bill of materials: the pinned packages and the model, as CycloneDX 1.6 JSON.

Made from a file of pinned requirements with hashes, as pip and uv write it. A small writer, because what writes such
bills (cyclonedx-bom) is pinned for development alone; a test holds the bill to CycloneDX's own schema. It has no time,
and its serial number follows from its content: the same requirements and model give the same bytes.
"""

import json
import re
import uuid
from typing import Any

from credit import __version__

#: The version of CycloneDX that is written.
SPECIFICATION = "1.6"

#: The namespace of the serial numbers: any fixed one serves.
_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # that of addresses, RFC 4122 appendix C

_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]+?))?\s*\\?$")
_HASH = re.compile(r"\s+--hash=sha256:([0-9a-f]{64})\s*\\?$")


class Package:
    """A pinned package: ``name`` as packages are compared by it, ``version``, ``marker`` (empty: everywhere),
    ``sha256`` of its files.
    """

    def __init__(self, name: str, version: str, marker: str) -> None:
        self.name, self.version, self.marker = re.sub(r"[-_.]+", "-", name).lower(), version, marker
        self.sha256: list[str] = []


def pinned(text: str, name: str) -> list[Package]:
    """The packages of a file of pinned requirements, ``name`` its name, in their order.

    Raises ``ValueError`` for a line that pins no version: what is installed would then not be what the bill says.
    """
    found: list[Package] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if (digest := _HASH.fullmatch(line)) and found:
            found[-1].sha256.append(digest[1])
        elif match := _PIN.fullmatch(line.strip()):
            found.append(Package(match[1], match[3], (match[4] or "").strip()))
        else:
            raise ValueError(
                f"{name}, line {number}, pins no package: a bill of materials wants name==version on each line, as "
                "uv pip compile --generate-hashes writes it"
            )
    if not found:
        raise ValueError(f"{name} pins no package")
    return found


def bill(packages: list[Package], model: dict[str, str], files: dict[str, str]) -> bytes:
    """The bill as JSON. ``model``: its name, version (when it was exported), sha256 and description. ``files``: name of
    a file of the bundle -> SHA-256.
    """
    of_model = f"model:{model['sha256']}"
    components = [_component(one) for one in sorted(packages, key=lambda one: (one.name, one.version))]
    root = f"credit=={__version__}"
    content: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": root, "name": "credit", "version": __version__},
        },
        "components": [
            *components,
            {
                "type": "machine-learning-model",
                "bom-ref": of_model,
                "name": model["name"],
                "version": model["version"],
                "description": model["description"],
                "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
                "components": [
                    {
                        "type": "file",
                        "bom-ref": f"{of_model}/{name}",
                        "name": name,
                        "hashes": [{"alg": "SHA-256", "content": files[name]}],
                    }
                    for name in sorted(files)
                ],
            },
        ],
        "dependencies": [
            {"ref": root, "dependsOn": sorted([*(one["bom-ref"] for one in components), of_model])},
            *({"ref": ref} for ref in sorted([*(one["bom-ref"] for one in components), of_model])),
        ],
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(content, sort_keys=True))
    return (json.dumps({**content, "serialNumber": f"urn:uuid:{serial}"}, indent=2, sort_keys=True) + "\n").encode()


def _component(one: Package) -> dict[str, Any]:
    properties = [{"name": "credit:file:sha256", "value": digest} for digest in one.sha256]
    if one.marker:
        properties.append({"name": "credit:marker", "value": one.marker})
    purl = f"pkg:pypi/{one.name}@{one.version}"
    found = {"type": "library", "bom-ref": purl, "name": one.name, "version": one.version, "purl": purl}
    return found | ({"properties": properties} if properties else {})
