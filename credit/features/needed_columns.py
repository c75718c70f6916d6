"""Which features read a column, themselves or by way of other features: what a model without that column is without."""

from collections.abc import Iterable
from functools import cache

import narwhals.stable.v2 as nw
import polars as pl

from credit.features.batch import FEATURES
from credit.features.descriptions import identifier
from credit.features.online import Listener
from credit.tables import TABLES

#: The columns of the application that describe a client: all but the first, which says who it is.
APPLICATION_COLUMNS = tuple(column.name for column in TABLES["application_test"].columns[1:])


def features_made_of(names: Iterable[str]) -> tuple[str, ...]:
    """The features, in frozen order, that are one of ``names`` or are made from one.

    ``names``: columns of the published application, features, or both. A text column is read by its 0/1 features.

    >>> features_made_of(["CNT_CHILDREN"])
    ('CNT_CHILDREN', 'CHILDREN_TO_FAMILY')
    """
    wanted = set(names)
    made: set[str] = set()
    while found := {one for one, read in _read().items() if one not in made and (one in wanted or read & wanted)}:
        made |= found
        wanted |= found
    return tuple(feature.name for feature in FEATURES if feature.name in made)


def columns_read(features: Iterable[str]) -> frozenset[str]:
    """The columns of the published application that these features read; names that are no features read none.

    >>> sorted(columns_read(["CHILDREN_TO_FAMILY", "BUREAU_HISTORY"]))
    ['CNT_CHILDREN', 'CNT_FAM_MEMBERS']
    """
    read = _read()
    left: set[str] = set(features)
    found: set[str] = set()
    while left:
        name = left.pop()
        more = read.get(name, frozenset()) - found
        found |= more
        left |= more - {name}
    return frozenset(found & set(APPLICATION_COLUMNS))


@cache
def _read() -> dict[str, frozenset[str]]:
    """Feature -> what its formula reads: columns of the application, or finished features. Nothing of other tables."""
    own = [feature for feature in FEATURES if feature.table == "application" and not feature.needs]
    columns = TABLES["application_test"].columns
    schema = {column.name: pl.String() if column.kind == "text" else pl.Float64() for column in columns}
    listener = Listener(schema=schema)
    nw.from_native(listener).select(*(feature.column for feature in own))
    read = {feature.name: frozenset(feature.needs) for feature in FEATURES}
    for feature, expression in zip(own, listener.heard, strict=True):
        read[feature.name] = frozenset(expression.meta.root_names())
    return read


def own_columns(features: Iterable[str]) -> frozenset[str]:
    """The columns of the published application that stand in these features as they are: of a text, all of whose 0/1
    features are among them.

    >>> sorted(own_columns(["CNT_CHILDREN", "CHILDREN_TO_FAMILY", "NAME_HOUSING_TYPE_With_parents"]))
    ['CNT_CHILDREN']
    """
    given = frozenset(features)
    table = TABLES["application_test"]
    texts = {name: {f"{name}_{identifier(text)}" for text in texts} for name, texts in table.vocabularies.items()}
    return frozenset(name for name in table.names if name in given or texts.get(name, {name}) <= given)
