"""python -m credit reviews: the queue, a case, a verdict, a client who wants a decision looked at again."""

import json

import pytest
from click.testing import CliRunner
from support.logged import decision, referred

from credit.cli import main
from credit.decision_log import Log
from credit.decision_log.reviews import case_of


@pytest.fixture
def path(tmp_path):
    log = Log(tmp_path / "decisions.db")
    log.record([referred(7), referred(8, amount=9000.0), decision(9)])
    log.close()
    return tmp_path / "decisions.db"


def run(path, *words, **environ):
    database = () if path is None else ("--database", path)
    return CliRunner(env=environ).invoke(main, ["reviews", *map(str, (*words, *database))])


def test_the_queue_is_listed_page_by_page(path):
    done = run(path, "list", "--size", 1)
    first, total, following = done.stdout.splitlines()
    assert first.startswith("decision 1  client 7  referred since 20")
    assert first.endswith("probability 0.1000  at stake 100.00  sent by ann")
    assert total == "2 open cases"
    done = run(path, "list", *following.removeprefix("next page: ").split())
    assert [line.split("  ")[0] for line in done.stdout.splitlines()] == ["decision 2", "2 open cases"]
    dearest = json.loads(run(path, "list", "--order", "dearest", "--json").stdout)
    assert [one["decision"] for one in dearest["cases"]] == [2, 1]
    assert (dearest["total"], dearest["next"]) == (2, None)
    done = run(path, "list", "--after", "x")
    assert (done.exit_code, "a cursor must be what a page of the oldest cases gave" in done.stderr) == (1, True)


def test_all_decisions_about_a_client_are_listed_open_or_not(path):
    run(path, "decide", 1, "accept", "--reason", "income_confirmed", "--reviewer", "maria")
    line, total = run(path, "list", "--client", 7).stdout.splitlines()
    assert line.startswith("decision 1  client 7  closed, refer at 20")
    assert ", accept in the end  probability 0.1000  at stake 100.00" in line
    assert total == "1 decision"
    assert run(path, "list", "--client", 8).stdout.startswith("decision 2  client 8  referred since 20")
    assert run(path, "list", "--client", 10).stdout == "0 decisions\n"
    (found,) = json.loads(run(path, "list", "--client", 9, "--json").stdout)["cases"]
    assert (found["decision"], found["kind"], found["final"]) == (3, None, "refuse")
    done = run(path, "list", "--client", 7, "--order", "oldest")
    assert (done.exit_code, "--order is of the open cases" in done.stderr) == (2, True)


def test_a_case_is_decided_and_the_second_is_told(path):
    done = run(path, "decide", 1, "counteroffer", "--reason", "not_affordable", "--amount", 500, "--reviewer", "maria")
    assert (done.exit_code, done.stdout) == (0, "decision 1: review 4, counteroffer by maria\n")
    done = run(path, "decide", 1, "refuse", "--reason", "as_scored", "--reviewer", "tom")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: Decision 1 was decided by maria at 20")
    shown = json.loads(run(path, "show", 1).stdout)
    assert (shown["status"], shown["final"], shown["decision"]["decision"]) == ("closed", "counteroffer", "refer")
    (review,) = shown["reviews"]
    assert (review["terms"], review["reviewer"], review["request"]) == (
        {"amount": 500.0, "annuity": None, "months": None},
        "maria",
        "command line",
    )


def test_a_decision_is_reopened_and_overridden(path):
    done = run(path, "reopen", 3, "--reason", "client_disagrees", "--words", "not my debt", "--reviewer", "desk-2")
    assert (done.exit_code, done.stdout) == (0, "decision 3: reopened by desk-2, and waits for a person\n")
    assert run(path, "reopen", 3, "--reason", "client_disagrees", "--reviewer", "desk-2").exit_code == 1
    assert json.loads(run(path, "show", 3).stdout)["kind"] == "reopened"
    done = run(path, "decide", 3, "accept", "--reason", "data_corrected", "--reviewer", "maria")
    assert done.stdout == "decision 3: review 5, accept by maria\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("accept", "--reason", "weather", "--reviewer", "maria"), "the reason of accept is one of as_scored"),
        (("counteroffer", "--reason", "bank_rule", "--reviewer", "maria"), "terms belong to counteroffer"),
        (("accept", "--reason", "as_scored", "--reviewer", "Maria Doe"), "a reviewer is 1 to 200 letters"),
        (("refuse", "--reason", "other", "--reviewer", "maria"), "the reason other says nothing alone"),
    ],
)
def test_what_is_no_review_is_told_in_a_sentence(path, words, sentence):
    done = run(path, "decide", 1, *words)
    assert (done.exit_code, sentence in done.stderr, "Traceback" in done.output) == (1, True, False)


def test_a_decision_that_is_not_there_is_told(path):
    for words in (("show", 99), ("reopen", 99, "--reason", "human_requested", "--reviewer", "maria")):
        done = run(path, *words)
        assert (done.exit_code, done.stderr[:34]) == (1, "error: There is no decision 99: it")


def test_four_eyes_hold_on_the_command_line(path):
    words = ("decide", 1, "accept", "--reason", "as_scored", "--reviewer", "ann")
    done = run(path, *words, FOUR_EYES="1")
    assert (done.exit_code, "was sent by ann: with FOUR_EYES=1" in done.stderr) == (1, True)
    done = run(path, *words, FOUR_EYES="yes")
    assert (done.exit_code, "FOUR_EYES is 1 where nobody" in done.stderr) == (1, True)
    assert run(path, *words).exit_code == 0
    log = Log(path)
    assert case_of(log, 1).final == "accept"
    log.close()


@pytest.mark.parametrize(("language", "name"), [("en", "The review confirms the score"), ("fr", "L'examen confirme")])
def test_reasons_are_listed_in_both_languages(language, name):
    done = run(None, "reasons", "--lang", language)
    assert done.stdout.startswith("as_scored              accept, counteroffer, refuse")
    assert name in done.stdout


def test_drift_says_what_people_decided(path, tmp_path):
    from support import small

    run(path, "decide", 1, "accept", "--reason", "as_scored", "--reviewer", "maria")
    bundle = small.bundle(tmp_path / "model")
    words = ["drift", "--current", "log", "--database", str(path), "--bundle", str(bundle)]
    done = CliRunner().invoke(main, words)
    assert (
        "reviews: 2 clients were referred, 1 of them decided by a person, 0 automatic decisions changed, 1 case "
        in (done.stdout)
    )
    assert "of the referred were expected to earn 50 and cost 10; all cost 10; realised 0 on 0 known" in done.stdout
    assert (
        json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)["reviews"]["total"]["agreement"]["count"] == 1
    )


@pytest.mark.parametrize("words", [("show",), ("decide", "refuse", "--reason", "as_scored"), ("list", "--client")])
def test_a_number_that_no_database_holds_is_refused(path, words):
    command, *rest = words
    done = run(path, *((command, *rest, 2**63) if command == "list" else (command, 2**63, *rest)))
    assert (done.exit_code, f"{2**63} is not in the range 0<=x<={2**63 - 1}" in done.stderr) == (2, True)


def test_refused_applications_are_drawn_and_accepted_with_their_price(path):
    done = run(path, "draw", "--share", 1)
    # Of the only refusal, 1,000 at 0.25: a loss of 250 less a margin of 0.19 * 750 = 142.5.
    assert done.stdout.splitlines() == [
        "decision 3  client 9  price 107.50 for a loan of 1,000.00",
        "1 of 1 refusal drawn; by the probabilities of the model, to accept them costs 107.50 more than to refuse them",
    ]
    assert json.loads(run(path, "show", 3).stdout)["final"] == "refuse"
    done = run(path, "draw", "--share", 1, "--accept")
    assert (done.exit_code, "name a --reviewer" in done.stderr) == (2, True)
    done = run(path, "draw", "--share", "100%", "--accept", "--reviewer", "risk")
    assert done.stdout.splitlines()[-1] == "accepted in the log: 1, each with the reason drawn_at_random"
    shown = json.loads(run(path, "show", 3).stdout)
    assert (shown["final"], shown["reviews"][0]["reason"]) == ("accept", "drawn_at_random")
    assert run(path, "draw", "--share", 1).stdout.startswith("0 of 0 refusals drawn")


def test_what_is_no_draw_is_refused(path):
    done = run(path, "draw", "--share", 1.5)
    assert (done.exit_code, "must be above 0 and at most 1, not 1.5" in done.stderr) == (1, True)
    assert run(path, "draw", "--share", 1, "--since", "2100-01-01").stdout.startswith("0 of 0 refusals drawn")
    done = run(path, "draw", "--share", 1, "--since", "soon")
    assert (done.exit_code, "--since" in done.stderr) == (2, True)
