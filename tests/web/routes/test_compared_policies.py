"""GET /policy: two policies on the decisions of the log, as JSON and as a page, to whom the roles allow it."""

import hashlib
import html
import re

import numpy as np
import pytest
from support.bank_rules import rule, segment, written
from support.server import Server

from credit.decision.bank_rules import BankRulesError
from credit.decision.policy import Policy
from credit.decision_log import Log
from credit.decision_log.outcomes import Outcome, record_outcomes
from credit.model import load_bundle
from credit.web.application import create_app
from credit.web.auth import Callers
from credit.web.roles import READ, REVIEW, SCORE

BODY = [
    {"SK_ID_CURR": n, "AMT_CREDIT": 1e5 * (1 + n % 5), "EXT_SOURCE_2": n // 5 / 40 + 0.1, "CODE_GENDER": n % 2}
    for n in range(1, 160)
]
NEXT = (
    segment(name="large", when={"column": "AMT_CREDIT", "op": ">", "value": 250_000}, margin=0.1, loss_given_default=1),
    rule(name="smallest", when={"column": "AMT_CREDIT", "op": "<", "value": 150_000}),
)
BROWSER = {"Accept": "text/html"}


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "next.toml", *NEXT)


@pytest.fixture
def served(bundle, tmp_path, file):
    client = create_app(bundle, database=tmp_path / "decisions.db", next_rules=file).test_client()
    assert client.post("/score", json=BODY).status_code == 200
    return client


def test_the_answer_is_that_of_both_policies_on_the_decisions_of_the_log(served, bundle, file):
    found = served.get("/policy").json
    scored = served.post("/score", json=BODY).json["scores"]
    before = {one["client"]: one["decision"] for one in scored}
    p = np.array([one["probability"] for one in scored])
    amounts = {one["SK_ID_CURR"]: one["AMT_CREDIT"] for one in BODY}
    loan = np.array(list(amounts.values()))
    large, small = loan > 250_000, loan < 150_000
    # By hand: rule, review worth 15,000 at half of the wrong decisions, then the client's own threshold.
    margin, loss = np.where(large, 0.1, 0.19), np.where(large, 1.0, 0.5)
    threshold = np.where(large, 0.1 / 1.1, 0.16)
    stake = loan * np.minimum(p * loss, (1 - p) * margin)
    after = np.where(
        small, "refuse", np.where(stake / 2 > 15_000, "refer", np.where(p >= threshold, "refuse", "accept"))
    )
    assert found["clients"] == len(BODY)
    for name, made in (("old", list(before.values())), ("new", after.tolist())):
        assert found[f"decisions_{name}"] == {one: made.count(one) for one in ("accept", "refer", "refuse")}
    refused = small | (p >= threshold)
    alone = loan * np.where(refused, margin * (1 - p), loss * p)
    cost = np.where(after == "refer", alone / 2 + 15_000, alone)
    assert found["cost_new"] == pytest.approx(cost.sum())
    assert found["everybody"] == pytest.approx((loan * loss * p).sum())
    changed = [number for number, one in zip(before, after, strict=True) if before[number] != one]
    assert sum(one["clients"] for one in found["moves"]) == len(changed) > 0
    largest = max(amounts[number] for number in changed)
    assert found["largest"][0]["amount"] == largest
    assert (found["realised"], found["valued_by"]) == (None, "new")
    assert found["new"] == Policy(load_bundle(bundle), file).identity
    assert found["frontier"]["new"]["clients"] == int((~refused).sum())
    assert {one["group"]: one["clients"] for one in found["groups"] if one["attribute"] == "segment"} == {
        "large": int(large.sum()), "none": int((~large).sum()),
    }  # fmt: skip
    assert served.get("/policy?last=20").json["clients"] == 20


def test_known_outcomes_are_realised_costs(served, tmp_path):
    log = Log(tmp_path / "decisions.db")
    record_outcomes(log, [Outcome(one["SK_ID_CURR"] % 9 == 0, client=one["SK_ID_CURR"]) for one in BODY], "anyone")
    log.close()
    real = served.get("/policy").json["realised"]
    assert (real["clients"], real["defaults"]) == (len(BODY), sum(n % 9 == 0 for n in range(1, 160)))
    assert real["saving"]["low"] < real["saving"]["high"]


def test_a_page_in_english_and_french_without_scripts_from_elsewhere(served):
    english, french = (served.get(f"/policy?lang={one}", headers=BROWSER) for one in ("en", "fr"))
    assert "<h1>Two policies on the same clients</h1>" in english.text
    assert "<h1>Deux politiques sur les mêmes clients</h1>" in french.text
    assert french.headers["Content-Language"] == "fr"
    for page in (english.text, french.text):
        report = page[page.index('<article class="report">') : page.index("</article>")]
        assert "<script" not in report
        assert "http" not in report
        assert 'class="line"' in report
    assert "159 clients, selon les règles en vigueur le" in french.text
    assert '<a href="/policy?lang=en"' in served.get("/drift?lang=en", headers=BROWSER).text


def test_without_a_next_policy_the_banks_rules_are_held_against_the_model_alone(bundle, tmp_path, file):
    client = create_app(bundle, database=tmp_path / "decisions.db", rules=file).test_client()
    client.post("/score", json=BODY)
    found = client.get("/policy").json
    assert found["about"].startswith("The model alone (old)")
    assert found["old"] == Policy(load_bundle(bundle)).identity


def test_one_policy_alone_a_log_alone_and_a_wrong_number_are_refused_with_a_next_step(client, bare, served):
    answer = client.get("/policy")
    assert (answer.status_code, answer.json["code"]) == (404, "no-second-policy")
    assert "NEXT_RULES" in answer.json["error"]
    assert (bare.get("/policy").status_code, bare.get("/policy").json["code"]) == (404, "no-log")
    assert served.get("/policy?last=0").status_code == served.get("/policy?days=1").status_code == 400


def test_the_menu_leads_to_the_comparison_only_where_there_are_two_policies(
    client, bare, served, bundle, tmp_path, file
):
    ruled = create_app(bundle, database=tmp_path / "ruled.db", rules=file).test_client()
    for one, there in ((client, False), (bare, False), (served, True), (ruled, True)):
        assert ('href="/policy?lang=fr"' in one.get("/?lang=fr", headers=BROWSER).text) is there


def test_the_page_says_in_the_readers_language_why_there_is_nothing_to_compare(client, bare):
    for one, said in ((client, "Ce serveur n'a qu'une politique"), (bare, "démarré sans journal des décisions")):
        page = one.get("/policy?lang=fr", headers=BROWSER)
        sentence = html.unescape(re.search(r'<p lang="fr">(.+?)</p>', page.text)[1])
        assert (page.status_code, said in sentence) == (404, True)
        assert said in one.get("/policy?lang=fr").json["error"]


def test_an_empty_log_has_nothing_to_compare(bundle, tmp_path, file):
    client = create_app(bundle, database=tmp_path / "decisions.db", next_rules=file).test_client()
    answer = client.get("/policy")
    assert (answer.status_code, "no decision with an amount" in answer.json["error"]) == (404, True)


def test_who_reads_figures_alone_is_not_shown_clients(bundle, tmp_path, file):
    digest = {name: hashlib.sha256(name.encode()).hexdigest() for name in (SCORE, READ, REVIEW)}
    callers = Callers(digest, {name: frozenset({name}) for name in digest})
    client = create_app(bundle, database=tmp_path / "decisions.db", callers=callers, next_rules=file).test_client()

    def ask(key, **headers):
        return client.get("/policy", headers={"Authorization": f"Bearer {key}", **headers})

    client.post("/score", json=BODY, headers={"Authorization": "Bearer score"})
    assert (ask(SCORE).status_code, client.get("/policy").status_code) == (403, 401)
    assert ask(READ).json["largest"] is None
    assert "The largest loans that change sides" not in ask(READ, **BROWSER).text
    assert len(ask(REVIEW).json["largest"]) == 10
    assert "The largest loans that change sides" in ask(REVIEW, **BROWSER).text


def test_a_wrong_next_policy_ends_the_start(bundle, tmp_path):
    wrong = written(tmp_path / "wrong.toml", segment(margin=0))
    with pytest.raises(BankRulesError, match="margin is a share of the loan above 0"):
        create_app(bundle, database=None, next_rules=wrong)


def test_the_server_answers_over_http_with_the_file_of_its_setting(bundle, tmp_path, file):
    server = Server(tmp_path, bundle, NEXT_RULES=str(file), WEB_CONCURRENCY="1")
    try:
        server.wait()
        assert server.ask("/score", BODY)[0] == 200
        status, found = server.ask("/policy?last=50")
        assert status == 200, found
        assert found["clients"] == 50
        assert "<h1>Two policies on the same clients</h1>" in server.ask("/policy", headers=BROWSER)[1]
    finally:
        server.stop()
