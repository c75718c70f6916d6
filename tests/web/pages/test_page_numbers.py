"""Numbers that the page writes are those of the server's sentences and letters, digit by digit."""

import pytest

from credit.i18n import numbers

WRITE = """async ([written, values, ...options]) => {
    const words = await import(document.querySelector("script[type=module]").src.replace(/[^/]+$/, "words.js"));
    return values.map((value) => words[written](value, ...options));
}"""


@pytest.fixture(params=["en", "fr"])
def language(request):
    return request.param


@pytest.fixture
def page(reader, server, language):
    return reader(server).open(f"/?lang={language}")


def test_every_share_of_four_decimals_is_the_same_percentage(page, language):
    """12.35 is 12.3499999999999996 to Python; to a browser, by itself, it is the decimal 12.35, and rounded up."""
    shares = [place / 10_000 for place in range(10_001)]
    told = page.evaluate(WRITE, ["percent", shares])
    assert told == [numbers.percent(share, language) for share in shares]
    known = {"en": ["12.3\u00a0%", "6.2\u00a0%", "0.1\u00a0%"], "fr": ["12,3\u00a0%", "6,2\u00a0%", "0,1\u00a0%"]}
    assert [told[place] for place in (1_235, 625, 5)] == known[language]


def test_amounts_are_the_same_and_none_is_minus_zero(page, language):
    amounts = [2.5, -0.4, -2.5, 0, 1_234.5, 16_777_217.5, -1_000_000, 1e22]
    assert page.evaluate(WRITE, ["number", amounts, 0]) == [numbers.number(one, 0, language) for one in amounts]


def test_steps_with_a_sign_are_the_same(page, language):
    steps = [0.125, -0.125, 0.375, 1.005, 1.015, -2.675]
    assert page.evaluate(WRITE, ["signed", steps]) == [numbers.number(one, 2, language, sign=True) for one in steps]
