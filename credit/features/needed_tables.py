"""Which tables features are made from: the one answer for training, scoring, watching and the service."""

from collections.abc import Iterable, Sequence
from functools import cache

import narwhals.stable.v2 as nw

from credit.features import bureau
from credit.features.batch import FEATURES
from credit.features.feature import Feature
from credit.features.online import Listener
from credit.features.raw_rows import SCHEMAS
from credit.program import PROGRAM
from credit.tables import HISTORIES

_BY_NAME = {feature.name: feature for feature in FEATURES}


def histories_of(columns: Iterable[str]) -> tuple[str, ...]:
    """The history tables, in published order, that features are made from; the application table always is one more.

    Raises ``ValueError`` for names that are no features of this version.
    """
    wanted = tuple(columns)
    unknown = [name for name in wanted if name not in _BY_NAME]
    if unknown:
        raise ValueError(
            f"the model wants {len(unknown)} features that this version does not make, such as {unknown[0]!r}; retrain "
            f"with this version: {PROGRAM} train"
        )
    needed = set().union(*(tables_of(_BY_NAME[name]) for name in wanted))
    return tuple(name for name in HISTORIES if name in needed)


def columns_of(histories: Sequence[str]) -> tuple[str, ...]:
    """The features, in frozen order, that are made from the application and these history tables alone."""
    present = set(histories)
    return tuple(feature.name for feature in FEATURES if tables_of(feature) <= present)


def named_histories(text: str) -> tuple[str, ...]:
    """The history tables that ``text`` names: "all", or tables with commas between, of which application may be one.

    Raises ``ValueError`` for an unknown table, and for balances without the loans that link them to clients.
    """
    if text == "all":
        return HISTORIES
    names = {name.strip() for name in text.split(",")} - {"application", "application_train", "application_test"}
    unknown = sorted(names - set(HISTORIES))
    if unknown:
        raise ValueError(
            f"{unknown[0]!r} is no table; name some of application, {', '.join(HISTORIES)}, or give the word all"
        )
    if "bureau_balance" in names and "bureau" not in names:
        raise ValueError("bureau_balance needs bureau, whose rows say which client a loan belongs to; name both")
    return tuple(name for name in HISTORIES if name in names)


def tables_of(feature: Feature) -> frozenset[str]:
    """The history tables of a feature and of the features that it is made from."""
    own = frozenset() if feature.table == "application" else frozenset({feature.table})
    if feature.name in _of_balances():
        own |= {"bureau_balance"}
    return own.union(*(tables_of(_BY_NAME[name]) for name in feature.needs))


@cache
def _of_balances() -> frozenset[str]:
    """The features of bureau loans whose formulas read what bureau_balance says about a loan."""
    loans = bureau.rows({"bureau": nw.from_native(SCHEMAS["bureau"].to_frame().lazy())})
    if loans is None:
        return frozenset()
    listener = Listener(schema=loans.to_native().collect_schema())
    made = [feature for feature in FEATURES if feature.table == "bureau" and not feature.needs]
    nw.from_native(listener).select(*(feature.column for feature in made))
    return frozenset(
        feature.name
        for feature, expression in zip(made, listener.heard, strict=True)
        if set(expression.meta.root_names()) & set(bureau.OF_BALANCES)
    )
