"""Whichever way in: the same client gets the same decision, and the log says it in the same words."""

import pytest

from credit import scorer
from credit.portfolio import decide, read_for
from credit.simulate import simulate

BODY = [
    {"SK_ID_CURR": n, "AMT_CREDIT": 1000.0 + n, "EXT_SOURCE_2": n / 200 + 0.1, "CODE_GENDER": n % 2}
    for n in range(1, 160)
]


@pytest.mark.parametrize("route", ["/predict", "/predict_proba"])
def test_the_log_has_the_decisions_of_score(client, route):
    wanted = {one["client"]: one["decision"] for one in client.post("/score", json=BODY).json["scores"]}
    assert set(wanted.values()) == {"accept", "refer", "refuse"}
    answer = client.post(route, json=BODY).json
    pages = [client.get(f"/data?page={page}").json["data"] for page in range(1, 17)]
    logged = [row for page in pages for row in page]
    assert len(logged) == 2 * len(BODY)
    for client_number, decision in wanted.items():
        assert [row["decision"] for row in logged if row["client"] == client_number] == [decision] * 2
    assert answer["refer"] == [f"client n° {n}" for n, decision in wanted.items() if decision == "refer"]


def test_yes_and_no_are_the_thresholds_and_who_is_referred_is_said_beside_them(client):
    answer = client.post("/predict", json=BODY).json
    probability = client.post("/predict_proba", json=BODY).json["prediction"]
    for name, said in answer["prediction"].items():
        assert said == ("No" if probability[name] >= 0.16 else "Yes")
        assert (name in answer["refer"]) == (0.1 <= probability[name] < 0.2)


def test_no_client_is_referred_without_a_band(bare):
    assert "refer" not in bare.post("/predict", json=BODY).json


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("rule") / "bank", 120, seed=6)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_folder_is_decided_on_as_the_same_clients_are_one_by_one(client, bundle, bank, language):
    model = scorer.load(bundle)
    tables = read_for(model, bank, "application_train")
    found = decide(tables, model, "application_train", reasons_in=language)
    clients = tables["application_train"].drop("TARGET").sort("SK_ID_CURR").collect().to_dicts()
    loans = tables["bureau"].collect().to_dicts()
    for row, client_row in zip(found.to_dicts(), clients, strict=True):
        mine = [loan for loan in loans if loan["SK_ID_CURR"] == row["SK_ID_CURR"]]
        body = {"application": client_row, "bureau": mine}
        (one,) = client.post(f"/score?lang={language}", json=body).json["scores"]
        assert row["SK_ID_CURR"] == one["client"]
        assert row["DECISION"] == one["decision"]
        assert row["PROBABILITY_OF_DEFAULT"] == pytest.approx(one["probability"], abs=1e-12)
        assert (row["POINTS"], row["EXPECTED_LOSS"]) == (one["points"], one["expected_loss"])
        texts = "; ".join(reason["text"] for reason in one["reasons"])
        assert row["REASONS"] == (None if one["decision"] == "accept" else texts)
    assert set(found["DECISION"]) == {"accept", "refer", "refuse"}


def test_reasons_are_asked_for(bundle, bank):
    model = scorer.load(bundle)
    assert "REASONS" not in decide(read_for(model, bank, "application_train"), model, "application_train").columns
