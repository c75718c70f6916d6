"""Whether a port can be listened on: checked before the server starts, to say in one sentence what to do."""

import os
import socket

from credit.program import PROGRAM, in_checkout


class PortError(OSError):
    """A port that cannot be listened on, and what to do."""


#: How another port is chosen for the service.
_MAKE = "make serve PORT={port}, " if in_checkout() else ""
_OF_SERVICE = f"{_MAKE}{PROGRAM} serve --port {{port}}, or PORT={{port}} for gunicorn"


def check(host: str, port: int, choose: str = _OF_SERVICE) -> None:
    """Raises `PortError` where the port cannot be listened on.

    ``choose``: the commands that choose another, with {port} where it stands.
    """
    if not 0 < port < 65536:
        raise PortError(f"A port is a number from 1 to 65535, not {port}; choose one: --port 8000, or PORT=8000.")
    other = port + 1 if port < 65535 else port - 1
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            if os.name == "posix":  # as the server does: a port that was just left may be taken again
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise PortError(
            f"Port {port} on {host} cannot be used ({error.strerror or error}); stop the program that listens there, "
            f"or choose another: {choose.format(port=other)}."
        ) from None
