"""GET /letters/<decision>: refusals as letters, of own decisions and before a reviewer."""

import hashlib
import sqlite3
from dataclasses import replace

import pytest
from support import letters
from support.letters import BANK, ENVIRON, numbers, reasons_of
from support.server import Server
from support.small import digest

from credit.letters import BankDetails, LetterWriter
from credit.web.application import create_app
from credit.web.auth import Callers

KEYS = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("ann", "bob", "maria", "watch")}
ROLES = {"maria": frozenset({"review"}), "watch": frozenset({"read"})}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return letters.bundle(tmp_path_factory.mktemp("letters") / "bundle")


@pytest.fixture
def service(model, tmp_path):
    return letters.deciding(model, tmp_path, letters=LetterWriter(BANK))


def bearer(name):
    return {"Authorization": f"Bearer {name}"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_refusal_is_a_page_in_the_language_that_is_asked_for(service, language):
    number = numbers(service.scores, "refuse")[0]
    told = {one["client"]: one for one in service.post(f"/score?lang={language}", json=letters.BODY).json["scores"]}
    response = service.get(f"/letters/{number}?lang={language}&profile=eu")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert response.headers["Content-Language"] == language
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    client = next(one["client"] for one in service.scores if one["decision_id"] == number)
    assert reasons_of(response.text) == [one["text"] for one in told[client]["reasons"]]
    by_header = service.get(f"/letters/{number}?profile=eu", headers={"Accept-Language": f"{language}-CH"})
    assert by_header.text == response.text


@pytest.mark.parametrize(
    ("decision", "language", "said"),
    [
        ("accept", "en", "is no refusal: it was accepted"),
        ("refer", "en", "is no refusal: a person decides on it first"),
        ("accept", "fr", "n'est pas un refus\u00a0: le prêt a été accordé"),
        ("refer", "fr", "n'est pas un refus\u00a0: une personne doit d'abord statuer"),
    ],
)
def test_who_is_not_refused_has_no_letter(service, decision, language, said):
    response = service.get(f"/letters/{numbers(service.scores, decision)[0]}?lang={language}")
    assert (response.status_code, said in response.json["error"]) == (409, True)


def test_a_trial_has_no_letter(service):
    scores = service.post("/score?trial=1", json=letters.BODY).json["scores"]
    response = service.get(f"/letters/{numbers(scores, 'refuse')[0]}")
    assert (response.status_code, "is a trial, on which nobody acts" in response.json["error"]) == (409, True)
    assert response.json["code"] == "no-letter"
    french = service.get(f"/letters/{numbers(scores, 'refuse')[0]}?lang=fr").json["error"]
    assert "est un essai, sur lequel personne n'agit" in french


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_refusal_by_a_person_is_a_letter_with_their_reason(service, language):
    number = numbers(service.scores, "refer")[0]
    verdict = {"verdict": "refuse", "reason": "not_affordable", "words": "He asked twice."}
    assert service.post(f"/reviews/{number}", json=verdict).status_code == 200
    response = service.get(f"/letters/{number}?lang={language}&profile=eu")
    assert response.status_code == 200
    (reason,) = reasons_of(response.text)
    assert ("too high" in reason) if language == "en" else ("trop élevées" in reason)
    assert "He asked twice" not in response.text


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ({"verdict": "accept", "reason": "income_confirmed"}, ("which is no refusal", "n'est pas un refus")),
        (
            {"verdict": "refuse", "reason": "other", "words": "Ask r-3."},
            ("a person has to write", "une personne doit écrire"),
        ),
    ],
)
def test_a_verdict_without_a_letter_is_said_and_its_words_are_not(service, verdict, said):
    number = numbers(service.scores, "refer")[0]
    assert service.post(f"/reviews/{number}", json=verdict).status_code == 200
    for language, words in zip(("en", "fr"), said, strict=True):
        response = service.get(f"/letters/{number}?lang={language}")
        assert (response.status_code, words in response.json["error"]) == (409, True)
        assert "r-3" not in response.text


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/letters/99999", 404, "There is no decision 99999: its number is decision_id in the answer of /score"),
        ("/letters/x", 400, "A decision's number is a whole number from 1 on, not 'x'"),
        ("/letters/0", 400, "A decision's number is a whole number from 1 on, not '0'"),
        ("/letters/99999999999999999999", 400, "A decision's number is a whole number"),
        ("/letters/1?profile=gb", 400, "profile must be eu, us, neutral, not 'gb'"),
        ("/letters/1?lang=de", 400, "lang must be en or fr"),
        ("/letters/1?language=fr", 400, "has no parameter 'language'"),
    ],
)
def test_what_is_no_letter_is_refused_in_one_sentence(service, path, status, said):
    response = service.get(path)
    assert (response.status_code, said in response.json["error"]) == (status, True), response.json


def test_what_the_bank_has_not_said_of_itself_is_named(model, tmp_path):
    service = letters.deciding(model, tmp_path)
    response = service.get(f"/letters/{numbers(service.scores, 'refuse')[0]}")
    assert (response.status_code, response.json["error"]) == (
        501,
        "A letter of the profile neutral wants BANK_NAME, BANK_CONTACT: set them.",
    )


def test_who_scores_gets_the_letters_of_own_decisions_and_who_reviews_of_all(model, tmp_path):
    callers = Callers(KEYS, ROLES)
    app = create_app(model, database=tmp_path / "decisions.db", callers=callers, letters=LetterWriter(BANK))
    client = app.test_client()
    scores = client.post("/score", json=letters.BODY, headers=bearer("ann")).json["scores"]
    for one in scores:
        one.setdefault("rule", None)
    path = f"/letters/{numbers(scores, 'refuse')[0]}"
    assert client.get(path, headers=bearer("ann")).status_code == 200
    assert client.get(path, headers=bearer("bob")).status_code == 404
    assert client.get(path, headers=bearer("maria")).text == client.get(path, headers=bearer("ann")).text
    assert client.get("/letters/99999", headers=bearer("maria")).status_code == 404
    assert client.get(path, headers=bearer("watch")).status_code == 403
    assert client.get(path).status_code == 401


def test_without_callers_letters_are_for_programs_on_this_machine(service):
    path = f"/letters/{numbers(service.scores, 'refuse')[0]}"
    assert service.get(path, headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 403
    assert service.get(path).status_code == 200


def test_without_a_log_there_are_no_letters(model):
    client = create_app(model, database=None, letters=LetterWriter(BANK)).test_client()
    assert client.get("/letters/1").status_code == 404


def test_reasons_that_the_log_lacks_are_worked_out_by_the_model_that_is_served(service, model, tmp_path):
    number = numbers(service.scores, "refuse")[0]
    before = service.get(f"/letters/{number}").text
    with sqlite3.connect(tmp_path / "decisions.db") as connection:
        connection.execute("UPDATE decisions SET reasons = NULL")
    connection.close()
    assert service.get(f"/letters/{number}").text == before
    other = letters.bundle(tmp_path / "other", seed=6)
    newer = create_app(other, database=tmp_path / "decisions.db", letters=LetterWriter(BANK)).test_client()
    response = newer.get(f"/letters/{number}")
    assert (response.status_code, "cannot be worked out again" in response.json["error"]) == (409, True)
    client = next(one["client"] for one in service.scores if one["decision_id"] == number)
    service.delete(f"/data/{client}")
    assert service.get(f"/letters/{number}").status_code == 409


def test_a_server_writes_letters_by_its_environment(model, tmp_path):
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "frame.html").write_text("<main id='own'>{% block letter %}{% endblock %}</main>")
    key = {"Authorization": "Bearer key of ann"}
    environ = {
        **ENVIRON,
        "API_KEYS": f"ann:{digest('key of ann')}",
        "LETTER_PROFILE": "us",
        "LETTER_TEMPLATES": str(templates),
    }
    server = Server(tmp_path, model, **environ).wait()
    try:
        status, answer = server.ask("/score", letters.BODY, key)
        assert status == 200
        number = numbers(answer["scores"], "refuse")[0]
        status, page = server.ask(f"/letters/{number}?lang=en", headers=key)
        assert status == 200
        assert page.startswith("<main id='own'>")
        assert "Federal Equal Credit Opportunity Act" in page
        assert BANK.lines("supervisor")[0] in page
        told = next(one for one in answer["scores"] if one["decision_id"] == number)
        assert reasons_of(page) == [one["text"] for one in told["reasons"]]
        assert server.ask(f"/letters/{number}")[0] == 401
    finally:
        server.stop()


def test_a_template_that_cannot_be_used_ends_the_start(model, tmp_path):
    (tmp_path / "eu.en.html").write_text("{{ refusal.clint }}")
    server = Server(tmp_path, model, LETTER_TEMPLATES=str(tmp_path))
    assert server.process.wait(timeout=60) == 1
    assert "The server cannot start. The template eu.en.html cannot be used: " in server.written()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_counteroffer_is_a_letter_with_its_terms(service, language):
    number = numbers(service.scores, "refer")[0]
    terms = {"amount": 150_000, "months": 24}
    verdict = {"verdict": "counteroffer", "reason": "not_affordable", "words": "Ask r-3.", "terms": terms}
    made = service.post(f"/reviews/{number}", json=verdict).json
    assert made["letter"] == "letter"
    response = service.get(f"/letters/{number}?lang={language}")
    assert response.status_code == 200
    assert ("150,000" if language == "en" else "150\u202f000") in response.text
    assert "r-3" not in response.text
    page = service.get(f"/decisions/{number}?lang={language}", headers={"Accept": "text/html"}).text
    assert f'href="/letters/{number}?lang={language}"' in page


def test_a_verdict_that_leaves_no_letter_is_said_before_and_with_it(service):
    first, second, third = numbers(service.scores, "refer")[:3]
    without = service.get(f"/reviews/{first}").json["no_letter"]
    assert {"other", "data_corrected"} <= set(without["refuse"]) & set(without["counteroffer"])
    assert not {"documents_missing", "not_affordable"} & set(without["refuse"])
    sent = {
        first: {"verdict": "refuse", "reason": "data_corrected"},
        second: {"verdict": "refuse", "reason": "documents_missing"},
        third: {"verdict": "accept", "reason": "income_confirmed"},
    }
    told = [service.post(f"/reviews/{number}", json=verdict).json["letter"] for number, verdict in sent.items()]
    assert told == ["by_hand", "letter", None]
    assert [service.get(f"/letters/{number}").status_code for number in sent] == [409, 200, 409]


def test_a_letter_is_said_only_where_the_bank_has_set_letters_up(model, tmp_path):
    """Of a profile that names the bureau, a letter about a client of whom a bureau's report was used wants its name."""
    details = {
        "nothing": (BankDetails(), "neutral"),
        "all": (BANK, "eu"),
        "no_bureau": (replace(BANK, credit_bureau=""), "eu"),
    }
    told, came = {}, {}
    for name, (bank, profile) in details.items():
        (folder := tmp_path / name).mkdir()
        service = letters.deciding(model, folder, letters=LetterWriter(bank, profile=profile))
        number, machine = numbers(service.scores, "refer")[0], numbers(service.scores, "refuse")[0]
        verdict = {"verdict": "refuse", "reason": "documents_missing"}
        told[name] = service.post(f"/reviews/{number}", json=verdict).json["letter"]
        came[name] = service.get(f"/letters/{number}").status_code
        pages = [service.get(f"/decisions/{one}", headers={"Accept": "text/html"}).text for one in (number, machine)]
        assert [f"/letters/{one}" in page for one, page in zip((number, machine), pages, strict=True)] == (
            [name == "all"] * 2
        )
    assert told == {"nothing": "not_set_up", "all": "letter", "no_bureau": "not_set_up"}
    assert came == {"nothing": 501, "all": 200, "no_bureau": 501}


def test_what_a_verdict_breaks_is_said_in_the_readers_language(service):
    number = numbers(service.scores, "refer")[0]
    verdict = {"verdict": "counteroffer", "reason": "not_affordable", "terms": {"amount": 9_000_000}}
    answer = service.post(f"/reviews/{number}?lang=fr", json=verdict)
    (detail,) = answer.json["details"]
    assert answer.status_code == 422
    assert (answer.json["error"], detail["code"]) == ("Cette décision n'a pas été enregistrée.", "review-rule")
    assert detail["message"].startswith(
        "Le montant est au plus celui qui a été demandé, 300\u202f000, et non 9\u202f000"
    )
