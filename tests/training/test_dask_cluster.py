"""The workers of a training: one that dies ends it with a sentence, at once, whatever the training waits for."""

import os
import signal
import subprocess
import time

import dask.array
import numpy as np
import pytest

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
