"""Days and moments as people read them: 30 November 2026, 1er décembre 2026, 2026-11-30 14:05:09."""

from datetime import UTC, date, datetime

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


def clock(moment: str) -> str:
    """A moment in ISO 8601, as the log writes it, as the pages show it: in UTC, to the second.

    >>> clock("2026-11-30T14:05:09.123456+00:00"), clock("2026-11-30T14:05:09+02:00")
    ('2026-11-30 14:05:09', '2026-11-30 12:05:09')
    """
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M:%S}"
