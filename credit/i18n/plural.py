"""Singular and plural of counted things, in English and French: 0 decisions, 1 decision; 0 décision, 2 décisions."""

from credit.i18n.numbers import number


def form(count: int, language: str) -> str:
    """ "one" or "other", as Unicode's CLDR has the plural rules: in English one is 1, in French 0 and 1."""
    return "one" if count == 1 or (language == "fr" and count == 0) else "other"


def things(count: int, one: str, other: str | None = None) -> str:
    """A count of things in English, for the command line: "1 decision", "1,200 decisions". ``other``: where it is not
    ``one`` with an s.
    """
    return f"{number(count, 0, 'en')} {one if form(count, 'en') == 'one' else other or one + 's'}"


def verb(count: int, one: str, other: str) -> str:
    """The form of a verb that goes with a count in English: "1 client changes sides", "2 clients change sides"."""
    return one if form(count, "en") == "one" else other
