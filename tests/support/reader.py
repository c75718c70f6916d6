"""Someone who reads the page: a tab of the system's Chromium, and what can be seen and done in it."""

import json
import shutil
import time
from importlib.resources import files

from support.server import ROOT

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
EXAMPLES = json.loads((ROOT / "credit" / "web" / "static" / "examples.json").read_text())


def executable():
    """The browser that the system has, or None."""
    return next(filter(None, map(shutil.which, EXECUTABLES)), None)


class Reader:
    """A tab that remembers what went wrong in it and whom it asked."""

    def __init__(self, chromium, server, **settings):
        self.home = f"http://127.0.0.1:{server.port}"
        self.context = chromium.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **settings}
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.faults, self.asked = [], []
        self.page.on(
            "console", lambda line: self.faults.append(line.text) if line.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path="/"):
        self.page.goto(self.home + path)
        self.page.wait_for_selector("html[data-ready]")
        return self.page

    def pick(self, name):
        """Choose an example and wait for its result."""
        self.page.click(f'[data-example="{name}"]')
        self.wait(EXAMPLES[name]["application"]["SK_ID_CURR"])

    def wait(self, client):
        self.page.wait_for_selector(f'#result[data-client="{client}"]:visible')
        self.until(lambda: self.page.text_content("#progress") == "")

    def until(self, holds, seconds=60):
        """Wait until something holds; the page's policy lets Playwright's own way evaluate nothing."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it did not come to pass"
            self.page.wait_for_timeout(30)

    def errors(self):
        """What is said to have gone wrong, wherever it is said."""
        return "\n".join(filter(None, self.page.locator(".errors").all_inner_texts()))

    def decision(self):
        return self.page.get_attribute("#result", "data-decision")

    def answer(self):
        return float(self.page.get_attribute("#answer", "data-probability"))

    def width(self):
        """How wide the page is, and how wide its window."""
        return self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")

    def violations(self):
        """What axe-core's rules find (A and AA of WCAG 2.0 to 2.2, and best practices): rule and place of each."""
        self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]]

    def close(self):
        self.context.close()

    def finish(self, expected=()):
        """Close the tab. The browser may have complained of nothing but ``expected``, and no other host was asked."""
        faults = [text for text in self.faults if not any(part in text for part in expected)]
        elsewhere = [url for url in self.asked if not url.startswith((self.home, "data:", "blob:"))]
        self.close()
        assert not faults, faults
        assert not elsewhere, elsewhere
