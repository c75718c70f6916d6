"""The page in a real browser: the system's Chromium without a window, on a server as the Procfile starts it."""

import joblib
import pytest
from support.reader import Reader, executable
from support.server import ROOT, Server


@pytest.fixture(scope="session")
def chromium():
    found = executable()
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium, as .ci/run does")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("page"), ROOT / "mlruns_reduced", WEB_CONCURRENCY="1").wait()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def columns():
    """How many columns the shipped model reads."""
    return len(joblib.load(ROOT / "mlruns_reduced" / "columns.pkl"))


@pytest.fixture
def reader(chromium, server):
    """Tabs of which none may complain, nor ask another host for anything."""
    opened = []

    def new(at=server, expected=(), **settings):
        opened.append((Reader(chromium, at, **settings), expected))
        return opened[-1][0]

    yield new
    for one, expected in opened:
        one.finish(expected)
