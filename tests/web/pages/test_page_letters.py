"""From the queue to the letter in a real browser, behind a key: a client whom the machine refuses, one whom a person
refuses, one whom a person takes the loan from; then what came of a loan, and the log.
"""

import json
import os
import re
import subprocess
import sys

import pytest
from support import letters
from support.letters import ENVIRON, numbers
from support.reader import Reader
from support.server import ROOT, Server
from support.small import digest

DOCUMENTS = {
    "en": "Documents that we need for a decision are missing, or contradict each other or your application.",
    "fr": "Des pièces nécessaires à notre décision manquent, ou se contredisent ou contredisent votre demande.",
}
AFFORDABLE = "Les échéances du prêt demandé sont trop élevées au regard de vos revenus et de vos charges."


class Desk:
    """A reviewer's tab on a server with keys; ``scores``: what the branch was answered."""

    def __init__(self, chromium, folder, **settings):
        model = letters.bundle(folder / "bundle")
        keys = f"branch:{digest('branch')},r-17:{digest('r-17')}:review"
        self.server = Server(folder, model, **{**ENVIRON, "API_KEYS": keys, "WEB_CONCURRENCY": "1"}, **settings).wait()
        self.database = f"{folder}/decisions.db"
        self.scores = self.ask("branch", "/score", letters.BODY)["scores"]
        for one in self.scores:
            assert one["rule"] is None
        self.tab = Reader(chromium, self.server)
        self.page = self.tab.page

    def ask(self, who, path, body=None):
        status, answer = self.server.ask(path, body, {"Authorization": f"Bearer {who}"})
        assert status == 200, answer
        return answer

    def case(self, number, language):
        """Open a case on the reviewers' page, and wait until all of it is there."""
        self.page.goto(f"{self.tab.home}/reviews/{number}?lang={language}")
        self.shown(number)

    def shown(self, number):
        self.tab.until(lambda: self.page.get_attribute("#case", "data-decision") == str(number))
        self.tab.until(lambda: self.page.get_attribute("html", "data-busy") == "no")

    def rule(self, verdict, reason, words=""):
        self.page.check(f"#verdicts input[value={verdict}]")
        self.page.select_option("#reason", reason)
        self.page.fill("#words", words)
        self.page.click("#ruling button[type=submit]")

    def read_letter(self, number, language):
        """Follow the link of the page that is shown: what stands in the letter, and its reasons."""
        self.page.click("#letter")
        self.page.wait_for_selector("main ol li")
        assert self.page.url == f"{self.tab.home}/letters/{number}?lang={language}"
        assert self.page.get_attribute("html", "lang") == language
        return self.page.inner_text("body"), self.page.locator("ol li").all_inner_texts()

    def close(self):
        self.tab.close()
        self.server.stop()


@pytest.fixture
def desk(chromium, tmp_path):
    found = Desk(chromium, tmp_path, LETTER_PROFILE="eu")
    yield found
    found.close()


def test_refused_referred_and_overridden_clients_get_their_letters_from_the_page(desk):
    page, refused = desk.page, numbers(desk.scores, "refuse")[0]
    first, second = numbers(desk.scores, "refer")[:2]
    accepted, kept = numbers(desk.scores, "accept")[:2]

    # The queue asks for the key once; its first case is a referred client, without a letter.
    page.goto(f"{desk.tab.home}/reviews?lang=en")
    page.wait_for_selector("#key[open]")
    page.fill("#key-text", "r-17")
    page.keyboard.press("Enter")
    desk.tab.until(lambda: page.locator("#cases tbody tr").count() > 0)
    assert page.locator("#cases tbody tr td:nth-child(4)").first.inner_text() == "left to a person"
    page.click("#first")
    desk.shown(first)
    assert page.locator("#letter").count() == 0
    desk.rule("refuse", "documents_missing", "No payslip.")
    desk.shown(second)

    # Of the client whom the person has refused there is a letter now, in both languages, with the person's reason.
    for language in ("en", "fr"):
        desk.case(first, language)
        text, reasons = desk.read_letter(first, language)
        assert reasons == [DOCUMENTS[language]]
        assert ("A person of our bank" if language == "en" else "une personne de notre banque") in text
        for inside in ("payslip", "r-17", "automated means alone", "entièrement automatisée"):
            assert inside not in text

    # The machine's own refusal has its letter from the page of the decision.
    page.goto(f"{desk.tab.home}/decisions/{refused}?lang=en")
    page.wait_for_selector("#decision")
    text, reasons = desk.read_letter(refused, "en")
    told = next(one for one in desk.scores if one["decision_id"] == refused)["reasons"]
    assert reasons == [one["text"] for one in told]
    assert "made by automated means alone" in text

    # An automatic acceptance that the person overrides, in French.
    desk.case(accepted, "fr")
    assert page.locator("#letter").count() == 0
    desk.rule("refuse", "not_affordable")
    desk.shown(second)
    desk.case(accepted, "fr")
    assert page.inner_text("#letter") == "Lettre au client"
    assert desk.read_letter(accepted, "fr")[1] == [AFFORDABLE]

    # A reason that no letter can give: the page says who has to write.
    desk.case(second, "fr")
    desk.rule("refuse", "other", "Voir note.")
    desk.tab.until(lambda: desk.ask("r-17", f"/reviews/{second}")["final"] == "refuse")
    page.goto(f"{desk.tab.home}/decisions/{second}?lang=fr")
    page.wait_for_selector("#decision")
    assert page.locator("#letter").count() == 0
    assert "une personne doit écrire au client" in page.inner_text("#decision")

    # A refusal that the person takes back has none any more; what comes of a loan is told, and the log is whole.
    page.goto(f"{desk.tab.home}/reviews/{refused}?lang=en")
    desk.shown(refused)
    desk.rule("accept", "income_confirmed")
    desk.tab.until(lambda: desk.ask("r-17", f"/reviews/{refused}")["final"] == "accept")
    page.goto(f"{desk.tab.home}/decisions/{refused}?lang=en")
    page.wait_for_selector("#decision")
    assert page.locator("#letter").count() == 0
    outcomes = [{"decision": kept, "defaulted": False}, {"decision": refused, "defaulted": True}]
    assert desk.ask("branch", "/outcomes", outcomes)["new"] == 2
    for number, language, said in (
        (kept, "en", "The loan was repaid; recorded on"),
        (refused, "en", "The loan has defaulted; recorded on"),
        (refused, "fr", "Le prêt est en défaut\u00a0; enregistré le"),
    ):
        page.goto(f"{desk.tab.home}/decisions/{number}?lang={language}")
        page.wait_for_selector("#outcome")
        assert page.inner_text("#outcome").startswith(said)
    # Of whom the person has refused, nothing can be known.
    page.goto(f"{desk.tab.home}/decisions/{first}?lang=en")
    page.wait_for_selector("#decision")
    assert page.locator("#outcome").count() == 0
    assert [one for one in desk.tab.faults if "status of 401" not in one] == []
    words = [sys.executable, "-m", "credit", "log", "verify", "--json", "--database", desk.database]
    done = subprocess.run(words, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300, check=False)
    found = json.loads(done.stdout)
    assert (done.returncode, found["whole"], found["decisions"], found["reviews"]) == (0, True, len(letters.BODY), 4)


def test_a_letter_behind_a_key_prints_on_one_sheet(desk):
    page, number = desk.page, numbers(desk.scores, "refuse")[0]
    page.goto(f"{desk.tab.home}/letters/{number}?lang=fr")
    page.fill("#key-text", "r-17")
    page.keyboard.press("Enter")
    page.wait_for_selector("main ol li")
    # On a phone nothing of it is to be scrolled to, long addresses included.
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sheet = page.pdf(prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") + sheet.count(b"/Type /Page/") == 1
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("Georgia")


def crossing(route):
    """What the server answers, with intervals that hold the break-even probability."""
    answer = route.fetch()
    if "json" not in answer.headers["content-type"]:
        return route.fulfill(response=answer)
    body = answer.json()
    body["cases"] = [{**one, "crosses_break_even": True} for one in body["cases"]]
    return route.fulfill(response=answer, json=body)


def test_the_queue_names_the_rule_of_the_bank_that_refers_and_the_case_gives_its_reason(chromium, tmp_path):
    from support.bank_rules import rule, written

    reason = {"en": "A person decides on large loans.", "fr": "Une personne décide des grands prêts."}
    large = {"column": "AMT_CREDIT", "op": ">", "value": 3_000_000}
    rules = written(tmp_path / "rules.toml", rule(name="large", outcome="refer", when=large, reason=reason))
    model = letters.bundle(tmp_path / "bundle")
    server = Server(tmp_path, model, BANK_RULES=str(rules), WEB_CONCURRENCY="1", **ENVIRON).wait()
    tab = Reader(chromium, server)
    try:
        (score,) = server.ask("/score", letters.BODY[0])[1]["scores"]
        assert (score["decision"], score["rule"]["name"]) == ("refer", "large")
        tab.page.route(re.compile(r"/reviews\?"), crossing)
        tab.open("/reviews?lang=fr")
        tab.until(lambda: tab.page.locator("#cases tbody tr").count() == 1)
        cell = tab.page.inner_text("#cases tbody")
        assert all(one in cell for one in (reason["fr"], "règle large", "intervalle"))
        assert "[object" not in cell
        tab.page.click("#first")
        tab.until(lambda: tab.page.get_attribute("#case", "data-decision") == "1")
        tab.until(lambda: tab.page.get_attribute("html", "data-busy") == "no")
        shown = tab.page.inner_text("#decision")
        assert reason["fr"] in shown
        assert "Règle de la banque" in shown
        for one in score["reasons"]:
            assert one["text"] not in shown
        assert tab.violations() == []
        assert tab.faults == []
    finally:
        tab.close()
        server.stop()
