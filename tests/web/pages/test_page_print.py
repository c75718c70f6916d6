"""What is printed: a decision is one A4 sheet, for every example, in both languages, also once people have decided."""

import pytest
from support.reader import EXAMPLES
from support.server import ROOT, Server

#: A4 without its margins of 12 mm, at 96 dots an inch.
WIDTH, HEIGHT = 703, 1032

#: Left empty on the sheet of a decision, in dots: another machine's font may break a few lines more.
SPARE = 40
#: The example of whose client a part is not known.
LACKING = ("history_unknown",)

#: As much as an officer usually writes: three lines.
VERDICT = {
    "verdict": "counteroffer",
    "reason": "known_client",
    "words": "The client has been with us for twelve years. " * 5,
    "terms": {"amount": 300000, "annuity": 20000, "months": 24},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("print"), ROOT / "mlruns_reduced", WEB_CONCURRENCY="1").wait()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def decided(server):
    """A decision about every example, and one that a person has changed: (name, reviewed) -> its id."""
    found = {}
    for reviewed in (False, True):
        for name, body in EXAMPLES.items():
            status, answer = server.ask("/score", body)
            assert status == 200, answer
            number = answer["scores"][0]["decision_id"]
            if reviewed:
                status, answer = server.ask(f"/reviews/{number}", VERDICT)
                assert status == 200, answer
            found[name, reviewed] = number
    return found


def sheets(page):
    """How many sheets a printer would take."""
    printed = page.pdf(prefer_css_page_size=True)
    return printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page/")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("reviewed", [False, True], ids=["alone", "reviewed"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_decision_prints_on_one_sheet_with_its_whole_waterfall(reader, server, decided, name, reviewed, language):
    number = decided[name, reviewed]
    page = reader(server).page
    page.goto(f"http://127.0.0.1:{server.port}/decisions/{number}?lang={language}")
    assert sheets(page) == 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    assert page.locator("body").bounding_box()["height"] <= HEIGHT - SPARE
    picture = page.locator(".waterfall.wide svg").bounding_box()
    assert picture["x"] >= 0
    assert picture["x"] + picture["width"] <= WIDTH
    assert page.locator("nav:visible, form:visible, #history:visible").count() == 0
    assert page.locator("text=" + str(number)).first.is_visible()
    for part in ("dl.pairs dd", "article ol li", "ol.unknown li"):
        shown = page.locator(part).count()
        assert shown == page.locator(f"{part}:visible").count(), part
        assert shown > 0 or (part == "ol.unknown li" and name not in LACKING), part
    assert page.locator("ol.reviews li:visible").count() == reviewed


def test_a_second_sheet_would_be_counted(reader, server, decided):
    page = reader(server).page
    page.goto(f"http://127.0.0.1:{server.port}/decisions/{decided['refused', False]}")
    page.evaluate("document.querySelector('#decision').append('more '.repeat(5000))")
    assert sheets(page) > 1


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_result_prints_alone_on_one_sheet_with_its_whole_waterfall(reader, server, name, language):
    tab = reader(server)
    page = tab.open(f"/?lang={language}")
    tab.pick(name)
    assert sheets(page) == 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    box = page.locator("#waterfall svg").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= WIDTH
    shown = page.locator("#waterfall svg text").last.bounding_box()
    assert shown["y"] + shown["height"] <= HEIGHT
    for part in ("header", "h1", "#examples", "form", "#what-if", "#money", "#model", "#programs", "details"):
        assert page.locator(f"{part}:visible").count() == 0, part
    for part in ("#verdict", "#application div", "#numbers div", "#reasons li", "#missing li", "#unknown-parts li"):
        shown = page.locator(f"{part}:visible").count()
        assert shown > 0 or (part == "#unknown-parts li" and name not in LACKING), part
