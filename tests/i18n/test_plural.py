"""One decision, two decisions, in both languages."""

import re

import pytest

from credit.i18n.page_text import WORDS
from credit.i18n.plural import form, things, verb


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [(0, "other", "one"), (1, "one", "one"), (2, "other", "other"), (1_000, "other", "other")],
)
def test_nothing_is_many_in_english_and_one_in_french(count, english, french):
    assert (form(count, "en"), form(count, "fr")) == (english, french)


def test_things_are_counted():
    assert [things(n, "decision") for n in (0, 1, 2, 1_200)] == [
        "0 decisions",
        "1 decision",
        "2 decisions",
        "1,200 decisions",
    ]
    assert [things(n, "case waits", "cases wait") for n in (1, 3)] == ["1 case waits", "3 cases wait"]


def test_verbs_go_with_their_count():
    assert [verb(n, "changes", "change") for n in (0, 1, 2)] == ["change", "changes", "change"]


def test_the_report_has_the_same_texts_with_the_same_gaps_in_both_languages():
    english, french = (WORDS[language]["report"] for language in ("en", "fr"))
    assert english.keys() == french.keys()
    for key, text in english.items():
        forms = {"all": text} if isinstance(text, str) else text
        others = {"all": french[key]} if isinstance(text, str) else french[key]
        assert forms.keys() == others.keys() in ({"all"}, {"one", "other"})
        for name, one in forms.items():
            # French says "la variable" of one, where English counts it.
            gaps, theirs = (set(re.findall(r"\{(\w+)\}", said)) - {"n"} for said in (one, others[name]))
            assert gaps == theirs, key
