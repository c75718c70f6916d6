"""The proposals to one client: loans, terms and incomes that cost something and bind, as a grid in three directions.

A proposal moves up to three quantities, each by a factor:

    loan    AMT_CREDIT, down to half of what was asked for; below that it is another loan
    term    the number of annuities, AMT_CREDIT / AMT_ANNUITY, up to 1.25 of what it was, or of a smaller loan from 0.8
    income  AMT_INCOME_TOTAL, up to 1.2 of what it was: with the income of a co-applicant, who owes the loan as well

The amounts of the loan move as those of a product do. At the same interest the annuity is in proportion to the loan,
and the number of annuities rises with the months: so the annuity moves by the factor of the loan over that of the term.
The price of the goods falls with the loan (a smaller purchase), or stays (more of it is paid down). A revolving loan is
a limit: its price falls with it, and its annuity is a fixed share of it, so it has no other term.

**No proposal raises the annuity**: its factor, that of the loan over that of the term, is at most 1. A shorter term of
the same loan is a higher instalment, every month, from a client whom the model refuses. That is a burden and no offer,
and nothing holds the model to see a risk in it. So the term of the same loan only grows; that of a smaller loan may
fall with it, as far as the annuity stays what was applied for.

The grid's steps are in ln of the factors; the ends of each direction belong to it whatever the step.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.features.loan_amounts import REVOLVING_FEATURE
from credit.whatif.levers import Lever
from credit.whatif.loan_terms import ANNUITY, GOODS, INCOME, LOAN, LONGEST, SHORTEST, broken, size

Floats = NDArray[np.float64]
Change = dict[str, float]

#: How far the factors reach.
_SMALLEST_LOAN, _SHORTER, _LONGER, _HIGHEST_INCOME = 0.5, 0.8, 1.25, 1.2
#: What rounding two amounts to four figures may do to ln of their ratio.
_ROUNDING = 0.001
#: Two steps of the grid that are the same differ by less, for they are floating-point numbers.
_EQUAL = 1e-9
#: Steps on either side of a proposal that are near it.
_NEAR = 2


@dataclass(frozen=True)
class Proposal:
    """``factors``: ln of those of loan, term and income. ``change``: column -> its new amount. ``size``: of the change,
    as `credit.whatif.loan_terms.size` measures it.
    """

    factors: tuple[float, float, float]
    change: Change
    size: float


class Proposals:
    """What may be proposed to the client with the features ``x`` (columns,); ``index``: column -> its place in ``x``.

    A quantity stays as it is where its amount is not known, or the model cannot follow it in all that it reads.
    """

    def __init__(self, levers: Mapping[str, Lever], index: Mapping[str, int], x: Floats) -> None:
        self._levers = levers
        read = {name: float(x[index[name]]) for name in (LOAN, ANNUITY, GOODS, INCOME) if name in index}
        self._start = {name: value for name, value in read.items() if value > 0}
        # The amounts of a loan move together or not at all.
        moves = LOAN in self._start and all(one in levers for one in self._start.keys() & {LOAN, ANNUITY, GOODS})
        self._revolving = REVOLVING_FEATURE in index and x[index[REVOLVING_FEATURE]] == 1
        self._ranges = (
            self._loan_range() if moves else (0.0, 0.0),
            self._term_range() if moves and ANNUITY in self._start and not self._revolving else (0.0, 0.0),
            self._income_range() if INCOME in self._start and INCOME in levers else (0.0, 0.0),
        )
        paid_down = moves and GOODS in self._start and not self._revolving
        #: Whether the price of the goods falls with the loan; both where it may stay.
        self._falls = (True, False) if paid_down else (True,)

    def at(
        self, step: float, below: float, near: tuple[float, float, float] | None, most: float
    ) -> tuple[list[Proposal], bool]:
        """The proposals on the grid of a ``step`` whose size is under ``below``, the smallest first.

        And whether these are all. Where they would be more than ``most``, they are those that move one quantity alone,
        and those around ``near``, the factors of another proposal.
        """
        axes = [_axis(low, high, step) for low, high in self._ranges]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        lengths = np.abs(grid).sum(axis=1)
        affordable = grid[:, 0] <= grid[:, 1] + _EQUAL  # the annuity does not rise
        grid = grid[(lengths > 0) & (lengths < below + _ROUNDING) & affordable]
        whole = len(grid) * len(self._falls) <= most
        if not whole:
            some = (grid != 0).sum(axis=1) == 1
            if near is not None:
                some |= (np.abs(grid - np.array(near)) <= (_NEAR + 0.5) * step).all(axis=1)
            grid = grid[some]
        made = [self._proposal((a, t, i), falls) for a, t, i in grid.tolist() for falls in self._falls if falls or a]
        return sorted((one for one in made if one and one.size < below), key=lambda one: one.size), whole

    def _proposal(self, factors: tuple[float, float, float], falls: bool) -> Proposal | None:
        """None where an amount would leave its published range, or no lender grants the terms."""
        loan, term, income = factors
        by = {LOAN: loan, ANNUITY: loan - term, GOODS: loan if falls else 0.0, INCOME: income}
        change: Change = {}
        for name, factor in by.items():
            if abs(factor) < _EQUAL or name not in self._start:
                continue
            amount = rounded(self._start[name] * math.exp(factor))
            if name == ANNUITY and amount >= self._start[name]:
                continue  # to four figures a slightly smaller one may come out as a larger one
            change[name] = amount
            if not self._levers[name].low <= amount <= self._levers[name].high:
                return None
        if not change or broken(self._start, {**self._start, **change}):
            return None
        return Proposal(factors, change, size(self._start, change))

    def _loan_range(self) -> tuple[float, float]:
        return max(math.log(_SMALLEST_LOAN), math.log(self._levers[LOAN].low / self._start[LOAN])), 0.0

    def _term_range(self) -> tuple[float, float]:
        term = self._start[LOAN] / self._start[ANNUITY]
        return (
            max(math.log(_SHORTER), math.log(SHORTEST / term) + _ROUNDING),
            min(math.log(_LONGER), math.log(LONGEST / term) - _ROUNDING),
        )

    def _income_range(self) -> tuple[float, float]:
        return 0.0, min(math.log(_HIGHEST_INCOME), math.log(self._levers[INCOME].high / self._start[INCOME]))


def rounded(amount: float) -> float:
    """To four figures: a loan is not agreed on to the last hundredth."""
    return float(f"{amount:.4g}")


def _axis(low: float, high: float, step: float) -> Floats:
    """0, the whole steps from ``low`` to ``high``, and these two; 0 alone where low > high."""
    if low > high:
        return np.zeros(1)
    steps = step * np.arange(math.ceil(low / step), math.floor(high / step) + 1)
    return np.unique(np.concatenate(([0.0, low, high], steps)))
