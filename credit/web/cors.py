"""Whose pages may read this server's answers in a browser (CORS, as the Fetch standard has it): those that are named.

A page of another origin sends its key in Authorization, which it has to know; no cookies are taken, so credentials are
never allowed and "*" is no value. Forty lines are less to trust than a package for every framework's wishes.
"""

import re
from collections.abc import Iterable

from flask import Request, Response

_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_DEFAULT = re.compile(r"(http://.*):80|(https://.*):443")

#: What a page may send, and read, beyond what every page may.
_SENT = "Authorization, Content-Encoding, Content-Type, Idempotency-Key, X-Request-ID"
_READ = "Content-Language, Idempotency-Replayed, Retry-After, X-Request-ID"

#: How long a browser may remember a preflight's answer. Seconds.
_REMEMBERED = "600"


def parse(text: str) -> frozenset[str]:
    """Read CORS_ORIGINS, "https://a.example https://b.example"; none where it is empty.

    Raises ValueError with one sentence for what is no origin as browsers send it.
    """
    found = text.split()
    for origin in found:
        if not _ORIGIN.fullmatch(origin) or _DEFAULT.fullmatch(origin):
            raise ValueError(
                "CORS_ORIGINS names origins as browsers send them, scheme and host in small letters, a port only where "
                "it is not the usual one, and no path, separated by blanks: https://a.example https://b.example; not "
                f"{origin[:80]!r}."
            )
    return frozenset(found)


class Origins:
    """The origins that are named; adds headers to nobody else's answers but Vary."""

    def __init__(self, named: Iterable[str]) -> None:
        self._named = frozenset(named)

    def allow(self, request: Request, response: Response) -> None:
        """Let a page of a named origin read ``response``, and tell a preflight what it may send."""
        response.vary.add("Origin")  # anyone who keeps answers keeps one for each origin
        origin = request.headers.get("Origin")
        if origin not in self._named:
            return
        headers = response.headers
        headers["Access-Control-Allow-Origin"] = origin
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            headers["Access-Control-Expose-Headers"] = _READ
            return
        if "Allow" in headers:  # of a route that is there
            headers["Access-Control-Allow-Methods"] = headers["Allow"]
            headers["Access-Control-Allow-Headers"] = _SENT
            headers["Access-Control-Max-Age"] = _REMEMBERED
