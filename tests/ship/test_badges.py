"""The badges of README are those that scripts/badges.py draws of the files as they are."""

import re
import sys
from xml.etree import ElementTree

import pytest
from support.shipped import ROOT, required

sys.path.insert(0, str(ROOT / "scripts"))
import badges


def test_the_badges_are_drawn_of_the_files_as_they_are():
    for path, text in badges.files().items():
        assert path.read_text() == text, f"{path.name}: run python scripts/badges.py"
        assert ElementTree.fromstring(text).get("aria-label") in re.sub(r"<[^>]+>", "", text)
    assert set((ROOT / "docs").glob("badge_*.svg")) == set(badges.files())


def test_the_badges_say_what_is_pinned_and_tested():
    said = badges.facts()
    assert said["python"] == ("Python", "3.11 | 3.12 | 3.13")
    apart = len(re.findall(r"; ", (ROOT / "requirements.txt").read_text()))  # packages of other systems or Pythons
    number = int(said["packages"][1].split()[0])
    assert number - apart <= len(required("requirements.txt")) <= number


@pytest.mark.parametrize(("pythons", "wanted"), [('"3.11", "3.12"', ">=3.11,<3.14"), ('"3.11"', ">=3.11")])
def test_pythons_that_are_promised_and_not_tested_are_no_badge(tmp_path, monkeypatch, pythons, wanted):
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text(f"        python: [{pythons}]\n")
    (tmp_path / "pyproject.toml").write_text(f'requires-python = "{wanted}"\n')
    monkeypatch.setattr(badges, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"ci\.yml"):
        badges.facts()


def test_readme_shows_badges_that_are_there():
    shown = re.findall(r"\]\((docs/badge_\w+\.svg)\)", (ROOT / "README.md").read_text())
    assert all((ROOT / path).is_file() for path in shown)
    alternative = re.search(r"!\[Serving needs (\d+) packages", (ROOT / "README.md").read_text())
    assert alternative is not None
    assert badges.facts()["packages"][1].split()[0] == alternative[1]
    for file in re.findall(r"actions/workflows/(\w+\.yml)/badge\.svg", (ROOT / "README.md").read_text()):
        assert (ROOT / ".github" / "workflows" / file).is_file()
