"""Single features of logged decisions, cut out of the inputs by the database: eight bytes of some nine thousand."""

import math
import struct
from typing import Any

import msgspec
from sqlalchemy import Connection, case, func, literal, select

from credit.decision_log.schema import columns, decisions

_DOUBLE = 8  # bytes


def feature(connection: Connection, name: str) -> Any:
    """A column of a query on ``decisions``: the bytes of the feature ``name``, NULL where a decision's list of columns
    lacks it, and once inputs are erased.
    """
    places = {
        row.hash: names.index(name)
        for row in connection.execute(select(columns))
        if name in (names := msgspec.json.decode(row.names))
    }
    if not places:
        return literal(None)
    return case(
        *(
            (decisions.c.columns == listed, func.substr(decisions.c.inputs, _DOUBLE * place + 1, _DOUBLE))
            for listed, place in places.items()
        )
    )


def number(found: bytes | None) -> float:
    """The value of such a column, NaN where there is none."""
    return math.nan if found is None else float(struct.unpack("<d", found)[0])
