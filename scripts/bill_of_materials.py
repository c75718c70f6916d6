"""Adds the shipped model to a bill of materials in CycloneDX's JSON: a component with the SHA-256 of each of its files.

    python scripts/bill_of_materials.py sbom.json

The bill is made by cyclonedx-py, which knows packages alone; a model is what this project ships beside them. Needs
nothing but Python. Raises what reading the two files raises, and ends with a sentence for a bill of another kind.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

BUNDLE = Path(__file__).parents[1] / "mlruns_reduced"


def model(bundle: Path = BUNDLE) -> dict[str, Any]:
    """The component: the model by its name and the SHA-256 of model.pkl, and in it the files that the manifest names.

    Hashes are those of the files as they are here; `credit.model` compares them with the manifest's on loading.
    """
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    origin = "a simulated bank" if manifest["data"]["simulated"] else "clients of a bank"
    learned = "" if "clients" not in manifest["data"] else f", {manifest['data']['clients']:,} clients"
    digest = _sha256(bundle / "model.pkl")
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{digest}",
        "name": manifest["model"]["name"],
        "version": manifest["created"],
        "description": f"Probability of default on a consumer loan; learned from {origin}{learned}.",
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "components": [
            {
                "type": "file",
                "bom-ref": f"model:{digest}/{name}",
                "name": f"{bundle.name}/{name}",
                "hashes": [{"alg": "SHA-256", "content": _sha256(bundle / name)}],
            }
            for name in sorted({*manifest["files"], "manifest.json"})
        ],
    }


def added(bill: dict[str, Any], component: dict[str, Any]) -> dict[str, Any]:
    """The bill with the component, and what the project depends on with it. An earlier model is replaced."""
    others = [one for one in bill.get("components", []) if one["type"] != "machine-learning-model"]
    root = bill["metadata"]["component"]["bom-ref"]
    needs = []
    for one in bill.get("dependencies", []):
        if one["ref"].startswith("model:"):
            continue
        if one["ref"] == root:
            kept = [name for name in one.get("dependsOn", []) if not name.startswith("model:")]
            one = {**one, "dependsOn": [*kept, component["bom-ref"]]}
        needs.append(one)
    return {**bill, "components": [*others, component], "dependencies": [*needs, {"ref": component["bom-ref"]}]}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    """Rewrites the file that is named."""
    if len(sys.argv) != 2:
        print("name the bill of materials: python scripts/bill_of_materials.py sbom.json", file=sys.stderr)
        return 2
    file = Path(sys.argv[1])
    bill = json.loads(file.read_text(encoding="utf-8"))
    if bill.get("bomFormat") != "CycloneDX" or "component" not in bill.get("metadata", {}):
        print(f"{file} is no bill of materials of CycloneDX's with the project in its metadata", file=sys.stderr)
        return 1
    component = model()
    file.write_text(json.dumps(added(bill, component), indent=2) + "\n", encoding="utf-8")
    print(f"{file}: {component['name']}, SHA-256 {component['hashes'][0]['content']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
