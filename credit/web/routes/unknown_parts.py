"""What is not known of a client, in the answer of POST /score: what knowing it would change, and what that is worth."""

import re

from credit.decision.segments import ClientTerms
from credit.decision.value_of_information import Worth
from credit.features import descriptions, history_flags
from credit.features.information_sources import APPLICATION
from credit.i18n.numbers import number, percent
from credit.model.scorer import Floats
from credit.web.answers.decisions import UnknownPart
from credit.web.service import Service

_TEXTS = {
    "en": {
        "part": "Missing information: {part}{columns}. Knowing it would put the probability of default between {low} "
        "and {high} four times out of five; ",
        "columns": ", namely {names}",
        "weightiest": ", above all {names}",
        "change": "it would lie on the other side of the threshold of {threshold} with a probability of {chance}",
        "same": "it would lie on the other side of the threshold of {threshold} in less than 2\u00a0% of such cases",
        "worth": ", which is worth {worth} on average, in the currency of the loan",
    },
    "fr": {
        "part": "Information manquante\u00a0: {part}{columns}. La connaître placerait la probabilité de défaut entre "
        "{low} et {high} quatre fois sur cinq\u00a0; ",
        "columns": ", à savoir\u00a0: {names}",
        "weightiest": ", surtout\u00a0: {names}",
        "change": "elle passerait de l'autre côté du seuil de {threshold} avec une probabilité de {chance}",
        "same": "elle passerait de l'autre côté du seuil de {threshold} dans moins de 2\u00a0% des cas",
        "worth": ", ce qui vaut {worth} en moyenne, dans la monnaie du prêt",
    },
}


#: What a phrase for a column says of its values, which is of no matter here: "(<= 0)", "in days before ...". A word in
#: brackets, "(region)", is no such thing, "(normalised)" is.
_OF_VALUES = re.compile(r"\s*\((?:<= )?\d.*|, (?:in|en) .*|\s*\(normali[^)]*\)|, (?:valeur )?normali[^)]*")

#: What is true of a client whose value is 1, as the question that is open: "whether the client gave ...".
_AS_QUESTIONS = {
    "en": (
        (re.compile(r"^gave "), "whether the client gave "),
        (re.compile(r"^owns "), "whether the client owns "),
        (re.compile(r"^can be "), "whether the client can be "),
        (re.compile(r"^(permanent|contact) address differs from "), r"whether the \1 address differs from the "),
    ),
    "fr": (
        (re.compile(r"^a donné "), "si le client a donné "),
        (re.compile(r"^possède "), "si le client possède "),
        (re.compile(r"^joignable "), "si le client est joignable "),
    ),
}

#: History -> English and French words for its rows.
_ROWS = {rows.table: (rows.en, rows.fr) for rows in history_flags.ROWS}


def named(name: str, language: str) -> str:
    """A column of the application or a history in words: "external score 2", "whether the client gave a home phone
    number". Which columns these are stands in the answer: an officer reads no names of columns.
    """
    at = 1 if language == "fr" else 0
    if name in _ROWS:
        return _ROWS[name][at]
    about = descriptions.column("application", name)
    phrase = _OF_VALUES.sub("", (about.en, about.fr)[at])
    phrase = f"{phrase[0].lower()}{phrase[1:]}"
    for pattern, question in _AS_QUESTIONS[language]:
        phrase = pattern.sub(question, phrase)
    return phrase


def unknown(
    service: Service, X: Floats, probability: Floats, language: str, terms: ClientTerms
) -> list[list[UnknownPart]] | None:
    """For each client of ``X`` (n_clients, n_columns) its unknown parts, what is worth most first.

    ``service``: with the policy. ``probability``: (n_clients,) of default. ``language``: of the texts, en or fr.
    ``terms``: by which they are decided on. None where the model's manifest says nothing of them.
    """
    known = service.policy.unknown
    if known is None:
        return None
    thresholds = [percent(one, language) for one in terms.threshold.tolist()]
    return [
        [_described(one, threshold, language) for one in of_client]
        for of_client, threshold in zip(known.of(X, probability, terms), thresholds, strict=True)
    ]


def _described(one: Worth, threshold: str, language: str) -> UnknownPart:
    return UnknownPart(
        part=one.part.name,
        columns=list(one.columns),
        low=one.low,
        high=one.high,
        chance=one.chance,
        worth=None if one.worth is None else round(one.worth, 2),
        text=_sentence(one, threshold, language),
    )


def _sentence(one: Worth, threshold: str, language: str) -> str:
    texts = _TEXTS[language]
    # Of the application the weightiest are named, of the other parts all that are missing.
    names = ", ".join(named(name, language) for name in one.columns)
    columns = texts["weightiest" if one.part is APPLICATION else "columns"].format(names=names)
    found = texts["part"].format(
        part=one.part.fr if language == "fr" else one.part.en,
        columns=columns if one.columns else "",
        low=percent(one.low, language),
        high=percent(one.high, language),
    )
    if one.chance == 0:
        return f"{found}{texts['same'].format(threshold=threshold)}."
    found += texts["change"].format(threshold=threshold, chance=percent(one.chance, language))
    if one.worth is not None and one.worth > 0:  # below 0 the change costs, since the threshold is not break-even
        found += texts["worth"].format(worth=number(one.worth, 0, language))
    return f"{found}."
