"""The search by cost, on clients whose risk is known."""

import dataclasses
import os

import numpy as np
import pytest
from scipy.special import logit
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.features import RECIPE
from credit.training import cheapest, model_comparison, predecessor, search, split
from credit.training.candidates import CANDIDATES, PREDECESSOR, Candidate, candidate
from credit.training.dataset import Dataset, Split
from credit.training.model_comparison import best


def clients(n=4000, seed=0) -> tuple[Dataset, Split]:
    """Two columns, of which the first makes the risk; a fifth of the first column is missing in truth and in NaN."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    p = 1 / (1 + np.exp(2.5 - 1.5 * x[:, 0]))
    y = (rng.random(n) < p).astype(int)
    data = Dataset(np.arange(n), x, ("A", "B"), y, rng.uniform(1e5, 1e6, n), np.arange(n), p, {})
    return data, Split(np.arange(n - 1000), np.arange(n - 1000, n), np.arange(n - 1000) % 5)


LOGISTIC = Candidate("Logistic Regression", lambda seed: LogisticRegression(), {"C": [1e-6, 1.0]})


def test_the_parameters_that_cost_least_are_taken():
    data, parts = clients()
    found = search(LOGISTIC, data, parts, costs=Costs())
    # C = 1e-6 shrinks every coefficient to nothing: one probability for everybody.
    assert found.parameters == {"C": 1.0}
    assert {p["C"]: c for p, c in found.searched}[1e-6] > found.cv_cost


def test_the_searched_cost_is_the_money_lost_on_all_folds_together():
    data, parts = clients()
    found = search(Candidate("one", lambda seed: LogisticRegression()), data, parts, costs=Costs())
    total = 0.0
    for learn, judge in parts.folds:
        p = LogisticRegression().fit(data.x[learn], data.defaulted[learn]).predict_proba(data.x[judge])[:, 1]
        total += money.cost(data.defaulted[judge], p >= 0.19 / 1.19, data.amount[judge])
    assert found.searched == [({}, pytest.approx(total))]


def test_out_of_fold_predictions_have_not_seen_the_client():
    data, parts = clients(2000)
    before = search(Candidate("one", lambda seed: LogisticRegression()), data, parts, costs=Costs())
    assert before.calibration.slope == pytest.approx(1, abs=0.05)  # what is fitted out of fold needs next to no mending
    flipped = data.defaulted.copy()
    inside = np.flatnonzero(parts.fold == 2)
    flipped[inside] = 1 - flipped[inside]
    changed = Dataset(data.client, data.x, data.columns, flipped, data.amount, data.person, None, {})
    learn = parts.folds[2][0]
    alone = LogisticRegression().fit(data.x[learn], flipped[learn]).predict_proba(data.x[inside])[:, 1]
    # Calibration moves log odds along one line: what it is fitted on has not seen the client, either.
    line = np.polyfit(logit(alone), logit(before.out_of_fold[inside]), 1)
    assert logit(before.out_of_fold[inside]) == pytest.approx(np.polyval(line, logit(alone)))
    assert line[0] == pytest.approx(1, abs=0.25)
    assert (
        len(search(Candidate("one", lambda seed: LogisticRegression()), changed, parts, costs=Costs()).out_of_fold)
        == 1000
    )


def test_the_test_clients_are_not_touched():
    data, parts = clients()
    spoilt = data.x.copy()
    spoilt[parts.test] = 1e9
    wrong = Dataset(data.client, spoilt, data.columns, 1 - data.defaulted, data.amount, data.person, None, {})
    wrong.defaulted[parts.train] = data.defaulted[parts.train]
    assert search(LOGISTIC, wrong, parts, costs=Costs()).cv_cost == search(LOGISTIC, data, parts, costs=Costs()).cv_cost


def test_a_model_that_knows_nothing_accepts_everybody():
    data, parts = clients()
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    rare = np.where(np.random.default_rng(1).random(len(data)) < 0.6, 0, data.defaulted)
    data = Dataset(data.client, data.x, data.columns, rare, data.amount, data.person, None, {})
    y = data.defaulted[parts.train]
    assert y.mean() < money.break_even_probability()
    found = search(Candidate("Dummy", lambda seed: DummyClassifier(strategy="prior")), data, parts, costs=Costs())
    assert found.cv_cost == pytest.approx(money.accept_everybody(y, amount))


def test_the_cheapest_contender_wins():
    data, parts = clients(2000)
    good = search(LOGISTIC, data, parts, costs=Costs())
    blind = search(Candidate("blind", lambda seed: DummyClassifier(strategy="prior")), data, parts, costs=Costs())
    assert cheapest([blind, good]) is good


def test_the_five_models_are_named_as_their_runs():
    assert [one.name for one in CANDIDATES] == [
        "Dummy",
        "Logistic Regression",
        "Random Forest",
        "Gradient Boosting",
        "LightGBM",
    ]
    with pytest.raises(KeyError, match="there is no model 'XGBoost'; there are Dummy, Logistic"):
        candidate("XGBoost")


@pytest.mark.parametrize("one", CANDIDATES, ids=lambda one: one.name)
def test_every_model_takes_missing_values_and_gives_the_same_probabilities_again(one):
    data, _ = clients(600)
    x = np.column_stack([data.x, np.full(len(data), np.nan)])
    x[::5, 0] = np.nan
    with threadpool_limits(1):
        first, second = (one.make(7).fit(x, data.defaulted).predict_proba(x)[:, 1] for _ in range(2))
    assert (first == second).all()
    # Without class weights the mean probability is the default rate.
    assert first.mean() == pytest.approx(data.defaulted.mean(), abs=0.02)


# -- the system that this project follows ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def followed(made_up):
    """Clients, their parts, the predecessor."""
    data = made_up(1500)
    parts = split(data)
    return data, parts, predecessor(data, parts, costs=Costs())


def test_the_predecessor_has_the_settings_it_had(followed):
    one = followed[2]
    assert one.name == "Predecessor"
    assert one.threshold == 0.48
    imputer, scaler, trees = (step for _, step in one.model.estimator.steps)
    assert (imputer.strategy, type(scaler).__name__) == ("median", "StandardScaler")
    settings = trees.get_params()
    assert {name: settings[name] for name in ("n_estimators", "learning_rate", "max_depth", "class_weight")} == {
        "n_estimators": 158,
        "learning_rate": 0.01,
        "max_depth": 3,
        "class_weight": "balanced",
    }
    assert trees.booster_.num_trees() == 158


def test_the_predecessor_learns_from_the_columns_of_the_recipe_alone(followed):
    data, parts, one = followed
    known = [name for name in data.columns if name in set(RECIPE)]
    # CARD_UTILISATION_MEAN came later.
    assert [data.columns[position] for position in one.columns] == known == list(data.columns[:-1])
    x = data.x[parts.test].copy()
    x[:, -1] = np.nan
    assert (one.probability(x) == one.probability(data.x[parts.test])).all()
    assert one.model.n_features_in_ == len(known)


def test_the_scores_of_the_predecessor_are_left_as_they_are(followed):
    data, parts, one = followed
    y = data.defaulted[parts.train]
    assert (one.calibration.slope, one.calibration.intercept) == (1, 0)
    # Class weights make both kinds of clients weigh the same: scores lie about a half, defaults are an eighth.
    assert y.mean() < 0.15 < 0.35 < one.out_of_fold.mean() < 0.55
    assert one.cv_cost == pytest.approx(money.cost(y, one.out_of_fold >= 0.48, data.amount[parts.train]))
    assert one.searched == []


def test_the_predecessor_predicts_out_of_fold_without_the_fold(followed):
    data, parts, one = followed
    y = data.defaulted.copy()
    inside = parts.train[parts.fold == 2]
    y[inside] = 1 - y[inside]
    other = predecessor(dataclasses.replace(data, defaulted=y), parts, costs=Costs())
    same = other.out_of_fold == one.out_of_fold
    assert same[parts.fold == 2].all()
    assert not same[parts.fold == 3].all()


def test_the_predecessor_is_the_same_again(followed):
    data, parts, one = followed
    again = predecessor(data, parts, costs=Costs())
    assert (again.out_of_fold == one.out_of_fold).all()
    assert (again.probability(data.x) == one.probability(data.x)).all()


# -- the best model ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def field(followed):
    """Clients, parts, and from a name and a share of clients decided wrongly to a contender."""
    data, parts, _ = followed
    y = data.defaulted[parts.train]
    like = search(Candidate("blind", lambda seed: DummyClassifier(strategy="prior")), data, parts, costs=Costs())

    def contender(name, wrong):
        # The same clients are decided wrongly by all, so that who errs less is surely cheaper.
        turned = np.arange(len(y)) % 100 < wrong * 100
        p = np.where((y == 1) ^ turned, 0.9, 0.01)
        return dataclasses.replace(
            like, name=name, out_of_fold=p, cv_cost=money.cost(y, p >= 0.19 / 1.19, data.amount[parts.train])
        )

    return data, parts, contender


def test_the_champion_is_the_best_where_others_are_not_surely_cheaper(field):
    data, parts, contender = field
    champion, same, worse = contender("Champion", 0.2), contender("same", 0.2), contender("worse", 0.4)
    assert best([same, worse, champion], "Champion", data, parts, Costs()) is champion
    # Cheaper by one client's loan: cheaper, and not surely so.
    p = champion.out_of_fold.copy()
    one = np.flatnonzero((data.defaulted[parts.train] == 1) & (p < 0.16))[0]
    p[one] = 0.9
    cost = money.cost(data.defaulted[parts.train], p >= 0.16, data.amount[parts.train])
    lucky = dataclasses.replace(champion, name="lucky", out_of_fold=p, cv_cost=cost)
    assert lucky.cv_cost < champion.cv_cost
    assert cheapest([champion, lucky]) is lucky
    assert best([champion, lucky], "Champion", data, parts, Costs()) is champion


def test_a_model_that_is_surely_cheaper_is_the_best(field):
    data, parts, contender = field
    champion, better, still_better = contender("Champion", 0.5), contender("a", 0.3), contender("b", 0.1)
    assert best([champion, better, still_better], "Champion", data, parts, Costs()) is still_better


def test_without_a_champion_the_cheapest_is_the_best(field):
    data, parts, contender = field
    one, other = contender("a", 0.3), contender("b", 0.1)
    assert best([one, other], "Champion", data, parts, Costs()) is other


# -- many clients ------------------------------------------------------------------------------------------------------


def remembering(seen, **limits):
    """A candidate whose fits are written down: C, and what of the first column it learnt from."""

    class Remembering(LogisticRegression):
        def fit(self, x, y):
            seen.append((self.C, x[:, 0].copy(), y.copy()))
            return super().fit(x, y)

    return Candidate("Remembering", lambda seed: Remembering(), {"C": [1e-6, 1.0]}, **limits)


def test_a_grid_is_searched_on_a_sample_and_only_what_is_chosen_is_fitted_on_all(monkeypatch):
    data, parts = clients()
    monkeypatch.setattr(model_comparison, "GRID_CLIENTS", 1000)
    seen, told = [], []
    found = search(remembering(seen), data, parts, progress=lambda *step: told.append(step), costs=Costs())
    assert told == [("Remembering", 1, 2), ("Remembering", 2, 2)]
    x, y = data.x[parts.train, 0], data.defaulted[parts.train]
    in_grid, on_all = seen[:10], seen[10:]
    asked = np.unique(np.concatenate([learnt for _, learnt, _ in in_grid]))
    assert 990 <= len(asked) <= 1000
    assert y[np.isin(x, asked)].mean() == pytest.approx(y.mean(), abs=0.002)
    # A client of the sample is in the fold that it is in among all.
    folds = sorted(tuple(np.unique(parts.fold[np.isin(x, learnt)])) for _, learnt, _ in in_grid)
    assert folds == sorted(2 * [tuple(k for k in range(5) if k != out) for out in range(5)])
    assert {c for c, _, _ in on_all} == {1.0}
    assert sorted(len(learnt) for _, learnt, _ in on_all) == [2400] * 5 + [3000]
    assert found.parameters == {"C": 1.0}
    # Every client is predicted, as it would have been without a sample.
    monkeypatch.setattr(model_comparison, "GRID_CLIENTS", 3000)
    assert (search(LOGISTIC, data, parts, costs=Costs()).out_of_fold == found.out_of_fold).all()


def test_where_there_is_nothing_to_choose_no_sample_is_asked(monkeypatch):
    data, parts = clients()
    monkeypatch.setattr(model_comparison, "GRID_CLIENTS", 1000)
    one = Candidate("one", lambda seed: LogisticRegression())
    found = search(one, data, parts, costs=Costs())
    assert found.searched == [({}, pytest.approx(found.cv_cost, rel=0.05))]


def test_a_model_that_learns_from_a_sample_says_so():
    data, parts = clients()
    seen = []
    found = search(remembering(seen, most=500), data, parts, costs=Costs())
    assert found.parameters == {"C": 1.0, "learning_clients": 500}
    assert found.parameters in [parameters for parameters, _ in found.searched]
    assert all(499 <= len(learnt) <= 500 for _, learnt, _ in seen)
    rate = data.defaulted[parts.train].mean()
    assert all(y.mean() == pytest.approx(rate, abs=0.01) for _, _, y in seen)
    assert np.isfinite(found.out_of_fold).all()
    enough = search(remembering([], most=3000), data, parts, costs=Costs())
    assert enough.parameters == {"C": 1.0}
    assert (enough.out_of_fold == search(LOGISTIC, data, parts, costs=Costs()).out_of_fold).all()


def test_the_trees_of_the_forest_draw_so_many_clients_at_most():
    data, parts = clients()
    forest = candidate("Random Forest")
    few = dataclasses.replace(forest, grid={"n_estimators": [5]}, most=600)
    found = search(few, data, parts, costs=Costs())
    assert found.parameters == {"n_estimators": 5, "max_samples": 600}
    assert {tree.tree_.weighted_n_node_samples[0] for tree in found.model.estimator.estimators_} == {600}
    assert forest.bound(10**6) == {"max_samples": forest.most}
    assert forest.bound(forest.most) == {}


@pytest.mark.parametrize("most", [None, 700])
def test_what_is_predicted_out_of_fold_does_not_depend_on_the_fold_s_own_outcomes(most):
    data, parts = clients()
    one = Candidate("one", lambda seed: LogisticRegression(), most=most)
    before = search(one, data, parts, costs=Costs())
    y = data.defaulted.copy()
    inside = parts.train[parts.fold == 2]
    y[inside] = np.random.default_rng(5).permutation(y[inside])
    after = search(one, dataclasses.replace(data, defaulted=y), parts, costs=Costs())
    # Calibration moves all log odds of a fold along one line, which others' outcomes have a part in: ranks stay, and so
    # do the distances. Those of another fold, whose model did learn from these outcomes, do not.
    for fold, same in ((2, True), (3, False)):
        old, new = (logit(one.out_of_fold[parts.fold == fold]) for one in (before, after))
        left = np.abs(new - np.polyval(np.polyfit(old, new, 1), old)).max()
        assert (left < 1e-9) == same


def test_folds_give_the_same_in_whatever_number_they_are_fitted(monkeypatch):
    data, parts = clients(1500)
    one = dataclasses.replace(candidate("LightGBM"), grid={"n_estimators": [20]})
    many = search(one, data, parts, costs=Costs())
    monkeypatch.setattr(model_comparison, "_LARGE", 0)
    monkeypatch.setattr(model_comparison, "_AT_ONCE", 1)
    single = search(one, data, parts, costs=Costs())
    assert (single.out_of_fold == many.out_of_fold).all()
    assert (single.probability(data.x) == many.probability(data.x)).all()


def test_what_holds_copies_of_many_clients_fits_one_fold_after_another(monkeypatch):
    data, parts = clients(1500)
    workers = []
    pool = model_comparison.ThreadPoolExecutor
    monkeypatch.setattr(model_comparison, "ThreadPoolExecutor", lambda most: workers.append(most) or pool(most))
    one = dataclasses.replace(candidate("LightGBM"), grid={"n_estimators": [5]})
    for large, copies, expected in ((0, True, 1), (0, False, 2), (2**40, True, os.cpu_count())):
        monkeypatch.setattr(model_comparison, "_LARGE", large)
        workers.clear()
        search(dataclasses.replace(one, holds_copies=copies), data, parts, costs=Costs())
        assert max(workers) == min(expected, 5)  # of five folds; the fit on all clients is alone
    assert PREDECESSOR.holds_copies
    assert candidate("Logistic Regression").holds_copies


def test_the_regression_takes_single_precision_converges_and_leaves_its_clients_as_they_are():
    data, _ = clients()
    x = data.x.astype(np.float32)
    x[::5, 1] = np.nan
    x[0, 1] = 1e9
    kept = x.copy()
    fitted = candidate("Logistic Regression").make(7).fit(x, data.defaulted)
    p = fitted.predict_proba(x)[:, 1]
    assert np.array_equal(x, kept, equal_nan=True)
    last = fitted[-1]
    assert last.coef_.dtype == np.float32
    assert last.n_iter_[0] < 20
    slow = LogisticRegression(C=last.C, max_iter=1000, tol=1e-8).fit(fitted[:-1].transform(x), data.defaulted)
    assert p == pytest.approx(slow.predict_proba(fitted[:-1].transform(x))[:, 1], abs=1e-3)
