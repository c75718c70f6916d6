"""The bars of a waterfall: the largest features alone, and the many others together by where they come from.

A client has a thousand features, most of which move a probability a little. One bar for all but the largest would be
the longest of the picture and say nothing: so those of one source share a bar. All bars add up to the client's score.
"""

from collections import defaultdict
from functools import cache

from credit.explain.explanation import TOGETHER, Contribution, Explanation
from credit.explain.spoken_values import label
from credit.i18n.numbers import number
from credit.i18n.plural import form

#: Features that get a bar of their own, and bars in all: no more fit on the printed sheet.
SHOWN, BARS = 6, 11

#: Source -> what its features are called, in English and French. The scores of others come with the application.
_SOURCES = {
    "scores": ("Scores of other providers", "Scores d'autres fournisseurs"),
    "application": ("The application", "La demande"),
    "bureau": ("Loans at the credit bureau", "Crédits au bureau de crédit"),
    "previous_application": ("Earlier applications here", "Demandes antérieures ici"),
    "POS_CASH_balance": ("Instalment loans here", "Prêts à échéances ici"),
    "installments_payments": ("Instalments paid here", "Échéances payées ici"),
    "credit_card_balance": ("Credit cards here", "Cartes de crédit ici"),
}

_OTHERS = {
    "en": {"one": "{n} other feature", "other": "{n} other features"},
    "fr": {"one": "{n} autre variable", "other": "{n} autres variables"},
}
_OF_SOURCE = {"en": "{source}: {others}", "fr": "{source}\u00a0: {others}"}


def rows(explanation: Explanation, language: str, most: int = SHOWN, protected: bool = True) -> list[tuple[str, float]]:
    """The bars, `BARS` at most: (label, contribution in log odds). First the ``most`` largest features, then the others
    by source, the largest sum first, at last what is left.

    ``explanation``: of one client. ``language``: of the labels, en or fr. ``protected``: whether protected features
    have bars of their own, and their values are said; else they are one, and part of no source.
    """
    drawn = explanation if protected else explanation.protected_together()
    shown, _ = drawn.largest(most)
    found = [(label(one, language), one.contribution) for one in shown]
    together: dict[str, list[Contribution]] = defaultdict(list)
    for one in drawn.contributions[len(shown) :]:
        together[source_of(one.feature)].append(one)
    left = together.pop("", [])
    sums = {source: sum(one.contribution for one in some) for source, some in together.items()}
    room = max(BARS - 1 - len(found), 0)
    ranked = sorted(sums, key=lambda source: -abs(sums[source]))
    for place, source in enumerate(ranked):
        if place < room and sums[source] != 0:
            words = _SOURCES[source][1 if language == "fr" else 0]
            others = _others(together[source], language)
            found.append((_OF_SOURCE[language].format(source=words, others=others), sums[source]))
        else:
            left += together[source]
    rest = sum(one.contribution for one in left)
    if left and (rest != 0 or not found):
        found.append((_others(left, language), rest))
    return found


def source_of(feature: str) -> str:
    """Where a feature comes from, of `_SOURCES`; empty for all protected ones together and what no table makes."""
    return "" if feature == TOGETHER else _tables().get(feature, "")


@cache
def _tables() -> dict[str, str]:
    # As of `credit.explain.feature_texts`: a service that is never asked for an explanation does without.
    from credit.features import FEATURES

    return {one.name: "scores" if one.name.startswith("EXT_SOURCE_") else one.table for one in FEATURES}


def _others(some: list[Contribution], language: str) -> str:
    count = sum(one.features for one in some)
    return _OTHERS[language][form(count, language)].format(n=number(count, 0, language))
