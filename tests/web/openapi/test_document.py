"""The OpenAPI document: complete, readable without a network, and true, which schemathesis tries to disprove."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from support.server import ROOT, Server

from credit.model import load_bundle, save_bundle
from credit.web.application import create_app
from credit.web.auth import Callers

HERE = Path(__file__).parents[2] / "support"
KEY = "open sesame"


def rules(client):
    """Every path of the app with its methods, as Flask knows them."""
    return {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in client.application.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_documented_and_every_documented_route_is_there(client):
    paths = client.get("/openapi.json").json["paths"]
    assert {(path, method) for path, operations in paths.items() for method in operations} == rules(client)


def test_operations_generate_well(client):
    document = client.get("/openapi.json", base_url="http://bank.example:8080").json
    assert document["servers"] == [{"url": "http://bank.example:8080"}]
    told = {tag["name"] for tag in document["tags"]}
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    assert {tag for one in operations for tag in one["tags"]} == told
    assert all(len(one["tags"]) == 1 for one in operations)
    ids = [one["operationId"] for one in operations]
    assert len({*ids}) == len(ids)
    # A verb first: a generated function does something.
    verbs = "compare|decide|erase|explain|get|list|predict|reopen|report|score|try"
    assert [name for name in ids if not re.fullmatch(rf"({verbs})(_[a-z]+)*", name)] == []
    # A generator's own class is Client.
    assert not {"Client", "Clients", "ApiClient"} & {*document["components"]["schemas"]}


def test_the_document_of_a_release_is_that_of_the_shipped_model(tmp_path):
    words = [sys.executable, ROOT / "scripts" / "openapi.py"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, check=True)
    document = json.loads(done.stdout)
    assert document["servers"] == [{"url": "http://127.0.0.1:8000"}]
    columns = load_bundle(ROOT / "mlruns_reduced").columns
    assert {*columns} <= {*document["components"]["schemas"]["Applicant"]["properties"]}


def test_every_route_is_on_the_page_and_on_the_welcome_pages(client):
    pages = [client.get("/docs").text]
    pages += [
        client.get("/", headers={"Accept": form, "Accept-Language": language}).text
        for form in ("text/html", "text/plain")
        for language in ("en", "fr")
    ]
    for path, method in rules(client) - {("/", "get")}:
        for page in pages:
            assert re.search(rf"\b{method.upper()}\s+{re.escape(path)}(?!\w)", page), (method, path)


def test_the_page_needs_nothing_from_elsewhere(client):
    response = client.get("/docs")
    assert not re.search(r"<script|<img|<iframe|@import|url\(", response.text)
    assert all(address.startswith("/static/") for address in re.findall(r'<link[^>]* href="([^"]*)"', response.text))
    addresses = set(re.findall(r"https?://[^/\s'\"<&]+", response.text))
    assert addresses == {"http://localhost"}
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_example_of_the_document_is_answered(client):
    document = client.get("/openapi.json").json
    for path, operations in document["paths"].items():
        if "post" in operations:
            example = operations["post"]["requestBody"]["content"]["application/json"]["example"]
            # The first decision, of /predict, waits for a person or was made: what is reviewed can be reopened.
            assert client.post(path.replace("{decision_id}", "1"), json=example).status_code == 200


def test_the_example_of_an_error_is_what_a_mistaken_client_is_answered(client):
    operation = client.get("/openapi.json").json["paths"]["/score"]["post"]
    sent = operation["requestBody"]["content"]["application/json"]["example"]
    answer = client.post("/score", json={**sent, "AMT_CREDT": 5})
    assert answer.json == operation["responses"]["422"]["content"]["application/json"]["example"]


def test_every_object_of_the_document_has_a_name(client):
    """A generator names a part without one after its place, and two such names may be the same."""
    document = client.get("/openapi.json").json

    def nameless(schema, place):
        if not isinstance(schema, dict):
            return []
        here = [place] if "properties" in schema and "type" in schema else []
        parts = [schema.get("items"), *schema.get("properties", {}).values()]
        parts += [part for word in ("oneOf", "anyOf", "allOf") for part in schema.get(word, ())]
        return here + [found for part in parts for found in nameless(part, place)]

    schemas = document["components"]["schemas"]
    assert [place for name, one in schemas.items() for place in nameless(one, name)[1:]] == []
    assert {"Language", "Switch", "Outcome", "RulingTerms", "Changes"} <= {*schemas}
    languages = [
        parameter["schema"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for parameter in operation["parameters"]
        if parameter.get("name") == "lang"  # one that routes share is named where the reference leads
    ]
    assert languages == [{"$ref": "#/components/schemas/Language"}] * len(languages)
    assert len(languages) > 5


def test_all_schemas_are_schemas(client):
    schemas = client.get("/openapi.json").json["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    told = client.get("/features?details=1").json
    names = dict.fromkeys(
        ("SK_ID_CURR", *told["columns"], *(one["name"] for one in told["published"]), "TARGET", "index", "Unnamed: 0")
    )
    assert list(schemas["Applicant"]["properties"]) == list(names)
    assert schemas["Applicant"]["properties"]["AMT_CREDIT"]["description"] == "Amount of the loan asked for"
    contract = schemas["Applicant"]["properties"]["NAME_CONTRACT_TYPE"]
    assert contract["type"] == ["string", "null"]
    assert contract["examples"] == ["Cash loans", "Revolving loans"]
    assert "Cash loans, Revolving loans" in contract["description"]
    assert len(schemas["ApplicationRow"]["properties"]) == 124  # TARGET and an index may come along


def test_a_key_is_documented_where_the_server_wants_one(bundle, client):
    keyed = create_app(bundle, database=None, callers=Callers({"ann": "0" * 64})).test_client()
    for one, wanted in ((client, False), (keyed, True)):
        document = one.get("/openapi.json").json
        assert ("securitySchemes" in document["components"]) == wanted
        assert ("security" in document["paths"]["/score"]["post"]) == wanted
        assert ("401" in document["paths"]["/metrics"]["get"]["responses"]) == wanted
        assert "security" not in document["paths"]["/health"]["get"]


def test_limits_and_ids_are_documented(client):
    document = client.get("/openapi.json").json
    for path, operations in document["paths"].items():
        for operation in operations.values():
            responses = operation["responses"]
            free = path in ("/health", "/ready", "/metrics", "/docs") or path.startswith("/static/")
            assert ("429" in responses) != free
            assert all(response["headers"]["X-Request-ID"]["required"] for response in responses.values())
            assert [status for status, response in responses.items() if "Retry-After" in response["headers"]] == [
                status for status in ("409", "429", "503") if status in responses
            ]


def test_with_keys_the_counts_are_for_callers(bundle):
    keyed = create_app(bundle, database=None, callers=Callers({"ann": "0" * 64})).test_client()
    assert keyed.get("/metrics").status_code == 401
    for route in ("/explain", "/model", "/ready", "/openapi.json", "/docs"):
        assert keyed.get(route).status_code == 200


def test_links_lead_to_operations_by_parameters_that_they_have(client):
    paths = client.get("/openapi.json").json["paths"]
    operations = {one["operationId"]: one for methods in paths.values() for one in methods.values()}
    seen = set()
    for one in operations.values():
        for link in one["responses"]["200"].get("links", {}).values():
            seen.add(link["operationId"])
            assert link["parameters"].keys() <= {
                of["name"] for of in operations[link["operationId"]]["parameters"] if "name" in of
            }
    assert {"get_case", "decide_case", "reopen_case", "get_decision_page", "get_letter", "erase_client"} <= seen
    decided = {"SK_ID_CURR": 5, "AMT_CREDIT": 1000.5, "EXT_SOURCE_2": 0.5, "DAYS_BIRTH": -9000}
    (score,) = client.post("/score", json=decided).json["scores"]
    assert client.get(f"/reviews/{score['decision_id']}").status_code == 200


#: So many requests the first test below sends at least; ``make fuzz`` wants more.
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1000"))


def disprove(server, *options, document=None):
    """Whatever schemathesis finds about a running server, all checks on. ``document``: a part of the server's own."""
    home = f"http://127.0.0.1:{server.port}"
    words = [Path(sys.executable).with_name("st"), "--config-file", HERE / "schemathesis.toml", "run"]
    if document is None:
        words.append(f"{home}/openapi.json")
    else:
        file = server.folder / "openapi.json"
        file.write_text(json.dumps(document))
        words += [file, "--url", home]
    words += ["--checks", "all", "--no-color", "--seed", "7"]
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "each_once", "PYTHONPATH": f"{HERE}{os.pathsep}{ROOT}"}
    done = subprocess.run([*map(str, words), *options], cwd=server.folder, env=environ, capture_output=True, text=True)
    told = "\n".join(line[:500] for line in done.stdout.splitlines())
    assert done.returncode == 0, told + done.stderr
    assert "No issues found" in told, told
    return int(re.search(r"(\d+) generated", told)[1])


#: All phases but the stateful one, which fails where no link of the document leads to another of its operations.
UNLINKED = ("--phases", "examples,coverage,fuzzing")

#: Columns of a published row, one or two of each kind of rule; with all of them there are thousands of cases more.
KINDS = (
    *("SK_ID_CURR", "NAME_CONTRACT_TYPE", "CODE_GENDER", "FLAG_OWN_CAR", "EMERGENCYSTATE_MODE", "CNT_CHILDREN"),
    *("AMT_CREDIT", "AMT_ANNUITY", "EXT_SOURCE_1", "EXT_SOURCE_2", "DAYS_BIRTH", "DAYS_EMPLOYED", "DAYS_ID_PUBLISH"),
    *("FLAG_MOBIL", "HOUR_APPR_PROCESS_START", "APARTMENTS_AVG", "CNT_FAM_MEMBERS", "TARGET", "Unnamed: 0"),
)


def first_of_each_kind(properties):
    """The keys of a table's rows, and of its other columns the first of each kind: a kind has the same rules."""
    rules = ("type", "minimum", "maximum", "exclusiveMinimum", "maxLength")
    kinds = {}
    for name, schema in properties.items():
        alike = name if name.startswith("SK_ID_") else json.dumps([schema.get(rule) for rule in rules])
        kinds.setdefault(alike, name)
    return {name: properties[name] for name in kinds.values()}


def part(server, body, names=None):
    """The document of a server with one kind of bodies; ``names``: the properties of a client that stay."""
    document = server.ask("/openapi.json")[1]
    schemas = document["components"]["schemas"]
    schemas["Body"] = {"$ref": f"#/components/schemas/{body}"}
    if names is not None:
        properties = schemas["Applicant"]["properties"]
        schemas["Applicant"]["properties"] = {name: properties[name] for name in names}
    return document


@pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")
def test_nothing_disproves_the_document(bundle, fitted, tmp_path):
    # Columns that no table makes: tables and published rows, which make nine tenths of all cases, have tests below.
    made = load_bundle(bundle)
    columns = [f"score {number} of the bank's own" for number in range(len(made.columns))]
    # Of such columns the manifest knows no parts.
    manifest = {name: value for name, value in made.manifest.items() if name != "unknown"}
    folder = save_bundle(tmp_path / "bundle", fitted, columns, made.threshold, manifest)
    keys = f"ann:{hashlib.sha256(KEY.encode()).hexdigest()}:admin"
    server = Server(tmp_path, folder, WEB_CONCURRENCY="1", API_KEYS=keys).wait()
    try:
        # Most cases are the same whatever this number; fifteen more of each operation are drawn, with the seed above.
        # Stateful ones follow the links: decisions that were just made are reviewed, reopened, printed and erased.
        options = ["--max-examples", str(max(15, REQUESTS // 30)), "--header", f"Authorization: Bearer {KEY}"]
        # It leaves Authorization out, and --header puts it back; ignored_auth asks without a key in another way.
        options += ["--exclude-checks", "missing_required_header"]
        assert disprove(server, *options) > REQUESTS
    finally:
        server.stop()
    assert "Unexpected" not in server.written()


@pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")
def test_nothing_disproves_what_it_says_of_tables(bundle, tmp_path):
    server = Server(tmp_path, bundle, WEB_CONCURRENCY="1").wait()
    try:
        tables = part(server, "Tables")
        for name, schema in tables["components"]["schemas"].items():
            if name.endswith("Row"):
                schema["properties"] = first_of_each_kind(schema["properties"])
        assert disprove(server, *UNLINKED, "--include-path", "/score", "--max-examples", "40", document=tables) > 400
    finally:
        server.stop()
    assert "Unexpected" not in server.written()


@pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")
def test_nothing_disproves_what_it_says_of_published_rows(bundle, tmp_path):
    server = Server(tmp_path, bundle, WEB_CONCURRENCY="1").wait()
    try:
        rows = part(server, "Applicant", KINDS)
        wanted = (*UNLINKED, "--include-path", "/score", "--max-examples", "100")
        assert disprove(server, *wanted, document=rows) > 300
        drawn = ("--phases", "examples,fuzzing", "--max-examples", "40")
        assert disprove(server, "--include-path", "/what-if", *drawn, document=part(server, "Clients", KINDS)) > 20
    finally:
        server.stop()
    assert "Unexpected" not in server.written()
