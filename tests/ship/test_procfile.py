"""Each line of the Procfile, started as Heroku does it: by a shell, with PORT and DATABASE_URL and nothing else."""

import contextlib
import json
import os
import re
import sqlite3
import tomllib
import urllib.request
from pathlib import Path

import pytest
from support.loans import LOAN
from support.ports import free_port
from support.shipped import ROOT, ignored, procfile, running, tracked

import credit

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")


def ask(port, route, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{route}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_there_are_a_web_and_a_release_process():
    assert set(procfile()) == {"web", "release"}


def test_the_release_migrates_an_empty_postgresql_and_the_web_process_writes_into_it(slug, database, tmp_path):
    for _ in range(2):  # the second finds nothing to do
        release = slug.start("release", tmp_path / "release.log", PORT=str(free_port()), DATABASE_URL=database)
        assert release.wait(120) == 0, (tmp_path / "release.log").read_text()
    with running(slug, tmp_path, DATABASE_URL=database) as (process, port, _):
        scored = ask(port, "/score", {"SK_ID_CURR": 5, **LOAN, "EXT_SOURCE_2": 0.5})
        assert ask(port, "/ready") == {"status": "ready", "model": scored["model"], "log": True}
        assert json.dumps(scored).count("decision_id") == 1
        assert len(children(process.pid)) == 2
    written = (tmp_path / "web.log").read_text()
    assert "Traceback" not in written
    assert "teller" not in written  # the address of the database, which may hold a password, is in no log


def test_the_release_migrates_a_new_sqlite_file(slug, tmp_path):
    file = tmp_path / "decisions.db"
    release = slug.start("release", tmp_path / "log", PORT=str(free_port()), DATABASE_URL=f"sqlite:///{file}")
    assert release.wait(120) == 0, (tmp_path / "log").read_text()
    with contextlib.closing(sqlite3.connect(file)) as made:
        tables = {name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables >= {"decisions", "alembic_version"}


def test_the_release_before_runs_again_on_what_a_newer_one_has_migrated(slug, tmp_path):
    # deploy.yml takes a release that does not work back; Heroku runs the release phase then, too.
    file = tmp_path / "decisions.db"
    for newer in (False, True):
        if newer:
            with contextlib.closing(sqlite3.connect(file)) as made, made:
                made.execute("ALTER TABLE decisions ADD COLUMN branch TEXT")
                made.execute("UPDATE alembic_version SET version_num = '9999'")
        release = slug.start("release", tmp_path / "log", DATABASE_URL=f"sqlite:///{file}")
        assert release.wait(120) == 0, (tmp_path / "log").read_text()
    assert "newer than" in (tmp_path / "log").read_text()
    with running(slug, tmp_path, WEB_CONCURRENCY="1") as (_, port, _seconds):
        assert "decision_id" in json.dumps(ask(port, "/score", {"SK_ID_CURR": 5, **LOAN, "EXT_SOURCE_2": 0.5}))
        assert ask(port, "/ready")["log"] is True


def test_a_release_that_cannot_migrate_fails(slug, tmp_path):
    # Heroku then leaves the release before in place.
    away = f"postgres://nobody@127.0.0.1:{free_port()}/nothing"
    release = slug.start("release", tmp_path / "log", PORT=str(free_port()), DATABASE_URL=away)
    assert release.wait(120) != 0


def test_web_concurrency_says_how_many_workers_there_are(slug, tmp_path):
    with running(slug, tmp_path, WEB_CONCURRENCY="1") as (process, port, _):
        assert ask(port, "/ready")["status"] == "ready"
        assert len(children(process.pid)) == 1


def test_the_files_that_name_a_python_agree():
    runtime, version = (ROOT / "runtime.txt").read_text(), (ROOT / ".python-version").read_text()
    assert re.fullmatch(r"3\.1[123]\n", version)  # no patch: the platform takes the newest, with its security fixes
    assert runtime == f"python-{version}"
    images = re.findall(r"^FROM python:(\S+?)-slim", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert images
    assert {f"{image}\n" for image in images} == {version}


def test_the_slug_has_what_serving_needs_and_nothing_else():
    shipped = {str(file) for file in tracked() if not ignored(file)}
    needed = {"Procfile", "runtime.txt", ".python-version", "requirements.txt", "app.py", "gunicorn.conf.py"}
    assert shipped >= {*needed, "mlruns_reduced/model.pkl"}
    folders = {file.partition("/")[0] for file in shipped if "/" in file}
    assert folders <= {"credit", "mlruns_reduced"}
    unneeded = (".ipynb", "uv.lock", "requirements-dev.txt", "requirements-docs.txt", "requirements-clients.txt")
    assert not any(file.endswith(unneeded) for file in shipped)
    assert sum((ROOT / file).stat().st_size for file in shipped) < 10_000_000


def test_what_is_deployed_knows_the_version_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert credit.__version__ == project["version"]


def test_every_page_and_document_of_the_slug_answers(slug, tmp_path):
    with running(slug, tmp_path, WEB_CONCURRENCY="1") as (_, port, _seconds):
        pages = [(route, "text/html") for route in ("/", "/features", "/docs")]
        others = ("/features", "/model", "/explain", "/openapi.json", "/metrics", "/health", "/ready")
        for route, accept in (*pages, *((route, "*/*") for route in others)):
            asked = urllib.request.Request(f"http://127.0.0.1:{port}{route}", headers={"Accept": accept})
            with urllib.request.urlopen(asked, timeout=60) as answer:
                assert answer.status == 200, (route, accept)
    assert "Traceback" not in (tmp_path / "web.log").read_text()
