"""Memory that is free is given back to the system.

The allocator of glibc keeps what lies between pieces that are in use. A training holds gigabytes of bins, thousands of
pieces of a megabyte, and frees them in threads: without this, the next step's memory comes on top of the last one's.
"""

import ctypes
import gc
import sys


def give_back() -> None:
    """Collect what only refers to itself, and return free pages to the system where its allocator can (glibc)."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
