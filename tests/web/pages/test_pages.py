"""The pages without a browser: their files, their words, and what they say where a model says less."""

import hashlib
import html
import json
import re

import pytest
from support.server import ROOT

from credit.i18n.page_text import WORDS
from credit.model import load_bundle, save_bundle
from credit.web.application import create_app
from credit.web.auth import Callers
from credit.web.static_files import files

EXAMPLES = json.loads((ROOT / "credit" / "web" / "static" / "examples.json").read_text())

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STATIC = ROOT / "credit" / "web" / "static"


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
    used = set(re.findall(r'(?:say|counted)\(\s*"(\w+)"', scripts)) | set(re.findall(r'tell\("(\w+)"', scripts))
    for name in re.findall(r'\? "(\w+)" : "(\w+)", \{ by', scripts):
        used |= set(name)
    for pair in re.findall(r'say\([^()]* \? "(\w+)" : "(\w+)"', scripts):
        used |= set(pair)
    made = (
        "accept",
        "refer",
        "refuse",
        "counteroffer",
        "state_",
        "label_",
        "locked_",
        "feature",
        "value",
        "contribution",
    )
    there = set(WORDS["en"]["script"])
    assert used <= there, used - there
    assert {word for word in there - used if not word.startswith(made)} == set()
    templates = "".join(path.read_text() for path in (ROOT / "credit" / "web" / "templates").glob("*.html"))
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
    assert set(response.json) == {"error", "code", "details"}
    assert response.json["code"] == ("not-found" if ".." not in path and "%2F" not in path else "route")


@pytest.mark.parametrize("path", ["/", "/features", "/docs", "/data", "/model", "/drift", "/reviews", "/reviews/1"])
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


def test_a_browser_reads_an_error_as_a_page_and_a_program_as_json(client):
    for path, status in (("/nothing", 404), ("/data?client=x", 400), ("/features?details=2", 400)):
        shown = client.get(f"{path}{'&' if '?' in path else '?'}lang=fr", headers=BROWSER)
        assert (shown.status_code, shown.mimetype) == (status, "text/html")
        assert f"Statut {status}" in shown.text
        for accept in ("*/*", "application/json", "application/json, text/html;q=0.5"):
            told = client.get(path, headers={"Accept": accept})
            assert (told.status_code, set(told.json)) == (status, {"error", "code", "details"})
            assert html.escape(told.json["error"], quote=False) in shown.text.replace("&#39;", "'")
    assert client.post("/predict", json={}, headers=BROWSER).mimetype == "application/json"


def test_a_browser_without_a_key_gets_a_field_for_it(bundle, tmp_path):
    callers = Callers.parse(f"ann:{hashlib.sha256(b'sesame').hexdigest()}")
    keyed = create_app(bundle, database=tmp_path / "decisions.db", callers=callers).test_client()
    shown = keyed.get("/data", headers=BROWSER)
    assert shown.status_code == 401
    assert shown.headers["WWW-Authenticate"] == "Bearer"
    assert 'id="key-text"' in shown.text
    assert "/keyed.js" in shown.text
    opened = keyed.get("/data", headers={**BROWSER, "Authorization": "Bearer sesame"})
    assert opened.status_code == 200
    assert "<script" not in opened.text  # the key's page puts it in its own place, where no script would run


def test_what_was_sent_is_a_table_for_browsers(client):
    for number, amount in ((1, 100.0), (2, 200.0), (9_007_199_254_740_993, 300.0)):
        client.post("/score", json={"SK_ID_CURR": number, "AMT_CREDIT": amount})
    client.delete("/data/2")
    text = page(client, "/data").text
    assert text.index(">9007199254740993</a>") < text.index(">2</a>") < text.index(">1</a>")
    assert text.count("inputs erased") == 1
    assert "Page 1 of 1, 3 decisions" in text
    one = page(client, "/data?client=1&lang=fr").text
    assert "Seulement sur le client 1." in one
    assert "9007199254740993" not in one
    assert "Il n&#39;y en a aucune." in page(client, "/data?client=7&lang=fr").text


def test_pages_of_the_log_lead_to_each_other(client):
    clients = [{"SK_ID_CURR": number, "AMT_CREDIT": 1.0} for number in range(60)]
    client.post("/predict", json=clients)
    pages = client.get("/data").json["pages"]
    assert pages > 1
    first, last = page(client, "/data").text, page(client, f"/data?page={pages}").text
    assert "page=2" in first
    assert "Newer" not in first
    assert f"page={pages - 1}" in last
    assert "Older" not in last


def test_the_card_is_a_page_and_its_own_markup_is_shown(fitted, tmp_path):
    text = "# Card\n\n| a | b |\n|---|---:|\n| <b>x</b> | 1 |\n\n| c |\n|---|\n| 2 |\n"
    few = {"data": {"simulated": True}, "model": {"name": "Bare"}}
    folder = save_bundle(
        tmp_path / "bundle", fitted, ["a", "b", "c", "d", "e"], 0.16, few, pages=lambda _: {"MODEL_CARD.md": text}
    )
    shown = page(create_app(folder, database=None).test_client(), "/model").text
    assert "<h1>Card</h1>" in shown
    assert "&lt;b&gt;x&lt;/b&gt;" in shown
    assert '<td class="number">1</td>' in shown
    assert re.findall(r'aria-label="(Table \d)"', shown) == ["Table 1", "Table 2"]


def test_the_report_on_drift_has_the_frame_of_all_pages_and_asks_again_while_it_waits(client, monkeypatch):
    done = page(client, "/drift?lang=fr&last=50")
    assert "Refresh" not in done.headers
    text = done.text
    assert '<nav aria-label="Sections">' in text
    assert '<a href="/drift?last=50&amp;lang=en" lang="en"' in text
    assert "<h1>Dérive</h1>" in text
    # As on the other pages: no letter T, no +00:00.
    assert re.search(r", examinés le \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.", text)
    assert "+00:00" not in text
    assert "anglais" not in text.partition("<article")[2].partition("</article>")[0]
    monkeypatch.setattr("credit.monitoring.background.Watch.ask", lambda *_: None)
    assert page(client, "/drift").headers["Refresh"] == "5"


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


@pytest.mark.parametrize("path", ["/model", "/docs"])
def test_a_page_is_whole_in_the_readers_language(client, path):
    french, english = (html.unescape(page(client, f"{path}?lang={language}").text) for language in ("fr", "en"))
    assert '<html lang="fr"' in french
    # All but the link to the page in English, and its own text of that language.
    assert re.findall(r'<[^>]* lang="en"[^>]*>', french) == [f'<a href="{path}?lang=en" lang="en" hreflang="en">']
    assert "Traduite phrase par phrase" not in english
    assert f'<a href="{path}?lang=fr" lang="fr"' in english


def test_the_model_card_is_french_for_french_readers_and_as_written_for_programs(client):
    assert "<h1>Fiche du modèle\u00a0: Small</h1>" in page(client, "/model?lang=fr").text
    assert "<h1>Model card: Small</h1>" in page(client, "/model?lang=en").text
    assert client.get("/model?lang=fr", headers={"Accept": "text/markdown"}).text == "# Model card: Small\n"


def test_every_text_about_the_routes_is_french_for_french_readers(client):
    from credit.web.openapi import document
    from credit.web.openapi.route_texts import _FRENCH

    texts = {document._KEY["description"], *document.DOCUMENTED.values()}
    for route in document.ROUTES:
        texts |= {route.summary, route.description, *(text for _, _, text in route.parameters)}
    assert texts - {""} == _FRENCH.keys()
    french = html.unescape(page(client, "/docs?lang=fr").text)
    assert [text for text in texts if text and len(text) > 12 and text in french] == []
    assert "La probabilité de défaut à laquelle un prêt est refusé." in french


def test_families_of_features_have_a_word_in_each_language(client):
    from credit.features import FEATURES
    from credit.i18n.page_text import WORDS

    used = {one.family for one in FEATURES}
    for language in ("en", "fr"):
        assert WORDS[language]["features"]["families"].keys() == used
    assert "<td>recette</td>" in page(client, "/features?lang=fr").text
    assert "<td>recipe</td>" not in page(client, "/features?lang=fr").text


def test_features_say_what_0_and_1_mean(client):
    """The model of the tests reads quantities and flags."""
    for language, meanings in (("en", ["female", "male"]), ("fr", ["femme", "homme"])):
        told = {one["name"]: one for one in client.get(f"/features?details=1&lang={language}").json["details"]}
        assert [one["meaning"] for one in told["CODE_GENDER"]["values"]] == meanings
        assert [one["value"] for one in told["CODE_GENDER"]["values"]] == [0, 1]
        assert told["EXT_SOURCE_2"]["values"] == []
        table = page(client, f"/features?lang={language}").text
        assert f"<br><small>0 = {meanings[0]} · 1 = {meanings[1]}</small>" in table


def test_a_model_that_says_little_has_a_page_that_says_so(bare, other_make):
    text = page(bare).text
    words = WORDS["en"]
    for told in (words["page"]["money_none"], words["model"]["reliability_none"], words["model"]["approval_none"]):
        assert told in text.replace("&#39;", "'")
    assert "A loan is accepted below a probability of default of 16.0\u00a0%, and refused from there on." in text
    assert "expected to save more than it costs" not in text  # this manifest has no review
    assert words["model"]["importance_none"] in page(other_make).text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("language", "cost", "sentence"),
    [
        ("en", "15,000", "is expected to save more than it costs"),
        ("fr", "15\u202f000", "devrait épargner plus qu'il ne coûte"),
    ],
)
def test_the_welcome_says_whom_a_person_decides_on_and_what_a_review_costs(client, language, cost, sentence):
    text = re.sub(r"[ \n]+", " ", html.unescape(page(client, f"/?lang={language}").text))
    plain = client.get(f"/?lang={language}", headers={"Accept": "text/plain"}).text
    for found in (text.partition("<noscript>")[0], plain):
        assert sentence in found
        assert cost in found


def test_the_model_of_another_bundle_labels_the_examples(client, other_make):
    # It accepts no client with a history: whose loan is too small for a review is refused. One of the three may have no
    # history in the one table that this model reads.
    refused, referred, none, unknown = (
        page(other_make).text.count(f"<strong>{label}</strong>")
        for label in ("Clearly refused", "Borderline", "No history", "History unknown")
    )
    bodies = [body for name, body in EXAMPLES.items() if "history" not in name]
    decisions = [other_make.post("/score", json=body).json["scores"][0]["decision"] for body in bodies]
    assert set(decisions) <= {"refer", "refuse"}
    assert unknown == 1
    assert refused + referred + none == 4
    assert (refused <= decisions.count("refuse"), referred <= decisions.count("refer")) == (True, True)
    assert none in (1, 2)
    assert "data-body" not in page(client).text


def test_a_model_that_reads_no_history_labels_no_example_by_it(bundle, fitted, tmp_path):
    made = load_bundle(bundle)
    columns = [*made.columns[:-1], "DAYS_EMPLOYED"]
    folder = save_bundle(tmp_path / "bundle", fitted, columns, 0.16, made.manifest)
    text = page(create_app(folder, database=None).test_client()).text
    assert text.count("data-example=") == 5
    assert "<strong>History unknown</strong>" not in text
    assert "<strong>No history</strong>" not in text


def test_a_model_that_no_tables_make_has_one_example_by_features(bundle, fitted, tmp_path):
    made = load_bundle(bundle)
    columns = [*made.columns[:-1], "a score of nobody's"]
    folder = save_bundle(tmp_path / "bundle", fitted, columns, 0.16, made.manifest)
    text = page(create_app(folder, database=None).test_client()).text
    assert text.count("data-example=") == 1
    assert "SK_ID_CURR" in re.search(r'data-body="([^"]*)"', text)[1]


def test_data_can_be_asked_about_one_client(client):
    for number in (1, 2, 1):
        client.post("/predict", json={"SK_ID_CURR": number, "AMT_CREDIT": 100.0})
    found = client.get("/data?client=1").json
    assert (found["total"], [row["client"] for row in found["data"]]) == (2, [1, 1])
    assert client.get("/data?client=3").json["total"] == 0
    for wrong in ("", "x", "-1", "9223372036854775808"):
        assert client.get(f"/data?client={wrong}").status_code == 400
    assert client.get("/data?client=1&client=2").status_code == 400


@pytest.mark.parametrize(
    "written",
    [
        "100983",
        "100 983",
        "100%20983",
        "100,983",
        "100'983",
        "100\u2019983",
        "100\u00a0983",
        "100\u202f983",
        "100983.0",
        " 100983 ",
        "100,983.00",
        "000100983",
    ],
)
def test_data_takes_a_number_however_its_thousands_are_written(client, written):
    client.post("/predict", json={"SK_ID_CURR": 100983, "AMT_CREDIT": 100.0})
    client.post("/predict", json={"SK_ID_CURR": 983, "AMT_CREDIT": 100.0})
    found = client.get(f"/data?client={written}&page=1.0").json
    assert [row["client"] for row in found["data"]] == [100983]
    assert client.delete(f"/data/{written}").json == {"client": 100983, "decisions": 1, "erased": 1}


@pytest.mark.parametrize(
    "wrong",
    ["100.983", "100983.5", "1,00983", "100,98", "100,983 000", "1e5", "\u0661\u0660", "0" * 5000 + "x", "1" * 5000],
)
def test_data_refuses_a_number_that_may_mean_another(client, wrong):
    answer = client.get(f"/data?client={wrong}")
    assert answer.status_code == 400
    assert answer.json["error"] == (
        f"A client's number is a whole number from 0 to 9223372036854775807, not {wrong[:40]!r}: send its digits alone."
    )


def test_data_refuses_a_parameter_that_it_does_not_have(client):
    for wrong in ("clients=1", "SK_ID_CURR=1", "Client=1", "client=1&sizes=5"):
        answer = client.get(f"/data?{wrong}")
        assert answer.status_code == 400
        assert answer.json["error"].endswith(
            " It has page, size, after, inputs, csv, decision, from, to, trial, client, lang."
        )


@pytest.mark.parametrize(("written", "number"), [("2", 2), ("2.0", 2), (" 2 ", 2), ("1,000", 1000), ("1 000", 1000)])
def test_data_takes_a_page_in_the_same_forms(client, written, number):
    client.post("/predict", json=[{"SK_ID_CURR": client_number, "AMT_CREDIT": 1.0} for client_number in range(3)])
    answer = client.get(f"/data?size=1&page={written}")
    assert answer.json["page"] == number
    if number > 3:
        seen = client.get(f"/data?size=1&page={written}", headers={"Accept": "text/html"})
        assert f"There is no page {number:,} of these decisions: the last is page 3." in seen.text


def test_a_language_is_taken_in_capitals_and_with_its_country(client):
    for written in ("FR", "fr-CH", "fr_FR"):
        assert '<html lang="fr">' in page(client, f"/data?lang={written}").text
        assert '<html lang="fr">' in client.get(f"/data?lang={written}&page=x", headers=BROWSER).text
    assert client.get("/data?lang=french").status_code == 400


def test_looking_at_the_page_logs_no_decision(client):
    page(client)
    assert client.get("/data").json["total"] == 0
