"""python -m credit evidence: the pack as a file, and what its options refuse."""

import hashlib
import json
import zipfile

import pytest
from click.testing import CliRunner
from support import evidence
from support.bank_rules import rule, written
from support.small import digest

from credit.cli import main


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return evidence.bundle(tmp_path_factory.mktemp("evidence") / "bundle")


@pytest.fixture(scope="module")
def log(bundle, tmp_path_factory):
    return evidence.log_of_three_quarters(bundle, tmp_path_factory.mktemp("log") / "decisions.db")


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DATABASE_URL", raising=False)


def run(*words, code=0):
    done = CliRunner().invoke(main, ["evidence", *map(str, words)])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


def lines(out):
    with zipfile.ZipFile(out) as archive:
        return {one["id"]: one for one in json.loads(archive.read("evidence.json"))["lines"]}


def test_the_pack_is_written_with_settings_and_without_keys(bundle, log, tmp_path, monkeypatch):
    key = digest("a secret key")
    monkeypatch.setenv("API_KEYS", f"branch:{key}:review")
    monkeypatch.setenv("BANK_NAME", "Bank & Sons")
    rules = written(tmp_path / "rules.toml", rule(name="large", when={"column": "AMT_CREDIT", "op": ">", "value": 3e6}))
    out = tmp_path / "made" / "pack.zip"
    said = run("--out", out, "--bundle", bundle, "--database", log, "--rules", rules, "--no-pdf")
    assert f"{out}: " in said
    assert "answers are missing" in said
    assert "warning: The model learnt from a SIMULATED bank" in said
    found = lines(out)
    assert found["1a.deployer"]["text"] == "Bank & Sons"
    assert found["9.records"]["status"] == "answered"
    with zipfile.ZipFile(out) as archive:
        every = b"".join(archive.read(name) for name in archive.namelist())
        page = archive.read("evidence.html").decode()
        assert "evidence.pdf" not in archive.namelist()
    for secret in (key, "a secret key", str(tmp_path), str(log.parent), str(evidence.CLIENT)):
        assert secret.encode() not in every, secret
    assert "Rules of the bank" in page
    assert "<td>large</td>" in page


def test_two_runs_in_two_folders_are_the_same_bytes(bundle, log, tmp_path, monkeypatch):
    digests = []
    for name in ("a", "b"):
        copy = evidence.copied(log, tmp_path / f"{name}.db")
        monkeypatch.chdir(tmp_path)
        out = tmp_path / name / "pack.zip"
        run("--out", out, "--bundle", bundle, "--database", copy, "--no-pdf")
        digests.append(hashlib.sha256(out.read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_a_broken_log_ends_with_1_and_the_pack_is_written(bundle, log, tmp_path):
    out = tmp_path / "pack.zip"
    broken = evidence.altered(log, tmp_path / "broken.db")
    said = run("--out", out, "--bundle", bundle, "--database", broken, "--no-pdf", code=1)
    assert "THE CHAIN OF THE DECISION LOG IS BROKEN" in said
    assert lines(out)["9.records"]["status"] == "missing"


def test_without_a_log_the_pack_says_so_and_a_log_that_is_named_has_to_be_there(bundle, tmp_path, monkeypatch):
    out = tmp_path / "pack.zip"
    assert "There is no decision log in this pack" in run("--out", out, "--bundle", bundle, "--no-pdf")
    named = "cannot be used: there is no file"
    assert named in run("--out", out, "--bundle", bundle, "--no-pdf", "--database", tmp_path / "no.db", code=1)
    monkeypatch.setenv("DATABASE_URL", str(tmp_path / "no.db"))
    assert named in run("--out", out, "--bundle", bundle, "--no-pdf", code=1)


def test_what_cannot_be_used_is_refused_in_one_sentence(bundle, tmp_path):
    statements = tmp_path / "bank.toml"
    statements.write_text('"1a.provide" = "x"')
    pins = tmp_path / "pins.txt"
    pins.write_text("flask>=3\n")
    common = ("--bundle", bundle, "--no-pdf", "--out", tmp_path / "pack.zip")
    assert "did you mean 1a.provider" in run(*common, "--statements", statements, code=1)
    assert "pins.txt, line 1, pins no package" in run(*common, "--requirements", pins, code=1)
    assert "there is no mlflow.db in" in run(*common, "--store", tmp_path, code=1)
    assert "ends in .html; give a file that ends in .zip" in run(
        "--out", tmp_path / "a.html", "--bundle", bundle, code=1
    )
    assert "There is no program /no/browser" in run(
        "--out", tmp_path / "pack.zip", "--bundle", bundle, "--chromium", "/no/browser", code=1
    )
    assert not (tmp_path / "pack.zip").exists()
