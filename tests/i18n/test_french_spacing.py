"""French has a space before : ; ! and ? at which no line ends."""

import ast
import json
import re
from pathlib import Path

import credit

ROOT = Path(credit.__file__).parent
#: A text in French has a letter that English lacks.
FRENCH = re.compile("[àâçéèêëîïôùûœÀÉ]")
BREAKS = re.compile("[^ ] [:;!?](?: |$)")


def texts():
    """Every text of the package: file and text."""
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield file.name, node.value
    for file in ROOT.rglob("*.json"):
        rest = [json.loads(file.read_text(encoding="utf-8"))]
        while rest:
            one = rest.pop()
            if isinstance(one, str):
                yield file.name, one
            elif isinstance(one, dict | list):
                rest += one.values() if isinstance(one, dict) else one


def test_no_line_of_a_french_text_begins_with_a_colon():
    french = [(name, text) for name, text in texts() if FRENCH.search(text)]
    assert len(french) > 300
    assert [(name, text[:80]) for name, text in french if BREAKS.search(text)] == []
