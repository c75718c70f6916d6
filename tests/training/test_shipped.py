"""When two bundles are equal: what they say and what they answer counts, not their bytes and not last bits."""

import math

import numpy as np
import polars as pl
import pytest

from credit.model import load_bundle, save_bundle
from credit.training.model_identity import CLOSE, identity
from credit.training.shipped import equal

MANIFEST = {
    "data": {"simulated": True, "fingerprint": "ab" * 32, "clients": 400},
    "model": {"name": "Says", "parameters": {"reg_lambda": 13.61811271660226}},
    "metrics": {"roc_auc": 0.7615210675499219, "test_clients": 400},
    "reliability": [{"predicted": 0.05, "clients": 20}],
}
JUDGES = pl.DataFrame({"A": np.linspace(0.01, 0.9, 400), "B": np.linspace(0.9, 0.01, 400), "SK_ID_CURR": range(400)})


class Says:
    """Answers with one of its columns, a little more or less."""

    classes_ = np.array([0, 1])

    def __init__(self, position, off=0.0):
        self.position, self.off = position, off

    def predict_proba(self, x):
        p = np.nan_to_num(x[:, self.position], nan=0.5) + self.off
        return np.column_stack([1 - p, p])


@pytest.fixture
def save(tmp_path):
    def save(name, off=0.0, position=0, columns=("A", "B"), threshold=0.19, profile=None, **changed):
        manifest = {**MANIFEST, **changed}
        return save_bundle(tmp_path / name, Says(position, off), columns, threshold, manifest, profile=profile)

    return save


def test_a_bundle_exported_again_is_equal_though_its_bytes_are_not(save):
    shipped = save("shipped")
    other = save(
        "other",
        off=CLOSE / 10,
        model={"name": "Says", "parameters": {"reg_lambda": math.nextafter(13.61811271660226, 14)}},
        metrics={"roc_auc": 0.76152106755, "test_clients": 400},
    )
    assert (shipped / "model.pkl").read_bytes() != (other / "model.pkl").read_bytes()
    assert equal(shipped, other, JUDGES)


@pytest.mark.parametrize(
    "change",
    [
        {"off": 10 * CLOSE},
        {"position": 1},
        {"columns": ("B", "A"), "position": 1},
        {"threshold": 0.2},
        {"profile": b"{}"},
        {"data": {**MANIFEST["data"], "fingerprint": "cd" * 32}},
        {"metrics": {"roc_auc": 0.7616, "test_clients": 400}},
        {"metrics": {"roc_auc": 0.7615210675499219, "test_clients": 401}},
        {"reliability": []},
        {"reliability": [{"predicted": None, "clients": 20}]},
        {"exposure": {}},
        {"costs": {"margin": 0.15, "loss_given_default": 1.0}},
        {"review": {"cost": 10.0, "skill": 0.5, "capacity": None}},
    ],
    ids=str,
)
def test_a_bundle_that_says_or_answers_something_else_is_not_equal(save, change):
    assert not equal(save("shipped"), save("other", **change), JUDGES)


def test_nothing_equals_a_bundle_that_is_not_there_or_cannot_be_used(save, tmp_path):
    other = save("other")
    assert not equal(tmp_path / "nowhere", other, JUDGES)
    shipped = save("shipped")
    (shipped / "model.pkl").write_bytes(b"changed")
    assert not equal(shipped, other, JUDGES)


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 0.19000000000000003},
        {"position": 1},
        {"costs": {"margin": 0.15, "loss_given_default": 1.0}},
        {"review": {"cost": 10.0, "skill": 0.5, "capacity": None}},
    ],
    ids=str,
)
def test_another_threshold_other_costs_and_other_reviews_make_another_identity(save, change):
    one = load_bundle(save("one", metrics={}))
    assert identity(one) == identity(load_bundle(save("same")))
    assert identity(one) != identity(load_bundle(save("other", **change)))
