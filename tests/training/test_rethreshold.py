"""New thresholds for new costs, from what a bundle keeps of its training."""

import json
import shutil

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.review import Review
from credit.model import load_bundle, save_bundle
from credit.model.manifest import BundleError
from credit.training import bootstrap
from credit.training.rethreshold import apply, propose

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
        "review": {"cost": 1234.5, "skill": 0.4, "capacity": 0.1},
        "served": {"accepted": 0.8, "referred": 0.1, "refused": 0.1, "saving": 0.21},
        "points": {"points": 600, "odds": 50, "double": 20},
        "metrics": METRICS,
        "gains": {"predecessor at 0.48": {"points": 0.1, "low": 0.05, "high": 0.15, "share": 2.0}},
        "groups": [{"attribute": "gender", "group": "women", "clients": 400, "approved": 0.9}],
        "exposure": Exposure.of(*clients(), np.arange(20_000) % 5).written(),
    }
    model = DummyClassifier(strategy="prior").fit(np.zeros((10, 2)), [0] * 9 + [1])
    return save_bundle(tmp_path_factory.mktemp("saved") / "bundle", model, ["AMT_CREDIT", "DAYS_BIRTH"], 0.16, manifest)


@pytest.fixture
def bundle(saved, tmp_path):
    """A copy of it that a test may change."""
    return shutil.copytree(saved, tmp_path / "bundle")


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_a_proposal_is_break_even_of_the_new_costs_in_full(saved):
    y, p, amount = clients()
    found = propose(saved, 0.15, 0.6)
    assert found.costs == Costs(0.15, 0.6)
    assert found.threshold.value == found.threshold.break_even == pytest.approx(0.15 / 0.75)
    assert not found.threshold.taken
    curve = money.cost_curve(y, p, amount, margin=0.15, loss_given_default=0.6)
    assert found.threshold.searched.estimate == money.best_threshold(curve)[0]
    assert found.threshold.cost == pytest.approx(curve[19])  # break-even is a hundredth, 0.20
    assert found.now == 0.16
    assert found.cost_now == pytest.approx(curve[15])
    everybody = 0.6 * amount[y == 1].sum()
    assert found.everybody == pytest.approx(everybody)
    assert found.saving == pytest.approx(1 - curve[19] / everybody)
    assert found.saving_now == pytest.approx(1 - curve[15] / everybody)
    drawn = bootstrap.redraw(y, p, amount, Costs(0.15, 0.6), repeats=300).alike(0.2)
    assert found.threshold.alike == pytest.approx(drawn, abs=0.021)


def test_a_search_that_is_shown_to_win_is_taken_at_other_costs_too(bundle):
    y, p, amount = clients(60_000)
    doubled = 2 * p / (1 + p)  # odds twice what they are
    manifest = manifest_of(bundle)
    manifest["exposure"] = Exposure.of(y, doubled, amount, np.arange(60_000) % 5).written()
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    found = propose(bundle, 0.15, 0.6)
    assert found.threshold.taken
    # Odds of 0.25, doubled, are a probability of 1 / 3.
    assert found.threshold.value == pytest.approx(1 / 3, abs=0.04)
    assert found.threshold.warning
    apply(bundle, found)
    assert manifest_of(bundle)["threshold"]["rule"] == "search"
    assert "**Warning: the best threshold on clients drawn anew" in (bundle / "MODEL_CARD.md").read_text()


def test_without_costs_those_of_the_bundle_are_taken(saved, bundle):
    found = propose(saved)
    assert found.costs == Costs(0.19, 1.0)
    assert propose(saved, margin=0.3).costs.loss_given_default == 1.0
    apply(bundle, propose(bundle, 0.15, 0.6))
    assert propose(bundle).costs == Costs(0.15, 0.6)
    assert propose(bundle, loss_given_default=0.45).costs.margin == 0.15


def test_the_margin_moves_the_threshold_up_and_the_loss_down(saved):
    by_margin = [propose(saved, margin, 0.6).threshold.value for margin in (0.10, 0.20, 0.30)]
    assert by_margin == sorted(set(by_margin))
    by_loss = [propose(saved, 0.19, loss).threshold.value for loss in (0.45, 0.7, 1.0)]
    assert by_loss == sorted(set(by_loss), reverse=True)


def test_the_capacity_for_reviews_is_met_at_the_new_costs(saved):
    _, p, amount = clients()
    found = propose(saved, 0.3, 0.45)
    assert (found.review.skill, found.review.capacity) == (0.4, 0.1)
    assert found.review.pays(p, amount, Costs(0.3, 0.45)).mean() == pytest.approx(0.1, abs=0.005)
    assert found.referred == pytest.approx(0.1, abs=0.005)
    assert found.review.cost != propose(saved).review.cost


def test_reviews_are_those_that_are_asked_for(saved):
    _, p, amount = clients()
    found = propose(saved, review_cost=4000.0, review_skill=0.8)
    assert found.review == Review(4000.0, 0.8)
    assert found.referred == pytest.approx(Review(4000.0, 0.8).pays(p, amount, Costs()).mean(), abs=0.005)
    assert propose(saved, review_capacity=0.3).review.capacity == 0.3
    assert propose(saved, review_capacity=0.0).referred == 0
    assert propose(saved).review == Review(1234.5, 0.4, 0.1)  # nothing was asked: as it is
    with pytest.raises(ValueError, match="cannot both be given"):
        propose(saved, review_cost=1.0, review_capacity=0.1)


def test_a_proposal_says_whether_anything_changes(saved, bundle):
    assert propose(saved).changes  # 0.16 is not break-even
    apply(bundle, propose(bundle))
    assert not propose(bundle).changes
    assert not propose(bundle, 0.19, 1.0).changes
    assert propose(bundle, margin=0.2).changes
    assert propose(bundle, review_cost=5.0).changes


@pytest.fixture
def old(bundle):
    """As an earlier version exported it: a band of probabilities, no review, sums without folds and counts."""
    manifest = manifest_of(bundle)
    del manifest["review"]
    manifest["refer"] = {"low": 0.14, "high": 0.18}
    manifest["exposure"] = {k: v for k, v in manifest["exposure"].items() if k not in ("folds", "clients")}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    return bundle


def test_an_old_bundle_gets_the_new_form_and_refers_only_where_a_cost_is_given(old):
    found = propose(old, 0.15, 0.6)
    assert (found.review, found.referred) == (None, None)
    assert found.threshold.value == pytest.approx(0.2)
    apply(old, found)
    assert not {"refer", "review"} & set(manifest_of(old))
    with pytest.raises(ValueError, match=r"does not count its clients by amount.*--review-cost"):
        propose(old, review_capacity=0.1)
    apply(old, propose(old, review_cost=4000.0))
    assert manifest_of(old)["review"] == {"cost": 4000.0, "skill": 0.5, "capacity": None}


def test_a_proposal_changes_nothing(bundle):
    before = {path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    propose(bundle, 0.15, 0.6)
    assert {
        path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()
    } == before


def test_what_is_applied_is_threshold_costs_and_reviews(bundle):
    before = {path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    kept = manifest_of(bundle)
    found = propose(bundle, 0.15, 0.6)
    apply(bundle, found)
    loaded = load_bundle(bundle)
    assert loaded.threshold == found.threshold.value == 0.15 / 0.75 != 0.16
    assert loaded.manifest["costs"] == {"margin": 0.15, "loss_given_default": 0.6}
    assert loaded.manifest["threshold"] == found.threshold.to_dict()
    assert loaded.manifest["review"] == found.review.to_dict()
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
    assert "served" not in manifest
    card = (bundle / "MODEL_CARD.md").read_text()
    assert f"Threshold: {manifest['threshold']['best']:.4g}" in card.replace("*", "") or (
        f"{manifest['threshold']['best']:.4g}: refused from this probability" in card
    )
    assert "not measured" in card
    assert "10.0" not in card


def test_a_threshold_may_be_applied_again_and_taken_back(bundle):
    first = propose(bundle)
    apply(bundle, propose(bundle, 0.3, 0.45))
    assert load_bundle(bundle).threshold > 0.3
    apply(bundle, propose(bundle, 0.19, 1.0))
    again = propose(bundle)
    assert load_bundle(bundle).threshold == first.threshold.value == 0.19 / 1.19
    assert again.threshold.to_dict() == first.threshold.to_dict()
    assert (again.now, again.everybody) == (first.threshold.value, first.everybody)
    # Worked out from the counts, and not from the clients any more.
    assert (again.review.skill, again.review.capacity) == (0.4, 0.1)


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
