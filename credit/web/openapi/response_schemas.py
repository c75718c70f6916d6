"""The answers of the routes as JSON Schema (2020-12, as OpenAPI 3.1 has it), made from `credit.web.answers`."""

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

import msgspec

from credit.web.answers.answer import Answer
from credit.web.openapi.json_schema import Schema

#: An item of a docstring about a field: its name in JSON, and what it is.
_FIELD = re.compile(r"^- ``(\w+)``: ", re.MULTILINE)
#: How the words about a field begin that answers keep for a release under its old name.
DEPRECATED = "deprecated"


def schemas(answers: Iterable[Any]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """The schema of each answer, most often a reference, and the components by name that are referred to.

    An object has the fields of its struct and no others; what a docstring says of a field is its description, and marks
    an old name as deprecated.
    """
    types = list(dict.fromkeys(answers))
    found, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    structs = {struct.__name__: struct for struct in _below(Answer)}
    for name, component in components.items():
        del component["title"]
        component["additionalProperties"] = False
        properties = component["properties"]
        bases = structs[name].__mro__ if name in structs else ()
        texts = [one.__doc__ or "" for one in bases if issubclass(one, Answer)] or [component["description"]]
        for text in reversed(texts):  # a struct's own words count before those of its bases
            component["description"], about = _read(text)
            for field in about.keys() & properties.keys():
                deprecated = {"deprecated": True} if about[field].startswith(DEPRECATED) else {}
                properties[field] = {**properties[field], "description": about[field], **deprecated}
        # A default is the constructor's: it is answered as any other value is.
        defaults = [field for field, schema in properties.items() if "default" in schema]
        for field in defaults:
            del properties[field]["default"]
        component["required"] = [*component.get("required", ()), *defaults]
    return dict(zip(types, found, strict=True)), components


def _read(docstring: str) -> tuple[str, dict[str, str]]:
    """What a docstring says of the whole, and of each field."""
    whole, *rest = _FIELD.split(cleandoc(docstring))
    items = (text.partition("\n\n")[0] for text in rest[1::2])
    return _line(whole), dict(zip(rest[::2], map(_line, items), strict=True))


def _line(text: str) -> str:
    return " ".join(text.split())


def _below(struct: type[Answer]) -> Iterable[type[Answer]]:
    for one in struct.__subclasses__():
        yield one
        yield from _below(one)
