"""The page of a decision: where it leads to a letter, and where a rule of the bank has decided."""

import html
import re

import pytest
from support import letters
from support.bank_rules import rule, written
from support.letters import BANK, ENVIRON, numbers, reasons_of
from support.reader import Reader
from support.server import Server
from support.small import digest

from credit.letters import LetterWriter
from credit.web.application import create_app
from credit.web.auth import Callers

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
BY_HAND = {
    "en": "No letter can give this reason: a person has to write to the client.",
    "fr": "Aucune lettre ne peut donner ce motif\u00a0: une personne doit écrire au client.",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return letters.bundle(tmp_path_factory.mktemp("letters") / "bundle")


@pytest.fixture
def service(model, tmp_path):
    return letters.deciding(model, tmp_path, letters=LetterWriter(BANK))


def text(client, path):
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 200, response.text
    return html.unescape(response.text)


def link(page):
    found = re.search(r'<a id="letter" class="screen" href="([^"]+)">([^<]+)</a>', page)
    return found and found.groups()


def decide(service, number, **verdict):
    assert service.post(f"/reviews/{number}", json=verdict).status_code == 200


@pytest.mark.parametrize(("language", "words"), [("en", "Letter to the client"), ("fr", "Lettre au client")])
def test_a_refusal_leads_to_its_letter_in_the_readers_language(service, language, words):
    number = numbers(service.scores, "refuse")[0]
    address, told = link(text(service, f"/decisions/{number}?lang={language}"))
    assert (address, told) == (f"/letters/{number}?lang={language}", words)
    assert f'<html lang="{language}">' in text(service, address)


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        ("accept", {"verdict": "refuse", "reason": "not_affordable"}),
        ("refer", {"verdict": "refuse", "reason": "as_scored"}),
        ("refer", {"verdict": "refuse", "reason": "other", "words": "w"}),
        ("accept", {"verdict": "refuse", "reason": "bank_rule", "words": "w"}),
        ("refuse", {"verdict": "accept", "reason": "income_confirmed"}),
        ("refuse", {"verdict": "counteroffer", "reason": "not_affordable", "terms": {"months": 12}}),
    ],
)
@pytest.mark.parametrize("decided", [False, True])
def test_the_link_is_there_exactly_where_the_letter_is(service, made, verdict, decided):
    number = numbers(service.scores, made)[0]
    if decided:
        decide(service, number, **verdict)
    page, letter = text(service, f"/decisions/{number}"), service.get(f"/letters/{number}")
    assert (link(page) is not None) == (letter.status_code == 200)
    by_hand = (letter.status_code == 409 and "person has to write" in letter.text) or "write by hand" in letter.text
    assert (BY_HAND["en"] in page) == by_hand
    assert (BY_HAND["fr"] in text(service, f"/decisions/{number}?lang=fr")) == by_hand


def test_no_trial_and_no_bank_that_says_nothing_of_itself_has_a_link(model, service, tmp_path):
    (trial,) = service.post("/score?trial=1", json=letters.BODY[9]).json["scores"]
    assert trial["decision"] == "refuse"
    number = numbers(service.scores, "refuse")[0]
    silent = create_app(model, database=tmp_path / "decisions.db").test_client()
    for client, decision in ((service, trial["decision_id"]), (silent, number)):
        page = text(client, f"/decisions/{decision}")
        assert link(page) is None
        assert BY_HAND["en"] not in page


@pytest.mark.parametrize(
    ("language", "name", "title", "reason"),
    [
        ("en", "Rule of the bank", "Reason of the bank's rule, as the client is told it", "You are not of age."),
        ("fr", "Règle de la banque", "Motif de la règle de la banque, tel qu'il est dit", "Vous n'êtes pas majeur(e)."),
    ],
)
def test_where_a_rule_has_decided_its_name_and_reason_stand_in_place_of_the_models(
    service, language, name, title, reason
):
    number = numbers(service.scores, "refuse", "of_age")[-1]
    page = text(service, f"/decisions/{number}?lang={language}")
    assert f"<dt>{name}</dt><dd>of_age</dd>" in page
    assert f"<h2>{title}" in page
    assert f"<ol><li>{reason}</li>" in page
    told = next(one for one in service.scores if one["decision_id"] == number)["reasons"]
    assert told
    for one in told:
        assert one["text"] not in page
    by_model = text(service, f"/decisions/{numbers(service.scores, 'refuse')[0]}?lang={language}")
    assert f"<dt>{name}</dt>" not in by_model
    assert f"<h2>{title}" not in by_model


def test_a_rule_that_misses_a_value_is_named_and_gives_no_reason(model, tmp_path):
    young = {"column": "DAYS_BIRTH", "op": ">", "value": -6575}
    reason = {"en": "You are not of age.", "fr": "Vous n'êtes pas majeur(e)."}
    rules = written(
        tmp_path / "rules.toml",
        rule(name="of_age", when=young, if_unknown="refer", legal_basis="Code civil, art. 1146", reason=reason),
    )
    client = create_app(model, database=tmp_path / "decisions.db", rules=rules).test_client()
    body = {"SK_ID_CURR": 1, "AMT_CREDIT": 300_000.0, "EXT_SOURCE_2": 0.05}
    (score,) = client.post("/score", json=body).json["scores"]
    assert (score["decision"], score["rule"]["unknown"]) == ("refer", True)
    page = text(client, "/decisions/1")
    assert "<dt>Rule of the bank</dt><dd>of_age, since a value is not known</dd>" in page
    # A colleague reads what is not known; that the rule holds is said nowhere.
    assert page.count(reason["en"]) == page.count(f"A value is not known that this rule asks for: {reason['en']}") == 1
    assert f"<li>{score['reasons'][0]['text']}" in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_whom_a_rule_refers_the_reviewer_sees_with_the_rule_first_then_reasons_and_picture_of_the_model(
    model, tmp_path, language
):
    large = {"column": "AMT_CREDIT", "op": ">", "value": 200_000}
    reason = {"en": "A person looks at large loans.", "fr": "Une personne regarde les grands prêts."}
    rules = written(tmp_path / "rules.toml", rule(name="large", outcome="refer", when=large, reason=reason))
    client = create_app(model, database=tmp_path / "decisions.db", rules=rules).test_client()
    body = {"SK_ID_CURR": 1, "AMT_CREDIT": 300_000.0, "EXT_SOURCE_2": 0.05}
    (score,) = client.post(f"/score?lang={language}", json=body).json["scores"]
    assert (score["decision"], score["rule"]["name"], score["rule"]["unknown"]) == ("refer", "large", False)
    assert score["reasons"]
    page = text(client, f"/decisions/1?lang={language}")
    places = [page.index(f"<li>{reason[language]}</li>"), page.index('<h2 id="of-model">')]
    places += [page.index(f"<li>{one['text']}</li>") for one in score["reasons"]]
    places.append(page.index("<svg "))
    assert places == sorted(places)


def test_a_rule_that_accepts_leaves_nothing_for_the_model_to_say(model, tmp_path):
    small = {"column": "AMT_CREDIT", "op": "<", "value": 400_000}
    reason = {"en": "We lend small amounts.", "fr": "Nous prêtons de petits montants."}
    rules = written(tmp_path / "rules.toml", rule(name="small", outcome="accept", when=small, reason=reason))
    client = create_app(model, database=tmp_path / "decisions.db", rules=rules).test_client()
    assert client.post("/score", json=letters.BODY[20]).json["scores"][0]["decision"] == "accept"
    page = text(client, "/decisions/1")
    assert "<ol><li>We lend small amounts.</li>" in page
    assert "What speaks for the client most" not in page
    both = text(client, "/decisions/1?beside=1")
    assert both.count("<li>We lend small amounts.</li>") == 2


def test_behind_a_key_the_link_opens_the_letter_as_it_looks_without(chromium, model, tmp_path):
    templates = tmp_path / "templates"
    templates.mkdir()
    pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    logo = f'<img id="logo" style="width: 40px" alt="" src="{pixel}"><main>{{% block letter %}}{{% endblock %}}</main>'
    (templates / "frame.html").write_text(
        f"<html lang='{{{{ language }}}}'><title>.</title><style>h1 {{ color: rgb(1, 2, 3) }}</style>{logo}</html>"
    )
    keys = f"ann:{digest('ann')},r-17:{digest('r-17')}:review"
    server = Server(tmp_path, model, API_KEYS=keys, LETTER_TEMPLATES=str(templates), **ENVIRON).wait()
    tab = Reader(chromium, server)
    try:
        ann, reviewer = ({"Authorization": f"Bearer {name}"} for name in ("ann", "r-17"))
        scores = server.ask("/score", letters.BODY, ann)[1]["scores"]
        number = numbers(scores, "refer")[0]
        verdict = {"verdict": "refuse", "reason": "documents_missing"}
        page = tab.page
        page.goto(f"{tab.home}/decisions/{number}?lang=fr")
        page.fill("#key-text", "r-17")
        page.keyboard.press("Enter")
        page.wait_for_selector("#decision")
        assert page.locator("#letter").count() == 0  # it waits for a person
        assert server.ask(f"/reviews/{number}", verdict, reviewer)[0] == 200
        page.reload()
        page.wait_for_selector("#letter")
        assert page.inner_text("#letter") == "Lettre au client"
        page.click("#letter")
        page.wait_for_selector("main ol li")
        status, answer = server.ask(f"/letters/{number}?lang=fr", headers=reviewer)
        assert status == 200
        assert page.locator("ol li").all_inner_texts() == reasons_of(answer)
        assert page.get_attribute("html", "lang") == "fr"
        look = "(one) => getComputedStyle(document.querySelector(one))"
        assert page.evaluate(f"({look})('h1').color") == "rgb(1, 2, 3)"
        assert page.evaluate(f"({look})('#logo').width") == "40px"
        assert page.evaluate("document.getElementById('logo').naturalWidth") == 1
        assert page.locator("script").count() == 0
        # The browser is told of the answers without a key, and complains of nothing else.
        assert [one for one in tab.faults if "status of 401" not in one] == []
    finally:
        tab.close()
        server.stop()


def test_only_the_page_that_asks_for_the_key_of_a_letter_takes_its_styles(model, tmp_path):

    client = create_app(
        model, database=tmp_path / "decisions.db", callers=Callers({"ann": digest("ann")})
    ).test_client()
    policies = {}
    for path in ("/letters/1", "/decisions/1", "/data"):
        response = client.get(path, headers=BROWSER)
        assert response.status_code == 401
        (policies[path],) = response.headers.getlist("Content-Security-Policy")
    assert policies["/decisions/1"] == policies["/data"]
    for part in ("script-src 'self'; ", "style-src 'self' 'unsafe-inline'; ", "img-src 'self' data:; "):
        assert part in policies["/letters/1"]
    assert "unsafe" not in policies["/data"]
    refused = client.get("/letters/1", headers={**BROWSER, "Authorization": "Bearer ann"})
    assert refused.status_code == 404
    assert "unsafe" not in refused.headers["Content-Security-Policy"]
