"""Reject inference graded: what is hidden, what is paid for, and by which truth, on made-up clients and by hand."""

import numpy as np
import polars as pl
import pytest

from credit.decision.cost import Costs
from credit.training import hidden_outcomes, plots
from credit.training import reject_inference as methods
from credit.training.hidden_outcomes import ALL, NOTHING, EarlierPolicy
from credit.training.reject_inference import Sample

COSTS = Costs(0.25, 1.0)  # break-even at 0.2


def part(truth, amount):
    nothing = np.zeros(len(truth))
    return hidden_outcomes._Part(
        nothing[:, None].astype(np.float32),
        nothing.astype(np.int64),
        np.array(amount, dtype=float),
        np.array(truth, dtype=float),
        nothing,
    )


def test_an_earlier_policy_goes_by_its_scorecard_alone_where_there_is_no_chance():
    scorecard, truth = np.array([-2.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.5])
    found = EarlierPolicy("exact", 0.3, chance=0.0).score(scorecard, truth, np.random.default_rng(0))
    assert found.tolist() == [-2, 0, 1]


def test_an_officer_sees_a_share_of_what_the_scorecard_does_not_know():
    # True log odds are 0, so the scorecard is off by 2, 0 and -1; half of that is seen.
    scorecard, truth = np.array([-2.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.5])
    found = EarlierPolicy("officer", 0.3, chance=0.0, seen=0.5).score(scorecard, truth, np.random.default_rng(0))
    assert found.tolist() == [-1, 0, 0.5]


def test_chance_moves_the_score_by_its_standard_deviation():
    score = np.zeros(100_000)
    found = EarlierPolicy("chance", 0.3, chance=0.5).score(score, score + 0.5, np.random.default_rng(0))
    assert found.std() == pytest.approx(0.5, rel=0.02)


def test_decisions_are_paid_for_by_the_truth():
    # Accepting both expects a loss of 0.1 * 100 + 0.5 * 300 = 160. Refusing the second: 10, and the margin of the half
    # that would have repaid, 0.25 * 0.5 * 300 = 37.5.
    both = part([0.1, 0.5], [100, 300])
    assert both.points(np.array([False, False]), COSTS) == pytest.approx(100)
    assert both.points(np.array([False, True]), COSTS) == pytest.approx(100 * 47.5 / 160)


@pytest.fixture(scope="module")
def banks(made_up):
    return made_up(3000, seed=1), made_up(3000, seed=2)


@pytest.fixture(scope="module")
def grades(banks):
    return hidden_outcomes.graded(
        *banks, seed=3, policies=(EarlierPolicy("refuses 4 in 10", 0.4),), share=0.1, costs=COSTS
    )


def test_every_method_is_graded_on_all_fresh_applicants(grades):
    assert grades["method"].to_list() == [
        "nothing: accepted only", "reweighting", "fuzzy augmentation", "parcelling", "extrapolation",
        "exploring, as they are", "exploring, weighted calibration", "exploring, weighted",
        "as many, at random", "all outcomes known",
    ]  # fmt: skip
    # No decision is cheaper in expectation than that of the true probabilities.
    assert (grades["lost"] >= 0).all()
    assert grades["roc_auc"].is_between(0.6, 0.95).all()


def test_only_the_methods_that_explore_learn_from_the_refused_and_pay_for_it(grades):
    learnt, paid = (dict(grades.select("method", name).iter_rows()) for name in ("learnt_from", "paid"))
    # 600 have taught the scorecard; of the 2,400 others 960 are refused, and each is drawn with a chance of 0.1.
    assert learnt[NOTHING] == learnt["fuzzy augmentation"] == learnt["as many, at random"] == 1440
    assert learnt[ALL] == 2400
    assert 1440 + 60 < learnt["exploring, weighted"] == learnt["exploring, as they are"] < 1440 + 132
    explored = {name for name, points in paid.items() if points != 0}
    assert explored == {"exploring, as they are", "exploring, weighted calibration", "exploring, weighted"}


def test_what_exploring_costs_is_the_loss_less_the_margin_of_those_drawn(banks, grades):
    history = banks[0]
    everybody = (history.true_probability * history.amount)[600:].sum()
    # Whoever is drawn costs their true expected loss in place of the margin: for all 960 refused it would be this.
    p, amount = history.true_probability[600:], history.amount[600:]
    largest = np.sort(np.abs((p - 0.25 * (1 - p)) * amount))[-132:].sum()
    assert 0 < abs(grades.filter(pl.col("paid") != 0)["paid"][0]) < 100 * largest / everybody


def test_the_same_seed_gives_the_same_grades(banks, grades):
    again = hidden_outcomes.graded(
        *banks, seed=3, policies=(EarlierPolicy("refuses 4 in 10", 0.4),), share=0.1, costs=COSTS
    )
    assert again.equals(grades)


def test_assumed_labels_teach_and_do_not_judge(banks):
    data = banks[0]
    outcome = np.where(np.arange(3000) < 1000, data.defaulted, np.nan)
    sample = methods.fuzzy(outcome, np.full(3000, 0.9))
    found = hidden_outcomes.learn(data.x, sample, seed=1)
    assert found.outcomes == 1000
    assert np.isnan(found.out_of_fold[1000:]).all()
    # The line is that of the outcomes, so what is assumed of the refused does not move the level of the accepted.
    assert found.out_of_fold[:1000].mean() == pytest.approx(data.defaulted[:1000].mean(), abs=0.005)


def test_weights_count_in_the_line_that_calibrates(banks):
    data = banks[0]
    rows, all_known = np.arange(3000), np.ones(3000, dtype=bool)
    # Defaulters count twice: the level is that of a bank where they are twice as many.
    sample = Sample(rows, data.defaulted, np.where(data.defaulted == 1, 2.0, 1.0), all_known)
    found = hidden_outcomes.learn(data.x, sample, seed=1)
    rate = data.defaulted.mean()
    expected = np.average(found.out_of_fold, weights=sample.weight)
    assert expected == pytest.approx(2 * rate / (1 + rate), abs=0.005)


def test_the_weights_of_the_line_leave_the_ranking_as_it_is(banks):
    data = banks[0]
    sample = methods.accepted_only(data.defaulted)
    plain = hidden_outcomes.learn(data.x, sample, seed=1)
    twice = hidden_outcomes.learn(data.x, sample, 1, np.where(data.defaulted == 1, 2.0, 1.0))
    assert (np.argsort(plain.probability(data.x)) == np.argsort(twice.probability(data.x))).all()
    # Odds of default are twice as high where defaulters count twice.
    moved = hidden_outcomes.log_odds(twice.out_of_fold) - hidden_outcomes.log_odds(plain.out_of_fold)
    assert moved.mean() == pytest.approx(np.log(2), abs=0.05)


def test_the_picture_has_a_bar_for_each_method(grades):
    axes = plots.lost_points(grades).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == grades["method"].to_list()
    assert axes.get_title() == "What each method of reject inference loses"


def test_the_picture_adds_what_was_paid_and_shows_what_was_earned_at_the_end_of_a_bar():
    rows = {"policy": "one", "method": ["nothing", "costs", "earns"], "lost": [9.0, 5.0, 6.0], "paid": [0.0, 0.5, -1.0]}
    figure = plots.lost_points(pl.DataFrame(rows))
    bars = [(patch.get_x(), patch.get_width()) for patch in figure.axes[0].patches]
    lost, paid, earned = bars[:3], bars[3:6], bars[6:9]
    assert lost == [(0, 9), (0, 5), (0, 6)]
    assert paid == [(9, 0), (5, 0.5), (6, 0)]
    assert earned == [(9, 0), (5, 0), (6, -1)]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["one", "paid for outcomes", "earned by these loans"]
