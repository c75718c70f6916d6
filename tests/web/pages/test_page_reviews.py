"""The page for reviewers in a real browser: from the queue through cases to the log; by keyboard, in French."""

import hashlib
import re

import pytest
from support.loans import loan_of
from support.reader import Reader
from support.server import Server

from credit.decision_log import Log
from credit.decision_log.audit import verify

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
LOAN = loan_of(("AMT_CREDIT",))


class Bank:
    """A server of a small model with clients of whom each decision is there; ``sent``: decision -> ids of the last."""

    def __init__(self, folder, bundle, **settings):
        self.server = Server(folder, bundle, WEB_CONCURRENCY="1", **settings).wait()
        self.database = f"{folder}/decisions.db"
        self.clients = 0

    def send(self, headers=None):
        """32 clients who were not sent before."""
        first, self.clients = self.clients, self.clients + 32
        body = [
            {"SK_ID_CURR": first + n, **LOAN, "EXT_SOURCE_2": n / 40 + 0.1, "CODE_GENDER": n % 2} for n in range(32)
        ]
        status, answer = self.server.ask("/score", body, headers)
        assert status == 200, answer
        self.sent = {"accept": [], "refer": [], "refuse": []}
        for one in answer["scores"]:
            self.sent[one["decision"]].append(one["decision_id"])
        assert all(self.sent.values())
        return self

    def case(self, number):
        return self.server.ask(f"/reviews/{number}")[1]

    def close_all(self):
        """Decide every case that waits, so that the next one that is sent is the first of the queue."""
        while waiting := self.server.ask("/reviews")[1]["cases"]:
            for one in waiting:
                status, answer = self.server.ask(
                    f"/reviews/{one['decision_id']}", {"verdict": "refuse", "reason": "not_affordable"}
                )
                assert status == 200, answer

    def counts(self):
        """Decisions and reviews in the log, whose chain is whole; the total that the service tells of decisions."""
        log = Log(self.database)
        result = verify(log)
        log.close()
        assert result.whole
        return result.decisions, result.reviews, self.server.ask("/data")[1]["total"]


@pytest.fixture(scope="module")
def running(bundle, tmp_path_factory):
    found = Bank(tmp_path_factory.mktemp("reviews"), bundle)
    yield found
    found.server.stop()


@pytest.fixture
def bank(running):
    """A queue of clients that were sent just now, and no others."""
    running.close_all()
    return running.send()


@pytest.fixture
def tab(reader, bank):
    def opened(path, **settings):
        found = reader(bank.server, expected=("the server responded with a status of 4",), **settings)
        found.open(path)
        found.until(lambda: found.page.get_attribute("html", "data-busy") == "no")
        return found

    return opened


def shows(tab, number, status):
    tab.until(
        lambda: (
            (tab.page.get_attribute("#case", "data-decision"), tab.page.get_attribute("#case", "data-status"))
            == (str(number), status)
        )
    )
    tab.until(lambda: tab.page.get_attribute("html", "data-busy") == "no")
    return tab.page


def test_a_refused_a_referred_and_an_overridden_client_go_through_the_page_into_the_log(tab, bank):
    first, second, *_ = bank.sent["refer"]
    refused = bank.sent["refuse"][0]
    decisions, reviews, total = bank.counts()
    assert decisions == total == bank.clients
    reviewer = tab("/reviews")
    page = reviewer.page
    assert page.inner_text("#total") == f"{len(bank.sent['refer'])} cases wait."
    assert page.locator("#cases tbody tr").count() == min(20, len(bank.sent["refer"]))
    # The referred client: all that is known, then a refusal with its reason, and the next case is there.
    page.click(f"#cases a:text-is('{first}')")
    shows(reviewer, first, "open")
    assert "450,000" in page.inner_text("#decision")
    assert page.locator("#decision svg polygon:visible").count() > 0
    assert "Missing information" in page.inner_text("#decision")
    assert page.locator("#levers .lever").count() > 0
    page.check("#verdicts input[value=refuse]")
    page.select_option("#reason", "documents_missing")
    page.fill("#words", "No payslip.")
    page.click("#ruling button[type=submit]")
    shows(reviewer, second, "open")
    assert page.inner_text("#told") == f"Decision {first}: Refuse. It is in the log."
    assert page.evaluate("document.activeElement.id") == "decision-title"
    # The next referred client: a counteroffer.
    page.check("#verdicts input[value=counteroffer]")
    page.select_option("#reason", "known_client")
    page.fill("#terms-amount", "300 000")
    page.fill("#terms-months", "24")
    page.click("#ruling button[type=submit]")
    reviewer.until(lambda: bank.case(second)["status"] == "closed")
    # The refused client is accepted in place of the machine, then looked at again.
    reviewer.open(f"/reviews/{refused}")
    shows(reviewer, refused, "closed")
    assert page.get_attribute("#ruling", "data-verdicts") == "accept counteroffer reopen"
    page.check("#verdicts input[value=accept]")
    page.select_option("#reason", "income_confirmed")
    page.click("#ruling button[type=submit]")
    reviewer.until(lambda: bank.case(refused)["final"] == "accept")
    reviewer.open(f"/reviews/{refused}")
    shows(reviewer, refused, "closed")
    assert "override of the automatic decision" in page.inner_text("#decision")
    assert page.get_attribute("#ruling", "data-verdicts") == "reopen"
    page.check("#verdicts input[value=reopen]")
    page.select_option("#reason", "new_information")
    page.click("#ruling button[type=submit]")
    reviewer.until(lambda: bank.case(refused)["status"] == "open")
    assert reviewer.errors() == ""
    # Four reviews; looking and deciding has scored nobody.
    assert bank.counts() == (decisions, reviews + 4, total)
    (review,) = bank.case(first)["reviews"]
    assert (review["verdict"], review["reason"], review["words"]) == ("refuse", "documents_missing", "No payslip.")
    assert bank.case(second)["reviews"][0]["terms"] == {"amount": 300000.0, "annuity": None, "months": 24}


def test_who_comes_second_sees_what_the_first_decided(tab, bank):
    number = bank.sent["refer"][0]
    reviewer = tab(f"/reviews/{number}")
    page = shows(reviewer, number, "open")
    verdict = {"verdict": "accept", "reason": "income_confirmed"}
    assert bank.server.ask(f"/reviews/{number}", verdict)[0] == 200
    page.check("#verdicts input[value=refuse]")
    page.select_option("#reason", "not_affordable")
    page.click("#ruling button[type=submit]")
    shows(reviewer, number, "closed")
    reviewer.until(lambda: "anyone has already decided on" in reviewer.errors())
    assert re.search(
        rf"on decision {number} \(\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC\): Accepted. Reason: Income or employment",
        reviewer.errors(),
    ), reviewer.errors()
    assert "Accepted" in page.inner_text("#decision .verdict")
    assert len(bank.case(number)["reviews"]) == 1


def test_who_comes_second_is_told_in_french_without_codes_and_without_english(tab, bank):
    number, refused = bank.sent["refer"][0], bank.sent["refuse"][0]
    reviewer = tab(f"/reviews/{number}?lang=fr")
    page = shows(reviewer, number, "open")
    terms = {"verdict": "counteroffer", "reason": "known_client", "terms": {"amount": 300_000}}
    assert bank.server.ask(f"/reviews/{number}", terms)[0] == 200
    page.check("#verdicts input[value=refuse]")
    page.select_option("#reason", "not_affordable")
    page.click("#ruling button[type=submit]")
    shows(reviewer, number, "closed")
    reviewer.until(lambda: f"anyone a déjà tranché la décision {number}" in reviewer.errors())
    assert "Accepté à d'autres conditions. Motif\u00a0: " in reviewer.errors()
    assert not re.search("known_client|counteroffer|en anglais|decided|T\\d\\d:", reviewer.errors())
    # An override that says what somebody else has said meanwhile, and a case that somebody has reopened.
    reviewer.open(f"/reviews/{refused}?lang=fr")
    shows(reviewer, refused, "closed")
    assert bank.server.ask(f"/reviews/{refused}/reopen", {"reason": "client_disagrees"})[0] == 200
    page.check("#verdicts input[value=reopen]")
    page.select_option("#reason", "new_information")
    page.click("#ruling button[type=submit]")
    shows(reviewer, refused, "open")
    reviewer.until(lambda: f"La décision {refused} attend déjà une personne" in reviewer.errors())


def test_a_verdict_that_is_not_taken_is_said_in_french_and_nothing_of_it_is_json(tab, bank):
    """What the page can see itself is said before anything is sent: an amount above what was applied for."""
    number, refused = bank.sent["refer"][0], bank.sent["refuse"][0]
    reviewer = tab(f"/reviews/{number}?lang=fr")
    page = shows(reviewer, number, "open")
    page.check("#verdicts input[value=counteroffer]")
    page.select_option("#reason", "known_client")
    posted = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    told = {
        "900 000": "900\u202f000 dépasse les 450\u202f000 demandés",
        "": "Donnez au moins une",
        "0": "supérieur à 0",
    }
    for amount, words in told.items():
        page.fill("#terms-amount", amount)
        page.click("#ruling button[type=submit]")
        reviewer.until(lambda words=words: words in reviewer.errors())
    assert posted == []
    # The server says what only it knows: that the annuities do not repay the loan.
    page.fill("#terms-amount", "300 000")
    page.fill("#terms-annuity", "1 000")
    page.fill("#terms-months", "12")
    page.click("#ruling button[type=submit]")
    reviewer.until(lambda: "12 échéances de 1\u202f000 ne remboursent pas 300\u202f000" in reviewer.errors())
    assert "La décision n'a pas été enregistrée." in reviewer.errors()
    # Who gives the score as the reason against the score.
    reviewer.open(f"/reviews/{refused}?lang=fr")
    shows(reviewer, refused, "closed")
    page.check("#verdicts input[value=accept]")
    page.select_option("#reason", "as_scored")
    page.click("#ruling button[type=submit]")
    reviewer.until(lambda: "donnez votre propre motif pour «\u00a0accepter\u00a0»" in reviewer.errors())
    assert not re.search(r"[{}]|en anglais|as_scored|The |review", reviewer.errors()), reviewer.errors()
    assert bank.case(number)["reviews"] == bank.case(refused)["reviews"] == []


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "No letter can be written for this reason", "No letter can be written for it: write to the client."),
        ("fr", "Aucune lettre ne peut être écrite pour ce motif", "Aucune lettre ne peut être écrite\u00a0: écrivez"),
    ],
)
def test_a_verdict_that_leaves_no_letter_is_said_before_and_with_it(tab, bank, language, before, after):
    first, second, *_ = bank.sent["refer"]
    reviewer = tab(f"/reviews/{first}?lang={language}")
    page = shows(reviewer, first, "open")
    page.check("#verdicts input[value=refuse]")
    page.select_option("#reason", "documents_missing")
    assert page.locator("#letter-note").is_hidden()
    page.select_option("#reason", "data_corrected")
    assert before in page.inner_text("#letter-note")
    page.click("#ruling button[type=submit]")
    shows(reviewer, second, "open")
    assert after in page.inner_text("#told")


def test_a_client_is_found_by_number_with_all_that_was_decided(tab, bank):
    closed, waiting = bank.sent["refuse"][0], bank.sent["refer"][0]
    client = bank.case(closed)["decision"]["client"]
    reviewer = tab("/reviews?lang=fr")
    page = reviewer.page
    page.fill("#find-number", "un")
    page.keyboard.press("Enter")
    reviewer.until(lambda: "nombre entier" in reviewer.errors())
    page.fill("#find-number", str(client))
    page.keyboard.press("Enter")
    reviewer.until(lambda: page.locator("#client-cases tbody tr:visible").count() == 1)
    assert reviewer.errors() == ""
    assert page.inner_text("#client-total").startswith(
        f"Décisions sur le client {client}\u00a0: 1, la plus récente d'abord."
    )
    assert page.inner_text("#client-total").endswith("0 attend une personne.")
    row = page.inner_text("#client-cases tbody tr")
    assert all(word in row for word in ("clos", "Refusé", "UTC")), row
    assert page.get_attribute("nav a[hreflang=en]", "href") == "/reviews?lang=en"
    assert reviewer.violations() == []
    page.click("#client-cases tbody a")
    shows(reviewer, closed, "closed")
    # The address alone leads there, too; an open case says so, and a client of whom nothing is known.
    client = bank.case(waiting)["decision"]["client"]
    reviewer.open(f"/reviews?client={client}")
    reviewer.until(lambda: page.locator("#client-cases tbody tr[data-status=open]").count() == 1)
    assert page.get_attribute("nav a[hreflang=fr]", "href") == f"/reviews?client={client}&lang=fr"
    assert "1 waits for a person" in page.inner_text("#client-total")
    page.fill("#find-number", "999 999")
    page.keyboard.press("Enter")
    reviewer.until(lambda: page.inner_text("#client-total") == "No decision about client 999999 is in the log.")
    page.click("#back-to-queue")
    reviewer.until(lambda: page.locator("#cases tbody tr:visible").count() > 0)


def test_the_keyboard_alone_decides_a_case(tab, bank):
    number = bank.sent["refer"][0]
    reviewer = tab("/reviews")
    page = reviewer.page

    def tab_to(selector):
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("(one) => document.activeElement?.matches(one) ?? false", selector):
                return
        raise AssertionError(selector)

    tab_to("#first")
    page.keyboard.press("Enter")
    shows(reviewer, number, "open")
    tab_to("#verdicts input")
    page.keyboard.press("Space")
    tab_to("#reason")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # the second reason: the first one is the score's, which may say the opposite
    tab_to("#ruling button[type=submit]")
    page.keyboard.press("Enter")
    reviewer.until(lambda: bank.case(number)["final"] == "accept")
    assert bank.case(number)["reviews"][0]["reason"] == "income_confirmed"


def test_a_case_that_is_put_off_comes_not_next_and_the_dearest_come_first(tab, bank):
    reviewer = tab("/reviews")
    page = reviewer.page
    page.select_option("#order", "dearest")
    reviewer.until(lambda: page.get_attribute("html", "data-busy") == "no")
    dearest = [one["decision_id"] for one in bank.server.ask("/reviews?order=dearest")[1]["cases"]]
    reviewer.until(lambda: page.inner_text("#cases tbody tr:first-child a") == str(dearest[0]))
    page.click("#first")
    shows(reviewer, dearest[0], "open")
    page.click("#skip-case")
    shows(reviewer, dearest[1], "open")
    page.go_back()
    shows(reviewer, dearest[0], "open")


@pytest.mark.parametrize(
    ("language", "total", "said"),
    [
        ("en", 1, "1 case waits."),
        ("en", 1200, "1,200 cases wait."),
        ("fr", 1, "1 dossier attend."),
        ("fr", 2, "2 dossiers attendent."),
    ],
)
def test_one_case_waits_and_two_wait(reader, bank, language, total, said):
    def counted(route):
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "total": total})

    found = reader(bank.server)
    found.page.route(lambda url: "/reviews?" in url and "order=" in url, counted)
    found.open(f"/reviews?lang={language}")
    found.until(lambda: found.page.inner_text("#total") != "")
    assert found.page.inner_text("#total") == said


@pytest.mark.parametrize("settings", [{}, PHONE, {"color_scheme": "dark"}, {"locale": "fr-FR"}])
def test_queue_case_and_page_are_read_by_everybody(tab, bank, settings):
    number = bank.sent["refer"][0]
    for path in ("/reviews", f"/reviews/{number}", f"/decisions/{number}"):
        reviewer = tab("/reviews", **settings)
        if path == "/reviews":
            assert "French" not in reviewer.page.inner_text("#queue")
        elif path.startswith("/reviews"):
            reviewer.open(path)
            shows(reviewer, number, "open")
        else:
            reviewer.page.goto(reviewer.home + path)
        if settings.get("locale") == "fr-FR":
            assert reviewer.page.get_attribute("html", "lang") == "fr"
        wide, window = reviewer.width()
        assert wide <= window, path
        assert reviewer.violations() == [], path


def menu(page):
    """The entries of the menu that are shown, of those that lead to routes for keys."""
    return [one.get_attribute("href").split("?")[0] for one in page.locator("nav [data-roles]:visible a").all()]


def test_a_key_that_has_sent_nothing_is_told_where_the_clients_of_others_are(chromium, bundle, tmp_path):
    digest = hashlib.sha256(b"eve").hexdigest()
    bank = Bank(tmp_path, bundle, API_KEYS=f"ann:{hashlib.sha256(b'ann').hexdigest()}:score,eve:{digest}:admin")
    bank.send({"Authorization": "Bearer ann"})
    tab = Reader(chromium, bank.server)
    try:
        page = tab.page
        page.goto(f"{tab.home}/data?lang=fr")
        page.wait_for_selector("#key-form:not([hidden])")
        page.fill("#key-text", "eve")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Cette clé n'en a envoyé aucune.")
        assert menu(page) == ["/reviews", "/data", "/drift"]
        page.click("text=Ce que d'autres clés ont envoyé se trouve par le numéro du client, sous Dossiers.")
        tab.until(lambda: page.locator("#cases tbody tr:visible").count() > 0)
    finally:
        tab.close()
        bank.server.stop()


def test_a_key_is_asked_for_once_and_opens_the_page(chromium, bundle, tmp_path):
    keys = ",".join(
        f"{name}:{hashlib.sha256(name.encode()).hexdigest()}:{role}"
        for name, role in (("ann", "score"), ("eve", "review"))
    )
    bank = Bank(tmp_path, bundle, API_KEYS=keys).send({"Authorization": "Bearer ann"})
    tab = Reader(chromium, bank.server)
    try:
        page = tab.page
        page.goto(f"{tab.home}/reviews")
        page.wait_for_selector("#key[open]")
        page.fill("#key-text", "eve")
        page.keyboard.press("Enter")
        tab.until(lambda: page.locator("#cases tbody tr").count() > 0)
        page.click("#first")
        shows(tab, bank.sent["refer"][0], "open")
        page.goto(f"{tab.home}/decisions/{bank.sent['refer'][0]}")
        page.wait_for_selector("#decision")
        assert "Sent by ann" in page.inner_text("#decision")
        # What this key may not use is not offered: here by the server, on pages that ask for the key by their scripts.
        assert menu(page) == ["/reviews"]
        for path in ("/", "/reviews", "/features"):
            tab.open(path)
            tab.until(lambda: menu(page) == ["/reviews"])
        page.goto(f"{tab.home}/data")
        page.wait_for_selector("h1:text-is('This did not work')")
        assert menu(page) == ["/reviews"]
        page.goto(f"{tab.home}/data?lang=fr")
        page.wait_for_selector("text=Cette clé n'a pas accès à cette page")
        assert "has no role" not in page.inner_text("main")
        tab.open("/reviews")
        page.click("#forget")
        assert menu(page) == ["/reviews", "/data", "/drift"]
    finally:
        tab.close()
        bank.server.stop()


def test_what_a_review_saves_is_told_with_its_cost_taken_off_in_queue_case_and_report(tab, bank):
    number = bank.sent["refer"][0]
    case = bank.case(number)
    worth, cost = case["review_worth"], case["review_cost"]
    assert worth > cost > 0  # it was referred since a review pays
    told = f"{worth - cost:,.0f} ({worth:,.0f} \u2212 {cost:,.0f})"
    reviewer = tab("/reviews")
    assert told in reviewer.page.inner_text(f"#cases tbody tr:has(a:text-is('{number}'))")
    reviewer.open(f"/reviews/{number}")
    assert f"its cost taken off\n{told}" in shows(reviewer, number, "open").inner_text("#decision")
    reviewer.page.goto(f"{reviewer.home}/decisions/{number}?lang=fr")
    french = told.replace(",", "\u202f")
    assert f"son coût déduit\n{french}" in reviewer.page.inner_text("#decision").replace("\u00a0", "\u202f")


def test_on_a_phone_probability_amount_and_stake_of_the_queue_are_in_sight(tab, bank):
    page = tab("/reviews", **PHONE).page
    row = page.locator("#cases tbody tr").first
    for label in ("Probability of default", "Amount", "At stake"):
        box = row.locator(f"[data-label='{label}']").bounding_box()
        assert box["x"] >= 0, label
        assert box["x"] + box["width"] <= 360, label


@pytest.mark.parametrize("language", ["en", "fr"])
def test_two_decisions_side_by_side_print_on_one_sheet(reader, server, language):
    from support.reader import EXAMPLES

    numbers = [
        server.ask("/score", EXAMPLES[name])[1]["scores"][0]["decision_id"] for name in ("refused", "history_unknown")
    ]
    tab = reader()
    tab.page.goto(f"{tab.home}/decisions/{numbers[0]}?beside={numbers[1]}&lang={language}")
    sheet = tab.page.pdf(prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") + sheet.count(b"/Type /Page/") == 1
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", sheet).groups())
    assert width > height  # landscape


def test_a_change_that_is_tried_fills_the_terms_of_a_counteroffer(reader, server):
    from support.reader import EXAMPLES

    number = server.ask("/score", EXAMPLES["borderline"])[1]["scores"][0]["decision_id"]
    asked = server.ask("/what-if", EXAMPLES["borderline"])[1]["smallest"]
    changes = {one["feature"]: one["to"] for one in asked["changes"]}
    assert changes.keys() & {"AMT_CREDIT", "AMT_ANNUITY"}, changes
    tab = reader()
    tab.open(f"/reviews/{number}")
    page = shows(tab, number, server.ask(f"/reviews/{number}")[1]["status"])
    page.click("#smallest button")
    for name, column in (("amount", "AMT_CREDIT"), ("annuity", "AMT_ANNUITY")):
        written = page.input_value(f"#terms-{name}")
        assert float(written or "nan") == pytest.approx(changes.get(column, float("nan")), nan_ok=True)
    assert page.locator("#verdicts input:checked").count() == 0  # the verdict stays the reviewer's
    page.check("#verdicts input[value=counteroffer]")
    assert page.locator("#terms-amount:visible").count() == 1
    assert page.input_value("#terms-amount" if "AMT_CREDIT" in changes else "#terms-annuity")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_levers_of_the_loan_say_that_a_larger_one_is_not_proposed(reader, language):
    tab = reader()
    page = tab.open(f"/?lang={language}")
    tab.pick("borderline")
    told = {"en": "A larger loan is never proposed.", "fr": "Un prêt plus grand n'est jamais proposé."}[language]
    for feature in ("AMT_CREDIT", "AMT_ANNUITY"):
        lever = page.locator(f".lever[data-feature={feature}]")
        assert told in lever.inner_text()
        note = lever.locator("input").get_attribute("aria-describedby")
        assert told in page.inner_text(f"#{note}")
    assert page.locator(".lever .loan").count() == 2
    assert "(<= 0)" not in page.inner_text("#what-if")
    assert tab.violations() == []


def test_what_was_sent_is_read_in_whole_at_1280_pixels(reader, server):
    from support.reader import EXAMPLES

    assert server.ask("/score", EXAMPLES["refused"])[0] == 200
    tab = reader()
    page = tab.page
    page.goto(f"{tab.home}/data?lang=fr")
    inner, whole = page.evaluate(
        "(() => { const box = document.querySelector('.scrolls'); return [box.clientWidth, box.scrollWidth]; })()"
    )
    assert whole <= inner
    assert "demande, bureau de crédit, prêts antérieurs ici" in page.inner_text("table")
    assert "installments_payments" not in page.inner_text("table")
