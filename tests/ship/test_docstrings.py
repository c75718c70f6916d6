"""A docstring names every argument of a public function that has more than three: its unit, its shape, what None means.

A command of the terminal is left out: its docstring is the text of --help, where each option describes itself.
"""

import ast
import re

import pytest
from support.shipped import ROOT

MODULES = sorted((ROOT / "credit").rglob("*.py"))

#: So many arguments are clear from their names and types.
FEW = 3


def is_command(function):
    """Whether click makes a command of it: @main.command(), @log.command("show"), @click.command."""
    called = (one.func if isinstance(one, ast.Call) else one for one in function.decorator_list)
    return any(isinstance(one, ast.Attribute) and one.attr == "command" for one in called)


def unnamed(source):
    """The public functions and methods of a module that have more than `FEW` arguments -> those not in backquotes."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        names = [one.arg for one in every if one.arg not in ("self", "cls")]
        if len(names) > FEW and not is_command(node):
            text = ast.get_docstring(node) or ""
            missing = [name for name in names if not re.search(rf"`{name}`", text)]
            if missing:
                found[f"{node.name}:{node.lineno}"] = missing
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_docstring_names_every_argument_where_there_are_more_than_three(path):
    assert unnamed(path.read_text(encoding="utf-8")) == {}


def test_an_argument_that_is_not_named_is_found():
    source = '''
class Rule:
    def decide(self, a, b, /, c, *, d):
        """``a``, `b`: arrays. ``c``: days, and the letter d."""

    def few(self, a, b, c): ...

    def _private(self, a, b, c, d): ...

async def nothing_said(a, b, c, d): ...

@cli.command("name")
def command(a, b, c, d):
    """The text of --help."""

@option("command")
def no_command(a, b, c, d):
    """``a``, ``b``, ``c``, ``d``."""
'''
    assert unnamed(source) == {"decide:3": ["d"], "nothing_said:10": ["a", "b", "c", "d"]}
