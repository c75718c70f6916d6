"""A training that was interrupted goes on where it stopped, and takes nothing from another one."""

import dataclasses
import importlib
import os
import time
from types import SimpleNamespace

import numpy as np
import pytest
from support.few_columns import FEW

from credit import training
from credit.decision.cost import Costs
from credit.model import load_bundle
from credit.training import checkpoints, knowledge_states, lightgbm_search, model_comparison, pupil, split
from credit.training.candidates import Candidate, candidate
from credit.training.checkpoints import Checkpoints
from credit.training.folds import Folds
from credit.training.search_study import Trial


@pytest.fixture
def data(made_up):
    return made_up(300)


def kept(folder, data, seed=7, costs=None, told=lambda _: None, parts=None):
    return Checkpoints.of(folder, data, parts or split(data), seed, costs or Costs(), told)


def of_this_run():
    return np.arange(3)


def never():
    raise AssertionError("it was made again")


def test_a_finished_step_is_not_made_again(tmp_path, data):
    kept(tmp_path, data).step("forest", of_this_run, {"leaves": 10})
    said = []
    assert kept(tmp_path, data, told=said.append).step("forest", never, {"leaves": 10}).tolist() == [0, 1, 2]
    assert said == ["forest: used again as an earlier command left it"]


def test_a_step_that_came_to_nothing_is_a_result_too(tmp_path, data):
    kept(tmp_path, data).step("nothing", lambda: None)
    assert kept(tmp_path, data).step("nothing", never) is None


def test_a_step_that_depends_on_something_else_is_another_step(tmp_path, data):
    kept(tmp_path, data).step("forest", of_this_run, {"leaves": 10})
    assert kept(tmp_path, data).step("forest", lambda: "new", {"leaves": 40}) == "new"
    assert kept(tmp_path, data).step("boosting", lambda: "new", {"leaves": 10}) == "new"


def test_a_step_that_one_training_needs_twice_is_made_once_and_not_said_to_be_of_an_earlier_one(tmp_path, data):
    """With --tables application the comparison's LightGBM is the one on the application columns alone, too."""
    said = []
    one = kept(tmp_path, data, told=said.append)
    one.step("LightGBM on 269 columns", of_this_run)
    assert one.step("LightGBM on 269 columns", never).tolist() == [0, 1, 2]
    assert said == []
    kept(tmp_path, data, told=said.append).step("LightGBM on 269 columns", never)
    assert len(said) == 1


@pytest.mark.parametrize("other", ["clients", "columns", "seed", "costs", "folds", "code", "versions", "processor"])
def test_nothing_is_taken_from_another_training(tmp_path, data, other, monkeypatch):
    kept(tmp_path, data).step("forest", of_this_run)
    changed = {}
    if other == "clients":
        data = dataclasses.replace(data, source={**data.source, "fingerprint": "of others"})
    elif other == "columns":
        data = dataclasses.replace(data, columns=("ANOTHER", *data.columns[1:]))
    elif other == "seed":
        changed["seed"] = 8
    elif other == "costs":
        changed["costs"] = Costs(margin=0.25)
    elif other == "folds":
        changed["parts"] = split(data, seed=8)
    elif other == "versions":
        before = checkpoints.version
        monkeypatch.setattr(checkpoints, "version", lambda name: "0" if name == "lightgbm" else before(name))
    elif other == "processor":
        monkeypatch.setattr(checkpoints.platform, "machine", lambda: "another")
    else:
        monkeypatch.setattr(checkpoints, "code", lambda: "another")
    assert kept(tmp_path, data, **changed).step("forest", lambda: "new") == "new"


def test_what_is_damaged_is_made_anew_and_said(tmp_path, data):
    one = kept(tmp_path, data)
    one.step("forest", of_this_run)
    (place,) = one.folder.glob("*.joblib")
    written = bytearray(place.read_bytes())
    written[len(written) // 2] ^= 1
    place.write_bytes(written)
    with pytest.warns(UserWarning, match="forest .* is damaged and is made anew"):
        assert kept(tmp_path, data).step("forest", lambda: "new") == "new"
    assert kept(tmp_path, data).step("forest", never) == "new"


def test_a_step_without_its_hash_was_not_finished(tmp_path, data):
    one = kept(tmp_path, data)
    one.step("forest", of_this_run)
    for place in one.folder.glob("*.sha256"):
        place.unlink()
    assert kept(tmp_path, data).step("forest", lambda: "new") == "new"


def test_a_disk_that_takes_nothing_does_not_end_the_training(tmp_path, data):
    root = tmp_path / "checkpoints"
    one = kept(root, data)
    root.mkdir()
    one.folder.write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="forest .*cannot be (kept|read)"):
        assert one.step("forest", lambda: "made") == "made"


def test_the_folder_of_a_training_that_has_ended_is_removed(tmp_path, data):
    one = kept(tmp_path, data)
    one.step("forest", of_this_run)
    one.remove()
    assert not one.folder.exists()
    assert kept(tmp_path, data).step("forest", lambda: "new") == "new"


def test_what_nobody_has_gone_on_with_for_a_week_is_removed(tmp_path, data):
    old, recent = kept(tmp_path, data, seed=1), kept(tmp_path, data, seed=2)
    for one, days in ((old, 8), (recent, 6)):
        one.step("forest", of_this_run)
        then = time.time() - days * 24 * 3600
        os.utime(one.folder, (then, then))
    kept(tmp_path, data)
    assert not old.folder.exists()
    assert recent.folder.exists()


def test_without_a_folder_nothing_is_kept(data):
    assert checkpoints.NONE.step("forest", lambda: 1) == 1
    assert checkpoints.NONE.step("forest", lambda: 2) == 2
    checkpoints.NONE.remove()


def test_a_candidate_is_searched_anew_for_another_grid_another_sample_and_other_columns(tmp_path, data, monkeypatch):
    made = []
    monkeypatch.setattr(model_comparison, "_searched", lambda *_: made.append(1) or len(made))
    one, parts = kept(tmp_path, data), split(data)
    usual = Candidate("LightGBM", candidate("LightGBM").make, {"num_leaves": [8]})

    def searched(candidate=usual, data=data):
        return model_comparison.search(candidate, data, parts, costs=Costs(), kept=one)

    assert searched() == searched() == 1
    others = [
        searched(dataclasses.replace(usual, grid={"num_leaves": [8, 24]})),
        searched(dataclasses.replace(usual, grid={"num_leaves": [24]})),
        searched(dataclasses.replace(usual, most=200)),
        searched(dataclasses.replace(usual, most=200, drawn="max_samples")),
        searched(dataclasses.replace(usual, name="Another")),
        searched(data=dataclasses.replace(data, columns=("ANOTHER", *data.columns[1:]))),  # as many, and others
    ]
    assert others == [2, 3, 4, 5, 6, 7]
    assert searched() == 1


class Noted(Checkpoints):
    """Notes what each step depends on; teachers are given, and with the first pupil it ends."""

    def __init__(self):
        super().__init__()
        self.keys = {}

    def step(self, name, make, *depends):
        self.keys[name] = repr((name, *depends))
        if "pupil" in name:
            raise Interrupted
        return [] if "teachers" in name else make()


class Interrupted(Exception):
    """The machine goes off."""


def test_teachers_and_pupils_learn_anew_for_other_settings_and_another_number_of_trees(data, monkeypatch):
    parts = split(data)
    prepared = Folds(data.x[parts.train], data.defaulted[parts.train], parts.folds, 7, data.columns)
    first = Trial(0, {**lightgbm_search.FIRST}, 0.2, 0.2, [50] * 5, 1.0, False)

    def keys(trial, seed=7):
        noted = Noted()
        with pytest.raises(Interrupted):
            pupil.teach_final(trial, [trial], prepared, parts, seed, data.amount[parts.train], Costs(), 0.0, noted)
        return noted.keys["Champion: teachers"], noted.keys["Champion: pupil of fold 0"]

    usual = keys(first)
    assert keys(first) == usual
    for name, value in first.parameters.items():
        teachers, pupils = keys(dataclasses.replace(first, parameters={**first.parameters, name: value * 2}))
        assert teachers != usual[0]
        assert pupils != usual[1]
    with monkeypatch.context() as patch:  # a large bank: whatever the share of rows, its pupils see fewer
        patch.setattr(pupil, "ROWS_A_TREE", 10)
        other = dataclasses.replace(first, parameters={**first.parameters, "subsample": 0.8})
        assert keys(other)[1] != keys(first)[1]
    teachers, pupils = keys(dataclasses.replace(first, trees=[60] * 5))
    assert teachers != usual[0]
    assert pupils != usual[1]


def test_the_models_of_a_case_are_made_anew_where_the_case_hides_something_else(data, monkeypatch):
    parts = split(data)
    flat = SimpleNamespace(probability=lambda x: np.full(len(x), 0.1))
    monkeypatch.setattr(knowledge_states, "fresh", lambda *_: None)  # the test clients judge

    class Cases(Checkpoints):
        """Notes what each case depends on; nothing learns."""

        def __init__(self):
            super().__init__()
            self.keys = {}

        def step(self, name, make, *depends):
            self.keys[name] = repr((name, *depends))
            half = np.full(len(parts.test), 0.5)
            return half, half

    def keys():
        noted = Cases()
        knowledge_states.table(data, parts, flat, costs=Costs(), kept=noted)
        return noted.keys

    usual = keys()
    assert len({*usual.values()}) == len(usual) == 9
    monkeypatch.setattr(knowledge_states, "EXAMPLE", knowledge_states.EXAMPLE[:-1])
    example = "models for one case: the columns of README's example"
    assert {name for name, key in keys().items() if key != usual[name]} == {example}


def test_an_interrupted_training_goes_on_to_the_same_model(bank, open_store, tmp_path, monkeypatch):
    # Which steps are kept and taken again depends neither on the number of columns nor on that of trees.
    monkeypatch.setattr(importlib.import_module("credit.training.dataset"), "columns_of", lambda _: FEW)
    monkeypatch.setattr(pupil, "PATIENCE", 20)
    monkeypatch.setattr(lightgbm_search, "PATIENCE", 20)
    monkeypatch.setattr(knowledge_states, "FRESH", 300)
    monkeypatch.setattr(knowledge_states, "_MOST_TREES", 20)
    folder = open_store(tmp_path)

    def trained(name, resume, told):
        few = (Candidate("LightGBM", candidate("LightGBM").make, {"n_estimators": [30]}),)
        training.train(
            *(bank, folder / name),
            candidates=few,
            trials=1,
            study=folder / "optuna.db",
            resume=resume,
            progress=lambda what, *_: told.append(what),
        )
        return load_bundle(folder / name).model.estimator.estimator.booster.model_to_string()

    whole = trained("whole", None, [])

    def interrupted(*_):
        raise Interrupted

    place = folder / "checkpoints"
    alone = knowledge_states._alone
    with monkeypatch.context() as patch:
        patch.setattr(knowledge_states, "_alone", interrupted)
        with pytest.raises(Interrupted):
            trained("resumed", place, [])
    # What went before is not made again: no candidate is fitted, no teacher or pupil learns.
    told, asked = [], []
    with monkeypatch.context() as patch:
        patch.setattr(knowledge_states, "_alone", lambda *given: asked.append(1) or alone(*given))
        patch.setattr(pupil, "Judges", None)
        assert trained("resumed", place, told) == whole
    assert len(asked) == 9
    again = [what for what in told if "used again" in what]
    assert len(again) == 9  # two LightGBMs, the predecessor, the teachers, five pupils
    assert not any(place.iterdir())
