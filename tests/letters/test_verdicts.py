"""The letter where a person has decided: whose reason it gives, and where a person has to write."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from support.letters import BANK, BODY, LAW, numbers, reasons_of, used_of, words_of

from credit.decision.review_reasons import REASONS, codes
from credit.decision_log.review_rulings import Ruling
from credit.decision_log.reviews import decide, reopen
from credit.i18n.numbers import percent
from credit.letters import PROFILES, LetterWriter, NoReason, NotRefused, refusal
from credit.letters.letter_text import LANGUAGES
from credit.letters.refusal import CitedRule
from credit.letters.verdict_sentences import OF_THE_MACHINE, SENTENCES, UNTOLD

LETTERS = [(profile, language) for profile in PROFILES for language in LANGUAGES]
INCOME = {
    "en": "Your income or employment could not be confirmed.",
    "fr": "Vos revenus ou votre emploi n'ont pas pu être confirmés.",
}
ALONE = {"en": "automated means alone", "fr": "entièrement automatisée"}
PERSON = {"en": "A person of our bank", "fr": "personne de notre banque"}


def refuse(log, number, reason="income_not_confirmed", words=None):
    """A person's refusal, of a case that is opened where the machine refused already."""
    if log.find(number)["decision"] == "refuse":
        reopen(log, number, "human_requested", None, "anyone", "r")
    return decide(log, number, Ruling("refuse", reason, words), "maria", "r")


def test_every_reason_to_refuse_is_told_given_by_the_machine_or_left_to_a_person():
    assert sorted([*SENTENCES, *OF_THE_MACHINE, *UNTOLD]) == sorted(codes("refuse"))


def test_sentences_for_clients_are_not_the_words_for_officers():
    of_officers = {one.code: (one.en, one.fr) for one in REASONS}
    for code, sentences in SENTENCES.items():
        for sentence, officers in zip(sentences, of_officers[code], strict=True):
            assert sentence.endswith(".")
            assert officers not in sentence
    told = " ".join(" ".join(both) for both in SENTENCES.values()).lower()
    for word in ("fraud", "suspect", "soupçon", "doubt"):
        assert word not in told


@pytest.mark.parametrize("made", ["accept", "refer", "refuse"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_persons_own_reason_stands_in_the_letter_in_place_of_the_machines(service, log, made, language):
    number = numbers(service.scores, made)[0]
    verdict = refuse(log, number, words="No payslip; r-17 rang the employer.")
    found = refusal(log, number, language)
    assert found.reasons == (INCOME[language],)
    assert (found.by_person, found.own_reason, found.rules) == (True, True, ())
    assert found.decided == datetime.fromisoformat(verdict.time).date()
    assert (
        found.used[-1]
        == {
            "en": "what a person of our bank found in examining your application",
            "fr": "ce qu'une personne de notre banque a constaté en examinant votre demande",
        }[language]
    )
    page = words_of(LetterWriter(BANK).write(found, date(2026, 12, 1), "eu"))
    for inside in ("payslip", "r-17", "maria"):  # what officers write and are called stays inside
        assert inside not in page


def test_who_confirms_a_referred_or_refused_score_gives_the_models_logged_reasons(service, log):
    told = {one["decision_id"]: one for one in service.scores}
    for made in ("refer", "refuse"):
        number = numbers(service.scores, made)[0]
        refuse(log, number, "as_scored")
        found = refusal(log, number, "en")
        assert list(found.reasons) == [one["text"] for one in told[number]["reasons"]]
        assert (found.by_person, found.own_reason) == (True, False)
        assert "what a person of our bank found in examining your application" not in found.used


@pytest.fixture
def earlier_version(monkeypatch):
    """Of the log: it took a verdict that contradicts its reason."""
    monkeypatch.setattr("credit.decision_log.reviews.check_fits", lambda *_: None)


@pytest.mark.usefixtures("earlier_version")
def test_a_score_that_speaks_for_the_client_gives_no_reason_to_refuse(service, log):
    number = numbers(service.scores, "accept")[0]
    refuse(log, number, "as_scored")
    with pytest.raises(NoReason, match="the score speaks for this client: reopen it for the right one"):
        refusal(log, number, "en")


@pytest.mark.usefixtures("earlier_version")
def test_without_a_band_of_referrals_the_threshold_says_for_whom_a_score_speaks(service, log):
    number = numbers(service.scores, "accept")[0]
    refuse(log, number, "as_scored")
    with log.writing() as connection:
        connection.execute(text("UPDATE decisions SET refer = NULL, probability = threshold"))
    # Of an accepted client, too, /score told and logged what counts against them.
    assert list(refusal(log, number, "en").reasons) == [one["text"] for one in log.find(number)["reasons"]]
    with log.writing() as connection:
        connection.execute(text("UPDATE decisions SET probability = threshold - 0.001"))
    with pytest.raises(NoReason, match="the score speaks for this client"):
        refusal(log, number, "en")


@pytest.mark.parametrize("reason", ["as_scored", "bank_rule"])
def test_who_confirms_a_refusal_by_a_rule_of_the_bank_gives_its_reason(service, log, by_rule, reason):
    number = by_rule[-1]
    refuse(log, number, reason)
    found = refusal(log, number, "fr")
    assert found.reasons == ("Vous n'êtes pas majeur(e).",)
    assert (found.rules, found.by_person) == ((CitedRule("of_age", "Code civil, art. 1146"),), True)


@pytest.mark.parametrize("made", ["accept", "refer", "refuse"])
def test_a_rule_of_the_bank_that_the_log_does_not_name_is_written_by_a_person(service, log, made):
    number = numbers(service.scores, made)[0]
    refuse(log, number, "bank_rule", "instalments of a third of the income at most")
    with pytest.raises(NoReason, match="has no rule of the bank that refuses them: a person has to write"):
        refusal(log, number, "en")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "other",
            "it is in the officer's own words, which stay in the bank, so a person has to write.",
        ),
        ("data_corrected", "Score the client with them: that decision has reasons"),
    ],
)
def test_a_reason_that_says_too_little_is_written_by_a_person(service, log, reason, said):
    number = numbers(service.scores, "refer")[0]
    refuse(log, number, reason, words="He is rude.")
    with pytest.raises(NoReason, match=f"of decision {number} for the reason {reason}, and no letter") as caught:
        refusal(log, number, "en")
    assert said in str(caught.value)
    assert "rude" not in str(caught.value)


@pytest.mark.parametrize("made", ["accept", "refer", "refuse"])
def test_whom_a_person_lends_to_gets_no_letter_of_refusal(service, log, made):
    number = numbers(service.scores, made)[0]
    if made == "accept":
        reopen(log, number, "new_information", None, "anyone", "r")
    decide(log, number, Ruling("accept", "data_corrected"), "maria", "r")
    with pytest.raises(NotRefused, match=rf"A person has decided on decision {number} \(accept\), which is no"):
        refusal(log, number, "en")


def test_the_newest_verdict_counts_and_a_reopened_case_keeps_its_letter_until_it_is_decided(service, log):
    number = numbers(service.scores, "refuse")[0]
    machine = refusal(log, number, "en")
    reopen(log, number, "human_requested", None, "anyone", "r")
    assert refusal(log, number, "en") == machine
    decide(log, number, Ruling("refuse", "documents_missing"), "maria", "r")
    first = refusal(log, number, "en")
    assert first.reasons == (SENTENCES["documents_missing"][0],)
    reopen(log, number, "new_information", None, "anyone", "r")
    assert refusal(log, number, "en") == first
    decide(log, number, Ruling("refuse", "not_affordable"), "maria", "r")
    assert refusal(log, number, "en").reasons == (SENTENCES["not_affordable"][0],)
    reopen(log, number, "client_disagrees", None, "anyone", "r")
    decide(log, number, Ruling("accept", "income_confirmed"), "maria", "r")
    with pytest.raises(NotRefused, match="which is no refusal"):
        refusal(log, number, "en")


def test_the_letter_outlives_the_inputs_and_words_of_the_review(service, log):
    number = numbers(service.scores, "refer")[0]
    refuse(log, number, words="No payslip.")
    before = refusal(log, number, "en")
    assert service.delete(f"/data/{before.client}").status_code == 200
    after = refusal(log, number, "en")
    assert (after.reasons, after.by_person) == (before.reasons, True)


@pytest.mark.parametrize(("profile", "language"), LETTERS)
@pytest.mark.parametrize("reason", ["income_not_confirmed", "as_scored"])
def test_a_letter_says_who_decided(service, log, profile, language, reason):
    number, other = numbers(service.scores, "refuse")[:2]
    refuse(log, number, reason)
    found = refusal(log, number, language)
    page = LetterWriter(BANK).write(found, date(2026, 12, 1), profile)
    words = words_of(page)
    assert reasons_of(page) == list(found.reasons)
    assert used_of(page) == list(found.used)
    assert ALONE[language] not in words
    assert "22(3)" not in words
    assert "paragraphe 3" not in words
    assert PERSON[language].lower() in words.lower()
    # From which estimate on the machine refuses says nothing where a person has decided.
    assert percent(found.threshold, language) not in words
    assert (percent(found.probability, language) in words) is (
        profile == "eu" or (profile == "neutral" and reason == "as_scored")
    )
    if profile == "eu":
        assert "2023/2225" in words
        assert "2016/679" in words
    if profile == "us":
        # 15 USC 1681m(b)(1), where the reason may come from somebody who is no reporting agency.
        outside = {"en": "disclosure of the nature of this information", "fr": "la nature de ces informations"}
        assert (outside[language] in words) is (reason == "income_not_confirmed")
    of_machine = words_of(LetterWriter(BANK).write(refusal(log, other, language), date(2026, 12, 1), profile))
    assert (ALONE[language] in of_machine) is (profile == "eu")
    if profile == "us":
        assert "a person of our bank decided" not in of_machine
        assert "disclosure of the nature" not in of_machine


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("profile", ["eu", "neutral"])
def test_a_rule_that_a_person_confirms_is_cited_and_the_person_named(log, by_rule, profile, language):
    refuse(log, by_rule[-1], "bank_rule")
    words = words_of(LetterWriter(BANK).write(refusal(log, by_rule[-1], language), date(2026, 12, 1), profile))
    assert LAW[language] in words
    assert PERSON[language].lower() in words.lower()
    assert ALONE[language] not in words


def test_the_30_days_of_regulation_b_run_from_the_machines_decision(service, log):
    number = numbers(service.scores, "refer")[0]
    refuse(log, number)
    with log.writing() as connection:
        connection.execute(text("UPDATE decisions SET time = '2026-11-02T23:59:59.000000+00:00'"))
        connection.execute(text("UPDATE reviews SET time = '2026-11-20T08:00:00.000000+00:00'"))
    found = refusal(log, number, "en")
    assert (found.applied, found.decided) == (date(2026, 11, 2), date(2026, 11, 20))
    words = words_of(LetterWriter(BANK).write(found, date(2026, 11, 21), "us"))
    assert "On 20 November 2026 a person of our bank decided" in words
    assert PROFILES["us"].due(found.applied) == date(2026, 12, 2)
    assert "2 December 2026" not in words


def test_two_referred_clients_who_differ_in_gender_alone_get_the_same_letter(service, log):
    same = {"AMT_CREDIT": 300_000.0, "EXT_SOURCE_2": 0.05, "DAYS_BIRTH": -12_000}
    sent = [{"SK_ID_CURR": 8001 + gender, "CODE_GENDER": gender, **same} for gender in (0, 1)]
    pages = []
    for score in service.post("/score", json=sent).json["scores"]:
        refuse(log, score["decision_id"], "documents_missing")
        found = replace(refusal(log, score["decision_id"], "en"), decision=1, client=1, probability=0.5)
        pages.append(LetterWriter(BANK).write(found, date(2026, 12, 1), "eu"))
    assert pages[0] == pages[1]


def test_a_banks_template_that_fails_only_where_a_person_decided_is_found_at_the_start(tmp_path):
    from credit.letters import LetterError

    reasons = "{% for reason in refusal.reasons %}<li>{{ reason }}</li>{% endfor %}"
    wrong = {
        "{% if refusal.by_person %}{{ refusal.reviewer }}{% endif %}": "has no attribute 'reviewer'",
        "{% if refusal.own_reason %}{{ refusal.words }}{% endif %}": "has no attribute 'words'",
        "{% if refusal.by_person and refusal.rules %}{{ refusal.law }}{% endif %}": "has no attribute 'law'",
    }
    for template, said in wrong.items():
        (tmp_path / "eu.en.html").write_text(reasons + template)
        with pytest.raises(LetterError, match=said):
            LetterWriter(BANK, tmp_path)
    (tmp_path / "eu.en.html").write_text("{% if not refusal.by_person %}" + reasons + "{% endif %}")
    with pytest.raises(LetterError, match=r"eu\.en\.html says no reasons"):
        LetterWriter(BANK, tmp_path)


def test_no_client_is_told_of_another_nor_of_what_was_sent(service, log):
    number = numbers(service.scores, "refer")[0]
    refuse(log, number, "debt_not_in_data")
    found = refusal(log, number, "en")
    words = words_of(LetterWriter(BANK).write(found, datetime.now(UTC).date(), "us"))
    others = {str(one["SK_ID_CURR"]) for one in BODY} - {str(found.client)}
    assert not others & set(words.split())
    assert str(BODY[found.client - 7001]["DAYS_BIRTH"]) not in words
