"""What a letter knows of a refusal: from the log, of this client, and nothing that is protected."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from support.letters import BODY, numbers

from credit.letters import NoDecision, NotRefused, refusal
from credit.letters.refusal import CitedRule, _columns_of, _parts_behind


def test_the_reasons_are_those_that_were_logged_and_told(service, log, by_model):
    told = {one["decision_id"]: one for one in service.scores}
    french = service.post("/score?lang=fr", json=BODY).json["scores"]
    in_french = {one["client"]: [reason["text"] for reason in one["reasons"]] for one in french}
    assert len(by_model) > 5
    for number in by_model:
        found = refusal(log, number, "en")
        assert list(found.reasons) == [one["text"] for one in told[number]["reasons"]]
        assert [one["text"] for one in log.find(number)["reasons"]] == list(found.reasons)
        assert list(refusal(log, number, "fr").reasons) == in_french[told[number]["client"]]
        assert 1 <= len(found.reasons) <= 4
        assert (found.client, found.probability) == (told[number]["client"], told[number]["probability"])
        assert (found.threshold, found.rules, found.decided) == (0.16, (), datetime.now(UTC).date())


def test_reasons_that_were_logged_in_french_are_told_in_english(service, log):
    scores = service.post("/score?lang=fr", json=BODY).json["scores"]
    english = {one["client"]: [reason["text"] for reason in one["reasons"]] for one in service.scores}
    for number in numbers(scores, "refuse"):
        found = refusal(log, number, "en")
        assert list(found.reasons) == english[found.client]


def test_what_was_used_is_what_was_known(service, log, by_model):
    for number in by_model:
        found = refusal(log, number, "en")
        known = "BUREAU_DAYS_CREDIT_MAX" in BODY[found.client - 7001]
        assert ("the report of the credit bureau" in found.used) == known
        assert found.used[0] == "your application"
        assert found.used[-1] == "the scores of other providers"
        assert found.bureau


def test_without_scores_and_reports_no_bureau_was_asked(service, log):
    body = {"SK_ID_CURR": 9001, "AMT_CREDIT": 300_000.0, "DAYS_BIRTH": -6000}
    (score,) = service.post("/score", json=body).json["scores"]
    found = refusal(log, score["decision_id"], "fr")
    assert (found.used, found.bureau) == (("votre demande",), False)


def test_once_inputs_are_erased_the_letter_says_that_scores_may_have_been_used(service, log, by_model):
    number = by_model[0]
    before = refusal(log, number, "en")
    assert service.delete(f"/data/{before.client}").status_code == 200
    after = refusal(log, number, "en")
    assert after.reasons == before.reasons
    assert after.used[-1] == "the scores of other providers (where we had any)"
    assert after.bureau


def test_a_refusal_by_a_rule_has_the_reasons_of_the_rules_and_none_of_the_model(service, log, by_rule):
    told = {one["decision_id"]: one for one in service.scores}
    both, one = by_rule[0], by_rule[-1]
    assert refusal(log, one, "en").reasons == ("You are not of age.",)
    assert refusal(log, one, "en").rules == (CitedRule("of_age", "Civil Code, article 1146"),)
    assert refusal(log, one, "fr").rules == (CitedRule("of_age", "Code civil, art. 1146"),)
    assert refusal(log, both, "fr").reasons == ("Vous n'êtes pas majeur(e).", "Nous prêtons 3 000 000 au plus.")
    assert refusal(log, both, "fr").rules[1] == CitedRule("large", None)
    for number in by_rule:
        of_model = {reason["text"] for reason in told[number]["reasons"]}
        assert of_model
        assert not of_model & set(refusal(log, number, "en").reasons)


def test_what_a_rule_did_not_look_at_was_not_used(service, log, by_rule):
    told = {one["decision_id"]: one for one in service.scores}
    known = [n for n in by_rule if "BUREAU_DAYS_CREDIT_MAX" in BODY[told[n]["client"] - 7001]]
    assert known
    for number in known:  # the rules read the age and the amount alone
        found = refusal(log, number, "en")
        assert (found.used, found.bureau) == (("your application",), False)


@pytest.mark.parametrize(
    ("when", "parts"),
    [
        ({"column": "AMT_CREDIT", "op": ">", "value": 1}, set()),
        ({"column": "NAME_INCOME_TYPE", "op": "==", "value": "Student"}, set()),
        ({"not": {"column": "EXT_SOURCE_2", "op": ">", "value": 0.1}}, {"external_scores"}),
        (
            {
                "all": [
                    {"column": "BUREAU_DEBT_TO_INCOME", "op": ">", "value": 3},
                    {"any": [{"column": "PREVIOUS_REFUSED_ROWS", "op": ">", "value": 2}]},
                ]
            },
            {"bureau", "own_loans"},
        ),
        ({"all": [{"column": "probability", "op": ">", "value": 0.1}]}, None),
    ],
)
def test_a_rule_looks_at_what_its_columns_are_made_from(when, parts):
    assert _parts_behind(set(_columns_of(when))) == parts


@pytest.mark.parametrize(
    ("decision", "why"), [("accept", "it was accepted"), ("refer", "a person decides on it first")]
)
def test_who_is_accepted_or_referred_gets_no_letter_of_refusal(service, log, decision, why):
    found = numbers(service.scores, decision)
    assert found
    for number in found:
        with pytest.raises(NotRefused, match=f"Decision {number} is no refusal: {why}"):
            refusal(log, number, "en")


def test_a_trial_has_no_letter(service, log):
    (score,) = service.post("/score?trial=1", json=BODY[9]).json["scores"]
    assert score["decision"] == "refuse"
    with pytest.raises(NotRefused, match=rf"Decision {score['decision_id']} is a trial, on which nobody acts"):
        refusal(log, score["decision_id"], "en")


def test_a_decision_that_is_not_there_or_another_callers_has_no_letter(log, by_model):
    assert refusal(log, by_model[0], "en", caller="anyone").decision == by_model[0]
    for number, caller in ((10**6, None), (by_model[0], "bob")):
        with pytest.raises(NoDecision, match=f"There is no decision {number}"):
            refusal(log, number, "en", caller=caller)


def changed(log, number, reasons):
    with log.writing() as connection:
        values = {"reasons": None if reasons is None else json.dumps(reasons), "number": number}
        connection.execute(text("UPDATE decisions SET reasons = :reasons WHERE id = :number"), values)


@pytest.mark.parametrize(
    "logged",
    [None, [{"code": "external_scores", "kind": "known", "text": "Words of another version.", "contribution": 0.5}]],
)
def test_reasons_that_are_not_known_are_worked_out_again_or_there_is_no_letter(log, by_model, logged):
    number = by_model[0]
    before = log.find(number)["reasons"]
    changed(log, number, logged)
    with pytest.raises(NotRefused, match="cannot be worked out again"):
        refusal(log, number, "en")
    found = refusal(log, number, "en", explain=lambda row: before if row["id"] == number else None)
    assert list(found.reasons) == [one["text"] for one in before]


def test_a_refusal_without_a_reason_that_may_be_told_needs_a_person(log, by_model):
    changed(log, by_model[0], [])
    with pytest.raises(NotRefused, match="there is no specific reason to give: a person has to decide again"):
        refusal(log, by_model[0], "en")


def test_free_text_in_the_log_never_reaches_a_client(log, by_model):
    number = by_model[0]
    reasons = log.find(number)["reasons"]
    changed(log, number, [{**reasons[0], "text": "Client 7002 defaulted, and she is a woman."}])
    with pytest.raises(NotRefused):
        refusal(log, number, "en")


def test_rules_that_were_taken_out_of_the_log_leave_no_letter(log, by_rule):
    with log.writing() as connection:
        connection.execute(text("DELETE FROM bank_rules"))
    with pytest.raises(NotRefused, match="are not in the log any more"):
        refusal(log, by_rule[0], "en")
