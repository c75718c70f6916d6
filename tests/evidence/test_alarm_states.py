"""The state of each alarm: what it is now, and whether there is enough to tell."""

from dataclasses import replace

import pytest

from credit.evidence.alarm_states import NOT_MEASURED, QUIET, RINGS, TOO_LITTLE, alarm_states
from credit.monitoring.alarms import CODES, Alarm
from credit.monitoring.background import Look
from credit.monitoring.performance import Account, Served
from credit.monitoring.population_stability import Comparison
from credit.monitoring.window import Window

NOTHING = Look("2031-01-01T00:00:00+00:00", Window(), None, None, None, (), 0.0)


def drift(clients):
    return Comparison(clients, 4000, (), 0.02, 0.147, True, (), 0.1, 0.25)


def costs(counted, regret):
    served = Served(counted, regret, None, None)
    return Account(0.19, 1.0, None, None, None, served, ())


def test_without_a_log_nothing_is_measured_and_the_reason_is_said():
    found = alarm_states(None, "there is no log")
    assert set(found) == set(CODES)
    assert {(one.value, one.state) for one in found.values()} == {("there is no log", NOT_MEASURED)}


def test_with_nothing_in_the_log_there_is_too_little_to_tell():
    assert {one.state for one in alarm_states(NOTHING, "").values()} == {TOO_LITTLE}


@pytest.mark.parametrize(("clients", "state"), [(149, TOO_LITTLE), (150, QUIET)])
def test_drift_is_judged_from_the_number_of_clients_at_which_it_alarms(clients, state):
    found = alarm_states(replace(NOTHING, drift=drift(clients)), "")["model"]
    assert found.value == f"features weighted 0.020, probability 0.147, of {clients} clients"
    assert found.state == state


@pytest.mark.parametrize(("counted", "regret", "state"), [(99, 0.01, TOO_LITTLE), (100, 0.01, QUIET)])
def test_costs_are_judged_from_a_hundred_decisions(counted, regret, state):
    found = alarm_states(replace(NOTHING, costs=costs(counted, regret)), "")["costs"]
    assert (found.value, found.state) == (f"1.00 points, of {counted} decisions", state)


def test_an_alarm_that_is_raised_rings_whatever_its_value():
    look = replace(NOTHING, drift=drift(400), alarms=(Alarm("model", "The index has moved."),))
    states = {kind: one.state for kind, one in alarm_states(look, "").items()}
    assert states["model"] == RINGS
    assert RINGS not in {state for kind, state in states.items() if kind != "model"}
