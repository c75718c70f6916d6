"""Trees that ask first what is known of a client.

Whether a history is there, empty or unknown says much once and little after that: a tree that is offered a tenth of all
columns seldom sees the few that tell it, and splits on a stronger one beside them. So the pupil's tenth tree, and
every tenth after that, is offered these columns alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

import lightgbm as lgb

from credit.features.information_sources import BUREAU, OWN, SCORES

#: One tree of so many is offered nothing else.
EVERY = 10

#: The columns that tell what is known: whether a history is there, and the scores of other providers.
KNOWN = frozenset((*BUREAU.histories, *OWN.histories, *SCORES.columns))


def offered(columns: Sequence[str], share: float) -> Callable[[Any], None] | None:
    """LightGBM's callback that offers every tenth tree `KNOWN` alone, and all others a ``share`` of all ``columns``.

    None where ``columns`` has none of them. A column whose gain counts as 0 is never split on; the share is of all
    columns, so a tree that sees few of them must be offered all.
    """
    known = [float(name in KNOWN) for name in columns]
    if not any(known):
        return None
    every = [1.0] * len(columns)

    def alone(tree: int) -> bool:
        return tree % EVERY == EVERY - 1

    return lgb.reset_parameter(
        feature_contri=lambda tree: known if alone(tree) else every,
        colsample_bytree=lambda tree: 1.0 if alone(tree) else share,
    )
