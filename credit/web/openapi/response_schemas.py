"""The answers of the routes as JSON Schema (2020-12, as OpenAPI 3.1 has it)."""

from collections.abc import Mapping

from credit.decision.policy import DECISIONS
from credit.features.data_warnings import KINDS
from credit.features.information_sources import PARTS
from credit.monitoring.stability import LEVELS
from credit.web.openapi.json_schema import (
    CLIENT_NUMBER,
    COUNT,
    NUMBER,
    SHA256,
    SHARE,
    TEXT,
    YES_OR_NO,
    Schema,
    list_of,
    or_null,
    shape,
)

_MODEL = shape({"name": TEXT, "hash": SHA256})

_REMARK = shape(
    {
        "client": or_null(TEXT),
        "kind": {"enum": list(KINDS)},
        "table": TEXT,
        "column": TEXT,
        "number": COUNT,
        "example": {},
        "message": TEXT,
    }
)

#: Beside an answer, only where there is something to tell.
_TOLD = {
    "missing_tables": list_of(TEXT),
    "details": list_of(_REMARK),
    "details_left_out": COUNT,
}

_REASON = shape(
    {
        "code": TEXT,
        "kind": {"enum": ["known", "fact", "unknown", "named"]},
        "contribution": {"type": "number", "exclusiveMinimum": 0},
        "text": TEXT,
    }
)

_UNKNOWN = shape(
    {
        "part": {"enum": [part.name for part in PARTS]},
        "columns": list_of(TEXT),
        "low": SHARE,
        "high": SHARE,
        "chance": SHARE,
        "worth": or_null(NUMBER),
        "text": TEXT,
    }
)

_MONEY: Schema = {"type": "number", "minimum": 0}

#: Between which probabilities, both excluded, a loan is referred.
_BAND = shape({"low": SHARE, "high": SHARE})

_REVIEW = shape(
    {
        "cost": or_null(_MONEY),
        "skill": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "capacity": or_null(SHARE),
    }
)

#: What is decided about a client, and by which numbers.
_VERDICT: dict[str, Schema] = {
    "decision": {"enum": list(DECISIONS)},
    "probability": SHARE,
    "points": or_null(NUMBER),
    "expected_loss": or_null(_MONEY),
    "refer": or_null(_BAND),
    "at_stake": or_null(_MONEY),
    "review_worth": or_null(_MONEY),
}

_SCORE = shape(
    {
        "client": CLIENT_NUMBER,
        "decision_id": or_null(COUNT),
        **_VERDICT,
        "present": SHARE,
        "unknown": or_null({"type": "array", "items": _UNKNOWN, "maxItems": len(PARTS)}),
        "reasons": or_null({"type": "array", "items": _REASON, "maxItems": 4}),
    }
)

_CONTRIBUTION = shape(
    {
        "feature": TEXT,
        "value": or_null(NUMBER),
        "contribution": NUMBER,
        "description": TEXT,
        "unit": TEXT,
        "protected": YES_OR_NO,
    }
)

_FEATURE = shape(
    {
        "name": TEXT,
        "description": or_null(TEXT),
        "unit": or_null(TEXT),
        "table": or_null(TEXT),
        "family": or_null(TEXT),
        "missing": or_null(SHARE),
    }
)

_COLUMN = shape(
    {
        "name": TEXT,
        "description": TEXT,
        "type": {"enum": ["text", "integer", "number"]},
        "texts": list_of(TEXT),
    }
)

_IMPORTANCE = shape(
    {
        "feature": TEXT,
        "gain": SHARE,
        "contribution": or_null(NUMBER),
        "description": or_null(TEXT),
        "protected": YES_OR_NO,
    }
)

_VALUE: Schema = {"type": ["number", "string", "null"]}

_WEIGHTY = shape(
    {
        "feature": TEXT,
        "description": TEXT,
        "unit": TEXT,
        "contribution": NUMBER,
        "among_ten": YES_OR_NO,
        "value": _VALUE,
        "text": TEXT,
        "locked": {"enum": ["protected", "history", "reported", "derived", "fact", None]},
        "follows": or_null(list_of(shape({"feature": TEXT, "description": TEXT}))),
        "slider": or_null(shape({"low": NUMBER, "high": NUMBER, "step": NUMBER})),
        "options": or_null(list_of(shape({"value": TEXT, "label": TEXT}))),
    }
)

_SMALLEST = shape(
    {
        "status": {"enum": ["accepted", "found", "none"]},
        "changes": list_of(
            shape(
                {
                    "feature": TEXT,
                    "description": TEXT,
                    "from": _VALUE,
                    "from_text": TEXT,
                    "to": NUMBER,
                    "to_text": TEXT,
                }
            )
        ),
        "after": or_null(shape(_VERDICT)),
        "size": or_null({"type": "number", "minimum": 0}),
        "step": or_null({"type": "number", "exclusiveMinimum": 0}),
        "lowest": or_null(SHARE),
        "tried": COUNT,
    }
)
_LEVEL = {"enum": list(LEVELS)}
_AMOUNT = {"type": "number"}
_ESTIMATE = shape({"value": NUMBER, "low": NUMBER, "high": NUMBER})

_SHIFT = shape(
    {
        "feature": TEXT,
        "psi": NUMBER,
        "chance": NUMBER,
        "missing_before": SHARE,
        "missing": SHARE,
        "new_before": SHARE,
        "new": SHARE,
        "importance": SHARE,
        "level": _LEVEL,
    }
)

_DRIFT = shape(
    {
        "clients": COUNT,
        "before": COUNT,
        "enough": YES_OR_NO,
        "level": _LEVEL,
        "score": {"type": "number", "minimum": 0},
        "weighted": {"type": "number", "minimum": 0},
        "probability": or_null({"type": "number", "minimum": 0}),
        "importance_known": YES_OR_NO,
        "thresholds": shape({"some": NUMBER, "much": NUMBER}),
        "counted": shape(dict.fromkeys(LEVELS, COUNT)),
        "features": list_of(_SHIFT),
        "texts": list_of(shape({"column": TEXT, "before": SHARE, "now": SHARE})),
    }
)

_REALISED = shape(
    {
        "clients": COUNT,
        "refused": COUNT,
        "default_rate": SHARE,
        "expected_default_rate": _ESTIMATE,
        "surprise": or_null(NUMBER),
        "cost": _AMOUNT,
        "expected_cost": _ESTIMATE,
        "saving": or_null(NUMBER),
        "roc_auc": or_null(SHARE),
        "expected_roc_auc": or_null(_ESTIMATE),
    }
)

_PERIOD = shape(
    {
        "begins": or_null({"type": "string", "format": "date"}),
        "clients": COUNT,
        "refused": COUNT,
        "counted": COUNT,
        "default_rate": _ESTIMATE,
        "granted_default_rate": or_null(_ESTIMATE),
        "cost": _ESTIMATE,
        "everybody": _AMOUNT,
        "saving": or_null(_ESTIMATE),
        "regret": or_null(NUMBER),
        "told": COUNT,
        "default_rate_bounds": or_null(shape({"low": SHARE, "high": SHARE})),
        "realised": or_null(_REALISED),
    }
)

_COSTS = shape(
    {
        "margin": NUMBER,
        "loss_given_default": NUMBER,
        "total": _PERIOD,
        "mature": or_null(_REALISED),
        "surprise": or_null(NUMBER),
        "served": shape(
            {
                "counted": COUNT,
                "regret": or_null(NUMBER),
                "mature": or_null(_REALISED),
                "surprise": or_null(NUMBER),
            }
        ),
        "weeks": list_of(_PERIOD),
    }
)

_DECISION = shape(
    {
        "id": COUNT,
        "time": {"type": "string", "format": "date-time"},
        "request": TEXT,
        "caller": TEXT,
        "client": CLIENT_NUMBER,
        "route": or_null(TEXT),
        "sent": or_null(TEXT),
        "probability": SHARE,
        "threshold": SHARE,
        "decision": {"enum": list(DECISIONS)},
        "refer": or_null(_BAND),
        "rule": or_null(shape({"margin": NUMBER, "loss_given_default": NUMBER, "review": or_null(_REVIEW)})),
        "model_hash": SHA256,
        "reasons": or_null(list_of(_REASON)),
        "inputs": or_null({"type": "object", "additionalProperties": or_null(NUMBER)}),
    }
)


def _prediction(value: Schema) -> Schema:
    by_client = {"type": "object", "additionalProperties": value}
    counts = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}
    return shape({"prediction": by_client, "refer": list_of(TEXT), "missing": counts, **_TOLD}, ["prediction"])


def _with_told(properties: Mapping[str, Schema]) -> Schema:
    return shape({**properties, **_TOLD}, properties)


#: What the routes answer.
ANSWERS: dict[str, Schema] = {
    "Error": shape({"error": TEXT, "details": list_of(shape({"field": TEXT, "message": TEXT}))}),
    "Features": shape(
        {"columns": list_of(TEXT), "details": list_of(_FEATURE), "published": list_of(_COLUMN)}, ["columns"]
    ),
    "Threshold": shape({"best_threshold": SHARE}),
    "YesOrNo": _prediction({"enum": ["Yes", "No"]}),
    "Probabilities": _prediction(SHARE),
    "Scores": _with_told(
        {
            "model": _MODEL,
            "threshold": SHARE,
            "review": or_null(_REVIEW),
            "scores": list_of(_SCORE),
            "note": or_null(TEXT),
        }
    ),
    "Explanation": _with_told(
        {
            "client": CLIENT_NUMBER,
            "model": _MODEL,
            "base_value": NUMBER,
            "base_probability": SHARE,
            "log_odds": NUMBER,
            "probability": SHARE,
            "contributions": list_of(_CONTRIBUTION),
            "reasons": {"type": "array", "items": _REASON, "maxItems": 4},
            "note": TEXT,
        }
    ),
    "Moved": _with_told(
        {
            "client": CLIENT_NUMBER,
            "model": _MODEL,
            "threshold": SHARE,
            "review": or_null(_REVIEW),
            "before": shape(_VERDICT),
            "after": or_null(shape(_VERDICT)),
            "implausible": list_of(shape({"features": list_of(TEXT), "message": TEXT})),
            "features": list_of(_WEIGHTY),
            "smallest": or_null(_SMALLEST),
            "note": TEXT,
        }
    ),
    "Importance": shape({"model": _MODEL, "features": list_of(_IMPORTANCE)}),
    "Model": shape({"manifest": {"type": "object"}, "card": or_null(TEXT)}),
    "Sent": shape({"data": list_of(_DECISION), "page": COUNT, "pages": COUNT, "total": COUNT}),
    "Erased": shape({"client": CLIENT_NUMBER, "decisions": COUNT, "erased": COUNT}),
    "Kept": shape({"told": {"type": "integer", "minimum": 1}, "new": {"type": "integer", "minimum": 0}}),
    "Drift": shape(
        {
            "status": {"enum": ["computing", "ready"]},
            "time": or_null({"type": "string", "format": "date-time"}),
            "window": shape({"last": or_null(COUNT), "days": or_null(NUMBER)}),
            "model": _MODEL,
            "note": or_null(TEXT),
            "drift": or_null(_DRIFT),
            "costs": or_null(_COSTS),
            "alarms": list_of(shape({"kind": TEXT, "text": TEXT})),
        }
    ),
    "Document": {"type": "object"},
    "Alive": shape({"status": {"const": "alive"}}),
    "Ready": shape({"status": {"const": "ready"}, "model": _MODEL, "log": YES_OR_NO}),
}
