"""POST /what-if: what matters, what can be changed, what that does; and that nothing of it is logged."""

import json
import math

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from support.loans import CREDIT
from support.server import ROOT

from credit.model import save_bundle
from credit.web.application import create_app

EXAMPLES = json.loads((ROOT / "credit" / "web" / "static" / "examples.json").read_text())


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whatif")
    return create_app(ROOT / "mlruns_reduced", database=folder / "decisions.db").test_client()


def asked(client, body, status=200, **more):
    response = client.post("/what-if", json=body, **more)
    assert response.status_code == status, response.text
    return response.json


def test_a_client_as_it_is_gets_the_answer_of_score(shipped):
    body = EXAMPLES["borderline"]
    answer, score = asked(shipped, body), shipped.post("/score", json=body).json
    names = (
        "decision",
        "probability",
        "points",
        "expected_loss",
        "refer",
        "at_stake",
        "review_worth",
        "rule",
        "segment",
    )
    of_score = {name: score["scores"][0][name] for name in names}
    assert answer["before"] == of_score
    assert answer["after"] is None
    assert answer["review"] == score["review"]


def test_the_ten_features_that_matter_most_come_first(shipped):
    body = EXAMPLES["refused"]
    features = asked(shipped, body)["features"]
    sizes = [abs(one["contribution"]) for one in features if one["among_ten"]]
    assert len(sizes) == 10
    assert sizes == sorted(sizes, reverse=True)
    largest = shipped.post("/explain", json=body).json["contributions"][0]
    assert features[0]["feature"] == largest["feature"]
    assert {"AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"} <= {one["feature"] for one in features}


def test_a_slider_holds_the_clients_own_value_on_a_step(shipped):
    for one in asked(shipped, EXAMPLES["accepted"])["features"]:
        if one["slider"] is None:
            assert (one["locked"] is None) == (one["options"] is not None) or one["locked"] is not None
            continue
        slider = one["slider"]
        assert slider["low"] <= one["value"] <= slider["high"]
        steps = (one["value"] - slider["low"]) / slider["step"]
        assert steps == pytest.approx(round(steps), abs=1e-6)


@pytest.mark.parametrize("form", ["tables", "features"])
def test_changes_answer_as_a_client_who_came_with_them(shipped, form):
    body = EXAMPLES["borderline"]
    changes = {"AMT_CREDIT": 200_000.0, "AMT_INCOME_TOTAL": 150_000.0, "FLAG_PHONE": 1, "FLAG_DOCUMENT_3": 0}
    other = {**body, "application": {**body["application"], **changes}}
    if form == "features":
        shipped.post("/predict", json=body)
        body = shipped.get("/data?inputs=1").json["data"][0]["inputs"]
    answer = asked(shipped, {"client": body, "changes": {**changes, "NAME_HOUSING_TYPE": "With parents"}})
    other["application"]["NAME_HOUSING_TYPE"] = "With parents"
    expected = shipped.post("/score", json=other).json["scores"][0]
    assert answer["after"]["probability"] == pytest.approx(expected["probability"], abs=1e-12)
    assert answer["after"]["expected_loss"] == expected["expected_loss"]
    assert answer["smallest"] is None


def test_terms_that_do_not_go_together_are_said(shipped):
    body = EXAMPLES["borderline"]
    annuity, goods = (body["application"][name] for name in ("AMT_ANNUITY", "AMT_GOODS_PRICE"))
    assert asked(shipped, body)["implausible"] == []
    changes = {"AMT_CREDIT": 50 * annuity, "AMT_GOODS_PRICE": 50 * annuity}
    found = asked(shipped, {"client": body, "changes": changes})
    assert found["after"] is not None
    assert [one["features"] for one in found["implausible"]] == [["AMT_CREDIT", "AMT_ANNUITY"]]
    assert found["implausible"][0]["message"].startswith("50.0 annuities would repay this loan; loans have 8 to 45.")
    changes = {"AMT_CREDIT": 2 * goods, "AMT_ANNUITY": 2 * goods / 20}
    found = asked(shipped, {"client": body, "changes": changes}, headers={"Accept-Language": "fr"})
    assert found["implausible"][0]["message"].startswith("Le prêt vaudrait 2,0 fois le prix des biens")


def test_an_amount_that_is_not_known_moves_by_round_steps(shipped):
    revolving = {"NAME_CONTRACT_TYPE": "Revolving loans", "AMT_GOODS_PRICE": None}
    application = {**EXAMPLES["borderline"]["application"], **revolving}
    rows = asked(shipped, {**EXAMPLES["borderline"], "application": application})["features"]
    slider = next(one["slider"] for one in rows if one["feature"] == "AMT_GOODS_PRICE")
    assert slider["step"] >= 1000
    assert all(slider[end] % slider["step"] == 0 for end in ("low", "high"))


def test_the_smallest_change_is_accepted_when_it_is_asked_for(shipped):
    body = EXAMPLES["borderline"]
    smallest = asked(shipped, body)["smallest"]
    assert smallest["status"] == "found"
    assert smallest["after"]["decision"] == "accept"
    changes = {one["feature"]: one["to"] for one in smallest["changes"]}
    assert asked(shipped, {"client": body, "changes": changes})["after"] == smallest["after"]
    other = {**body, "application": {**body["application"], **changes}}
    assert shipped.post("/score", json=other).json["scores"][0]["decision"] == "accept"


def test_a_proposal_is_of_loan_and_income_alone_and_says_how_large_it_is(shipped):
    """Loan, annuity and price as they go together; documents, contacts and circumstances are not among them."""
    amounts = ["AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"]
    smallest = asked(shipped, EXAMPLES["borderline"])["smallest"]
    of = {one["feature"]: math.log(one["to"] / one["from"]) for one in smallest["changes"]}
    assert of.keys() <= set(amounts)
    loan, annuity, price, income = (of.get(name, 0.0) for name in amounts)
    assert smallest["size"] == pytest.approx(abs(loan) + abs(loan - annuity) + abs(income), abs=1e-12)
    assert income >= 0 >= loan
    assert price in (0.0, pytest.approx(loan, abs=2e-3))
    assert 0 < smallest["step"] <= 0.05


def test_none_is_an_honest_answer(client):
    """A small model by which an external score decides: no smaller loan helps."""
    answer = asked(client, {"SK_ID_CURR": 1, **CREDIT, "EXT_SOURCE_2": 0.1})
    smallest = answer["smallest"]
    assert answer["before"]["decision"] == "refuse"
    assert (smallest["status"], smallest["changes"], smallest["after"], smallest["size"]) == ("none", [], None, None)
    assert smallest["lowest"] >= answer["threshold"]
    assert smallest["tried"] > 10


def test_a_higher_income_is_one_with_a_co_applicant(tmp_path):
    """One split on the income: above it one in twenty defaults, below it half do."""
    model = LGBMClassifier(n_estimators=1, num_leaves=2, min_child_samples=1, learning_rate=1.0, n_jobs=1, verbose=-1)
    income = np.repeat([100_000.0, 200_000.0], 20)
    model.fit(income[:, None], np.repeat([1, 0, 1, 0], [10, 10, 1, 19]))
    manifest = {"data": {"simulated": True}, "model": {"name": "One split"}}
    folder = save_bundle(tmp_path / "income", model, ["AMT_INCOME_TOTAL"], 0.3, manifest)
    only = create_app(folder, database=None).test_client()
    limit = model.booster_.dump_model()["tree_info"][0]["tree_structure"]["threshold"]  # between the two incomes
    body = {"SK_ID_CURR": 1, "AMT_INCOME_TOTAL": 0.9 * limit}
    (change,) = asked(only, body)["smallest"]["changes"]
    assert change["description"] == "Yearly income, with that of a co-applicant"
    assert limit < change["to"] < 1.01 * limit
    (change,) = asked(only, body, headers={"Accept-Language": "fr"})["smallest"]["changes"]
    assert change["description"] == "Revenu annuel, avec celui d'un co-emprunteur"


def test_an_accepted_client_needs_no_change(shipped):
    assert asked(shipped, EXAMPLES["accepted"])["smallest"]["status"] == "accepted"


def test_nothing_is_logged(shipped):
    before = shipped.get("/data").json["total"]
    asked(shipped, EXAMPLES["accepted"])
    asked(shipped, {"client": EXAMPLES["accepted"], "changes": {"AMT_CREDIT": 100_000}})
    assert shipped.get("/data").json["total"] == before


def test_it_speaks_french(shipped):
    answer = asked(shipped, EXAMPLES["borderline"], headers={"Accept-Language": "fr"})
    loan = next(one for one in answer["features"] if one["feature"] == "AMT_CREDIT")
    assert loan["description"] == "Montant du prêt demandé"
    assert "promesses" in answer["note"]


def test_a_client_by_its_features_may_be_wrapped_or_not(client):
    body = {"SK_ID_CURR": 1, "AMT_CREDIT": 300_000, "EXT_SOURCE_2": 0.4}
    plain, wrapped = asked(client, body), asked(client, {"client": body})
    assert plain == wrapped
    assert asked(client, [body])["before"] == plain["before"]


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"changes": {"AMT_CREDT": 1}}, "changes.AMT_CREDT", "did you mean 'AMT_CREDIT'?"),
        ({"changes": {"CODE_GENDER": 1}}, "changes.CODE_GENDER", "it is locked (protected)"),
        ({"changes": {"EXT_SOURCE_2": 0.9}}, "changes.EXT_SOURCE_2", "it is locked (reported)"),
        ({"changes": {"AMT_CREDIT": 10}}, "changes.AMT_CREDIT", "must be a number from 45,000 to 4,050,100, not 10"),
        ({"changes": {"AMT_CREDIT": True}}, "changes.AMT_CREDIT", "must be a number"),
        ({"changes": {"AMT_CREDIT": None}}, "changes.AMT_CREDIT", "must be a number"),
        ({"changes": [1]}, "changes", "must be an object"),
        ({"other": 1}, "other", "neither client nor changes"),
    ],
)
def test_changes_that_are_none_are_refused_by_name(client, body, field, told):
    answer = asked(client, {"client": {"SK_ID_CURR": 1, **CREDIT}, **body}, 422)
    assert [one["field"] for one in answer["details"]] == [field]
    assert told in answer["error"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"client": {"SK_ID_CURR": 1, "AMT_CREDIT": 1, "AMT_CREDIT": 2}}', "client.AMT_CREDIT"),
        ('{"client": {"SK_ID_CURR": 1}, "client": {"SK_ID_CURR": 2}}', "client"),
        ('{"client": {"SK_ID_CURR": 1}, "changes": {"AMT_CREDIT": 90000, "AMT_CREDIT": 80000}}', "changes.AMT_CREDIT"),
        ('{"client": {"SK_ID_CURR": 1}, "changes": {}, "changes" : {}}', "changes"),
        ('{"client": {"SK_ID_CURR": 1}, "TARGET": 1, "TARGET": 0}', "TARGET"),
    ],
)
def test_a_key_that_comes_twice_is_refused(client, text, field):
    response = client.post("/what-if", data=text, content_type="application/json")
    assert response.status_code == 422
    assert [one["field"] for one in response.json["details"]] == [field]


def test_a_text_in_the_changes_is_not_repeated(client):
    answer = asked(client, {"client": {"SK_ID_CURR": 1, **CREDIT}, "changes": {"AMT_CREDIT": "secret"}}, 422)
    assert answer["error"] == "changes.AMT_CREDIT must be a number from 45,000 to 4,050,100, not a text"


def test_a_published_row_is_a_client(shipped):
    body = EXAMPLES["borderline"]["application"]
    by_name, by_table = asked(shipped, {"client": body}), asked(shipped, {"client": {"application": body}})
    assert by_name["before"] == by_table["before"]


OUTCOME = "1 row of application: 'TARGET' is the outcome and no input; it is ignored."


@pytest.mark.parametrize("more", [{"TARGET": 1}, {"TARGET": None, "Unnamed: 0": 7}, {"index": 3}, {"": 0}])
@pytest.mark.parametrize("changes", [{}, {"changes": {"AMT_CREDIT": 200_000}}])
def test_what_is_no_input_is_ignored_beside_the_client_as_in_it(shipped, more, changes):
    row = EXAMPLES["borderline"]["application"]
    expected = asked(shipped, {"client": row, **changes})
    inside, beside = (
        asked(shipped, body) for body in ({"client": {**row, **more}, **changes}, {**more, "client": row, **changes})
    )
    assert inside == beside
    assert [one["column"] for one in beside.pop("details")] == list(more)
    assert beside == expected


def test_an_outcome_beside_the_client_is_said_to_be_ignored(shipped):
    body = {"client": EXAMPLES["borderline"], "TARGET": 1}
    assert OUTCOME in [one["message"] for one in asked(shipped, body)["details"]]
    french = asked(shipped, body, headers={"Accept-Language": "fr"})["details"]
    assert french[-1]["message"].startswith("1 ligne de application\u00a0: 'TARGET' est le résultat")


def test_tables_beside_the_client_are_its_tables(shipped):
    example = EXAMPLES["borderline"]
    histories = {name: rows for name, rows in example.items() if name != "application"}
    changes = {"AMT_CREDIT": 200_000}
    beside = asked(shipped, {"client": example["application"], **histories, "TARGET": 0, "changes": changes})
    assert [one["column"] for one in beside.pop("details")][-1:] == ["TARGET"]
    expected = asked(shipped, {"client": example, "changes": changes})
    expected.pop("details", None)
    assert beside == expected


def test_tables_beside_a_client_of_tables_are_refused_with_the_right_call(shipped):
    example = EXAMPLES["borderline"]
    answer = asked(shipped, {"client": {"application": example["application"]}, "bureau": []}, 422)
    assert answer["error"] == (
        'bureau stands beside "client", which is no row of application; send '
        '{"client": {"application": {...}, "bureau": [...]}, "changes": {...}}'
    )


def test_a_loan_that_becomes_a_cash_loan_wants_the_price_of_its_goods(shipped):
    revolving = {"NAME_CONTRACT_TYPE": "Revolving loans", "AMT_GOODS_PRICE": None}
    client = {**EXAMPLES["borderline"], "application": {**EXAMPLES["borderline"]["application"], **revolving}}
    (detail,) = asked(shipped, {"client": client, "changes": {"NAME_CONTRACT_TYPE": "Cash loans"}}, 422)["details"]
    assert detail["field"] == "changes.AMT_GOODS_PRICE"
    assert "is missing: a loan without the price of its goods cannot be decided on" in detail["message"]
    changes = {"NAME_CONTRACT_TYPE": "Cash loans", "AMT_GOODS_PRICE": 300_000}
    assert asked(shipped, {"client": client, "changes": changes})["after"] is not None


def test_null_beside_the_client_is_as_not_sent(shipped):
    body = {"client": EXAMPLES["accepted"]}
    assert asked(shipped, {**body, "changes": None, "bureau": None}) == asked(shipped, body)


@pytest.mark.parametrize("route", ["/predict", "/predict_proba", "/score", "/explain", "/what-if"])
def test_every_route_refuses_a_loan_without_its_annuity(shipped, route):
    application = {**EXAMPLES["accepted"]["application"], "AMT_ANNUITY": None}
    response = shipped.post(route, json={**EXAMPLES["accepted"], "application": application})
    assert response.status_code == 422
    assert [one["field"] for one in response.json["details"]] == ["application[0].AMT_ANNUITY"]


def test_violations_beside_the_client_say_where_they_are(shipped):
    client = {"SK_ID_CURR": 1, "AMT_CREDIT": "much", "AMT_ANNUITY": 9000, "AMT_GOODS_PRICE": 9000}
    body = {"client": client, "bureau": [{"SK_ID_CURR": 1, "SK_ID_BUREAU": "x"}]}
    answer = asked(shipped, body, 422)
    assert {one["field"] for one in answer["details"]} == {"client.AMT_CREDIT", "bureau[0].SK_ID_BUREAU"}
    assert "application[0]" not in json.dumps(answer)


def test_the_mark_of_windows_editors_is_passed_over(shipped):
    body = json.dumps({"client": EXAMPLES["accepted"]}).encode("utf-8-sig")
    assert shipped.post("/what-if", data=body, content_type="application/json").status_code == 200


def test_switches_and_lists_take_their_values_only(shipped):
    changes = {"FLAG_PHONE": 2, "NAME_HOUSING_TYPE": "a boat"}
    answer = asked(shipped, {"client": EXAMPLES["accepted"], "changes": changes}, 422)
    messages = [one["message"] for one in answer["details"]]
    assert messages[0] == "changes.FLAG_PHONE must be 0 or 1, not 2"
    assert messages[1].startswith("changes.NAME_HOUSING_TYPE must be one of ")


def test_violations_inside_the_client_say_where_they_are(client):
    answer = asked(client, {"client": {"SK_ID_CURR": 1, "AMT_CREDT": 3}}, 422)
    assert answer["details"][0]["field"] == "client.AMT_CREDT"


def test_one_client_at_a_time(client):
    answer = asked(client, [{"SK_ID_CURR": 1, **CREDIT}, {"SK_ID_CURR": 2, **CREDIT}], 422)
    assert answer["error"] == "/what-if takes one client at a time, and this body holds 2."


def test_a_model_without_contributions_says_so(other_make):
    assert "cannot be explained" in asked(other_make, {"SK_ID_CURR": 1, **CREDIT}, 501)["error"]


def test_a_model_without_points_or_costs_answers_all_the_same(bare):
    before = asked(bare, {"SK_ID_CURR": 1, "AMT_CREDIT": 100_000})["before"]
    assert (before["points"], before["refer"], before["review_worth"]) == (None, None, None)


@pytest.fixture(scope="module")
def trusting(tmp_path_factory):
    """A model that says of larger loans that they are better: a log odds that falls with the loan."""
    rng = np.random.default_rng(0)
    loan = rng.uniform(1e5, 1e6, 4000)
    y = rng.random(4000) < np.where(loan > 5e5, 0.05, 0.4)
    columns = ["AMT_CREDIT", "AMT_INCOME_TOTAL"]
    x = np.column_stack([loan, rng.uniform(1e5, 2e5, 4000)])
    model = LGBMClassifier(n_estimators=20, num_leaves=4, n_jobs=1, verbose=-1, random_state=0).fit(x, y)
    manifest = {"data": {"simulated": True}, "model": {"name": "Trusting"}}
    folder = tmp_path_factory.mktemp("trusting")
    return create_app(save_bundle(folder / "bundle", model, columns, 0.16, manifest), database=None).test_client()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"AMT_CREDIT": 8e5}, True),
        ({"AMT_CREDIT": 2.5e5}, False),  # smaller, and riskier by this model: nothing is gained by more
        ({"AMT_CREDIT": 8e5, "AMT_INCOME_TOTAL": 2e5}, False),  # the income may be why
    ],
)
def test_a_probability_that_falls_where_the_loan_alone_grows_is_said_to_be_no_reason(trusting, changes, said):
    body = {"client": {"SK_ID_CURR": 1, "AMT_CREDIT": 3e5, "AMT_INCOME_TOTAL": 1.5e5}, "changes": changes}
    for language, words in (("en", "That is no reason to lend more."), ("fr", "pas une raison de prêter plus.")):
        found = trusting.post(f"/what-if?lang={language}", json=body).json
        if said:
            assert found["after"]["probability"] < found["before"]["probability"]
            assert found["against_sense"].endswith(words)
        else:
            assert found["against_sense"] is None
