"""What POST /score says of the parts of a client that are not known."""

import re
from itertools import combinations
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest

from credit.decision.cost import Costs
from credit.decision.segments import ClientTerms
from credit.decision.value_of_information import Worth
from credit.features.information_sources import APPLICATION, BUREAU, OWN, SCORES
from credit.i18n.numbers import number, percent
from credit.model import save_bundle
from credit.tables import TABLES
from credit.web.application import create_app
from credit.web.routes.unknown_parts import named, unknown

COLUMNS = ["CODE_GENDER", "AMT_CREDIT", "EXT_SOURCE_2", "DAYS_BIRTH", "BUREAU_HISTORY"]
PARTS = ("bureau", "external_scores", "application")
MANIFEST = {
    "data": {"simulated": True},
    "model": {"name": "Small"},
    "costs": {"margin": 0.19, "loss_given_default": 1.0},
    "unknown": {
        "columns": ["DAYS_BIRTH", "CODE_GENDER"],
        "spreads": [
            {"part": part, "known": list(known), "spread": [spread] * 5}
            for part, spread in zip(PARTS, (1.5, 1.0, 0.5), strict=True)
            for size in range(3)
            for known in combinations([one for one in PARTS if one != part], size)
        ],
    },
}
APPLICATION_ROW = {"SK_ID_CURR": 7, "AMT_CREDIT": 2000.0, "CODE_GENDER": "M", "DAYS_BIRTH": -9000, "EXT_SOURCE_2": 0.5}
NAMED = {**APPLICATION_ROW, "CODE_GENDER": 1}
#: Just below the threshold, so that more knowledge may change the decision.
NEAR = {"SK_ID_CURR": 7, "AMT_CREDIT": 2000.0, "CODE_GENDER": 1, "EXT_SOURCE_2": 0.55}


@pytest.fixture
def client(fitted, tmp_path):
    folder = save_bundle(tmp_path / "bundle", fitted, COLUMNS, 0.16, MANIFEST)
    return create_app(folder, database=tmp_path / "decisions.db").test_client()


def score(client, body, language="en"):
    response = client.post(f"/score?lang={language}", json=body)
    assert response.status_code == 200, response.text
    (found,) = response.json["scores"]
    return found


def parts(found):
    return [one["part"] for one in found["unknown"]]


def test_a_table_that_is_not_sent_is_unknown_and_an_empty_one_is_known(client):
    alone = {"application": APPLICATION_ROW}
    assert parts(score(client, alone)) == ["bureau"]
    assert score(client, {**alone, "bureau": []})["unknown"] == []
    loan = {"SK_ID_CURR": 7, "SK_ID_BUREAU": 1, "DAYS_CREDIT": -100}
    assert score(client, {**alone, "bureau": [loan]})["unknown"] == []


def test_by_name_left_out_and_null_are_one(client):
    left_out, null = (score(client, body)["unknown"] for body in (NAMED, {**NAMED, "BUREAU_HISTORY": None}))
    assert left_out == null
    assert [one["part"] for one in null] == ["bureau"]
    assert score(client, {**NAMED, "BUREAU_HISTORY": 0})["unknown"] == []


def test_what_is_worth_most_comes_first(client):
    found = score(client, NEAR)
    bureau, application = found["unknown"]
    assert (bureau["part"], application["part"]) == ("bureau", "application")
    assert bureau["worth"] > application["worth"] > 0
    assert bureau["chance"] > 0
    for one in (bureau, application):
        assert one["low"] < found["probability"] < one["high"]
    assert (bureau["columns"], application["columns"]) == ([], ["DAYS_BIRTH"])
    assert set(parts(score(client, {"SK_ID_CURR": 7, "AMT_CREDIT": 2000.0}))) == set(PARTS)


def test_every_client_has_its_own_parts_and_the_decision_is_that_of_the_probability(client):
    body = [{**NAMED, "SK_ID_CURR": 1}, {**NAMED, "SK_ID_CURR": 2, "BUREAU_HISTORY": 1}]
    first, second = client.post("/score", json=body).json["scores"]
    assert (parts(first), parts(second)) == (["bureau"], [])
    for one in (first, second):
        assert one["decision"] == ("refuse" if one["probability"] >= 0.16 else "accept")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_sentence_says_what_the_numbers_say(client, language):
    words = {
        "en": {"bureau": "the report of the credit bureau", "application": "the rest of the application"},
        "fr": {"bureau": "le rapport du bureau de crédit", "application": "le reste de la demande"},
    }[language]
    for one in score(client, NEAR, language)["unknown"]:
        assert words[one["part"]] in one["text"]
        for share in ("low", "high", "chance"):
            assert percent(one[share], language) in one["text"]
        assert number(one["worth"], 0, language) in one["text"]
        assert percent(0.16, language) in one["text"]


@pytest.mark.parametrize("body", [NAMED, NEAR, {"application": APPLICATION_ROW, "bureau": []}])
def test_the_answer_is_as_the_document_describes_it(client, body):
    document = client.get("/openapi.json").json
    schema = {"$ref": "#/components/schemas/Scores", "components": document["components"]}
    jsonschema.validate(client.post("/score", json=body).json, schema, jsonschema.Draft202012Validator)


def sentence(worth, language):
    """As the answer has it of one unknown part, at a threshold of 0.16."""
    rules = SimpleNamespace(unknown=SimpleNamespace(of=lambda X, probability, terms: [[worth]]))
    service = SimpleNamespace(policy=rules, scorer=SimpleNamespace(threshold=0.16))
    ((found,),) = unknown(service, np.empty((1, 5)), np.array([0.1]), language, ClientTerms.same(1, 0.16, Costs()))
    return found.text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("worth", "english", "french"),
    [
        (
            Worth(BUREAU, 0.031, 0.198, 0.125, 2140.4),
            "Missing information: the report of the credit bureau. Knowing it would put the probability of default "
            "between 3.1 % and 19.8 % four times out of five; it would lie on the other side of the threshold of "
            "16.0 % with a probability of 12.5 %, which is worth 2,140 on average, in the currency of the loan.",
            "Information manquante : le rapport du bureau de crédit. La connaître placerait la probabilité de défaut "
            "entre 3,1 % et 19,8 % quatre fois sur cinq ; elle passerait de l'autre côté du seuil de 16,0 % avec une "
            "probabilité de 12,5 %, ce qui vaut 2 140 en moyenne, dans la monnaie du prêt.",
        ),
        (
            Worth(OWN, 0.01, 0.05, 0.0, 0.0),
            "Missing information: what the bank knows of its own earlier loans. Knowing it would put the probability "
            "of default between 1.0 % and 5.0 % four times out of five; it would lie on the other side of the "
            "threshold of 16.0 % in less than 2 % of such cases.",
            "Information manquante : ce que la banque sait de ses propres prêts antérieurs. La connaître placerait la "
            "probabilité de défaut entre 1,0 % et 5,0 % quatre fois sur cinq ; elle passerait de l'autre côté du "
            "seuil de 16,0 % dans moins de 2 % des cas.",
        ),
        (
            Worth(APPLICATION, 0.1, 0.3, 0.5, None, ("DAYS_BIRTH", "CODE_GENDER")),
            "Missing information: the rest of the application, above all date of birth, "
            "gender. Knowing it would put the probability of default between 10.0 % and 30.0 % four times out "
            "of five; it would lie on the other side of the threshold of 16.0 % with a probability of 50.0 %.",
            "Information manquante : le reste de la demande, surtout : date de naissance, "
            "sexe. La connaître placerait la probabilité de défaut entre 10,0 % et 30,0 % quatre fois sur "
            "cinq ; elle passerait de l'autre côté du seuil de 16,0 % avec une probabilité de 50,0 %.",
        ),
        (  # A threshold below break-even: a change is no gain, and none is promised.
            Worth(SCORES, 0.1, 0.2, 0.25, -77.0, ("EXT_SOURCE_2",)),
            "Missing information: the scores of other providers, namely external score 2. Knowing it "
            "would put the probability of default between 10.0 % and 20.0 % four times out of five; it would lie on "
            "the other side of the threshold of 16.0 % with a probability of 25.0 %.",
            "Information manquante : les scores d'autres fournisseurs, à savoir : score externe 2. La "
            "connaître placerait la probabilité de défaut entre 10,0 % et 20,0 % quatre fois sur cinq ; elle passerait "
            "de l'autre côté du seuil de 16,0 % avec une probabilité de 25,0 %.",
        ),
    ],
)
def test_sentences_in_both_languages(worth, english, french):
    assert sentence(worth, "en") == english
    assert sentence(worth, "fr") == french


@pytest.mark.parametrize(
    ("name", "english", "french"),
    [
        (
            "FLAG_PHONE",
            "whether the client gave a home phone number",
            "si le client a donné un numéro de téléphone fixe",
        ),
        ("FLAG_OWN_CAR", "whether the client owns a car", "si le client possède une voiture"),
        (
            "REG_CITY_NOT_LIVE_CITY",
            "whether the permanent address differs from the contact address (city)",
            "adresse permanente différente de l'adresse de contact (ville)",
        ),
        ("DAYS_BIRTH", "date of birth", "date de naissance"),
    ],
)
def test_a_column_is_named_in_words(name, english, french):
    assert (named(name, "en"), named(name, "fr")) == (english, french)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_columns_have_words_of_their_own_and_no_names(language):
    words = [named(column, language) for column in TABLES["application_test"].names if column != "SK_ID_CURR"]
    assert len(set(words)) == len(words) > 100
    assert not [one for one in words if re.search(r"[A-Z]+_[A-Z]|<=|0/1", one)]
