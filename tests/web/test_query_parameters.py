"""A query holds parameters that its route has, on every route of the app, and nothing else."""

import pytest
from flask import Flask

from credit.web import query_parameters
from credit.web.application import create_app
from credit.web.rate_limit import Rate

BROWSER = {"Accept": "text/html"}

#: The parameters of /data.
DATA = "page, size, after, inputs, csv, decision, from, to, trial, client, lang"


def operations(client):
    """(method, path, names of the query's parameters) of each route that Flask knows, as the document tells them."""
    paths = client.get("/openapi.json").json["paths"]
    found = []
    for rule in client.application.url_map.iter_rules():
        for method in rule.methods - {"OPTIONS"}:
            path = rule.rule.replace("<", "{").replace(">", "}")
            told = paths[path]["get" if method == "HEAD" else method.lower()]
            assert "400" in told["responses"]
            names = [one["name"] for one in told["parameters"] if one.get("in") == "query"]
            found.append(
                (
                    method,
                    rule.rule.replace("<client>", "1")
                    .replace("<decision>", "1")
                    .replace("<version>/<name>", "x/style.css"),
                    names,
                )
            )
    return found


def test_no_route_takes_a_parameter_that_the_document_does_not_name(client):
    asked = operations(client)
    assert len(asked) > 20
    for method, path, names in asked:
        response = client.open(f"{path}?mistaken=1", method=method, json={} if method == "POST" else None)
        assert response.status_code == 400, (method, path)
        if method == "HEAD":
            continue
        has = f"{path} has no parameter 'mistaken'. It has {', '.join(names)}."
        none = f"{path} takes no parameters, and 'mistaken' is one: send the request without it."
        assert response.json == {"error": has if names else none, "code": "query", "details": []}


def test_every_parameter_of_the_document_is_taken(client):
    """An empty value is none of any parameter: what is refused then is the value, by the route that reads it."""
    for method, path, names in operations(client):
        for name in names:
            response = client.open(f"{path}?{name}=", method=method, json={"SK_ID_CURR": 1, "AMT_CREDIT": 1.0})
            assert response.status_code == 400, (method, path, name)
            if method != "HEAD":
                assert response.json["error"].startswith((f"{name} must be ", "A client's number is ", "A decision's "))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("/drift?margin=0.05", "/drift has no parameter 'margin'. It has last, days, lang."),
        ("/drift?day=7", "/drift has no parameter 'day'; did you mean 'days'? It has last, days, lang."),
        ("/features?LANG=fr", "/features has no parameter 'LANG'; did you mean 'lang'? It has details, lang."),
        ("/data?clint=1", f"/data has no parameter 'clint'; did you mean 'client'? It has {DATA}."),
        ("/health?=", "/health takes no parameters, and '' is one: send the request without it."),
        (
            f"/ready?{'x' * 50}=",
            f"/ready takes no parameters, and '{'x' * 40}...' is one: send the request without it.",
        ),
    ],
)
def test_an_unknown_parameter_is_told_with_the_nearest_that_there_is(client, query, sentence):
    assert client.get(query).json["error"] == sentence
    shown = client.get(query, headers=BROWSER)
    assert (shown.status_code, shown.mimetype) == (400, "text/html")


def test_nothing_is_logged_of_a_request_with_an_unknown_parameter(client):
    body = {"SK_ID_CURR": 1, "AMT_CREDIT": 1000.0}
    assert client.post("/predict?lang=fr", json=body).status_code == 400
    assert client.get("/data").json["total"] == 0
    assert client.post("/predict", json=body).status_code == 200


def test_what_no_route_takes_and_what_asks_of_a_route_have_answers_of_their_own(client):
    assert client.get("/nothing?x=1").status_code == 404
    assert client.post("/health?x=1").status_code == 405
    assert client.options("/score?x=1").status_code == 200


def test_a_caller_at_the_limit_is_told_so_first(bundle):
    limited = create_app(bundle, database=None, rate=Rate.parse("1 per minute")).test_client()
    assert [limited.get("/features?x=1").status_code for _ in range(2)] == [400, 429]


def test_a_route_that_declares_nothing_is_no_route_of_the_app():
    app = Flask(__name__)
    app.add_url_rule("/secret", view_func=lambda: "", methods=["GET", "PUT"])
    with pytest.raises(ValueError, match=r"(GET|PUT) /.*must stand in credit/web/openapi/operations\.py"):
        query_parameters.register(app)
