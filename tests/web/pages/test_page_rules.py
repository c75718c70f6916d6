"""The page on a server with rules of the bank: the client reads the reason of the rule that has decided."""

import pytest
from support.bank_rules import rule, written
from support.server import ROOT, Server

#: The refused example borrows more than this, the accepted one less.
REASON = {"en": "We lend less than you ask for.", "fr": "Nous prêtons moins que vous ne demandez."}


@pytest.fixture(scope="module")
def ruled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page with rules")
    losses = {"column": "expected_loss", "op": ">", "value": 100_000}
    file = written(folder / "rules.toml", rule(name="losses", stage="after", when=losses, reason=REASON))
    running = Server(folder, ROOT / "mlruns_reduced", WEB_CONCURRENCY="1", BANK_RULES=str(file)).wait()
    yield running
    running.stop()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_reason_of_the_rule_is_shown_and_none_of_the_model(reader, ruled, language):
    tab = reader(at=ruled)
    page = tab.open(f"/?lang={language}")
    tab.pick("refused")
    assert tab.decision() == "refuse"
    assert page.locator("#reasons li").all_inner_texts() == [REASON[language]]
    assert page.inner_text("#reasons-note") == ""
    assert page.get_attribute("#smallest", "data-status") == "none"
    assert f"{REASON[language]} (losses)" in page.inner_text("#smallest")
    tab.pick("accepted")
    assert tab.decision() == "accept"
    assert REASON[language] not in page.inner_text("#reasons")
    assert "losses" not in page.inner_text("#smallest")
    assert page.locator("#reasons li").count() >= 1
