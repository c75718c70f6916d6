"""Who is asking: keys of callers with their roles, and what may be done without any.

Keys are configured by their SHA-256 ("name:sha256,name2:sha256:review+read"), so that anyone who reads the
configuration cannot use them. What each role may do stands in `credit.web.roles`. Make a key with:

    python -c "import secrets, hashlib; k = secrets.token_urlsafe(32); print(k, hashlib.sha256(k.encode()).hexdigest())"
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping

from werkzeug.datastructures import Headers

from credit.web.roles import ROLES, USUAL

#: The caller's name in the log where no keys are configured.
ANYONE = "anyone"

_ENTRY = re.compile(r"([A-Za-z0-9._-]{1,200}):([0-9a-fA-F]{64})(?::([a-z]+(?:\+[a-z]+)*))?")

#: What a proxy adds. A request that carries one did not come from this machine, wherever the proxy runs.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class KeysError(ValueError):
    """The configured keys cannot be read; the text repeats none of them."""


class Callers:
    """The callers that a server knows; without any, scoring is open to everybody as `ANYONE`.

    ``keys``: the SHA-256 of each caller's key by its name. ``roles``: by name; a caller who is not there has `USUAL`.
    """

    def __init__(
        self, keys: Mapping[str, str] | None = None, roles: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self._keys = {name: digest.lower().encode() for name, digest in (keys or {}).items()}
        self._roles = dict(roles or {})

    @classmethod
    def parse(cls, text: str) -> "Callers":
        """Read "name:sha256,name2:sha256:review+read"; nothing but blanks means no callers. Raises `KeysError`."""
        keys: dict[str, str] = {}
        roles: dict[str, frozenset[str]] = {}
        for position, pair in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
            match = _ENTRY.fullmatch(pair)
            if not match:
                raise KeysError(
                    f"Entry {position} of API_KEYS is not name:sha256, a name of letters, digits, '.', '_' or '-' and "
                    "the 64 hexadecimal digits of the key's SHA-256, with or without :roles behind them, entries "
                    "separated by commas."
                )
            name, digest, named_roles = match.groups()
            if name in keys or name == ANYONE:
                reason = "stands for callers without a key" if name == ANYONE else "comes twice"
                raise KeysError(f"The name {name!r} in API_KEYS {reason}; choose another.")
            keys[name] = digest
            if named_roles is not None:
                roles[name] = frozenset(named_roles.split("+"))
                if not roles[name] <= set(ROLES):
                    raise KeysError(
                        f"Entry {position} of API_KEYS has a role that there is not; roles are {', '.join(ROLES)}, "
                        "several of them with + between."
                    )
        return cls(keys, roles)

    @property
    def known(self) -> bool:
        """Whether keys are configured, and so wanted."""
        return bool(self._keys)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the callers that have a key, sorted."""
        return tuple(sorted(self._keys))

    def roles(self, name: str) -> frozenset[str]:
        """The roles of a caller; all where no keys are configured."""
        return frozenset(ROLES) if not self._keys else self._roles.get(name, USUAL)

    def named(self, authorization: str | None) -> str | None:
        """The caller's name for an Authorization header; None for a key that is missing or nobody's.

        Every configured key is compared, each in constant time: how long it takes tells nothing about any of them.
        """
        if not self._keys:
            return ANYONE
        scheme, _, key = (authorization or "").partition(" ")
        digest = hashlib.sha256(key.strip().encode("utf-8", "replace")).hexdigest().encode()
        found = None
        for name, known in self._keys.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found if scheme.lower() == "bearer" else None


def from_this_machine(address: str | None, host: str, headers: Headers) -> bool:
    """Whether a request came from a program on this machine and was not passed on by a proxy.

    ``address``: the peer's. ``host``: the Host header, which a page on another site that points its own name here
    cannot make a loopback name. ``headers``: to see a proxy's.
    """
    if any(name in headers for name in _FORWARDED):
        return False
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if name.lower() not in _LOOPBACK_NAMES:
        return False
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
