"""POST /score: everything that a bank needs to act on a client."""

import math

import pytest
from support.loans import CREDIT

from credit.explain import NOTE
from credit.model import load_bundle, save_bundle
from credit.web.application import create_app

KNOWN = {"SK_ID_CURR": 7, "CODE_GENDER": 1, "AMT_CREDIT": 2000.0, "EXT_SOURCE_2": 0.3, "DAYS_BIRTH": -9000}


def only(response):
    assert response.status_code == 200, response.text
    (score,) = response.json["scores"]
    return score


def test_the_probability_is_that_of_predict_proba(client):
    expected = client.post("/predict_proba", json=KNOWN).json["prediction"]["client n° 7"]
    assert only(client.post("/score", json=KNOWN))["probability"] == expected


def test_points_and_expected_loss_follow_from_the_probability(client):
    score = only(client.post("/score", json=KNOWN))
    p = score["probability"]
    # 600 points at odds of 50 to 1, 20 more double the odds; half of the 2,000 is lost in a default.
    assert score["points"] == pytest.approx(600 + 20 * math.log2((1 - p) / p / 50), abs=0.051)
    assert score["expected_loss"] == pytest.approx(p * 2000 * 0.5, abs=0.0051)


def test_an_answer_says_which_model_and_which_rules_gave_it(client):
    answer = client.post("/score", json=KNOWN).json
    assert answer["model"]["name"] == "Small"
    assert len(answer["model"]["hash"]) == 64
    assert (answer["threshold"], answer["review"]) == (0.16, {"cost": 15_000.0, "skill": 0.5, "capacity": None})


def test_a_model_that_reads_no_amount_expects_no_loss_and_wants_none(bundle, fitted, tmp_path):
    made = load_bundle(bundle)
    columns = ["DAYS_REGISTRATION" if name == "AMT_CREDIT" else name for name in made.columns]
    folder = save_bundle(tmp_path / "b", fitted, columns, 0.99, made.manifest)
    other = create_app(folder, database=None).test_client()
    sent = {name: value for name, value in KNOWN.items() if name != "AMT_CREDIT"}
    assert only(other.post("/score", json=sent))["expected_loss"] is None


def test_present_is_the_share_of_features_with_a_value(client):
    # Four of five features are sent; then one of them as null.
    assert only(client.post("/score", json=KNOWN))["present"] == pytest.approx(0.8)
    assert only(client.post("/score", json={**KNOWN, "CODE_GENDER": None}))["present"] == pytest.approx(0.6)


def test_the_decision_stands_in_the_log_under_its_id(client):
    body = [
        {"SK_ID_CURR": number, **CREDIT, "EXT_SOURCE_2": number / 100 + 0.3, "CODE_GENDER": 0} for number in range(40)
    ]
    scores = client.post("/score", json=body).json["scores"]
    rows = [row for page in (1, 2) for row in client.get(f"/data?page={page}").json["data"]]
    assert {row["id"]: (row["client"], row["decision"], row["probability"]) for row in rows} == {
        one["decision_id"]: (one["client"], one["decision"], one["probability"]) for one in scores
    }


def test_who_is_worth_a_review_is_referred_and_told_what_it_is_worth(client):
    body = [{"SK_ID_CURR": n, **CREDIT, "EXT_SOURCE_2": n / 200 + 0.1, "CODE_GENDER": n % 2} for n in range(160)]
    scores = client.post("/score", json=body).json["scores"]
    assert {one["decision"] for one in scores} == {"accept", "refer", "refuse"}
    for one in scores:
        p = one["probability"]
        # Of 450,000 half is lost in a default and 0.19 forgone in a refusal; a reviewer finds half of what is wrong.
        assert one["at_stake"] == pytest.approx(450_000 * min(0.5 * p, 0.19 * (1 - p)), abs=0.0051)
        assert one["review_worth"] == pytest.approx(one["at_stake"] / 2, abs=0.0051)
        wanted = "refer" if one["review_worth"] > 15_000 else "refuse" if p >= 0.16 else "accept"
        assert one["decision"] == wanted


def test_reasons_come_in_the_language_asked_for(client):
    english, french = (client.post(f"/score?lang={lang}", json=KNOWN) for lang in ("en", "fr"))
    assert (english.headers["Content-Language"], french.headers["Content-Language"]) == ("en", "fr")
    (in_english,), (in_french,) = english.json["scores"], french.json["scores"]
    assert in_english["reasons"][0]["code"] == in_french["reasons"][0]["code"] == "external_scores"
    assert in_english["reasons"][0]["text"] != in_french["reasons"][0]["text"]
    assert (english.json["note"], french.json["note"]) == (NOTE["en"], NOTE["fr"])
    by_header = client.post("/score", json=KNOWN, headers={"Accept-Language": "fr-CH, en;q=0.5"})
    assert by_header.json["scores"][0]["reasons"] == in_french["reasons"]


def test_at_most_four_reasons_are_given_and_none_from_gender_or_age(client):
    body = [{**KNOWN, "SK_ID_CURR": number, "EXT_SOURCE_2": number / 10} for number in range(10)]
    for score in client.post("/score", json=body).json["scores"]:
        assert len(score["reasons"]) <= 4
        assert {reason["code"] for reason in score["reasons"]} <= {
            "external_scores",
            "loan_amount",
            "bureau_frequency",
            "bureau_dates",
        }
        weights = [reason["contribution"] for reason in score["reasons"]]
        assert weights == sorted(weights, reverse=True)
        assert all(weight > 0 for weight in weights)


def test_raw_tables_are_scored_and_what_is_odd_is_told(client):
    tables = {"application": {"SK_ID_CURR": 7, "AMT_CREDIT": 2000.0, "CODE_GENDER": "Q"}, "POS_CASH_balance": []}
    answer = client.post("/score", json=tables).json
    assert [score["client"] for score in answer["scores"]] == [7]
    assert answer["details"][0]["kind"] == "unknown value"
    assert answer["details"][0]["code"] == "unknown-value"
    assert answer["missing_tables"] == ["bureau"]  # the one that the model's columns are made from


def test_muted_warnings_are_counted_by_code_on_every_route(bundle, client):
    muting = create_app(bundle, database=None, muted_warnings=frozenset(("unknown-value", "ignored"))).test_client()
    row = {"SK_ID_CURR": 7, "AMT_CREDIT": 2000.0, "CODE_GENDER": "Q", "TARGET": 1}
    for body in (row, {"application": row}):
        for route in ("/score", "/predict", "/predict_proba", "/explain", "/what-if"):
            said, counted = client.post(route, json=body).json, muting.post(route, json=body).json
            assert {one["code"] for one in said["details"]} == {"unknown-value", "ignored", "out-of-range"}, route
            assert "muted_warnings" not in said
            assert [one["code"] for one in counted["details"]] == ["out-of-range"], route
            assert counted["muted_warnings"] == {"unknown-value": 1, "ignored": 1}, route
    apart = {"client": {"SK_ID_CURR": 7, "AMT_CREDIT": 50_000.0, "TARGET": 1}, "TARGET": 1}
    counted = muting.post("/what-if", json=apart).json
    assert "details" not in counted
    assert counted["muted_warnings"] == {"ignored": 2}


def test_what_the_manifest_does_not_say_is_null(bare):
    answer = bare.post("/score", json=KNOWN).json
    (score,) = answer["scores"]
    assert answer["review"] is None
    assert score["unknown"] is None
    assert (score["points"], score["decision_id"]) == (None, None)
    assert (score["refer"], score["review_worth"]) == (None, None)
    # Without costs of its own it has the usual ones: all of the 2,000 is lost, or 0.19 of it.
    p = score["probability"]
    assert score["expected_loss"] == pytest.approx(2000 * p, abs=0.0051)
    assert score["at_stake"] == pytest.approx(2000 * min(p, 0.19 * (1 - p)), abs=0.0051)
    assert score["decision"] == ("refuse" if score["probability"] >= 0.16 else "accept")
    assert score["reasons"]


def test_a_model_of_another_make_scores_without_reasons(other_make):
    answer = other_make.post("/score", json=KNOWN).json
    assert (answer["scores"][0]["reasons"], answer["note"]) == (None, None)
    assert answer["scores"][0]["decision"] == "refuse"


@pytest.mark.parametrize("query", ["lang=de", "lang=", "lang=en&lang=fr"])
def test_a_language_that_nobody_speaks_is_refused(client, query):
    assert client.post(f"/score?{query}", json=KNOWN).status_code == 400


def test_a_day_is_no_yes_or_no(client):
    response = client.post("/score", json={**KNOWN, "DAYS_BIRTH": False})
    assert response.status_code == 422
    (detail,) = response.json["details"]
    wanted = "a whole number of days from -43830 (an age of 120 years) to -3652 (10 years), or null"
    assert detail["message"] == f"DAYS_BIRTH must be {wanted}, not true or false"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"application": {"SK_ID_CURR": -5, **CREDIT}}, "application[0].SK_ID_CURR"),
        ({"application": {"SK_ID_CURR": 1, **CREDIT, "CNT_CHILDREN": 2 * 10**9}}, "application[0].CNT_CHILDREN"),
        ({"application": {"SK_ID_CURR": 1, "AMT_CREDIT": 1e13}}, "application[0].AMT_CREDIT"),
    ],
)
def test_numbers_of_tables_have_bounds_and_the_field_is_named(client, sent, field):
    response = client.post("/score", json=sent)
    assert response.status_code == 422
    assert [detail["field"] for detail in response.json["details"]] == [field]
