"""The bill of materials: what is pinned and the model, in a form that CycloneDX's own schema takes."""

import json

import pytest
from support.evidence import REQUIREMENTS
from support.shipped import ROOT, required

from credit.evidence.materials import bill, pinned

MODEL = {"name": "Small", "version": "2026-03-02T10:00:00+00:00", "sha256": "ef" * 32, "description": "A model"}
FILES = {"model.pkl": "ef" * 32, "columns.pkl": "01" * 32}


def test_pins_are_read_with_markers_and_hashes():
    first, second = pinned(REQUIREMENTS, "requirements.txt")
    assert (first.name, first.version, first.marker, first.sha256) == ("flask", "3.1.3", "", ["ab" * 32])
    assert (second.name, second.version, second.marker) == ("tzdata", "2026.6", "sys_platform == 'win32'")
    assert pinned("psycopg[binary]==3.3.9\n", "r")[0].name == "psycopg"


@pytest.mark.parametrize("line", ["flask>=3", "flask", "-r other.txt", "flask @ file:///x", "    --hash=sha256:ab"])
def test_a_line_that_pins_nothing_is_refused_with_its_number(line):
    with pytest.raises(ValueError, match=r"^r\.txt, line 2, pins no package: .*name==version"):
        pinned(f"# pins\n{line}\n", "r.txt")
    with pytest.raises(ValueError, match="pins no package"):
        pinned("\n", "r.txt")


def test_the_bill_of_what_is_shipped_is_valid_and_complete():
    validation = pytest.importorskip("cyclonedx.validation.json")
    from cyclonedx.schema import SchemaVersion

    text = (ROOT / "requirements.txt").read_text()
    made = bill(pinned(text, "requirements.txt"), MODEL, FILES)
    assert validation.JsonStrictValidator(SchemaVersion.V1_6).validate_str(made.decode()) is None
    content = json.loads(made)
    listed = {(one["name"], one["version"]) for one in content["components"] if one["type"] == "library"}
    for one in required("requirements.txt"):
        assert (one.name, str(one.specifier).removeprefix("==")) in listed
    (model,) = [one for one in content["components"] if one["type"] == "machine-learning-model"]
    assert model["hashes"] == [{"alg": "SHA-256", "content": "ef" * 32}]
    assert {one["name"]: one["hashes"][0]["content"] for one in model["components"]} == FILES
    assert sum(len(one.get("properties", ())) for one in content["components"]) >= text.count("--hash=sha256:")
    assert "timestamp" not in content["metadata"]


def test_the_serial_number_follows_from_the_content():
    packages = pinned(REQUIREMENTS, "r")
    first, again, other = (
        json.loads(bill(some, MODEL, FILES)) for some in (packages, list(reversed(packages)), packages[:1])
    )
    assert first == again
    assert first["serialNumber"] != other["serialNumber"]
