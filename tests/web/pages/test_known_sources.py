"""The tables that were known, as officers call where they come from."""

import pytest

from credit.tables import HISTORIES
from credit.web.pages.known_sources import sources, table_words


@pytest.mark.parametrize(
    ("sent", "en", "fr"),
    [
        (None, [], []),
        ("application", ["application"], ["demande"]),
        ("application,bureau", ["application", "credit bureau"], ["demande", "bureau de crédit"]),
        (
            "application,POS_CASH_balance",
            ["application", "own earlier loans (in part)"],
            ["demande", "prêts antérieurs ici (en partie)"],
        ),
        (
            "application,previous_application,POS_CASH_balance,installments_payments,credit_card_balance",
            ["application", "own earlier loans"],
            ["demande", "prêts antérieurs ici"],
        ),
    ],
)
def test_tables_are_told_by_their_source(sent, en, fr):
    assert (sources(sent, "en"), sources(sent, "fr")) == (en, fr)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_history_has_words_of_its_own(language):
    words = table_words(language)
    assert words.keys() == set(HISTORIES)
    assert len(set(words.values())) == len(words)
    assert not any("_" in text for text in words.values())
