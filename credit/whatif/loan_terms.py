"""The terms of a loan: which go together, and how large a change of them is.

A model answers for a loan of 900,000 over annuities of 6,000, too, which nobody grants. The bounds are those of the
published loans: 8 to 45 annuities repay one, and what is lent, with insurance and fees, is at most half as much again
as what the goods cost.
"""

import math
from collections.abc import Mapping
from typing import Literal

LOAN, ANNUITY, GOODS, INCOME = "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"

#: Annuities that repay a loan, and the loan as a share of the price of its goods, at most.
SHORTEST, LONGEST, MOST_OF_GOODS = 8.0, 45.0, 1.5

#: Terms that differ by less than 1 % are the same, for a client who came with them.
_SAME = 0.01

Rule = Literal["annuities", "goods"]

#: What each rule reads.
READS: dict[Rule, tuple[str, str]] = {"annuities": (LOAN, ANNUITY), "goods": (LOAN, GOODS)}


def broken(before: Mapping[str, float], after: Mapping[str, float]) -> list[tuple[Rule, float]]:
    """The rules that the terms ``after`` a change break, each with the number of annuities or the share of the goods.

    Amounts by column, NaN or absent where nobody knows them. A client who came with such terms may keep them, and a
    rule of which an amount is unknown is none.
    """
    found: list[tuple[Rule, float]] = []
    for rule, (over, under) in READS.items():
        now, then = _ratio(after, over, under), _ratio(before, over, under)
        low, high = (SHORTEST, LONGEST) if rule == "annuities" else (0.0, MOST_OF_GOODS)
        if now is None or low <= now <= high or (then is not None and _same(now, then)):
            continue
        found.append((rule, now))
    return found


def size(before: Mapping[str, float], change: Mapping[str, float]) -> float:
    """How large a ``change`` of amounts is: |ln| of the factors of the loan, of its number of annuities and of the
    income, added up; 0.1 is about 10 % of one of them. The price of the goods is free: it goes with the loan or is paid
    down. Amounts by column, absent where they are not known; a number of annuities takes both of its amounts.
    """
    after = {**before, **change}
    factors = [after[name] / before[name] for name in (LOAN, INCOME) if name in change]
    now, then = _ratio(after, LOAN, ANNUITY), _ratio(before, LOAN, ANNUITY)
    if now is not None and then is not None:
        factors.append(now / then)
    return sum(abs(math.log(one)) for one in factors)


def _ratio(amounts: Mapping[str, float], over: str, under: str) -> float | None:
    above, below = amounts.get(over, math.nan), amounts.get(under, math.nan)
    return above / below if above > 0 and below > 0 else None  # NaN is not above 0


def _same(now: float, then: float) -> bool:
    return abs(math.log(now / then)) < _SAME
