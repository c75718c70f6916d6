"""What `--help` and `--version` say, and what the commands of this machine want."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import credit

ROOT = Path(__file__).parents[2]


def test_help_names_every_job():
    text = credit("--help")
    for job in ("simulate", "check", "features", "train", "threshold", "score", "run", "serve"):
        assert f"  {job} " in text


def test_help_does_not_wait_for_the_training_packages():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "credit", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for package in ("mlflow", "sklearn", "lightgbm", "pandas"):
        assert f" {package}\n" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="make is used on POSIX systems")
def test_make_says_so_where_python_is_too_old(tmp_path):
    old = tmp_path / "python3"
    old.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = (3, 8, 0); '
        'sys.version = \'3.8.0\'; exec(sys.argv[1])" "$2"\n'
    )
    old.chmod(0o755)
    for name in ("Makefile", "requirements-dev.txt", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(["make", "setup", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert "3.8.0" in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.skipif(os.name != "posix", reason="make is used on POSIX systems")
def test_make_makes_the_environment_anew_in_a_folder_that_was_moved_or_copied(tmp_path):
    """Programs in an environment name the folder that it was made in, and so does the entry of an editable install."""
    before, after = tmp_path / "a project", tmp_path / "moved"
    before.mkdir()
    for name in ("Makefile", "requirements-dev.txt", "pyproject.toml"):
        (before / name).write_bytes((ROOT / name).read_bytes())
    python = tmp_path / "python3"
    python.write_text(
        '#!/bin/sh\nif [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; echo made; fi\n'
    )
    python.chmod(0o755)

    def setup(folder):
        done = subprocess.run(
            ["make", "--no-print-directory", "setup", f"PYTHON={python}"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return [line for line in done.stdout.splitlines() if "installing the pinned packages" not in line]

    assert setup(before) == ["made"]
    assert setup(before) == []
    before.rename(after)
    (after / ".venv" / "bin" / "program").touch()
    assert setup(after) == [f"environment: .venv was made in {before}; making it anew for this folder", "made"]
    assert not (after / ".venv" / "bin" / "program").exists()
    assert setup(after) == []
    shared = tmp_path / "a second project"
    shared.mkdir()
    for name in ("Makefile", "requirements-dev.txt", "pyproject.toml"):
        os.link(after / name, shared / name)
    (shared / ".venv").symlink_to(after / ".venv")  # shared on purpose
    assert setup(shared) == []
    (after / ".venv" / "ready").write_text("")  # one of an earlier version does not say where it was made
    assert setup(after) == []


def test_the_version_is_that_of_the_project():
    written = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.M).group(1)
    assert credit("--version") == f"credit, version {written}\n"
