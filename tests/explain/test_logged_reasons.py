"""Reasons of the log in the other language: all sentences that can be logged, and none of a protected attribute."""

import numpy as np
import pytest

from credit.explain import PROTECTED, group_of
from credit.explain.logged_reasons import in_language
from credit.explain.reasons import GROUPS, NAMED, Sorted
from credit.features import COLUMNS, FEATURES


def test_every_sentence_of_a_group_is_found_in_both_languages():
    for code, said in GROUPS.items():
        for kind in ("known", "fact", "unknown"):
            if kind in said:
                en, fr = said[kind]
                for text in (en, fr):
                    assert (in_language(code, kind, text, "en"), in_language(code, kind, text, "fr")) == (en, fr)


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
