"""How sure a probability is, in words: in the answer of POST /score, and on the page of a decision."""

from collections.abc import Mapping
from typing import Any

from credit.decision.certainty import TRUTH, Certainty
from credit.i18n.numbers import number, percent
from credit.web.answers.decisions import ProbabilityInterval

_TEXTS = {
    "en": {
        "truth": "Of clients like this one, of whom as much is known, nine in ten have a probability of default "
        "between {low} and {high}.",
        "fuller_answer": "If all were known of this client, the probability of default would lie between {low} and "
        "{high} nine times out of ten; how far clients differ of whom all is known, no outcome shows.",
        "rate": "The default rate of clients with this answer lies between {low} and {high}, measured on "
        "{clients} clients.",
        "below": "That is less than the model says.",
        "above": "That is more than the model says.",
        "no_rate": "How many such clients default was not measured: too few did.",
        "crosses": "The probability at which accepting and refusing cost the same lies between these ends: knowing "
        "more may change what is right to do.",
    },
    "fr": {
        "truth": "Parmi les clients comme celui-ci, dont on sait autant, neuf sur dix ont une probabilité de défaut "
        "entre {low} et {high}.",
        "fuller_answer": "Si tout était connu de ce client, la probabilité de défaut se situerait entre {low} et "
        "{high} neuf fois sur dix\u00a0; à quel point diffèrent des clients dont tout est connu, aucun "
        "résultat ne le montre.",
        "rate": "Le taux de défaut des clients qui ont cette réponse se situe entre {low} et {high}, mesuré sur "
        "{clients} clients.",
        "below": "C'est moins que ce que dit le modèle.",
        "above": "C'est plus que ce que dit le modèle.",
        "no_rate": "Combien de clients comparables font défaut n'a pas été mesuré\u00a0: ils sont trop peu nombreux.",
        "crosses": "La probabilité à laquelle accepter et refuser coûtent autant se trouve entre ces bornes\u00a0: en "
        "savoir plus peut changer ce qu'il convient de faire.",
    },
}


def interval(one: Certainty, probability: float, language: str) -> ProbabilityInterval:
    """As the answer has it. ``probability``: the model's answer."""
    return ProbabilityInterval(
        low=one.low,
        high=one.high,
        of=one.of,
        rate_low=one.rate_low,
        rate_high=one.rate_high,
        rate_clients=one.rate_clients,
        crosses_break_even=one.crosses_break_even,
        text=_sentences(one, probability, language),
    )


def logged(written: Mapping[str, Any], language: str) -> str:
    """The client's own interval as the log has it, in words."""
    sentence = _TEXTS[language]["truth" if written["of"] == TRUTH else "fuller_answer"]
    low, high = (percent(written[end], language) for end in ("low", "high"))
    crosses = f" {_TEXTS[language]['crosses']}" if written["crosses_break_even"] else ""
    return f"{sentence.format(low=low, high=high)}{crosses}"


def _sentences(one: Certainty, probability: float, language: str) -> str:
    texts = _TEXTS[language]
    found = [texts[one.of].format(low=percent(one.low, language), high=percent(one.high, language))]
    if one.rate_low is None or one.rate_high is None:
        found.append(texts["no_rate"])
    else:
        ends = {"low": percent(one.rate_low, language), "high": percent(one.rate_high, language)}
        found.append(texts["rate"].format(clients=number(one.rate_clients, 0, language), **ends))
        if not one.rate_low <= probability <= one.rate_high:  # the answer cannot be taken at its word here
            found.append(texts["below" if one.rate_high < probability else "above"])
    if one.crosses_break_even:
        found.append(texts["crosses"])
    return " ".join(found)
