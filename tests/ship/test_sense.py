"""No effect against sense: the shipped model, and clients whose tables change for the worse."""

import json
from pathlib import Path

import numpy as np
import pytest

from credit import features
from credit.features.monotone_directions import mixed
from credit.model import load_bundle
from credit.simulate.perturbations import WORSE, held_to, perturbed
from credit.tables import HISTORIES, read

#: What is known of the clients -> their tables.
KNOWN = {
    "all tables": ("application_test", *HISTORIES),
    "application and bureau": ("application_test", "bureau", "bureau_balance"),
    "application": ("application_test",),
}

#: What moves no probability down, and must move some up: what has no weight at all is not learnt.
FELT = ("later payments", "more debt", "lower scores", "lower income")


@pytest.fixture(scope="module")
def model():
    return load_bundle("mlruns_reduced")


@pytest.fixture(scope="module")
def tables(bank):
    return read(bank, KNOWN["all tables"])


def probability(model, tables):
    made = features.build(tables, "application_test", model.columns).collect().sort("SK_ID_CURR")
    return model.probability(np.ascontiguousarray(made.select(model.columns).fill_null(float("nan")).to_numpy()))


#: The changes to which the shipped model is held: where a feature gets a sign after it was trained, not all of them.
SIGNED = json.loads(Path("mlruns_reduced/manifest.json").read_text())["features"]["signs"]
HELD = [change for change in WORSE if held_to(change, SIGNED)]


def test_the_shipped_model_is_held_to_all_changes():
    assert set(HELD) == set(WORSE)


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("change", HELD)
def test_no_client_gets_a_better_probability_for_a_change_for_the_worse(model, tables, change, known):
    kept = {name: table for name, table in tables.items() if name in KNOWN[known]}
    before, after = probability(model, kept), probability(model, perturbed(kept, change))
    assert (after - before).min() >= -1e-12
    if change in FELT and known == "all tables":
        assert (after > before + 1e-4).any()


def test_the_shipped_model_reads_nothing_that_a_change_for_the_worse_may_move_either_way(model):
    read = [model.columns[place] for place in model.model.estimator.positions]
    assert [name for name in read if mixed(name)] == []
    assert set(model.manifest["features"]["signs"]) <= set(read)
    assert {"EXT_SOURCE_2", "AMT_INCOME_TOTAL"} <= set(model.manifest["features"]["signs"])
