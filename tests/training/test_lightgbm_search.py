"""The champion's search: the same seed, the same model; nothing of a fold in what judges it; no more trees than do."""

import dataclasses
import hashlib
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
from credit.model.calibration import Calibrated, Calibration, cross_fitted
from credit.model.column_subset import ChosenColumns
from credit.training import distillation, folds, hiding, lightgbm_search, split
from credit.training.folds import ALWAYS, FIXED, Folds
from credit.training.lightgbm_search import FIRST, Champion, search, smallest

TRIALS = 3


@pytest.fixture(autouse=True, scope="module")
def narrow():
    """A search among five to ten columns, so that it has some to leave out, that waits for a few trees only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightgbm_search, "FEWEST_COLUMNS", 5)
        patch.setattr(lightgbm_search, "MOST_COLUMNS", 10)
        patch.setattr(lightgbm_search, "FIRST", {**FIRST, "columns": 6})
        patch.setattr(folds, "RANKING_TREES", 40)
        patch.setattr(lightgbm_search, "PATIENCE", 15)
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
    # Every one is held: the ranking's models, trials, teachers and pupils.
    assert all(one["monotone_constraints"] for one in taught)
    assert len(taught) > folds.RANKINGS * (len(parts.folds) + 1) + 5 + 5 * 6


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
    monkeypatch.setattr(lightgbm_search, "_tried", lambda *_: pytest.fail("tried again"))
    again = search(*clients, trials=TRIALS, storage=study, costs=Costs())
    assert same(again, found)
    assert [t.seconds > 0 for t in again.trials] == [True] * TRIALS


def test_a_search_that_was_stopped_in_the_middle_of_a_trial_goes_on(clients, found, study, monkeypatch):
    usual, stopped = lightgbm_search._tried, []

    def stopping(number, *rest):
        if number == 1 and not stopped:
            stopped.append(number)
            raise KeyboardInterrupt
        return usual(number, *rest)

    told = []

    monkeypatch.setattr(lightgbm_search, "_tried", stopping)
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
    lightgbm_search._study(data, parts, 7, study)
    seed = 7
    if changed == "fingerprint":
        data = dataclasses.replace(data, source={**data.source, "fingerprint": "other"})
    elif changed == "folds":
        parts = dataclasses.replace(parts, fold=(parts.fold + 1) % 5)
    elif changed == "seed":
        seed = 8
    else:
        monkeypatch.setattr(lightgbm_search, "_SPACE", (*lightgbm_search._SPACE, 1))
    lightgbm_search._study(data, parts, seed, study)
    assert len(optuna.get_all_study_names(f"sqlite:///{study}")) == 2


def test_time_ends_a_search_after_the_trial_that_is_running(clients):
    found = search(*clients, trials=TRIALS, minutes=0, costs=Costs())
    assert len(found.trials) == 1
    assert found.finished is False


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


def test_the_columns_of_a_fold_are_ranked_without_its_outcomes(clients):
    data, parts = clients
    before, after = folds_of(data, parts), folds_of(with_fold_flipped(data, parts, 2), parts)
    assert len(before.rankings) == 6
    assert sorted(before.rankings[0]) == list(range(len(data.columns)))
    equal = [(one == other).all() for one, other in zip(before.rankings, after.rankings, strict=True)]
    assert equal == [False, False, True, False, False, False]


def test_the_columns_that_make_the_risk_are_ranked_first(clients):
    # EXT_SOURCE_1 and 2, which make most of it, stand at 2 and 3; the third weighs hardly more than chance. In a third
    # of the copies all three are hidden: that leaves some room for luck.
    for ranking in folds_of(*clients).rankings:
        assert {2, 3} <= set(ranking[:4])


def test_the_columns_of_a_fold_are_ranked_without_its_clients(clients):
    data, parts = clients
    x = data.x.copy()
    x[parts.train[parts.fold == 2]] = np.random.default_rng(1).normal(size=(int((parts.fold == 2).sum()), x.shape[1]))
    before, after = folds_of(data, parts), folds_of(dataclasses.replace(data, x=x), parts)
    equal = [(one == other).all() for one, other in zip(before.rankings, after.rankings, strict=True)]
    assert equal == [False, False, True, False, False, False]


def test_what_judges_a_fold_has_not_seen_its_outcomes_by_way_of_a_teacher_either(clients):
    data, parts = clients
    before, after = folds_of(data, parts), folds_of(with_fold_flipped(data, parts, 2), parts)
    settings_ = {**FIXED, **FIRST, "random_state": 7}
    del settings_["columns"]
    found = [distillation.labels(prepared, settings_, 6, 20) for prepared in (before, after)]
    for fold, (one, other) in enumerate(zip(*found, strict=True)):
        known = before.without(fold)
        assert (one[known] == other[known]).all() == (fold == 2)


def test_predictions_out_of_fold_are_those_of_models_without_the_fold(clients, found):
    # Made again from what the champion says of itself.
    data, parts = clients
    y = data.defaulted[parts.train]
    parameters = dict(found.contender.parameters)
    columns, copies, trees = (parameters.pop(name) for name in ("columns", "copies", "n_estimators"))
    assert copies == hiding.COPIES == 4
    assert parameters.pop("teacher") == distillation.SHARE == 0.7
    prepared, raw, less = folds_of(data, parts), np.empty(len(y)), np.empty(len(y))
    best = min(found.trials, key=lambda trial: trial.log_loss)
    of_teacher = {**FIXED, **parameters, "random_state": 7}
    labels = distillation.labels(prepared, of_teacher, columns, round(np.mean(best.trees)))
    rows = prepared.rows.reshape(copies + 1, len(y), -1)
    for fold, (learn, judge) in enumerate(parts.folds):
        positions = np.union1d(prepared.rankings[fold][:columns], folds_always(data))
        taught = rows[:, learn][:, :, positions].reshape(-1, len(positions))
        booster = lgb.train(
            {**of_teacher, **prepared.constraints(positions), "learning_rate": 0.1, "objective": "cross_entropy"},
            lgb.Dataset(taught, np.tile(labels[fold][learn], 5), weight=np.repeat([2, 1, 1, 1, 1], len(learn))),
            trees,
        )
        raw[judge], less[judge] = (booster.predict(rows[k][np.ix_(judge, positions)]) for k in (0, 1))
    line = found.contender.calibration
    assert line == Calibration.fit(np.tile(y, 2), np.concatenate([raw, less]))
    lines = cross_fitted(np.tile(y, 2), np.concatenate([raw, less]), np.tile(parts.fold, 2))
    assert found.contender.out_of_fold == pytest.approx(lines[: len(y)], abs=1e-9)
    at = int(np.flatnonzero(found.tree_counts == found.trees)[0])
    both = (roc_auc_score(y, raw) + roc_auc_score(y, less)) / 2
    assert found.auc_by_trees[at] == pytest.approx(both, abs=1e-9)


def folds_always(data):
    return np.array([place for place, name in enumerate(data.columns) if name in ALWAYS], dtype=np.int64)


def test_the_test_clients_are_not_touched(clients, found):
    data, parts = clients
    x, y = data.x.copy(), data.defaulted.copy()
    x[parts.test], y[parts.test] = 1e9, 1 - y[parts.test]
    assert same(search(dataclasses.replace(data, x=x, defaulted=y), parts, trials=TRIALS, costs=Costs()), found)


# -- trials and trees --------------------------------------------------------------------------------------------------


def test_a_search_begins_with_the_known_settings_and_stays_in_its_space(found):
    assert found.trials[0].parameters == {**FIRST, "columns": 6}
    for trial in found.trials:
        assert 5 <= trial.parameters["columns"] <= 10
        assert set(trial.parameters) == set(FIRST)
        assert len(trial.trees) == 5
    # Each proposal is a new one.
    assert len({str(trial.parameters) for trial in found.trials}) == TRIALS


def test_probabilities_are_about_as_high_as_defaults_are_frequent(clients, found):
    data, parts = clients
    rate = data.defaulted[parts.train].mean()
    assert found.contender.out_of_fold.mean() == pytest.approx(rate, abs=0.01)


def test_the_trial_of_least_log_loss_is_kept(found):
    best = min(found.trials, key=lambda trial: trial.log_loss)
    kept = found.contender.parameters
    assert {name: kept[name] for name in best.parameters} == best.parameters
    assert kept["n_estimators"] == found.trees


def test_the_log_loss_of_a_trial_is_that_of_all_clients_out_of_fold(clients):
    # The first fold is larger than the others together.
    data, parts = clients
    uneven = dataclasses.replace(parts, fold=np.where(np.arange(len(parts.fold)) < 600, 0, parts.fold))
    prepared, y = folds_of(data, uneven), data.defaulted[parts.train]
    first = lightgbm_search._tried(0, {**FIRST, "columns": 6}, prepared, 7)
    p = np.empty(len(y))
    for fold, (learn, judge) in enumerate(uneven.folds):
        settings_ = {**FIXED, **first.parameters, "random_state": 7}
        positions = prepared.chosen(fold, settings_.pop("columns"))
        booster = distillation.learn(prepared, learn, positions, settings_, first.trees[fold])
        p[judge] = booster.predict(prepared.of(judge, positions))
    assert first.log_loss == pytest.approx(log_loss(y, p), abs=1e-9)


def test_as_few_trees_are_kept_as_do_the_same(found):
    assert found.trees == smallest(found.tree_counts, found.auc_by_trees)
    assert found.contender.model.estimator.estimator.booster_.num_trees() == found.trees
    assert found.tree_counts[0] == 20
    assert set(np.diff(found.tree_counts)) <= {20}
    best = min(found.trials, key=lambda trial: trial.log_loss)
    # A pupil, whose labels have less noise, may do well to grow for longer: five times as long is looked at.
    assert found.tree_counts[-1] - 20 < round(5 * max(best.trees)) <= found.tree_counts[-1]


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
    assert aucs[kept] >= best - 0.0002
    assert all(auc < best - 0.0002 for count, auc in aucs.items() if count < kept)


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


def test_the_champion_reads_its_columns_of_all_and_ranks_clients(clients, found):
    data, parts = clients
    positions = found.contender.model.estimator.positions
    assert positions == sorted(set(positions))
    best = folds_of(data, parts).rankings[-1][: found.contender.parameters["columns"]]
    assert positions == sorted({*best.tolist(), *folds_always(data)})
    p = found.contender.probability(data.x[parts.test])
    assert p.shape == (len(parts.test),)
    assert roc_auc_score(data.defaulted[parts.test], p) > 0.7
    others = np.setdiff1d(np.arange(len(data.columns)), positions)
    x = data.x[parts.test].copy()
    x[:, others] = np.nan
    assert (found.contender.probability(x) == p).all()
