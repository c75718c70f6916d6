"""From a request to the outcome, over HTTP: clients whom the machine refuses, whom a person refuses, whom a person
takes back; who may do what on the way; and a log that is whole at the end.
"""

import json
import math
import os
import subprocess
import sys

import pytest
from support import letters
from support.bank_rules import written
from support.letters import ENVIRON, numbers, reasons_of, words_of
from support.server import ROOT, Server
from support.small import digest

from credit.decision_log import Log
from credit.decision_log.reviewed_decisions import reviewed_decisions
from credit.letters.verdict_sentences import SENTENCES

INCOME = {
    "en": "Your income or employment could not be confirmed.",
    "fr": "Vos revenus ou votre emploi n'ont pas pu être confirmés.",
}
DEBT = {
    "en": "You have debts or other obligations beyond those that our data show.",
    "fr": "Vous avez des dettes ou d'autres engagements en plus de ceux que montrent nos données.",
}


class Bank:
    """A server with keys, four eyes, rules and letters, and who speaks to it; ``sent``: what it said of `BODY`."""

    def __init__(self, folder, model):
        rules = written(folder / "rules.toml", *letters.RULES)
        keys = f"branch:{digest('branch')},r-17:{digest('r-17')}:review,boss:{digest('boss')}:admin"
        settings = {**ENVIRON, "API_KEYS": keys, "FOUR_EYES": "1", "BANK_RULES": str(rules), "LETTER_PROFILE": "eu"}
        self.server, self.database = Server(folder, model, **settings).wait(), f"{folder}/decisions.db"
        status, answer = self.ask("branch", "/score", letters.BODY)
        assert status == 200
        self.sent = answer["scores"]

    def ask(self, who, path, body=None):
        return self.server.ask(path, body, {"Authorization": f"Bearer {who}"})

    def command(self, *words):
        """Exit code and output of python -m credit."""
        call = [sys.executable, "-m", "credit", *map(str, words), "--database", self.database]
        environ = {**os.environ, **ENVIRON}
        done = subprocess.run(call, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, done.stdout

    def decide(self, number, **verdict):
        status, answer = self.ask("r-17", f"/reviews/{number}", verdict)
        assert status == 200, answer
        return answer

    def queue(self):
        status, answer = self.ask("r-17", "/reviews?size=200")
        assert status == 200
        return {one["decision_id"] for one in answer["cases"]}

    def letter(self, number, who="branch"):
        """By language the letter."""
        found = {}
        for language in ("en", "fr"):
            status, found[language] = self.ask(who, f"/letters/{number}?lang={language}")
            assert status == 200, found
        return found

    def page(self, number):
        """The page of a decision, as a browser gets it."""
        headers = {"Authorization": "Bearer r-17", "Accept": "text/html"}
        status, found = self.server.ask(f"/decisions/{number}?lang=en", None, headers)
        assert status == 200
        return found

    def told(self, number):
        return next(one for one in self.sent if one["decision_id"] == number)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return letters.bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture
def bank(tmp_path_factory, model):
    found = Bank(tmp_path_factory.mktemp("bank"), model)
    yield found
    found.server.stop()


def test_clients_go_from_the_request_through_review_and_letter_to_the_outcome(bank, tmp_path):
    refused, back = numbers(bank.sent, "refuse")[:2]
    by_rule = numbers(bank.sent, "refuse", "of_age")[-1]
    referred, offered = numbers(bank.sent, "refer")[:2]
    accepted, overridden = numbers(bank.sent, "accept")[:2]

    # 1. Refused by the machine, by the model and by a rule: the letter is there at once.
    for number, reason in ((refused, bank.told(refused)["reasons"][0]["text"]), (by_rule, "You are not of age.")):
        page = bank.letter(number)
        assert reasons_of(page["en"])[0] == reason
        assert "made by automated means alone" in words_of(page["en"])
        assert "entièrement automatisée" in words_of(page["fr"])
        assert bank.letter(number, "r-17") == page

    # 2. Referred: waits in the queue without a letter, and only reviewers may decide.
    assert {referred, offered} <= bank.queue()
    status, answer = bank.ask("branch", f"/letters/{referred}")
    assert (status, "a person decides on it first" in answer["error"]) == (409, True)
    verdict = {"verdict": "refuse", "reason": "income_not_confirmed", "words": "Employer rung: unknown there."}
    assert bank.ask("branch", f"/reviews/{referred}", verdict)[0] == 403
    entry = bank.decide(referred, **verdict)
    assert (entry["kind"], entry["reviewer"]) == ("review", "r-17")
    assert referred not in bank.queue()
    for language, page in bank.letter(referred).items():
        assert reasons_of(page) == [INCOME[language]]
        for inside in ("Employer rung", "r-17", "automated means alone", "entièrement automatisée"):
            assert inside not in page
    assert bank.letter(referred, "r-17") == bank.letter(referred)

    # 3. Accepted by the machine, refused by a person.
    status, answer = bank.ask("branch", f"/letters/{overridden}")
    assert (status, "it was accepted" in answer["error"]) == (409, True)
    assert bank.decide(overridden, verdict="refuse", reason="debt_not_in_data")["kind"] == "override"
    for language, page in bank.letter(overridden).items():
        assert reasons_of(page) == [DEBT[language]]

    # 4. Refused by the machine, lent to by a person in the end: there was a letter, and there is none.
    bank.letter(back)
    assert bank.ask("branch", f"/reviews/{back}/reopen", {"reason": "new_information"})[0] == 200
    assert back in bank.queue()
    bank.letter(back)  # what was decided counts until a person has decided
    assert bank.decide(back, verdict="accept", reason="income_confirmed")["kind"] == "review"
    terms = {"verdict": "counteroffer", "reason": "not_affordable", "terms": {"amount": 150_000}}
    assert bank.decide(offered, **terms)["letter"] == "letter"
    status, answer = bank.ask("branch", f"/letters/{back}")
    assert (status, "(accept), which is no refusal" in answer["error"]) == (409, True)
    for language, page in bank.letter(offered).items():
        assert ("150,000" if language == "en" else "150\u202f000") in page
        assert reasons_of(page) == [SENTENCES["not_affordable"][("en", "fr").index(language)]]

    # 5. Of loans that were lent there is an outcome, and it is kept with what the person decided.
    outcomes = {accepted: False, back: True, offered: False}
    body = [{"decision": number, "defaulted": defaulted} for number, defaulted in outcomes.items()]
    status, answer = bank.ask("branch", "/outcomes", body)
    assert (status, answer["new"]) == (200, 3), answer
    for number, said in ((accepted, "The loan was repaid"), (back, "The loan has defaulted")):
        assert said in bank.page(number)
    assert 'id="outcome"' not in bank.page(referred)
    log = Log(bank.database)
    counted = reviewed_decisions(log)
    log.close()
    pairs = zip(counted.lent.tolist(), counted.defaulted.tolist(), strict=True)
    lent = dict(zip(counted.id.tolist(), pairs, strict=True))
    assert (lent[accepted], lent[back], lent[offered]) == ((1.0, 0.0), (1.0, 1.0), (0.5, 0.0))
    for number in (refused, by_rule, referred, overridden):
        assert lent[number][0] == 0.0
        assert math.isnan(lent[number][1])

    # The command line writes the same letter, and none where there is none.
    out = tmp_path / "letter.html"
    assert bank.command("letter", referred, "--profile", "eu", "--language", "fr", "--out", out)[0] == 0
    assert out.read_text(encoding="utf-8") == bank.letter(referred)["fr"]
    assert bank.command("letter", back, "--out", tmp_path / "none.html")[0] == 1
    assert not (tmp_path / "none.html").exists()

    # The machine's decisions stand as they were, and the log is whole.
    for number in (refused, by_rule, referred, offered, accepted, overridden, back):
        case = bank.ask("r-17", f"/reviews/{number}")[1]
        assert case["decision"]["decision"] == bank.told(number)["decision"]
    assert bank.ask("r-17", f"/reviews/{overridden}")[1]["final"] == "refuse"
    assert bank.ask("r-17", f"/reviews/{back}")[1]["final"] == "accept"
    code, output = bank.command("log", "verify", "--json")
    found = json.loads(output)
    assert (code, found["whole"], found["decisions"], found["reviews"]) == (0, True, len(letters.BODY), 5)


def test_four_eyes_hold_for_verdicts_and_not_for_letters(bank):
    (score,) = bank.ask("boss", "/score", letters.BODY[9])[1]["scores"]
    number = score["decision_id"]
    assert score["decision"] == "refuse"
    status, answer = bank.ask("boss", f"/reviews/{number}", {"verdict": "accept", "reason": "income_confirmed"})
    assert (status, "FOUR_EYES=1" in answer["error"]) == (403, True)
    assert reasons_of(bank.letter(number, "boss")["en"]) == [one["text"] for one in score["reasons"]]
    assert bank.ask("branch", f"/letters/{number}")[0] == 404


def test_what_is_tried_out_has_no_letter_and_no_place_in_the_queue(bank):
    status, answer = bank.ask("branch", "/score?trial=1", letters.BODY)
    assert status == 200
    waiting = bank.queue()
    for made in ("refer", "refuse"):
        number = numbers(answer["scores"], made)[0]
        assert number not in waiting
        for who in ("branch", "r-17"):
            status, said = bank.ask(who, f"/letters/{number}")
            assert (status, "is a trial" in said["error"]) == (409, True)
