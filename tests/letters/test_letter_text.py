"""The letter as a page: what law asks for, what a client must not read, and the bank's own templates."""

import re
from dataclasses import replace
from datetime import date

import pytest
from support.letters import BANK, BODY, LAW, reasons_of, used_of, words_of

from credit.explain import PROTECTED, group_of
from credit.explain.feature_texts import about
from credit.features import COLUMNS
from credit.i18n.numbers import percent
from credit.letters import PROFILES, BankDetails, LetterError, LetterWriter, refusal
from credit.letters.letter_text import LANGUAGES

TODAY = date(2026, 12, 1)
LETTERS = [(profile, language) for profile in PROFILES for language in LANGUAGES]


@pytest.fixture
def writer():
    return LetterWriter(BANK)


@pytest.mark.parametrize(("profile", "language"), LETTERS)
def test_every_letter_says_what_it_has_to(writer, log, by_model, profile, language):
    found = refusal(log, by_model[0], language)
    page = writer.write(found, TODAY, profile)
    assert reasons_of(page) == list(found.reasons)
    assert used_of(page) == list(found.used)
    words = words_of(page)
    for line in (*BANK.lines("name"), *BANK.lines("contact")):
        assert line in words
    assert f'<html lang="{language}">' in page
    assert ("1 December 2026" if language == "en" else "1er décembre 2026") in words
    assert ("refus" in words.lower()) or ("cannot approve" in words) or ("denial" in words)
    assert str(found.decision) in words
    assert str(found.client) in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_of_the_european_union_names_the_rights_and_where_to_turn(writer, log, by_model, language):
    found = refusal(log, by_model[0], language)
    words = words_of(writer.write(found, TODAY, "eu"))
    for line in (*BANK.lines("data_protection"), *BANK.lines("supervisor"), *BANK.lines("credit_bureau")):
        assert line in words
    assert "2016/679" in words
    assert "2023/2225" in words
    assert ("automated means alone" if language == "en" else "entièrement automatisée") in words
    assert percent(found.probability, language) in words
    assert percent(0.16, language) in words
    for right in ("person of our bank", "point of view", "contest") if language == "en" else ("personne", "contester"):
        assert right in words


def test_the_letter_of_the_united_states_has_the_prescribed_notice_and_the_30_days(writer, log, by_model):
    found = replace(refusal(log, by_model[0], "en"), applied=date(2026, 11, 20))
    page = writer.write(found, TODAY, "us")
    text = re.sub(r"\s+", " ", page)
    # 12 CFR 1002.9(b)(1).
    assert (
        "The Federal Equal Credit Opportunity Act prohibits creditors from discriminating against credit applicants on "
        "the basis of race, color, religion, national origin, sex, marital status, age (provided the applicant has the "
        "capacity to enter into a binding contract); because all or part of the applicant's income derives from any "
        "public assistance program; or because the applicant has in good faith exercised any right under the Consumer "
        "Credit Protection Act. The Federal agency that administers compliance with this law concerning this creditor "
        "is:"
    ) in text
    words = words_of(page)
    for line in (*BANK.lines("supervisor"), *BANK.lines("credit_bureau"), *BANK.lines("address")):
        assert line in words
    # Section 615(a) of the Fair Credit Reporting Act.
    assert "played no part in our decision" in words
    assert "no later than 60 days after you receive this notice" in words
    assert "20 December 2026" not in words  # when to send it is the desk's business, which the command tells
    assert PROFILES["us"].due(date(2026, 11, 20)) == date(2026, 12, 20)
    assert PROFILES["eu"].due(date(2026, 11, 20)) is None


@pytest.mark.parametrize("profile", ["eu", "us"])
def test_a_bureau_is_named_where_one_was_asked_and_nowhere_else(writer, log, by_model, profile):
    found = refusal(log, by_model[0], "en")
    without = replace(found, bureau=False, used=("your application",))
    assert "Bureau of Records" in writer.write(found, TODAY, profile)
    assert "Bureau of Records" not in writer.write(without, TODAY, profile)
    silent = LetterWriter(replace(BANK, credit_bureau=""))
    assert silent.write(without, TODAY, profile)
    with pytest.raises(LetterError, match=f"A letter of the profile {profile} wants BANK_CREDIT_BUREAU: set it."):
        silent.write(found, TODAY, profile)


@pytest.mark.parametrize(("profile", "language"), LETTERS)
def test_a_refusal_by_a_rule_names_its_reason_and_law_and_no_estimate(writer, log, by_rule, profile, language):
    found = refusal(log, by_rule[0], language)
    page = writer.write(found, TODAY, profile)
    assert reasons_of(page) == list(found.reasons)
    words = words_of(page)
    assert LAW[language] in words
    assert "of_age" not in words  # the bank's own name of it
    assert percent(found.probability, language) not in words


@pytest.mark.parametrize(("profile", "language"), LETTERS)
def test_no_letter_speaks_of_a_protected_attribute_or_another_client(writer, log, service, by_model, profile, language):
    protected = [about(name) for name in COLUMNS if group_of(name) == PROTECTED]
    phrases = [one.fr if language == "fr" else one.en for one in protected]
    assert len(phrases) > 10
    others = {str(one["SK_ID_CURR"]) for one in BODY}
    told = {one["decision_id"]: one for one in service.scores}
    of_women_and_men = set()
    for number in by_model:
        found = refusal(log, number, language)
        words = words_of(writer.write(found, TODAY, profile))
        assert not [one for one in phrases if one.lower() in words.lower()]
        assert set(re.findall(r"\b7\d{3}\b", words)) & others == {str(found.client)}
        assert "anyone" not in words.split()  # the caller
        # What was sent of the client itself is not repeated either.
        sent = BODY[found.client - 7001]
        assert str(sent["DAYS_BIRTH"]) not in words
        assert str(int(sent["AMT_CREDIT"])) not in words
        of_women_and_men.add(sent["CODE_GENDER"])
        assert told[number]["decision"] == "refuse"
    assert of_women_and_men == {0, 1}


def test_two_clients_who_differ_in_gender_alone_get_the_same_letter_but_for_their_numbers(writer, service, log):
    same = {"AMT_CREDIT": 300_000.0, "EXT_SOURCE_2": 0.05, "DAYS_BIRTH": -12_000}
    sent = [{"SK_ID_CURR": 8001 + gender, "CODE_GENDER": gender, **same} for gender in (0, 1)]
    pages = []
    for score in service.post("/score", json=sent).json["scores"]:
        assert score["decision"] == "refuse"
        found = refusal(log, score["decision_id"], "en")
        # The model reads the gender, and so the estimate differs; the reasons do not.
        pages.append(writer.write(replace(found, decision=1, client=1, probability=0.5), TODAY, "eu"))
    assert pages[0] == pages[1]


def test_what_the_bank_and_its_rules_say_is_escaped(log, by_rule, writer):
    page = writer.write(refusal(log, by_rule[0], "en"), TODAY, "neutral")
    assert "Bank &amp; Sons" in page
    assert "&lt;more&gt; is too much" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("profile", "bank", "settings"),
    [
        ("neutral", BankDetails(), "BANK_NAME, BANK_CONTACT: set them."),
        ("neutral", BankDetails(name="B", contact=" | "), "BANK_CONTACT: set it."),
        (
            "eu",
            BankDetails(name="B", contact="C"),
            "BANK_ADDRESS, BANK_DATA_PROTECTION, BANK_SUPERVISOR, BANK_CREDIT_BUREAU: set them.",
        ),
        ("us", replace(BANK, supervisor=""), "BANK_SUPERVISOR: set it."),
    ],
)
def test_what_the_bank_has_not_said_is_not_made_up(log, by_model, profile, bank, settings):
    with pytest.raises(LetterError, match=f"A letter of the profile {profile} wants {settings}"):
        LetterWriter(bank).write(refusal(log, by_model[0], "en"), TODAY, profile)


def test_the_profile_of_the_bank_is_taken_where_none_is_asked_for(log, by_model):
    found = refusal(log, by_model[0], "en")
    assert LetterWriter(BANK, profile="us").write(found, TODAY) == LetterWriter(BANK).write(found, TODAY, "us")
    assert LetterWriter(BANK).write(found, TODAY) == LetterWriter(BANK).write(found, TODAY, "neutral")
    for make in (lambda: LetterWriter(BANK, profile="gb"), lambda: LetterWriter(BANK).write(found, TODAY, "gb")):
        with pytest.raises(LetterError, match="profile is one of eu, us, neutral, not 'gb'"):
            make()


REASONS = "<ol>{% for reason in refusal.reasons %}<li>{{ reason }}</li>{% endfor %}</ol>"
OWN = "<p>Dear client {{ refusal.client }}</p>" + REASONS


def test_the_banks_own_template_takes_the_place_of_one_and_leaves_the_others(log, by_model, tmp_path):
    (tmp_path / "eu.fr.html").write_text(OWN, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no template")
    writer = LetterWriter(BANK, tmp_path)
    found = refusal(log, by_model[0], "fr")
    page = writer.write(found, TODAY, "eu")
    assert page.startswith(f"<p>Dear client {found.client}</p>")
    assert reasons_of(page) == list(found.reasons)
    english = refusal(log, by_model[0], "en")
    assert writer.write(english, TODAY, "eu") == LetterWriter(BANK).write(english, TODAY, "eu")


def test_the_banks_own_frame_is_that_of_all_letters(log, by_model, tmp_path):
    (tmp_path / "frame.html").write_text("<main class='ours'>{% block letter %}{% endblock %}</main>")
    writer = LetterWriter(BANK, tmp_path)
    for profile, language in LETTERS:
        assert writer.write(refusal(log, by_model[0], language), TODAY, profile).startswith("<main class='ours'>")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "eu.fr.html",
            OWN + "{{ refusal.clint }}",
            r"The template eu.fr.html cannot be used: .*has no attribute 'clint'",
        ),
        ("us.en.html", "{% for x in %}", r"The template us.en.html, line 1 cannot be used"),
        ("neutral.en.html", "<p>You are refused.</p>", r"The letter neutral.en.html says no reasons"),
        ("frame.html", "<p>nothing</p>", r"The letter eu.en.html says no reasons: put .* into frame.html"),
        ("eu.de.html", OWN, r"holds eu.de.html, which no letter uses: letters are eu.en.html, eu.fr.html, eu.offer.en"),
        ("eu.en.html", OWN + "{{ ''.__class__.__mro__ }}", r"The template eu.en.html cannot be used: .*unsafe"),
    ],
)
def test_a_template_that_cannot_be_used_is_found_before_a_client_waits(tmp_path, name, text, said):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(LetterError, match=said):
        LetterWriter(BANK, tmp_path)


def test_a_folder_of_templates_that_is_not_there_is_named(tmp_path):
    with pytest.raises(
        LetterError, match=r"There is no folder .*absent with templates of letters: correct LETTER_TEMP"
    ):
        LetterWriter(BANK, tmp_path / "absent")
