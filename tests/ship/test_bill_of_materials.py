"""The model in the bill of materials: by its SHA-256, in a document that is still CycloneDX's."""

import hashlib
import json
import subprocess
import sys

import pytest
from support.shipped import ROOT

SCRIPT = ROOT / "scripts" / "bill_of_materials.py"
SHIPPED = ROOT / "mlruns_reduced"


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def bill(tmp_path):
    """As cyclonedx-py makes it, of two packages."""
    file = tmp_path / "sbom.json"
    package = {"type": "library", "bom-ref": "flask==3.1.3", "name": "flask", "version": "3.1.3"}
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "root-component", "name": "credit"}},
        "components": [package],
        "dependencies": [{"ref": "flask==3.1.3"}, {"ref": "root-component", "dependsOn": ["flask==3.1.3"]}],
    }
    file.write_text(json.dumps(content))
    return file


def run(*words):
    return subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True, check=False)


def test_the_bill_lists_the_model_with_the_hash_of_every_file(bill):
    done = run(bill)
    assert done.returncode == 0, done.stderr
    assert sha256(SHIPPED / "model.pkl") in done.stdout
    found = json.loads(bill.read_text())
    (model,) = [one for one in found["components"] if one["type"] == "machine-learning-model"]
    assert model["hashes"] == [{"alg": "SHA-256", "content": sha256(SHIPPED / "model.pkl")}]
    files = {one["name"]: one["hashes"][0]["content"] for one in model["components"]}
    named = ("best_threshold", "columns.pkl", "manifest.json", "model.pkl", "profile.json")
    assert files == {f"mlruns_reduced/{name}": sha256(SHIPPED / name) for name in named}
    needs = {one["ref"]: one.get("dependsOn", []) for one in found["dependencies"]}
    assert needs["root-component"] == ["flask==3.1.3", model["bom-ref"]]
    assert model["bom-ref"] in needs


def test_the_bill_is_valid_and_a_second_run_changes_nothing(bill):
    validators = pytest.importorskip("cyclonedx.validation.json")
    from cyclonedx.schema import SchemaVersion

    run(bill)
    once = bill.read_text()
    assert validators.JsonStrictValidator(SchemaVersion.V1_6).validate_str(once) is None
    run(bill)
    assert bill.read_text() == once


def test_another_file_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "package.json"
    file.write_text("{}")
    done = run(file)
    assert (done.returncode, "is no bill of materials" in done.stderr) == (1, True)
    assert file.read_text() == "{}"
    assert run().returncode == 2


@pytest.mark.parametrize("workflow", ["ci.yml", "release.yml"])
def test_workflows_add_the_model_to_the_bill_that_they_make(workflow):
    text = (ROOT / ".github" / "workflows" / workflow).read_text()
    made, added = text.index("--output-file sbom.json"), text.index("scripts/bill_of_materials.py sbom.json")
    assert made < added
