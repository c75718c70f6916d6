"""Decide on a whole portfolio at once: tables in, one decision a client out.

What the folder does not hold is unknown, and decided on as such: the same rule as for a body of the service, where a
table that is not sent is unknown and one without rows says that there is no history. A loan without its amounts is not
decided on (`credit.features.loan`); the others are.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit import features
from credit.cost import LOSS_GIVEN_DEFAULT
from credit.features.known import KnownTables
from credit.features.loan import CASH_FEATURE, Amounts
from credit.features.needed import histories_of
from credit.scorer import Scorer
from credit.tables import TablesWarning, read
from credit.tables.sources import is_absent


def read_for(model: Scorer, folder: str | Path, application: str) -> dict[str, pl.LazyFrame]:
    """The tables of a folder that a model's columns are made from, and no other, without histories that are absent.

    The rows of bureau_balance belong to the loans of bureau: where that is absent they say nothing, and are not read.

    Warns (``TablesWarning``) of histories that are absent, once. Raises ``TablesError`` for a table that is there and
    cannot be used, be it packed or under another name, and for an absent application table, and ``ValueError`` where
    the model wants features that are not made.
    """
    folder = Path(folder)
    wanted = histories_of(model.columns)
    absent = [name for name in wanted if folder.is_dir() and is_absent(folder, name)]
    unread = [name for name in wanted if name == "bureau_balance" and "bureau" in absent and name not in absent]
    tables = read(folder, (application, *(name for name in wanted if name not in (*absent, *unread))))
    if absent:
        warnings.warn(_of_absent(absent, unread), TablesWarning, stacklevel=2)
    return tables


def decide(
    tables: Mapping[str, pl.LazyFrame],
    model: Scorer,
    application: str = "application_test",
    made_features: Callable[[NDArray[np.float64]], None] = lambda x: None,
) -> pl.DataFrame:
    """Score every client of the ``application`` table, with the histories among ``tables``, as `read_for` gives them.

    ``made_features``: called with what the model reads, array (n_clients, n_columns), before it is asked.

    A history that is not among ``tables`` is unknown; of one that is, a client without rows has none.

    Returns one row a client, sorted by SK_ID_CURR: SK_ID_CURR, AMT_CREDIT, PROBABILITY_OF_DEFAULT, EXPECTED_LOSS (if
    accepted, in the currency of AMT_CREDIT), DECISION, "refuse" at or above the threshold and "accept" below it, and
    SENT, the known tables (`credit.features.known`). Probability, loss and decision are null for a loan that lacks an
    amount.

    Warns (``TablesWarning``) of loans that lack an amount, once. Raises ``ValueError`` where the model wants features
    that are not made.
    """
    histories_of(model.columns)  # which names the features that are not made
    wanted = tuple(dict.fromkeys((*model.columns, "AMT_CREDIT", CASH_FEATURE)))
    made = features.build(tables, application, wanted).collect(engine="streaming").sort("SK_ID_CURR")
    x = made.select(model.columns).fill_null(float("nan")).to_numpy()
    x = np.ascontiguousarray(x, dtype=np.float64)
    made_features(x)
    amounts = Amounts(model.columns)
    gaps = amounts.missing(x, (made[CASH_FEATURE] == 1).fill_null(False).to_numpy())
    if gaps.any():
        warnings.warn(_of_gaps(amounts.names, gaps), TablesWarning, stacklevel=2)
    probability = model.probability(x)
    loss = model.manifest.get("costs", {}).get("loss_given_default", LOSS_GIVEN_DEFAULT)
    decided = pl.Series(~gaps.any(axis=1))
    return pl.DataFrame(
        {
            "SK_ID_CURR": made["SK_ID_CURR"].cast(pl.Int64),
            "AMT_CREDIT": made["AMT_CREDIT"],
            "PROBABILITY_OF_DEFAULT": probability,
            "EXPECTED_LOSS": made["AMT_CREDIT"] * probability * loss,
            "DECISION": np.where(model.refused(probability), "refuse", "accept"),
            "SENT": KnownTables(model.columns).sent(x),
        }
    ).with_columns(
        pl.when(decided).then(pl.col("PROBABILITY_OF_DEFAULT", "EXPECTED_LOSS", "DECISION")),
    )


def _of_absent(absent: Sequence[str], unread: Sequence[str]) -> str:
    """The one sentence about the histories that are ``absent``, and about those that are ``unread`` for that reason."""
    said = (
        f"{_listed(absent)} {_is(len(absent))} not in the folder: for all clients these histories are unknown, which "
        "is not the same as none"
    )
    if unread:
        said += f"; {_listed(unread)} is there and not read, for only bureau says whose loans its rows belong to"
    them, are = ("it", "it is") if len(absent) == 1 else ("them", "they are")
    return f"{said}. Add {them} where {are} known; a table without rows says that no client has such a history."


def _of_gaps(names: Sequence[str], gaps: NDArray[np.bool_]) -> str:
    """The one sentence about loans without amounts: ``gaps`` (n, len(names)), true where one is missing."""
    clients = int(gaps.any(axis=1).sum())
    each = [f"{name} in {number:,}" for name, number in zip(names, gaps.sum(axis=0).tolist(), strict=True) if number]
    return (
        f"{clients:,} of {len(gaps):,} clients are not decided on, for an amount of the loan is missing: "
        f"{_listed(each)}. Their probability, loss and decision are empty; fill the amounts in and score them again."
    )


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
