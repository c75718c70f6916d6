"""Logged reasons in the other language."""

import pytest

from credit.explain.reason_words import in_words
from credit.explain.reasons import GROUPS, NAMED
from credit.features import FEATURES

EN, FR = GROUPS["external_scores"]["known"]


@pytest.mark.parametrize("told", [EN, FR])
@pytest.mark.parametrize(("language", "text"), [("en", EN), ("fr", FR)])
def test_a_sentence_of_a_group_is_told_in_the_language_that_is_asked_for(told, language, text):
    assert in_words({"code": "external_scores", "kind": "known", "text": told}, language) == (text, language)


@pytest.mark.parametrize("kind", list(NAMED))
def test_a_sentence_that_names_a_feature_is_found_again_by_the_feature(kind):
    feature = next(one for one in FEATURES if one.name == "AMT_CREDIT")
    en, fr = NAMED[kind][0].format(en=feature.en), NAMED[kind][1].format(fr=feature.fr)
    logged = {"code": "loan_terms", "kind": "named", "text": en}
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


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="reasons are given in en and fr, not in 'de'"):
        in_words({"text": ""}, "de")
