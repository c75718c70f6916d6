"""The stability index, worked out by hand; and what of it makes a verdict."""

from math import log

import numpy as np
import pytest
from scipy.stats import chi2

from credit.monitoring import Profile, compare
from credit.monitoring.alarms import alarms
from credit.monitoring.population_stability import importance_of, level, psi

NAN = float("nan")


def compared(before, now, **settings):
    columns = [f"f{k}" for k in range(before.shape[1])]
    profile = Profile.of(columns, before, settings.pop("p_before", None))
    tally = profile.tally()
    tally.add(now)
    return compare(profile, tally, **settings)


def test_the_index_by_hand():
    # 60 and 40 before, 30 and 70 now: half a client is added to each bin.
    r, c = (60.5 / 101, 40.5 / 101), (30.5 / 101, 70.5 / 101)
    expected = (c[0] - r[0]) * log(c[0] / r[0]) + (c[1] - r[1]) * log(c[1] / r[1])
    index, chance, likely = psi(np.array([[60, 40, -1]]), np.array([[30, 70, -1]]))
    assert index[0] == pytest.approx(expected)
    assert likely[0] == pytest.approx(0.02)  # one degree of freedom, 1/100 + 1/100
    assert chance[0] == pytest.approx(chi2.ppf(0.999, 1) * 0.02)


def test_chance_exceeds_its_bound_once_in_a_thousand():
    rng = np.random.default_rng(1)
    shares = np.full(10, 0.1)
    before, now = rng.multinomial(8000, shares, 20_000), rng.multinomial(1000, shares, 20_000)
    index, chance, likely = psi(before, now)
    assert 5 <= (index > chance).sum() <= 45
    assert index.mean() == pytest.approx(likely.mean(), rel=0.02)


def shifted(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    before, now = rng.normal(size=(n, 3)), rng.normal(size=(n, 3))
    now[:, 1] += 1.0
    return before, now


def test_a_feature_that_moved_comes_first_and_the_others_stay():
    found = compared(*shifted())
    assert found.features[0].feature == "f1"
    assert found.features[0].psi > 0.5
    assert [one.level for one in found.features] == ["drifted", "stable", "stable"]
    assert found.counted() == {"stable": 2, "moved": 0, "drifted": 1}


def test_the_verdict_is_weighted_by_importance():
    before, now = shifted()
    matters = compared(before, now, importance={"f1": 9.0, "f0": 1.0})
    hardly = compared(before, now, importance={"f0": 99.0, "f1": 1.0})
    assert matters.weighted == pytest.approx(90 * hardly.weighted)
    assert (matters.level, hardly.level) == ("drifted", "stable")
    assert (matters.importance_known, compared(before, now).importance_known) == (True, False)
    alike = compared(before, now)
    assert alike.weighted == pytest.approx(matters.weighted / 0.9 / 3)


def test_the_drift_of_the_probability_is_a_verdict_of_its_own():
    before, now = shifted()
    rng = np.random.default_rng(3)
    p = rng.beta(1, 9, 2000)
    same = compared(before, now, p_before=p, probability=rng.beta(1, 9, 2000), importance={"f0": 1.0})
    riskier = compared(before, now, p_before=p, probability=rng.beta(2, 6, 2000), importance={"f0": 1.0})
    assert (same.probability, same.level) == (0.0, "stable")
    assert riskier.probability > 0.25
    assert (riskier.score, riskier.level) == (riskier.probability, "drifted")
    assert compared(before, now, importance={"f0": 1.0}).probability is None


def test_missing_and_new_values_are_shares_and_drift():
    before = np.column_stack([np.repeat([0.0, 1.0], 500), np.arange(1000.0)])
    now = before.copy()
    now[:250, 0] = NAN
    now[250:350, 0] = 5.0
    found = {one.feature: one for one in compared(before, now).features}
    assert (found["f0"].missing_before, found["f0"].missing) == (0, 0.25)
    assert (found["f0"].new_before, found["f0"].new) == (0, 0.1)
    assert found["f0"].level == "drifted"
    assert found["f1"].level == "stable"


def test_texts_that_nobody_knew_are_told():
    columns = ["NAME_CONTRACT_TYPE_Cash_loans", "NAME_CONTRACT_TYPE_Revolving_loans"]
    before = np.tile([[1.0, 0.0], [0.0, 1.0]], (500, 1))
    now = before.copy()
    now[:60] = 0
    profile = Profile.of(columns, before)
    tally = profile.tally()
    tally.add(now)
    (one,) = compare(profile, tally).texts
    assert (one.column, one.before, one.now) == ("NAME_CONTRACT_TYPE", 0, 0.06)
    tally = profile.tally()
    tally.add(before)
    assert compare(profile, tally).texts == ()


def test_few_clients_are_no_verdict():
    before, now = shifted()
    found = compared(before, now[:99])
    assert (found.enough, found.level, found.score) == (False, "stable", 0)
    assert compared(before, now[:100]).enough


def test_the_thresholds_are_parameters():
    before, now = shifted()
    index = compared(before, now).features[0].psi
    found = compared(before, now, some=index + 0.1, much=index + 0.2)
    assert found.counted() == {"stable": 3, "moved": 0, "drifted": 0}
    assert [level(x, 0.1, 0.25) for x in (0.09, 0.1, 0.24, 0.25)] == ["stable", "moved", "moved", "drifted"]
    with pytest.raises(ValueError, match="must rise"):
        compared(before, now, some=0.3, much=0.2)


def test_importance_comes_from_the_manifest():
    assert importance_of({"features": {"contribution": {"a": 1, "b": 0.5}}}) == {"a": 1.0, "b": 0.5}
    assert importance_of({}) == {}


def test_a_feature_that_moves_no_answer_raises_no_alarm():
    before, now = shifted()
    drifted = compared(before, now, importance={"f0": 1.0, "f1": 0.0})
    assert drifted.features[0].level == "drifted"
    assert alarms(drifted, None) == ()
    (alarm,) = alarms(compared(before, now, importance={"f0": 99.0, "f1": 1.0}), None)
    assert alarm.kind == "features"
    assert "1 of 3 features has drifted (f1)" in alarm.text
    # Where no importance is known all features count alike.
    assert [one.kind for one in alarms(compared(before, now), None)] == ["model", "features"]


@pytest.mark.parametrize(("clients", "kinds"), [(149, []), (150, ["model", "features"])])
def test_an_index_alarms_from_150_clients_on(clients, kinds):
    before, now = shifted()
    found = compared(before, now[:clients], importance={"f1": 1.0})
    assert found.level == "drifted"
    assert [one.kind for one in alarms(found, None)] == kinds
