#!/usr/bin/env bash
# Click 8.5.1: a flag with a text for its value, turned off by its environment variable, has the value "False".
#
# Behaviour. option("--fast", "mode", flag_value="fast", envvar="FAST") gives "fast" with --fast or FAST=1, and None
# where neither is given. FAST=0, no, off or false, by which the flag is turned off, gives the text "False", which is
# true in Python: `if mode:` takes the flag for given, and `mode or "exact"` is "False". An unknown word, such as
# FAST=maybe, gives None, an empty variable, too. With flag_value=3, a whole number, FAST=0 gives 0. Nothing is
# raised. A flag without a value of its own (is_flag=True) is False, the truth value, for FAST=0. Click takes False
# for what the variable says, and then converts it to the type of the flag's value.
# Source. Option.value_from_envvar in src/click/core.py: https://github.com/pallets/click; what an environment
# variable does to a flag: https://github.com/pallets/click/issues/2746
#
# Output seen: "--fast: 'fast'; not given: None; FAST=1: 'fast'; FAST=0: 'False'; FAST=maybe: None; as 3, FAST=0: 0;
# as a truth value, FAST=0: False". Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check click==8.5.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import sys

import click
from click.testing import CliRunner


def told(arguments, variable, **settings):
    """What the command is told of the flag, as Python writes it."""

    @click.command()
    @click.option("--fast", "mode", envvar="FAST", **settings)
    def command(mode):
        click.echo(repr(mode), nl=False)

    result = CliRunner().invoke(command, arguments, env={"FAST": variable}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


text = {"flag_value": "fast"}
found = {
    "--fast": told(["--fast"], None, **text),
    "not given": told([], None, **text),
    "FAST=1": told([], "1", **text),
    "FAST=0": told([], "0", **text),
    "FAST=maybe": told([], "maybe", **text),
    "as 3, FAST=0": told([], "0", flag_value=3),
    "as a truth value, FAST=0": told([], "0", is_flag=True),
}
print(f"Click {importlib.metadata.version('click')}")
print("; ".join(f"{way}: {value}" for way, value in found.items()))
as_described = [*found.values()] == ["'fast'", "None", "'fast'", "'False'", "None", "0", "False"]
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
