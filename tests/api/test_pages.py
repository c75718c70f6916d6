"""The pages without a browser: their files, their words, and what they say where a model says less."""

import re

import pytest
from server import ROOT

from app import create_app
from credit import scorer
from credit.page.files import files
from credit.page.words import WORDS

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STATIC = ROOT / "static"


def page(client, path="/", **headers):
    response = client.get(path, headers={**BROWSER, **headers})
    assert response.status_code == 200, response.text
    return response


def test_both_languages_have_the_same_words():
    def keys(part):
        return {name: keys(value) for name, value in part.items()} if isinstance(part, dict) else None

    assert keys({k: v for k, v in WORDS["en"].items() if k != "routes"}) == keys(
        {k: v for k, v in WORDS["fr"].items() if k != "routes"}
    )
    assert [row[:3] for row in WORDS["en"]["routes"]] == [row[:3] for row in WORDS["fr"]["routes"]]


def test_every_word_is_used_and_every_used_word_is_there():
    scripts = "".join(path.read_text() for path in STATIC.glob("*.js"))
    used = set(re.findall(r'say\(\s*"(\w+)"', scripts)) | set(re.findall(r'tell\("(\w+)"', scripts))
    for name in re.findall(r'\? "(\w+)" : "(\w+)", \{ by', scripts):
        used |= set(name)
    made = ("accept", "refer", "refuse", "label_", "locked_", "feature", "value", "contribution")
    there = set(WORDS["en"]["script"])
    assert used <= there, used - there
    assert {word for word in there - used if not word.startswith(made)} == set()
    templates = "".join((ROOT / "templates" / name).read_text() for name in ("welcome.html", "features.html"))
    for word in WORDS["en"]["page"]:
        assert re.search(rf"\b(w|words\.page)\.{word}\b", templates), word


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.iterdir()))
def test_files_are_kept_under_this_servers_version_and_no_other(client, name):
    version = files(STATIC).version
    response = client.get(f"/static/{version}/{name}")
    assert response.status_code == 200
    assert response.data == (STATIC / name).read_bytes()
    assert response.headers.getlist("Cache-Control") == ["public, max-age=31536000, immutable"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    other = client.get(f"/static/0000/{name}")
    assert other.data == response.data
    assert other.headers["Cache-Control"] == "no-store"


def test_the_version_changes_with_any_file(tmp_path):
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "a.css").write_text("a{}")
        (folder / "b.js").write_text(name)
    assert files(tmp_path / "one").version != files(tmp_path / "two").version


@pytest.mark.parametrize("path", ["/static/x/nothing.js", "/static/x/..%2Fapp.py", "/static/x/app.py"])
def test_other_files_are_not_served(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert set(response.json) == {"error", "details"}


@pytest.mark.parametrize("path", ["/", "/features", "/docs"])
def test_a_page_runs_and_fetches_what_is_here_and_nothing_else(client, path):
    response = page(client, path)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert not re.search(
        r"<style|\sstyle=|\son\w+=|<script(?! (id=\"facts\" type=\"application/json\"|type=\"module\" src=\"/static/))",
        response.text,
    )
    fetched = re.findall(r'<(?:link|script)[^>]* (?:href|src)="([^"]*)"', response.text)
    assert fetched
    assert all(address.startswith(f"/static/{files(STATIC).version}/") for address in fetched)
    assert response.headers["Cache-Control"] == "no-store"


def test_a_report_that_is_a_file_too_brings_its_own_styles(client):
    policy = page(client, "/drift").headers["Content-Security-Policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy


def test_the_language_asked_for_wins(client):
    response = page(client, "/?lang=fr", **{"Accept-Language": "en"})
    assert '<html lang="fr">' in response.text
    assert response.headers["Content-Language"] == "fr"
    assert client.get("/?lang=xx", headers=BROWSER).status_code == 400
    assert client.get("/?lang=fr").text.startswith("Bienvenue.")


def test_programs_get_features_as_json_and_browsers_a_table(client):
    for accept in (None, "*/*", "application/json", "text/html;q=0.1,application/json"):
        response = client.get("/features", headers={} if accept is None else {"Accept": accept})
        assert response.mimetype == "application/json"
    table = page(client, "/features", **{"Accept-Language": "fr"})
    assert "Accept" in table.headers["Vary"]
    assert '<th scope="row">EXT_SOURCE_2</th>' in table.text
    assert "<td>Score externe 2" in table.text


def test_a_model_that_says_little_has_a_page_that_says_so(bare, other_make):
    text = page(bare).text
    words = WORDS["en"]
    for told in (words["page"]["money_none"], words["model"]["reliability_none"], words["model"]["approval_none"]):
        assert told in text.replace("&#39;", "'")
    assert "A loan is refused where the probability of default is 0.16 or more." in text
    assert words["model"]["importance_none"] in page(other_make).text.replace("&#39;", "'")


def test_the_model_of_another_bundle_labels_the_examples(client, other_make):
    assert page(other_make).text.count("<strong>Clearly refused</strong>") == 3
    assert page(other_make).text.count("<strong>No history</strong>") == 1
    assert "data-body" not in page(client).text


def test_a_model_that_no_tables_make_has_one_example_by_features(bundle, fitted, tmp_path):
    made = scorer.load(bundle)
    columns = [*made.columns[:-1], "a score of nobody's"]
    folder = scorer.save(tmp_path / "bundle", fitted, columns, 0.16, made.manifest)
    text = page(create_app(folder, database=None).test_client()).text
    assert text.count("data-example=") == 1
    assert "SK_ID_CURR" in re.search(r'data-body="([^"]*)"', text)[1]


def test_data_can_be_asked_about_one_client(client):
    for number in (1, 2, 1):
        client.post("/predict", json={"SK_ID_CURR": number, "AMT_CREDIT": 100.0})
    found = client.get("/data?client=1").json
    assert (found["total"], [row["client"] for row in found["data"]]) == (2, [1, 1])
    assert client.get("/data?client=3").json["total"] == 0
    for wrong in ("", "x", "-1", "1.0", "9223372036854775808"):
        assert client.get(f"/data?client={wrong}").status_code == 400
    assert client.get("/data?client=1&client=2").status_code == 400


def test_looking_at_the_page_logs_no_decision(client):
    page(client)
    assert client.get("/data").json["total"] == 0
