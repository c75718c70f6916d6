"""Levers: the columns of an application that can be changed in a what-if, and why the other features cannot.

A request for a loan has terms, which lender and client agree on: amount, annuity, price of the goods. With them goes
the income, which a co-applicant's adds to. These are `AMOUNTS`, and they alone may be proposed: they cost the client
something, and bind. Documents and ways to reach the client (`GIVEN`) cost nothing. Proposing them would open a way past
the model: a client who gives a telephone number to be accepted need not repay as those do who gave theirs unasked. They
can be tried, as can circumstances - work, education, housing - by an officer who hears that they were noted wrongly or
are about to change. All else is locked:

    protected   gender, age, family status, religion, health (`credit.explain`), and every list that holds such an entry
    history     what the tables of the past say
    reported    the external scores, enquiries and the social circle: what others report about the client
    derived     made from a lever: it moves with it
    fact        anything else: days, addresses, the building
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from credit.explain import PROTECTED, group_of
from credit.features import FEATURES, descriptions
from credit.features.derived import Derived
from credit.tables import TABLES
from credit.tables.amount_ranges import AmountRanges
from credit.tables.counting import RANGES
from credit.whatif.loan_terms import ANNUITY, GOODS, INCOME, LOAN

Locked = Literal["protected", "history", "reported", "derived", "fact"]

#: The loan, and the yearly income: what may be proposed.
AMOUNTS = (LOAN, ANNUITY, GOODS, INCOME)

_TABLE = TABLES["application_test"]

#: To be tried, never proposed: documents and ways to reach the client. The employer's phone tells a pensioner, and is
#: protected.
GIVEN = (
    *(name for name in _TABLE.names if name.startswith("FLAG_DOCUMENT_")),
    *("FLAG_CONT_MOBILE", "FLAG_EMAIL", "FLAG_PHONE", "FLAG_WORK_PHONE"),
)

#: To be tried, never proposed. FLAG_OWN_CAR is none: the age of the car would have to go with it. Nor are the kind of
#: income and the employer: their lists hold pensioners, maternity leave and religion.
CIRCUMSTANCES = (
    "FLAG_OWN_REALTY",
    "NAME_CONTRACT_TYPE",
    "NAME_EDUCATION_TYPE",
    "NAME_HOUSING_TYPE",
    "OCCUPATION_TYPE",
)

_REPORTED = ("EXT_SOURCE_", "AMT_REQ_CREDIT_BUREAU_", "OBS_", "DEF_")


@dataclass(frozen=True)
class Lever:
    """``name``: a column of the application. ``kind``: amount, switch (0 or 1) or text. ``low``, ``high``: the range of
    an amount, published or the bank's own. ``values``: the texts, as the published table has them. ``columns``: those
    of the model that it sets, one for each text. ``en``, ``fr``: what it is.
    """

    name: str
    kind: Literal["amount", "switch", "text"]
    columns: tuple[str, ...]
    en: str
    fr: str
    unit: str
    low: float = 0.0
    high: float = 1.0
    values: tuple[str, ...] = ()


class Levers:
    """The levers of a model with ``columns``, by name. ``derived``: what moves with them. ``texts``: a text of the
    application -> its 0/1 columns. ``own``: the bank's ranges of amounts, in place of the published ones.
    """

    def __init__(self, columns: Sequence[str], own: AmountRanges = MappingProxyType({})) -> None:
        self.derived = Derived(columns)
        known = frozenset(columns)
        self.by_name = {lever.name: lever for lever in _all(own) if self._movable(lever, known)}
        self.texts = {name: _columns_of(name) for name in _TABLE.vocabularies if name not in known}
        self._text_of = {column: name for name, columns_of_text in self.texts.items() for column in columns_of_text}
        self._tables = {feature.name: feature.table for feature in FEATURES}

    def lever_of(self, feature: str) -> str:
        """The column of the application that a feature belongs to: NAME_HOUSING_TYPE for one of its 0/1 columns, else
        the feature itself.
        """
        return self._text_of.get(feature, feature)

    def locked(self, name: str) -> Locked | None:
        """Why a feature or a text column cannot be changed; None for a lever."""
        if name in self.by_name:
            return None
        if _is_protected(name):
            return "protected"
        if any(part in self.by_name for part in self.derived.parts.get(name, ())):
            return "derived"
        if self._tables.get(name, "application") != "application":
            return "history"
        return "reported" if name.startswith(_REPORTED) else "fact"

    def _movable(self, lever: Lever, known: frozenset[str]) -> bool:
        return set(lever.columns) <= known and not self.derived.lost(lever.name) and not _is_protected(lever.name)


def _is_protected(name: str) -> bool:
    """Also a text one of whose values is: choosing from its list would choose that."""
    if name in _TABLE.vocabularies and group_of(name) is None:
        return any(group_of(column) == PROTECTED for column in _columns_of(name))
    return group_of(name) == PROTECTED


def _columns_of(text: str) -> tuple[str, ...]:
    return tuple(f"{text}_{descriptions.identifier(value)}" for value in _TABLE.vocabularies[text])


def _all(own: AmountRanges) -> Iterator[Lever]:
    published = {name: (RANGES["application"][name]["min"], RANGES["application"][name]["max"]) for name in AMOUNTS}
    for name in (*AMOUNTS, *GIVEN, *CIRCUMSTANCES):
        about = descriptions.column("application", name)
        if name in AMOUNTS:
            low, high = own.get(name, published[name])
            yield Lever(name, "amount", (name,), about.en, about.fr, about.unit, low, high)
        elif name.startswith("FLAG_"):
            yield Lever(name, "switch", (name,), about.en, about.fr, about.unit)
        else:
            values = tuple(_TABLE.vocabularies[name])
            yield Lever(name, "text", _columns_of(name), about.en, about.fr, about.unit, values=values)


def levers(columns: tuple[str, ...], own: AmountRanges = MappingProxyType({})) -> Levers:
    """The levers of a model with these columns, made on first use and then kept. ``own``: see `Levers`."""
    return _kept(columns, tuple(own.items()))


@lru_cache(maxsize=8)
def _kept(columns: tuple[str, ...], own: tuple[tuple[str, tuple[float, float]], ...]) -> Levers:
    return Levers(columns, dict(own))
