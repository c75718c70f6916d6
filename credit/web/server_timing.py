"""Where the time of a request went, for its caller in the header Server-Timing: off unless SERVER_TIMING=1.

"read;dur=0.412, model;dur=0.198, decide;dur=0.851, log;dur=2.204, total;dur=3.901", in milliseconds; what the steps
leave of the total is Flask's and the answer's. https://www.w3.org/TR/server-timing/

Off by default: how long a step takes says something of what is inside, and the header is of use to who runs the server.
"""

import time

from flask import g

HEADER = "Server-Timing"

#: The steps of a decision, in their order: what the header may name.
READ, MODEL, DECIDE, LOG = STEPS = ("read", "model", "decide", "log")

TOTAL = "total"


def done(step: str) -> None:
    """Note that a step of the request at hand has ended, which began when the one before ended; nothing where the
    server times none.
    """
    if (steps := g.steps) is not None:
        steps.append((step, time.perf_counter()))


def header(began: float, steps: list[tuple[str, float]]) -> str:
    """The header of a request that ``began`` then, by the same clock as its ``steps``, and ends now."""
    found, before = [], began
    for step, end in steps:
        found.append((step, end - before))
        before = end
    found.append((TOTAL, time.perf_counter() - began))
    return ", ".join(f"{step};dur={1000 * seconds:.3f}" for step, seconds in found)
