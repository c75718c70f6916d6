"""What is installed: pinned by hash, under licences that are known, and told in a bill of materials."""

import json
import re
import subprocess
import sys
from importlib.metadata import distribution

import pytest
from support.shipped import ROOT, required, serving

sys.path.insert(0, str(ROOT / "scripts"))
import licences


@pytest.mark.parametrize("file", [f"requirements{part}.txt" for part in ("", "-dev", "-docs", "-clients")])
def test_every_package_is_pinned_with_hashes(file):
    text = (ROOT / file).read_text().replace("\\\n", " ")
    for line in filter(None, text.splitlines()):
        pinned = r"[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==\S+( ; [^\\]+?)?"
        assert re.fullmatch(rf"{pinned}\s+(--hash=sha256:[0-9a-f]{{64}}\s*)+", line), line[:120]


def test_what_is_installed_is_what_is_pinned():
    wrong = [
        f"{one}, but {distribution(one.name).version} is installed"
        for one in required("requirements-dev.txt")
        if distribution(one.name).version not in one.specifier
    ]
    assert not wrong


def test_serving_is_a_part_of_what_is_pinned_for_development():
    development = {str(one) for one in required("requirements-dev.txt")}
    assert {str(one) for one in required("requirements.txt")} <= development


def rows():
    """Package -> licence, as the page has them."""
    text = licences.PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"^\| ([a-z0-9._-]+) \| ([^|]+?) \|", text, re.MULTILINE))


def test_the_licences_of_all_packages_are_listed_as_they_are():
    listed = rows()
    for name in licences.required("requirements-dev.txt"):
        assert listed.get(name) == licences.licence(name), f"{name}: run python scripts/licences.py"
    pinned = re.findall(r"^([a-z0-9._-]+)", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    assert set(listed) - {"package"} <= set(pinned), "the page lists what is not installed any more"


def test_licences_are_permissive_but_for_those_that_are_accepted_by_name():
    for name in licences.required("requirements-dev.txt"):
        said = licences.licence(name)
        assert licences.permissive(said) or name in licences.ACCEPTED, f"{name}: {said}"


def test_everything_that_is_deployed_is_permissive_but_for_the_driver_of_postgresql():
    """psycopg is under the LGPL: used as it is, it asks nothing of this project (docs/licences.md has the reason)."""
    said = {name: licences.licence(name) for name in licences.required("requirements.txt")}
    others = {name for name in said if not licences.permissive(said[name])}
    assert others == {"psycopg", "psycopg-binary"}
    assert others <= set(licences.ACCEPTED)


@pytest.mark.parametrize(
    ("said", "permissive"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND 0BSD AND MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND MPL-2.0", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("AGPL-3.0-only", False),
        ("Proprietary", False),
    ],
)
def test_of_a_choice_one_licence_is_enough_of_a_sum_all_are_needed(said, permissive):
    assert licences.permissive(said) is permissive


def test_the_bill_of_materials_names_every_package_without_the_network(slug, tmp_path):
    words = ["-m", "cyclonedx_py", "environment", "--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible"]
    file = tmp_path / "sbom.json"
    away = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, *words, "--output-file", str(file), str(slug.bin / "python")]
    done = subprocess.run(command, env=away, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    bill = json.loads(file.read_text())
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "credit")
    told = {re.sub(r"[-_.]+", "-", one["name"]).lower(): one for one in bill["components"]}
    for one in serving():
        named = told[re.sub(r"[-_.]+", "-", one.name).lower()]
        assert named["version"] == one.version
        assert named["purl"].startswith("pkg:pypi/")
    assert not {"pandas", "mlflow", "pytest"} & told.keys()
