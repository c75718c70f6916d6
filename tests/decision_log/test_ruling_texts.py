"""Why a verdict is not taken, in both languages."""

import re

import pytest

from credit.decision_log.review_rulings import Ruling, RulingError, Terms, check_terms
from credit.decision_log.ruling_texts import _TEXTS


def test_every_rule_has_both_languages_and_french_fills_in_no_more():
    for rule, (en, fr) in _TEXTS.items():
        gaps, theirs = (set(re.findall(r"\{(\w+)\}", text)) for text in (en, fr))
        assert theirs <= gaps, rule
        assert not en[0].isupper(), rule
        assert not fr.endswith("."), rule


@pytest.mark.parametrize(
    ("broken", "en", "fr"),
    [
        (
            lambda: Ruling("accept", "other"),
            "the reason other says nothing alone: say it in words",
            "le motif «\u00a0Un autre motif, à préciser\u00a0» ne dit rien à lui seul\u00a0: précisez-le en mots",
        ),
        (
            lambda: Terms(amount=-5.0),
            "amount must be above 0 and at most 1000000000000, not -5",
            "le montant doit être supérieur à 0 et d'au plus 1\u202f000\u202f000\u202f000\u202f000, et non \u22125",
        ),
        (
            lambda: check_terms(Terms(months=12), 300_000.0, 20_000.0),
            "12 annuities of 20000 do not repay 300000: at least 15 do",
            "12 échéances de 20\u202f000 ne remboursent pas 300\u202f000\u00a0: il en faut au moins 15",
        ),
        (
            lambda: check_terms(Terms(amount=400_000.0), 300_000.0, 20_000.0),
            "amount must be at most what was applied for, 300000, not 400000: score a larger loan anew",
            "le montant est au plus celui qui a été demandé, 300\u202f000, et non 400\u202f000\u00a0: évaluez à "
            "nouveau un prêt plus élevé",
        ),
        (
            lambda: check_terms(Terms(months=600), 300_000.0, 10.0),
            "600 annuities of 10 do not repay 300000: lend less, or raise the annuity",
            "600 échéances de 10 ne remboursent pas 300\u202f000\u00a0: prêtez moins, ou relevez l'échéance",
        ),
        (
            lambda: Ruling("counteroffer", "known_client"),
            "terms belong to counteroffer, and it to them: give both or neither",
            "d'autres conditions vont avec «\u00a0accepter à d'autres conditions\u00a0», et inversement\u00a0: donnez "
            "les deux ou aucun",
        ),
    ],
)
def test_a_broken_rule_is_said_in_both(broken, en, fr):
    with pytest.raises(RulingError) as caught:
        broken()
    assert (str(caught.value), caught.value.text("fr")) == (en, fr)
