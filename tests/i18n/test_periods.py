"""Lengths of time, worked out by hand: a year has 365.25 days, a month a twelfth of it."""

import pytest

from credit.i18n.periods import days_in_words, months_in_words


@pytest.mark.parametrize(
    ("days", "en", "fr"),
    [
        (0, "0 days", "0 jour"),
        (1, "1 day", "1 jour"),
        (60, "60 days", "60 jours"),
        (61, "2 months", "2 mois"),  # 60.875 days
        (365, "11 months", "11 mois"),
        (366, "1 year", "1 an"),
        (1156, "3 years and 1 month", "3 ans et 1 mois"),  # 1,095.75 and 60.25
        (730, "1 year and 11 months", "1 an et 11 mois"),
        (731, "2 years", "2 ans"),
        (14_610, "40 years", "40 ans"),
    ],
)
def test_days_are_said_in_years_and_months(days, en, fr):
    assert (days_in_words(days, "en"), days_in_words(days, "fr")) == (en, fr)


@pytest.mark.parametrize(
    ("months", "en"), [(0, "0 months"), (1, "1 month"), (12, "1 year"), (26, "2 years and 2 months")]
)
def test_months_are_said_in_years_and_months(months, en):
    assert months_in_words(months, "en") == en
