"""The Dask workers that a training runs on: found or started, watched, and ended.

LightGBM's workers talk to each other directly, and it needs all of them until the end: where one dies, the others wait
for it. Neither may the scheduler's tasks go on, which it deals anew to the workers that are left: seen with distributed
2026.8, it then raised errors of its own and waited for ever. So a training ends with the first worker that is lost.

What all pieces share goes to the workers inside the function, by ``functools.partial``, never as a keyword of
``Client.map``: a keyword of more than 100,000 bytes, which the names of all features are, becomes a value of the whole
cluster whose key is the keyword's bare name. Another map then gets that value for its own, or the scheduler fails.
"""

import os
from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import dask
from distributed import Client, KilledWorker, LocalCluster
from lightgbm.basic import LightGBMError

#: The workers are looked at every so many seconds.
EVERY = 1.0

#: How long a client may take to end. Seconds.
_END = 5.0


class ClusterError(ValueError):
    """The Dask cluster cannot be reached or could not train; the text says what to do."""


@contextmanager
def cluster(scheduler: str | None = None, workers: int = 2) -> Iterator[Client]:
    """A client of the scheduler at that address, or of a cluster of processes on this machine, ended with the block.

    ``scheduler``: such as tcp://host:8786; ``workers``: processes of one thread each where there is no ``scheduler``.
    Raises ``ClusterError`` where nobody answers, where there are no workers, and where one of them dies or cannot
    train.
    """
    if scheduler is None:
        # Any free port, for this machine alone: two trainings at once do not meet at 8787. And pieces stay where they
        # were dealt: a worker that is idle first would take those of another, and one would teach alone.
        with dask.config.set({"distributed.scheduler.work-stealing": False}):
            local = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")
        with local, Client(local) as client, _watched(client):
            client.run(_without_output)
            yield client
        return
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {scheduler}; start one there: dask scheduler, and workers: "
            "dask worker ADDRESS"
        ) from error
    with client:
        if not client.nthreads():
            raise ClusterError(f"the scheduler at {scheduler} has no workers; start some: dask worker {scheduler}")
        with _watched(client):
            yield client


def _without_output() -> None:
    """In a worker: LightGBM tells of each attempt to connect, whatever its verbosity; errors go elsewhere and show."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@contextmanager
def _watched(client: Client) -> Iterator[None]:
    """Closes the client as soon as a worker is lost: whoever waits for the cluster then waits no more."""
    first, done, lost = set(client.nthreads()), Event(), Event()

    def watch() -> None:
        while not done.wait(EVERY):
            try:
                left = set(client.nthreads())
            except (OSError, ValueError):  # the scheduler is gone, and with it all workers
                left = set()
            if first - left and not done.is_set():
                lost.set()
                with suppress(TimeoutError):
                    client.close(_END)
                return

    Thread(target=watch, name="workers", daemon=True).start()
    try:
        yield
    except (Exception, CancelledError) as error:
        # Who notices first is a matter of time: this watch, a call to the dead worker, or LightGBM in one that is left.
        patience = 2 * EVERY if isinstance(error, (OSError, LightGBMError)) else 0
        if isinstance(error, KilledWorker) or lost.wait(patience):
            raise ClusterError(_LOST) from error
        if isinstance(error, LightGBMError):
            raise ClusterError(
                f"LightGBM could not train on the cluster: {error}; its workers must reach each other on any port"
            ) from error
        raise
    finally:
        done.set()


_LOST = (
    "a worker ended before the training did, most often for want of memory, and LightGBM needs all of them to its end: "
    "start again, with more memory for each or with more workers"
)
