"""The page's chart of what is not known of a client, in a real browser, on a model whose manifest speaks of it."""

import json
import shutil

import pytest
from support.reader import EXAMPLES
from support.server import ROOT, Server

USUAL = ["DAYS_BIRTH", "AMT_INCOME_TOTAL", "CODE_GENDER", "DAYS_ID_PUBLISH", "DAYS_REGISTRATION"]
#: The application of a refused client, whose loan is large, without the scores and three of those columns.
KNOWN = {
    name: value
    for name, value in EXAMPLES["refused"]["application"].items()
    if not name.startswith("EXT_SOURCE") and name not in USUAL[:3]
}
BODY = {**EXAMPLES["refused"], "application": KNOWN}
CLIENT = KNOWN["SK_ID_CURR"]
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The shipped model, with spreads that make both parts worth something at any probability."""
    folder = tmp_path_factory.mktemp("unknown")
    bundle = shutil.copytree(ROOT / "mlruns_reduced", folder / "bundle")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["unknown"] = {
        "columns": USUAL,
        "spreads": [
            {"part": part, "known": known, "spread": [spread] * 5}
            for part, other, spread in (
                ("external_scores", "application", 2.0),
                ("application", "external_scores", 1.2),
            )
            for known in ([], [other])
        ],
    }
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    running = Server(folder, bundle, WEB_CONCURRENCY="1").wait()
    yield running
    running.stop()


def pasted(tab, body=BODY):
    page = tab.open()
    page.fill("#body", json.dumps(body))
    page.click("#paste button")
    tab.wait(CLIENT)
    return page


def scored(server, body=BODY):
    status, answer = server.ask("/score", body)
    assert status == 200, answer
    return answer["threshold"], answer["scores"][0]


def percent(share):
    return f"{100 * share:.1f}\u00a0%"


def middle(found, side=0.5):
    box = found.bounding_box()
    return box["x"] + side * box["width"]


def test_every_unknown_part_has_its_sentence_its_numbers_and_its_bar(reader, server):
    threshold, one = scored(server)
    page = pasted(reader(server))
    assert len(one["unknown"]) == 2
    shown = page.locator("#unknown-parts > li").all()
    assert page.get_attribute("#unknown", "data-parts") == " ".join(part["part"] for part in one["unknown"])
    assert page.inner_text("#unknown h4") == "What is not known, and what knowing it would be worth"
    for part, item in zip(one["unknown"], shown, strict=True):
        assert item.locator("p").inner_text() == part["text"]
        worth, chance = item.locator("dd").all_inner_texts()
        assert worth == f"{part['worth']:,.0f}".replace("-", "\u2212")
        assert chance == percent(part["chance"])
        picture = item.locator("svg")
        assert picture.get_attribute("role") == "img"
        told = picture.get_attribute("aria-label")
        assert f"between {percent(part['low'])} and {percent(part['high'])}" in told
        assert f"now it is {percent(one['probability'])}, the threshold is {percent(threshold)}" in told
        assert picture.locator("text").all_text_contents() == [
            f"threshold {percent(threshold)}",
            percent(part["low"]),
            percent(part["high"]),
        ]


def test_bars_lie_where_their_numbers_are_on_one_scale(reader, server):
    threshold, one = scored(server)
    page = pasted(reader(server))
    (first, second) = one["unknown"]
    places = []
    for part, picture in zip((first, second), page.locator("#unknown-parts svg").all(), strict=True):
        bar = picture.locator(".reach")
        places += [
            (part["low"], middle(bar, 0)),
            (part["high"], middle(bar, 1)),
            (one["probability"], middle(picture.locator(".here"))),
            (threshold, middle(picture.locator(".mark"))),
        ]
    # Two of the places fix the scale of all: the ends of the wider bar.
    (low, left), (high, right) = max((places[0:2], places[4:6]), key=lambda ends: ends[1][1] - ends[0][1])
    for share, place in places:
        assert place == pytest.approx(left + (share - low) / (high - low) * (right - left), abs=1.5)


def test_one_sentence_reads_the_chart(reader, server):
    _, one = scored(server)
    first = one["unknown"][0]
    assert first["chance"] > 0
    page = pasted(reader(server))
    read = page.inner_text("#unknown-read")
    words = {"external_scores": "the scores of other providers", "application": "the rest of the application"}
    assert read.startswith(f"Knowing {words[first['part']]} is worth most, {first['worth']:,.0f} on average: ")
    assert f"with a probability of {percent(first['chance'])} it moves" in read


def test_the_chart_speaks_french(reader, server):
    page = pasted(reader(server, locale="fr-FR"))
    assert page.inner_text("#unknown h4") == "Ce qui n'est pas connu, et ce que cette information vaudrait"
    assert "les scores d'autres fournisseurs" in page.inner_text("#unknown-parts")
    assert page.locator("#unknown-parts svg").first.get_attribute("aria-label").startswith("Connaître ")
    assert page.inner_text("#unknown-read").startswith("Connaître le")


def test_where_all_is_known_it_says_so(reader, server):
    assert scored(server, EXAMPLES["refused"])[1]["unknown"] == []
    page = pasted(reader(server), EXAMPLES["refused"])
    assert page.inner_text("#unknown-read") == "All parts are known."
    assert page.locator("#unknown-parts > li").count() == 0


def changed(page, change):
    """Let the page get another answer of /score than the server's."""

    def other(route):
        response = route.fetch()
        answer = response.json()
        change(answer["scores"][0])
        route.fulfill(response=response, json=answer)

    page.route("**/score", other)


def test_a_model_that_cannot_say_shows_nothing(reader, server):
    tab = reader(server)
    changed(tab.page, lambda one: one.update(unknown=None))
    page = pasted(tab)
    assert page.locator("#unknown").is_hidden()


def test_halves_are_rounded_as_the_server_rounds_them(reader, server):
    tab = reader(server)
    changed(tab.page, lambda one: [part.update(chance=0.0625) for part in one["unknown"]])
    page = pasted(tab)
    assert page.locator("#unknown-parts dd").all_inner_texts()[1] == percent(0.0625) == "6.2\u00a0%"


def test_parts_that_change_nothing_and_loans_that_are_not_known_are_read_so(reader, server):
    tab = reader(server)
    changed(tab.page, lambda one: [part.update(chance=0, worth=0) for part in one["unknown"]])
    page = pasted(tab)
    assert page.inner_text("#unknown-read").startswith("No bar leads across the line, the threshold of ")
    tab = reader(server)
    changed(tab.page, lambda one: [part.update(worth=None) for part in one["unknown"]])
    page = pasted(tab)
    assert "changes the decision most likely" in page.inner_text("#unknown-read")
    assert "Not known: the amount of the loan is missing" in page.inner_text("#unknown-parts")


@pytest.mark.parametrize(
    "settings", [{}, {**PHONE, "color_scheme": "dark", "locale": "fr-FR"}], ids=["light", "dark phone"]
)
def test_the_chart_fits_and_keeps_the_rules_of_accessibility(reader, server, settings):
    tab = reader(server, **settings)
    page = pasted(tab)
    wide, window = tab.width()
    assert wide <= window
    for picture in page.locator("#unknown-parts svg").all():
        inside = picture.bounding_box()
        for text in picture.locator("text").all():
            box = text.bounding_box()
            assert box["x"] >= inside["x"] - 1
            assert box["x"] + box["width"] <= inside["x"] + inside["width"] + 1
    assert tab.violations() == []
