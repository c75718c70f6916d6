"""Trials: marked in the log, and counted nowhere."""

import pytest
from support.loans import CREDIT

from credit.decision_log import Log
from credit.decision_log.audit import verify
from credit.decision_log.latest_outcomes import FILE
from credit.decision_log.outcomes import Outcome, UnknownClients, decided, record_outcomes
from credit.decision_log.reviewed_decisions import reviewed_decisions
from credit.monitoring.window import Window, inputs
from credit.web.application import create_app


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path / "decisions.db")


@pytest.fixture
def service(bundle, tmp_path):
    return create_app(bundle, database=tmp_path / "decisions.db", log_requests=False)


def referred(client, trial, number=1):
    """The id of a decision that is left to a person."""
    for score in range(100):
        body = {"SK_ID_CURR": number, **CREDIT, "EXT_SOURCE_2": score / 100, "CODE_GENDER": 1}
        if client.post("/what-if", json=body).json["before"]["decision"] == "refer":
            return client.post(f"/score?trial={trial}", json=body).json["scores"][0]["decision_id"]
    raise AssertionError("no client is referred")


def counted(metrics):
    """The decisions that /metrics counts."""
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith("credit_decisions_total{")
    )


def test_a_trial_is_in_the_log_and_nowhere_else(service, log):
    client = service.test_client()
    trial, real = referred(client, 1), referred(client, 0, 2)
    assert [(row["id"], row["trial"]) for row in client.get("/data").json["data"]] == [(real, False), (trial, True)]
    assert [one["decision_id"] for one in client.get("/reviews").json["cases"]] == [real]
    assert counted(client.get("/metrics").text) == 1
    assert len(decided(log)) == 1
    with pytest.raises(UnknownClients):  # a file tells of everybody's clients, and of no trial
        record_outcomes(log, [Outcome(True, decision=trial)], FILE, everybodys=True)
    assert reviewed_decisions(log).id.tolist() == [real]
    here = service.extensions["service"]
    seen = [one.decision.tolist() for one in inputs(log, Window(), here.columns, here.scorer.model_hash)]
    assert seen == [[real]]
    assert verify(log).whole


def test_nobody_decides_on_a_trial_and_no_outcome_is_told_of_it(service):
    client = service.test_client()
    trial = referred(client, 1)
    case = client.get(f"/reviews/{trial}").json
    assert (case["status"], case["final"], case["decision"]["trial"]) == ("closed", None, True)
    verdict = client.post(f"/reviews/{trial}", json={"verdict": "accept", "reason": "as_scored"})
    assert (verdict.status_code, "is a trial, on which nobody acts" in verdict.json["error"]) == (409, True)
    again = client.post(f"/reviews/{trial}/reopen", json={"reason": "client_disagrees"})
    assert again.status_code == 409
    assert client.post("/outcomes", json=[{"decision": trial, "defaulted": True}]).status_code == 404
    assert client.post("/outcomes", json=[{"client": 1, "defaulted": True}]).status_code == 404


def test_what_trials_lack_is_not_counted_as_missing(service, monkeypatch):
    counted, client = [], service.test_client()
    monkeypatch.setattr(service.extensions["service"].absences, "scored", lambda X, ids: counted.append(len(X)))
    client.post("/score?trial=1", json={"SK_ID_CURR": 1, **CREDIT})
    assert counted == []
    client.post("/score", json={"SK_ID_CURR": 1, **CREDIT})
    assert counted == [1]


def test_a_trial_that_is_made_a_decision_breaks_the_chain(service, log):
    trial = referred(service.test_client(), 1)
    with log.writing() as connection:
        connection.exec_driver_sql(f"UPDATE decisions SET trial = NULL WHERE id = {trial}")
    assert not verify(log).whole


def test_trial_is_0_or_1(service):
    answer = service.test_client().post("/score?trial=yes", json={"SK_ID_CURR": 1, **CREDIT})
    assert (answer.status_code, answer.json["error"]) == (400, "trial must be 0 or 1, not 'yes'.")
