"""The schemas of the answers: made from structs, and what the service answers is what they say, byte for byte."""

import json

import jsonschema
import msgspec
import pytest
from support.loans import CREDIT

from credit.model.quantities import Share
from credit.web.answers.answer import Alive, Answer, Erased, Error, Kept, Model, Ready, Threshold, WithNotices
from credit.web.answers.decisions import Probabilities, Scores, Sent, YesOrNo
from credit.web.answers.drift import Drift
from credit.web.answers.explanations import Explanation, Moved
from credit.web.answers.features import Features, Importance
from credit.web.answers.reviews import ListedCases, LoggedReview, ReviewCase, ReviewReasons
from credit.web.openapi.response_schemas import schemas

KNOWN = {"SK_ID_CURR": 7, **CREDIT, "CODE_GENDER": 1, "EXT_SOURCE_2": 0.3, "DAYS_BIRTH": -9000, "TARGET": 1}
SEVERAL = [{"SK_ID_CURR": n, **CREDIT, "EXT_SOURCE_2": n / 40 + 0.1, "CODE_GENDER": n % 2} for n in range(32)]
ASKED = [
    ("POST", "/predict", SEVERAL, YesOrNo),
    ("POST", "/predict_proba", KNOWN, Probabilities),
    ("POST", "/score", SEVERAL, Scores),
    ("POST", "/score", KNOWN, Scores),
    ("POST", "/explain", KNOWN, Explanation),
    ("POST", "/what-if", KNOWN, Moved),
    ("POST", "/what-if", {"client": KNOWN, "changes": {"AMT_CREDIT": 300_000}}, Moved),
    ("POST", "/outcomes", [{"client": 7, "defaulted": True}], Kept),
    ("GET", "/drift", None, Drift),
    ("GET", "/reviews?order=dearest", None, ListedCases),
    ("GET", "/reviews?client=7", None, ListedCases),
    ("GET", "/review-reasons", None, ReviewReasons),
    ("GET", "/reviews/1", None, ReviewCase),
    (
        "POST",
        "/reviews/1",
        {"verdict": "counteroffer", "reason": "bank_rule", "words": "a rule", "terms": {"amount": 5}},
        LoggedReview,
    ),
    ("POST", "/reviews/1/reopen", {"reason": "human_requested"}, LoggedReview),
    ("GET", "/reviews/1", None, ReviewCase),
    ("GET", "/data", None, Sent),
    ("GET", "/features", None, Features),
    ("GET", "/features?details=1", None, Features),
    ("GET", "/best_threshold", None, Threshold),
    ("GET", "/explain", None, Importance),
    ("GET", "/model", None, Model),
    ("GET", "/health", None, Alive),
    ("GET", "/ready", None, Ready),
    ("DELETE", "/data/7", None, Erased),
    ("GET", "/predict", None, Error),
    ("POST", "/predict", {"AMT_CREDT": 5}, Error),
]


def test_every_answer_is_its_struct_and_obeys_its_schema(client):
    components = client.get("/openapi.json").json["components"]
    for method, path, body, struct in ASKED:
        response = client.open(path, method=method, json=body)
        assert (response.status_code < 400) == (struct is not Error), (path, response.text)
        schema = {"$ref": f"#/components/schemas/{struct.__name__}", "components": components}
        jsonschema.validate(response.json, schema)
        # What is written is read again without loss: names, order, numbers, null, and what is left out.
        read = msgspec.json.encode(msgspec.json.decode(response.data, type=struct))
        assert json.loads(read, object_pairs_hook=list) == json.loads(response.data, object_pairs_hook=list), path


def test_every_object_of_an_answer_and_every_field_is_described_and_complete(client):
    schemas = client.get("/openapi.json").json["components"]["schemas"]
    # Those of bodies are made in another way.
    named = {struct.__name__ for *_, struct in ASKED}
    while (
        more := {
            text.rpartition("/")[2] for name in named for text in _references(schemas[name]) if "/schemas/" in text
        }
        - named
    ):
        named |= more
    assert len(named) > 40
    for name in named:
        schema = schemas[name]
        assert schema["description"], name
        assert "``" not in schema["description"], name
        assert schema["additionalProperties"] is False, name
        for field, one in schema["properties"].items():
            assert one.get("description"), (name, field)
            assert "default" not in one, (name, field)
    assert schemas["Scores"]["required"] == ["model", "threshold", "review", "scores", "note"]
    assert schemas["Window"]["required"] == ["last", "days"]
    assert schemas["YesOrNo"]["required"] == ["prediction"]


def _references(schema):
    if isinstance(schema, dict):
        yield from ([schema["$ref"]] if "$ref" in schema else [])
        for one in schema.values():
            yield from _references(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from _references(one)


def test_bounds_null_and_texts_are_as_exact_as_their_types():
    class Sample(Answer, frozen=True):
        """A sample.

        - ``share``: a part of the whole,
          on two lines
        - ``from``: whence
        """

        origin: str | None = msgspec.field(name="from")
        share: Share | msgspec.UnsetType = msgspec.UNSET

    _, components = schemas([Sample])
    assert components["Sample"] == {
        "description": "A sample.",
        "type": "object",
        "properties": {
            "share": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "a part of the whole, on two lines",
            },
            "from": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "whence"},
        },
        "required": ["from"],
        "additionalProperties": False,
    }


def test_a_field_of_a_base_is_described_by_the_base_unless_the_struct_says_more():
    class Derived(WithNotices, frozen=True):
        """Derived.

        - ``details``: said anew
        """

    _, components = schemas([Derived])
    properties = components["Derived"]["properties"]
    assert properties["details"]["description"] == "said anew"
    assert properties["missing_tables"]["description"].startswith("histories")


@pytest.mark.parametrize(("table", "told"), [(["bureau"], {"missing_tables": ["bureau"]}), (msgspec.UNSET, {})])
def test_what_has_nothing_to_say_is_left_out(table, told):
    answer = YesOrNo({"client n° 7": "Yes"}, missing_tables=table)
    assert msgspec.json.decode(msgspec.json.encode(answer)) == {"prediction": {"client n° 7": "Yes"}, **told}


def test_an_old_name_of_a_field_is_marked_as_deprecated():
    _, components = schemas([Kept])
    properties = components["Kept"]["properties"]
    assert "deprecated" not in properties["received"]
    assert properties["told"]["deprecated"] is True
    assert properties["told"]["minimum"] == 1
    answer = msgspec.json.decode(msgspec.json.encode(Kept(3, 1, 3)))
    assert answer == {"received": 3, "new": 1, "told": 3}


def test_fields_are_named_by_the_glossary_but_for_old_names():
    """CONTRIBUTING.md: names are the field's terms; an old name is kept for a release, beside the new one."""
    _, components = schemas([struct for *_, struct in ASKED])
    odd = {"asked", "crowned", "found", "granted", "much", "nobody", "offences", "remarks", "settled", "some", "told"}
    named = [
        (component, field)
        for component, schema in components.items()
        for field, about in schema["properties"].items()
        if odd & set(field.split("_")) and not about.get("deprecated")
    ]
    assert named == []
