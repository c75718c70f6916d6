"""What columns, values and units mean, in English and French: the dictionary beside this module, descriptions.json.

Its first part gives for every column of a table (and for the columns that the features derive from it) an English and
a French phrase and the column's unit; the second the known text values; the third the values that mean something else
in one column; the fourth the units in French. Days and months count from the application, the past being negative.
"""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

_WORDS: dict[str, dict[str, Any]] = json.loads(
    files(__package__).joinpath("descriptions.json").read_text(encoding="utf-8")
)

#: The units of features: English -> French.
UNITS: dict[str, str] = _WORDS["units"]


@dataclass(frozen=True)
class Description:
    """A phrase for a column: English, French (both begin with a capital letter), and the unit of its values."""

    en: str
    fr: str
    unit: str


def column(table: str, name: str) -> Description:
    """The words for a column of a table; ``table`` is a published table name, or ``application`` for both of them."""
    return Description(*_WORDS["columns"][table][name])


def value(table: str, name: str, text: str) -> tuple[str, str]:
    """A known text value of a column in words: (English, French)."""
    special = _WORDS["values_of_one_column"].get(f"{table}.{name}", {})
    en, fr = special.get(text) or _WORDS["values"][text]
    return en, fr


def identifier(text: str) -> str:
    """A text value as part of a feature's name: letters, digits and underscores, "Cash loans" -> "Cash_loans".

    LightGBM refuses names with JSON's special characters. The letter case is kept.
    """
    return re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_")
