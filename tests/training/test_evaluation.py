"""Metrics, threshold, gains and closing table, on few clients counted by hand."""

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import RandomForestClassifier

from credit.decision import cost
from credit.decision.cost import Costs
from credit.decision.intervals import Interval
from credit.decision.review import Review
from credit.training import predecessor, search, split
from credit.training.candidates import Candidate
from credit.training.evaluation import closing_table, gains, judged_table, out_of_fold_table, with_best
from credit.training.metrics import measure
from credit.training.threshold_rule import Threshold

Y = np.array([1, 0, 1, 0])
P = np.array([0.30, 0.20, 0.10, 0.05])
AMOUNT = np.array([100.0, 200.0, 300.0, 400.0])


def test_metrics_of_four_clients():
    # Refused: the first two. Right: the first and the last. Of the 4 pairs of a bad and a good client the bad one is
    # riskier in 3 (0.30 against both, 0.10 against 0.05).
    found = measure(Y, P, AMOUNT, 0.15, Costs())
    assert found["accuracy"] == 0.5
    assert found["roc_auc"] == 0.75
    assert found["f1"] == 0.5  # precision 1/2, recall 1/2
    assert found["brier"] == pytest.approx((0.7**2 + 0.2**2 + 0.9**2 + 0.05**2) / 4)
    assert found["refused"] == 0.5
    assert found["cost"] == pytest.approx(300 + 0.19 * 200)
    assert found["saving"] == pytest.approx(1 - 338 / 400)


def test_the_area_under_the_curve_comes_from_probabilities_and_not_from_decisions():
    assert measure(Y, P, AMOUNT, 0.99, Costs())["roc_auc"] == 0.75


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
    as_it_was, at_best, truth = gains(CROWD, 0.16, 0.48, Costs())
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


def test_baselines_are_held_against_the_model_at_break_even():
    # At break-even, 0.1597, this baseline refuses the second client of each four alone: a default of 100 saved, while
    # the model refuses three, two defaults and a good one: 181 of 200. The gain is 81 of 200.
    crowd = CROWD.with_columns(pl.Series("BASELINE: Forest", [0.05, 0.30, 0.05, 0.05] * MANY))
    forest, *others = gains(crowd, 0.16, 0.48, Costs())
    assert (forest.than, forest.share) == ("Forest", pytest.approx(181 / 100))
    assert forest.points.estimate == pytest.approx(81 / 200)
    assert [one.than for one in others] == [one.than for one in gains(CROWD, 0.16, 0.48, Costs())]


def test_of_two_defaults_no_gain_is_told():
    assert [one.points for one in gains(TEST, 0.16, 0.48, Costs())] == [None, None, None]


def test_gains_in_expectation_leave_the_luck_of_the_outcomes_out():
    as_it_was, _, truth = gains(TEST, 0.16, 0.48, Costs())
    # Accepting everybody costs 40 + 10 + 5 + 5 = 60 in expectation. The model refuses three: 0.19 * (60 + 90 + 95)
    # and 5 of the last, 51.55; the predecessor all: 0.19 * (60 + 90 + 95 + 95) = 64.6; the truth the first alone:
    # 11.4 + 10 + 5 + 5 = 31.4.
    assert as_it_was.expected_points == pytest.approx((64.6 - 51.55) / 60)
    assert as_it_was.expected_share is None  # of a rule that loses money: 60 - 64.6 is below 0
    assert truth.expected_points == pytest.approx((31.4 - 51.55) / 60)
    assert truth.expected_share == pytest.approx((60 - 51.55) / (60 - 31.4))


def test_nothing_is_gained_beside_what_is_not_there():
    real = TEST.drop("TRUE_PROBABILITY")
    assert [one.than for one in gains(real, 0.16, 0.48, Costs())] == ["predecessor at 0.48", "predecessor at its best"]
    assert {one.expected_points for one in gains(real, 0.16, 0.48, Costs())} == {None}
    assert [one.than for one in gains(TEST.drop("PREDECESSOR"), 0.16, None, Costs())] == ["the true probability"]
    assert gains(real.drop("PREDECESSOR"), 0.16, 0.48, Costs()) == []


def test_a_share_of_a_loss_or_of_nothing_saved_is_not_told():
    accepting = TEST.drop("TRUE_PROBABILITY").with_columns(PREDECESSOR=pl.lit(0.0))
    assert gains(accepting, 0.16, 0.48, Costs())[0].share is None
    # Refusing only good clients loses money.
    losing = TEST.drop("TRUE_PROBABILITY").with_columns(PREDECESSOR=pl.Series([0.1, 0.1, 0.9, 0.9]))
    assert gains(losing, 0.16, 0.48, Costs())[0].share is None
    # And of a loss no share of a saving.
    saving = TEST.drop("TRUE_PROBABILITY").with_columns(PREDECESSOR=pl.Series([0.9, 0.9, 0.1, 0.1]))
    worse = saving.with_columns(PROBABILITY_OF_DEFAULT=pl.Series([0.1, 0.1, 0.9, 0.9]))
    assert gains(worse, 0.16, 0.48, Costs())[0].share is None
    assert gains(saving, 0.16, 0.48, Costs())[0].share == pytest.approx(181 / 200)


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
    assert gains(tiny, 0.16, 0.48, Costs())[0].share is None


@pytest.fixture(scope="module")
def table(made_up):
    data = made_up(1200)
    parts = split(data)
    model = search(
        Candidate("Forest", lambda seed: RandomForestClassifier(20, min_samples_leaf=20)), data, parts, costs=Costs()
    )
    before = predecessor(data, parts, costs=Costs())
    return data, parts, model, before, closing_table(data, parts, [model], before, costs=Costs())


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


@pytest.fixture(scope="module")
def with_served(table):
    """The closing table with the best model's two rows, at 0.21, with reviews that cost 20,000 at a skill of 0.4."""
    data, parts, model, before, closing = table
    interval = Interval(0.21, 0.2, 0.22)
    threshold = Threshold(0.21, 123.0, 0.16, np.zeros(99), interval, interval, (0.2, 0.22))
    test, out_of_fold = judged_table(data, parts, model, before), out_of_fold_table(data, parts, model)
    review = Review(20_000, 0.4)
    return test, out_of_fold, with_best(closing, "Forest", threshold, review, test, out_of_fold, Costs())


def test_the_best_model_at_its_threshold_and_as_served_stands_after_the_models(table, with_served):
    closing, (test, _, found) = table[-1], with_served
    assert found["model"].to_list() == [
        "accept everybody",
        "refuse everybody",
        "Forest",
        "Forest at its threshold",
        "Forest as served",
        "predecessor at 0.48",
        "predecessor at its best",
        "the true probability",
    ]
    row = found.row(3, named=True)
    assert (row["threshold"], row["cv_cost"], row["fit_seconds"], row["referred"]) == (0.21, 123.0, None, 0.0)
    refused = test["PROBABILITY_OF_DEFAULT"].to_numpy() >= 0.21
    y, amount = test["TARGET"].to_numpy(), test["AMT_CREDIT"].to_numpy()
    assert row["test_cost"] == pytest.approx(
        amount[(y == 1) & ~refused].sum() + 0.19 * amount[(y == 0) & refused].sum()
    )
    assert found.drop("model").equals(found.drop("model").cast(closing.drop("model").schema))


def test_a_referral_costs_its_review_and_what_the_reviewer_does_not_find(with_served):
    test, out_of_fold, found = with_served
    row = found.filter(pl.col("model") == "Forest as served").row(0, named=True)

    def spent(table, chance):
        p, loan = table["PROBABILITY_OF_DEFAULT"].to_numpy(), table["AMT_CREDIT"].to_numpy()
        referred = 0.4 * loan * np.minimum(p, 0.19 * (1 - p)) > 20_000
        wrong = loan * np.where(p >= 0.21, 0.19 * (1 - chance), chance)
        return np.where(referred, 0.6 * wrong + 20_000, wrong).sum(), referred, p >= 0.21

    y, truth, amount = (test[name].to_numpy() for name in ("TARGET", "TRUE_PROBABILITY", "AMT_CREDIT"))
    total, referred, refused = spent(test, y)
    assert 0.05 < referred.mean() < 0.95
    assert row["test_cost"] == pytest.approx(total)
    assert row["saving"] == pytest.approx(1 - total / (amount * y).sum())
    assert row["saving_low"] < row["saving"] < row["saving_high"]
    assert row["expected_saving"] == pytest.approx(1 - spent(test, truth)[0] / (amount * truth).sum())
    assert row["cv_cost"] == pytest.approx(spent(out_of_fold, out_of_fold["TARGET"].to_numpy())[0])
    assert row["referred"] == pytest.approx(referred.mean())
    assert row["refused"] == pytest.approx((refused & ~referred).mean())
    assert (row["accuracy"], row["f1"]) == (None, None)
    # A ranking is the same whoever decides in the end.
    assert row["roc_auc"] == found.filter(pl.col("model") == "Forest at its threshold")["roc_auc"].item()


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
        "CODE_GENDER",
        "DAYS_BIRTH",
    ]
    of_all = judged_table(data, parts, model, baselines=[before])
    assert of_all[f"BASELINE: {before.name}"].to_list() == test["PREDECESSOR"].to_list()
    for name in ("CODE_GENDER", "DAYS_BIRTH"):
        column = data.x[parts.test, data.columns.index(name)]
        assert test[name].fill_null(float("nan")).to_numpy() == pytest.approx(column, nan_ok=True)
    assert test["SK_ID_CURR"].to_list() == data.client[parts.test].tolist()
    assert "PREDECESSOR" not in judged_table(data, parts, model).columns
    learned = out_of_fold_table(data, parts, model)
    assert learned["SK_ID_CURR"].to_list() == data.client[parts.train].tolist()
    assert learned["PROBABILITY_OF_DEFAULT"].to_list() == model.out_of_fold.tolist()
    assert learned["FOLD"].to_list() == parts.fold.tolist()
