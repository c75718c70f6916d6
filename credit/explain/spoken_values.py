"""A feature and a client's value of it as people say them: "Gender = male", "Last change of the phone = 3 years and 2
months before the application", in English and French.

The tables count days and months from the application, those before it below 0; a flag is 0 or 1. A person reads how
long before or after the application something was, and yes or no.
"""

import math
import re
from functools import lru_cache

from credit.explain.explanation import TOGETHER, Contribution
from credit.i18n.numbers import value
from credit.i18n.periods import days_in_words, months_in_words

_IS = "{name} = {value}"
_ARE = "{name}, {value}"

#: In place of what is not shown to those who decide.
NOT_SHOWN = {"en": "not shown", "fr": "non affiché"}
#: The same of all protected attributes together.
NONE_SHOWN = {"en": "not shown", "fr": "non affichés"}

#: What 0 and 1 stand for: "Gender (0 = female, 1 = male)".
_ZERO_ONE = re.compile(r"\s*\(0 = ([^,)]+), 1 = ([^)]+)\)")

#: How a description says that a value is a day or a month counted from the application; a sum of such days is none.
_FROM_APPLICATION = re.compile(
    r", in days (?:before|from) the (?:application|present one)(?: \(<= 0\))?|, counted from the application \(<= 0\)"
    r"|, en jours (?:avant la demande(?: actuelle)?|à compter de la demande)(?: \(<= 0\))?"
    r"|, compté à partir de la demande \(<= 0\)"
)
_SUM = re.compile(r": (?:sum over|somme sur)")
#: How it says that a value is less another one, and may lie below 0 therefore.
_DIFFERENCE = re.compile(r", less the |, moins la ")
#: Lengths of time of which a year and more is said in years and months: how old somebody was, and how far apart.
_LENGTH = re.compile(r"^(?:Age of |Mean number of days between |Âge du |Nombre moyen de jours entre )")

_WHEN = {
    "en": {
        "before": "{time} before the application",
        "after": "{time} after the application",
        "at": "at the application",
    },
    "fr": {"before": "{time} avant la demande", "after": "{time} après la demande", "at": "au moment de la demande"},
}
_LESS = {"en": "{time} less", "fr": "{time} de moins"}
#: The same of amounts, where a description says one less the other.
_AMOUNT_LESS = re.compile(
    r"^(?:Price of the goods|Yearly income|Amount of the instalment) less (?!.*variance)|, less the mean |"
    r"^(?:Prix des biens|Revenu annuel|Montant de l'échéance) moins (?!.*variance)|, moins la moyenne "
)
_COMPARED = {
    "en": {-1: "{value} less", 0: "the same", 1: "{value} more"},
    "fr": {-1: "{value} de moins", 0: "autant", 1: "{value} de plus"},
}

#: What a description tells programs, and what is said in its place. The largest of days before the application is the
#: newest. An officer compares two amounts, and knows an average and a total, no mean and no sum over rows.
_FOR_PROGRAMS = (
    (re.compile(r"\(<= 0\)( ?): largest value over"), r"(<= 0)\1: the latest of"),
    (re.compile(r"\(<= 0\)( ?): smallest value over"), r"(<= 0)\1: the earliest of"),
    (re.compile(r"\(<= 0\)(\s?): plus grande valeur sur l'ensemble des"), r"(<= 0)\1: au plus tard, de l'ensemble des"),
    (re.compile(r"\(<= 0\)(\s?): plus petite valeur sur l'ensemble des"), r"(<= 0)\1: au plus tôt, de l'ensemble des"),
    (_FROM_APPLICATION, ""),
    (re.compile(r"\s*\(<= 0\)"), ""),
    (_ZERO_ONE, ""),
    (re.compile(r"^Whether there are "), "There are "),
    (re.compile(r"; missing where that is not known$|\u00a0; manquante là où elle n'est pas connue$"), ""),
    (
        re.compile(r"^Days past due until the payment, or until the application where nothing was paid"),
        "Days that an instalment was late, up to now where it is unpaid",
    ),
    (
        re.compile(r"^Jours de retard jusqu'au paiement, ou jusqu'à la demande si rien n'a été payé"),
        "Jours de retard d'une échéance, jusqu'à aujourd'hui si elle est impayée",
    ),
    (re.compile(r"^(Price of the goods|Yearly income|Amount of the instalment) less "), r"\1, compared with the "),
    (re.compile(r"^(Prix des biens|Revenu annuel|Montant de l'échéance) moins montant "), r"\1, comparé au montant "),
    (re.compile(r"^(Revenu annuel) moins échéance "), r"\1, comparé à l'échéance "),
    (re.compile(r", less the mean over "), ", compared with the average of "),
    (re.compile(r", moins la moyenne sur l'ensemble "), ", comparé à la moyenne de l'ensemble "),
    (re.compile(r"^Largest less smallest of "), "Spread from the smallest to the largest of "),
    (re.compile(r": largest value over "), ": largest of "),
    (re.compile(r": smallest value over "), ": smallest of "),
    (re.compile(r": mean over "), ": average of "),
    (re.compile(r": sum over "), ": total of "),
    (re.compile(r": variance over "), ": how much it varies among "),
    (re.compile(r"(\u00a0: )plus (grande|petite) valeur sur l'ensemble "), r"\1la plus \2 valeur de l'ensemble "),
    (re.compile(r"(\u00a0: )moyenne sur l'ensemble "), r"\1moyenne de l'ensemble "),
    (re.compile(r"(\u00a0: )somme sur l'ensemble "), r"\1total de l'ensemble "),
    (re.compile(r"(\u00a0: )variance sur l'ensemble "), r"\1variation au sein de l'ensemble "),
)


def label(one: Contribution, language: str) -> str:
    """What the feature is and the client's value of it, as people say it: "Gender = male"; of all protected ones as one
    "Protected attributes, not shown".
    """
    name = one.fr if language == "fr" else one.en
    form = _ARE if one.feature == TOGETHER else _IS
    return form.format(name=spoken(name), value=value_of(one, language))


def value_of(one: Contribution, language: str, protected: bool = True) -> str:
    """The client's value of a feature as people say it. ``protected``: whether that of a feature that is made from a
    protected attribute is said, too; else that it is not shown.
    """
    if one.feature == TOGETHER:
        return NONE_SHOWN[language]
    if one.protected and not protected:
        return NOT_SHOWN[language]
    french = language == "fr"
    return spoken_value(
        one.value, one.fr if french else one.en, one.unit, one.unit_fr if french else one.unit, language
    )


def spoken_value(known: float | None, name: str, unit: str, unit_word: str, language: str) -> str:
    """A feature's value ``known``, None where it is missing, in ``language``, "en" or "fr". Where its ``name`` says
    what 0 and 1 stand for, for neither is a yes, that; a time as one before or after the application. ``unit``,
    ``unit_word``: as of `credit.i18n.numbers.value`.
    """
    told = _ZERO_ONE.search(name)
    if told is not None and known in (0, 1):
        return told[int(known) + 1]
    if known is not None and unit == "currency" and _AMOUNT_LESS.search(name):
        side = (known > 0) - (known < 0)
        return _COMPARED[language][side].format(value=value(abs(known), unit, unit_word, language))
    if known is not None and unit in ("days", "months"):
        text = _time(known, name, unit, language)
        if text is not None:
            return text
    return value(known, "" if told else unit, unit_word, language)


def _time(known: float, name: str, unit: str, language: str) -> str | None:
    """A time in words; None where the number says it best: of days that are counted, such as 45 days past due."""
    in_words = days_in_words if unit == "days" else months_in_words
    if _FROM_APPLICATION.search(name) and not _SUM.search(name):
        whole = math.floor(abs(known))
        when = "at" if whole == 0 else "before" if known < 0 else "after"
        return _WHEN[language][when].format(time=in_words(whole, language))
    if _LENGTH.search(name) and known >= 0:
        return in_words(math.floor(known), language)
    if known < 0:
        word = {"days": {"en": "days", "fr": "jours"}, "months": {"en": "months", "fr": "mois"}}[unit][language]
        text = value(-known, unit, word, language)
        return _LESS[language].format(time=text) if _DIFFERENCE.search(name) else text if _SUM.search(name) else None
    return None


@lru_cache(maxsize=4096)
def spoken(name: str) -> str:
    """What a feature is without what its description tells programs: which values there are, and when none is."""
    for pattern, words in _FOR_PROGRAMS:
        name = pattern.sub(words, name)
    return name
