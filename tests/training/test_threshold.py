"""New thresholds for new costs, from what a bundle keeps of its training."""

import json
import shutil

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from credit import cost as money
from credit import scorer
from credit.exposure import Exposure
from credit.manifest import BundleError
from credit.training import bootstrap
from credit.training.threshold import apply, propose

METRICS = {
    "test_clients": 400,
    "roc_auc": 0.75,
    "brier": 0.07,
    "saving": 0.2,
    "saving_low": 0.1,
    "cost": 5e6,
    "f1": 0.3,
}


def clients(n=20_000):
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, n)
    return (rng.random(n) < p).astype(int), p, rng.uniform(1e5, 1e6, n)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    manifest = {
        "data": {"simulated": True, "clients": 20_000, "fingerprint": "ab" * 32},
        "model": {"name": "Dummy", "parameters": {}},
        "costs": {"margin": 0.19, "loss_given_default": 1.0},
        "threshold": {"best": 0.16, "break_even": 0.1597, "out_of_fold_cost": 1.0},
        "refer": {"low": 0.14, "high": 0.18},
        "points": {"points": 600, "odds": 50, "double": 20},
        "metrics": METRICS,
        "gains": {"predecessor at 0.48": {"points": 0.1, "low": 0.05, "high": 0.15, "share": 2.0}},
        "groups": [{"attribute": "gender", "group": "women", "clients": 400, "approved": 0.9}],
        "exposure": Exposure.of(*clients()).written(),
    }
    model = DummyClassifier(strategy="prior").fit(np.zeros((10, 2)), [0] * 9 + [1])
    return scorer.save(tmp_path_factory.mktemp("saved") / "bundle", model, ["AMT_CREDIT", "DAYS_BIRTH"], 0.16, manifest)


@pytest.fixture
def bundle(saved, tmp_path):
    """A copy of it that a test may change."""
    return shutil.copytree(saved, tmp_path / "bundle")


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_a_proposal_is_the_search_on_the_clients_themselves(saved):
    y, p, amount = clients()
    found = propose(saved, 0.15, 0.6)
    curve = money.cost_curve(y, p, amount, margin=0.15, loss_given_default=0.6)
    assert (found.best, found.cost) == (money.best_threshold(curve)[0], pytest.approx(curve.min()))
    assert found.break_even == pytest.approx(0.15 / 0.75)
    assert found.best == pytest.approx(found.break_even, abs=0.03)
    assert found.now == 0.16
    assert found.cost_now == pytest.approx(curve[15])
    everybody = 0.6 * amount[y == 1].sum()
    assert found.everybody == pytest.approx(everybody)
    assert found.saving == pytest.approx(1 - curve.min() / everybody)
    assert found.saving_now == pytest.approx(1 - curve[15] / everybody)
    drawn = bootstrap.redraw(y, p, amount, repeats=300, margin=0.15, loss_given_default=0.6).refer(found.best)
    assert found.refer == pytest.approx(drawn, abs=0.021)


def test_without_costs_those_of_the_bundle_are_taken(saved, bundle):
    found = propose(saved)
    assert (found.margin, found.loss_given_default) == (0.19, 1.0)
    assert propose(saved, margin=0.3).loss_given_default == 1.0
    apply(bundle, propose(bundle, 0.15, 0.6))
    assert (propose(bundle).margin, propose(bundle).loss_given_default) == (0.15, 0.6)
    assert propose(bundle, loss_given_default=0.45).margin == 0.15


def test_the_margin_moves_the_threshold_up_and_the_loss_down(saved):
    by_margin = [propose(saved, margin, 0.6).best for margin in (0.10, 0.20, 0.30)]
    assert by_margin == sorted(set(by_margin))
    by_loss = [propose(saved, 0.19, loss).best for loss in (0.45, 0.7, 1.0)]
    assert by_loss == sorted(set(by_loss), reverse=True)


def test_a_proposal_changes_nothing(bundle):
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}
    propose(bundle, 0.15, 0.6)
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == before


def test_what_is_applied_is_threshold_costs_and_refer_band(bundle):
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}
    kept = manifest_of(bundle)
    found = propose(bundle, 0.15, 0.6)
    apply(bundle, found)
    loaded = scorer.load(bundle)
    assert loaded.threshold == found.best != 0.16
    assert loaded.manifest["costs"] == {"margin": 0.15, "loss_given_default": 0.6}
    assert loaded.manifest["threshold"] == {
        "best": found.best,
        "break_even": pytest.approx(0.2),
        "out_of_fold_cost": found.cost,
    }
    assert loaded.manifest["refer"] == {"low": found.refer[0], "high": found.refer[1]}
    for name in ("model.pkl", "columns.pkl"):
        assert (bundle / name).read_bytes() == before[name]
    for name in ("data", "model", "points", "exposure", "versions", "created", "format"):
        assert loaded.manifest[name] == kept[name]
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]


def test_figures_of_the_old_threshold_are_taken_out(bundle):
    apply(bundle, propose(bundle, 0.15, 0.6))
    manifest = manifest_of(bundle)
    assert manifest["metrics"] == {"test_clients": 400, "roc_auc": 0.75, "brier": 0.07}
    assert manifest["gains"] == {}
    assert manifest["groups"] == []
    card = (bundle / "MODEL_CARD.md").read_text()
    assert f"Threshold: {manifest['threshold']['best']:.4g}" in card.replace("*", "") or (
        f"{manifest['threshold']['best']:.4g}: refused from this probability" in card
    )
    assert "not measured" in card
    assert "10.0" not in card


def test_a_threshold_may_be_applied_again_and_taken_back(bundle):
    first = propose(bundle)
    apply(bundle, propose(bundle, 0.3, 0.45))
    assert scorer.load(bundle).threshold > 0.3
    apply(bundle, propose(bundle, 0.19, 1.0))
    again = propose(bundle)
    assert scorer.load(bundle).threshold == first.best
    assert (again.best, again.cost, again.refer, again.now) == (first.best, first.cost, first.refer, first.best)


@pytest.mark.parametrize("value", [0.0, -0.1, 1.5, 15.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["margin", "loss_given_default"])
def test_shares_that_are_none_are_refused_in_words(saved, name, value):
    with pytest.raises(ValueError, match=f"the {name.replace('_', ' ')} is a share of the loan, above 0 and at most 1"):
        propose(saved, **{name: value})


@pytest.mark.parametrize("damage", [None, {}, {"defaulted": [1.0]}, [1, 2], "gone"])
def test_a_bundle_that_keeps_no_amounts_says_so(bundle, damage):
    manifest = manifest_of(bundle)
    if damage == "gone":
        del manifest["exposure"]
    else:
        manifest["exposure"] = damage
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=r"keeps no amounts by probability.*retrain with this version"):
        propose(bundle, 0.15, 0.6)


def test_a_bundle_that_was_changed_is_refused(bundle):
    found = propose(bundle)
    (bundle / "model.pkl").write_bytes(b"something else")
    with pytest.raises(BundleError, match="was changed after it was exported"):
        propose(bundle)
    with pytest.raises(BundleError, match="was changed after it was exported"):
        apply(bundle, found)
