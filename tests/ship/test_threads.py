"""The libraries have read how many threads they may have: tests/conftest.py says so before any of them is loaded."""

import os

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_info


def test_blas_has_as_many_threads_as_the_tests_give_it():
    np.linalg.inv(np.eye(3)), scipy.linalg.inv(np.eye(3))
    threads = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    assert threads
    assert {*threads} == {int(os.environ["OPENBLAS_NUM_THREADS"])}
