"""Alternatives are looked at on clients of whom the truth is known: only gender makes the difference."""

import dataclasses

import lightgbm as lgb
import numpy as np
import pytest

from credit.decision.cost import Costs
from credit.model.log_odds import log_odds
from credit.training import fairness_alternatives, fairness_search, lightgbm_search, pupil
from credit.training.checkpoints import Checkpoints
from credit.training.client_attributes import attributes, values_of
from credit.training.dataset import split
from credit.training.fairness_alternatives import COLUMNS, SIGN, TRIAL, WEIGHTS, alternatives, unchanged
from credit.training.fairness_look import drawn, look
from credit.training.fairness_search import FairnessPlan, search_frontier
from credit.training.folds import FIXED
from credit.training.gap_contributions import Carried
from credit.training.search_study import Trial
from credit.training.training_changes import Changes

#: As a bank in which a man's odds of default are seven times a woman's, and nothing else says who is a man.
EFFECT = 2.0


@pytest.fixture(scope="module", autouse=True)
def short():
    """Few trees, and few alternatives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pupil, "MOST_TREES", 40)
        patch.setattr(lightgbm_search, "PATIENCE", 10)
        patch.setattr(fairness_search, "PROXIES", 1)
        for name, value in (("PROXIES", 1), ("STRENGTHS", (1.0,))):
            patch.setattr(fairness_alternatives, name, value)
        yield


@pytest.fixture(scope="module")
def data(made_up):
    usual = made_up(2000)
    odds = np.log(usual.true_probability / (1 - usual.true_probability)) + EFFECT * (usual.x[:, 0] - 0.5)
    p = 1 / (1 + np.exp(-odds))
    bad = (np.random.default_rng(3).random(len(p)) < p).astype(int)
    return dataclasses.replace(usual, defaulted=bad, true_probability=p)


@pytest.fixture(scope="module")
def parts(data):
    return split(data)


@pytest.fixture(scope="module")
def searched(data, parts, tmp_path_factory):
    """The frontier, the steps that were said, and the folder of the looks."""
    said = []
    kept = Checkpoints(tmp_path_factory.mktemp("looks"))
    found = search_frontier(data, parts, trials=1, costs=Costs(), kept=kept, progress=lambda *one: said.append(one))
    return found, said, kept


def named(frontier, name):
    return next(one for one in frontier.points if one.alternative.name == name)


def test_without_gender_women_and_men_are_approved_more_alike_and_less_is_saved(searched):
    usual, without = (named(searched[0], name) for name in ("unchanged", "without CODE_GENDER"))
    for part in ("out_of_fold", "test"):
        before, after = getattr(usual, part), getattr(without, part)
        assert before.ratios["gender"].ratio.high < 0.9
        assert after.ratios["gender"].ratio.estimate > 0.93  # what is left is chance
        assert after.changes["gender"].low > 0
        assert after.saving < before.saving
    assert without.out_of_fold.gain.high < 0


def test_weights_bring_them_nearer_without_leaving_a_column_out(searched):
    usual, weighed = (named(searched[0], name) for name in ("unchanged", "weighed by gender, strength 1"))
    assert weighed.alternative.without == ()
    assert weighed.out_of_fold.changes["gender"].low > 0
    assert weighed.out_of_fold.ratios["gender"].ratio.estimate > usual.out_of_fold.ratios["gender"].ratio.estimate


def test_how_long_it_takes_is_said_before_the_looks_begin(searched):
    frontier, said, _ = searched
    first = next(number for number, (text, *_) in enumerate(said) if "minutes or less" in text)
    assert [text for text, *_ in said[:first]] == ["fairness: trials"]
    most = int(said[first][0].removeprefix("fairness: at most ").partition(" ")[0])
    assert len(frontier.points) <= most
    names = [text.removeprefix("fairness: ") for text, *_ in said[first + 1 :]]
    assert names == [one.alternative.name for one in frontier.points[1:]]


def test_looks_are_kept_and_not_made_again(searched, data, parts, monkeypatch):
    monkeypatch.setattr(fairness_search, "look", lambda *_: pytest.fail("a look was made twice"))
    again = search_frontier(data, parts, trials=1, costs=Costs(), kept=searched[2])
    assert again.to_dict() == searched[0].to_dict()


def test_a_column_that_is_left_out_moves_no_probability(data, parts):
    prepared = lightgbm_search.folds_of(data, parts, 7).changed(Changes(unread=frozenset({"CODE_GENDER"})))
    made = look(data, parts, prepared, lightgbm_search.FIRST, 7, explain=True)
    place = prepared.columns.index("CODE_GENDER")
    assert not made.contribution[:, place].any()
    assert made.contribution.any(axis=0).sum() > 2
    # The contributions add up to what the models say of these clients: the log odds before calibration.
    raw = made.calibration.slope * made.score + made.calibration.intercept
    inner = log_odds(made.out_of_fold[made.explained])
    assert np.corrcoef(raw, inner)[0, 1] > 0.99  # each fold's line was fitted without it
    assert len(made.out_of_fold) == len(drawn(prepared, 7)) == len(parts.train)


def test_a_look_predicts_with_the_threads_that_its_models_learn_with(data, parts, monkeypatch):
    threads, predict = [], lgb.Booster.predict

    def counted(self, *given, **named):
        threads.append(named.get("num_threads"))
        return predict(self, *given, **named)

    monkeypatch.setattr(lgb.Booster, "predict", counted)
    look(data, parts, lightgbm_search.folds_of(data, parts, 7), lightgbm_search.FIRST, 7, explain=True)
    assert threads == [FIXED["num_threads"]] * 11  # twice of each of five folds, and once of the test clients


def test_age_helps_only_the_older_where_it_is_held_to_that(data, parts):
    usual = lightgbm_search.folds_of(data, parts, 7)
    prepared = usual.changed(Changes(signs={"DAYS_BIRTH": 1}))
    place = prepared.columns.index("DAYS_BIRTH")
    assert prepared.signs["monotone_constraints"][place] == 1
    assert usual.signs["monotone_constraints"][place] == 0
    made = look(data, parts, prepared, lightgbm_search.FIRST, 7, explain=True)
    birth = data.x[parts.train[drawn(prepared, 7)[made.explained]], data.columns.index("DAYS_BIRTH")]
    order = np.argsort(birth)
    third = len(order) // 3
    assert made.contribution[order[:third], place].mean() <= made.contribution[order[-third:], place].mean()


def trial(number, log_loss, halved=False):
    return Trial(number, {"num_leaves": 2 + number}, log_loss, log_loss, [10], 5.0, halved)


def test_alternatives_are_listed_once_each_and_only_where_they_change_anything(data):
    best = trial(0, 0.2)
    done = [best, trial(1, 0.4), trial(2, 0.3, halved=True), trial(3, 0.25)]
    carries = [[Carried("EXT_SOURCE_1", ("EXT_SOURCE_1",), 0.03)], [Carried("EXT_SOURCE_2", ("EXT_SOURCE_2",), -0.01)]]
    every = attributes((), values_of(data))
    found = alternatives(best, done, every, carries, data.columns)
    assert [(one.kind, one.name) for one in found] == [
        (TRIAL, "trial 3"),
        (TRIAL, "trial 1"),
        (COLUMNS, "without CODE_GENDER"),
        (COLUMNS, "without DAYS_BIRTH"),
        (COLUMNS, "without CODE_GENDER, DAYS_BIRTH"),  # of these columns, these two are all that is protected
        (COLUMNS, "without EXT_SOURCE_1"),
        (COLUMNS, "without protected and EXT_SOURCE_1"),
        (WEIGHTS, "weighed by gender, strength 1"),
        (WEIGHTS, "without protected, weighed by gender"),
        (WEIGHTS, "weighed by age, strength 1"),
        (WEIGHTS, "without protected, weighed by age"),
        (SIGN, "age may only help the older"),
    ]
    assert found[0].parameters == {"num_leaves": 5}
    left = [name for name in data.columns if name not in ("CODE_GENDER", "DAYS_BIRTH")]
    fewer = alternatives(best, [best], every, [[], []], left)
    assert [one.kind for one in fewer] == [WEIGHTS, WEIGHTS]


def test_what_an_alternative_changes_of_a_training(data, parts):
    every = attributes((), values_of(data))
    y = data.defaulted[parts.train]
    usual = unchanged(trial(0, 0.2)).changes(every, values_of(data), parts.train, y, data.columns)
    assert (usual.parameters, usual.weight, usual.unread) == ({"num_leaves": 2}, None, frozenset())
    *_, weighed, older = alternatives(trial(0, 0.2), [trial(0, 0.2)], every, [[], []], data.columns)
    changes = weighed.changes(every, values_of(data), parts.train, y, data.columns)
    assert changes.weight.shape == y.shape
    assert changes.unread == {"CODE_GENDER", "DAYS_BIRTH"}
    assert dict(older.changes(every, values_of(data), parts.train, y, data.columns).signs) == {"DAYS_BIRTH": 1}


def test_a_plan_takes_one_point_or_none():
    assert not FairnessPlan().takes
    assert FairnessPlan(point=0).takes
    assert FairnessPlan(("CNT_CHILDREN",), cost=0.5).options == ["--fairness-by CNT_CHILDREN", "--fairness-cost 0.5"]
    with pytest.raises(ValueError, match="leave one out"):
        FairnessPlan(point=1, cost=0.5)
    with pytest.raises(ValueError, match="0 points or more"):
        FairnessPlan(cost=-0.1)
