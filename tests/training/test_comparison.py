"""The search by cost, on clients whose risk is known."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from credit import cost as money
from credit.models import CANDIDATES, Candidate, candidate
from credit.training import cheapest, search
from credit.training.dataset import Dataset, Split


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
    found = search(LOGISTIC, data, parts)
    # C = 1e-6 shrinks every coefficient to nothing: one probability for everybody.
    assert found.parameters == {"C": 1.0}
    assert {p["C"]: c for p, c in found.searched}[1e-6] > found.cv_cost


def test_the_searched_cost_is_the_money_lost_on_all_folds_together():
    data, parts = clients()
    found = search(Candidate("one", lambda seed: LogisticRegression()), data, parts)
    total = 0.0
    for learn, judge in parts.folds:
        p = LogisticRegression().fit(data.x[learn], data.defaulted[learn]).predict_proba(data.x[judge])[:, 1]
        total += money.cost(data.defaulted[judge], p >= 0.19 / 1.19, data.amount[judge])
    assert found.searched == [({}, pytest.approx(total))]


def test_out_of_fold_predictions_have_not_seen_the_client():
    data, parts = clients(2000)
    before = search(Candidate("one", lambda seed: LogisticRegression()), data, parts)
    assert before.calibration.slope == 1
    flipped = data.defaulted.copy()
    inside = np.flatnonzero(parts.fold == 2)
    flipped[inside] = 1 - flipped[inside]
    changed = Dataset(data.client, data.x, data.columns, flipped, data.amount, data.person, None, {})
    learn = parts.folds[2][0]
    alone = LogisticRegression().fit(data.x[learn], flipped[learn]).predict_proba(data.x[inside])[:, 1]
    assert before.out_of_fold[inside] == pytest.approx(alone)
    assert len(search(Candidate("one", lambda seed: LogisticRegression()), changed, parts).out_of_fold) == 1000


def test_the_test_clients_are_not_touched():
    data, parts = clients()
    spoilt = data.x.copy()
    spoilt[parts.test] = 1e9
    wrong = Dataset(data.client, spoilt, data.columns, 1 - data.defaulted, data.amount, data.person, None, {})
    wrong.defaulted[parts.train] = data.defaulted[parts.train]
    assert search(LOGISTIC, wrong, parts).cv_cost == search(LOGISTIC, data, parts).cv_cost


def test_a_model_that_knows_nothing_accepts_everybody():
    data, parts = clients()
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    rare = np.where(np.random.default_rng(1).random(len(data)) < 0.6, 0, data.defaulted)
    data = Dataset(data.client, data.x, data.columns, rare, data.amount, data.person, None, {})
    y = data.defaulted[parts.train]
    assert y.mean() < money.break_even_probability()
    found = search(Candidate("Dummy", lambda seed: DummyClassifier(strategy="prior")), data, parts)
    assert found.cv_cost == pytest.approx(money.accept_everybody(y, amount))


def test_the_cheapest_contender_wins():
    data, parts = clients(2000)
    good = search(LOGISTIC, data, parts)
    blind = search(Candidate("blind", lambda seed: DummyClassifier(strategy="prior")), data, parts)
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
    first, second = (one.make(7).fit(x, data.defaulted).predict_proba(x)[:, 1] for _ in range(2))
    assert (first == second).all()
    # Without class weights the mean probability is the default rate.
    assert first.mean() == pytest.approx(data.defaulted.mean(), abs=0.02)
