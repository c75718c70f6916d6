"""What the 0 and the 1 of a feature mean, in English and French: one rule for all flags and one-hot columns.

- A column of the application that codes two texts (CODE_GENDER): the words of these texts.
- A column made from one value of a text column (NAME_CONTRACT_TYPE_Cash_loans): 1 is that value, 0 another one or none.
  Of a history it says so of the newest row, or of every row (MIN), or of any (MAX).
- Any other: 1 is yes, 0 is no, to what the feature's description says.

The words of the values are those of descriptions.json; the vocabularies those of the tables.
"""

from functools import cache
from typing import NamedTuple

from credit.features.application import CODES
from credit.features.descriptions import identifier, value
from credit.features.feature import Feature
from credit.tables import TABLES

#: The unit of the features that are spoken of here.
FLAG = "0/1"

#: English and French.
Words = tuple[str, str]

_OTHER = ("another value, or none", "une autre valeur, ou aucune")
#: Of a value that many rows have or have not: aggregate -> the words of 0, and those beside the value for 1.
_OF_ROWS: dict[str, tuple[Words, Words]] = {
    "MIN": (("not in every row", "pas dans toutes les lignes"), ("in every row", "dans toutes les lignes")),
    "MAX": (("in no row", "dans aucune ligne"), ("in at least one row", "dans au moins une ligne")),
}
_GIVEN, _NOT_GIVEN = ("given", "indiqué"), ("not given", "non indiqué")


class ValueWords(NamedTuple):
    """A value of a feature, and what it means in English and French."""

    value: int
    en: str
    fr: str


def of_feature(feature: Feature) -> tuple[ValueWords, ...]:
    """The meaning of 0 and of 1; nothing for a feature of another unit, whose values are quantities."""
    if feature.unit != FLAG:
        return ()
    if feature.name in CODES:
        words = [value("application", feature.name, text) for text in CODES[feature.name]]
    elif text := _one_hot(feature):
        words = list(text)
    else:
        words = [value("application", "FLAG_OWN_CAR", text) for text in ("N", "Y")]
    return tuple(ValueWords(code, en, fr) for code, (en, fr) in enumerate(words))


def _one_hot(feature: Feature) -> tuple[Words, Words] | None:
    """The words of 0 and 1 of a column made from one value of a text column; None for any other column."""
    for ending, (zero, one) in _values(feature.table).items():
        if feature.name.endswith(ending):
            return zero, one
        for aggregate, (of_zero, of_one) in _OF_ROWS.items():
            if feature.name.endswith(f"{ending}_{aggregate}"):
                return of_zero, (f"{one[0]}, {of_one[0]}", f"{one[1]}, {of_one[1]}")
    return None


@cache
def _values(table: str) -> dict[str, tuple[Words, Words]]:
    """How the names of columns end that are made from one value of a text -> the words of 0 and 1."""
    found: dict[str, tuple[Words, Words]] = {}
    for column, texts in TABLES["application_test" if table == "application" else table].vocabularies.items():
        for text in texts:
            found[f"{column}_{identifier(text)}"] = (_OTHER, value(table, column, text))
        found[f"{column}_MISSING"] = (_GIVEN, _NOT_GIVEN)
    return found
