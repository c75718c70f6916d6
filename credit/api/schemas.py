"""The bodies of the routes as JSON Schema (2020-12, as OpenAPI 3.1 has it), for one loaded model.

What a body may hold is said as exactly as its decoder is: every feature of the model by name and nothing else. What no
schema can say: each client comes once in a body, a loan of the bureau and a previous application once among their rows.
"""

from collections.abc import Sequence

from credit.api.outcomes import MAX_OUTCOMES
from credit.api.shapes import TYPES, YES_OR_NO, Schema, reference, shape
from credit.body.clients import CLIENT, MAX_CLIENTS
from credit.body.limits import limit
from credit.body.tables import APPLICATION, KEYS, KINDS
from credit.features import COLUMNS, FEATURES
from credit.whatif import levers

OUTCOME: Schema = {"oneOf": [shape({name: TYPES["client"], "defaulted": YES_OR_NO}) for name in ("client", "decision")]}


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
            found[_row(table)] = shape({name: TYPES[kind] for name, kind in kinds.items()}, KEYS[table])
        found |= {"Tables": _tables(MAX_CLIENTS), "OneTables": _tables(1)}
        several.append(reference("Tables"))
        one.append(reference("OneTables"))
    wrapped = shape({"client": reference("OneBody"), "changes": _changes(columns)}, ["client"])
    what_if = [*one, reference("Changed")]
    return {
        **found,
        "Body": {"oneOf": several},
        "OneBody": {"oneOf": one},
        "Outcomes": {"type": "array", "items": OUTCOME, "minItems": 1, "maxItems": MAX_OUTCOMES},
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
    return shape(found, [])


def _client(columns: Sequence[str]) -> Schema:
    words = {feature.name: feature.en for feature in FEATURES}
    features: dict[str, Schema] = {}
    for name in columns:
        one = limit(name)
        features[name] = {
            "type": ["number", "boolean", "null"] if one.kind == "feature" else ["number", "null"],
            "exclusiveMinimum" if one.above else "minimum": one.low,
            "maximum": one.high,
        }
        if name in words:
            features[name]["description"] = words[name]
    return shape({CLIENT: TYPES["client"], **features}, [CLIENT])


def _tables(clients: int) -> Schema:
    properties = {}
    for table in KINDS:
        rows: Schema = {"type": "array", "items": reference(_row(table))}
        if table == APPLICATION:
            rows |= {"minItems": 1, "maxItems": clients}
        properties[table] = {"oneOf": [reference(_row(table)), rows]}
    return shape(properties, [APPLICATION])


def _row(table: str) -> str:
    return f"{table}_row"
