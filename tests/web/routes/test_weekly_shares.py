"""The weekly shares in /drift and on its page, of a service that has decided."""

import jsonschema

CLIENT = {"SK_ID_CURR": 7, "AMT_CREDIT": 2000.0, "CODE_GENDER": 1, "DAYS_BIRTH": -9000, "EXT_SOURCE_2": 0.2}


def test_drift_has_the_reasons_that_were_given(client):
    score = client.post("/score", json=CLIENT).json["scores"][0]
    assert score["decision"] == "refuse"
    answer = client.get("/drift").json
    given = {one["name"]: one for one in answer["weekly"] if one["of"] == "reason"}
    assert set(given) == {one["code"] for one in score["reasons"]}
    for one in given.values():
        assert (one["before"], one["changed"]) == (None, False)
        assert [(week["clients"], week["share"]) for week in one["weeks"]] == [(1, 1.0)]
    document = client.get("/openapi.json").json
    jsonschema.validate(answer, {"$ref": "#/components/schemas/Drift", "components": document["components"]})


def test_the_page_shows_them(client):
    code = client.post("/score", json=CLIENT).json["scores"][0]["reasons"][0]["code"]
    client.get("/drift")
    page = client.get("/drift?lang=en", headers={"Accept": "text/html"}).text
    assert "Reasons given, and what was known, by week" in page
    assert code in page
