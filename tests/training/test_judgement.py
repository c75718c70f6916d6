"""Metrics, threshold, gains and closing table, on few clients counted by hand."""

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import RandomForestClassifier

from credit import cost
from credit.models import Candidate
from credit.training import predecessor, search, split
from credit.training.judgement import (
    Threshold,
    closing_table,
    gains,
    judged_table,
    out_of_fold_table,
    search_threshold,
    with_best,
)
from credit.training.metrics import measure

Y = np.array([1, 0, 1, 0])
P = np.array([0.30, 0.20, 0.10, 0.05])
AMOUNT = np.array([100.0, 200.0, 300.0, 400.0])


def test_metrics_of_four_clients():
    # Refused: the first two. Right: the first and the last. Of the 4 pairs of a bad and a good client the bad one is
    # riskier in 3 (0.30 against both, 0.10 against 0.05).
    found = measure(Y, P, AMOUNT, 0.15)
    assert found["accuracy"] == 0.5
    assert found["roc_auc"] == 0.75
    assert found["f1"] == 0.5  # precision 1/2, recall 1/2
    assert found["brier"] == pytest.approx((0.7**2 + 0.2**2 + 0.9**2 + 0.05**2) / 4)
    assert found["refused"] == 0.5
    assert found["cost"] == pytest.approx(300 + 0.19 * 200)
    assert found["saving"] == pytest.approx(1 - 338 / 400)


def test_the_area_under_the_curve_comes_from_probabilities_and_not_from_decisions():
    assert measure(Y, P, AMOUNT, 0.99)["roc_auc"] == 0.75


def test_the_threshold_lands_at_break_even_where_probabilities_are_right():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 400_000)
    found = search_threshold((rng.random(len(p)) < p).astype(int), p, np.full(len(p), 1000.0))
    assert found.break_even == pytest.approx(0.1597, abs=1e-4)
    assert abs(found.value - found.break_even) <= 0.02
    assert found.curve.shape == (99,)
    assert found.cost == found.curve.min()


def test_the_threshold_moves_where_odds_are_multiplied():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 400_000)
    y = (rng.random(len(p)) < p).astype(int)
    weighted = 11.4 * p / (1 - p + 11.4 * p)
    # 0.1597 in odds is 0.19; times 11.4 it is 2.166, which as a probability is 0.684.
    assert search_threshold(y, weighted, np.full(len(p), 1000.0)).value == pytest.approx(0.684, abs=0.03)


# -- gains and the closing table ---------------------------------------------------------------------------------------

#: Four test clients of 100 each: two defaulted, so accepting everybody costs 200. Each stands for `MANY` like it.
TEST = pl.DataFrame(
    {
        "TARGET": [1, 1, 0, 0],
        "AMT_CREDIT": [100.0] * 4,
        "PROBABILITY_OF_DEFAULT": [0.30, 0.20, 0.18, 0.05],
        "PREDECESSOR": [0.70, 0.55, 0.60, 0.50],
        "TRUE_PROBABILITY": [0.40, 0.10, 0.05, 0.05],
    }
)
MANY = 10
CROWD = pl.concat([TEST] * MANY)


def test_gains_are_savings_beyond_the_others_in_shares_of_accepting_everybody():
    as_it_was, at_best, truth = gains(CROWD, 0.16, 0.48)
    # At 0.16 three are refused: one good loan's margin is lost, 19; saved 181 of 200.
    # The predecessor refuses all four from 0.48 on: 38; saved 162. They differ on good clients alone: on no default.
    assert as_it_was.than == "predecessor at 0.48"
    assert as_it_was.points is None
    assert as_it_was.share == pytest.approx(181 / 162)
    # At its best it refuses from 0.51 to 0.55: three clients, 19, as the model.
    assert at_best.than == "predecessor at its best"
    assert at_best.points is None
    assert at_best.share == pytest.approx(1)
    # The truth refuses the first alone: 100 lost, 100 saved.
    assert truth.than == "the true probability"
    assert truth.points.estimate == pytest.approx((100 - 19) / 200)
    assert truth.share == pytest.approx(181 / 100)
    assert truth.points.low < truth.points.estimate < truth.points.high


def test_of_two_defaults_no_gain_is_told():
    assert [one.points for one in gains(TEST, 0.16, 0.48)] == [None, None, None]


def test_gains_in_expectation_leave_the_luck_of_the_outcomes_out():
    as_it_was, _, truth = gains(TEST, 0.16, 0.48)
    # Accepting everybody costs 40 + 10 + 5 + 5 = 60 in expectation. The model refuses three: 0.19 * (60 + 90 + 95)
    # and 5 of the last, 51.55; the predecessor all: 0.19 * (60 + 90 + 95 + 95) = 64.6; the truth the first alone:
    # 11.4 + 10 + 5 + 5 = 31.4.
    assert as_it_was.expected_points == pytest.approx((64.6 - 51.55) / 60)
    assert as_it_was.expected_share is None  # of a rule that loses money: 60 - 64.6 is below 0
    assert truth.expected_points == pytest.approx((31.4 - 51.55) / 60)
    assert truth.expected_share == pytest.approx((60 - 51.55) / (60 - 31.4))


def test_nothing_is_gained_beside_what_is_not_there():
    real = TEST.drop("TRUE_PROBABILITY")
    assert [one.than for one in gains(real, 0.16, 0.48)] == ["predecessor at 0.48", "predecessor at its best"]
    assert {one.expected_points for one in gains(real, 0.16, 0.48)} == {None}
    assert [one.than for one in gains(TEST.drop("PREDECESSOR"), 0.16, None)] == ["the true probability"]
    assert gains(real.drop("PREDECESSOR"), 0.16, 0.48) == []


def test_a_share_of_a_loss_or_of_nothing_saved_is_not_told():
    accepting = TEST.drop("TRUE_PROBABILITY").with_columns(PREDECESSOR=pl.lit(0.0))
    assert gains(accepting, 0.16, 0.48)[0].share is None
    # Refusing only good clients loses money.
    losing = TEST.drop("TRUE_PROBABILITY").with_columns(PREDECESSOR=pl.Series([0.1, 0.1, 0.9, 0.9]))
    assert gains(losing, 0.16, 0.48)[0].share is None
    # And of a loss no share of a saving.
    saving = TEST.drop("TRUE_PROBABILITY").with_columns(PREDECESSOR=pl.Series([0.9, 0.9, 0.1, 0.1]))
    worse = saving.with_columns(PROBABILITY_OF_DEFAULT=pl.Series([0.1, 0.1, 0.9, 0.9]))
    assert gains(worse, 0.16, 0.48)[0].share is None
    assert gains(saving, 0.16, 0.48)[0].share == pytest.approx(181 / 200)


def test_a_share_of_next_to_nothing_is_not_told():
    # One loan of 1 among defaulted loans of 301 is all that the predecessor saves: a third of one per cent.
    tiny = pl.DataFrame(
        {
            "TARGET": [1, 1],
            "AMT_CREDIT": [300.0, 1.0],
            "PROBABILITY_OF_DEFAULT": [0.9, 0.9],
            "PREDECESSOR": [0.1, 0.9],
        }
    )
    assert gains(tiny, 0.16, 0.48)[0].share is None


@pytest.fixture(scope="module")
def table(made_up):
    data = made_up(1200)
    parts = split(data)
    model = search(Candidate("Forest", lambda seed: RandomForestClassifier(20, min_samples_leaf=20)), data, parts)
    before = predecessor(data, parts)
    return data, parts, model, before, closing_table(data, parts, [model], before)


def test_the_closing_table_has_a_row_for_each_rule_at_its_threshold(table):
    data, parts, _, before, closing = table
    rows = {row["model"]: row for row in closing.iter_rows(named=True)}
    assert list(rows) == [
        "accept everybody",
        "refuse everybody",
        "Forest",
        "predecessor at 0.48",
        "predecessor at its best",
        "the true probability",
    ]
    y, amount = data.defaulted[parts.test], data.amount[parts.test]
    assert rows["accept everybody"]["test_cost"] == pytest.approx(amount[y == 1].sum())
    assert rows["accept everybody"]["saving"] == 0
    assert rows["refuse everybody"]["test_cost"] == pytest.approx(0.19 * amount[y == 0].sum())
    assert rows["Forest"]["threshold"] == rows["the true probability"]["threshold"] == 0.19 / 1.19
    score = before.probability(data.x[parts.test])
    assert rows["predecessor at 0.48"]["threshold"] == 0.48
    refused = score >= 0.48
    assert rows["predecessor at 0.48"]["test_cost"] == pytest.approx(
        amount[(y == 1) & ~refused].sum() + 0.19 * amount[(y == 0) & refused].sum()
    )
    assert rows["predecessor at its best"]["test_cost"] == min(
        cost.cost(y, score >= threshold, amount) for threshold in cost.THRESHOLDS
    )
    assert rows["predecessor at its best"]["roc_auc"] == rows["predecessor at 0.48"]["roc_auc"]


def test_the_closing_table_tells_the_time_of_what_was_fitted_and_the_saving_in_expectation(table):
    data, parts, model, _, closing = table
    timed = closing.filter(pl.col("fit_seconds").is_not_null())
    assert timed["model"].to_list() == ["Forest", "predecessor at 0.48", "predecessor at its best"]
    assert timed["fit_seconds"][0] == model.fit_seconds
    assert (timed["predict_seconds"] > 0).all()
    truth, amount = data.true_probability[parts.test], data.amount[parts.test]
    refused = model.probability(data.x[parts.test]) >= 0.19 / 1.19
    found = closing.filter(pl.col("model") == "Forest")["expected_saving"].item()
    spent = (truth * amount)[~refused].sum() + 0.19 * ((1 - truth) * amount)[refused].sum()
    assert found == pytest.approx(1 - spent / (truth * amount).sum())
    # No rule is better in expectation than the one by the truth.
    assert closing["model"][closing["expected_saving"].arg_max()] == "the true probability"


def test_the_best_model_at_its_threshold_stands_after_the_models(table):
    data, parts, model, before, closing = table
    threshold = Threshold(0.21, 123.0, np.zeros(99), 0.16)
    test = judged_table(data, parts, model, before)
    found = with_best(closing, "Forest", threshold, test)
    assert found["model"].to_list() == [
        "accept everybody",
        "refuse everybody",
        "Forest",
        "Forest at its threshold",
        "predecessor at 0.48",
        "predecessor at its best",
        "the true probability",
    ]
    row = found.row(3, named=True)
    assert (row["threshold"], row["cv_cost"], row["fit_seconds"]) == (0.21, 123.0, None)
    refused = test["PROBABILITY_OF_DEFAULT"].to_numpy() >= 0.21
    y, amount = data.defaulted[parts.test], data.amount[parts.test]
    assert row["test_cost"] == pytest.approx(
        amount[(y == 1) & ~refused].sum() + 0.19 * amount[(y == 0) & refused].sum()
    )
    assert found.drop("model").equals(found.drop("model").cast(closing.drop("model").schema))


def test_the_tables_for_the_next_step_have_a_row_a_client(table):
    data, parts, model, before, _ = table
    test = judged_table(data, parts, model, before)
    assert test.columns == [
        "SK_ID_CURR",
        "TARGET",
        "AMT_CREDIT",
        "PROBABILITY_OF_DEFAULT",
        "PREDECESSOR",
        "TRUE_PROBABILITY",
    ]
    assert test["SK_ID_CURR"].to_list() == data.client[parts.test].tolist()
    assert "PREDECESSOR" not in judged_table(data, parts, model).columns
    learned = out_of_fold_table(data, parts, model)
    assert learned["SK_ID_CURR"].to_list() == data.client[parts.train].tolist()
    assert learned["PROBABILITY_OF_DEFAULT"].to_list() == model.out_of_fold.tolist()
    assert learned["FOLD"].to_list() == parts.fold.tolist()
