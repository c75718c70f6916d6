"""One word for one thing in all that is said in French."""

from pathlib import Path

import pytest

CREDIT = Path(__file__).parents[2] / "credit"
TEXTS = sorted(
    path for path in CREDIT.rglob("*") if path.suffix in (".py", ".json", ".html", ".js", ".txt", ".css", ".toml")
)

#: What is not said -> the word that is. An instalment is an échéance: an annuité is one of a year, and a loan of months
#: has none; a mensualité is one of a month, and the tables do not say that each is.
ONE_WORD = {"annuité": "échéance", "mensualité": "échéance", "traite mensuelle": "échéance"}


@pytest.mark.parametrize("word", ONE_WORD)
def test_a_payment_of_a_loan_has_one_name(word):
    found = [
        f"{path.relative_to(CREDIT)}, line {number}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if word in line.lower()
    ]
    assert not found, f"say {ONE_WORD[word]} for {word}: {', '.join(found)}"


def test_the_texts_are_there():
    assert any("échéance" in path.read_text(encoding="utf-8") for path in TEXTS if path.suffix == ".json")
