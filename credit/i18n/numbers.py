"""Numbers as people read them, in English and French: 1,234.5 is 1 234,5 in French; a real minus; yes for 1."""

_YES_NO = {"en": ("no", "yes"), "fr": ("non", "oui")}
_UNKNOWN = {"en": "not known", "fr": "valeur inconnue"}


def number(value: float, decimals: int, language: str, sign: bool = False) -> str:
    """``value`` with so many ``decimals``, as people write it in ``language``, "en" or "fr"; ``sign``: a plus before
    what is not below 0.
    """
    text = f"{value:{'+' if sign else ''},.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.replace("-", "+" if sign else "")  # -0.00 is no number that anybody writes
    if language == "fr":
        text = text.replace(",", "\u202f").replace(".", ",")
    return text.replace("-", "\u2212")


def percent(share: float, language: str) -> str:
    """A share in [0, 1] as a percentage with one decimal."""
    return f"{number(100 * share, 1, language)}\u00a0%"


def value(known: float | None, unit: str, unit_word: str, language: str) -> str:
    """A feature's value with its unit. ``known``: the value, None where it is missing. ``unit``: as in
    `credit.features.Feature`; ``unit_word``: in ``language``.
    """
    if known is None:
        return _UNKNOWN[language]
    if unit == "0/1" and known in (0, 1):
        return _YES_NO[language][int(known)]
    if unit == "share":
        return percent(known, language)
    if unit in ("currency", "days", "count", "months", "hours", "years", "code"):
        decimals = 0 if known == int(known) or abs(known) >= 100 else 1
    else:
        decimals = 0 if abs(known) >= 1000 else 3 if abs(known) < 10 else 1
    text = number(known, decimals, language)
    plain = unit in ("currency", "count", "ratio", "code", "0/1", "score 0-1", "rating 1-3", "")
    return text if plain else f"{text} {unit_word}"
