"""How many clients of the last minutes lack what was nearly always known, counted by each worker for all of them.

As in `credit.web.prometheus`, all numbers of a worker lie in a stretch of memory of its own that all can read: gaps
since the start, the newest decision with each, and clients and gaps in `_BLOCKS` blocks of at least a minute each, of
which the oldest is used again.
What is looked at are the clients of the last `WINDOW` seconds, of all workers together; where these are fewer than
`CLIENTS`, as at a bank of thirty applications a day, the blocks before as well until they are enough.

An alarm begins by `credit.monitoring.missing_rule`, and ends where no more clients lack the column than the rule's bar
allows. Which alarms have begun is in the shared memory, too, as beginnings less ends of every worker, and only the
worker that has the turn changes it: so each is said once, whichever worker notices first.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from mmap import mmap
from threading import Lock
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from credit.monitoring.missing_rule import CLIENTS
from credit.monitoring.missing_sources import MOST, Causes
from credit.web.prometheus import Counter, Gauge, escaped

Floats = NDArray[np.float64]

#: So far back clients are looked at. Seconds.
WINDOW = 600.0

#: A worker looks so often at most, and only when it has scored. Seconds. A look takes some 0.2 ms.
EVERY = 10.0

#: A block takes clients for so long, in seconds, and until it has so many.
_LASTS, _AT_LEAST = 60.0, 10

#: Eleven whole minutes, and the one that is being counted.
_BLOCKS = 12

#: Before the causes a block has when its first and its last client came, in seconds, and how many did.
_HEAD = 3

#: Bytes of one worker's stretch, for as many causes as there may be.
BYTES = 8 * (3 * MOST + _BLOCKS * (_HEAD + MOST))

#: So many names are said in a line at most: it must stay below 4,096 bytes.
NAMES = 20


@dataclass(frozen=True)
class Change:
    """What a look found to be new. ``begun``, ``ended``: name -> how many of ``clients`` lack it."""

    clients: int
    begun: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[dict[str, Any]]:
        """For the server's log: what it says of each, with the level of the line."""
        for level, event, names in (
            ("warning", "suddenly missing: ask who delivers it", self.begun),
            ("info", "no longer suddenly missing", self.ended),
        ):
            if names:
                said = dict(sorted(names.items(), key=lambda one: -one[1])[:NAMES])
                more = {"further": len(names) - NAMES} if len(names) > NAMES else {}
                yield {"level": level, "message": event, "missing": said, "clients": self.clients, **more}


class Absences:
    """Counts in this process's memory, until `share` gives it a stretch of a shared one. Safe for threads.

    ``clock``: seconds that rise, the same for all workers.
    """

    def __init__(self, causes: Causes, clock: Callable[[], float] = time.monotonic) -> None:
        self.causes = causes
        self._clock, self._lock = clock, Lock()
        self._looked, self._turns = -np.inf, None  # type: float, IO[bytes] | None
        self._size = 3 * len(causes) + _BLOCKS * (_HEAD + len(causes))
        self._everybody = np.zeros((1, self._size))
        self._take(0)

    def share(self, memory: mmap, stretches: int, worker: int, turns: IO[bytes]) -> None:
        """Count in ``worker``'s stretch of ``memory``, beside the others; before anything was counted.

        ``stretches``: how many there are in ``memory``, all of one length. ``turns``: an open file that all workers
        have; anyone who has it locked may say what is new. The lock is a process's own (POSIX), and goes with it.
        Raises ValueError where a stretch is too short.
        """
        size = len(memory) // 8 // stretches
        if size < self._size:
            raise ValueError(f"a stretch of {size} numbers is too short for {self._size}; make it longer")
        everybody = np.frombuffer(memory, np.float64, size * stretches).reshape(stretches, size)
        self._everybody, self._turns = everybody[:, : self._size], turns
        self._take(worker % stretches)

    def _take(self, worker: int) -> None:
        causes = len(self.causes)
        mine = self._everybody[worker]
        self._since_start, self._said = mine[:causes], mine[causes : 2 * causes]
        self._newest = mine[2 * causes : 3 * causes]
        self._blocks = mine[3 * causes :].reshape(_BLOCKS, _HEAD + causes)
        self._at = int(self._blocks[:, 1].argmax())  # a stretch may be that of a worker that has ended

    def scored(self, X: Floats, ids: Sequence[int] | None = None) -> Change | None:
        """Clients ``X`` (n, k) were scored. What a look found, where it was time for one and something is new.

        ``ids``: of their rows in the log, None where none is kept.
        """
        if not len(self.causes):
            return None
        lacking, now = self.causes.lacking(X), self._clock()
        with self._lock:
            block = self._blocks[self._at]
            if block[2] >= _AT_LEAST and now - block[0] >= _LASTS:
                self._at = (self._at + 1) % _BLOCKS
                block = self._blocks[self._at]
                block[2] = 0.0  # first: a block without clients is not read
                block[_HEAD:] = 0.0
            if not block[2]:
                block[0] = now
            block[1] = now
            block[2] += len(X)
            if lacking.any():
                block[_HEAD:] += lacking
                self._since_start += lacking
                if ids is not None:
                    self._newest[lacking > 0] = ids[0] if len(ids) == 1 else self._last_without(X, ids)[lacking > 0]
        return self.look() if now - self._looked >= EVERY else None

    def _last_without(self, X: Floats, ids: Sequence[int]) -> Floats:
        """Array (n_causes,): of each cause the number of the last client of ``X`` that lacks it, 0 for none."""
        lacks = self.causes.without(X)
        last = len(X) - 1 - lacks[::-1].argmax(axis=0)
        return np.where(lacks.any(axis=0), np.array(ids, dtype=np.float64)[last], 0.0)

    def look(self) -> Change | None:
        """Look now, and remember what began and what ended; None where that is nothing, or another has the turn."""
        if not len(self.causes):
            return None
        with self._lock:
            self._looked = self._clock()
            if not self._turn():
                return None
            try:
                clients, lacking = self._window()
                said = self._standing()
                begun = self.causes.suddenly(lacking, clients) & ~said
                ended = said & (lacking <= self.causes.bars * clients) & (clients > 0)
                # Rows of a table that is itself missing are not said beside it.
                begun &= self.causes.once(begun | said)
                if not (begun.any() or ended.any()):
                    return None
                self._said += begun.astype(np.float64) - ended
            finally:
                self._end_turn()
        return Change(int(clients), self._named(begun, lacking), self._named(ended, lacking))

    def gauges(self) -> list[Gauge]:
        """What Prometheus is told: gaps since the start, and which of them are sudden."""
        if not len(self.causes):
            return []
        labels = [
            ",".join(f'{name}="{escaped(value)}"' for name, value in cause.labels.items()) for cause in self.causes.all
        ]
        counted = self._everybody[:, : len(self.causes)].sum(axis=0).tolist()
        standing = self._standing().astype(float).tolist()
        newest = self._everybody[:, 2 * len(self.causes) : 3 * len(self.causes)].max(axis=0).tolist()
        return [
            Counter(
                "credit_feature_missing_total",
                "Scored clients without what nearly all training clients had; of credit_missing_share_count.",
                dict(zip(labels, counted, strict=True)),
                dict(zip(labels, newest, strict=True)),
            ),
            Gauge(
                "credit_suddenly_missing",
                "1 where far more of the last clients lack it than training clients did.",
                dict(zip(labels, standing, strict=True)),
            ),
        ]

    def _standing(self) -> NDArray[np.bool_]:
        causes = len(self.causes)
        return np.asarray(self._everybody[:, causes : 2 * causes].sum(axis=0) > 0)

    def _window(self) -> tuple[float, Floats]:
        """How many clients are looked at, and how many of them lack each cause, array (n_causes,)."""
        causes = len(self.causes)
        blocks = self._everybody[:, 3 * causes :].reshape(-1, _HEAD + causes)
        blocks = blocks[blocks[:, 2] > 0]
        blocks = blocks[np.argsort(-blocks[:, 1], kind="stable")]
        clients = blocks[:, 2]
        wanted = (blocks[:, 1] >= self._clock() - WINDOW) | (np.cumsum(clients) - clients < CLIENTS)
        found = blocks[wanted].sum(axis=0)
        return float(found[2]), np.minimum(found[_HEAD:], found[2])

    def _named(self, which: NDArray[np.bool_], lacking: Floats) -> dict[str, int]:
        return {self.causes.all[at].said: int(lacking[at]) for at in np.flatnonzero(which)}

    def _turn(self) -> bool:
        if self._turns is None:
            return True
        import fcntl  # a system without it has no gunicorn, and so one process

        try:
            fcntl.lockf(self._turns, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _end_turn(self) -> None:
        if self._turns is not None:
            import fcntl

            fcntl.lockf(self._turns, fcntl.LOCK_UN)
