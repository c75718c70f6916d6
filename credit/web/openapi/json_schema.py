"""What schemas are made of: the shapes of numbers, texts, objects and lists, as JSON Schema writes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from credit.features.raw_rows import LARGEST
from credit.web.payload.value_limits import Limit
from credit.web.payload.value_rules import LARGEST_CLIENT, ByName, Code, Ignored, Number, OfColumn, Rule

Schema = dict[str, Any]

CLIENT_NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_CLIENT}

YES_OR_NO: Schema = {"type": "boolean"}


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


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def known(schema: Schema) -> Schema:
    """The same without null."""
    return {**schema, "type": [one for one in schema["type"] if one != "null"]}


def value(rule: Rule) -> Schema:
    """What a value that follows a rule of `credit.web.payload.value_rules` may be, no more and no less."""
    if isinstance(rule, Number):
        return {"type": "integer", "minimum": 0, "maximum": rule.largest}
    if isinstance(rule, ByName):
        number = "integer" if rule.limit.whole else "number"
        flag = ["boolean"] if rule.limit.kind in ("feature", "flag") else []
        return _within(rule.limit, [number, *flag, "null"])
    if isinstance(rule, Code):
        schema = _within(rule.limit, ["string", "integer", "boolean", "null"])
        return {**schema, "examples": [*rule.column.values]}
    if isinstance(rule, OfColumn):
        return _text(rule) if rule.column.kind == "text" else _number(rule)
    assert isinstance(rule, Ignored), rule
    return {}


def _number(rule: OfColumn) -> Schema:
    column, largest = rule.column, LARGEST[rule.column.kind]
    whole = column.kind == "integer" or (rule.limit is not None and rule.limit.whole)
    types = ["integer" if whole else "number", *(["boolean"] if column.is_flag else []), "null"]
    if rule.limit is None:
        return {"type": types, "minimum": -largest, "maximum": largest}
    schema = _within(rule.limit, types)
    parts = schema.get("anyOf", [schema])
    for part in parts:
        if "maximum" in part:
            part["maximum"] = min(part["maximum"], largest)
            if "minimum" in part:
                part["minimum"] = max(part["minimum"], -largest)
    return schema


def _within(limit: Limit, types: list[str]) -> Schema:
    schema: Schema = {
        "type": types,
        "exclusiveMinimum" if limit.above else "minimum": limit.low,
        "maximum": limit.high,
    }
    return schema if limit.also is None else {"anyOf": [schema, {"const": limit.also}]}


def _text(rule: OfColumn) -> Schema:
    """Texts outside the vocabulary are taken, too; a flag and a number that stand for one of its texts."""
    values = rule.column.values
    examples = {"examples": [*values]} if values else {}
    if rule.column.is_yes_or_no:
        return {"anyOf": [{"type": ["string", "boolean", "null"]}, reference("ZeroOrOne")], **examples}
    numbers = [int(text) for text in values if text.isdecimal()]
    if numbers:
        return {"anyOf": [{"type": ["string", "null"]}, {"enum": numbers}], **examples}
    return {"type": ["string", "null"], **examples}
