"""The bodies and answers of the routes as JSON Schema (2020-12, as OpenAPI 3.1 has it), for one loaded model.

What a body may hold is said as exactly as its decoder is: every feature of the model by name and nothing else. What no
schema can say: each client comes once in a body, a loan of the bureau and a previous application once among their rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from credit.body.clients import CLIENT, LARGEST_VALUE, MAX_CLIENTS, PAST
from credit.body.errors import LARGEST_CLIENT, Kind
from credit.body.tables import APPLICATION, KEYS, KINDS
from credit.features import COLUMNS, FEATURES
from credit.features.raw import LARGEST
from credit.verdicts import DECISIONS

Schema = dict[str, Any]

_TYPES: dict[Kind, Schema] = {
    "client": {"type": "integer", "minimum": 0, "maximum": LARGEST_CLIENT},
    "key": {"type": "integer", "minimum": 0, "maximum": int(LARGEST["integer"])},
    "integer": {"type": ["integer", "null"], "minimum": -int(LARGEST["integer"]), "maximum": int(LARGEST["integer"])},
    "number": {"type": ["number", "null"], "minimum": -LARGEST["number"], "maximum": LARGEST["number"]},
    "text": {"type": ["string", "null"]},
}
_TEXT, _NUMBER, _COUNT, _YES_OR_NO = {"type": "string"}, {"type": "number"}, {"type": "integer"}, {"type": "boolean"}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def schemas(columns: Sequence[str]) -> dict[str, Schema]:
    """All of them by name, for a model with ``columns``."""
    return {**bodies(columns), **ANSWERS}


def reference(name: str) -> Schema:
    """A reference to the schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def bodies(columns: Sequence[str]) -> dict[str, Schema]:
    """What may be posted: ``Body`` (one client, several or tables), ``OneBody`` (one client only) and their parts."""
    found = {
        "Client": _client(columns),
        "Clients": {"type": "array", "items": reference("Client"), "minItems": 1, "maxItems": MAX_CLIENTS},
    }
    several, one = (
        [reference("Client"), reference("Clients")],
        [
            reference("Client"),
            {"type": "array", "items": reference("Client"), "minItems": 1, "maxItems": 1},
        ],
    )
    if set(columns) <= set(COLUMNS):  # else no tables make the model's features
        for table, kinds in KINDS.items():
            found[_row(table)] = _object({name: _TYPES[kind] for name, kind in kinds.items()}, KEYS[table])
        found |= {"Tables": _tables(MAX_CLIENTS), "OneTables": _tables(1)}
        several.append(reference("Tables"))
        one.append(reference("OneTables"))
    return {**found, "Body": {"oneOf": several}, "OneBody": {"oneOf": one}}


def _client(columns: Sequence[str]) -> Schema:
    words = {feature.name: feature.en for feature in FEATURES}
    features: dict[str, Schema] = {}
    for name in columns:
        kinds, most = ["number", "boolean", "null"], LARGEST_VALUE
        if name in PAST:
            kinds, most = ["number", "null"], 0.0
        features[name] = {"type": kinds, "minimum": -LARGEST_VALUE, "maximum": most}
        if name in words:
            features[name]["description"] = words[name]
    return _object({CLIENT: _TYPES["client"], **features}, [CLIENT])


def _tables(clients: int) -> Schema:
    properties = {}
    for table in KINDS:
        rows: Schema = {"type": "array", "items": reference(_row(table))}
        if table == APPLICATION:
            rows |= {"minItems": 1, "maxItems": clients}
        properties[table] = {"oneOf": [reference(_row(table)), rows]}
    return _object(properties, [APPLICATION])


def _row(table: str) -> str:
    return f"{table}_row"


def _object(properties: Mapping[str, Schema], required: Iterable[str] | None = None) -> Schema:
    """An object with these properties and no others; all required where ``required`` is not given."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_MODEL = _object({"name": _TEXT, "hash": _SHA256})

_REMARK = _object(
    {
        "client": _or_null(_TEXT),
        "kind": _TEXT,
        "table": _TEXT,
        "column": _TEXT,
        "number": _COUNT,
        "example": {},
        "message": _TEXT,
    }
)

#: Beside an answer, only where there is something to tell.
_TOLD = {
    "missing_tables": _list(_TEXT),
    "details": _list(_REMARK),
    "details_left_out": _COUNT,
}

_REASON = _object(
    {
        "code": _TEXT,
        "kind": {"enum": ["known", "fact", "unknown"]},
        "contribution": {"type": "number", "exclusiveMinimum": 0},
        "text": _TEXT,
    }
)

_SCORE = _object(
    {
        "client": _TYPES["client"],
        "decision_id": _or_null(_COUNT),
        "decision": {"enum": list(DECISIONS)},
        "probability": _SHARE,
        "points": _or_null(_NUMBER),
        "expected_loss": _or_null({"type": "number", "minimum": 0}),
        "present": _SHARE,
        "reasons": _or_null({"type": "array", "items": _REASON, "maxItems": 4}),
    }
)

_CONTRIBUTION = _object(
    {
        "feature": _TEXT,
        "value": _or_null(_NUMBER),
        "contribution": _NUMBER,
        "description": _TEXT,
        "unit": _TEXT,
        "protected": _YES_OR_NO,
    }
)

_FEATURE = _object(
    {
        "name": _TEXT,
        "description": _or_null(_TEXT),
        "unit": _or_null(_TEXT),
        "table": _or_null(_TEXT),
        "family": _or_null(_TEXT),
        "missing": _or_null(_SHARE),
    }
)

_IMPORTANCE = _object(
    {
        "feature": _TEXT,
        "gain": _SHARE,
        "contribution": _or_null(_NUMBER),
        "description": _or_null(_TEXT),
        "protected": _YES_OR_NO,
    }
)

_DECISION = _object(
    {
        "id": _COUNT,
        "time": {"type": "string", "format": "date-time"},
        "request": _TEXT,
        "caller": _TEXT,
        "client": _TYPES["client"],
        "probability": _SHARE,
        "threshold": _SHARE,
        "decision": {"enum": list(DECISIONS)},
        "model_hash": _SHA256,
        "reasons": _or_null(_list(_REASON)),
        "inputs": _or_null({"type": "object", "additionalProperties": _or_null(_NUMBER)}),
    }
)


def _prediction(value: Schema) -> Schema:
    by_client = {"type": "object", "additionalProperties": value}
    counts = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}
    return _object({"prediction": by_client, "missing": counts, **_TOLD}, ["prediction"])


def _with_told(properties: Mapping[str, Schema]) -> Schema:
    return _object({**properties, **_TOLD}, properties)


#: What the routes answer.
ANSWERS: dict[str, Schema] = {
    "Error": _object({"error": _TEXT, "details": _list(_object({"field": _TEXT, "message": _TEXT}))}),
    "Features": _object({"columns": _list(_TEXT), "details": _list(_FEATURE)}, ["columns"]),
    "Threshold": _object({"best_threshold": _SHARE}),
    "Granted": _prediction({"enum": ["Yes", "No"]}),
    "Probabilities": _prediction(_SHARE),
    "Scores": _with_told(
        {
            "model": _MODEL,
            "threshold": _SHARE,
            "refer": _or_null(_object({"low": _SHARE, "high": _SHARE})),
            "scores": _list(_SCORE),
            "note": _or_null(_TEXT),
        }
    ),
    "Explanation": _with_told(
        {
            "client": _TYPES["client"],
            "model": _MODEL,
            "base_value": _NUMBER,
            "base_probability": _SHARE,
            "log_odds": _NUMBER,
            "probability": _SHARE,
            "contributions": _list(_CONTRIBUTION),
            "reasons": {"type": "array", "items": _REASON, "maxItems": 4},
            "note": _TEXT,
        }
    ),
    "Importance": _object({"model": _MODEL, "features": _list(_IMPORTANCE)}),
    "Model": _object({"manifest": {"type": "object"}, "card": _or_null(_TEXT)}),
    "Sent": _object({"data": _list(_DECISION), "page": _COUNT, "pages": _COUNT, "total": _COUNT}),
    "Erased": _object({"client": _TYPES["client"], "decisions": _COUNT, "erased": _COUNT}),
    "Document": {"type": "object"},
    "Alive": _object({"status": {"const": "alive"}}),
    "Ready": _object({"status": {"const": "ready"}, "model": _MODEL, "log": _YES_OR_NO}),
}
