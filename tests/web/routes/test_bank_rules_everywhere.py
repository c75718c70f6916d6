"""The bank's own rules decide the same on every way in, are told with their reason, logged by name and replayed."""

import html
import json

import polars as pl
import pytest
from click.testing import CliRunner
from sqlalchemy import text
from support.bank_rules import rule, written

from credit.cli import main
from credit.decision.bank_rules import BankRulesError
from credit.decision_log import Log, audit
from credit.decision_log.reviewed_decisions import reviewed_decisions
from credit.monitoring.review_figures import review_figures
from credit.simulate import simulate
from credit.web.application import create_app

REASON = {"en": "You are not of age.", "fr": "Vous n'êtes pas majeur(e)."}
RULES = (
    rule(
        name="of_age",
        outcome="refuse",
        if_unknown="refer",
        when={"column": "DAYS_BIRTH", "op": ">", "value": -6575},
        legal_basis="Code civil, art. 414 et 1146",
        reason=REASON,
    ),
    rule(name="largest", stage="after", outcome="refer", when={"column": "expected_loss", "op": ">", "value": 40_000}),
    rule(name="not_yet", when={"column": "AMT_CREDIT", "op": ">", "value": 1}, valid_from="9999-01-01"),
)
#: Under age, of unknown age, with a large loss, and decided by the model.
BODY = [
    {"SK_ID_CURR": 1, "AMT_CREDIT": 1e5, "EXT_SOURCE_2": 0.9, "CODE_GENDER": 0, "DAYS_BIRTH": -6000},
    {"SK_ID_CURR": 2, "AMT_CREDIT": 1e5, "EXT_SOURCE_2": 0.9, "CODE_GENDER": 0},
    {"SK_ID_CURR": 3, "AMT_CREDIT": 4e6, "EXT_SOURCE_2": 0.1, "CODE_GENDER": 1, "DAYS_BIRTH": -9000},
    {"SK_ID_CURR": 4, "AMT_CREDIT": 1e5, "EXT_SOURCE_2": 0.9, "CODE_GENDER": 0, "DAYS_BIRTH": -9000},
]
DECISIONS = {1: "refuse", 2: "refer", 3: "refer", 4: "accept"}
BY = {"client n° 1": "of_age", "client n° 2": "of_age", "client n° 3": "largest"}


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "rules.toml", *RULES)


@pytest.fixture
def ruled(bundle, tmp_path, file):
    return create_app(bundle, database=tmp_path / "decisions.db", rules=file).test_client()


def test_metrics_count_decisions_by_the_rule_that_made_them_but_no_trials(ruled):
    for path in ("/predict", "/predict_proba", "/score", "/score?trial=1"):
        assert ruled.post(path, json=BODY).status_code == 200
    text = ruled.get("/metrics").text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("credit_rule_decisions_total"))
    assert lines == {
        'credit_rule_decisions_total{rule="of_age",decision="refuse"}': "3",
        'credit_rule_decisions_total{rule="of_age",decision="refer"}': "3",
        'credit_rule_decisions_total{rule="largest",decision="refer"}': "3",
        'credit_rule_decisions_total{rule="not_yet",decision="refuse"}': "0",
    }


def test_predict_follows_the_rules_and_names_them(ruled):
    answer = ruled.post("/predict", json=BODY).json
    # No also for client 3, of whom a person decides: by the threshold.
    assert answer["prediction"] == {
        "client n° 1": "No",
        "client n° 2": "Yes",
        "client n° 3": "No",
        "client n° 4": "Yes",
    }
    assert answer["refer"] == ["client n° 2", "client n° 3"]
    assert answer["rules"] == ruled.post("/predict_proba", json=BODY).json["rules"] == BY
    assert "rules" not in ruled.post("/predict", json=BODY[3]).json


@pytest.mark.parametrize("language", ["en", "fr"])
def test_score_tells_the_rule_and_its_reason(ruled, language):
    scores = ruled.post(f"/score?lang={language}", json=BODY).json["scores"]
    assert {one["client"]: one["decision"] for one in scores} == DECISIONS
    first, second, third, fourth = (one["rule"] for one in scores)
    assert first == {"name": "of_age", "stage": "before", "unknown": False, "reason": REASON[language]}
    assert second == {**first, "unknown": True}
    assert (third["name"], third["stage"], third["unknown"], fourth) == ("largest", "after", False, None)


def test_what_if_moves_a_client_out_of_a_rule_and_the_smallest_change_obeys_it(ruled):
    body = {**BODY[3], "AMT_CREDIT": 4e6}
    answer = ruled.post("/what-if", json={"client": body, "changes": {"AMT_CREDIT": 60_000}}).json
    before, after = answer["before"], answer["after"]
    assert 0.02 < before["probability"] < 0.16  # half of 4,000,000 loses more than 40,000
    assert (before["rule"]["name"], before["decision"]) == ("largest", "refer")
    assert (after["decision"], after["rule"]) == ("accept", None)
    # Nothing that can be proposed makes a client older.
    assert ruled.post("/what-if", json=BODY[0]).json["smallest"]["status"] == "none"


def test_the_log_names_the_rules_and_which_has_decided(ruled, tmp_path, file):
    ruled.post("/score", json=BODY)
    rows = {row["client"]: row for row in ruled.get("/data").json["data"]}
    assert {number: row["decision"] for number, row in rows.items()} == DECISIONS
    bank = {number: row["rule"]["bank_rules"] for number, row in rows.items()}
    assert bank[1]["decided"] == {
        "rule": "of_age", "stage": "before", "outcome": "refuse", "unknown": False, "held": ["of_age"],
    }  # fmt: skip
    assert (bank[2]["decided"]["unknown"], bank[3]["decided"]["rule"], bank[4]["decided"]) == (True, "largest", None)
    (written_hash,) = {one["hash"] for one in bank.values()}
    log = Log(tmp_path / "decisions.db")
    kept = json.loads(log.bank_rules(written_hash))
    assert [one["name"] for one in kept] == ["of_age", "largest", "not_yet"]
    assert audit.verify(log).whole
    log.close()


#: What pages say of a rule that decided, and of one that misses a value.
TOLD = {
    "en": ("You are not of age. (rule of_age)", "A value is not known that this rule asks for: You are not of age."),
    "fr": (
        "Vous n'êtes pas majeur(e). (règle of_age)",
        "Il manque une valeur que demande cette règle\u00a0: Vous n'êtes pas majeur(e).",
    ),
}


def shown(client, path, language):
    return html.unescape(client.get(f"{path}?lang={language}", headers={"Accept": "text/html"}).text)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_say_the_reason_of_a_rule_and_its_name(ruled, file, language):
    ruled.post("/score", json=BODY[:2])
    file.unlink()  # the words of then are in the log
    for path in ("/data", "/decisions/1", "/decisions/2"):
        assert TOLD[language][path == "/decisions/2"] in shown(ruled, path, language), path
    missing = f"{TOLD[language][1]} ({'rule' if language == 'en' else 'règle'} of_age)"
    assert f"<li>{missing}</li>" in shown(ruled, "/data", language)


def test_the_words_of_then_are_shown_where_the_file_says_others_and_todays_where_the_log_lost_them(
    bundle, tmp_path, file
):
    database = tmp_path / "decisions.db"
    create_app(bundle, database=database, rules=file).test_client().post("/score", json=BODY[1])
    reworded = {**RULES[0], "reason": {"en": "You must be 18.", "fr": "Il faut avoir 18 ans."}}
    client = create_app(bundle, database=database, rules=written(tmp_path / "new.toml", reworded)).test_client()

    def queue(language):
        (case,) = client.get(f"/reviews?lang={language}").json["cases"]
        (same,) = client.get(f"/reviews?client=2&lang={language}").json["cases"]
        assert [same[name] for name in ("rule", "rule_reason", "rule_unknown")] == [
            case[name] for name in ("rule", "rule_reason", "rule_unknown")
        ]
        return case["rule"], case["rule_reason"], case["rule_unknown"]

    assert queue("en") == ("of_age", "You are not of age.", True)
    assert queue("fr") == ("of_age", "Vous n'êtes pas majeur(e).", True)
    log = Log(database)
    with log.writing() as connection:
        connection.execute(text("DELETE FROM bank_rules"))
    log.close()
    assert queue("fr") == ("of_age", "Il faut avoir 18 ans.", True)
    client = create_app(bundle, database=database).test_client()
    assert queue("fr") == ("of_age", None, True)
    assert "A value is not known that this rule asks for: by a rule of the bank (rule of_age)" in shown(
        client, "/data", "en"
    )


def test_the_table_of_decisions_names_the_rule_in_place_of_what_the_model_says(ruled):
    (score,) = ruled.post("/score", json=BODY[0]).json["scores"]
    page = ruled.get("/data", headers={"Accept": "text/html"}).text
    assert "<li>You are not of age. (rule of_age)</li>" in page
    assert score["reasons"]
    assert not [one["text"] for one in score["reasons"] if one["text"] in page]


def test_a_decision_of_a_rule_is_replayed_after_the_file_has_changed(ruled, bundle, tmp_path, file):
    ruled.post("/score", json=BODY)
    file.unlink()
    again = ["--database", str(tmp_path / "decisions.db"), "--bundle", str(bundle)]
    for number, by in (
        (1, "rule 'of_age' of the bank"),
        (3, "rule 'largest' of the bank"),
        (4, "threshold, costs and"),
    ):
        done = CliRunner().invoke(main, ["log", "replay", str(number), *again])
        assert done.exit_code == 0, done.output
        assert by in done.output


def test_whom_a_rule_refers_waits_for_a_person_with_its_name_and_reason(ruled, tmp_path, file):
    ruled.post("/score", json=BODY)
    file.unlink()  # the rules of then are in the log
    cases = ruled.get("/reviews").json["cases"]
    assert [(one["decision_id"], one["rule"], one["rule_reason"], one["rule_unknown"]) for one in cases] == [
        (2, "of_age", REASON["en"], True),
        (3, "largest", "We lend 100,000 or more.", False),
    ]
    assert all(one["at_stake"] > 0 for one in cases)
    second = ruled.get("/reviews/2").json
    told = {"name": "of_age", "stage": "before", "unknown": True, "reason": REASON["en"]}
    assert (second["rule"], ruled.get("/reviews/2?lang=fr").json["rule"]) == (told, {**told, "reason": REASON["fr"]})
    assert second["decision"]["rule"]["bank_rules"]["decided"]["rule"] == "of_age"
    by_model = ruled.get("/reviews/4").json
    assert (by_model["rule"], by_model["expected_loss"] > 0) == (None, True)
    listed = CliRunner().invoke(main, ["reviews", "list", "--database", str(tmp_path / "decisions.db")]).stdout
    assert ["  rule of_age  " in line for line in listed.splitlines()] == [True, False, False]


def test_people_decide_on_whom_a_rule_refers_in_one_chain_with_the_rules(ruled, tmp_path):
    ruled.post("/score", json=BODY)
    verdict = {"verdict": "accept", "reason": "income_confirmed"}
    assert ruled.post("/reviews/2", json=verdict).status_code == 200
    assert [one["decision_id"] for one in ruled.get("/reviews").json["cases"]] == [3]
    assert ruled.get("/reviews/2").json["final"] == "accept"
    log = Log(tmp_path / "decisions.db")
    found = audit.verify(log)
    assert (found.whole, found.decisions, found.reviews) == (True, 4, 1)
    figures = review_figures(reviewed_decisions(log))
    assert (figures.decisions, figures.referred, figures.open, figures.money.reviews) == (4, 2, 1, 1)
    with log.writing() as connection:
        connection.execute(text("DELETE FROM bank_rules"))
    # Decided by no rule, and by rules all the same: each of the four says so, and the review does not.
    problems = audit.verify(log).problems
    assert [problem.partition("... ")[2] for problem in problems] == [
        f"of decision {number} were taken out." for number in (1, 2, 3, 4)
    ]
    log.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE bank_rules SET rules = replace(rules, '6575', '6574')", "are not those that were written"),
        ("DELETE FROM bank_rules", "of decision 1 were taken out"),
    ],
)
def test_who_changes_the_rules_in_the_log_is_found(ruled, bundle, tmp_path, statement, said):
    ruled.post("/score", json=BODY[0])
    log = Log(tmp_path / "decisions.db")
    with log.writing() as connection:
        connection.execute(text(statement))
    found = audit.verify(log)
    assert not found.whole
    assert said in found.problems[0]
    log.close()
    done = CliRunner().invoke(
        main, ["log", "replay", "1", "--database", str(tmp_path / "decisions.db"), "--bundle", str(bundle)]
    )
    assert (done.exit_code, "changed" in done.output) == (1, True)


def test_a_log_without_rules_goes_on_with_them_and_verifies(bundle, tmp_path, file):
    for rules in (None, file, None):
        create_app(bundle, database=tmp_path / "decisions.db", rules=rules).test_client().post("/score", json=BODY)
    log = Log(tmp_path / "decisions.db")
    assert (audit.verify(log).whole, audit.verify(log).decisions) == (True, 12)
    assert ["bank_rules" in row["rule"] for row in log.page("anyone", size=12).rows] == [False] * 4 + [True] * 4 + [
        False
    ] * 4
    log.close()


def test_rules_that_cannot_be_used_end_the_start(bundle, tmp_path):
    file = written(tmp_path / "rules.toml", rule(when={"column": "AMT_CREDT", "op": ">", "value": 1}))
    with pytest.raises(BankRulesError, match="did you mean 'AMT_CREDIT'"):
        create_app(bundle, database=None, rules=file)


def test_a_portfolio_is_decided_on_by_the_same_rules(bundle, tmp_path):
    bank = simulate(tmp_path / "bank", 200, seed=6)
    young = rule(
        name="young",
        when={"column": "DAYS_BIRTH", "op": ">", "value": -9000},
        legal_basis="of a test",
        reason={"en": "Too young for this.", "fr": "Trop jeune."},
    )
    file = written(tmp_path / "rules.toml", young)
    out = tmp_path / "decided.parquet"
    words = ["score", str(bank), "--application", "application_train", "--bundle", str(bundle), "--out", str(out)]
    done = CliRunner().invoke(main, [*words, "--rules", str(file), "--reasons", "fr"])
    assert done.exit_code == 0, done.output
    found = pl.read_parquet(out)
    ages = pl.read_parquet(bank / "application_train.parquet")["SK_ID_CURR", "DAYS_BIRTH"]
    joined = found.join(ages, on="SK_ID_CURR")
    hit = joined.filter(pl.col("DAYS_BIRTH") > -9000)
    assert 0 < hit.height < 200
    assert set(hit["DECISION"]) == {"refuse"}
    assert set(hit["RULE"]) == {"young"}
    assert set(hit["REASONS"]) == {"Trop jeune."}
    rest = joined.filter(pl.col("DAYS_BIRTH") <= -9000)
    assert set(rest["RULE"]) == {None}
    assert "Trop jeune." not in set(rest["REASONS"])
    assert CliRunner().invoke(main, words).exit_code == 0
    bare = pl.read_parquet(out)
    assert "RULE" not in bare.columns
    kept = rest.join(bare, on="SK_ID_CURR", suffix="_BARE")
    assert kept["DECISION"].to_list() == kept["DECISION_BARE"].to_list()


def test_a_counteroffer_by_a_rule_is_on_terms_that_no_rule_refuses(bundle, tmp_path):
    """The rule allows loans of up to 300,000; the client asks for 450,000."""
    large = rule(name="large", outcome="refuse", when={"column": "AMT_CREDIT", "op": ">", "value": 300_000})
    path, rules = tmp_path / "decisions.db", written(tmp_path / "rules.toml", large)
    client = create_app(bundle, database=path, rules=rules).test_client()
    body = {"SK_ID_CURR": 1, "AMT_CREDIT": 450_000.0, "EXT_SOURCE_2": 0.9, "CODE_GENDER": 0, "DAYS_BIRTH": -9000}
    (score,) = client.post("/score", json=body).json["scores"]
    assert score["decision"] == "refuse"
    route = f"/reviews/{score['decision_id']}"
    offer = {"verdict": "counteroffer", "reason": "bank_rule", "terms": {"amount": 300_001}}
    answer = client.post(route, json=offer)
    assert (answer.status_code, answer.json["details"][0]["field"]) == (422, "terms")
    assert "The rule large refuses the loan on these terms, too" in answer.json["details"][0]["message"]
    assert "la règle large refuse" in client.post(f"{route}?lang=fr", json=offer).json["details"][0]["message"].lower()
    # The command line, which has no model, says the same.
    words = ["reviews", "decide", "1", "counteroffer", "--reason", "bank_rule", "--amount", "300001"]
    done = CliRunner().invoke(main, [*words, "--reviewer", "maria", "--database", str(path)])
    assert done.exit_code == 1
    assert "the rule large refuses the loan on these terms, too" in " ".join(done.output.split())
    assert client.get(route).json["reviews"] == []
    assert client.post(route, json=offer | {"terms": {"amount": 300_000}}).status_code == 200
    assert client.get(route).json["final"] == "counteroffer"
