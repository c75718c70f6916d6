"""What the client has applied for and told: some ten facts of the application, in the words of a bank's counter.

They are read from the features that the model reads. A feature that it does not read is no fact here. Who decides is
shown no protected attribute, unless the bank wants it (SHOW_PROTECTED=1): neither age, family status and children, nor
a source of income that tells of one, such as maternity leave.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from credit.explain import PROTECTED, group_of
from credit.explain.spoken_values import NOT_SHOWN
from credit.features import descriptions
from credit.i18n.numbers import number
from credit.i18n.numbers import value as in_words
from credit.i18n.periods import YEAR, days_in_words
from credit.model.scorer import Floats
from credit.tables import TABLES
from credit.web.answers.explanations import ApplicationFact

_AMOUNT, _ANNUITY, _GOODS, _INCOME = "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"

#: Columns of the application in the order in which they are shown -> English and French names. "AMT_CREDIT/AMT_ANNUITY"
#: is the one without its quotient.
NAMES: dict[str, tuple[str, str]] = {
    "NAME_CONTRACT_TYPE": ("Product", "Produit"),
    _AMOUNT: ("Amount of the loan", "Montant du prêt"),
    _ANNUITY: ("Annuity", "Échéance"),
    f"{_AMOUNT}/{_ANNUITY}": ("Amount in annuities", "Montant en échéances"),
    _GOODS: ("Price of the goods", "Prix des biens"),
    _INCOME: ("Yearly income", "Revenu annuel"),
    "NAME_INCOME_TYPE": ("Source of income", "Source de revenu"),
    "OCCUPATION_TYPE": ("Occupation", "Profession"),
    "DAYS_EMPLOYED": ("In this employment for", "Dans cet emploi depuis"),
    "DAYS_BIRTH": ("Age", "Âge"),
    "NAME_FAMILY_STATUS": ("Family status", "Situation familiale"),
    "CNT_CHILDREN": ("Children", "Enfants"),
    "NAME_HOUSING_TYPE": ("Housing", "Logement"),
}

_UNKNOWN = {"en": "not known", "fr": "inconnu"}
_YEARS = {"en": "{n} years", "fr": "{n} ans"}


def facts(columns: Sequence[str], x: Floats, language: str, protected: bool = False) -> list[ApplicationFact]:
    """The facts of the client ``x`` (n_columns,) that its features, ``columns``, hold, in ``language``. ``protected``:
    whether those of protected attributes are among them.
    """
    place = {name: i for i, name in enumerate(columns)}
    found = []
    for name, words in NAMES.items():
        if not protected and _is_protected(name):
            continue
        text = _text(name, place, x, language, protected)
        if text is not None:
            found.append(ApplicationFact(name, words[1 if language == "fr" else 0], text))
    return found


def _is_protected(name: str) -> bool:
    """Whether a fact is one of a protected attribute; of a text where all of its values are."""
    columns = _columns(name).values() if name in _TEXTS else name.split("/")
    return all(group_of(column) == PROTECTED for column in columns)


def _columns(name: str) -> dict[str, str]:
    """The published values of a text -> their 0/1 columns."""
    return {value: f"{name}_{descriptions.identifier(value)}" for value in _TEXTS[name]}


def _text(name: str, place: Mapping[str, int], x: Floats, language: str, protected: bool) -> str | None:
    """The fact in words; None where the model reads nothing of it."""
    if name in _TEXTS:
        return _published(name, place, x, language, protected)
    parts = name.split("/")
    if not all(part in place for part in parts):
        return None
    values = [float(x[place[part]]) for part in parts]
    if any(math.isnan(value) for value in values):
        return _UNKNOWN[language]
    return _NUMBERS.get(name, _amount)(*values, language)


def _amount(value: float, language: str) -> str:
    return in_words(value, "currency", "", language)


def _quotient(amount: float, annuity: float, language: str) -> str:
    return number(amount / annuity, 1, language) if annuity > 0 else _UNKNOWN[language]


def _age(days: float, language: str) -> str:
    # As people say it: whole years that are over.
    return _UNKNOWN[language] if days > 0 else _YEARS[language].format(n=number(math.floor(-days / YEAR), 0, language))


def _since(days: float, language: str) -> str:
    # Days before the application; what lies after it is the mark for a length that is not known.
    return _UNKNOWN[language] if days > 0 else days_in_words(math.floor(-days), language)


_NUMBERS: dict[str, Callable[..., str]] = {
    f"{_AMOUNT}/{_ANNUITY}": _quotient,
    "DAYS_BIRTH": _age,
    "DAYS_EMPLOYED": _since,
    "CNT_CHILDREN": lambda count, language: number(count, 0, language),
}

#: Texts of the application -> their published values.
_TEXTS: dict[str, Any] = {
    name: values for name, values in TABLES["application_test"].vocabularies.items() if name in NAMES
}


def _published(name: str, place: Mapping[str, int], x: Floats, language: str, protected: bool) -> str | None:
    """The text whose 0/1 column is 1; that it is not shown, of a value that tells a protected attribute."""
    columns = _columns(name)
    there = {value: place[column] for value, column in columns.items() if column in place}
    if not there:
        return None
    for value, i in there.items():
        if x[i] == 1:
            if not protected and group_of(columns[value]) == PROTECTED:
                return NOT_SHOWN[language]
            en, fr = descriptions.value("application", name, value)
            return fr if language == "fr" else en
    return _UNKNOWN[language]
