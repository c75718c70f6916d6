"""How sure a probability is: in the answer of /score, in the log, the queue, a decision's page and the letter."""

import csv
import io

import jsonschema
import numpy as np
import pytest
from support.letters import BANK

import credit
from credit.decision_log import Log, audit
from credit.i18n.numbers import percent
from credit.letters import LetterWriter
from credit.model import load_bundle, save_bundle
from credit.model.log_odds import log_odds
from credit.web.application import create_app

CLIENT = {"SK_ID_CURR": 7, "AMT_CREDIT": 2000.0, "CODE_GENDER": 1, "DAYS_BIRTH": -9000, "EXT_SOURCE_2": 0.5}
RATES = {"clients": 900, "defaults": 120, "scores": [-3.0, -1.0], "low": [-3.2, -1.2], "high": [-2.8, -0.8]}
INTERVALS = {
    "level": 0.9,
    "rates": [{"known": ["external_scores", "application"], **RATES}],
    "left": {"clients": 900, "scores": [-2.0], "spread": [0.5]},
}


@pytest.fixture
def measured(bundle, fitted, tmp_path):
    """A service of the same model, which says how sure it is."""
    made = load_bundle(bundle)
    manifest = {**made.manifest, "intervals": INTERVALS}
    folder = save_bundle(tmp_path / "sure", fitted, made.columns, 0.16, manifest)
    return create_app(folder, database=tmp_path / "decisions.db", letters=LetterWriter(BANK)).test_client()


def scored(client, body=CLIENT, language="en"):
    answer = client.post(f"/score?lang={language}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json["scores"][0]


def test_a_model_that_was_not_measured_says_nothing(client):
    assert scored(client)["interval"] is None
    assert client.get("/data").json["data"][0]["interval"] is None


def test_an_answer_has_both_intervals_and_the_mark(measured):
    found = scored(measured)
    one, p = found["interval"], found["probability"]
    assert one["of"] == "truth"
    assert one["low"] < p < one["high"]
    assert one["rate_low"] < p < one["rate_high"]
    assert one["rate_clients"] == 900
    break_even = 0.19 / (0.19 + 0.5)
    inside = one["low"] < break_even <= one["high"] or one["rate_low"] < break_even <= one["rate_high"]
    assert one["crosses_break_even"] is inside


def test_the_csv_of_the_log_has_both_intervals_and_gaps_where_none_was_measured(measured, client):
    one = scored(measured)["interval"]
    scored(client)  # into the same log
    names = ("low", "high", "rate_low", "rate_high")
    without, row = csv.DictReader(io.StringIO(client.get("/data?csv=1").text))
    assert {name: float(row[name]) for name in names} == {name: one[name] for name in names}
    assert row["crosses_break_even"] == str(int(one["crosses_break_even"]))
    assert {without[name] for name in (*names, "crosses_break_even")} == {""}


def test_metrics_count_how_many_intervals_hold_the_break_even_probability(measured, client):
    crossing = [scored(measured, {**CLIENT, "EXT_SOURCE_2": score})["interval"] for score in (0.05, 0.3, 0.5, 0.95)]
    yes = sum(one["crosses_break_even"] for one in crossing)
    assert 0 < yes < len(crossing)
    text = measured.get("/metrics").text
    assert f'credit_interval_decisions_total{{crosses="yes"}} {yes}\n' in text
    assert f'credit_interval_decisions_total{{crosses="no"}} {len(crossing) - yes}\n' in text
    scored(client)
    assert 'credit_interval_decisions_total{crosses="no"} 0\n' in client.get("/metrics").text


def test_a_library_user_gets_the_interval_of_the_service(measured, tmp_path):
    one = scored(measured)["interval"]
    (found,) = credit.load(tmp_path / "sure").score(CLIENT)
    assert found.interval is not None
    said = found.interval.to_dict() | {"rate_clients": found.interval.rate_clients}
    assert said == {name: one[name] for name in said}


def test_whose_score_is_not_known_has_a_wider_interval_and_no_rate(measured):
    known, unknown = scored(measured), scored(measured, {**CLIENT, "EXT_SOURCE_2": None})
    widths = [np.ptp(log_odds([one["interval"]["low"], one["interval"]["high"]])) for one in (known, unknown)]
    assert widths[0] < widths[1]
    assert unknown["interval"]["rate_low"] is None
    assert unknown["interval"]["rate_clients"] == 0
    assert "not measured" in unknown["interval"]["text"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_sentences_say_what_the_numbers_say(measured, language):
    one = scored(measured, language=language)["interval"]
    for end in ("low", "high", "rate_low", "rate_high"):
        assert percent(one[end], language) in one["text"]


def test_the_answer_is_as_the_document_describes_it(measured):
    document = measured.get("/openapi.json").json
    for path, name in (("/score", "Scores"), ("/data", "Sent")):
        answer = measured.post(path, json=CLIENT) if path == "/score" else measured.get(path)
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.validate(answer.json, schema)


def test_the_log_keeps_it_in_the_chain_whichever_route_was_asked(measured, tmp_path):
    score = scored(measured)["interval"]
    measured.post("/predict", json=CLIENT)
    predicted, logged = (row["interval"] for row in measured.get("/data").json["data"])
    assert predicted == logged
    assert logged == {name: score[name] for name in logged}
    log = Log(tmp_path / "decisions.db")
    assert audit.verify(log).whole
    with log.writing() as connection:
        connection.exec_driver_sql("UPDATE decisions SET interval = replace(interval, 'truth', 'fuller_answer')")
    assert not audit.verify(log).whole
    log.close()


def test_queue_and_page_of_a_decision_have_it(measured):
    amount = {**CLIENT, "AMT_CREDIT": 5e6}
    scores = [scored(measured, {**amount, "EXT_SOURCE_2": score / 20}) for score in range(20)]
    referred = {one["decision_id"]: one for one in scores if one["decision"] == "refer"}
    cases = measured.get("/reviews").json["cases"]
    assert {case["decision_id"]: case["crosses_break_even"] for case in cases} == {
        number: one["interval"]["crosses_break_even"] for number, one in referred.items()
    }
    near = next(one for one in referred.values() if one["interval"]["crosses_break_even"])
    page = measured.get(f"/decisions/{near['decision_id']}?lang=en", headers={"Accept": "text/html"}).text
    assert percent(near["interval"]["low"], "en") in page
    assert "knowing more may change what is right to do" in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_letter_says_how_sure_the_estimate_is(measured, language):
    refused = scored(measured, {**CLIENT, "EXT_SOURCE_2": 0.2})
    assert refused["decision"] == "refuse"
    letter = measured.get(f"/letters/{refused['decision_id']}?lang={language}&profile=eu")
    assert letter.status_code == 200, letter.text
    text = letter.text.replace("&nbsp;", "\u00a0")
    for end in ("low", "high"):
        assert percent(refused["interval"][end], language) in text
    assert ("No estimate is exact" if language == "en" else "Aucune estimation n&#39;est exacte") in text
