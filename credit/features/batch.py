"""Joining the blocks: every client of the application table, with the features of all tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import narwhals.stable.v2 as nw

from credit.features import application as applications
from credit.features import (
    bureau,
    credit_card,
    cross_table_ratios,
    external_scores,
    history_flags,
    instalments,
    latest_loan,
    pos_cash,
    previous_application,
    ratios,
    trends,
    windows,
)
from credit.features.feature import CLIENT, Feature, Frame

#: The 795 features of the public recipe, in frozen order.
RECIPE_FEATURES: tuple[Feature, ...] = (
    *applications.FEATURES,
    *bureau.FEATURES,
    *previous_application.FEATURES,
    *pos_cash.FEATURES,
    *instalments.FEATURES,
    *credit_card.FEATURES,
)

#: The features beyond the recipe, in frozen order.
EXTRA_FEATURES: tuple[Feature, ...] = (
    *external_scores.FEATURES,
    *ratios.FEATURES,
    *windows.FEATURES,
    *trends.FEATURES,
    *latest_loan.FEATURES,
    *cross_table_ratios.FEATURES,
    *history_flags.FEATURES,
)

#: Names of the recipe's features.
RECIPE: tuple[str, ...] = tuple(feature.name for feature in RECIPE_FEATURES)

#: Names of the features beyond the recipe.
EXTRA: tuple[str, ...] = tuple(feature.name for feature in EXTRA_FEATURES)

#: The features that a model sees, in frozen order: the recipe in front.
FEATURES: tuple[Feature, ...] = (*RECIPE_FEATURES, *EXTRA_FEATURES)

#: Their names.
COLUMNS: tuple[str, ...] = tuple(feature.name for feature in FEATURES)

_BY_NAME = {feature.name: feature for feature in (*RECIPE_FEATURES, *EXTRA_FEATURES)}

#: Table -> how its history becomes one row per client. Few features come first: every join carries what is there.
_HISTORIES: dict[str, Callable[[Mapping[str, Frame], Iterable[Feature]], Frame | None]] = {
    "POS_CASH_balance": pos_cash.per_client,
    "installments_payments": instalments.per_client,
    "bureau": bureau.per_client,
    "credit_card_balance": credit_card.per_client,
    "previous_application": previous_application.per_client,
}


def build(tables: Mapping[str, Any], application: str = "application_train", columns: Sequence[str] = COLUMNS) -> Any:
    """The features of every client of the application table, as a lazy frame of the engine that the tables are from.

    ``tables``: published name -> native lazy frame (polars.LazyFrame, a DuckDB relation, a PySpark DataFrame) with the
    columns of credit.tables; what a history that is absent would say is not known of anybody. ``application``: which
    table names the clients, application_train or application_test. ``columns``: the features to make, in this order,
    of ``RECIPE`` and ``EXTRA``. NaN in a column of numbers is a gap, as null is.

    The sums of a streamed or parallel run are added up in an order of its own, so that the last bits of a feature may
    differ from run to run; those of ``collect(engine="in-memory")`` are those of a request (see ``request``).

    Returns one row per row of the application table, in no particular order: SK_ID_CURR and ``columns``, all Float64,
    null = missing. Raises KeyError for an unknown feature or where the application table is absent.
    """
    if application not in tables:
        raise KeyError(f"The table {application!r} is missing: it names the clients. Given: {sorted(tables)}.")
    wanted = [_feature(name) for name in columns]
    finished = [one for one in wanted if one.needs]
    needed = (_feature(name) for one in finished for name in one.needs)
    made = list({one.name: one for one in (*wanted, *needed) if not one.needs}.values())

    frames = {name: _without_nan(nw.from_native(frame).lazy()) for name, frame in tables.items()}
    joined = applications.per_client(frames, [one for one in made if one.table == "application"], application)
    for table, per_client in _HISTORIES.items():
        features = [one for one in made if one.table == table]
        if not features:
            continue
        history = per_client(frames, features)
        if history is None:
            joined = joined.with_columns(nw.lit(None, dtype=nw.Float64).alias(one.name) for one in features)
        else:
            joined = joined.join(history, on=CLIENT, how="left").with_columns(
                nw.col(one.name).fill_null(one.none) for one in features if one.none is not None
            )
    if finished:
        joined = joined.with_columns(one.column for one in finished)
    return joined.select(CLIENT, *columns).to_native()


def _without_nan(frame: Frame) -> Frame:
    """The rows of a table with null for NaN, of which engines make different things: Polars passes over it in a
    client's largest value, DuckDB and Spark take it for the largest of all.

    A number is found by what it is: over a Parquet file DuckDB 2.0 takes ``isnan``, and with it Narwhals' ``fill_nan``,
    for false by the file's statistics, which leave NaN out.
    """
    floats = [name for name, kind in frame.collect_schema().items() if kind.is_float()]
    columns = {name: nw.col(name) for name in floats}
    return frame.with_columns(
        nw.when(column.is_finite() | (column.abs() == float("inf"))).then(column).alias(name)
        for name, column in columns.items()
    )


def _feature(name: str) -> Feature:
    try:
        return _BY_NAME[name]
    except KeyError:
        near = get_close_matches(name, _BY_NAME, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise KeyError(f"{name!r} is not a feature.{hint}") from None
