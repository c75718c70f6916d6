"""The champion's search: the same seed, the same model; nothing of a fold in what judges it; no more trees than do."""

import dataclasses
import hashlib
import re
import shutil

import lightgbm as lgb
import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.features.monotone_directions import mixed
from credit.model.calibration import Calibrated, Calibration, cross_fitted
from credit.model.column_subset import ChosenColumns
from credit.model.log_odds import log_odds
from credit.training import distillation, hiding, known_columns, lightgbm_search, pupil, search_study, split
from credit.training.folds import BINS, FIXED, Folds
from credit.training.lightgbm_search import FIRST, Champion, search
from credit.training.pupil import smallest
from credit.training.search_study import Trial

TRIALS = 3


@pytest.fixture(autouse=True, scope="module")
def impatient():
    """A search that waits for a few trees only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightgbm_search, "PATIENCE", 15)
        patch.setattr(pupil, "PATIENCE", 60)
        yield


@pytest.fixture(scope="module")
def clients(made_up):
    data = made_up(1200, noise=4)
    return data, split(data)


@pytest.fixture(scope="module")
def empty_study(tmp_path_factory):
    """A database as Optuna makes it, which takes seconds."""
    path = tmp_path_factory.mktemp("optuna") / "empty.db"
    optuna.storages.RDBStorage(f"sqlite:///{path}")
    return path


@pytest.fixture
def study(empty_study, tmp_path):
    """A database for the trials of one test."""
    return shutil.copyfile(empty_study, tmp_path / "optuna.db")


@pytest.fixture(scope="module")
def found(clients) -> Champion:
    return search(*clients, trials=TRIALS, costs=Costs())


def text_hash(what: Champion) -> str:
    """SHA-256 of the text of the model."""
    booster = what.contender.model.estimator.estimator.booster_
    return hashlib.sha256(booster.model_to_string().encode()).hexdigest()


def same(one: Champion, other: Champion) -> bool:
    """Whether both searches tried and found the same, to the last bit."""
    tried = [[(t.number, t.parameters, t.log_loss, t.trees) for t in what.trials] for what in (one, other)]
    return (
        text_hash(one) == text_hash(other)
        and tried[0] == tried[1]
        and one.contender.calibration == other.contender.calibration
        and one.contender.model.estimator.positions == other.contender.model.estimator.positions
        and bool((one.contender.out_of_fold == other.contender.out_of_fold).all())
    )


def test_clients_that_tell_the_contrary_of_sense_teach_no_model_to_obey_them(made_up, monkeypatch):
    """Scores turned round: a higher one is riskier among these clients, and no answer rises with it all the same."""
    data = made_up(600)
    scores = [data.columns.index(f"EXT_SOURCE_{number}") for number in (1, 2, 3)]
    x = data.x.copy()
    x[:, scores] *= -1
    turned = dataclasses.replace(data, x=x)
    parts = split(turned)
    taught = []
    usual = lgb.train
    monkeypatch.setattr(
        lgb, "train", lambda settings, *rest, **named: taught.append(settings) or usual(settings, *rest, **named)
    )
    model = search(turned, parts, trials=1, costs=Costs()).contender
    higher = x[parts.test].copy()
    higher[:, scores] += 2
    assert (model.probability(higher) <= model.probability(x[parts.test]) + 1e-12).all()
    # Every one is held: a trial on five folds, a teacher for each of ten pairs of them, five pupils, and the last one.
    assert all(one["monotone_constraints"] for one in taught)
    assert len(taught) == 5 + 10 + 5 + 1


# -- the same seed, the same model -------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_model_and_another_seed_another(clients, found):
    assert same(search(*clients, trials=TRIALS, costs=Costs()), found)
    other = search(*clients, seed=8, trials=TRIALS, costs=Costs())
    assert text_hash(other) != text_hash(found)
    assert other.trials[2].parameters != found.trials[2].parameters


def test_a_search_in_parts_gives_the_model_of_a_search_in_one_go(clients, found, tmp_path):
    told = []
    first = search(*clients, trials=1, storage=tmp_path / "optuna.db", costs=Costs())
    assert len(first.trials) == 1
    whole = search(
        *clients,
        trials=TRIALS,
        storage=tmp_path / "optuna.db",
        told=lambda t, n: told.append((t.number, n)),
        costs=Costs(),
    )
    assert same(whole, found)
    # The old trial is told as the new ones are.
    assert told == [(0, TRIALS), (1, TRIALS), (2, TRIALS)]


def test_a_search_that_is_over_is_not_made_again(clients, found, study, monkeypatch):
    search(*clients, trials=TRIALS, storage=study, costs=Costs())
    monkeypatch.setattr(lightgbm_search, "tried", lambda *_: pytest.fail("tried again"))
    again = search(*clients, trials=TRIALS, storage=study, costs=Costs())
    assert same(again, found)
    assert [t.seconds > 0 for t in again.trials] == [True] * TRIALS


def test_a_search_that_was_stopped_in_the_middle_of_a_trial_goes_on(clients, found, study, monkeypatch):
    usual, stopped = lightgbm_search.tried, []

    def stopping(number, *rest):
        if number == 1 and not stopped:
            stopped.append(number)
            raise KeyboardInterrupt
        return usual(number, *rest)

    told = []

    monkeypatch.setattr(lightgbm_search, "tried", stopping)
    with pytest.raises(KeyboardInterrupt):
        search(*clients, trials=TRIALS, storage=study, costs=Costs())
    search(*clients, trials=2, storage=study, costs=Costs())
    whole = search(
        *clients, trials=TRIALS, storage=study, told=lambda trial, _: told.append(trial.number), costs=Costs()
    )
    assert text_hash(whole) == text_hash(found)
    assert [trial.parameters for trial in whole.trials] == [trial.parameters for trial in found.trials]
    # Optuna counts the one that was stopped; to those who are told it is none.
    assert told == [0, 1, 2]
    assert same(whole, found)


def test_fewer_trials_than_stand_in_the_study_are_the_first_ones(clients, study):
    search(*clients, trials=2, storage=study, costs=Costs())
    one = search(*clients, trials=1, storage=study, costs=Costs())
    assert same(one, search(*clients, trials=1, costs=Costs()))


@pytest.mark.parametrize(
    "changed", ["fingerprint", "folds", "seed", "space"], ids=lambda what: f"another {what}, another study"
)
def test_trials_are_of_the_data_the_folds_the_seed_and_the_space(clients, study, changed, monkeypatch):
    data, parts = clients
    search_study.study(data, parts, 7, study, lightgbm_search._SPACE)
    seed = 7
    if changed == "fingerprint":
        data = dataclasses.replace(data, source={**data.source, "fingerprint": "other"})
    elif changed == "folds":
        parts = dataclasses.replace(parts, fold=(parts.fold + 1) % 5)
    elif changed == "seed":
        seed = 8
    else:
        monkeypatch.setattr(lightgbm_search, "_SPACE", (*lightgbm_search._SPACE, 1))
    search_study.study(data, parts, seed, study, lightgbm_search._SPACE)
    assert len(optuna.get_all_study_names(f"sqlite:///{study}")) == 2


def test_time_ends_a_search_after_the_trial_that_is_running(clients):
    found = search(*clients, trials=TRIALS, minutes=0, costs=Costs())
    assert len(found.trials) == 1
    assert found.finished is False


def test_clients_who_stand_for_others_move_the_line_and_no_tree(clients, found):
    data, parts = clients
    weighted = dataclasses.replace(data, weight=np.where(data.defaulted == 1, 3.0, 1.0))
    moved = search(weighted, parts, trials=TRIALS, costs=Costs())
    assert text_hash(moved) == text_hash(found)
    # Odds of default are three times as high where each who defaulted stands for three.
    before, after = (log_odds(one.contender.out_of_fold) for one in (found, moved))
    assert (after - before).mean() == pytest.approx(np.log(3), abs=0.1)


def test_a_search_that_reached_its_number_is_finished(found):
    assert found.finished is True
    assert len(found.trials) == TRIALS


def test_a_search_without_a_trial_is_refused(clients):
    with pytest.raises(ValueError, match="at least one trial, not 0"):
        search(*clients, trials=0, costs=Costs())


# -- what a fold may know ----------------------------------------------------------------------------------------------


def with_fold_flipped(data, parts, fold):
    """The outcomes of the training clients in one fold turned round."""
    y = data.defaulted.copy()
    inside = parts.train[parts.fold == fold]
    y[inside] = 1 - y[inside]
    return dataclasses.replace(data, defaulted=y)


def folds_of(data, parts):
    return Folds(data.x[parts.train], data.defaulted[parts.train], parts.folds, 7, data.columns)


def test_models_that_share_their_bins_are_those_of_the_same_rows_alone(clients):
    """The rows of a fold, cut into the same bins by LightGBM itself: the same trees."""
    prepared = folds_of(*clients)
    rows = raw_rows(*clients)
    learn = prepared.without(1)
    everything = lgb.Dataset(rows, params=BINS).construct()
    own = lgb.Dataset(rows[learn], prepared.y[learn], reference=everything, params=BINS)
    parameters = {**FIXED, **FIRST, **prepared.signs, "objective": "binary", "random_state": 7}
    one, other = (lgb.train(parameters, data, 30) for data in (prepared.part(learn), own))
    trees = [booster.model_to_string().partition("parameters:")[0] for booster in (one, other)]
    assert trees[0] == trees[1]


def test_bins_know_nothing_of_outcomes(clients):
    data, parts = clients
    turned = dataclasses.replace(data, defaulted=1 - data.defaulted)
    parameters = {**FIXED, **FIRST, "objective": "binary", "random_state": 7}
    found = []
    for one in (folds_of(data, parts), folds_of(turned, parts)):
        labels = data.defaulted[parts.train]
        found.append(lgb.train(parameters, one.part(np.arange(len(labels)), label=labels), 10).model_to_string())
    assert found[0] == found[1]


def test_what_one_change_for_the_worse_may_move_either_way_is_no_column(clients):
    data, parts = clients
    names = ("INSTALMENTS_LAST_90_DAYS_DAYS_PAST_DUE_MEAN_LESS_WHOLE", *data.columns[1:])
    assert mixed(names[0])
    prepared = Folds(data.x[parts.train], data.defaulted[parts.train], parts.folds, 7, names)
    assert prepared.columns == names[1:]
    assert prepared.positions.tolist() == list(range(1, len(names)))
    assert prepared.part(np.arange(10)).num_feature() == len(names) - 1


def test_a_part_holds_clients_then_their_copies_with_labels(clients):
    prepared = folds_of(*clients)
    some, labels = np.array([3, 5, 8]), np.array([0.25, 0.5, 1.0])
    part = prepared.part(some, 2, labels)
    assert part.num_data() == 9
    assert part.get_label().tolist() == [0.25, 0.5, 1.0] * 3
    assert part.get_weight() is None  # a copy counts as much as the client
    assert prepared.part(some).get_label().tolist() == prepared.y[some].tolist()


def test_what_judges_a_fold_has_not_seen_its_outcomes_by_way_of_a_teacher_either(clients):
    data, parts = clients
    before, after = folds_of(data, parts), folds_of(with_fold_flipped(data, parts, 2), parts)
    settings_ = {**FIXED, **FIRST, "random_state": 7}
    found = [distillation.labels(prepared, settings_, 20) for prepared in (before, after)]
    for fold, (one, other) in enumerate(zip(*found, strict=True)):
        known = before.without(fold)
        assert (one[known] == other[known]).all() == (fold == 2)


def raw_rows(data, parts):
    """What the bins are made of: clients as they are, then their copies."""
    x = data.x[parts.train]
    return hiding.with_copies(x, hiding.Hiding(data.columns), hiding.COPIES, 7)


def test_predictions_out_of_fold_are_those_of_models_without_the_fold(clients, found):
    # Made again from what the champion says of itself, and asked for raw rows, not for bins.
    data, parts = clients
    y = data.defaulted[parts.train]
    parameters = dict(found.contender.parameters)
    copies, trees = (parameters.pop(name) for name in ("copies", "n_estimators"))
    assert copies == hiding.COPIES == 4
    assert parameters.pop("teacher") == distillation.SHARE == 0.35
    rate, rows_a_tree = (parameters.pop(f"pupil_{name}") for name in ("learning_rate", "subsample"))
    assert rate == pytest.approx(parameters["learning_rate"] * 1.5)
    assert rows_a_tree == parameters["subsample"]  # a small bank: all the rows that the trial's trees drew
    prepared, raw, less = folds_of(data, parts), np.empty(len(y)), np.empty(len(y))
    best = min((one for one in found.trials if not one.halved), key=lambda trial: trial.log_loss)
    of_teacher = {**FIXED, **parameters, "random_state": 7}
    labels = distillation.labels(prepared, of_teacher, round(np.mean(best.trees)))
    offered = known_columns.offered(prepared.columns, parameters["colsample_bytree"])
    rows = raw_rows(data, parts).reshape(copies + 1, len(y), -1)
    for fold, (learn, judge) in enumerate(parts.folds):
        booster = lgb.train(
            {**of_teacher, **prepared.signs, "learning_rate": rate, "objective": "cross_entropy"},
            prepared.part(learn, 4, labels[fold][learn]),
            trees,
            callbacks=[] if offered is None else [offered],
        )
        raw[judge], less[judge] = (booster.predict(rows[k][judge]) for k in (0, 1))
    line = found.contender.calibration
    both = np.concatenate([raw, less])
    expected = Calibration.fit(np.tile(y, 2), both)
    assert (line.slope, line.intercept) == pytest.approx((expected.slope, expected.intercept), abs=1e-5)
    lines = cross_fitted(np.tile(y, 2), both, np.tile(parts.fold, 2))
    assert found.contender.out_of_fold == pytest.approx(lines[: len(y)], abs=1e-6)
    at = int(np.flatnonzero(found.tree_counts == found.trees)[0])
    area = (roc_auc_score(y, raw) + roc_auc_score(y, less)) / 2
    assert found.auc_by_trees[at] == pytest.approx(area, abs=1e-6)


def test_the_test_clients_are_not_touched(clients, found):
    data, parts = clients
    x, y = data.x.copy(), data.defaulted.copy()
    x[parts.test], y[parts.test] = 1e9, 1 - y[parts.test]
    assert same(search(dataclasses.replace(data, x=x, defaulted=y), parts, trials=TRIALS, costs=Costs()), found)


# -- trials and trees --------------------------------------------------------------------------------------------------


def test_a_search_begins_with_the_known_settings_and_stays_in_its_space(found):
    assert found.trials[0].parameters == FIRST
    for trial in found.trials:
        assert 2 <= trial.parameters["num_leaves"] <= 31
        assert 0.015 <= trial.parameters["learning_rate"] <= 0.12
        assert set(trial.parameters) == set(FIRST)
        assert len(trial.trees) == (2 if trial.halved else 5)
    # Each proposal is a new one.
    assert len({str(trial.parameters) for trial in found.trials}) == TRIALS


def test_probabilities_are_about_as_high_as_defaults_are_frequent(clients, found):
    data, parts = clients
    rate = data.defaulted[parts.train].mean()
    assert found.contender.out_of_fold.mean() == pytest.approx(rate, abs=0.01)


def test_the_trial_of_least_log_loss_is_kept(found):
    best = min((one for one in found.trials if not one.halved), key=lambda trial: trial.log_loss)
    kept = found.contender.parameters
    assert {name: kept[name] for name in best.parameters} == best.parameters
    assert kept["n_estimators"] == found.trees


def test_the_log_loss_of_a_trial_is_that_of_all_clients_out_of_fold(clients):
    # The first fold is larger than the others together.
    data, parts = clients
    uneven = dataclasses.replace(parts, fold=np.where(np.arange(len(parts.fold)) < 600, 0, parts.fold))
    prepared, y = folds_of(data, uneven), data.defaulted[parts.train]
    first = lightgbm_search.tried(0, FIRST, prepared, 7, [])
    p, rows = np.empty((2, len(y))), raw_rows(data, parts).reshape(5, len(y), -1)
    for fold, (learn, judge) in enumerate(uneven.folds):
        settings_ = {**FIXED, **FIRST, **prepared.signs, "random_state": 7, "objective": "binary"}
        booster = lgb.train(settings_, prepared.part(learn, 1), first.trees[fold])
        p[:, judge] = [booster.predict(rows[copy][judge]) for copy in (0, 1)]  # as they are, and of less known
    assert first.log_loss == pytest.approx(log_loss(np.tile(y, 2), p.ravel()), abs=1e-9)
    on_two = uneven.fold < 2
    assert first.first_log_loss == pytest.approx(log_loss(np.tile(y[on_two], 2), p[:, on_two].ravel()), abs=1e-9)


def tried(first_log_loss):
    """A trial of before with that log loss on the first folds."""
    return Trial(0, FIRST, first_log_loss, first_log_loss, [1], 1.0, halved=False)


@pytest.mark.parametrize(
    ("before", "goes_on"),
    [([9.0], True), ([0.0], False), ([0.0, 9.0], False), ([0.0, 9.0, 9.0], True), ([0.0, 0.0, 9.0], False)],
)
def test_a_trial_goes_on_where_it_is_among_the_better_half(clients, before, goes_on):
    """Of one trial of before it must be the better; of three, with it four, two may go on."""
    found = lightgbm_search.tried(1, FIRST, folds_of(*clients), 7, [tried(one) for one in before])
    assert found.halved is not goes_on
    assert len(found.trees) == (5 if goes_on else 2)
    if not goes_on:
        assert found.log_loss == found.first_log_loss


def test_the_trees_of_a_large_bank_draw_a_part_of_its_rows(clients, monkeypatch):
    data, parts = clients
    rows = 5 * len(parts.train)
    monkeypatch.setattr(pupil, "ROWS_A_TREE", 0.3 * rows)
    monkeypatch.setattr(distillation, "TAUGHT", len(parts.train) - 1)
    found = search(data, parts, trials=1, costs=Costs()).contender
    assert found.parameters["pupil_subsample"] == pytest.approx(0.3)
    assert found.parameters["teacher"] == 0
    text = found.model.estimator.estimator.booster.model_to_string()
    assert "[bagging_fraction: 0.3]" in text


def test_a_trial_looks_at_no_more_clients_than_it_should(clients, monkeypatch):
    """The outcomes of those who are not drawn turned round: the same trial."""
    monkeypatch.setattr(lightgbm_search, "SEARCHED", 600)
    prepared = folds_of(*clients)
    drawn = np.random.default_rng([7, 2]).permutation(prepared.clients)[:600]
    before = lightgbm_search.tried(0, FIRST, prepared, 7, [])
    prepared.y = prepared.y.copy()
    others = np.setdiff1d(np.arange(prepared.clients), drawn)
    prepared.y[others] = 1 - prepared.y[others]
    assert dataclasses.replace(lightgbm_search.tried(0, FIRST, prepared, 7, []), seconds=before.seconds) == before
    prepared.y[drawn] = 1 - prepared.y[drawn]
    assert lightgbm_search.tried(0, FIRST, prepared, 7, []).log_loss != before.log_loss


def test_as_few_trees_are_kept_as_do_the_same(found):
    assert found.trees == smallest(found.tree_counts, found.auc_by_trees)
    # A round in which no split is worth it leaves no tree.
    assert found.trees - 2 <= found.contender.model.estimator.estimator.booster_.num_trees() <= found.trees
    assert found.tree_counts[0] == 20
    assert set(np.diff(found.tree_counts)) <= {20}
    # Every fold grew for another sixty trees in vain, three steps of twenty.
    assert np.argmax(found.auc_by_trees) < len(found.tree_counts) - 1
    assert (np.diff(found.tree_counts) == 20).all()


def test_the_smallest_number_within_a_fifth_of_a_thousandth_of_the_best():
    counts = [20, 40, 60, 80]
    assert smallest(counts, [0.700, 0.7499, 0.7500, 0.7498]) == 40
    assert smallest(counts, [0.700, 0.7497, 0.7500, 0.7499]) == 60
    assert smallest(counts, [0.7500, 0.7400, 0.7300, 0.7200]) == 20
    assert smallest([80, 20], [0.75, 0.75]) == 20
    assert smallest(counts, [0.60, 0.70, 0.74, 0.75], near=0.05) == 40
    assert smallest(counts, [0.60, 0.70, 0.74, 0.75], near=0) == 80


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.integers(1, 3000), st.floats(0.5, 1), min_size=1))
def test_no_smaller_number_is_as_near(aucs):
    kept = smallest(aucs, aucs.values())
    best = max(aucs.values())
    assert aucs[kept] >= best - 0.0001
    assert all(auc < best - 0.0001 for count, auc in aucs.items() if count < kept)


# -- the contender -----------------------------------------------------------------------------------------------------


def test_the_champion_stands_among_the_contenders(clients, found):
    data, parts = clients
    one = found.contender
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    assert one.name == "Champion"
    assert isinstance(one.model, Calibrated)
    assert isinstance(one.model.estimator, ChosenColumns)
    assert one.out_of_fold.shape == (len(parts.train),)
    assert one.cv_cost == pytest.approx(money.cost(y, one.out_of_fold >= 0.19 / 1.19, amount))
    assert 0 < one.fit_seconds < one.seconds
    assert [parameters["log_loss"] for parameters, _ in one.searched] == [t.log_loss for t in found.trials]


def test_the_champion_reads_what_its_trees_split_on_and_ranks_clients(clients, found):
    data, parts = clients
    positions = found.contender.model.estimator.positions
    assert positions == sorted(set(positions))
    booster = found.contender.model.estimator.estimator.booster_
    assert booster.num_feature() == len(positions) <= len(data.columns)
    assert (booster.feature_importance("split") > 0).all()
    p = found.contender.probability(data.x[parts.test])
    assert p.shape == (len(parts.test),)
    assert roc_auc_score(data.defaulted[parts.test], p) > 0.7
    others = np.setdiff1d(np.arange(len(data.columns)), positions)
    x = data.x[parts.test].copy()
    x[:, others] = np.nan
    assert (found.contender.probability(x) == p).all()


def test_whatever_is_made_beside_a_model_that_learns_has_its_number_of_threads(clients, monkeypatch):
    """LightGBM holds that number for the whole process: whatever is made meanwhile sets it."""
    asked = []
    for name in ("LGBM_DatasetCreateFromMat", "LGBM_DatasetGetSubset", "LGBM_BoosterCreate"):
        usual = getattr(lgb.basic._LIB, name)
        monkeypatch.setattr(
            lgb.basic._LIB, name, lambda *what, usual=usual: (asked.extend(_texts(what)), usual(*what))[1]
        )
    prepared = folds_of(*clients)
    lightgbm_search.tried(0, FIRST, prepared, 7, [])
    distillation.labels(prepared, {**FIXED, **FIRST}, 3)
    threads = {one for text in asked for one in re.findall(r"(?:num_threads|n_jobs|nthreads?)=(\d+)", text)}
    assert len(asked) > 30
    assert threads == {"1"}


def _texts(arguments) -> list[str]:
    """The parameters among what LightGBM's library is called with."""
    return [one.value.decode() for one in arguments if hasattr(one, "value") and isinstance(one.value, bytes)]
