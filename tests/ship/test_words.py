"""The words of the project: names say what happens, in the terms of the field, and one word stands for one thing."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "credit").rglob("*.py"))

#: Words that say nothing of what a function does or a class is, and words that have another in this project.
NOT_NAMES = {
    *("told", "tell", "beside", "nobody", "whoever", "settle", "settled", "crown", "crowned", "offence", "offences"),
    *("remark", "remarks", "helper", "helpers", "util", "utils", "manager", "stuff"),
}

#: What no message and no page says, and what it says in its place.
NOT_SAID = {
    r"start the server anew": "restart the server",
    r"all the same": "anyway",
    r"\bnobody defaulted\b": "no client defaulted",
    r"\bcrown": "choose, promote",
    r"\bsettle[ds]?\b": "finalize",
    r"\boffences?\b": "violation",
    r"\bthereupon\b": "then",
    r"\bwhoever\b": "the caller, the person",
}


def words_of(name):
    return set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", name).lower()))


def definitions(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def messages(path):
    """The texts of a module that have more than one word and are no docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in docstrings else None
        if isinstance(text, str) and " " in text:
            yield text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_are_terms_of_the_field(path):
    odd = [
        name
        for name in definitions(path)
        if NOT_NAMES & set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", name).lower()))
    ]
    assert odd == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_messages_are_in_modern_english(path):
    odd = [(text, word) for text in messages(path) for word in NOT_SAID if re.search(word, text, re.IGNORECASE)]
    assert odd == []


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_pages_are_in_modern_english(path):
    text = re.sub(r"<!-- results: begin -->.*?<!-- results: end -->", "", path.read_text(), flags=re.DOTALL)
    assert [word for word in NOT_SAID if re.search(word, text, re.IGNORECASE)] == []


def test_a_base_name_is_one_thing():
    """Modules of one name hold the same thing on two layers, such as a table in `features` and in `simulate`."""
    packages: dict[str, set[str]] = {}
    for path in MODULES:
        if path.name not in ("__init__.py", "__main__.py") and path.parent.name != "versions":
            packages.setdefault(path.stem, set()).add(path.parent.name)
    several = {name: where for name, where in packages.items() if len(where) > 1}
    tables = {"application", "bureau", "credit_card", "instalments", "pos_cash", "previous_application"}
    assert {name for name, where in several.items() if {"features", "simulate"} <= where} == tables
    assert set(several) - tables == {
        *("boosted", "calibration"),  # the names under which models of 0.1 are pickled
        *("decisions", "drift", "explanations", "outcomes", "reviews"),  # what a route does, and the structs of answers
        *("log", "policy", "portfolio", "tracking"),  # what a command does, and what it calls
        "loan_amounts",  # the rule, and what a body is told by it
        "schema",  # of the tables of the bank, and of the log
    }
