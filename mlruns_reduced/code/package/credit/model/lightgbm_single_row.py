"""One client through LightGBM's C interface made for single rows.

``Booster.predict`` looks at what kind of data it was given, copies it and reads its parameters, at every call: 55
microseconds, of which the trees take 7. It also lets go of Python's lock for that short moment, in which another
thread takes it and keeps it for milliseconds. This calls the same code of the library with everything settled once,
and keeps the lock. Source: LightGBM's C API, LGBM_BoosterPredictForMatSingleRowFast.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from lightgbm import Booster
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Values of the C interface: C_API_PREDICT_RAW_SCORE and C_API_DTYPE_FLOAT64.
_RAW_SCORE, _FLOAT64 = 1, 1


class SingleRow:
    """The raw score, in log odds, of one client at a time. Keeps the booster, whose trees it uses."""

    def __init__(self, library: ctypes.PyDLL, booster: Booster, settled: ctypes.c_void_p) -> None:
        self._booster, self._settled = booster, settled
        self._call: Any = library.LGBM_BoosterPredictForMatSingleRowFast
        self._free: Callable[[ctypes.c_void_p], int] = library.LGBM_FastConfigFree

    def __call__(self, x: Floats) -> float:
        """``x``: a contiguous array (k,) of what the booster reads, NaN = missing. Raises RuntimeError."""
        length, result = ctypes.c_int64(), ctypes.c_double()
        if self._call(self._settled, ctypes.c_void_p(x.ctypes.data), ctypes.byref(length), ctypes.byref(result)):
            raise RuntimeError("LightGBM could not predict a client")
        return result.value

    def __del__(self) -> None:
        self._free(self._settled)


def single_row(booster: Booster) -> SingleRow | None:
    """The way for single rows; None where this version of LightGBM does not offer it as expected."""
    handle = getattr(booster, "_handle", None)
    try:
        from lightgbm.libpath import _LIB

        library = ctypes.PyDLL(_LIB._name)  # the library that is loaded already, called without giving up the lock
        begin = library.LGBM_BoosterPredictForMatSingleRowFastInit
        for name in ("LGBM_BoosterPredictForMatSingleRowFast", "LGBM_FastConfigFree"):
            getattr(library, name)
    except (ImportError, AttributeError, OSError):
        return None
    if handle is None:
        return None
    settled = ctypes.c_void_p()
    wrong = begin(
        handle,
        ctypes.c_int(_RAW_SCORE),
        ctypes.c_int(0),
        ctypes.c_int(-1),
        ctypes.c_int(_FLOAT64),
        ctypes.c_int32(booster.num_feature()),
        ctypes.c_char_p(b"num_threads=1"),
        ctypes.byref(settled),
    )
    return None if wrong else SingleRow(library, booster, settled)
