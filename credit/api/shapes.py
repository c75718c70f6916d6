"""What schemas are made of: the shapes of numbers, texts, objects and lists, as JSON Schema writes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from credit.body.errors import LARGEST_CLIENT, Kind
from credit.features.raw import LARGEST

Schema = dict[str, Any]

TYPES: dict[Kind, Schema] = {
    "client": {"type": "integer", "minimum": 0, "maximum": LARGEST_CLIENT},
    "key": {"type": "integer", "minimum": 0, "maximum": int(LARGEST["integer"])},
    "integer": {"type": ["integer", "null"], "minimum": -int(LARGEST["integer"]), "maximum": int(LARGEST["integer"])},
    "number": {"type": ["number", "null"], "minimum": -LARGEST["number"], "maximum": LARGEST["number"]},
    "amount": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": LARGEST["number"]},
    "score": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    "text": {"type": ["string", "null"]},
}
TEXT, NUMBER, COUNT, YES_OR_NO = {"type": "string"}, {"type": "number"}, {"type": "integer"}, {"type": "boolean"}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def reference(name: str) -> Schema:
    """A reference to the schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def shape(properties: Mapping[str, Schema], required: Iterable[str] | None = None) -> Schema:
    """An object with these properties and no others; all required where ``required`` is not given."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
