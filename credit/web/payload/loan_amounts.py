"""Clients whose loan lacks an amount: what is said of them, one violation for each amount, by name and in tables.

Which amounts are wanted is the rule of `credit.features.loan_amounts`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.features.loan_amounts import Amounts, missing_of
from credit.web.payload.value_rules import Rule
from credit.web.payload.violations import Meant, Violation

_OF_LOAN = "a loan without its {what} cannot be decided on; send it"

#: What is said of an amount that is missing, after its name: the rule, and the next step.
WANTED = {
    "AMT_CREDIT": f"is missing: {_OF_LOAN.format(what='amount')}",
    "AMT_ANNUITY": f"is missing: {_OF_LOAN.format(what='annuity')}, in the currency of AMT_CREDIT",
    "AMT_GOODS_PRICE": "is missing: a loan without the price of its goods cannot be decided on, unless "
    "NAME_CONTRACT_TYPE is 'Revolving loans'; send it, in the currency of AMT_CREDIT",
}


class Loan:
    """The amounts that a model with ``columns`` wants of the loan of each client."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._amounts = Amounts(columns)
        self._columns = frozenset(columns)

    def of_array(self, X: NDArray[np.float64], *, as_list: bool) -> list[Violation]:
        """The violations of clients by name, from their features (n_clients, n_columns). ``as_list``: of a list."""
        gaps = self._amounts.missing(X)
        if not gaps.any():
            return []
        return [
            missing(f"[{row}]" if as_list else "", self._amounts.names[place])
            for row, place in np.argwhere(gaps).tolist()
        ]

    def of_row(
        self, row: Mapping[str, Any], path: str, rules: Mapping[str, Rule], meant_by: Meant
    ) -> Iterator[Violation]:
        """Those of a ``row`` of a body: published columns, features or both. ``path``: where it is, "" or "[3]".

        ``rules``: the names that the row may use. ``meant_by``: one for all rows of a body. An amount under a
        misspelled name is there: its name is at fault. So are all names of a row of which none is known.
        """
        gaps = missing_of(row, self._columns)
        if not gaps or (row and not any(name in rules for name in row)):
            return
        inside = path.partition("[")[0]
        unknown = [name for name in row if name not in rules]
        capitals = {name.upper() for name in unknown}
        meant = {meant_by.nearest(name, rules, inside) for name in unknown}
        for name in gaps:
            if name not in capitals and name not in meant:
                yield missing(path, name)


def missing(path: str, name: str) -> Violation:
    """The violation of a client at ``path`` ("", "[3]" or "application[3]") whose amount ``name`` is missing."""
    field, inside = f"{path}.{name}".lstrip("."), path.partition("[")[0]
    what = WANTED[name]
    return Violation(
        field,
        f"{field} {what}",
        (inside, name, what),
        f"{name} {what}; this is so in {{n}} rows",
        code="missing-amount",
    )
