"""What of a model carries a difference in approvals between two groups: columns, and groups of columns.

A model of trees gives each client exact contributions of its columns, phi, whose sum is the score s, in log odds. With
the mean contribution of a part J of the columns taken to be the same in every group,

    s'_i = s_i - sum over j in J of (mean of phi_j in the group of i - mean of phi_j over all clients)

the difference in approvals of two groups at the same cut-off c becomes another one, and the part carries what goes:

    carried(J) = difference of the shares of clients with s < c, less that of the shares with s' < c

The parts need not add up, because the cut-off bends what the log odds add up. A part may carry less than nothing: it
holds the difference down. Source of the contributions: S. Lundberg et al., From local explanations to global
understanding with explainable AI for trees, Nature Machine Intelligence 2, 2020.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.explain.reasons import PROTECTED, group_of
from credit.features.loan_amounts import AMOUNTS
from credit.features.needed_columns import APPLICATION_COLUMNS, features_made_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Carried:
    """``part``: a column of the application, or a group of features that one reason names. ``features``: that it is
    made of, and all that are made of these. ``points``: of the difference in approvals, as a share of the clients, that
    goes where its mean contribution is the same in all groups.
    """

    part: str
    features: tuple[str, ...]
    points: float


def parts_of(columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The parts of a model with ``columns`` that it could do without: name -> features among ``columns``.

    Columns of the application with all that is made of them, and the groups of features that reasons name
    (`credit.explain.reasons`). Left out are protected columns, which are looked at anyway, and the amounts of the loan.
    """
    by_reason: dict[str, list[str]] = {}
    for name in columns:
        group = group_of(name)
        if group is not None and group != PROTECTED:
            by_reason.setdefault(group, []).append(name)
    wanted: dict[str, Iterable[str]] = {name: (name,) for name in APPLICATION_COLUMNS if group_of(name) != PROTECTED}
    wanted |= {f"reason {group}": names for group, names in by_reason.items()}
    there, seen, parts = set(columns), set(), {}
    for part, names in wanted.items():
        if not set(names) & set(AMOUNTS):
            made = tuple(name for name in features_made_of(names) if name in there)
            if made and made not in seen:  # a reason that names one column is that column
                seen.add(made)
                parts[part] = made
    return parts


def carried(
    parts: Mapping[str, Sequence[str]],
    columns: Sequence[str],
    contribution: ArrayLike,
    score: ArrayLike,
    cut_off: float,
    group: ArrayLike,
    lowest: str,
    highest: str,
) -> list[Carried]:
    """What each of ``parts`` carries, most first.

    ``contribution``: (n_clients, n_columns) of ``columns``, in log odds; ``score``: (n_clients,) their sum and what the
    model says of nobody in particular; a client is approved where it is below ``cut_off``. ``group``: (n_clients,) the
    name of each client's; ``lowest``, ``highest``: the groups with the lowest and the highest approval rate.
    """
    phi, s, of = np.asarray(contribution, dtype=np.float64), np.asarray(score, dtype=np.float64), np.asarray(group)
    place = {name: number for number, name in enumerate(columns)}
    inside = {name: of == name for name in np.unique(of)}

    def difference(scores: Floats) -> float:
        approved = scores < cut_off
        return float(approved[inside[highest]].mean() - approved[inside[lowest]].mean())

    whole = difference(s)
    found = []
    for part, features in parts.items():
        own = phi[:, [place[name] for name in features]].sum(axis=1)
        moved = s.copy()
        for clients in inside.values():
            moved[clients] -= own[clients].mean() - own.mean()
        found.append(Carried(part, tuple(features), whole - difference(moved)))
    return sorted(found, key=lambda one: (-one.points, one.part))
