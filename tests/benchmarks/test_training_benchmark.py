"""The benchmark of trainings judges rightly: by true probabilities that are known, on clients counted by hand."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from credit.training.dataset import Dataset

PATH = Path(__file__).parents[2] / "benchmarks" / "training.py"


@pytest.fixture(scope="module")
def training():
    spec = importlib.util.spec_from_file_location("training_benchmark", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    sys.path.insert(0, str(PATH.parent))
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules[spec.name]
        sys.path.remove(str(PATH.parent))


@pytest.fixture(scope="module")
def judges():
    """Four clients with equal loans: true probabilities of 0.05, 0.1, 0.3 and 0.6."""
    truth = np.array([0.05, 0.1, 0.3, 0.6])
    numbers = np.arange(4)
    return Dataset(
        client=numbers,
        x=np.zeros((4, 1), dtype=np.float32),
        columns=("AMT_CREDIT",),
        defaulted=np.zeros(4, dtype=np.int64),
        amount=np.full(4, 1000.0),
        person=numbers,
        true_probability=truth,
        source={},
    )


def test_the_truth_itself_is_worth_all_that_it_saves(training, judges):
    truth = judges.true_probability
    area, share = training.worth(truth, 0.19 / 1.19, judges)
    assert share == 1.0
    # Pairs of a client who defaults and one who repays: right ones, and half of those with the same client twice.
    pairs = [(truth[i] * (1 - truth[j]), i, j) for i in range(4) for j in range(4)]
    right = sum(weight * (1 if i > j else 0.5 if i == j else 0) for weight, i, j in pairs)
    assert area == pytest.approx(right / sum(weight for weight, *_ in pairs))


def test_a_model_that_refuses_one_of_two_is_worth_its_part(training, judges):
    # Accepting all loses (0.05 + 0.1 + 0.3 + 0.6) * 1000 = 1,050. Refusing the last gains 600 - 0.4 * 190 = 524, and
    # the third 300 - 0.7 * 190 = 167.
    _, share = training.worth(np.array([0.1, 0.1, 0.1, 0.9]), 0.5, judges)
    assert share == pytest.approx(524 / (524 + 167))


def test_an_earlier_revision_is_laid_out_in_a_folder_of_its_own(training, tmp_path):
    shallow = subprocess.run(["git", "rev-parse", "--git-dir"], cwd=PATH.parent, capture_output=True, check=False)
    if shallow.returncode:
        pytest.skip("not a git repository")
    folder = training.checkout("HEAD", tmp_path / "there")
    assert (folder / "credit" / "__init__.py").exists()
    assert not (folder / ".git").exists()


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux alone counts shared pages")
def test_the_memory_of_a_process_is_counted_with_that_of_its_children(training):
    code = "import subprocess, sys; block = bytearray(80_000_000); print('x', flush=True); "
    child = code + "sys.stdin.read()"
    parent = code + f"subprocess.run([sys.executable, '-c', {child!r}], stdin=sys.stdin)"
    asked = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", parent], **asked) as running:
        for _ in range(2):  # both have their block
            assert running.stdout.readline() == b"x\n"
        held = training._memory(running.pid)
        running.stdin.close()
    assert 160e6 < held < 260e6
    assert training._memory(os.getpid()) > 10e6
