"""From bytes to JSON's values, or one sentence that names the cause (`credit.web.payload.json_diagnosis`).

Nothing of the body is repeated: it holds a client's values.
"""

import json
from collections.abc import Collection, Iterator
from typing import Any

import msgspec
import numpy as np

from credit.web.payload.json_diagnosis import cause
from credit.web.payload.violations import BodyError, Violation, refused, shortened

_COLON = ord(":")

#: Of each byte, whether it may stand before the colon of a key: the quote that ends its name, or what JSON allows
#: between the two.
_BEFORE_COLON = np.isin(np.arange(256), np.frombuffer(b'" \t\r\n', np.uint8))

#: So many bytes are looked at together.
_PIECE = 131_072

_NESTED = frozenset((dict, list))

_TOO_DEEP = "The body is nested too deeply to be a client; see GET / for an example."


def decoded(body: bytes, what: str = "The body") -> Any:
    """The body as plain objects, NaN and Infinity included, so that they can be named. Raises `BodyError` (400).

    ``what``: what the bytes are, for errors.
    """
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise BodyError(400, _TOO_DEEP) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error)
    try:
        value = json.loads(body.decode())  # reads NaN and Infinity, which JSON does not have
        msgspec.json.encode(value)  # but half a character (\ud800) can be in no answer
    except (ValueError, RecursionError):
        raise BodyError(400, f"{what} is not JSON: {cause(body, reason)}") from None
    return value


def refuse_repeated(body: bytes, value: Any) -> None:
    """Raise `BodyError` where a key comes twice in an object of the ``body`` that was decoded as ``value``.

    JSON leaves open which of the two values counts. Each key that was decoded has a colon in the body; where there are
    no more colons than keys, no key comes twice, and the body need not be read again.
    """
    written, of_rows = colons(body), keys_of_rows(value)
    if of_rows in (written, behind_names := colons_behind_names(body)):
        return
    if min(written, behind_names) > keys(value):
        refuse_repeated_keys(body)


def colons(body: bytes) -> int:
    """How many colons a body has: by NumPy, since bytes.count takes ten times as long where there are many.

    Piece by piece, so that what is compared stays in the processor's cache: 48 MB take 6 ms in place of 10.
    """
    found = np.frombuffer(body, np.uint8)
    return sum(int(np.count_nonzero(found[place : place + _PIECE] == _COLON)) for place in range(0, len(found), _PIECE))


def colons_behind_names(body: bytes) -> int:
    """How many colons may end the name of a key: those behind a quote or a blank. "Industry: type 9" has none.

    Of JSON alone. Never fewer than there are keys; more only where a text holds such a colon.
    """
    found = np.frombuffer(body, np.uint8)
    return int(np.count_nonzero(_BEFORE_COLON[found[np.flatnonzero(found == _COLON) - 1]]))


def keys_of_rows(value: Any) -> int:
    """How many keys a row, rows or tables of rows have, without a look into the rows: never more than `keys`."""
    if isinstance(value, list):
        return _keys_of_all(value)
    if not isinstance(value, dict):
        return 0
    return len(value) + sum(_keys_of_all(one if isinstance(one, list) else [one]) for one in value.values())


def _keys_of_all(rows: list[Any]) -> int:
    return sum(map(len, rows)) if set(map(type, rows)) == {dict} else 0


def keys(value: Any) -> int:
    """How many keys all the objects within ``value`` have."""
    number, rest = 0, [value]
    while rest:
        one = rest.pop()
        values: Collection[Any] = ()
        if isinstance(one, dict):
            number += len(one)
            values = one.values()
        elif isinstance(one, list):
            values = one
        # Most objects are rows of plain values: a look at their types is faster than one at each value.
        if not _NESTED.isdisjoint(map(type, values)):
            rest += [inner for inner in values if isinstance(inner, dict | list)]
    return number


class _Twice(dict[str, Any]):
    """An object in which ``twice`` comes more than once."""

    twice: str = ""


def refuse_repeated_keys(body: bytes) -> None:
    """Read a body again, with an eye on its keys. Raises `BodyError` with every key that comes twice, and where."""

    def one(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = _Twice(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            found.twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
            return found
        return dict(found)

    try:
        value = json.loads(body.decode(), object_pairs_hook=one, parse_int=len, parse_float=len)  # keys alone count
        found = list(_repeated(value, ""))
    except RecursionError:
        raise BodyError(400, _TOO_DEEP) from None
    if found:
        raise refused(found)


def _repeated(value: Any, path: str) -> Iterator[Violation]:
    if isinstance(value, _Twice):
        field = f"{path}.{shortened(value.twice)}".lstrip(".")
        what = "comes more than once in one object; send it once"
        yield Violation(
            field,
            f"{field} {what}",
            ("twice", value.twice),
            f"A key {what}; this is so in {{n}} objects",
            code="key-twice",
        )
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _repeated(inner, f"{path}.{shortened(name)}".lstrip("."))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _repeated(inner, f"{path}[{position}]")
