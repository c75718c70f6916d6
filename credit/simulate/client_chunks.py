"""One chunk of clients at a time: applications, histories, true probabilities, and the drawn defaults.

Every chunk has a random generator of its own, derived from the bank's seed and the chunk's place, and ranges of
identifiers of its own. So a bank is the same however many processors draw it, and never in memory as a whole.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from credit.simulate.application import draw_applications
from credit.simulate.column_sampling import Draws
from credit.simulate.history_signals import signals
from credit.simulate.history_tables import histories
from credit.simulate.true_probability import probability_of_default
from credit.tables.schema import TARGET

#: Clients drawn at once: some 350 MB with their histories.
CHUNK = 20_000
#: First identifiers of clients, previous applications and bureau credits, as published.
FIRST_CLIENT, FIRST_PREVIOUS, FIRST_BUREAU = 100_001, 1_000_001, 5_000_001
#: Identifiers set aside per client of a chunk for previous applications and bureau credits (5 and 5.6 are used).
PREVIOUS_ROOM, BUREAU_ROOM = 12, 16
#: Identifiers set aside for the clients of a quarter.
QUARTER_ROOM = 10_000_000


@dataclass(frozen=True)
class Chunk:
    """The ``number``-th chunk of a bank: clients ``identity`` (SK_ID_CURR, rising), who follow ``before`` others.

    ``later``: they are clients of application_test.
    """

    number: int
    before: int
    identity: np.ndarray
    later: bool

    @property
    def size(self) -> int:
        """Number of clients."""
        return len(self.identity)

    @property
    def first_ids(self) -> tuple[int, int]:
        """First identifiers of this chunk's bureau credits and previous applications."""
        # A few clients alone may need more room than the mean, hence the thousands per chunk.
        done = self.before + 100 * self.number
        return FIRST_BUREAU + BUREAU_ROOM * done, FIRST_PREVIOUS + PREVIOUS_ROOM * done


@dataclass(frozen=True)
class Drawn:
    """What a chunk holds: its tables by published name, and the truth (SK_ID_CURR, PROBABILITY_OF_DEFAULT, TARGET)."""

    tables: dict[str, pl.DataFrame]
    truth: pl.DataFrame


def chunks_of(clients: int, test_clients: int, size: int = CHUNK) -> list[Chunk]:
    """The chunks of a bank: the training clients, then the later ones.

    The later clients' identifiers are spread evenly among the others', as in the published files: an identifier says
    nothing about the time.
    """
    later = np.zeros(clients + test_clients, dtype=bool)
    later[((np.arange(test_clients) + 0.5) * len(later) / max(test_clients, 1)).astype(int)] = True
    identity = FIRST_CLIENT + np.arange(len(later))
    chunks: list[Chunk] = []
    before = 0
    for part, is_later in ((identity[~later], False), (identity[later], True)):
        for start in range(0, len(part), size):
            chunks.append(Chunk(len(chunks), before, part[start : start + size], is_later))
            before += chunks[-1].size
    return chunks


def drift_in(quarter: int) -> float:
    """How far the bank has moved after some quarters: 0, 1, 1.5, 1.75, ...; 1 is as far as application_test is."""
    return 2 * (1 - 0.5**quarter)


def draw_chunk(chunk: Chunk, seed: int, quarter: int = 0) -> Drawn:
    """Draw a chunk of the bank with that seed."""
    # Another quarter brings other applicants: nobody is judged by a model that has learnt from the same person.
    random = np.random.default_rng([seed, chunk.before, int(chunk.later), *([quarter] if quarter else [])])
    drift = drift_in(quarter + chunk.later)
    identity = chunk.identity + QUARTER_ROOM * quarter
    applications, traits = draw_applications(Draws(random, chunk.size), identity, drift)
    tables = histories(random, applications, traits, *chunk.first_ids)
    probability = probability_of_default(applications, signals(tables, applications["SK_ID_CURR"]))
    target = (random.random(chunk.size) < probability).astype(np.int64)
    truth = pl.DataFrame(
        {"SK_ID_CURR": applications["SK_ID_CURR"], "PROBABILITY_OF_DEFAULT": probability, TARGET: target}
    )
    if chunk.later:
        return Drawn({"application_test": applications} | tables, truth)
    return Drawn({"application_train": applications.insert_column(1, truth[TARGET])} | tables, truth)


def draw_signals(clients: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Applications and history quantities of some training clients: what the truth is fitted on."""
    applications, quantities = [], []
    for chunk in chunks_of(clients, 0):
        random = np.random.default_rng([seed, chunk.before, 0])
        drawn, traits = draw_applications(Draws(random, chunk.size), chunk.identity)
        tables = histories(random, drawn, traits, *chunk.first_ids)
        applications.append(drawn)
        quantities.append(signals(tables, drawn["SK_ID_CURR"]))
    return pl.concat(applications), pl.concat(quantities)
