"""The file of the bank's rules: read, checked as a whole, known by a hash."""

import re
from datetime import date

import pytest
from support.bank_rules import RULE, rule, written
from support.shipped import ROOT

from credit.decision.bank_rules import BankRules, BankRulesError
from credit.decision.policy import Policy
from credit.model import load_bundle

COLUMNS = ("AMT_CREDIT", "DAYS_BIRTH", "CODE_GENDER", "CNT_CHILDREN")
AGE = {"column": "DAYS_BIRTH", "op": ">", "value": -6575}


def loaded(path, *rules, points=True):
    return BankRules.load(written(path / "rules.toml", *rules), COLUMNS, points)


def refused(path, *rules):
    """The findings, without the first line."""
    with pytest.raises(BankRulesError) as raised:
        loaded(path, *rules)
    title, *findings = str(raised.value).split("\n  ")
    assert title == f"The bank's rules in {path / 'rules.toml'} cannot be used:"
    return findings


def test_rules_are_read_in_the_order_of_the_file(tmp_path):
    found = loaded(tmp_path, RULE, rule(name="later", valid_from="2027-05-01", stage="after"))
    assert [one.name for one in found.rules] == ["small_loan", "later"]
    first = found.rules[0]
    assert (first.stage, first.outcome, first.if_unknown, first.valid_from) == (
        "before",
        "refuse",
        "skip",
        date(2026, 1, 1),
    )
    assert found.reasons("fr")["small_loan"] == "Nous prêtons 100\u202f000 ou plus."
    assert found.last_valid_from() == date(2027, 5, 1)
    assert loaded(tmp_path).last_valid_from() is None


def test_a_rule_is_in_force_from_its_day_on(tmp_path):
    found = loaded(tmp_path, RULE, rule(name="later", valid_from="2027-05-01"), rule(name="other", stage="after"))
    assert [one.name for one in found.valid("before", date(2025, 12, 31))] == []
    assert [one.name for one in found.valid("before", date(2026, 1, 1))] == ["small_loan"]
    assert [one.name for one in found.valid("before", date(2027, 5, 1))] == ["small_loan", "later"]
    assert [one.name for one in found.valid("after", date(2027, 5, 1))] == ["other"]


def test_the_text_gives_the_same_rules_back(tmp_path):
    found = loaded(tmp_path, RULE, rule(name="adult", when=AGE, legal_basis="Code civil, art. 1146"))
    again = BankRules.of_text(found.text, COLUMNS, True)
    assert again == found
    assert (again.hash, again.rules) == (found.hash, found.rules)


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ("Code civil, art. 1146", {"en": "Code civil, art. 1146", "fr": "Code civil, art. 1146"}),
        ({"en": "Civil Code", "fr": "Code civil"}, {"en": "Civil Code", "fr": "Code civil"}),
    ],
)
def test_the_law_that_asks_for_a_rule_is_said_in_both_languages(tmp_path, basis, said):
    found = loaded(tmp_path, rule(name="adult", when=AGE, legal_basis=basis))
    assert found.rules[0].legal_basis == said
    assert BankRules.of_text(found.text, COLUMNS, True).rules[0].legal_basis == said


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"outcome": "refer"},
        {"valid_from": "2026-01-02"},
        {"if_unknown": "refer"},
        {"when": {**RULE["when"], "value": 100_001}},
        {"reason": {**RULE["reason"], "en": "We lend more."}},
    ],
)
def test_another_rule_has_another_hash(tmp_path, changes):
    assert loaded(tmp_path, rule(**changes)).hash != loaded(tmp_path, RULE).hash


def test_comments_and_layout_change_no_hash(tmp_path):
    path = written(tmp_path / "rules.toml", RULE)
    before = BankRules.load(path, COLUMNS, True).hash
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("# of the board\n" + "\n\n".join([lines[0], *reversed(lines[1:])]), encoding="utf-8")
    assert BankRules.load(path, COLUMNS, True).hash == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"name": "Small loan"},
            "rule number 1: name must be lower-case letters, digits and _, at most 60, not 'Small loan'",
        ),
        ({"name": 5}, "rule number 1: name must be lower-case letters, digits and _, at most 60, not 5"),
        ({"stage": "during"}, "stage is one of before, after, not 'during'"),
        ({"outcome": "maybe"}, "outcome is one of accept, refer, refuse, not 'maybe'"),
        ({"if_unknown": "accept"}, "if_unknown is one of skip, refer, not 'accept'"),
        ({"if_unknown": None}, "if_unknown is missing"),
        (
            {"valid_from": "soon"},
            "valid_from is a day such as 2026-01-31, without quotes and without a time, not 'soon'",
        ),
        ({"reason": {"en": "Too small."}}, "reason has no text in fr: a client reads it in en or fr"),
        ({"reason": {"en": " ", "fr": "Trop peu."}}, "reason has no text in en: a client reads it in en or fr"),
        ({"reason": {**RULE["reason"], "de": "Nein."}}, "reason has texts in de; the languages are en, fr"),
        ({"reason": "Too small."}, 'reason must be a table of languages, such as { en = "...", fr = "..." }'),
        ({"reason": {**RULE["reason"], "fr": "a" * 401}}, "the reason in fr has 401 letters; 400 are the most"),
        (
            {"until": 5},
            "until is no key of a rule; it has name, stage, outcome, valid_from, if_unknown, when, reason, and "
            "legal_basis",
        ),
        (
            {"when": {**RULE["when"], "column": "AMT_CREDT"}},
            "when: 'AMT_CREDT' is no column that this model reads; did you mean 'AMT_CREDIT'?",
        ),
        (
            {"when": {**RULE["when"], "value": 0}},
            "no client can fulfil the condition: AMT_CREDIT < 0, and AMT_CREDIT is never below 0",
        ),
        (
            {"when": AGE},
            "DAYS_BIRTH is a protected attribute: write the law that asks for the rule as legal_basis, or take it out",
        ),
        (
            {"when": {"column": "CODE_GENDER", "op": "=", "value": 1}},
            "CODE_GENDER is a protected attribute or tells of one; no rule may decide by it",
        ),
        (
            {"when": {"any": [AGE, {"column": "CNT_CHILDREN", "op": ">", "value": 4}]}, "legal_basis": "Code civil"},
            "CNT_CHILDREN is a protected attribute or tells of one; no rule may decide by it",
        ),
        (
            {"when": AGE, "legal_basis": {"en": "Civil Code"}},
            'legal_basis is a table of both languages, { en = "...", fr = "..." }, or one text that stands in both',
        ),
        (
            {"when": AGE, "legal_basis": {"en": "Civil Code", "fr": "Code civil", "de": "BGB"}},
            'legal_basis is a table of both languages, { en = "...", fr = "..." }, or one text that stands in both',
        ),
        ({"legal_basis": "Code civil"}, "legal_basis is for a rule about DAYS_BIRTH alone"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_by_its_name(tmp_path, changes, said):
    assert refused(tmp_path, rule(**changes)) == [said if said.startswith("rule") else f"rule 'small_loan': {said}"]


def test_all_rules_are_checked_before_anything_is_said(tmp_path):
    findings = refused(tmp_path, rule(stage="during", outcome="maybe"), RULE, rule(name="third", if_unknown="no"))
    assert [one.partition(":")[0] for one in findings] == ["rule 'small_loan'"] * 2 + [
        "rule 'third'",
        "rule 'small_loan'",
    ]
    assert findings[-1] == "rule 'small_loan': 2 rules have this name; give each its own"


def test_of_many_findings_the_first_are_listed(tmp_path):
    findings = refused(tmp_path, *(rule(name=f"rule_{n}", stage="during") for n in range(25)))
    assert (len(findings), findings[-1]) == (21, "... and 5 more.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rules]]\nname = x", "is not TOML: Invalid value (at line 2, column 8)"),
        ("[[rules]]\nvalid_from = 2026-13-45", "is not TOML"),
        ("[rules]\nname = 'x'", "rules must be written as [[rules]], one such table for each rule"),
        ("[[rule]]\nname = 'x'", "holds rule; it holds [[rules]] and [[segments]], and nothing else"),
    ],
)
def test_a_file_that_is_no_file_of_rules_is_refused(tmp_path, text, said):
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(BankRulesError) as raised:
        BankRules.load(path, COLUMNS, True)
    assert said in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_bytes("é".encode("latin-1"))
    with pytest.raises(BankRulesError, match="is not UTF-8"):
        BankRules.load(path, COLUMNS, True)


def test_the_page_on_rules_shows_a_file_that_the_shipped_model_takes(tmp_path):
    page = (ROOT / "docs" / "bank-rules.md").read_text(encoding="utf-8")
    (tmp_path / "rules.toml").write_text(re.search(r"```toml\n(.+?)```", page, re.S)[1], encoding="utf-8")
    found = Policy(load_bundle(ROOT / "mlruns_reduced"), tmp_path / "rules.toml").bank_rules
    assert [one.name for one in found.rules] == ["of_age", "burden", "large_loss"]


def test_a_time_of_the_day_is_no_day(tmp_path):
    path = written(tmp_path / "rules.toml", RULE)
    path.write_text(path.read_text(encoding="utf-8").replace("2026-01-01", "2026-01-01T10:00:00Z"), encoding="utf-8")
    with pytest.raises(BankRulesError, match="without a time, not datetime"):
        BankRules.load(path, COLUMNS, True)
