"""The letter of a counteroffer: the terms that are offered, why not those applied for, how to accept, in one notice."""

import re
from dataclasses import replace
from datetime import date

import pytest
from support.letters import BANK, numbers, reasons_of, words_of

from credit.decision_log.review_rulings import Ruling, Terms
from credit.decision_log.reviews import decide
from credit.letters import PROFILES, LetterError, LetterWriter, NoReason, OfferedTerms, refusal, without_letter
from credit.letters.letter_text import LANGUAGES
from credit.letters.verdict_sentences import SENTENCES

TODAY = date(2026, 12, 1)
LETTERS = [(profile, language) for profile in PROFILES for language in LANGUAGES]
#: In French a narrow no-break space parts thousands.
AMOUNT = {"en": "150,000", "fr": "150\u202f000"}


def offer(log, number, reason="not_affordable", **terms):
    terms = Terms(**(terms or {"amount": 150_000.0, "months": 24}))
    decide(log, number, Ruling("counteroffer", reason, "He is rude.", terms), "maria", "r")
    return number


@pytest.mark.parametrize(("profile", "language"), LETTERS)
def test_it_says_the_terms_the_reasons_how_to_accept_and_that_it_is_the_notice(service, log, profile, language):
    number = offer(log, numbers(service.scores, "refer")[0])
    found = refusal(log, number, language)
    assert found.offer == OfferedTerms(150_000.0, None, 24)
    page = LetterWriter(replace(BANK, offer_days=30)).write(found, TODAY, profile)
    words = re.sub(r"[ \n]+", " ", words_of(page))
    assert AMOUNT[language] in words
    assert ("Repaid in 24 months" if language == "en" else "Remboursement en 24 mois") in words
    assert ("All other terms are those" if language == "en" else "Toutes les autres conditions") in words
    assert reasons_of(page) == [SENTENCES["not_affordable"][LANGUAGES.index(language)]]
    # 30 days after 1 December.
    assert ("Tell us by 31 December 2026" if language == "en" else "au plus tard le 31 décembre 2026") in words
    assert ("this letter is also the notice that we refused" if language == "en" else "vaut alors aussi avis") in words
    for line in (*BANK.lines("name"), *BANK.lines("contact"), str(number), str(found.client)):
        assert line in words
    assert "rude" not in page
    assert "maria" not in page


@pytest.mark.parametrize(
    ("language", "loan", "each"),
    [("en", "EUR\u00a0150,000", "EUR\u00a06,412.50"), ("fr", "150\u202f000\u00a0EUR", "6\u202f412,50\u00a0EUR")],
)
@pytest.mark.parametrize("profile", PROFILES)
def test_amounts_name_the_banks_currency_and_months_none(service, log, profile, language, loan, each):
    number = offer(log, numbers(service.scores, "refer")[0], amount=150_000.0, annuity=6_412.5, months=24)
    found = refusal(log, number, language)
    words = words_of(LetterWriter(replace(BANK, currency="EUR")).write(found, TODAY, profile))
    assert loan in words
    assert each in words
    assert words.count("EUR") == 2
    assert "EUR" not in words_of(LetterWriter(BANK).write(found, TODAY, profile))


def test_that_of_the_united_states_follows_form_c_4_with_the_prescribed_notice(service, log):
    """12 CFR 1002.9(a)(1)(iv) and comment 9(a)(1)-6: one notice for both, so that no second one is owed."""
    number = offer(log, numbers(service.scores, "refer")[0])
    page = " ".join(LetterWriter(BANK).write(refusal(log, number, "en"), TODAY, "us").split())
    assert "we are unable to offer you credit on the terms that you requested" in page
    assert "The Federal Equal Credit Opportunity Act prohibits creditors" in page
    assert "Principal reasons for not granting the terms that you requested" in page
    for line in BANK.lines("supervisor"):
        assert line in page
    assert "Tell us, at the address below, and name the reference." in page  # the bank has set no term


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_of_the_european_union_has_the_rights_and_says_that_a_person_decided(service, log, language):
    number = offer(log, numbers(service.scores, "refuse")[0], "security_offered")
    found = refusal(log, number, language)
    words = words_of(LetterWriter(BANK).write(found, TODAY, "eu"))
    assert "2023/2225" in words
    assert "automated means alone" not in words
    for line in (*BANK.lines("data_protection"), *BANK.lines("supervisor")):
        assert line in words


@pytest.mark.parametrize(
    ("made", "reason"),
    [("refer", "as_scored"), ("refer", "known_client"), ("refuse", "known_client"), ("refuse", "security_offered")],
)
def test_what_speaks_for_the_client_leaves_the_reasons_of_the_machine(service, log, made, reason):
    """A security is why other terms are offered; why not those applied for is what the machine said."""
    number = next(
        one
        for one in numbers(service.scores, made)
        if log.find(one)["reasons"] and log.find(one)["probability"] >= log.find(one)["threshold"]
    )
    offer(log, number, reason)
    assert list(refusal(log, number, "en").reasons) == [one["text"] for one in log.find(number)["reasons"]]


def test_a_rule_of_the_bank_that_refused_is_the_reason(service, log, by_rule):
    number = offer(log, by_rule[-1], "security_offered")
    found = refusal(log, number, "fr")
    assert found.reasons == ("Vous n'êtes pas majeur(e).",)
    words = words_of(LetterWriter(BANK).write(found, TODAY, "eu"))
    assert "ne permet pas le prêt aux conditions demandées (Code civil, art. 1146)" in " ".join(words.split())


@pytest.mark.parametrize("made", ["accept", "refer", "refuse"])
def test_which_reasons_leave_no_letter_is_known_before_and_comes_true(service, log, made):
    for number in numbers(service.scores, made)[:2]:
        foretold = without_letter(log, log.find(number))
        assert {"other", "data_corrected"} <= set(foretold["refuse"])
        assert {"other", "data_corrected"} <= set(foretold["counteroffer"])
        assert ("as_scored" in foretold["refuse"]) == (
            log.find(number)["refer"]["low"] > log.find(number)["probability"]
        )
    number = numbers(service.scores, made)[2]
    foretold = without_letter(log, log.find(number))["counteroffer"]
    for reason, silent in (("data_corrected", True), ("not_affordable", False)):
        assert (reason in foretold) is silent
    offer(log, number, "data_corrected")
    with pytest.raises(NoReason, match="made a counteroffer to the client of decision"):
        refusal(log, number, "en")


def test_erased_terms_are_offered_by_no_letter(service, log):
    number = offer(log, numbers(service.scores, "refer")[0])
    log.erase(client=log.find(number)["client"], caller="anyone")
    with pytest.raises(NoReason, match=r"The terms of the counteroffer .* are erased"):
        refusal(log, number, "en")


def test_a_bank_brings_its_own_offer_which_has_to_say_the_terms(tmp_path):
    reasons = "{% for reason in refusal.reasons %}<li>{{ reason }}</li>{% endfor %}"
    own = tmp_path / "us.offer.en.html"
    own.write_text(reasons)
    with pytest.raises(LetterError, match=r"The letter us.offer.en.html says not all terms"):
        LetterWriter(BANK, tmp_path)
    own.write_text(reasons + "{{ offer.amount }} {{ offer.annuity }} {{ offer.months }}")
    LetterWriter(BANK, tmp_path)
    (tmp_path / "us.offers.en.html").write_text("")
    with pytest.raises(LetterError, match=r"us.offers.en.html, which no letter uses"):
        LetterWriter(BANK, tmp_path)
