"""README: its first example is a row that the shipped model answers as it says; its links lead somewhere."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from credit.model import load_bundle
from credit.web import example_request
from credit.web.application import create_app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def test_the_first_example_is_the_one_that_the_server_prints_and_its_answer_is_real():
    line, answer = re.search(r"```sh\n(curl .+?)\n```.+?```json\n(.+?)\n```", README, re.S).groups()
    body = json.loads(re.search(r"-d '(.+?)'", line, re.S)[1])
    assert body == example_request.example(load_bundle(ROOT / "mlruns_reduced").columns)
    assert sum(isinstance(value, str) for value in body.values()) >= 4  # a published row has texts
    client = create_app(ROOT / "mlruns_reduced", database=None).test_client()
    assert line.endswith("http://127.0.0.1:8000/predict_proba")
    assert client.post("/predict_proba", json=body).json == json.loads(answer)


def test_it_is_read_in_a_sitting():
    lines = README.splitlines()
    assert len(lines) <= 180
    assert [line for line in lines if len(line) > 100] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\((?!https?:|\.\./\.\./actions)([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}, target


def test_every_page_of_the_docs_is_listed():
    for page in (ROOT / "docs").glob("*.md"):
        assert f"](docs/{page.name})" in README, page.name


def test_every_setting_stands_in_a_table_with_what_it_means():
    read = set()
    for file in ("credit/web/settings.py", "credit/web/gunicorn_settings.py"):
        read |= set(re.findall(r'(?:get|whole|_switch)\((?:environ, )?"([A-Z_]+)"', (ROOT / file).read_text()))
    read -= {"DYNO", "GUNICORN_FD"}  # Heroku's and gunicorn's own
    assert {"API_KEYS", "PORT", "TRUST_PROXY", "WEB_CONCURRENCY"} <= read
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| .+? \| (.+) \|$", (ROOT / "docs/deployment.md").read_text(), re.M))
    assert told.keys() == read


def test_every_command_and_option_stands_in_the_docs_as_its_help_says_it():
    spec = importlib.util.spec_from_file_location("options", ROOT / "scripts" / "options.py")
    options = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(options)
    page = options.PAGE.read_text(encoding="utf-8")
    assert options.into(page) == page, "python scripts/options.py writes it anew"
    assert page.count("| `--bundle") >= 5
    with pytest.raises(ValueError, match="has no place for the options"):
        options.into("nothing")
