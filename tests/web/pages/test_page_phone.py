"""Every page on a phone of 390 pixels: it does not scroll sideways, and nothing is cut that cannot be scrolled to."""

import pytest
from support.bank_rules import rule, written
from support.reader import EXAMPLES
from support.server import ROOT, Server

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}

#: Texts that reach beyond the window and lie in nothing that scrolls to them, and boxes that cut their own text.
CUT = """() => {
  const wide = document.documentElement.clientWidth, found = [];
  const scrolls = (node) => ["auto", "scroll"].includes(getComputedStyle(node).overflowX);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, box = node.parentElement;
    if (!node.textContent.trim() || !box.checkVisibility() || box.closest(".skip, svg, script, style")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      let up = box, reached = false, cut = false;
      for (; up && up !== document.body; up = up.parentElement) {
        const edge = up.getBoundingClientRect();
        if (scrolls(up)) { reached = true; break; }
        if (getComputedStyle(up).overflowX !== "visible" && rect.right > edge.right + 1) cut = true;
      }
      const beyond = !reached && (rect.right > wide + 1 || rect.left < -1);
      if (cut || beyond) { found.push(node.textContent.trim().slice(0, 60)); break; }
    }
  }
  return found;
}"""

#: Tables of clients whose rows are cards on a phone: nothing of them is to be scrolled to.
CARDS = ("#cases", "#client-cases")


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A server with a policy that is to follow, and decisions on which both are compared."""
    folder = tmp_path_factory.mktemp("compared")
    large = {"column": "AMT_CREDIT", "op": ">", "value": 1_000_000}
    reason = {"en": "We lend less than you ask for.", "fr": "Nous prêtons moins que vous ne demandez."}
    file = written(folder / "next.toml", rule(name="a_rule_with_quite_a_long_name", when=large, reason=reason))
    running = Server(folder, ROOT / "mlruns_reduced", WEB_CONCURRENCY="1", NEXT_RULES=str(file)).wait()
    loans = {"AMT_ANNUITY": 60_000.0, "AMT_INCOME_TOTAL": 300_000.0, "EXT_SOURCE_2": 0.5}
    clients = [
        {"SK_ID_CURR": n, "AMT_CREDIT": 50_000.0 * n, "AMT_GOODS_PRICE": 50_000.0 * n, **loans} for n in range(10, 40)
    ]
    assert running.ask("/score", clients)[0] == 200
    yield running
    running.stop()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_is_cut_on_a_phone(reader, server, language):
    (one, other) = (server.ask("/score", EXAMPLES[name])[1]["scores"][0] for name in sorted(EXAMPLES)[:2])
    first, second, client = one["decision_id"], other["decision_id"], one["client"]
    server.ask(f"/reviews/{first}/reopen", {"reason": "client_disagrees", "words": "unverständlichkeiten" * 6})
    paths = ("/", "/reviews", f"/reviews?client={client}", f"/reviews/{first}", f"/decisions/{first}")
    paths += (f"/decisions/{first}?beside={second}", "/data", "/features", "/model", "/drift", "/docs")
    assert cuts(reader(**PHONE), paths, language) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_comparison_of_policies_is_not_cut_on_a_phone_and_stands_in_the_frame(reader, compared, language):
    phone = reader(at=compared, **PHONE)
    assert cuts(phone, ("/policy", "/policy?last=100"), language) == []
    assert phone.page.locator("svg .line").count() == 1
    assert phone.violations() == []
    frame = {}
    for path in ("/drift", "/policy"):
        phone.page.goto(f"{phone.home}{path}?lang={language}")
        assert phone.page.get_attribute("html", "lang") == language
        links = phone.page.locator("nav a").evaluate_all("links => links.map((one) => one.getAttribute('href'))")
        frame[path] = [link for link in links if f"lang={language}" in link]
    assert frame["/policy"] == frame["/drift"]
    assert f"/policy?lang={language}" in frame["/drift"]


def cuts(phone, paths, language):
    """What is cut on these pages, each with its path; widths where a page scrolls sideways."""
    problems = []
    for path in paths:
        phone.page.goto(f"{phone.home}{path}{'&' if '?' in path else '?'}lang={language}")
        if path.startswith("/reviews"):
            phone.page.wait_for_selector("html[data-ready]")
            phone.until(lambda: phone.page.get_attribute("html", "data-busy") == "no")
        if phone.width() != [390, 390]:
            problems.append((path, phone.width()))
        problems += [(path, cut) for cut in phone.page.evaluate(CUT)]
        for table in CARDS:
            region = phone.page.locator(f".scrolls:has({table}:visible)")
            if region.count() and region.evaluate("one => one.scrollWidth > one.clientWidth"):
                problems.append((path, table))
    return problems
