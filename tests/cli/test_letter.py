"""python -m credit letter: the letter to a refused client as a file."""

import re
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from support import letters

from credit.cli import main
from credit.letters.pdf import NAMES


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return letters.bundle(tmp_path_factory.mktemp("letter") / "bundle")


@pytest.fixture
def service(bundle, tmp_path, monkeypatch):
    for name, value in letters.ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", str(tmp_path / "decisions.db"))
    return letters.deciding(bundle, tmp_path)


def run(*words):
    done = CliRunner().invoke(main, ["letter", *map(str, words)])
    return done.exit_code, done.output


def test_the_letter_has_the_reasons_of_the_log(service, tmp_path):
    told = {one["decision_id"]: [reason["text"] for reason in one["reasons"]] for one in service.scores}
    number = letters.numbers(service.scores, "refuse")[0]
    out = tmp_path / "out" / "letter.html"
    code, output = run(number, "--profile", "eu", "--out", out)
    assert (code, output) == (0, f"{out}: the letter of decision {number} to client {7001 + number - 1}\n")
    page = out.read_text(encoding="utf-8")
    assert letters.reasons_of(page) == told[number]
    assert "2016/679" in page
    code, _ = run(number, "--language", "fr", "--out", out)
    assert code == 0
    page = out.read_text(encoding="utf-8")
    assert '<html lang="fr">' in page
    assert "2016/679" not in page  # neutral


def test_the_letter_is_printed_as_one_page(service, tmp_path):
    if not any(map(shutil.which, NAMES)):
        pytest.skip("there is no Chromium on this machine")
    out = tmp_path / "letter.pdf"
    for profile in ("eu", "us"):
        code, output = run(letters.numbers(service.scores, "refuse")[0], "--profile", profile, "--out", out)
        assert code == 0, output
        content = out.read_bytes()
        assert content.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) == 1


@pytest.mark.parametrize("decision", ["accept", "refer"])
def test_no_file_is_written_for_who_is_not_refused(service, tmp_path, decision):
    code, output = run(letters.numbers(service.scores, decision)[0], "--out", tmp_path / "letter.html")
    assert (code, "is no refusal" in output) == (1, True)
    assert not (tmp_path / "letter.html").exists()


def test_what_is_wrong_is_said_in_one_sentence(service, tmp_path, monkeypatch):
    number = letters.numbers(service.scores, "refuse")[0]
    out = tmp_path / "letter.html"
    assert run(999, "--out", out) == (1, "error: There is no decision 999.\n")
    code, output = run(number, "--out", tmp_path / "letter.doc")
    assert (code, "letter.doc ends in .doc; give a file that ends in .html or .pdf" in output) == (1, True)
    assert "profile is one of eu, us, neutral, not 'gb'" in run(number, "--profile", "gb", "--out", out)[1]
    assert "There is no program /no/browser" in run(number, "--out", tmp_path / "a.pdf", "--chromium", "/no/browser")[1]
    monkeypatch.setenv("BANK_CONTACT", "")
    assert "A letter of the profile neutral wants BANK_CONTACT: set it." in run(number, "--out", out)[1]
    monkeypatch.setenv("LETTER_PROFILE", "gb")
    assert "profile is one of eu, us, neutral, not 'gb'" in run(number, "--out", out)[1]
    assert not out.exists()


def test_a_letter_that_comes_too_late_for_regulation_b_says_so(service, tmp_path):
    number = letters.numbers(service.scores, "refuse")[0]
    out = tmp_path / "letter.html"
    for days, late in ((30, False), (31, True)):
        then = datetime.now(UTC) - timedelta(days=days)
        with sqlite3.connect(tmp_path / "decisions.db") as connection:
            connection.execute("UPDATE decisions SET time = ?", (then.isoformat(timespec="microseconds"),))
        connection.close()
        code, output = run(number, "--profile", "us", "--out", out)
        assert code == 0
        assert ("Regulation B wants its letter by" in output) is late


def test_reasons_that_the_log_lacks_are_worked_out_by_the_model_that_decided(service, bundle, tmp_path):
    number = letters.numbers(service.scores, "refuse")[0]
    told = {one["decision_id"]: [reason["text"] for reason in one["reasons"]] for one in service.scores}
    with sqlite3.connect(tmp_path / "decisions.db") as connection:
        connection.execute("UPDATE decisions SET reasons = NULL")
    connection.close()
    out = tmp_path / "letter.html"
    code, output = run(number, "--out", out)
    assert (code, "cannot be worked out again" in output) == (1, True)
    code, output = run(number, "--out", out, "--bundle", bundle)
    assert code == 0, output
    assert letters.reasons_of(out.read_text(encoding="utf-8")) == told[number]
    other = letters.bundle(tmp_path / "other", seed=6)
    code, output = run(number, "--out", out, "--bundle", other)
    assert (code, "was made by the model" in output) == (1, True)
