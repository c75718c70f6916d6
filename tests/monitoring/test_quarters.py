"""Eight quarters of a bank: what changes is seen by the quarter after, and a quiet bank raises no alarm."""

import numpy as np
import polars as pl
import pytest
from lightgbm import LGBMClassifier
from support.applicants import made

from credit.decision_log.decision_arrays import Decided
from credit.features import COLUMNS
from credit.monitoring import Profile, compare
from credit.monitoring.alarms import alarms
from credit.monitoring.performance import account
from credit.simulate import simulate

#: Clients a quarter, and those that the model learns from.
QUARTER, LEARNERS = 500, 4_000
QUIET = 20
THRESHOLD = 0.16


class Bank:
    """A model that has learnt from some clients of a bank, and others who come later."""

    def __init__(self, folder):
        self.folder = simulate(folder, LEARNERS + QUIET * QUARTER, seed=5, test_clients=1)
        self.X = made(self.folder)
        truth = pl.read_parquet(self.folder / "truth.parquet").sort("SK_ID_CURR")
        known = truth.join(
            pl.read_parquet(self.folder / "application_train.parquet").select("SK_ID_CURR"), on="SK_ID_CURR"
        )
        self.p, y = known["PROBABILITY_OF_DEFAULT"].to_numpy(), known["TARGET"].to_numpy()
        rng = np.random.default_rng(0)
        # Who comes later comes in any order.
        order = rng.permutation(len(y))
        self.learners, self.later = order[:LEARNERS], order[LEARNERS:]
        half, other = self.learners[::2], self.learners[1::2]
        self.model = LGBMClassifier(
            n_estimators=60, num_leaves=4, colsample_bytree=0.2, random_state=0, n_jobs=1, verbose=-1
        )
        self.model.fit(self.X[half], y[half])
        gain = self.model.booster_.feature_importance("gain")
        self.importance = dict(zip(COLUMNS, gain.tolist(), strict=True))
        self.profile = Profile.of(COLUMNS, self.X[self.learners], self.score(self.X[other]))

    def score(self, X):
        return self.model.predict_proba(X)[:, 1]

    def quarter(self, number):
        """The positions of the clients of a quarter."""
        return self.later[number * QUARTER : (number + 1) * QUARTER]

    def report(self, X, defaulted=None, margin=0.19):
        """What a report on these clients alarms about."""
        p = self.score(X)
        tally = self.profile.tally()
        tally.add(X)
        nobody = np.full(len(X), np.nan)
        decided = Decided(
            week=np.full(len(X), np.datetime64("2026-01-05")),
            probability=p,
            refused=p >= THRESHOLD,
            amount=X[:, COLUMNS.index("AMT_CREDIT")],
            defaulted=nobody if defaulted is None else defaulted.astype(float),
        )
        drift = compare(self.profile, tally, p, self.importance)
        return {one.kind for one in alarms(drift, account(decided, margin))}


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return Bank(tmp_path_factory.mktemp("quarters") / "bank")


@pytest.fixture(scope="module")
def drawn(bank):
    """Outcomes drawn anew from the true probabilities."""
    return np.random.default_rng(1).random(len(bank.p)) < bank.p


def test_a_quiet_bank_raises_no_alarm_in_twenty_quarters(bank, drawn):
    for number in range(QUIET):
        here = bank.quarter(number)
        assert bank.report(bank.X[here], drawn[here]) == set(), number


def test_a_bank_that_moves_on_is_seen_by_the_quarter_after_it_does(bank, tmp_path):
    seen = []
    for number in range(8):
        if number < 4:
            X = bank.X[bank.quarter(number)]
        else:
            later = simulate(tmp_path / f"q{number}", 1, seed=number, test_clients=QUARTER, quarter=number - 4)
            X = made(later, "application_test")
        seen.append(bank.report(X))
    assert seen[:4] == [set()] * 4
    # What drifts first moves no answer of the model, and is no alarm.
    assert all("features" in one for one in seen[5:]), seen


def test_riskier_clients_are_seen_in_the_quarter_in_which_they_come(bank):
    seen = []
    for number in range(8):
        here = bank.quarter(number)
        if number >= 4:  # half of those who apply are the riskiest quarter
            two = np.concatenate([here, bank.quarter(number + 8)])
            riskiest = two[np.argsort(-bank.score(bank.X[two]))[: QUARTER // 2]]
            here = np.concatenate([here[: QUARTER // 2], riskiest])
        seen.append(bank.report(bank.X[here]))
    assert seen[:4] == [set()] * 4
    assert all("model" in one for one in seen[4:]), seen


def test_a_recession_is_seen_once_the_outcomes_are_known(bank, drawn):
    # The odds of a default double from the fifth quarter on; nothing that the model reads tells.
    harder = np.random.default_rng(2).random(len(bank.p)) < 2 * bank.p / (1 + bank.p)
    seen = [
        bank.report(bank.X[bank.quarter(number)], (drawn if number < 4 else harder)[bank.quarter(number)])
        for number in range(8)
    ]
    assert seen[:4] == [set()] * 4
    assert "calibration" in seen[4] | seen[5]
    assert all(one <= {"calibration"} for one in seen)


@pytest.mark.parametrize("margin", [0.08, 0.4])
def test_another_margin_is_seen_in_the_quarter_in_which_it_holds(bank, margin):
    seen = [bank.report(bank.X[bank.quarter(number)], margin=0.19 if number < 4 else margin) for number in range(8)]
    assert seen == [set()] * 4 + [{"costs"}] * 4
