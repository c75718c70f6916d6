"""The body of POST /what-if: a client, and what of it is to be changed."""

import math
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from credit.features import DataWarning, split_muted_warnings
from credit.features.loan_amounts import AMOUNTS, CONTRACT, REVOLVING_FEATURE, missing_of
from credit.features.raw_rows import APPLICATION
from credit.web.payload import BodyError, Clients, Violation
from credit.web.payload.envelopes import CLIENT
from credit.web.payload.ignored_names import ignored
from credit.web.payload.json_syntax import decoded, keys, refuse_repeated_keys
from credit.web.payload.loan_amounts import missing
from credit.web.payload.raw_tables import NAMES as TABLES
from credit.web.payload.value_rules import kind_of
from credit.web.payload.violations import nearest, refused
from credit.web.service import Service
from credit.whatif import Levers, levers

Change = dict[str, float | str]


_BESIDE, _CHANGES = "client", "changes"

_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])

#: The right calls.
_SHOWN = '{"client": {"SK_ID_CURR": 100001, ...}, "changes": {"AMT_CREDIT": 300000}}'
_SHOWN_TABLES = '{"client": {"application": {...}, "bureau": [...]}, "changes": {...}}'

#: The mark that Windows editors put before UTF-8.
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class WhatIfRequest:
    """One client, and what is to be changed of it (lever -> value); empty where the body names nothing."""

    clients: Clients
    changes: Change


def read(service: Service, body: bytes) -> WhatIfRequest:
    """A client as for /explain, or {"client": such a client, "changes": {...}}. Raises `BodyError`.

    Beside "client" there may be its other tables, where it is a row of application, and names that are no input: those
    are ignored, with a warning, as they are in the client itself.
    """
    parts = _parts(body)
    if _BESIDE not in parts or CLIENT in parts:
        return WhatIfRequest(_one(service.bodies.read(body)), {})
    values = {name: decoded(bytes(part)) for name, part in parts.items() if name != _BESIDE}
    # The colons of the client are looked at with the client; of the rest each key that is there once has one.
    if body.count(b":") - bytes(parts[_BESIDE]).count(b":") > len(parts) + keys(values) - len(values):
        refuse_repeated_keys(body)
    if wrong := _misshapen(values):
        raise refused(wrong)
    # null is as not sent: of a table, too, and of the changes.
    clients = _one(
        _clients(service, {name: part for name, part in parts.items() if values.get(name, part) is not None})
    )
    sent: dict[str, Any] = values.get(_CHANGES) or {}
    found = levers(service.scorer.columns, service.scorer.amount_ranges)
    index = service.scorer.index
    violations = [problem for name, to in sent.items() for problem in _violations(found, index, name, to)]
    if not violations:
        names = AMOUNTS if CONTRACT in sent else (*AMOUNTS, REVOLVING_FEATURE)
        known = {name: float(clients.X[0, place]) for name in names if (place := index.get(name)) is not None}
        after = {name: value for name, value in known.items() if not math.isnan(value)} | sent
        violations = [missing(_CHANGES, name) for name in missing_of(after, index)]
    if violations:
        raise refused(violations)
    passed_over = [
        DataWarning("ignored", APPLICATION, name, 1, None, clients.numbers[0], why)
        for name in values
        if (why := ignored(name)) is not None
    ]
    left, muted = split_muted_warnings(passed_over, service.bodies.muted)
    if passed_over:
        muted = {code: count + clients.muted.get(code, 0) for code, count in muted.items()}
        clients = replace(clients, remarks=(*clients.remarks, *left), muted={**clients.muted, **muted})
    return WhatIfRequest(clients, {name: to if isinstance(to, str) else float(to) for name, to in sent.items()})


def _parts(body: bytes) -> dict[str, msgspec.Raw]:
    """What a body that is an object holds under its names, as it was sent; empty where it is no object of JSON."""
    try:
        return _PARTS.decode(body.removeprefix(_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = decoded(body) if b'"client"' in body else None
        if isinstance(value, dict) and _BESIDE in value and CLIENT not in value:
            raise refused(
                [Violation("", "The body holds numbers that JSON does not have, such as NaN.", code="not-finite")]
            ) from None
        return {}


def _clients(service: Service, parts: dict[str, msgspec.Raw]) -> Clients:
    """The client under "client", with the tables beside it."""
    tables = {name: part for name, part in parts.items() if name in TABLES}
    row = f"{APPLICATION}[0]"
    if tables:
        client = decoded(bytes(parts[_BESIDE]))
        if not isinstance(client, dict) or CLIENT not in client or APPLICATION in tables:
            name = next(iter(tables))
            raise refused(
                [
                    Violation(
                        name,
                        f'{name} stands beside "client", which is no row of application; send {_SHOWN_TABLES}',
                        code="tables-beside-client",
                    )
                ]
            )
        text = msgspec.json.encode({APPLICATION: parts[_BESIDE], **tables})
    else:
        text = bytes(parts[_BESIDE])
    try:
        return service.bodies.read(text)
    except BodyError as error:
        if tables:  # the row of application was sent as the client
            inside = [
                Violation(one.field.replace(row, _BESIDE, 1), one.message.replace(row, _BESIDE), code=one.code)
                for one in error.details
            ]
            raise BodyError(error.status, error.sentence.replace(row, _BESIDE), inside) from None
        inside = [Violation(f"{_BESIDE}.{one.field}".rstrip("."), one.message, code=one.code) for one in error.details]
        raise BodyError(error.status, error.sentence, inside) from None


def _one(clients: Clients) -> Clients:
    if len(clients.numbers) != 1:
        raise BodyError(422, f"/what-if takes one client at a time, and this body holds {len(clients.numbers)}.")
    return clients


def _misshapen(values: dict[str, Any]) -> list[Violation]:
    """What is wrong with the names beside "client"."""
    found = [
        Violation(
            name[:100], f"{name[:100]!r} is neither client nor changes nor a table; send {_SHOWN}", code="unknown-name"
        )
        for name in values
        if name != _CHANGES and name not in TABLES and ignored(name) is None
    ]
    if not isinstance(values.get(_CHANGES), dict | None):
        found.append(
            Violation(_CHANGES, "changes must be an object of columns and their new values", code="changes-not-object")
        )
    return found


def _violations(known: Levers, columns: Container[str], name: str, to: Any) -> list[Violation]:
    field, lever = f"changes.{name[:100]}", known.by_name.get(name)
    if lever is None:
        if name in columns:
            return [
                Violation(
                    field,
                    f"{name} cannot be changed in a what-if: it is locked ({known.locked(name)})",
                    code="not-changeable",
                )
            ]
        meant = nearest(name, known.by_name)
        guess = f"did you mean {meant!r}?" if meant else f"it knows {', '.join(known.by_name) or 'none'}."
        return [
            Violation(
                field, f"{name[:100]!r} cannot be changed in a what-if with this model; {guess}", code="not-changeable"
            )
        ]
    if lever.values:
        if to in lever.values:
            return []
        return [
            Violation(
                field,
                f"{field} must be one of {', '.join(map(repr, lever.values))}, not {_said(to)}",
                code="change-out-of-range",
            )
        ]
    numeric = isinstance(to, int | float) and not isinstance(to, bool)
    if lever.kind == "switch":
        if numeric and to in (0, 1):
            return []
        return [Violation(field, f"{field} must be 0 or 1, not {_said(to)}", code="change-out-of-range")]
    if numeric and lever.low <= to <= lever.high:
        return []
    return [
        Violation(
            field,
            f"{field} must be a number from {lever.low:,.0f} to {lever.high:,.0f}, not {_said(to)}",
            code="change-out-of-range",
        )
    ]


def _said(to: Any) -> str:
    """A new value in an error: a number as it is, of all else its kind alone."""
    return f"{to!r:.60}" if isinstance(to, int | float) and not isinstance(to, bool) else kind_of(to)
