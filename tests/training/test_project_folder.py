"""The notebooks' working folder is the project, wherever they are opened."""

import shutil
import types
from pathlib import Path

import IPython
import pytest

from credit.training import project_folder

ROOT = Path(project_folder.__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _start(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # and back, since a notebook's first cell changes the working folder


@pytest.fixture
def clone(tmp_path) -> Path:
    """Another project's folder than the package's."""
    (tmp_path / "a clone" / "notebooks").mkdir(parents=True)
    (tmp_path / "a clone" / "pyproject.toml").touch()
    (tmp_path / "a clone" / "notebooks" / "1_features.ipynb").touch()
    return tmp_path / "a clone"


def test_from_any_folder_the_project_is_that_of_the_package(tmp_path):
    assert project_folder.enter() == ROOT
    assert Path.cwd() == ROOT


def test_in_a_clone_the_project_is_the_clone(clone, monkeypatch):
    (clone / "run" / "notebooks").mkdir(parents=True)
    for start in (clone, clone / "notebooks", clone / "run" / "notebooks"):
        monkeypatch.chdir(start)
        assert project_folder.enter("data/bank", "mlruns_reduced") == clone
        assert Path.cwd() == clone


def test_entering_twice_changes_nothing(clone, monkeypatch):
    monkeypatch.chdir(clone / "notebooks")
    assert project_folder.enter() == project_folder.enter() == clone


def test_a_whole_path_may_lead_anywhere(clone, tmp_path, monkeypatch):
    monkeypatch.chdir(clone)
    assert project_folder.enter(tmp_path / "tables", str(tmp_path)) == clone


def test_the_notebook_that_vs_code_names_decides_before_the_working_folder(clone, tmp_path, monkeypatch):
    """VS Code with `jupyter.notebookFileRoot` set to the home folder."""
    shell = types.SimpleNamespace(user_ns={"__vsc_ipynb_file__": str(clone / "notebooks" / "1_features.ipynb")})
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    for start in (tmp_path, ROOT):
        monkeypatch.chdir(start)
        assert project_folder.enter("data/bank") == clone
        assert Path.cwd() == clone
    shell.user_ns["__vsc_ipynb_file__"] = str(tmp_path / "Untitled-1.ipynb")  # saved nowhere, or outside the project
    monkeypatch.chdir(tmp_path)
    assert project_folder.enter() == ROOT
    monkeypatch.chdir(clone)
    assert project_folder.enter() == clone


def test_a_copy_is_not_filled_by_the_code_of_the_original(clone, monkeypatch):
    (clone / "credit").mkdir()
    (clone / "credit" / "__init__.py").touch()
    monkeypatch.chdir(clone / "notebooks")
    with pytest.raises(project_folder.ProjectError, match="the code that runs is that of") as refused:
        project_folder.enter()
    assert str(refused.value).startswith(f"the project's folder is {clone}, ")
    assert f"is that of {ROOT / 'credit'}: choose the Python of {clone / '.venv'} as the kernel" in str(refused.value)
    assert str(refused.value).endswith(f"python -m pip install --no-deps --editable '{clone}'")
    assert Path.cwd() == clone / "notebooks"
    shutil.rmtree(clone / "credit")
    (clone / "credit").symlink_to(ROOT / "credit")  # the same code under another name
    assert project_folder.enter() == clone


@pytest.mark.parametrize("path", ["../data/bank", "..", "data/../../bank"])
def test_a_relative_path_that_leads_out_of_the_project_is_refused(clone, monkeypatch, path):
    monkeypatch.chdir(clone / "notebooks")
    with pytest.raises(project_folder.ProjectError, match=r"leads out of the project's folder .*a clone") as refused:
        project_folder.enter(path)
    assert str(refused.value).startswith(path)
    assert Path.cwd() == clone / "notebooks"


def test_a_package_that_was_installed_without_its_project_names_the_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(
        project_folder, "__file__", str(tmp_path / "site-packages" / "credit" / "training" / "project_folder.py")
    )
    with pytest.raises(project_folder.ProjectError, match=r"installed without it: .*pip install --editable \."):
        project_folder.find(tmp_path)
