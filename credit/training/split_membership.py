"""Who is a test client: a hash of the person decides, the same for ever, in every bank and at every size.

A split that a seed draws is another one for every bank: the test clients of a new model are then clients from whom the
shipped one has learnt, and it looks better on them than it is. By a hash of the person no model that was trained under
this rule has ever learnt from a test client of another one, and no list of clients has to be kept to know it.

A person gets a number in [0, 1); those below the test share are the test clients. `RULE` names the rule in a model's
manifest, with the share: a share that was smaller means that the others below the usual share have taught.
The hash is that of ``credit.training.fingerprint``.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from credit.model.manifest_parts import Manifest
from credit.training.fingerprint import bits_of, mixed, uniform

#: The rule below. Another hash, salt or idea of a person is another rule and needs another name.
RULE = "person-1"
#: Never changed: with another salt other clients would be test clients, from whom shipped models have learnt.
_SALT = np.uint64(0x5EED0F7E57C11E75)

#: What stays the same when a person applies again under another SK_ID_CURR: gender, and the days between birth,
#: registration and identity document (each counted back from the application, so only differences stay).
PERSON = (
    "CODE_GENDER",
    (pl.col("DAYS_BIRTH") - pl.col("DAYS_ID_PUBLISH")).alias("to_document"),
    (pl.col("DAYS_BIRTH") - pl.col("DAYS_REGISTRATION")).alias("to_registration"),
)
#: The column of a table that holds what `membership` gives.
NUMBER = "MEMBERSHIP"
#: The columns that `persons` reads.
COLUMNS = ("SK_ID_CURR", "CODE_GENDER", "DAYS_BIRTH", "DAYS_ID_PUBLISH", "DAYS_REGISTRATION")

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def persons(clients: pl.DataFrame) -> Integers:
    """(n,) a number for each client, equal for the same person, the same on every machine and in every version.

    ``clients``: the columns of `COLUMNS`. Where a date is missing nothing tells the person, and SK_ID_CURR stands for
    it: otherwise all such clients would be one person.
    """
    gender, *days = (column.cast(pl.Float64).fill_null(float("nan")).to_numpy() for column in clients.select(PERSON))
    known = np.isfinite(days).all(axis=0)
    number = clients["SK_ID_CURR"].cast(pl.Int64).to_numpy().astype(np.uint64)
    by_dates = mixed(mixed(mixed(bits_of(gender)) ^ bits_of(days[0])) ^ bits_of(days[1]))
    found = np.where(known, by_dates, mixed(~number))
    return (found >> np.uint64(1)).astype(np.int64)


def membership(person: ArrayLike) -> Floats:
    """(n,) the number in [0, 1) of each person, as `persons` gives them; evenly spread."""
    return uniform(mixed(np.asarray(person, dtype=np.int64).astype(np.uint64) ^ _SALT))


def is_test(person: ArrayLike, test_share: float) -> NDArray[np.bool_]:
    """(n,) whether each person is a test client. ``test_share``: of all persons, from 0 to 1."""
    return membership(person) < test_share


def split_as_dict(test_share: float) -> dict[str, Any]:
    """What a manifest says of the split, under ``split`` of its ``model``."""
    return {"rule": RULE, "test_share": test_share}


def share_of(manifest: Manifest) -> float | None:
    """The share of persons from whom the model has not learnt, whatever bank it was trained on.

    None for a model that was trained under another rule: whom it has learnt from is then not known.
    """
    split = manifest.get("model", {}).get("split")
    if not isinstance(split, Mapping) or split.get("rule") != RULE:
        return None
    return float(split["test_share"])
