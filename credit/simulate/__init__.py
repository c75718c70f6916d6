"""A bank that does not exist: the eight tables, and every client's true probability of default.

``simulate`` writes a folder that looks like what the competition hands out, made from aggregate statistics of the real
tables alone. Nobody in it lives, so it may be passed on; and because the truth is known, so are the best possible
AUC and the lowest possible cost.
"""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from credit.simulate.client_chunks import chunks_of, draw_chunk
from credit.simulate.column_sampling import profile
from credit.simulate.writer import TRUTH, Appending, Format, new_folder, seed_of
from credit.tables.schema import TABLES

__all__ = ["seed_of", "simulate"]


def simulate(
    folder: str | Path,
    clients: int = 10_000,
    seed: int = 7,
    format: Format = "parquet",
    test_clients: int | None = None,
    quarter: int = 0,
    progress: Callable[[int, int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a simulated bank into ``folder`` and return it.

    ``clients``: rows of application_train. ``test_clients``: rows of application_test, by default as many in
    proportion as published. ``format``: ``parquet``; ``csv``, the published form to the letter; or ``published``, which
    adds the two other files of the published folder (see ``credit.simulate.published_form``). truth.parquet
    (SK_ID_CURR, PROBABILITY_OF_DEFAULT, TARGET, also of the clients of application_test) is Parquet always, and its
    schema has the ``seed`` (`seed_of`). ``quarter``: how many quarters the bank has moved on; application_test lies one
    quarter later than application_train. ``progress``: called with clients done and clients in all. Same arguments,
    same bytes, on every processor: see ``credit.simulate.portable_arithmetic``.

    Raises ValueError for a number of clients, a quarter or a format that cannot be, and FileExistsError where
    ``folder`` is taken (see ``overwrite``: a simulated bank may be replaced, anything else never is).
    """
    published = profile()["clients"]
    if test_clients is None:
        test_clients = round(clients * published["application_test"] / published["application_train"])
    if clients < 1 or test_clients < 1:
        raise ValueError(f"a bank needs at least 1 client and 1 test client, not {clients} and {test_clients}")
    if quarter < 0:
        raise ValueError(f"the quarter is counted from 0 on, it cannot be {quarter}")
    if format not in get_args(Format):
        raise ValueError(f"the format is parquet, csv or published, not {format!r}")
    total = clients + test_clients
    with new_folder(Path(folder), overwrite) as partial:
        files = Appending(partial, format, seed)
        try:
            for chunk in chunks_of(clients, test_clients):
                drawn = draw_chunk(chunk, seed, quarter)
                for name in TABLES:
                    if name in drawn.tables:
                        files.append(name, drawn.tables[name])
                files.append(TRUTH, drawn.truth)
                if progress is not None:
                    progress(chunk.before + chunk.size, total)
        finally:
            files.close()
    return Path(folder)
