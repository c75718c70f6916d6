"""The model judged by what is known of the clients: the same clients, less and less of them."""

import re
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
import pytest
from sklearn.metrics import log_loss

from credit.decision.cost import Costs
from credit.features import COLUMNS
from credit.features.information_sources import APPLICATION, SCORES
from credit.model.calibration import Calibrated, Calibration
from credit.training import knowledge_states, monotone_check, split
from credit.training.dataset import with_features
from credit.training.hiding import STATES, Hiding
from credit.training.model_comparison import Contender

README = Path(__file__).parents[2] / "README.md"


class Scores:
    """A classifier that reads the second external score alone, less being riskier, and says 8 % where it is unknown."""

    classes_ = np.array([0, 1])

    def __init__(self, place):
        self.place = place

    def predict_proba(self, x):
        score = x[:, self.place]
        p = np.where(np.isnan(score), 0.08, 1 / (1 + np.exp(2.7 + 0.8 * np.nan_to_num(score))))
        return np.column_stack([1 - p, p])


@pytest.fixture(scope="module")
def judged(made_up):
    data = made_up(5000)
    data.source["simulated"] = False  # these columns are no simulated bank's: the test clients judge
    parts = split(data)
    model = Calibrated(Scores(data.columns.index("EXT_SOURCE_2")), Calibration())
    one = Contender("Champion", {}, model, np.zeros(len(parts.train)), 0.0, [], 0.0, 0.0)
    told, threads, predict = [], [], lgb.Booster.predict

    def counted(self, *given, **named):
        threads.append(named.get("num_threads"))
        return predict(self, *given, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lgb.Booster, "predict", counted)
        found = knowledge_states.table(data, parts, one, 7, lambda *step: told.append(step), costs=Costs())
    assert set(threads) == {1}  # as many as each of those has that learn side by side
    return data, parts, found, told


def test_the_example_is_that_of_the_readme():
    text = README.read_text(encoding="utf-8")
    body = re.search(r"-d '(\{\"SK_ID_CURR\".*?\})'", text, re.DOTALL).group(1)
    names = re.findall(r'"([A-Z0-9_]+)":', body)
    assert tuple(name for name in names if name != "SK_ID_CURR" and not name.startswith("AMT_")) == tuple(
        name for name in knowledge_states.EXAMPLE if not name.startswith("AMT_")
    )
    amounts = [name for name in names if name.startswith("AMT_") and name in APPLICATION.columns]
    assert [name for name in knowledge_states.EXAMPLE if name.startswith("AMT_")] == amounts


def test_there_is_a_row_for_every_state_and_for_parts_of_an_application(judged):
    _, _, found, told = judged
    assert found["known"].to_list()[:4] == [*reversed(STATES)]
    assert found["known"].to_list()[4:8] == [
        "everything but the external scores",
        "application without the external scores",
        "half of the application's columns",
        "the columns of README's example",
    ]
    # The model reads one column, so that is the one it misses most.
    assert found["known"].to_list()[8] == "everything but EXT_SOURCE_2"
    assert [number for _, number, _ in told] == list(range(1, 10))


def test_what_is_hidden_is_not_seen(judged):
    data, parts, found, _ = judged
    of = {row["known"]: row for row in found.to_dicts()}
    without = of["everything but the external scores"]
    assert without["mean_probability"] == pytest.approx(0.08)
    assert without["roc_auc"] == 0.5
    assert without["refused"] == 0
    assert without["saving"] == 0
    y = data.defaulted[parts.test]
    assert without["default_rate"] == pytest.approx(y.mean())
    assert of["everything"]["roc_auc"] > 0.53
    assert of["everything but EXT_SOURCE_2"]["roc_auc"] == 0.5


def test_a_model_for_just_that_case_learns_from_what_is_left(judged):
    _, _, found, _ = judged
    of = {row["known"]: row for row in found.to_dicts()}
    # All three scores make the risk: alone it ranks better than the one score, and without them by chance.
    assert of["everything"]["roc_auc_alone"] > of["everything"]["roc_auc"]
    assert of["everything but the external scores"]["roc_auc_alone"] < 0.62
    assert of["everything but EXT_SOURCE_2"]["roc_auc_alone"] > 0.65


def test_a_simulated_bank_is_judged_by_fresh_clients():
    columns = ("CODE_GENDER", "DAYS_BIRTH", "DAYS_ID_PUBLISH", "DAYS_REGISTRATION", "AMT_CREDIT", "BUREAU_HISTORY")
    one = knowledge_states.fresh({"simulated": True}, 300, 7, columns)
    again = knowledge_states.fresh({"simulated": True}, 300, 7, columns)
    assert one.columns == columns
    assert len(one) == 300
    assert 0 < one.true_probability.mean() < 0.2
    assert np.array_equal(one.x, again.x, equal_nan=True)
    assert knowledge_states.fresh({"simulated": False}, 300, 7, columns) is None


def test_fresh_clients_have_the_columns_of_the_training_and_no_others(monkeypatch):
    """Also one of which none of them has a value: left out, all columns after it would be taken for others."""
    columns = ("CODE_GENDER", "AMT_CREDIT", "OWN_CAR_AGE", "DAYS_BIRTH", "DAYS_ID_PUBLISH", "DAYS_REGISTRATION")
    asked = []

    def without_cars(folder, tables, names):
        asked.append(tuple(names))
        made = with_features(folder, tables, names)
        return made.with_columns(OWN_CAR_AGE=pl.lit(None, pl.Float64))

    monkeypatch.setattr(knowledge_states, "with_features", without_cars)
    one = knowledge_states.fresh({"simulated": True}, 200, 7, columns)
    assert asked == [columns]  # no other feature is made
    assert one.columns == columns
    assert np.isnan(one.x[:, 2]).all()


def test_half_of_the_columns_are_another_half_for_each_client():
    hiding = Hiding(COLUMNS)
    x = np.ones((400, len(COLUMNS)))
    case = next(case for case in knowledge_states.cases(hiding) if case.half)
    gone = np.isnan(case.of(hiding, x, 3)[:, [hiding.of_column[name][0] for name in SCORES.columns]])
    assert gone.mean() == pytest.approx(0.5, abs=0.05)
    assert 0.1 < gone.all(axis=1).mean() < 0.15 + 0.03
    assert isinstance(knowledge_states.cases(hiding), list)


def test_the_table_is_a_frame_of_numbers(judged):
    found = judged[2]
    assert isinstance(found, pl.DataFrame)
    assert found.drop("known").null_count().sum_horizontal().item() == 0


@pytest.fixture(scope="module")
def learners(made_up):
    """Clients of single precision, their parts, and columns of which one has no value."""
    data = made_up(3000)
    parts = split(data)
    x = data.x[parts.train].astype(np.float32)
    x[:, 6] = np.nan
    return data, parts, x


def text(booster):
    """Its trees, without the settings that are written behind them."""
    return booster.model_to_string().split("end of trees")[0]


def test_models_for_a_case_equal_those_of_bins_of_their_own(learners):
    data, parts, x = learners
    learn, stop = (x, data.defaulted[parts.train]), (data.x[parts.test], data.defaulted[parts.test])
    binned = knowledge_states._binned(*learn)
    found = knowledge_states._alone(binned, knowledge_states._binned(*stop, binned), 7, data.columns)
    for one, held in zip(found, (monotone_check.constraints(data.columns), {}), strict=True):
        settings = {**knowledge_states._ALONE, **held, "random_state": 7}
        own = lgb.Dataset(*learn, params=knowledge_states._BINS)
        judges = lgb.Dataset(*stop, reference=own, params=knowledge_states._BINS)
        enough = lgb.early_stopping(knowledge_states._PATIENCE, verbose=False)
        again = lgb.train(settings, own, knowledge_states._MOST_TREES, valid_sets=[judges], callbacks=[enough])
        # It says what was best for those who stopped it, though some rounds found nothing to split.
        loss = log_loss(stop[1], one.predict(stop[0]))
        assert loss == pytest.approx(again.best_score["valid_0"]["binary_logloss"], abs=1e-9)
        assert text(one).count("Tree=") <= again.best_iteration < knowledge_states._MOST_TREES
    assert text(found[0]) != text(found[1])


def test_models_for_a_case_learn_from_all_training_clients_and_obey_their_signs(learners):
    data, parts, x = learners
    stop = data.x[parts.test], data.defaulted[parts.test]
    learn = knowledge_states._binned(x, data.defaulted[parts.train])
    signed, free = knowledge_states._alone(learn, knowledge_states._binned(*stop, learn), 7, data.columns)
    for one in (signed, free):
        assert one.num_trees() < knowledge_states._MOST_TREES
        assert one.dump_model()["tree_info"][0]["tree_structure"]["internal_count"] > 0.7 * len(x)
        assert one.feature_importance()[6] == 0
    assert monotone_check.against(signed, data.columns) == []
    assert monotone_check.against(free, data.columns) != []


def test_clients_are_hidden_in_pieces_as_all_at_once(monkeypatch):
    hiding = Hiding(COLUMNS)
    x = np.random.default_rng(0).uniform(1, 2, (50, len(COLUMNS)))
    case = next(case for case in knowledge_states.cases(hiding) if case.half)
    whole = case.of(hiding, x, 3)
    monkeypatch.setattr(knowledge_states, "_AT_A_TIME", 7)
    assert whole.dtype == np.float32
    assert np.array_equal(case.of(hiding, x, 3), whole, equal_nan=True)
    rows = np.arange(10, 50)
    assert np.array_equal(case.of(hiding, x, 3, rows), case.of(hiding, x[rows], 3), equal_nan=True)
