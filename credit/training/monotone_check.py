"""Whether a model's trees obey the signs of its features: shown for all values, not for those that were tried.

A tree obeys the sign of a feature where, at each of its splits on that feature, no leaf on the riskier side is lower
than a leaf on the other. A sum of such trees then never falls while the feature moves to the riskier side, whatever the
others are. It is more than is needed, and it is what LightGBM's method "basic" promises: a split is bounded for all
that grows below it. What is missing lies on neither side of anything, and may go either way.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import lightgbm as lgb

from credit.features.monotone_directions import mixed, sign
from credit.model.lightgbm_fast import trees

#: How LightGBM keeps the constraints. Its other methods let clients move the forbidden way where columns have gaps.
METHOD = "basic"
_NO_MORE: Mapping[str, int] = MappingProxyType({})


def constraints(
    columns: Sequence[str], more: Mapping[str, int] = _NO_MORE, unread: Collection[str] = ()
) -> dict[str, Any]:
    """LightGBM's parameters for a model that is handed ``columns``; none where no column has a sign or is mixed.

    A mixed feature gains nothing by a split, so no tree reads it, nor one of ``unread``. ``more``: signs of columns
    that have none by sense alone.
    """
    ways = [more.get(name, sign(name)) for name in columns]
    both = [mixed(name) or name in unread for name in columns]
    held = {"monotone_constraints": ways, "monotone_constraints_method": METHOD} if any(ways) else {}
    return {**held, "feature_contri": [float(not one) for one in both]} if any(both) else held


def against(booster: lgb.Booster, columns: Sequence[str], more: Mapping[str, int] = _NO_MORE) -> list[str]:
    """The columns with a sign that some tree of ``booster`` does not obey, in order; ``columns``: that it reads.

    ``more``: as for `constraints`.
    """
    ways = [more.get(name, sign(name)) for name in columns]
    found: set[int] = set()
    for tree in booster.dump_model()["tree_info"]:
        _extremes(tree["tree_structure"], ways, found)
    return [columns[number] for number in sorted(found)]


def obeyed(model: Any, columns: Sequence[str]) -> dict[str, int]:
    """The signs that an exported model obeys for all values, of the features that its trees read.

    ``columns``: of the arrays that ``model`` takes. Empty for a model that is not made of LightGBM's trees: nothing is
    shown of another.
    """
    parts = trees(model)
    if parts is None:
        return {}
    read = columns if parts.positions is None else [columns[place] for place in parts.positions.tolist()]
    split_on = {name for name, times in zip(read, parts.booster.feature_importance("split"), strict=True) if times}
    disobeyed = set(against(parts.booster, read))
    return {name: sign(name) for name in read if sign(name) and name in split_on and name not in disobeyed}


def _extremes(node: Mapping[str, Any], ways: Sequence[int], found: set[int]) -> tuple[float, float]:
    """The least and the greatest leaf below ``node``; the features that disobey there are added to ``found``."""
    if "leaf_value" in node:
        return node["leaf_value"], node["leaf_value"]
    feature = int(node["split_feature"])
    low, high = (_extremes(node[side], ways, found) for side in ("left_child", "right_child"))
    if (ways[feature] > 0 and low[1] > high[0]) or (ways[feature] < 0 and low[0] < high[1]):
        found.add(feature)
    return min(low[0], high[0]), max(low[1], high[1])
