"""The scripts of findings/: each is in the table of docs/borders.md, names a version and pins what it installs."""

import os
import re
import shlex

import pytest
from support.server import ROOT

SCRIPTS = sorted((ROOT / "findings").glob("*.sh"))
TABLE = (ROOT / "docs" / "borders.md").read_text()


def installed(text):
    """What the script installs, as it names it."""
    (command,) = re.findall(r'"\$folder/venv/bin/pip" install ((?:.*\\\n)*.*)', text)
    return [word for word in shlex.split(command.replace("\\\n", " ")) if not word.startswith("--")]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_finding_says_what_was_seen_and_pins_what_it_installs(script):
    text = script.read_text()
    first, title = text.splitlines()[:2]
    assert first == "#!/usr/bin/env bash"
    assert re.match(r"# [\w.-]+ \d+\.\d+[\d.]*\b", title)
    places = [
        text.index(part) for part in ("# Behaviour. ", "# Source. ", "utput seen", "xits with 1 ", "set -euo pipefail")
    ]
    assert places == sorted(places)
    packages = installed(text)
    assert packages
    assert all(re.fullmatch(r"[\w\[\]-]+==[\d.]+", one) for one in packages)
    assert "credit" not in re.sub(r"#.*", "", text)
    assert os.access(script, os.X_OK)


def test_the_table_names_every_finding_and_no_other():
    listed = re.findall(r"^\| \[`(\w+\.sh)`\]\(\.\./findings/(\w+\.sh)\) \| .+ \|$", TABLE, flags=re.MULTILINE)
    assert all(text == place for text, place in listed)
    assert [text for text, _ in listed] == [script.name for script in SCRIPTS]
    assert set(re.findall(r"\[Finding\]\(\.\./findings/(\w+\.sh)\)", TABLE)) <= {script.name for script in SCRIPTS}
