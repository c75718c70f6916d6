"""Why a verdict cannot be taken, in English and French: each rule with its next step.

English names verdicts and reasons by their codes, for programs and the command line; French, which people alone ask
for, by what the page calls them. A value in braces is filled in where the rule is broken.
"""

from typing import Any

from credit.decision.policy import ACCEPT, REFUSE
from credit.decision.review_reasons import BY_CODE, COUNTEROFFER, REOPEN
from credit.i18n.numbers import number

#: Rule -> its sentence, which begins small and ends without a full stop.
_TEXTS: dict[str, tuple[str, str]] = {
    "terms_empty": (
        "the terms of a counteroffer are amount, annuity or months: give at least one of them",
        "les autres conditions sont le montant, l'échéance ou les mois\u00a0: donnez-en au moins une",
    ),
    "positive": (
        "{name} must be above 0 and at most {most}, not {value}",
        "{name} doit être supérieur à 0 et d'au plus {most}, et non {value}",
    ),
    "months_range": (
        "months must be from 1 to {most}, not {value}",
        "le nombre de mois va de 1 à {most}, et n'est pas {value}",
    ),
    "months_whole": (
        "months is a whole number, not {value}",
        "le nombre de mois est un nombre entier, et non {value}",
    ),
    "verdict": ("a verdict is one of {codes}, not {value}", "la décision est l'une de {codes}, et non {value}"),
    "reason": (
        "the reason of {verdict} is one of {codes}, not {value}",
        "le motif de «\u00a0{verdict}\u00a0» est l'un de la liste, et non {value}",
    ),
    "words_long": (
        "words are at most {most} characters, not {value}: shorten them",
        "le texte a {most} caractères au plus, et non {value}\u00a0: raccourcissez-le",
    ),
    "words_wanted": (
        "the reason {reason} says nothing alone: say it in words",
        "le motif «\u00a0{reason}\u00a0» ne dit rien à lui seul\u00a0: précisez-le en mots",
    ),
    "terms_belong": (
        "terms belong to {verdict}, and it to them: give both or neither",
        "d'autres conditions vont avec «\u00a0{verdict}\u00a0», et inversement\u00a0: donnez les deux ou aucun",
    ),
    "as_scored": (
        "the score says {outcome}, and {reason} means that the review confirms it: give your own reason for this "
        "{verdict}",
        "le score dit «\u00a0{outcome}\u00a0», et le motif «\u00a0{reason}\u00a0» le confirme\u00a0: donnez votre "
        "propre motif pour «\u00a0{verdict}\u00a0»",
    ),
    "bank_rule": (
        "a rule of the bank says {outcome}, and {reason} means that the review confirms it: give your own reason for "
        "this {verdict}",
        "une règle de la banque dit «\u00a0{outcome}\u00a0», et le motif «\u00a0{reason}\u00a0» la confirme\u00a0: "
        "donnez votre propre motif pour «\u00a0{verdict}\u00a0»",
    ),
    "rule_refuses_offer": (
        "the rule {refusing} refuses the loan on these terms, too: offer others, or refuse",
        "la règle {refusing} refuse aussi le prêt à ces conditions\u00a0: proposez-en d'autres, ou refusez",
    ),
    "rule_unnamed": (
        "the log has no rule of the bank that says {verdict} here: name it in words",
        "le journal n'a ici aucune règle de la banque qui dise «\u00a0{verdict}\u00a0»\u00a0: nommez-la en mots",
    ),
    "amount_larger": (
        "amount must be at most what was applied for, {loan}, not {value}: score a larger loan anew",
        "le montant est au plus celui qui a été demandé, {loan}, et non {value}\u00a0: évaluez à nouveau un prêt plus "
        "élevé",
    ),
    "terms_same": (
        "the terms are those that were applied for: change one of them, or accept",
        "ces conditions sont celles de la demande\u00a0: changez-en une, ou acceptez",
    ),
    "annuity_larger": (
        "an annuity of {value} is more than the loan of {loan}",
        "une échéance de {value} dépasse le prêt de {loan}",
    ),
    "annuity_raised": (
        "annuity must be at most what was applied for, {annuity}, not {value}: score a loan with a higher one anew",
        "l'échéance est au plus celle qui a été demandée, {annuity}, et non {value}\u00a0: évaluez à nouveau un prêt à "
        "échéance plus élevée",
    ),
    "annuity_stays": (
        "the reason {reason} says that instalments of {annuity} are too high, and the offer has {value}: offer a lower "
        "annuity, or give another reason",
        "le motif «\u00a0{reason}\u00a0» dit que des échéances de {annuity} sont trop élevées, et l'offre en a de "
        "{value}\u00a0: proposez une échéance plus basse, ou donnez un autre motif",
    ),
    "months_few": (
        "{value} annuities of {annuity} do not repay {loan}: at least {least} do",
        "{value} échéances de {annuity} ne remboursent pas {loan}\u00a0: il en faut au moins {least}",
    ),
    "never_repaid": (
        "{value} annuities of {annuity} do not repay {loan}: lend less, or raise the annuity",
        "{value} échéances de {annuity} ne remboursent pas {loan}\u00a0: prêtez moins, ou relevez l'échéance",
    ),
}

#: What the page calls verdicts and terms in French.
_FRENCH = {
    ACCEPT: "accepter",
    REFUSE: "refuser",
    COUNTEROFFER: "accepter à d'autres conditions",
    REOPEN: "faire réexaminer",
    "amount": "le montant",
    "annuity": "l'échéance",
}

#: Values that are codes of verdicts, reasons or terms.
_CODES = ("verdict", "outcome", "reason", "name")


def sentence(rule: str, language: str, **values: Any) -> str:
    """The sentence of a broken ``rule`` in ``language``, en or fr. ``values``: of its braces; amounts as numbers."""
    french = language == "fr"
    words = {name: _french(name, value) if french else _english(value) for name, value in values.items()}
    return _TEXTS[rule][1 if french else 0].format(**words)


def _english(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _french(name: str, value: Any) -> str:
    if isinstance(value, int | float):
        return number(value, 0 if value == int(value) else 2, "fr")
    if name in _CODES and (value in _FRENCH or value in BY_CODE):
        return _FRENCH.get(value) or BY_CODE[value].fr
    return str(value)
