"""What the bank states of itself: a TOML file that answers lines of the pack which the product cannot.

    "1a.provider" = "Bank & Sons, 1 High Street, Paris"
    "8.declaration" = { text = "Signed on 2 March 2026.", file = "declaration.pdf" }

A key is the id of a line, as the list of what is missing gives it. ``file`` is copied into the pack; it lies in the
folder of the TOML file or below it.
"""

import difflib
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

#: Larger files are not copied into the pack: 20 MB.
LARGEST = 20_000_000


class Statement(msgspec.Struct, frozen=True):
    """``text``: what the bank says. ``file``: the name in the pack and the bytes of a document, None without."""

    text: str
    file: tuple[str, bytes] | None = None


class Statements(msgspec.Struct, frozen=True):
    """``name``: of the file. ``by_line``: id of a line -> statement."""

    name: str = ""
    by_line: dict[str, Statement] = {}


def read_statements(path: Path, known: Collection[str]) -> Statements:
    """The statements in the file ``path``. ``known``: the ids of all lines.

    Raises ``ValueError`` for what is no TOML, for a key that is no line with those that come near, for an empty text,
    and for a document that is missing, too large or outside the folder; ``OSError``.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no TOML in UTF-8 ({error})") from None
    found = {}
    for key, value in content.items():
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "the pack's list of what is missing has the ids"
            quoted = ' An id has a dot: write it in quotes, "1a.provider".' if isinstance(value, dict) else ""
            raise ValueError(f"{path}: {key[:60]!r} is no line of the pack; {hint}{quoted}")
        found[key] = _statement(path, key, value)
    return Statements(path.name, found)


def _statement(path: Path, key: str, value: Any) -> Statement:
    written = {"text": value} if isinstance(value, str) else value
    if not isinstance(written, dict) or not set(written) <= {"text", "file"}:
        raise ValueError(f'{path}: {key} is a text, or {{ text = "...", file = "..." }}')
    text, document = written.get("text"), written.get("file")
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{path}: {key} has no text; say in one sentence what the statement is")
    if document is None:
        return Statement(" ".join(text.split()))
    if not isinstance(document, str):
        raise ValueError(f"{path}: {key}: file is the name of a document, not {type(document).__name__}")
    return Statement(" ".join(text.split()), _document(path, key, document))


def _document(path: Path, key: str, name: str) -> tuple[str, bytes]:
    folder = path.resolve().parent
    place = (folder / name).resolve()
    if not place.is_relative_to(folder):
        raise ValueError(f"{path}: {key}: {name} is not in the folder of this file; put it there")
    if not place.is_file():
        raise ValueError(f"{path}: {key}: there is no file {name}")
    if place.stat().st_size > LARGEST:
        raise ValueError(f"{path}: {key}: {name} is larger than {LARGEST:,} bytes; give a smaller document")
    return f"statements/{key}-{place.name}", place.read_bytes()
