"""Costs and reviews of a training: given, else those of the model that is there, else the usual ones."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from credit.decision.cost import Costs
from credit.decision.review import Plan
from credit.model import save_bundle
from credit.training.training_terms import terms_of

MANIFEST = {"data": {"simulated": True}, "model": {"name": "Dummy"}}
WRITTEN = {
    "costs": {"margin": 0.15, "loss_given_default": 0.45},
    "review": {"cost": 900.0, "skill": 0.3, "capacity": 0.2},
}


@pytest.fixture
def bundle(tmp_path):
    def bundle(**more):
        model = DummyClassifier(strategy="prior").fit(np.zeros((10, 1)), [0] * 9 + [1])
        return save_bundle(tmp_path / "bundle", model, ["AMT_CREDIT"], 0.16, {**MANIFEST, **more})

    return bundle


def test_without_a_model_the_usual_costs_hold_and_that_is_said(tmp_path):
    found = terms_of(tmp_path / "nowhere")
    assert (found.costs, found.plan) == (Costs(0.19, 1.0), Plan(0.5, 0.1))
    assert found.sentence == (
        "costs: margin 0.19 of the loan (usual), loss given default 1 (usual); "
        "reviews: 0.1 of the clients, a reviewer finds 0.5 of the wrong decisions (usual)"
    )
    assert found.options == "--margin 0.19 --lgd 1.0 --review-capacity 0.1 --review-skill 0.5"


def test_what_the_model_that_is_there_was_given_is_not_forgotten(bundle):
    where = bundle(**WRITTEN)
    found = terms_of(where)
    assert found.costs == Costs(0.15, 0.45)
    assert found.plan == Plan(0.3, 0.2)  # at the capacity: its cost is worked out anew
    assert f"margin 0.15 of the loan (as in {where}), loss given default 0.45 (as in {where})" in found.sentence


def test_what_is_given_goes_first(bundle):
    where = bundle(**WRITTEN)
    found = terms_of(where, margin=0.2, review_skill=0.9)
    assert (found.costs, found.plan) == (Costs(0.2, 0.45), Plan(0.9, 0.2))
    assert "margin 0.2 of the loan (given)" in found.sentence
    assert f"({where}" not in found.sentence.partition("reviews")[0].replace(f"(as in {where}", "")
    assert terms_of(where, review_cost=70.0).plan == Plan(0.3, None, 70.0)
    assert terms_of(where, review_capacity=0.05).plan == Plan(0.3, 0.05)
    assert "--review-cost 70.0" in terms_of(where, review_cost=70.0).options


def test_a_cost_that_was_given_for_a_review_stays_a_cost(bundle):
    where = bundle(review={"cost": 900.0, "skill": 0.3, "capacity": None})
    assert terms_of(where).plan == Plan(0.3, None, 900.0)
    assert terms_of(where).costs == Costs()  # written by a version that knew no other


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"margin": 0.0}, "the margin is a share of the loan, above 0 and at most 1, but it is 0"),
        ({"margin": float("nan")}, "the margin is a share of the loan"),
        (
            {"loss_given_default": 45.0},
            "the loss given default is a share of the loan, above 0 and at most 1, but it is 45",
        ),
        ({"review_cost": 1.0, "review_capacity": 0.1}, "cannot both be given"),
        ({"review_skill": 0.0}, "a reviewer's skill"),
        ({"review_capacity": -0.1}, "the capacity is the share"),
        ({"review_cost": -5.0}, "a review costs 0 or more"),
    ],
)
def test_values_that_are_none_are_refused(tmp_path, given, words):
    with pytest.raises(ValueError, match=words):
        terms_of(tmp_path, **given)


def test_costs_that_cannot_be_used_are_named_with_the_option_that_helps(bundle):
    where = bundle(costs={"margin": -1, "loss_given_default": 1}, review={"cost": 1})
    with pytest.raises(ValueError, match=r"manifest\.json: the margin is a share.*; give --margin and --lgd"):
        terms_of(where)
    with pytest.raises(ValueError, match=r"review must give cost, skill and capacity.*; give --review-capacity and"):
        terms_of(where, 0.2, 0.5)
    assert terms_of(where, 0.2, 0.5, review_capacity=0.1, review_skill=0.5).costs == Costs(0.2, 0.5)


def test_a_manifest_that_cannot_be_read_leaves_the_usual_costs(bundle):
    where = bundle(**WRITTEN)
    (where / "manifest.json").write_text("{")
    assert terms_of(where).costs == Costs()
    assert "(usual)" in terms_of(where).sentence
