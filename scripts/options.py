"""Every command and option of `python -m credit`, from their own help, into docs/commands.md.

python scripts/options.py      writes the part between the two comments; a test sees whether it is up to date
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from credit.cli import main

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
BEGIN, END = "<!-- options: begin -->", "<!-- options: end -->"


def rows(name: str, command: click.Command) -> Iterator[str]:
    """The heading and the table of a command; of a group, of each of its commands."""
    if isinstance(command, click.Group):
        for inner, one in command.commands.items():
            yield from rows(f"{name} {inner}", one)
        return
    arguments = [str(one.human_readable_name) for one in command.params if isinstance(one, click.Argument)]
    yield f"### {' '.join((name, *arguments))}\n\n{(command.help or '').split(chr(10) + chr(10))[0].strip()}\n"
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        yield "| option | meaning |\n|---|---|"
    context = click.Context(command, show_default=True)
    for one in options:
        record = one.get_help_record(context)
        if record is not None:
            used, meaning = (" ".join(text.split()).replace("|", "\\|") for text in record)
            yield f"| `{used}` | {meaning} |"
    yield ""


def rendered() -> str:
    """All commands, in the order of the help."""
    return "\n".join(line for name, command in main.commands.items() for line in rows(name, command)).rstrip()


def into(text: str) -> str:
    """The page's ``text`` with the part anew. Raises ``ValueError`` where it has no place for it."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"docs/commands.md has no place for the options; put {BEGIN} and {END} into it")
    return f"{before}{begin}\n{rendered()}\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(into(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(main.commands)} commands\n")
