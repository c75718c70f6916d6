"""Amounts of money with their currency, and the codes that are one."""

import pytest

from credit.i18n.currencies import CODES, currency_code, money


@pytest.mark.parametrize(
    ("amount", "code", "en", "fr"),
    [
        (300_000, "EUR", "EUR\u00a0300,000", "300\u202f000\u00a0EUR"),
        (7891.5, "USD", "USD\u00a07,891.50", "7\u202f891,50\u00a0USD"),
        (7891.125, "KWD", "KWD\u00a07,891.125", "7\u202f891,125\u00a0KWD"),
        (24, "", "24", "24"),
    ],
)
def test_an_amount_stands_as_its_language_has_it(amount, code, en, fr):
    assert (money(amount, code, "en"), money(amount, code, "fr")) == (en, fr)


def test_codes_are_those_of_legal_tender():
    assert {"EUR", "USD", "GBP", "CHF", "JPY", "XOF"} <= CODES
    assert not {"XAU", "XXX", "XTS", "DEM", "FRF"} & CODES
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in CODES)


def test_a_code_is_one_or_nothing():
    assert (currency_code(" EUR ", "X"), currency_code("", "X"), currency_code("  ", "X")) == ("EUR", "", "")
    with pytest.raises(ValueError, match=r"^X is one currency code of ISO 4217 such as EUR or USD, not '€'\.$"):
        currency_code("€", "X")
    with pytest.raises(ValueError, match=r"not 'eur'; did you mean EUR\.$"):
        currency_code("eur", "X")
