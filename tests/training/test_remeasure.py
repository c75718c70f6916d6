"""The figures of a bundle, measured again on its test clients: at the old threshold they are those of the export."""

import json
import shutil

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from sklearn.ensemble import RandomForestClassifier

from credit import training
from credit.cli import main
from credit.decision.cost import Costs
from credit.decision.policy import Policy
from credit.decision.review import Review
from credit.model import load_bundle
from credit.model.manifest import BundleError
from credit.simulate import simulate
from credit.training import finalize
from credit.training.candidates import Candidate
from credit.training.dataset import dataset, prepare, split
from credit.training.decision_figures import groups_as_rows
from credit.training.recording import record_comparison
from credit.training.remeasure import measure
from credit.training.rethreshold import apply, propose

FOREST = Candidate("Forest", lambda seed: RandomForestClassifier(30, min_samples_leaf=20, random_state=seed))


@pytest.fixture(scope="module")
def trained(bank, open_store, tmp_path_factory):
    """A bundle trained on 1,200 of the bank's clients, and its data set and parts."""
    folder = open_store(tmp_path_factory.mktemp("trained"))
    data = dataset(prepare(bank, 1200, seed=3), {"folder": "bank", "seed": 3})
    parts = split(data, seed=3)
    forest = training.search(FOREST, data, parts, costs=Costs())
    original = training.search(FOREST, training.application_columns(data), parts, costs=Costs())
    settings = {"seed": 3, "clients": len(data)}
    _, best = record_comparison(data, parts, [forest], original, settings, costs=Costs())
    finalize(folder / "bundle", best)
    return folder / "bundle", data, parts


@pytest.fixture
def bundle(trained, tmp_path):
    return shutil.copytree(trained[0], tmp_path / "bundle")


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_at_the_same_threshold_the_figures_are_those_of_the_export(trained, bank):
    folder = trained[0]
    written = manifest_of(folder)
    found = measure(folder, bank, load_bundle(folder).threshold, Costs(), Review.of(written))
    assert found.metrics == pytest.approx(written["metrics"])
    assert found.metrics["test_clients"] == len(trained[2].test)
    assert found.served == pytest.approx(written["served"])
    assert list(found.gains) == ["the true probability"]
    assert found.gains["the true probability"] == pytest.approx(written["gains"]["the true probability"])
    assert groups_as_rows(found.groups) == written["groups"]


def test_at_another_threshold_groups_are_counted_there(trained, bank):
    folder, data, parts = trained
    found = measure(folder, bank, 0.1, Costs(0.1, 0.9), None)
    p = load_bundle(folder).probability(np.ascontiguousarray(data.x[parts.test], dtype=np.float64))
    woman = data.x[parts.test, data.columns.index("CODE_GENDER")] == 0
    row = found.groups.table.filter(pl.col("group") == "women").row(0, named=True)
    assert row["clients"] == woman.sum()
    assert row["approved"] == row["accepted"] == pytest.approx((p[woman] < 0.1).mean())
    assert row["referred"] == 0
    amount, bad = data.amount[parts.test], data.defaulted[parts.test] == 1
    cost = 0.9 * amount[bad & (p < 0.1)].sum() + 0.1 * amount[~bad & (p >= 0.1)].sum()
    assert found.metrics["cost"] == pytest.approx(cost)
    assert found.served["saving"] == pytest.approx(1 - cost / (0.9 * amount[bad].sum()))


def test_what_is_applied_with_a_measurement_is_in_manifest_and_card(bundle, bank):
    before = manifest_of(bundle)
    found = propose(bundle, 0.3, 0.45)
    measured = measure(bundle, bank, found.threshold.value, found.costs, found.review)
    apply(bundle, found, measured)
    after = manifest_of(bundle)
    assert after["groups"] == groups_as_rows(measured.groups) != before["groups"]
    assert after["metrics"]["cost"] == measured.metrics["cost"] != before["metrics"]["cost"]
    assert after["metrics"]["roc_auc"] == before["metrics"]["roc_auc"]
    assert after["served"] == measured.served
    card = (bundle / "MODEL_CARD.md").read_text()
    section = card.split("### By gender and age")[1].split("## Ethical")[0]
    assert "| gender: women |" in section
    assert f"refused from {found.threshold.value:.4g} on" in section
    assert "not measured" not in section
    assert "| saving | not measured" not in card


def test_other_tables_are_refused(bundle, bank, tmp_path):
    other = simulate(tmp_path / "other", 1300, seed=12)
    with pytest.raises(ValueError, match=r"other has .* test clients.* where the manifest has .*: name the tables"):
        measure(bundle, other, 0.16, Costs(), None)
    manifest = manifest_of(bundle)
    manifest["metrics"]["roc_auc"] += 0.01
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"has test clients with an ROC AUC of 0\.\d{4} where the manifest has"):
        measure(bundle, bank, 0.16, Costs(), None)


def test_a_bundle_that_does_not_say_who_its_test_clients_were_is_refused(bundle, bank):
    manifest = manifest_of(bundle)
    del manifest["model"]["split"]
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="does not say who the test clients were"):
        measure(bundle, bank, 0.16, Costs(), None)


def test_the_command_says_what_was_measured_and_writes_it(bundle, bank):
    command = ["threshold", "--margin", "0.3", "--bundle", str(bundle), "--data", str(bank)]
    before = (bundle / "manifest.json").read_bytes()
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    number = manifest_of(bundle)["metrics"]["test_clients"]
    assert f"of {number:,} test clients " in done.output
    assert "By gender, the lowest approval rate is " in done.output
    assert (bundle / "manifest.json").read_bytes() == before
    applied = CliRunner().invoke(main, [*command, "--apply"]).output
    assert "not measured" not in applied
    served = manifest_of(bundle)["served"]
    assert f"{served['accepted']:.1%} are accepted, {served['referred']:.1%} referred" in applied


def test_intervals_are_measured_on_the_test_clients_and_written_beside_the_same_model(bundle, bank):
    exported = manifest_of(bundle)
    assert exported["intervals"]["level"] == 0.9
    assert exported["intervals"]["left"] is None  # of some 240 test clients nothing can be said
    del exported["intervals"]
    (bundle / "manifest.json").write_text(json.dumps(exported))
    assert Policy(load_bundle(bundle)).certainties is None
    command = ["intervals", "--bundle", str(bundle), "--data", str(bank)]
    said = CliRunner().invoke(main, command)
    assert said.exit_code == 0, said.output
    assert said.output.endswith("nothing was changed; --apply writes it into the folder\n")
    assert manifest_of(bundle) == exported
    applied = CliRunner().invoke(main, [*command, "--apply"]).output
    after = manifest_of(bundle)
    everything = after["intervals"]["rates"][0]
    assert everything["clients"] == exported["metrics"]["test_clients"]
    assert f"{everything['clients']:,} clients, {everything['defaults']:,} defaults" in applied
    assert {name: value for name, value in after.items() if name != "intervals"} == exported
    assert Policy(load_bundle(bundle)).certainties is not None
