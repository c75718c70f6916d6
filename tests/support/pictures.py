"""The two pictures of the README: python tests/support/pictures.py writes docs/page.png and docs/page_phone.png."""

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from support.reader import Reader, executable  # noqa: E402
from support.server import ROOT, Server  # noqa: E402

#: Name -> the example that is shown, how far down in pixels, and the settings of the browser.
PICTURES = {
    "page": ("borderline", 0, {"viewport": {"width": 1200, "height": 1420}, "color_scheme": "light"}),
    "page_phone": (
        "refused",
        0,
        {
            "viewport": {"width": 390, "height": 1420},
            "color_scheme": "dark",
            "device_scale_factor": 2,
            "is_mobile": True,
        },
    ),
}


def draw(browser, server, folder):
    """Write the pictures into ``folder``; their paths."""
    paths = []
    for name, (example, down, settings) in PICTURES.items():
        tab = Reader(browser, server, **settings)
        page = tab.open()
        tab.pick(example)
        top = page.evaluate("document.getElementById('result').offsetTop") - 24 if settings.get("is_mobile") else down
        page.evaluate(f"document.activeElement.blur(); window.scrollTo(0, {top})")
        page.wait_for_timeout(200)
        path = Path(folder) / f"{name}.png"
        page.screenshot(path=path)
        paths.append(path)
        tab.close()
    return paths


def main():
    """Draw them with the shipped model."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder), ROOT / "mlruns_reduced", WEB_CONCURRENCY="1").wait()
        browser = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
        for path in draw(browser, server, ROOT / "docs"):
            print(path.relative_to(ROOT))
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
