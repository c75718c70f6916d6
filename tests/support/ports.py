"""Ports for servers that tests start."""

import random
import socket

#: Below those that Linux, macOS and Windows give to connections: one that a test opens meanwhile cannot take it.
RANGE = (20_000, 32_000)


def free_port():
    """A port of 127.0.0.1 that nothing listens on, drawn at random, so that tests side by side draw others."""
    while True:
        port = random.SystemRandom().randrange(*RANGE)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
