"""What a caller has sent: seen by itself alone, erased by itself alone, while the decisions stay."""

import csv
import hashlib
import html
import io
import sqlite3

import pytest
from support.loans import CREDIT

from credit.decision_log import Log
from credit.decision_log.audit import verify
from credit.web.application import create_app
from credit.web.auth import Callers

KEYS = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("ann", "bob")}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.db"


@pytest.fixture
def keyed(bundle, path):
    return create_app(bundle, database=path, callers=Callers(KEYS)).test_client()


def bearer(name):
    return {"Authorization": f"Bearer {name}"}


def test_a_row_holds_what_was_sent_answered_and_said(client):
    sent = {"SK_ID_CURR": 5, "AMT_CREDIT": 1000.5, "EXT_SOURCE_2": None, "CODE_GENDER": True}
    answer = client.post("/score?lang=fr", json=sent, headers={"X-Request-ID": "my-request"}).json
    (score,) = answer["scores"]
    (row,) = client.get("/data?inputs=1").json["data"]
    assert row["inputs"] == sent
    assert row["request"] == "my-request"
    assert row["id"] == score["decision_id"]
    assert row["reasons"] == score["reasons"]
    assert (row["probability"], row["decision"]) == (score["probability"], score["decision"])
    assert (row["threshold"], row["model_hash"]) == (answer["threshold"], answer["model"]["hash"])


@pytest.mark.parametrize("route", ["/predict", "/predict_proba", "/score"])
def test_a_row_says_which_tables_were_known_also_when_its_inputs_are_erased(client, route):
    for number, more in ((5, {}), (6, {"BUREAU_DAYS_CREDIT_MAX": -300})):
        client.post(route, json={"SK_ID_CURR": number, "AMT_CREDIT": 1000.5, **more})
    client.delete("/data/6")
    rows = client.get("/data?inputs=1").json["data"]
    assert [(row["client"], row["sent"]) for row in rows] == [(6, "application,bureau"), (5, "application")]
    assert rows[0]["inputs"] is None


@pytest.mark.parametrize(
    ("language", "word", "sources"),
    [
        ("en", "Known sources", "application, credit bureau"),
        ("fr", "Sources connues", "demande, bureau de crédit"),
    ],
)
def test_the_page_shows_the_known_sources_and_a_dash_where_they_were_not_kept(client, path, language, word, sources):
    client.post("/predict", json={"SK_ID_CURR": 5, "AMT_CREDIT": 1000.5, "BUREAU_DAYS_CREDIT_MAX": -300})
    ask = {"query_string": {"lang": language}, "headers": {"Accept": "text/html"}}
    page = client.get("/data", **ask).text
    assert f'<th scope="col">{word}</th>' in page
    assert f"<td>{sources}</td>" in page
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE decisions SET sent = NULL")
    connection.close()
    assert client.get("/data").json["data"][0]["sent"] is None
    page = client.get("/data", **ask).text
    assert sources not in page
    assert "</td><td>\u2013</td>\n<td><span" in page


@pytest.mark.parametrize("route", ["/predict", "/predict_proba"])
def test_a_refusal_or_referral_without_a_word_is_explained_in_the_log(client, route):
    sent = [
        {"SK_ID_CURR": number, **CREDIT, "EXT_SOURCE_2": number / 20 + 0.3, "CODE_GENDER": 0} for number in range(8)
    ]
    scores = {score["client"]: score["reasons"] for score in client.post("/score", json=sent).json["scores"]}
    client.post(route, json=sent)
    rows = client.get("/data").json["data"][:8]
    assert {row["decision"] for row in rows} == {"accept", "refer", "refuse"}
    for row in rows:
        assert row["reasons"] == (None if row["decision"] == "accept" else scores[row["client"]])


def test_a_row_says_which_route_answered_and_by_which_rule(client, path):
    for route in ("/predict", "/predict_proba", "/score"):
        client.post(route, json={"SK_ID_CURR": 5, "AMT_CREDIT": 500_000.0})
    rows = client.get("/data").json["data"]
    assert [row["route"] for row in rows] == ["/score", "/predict_proba", "/predict"]
    review = {"cost": 15_000.0, "skill": 0.5, "capacity": None}
    for row in rows:
        assert row["rule"] == {"margin": 0.19, "loss_given_default": 0.5, "review": review}
        assert row["refer"]["low"] == pytest.approx(0.12)
    ask = {"headers": {"Accept": "text/html"}}
    page = client.get("/data", **ask).text
    assert all(f"<code>{row['route']}</code>, " in page for row in rows)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE decisions SET route = NULL, rule = NULL")
    connection.close()
    (row, *_) = client.get("/data").json["data"]
    assert (row["route"], row["rule"]) == (None, None)
    assert "<code>/score</code>" not in client.get("/data", **ask).text


def test_what_was_sent_about_a_client_is_erased_and_the_decision_stays(client, path):
    for number in (5, 6, 5):
        client.post("/predict_proba", json={"SK_ID_CURR": number, "AMT_CREDIT": 1000})
    assert client.delete("/data/5").json == {"client": 5, "decisions": 2, "erased": 2}
    assert client.delete("/data/5").json == {"client": 5, "decisions": 2, "erased": 0}
    rows = client.get("/data?inputs=1").json["data"]
    assert [(row["client"], row["inputs"] is None) for row in rows] == [(5, True), (6, False), (5, True)]
    assert all(0 <= row["probability"] <= 1 for row in rows)
    log = Log(path)
    assert (verify(log).whole, verify(log).erased) == (True, 2)
    log.close()


def test_nobody_erases_what_another_has_sent(keyed):
    for name in KEYS:
        keyed.post("/predict", json={"SK_ID_CURR": 5, **CREDIT}, headers=bearer(name))
    assert keyed.delete("/data/5").status_code == 401
    assert keyed.delete("/data/5", headers=bearer("ann")).json["erased"] == 1
    assert keyed.get("/data?inputs=1", headers=bearer("bob")).json["data"][0]["inputs"] == {"SK_ID_CURR": 5, **CREDIT}
    assert keyed.get("/data?inputs=1", headers=bearer("ann")).json["data"][0]["inputs"] is None


def test_of_a_client_of_whom_nothing_was_sent_nothing_is_erased(client):
    assert client.delete("/data/77").json == {"client": 77, "decisions": 0, "erased": 0}


@pytest.mark.parametrize("number", ["-1", "1.5", "abc", "9223372036854775808", "1" * 5000, "%C2%B2"])
def test_what_is_no_number_of_a_client_is_told(client, number):
    answer = client.delete(f"/data/{number}")
    assert answer.status_code == 400
    assert "a whole number from 0 to 9223372036854775807" in answer.json["error"]


def test_another_machine_erases_nothing_where_no_callers_are_known(client):
    client.post("/predict", json={"SK_ID_CURR": 5, **CREDIT})
    away = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.delete("/data/5", environ_base=away).status_code == 403
    assert client.get("/data?inputs=1").json["data"][0]["inputs"] is not None


def test_the_reasons_of_many_clients_go_to_their_own_rows(client):
    sent = [{"SK_ID_CURR": number, **CREDIT, "EXT_SOURCE_2": number / 20 + 0.3} for number in range(8)]
    scores = client.post("/score", json=sent).json["scores"]
    rows = {row["client"]: row for row in client.get("/data").json["data"]}
    assert len(rows) == 8
    assert len({str(score["reasons"]) for score in scores}) > 1
    for score in scores:
        assert rows[score["client"]]["reasons"] == score["reasons"]
        assert rows[score["client"]]["probability"] == score["probability"]


def test_a_row_says_that_its_inputs_are_erased_with_them_and_without(client):
    client.post("/predict", json={"SK_ID_CURR": 5, **CREDIT})
    (row,) = client.get("/data?inputs=0").json["data"]
    assert (row["erased"], row["trial"]) == (False, False)
    client.delete("/data/5")
    assert client.get("/data?inputs=0").json["data"][0]["erased"]
    (row,) = client.get("/data?inputs=1").json["data"]
    assert (row["erased"], row["inputs"]) == (True, None)


@pytest.fixture
def several(client):
    """Clients 0 to 31 with what was decided about each; decisions are numbered from 1 on."""
    sent = [{"SK_ID_CURR": n, **CREDIT, "EXT_SOURCE_2": n / 40 + 0.1, "CODE_GENDER": n % 2} for n in range(32)]
    made = [one["decision"] for one in client.post("/score", json=sent).json["scores"]]
    assert set(made) == {"accept", "refer", "refuse"}
    return made


@pytest.mark.parametrize("decision", ["accept", "refer", "refuse"])
def test_a_filter_by_decision_counts_what_it_shows(client, several, decision):
    found = client.get(f"/data?decision={decision}&size=200").json
    expected = [n for n, made in enumerate(several) if made == decision][::-1]
    assert [row["client"] for row in found["data"]] == expected
    assert (found["total"], found["pages"], found["next"]) == (len(expected), 1, None)


def test_the_cursor_walks_through_all_rows_once_while_others_are_written(client, several):
    walked, after = [], ""
    while after is not None:
        found = client.get(f"/data?size=7{after and f'&after={after}'}").json
        walked += [row["id"] for row in found["data"]]
        after = found["next"]
        client.post("/predict", json={"SK_ID_CURR": 99, **CREDIT})
    assert walked == list(range(32, 0, -1))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "There is no page 99,999 of these decisions: the last is page 5."),
        ("fr", "Il n'y a pas de page 99\u202f999 de ces décisions\u00a0: la dernière est la page 5."),
    ],
)
def test_a_page_behind_the_last_is_not_found_and_says_which_is_the_last(client, several, language, said):
    size = -(-len(several) // 5)
    page = client.get(f"/data?size={size}&page=99999&lang={language}", headers={"Accept": "text/html"})
    assert (page.status_code, f'<p lang="{language}">{said}' in html.unescape(page.text)) == (404, True)
    # A program counts up until a page is empty.
    assert client.get(f"/data?size={size}&page=5").json["data"]
    assert client.get(f"/data?size={size}&page=6").json["data"] == []


def test_the_first_page_of_an_empty_log_is_there(client):
    assert client.get("/data").json == {"data": [], "page": 1, "pages": 1, "total": 0, "next": None}
    assert client.get("/data?page=2").status_code == 200
    assert client.get("/data", headers={"Accept": "text/html"}).status_code == 200


def test_pages_count_from_the_cursor(client, several):
    rows = client.get("/data?after=20&size=5&page=2").json["data"]
    assert [row["id"] for row in rows] == [14, 13, 12, 11, 10]


def test_inputs_come_where_they_are_asked_for_alone(client, several):
    """1,084 features of 20 rows are 900 kB, which hardly any program wants. Left out they are no field: null would say
    that they are erased.
    """
    for query in ("", "?inputs=0"):
        rows = client.get(f"/data{query}").json["data"]
        assert len(rows) == 20
        assert not any("inputs" in row for row in rows)
    whole = client.get("/data?inputs=1").json["data"]
    assert [{name: value for name, value in row.items() if name != "inputs"} for row in whole] == rows
    assert all(row["inputs"]["AMT_CREDIT"] == CREDIT["AMT_CREDIT"] for row in whole)


def test_rows_and_csv_are_the_callers_alone(keyed):
    for caller, number in (("ann", 5), ("bob", 6), ("ann", 7)):
        keyed.post("/predict", json={"SK_ID_CURR": number, **CREDIT}, headers=bearer(caller))
    for caller, numbers in (("ann", [7, 5]), ("bob", [6])):
        written = keyed.get("/data?csv=1", headers=bearer(caller)).text
        assert [int(row["client"]) for row in csv.DictReader(io.StringIO(written))] == numbers
        assert [row["client"] for row in keyed.get("/data", headers=bearer(caller)).json["data"]] == numbers


def test_days_are_both_included(client, path):
    for _ in range(3):
        client.post("/predict", json={"SK_ID_CURR": 5, **CREDIT})
    times = ["2026-01-31T23:59:59.999999+00:00", "2026-02-01T00:00:00.000000+00:00", "2026-02-28T23:59:59.999999+00:00"]
    with sqlite3.connect(path) as connection:
        for number, time in enumerate(times, 1):
            connection.execute("UPDATE decisions SET time = ? WHERE id = ?", (time, number))
    connection.close()

    def ids(query):
        return [row["id"] for row in client.get(f"/data?{query}").json["data"]]

    assert ids("from=2026-02-01") == [3, 2]
    assert ids("to=2026-02-01") == [2, 1]
    assert ids("from=2026-02-01&to=2026-02-28") == [3, 2]
    assert ids("from=2026-03-01") == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("decision=yes", "decision must be accept, refer or refuse, not 'yes'."),
        ("from=1.2.2026", "from must be a day such as 2026-05-31, not '1.2.2026'."),
        ("to=2026-02-30", "to must be a day such as 2026-05-31, not '2026-02-30'."),
        ("to=9999-12-31", "to must be a day such as 2026-05-31"),
        ("from=2026-03-01&to=2026-02-01", "from is 2026-03-01 and to is 2026-02-01, an earlier day: swap them."),
        ("after=x", "after must be what a page gave as its next one, not 'x'."),
        ("after=", "after must be what a page gave as its next one, not ''."),
        ("inputs=no", "inputs must be 0 or 1, not 'no'."),
        ("size=201", "size must be a whole number from 1 to 200, not '201'."),
        ("trial=2", "trial must be 0 or 1, not '2'."),
    ],
)
def test_what_is_no_filter_is_refused(client, query, sentence):
    answer = client.get(f"/data?{query}")
    assert answer.status_code == 400
    assert sentence in answer.json["error"]


def test_the_csv_has_all_rows_and_what_people_decided(client, several):
    number = several.index("refer") + 1
    verdict = {"verdict": "refuse", "reason": "documents_missing", "words": 'a comma, a "mark"'}
    assert client.post(f"/reviews/{number}", json=verdict).status_code == 200
    answer = client.get("/data?csv=1")
    assert (answer.mimetype, answer.headers["Content-Disposition"]) == (
        "text/csv",
        'attachment; filename="decisions.csv"',
    )
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(row["id"]) for row in rows] == list(range(32, 0, -1))
    told = {row["id"]: row for row in client.get("/data?size=200").json["data"]}
    for row in rows:
        logged = told[int(row["id"])]
        assert (row["decision"], float(row["probability"])) == (logged["decision"], logged["probability"])
        assert row["reasons"].split() == [one["code"] for one in logged["reasons"]]
        of_person = ("refuse", "documents_missing", "anyone") if logged["id"] == number else ("", "", "")
        assert (row["verdict"], row["review_reason"], row["reviewer"]) == of_person
    few = client.get("/data?csv=1&decision=refer").text
    assert len(few.splitlines()) == 1 + several.count("refer")


def test_a_form_that_leaves_fields_empty_narrows_nothing(client, several):
    page = client.get("/data?client=&decision=&from=&to=&trial=", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert f"{len(several)} decisions" in page.text
    narrowed = client.get("/data?client=&decision=refer&lang=fr", headers={"Accept": "text/html"}).text
    assert '<option value="refer" selected>' in narrowed
    assert "/data?csv=1&amp;decision=refer" in narrowed
