"""Free memory goes back to the system."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from credit.training.freed_memory import give_back


def resident() -> int:
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc's allocator is asked, and its pages counted")
def test_what_lies_between_pieces_in_use_is_given_back():
    # 100 MB in pieces below the size that the allocator maps by itself; every 50th stays in use.
    pieces = [np.ones(12_500) for _ in range(1_000)]
    full = resident()
    pieces = pieces[::50]
    give_back()
    assert full - resident() > 60e6
    assert len(pieces) == 20


def test_what_only_refers_to_itself_is_collected():
    class Ring:
        ended = 0

        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            Ring.ended += 1

    Ring()
    give_back()
    assert Ring.ended == 1
