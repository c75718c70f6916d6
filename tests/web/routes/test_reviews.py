"""Reviews over HTTP: the queue, a case, a verdict, an override, a client who wants a decision looked at again."""

import hashlib
import json
import os
import signal
import threading
import time

import pytest
from sqlalchemy import text
from support.loans import CREDIT
from support.server import Server

from credit.decision.review_reasons import BY_CODE
from credit.decision_log import Log
from credit.decision_log.audit import verify
from credit.decision_log.reviews import case_of
from credit.web.application import create_app
from credit.web.auth import Callers

DIGESTS = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("ann", "bob", "maria", "tom", "lena")}
ROLES = {"maria": frozenset({"review"}), "tom": frozenset({"review", "score"}), "lena": frozenset({"read"})}

ACCEPT = {"verdict": "accept", "reason": "income_confirmed", "words": "payslips of three months"}
REFUSE = {"verdict": "refuse", "reason": "documents_missing"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.db"


@pytest.fixture
def app(bundle, path):
    return create_app(bundle, database=path, callers=Callers(DIGESTS, ROLES), log_requests=False)


@pytest.fixture
def ask(app):
    """Status and answer of a request by the caller of a name."""
    client = app.test_client()

    def ask(caller, method, route, body=None, **headers):
        headers = {"Authorization": f"Bearer {caller}", **headers}
        answer = client.open(route, method=method, json=body, headers=headers)
        return answer.status_code, answer.json

    return ask


@pytest.fixture
def sent(ask):
    """Decision -> ids of clients whom ann has sent."""
    body = [{"SK_ID_CURR": n, **CREDIT, "EXT_SOURCE_2": n / 40 + 0.1, "CODE_GENDER": n % 2} for n in range(32)]
    status, answer = ask("ann", "POST", "/score", body)
    assert status == 200
    found = {"accept": [], "refer": [], "refuse": []}
    for one in answer["scores"]:
        found[one["decision"]].append(one["decision_id"])
    assert all(found.values())
    return found


def test_the_queue_has_the_referred_clients_in_the_order_asked_for(ask, sent):
    status, oldest = ask("maria", "GET", "/reviews?size=200")
    assert status == 200
    assert [one["decision_id"] for one in oldest["cases"]] == sent["refer"]
    assert (oldest["total"], oldest["next"]) == (len(sent["refer"]), None)
    (first, *_) = oldest["cases"]
    assert (first["kind"], first["caller"], first["decision"], first["amount"]) == (
        "referred",
        "ann",
        "refer",
        CREDIT["AMT_CREDIT"],
    )
    stakes = [one["at_stake"] for one in ask("maria", "GET", "/reviews?order=dearest&size=200")[1]["cases"]]
    assert stakes == sorted(stakes, reverse=True)
    walked, after = [], ""
    while after is not None:
        page = ask("maria", "GET", f"/reviews?size=2{after and f'&after={after}'}")[1]
        walked += [one["decision_id"] for one in page["cases"]]
        after = page["next"]
    assert walked == sent["refer"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("order=newest", "order must be oldest or dearest, not 'newest'"),
        ("size=0", "size must be a whole number from 1 to 200, not '0'"),
        ("size=201", "size must be a whole number from 1 to 200"),
        ("after=x", "after must be what a page of the oldest cases gave as its next one, not 'x'."),
        ("page=2", "/reviews has no parameter 'page'"),
        ("client=x", "A client's number is a whole number from 0 to"),
        ("client=", "A client's number is a whole number from 0 to"),
        ("client=7&after=x", "after must be what a page of this client's decisions gave as its next one, not 'x'."),
        ("client=7&order=oldest", "order is of the open cases; the newest decision about a client comes first"),
    ],
)
def test_what_is_no_page_of_the_queue_is_refused(ask, query, words):
    status, answer = ask("maria", "GET", f"/reviews?{query}")
    assert status == 400
    assert words in answer["error"]


def test_a_reviewer_finds_all_decisions_about_a_client_of_every_caller(ask, sent):
    number = sent["refuse"][0]
    client = ask("maria", "GET", f"/reviews/{number}")[1]["decision"]["client"]
    (sent_again,) = ask("bob", "POST", "/score", {"SK_ID_CURR": client, **CREDIT})[1]["scores"]
    status, found = ask("maria", "GET", f"/reviews?client={client}&size=1")
    assert (status, found["total"], [one["decision_id"] for one in found["cases"]]) == (
        200,
        2,
        [sent_again["decision_id"]],
    )
    (older,) = ask("maria", "GET", f"/reviews?client={client}&size=1&after={found['next']}")[1]["cases"]
    expected = {"decision_id": number, "status": "closed", "kind": None, "opened": None, "caller": "ann"}
    assert {name: older[name] for name in expected} == expected
    assert (older["decision"], older["final"], older["may_decide"]) == ("refuse", "refuse", True)
    waiting = sent["refer"][0]
    client = ask("maria", "GET", f"/reviews/{waiting}")[1]["decision"]["client"]
    (one,) = ask("maria", "GET", f"/reviews?client={client}")[1]["cases"]
    assert (one["status"], one["kind"], one["final"]) == ("open", "referred", None)
    ask("maria", "POST", f"/reviews/{waiting}", REFUSE)
    (one,) = ask("maria", "GET", f"/reviews?client={client}")[1]["cases"]
    assert (one["status"], one["decision"], one["final"]) == ("closed", "refer", "refuse")
    assert ask("maria", "GET", "/reviews?client=999999")[1] == {"cases": [], "next": None, "total": 0}
    assert ask("ann", "GET", f"/reviews?client={client}")[0] == 403


def test_a_case_shows_what_score_said_and_its_inputs_are_a_body_for_explain(ask, sent, bundle):
    number = sent["refer"][0]
    status, case = ask("maria", "GET", f"/reviews/{number}")
    assert status == 200
    assert (case["status"], case["kind"], case["final"], case["reviews"]) == ("open", "referred", None, [])
    assert case["opened"] == case["decision"]["time"]
    body = case["decision"]["inputs"]
    (again,) = ask("ann", "POST", "/score", body)[1]["scores"]
    for name in ("points", "expected_loss", "at_stake", "review_worth", "present", "unknown"):
        assert case[name] == again[name], name
    assert case["amount"] == CREDIT["AMT_CREDIT"]
    assert ask("maria", "POST", "/explain", body)[1]["probability"] == pytest.approx(case["decision"]["probability"])
    assert ask("maria", "POST", "/what-if", body)[0] == 200


def test_a_verdict_closes_the_case_and_the_sender_learns_it(ask, sent, path):
    number = sent["refer"][0]
    status, review = ask("maria", "POST", f"/reviews/{number}", ACCEPT, **{"X-Request-ID": "a-review"})
    assert status == 200
    assert {name: review[name] for name in ("reviewer", "decision_id", "kind", "verdict", "reason", "words")} == {
        "reviewer": "maria",
        "decision_id": number,
        "kind": "review",
        **ACCEPT,
    }
    assert (review["request"], review["terms"], review["erased"]) == ("a-review", None, False)
    assert number not in [one["decision_id"] for one in ask("maria", "GET", "/reviews?size=200")[1]["cases"]]
    status, case = ask("ann", "GET", f"/reviews/{number}")  # who has sent the client
    assert review.pop("letter") is None  # of who is accepted
    final = (200, "closed", "accept", [review | {"words": None, "reason": None, "reviewer": None}])
    assert (status, case["status"], case["final"], case["reviews"]) == final
    assert case["may_decide"] is False
    assert ask("bob", "GET", f"/reviews/{number}")[0] == 404  # and nobody else who only scores
    log = Log(path)
    assert (verify(log).whole, verify(log).reviews) == (True, 1)
    log.close()


def test_the_second_reviewer_is_told_what_was_decided(ask, sent):
    number = sent["refer"][0]
    _, first = ask("maria", "POST", f"/reviews/{number}", ACCEPT)
    status, answer = ask("tom", "POST", f"/reviews/{number}", REFUSE)
    assert (status, answer["code"]) == (409, "case-conflict")
    assert answer["error"] == (
        f"Decision {number} was decided by maria at {first['time']}: accept, income_confirmed. To have it looked at "
        "again, reopen it."
    )
    assert {one["field"]: one["message"] for one in answer["details"]} == {
        "verdict": "accept",
        "reason": "income_confirmed",
        "reviewer": "maria",
        "time": first["time"],
    }
    assert "payslips" not in json.dumps(answer)


def test_an_override_and_a_counteroffer(ask, sent):
    refused, accepted = sent["refuse"][0], sent["accept"][0]
    assert ask("maria", "POST", f"/reviews/{refused}", {**REFUSE})[0] == 409
    status, review = ask("maria", "POST", f"/reviews/{refused}", ACCEPT)
    assert (status, review["kind"]) == (200, "override")
    terms = {"amount": 120000.5, "months": 24.0}
    body = {"verdict": "counteroffer", "reason": "not_affordable", "terms": terms}
    status, review = ask("maria", "POST", f"/reviews/{accepted}", body)
    assert (status, review["kind"], review["terms"]) == (
        200,
        "override",
        {"amount": 120000.5, "annuity": None, "months": 24},
    )
    assert ask("maria", "GET", f"/reviews/{refused}")[1]["final"] == "accept"
    assert ask("maria", "GET", f"/reviews/{accepted}")[1]["final"] == "counteroffer"


def test_a_client_has_a_decision_looked_at_again(ask, sent):
    number, wish = sent["refuse"][0], {"reason": "client_disagrees", "words": "the arrears were the bank's error"}
    assert ask("bob", "POST", f"/reviews/{number}/reopen", wish)[0] == 404  # another's client
    status, opened = ask("ann", "POST", f"/reviews/{number}/reopen", wish)
    assert (status, opened["kind"], opened["verdict"], opened["reviewer"]) == (200, "reopen", None, "ann")
    status, answer = ask("ann", "POST", f"/reviews/{number}/reopen", wish)
    assert (status, answer["error"]) == (
        409,
        f"The case of decision {number} is open since {opened['time']}: it waits for a person.",
    )
    (case,) = [one for one in ask("maria", "GET", "/reviews?size=200")[1]["cases"] if one["kind"] == "reopened"]
    assert (case["decision_id"], case["decision"], case["opened"]) == (number, "refuse", opened["time"])
    assert ask("maria", "POST", f"/reviews/{number}", {"verdict": "refuse", "reason": "as_scored"})[0] == 200
    case = ask("maria", "GET", f"/reviews/{number}")[1]
    assert (case["status"], case["final"], [one["kind"] for one in case["reviews"]]) == (
        "closed",
        "refuse",
        ["reopen", "review"],
    )


def test_with_four_eyes_nobody_reviews_what_they_sent(bundle, path):
    client = create_app(
        bundle, database=path, callers=Callers(DIGESTS, ROLES), log_requests=False, four_eyes=True
    ).test_client()
    tom, maria = ({"Authorization": f"Bearer {name}"} for name in ("tom", "maria"))
    body = {"SK_ID_CURR": 1, **CREDIT, "EXT_SOURCE_2": 0.5}
    number = client.post("/score", json=body, headers=tom).json["scores"][0]["decision_id"]
    verdict = {"verdict": "counteroffer", "reason": "not_affordable", "terms": {"months": 12}}
    answer = client.post(f"/reviews/{number}", json=verdict, headers=tom)
    assert (answer.status_code, answer.json["error"]) == (
        403,
        f"Decision {number} was sent by tom: with FOUR_EYES=1 another person has to review it.",
    )
    assert answer.json["code"] == "own-decision"
    assert client.get(f"/reviews/{number}", headers=tom).json["may_decide"] is False
    assert client.get(f"/reviews/{number}", headers=maria).json["may_decide"] is True
    assert client.post(f"/reviews/{number}", json=verdict, headers=maria).status_code == 200


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"verdict": "grant", "reason": "as_scored"}, "verdict", "A verdict is one of accept, counteroffer, refuse"),
        ({"verdict": "accept", "reason": "weather"}, "reason", "The reason of accept is one of as_scored, income"),
        ({"verdict": "accept", "reason": "other"}, "words", "The reason other says nothing alone"),
        ({"verdict": "accept", "reason": "other", "words": " "}, "words", "The reason other says nothing alone"),
        ({"verdict": "accept", "reason": "as_scored", "words": "x" * 2001}, "words", "at most 2,000 characters"),
        ({"verdict": "counteroffer", "reason": "bank_rule"}, "terms", "Terms belong to counteroffer"),
        ({"verdict": "counteroffer", "reason": "bank_rule", "terms": {}}, "terms", "give at least one"),
        (
            {"verdict": "counteroffer", "reason": "bank_rule", "terms": {"amount": 0}},
            "terms.amount",
            "Amount must be above 0",
        ),
        (
            {"verdict": "counteroffer", "reason": "bank_rule", "terms": {"months": 1.5}},
            "terms.months",
            "Months is a whole number, not 1.5",
        ),
        ({"verdict": "accept", "reason": "as_scored", "terms": {"months": 5}}, "terms", "Terms belong to counter"),
        ({"verdict": "accept", "reason": 5}, "reason", "Expected 'str', got 'int'"),
        ({"verdict": "accept"}, "", "Object missing required field 'reason'"),
        ({**ACCEPT, "reviewer": "tom"}, "", "Object contains unknown field 'reviewer'"),
    ],
)
def test_what_is_no_review_is_refused_field_by_field(ask, sent, body, field, words):
    status, answer = ask("maria", "POST", f"/reviews/{sent['refer'][0]}", body)
    assert status == 422
    (detail,) = answer["details"]
    assert detail["field"] == field
    assert words in detail["message"]
    assert "GET /review-reasons" in answer["error"]


def test_bodies_and_numbers_that_are_none_are_refused(ask, app, sent):
    client, key = app.test_client(), {"Authorization": "Bearer maria", "Content-Type": "application/json"}
    route = f"/reviews/{sent['refer'][0]}"
    assert client.post(route, data="{", headers=key).status_code == 400
    assert client.post(route, data="{}", headers={**key, "Content-Type": "text/plain"}).status_code == 415
    twice = '{"verdict": "accept", "verdict": "refuse", "reason": "as_scored"}'
    assert client.post(route, data=twice, headers=key).status_code == 422
    for number in ("x", "-1", "1.5", "9" * 20):
        status, answer = ask("maria", "POST", f"/reviews/{number}", ACCEPT)
        assert (status, "A decision's number is a whole number" in answer["error"]) == (400, True)
    for method, wanted in (("GET", "/reviews/999999"), ("POST", "/reviews/999999"), ("POST", "/reviews/999999/reopen")):
        body = ACCEPT if wanted.endswith("9") else {"reason": "human_requested"}
        status, answer = ask("maria", method, wanted, None if method == "GET" else body)
        assert (status, answer["error"][:30]) == (404, "There is no decision 999999: i")
    status, answer = ask("maria", "POST", f"{route}/reopen", {"reason": "as_scored"})
    assert (status, answer["details"][0]["field"]) == (422, "reason")


def test_a_review_that_is_sent_again_is_answered_once_and_erased_with_its_client(ask, sent, path):
    number, key = sent["refer"][0], {"Idempotency-Key": "one"}
    client = ask("maria", "GET", f"/reviews/{number}")[1]["decision"]["client"]
    first = ask("maria", "POST", f"/reviews/{number}", ACCEPT, **key)
    assert first[0] == 200
    assert ask("maria", "POST", f"/reviews/{number}", ACCEPT, **key) == first
    assert ask("maria", "POST", f"/reviews/{number}", REFUSE, **key)[0] == 409  # the key is of another request
    assert ask("ann", "DELETE", f"/data/{client}")[1]["erased"] == 1
    status, answer = ask("maria", "POST", f"/reviews/{number}", ACCEPT, **key)
    assert (status, "was erased" in answer["error"]) == (409, True)
    (review,) = ask("maria", "GET", f"/reviews/{number}")[1]["reviews"]
    assert (review["verdict"], review["words"], review["erased"]) == ("accept", None, True)
    assert b"payslips" not in path.read_bytes() + path.with_name("decisions.db-wal").read_bytes()


def test_a_failed_review_frees_its_key(ask, sent):
    number, key = sent["refer"][0], {"Idempotency-Key": "two"}
    assert ask("maria", "POST", f"/reviews/{number}", {"verdict": "accept"}, **key)[0] == 422
    assert ask("maria", "POST", f"/reviews/{number}", ACCEPT, **key)[0] == 200


def test_a_case_whose_inputs_are_erased_says_so(ask, sent):
    number = sent["refer"][0]
    client = ask("maria", "GET", f"/reviews/{number}")[1]["decision"]["client"]
    ask("ann", "DELETE", f"/data/{client}")
    assert number not in [one["decision_id"] for one in ask("maria", "GET", "/reviews?size=200")[1]["cases"]]
    case = ask("maria", "GET", f"/reviews/{number}")[1]
    assert (case["decision"]["inputs"], case["amount"], case["at_stake"], case["present"]) == (None, None, None, None)
    assert (case["status"], case["kind"], case["opened"]) == ("closed", None, None)
    (listed,) = ask("maria", "GET", f"/reviews?client={client}")[1]["cases"]
    assert (listed["status"], listed["kind"], listed["erased"]) == ("closed", None, True)
    assert ask("maria", "POST", f"/reviews/{number}", REFUSE)[0] == 200  # what a person decided can still be kept


def test_reasons_have_names_in_the_readers_language(ask):
    english, french = (ask("maria", "GET", f"/review-reasons?lang={lang}")[1]["reasons"] for lang in ("en", "fr"))
    assert [one["code"] for one in english] == [one["code"] for one in french]
    assert english[0] == {
        "code": "as_scored",
        "of": ["accept", "counteroffer", "refuse"],
        "text": "The review confirms the score",
    }
    assert french[0]["text"] == "L'examen confirme le score"


def test_without_keys_reviews_answer_programs_on_this_machine_alone(client):
    number = client.post("/score", json={"SK_ID_CURR": 1, **CREDIT}).json["scores"][0]["decision_id"]
    assert client.get("/reviews").status_code == 200
    for method, route in (("GET", "/reviews"), ("GET", f"/reviews/{number}"), ("POST", f"/reviews/{number}")):
        answer = client.open(route, method=method, json=REFUSE, headers={"X-Forwarded-For": "203.0.113.9"})
        assert (answer.status_code, answer.json["code"]) == (403, "own-machine")
    assert "so /reviews/{decision_id} answers only to programs on its own machine" in answer.json["error"]


@pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")
def test_every_answered_review_is_in_the_log_though_a_worker_is_killed(bundle, tmp_path):
    server = Server(tmp_path, bundle, LOG_REQUESTS="0", RATE_LIMIT="").wait()
    answered, problems, lock = {}, [], threading.Lock()
    try:
        body = [{"SK_ID_CURR": n, **CREDIT, "EXT_SOURCE_2": n / 1000 + 0.1} for n in range(400)]
        scores = server.ask("/score", body)[1]["scores"]
        waiting = [one["decision_id"] for one in scores]
        automatic = {one["decision_id"]: one["decision"] for one in scores}
        victim = server.workers()[0]

        def work(share):
            for number in share:
                verdict = ACCEPT if automatic[number] == "refuse" else REFUSE
                for _ in range(200):
                    try:
                        status, answer = server.ask(f"/reviews/{number}", verdict)
                    except OSError:  # its worker was killed: nothing was answered, so ask again
                        time.sleep(0.02)
                        continue
                    # 409: written before the worker was killed, and not answered.
                    if status == 200:
                        with lock:
                            answered[number] = answer["id"]
                    elif status != 409:
                        problems.append((number, status, answer))
                    break

        senders = [threading.Thread(target=work, args=(waiting[n::4],)) for n in range(4)]
        for sender in senders:
            sender.start()
        while len(answered) < 100 and not problems:
            time.sleep(0.01)
        os.kill(victim, signal.SIGKILL)
        for sender in senders:
            sender.join()
        assert problems == []
        assert victim not in server.workers()
        assert server.stop() == 0
    finally:
        server.process.kill()
    log = Log(tmp_path / "decisions.db")
    with log.reading() as connection:
        logged = dict(connection.execute(text("SELECT decision, id FROM reviews")).all())
    assert {number: logged.get(number) for number in answered} == answered
    assert sorted(logged) == sorted(waiting)
    proof = verify(log)
    assert (proof.whole, proof.decisions, proof.reviews) == (True, 400, 400)
    assert not case_of(log, waiting[0]).open
    log.close()


def test_drift_metrics_and_the_page_say_what_people_decided(app, ask, sent):
    referred, refused = sent["refer"], sent["refuse"][0]
    ask("maria", "POST", f"/reviews/{referred[0]}", REFUSE)
    ask("tom", "POST", f"/reviews/{referred[1]}", ACCEPT)
    ask("tom", "POST", f"/reviews/{refused}", ACCEPT)
    lent = [*sent["accept"], referred[1], refused]  # all of the week: outcomes count once nearly all are known
    ask("ann", "POST", "/outcomes", [{"decision": one, "defaulted": False} for one in lent])
    assert app.extensions["service"].watch.ask(patience=60) is not None
    status, drift = ask("lena", "GET", "/drift")
    found = drift["reviews"]
    assert (status, found["decisions"], found["referred"], found["open"]) == (
        200,
        32,
        len(referred),
        len(referred) - 2,
    )
    assert found["total"]["agreement"]["of"] == 2
    assert (found["total"]["overrides"]["count"], found["total"]["overrides"]["of"]) == (1, 32 - len(referred))
    assert [(one["name"], one["agreement"]["of"]) for one in found["reviewers"]] == [("tom", 1), ("maria", 1)]
    assert {one["name"] for one in found["groups"]} == {"men", "women", "not given"}
    money, loan = found["money"], CREDIT["AMT_CREDIT"]
    # Three looks at 15,000 each, as the manifest has it; the refused client has repaid: the margin of 0.19 is earned,
    # and of the referred one where the threshold would have refused.
    logged = ask("maria", "GET", f"/reviews/{referred[1]}")[1]["decision"]
    earned = 0.19 * loan * (1 + (logged["probability"] >= logged["threshold"]))
    assert (money["reviews"], money["cost"]) == (3, 45_000)
    assert (money["known"], money["realised"]) == (2, pytest.approx(earned))
    assert drift["costs"]["total"]["open"] == len(referred) - 2
    page = app.test_client().get("/drift", headers={"Authorization": "Bearer lena", "Accept": "text/html"}).text
    assert "<h2>What people decided</h2>" in page
    assert f"{len(referred) - 2} cases wait, the oldest of 20" in page
    assert '<th scope="row">reviewer</th><td>maria</td>' in page
    for one in found["reasons"]:  # by their names, and not by their codes
        assert f'<th scope="row">reason</th><td>{BY_CODE[one["name"]].text("en")}</td>' in page
    text = app.test_client().get("/metrics", headers={"Authorization": "Bearer lena"}).text
    assert f"\ncredit_open_cases {len(referred) - 2}\n" in text
    assert '\ncredit_reviews{kind="referred"} 2\n' in text
    assert '\ncredit_review_money{what="cost"} 45000\n' in text
    assert 'credit_override_share{by="reviewer",name="tom"} 1\n' in text


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        (
            {"verdict": "counteroffer", "reason": "not_affordable", "terms": {"amount": 9e9}},
            "terms.amount",
            "Amount must be at most what was applied for",
        ),
        ({"verdict": "refuse", "reason": "as_scored"}, "reason", "The score says accept, and as_scored means"),
    ],
)
def test_what_does_not_fit_the_decision_is_refused_with_its_rule(ask, sent, body, field, sentence):
    number = sent["accept"][0]
    status, answer = ask("maria", "POST", f"/reviews/{number}", body)
    assert status == 422
    (detail,) = answer["details"]
    assert detail["field"] == field
    assert detail["message"].startswith(sentence)
    assert ask("maria", "GET", f"/reviews/{number}")[1]["reviews"] == []


def test_what_reviewers_write_is_for_reviewers(ask, sent):
    number = sent["refer"][0]
    assert ask("maria", "POST", f"/reviews/{number}", {**REFUSE, "words": "The ID looks altered."})[0] == 200
    seen = {"maria": ("maria", "documents_missing", "The ID looks altered."), "ann": (None, None, None)}
    for caller, parts in seen.items():
        status, case = ask(caller, "GET", f"/reviews/{number}")
        assert status == 200
        (review,) = case["reviews"]
        assert review["verdict"] == "refuse"
        assert (review["reviewer"], review["reason"], review["words"]) == parts


def test_with_four_eyes_another_person_looks_again(bundle, path):
    app = create_app(bundle, database=path, callers=Callers(DIGESTS, ROLES), log_requests=False, four_eyes=True)
    client = app.test_client()

    def as_(caller):
        return {"headers": {"Authorization": f"Bearer {caller}"}}

    body = [{"SK_ID_CURR": n, **CREDIT, "EXT_SOURCE_2": n / 40 + 0.1} for n in range(32)]
    scores = client.post("/score", json=body, **as_("ann")).json["scores"]
    number = next(one["decision_id"] for one in scores if one["decision"] == "refer")
    assert client.post(f"/reviews/{number}", json=REFUSE, **as_("maria")).status_code == 200
    wish = {"reason": "client_disagrees"}
    assert client.post(f"/reviews/{number}/reopen", json=wish, **as_("ann")).status_code == 200
    for caller, may in (("maria", False), ("tom", True)):
        queue = {one["decision_id"]: one for one in client.get("/reviews?size=200", **as_(caller)).json["cases"]}
        assert queue[number]["may_decide"] is may
        assert client.get(f"/reviews/{number}", **as_(caller)).json["may_decide"] is may
    answer = client.post(f"/reviews/{number}", json=ACCEPT, **as_("maria"))
    assert answer.status_code == 403
    assert f"Decision {number} was reviewed by maria before" in answer.json["error"]
    assert client.post(f"/reviews/{number}", json=ACCEPT, **as_("tom")).status_code == 200


@pytest.mark.parametrize("four_eyes", [False, True])
def test_may_decide_says_what_a_verdict_would_be_answered(bundle, path, four_eyes):
    app = create_app(bundle, database=path, callers=Callers(DIGESTS, ROLES), log_requests=False, four_eyes=four_eyes)
    client = app.test_client()

    def as_(caller):
        return {"headers": {"Authorization": f"Bearer {caller}"}}

    body = [{"SK_ID_CURR": n, **CREDIT, "EXT_SOURCE_2": n / 40 + 0.1} for n in range(32)]
    decided = {"accept": [], "refer": [], "refuse": []}
    for trial in (0, 1):
        for one in client.post(f"/score?trial={trial}", json=body, **as_("tom")).json["scores"]:
            decided[one["decision"]].append(one["decision_id"])
    waiting, closed, again, *_ = decided["refer"]
    for number in (closed, again):
        assert client.post(f"/reviews/{number}", json=REFUSE, **as_("maria")).status_code == 200
    wish = {"reason": "client_disagrees"}
    assert client.post(f"/reviews/{again}/reopen", json=wish, **as_("tom")).status_code == 200
    asked = [waiting, closed, again, decided["refer"][-1], decided["accept"][0], decided["refuse"][-1]]
    said = []
    for caller in ("maria", "tom"):
        for number in asked:
            case = client.get(f"/reviews/{number}", **as_(caller)).json
            listed = client.get(f"/reviews?client={case['decision']['client']}&size=200", **as_(caller)).json["cases"]
            (row,) = (one for one in listed if one["decision_id"] == number)
            assert row["may_decide"] is case["may_decide"]
            said.append(case["may_decide"])
            # A verdict whose terms cannot be: whether it may be given is asked before, and nothing changes.
            impossible = {"verdict": "counteroffer", "reason": "not_affordable", "terms": {"amount": 9e9}}
            status = client.post(f"/reviews/{number}", json=impossible, **as_(caller)).status_code
            assert (status == 422) is case["may_decide"]
    open_, trial_or_closed = True, False
    maria = [open_, trial_or_closed, not four_eyes, trial_or_closed, True, trial_or_closed]
    tom = [not four_eyes, trial_or_closed, not four_eyes, trial_or_closed, not four_eyes, trial_or_closed]
    assert said == maria + tom


def test_an_erased_referral_waits_for_nobody(app, ask, sent):
    number = sent["refer"][0]
    client = ask("maria", "GET", f"/reviews/{number}")[1]["decision"]["client"]
    ask("ann", "DELETE", f"/data/{client}")
    assert app.extensions["service"].watch.ask(patience=60) is not None
    assert ask("ann", "GET", "/drift")[1]["reviews"]["open"] == len(sent["refer"]) - 1
