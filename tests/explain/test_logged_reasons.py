"""Reasons of the log in the other language: all sentences that can be logged, and none of a protected attribute."""

import numpy as np
import pytest

from credit.explain import PROTECTED, group_of
from credit.explain.logged_reasons import in_language, in_words
from credit.explain.reasons import GROUPS, NAMED, RETIRED, Sorted
from credit.features import COLUMNS, FEATURES


def test_every_sentence_of_a_group_is_found_in_both_languages():
    for code, said in GROUPS.items():
        for kind in ("known", "fact", "unknown"):
            if kind in said:
                en, fr = said[kind]
                for text in (en, fr):
                    assert (in_language(code, kind, text, "en"), in_language(code, kind, text, "fr")) == (en, fr)


def test_every_sentence_that_says_which_way_is_found_in_both_languages():
    ways = [(code, en, fr) for code, group in GROUPS.items() for _, _, _, en, fr, *_ in group.get("ways", ())]
    assert len(ways) > 12
    for code, en, fr in ways:
        assert (in_language(code, "known", en, "fr"), in_language(code, "known", fr, "en")) == (fr, en)


def test_every_sentence_that_names_a_feature_is_found_in_the_other_language():
    for feature in FEATURES:
        code = group_of(feature.name)
        if code not in (None, PROTECTED):
            for en, fr in NAMED.values():
                assert in_language(code, "named", en.format(en=feature.en), "fr") is not None
                assert in_language(code, "named", fr.format(fr=feature.fr), "en") is not None
    (en, fr), feature = NAMED["value"], next(one for one in FEATURES if one.name == "AMT_INCOME_TOTAL")
    code = group_of("AMT_INCOME_TOTAL")
    assert in_language(code, "named", en.format(en=feature.en), "fr") == fr.format(fr=feature.fr)


def test_what_random_clients_are_told_is_found_again():
    generator = np.random.default_rng(5)
    X = generator.normal(size=(60, len(COLUMNS)))
    X[generator.random(X.shape) < 0.3] = np.nan
    found = [one for some in Sorted(COLUMNS).reasons(generator.normal(size=X.shape), X, most=4) for one in some]
    assert {one.kind for one in found} >= {"known", "fact", "unknown"}
    for one in found:
        assert in_language(one.code, one.kind, one.en, "fr") == one.fr
        assert in_language(one.code, one.kind, one.fr, "en") == one.en


def test_no_sentence_about_a_protected_attribute_is_ever_given_back():
    protected = [one for one in FEATURES if group_of(one.name) == PROTECTED]
    told = {one.en for one in FEATURES if group_of(one.name) not in (None, PROTECTED)}
    assert len(protected) > 10
    for feature in protected:
        assert feature.en not in told
        for en, _ in NAMED.values():
            for code in (PROTECTED, *GROUPS):
                assert in_language(code, "named", en.format(en=feature.en), "en") is None


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        ("income", "known", "Your income is low because of your gender."),
        ("no_group", "known", "x"),
        ("income", "no kind", "x"),
        (PROTECTED, "known", "x"),
    ],
)
def test_free_text_is_never_given_back(code, kind, text):
    assert in_language(code, kind, text, "en") is None


def test_reasons_are_given_in_english_and_french_alone():
    with pytest.raises(ValueError, match="en and fr, not in 'de'"):
        in_language("income", "known", "x", "de")


def old(code: str, kind: str, en: str, fr: str) -> None:
    for text in (en, fr):
        logged = {"code": code, "kind": kind, "text": text}
        assert (in_words(logged, "en"), in_words(logged, "fr")) == ((en, "en"), (fr, "fr"))


def test_what_was_told_under_a_code_of_old_is_still_put_into_words():
    """The log keeps codes for good: these stood in it before their groups were split."""
    old(
        "loan_terms",
        "known",
        "The kind, the amount or the repayment of the loan that you ask for counts against you.",
        "Le type, le montant ou le remboursement du prêt que vous demandez joue en votre défaveur.",
    )
    old(
        "region",
        "unknown",
        "The region that you live in is not known to us.",
        "La région où vous habitez ne nous est pas connue.",
    )
    old(
        "income",
        "fact",
        "The loan is more than four times your yearly income.",
        "Le prêt représente plus de quatre fois votre revenu annuel.",
    )
    # The code still lives, and its sentence is another one today.
    old(
        "documents",
        "known",
        "The documents that you handed in, or did not hand in, count against you.",
        "Les documents que vous avez fournis, ou non, jouent en votre défaveur.",
    )


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("loan_terms", "AMT_ANNUITY"),
        ("work", "OCCUPATION_TYPE_Drivers"),
        ("bureau_kinds", "BUREAU_CREDIT_CURRENCY_currency_2_SHARE"),
    ],
)
def test_a_feature_named_under_a_code_of_old_is_found_again(code, name):
    feature = next(one for one in FEATURES if one.name == name)
    en, fr = NAMED["value"]
    old(code, "named", en.format(en=feature.en), fr.format(fr=feature.fr))


def test_retired_codes_say_where_their_features_are_today():
    assert len(RETIRED) > 25
    for code, entry in RETIRED.items():
        assert entry["now"], code
        assert set(entry["now"]) <= GROUPS.keys() - {code}, code
        assert entry.keys() <= {"known", "unknown", "fact", "now"}
        for kind in entry.keys() - {"now"}:
            en, fr = entry[kind]
            assert (in_language(code, kind, en, "fr"), in_language(code, kind, fr, "en")) == (fr, en)
            assert entry[kind] != GROUPS.get(code, {}).get(kind)
    # Every feature of a group that is gone went somewhere, so no code of today is missing under all of them.
    assert not RETIRED.keys() & GROUPS.keys() - {"documents", "bureau_kinds", "earlier_down_payments", "card_payments"}


EN, FR = GROUPS["external_scores"]["known"]


@pytest.mark.parametrize("told", [EN, FR])
@pytest.mark.parametrize(("language", "text"), [("en", EN), ("fr", FR)])
def test_a_sentence_of_a_group_is_told_in_the_language_that_is_asked_for(told, language, text):
    assert in_words({"code": "external_scores", "kind": "known", "text": told}, language) == (text, language)


@pytest.mark.parametrize("kind", list(NAMED))
def test_a_sentence_that_names_a_feature_is_found_again_by_the_feature(kind):
    feature = next(one for one in FEATURES if one.name == "AMT_CREDIT")
    en, fr = NAMED[kind][0].format(en=feature.en), NAMED[kind][1].format(fr=feature.fr)
    logged = {"code": "loan_amount", "kind": "named", "text": en}
    assert in_words(logged, "fr") == (fr, "fr")
    assert in_words({**logged, "text": fr}, "en") == (en, "en")


@pytest.mark.parametrize(
    "logged",
    [
        {"code": "external_scores", "kind": "known", "text": "As an older version said it."},
        {"code": "a group of old", "kind": "known", "text": "As an older version said it."},
        {"text": "As an older version said it."},
    ],
)
def test_what_an_older_version_told_in_other_words_stays_as_it_was_told(logged):
    assert in_words(logged, "fr") == ("As an older version said it.", None)


def test_words_in_another_language_are_refused():
    with pytest.raises(ValueError, match="reasons are given in en and fr, not in 'de'"):
        in_words({"text": ""}, "de")
