"""The figures of docs/stress.md and of the example in docs/bank-rules.md are those of the shipped model."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from credit.cli import main
from credit.simulate import simulate

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """The bank that both pages name."""
    return simulate(tmp_path_factory.mktemp("examples") / "bank", 2000, seed=25)


def page(name):
    return (ROOT / "docs" / name).read_text()


def blocks(text):
    """The pieces of TOML on a page."""
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)


def printed(*words):
    done = CliRunner().invoke(main, [*map(str, words), "--bundle", str(ROOT / "mlruns_reduced"), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def millions(value):
    return f"{value / 1e6:.1f}"


def test_the_table_of_stress_is_what_the_command_gives(bank, tmp_path):
    text = page("stress.md")
    scenarios = tmp_path / "scenarios.toml"
    scenarios.write_text(blocks(text)[0])
    found = printed("stress", bank, "--application", "application_train", "--scenarios", scenarios)["scenarios"]
    assert [one["scenario"] for one in found] == ["before", "odds x 1.5", "dearer defaults", "unemployment"]
    for one in found:
        cells = [one["scenario"], f"{100 * one['default_rate']:.2f} %", millions(one["loss"]), millions(one["cost"])]
        cells += [f"{one['decisions'][decision]:,}" for decision in ("accept", "refer", "refuse")]
        cells += [f"{one['changed']}", millions(one["loss_anew"]), millions(one["cost_anew"])]
        assert f"| {' | '.join(cells)} |" in text
    before, odds = found[:2]
    more, saved = 100 * (odds["loss"] / before["loss"] - 1), millions(odds["cost"] - odds["cost_anew"])
    assert f"accepted before lose {more:.0f} % more, and deciding anew saves {saved} million" in text


def test_the_example_of_policy_compare_is_what_the_command_gives(bank, tmp_path):
    text = page("bank-rules.md")
    rules, segments, large = blocks(text)
    burden = next(f"[[rules]]{one}" for one in rules.split("[[rules]]") if '"burden"' in one)
    revolving = next(f"[[segments]]{one}" for one in segments.split("[[segments]]") if '"revolving"' in one)
    new = tmp_path / "new.toml"
    new.write_text(f"{burden}\n{revolving}\n{large}")
    words = ("policy", "compare", "none", new, "--portfolio", bank, "--application", "application_train")
    found = printed(*words)
    of_outcomes = found["realised"]
    reviews = found["reviews"]
    points = {name: f"{-100 * value:.1f}" for name, value in of_outcomes["saving"].items()}
    expected = [
        f"{of_outcomes['changed']} change sides.",
        f"costs {millions(found['cost_new'] - found['cost_old'])} million in expectation",
        f"({millions(found['cost_old'])} to {millions(found['cost_new'])})",
        f"{millions(of_outcomes['cost_new'] - of_outcomes['cost_old'])} million by the known outcomes",
        f"({millions(of_outcomes['cost_old'])} to {millions(of_outcomes['cost_new'])})",
        f"{points['estimate']} points",
        f"(95 % interval {points['high']} to {points['low']})",
        f"The rule alone costs {millions(found['rules'][0]['cost'])} million",
        f"from {reviews['old']} to {reviews['new']}, where there is time for {reviews['most']}",
    ]
    words_of_page = " ".join(text.split())
    assert [one for one in expected if one not in words_of_page] == []
