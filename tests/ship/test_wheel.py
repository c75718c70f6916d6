"""The wheel in an environment without the project.

What this shows: the wheel holds all that the program needs beside its packages (code, templates, static files, settings
of the server, the shipped model), its entry point works, and it reads nothing of the repository. The environment is
made without the network: its site-packages has the wheel, which pip installs, and links to the distributions of
requirements.txt as they are installed here. So it does not show that pip finds these by the names in the wheel's
metadata; `make wheel` and a job of ci.yml do, on each Python.
"""

import email
import json
import os
import subprocess
import sys
import time
import urllib.request
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from support.loans import LOAN
from support.ports import free_port
from support.shipped import ROOT, Slug, tracked

from credit.cli import main
from credit.cli.extras import EXTRA
from credit.simulate import simulate

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A copy of the repository's files, in a folder that is called as the package is."""
    if int(version("setuptools").split(".")[0]) < 77:
        pytest.skip("the build needs setuptools 77: make setup installs it")
    folder = tmp_path_factory.mktemp("home") / "credit"
    for file in tracked():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes((ROOT / file).read_bytes())
    return folder


@pytest.fixture(scope="module")
def wheel(sources, tmp_path_factory):
    """Built from a copy of the repository's files by the setuptools that is installed here."""
    out = tmp_path_factory.mktemp("built")
    words = [sys.executable, "-m", "pip", "wheel", "--no-index", "--no-build-isolation", "--no-deps", "--wheel-dir"]
    done = subprocess.run([*words, out, sources], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A Python with what serving needs, and the wheel."""
    slug = Slug(tmp_path_factory.mktemp("installed"))
    found = slug.bin / "python"
    (site,) = slug.bin.parent.glob("lib/python*/site-packages")
    words = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet", "--target", site, wheel]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture
def run(python, tmp_path):
    """What a command prints in an empty folder, (exit status, text)."""

    def ran(*words):
        done = subprocess.run(
            [python, *words], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return ran


def test_the_wheel_has_every_file_of_the_package_and_the_model_once(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert len(names) == len(set(names))
    of_package = {str(file) for file in tracked() if file.parts[0] == "credit"}
    of_model = {f"credit/shipped_model/{file.relative_to('mlruns_reduced')}" for file in tracked() if is_model(file)}
    assert {name for name in names if name.startswith("credit/")} == of_package | of_model
    for name in of_model:
        source = ROOT / "mlruns_reduced" / Path(name).relative_to("credit/shipped_model")
        assert zipfile.ZipFile(wheel).read(name) == source.read_bytes()


def test_an_editable_install_is_found_beside_a_clone_that_is_called_as_the_package(sources, tmp_path):
    """A notebook that is started in the folder above the clone: there, the clone is a folder of the package's name."""
    build = "import sys; from setuptools import build_meta; build_meta.build_editable(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, tmp_path], cwd=sources, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (made,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(made).extractall(tmp_path / "site")
    asked = (
        "import site, sys; sys.path.insert(0, ''); site.addsitedir(sys.argv[1]); import credit; print(credit.__file__)"
    )
    for start in (sources.parent, sources, sources / "notebooks", tmp_path):
        found = subprocess.run(
            [sys.executable, "-S", "-c", asked, tmp_path / "site"],
            cwd=start,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert Path(found.stdout.strip()).resolve() == sources / "credit" / "__init__.py", start


def only_with(one, extra):
    return one.marker is not None and one.marker.evaluate({"extra": extra}) and not one.marker.evaluate({"extra": ""})


def is_model(file):
    return file.parts[0] == "mlruns_reduced"


def test_its_metadata_have_the_lower_bounds_the_extras_and_the_program(wheel):
    read = zipfile.ZipFile(wheel).read
    (folder,) = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" in name}
    metadata = email.message_from_bytes(read(f"{folder}/METADATA"))
    needs = [Requirement(one) for one in metadata.get_all("Requires-Dist")]
    assert all(any(part.operator == ">=" for part in one.specifier) for one in needs)
    assert set(metadata.get_all("Provides-Extra")) == {"train", "postgresql"}
    extras = {(one.name, extra) for one in needs for extra in ("train", "postgresql") if only_with(one, extra)}
    assert extras == {("pyyaml" if name == "yaml" else name, extra) for name, extra in EXTRA.items()}
    lean = {one.name for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})}
    assert not lean & {"pandas", "mlflow", "evidently", "matplotlib", "shap"}
    assert "credit = credit.cli:main" in read(f"{folder}/entry_points.txt").decode()


def test_the_program_serves_the_shipped_model_in_an_empty_folder(python, tmp_path):
    port = free_port()
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [python, "-c", "from credit.cli import main; main()", "serve", "--port", str(port)],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "WEB_CONCURRENCY": "1"},
            stdout=log,
            stderr=log,
        )
    try:
        until = time.monotonic() + 240  # a machine may do other work
        while (ready := ask(port, "/ready")) is None:
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < until, (tmp_path / "log").read_text()
            time.sleep(0.2)
        manifest = json.loads((ROOT / "mlruns_reduced" / "manifest.json").read_text())
        assert ready["status"] == "ready"
        assert ready["model"]["hash"] == manifest["files"]["model.pkl"]
        said = ask(port, "/predict", {"SK_ID_CURR": 5, **LOAN, "EXT_SOURCE_2": 0.5})
        assert said["prediction"]["client n° 5"] in ("Yes", "No")
        page = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Accept": "text/html"})
        with urllib.request.urlopen(page, timeout=60) as answer:
            assert b"<html" in answer.read()
    finally:
        process.terminate()
        process.wait(60)
    assert (tmp_path / "decisions.db").is_file()  # the log is where the program was started


def ask(port, route, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{route}", data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())
    except OSError:
        return None


def test_what_needs_an_extra_says_which(run):
    for words, package in (
        (("simulate", "--clients", "100"), "pyarrow"),
        (("train", "bank"), ""),
        (("describe",), ""),
    ):
        code, said = run("-m", "credit", *words)
        assert code == 1
        assert f"this command needs {package}" in said
        assert "pip install 'credit[train]'" in said
        assert "Traceback" not in said
    code, said = run("-m", "credit", "run", "--no-serve")
    assert (code, "which an installed package does not have" in said) == (1, True)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """Made with the extra, for an installation without it."""
    return simulate(tmp_path_factory.mktemp("bank") / "bank", 60, seed=3)


#: Command -> its words, in a folder that has the bank; those of the first do their work without an extra.
LEAN = {
    "check": "check bank",
    "features": "features bank --out features.parquet",
    "score": "score bank --out decisions.csv",
    "export": "export --to sql --dialect duckdb --out score.sql",
    "log": "log verify",
    "reviews": "reviews list",
}
OTHERS = {
    "simulate": "simulate --clients 100",
    "train": "train bank",
    "train-dask": "train-dask features",
    "challenge": "challenge bank",
    "threshold": "threshold --margin 0.2",
    "export": "export --to points --data bank --out card",
    "policy": "policy check rules.toml",
    "letter": "letter 1",
    "drift": "drift bank",
    "outcomes": "outcomes outcomes.csv",
    "profile": "profile bank",
    "promote": "promote",
    "rollback": "rollback",
    "describe": "describe",
    "evidence": "evidence --out pack.zip",
    "intervals": "intervals --data bank",
    "stress": "stress bank",
    "mlflow": "mlflow",
    "run": "run --no-serve",
}


def test_every_command_works_without_an_extra_or_says_in_a_sentence_what_it_lacks(run, bank, tmp_path):
    assert {*LEAN, *OTHERS, "serve"} == {*main.commands}
    (tmp_path / "bank").symlink_to(bank)
    start = ("-c", "import sys; sys.argv[0] = 'credit'; from credit.cli import main; main(prog_name='credit')")
    for words in LEAN.values():
        code, said = run(*start, *words.split())
        assert "pip install" not in said, (words, said)
        assert "Traceback" not in said, (words, said)
        if words.split()[0] in ("check", "features", "score", "export"):
            assert code == 0, (words, said)
    for words in OTHERS.values():
        code, said = run(*start, *words.split())
        assert "Traceback" not in said, (words, said)
        assert "python -m credit" not in said, (words, said)
        assert ("this command needs" in said) == ("pip install 'credit[train]'" in said), (words, said)
        assert code != 0 or "this command needs" not in said, (words, said)


def test_the_notebook_of_the_library_runs_where_the_wheel_alone_is_installed(run):
    cells = json.loads((ROOT / "notebooks" / "6_library.ipynb").read_text())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert len("\n".join(code).splitlines()) <= 22  # twenty lines and what prints them
    done, said = run("-c", "\n".join(code))
    assert done == 0, said
    kept = [line for cell in cells for one in cell.get("outputs", ()) for line in one.get("text", ())]
    assert kept
    assert "".join(kept).strip() in said.replace("\r", "")


def test_a_log_in_postgresql_without_its_driver_is_a_sentence(run, python):
    # The links of this environment have the driver, as requirements.txt does.
    hidden = "import sys; sys.modules['psycopg'] = None; from credit.cli import main; main()"
    code, said = run("-c", hidden, "log", "verify", "--database", "postgresql://somebody@127.0.0.1/bank")
    assert code != 0
    assert "pip install 'credit[postgresql]'" in said
    assert "Traceback" not in said


def test_the_packages_own_model_is_not_changed(run, python):
    code, said = run("-c", "import credit; print(credit.load().folder)")
    assert code == 0, said
    assert said.strip().endswith("site-packages/credit/shipped_model")
    changed = "import credit; from credit.model import rewrite_bundle; rewrite_bundle(credit.load().folder, 0.2, dict)"
    code, said = run("-c", changed)
    assert code == 1
    assert "is the model of the installed package, which stays as it was shipped: copy it, cp -r" in said
