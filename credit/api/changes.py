"""The body of POST /what-if: a client, and what of it is to be changed."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from credit.body import BodyError, Clients, Offence
from credit.body.envelopes import CLIENT
from credit.body.errors import nearest, refused
from credit.body.rules import kind_of
from credit.body.syntax import decoded, keys, refuse_repeated_keys
from credit.service import Service
from credit.whatif import Levers, levers

Change = dict[str, float | str]


_FIELDS = {"client", "changes"}


class _Wrapped(msgspec.Struct, forbid_unknown_fields=True):
    """A client with changes; the plain client is a body, too."""

    client: msgspec.Raw
    changes: dict[str, Any] | UnsetType = UNSET


@dataclass(frozen=True)
class Asked:
    """One client, and what is to be changed of it (lever -> value); empty where the body names nothing."""

    clients: Clients
    changes: Change


def read(service: Service, body: bytes) -> Asked:
    """A client as for /explain, or {"client": such a client, "changes": {...}}. Raises `BodyError`."""
    try:
        wrapped = msgspec.json.decode(body, type=_Wrapped)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = decoded(body) if b'"client"' in body else None
        if isinstance(value, dict) and "client" in value and CLIENT not in value:
            raise refused(_misshapen(value)) from None
        return Asked(_one(service.bodies.read(body)), {})
    sent = {} if isinstance(wrapped.changes, UnsetType) else wrapped.changes
    # The colons of the client are looked at with the client; of the rest each key that is there once has one.
    if body.count(b":") - bytes(wrapped.client).count(b":") != 1 + (wrapped.changes is not UNSET) + keys(sent):
        refuse_repeated_keys(body)
    try:
        clients = _one(service.bodies.read(bytes(wrapped.client)))
    except BodyError as error:
        inside = [Offence(f"client.{one.field}".rstrip("."), one.message) for one in error.details]
        raise BodyError(error.status, str(error), inside) from None
    found = levers(service.scorer.columns)
    offences = [problem for name, to in sent.items() for problem in _offences(found, service.scorer.index, name, to)]
    if offences:
        raise refused(offences)
    return Asked(clients, {name: to if isinstance(to, str) else float(to) for name, to in sent.items()})


def _one(clients: Clients) -> Clients:
    if len(clients.numbers) != 1:
        raise BodyError(422, f"/what-if takes one client at a time, and this body holds {len(clients.numbers)}.")
    return clients


def _misshapen(value: dict[str, Any]) -> list[Offence]:
    found = [Offence(name[:100], f"{name[:100]!r} is neither client nor changes") for name in value.keys() - _FIELDS]
    if not isinstance(value.get("changes", {}), dict):
        found.append(Offence("changes", "changes must be an object of columns and their new values"))
    return found or [Offence("", "The body holds numbers that JSON does not have, such as NaN.")]


def _offences(known: Levers, columns: Container[str], name: str, to: Any) -> list[Offence]:
    field, lever = f"changes.{name[:100]}", known.by_name.get(name)
    if lever is None:
        if name in columns:
            return [Offence(field, f"{name} cannot be changed in a what-if: it is locked ({known.locked(name)})")]
        meant = nearest(name, known.by_name)
        guess = f"did you mean {meant!r}?" if meant else f"it knows {', '.join(known.by_name) or 'none'}."
        return [Offence(field, f"{name[:100]!r} cannot be changed in a what-if with this model; {guess}")]
    if lever.values:
        if to in lever.values:
            return []
        return [Offence(field, f"{field} must be one of {', '.join(map(repr, lever.values))}, not {_said(to)}")]
    numeric = isinstance(to, int | float) and not isinstance(to, bool)
    if lever.kind == "switch":
        if numeric and to in (0, 1):
            return []
        return [Offence(field, f"{field} must be 0 or 1, not {_said(to)}")]
    if numeric and lever.low <= to <= lever.high:
        return []
    return [Offence(field, f"{field} must be a number from {lever.low:,.0f} to {lever.high:,.0f}, not {_said(to)}")]


def _said(to: Any) -> str:
    """A new value in an error: a number as it is, of all else its kind alone."""
    return f"{to!r:.60}" if isinstance(to, int | float) and not isinstance(to, bool) else kind_of(to)
