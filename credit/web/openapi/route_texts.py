"""What the page of the routes says of each, in the reader's language; names of fields, routes and headers stay."""

import json
from pathlib import Path

#: The English text, as the OpenAPI document has it -> the French one; a test holds that none is missing.
_FRENCH: dict[str, str] = json.loads(Path(__file__).with_name("route_texts_fr.json").read_text(encoding="utf-8"))


def said(text: str, language: str) -> str:
    """A text of a route in ``language``; an empty one stays empty."""
    return _FRENCH[text] if language == "fr" and text else text
