"""The hash chain: each decision's hash covers its own values and the hash before it.

Anyone who changes a value, takes a row out or puts one in breaks the chain at that place; anyone who takes the last
rows off is betrayed by the row that says how many there are and how they end. Who can rewrite the whole database can
make a new chain: against that its end, noted elsewhere from time to time, is compared (``log verify --since``).

Reviews are rows of the same chain: what a person decided follows the decision that it is about, and cannot be taken out
or put before it without a trace. Inputs, and the words of a review, enter by a salted hash of their own, so that they
can be erased and the chain stays whole. Without the salt, which is erased with them, the hash cannot be used to try out
what they may have been.
Source: S. Haber, W. S. Stornetta, How to time-stamp a digital document, Journal of Cryptology 3 (1991).
"""

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import msgspec

#: The hash before the first decision.
START = "0" * 64

#: What a decision's hash covers, in this order. A change needs a migration.
COVERED = (
    "id",
    "time",
    "request",
    "caller",
    "client",
    "columns",
    "inputs_hash",
    "probability",
    "threshold",
    "decision",
    "refer",
    "reasons",
    "model_hash",
)

#: What it covers beside that, where the row has it: rows from before these columns, and those that an older program
#: writes into newer tables, have NULL there and the same hash as ever.
COVERED_WHERE_GIVEN = ("sent", "route", "rule", "trial", "interval")

#: What a review's hash covers, in this order. Its words and terms enter by ``content_hash``.
REVIEW_COVERED = ("id", "time", "request", "reviewer", "decision", "kind", "verdict", "reason", "content_hash")


def new_salt() -> bytes:
    """16 random bytes, kept beside what they are hashed with until that is erased: then nobody can try values out."""
    return os.urandom(16)


def inputs_hash(salt: bytes, inputs: bytes) -> str:
    """SHA-256 of the salt and the inputs, in hexadecimal."""
    return hashlib.sha256(salt + inputs).hexdigest()


def link(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a row of ``decisions`` that follows ``previous``: SHA-256, in hexadecimal.

    Of ``previous`` and the JSON list of the row's `COVERED` values, whose last item is an object of those of
    `COVERED_WHERE_GIVEN` that are not None, where there are some; a double is written with the digits that give it
    back, the same everywhere.
    """
    values = [row[name] for name in COVERED]
    if given := {name: row[name] for name in COVERED_WHERE_GIVEN if row.get(name) is not None}:
        values.append(given)
    return hashlib.sha256(previous.encode() + b"\n" + msgspec.json.encode(values)).hexdigest()


def link_review(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a row of ``reviews`` that follows ``previous``: SHA-256, in hexadecimal.

    Of ``previous`` and the JSON list of the word "review" and the row's `REVIEW_COVERED` values. A decision's list
    begins with a number, so no row of one table passes for one of the other.
    """
    values = ["review", *(row[name] for name in REVIEW_COVERED)]
    return hashlib.sha256(previous.encode() + b"\n" + msgspec.json.encode(values)).hexdigest()
