"""How many requests a caller may send, as RATE_LIMIT and RATE_LIMIT_STORAGE say; credit/web/limiter.py sees to it."""

import re
from dataclasses import dataclass, field

#: Watching the service, reading its documentation and what pages are made of cost nobody a request.
UNLIMITED = frozenset({"/health", "/ready", "/metrics", "/docs"})


def unlimited(path: str) -> bool:
    """Whether requests for a path, or for a route of that rule, are counted to no limit."""
    return path in UNLIMITED or path.startswith("/static/")


_IN_THIS_PROCESS = "memory://"
_NO_ADDRESS = (
    "RATE_LIMIT_STORAGE is neither an address such as redis://host:6379/0 nor memory://, which counts in each process "
    "for itself."
)
_EXAMPLE = '"600 per minute" or "10 per second; 5000 per hour"'


@dataclass(frozen=True)
class Rate:
    """``limits``: such as "600 per minute". ``storage``: the address of where requests are counted."""

    limits: str
    storage: str = field(default=_IN_THIS_PROCESS, repr=False)  # it may hold a password

    @classmethod
    def parse(cls, limits: str, storage: str = "") -> "Rate | None":
        """Read RATE_LIMIT and RATE_LIMIT_STORAGE; None where no limit is set.

        Raises ValueError with one sentence, for a number of requests that is none, and for a storage that is unknown
        or wants a package that is not installed. It repeats no address: that may hold a password.
        """
        if not limits.strip():
            return None
        from limits import parse_many  # not before a limit is wanted

        try:
            parse_many(limits)
        except ValueError:
            raise ValueError(f"RATE_LIMIT is a number of requests such as {_EXAMPLE}, not {limits[:60]!r}.") from None
        if re.search(r"(?<!\d)0+(?!\d)", limits):
            raise ValueError(
                f"RATE_LIMIT lets no request in with {limits[:60]!r}: its numbers are 1 or more, such as {_EXAMPLE}."
            )
        address = storage.strip() or _IN_THIS_PROCESS
        _check(address)
        return cls(limits.strip(), address)

    @property
    def shared(self) -> bool:
        """Whether several processes count together."""
        return not self.storage.startswith(_IN_THIS_PROCESS)


def _check(address: str) -> None:
    from limits.errors import ConfigurationError
    from limits.storage import storage_from_string

    scheme, _, rest = address.partition("://")
    try:
        if scheme.startswith("async+") or not (rest or address == _IN_THIS_PROCESS):
            raise ConfigurationError("no address of a storage")
        if scheme != "memory":  # that one starts a thread
            storage_from_string(address)
    except ConfigurationError as error:
        package = re.search(r"'(\w+)' prerequisite", str(error))
        if package is not None:
            raise ValueError(
                f"RATE_LIMIT_STORAGE wants the package {package[1]}, which is not installed: add it to "
                f"requirements.txt and install it, or set {_IN_THIS_PROCESS} to count in each process for itself."
            ) from None
        raise ValueError(_NO_ADDRESS) from None
    except Exception:  # the storages' own packages raise their own kinds for what is no address
        raise ValueError(_NO_ADDRESS) from None
