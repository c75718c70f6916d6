"""The page of a decision, two of them side by side, and who may see them."""

import hashlib
import html
import re

import pytest
from support.loans import CREDIT

from credit.i18n.numbers import number
from credit.web.application import create_app
from credit.web.auth import Callers

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
DIGESTS = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("ann", "bob", "maria")}


def body(number, score=0.1, **more):
    return {"SK_ID_CURR": number, **CREDIT, "EXT_SOURCE_2": score, "CODE_GENDER": 1, "DAYS_BIRTH": -14610, **more}


def text(client, path, **headers):
    response = client.get(path, headers={**BROWSER, **headers})
    assert response.status_code == 200, response.text
    return html.unescape(response.text)


def test_it_shows_the_application_the_decision_the_reasons_and_the_picture(client):
    (scored,) = client.post("/score", json=body(7)).json["scores"]
    page = text(client, "/decisions/1")
    assert "Decision 1: client 7" in page
    assert "✕ Refused" in page
    assert "<dt>Amount of the loan</dt><dd>450,000</dd>" in page
    # Nothing protected stands among the facts; the waterfall has what the model makes of all of it, as one bar.
    assert "<dt>Age</dt>" not in page
    assert "Protected attributes, not shown" in page
    picture = re.search(r"<svg .*?</svg>", page, re.DOTALL)[0]
    assert "Gender" not in picture
    assert "Date of birth" not in picture
    assert "male" not in page.partition("<article")[2].partition("</article>")[0]
    assert f"<dd>{100 * scored['probability']:.1f}\u00a0%</dd>" in page
    for reason in scored["reasons"]:
        assert f"<li>{reason['text']}" in page
    for part in scored["unknown"]:
        assert f"<li>{part['text']}" in page
    assert page.count("<svg ") == 2  # for a screen and for a phone
    assert client.get("/data").json["total"] == 1  # it is not scored again


def test_reasons_that_were_told_in_one_language_are_shown_in_the_other(client):
    client.post("/score?lang=en", json=body(7))
    (french,) = client.post("/score?lang=fr", json=body(7)).json["scores"]
    page = text(client, "/decisions/1?lang=fr")
    assert french["reasons"]
    for reason in french["reasons"]:
        assert f"<li>{reason['text']}" in page
    assert '<html lang="fr">' in page


def test_what_speaks_for_an_accepted_client_is_told_and_nothing_protected(client):
    several = [body(7, score / 40 + 0.1, CODE_GENDER=0) for score in range(32)]
    for one in several:
        (scored,) = client.post("/score", json=one).json["scores"]
        if scored["decision"] == "accept":
            break
    assert scored["decision"] == "accept"
    page = text(client, f"/decisions/{scored['decision_id']}")
    favour = re.search(r"What speaks for the client most</h2>\n<ol>(.*?)</ol>", page, re.DOTALL)[1]
    assert f"<li>External score 2 = {one['EXT_SOURCE_2']:.3f}</li>" in favour
    assert "Gender" not in favour
    assert "Date of birth" not in favour
    (refused,) = client.post("/score", json=body(7)).json["scores"]
    assert "What speaks for the client" not in text(client, f"/decisions/{refused['decision_id']}")


def test_what_people_decided_stands_beside_it(client):
    client.post("/score", json=body(7))
    verdict = {
        "verdict": "counteroffer",
        "reason": "known_client",
        "words": "twelve years <with us>",
        "terms": {"amount": 300000, "months": 24},
    }
    assert client.post("/reviews/1", json=verdict).status_code == 200
    page = text(client, "/decisions/1")
    assert "Accepted at other terms" in page
    assert "override of the automatic decision" in page
    assert "Good record with the bank that the data do not show." in page
    assert "Amount of the loan 300,000; Months 24." in page
    assert re.search(r" UTC</time>[^<]*[^\s]: override", page)
    assert re.search(r" UTC</time>[^<]*\u00a0: à la place", text(client, "/decisions/1?lang=fr"))
    assert "<q>twelve years <with us></q>" in page
    assert "twelve years &lt;with us&gt;" in client.get("/decisions/1", headers=BROWSER).text


def test_erased_inputs_leave_what_was_decided(client):
    client.post("/score", json=body(7))
    client.delete("/data/7")
    page = text(client, "/decisions/1")
    assert "The inputs of this decision are erased." in page
    assert "so that nothing can be drawn" in page
    assert "✕ Refused" in page
    assert "<svg " not in page


def test_the_history_of_a_client_leads_to_a_comparison(client):
    for score in (0.1, 0.9):
        client.post("/score", json=body(7, score))
    client.post("/score", json=body(8))
    page = text(client, "/decisions/1")
    assert re.findall(r'href="/decisions/1\?beside=(\d+)', page) == ["2"]
    both = text(client, "/decisions/1?beside=2")
    assert both.count('<tr class="differs"><th scope="row">Probability of default') == 1
    row = '<tr><th scope="row">Amount of the loan</th><td>450,000</td><td>450,000</td></tr>'
    assert row in both.replace("\n", "")
    # Decision and time differ, too: the second client is accepted, later or in the same second.
    assert '<tr class="differs"><th scope="row">Decision <span class="sign"' in both
    times = re.search(r"Time.*?</th><td>(.*?)</td><td>(.*?)</td></tr>", both, re.DOTALL).groups()
    assert ('<tr class="differs"><th scope="row">Time' in both) is (times[0] != times[1])
    first = re.search(r'<table id="apart">.*?<tbody><tr><th scope="row">(.*?)</th><td>(.*?)</td>', both, re.DOTALL)
    assert first.groups() == ("External score 2", "0.100")


def test_two_that_are_alike_are_said_to_be(client):
    for _ in range(2):
        client.post("/score", json=body(7))
    assert "every feature pushes both alike" in text(client, "/decisions/1?beside=2")
    itself = text(client, "/decisions/1?beside=1")
    assert 'class="sign"' not in itself
    client.post("/reviews/2", json={"verdict": "accept", "reason": "known_client"})
    assert '<tr class="differs"><th scope="row">Decision <span' in text(client, "/decisions/1?beside=2")


@pytest.mark.parametrize("path", ["/decisions/5", "/decisions/1?beside=5"])
def test_what_is_not_there_is_said_on_a_page(client, path):
    client.post("/score", json=body(7))
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 404
    assert "There is no decision 5" in response.text


def test_who_scores_sees_its_own_and_who_reviews_sees_all(bundle, tmp_path):
    callers = Callers(DIGESTS, {"maria": frozenset({"review"})})
    client = create_app(bundle, tmp_path / "decisions.db", callers, log_requests=False).test_client()

    def bearer(name):
        return {"Authorization": f"Bearer {name}"}

    for name in ("ann", "bob"):
        assert client.post("/score", json=body(7), headers=bearer(name)).status_code == 200
    seen = {
        name: [client.get(f"/decisions/{n}", headers={**BROWSER, **bearer(name)}).status_code for n in (1, 2)]
        for name in ("ann", "bob", "maria")
    }
    assert seen == {"ann": [200, 404], "bob": [404, 200], "maria": [200, 200]}
    assert "beside=2" not in text(client, "/decisions/1", **bearer("ann"))
    assert "beside=2" in text(client, "/decisions/1", **bearer("maria"))
    assert client.get("/decisions/1", headers=BROWSER).status_code == 401


@pytest.mark.parametrize("path", ["/reviews", "/reviews/1"])
def test_the_page_for_reviewers_is_for_browsers_and_holds_no_client(bundle, tmp_path, path):
    callers = Callers(DIGESTS, {"maria": frozenset({"review"})})
    client = create_app(bundle, tmp_path / "decisions.db", callers, log_requests=False).test_client()
    page = text(client, f"{path}?lang=fr")
    assert "Dossiers qui attendent une personne" in page
    assert '"keyed": true' in page
    assert client.get(path).status_code == 401


def test_a_bank_may_show_what_is_protected(bundle, tmp_path):
    client = create_app(bundle, tmp_path / "shown.db", log_requests=False, show_protected=True).test_client()
    client.post("/score", json=body(7))
    page = text(client, "/decisions/1")
    assert "<dt>Age</dt><dd>40 years</dd>" in page
    assert "Gender = male" in page
    explained = client.post("/explain", json=body(7)).json
    assert {one["label"]: one["text"] for one in explained["facts"]}["Age"] == "40 years"
    assert {one["label"]: one["text"] for one in explained["contributions"]}["Gender"] == "male"
    assert explained["protected_together"] is None
    moved = {one["feature"]: one["text"] for one in client.post("/what-if", json=body(7)).json["features"]}
    assert moved["CODE_GENDER"] == "male"
    assert "PROTECTED_ATTRIBUTES" not in moved


def test_explain_says_values_as_people_do_and_no_protected_one(client):
    explained = client.post("/explain?lang=fr", json=body(7, BUREAU_DAYS_CREDIT_MAX=-1156)).json
    told = {one["feature"]: (one["label"], one["text"]) for one in explained["contributions"]}
    assert told["BUREAU_DAYS_CREDIT_MAX"][1] == "3 ans et 1 mois avant la demande"
    assert "en jours" not in told["BUREAU_DAYS_CREDIT_MAX"][0]
    assert told["CODE_GENDER"] == ("Sexe", "non affiché")
    together = explained["protected_together"]
    assert (together["label"], together["text"], together["features"]) == ("Attributs protégés", "non affichés", 2)
    of_protected = [one["contribution"] for one in explained["contributions"] if one["protected"]]
    assert len(of_protected) == 2
    assert together["contribution"] == pytest.approx(sum(of_protected), abs=1e-12)
    assert "Âge" not in {one["label"] for one in explained["facts"]}
    moved = client.post("/what-if", json=body(7)).json
    rows = {one["feature"]: one for one in moved["features"]}
    assert not rows.keys() & {"CODE_GENDER", "DAYS_BIRTH"}
    row = rows["PROTECTED_ATTRIBUTES"]
    assert (row["description"], row["text"], row["value"]) == ("Protected attributes", "not shown", None)
    assert (row["locked"], row["slider"], row["options"]) == ("protected", None, None)
    assert row["contribution"] == pytest.approx(together["contribution"], abs=0.05)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_one_protected_attribute_cannot_be_read_off_a_bar_of_its_own(client, language):
    """A man and a woman, alike but for that: what differs is the sum over gender and age, and no row names either."""
    woman, man = (body(7 + gender, CODE_GENDER=gender) for gender in (0, 1))
    for one in (woman, man):
        assert client.post("/score", json=one).status_code == 200
    name = {"en": "Protected attributes", "fr": "Attributs protégés"}[language]
    hidden = {"en": "not shown", "fr": "non affichés"}[language]
    sums = []
    for one in (woman, man):
        explained = client.post(f"/explain?lang={language}", json=one).json
        by = [each["contribution"] for each in explained["contributions"] if each["protected"]]
        sums.append(number(sum(by), 2, language, sign=True))
        others = sum(each["contribution"] for each in explained["contributions"] if not each["protected"])
        total = explained["base_value"] + others + explained["protected_together"]["contribution"]
        assert total == pytest.approx(explained["log_odds"], abs=1e-9)
        drawn = client.post(f"/explain?lang={language}", json=one, headers={"Accept": "image/svg+xml"}).text
        told = html.unescape(re.search(r"<desc.*?</desc>", drawn, re.DOTALL)[0])
        colon = {"en": ": ", "fr": "\u00a0: "}[language]
        assert f"{name}, {hidden}{colon}{sums[-1]}" in told
    assert sums[0] != sums[1]
    page = text(client, f"/decisions/1?beside=2&lang={language}")
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition('<table id="apart">')[2].partition("</table>")[0], re.DOTALL)
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    assert [name, hidden, sums[0], hidden, sums[1]] in found
    for word in ("Gender", "Sexe", "Date of birth", "Date de naissance"):
        assert not [one for one in found if one[0] == word]
