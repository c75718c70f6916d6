"""The contract of the routes, as a client sees it: what goes in, what comes out.

The tests with values use a model whose answers can be worked out by hand: the probability of default is one minus
EXT_SOURCE_2, and one half where EXT_SOURCE_2 is unknown. The tests of the form run on the shipped model too.
"""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from credit.model import save_bundle
from credit.tables import TABLES
from credit.web.application import create_app
from credit.web.auth import Callers
from credit.web.error_codes import CODES
from credit.web.payload.value_limits import limit
from credit.web.requests import MAX_BYTES

COLUMNS = ["CODE_GENDER", "FLAG_OWN_CAR", "AMT_CREDIT", "AMT_ANNUITY", "EXT_SOURCE_2", "BUREAU_DAYS_CREDIT_MAX"]
THRESHOLD = 0.16
#: Without these amounts no client is decided on.
LOAN = {"AMT_CREDIT": 450000.0, "AMT_ANNUITY": 24500.0}
#: Those of the shipped model, which reads the price of the goods, too.
WHOLE_LOAN = {**LOAN, "AMT_GOODS_PRICE": 450000.0}
MANIFEST = {"data": {"simulated": True, "clients": 10000}, "model": {"name": "Simple"}}


class Simple:
    """The probability of default is one minus EXT_SOURCE_2, one half where it is unknown."""

    classes_ = np.array([0, 1])
    n_features_in_ = len(COLUMNS)

    def predict_proba(self, X):
        p = np.clip(1 - np.nan_to_num(X[:, COLUMNS.index("EXT_SOURCE_2")], nan=0.5), 0, 1)
        return np.column_stack([1 - p, p])


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return save_bundle(tmp_path_factory.mktemp("model") / "bundle", Simple(), COLUMNS, THRESHOLD, MANIFEST)


@pytest.fixture
def app(bundle, tmp_path):
    return create_app(bundle, database=tmp_path / "decisions.db")


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(params=["made here", "shipped"])
def any_client(request, bundle, tmp_path):
    folder = bundle if request.param == "made here" else Path(__file__).parent / "mlruns_reduced"
    return create_app(folder, database=tmp_path / "decisions.db").test_client()


@pytest.fixture
def shipped_client(tmp_path):
    return create_app(Path(__file__).parent / "mlruns_reduced", database=tmp_path / "decisions.db").test_client()


@pytest.fixture
def keyed(bundle, tmp_path):
    """A client of a server that knows two callers: ann with the key "a", bob with the key "b"."""
    keys = {name: hashlib.sha256(key).hexdigest() for name, key in (("ann", b"a"), ("bob", b"b"))}
    return create_app(bundle, database=tmp_path / "decisions.db", callers=Callers(keys)).test_client()


def known(number=155312, **values):
    """A client of whom every feature is named."""
    return {"SK_ID_CURR": number, **dict.fromkeys(COLUMNS), **LOAN, **values}


def loan_of(client):
    """The amounts that the served model reads."""
    columns = client.get("/features").json["columns"]
    return {name: value for name, value in WHOLE_LOAN.items() if name in columns}


def few(number=1, **values):
    """A client of whom the loan is named, and these ``values``."""
    return {"SK_ID_CURR": number, **LOAN, **values}


def as_json(text):
    return {"data": text, "content_type": "application/json"}


def assert_error(response, status, *parts, fields=()):
    """An error answer has the one shape, and its sentence says what the test expects."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/json"
    assert set(response.json) == {"error", "code", "details"}
    assert response.json["code"] in CODES
    for part in parts:
        assert part in response.json["error"]
    assert sorted(detail["field"] for detail in response.json["details"]) == sorted(fields)
    assert all(set(detail) == {"field", "message", "code"} for detail in response.json["details"])


# -- what can be read --------------------------------------------------------------------------------------------------


def test_a_program_is_welcomed_in_plain_english(any_client):
    response = any_client.get("/")
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.headers["Content-Language"] == "en"
    assert response.text.startswith("Welcome.")
    for route in ("/features", "/best_threshold", "/predict", "/predict_proba", "/data"):
        assert route in response.text


def test_a_french_reader_is_welcomed_in_french(any_client):
    response = any_client.get("/", headers={"Accept-Language": "fr-CH, fr;q=0.9, en;q=0.5"})
    assert response.headers["Content-Language"] == "fr"
    assert response.text.startswith("Bienvenue.")


def test_a_browser_gets_a_page_in_its_language(any_client):
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "fr"}
    response = any_client.get("/", headers=browser)
    assert response.content_type == "text/html; charset=utf-8"
    assert '<html lang="fr">' in response.text
    assert "<h1>Bienvenue</h1>" in response.text


def test_the_page_says_that_the_bank_was_simulated(any_client):
    assert "of a simulated bank" in any_client.get("/").text
    assert "d'une banque simulée" in any_client.get("/", headers={"Accept-Language": "fr"}).text


def test_the_example_on_the_page_is_answered(any_client):
    line = next(line for line in any_client.get("/").text.splitlines() if "curl" in line)
    body = line.split(" -d '")[1].split("' ")[0]
    response = any_client.post("/predict", **as_json(body))
    assert response.status_code == 200
    assert list(response.json["prediction"]) == ["client n° 155312"]


def test_features_are_the_columns_of_the_model(client):
    assert client.get("/features").json == {"columns": COLUMNS}


@pytest.mark.parametrize("details", ["", "?details=0", "?lang=fr"])
def test_features_are_the_columns_alone_where_no_more_is_asked(client, details):
    assert client.get(f"/features{details}").json == {"columns": COLUMNS}


def test_details_say_of_every_feature_what_it_is(client):
    response = client.get("/features?details=1")
    assert response.headers["Content-Language"] == "en"
    assert {*response.vary} == {"Accept-Language", "Accept-Encoding"}
    assert response.json["columns"] == COLUMNS
    assert [detail["name"] for detail in response.json["details"]] == COLUMNS
    assert response.json["details"][2] == {
        "name": "AMT_CREDIT",
        "description": "Amount of the loan asked for",
        "unit": "currency",
        "table": "application",
        "family": "recipe",
        "missing": None,  # this model's manifest says nothing of it
        "values": [],  # an amount: no value has a meaning of its own
    }
    assert response.json["details"][5]["table"] == "bureau"
    assert response.json["details"][5]["unit"] == "days"


def test_details_say_by_which_published_names_a_client_may_be_sent(client):
    published = client.get("/features?details=1&lang=fr").json["published"]
    assert [one["name"] for one in published] == list(TABLES["application_test"].names[1:])
    assert published[0] == {
        "name": "NAME_CONTRACT_TYPE",
        "description": "Type du prêt demandé",
        "type": "text",
        "texts": ["Cash loans", "Revolving loans"],
    }
    assert "<td>Cash loans; Revolving loans</td>" in client.get("/features", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("headers", [{"Accept-Language": "fr-CH, en;q=0.5"}, {}])
def test_details_speak_the_language_of_the_reader_or_the_one_asked_for(client, headers):
    response = client.get("/features?details=1" + ("" if headers else "&lang=fr"), headers=headers)
    assert response.headers["Content-Language"] == "fr"
    assert response.json["details"][2]["description"] == "Montant du prêt demandé"
    assert response.json["details"][5]["unit"] == "jours"


def test_the_language_asked_for_wins_over_the_readers(client):
    response = client.get("/features?details=1&lang=en", headers={"Accept-Language": "fr"})
    assert response.json["details"][2]["description"] == "Amount of the loan asked for"


def test_details_say_how_often_a_feature_is_missing_where_the_manifest_knows(tmp_path):
    columns = ["AMT_CREDIT", "EXT_SOURCE_2", "a column of nobody"]

    class Three(Simple):
        n_features_in_ = 3

        def predict_proba(self, X):
            return np.full((len(X), 2), 0.5)

    manifest = {**MANIFEST, "features": {"missing": {"AMT_CREDIT": 0.0, "EXT_SOURCE_2": 0.125}}}
    folder = save_bundle(tmp_path / "bundle", Three(), columns, THRESHOLD, manifest)
    client = create_app(folder, database=tmp_path / "decisions.db").test_client()
    details = client.get("/features?details=1").json["details"]
    assert [detail["missing"] for detail in details] == [0.0, 0.125, None]
    assert details[2] == {
        "name": "a column of nobody",
        "description": None,
        "unit": None,
        "table": None,
        "family": None,
        "missing": None,
        "values": [],
    }


def test_every_column_of_the_shipped_model_is_described(shipped_client):
    details = shipped_client.get("/features?details=1").json["details"]
    assert all(detail["description"] and detail["unit"] and detail["table"] for detail in details)


@pytest.mark.parametrize("query", ["details=yes", "details=2", "details=", "details=1&lang=de", "lang=de", "lang="])
def test_details_that_are_not_understood_are_refused(client, query):
    rule = "details must be 0 or 1" if "details=1" not in query and "lang" not in query else "lang must be en or fr"
    assert_error(client.get(f"/features?{query}"), 400, rule)


def test_the_shipped_model_reads_the_application_first(tmp_path):
    shipped = create_app(Path(__file__).parent / "mlruns_reduced", database=tmp_path / "decisions.db").test_client()
    columns = shipped.get("/features").json["columns"]
    assert columns[:3] == ["CODE_GENDER", "FLAG_OWN_CAR", "FLAG_OWN_REALTY"]
    assert 0 < shipped.get("/best_threshold").json["best_threshold"] < 1


def test_the_threshold_is_a_number(client):
    assert client.get("/best_threshold").json == {"best_threshold": 0.16}


def test_the_service_says_that_it_is_alive(any_client):
    assert any_client.get("/health").json == {"status": "alive"}


def test_the_service_says_whether_it_is_ready(bundle, tmp_path, client):
    ready = client.get("/ready").json
    assert (ready["status"], ready["log"], ready["model"]["name"]) == ("ready", True, "Simple")
    assert create_app(bundle, database=None).test_client().get("/ready").json["log"] is False
    later = create_app(bundle, database=tmp_path / "later" / "decisions.db").test_client()
    assert_error(later.get("/ready"), 503, "The decision log cannot be used")
    (tmp_path / "later").mkdir()
    assert later.get("/ready").status_code == 200


def test_every_answer_is_counted(client):
    client.post("/predict", json=known(EXT_SOURCE_2=0.9))  # a probability of 0.1
    client.post("/predict", json={"AMT_CREDT": 5})
    client.get("/nowhere")
    response = client.get("/metrics")
    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    counted = response.text.splitlines()
    assert 'credit_requests_total{route="/predict",status="200"} 1' in counted
    assert 'credit_errors_total{kind="refused values"} 1' in counted
    assert 'credit_errors_total{kind="not found"} 1' in counted
    assert 'credit_decisions_total{decision="accept"} 1' in counted
    assert "credit_threshold 0.16" in counted
    assert "155312" not in response.text


# -- scoring -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ext_source_2", "answer"),
    [(0.9166, "Yes"), (0.85, "Yes"), (0.84, "No"), (0.2, "No")],  # probabilities 0.0834, 0.15, 0.16 and 0.8
)
def test_a_loan_is_granted_below_the_threshold(client, ext_source_2, answer):
    response = client.post("/predict", json=known(EXT_SOURCE_2=ext_source_2))
    assert response.status_code == 200
    assert response.json == {"prediction": {"client n° 155312": answer}}


def test_the_probability_is_that_of_the_model(client):
    response = client.post("/predict_proba", json=known(EXT_SOURCE_2=0.9166))
    assert response.json == {"prediction": {"client n° 155312": pytest.approx(0.0834, abs=1e-12)}}


def test_the_answer_reads_well_in_a_terminal(client):
    response = client.post("/predict", json=known())
    assert response.data.decode("utf-8") == '{"prediction":{"client n° 155312":"No"}}\n'


def test_a_list_of_clients_is_answered_client_by_client(client):
    body = [known(1, EXT_SOURCE_2=0.9), known(2, EXT_SOURCE_2=0.1)]
    assert client.post("/predict", json=body).json == {"prediction": {"client n° 1": "Yes", "client n° 2": "No"}}


def test_a_list_of_one_client_is_a_list(client):
    assert client.post("/predict", json=[known(7, EXT_SOURCE_2=0.9)]).json == {"prediction": {"client n° 7": "Yes"}}


def test_a_missing_feature_is_allowed_counted_and_told(client):
    body = [known(1), few(2, EXT_SOURCE_2=0.9, CODE_GENDER=None)]
    response = client.post("/predict", json=body)
    # Client 1 says of every feature that it is unknown; client 2 does not name two of six.
    assert response.json == {
        "prediction": {"client n° 1": "No", "client n° 2": "Yes"},
        "missing": {"client n° 2": 2},
    }


def test_booleans_count_as_one_and_zero(bundle, tmp_path):
    client = create_app(bundle, database=tmp_path / "decisions.db").test_client()
    answer = client.post("/predict_proba", json=known(FLAG_OWN_CAR=False)).json
    assert answer == client.post("/predict_proba", json=known(FLAG_OWN_CAR=0)).json
    refused = client.post("/predict_proba", json=known(EXT_SOURCE_2=True))
    assert_error(refused, 422, "EXT_SOURCE_2 must be a number from 0 to 1, or null, not true", fields=["EXT_SOURCE_2"])


def test_a_client_of_whom_nothing_but_the_loan_is_known_is_scored(any_client):
    columns = any_client.get("/features").json["columns"]
    response = any_client.post("/predict_proba", json={"SK_ID_CURR": 1, **loan_of(any_client)})
    assert 0 <= response.json["prediction"]["client n° 1"] <= 1
    assert response.json["missing"] == {"client n° 1": len(columns) - len(loan_of(any_client))}


def test_a_body_that_names_every_feature_is_answered_with_the_prediction_alone(any_client):
    columns = any_client.get("/features").json["columns"]
    response = any_client.post("/predict", json={"SK_ID_CURR": 1, **dict.fromkeys(columns), **loan_of(any_client)})
    assert set(response.json) == {"prediction"}
    assert response.json["prediction"]["client n° 1"] in ("Yes", "No")


def test_the_two_routes_agree_on_the_threshold(any_client):
    threshold = any_client.get("/best_threshold").json["best_threshold"]
    loan = loan_of(any_client)
    body = [{"SK_ID_CURR": number, **loan, "EXT_SOURCE_2": number / 10} for number in range(11)]
    answers = any_client.post("/predict", json=body).json["prediction"]
    probabilities = any_client.post("/predict_proba", json=body).json["prediction"]
    assert answers == {name: "No" if p >= threshold else "Yes" for name, p in probabilities.items()}


def test_a_number_written_as_a_decimal_still_names_the_client(client):
    text = json.dumps(known(EXT_SOURCE_2=0.9)).replace("155312", "155312.0")
    assert client.post("/predict", **as_json(text)).json == {"prediction": {"client n° 155312": "Yes"}}


def test_a_mark_before_utf_8_is_no_obstacle(client):
    text = b"\xef\xbb\xbf" + json.dumps(known(EXT_SOURCE_2=0.9)).encode()
    assert client.post("/predict", **as_json(text)).json == {"prediction": {"client n° 155312": "Yes"}}


def test_a_thousand_clients_fit_into_one_body(client):
    body = [known(number, EXT_SOURCE_2=0.9) for number in range(1000)]
    response = client.post("/predict", json=body)
    assert len(response.json["prediction"]) == 1000
    assert set(response.json["prediction"].values()) == {"Yes"}


def test_a_thousand_clients_with_every_feature_fit_into_one_body(shipped_client):
    columns = shipped_client.get("/features").json["columns"]
    every = {name: 1.0 if limit(name).whole else 0.12345678901234567 for name in columns}
    every |= {name: -12345.0 if limit(name).whole else -12345.678901234567 for name in columns if name[:5] == "DAYS_"}
    body = [{"SK_ID_CURR": number, **LOAN, **every} for number in range(1000)]
    assert len(shipped_client.post("/predict", json=body).json["prediction"]) == 1000


def test_score_answers_whatever_model_is_served(any_client):
    response = any_client.post("/score", json={"SK_ID_CURR": 155312, **loan_of(any_client), "EXT_SOURCE_2": 0.5})
    assert response.status_code == 200
    (score,) = response.json["scores"]
    assert (score["client"], score["decision_id"]) == (155312, 1)
    assert score["decision"] in ("accept", "refer", "refuse")


def test_explain_answers_or_says_why_not(any_client):
    response = any_client.post("/explain", json={"SK_ID_CURR": 155312, **loan_of(any_client), "EXT_SOURCE_2": 0.5})
    if response.status_code != 200:
        assert_error(response, 501, "This server's model cannot be explained.")


@pytest.mark.parametrize("route", ["/explain", "/score"])
def test_the_richer_routes_want_a_key_before_anything_else(keyed, route):
    assert_error(keyed.post(f"{route}?lang=de"), 401, "Authorization: Bearer <key>")


# -- raw tables --------------------------------------------------------------------------------------------------------


def test_a_clients_tables_are_made_into_features(client):
    tables = {
        "application": {"SK_ID_CURR": 100001, **LOAN, "AMT_CREDIT": 1000.0, "EXT_SOURCE_2": 0.95, "CODE_GENDER": "F"},
        "bureau": [
            {"SK_ID_CURR": 100001, "SK_ID_BUREAU": 5, "DAYS_CREDIT": -100},
            {"SK_ID_CURR": 100001, "SK_ID_BUREAU": 6, "DAYS_CREDIT": -30},
        ],
    }
    response = client.post("/predict_proba", json=tables)
    assert response.json["prediction"] == {"client n° 100001": pytest.approx(0.05, abs=1e-12)}
    inputs = client.get("/data?inputs=1").json["data"][0]["inputs"]
    assert inputs["AMT_CREDIT"] == 1000.0
    assert inputs["FLAG_OWN_CAR"] is None
    assert inputs["BUREAU_DAYS_CREDIT_MAX"] == -30


def test_columns_of_the_application_that_are_not_sent_are_counted(client):
    response = client.post("/predict", json={"application": [{"SK_ID_CURR": 1, **LOAN, "EXT_SOURCE_2": 0.9}]})
    # The published application has 121 columns; four were sent.
    assert response.json["prediction"] == {"client n° 1": "Yes"}
    assert response.json["missing"] == {"client n° 1": 117}


def test_histories_that_are_not_sent_are_told_from_histories_that_are_empty(client):
    application = {"SK_ID_CURR": 1, **LOAN, "EXT_SOURCE_2": 0.9}
    response = client.post("/predict", json={"application": application, "POS_CASH_balance": []})
    assert response.json["missing_tables"] == [
        "bureau"
    ]  # of all tables the one that this model's columns are made from
    response = client.post("/predict", json={"application": application, "bureau": []})
    assert "missing_tables" not in response.json


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ({"DAYS_EMPLOYED": 36524}, "DAYS_EMPLOYED counts days back from the application and must be 0 or less"),
        ({"DAYS_BIRTH": -2}, "it must lie within -43830 (an age of 120 years) and -3652 (10 years)"),
        ({"DAYS_BIRTH": 0}, "DAYS_BIRTH counts the days since the client was born"),
        ({"DAYS_BIRTH": -110000}, "DAYS_BIRTH counts the days since the client was born"),
        ({"CNT_CHILDREN": -3}, "CNT_CHILDREN is a count and must be 0 or more"),
        ({"AMT_CREDIT": -5}, "AMT_CREDIT is an amount and must be above 0"),
        ({"AMT_INCOME_TOTAL": 0}, "AMT_INCOME_TOTAL is an amount and must be above 0; send null"),
        ({"AMT_CREDIT": 1e300}, "AMT_CREDIT must lie within -1e+12 and 1e+12"),
        ({"EXT_SOURCE_2": 1.5}, "EXT_SOURCE_2 is a score from 0 to 1; send null where it is not known"),
        ({"EXT_SOURCE_3": -0.1}, "EXT_SOURCE_3 is a score from 0 to 1"),
    ],
)
def test_impossible_values_are_refused_by_name(shipped_client, sent, rule):
    response = shipped_client.post("/predict", json={"SK_ID_CURR": 1, **WHOLE_LOAN, **sent})
    assert response.status_code == 422
    (detail,) = response.json["details"]
    assert detail["field"] == next(iter(sent))
    assert rule in detail["message"]
    both = [{"SK_ID_CURR": 1, **WHOLE_LOAN}, {"SK_ID_CURR": 2, **WHOLE_LOAN, **sent}]
    several = shipped_client.post("/predict", json=both)
    assert several.json["details"][0]["field"] == f"[1].{next(iter(sent))}"


def test_several_clients_share_tables(client):
    tables = {"application": [few(2, EXT_SOURCE_2=0.9), few(1, EXT_SOURCE_2=0.1)]}
    assert client.post("/predict", json=tables).json["prediction"] == {"client n° 2": "Yes", "client n° 1": "No"}


def test_a_text_outside_the_vocabulary_is_told(client):
    tables = {"application": {"SK_ID_CURR": 1, **LOAN, "CODE_GENDER": "Q"}}
    response = client.post("/predict", json=tables)
    assert response.json["details"] == [
        {
            "client": "client n° 1",
            "kind": "unknown value",
            "table": "application",
            "column": "CODE_GENDER",
            "number": 1,
            "example": "Q",
            "message": "1 row of application: CODE_GENDER 'Q' is not a published value; it counts as no known value.",
            "code": "unknown-value",
        }
    ]


def test_days_in_the_future_are_told_and_not_averaged(client):
    loans = [{"SK_ID_CURR": 1, "SK_ID_BUREAU": loan, "DAYS_CREDIT": day} for loan, day in ((5, -30), (6, 40), (7, 20))]
    response = client.post("/predict", json={"application": {"SK_ID_CURR": 1, **LOAN}, "bureau": loans})
    (detail,) = response.json["details"]
    assert (detail["client"], detail["kind"], detail["table"]) == ("client n° 1", "future", "bureau")
    assert (detail["column"], detail["number"], detail["example"]) == ("DAYS_CREDIT", 2, 40)
    assert client.get("/data?inputs=1").json["data"][0]["inputs"]["BUREAU_DAYS_CREDIT_MAX"] == -30


def test_nobody_employed_is_no_day_in_the_future(client):
    response = client.post("/predict", json={"application": {"SK_ID_CURR": 1, **LOAN, "DAYS_EMPLOYED": 365243}})
    assert "details" not in response.json


def test_each_client_has_remarks_of_its_own(client):
    applications = [
        {"SK_ID_CURR": 1, **LOAN, "CODE_GENDER": "Q"},
        {"SK_ID_CURR": 2, **LOAN},
        {"SK_ID_CURR": 3, **LOAN, "DAYS_REGISTRATION": 7},
    ]
    response = client.post("/predict_proba", json={"application": applications})
    assert list(response.json["prediction"]) == ["client n° 1", "client n° 2", "client n° 3"]
    assert [(detail["client"], detail["kind"]) for detail in response.json["details"]] == [
        ("client n° 1", "unknown value"),
        ("client n° 3", "future"),
    ]


def test_a_thousand_remarks_are_told_and_the_rest_counted(client):
    applications = [{"SK_ID_CURR": n, **LOAN, "CODE_GENDER": "Q", "DAYS_REGISTRATION": 1} for n in range(600)]
    response = client.post("/predict", json={"application": applications})
    assert (len(response.json["details"]), response.json["details_left_out"]) == (1000, 200)


def test_remarks_are_for_the_caller_and_not_for_the_servers_log(client, capfd):
    client.post("/predict", json={"application": {"SK_ID_CURR": 77777777, **LOAN, "CODE_GENDER": "Quaint"}})
    written = capfd.readouterr().err
    assert written.count("\n") == 1
    assert "77777777" not in written
    assert "Quaint" not in written


def test_every_violation_in_tables_is_named(client):
    tables = {
        "application": [{"SK_ID_CURR": 1, "AMT_CREDIT": "much", "AMT_ANUITY": 1}],
        "bureau": [{"SK_ID_CURR": 1, "DAYS_CREDIT": -1.5}],
        "buro": [],
    }
    fields = [
        "application[0].AMT_CREDIT",
        "application[0].AMT_ANUITY",
        "bureau[0].DAYS_CREDIT",
        "bureau[0].SK_ID_BUREAU",
        "buro",
    ]
    assert_error(client.post("/predict", json=tables), 422, "(and 4 more violations in this body)", fields=fields)


def test_tables_without_an_application_are_refused(client):
    response = client.post("/predict", json={"bureau": [{"SK_ID_CURR": 1, "SK_ID_BUREAU": 2}]})
    assert_error(response, 422, "application is missing or empty", fields=["application"])


def test_the_history_of_somebody_else_is_left_out_and_told(client):
    loans = [{"SK_ID_CURR": key, "SK_ID_BUREAU": key, "DAYS_CREDIT": -key} for key in (9, 1)]
    response = client.post("/predict", json={"application": {"SK_ID_CURR": 1, **LOAN}, "bureau": loans})
    assert list(response.json["prediction"]) == ["client n° 1"]
    (detail,) = response.json["details"]
    assert (detail["client"], detail["kind"], detail["table"]) == (None, "orphan", "bureau")
    assert (detail["column"], detail["number"], detail["example"]) == ("SK_ID_CURR", 1, 9)
    assert detail["message"].endswith("is no client in application; the row is left out.")
    assert client.get("/data?inputs=1").json["data"][0]["inputs"]["BUREAU_DAYS_CREDIT_MAX"] == -1


def test_months_of_a_loan_that_is_not_there_are_left_out_and_told(client):
    tables = {"application": {"SK_ID_CURR": 1, **LOAN}, "bureau_balance": [{"SK_ID_BUREAU": 2, "MONTHS_BALANCE": -1}]}
    (detail,) = client.post("/predict", json=tables).json["details"]
    assert (detail["kind"], detail["table"], detail["column"]) == ("orphan", "bureau_balance", "SK_ID_BUREAU")


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["/predict", "/predict_proba"])
def test_an_empty_body_is_refused(any_client, route):
    assert_error(any_client.post(route, **as_json("")), 400, "The body is empty")
    assert_error(any_client.post(route, **as_json(" \n ")), 400, "The body is empty")


@pytest.mark.parametrize("text", ["{", "SK_ID_CURR=1", '{"SK_ID_CURR": 1,}', "\ufeff{", '{"SK_ID_CURR": 1} 2'])
def test_a_body_that_is_not_json_is_refused(client, text):
    assert_error(client.post("/predict", **as_json(text.encode())), 400, "The body is not JSON")


@pytest.mark.parametrize("data", [b"\xff\xfe", b'{"\xff": 1}', '{"SK_ID_CURR": 1}'.encode("utf-16")])
def test_a_body_that_is_not_utf_8_is_refused(client, data):
    assert_error(client.post("/predict", **as_json(data)), 400, "The body is not JSON")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
def test_a_body_that_is_nested_too_deeply_is_refused(client, text):
    assert client.post("/predict", **as_json(text)).status_code == 400


@pytest.mark.parametrize("text", ["5", '"text"', "null", "true"])
def test_a_body_that_is_no_client_is_refused(client, text):
    assert_error(client.post("/predict", **as_json(text)), 422, "The body must be an object", fields=[""])


def test_a_list_with_something_else_than_clients_is_refused(client):
    response = client.post("/predict", json=[known(1), 5, None])
    assert_error(response, 422, "[1] must be an object of names and values, not a number", fields=["[1]", "[2]"])


def test_an_empty_list_is_refused(client):
    assert_error(client.post("/predict", json=[]), 422, "The list holds no client", fields=[""])


def test_an_unknown_name_is_refused_with_the_nearest_known_one(client):
    response = client.post("/predict", json=few(AMT_CREDT=5))
    sentence = "'AMT_CREDT' is not a feature; did you mean 'AMT_CREDIT'? See GET /features"
    detail = {"field": "AMT_CREDT", "message": sentence, "code": "unknown-name"}
    assert response.json == {"error": sentence, "code": "body-refused", "details": [detail]}
    assert response.status_code == 422


def test_a_name_in_small_letters_is_close_enough_to_be_recognised(client):
    response = client.post("/predict", json=few(amt_credit=5))
    assert "did you mean 'AMT_CREDIT'?" in response.json["error"]


def test_a_name_like_no_other_is_refused_without_a_guess(client):
    response = client.post("/predict", json=few(xyz=5))
    assert_error(response, 422, "'xyz' is not a feature. See GET /features", fields=["xyz"])


@pytest.mark.parametrize("value", ["5", "", [], {}, [5]])
def test_anything_but_a_number_is_refused_by_name(client, value):
    response = client.post("/predict", json=few(AMT_CREDIT=value))
    assert_error(response, 422, "AMT_CREDIT must be an amount above 0, not", fields=["AMT_CREDIT"])


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "1" + 400 * "0"])
def test_a_number_that_is_none_is_refused_by_name(client, value):
    response = client.post("/predict", **as_json(f'{{"SK_ID_CURR": 1, "AMT_ANNUITY": 9, "AMT_CREDIT": {value}}}'))
    assert_error(response, 422, "AMT_CREDIT", "send null where a value is unknown", fields=["AMT_CREDIT"])


@pytest.mark.parametrize("value", ["1.5", "-1", "true", "null", '"1"', "9223372036854775808", "1e30"])
def test_a_client_number_that_is_none_is_refused(client, value):
    response = client.post("/predict", **as_json(f'{{"AMT_CREDIT": 90, "AMT_ANNUITY": 9, "SK_ID_CURR": {value}}}'))
    assert_error(response, 422, "SK_ID_CURR must be a whole number", fields=["SK_ID_CURR"])


def test_a_list_is_no_client_number(client):
    response = client.post("/predict", json={"SK_ID_CURR": [1]})
    assert_error(response, 422, "SK_ID_CURR must be a whole number", fields=["SK_ID_CURR", "AMT_CREDIT", "AMT_ANNUITY"])


def test_a_client_without_a_number_is_refused(client):
    assert_error(client.post("/predict", json=LOAN), 422, "SK_ID_CURR is missing", fields=["SK_ID_CURR"])


def test_every_violation_is_named_with_its_place(client):
    body = [known(1), {"SK_ID_CURR": 2, "AMT_CREDT": 1, "AMT_ANNUITY": "x"}, {**LOAN, "EXT_SOURCE_2": []}]
    fields = ["[1].AMT_CREDT", "[1].AMT_ANNUITY", "[2].EXT_SOURCE_2", "[2].SK_ID_CURR"]
    assert_error(client.post("/predict", json=body), 422, "(and 3 more violations in this body)", fields=fields)


def test_a_hundred_violations_are_listed_and_the_rest_counted(client):
    response = client.post("/predict", json={**few(), **{f"name {i}": 1 for i in range(300)}})
    assert len(response.json["details"]) == 100
    assert "(and 299 more violations in this body)" in response.json["error"]


def test_a_client_that_comes_twice_is_refused(client):
    response = client.post("/predict", json=[known(1), known(2), known(1)])
    assert_error(response, 422, "client n° 1 comes 2 times", fields=["[2].SK_ID_CURR"])


def test_more_than_a_thousand_clients_are_refused(client):
    response = client.post("/predict", json=[{"SK_ID_CURR": number} for number in range(1001)])
    assert_error(response, 413, "may hold 1000 clients, and this one holds 1001")


def test_more_than_a_thousand_applications_are_refused(client):
    response = client.post("/predict", json={"application": [{"SK_ID_CURR": number} for number in range(1001)]})
    assert_error(response, 413, "may hold 1000 clients, and this one holds 1001")


def test_a_body_beyond_the_limit_is_refused(any_client):
    assert_error(any_client.post("/predict", **as_json(b" " * (MAX_BYTES + 1))), 413, "larger than 64 MB")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_of_another_type_is_refused(client, content_type):
    response = client.post("/predict", data=b'{"SK_ID_CURR": 1}', content_type=content_type)
    assert_error(response, 415, "The body must be JSON", "Content-Type: application/json")


def test_a_body_that_is_packed_otherwise_is_refused(client):
    headers = {"Content-Type": "application/json", "Content-Encoding": "br"}
    response = client.post("/predict", data=b"packed", headers=headers)
    assert_error(response, 415, "this server reads gzip", "'br'")


@pytest.mark.parametrize("body", [b"packed", gzip.compress(b'{"SK_ID_CURR": 1}')[:-9]], ids=["no gzip", "cut off"])
def test_a_body_that_is_no_whole_gzip_has_a_code_of_its_own(client, body):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = client.post("/predict", data=body, headers=headers)
    assert (response.status_code, response.json["code"]) == (400, "body-damaged")


def test_a_list_without_clients_says_so_by_its_code(client):
    (only,) = client.post("/score", json=[]).json["details"]
    assert (only["field"], only["code"]) == ("", "no-clients")


def test_a_body_that_is_packed_with_gzip_is_read(client):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = client.post("/predict", data=gzip.compress(json.dumps(few()).encode()), headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/vnd.bank+json"])
def test_json_by_another_name_is_taken(client, content_type):
    response = client.post("/predict", data=json.dumps(few()).encode(), content_type=content_type)
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "route"), [("GET", "/predict"), ("PUT", "/predict_proba"), ("POST", "/features"), ("DELETE", "/data")]
)
def test_a_wrong_method_is_refused_with_the_right_one(any_client, method, route):
    response = any_client.open(route, method=method)
    assert_error(response, 405, f"{route} does not take {method}; it takes")
    assert response.headers["Allow"]


def test_a_route_that_is_not_there_is_refused_with_those_that_are(any_client):
    assert_error(any_client.get("/predit"), 404, "There is no route /predit", "/predict_proba")


# -- the log -----------------------------------------------------------------------------------------------------------


def test_what_was_sent_is_shown_newest_first(client):
    client.post("/predict", json=known(1, EXT_SOURCE_2=0.9))
    client.post("/predict_proba", json=few(2, EXT_SOURCE_2=0.25, FLAG_OWN_CAR=True))
    assert all("inputs" not in row for row in client.get("/data").json["data"])
    answer = client.get("/data?inputs=1").json
    assert (answer["page"], answer["pages"], answer["total"]) == (1, 1, 2)
    newest, oldest = answer["data"]
    assert (newest["client"], newest["probability"], newest["decision"]) == (2, 0.75, "refuse")
    assert newest["inputs"] == {"SK_ID_CURR": 2, **LOAN, "FLAG_OWN_CAR": True, "EXT_SOURCE_2": 0.25}
    assert newest["caller"] == "anyone"
    assert newest["threshold"] == 0.16
    assert len(newest["model_hash"]) == 64
    assert newest["time"].endswith("+00:00")
    assert (oldest["client"], oldest["decision"]) == (1, "accept")


def test_what_was_sent_is_shown_page_by_page(client):
    client.post("/predict", json=[known(number) for number in range(45)])
    pages = [client.get(f"/data?page={number}").json for number in (1, 2, 3, 4)]
    assert [[row["client"] for row in page["data"]] for page in pages] == [
        list(range(44, 24, -1)),
        list(range(24, 4, -1)),
        list(range(4, -1, -1)),
        [],
    ]
    assert [(page["page"], page["pages"], page["total"]) for page in pages] == [(n, 3, 45) for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "", "99999999999999999999999", "²"])
def test_a_page_that_is_no_page_is_refused(client, page):
    assert_error(client.get("/data", query_string={"page": page}), 400, "page must be a whole number from 1")


def test_what_is_refused_is_not_logged(client):
    client.post("/predict", json={"AMT_CREDIT": 5})
    assert client.get("/data").json["total"] == 0


def test_without_keys_data_is_for_this_machine_only(client):
    assert client.get("/data").status_code == 200
    far = {"REMOTE_ADDR": "203.0.113.5"}
    assert_error(client.get("/data", environ_base=far), 403, "configure API_KEYS")
    assert client.post("/predict", json=known(), environ_base=far).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_a_proxy_passes_on_does_not_come_from_this_machine(client, header):
    assert client.get("/data", headers={header: "127.0.0.1"}).status_code == 403


def test_behind_a_trusted_proxy_the_page_shows_the_outer_address_and_data_stays_closed(bundle, tmp_path):
    client = create_app(bundle, database=tmp_path / "decisions.db", trust_proxy=True).test_client()
    passed_on = {"X-Forwarded-For": "127.0.0.1, 203.0.113.5", "X-Forwarded-Proto": "https", "Host": "bank.example"}
    assert "https://bank.example/predict" in client.get("/", headers=passed_on).text
    assert client.get("/data", headers=passed_on).status_code == 403


def test_a_page_elsewhere_that_points_its_name_here_sees_no_data(client):
    assert client.get("/data", headers={"Host": "evil.example"}).status_code == 403
    assert client.get("/data", headers={"Host": "127.0.0.1:8000"}).status_code == 200


@pytest.mark.parametrize("route", ["/predict", "/predict_proba", "/data"])
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Bearer ", "Bearer", "Basic a", "a", "Bearer é"])
def test_with_keys_a_stranger_is_refused(keyed, route, authorization):
    headers = {"Authorization": authorization} if authorization else {}
    method = keyed.get if route == "/data" else keyed.post
    response = method(route, headers=headers)
    assert_error(response, 401, "Authorization: Bearer <key>")
    assert response.headers["WWW-Authenticate"].lower().startswith("bearer")


def test_with_keys_the_model_is_still_described_to_everybody(keyed):
    for route in ("/", "/features", "/best_threshold", "/health"):
        assert keyed.get(route).status_code == 200
    assert "Authorization: Bearer $KEY" in keyed.get("/").text


def test_a_caller_sees_its_own_clients_only_from_anywhere(keyed):
    ann, bob = ({"Authorization": f"Bearer {key}"} for key in "ab")
    keyed.post("/predict", json=known(1), headers=ann)
    keyed.post("/predict", json=known(2), headers=bob)
    far = {"REMOTE_ADDR": "203.0.113.5"}
    for headers, client in ((ann, 1), (bob, 2)):
        rows = keyed.get("/data", headers=headers, environ_base=far).json["data"]
        assert [row["client"] for row in rows] == [client]


def test_nothing_is_answered_that_cannot_be_logged(bundle, tmp_path):
    app = create_app(bundle, database=tmp_path / "no such folder" / "decisions.db")
    client = app.test_client()
    response = client.post("/predict", json=known())
    assert_error(response, 503, "The decision log cannot be used")
    assert response.headers["Retry-After"]
    assert_error(client.get("/data"), 503, "The decision log cannot be used")
    assert client.get("/health").status_code == 200


def test_scoring_works_again_when_the_log_is_back(bundle, tmp_path):
    client = create_app(bundle, database=tmp_path / "later" / "decisions.db").test_client()
    assert client.post("/predict", json=known()).status_code == 503
    (tmp_path / "later").mkdir()
    assert client.post("/predict", json=known()).status_code == 200


def test_an_unexpected_fault_is_one_sentence_and_leaves_no_value_in_the_log(app, client, capfd):
    def broken(X):
        raise RuntimeError(f"cannot score {X}")

    app.extensions["service"].scorer.probability = broken
    response = client.post("/predict", json=known(AMT_CREDIT=987654321))
    assert_error(response, 500, "Something went wrong here, not with your request")
    written = capfd.readouterr().err
    assert "RuntimeError" in written
    assert "in broken" in written
    assert "987654321" not in written + response.text
    assert "9.87e" not in written
