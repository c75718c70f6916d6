"""Days as people read them, in English and French: 30 November 2026, 1er décembre 2026."""

from datetime import date

_MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
        *("November", "December"),
    ),
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre"),
        *("novembre", "décembre"),
    ),
}


def day(found: date, language: str) -> str:
    """A day with its month in words.

    >>> day(date(2026, 12, 1), "en"), day(date(2026, 12, 1), "fr")
    ('1 December 2026', '1er décembre 2026')
    """
    number = "1er" if language == "fr" and found.day == 1 else str(found.day)
    return f"{number} {_MONTHS[language][found.month - 1]} {found.year}"
