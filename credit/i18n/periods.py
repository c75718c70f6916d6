"""Lengths of time as people say them, in English and French: 3 years and 2 months, 1 an et 1 mois, 45 days."""

import math

from credit.i18n.numbers import number
from credit.i18n.plural import form

#: Days of a year and of a month, on average.
YEAR, MONTH = 365.25, 30.4375

#: Up to so many days are said as days: "45 days" is more than "1 month".
_FEW = 60

_WORDS = {
    "en": {"year": ("year", "years"), "month": ("month", "months"), "day": ("day", "days"), "and": " and "},
    "fr": {"year": ("an", "ans"), "month": ("mois", "mois"), "day": ("jour", "jours"), "and": " et "},
}


def days_in_words(days: int, language: str) -> str:
    """So many ``days``, 0 or more, in days up to 60, else in years and months that are over.

    >>> days_in_words(45, "en"), days_in_words(1156, "en"), days_in_words(366, "fr")
    ('45 days', '3 years and 1 month', '1 an')
    """
    if days <= _FEW:
        return _things(days, "day", language)
    years = math.floor(days / YEAR)
    return months_in_words(12 * years + math.floor((days - years * YEAR) / MONTH), language)


def months_in_words(months: int, language: str) -> str:
    """So many ``months``, 0 or more, in years and months.

    >>> months_in_words(7, "en"), months_in_words(24, "en"), months_in_words(25, "fr")
    ('7 months', '2 years', '2 ans et 1 mois')
    """
    years, rest = divmod(months, 12)
    parts = [_things(years, "year", language)] if years else []
    if rest or not years:
        parts.append(_things(rest, "month", language))
    return str(_WORDS[language]["and"]).join(parts)


def _things(count: int, name: str, language: str) -> str:
    one, other = _WORDS[language][name]
    return f"{number(count, 0, language)} {one if form(count, language) == 'one' else other}"
