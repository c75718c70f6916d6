"""The workers of a training: one that dies ends it with a sentence, at once, whatever the training waits for."""

import ast
import inspect
import os
import signal
import subprocess
import time
from pathlib import Path

import dask.array
import numpy as np
import pytest
from distributed import Client

import credit
from credit.training import dask_cluster, dask_training
from credit.training.candidates import candidate


def kill(client) -> None:
    """End one worker's process as the system does where memory is short."""
    os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)


def kill_later(client, after) -> None:
    """The same from a process of its own, so that this one may wait for the cluster meanwhile."""
    pid = next(iter(client.run(os.getpid).values()))
    subprocess.run(["sh", "-c", f"(sleep {after}; kill -KILL {pid}) &"], check=True)


def waits_for_tasks() -> None:
    with dask_cluster.cluster(workers=2) as client:
        waiting = client.map(time.sleep, [300, 301])
        kill(client)
        client.gather(waiting)


def learns() -> None:
    generator = np.random.default_rng(7)
    x = generator.normal(size=(40_000, 30)).astype(np.float32)
    y = (generator.random(40_000) < 0.2).astype(np.int64)
    with dask_cluster.cluster(workers=2) as client:
        held = client.persist([dask.array.from_array(one, chunks=(20_000, *one.shape[1:])) for one in (x, y)])
        kill_later(client, 4)
        dask_training.fit(client, *held, candidate("LightGBM"), 7, {"n_estimators": 1_000_000})


@pytest.mark.parametrize("work", [waits_for_tasks, learns])
def test_a_worker_that_dies_ends_the_training(work):
    began = time.monotonic()
    with pytest.raises(dask_cluster.ClusterError, match="a worker ended before the training did"):
        work()
    assert time.monotonic() - began < 120


def test_what_ends_by_itself_is_not_taken_for_a_lost_worker():
    with pytest.raises(ZeroDivisionError), dask_cluster.cluster(workers=1) as client:
        client.submit(lambda: 1 / 0).result()


def keywords_of_maps():
    """Every keyword of a call of ``client.map`` in the package: file, line, keyword."""
    for file in Path(credit.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("client.map"):
                yield from ((file.name, node.lineno, one.arg) for one in node.keywords)


def test_no_map_hands_on_keywords_that_would_become_keys_of_the_cluster():
    own = {name for name, one in inspect.signature(Client.map).parameters.items() if one.kind is one.KEYWORD_ONLY}
    own |= {"key", "workers", "retries", "priority"}
    assert [one for one in keywords_of_maps() if one[2] not in own] == []
