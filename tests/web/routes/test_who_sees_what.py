"""What people decided, as each role is shown it: every route that the documentation has, as JSON, page and file."""

import csv
import hashlib
import io
import time

import pytest
from support.loans import CREDIT

from credit.web.application import create_app
from credit.web.auth import Callers
from credit.web.openapi.operations import ROUTES
from credit.web.roles import ADMIN, ENTRY_PARTS, OUTCOME, READ, REVIEW, SCORE, SHOWN, USUAL, is_shown

NAMES = ("branch", "plain", "r-17", "boss", "gauges")
DIGESTS = {name: hashlib.sha256(name.encode()).hexdigest() for name in NAMES}
ROLES = {
    "branch": frozenset({SCORE}),
    "r-17": frozenset({REVIEW}),
    "boss": frozenset({ADMIN}),
    "gauges": frozenset({READ}),
}
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
#: Who gave the reason, its code and names, and the words beside it.
SECRET = ("r-17", "suspected_fraud", "Suspected fraud", "Soupçon de fraude", "The passport looks altered")
#: These list all reasons that there are, for everybody, and no decision.
LISTS = ("/review-reasons", "/docs", "/openapi.json")


@pytest.fixture(scope="module")
def client(bundle, tmp_path_factory):
    callers = Callers(DIGESTS, ROLES)
    return create_app(
        bundle, tmp_path_factory.mktemp("seen") / "decisions.db", callers, log_requests=False
    ).test_client()


@pytest.fixture(scope="module")
def ask(client):
    def ask(caller, method, path, body=None, accept="application/json"):
        return client.open(
            path, method=method, json=body, headers={"Authorization": f"Bearer {caller}", "Accept": accept}
        )

    return ask


@pytest.fixture(scope="module")
def sent(ask):
    """Caller -> the decision about a client of theirs, whom r-17 has refused on suspicion of fraud."""
    found = {}
    for place, caller in enumerate(("branch", "plain")):
        several = [
            {"SK_ID_CURR": 100 * place + n, **CREDIT, "EXT_SOURCE_2": n / 40 + 0.1, "CODE_GENDER": n % 2}
            for n in range(32)
        ]
        scores = ask(caller, "POST", "/score", several).json["scores"]
        found[caller] = next(one["decision_id"] for one in scores if one["decision"] == "refer")
        verdict = {"verdict": "refuse", "reason": "suspected_fraud", "words": SECRET[-1]}
        assert ask("r-17", "POST", f"/reviews/{found[caller]}", verdict).status_code == 200
    return found


def test_the_table_has_every_part_and_only_the_outcome_for_who_scores():
    assert set(SHOWN) == set(ENTRY_PARTS)
    shown = {
        role: {part for part in ENTRY_PARTS if is_shown(frozenset({role}), part)} for role in (SCORE, REVIEW, ADMIN)
    }
    assert shown == {SCORE: {OUTCOME}, REVIEW: set(ENTRY_PARTS), ADMIN: set(ENTRY_PARTS)}
    assert not any(is_shown(frozenset({READ}), part) for part in ENTRY_PARTS)
    assert not is_shown(USUAL, "reason")


@pytest.mark.parametrize("caller", ["branch", "plain"])
@pytest.mark.parametrize("accept", ["application/json", BROWSER, "text/csv"])
@pytest.mark.parametrize("route", [one for one in ROUTES if one.method == "get"], ids=lambda one: one.path)
def test_no_route_shows_who_scores_why_a_person_decided_so(ask, sent, route, accept, caller):
    if route.path in LISTS:
        return
    path = route.path.replace("{version}/{name}", "0/page.js")
    for name in ("{decision_id}", "{decision}", "{client}"):
        path = path.replace(name, str(sent[caller]))
    for query in ("", "?lang=fr", "?csv=1", f"?beside={sent[caller]}", "?last=1"):
        told = ask(caller, "GET", path + query, accept=accept).text
        if route.path.startswith("/reviews") and accept == BROWSER:
            # The reviewers' page offers all reasons to everybody, and holds no case.
            assert not [one for one in (SECRET[0], SECRET[-1]) if one in told]
            continue
        assert not [one for one in SECRET if one in told], query


@pytest.mark.parametrize("caller", ["branch", "plain"])
def test_who_scores_is_shown_the_outcome(ask, sent, caller):
    case = ask(caller, "GET", f"/reviews/{sent[caller]}").json
    (entry,) = case["reviews"]
    assert (case["final"], entry["verdict"], entry["kind"]) == ("refuse", "refuse", "review")
    assert (entry["reason"], entry["reviewer"], entry["words"]) == (None, None, None)
    rows = csv.DictReader(io.StringIO(ask(caller, "GET", "/data?csv=1").text))
    row = next(one for one in rows if int(one["id"]) == sent[caller])
    assert (row["verdict"], row["review_reason"], row["reviewer"]) == ("refuse", "", "")
    page = ask(caller, "GET", f"/decisions/{sent[caller]}", accept=BROWSER).text
    assert "UTC</time>: review" in page


@pytest.mark.parametrize(("caller", "shown"), [("plain", False), ("gauges", True), ("boss", True)])
def test_rates_by_reason_and_reviewer_are_for_who_does_not_send_clients(ask, sent, caller, shown):
    """In a window of one decision a rate by reason is the reason."""
    deadline = time.monotonic() + 60
    while (figures := ask(caller, "GET", "/drift").json)["status"] != "ready" or figures["reviews"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    reviews = figures["reviews"]
    assert reviews["total"]["agreement"]["of"] >= 1
    reasons = None if reviews["reasons"] is None else [one["name"] for one in reviews["reasons"]]
    reviewers = None if reviews["reviewers"] is None else [one["name"] for one in reviews["reviewers"]]
    assert (reasons is None, reviewers is None) == (not shown, not shown)
    metrics = ask(caller, "GET", "/metrics").text
    page = ask(caller, "GET", "/drift", accept=BROWSER).text
    if shown:
        assert "suspected_fraud" in reasons
        assert reviewers == ["r-17"]
    assert ('by="reason",name="suspected_fraud"' in metrics) == shown
    assert ("r-17" in page) == shown


@pytest.mark.parametrize("caller", ["r-17", "boss"])
def test_who_reviews_is_shown_all_of_it(ask, sent, caller):
    for number in sent.values():
        (entry,) = ask(caller, "GET", f"/reviews/{number}").json["reviews"]
        assert (entry["reason"], entry["reviewer"], entry["words"]) == ("suspected_fraud", "r-17", SECRET[-1])
        page = ask(caller, "GET", f"/decisions/{number}", accept=BROWSER).text
        assert "Suspected fraud or doubtful identity." in page
        assert SECRET[-1] in page


def test_who_has_made_an_entry_sees_all_of_it(ask):
    (scored,) = ask("branch", "POST", "/score", {"SK_ID_CURR": 900, **CREDIT, "EXT_SOURCE_2": 0.1}).json["scores"]
    number = scored["decision_id"]
    wish = {"reason": "client_disagrees", "words": "the arrears were the bank's error"}
    assert ask("branch", "POST", f"/reviews/{number}/reopen", wish).json["reason"] == "client_disagrees"
    verdict = {"verdict": "refuse", "reason": "debt_not_in_data"}
    assert ask("r-17", "POST", f"/reviews/{number}", verdict).status_code == 200
    own, others = ask("branch", "GET", f"/reviews/{number}").json["reviews"]
    assert (own["reviewer"], own["reason"], own["words"]) == ("branch", *wish.values())
    assert (others["reviewer"], others["reason"], others["words"]) == (None, None, None)


@pytest.mark.parametrize(("reason", "more"), [("data_corrected", {}), ("other", {"words": "a second look"})])
def test_a_letter_that_cannot_be_written_does_not_say_why_to_who_scores(ask, reason, more):
    (scored,) = ask("branch", "POST", "/score", {"SK_ID_CURR": 901, **CREDIT, "EXT_SOURCE_2": 0.1}).json["scores"]
    number = scored["decision_id"]
    ask("branch", "POST", f"/reviews/{number}/reopen", {"reason": "human_requested"})
    assert ask("r-17", "POST", f"/reviews/{number}", {"verdict": "refuse", "reason": reason, **more}).status_code == 200
    said = ask("branch", "GET", f"/letters/{number}")
    assert (said.status_code, reason in said.text) == (409, False)
    assert "a person of the bank has to write it" in said.json["error"]
    assert f"for the reason {reason}" in ask("r-17", "GET", f"/letters/{number}").json["error"]
