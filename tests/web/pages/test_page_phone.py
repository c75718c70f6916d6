"""Every page on a phone of 390 pixels: it does not scroll sideways, and nothing is cut that cannot be scrolled to."""

import pytest
from support.reader import EXAMPLES

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


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_is_cut_on_a_phone(reader, server, language):
    (one, other) = (server.ask("/score", EXAMPLES[name])[1]["scores"][0] for name in sorted(EXAMPLES)[:2])
    first, second, client = one["decision_id"], other["decision_id"], one["client"]
    server.ask(f"/reviews/{first}/reopen", {"reason": "client_disagrees", "words": "unverständlichkeiten" * 6})
    phone = reader(**PHONE)
    paths = ("/", "/reviews", f"/reviews?client={client}", f"/reviews/{first}", f"/decisions/{first}")
    paths += (f"/decisions/{first}?beside={second}", "/data", "/features", "/model", "/drift", "/docs")
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
    assert problems == []
