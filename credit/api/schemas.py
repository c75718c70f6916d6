"""The bodies and answers of the routes as JSON Schema (2020-12, as OpenAPI 3.1 has it), for one loaded model.

What a body may hold is said as exactly as its decoder is: every feature of the model by name and nothing else. What no
schema can say: each client comes once in a body, a loan of the bureau and a previous application once among their rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from credit.api.outcomes import MAX_OUTCOMES
from credit.body.clients import CLIENT, LARGEST_VALUE, MAX_CLIENTS, PAST
from credit.body.errors import LARGEST_CLIENT, Kind
from credit.body.tables import APPLICATION, KEYS, KINDS
from credit.drift.comparison import LEVELS
from credit.features import COLUMNS, FEATURES
from credit.features.raw import LARGEST
from credit.verdicts import DECISIONS
from credit.whatif import levers

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
    wrapped = _object({"client": reference("OneBody"), "changes": _changes(columns)}, ["client"])
    what_if = [*one, reference("Changed")]
    return {
        **found,
        "Body": {"oneOf": several},
        "OneBody": {"oneOf": one},
        "Outcomes": {"type": "array", "items": _OUTCOME, "minItems": 1, "maxItems": MAX_OUTCOMES},
        "Changed": wrapped,
        "WhatIf": {"oneOf": what_if},
    }


def _changes(columns: Sequence[str]) -> Schema:
    found: dict[str, Schema] = {}
    for name, lever in levers(tuple(columns)).by_name.items():
        if lever.kind == "amount":
            found[name] = {"type": "number", "minimum": lever.low, "maximum": lever.high}
        else:
            found[name] = {"enum": list(lever.values) or [0, 1]}
        found[name]["description"] = lever.en
    return _object(found, [])


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

_VERDICT = _object(
    {
        "decision": {"enum": list(DECISIONS)},
        "probability": _SHARE,
        "points": _or_null(_NUMBER),
        "expected_loss": _or_null({"type": "number", "minimum": 0}),
    }
)

_VALUE: Schema = {"type": ["number", "string", "null"]}

_WEIGHTY = _object(
    {
        "feature": _TEXT,
        "description": _TEXT,
        "unit": _TEXT,
        "contribution": _NUMBER,
        "among_ten": _YES_OR_NO,
        "value": _VALUE,
        "text": _TEXT,
        "locked": {"enum": ["protected", "history", "reported", "derived", "fact", None]},
        "follows": _or_null(_list(_object({"feature": _TEXT, "description": _TEXT}))),
        "slider": _or_null(_object({"low": _NUMBER, "high": _NUMBER, "step": _NUMBER})),
        "options": _or_null(_list(_object({"value": _TEXT, "label": _TEXT}))),
    }
)

_SMALLEST = _object(
    {
        "status": {"enum": ["accepted", "found", "none", "too_little_known"]},
        "changes": _list(
            _object(
                {
                    "feature": _TEXT,
                    "description": _TEXT,
                    "from": _VALUE,
                    "from_text": _TEXT,
                    "to": _NUMBER,
                    "to_text": _TEXT,
                }
            )
        ),
        "after": _or_null(_VERDICT),
        "lowest": _or_null(_SHARE),
        "tried": _COUNT,
    }
)

_OUTCOME: Schema = {
    "oneOf": [_object({name: _TYPES["client"], "defaulted": _YES_OR_NO}) for name in ("client", "decision")]
}

_LEVEL = {"enum": list(LEVELS)}
_AMOUNT = {"type": "number"}
_ESTIMATE = _object({"value": _NUMBER, "low": _NUMBER, "high": _NUMBER})

_SHIFT = _object(
    {
        "feature": _TEXT,
        "psi": _NUMBER,
        "chance": _NUMBER,
        "missing_before": _SHARE,
        "missing": _SHARE,
        "new_before": _SHARE,
        "new": _SHARE,
        "importance": _SHARE,
        "level": _LEVEL,
    }
)

_DRIFT = _object(
    {
        "clients": _COUNT,
        "before": _COUNT,
        "enough": _YES_OR_NO,
        "level": _LEVEL,
        "score": {"type": "number", "minimum": 0},
        "weighted": {"type": "number", "minimum": 0},
        "probability": _or_null({"type": "number", "minimum": 0}),
        "importance_known": _YES_OR_NO,
        "thresholds": _object({"some": _NUMBER, "much": _NUMBER}),
        "counted": _object(dict.fromkeys(LEVELS, _COUNT)),
        "features": _list(_SHIFT),
        "texts": _list(_object({"column": _TEXT, "before": _SHARE, "now": _SHARE})),
    }
)

_REALISED = _object(
    {
        "clients": _COUNT,
        "refused": _COUNT,
        "default_rate": _SHARE,
        "expected_default_rate": _ESTIMATE,
        "surprise": _or_null(_NUMBER),
        "cost": _AMOUNT,
        "expected_cost": _ESTIMATE,
        "saving": _or_null(_NUMBER),
        "roc_auc": _or_null(_SHARE),
    }
)

_PERIOD = _object(
    {
        "begins": _or_null({"type": "string", "format": "date"}),
        "clients": _COUNT,
        "refused": _COUNT,
        "counted": _COUNT,
        "default_rate": _ESTIMATE,
        "granted_default_rate": _or_null(_ESTIMATE),
        "cost": _ESTIMATE,
        "everybody": _AMOUNT,
        "saving": _or_null(_ESTIMATE),
        "regret": _or_null(_NUMBER),
        "realised": _or_null(_REALISED),
    }
)

_COSTS = _object({"margin": _NUMBER, "loss_given_default": _NUMBER, "total": _PERIOD, "weeks": _list(_PERIOD)})

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
        "refer": _or_null(_object({"low": _SHARE, "high": _SHARE})),
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
            "least_present": _or_null(_SHARE),
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
    "Moved": _with_told(
        {
            "client": _TYPES["client"],
            "model": _MODEL,
            "threshold": _SHARE,
            "refer": _or_null(_object({"low": _SHARE, "high": _SHARE})),
            "before": _VERDICT,
            "after": _or_null(_VERDICT),
            "features": _list(_WEIGHTY),
            "smallest": _or_null(_SMALLEST),
            "note": _TEXT,
        }
    ),
    "Importance": _object({"model": _MODEL, "features": _list(_IMPORTANCE)}),
    "Model": _object({"manifest": {"type": "object"}, "card": _or_null(_TEXT)}),
    "Sent": _object({"data": _list(_DECISION), "page": _COUNT, "pages": _COUNT, "total": _COUNT}),
    "Erased": _object({"client": _TYPES["client"], "decisions": _COUNT, "erased": _COUNT}),
    "Kept": _object({"told": {"type": "integer", "minimum": 1}, "new": {"type": "integer", "minimum": 0}}),
    "Drift": _object(
        {
            "status": {"enum": ["computing", "ready"]},
            "time": _or_null({"type": "string", "format": "date-time"}),
            "window": _object({"last": _or_null(_COUNT), "days": _or_null(_NUMBER)}),
            "model": _MODEL,
            "note": _or_null(_TEXT),
            "drift": _or_null(_DRIFT),
            "costs": _or_null(_COSTS),
            "alarms": _list(_object({"kind": _TEXT, "text": _TEXT})),
        }
    ),
    "Document": {"type": "object"},
    "Alive": _object({"status": {"const": "alive"}}),
    "Ready": _object({"status": {"const": "ready"}, "model": _MODEL, "log": _YES_OR_NO}),
}
