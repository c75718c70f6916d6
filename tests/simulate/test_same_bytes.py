"""Same seed, same bytes: on processors of other families and with another number of them."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from credit.simulate import simulate

#: The instruction sets that NumPy has variants for and this processor knows.
KNOWN = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
#: What glibc (which ignores names that a processor lacks), OpenBLAS and Polars are to believe about the processor.
OTHERS = {
    "an old processor": {
        "NPY_DISABLE_CPU_FEATURES": " ".join(KNOWN),
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable",
        "OPENBLAS_CORETYPE": "Prescott",
        "OPENBLAS_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "1",
    },
    "another kernel": {"OPENBLAS_CORETYPE": "Sandybridge", "OPENBLAS_NUM_THREADS": "3", "POLARS_MAX_THREADS": "5"},
}
BANK = {"clients": 300, "seed": 5, "test_clients": 100}
DRAW = """
import sys
from credit.simulate import simulate
for form in ("parquet", "csv"):
    simulate(f"{sys.argv[1]}/{form}", clients=300, seed=5, test_clients=100, format=form)
"""


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.*"))
    }


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("here")
    simulate(folder / "parquet", **BANK, format="parquet")
    simulate(folder / "csv", **BANK, format="csv")
    return digests(folder)


@pytest.mark.parametrize("other", OTHERS)
def test_another_processor_makes_the_same_bank(here: dict[str, str], tmp_path: Path, other: str) -> None:
    # Warnings are no errors there: NumPy warns that instruction sets are switched off.
    subprocess.run([sys.executable, "-c", DRAW, tmp_path], env={**os.environ, **OTHERS[other]}, check=True)
    assert digests(tmp_path) == here


def test_the_switches_do_change_last_bits_elsewhere(tmp_path: Path) -> None:
    """Were it not so, the test above would prove nothing."""
    code = "import numpy as np; x = np.random.default_rng(0).random((400, 400)); print((x @ x).tobytes().hex())"
    products = {
        subprocess.run([sys.executable, "-c", code], env={**os.environ, **env}, check=True, capture_output=True).stdout
        for env in ({}, OTHERS["an old processor"])
    }
    assert len(products) == 2
