"""Which features of a folder a training on Dask reads, and what its manifest says of the others and of the amounts.

The rules are those of `credit.training.dataset`; what they ask of all clients is counted by the workers, piece by
piece.
"""

from collections.abc import Sequence
from functools import partial, reduce
from operator import add
from typing import Any

import polars as pl

from credit.tables.amount_ranges import MONEY, Extent, ranges_of
from credit.training.dask_partition import Folder, Piece
from credit.training.left_out import features_left_out
from credit.training.no_values import Known


def chosen(
    client: Any, cut: Sequence[Piece], found: Folder, without: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, Any]]:
    """The features that are learnt from, those that only judges look at, and what
    `credit.model.manifest_parts.Data` says of both.

    ``client``: of the cluster, ``cut``: all pieces of the folder ``found``. ``without``: as
    `credit.training.left_out.named_columns` gives it.
    """
    counted = client.gather(client.map(partial(values, columns=found.columns), cut))
    no_values = reduce(add, (known for known, _ in counted)).no_values()
    amounts = {name: reduce(add, (extents[name] for _, extents in counted)) for name in counted[0][1]}
    left_out = {*features_left_out(without), *no_values}
    unread = tuple(name for name in found.columns if name in left_out)
    said: dict[str, Any] = {}
    if without:
        said |= {"without": [*without], "left_out": [name for name in unread if name not in no_values]}
    if no_values:
        said["no_values"] = no_values
    if ranges := ranges_of(amounts):
        said["amount_ranges"] = {name: list(ends) for name, ends in ranges.items()}
    return tuple(name for name in found.columns if name not in left_out), unread, said


def values(piece: Piece, columns: tuple[str, ...]) -> tuple[Known, dict[str, Extent]]:
    """Which features any of the piece's clients has, and between which ends their amounts lie."""
    frame = piece.read([*columns])
    amounts = {
        name: frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in MONEY if name in columns
    }
    return Known.of(frame), {name: Extent.of(name, amount) for name, amount in amounts.items()}
