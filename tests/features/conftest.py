"""What the tests of the features share: hand-made clients, and random tables with right names, types and links."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from credit.features import EXTRA, RECIPE, ClientPlan
from credit.features.raw_rows import SCHEMAS
from credit.tables import NO_DATE, TABLES

#: Average number of rows per client and history.
SIZES = {
    "bureau": 5,
    "bureau_balance": 40,
    "previous_application": 5,
    "POS_CASH_balance": 20,
    "installments_payments": 25,
    "credit_card_balance": 10,
}


Row = dict[str, Any]


@pytest.fixture(scope="session")
def features_of() -> Callable[..., dict[str, float | None]]:
    """Features of client 1, by name, from hand-made rows: ``features_of(bureau=[...])``.

    Recipe and beyond. A column that a row leaves out is missing; SK_ID_CURR is 1 where it is left out. (That a batch
    gives the same, bit for bit, is a test of its own.)
    """
    plan = ClientPlan((*RECIPE, *EXTRA))

    def features(**given: list[Row]) -> dict[str, float | None]:
        given.setdefault("application", [{}])
        rows = {
            name: [row if name == "bureau_balance" else {"SK_ID_CURR": 1, **row} for row in rows]
            for name, rows in given.items()
        }
        return plan.of_clients(rows).filter(SK_ID_CURR=1).drop("SK_ID_CURR").row(0, named=True)

    return features


@pytest.fixture(scope="session")
def random_tables() -> Callable[..., dict[str, pl.DataFrame]]:
    """``random_tables(clients, seed)``: the seven tables of a request, keyed as a request keys them."""
    return tables


@pytest.fixture(scope="session")
def add_clients() -> Callable[[Path, Mapping[str, pl.DataFrame]], None]:
    """``add_clients(folder, random_tables(...))``: into a simulated bank, which has nobody of that kind."""
    return added


@pytest.fixture(scope="session")
def assert_close() -> Callable[[pl.DataFrame, pl.DataFrame, float], None]:
    """``assert_close(made, expected, share)``: two frames are the same but for the rounding of sums."""
    return close


@pytest.fixture(scope="session")
def as_requests() -> Callable[[Mapping[str, pl.DataFrame]], dict[str, list[Row]]]:
    """Frames -> the rows of a request."""
    return requests


@pytest.fixture(scope="session")
def as_lazy() -> Callable[[Mapping[str, pl.DataFrame]], dict[str, pl.LazyFrame]]:
    """Frames -> lazy frames for ``build``."""
    return lazy


def tables(clients: int, seed: int, sizes: Mapping[str, int] = SIZES) -> dict[str, pl.DataFrame]:
    """The seven tables of a request for some clients, as frames of the schema; a tenth of them has no history."""
    random = np.random.default_rng(seed)
    ids = np.arange(100_001, 100_001 + clients)
    with_history = ids[random.random(clients) > 0.1]
    made: dict[str, pl.DataFrame] = {"application": _rows("application", len(ids), random, SK_ID_CURR=ids)}
    for name, size in sizes.items():
        number = size * clients
        keys: dict[str, Any] = {}
        if name == "bureau_balance":
            loans = made["bureau"]["SK_ID_BUREAU"].to_numpy()
            # One loan in fifty is an orphan: bureau does not know it.
            keys["SK_ID_BUREAU"] = random.choice(np.append(loans, np.arange(1, 1 + len(loans) // 50)), number)
        else:
            keys["SK_ID_CURR"] = random.choice(with_history, number) if len(with_history) else np.full(number, 1)
        if name == "bureau":
            keys["SK_ID_BUREAU"] = 5_000_000 + random.permutation(number)
        if name == "previous_application":
            keys["SK_ID_PREV"] = 1_000_000 + random.permutation(number)
        made[name] = _rows(name, number, random, **keys)
    return made


def added(folder: Path, frames: Mapping[str, pl.DataFrame]) -> None:
    """Clients with gaps, sentinels, orphans and texts never seen, among those of a folder of Parquet files."""
    for name, frame in frames.items():
        path = folder / f"{'application_train' if name == 'application' else name}.parquet"
        there = pl.read_parquet(path)
        keys = [pl.col(key) + 50_000_000 for key in frame.columns if key.startswith("SK_ID_")]
        if name == "application":
            keys.append(pl.lit(0).alias("TARGET"))
        pl.concat([there, frame.with_columns(keys).select(there.columns).cast(there.schema)]).write_parquet(path)


def close(made: pl.DataFrame, expected: pl.DataFrame, share: float) -> None:
    """Missing in the same places, and known numbers at most ``share`` of their size apart.

    A difference or a slope of large numbers may come out as nearly nothing, and what is left of it is the rounding of
    the large ones. So numbers may also be 1e-12 of the largest of their column apart.
    """
    assert made.columns == expected.columns
    assert made.height == expected.height
    apart = []
    for name in made.columns:
        a, b = made[name], expected[name]
        assert a.dtype == b.dtype, name
        assert a.is_null().equals(b.is_null()), name
        if not ((a - b).abs() <= (share * b.abs()).clip(1e-12 * (b.abs().max() or 0))).all():
            apart.append(name)
    assert apart == []


def requests(frames: Mapping[str, pl.DataFrame]) -> dict[str, list[Row]]:
    """The same tables as the rows of a request."""
    return {name: frame.to_dicts() for name, frame in frames.items()}


def lazy(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.LazyFrame]:
    """The same tables as ``build`` takes them, the applications as application_train."""
    return {"application_train" if name == "application" else name: frame.lazy() for name, frame in frames.items()}


def _rows(table: str, number: int, random: np.random.Generator, **keys: Any) -> pl.DataFrame:
    columns = TABLES["application_test" if table == "application" else table].columns
    values: dict[str, Any] = {}
    for column in columns:
        name = column.name
        missing = random.random(number) < 0.15
        if name in keys:
            values[name] = pl.Series(name, keys[name])
            continue
        if column.kind == "text":
            texts = random.choice([*column.values, "a value never seen"], number).tolist()
            values[name] = [None if gone else text for gone, text in zip(missing, texts, strict=True)]
            continue
        if name.startswith("SK_ID"):
            numbers = random.integers(1_000_000, 2_000_000, number).astype(float)
        elif name.startswith("DAYS"):
            numbers = -random.integers(0, 3000, number).astype(float)
            if name == "DAYS_EMPLOYED" or "DUE" in name or "DRAWING" in name or "TERMINATION" in name:
                numbers[random.random(number) < 0.2] = NO_DATE
        elif name.startswith("MONTHS"):
            numbers = -random.integers(0, 96, number).astype(float)
        elif name.startswith(("FLAG", "NFLAG", "REG_", "LIVE_")):
            numbers = random.integers(0, 2, number).astype(float)
        elif name.startswith(("CNT", "NUM", "SK_DPD", "CREDIT_DAY", "HOUR")):
            numbers = random.integers(0, 13, number).astype(float)
        elif name.startswith("AMT"):
            numbers = np.round(random.gamma(1.0, 90_000, number), 2)
            numbers[random.random(number) < 0.1] = 0
        else:
            numbers = random.random(number)
        if column.kind == "integer":
            values[name] = numbers.astype(int)
        else:
            values[name] = [None if gone else float(one) for gone, one in zip(missing, numbers, strict=True)]
    return pl.DataFrame(values, schema=SCHEMAS[table])
