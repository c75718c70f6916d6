"""The fairness gate where a model would be exported: at both ends of its interval, and what promote then says."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from credit import training
from credit.decision.cost import Costs
from credit.model import load_bundle
from credit.training import challenger, finalize, tracking
from credit.training.candidates import Candidate
from credit.training.fairness_gate import Gate
from credit.training.recording import record_comparison

FOREST = Candidate("Forest", lambda seed: RandomForestClassifier(30, min_samples_leaf=20, random_state=seed))


@pytest.fixture(scope="module")
def settled(made_up, open_store, tmp_path_factory):
    """From a gate to the folder of a bundle that had no model, and what finalizing one there came to.

    Those likelier to default than half of the clients are men, all others women: men are approved less often.
    """
    data = made_up(3000)
    x = data.x.copy()
    x[:, data.columns.index("CODE_GENDER")] = data.true_probability > np.median(data.true_probability)
    data = replace(data, x=x)
    folder = open_store(tmp_path_factory.mktemp("gate"))
    parts = training.split(data)
    found = training.search(FOREST, data, parts, costs=Costs())
    original = training.search(FOREST, training.application_columns(data), parts, costs=Costs())
    before = training.predecessor(data, parts, costs=Costs())
    settings = {"seed": 7, "clients": len(data)}
    best = record_comparison(data, parts, [found], original, settings, before, costs=Costs())[1]

    def settled(gate):
        bundle = tmp_path_factory.mktemp("exported", numbered=True) / "bundle"
        tracking.open_store(folder)
        return bundle, finalize(bundle, best, gate=gate).outcome

    return settled


@pytest.fixture(scope="module")
def ratio(settled):
    """The ratio by gender of that model, as its manifest has it."""
    bundle, outcome = settled(Gate("warn", 1.0))
    assert outcome.shipped
    found = load_bundle(bundle).manifest["fairness"]["gate"]["ratios"]["gender"]
    assert (found["lowest"], found["highest"], found["verdict"]) == ("men", "women", "broken")
    assert found["low"] < found["estimate"] < found["high"] < 1
    return found


def said_of_gender(outcome):
    return [one for one in outcome.notes if one.startswith("Fairness gate, gender")]


def verdict_of(bundle):
    return load_bundle(bundle).manifest["fairness"]["gate"]["ratios"]["gender"]["verdict"]


@pytest.mark.parametrize("mode", ["warn", "stop"])
def test_an_interval_that_ends_at_the_least_ratio_warns_and_is_exported(settled, ratio, mode):
    bundle, outcome = settled(Gate(mode, ratio["high"]))
    assert (outcome.shipped, outcome.allowed) == (True, True)
    assert verdict_of(bundle) == "open"
    assert said_of_gender(outcome)[0].endswith(" is not shown.")


def test_an_interval_that_ends_just_below_the_least_ratio_is_exported_with_a_warning(settled, ratio):
    least = float(np.nextafter(ratio["high"], 1))
    bundle, outcome = settled(Gate("warn", least))
    assert (outcome.shipped, outcome.allowed, verdict_of(bundle)) == (True, True, "broken")
    assert said_of_gender(outcome)[0].endswith(f"below {least:g}.")


def test_where_the_gate_stops_it_stays_the_challenger_until_it_is_forced(settled, ratio):
    bundle, outcome = settled(Gate("stop", float(np.nextafter(ratio["high"], 1))))
    assert (outcome.shipped, outcome.allowed, bundle.exists()) == (False, False, False)
    assert "but the fairness gate stops it. Fairness gate, gender: men are approved" in outcome.reason
    with pytest.raises(challenger.NotPromoted, match=r"the fairness gate stops it.*promote --force"):
        challenger.promote(bundle)
    challenger.promote(bundle, force=True)
    assert verdict_of(bundle) == "broken"


def test_an_interval_that_begins_at_the_least_ratio_is_kept_without_a_word(settled, ratio):
    bundle, outcome = settled(Gate("stop", ratio["low"]))
    assert (outcome.shipped, said_of_gender(outcome), verdict_of(bundle)) == (True, [], "kept")
    _, outcome = settled(Gate("stop", float(np.nextafter(ratio["low"], 1))))
    assert (outcome.shipped, len(said_of_gender(outcome))) == (True, 1)


def test_a_gate_that_is_off_says_nothing_and_the_manifest_has_none(settled):
    bundle, outcome = settled(Gate("off", 1.0))
    assert (outcome.shipped, said_of_gender(outcome)) == (True, [])
    assert "gate" not in load_bundle(bundle).manifest.get("fairness", {})
    assert "Fairness gate: off" in (bundle / "MODEL_CARD.md").read_text()
