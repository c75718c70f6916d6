"""Several workers count together; an alarm begins and ends once, within minutes."""

import json
import mmap
import subprocess
import sys

import numpy as np
import pytest

from credit.monitoring.missing_sources import MOST, Causes
from credit.web.missing_counts import BYTES, NAMES, Absences, Change

NAMES_OF_TWO = ("AMT_CREDIT", "EXT_SOURCE_2")
CAUSES = Causes(NAMES_OF_TWO, {"AMT_CREDIT": 0.0, "EXT_SOURCE_2": 0.002})


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def clients(sound=0, without=0):
    """Clients without EXT_SOURCE_2 behind sound ones."""
    X = np.ones((sound + without, 2))
    X[sound:, 1] = np.nan
    return X


def told(absences):
    lines = [line for gauge in absences.gauges() for line in gauge.lines() if not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)


def standing(absences):
    return told(absences)['credit_suddenly_missing{column="EXT_SOURCE_2"}'] == "1"


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_missing_is_counted_from_the_start_on(clock, at_once):
    absences = Absences(CAUSES, clock)
    for rows in [clients(3, 2)] if at_once else [row[None] for row in clients(3, 2)]:
        absences.scored(rows)
    clock.now += 100_000
    absences.scored(clients(1, 1))
    assert told(absences) == {
        'credit_feature_missing_total{column="AMT_CREDIT"}': "0",
        'credit_feature_missing_total{column="EXT_SOURCE_2"}': "3",
        'credit_suddenly_missing{column="AMT_CREDIT"}': "0",
        'credit_suddenly_missing{column="EXT_SOURCE_2"}': "0",
    }


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_missing_leads_to_the_newest_decision_without_it(clock, at_once):
    absences = Absences(CAUSES, clock)
    rows, ids = np.concatenate([clients(3, 2), clients(2)]), [11, 12, 13, 14, 15, 16, 17]
    for some, numbers in [(rows, ids)] if at_once else [(row[None], [n]) for row, n in zip(rows, ids, strict=True)]:
        absences.scored(some, numbers)
    absences.scored(clients(0, 1))  # without a log there is no number
    counted = 'credit_feature_missing_total{column="EXT_SOURCE_2"} 3'
    lines = [line for gauge in absences.gauges() for line in gauge.lines(exemplars=True)]
    assert f'{counted} # {{decision_id="15"}} 1' in lines
    assert 'credit_feature_missing_total{column="AMT_CREDIT"} 0' in lines
    assert counted in absences.gauges()[0].lines()


def test_an_alarm_begins_once_and_ends_once_when_it_is_mended(clock):
    absences = Absences(CAUSES, clock)
    assert absences.scored(clients(without=30)) == Change(30, begun={"EXT_SOURCE_2": 30})
    assert standing(absences)
    clock.now += 60
    assert absences.scored(clients(without=30)) is None  # is said already
    clock.now += 60
    assert absences.scored(clients(sound=2439)) is None  # 60 of 2,499 are more than 2.4 %
    assert standing(absences)
    assert absences.scored(clients(sound=1)) is None  # 60 of 2,500 are not, but it has just looked
    assert absences.look() == Change(2500, ended={"EXT_SOURCE_2": 60})
    assert not standing(absences)
    assert absences.look() is None


def test_after_months_of_sound_clients_it_begins_as_fast(clock):
    absences = Absences(CAUSES, clock)
    for _ in range(500):
        absences.scored(clients(sound=1000))
        clock.now += 3600
    assert absences.scored(clients(without=30)) == Change(30, begun={"EXT_SOURCE_2": 30})


def test_after_ten_minutes_of_sound_clients_it_has_ended(clock):
    absences = Absences(CAUSES, clock)
    absences.scored(clients(without=1000))
    changes = []
    for _ in range(36):  # three clients a minute
        clock.now += 20
        changes.append(absences.scored(clients(sound=1)))
    ended = [at for at, change in enumerate(changes) if change is not None]
    assert len(ended) == 1
    assert changes[ended[0]].ended == {"EXT_SOURCE_2": 0}
    assert not standing(absences)


def test_a_bank_of_few_applications_is_looked_at_over_days(clock):
    absences = Absences(CAUSES, clock)
    changes = []
    for _ in range(40):
        changes.append(absences.scored(clients(without=1)))
        clock.now += 3600
    assert [at for at, change in enumerate(changes) if change is not None] == [29]
    assert changes[29] == Change(30, begun={"EXT_SOURCE_2": 30})
    for _ in range(60):
        absences.scored(clients(sound=1))
        clock.now += 3600
    assert not standing(absences)


def test_one_odd_client_is_no_alarm(clock):
    absences = Absences(CAUSES, clock)
    for sound in (0, 29, 1000):
        assert absences.scored(clients(sound, 1)) is None
        clock.now += 20


def test_workers_count_together_and_one_of_them_says_so(clock, tmp_path):
    memory = mmap.mmap(-1, 2 * BYTES)
    with (tmp_path / "turns").open("wb") as turns:
        workers = [Absences(CAUSES, clock) for _ in range(2)]
        for number, worker in enumerate(workers):
            worker.share(memory, 2, number, turns)
        assert workers[0].scored(clients(without=15)) is None  # too few
        assert workers[1].scored(clients(without=15)) == Change(30, begun={"EXT_SOURCE_2": 30})
        assert workers[0].look() is None
        assert told(workers[0]) == told(workers[1])
        assert standing(workers[0])
        clock.now += 700
        assert workers[0].scored(clients(sound=30)) == Change(30, ended={"EXT_SOURCE_2": 0})
        assert not standing(workers[1])
        later = Absences(CAUSES, clock)
        later.share(memory, 2, 2, turns)  # takes over the first one's stretch
        later.scored(clients(without=1))
        assert told(later)['credit_feature_missing_total{column="EXT_SOURCE_2"}'] == "31"


def test_while_another_process_has_the_turn_nothing_is_said(clock, tmp_path):
    path = tmp_path / "turns"
    path.touch()
    code = "import fcntl, sys; f = open(sys.argv[1], 'wb'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); input()"
    with path.open("wb") as turns:
        absences = Absences(CAUSES, clock)
        absences.share(mmap.mmap(-1, BYTES), 1, 0, turns)
        command = [sys.executable, "-c", code, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            other.stdout.readline()
            assert absences.scored(clients(without=30)) is None
            other.kill()
        assert absences.look() == Change(30, begun={"EXT_SOURCE_2": 30})


def test_a_stretch_that_is_too_short_is_refused(clock, tmp_path):
    with (tmp_path / "turns").open("wb") as turns, pytest.raises(ValueError, match="too short"):
        Absences(CAUSES, clock).share(mmap.mmap(-1, 80), 1, 0, turns)


def test_as_many_causes_as_there_may_be_have_their_place(clock, tmp_path):
    names = tuple(f"OWN_{number}" for number in range(MOST))
    with (tmp_path / "turns").open("wb") as turns:
        absences = Absences(Causes(names, dict.fromkeys(names, 0.0)), clock)
        absences.share(mmap.mmap(-1, BYTES), 1, 0, turns)
        (line,) = absences.scored(np.full((1000, MOST), np.nan)).lines()
    assert len(line["missing"]) == NAMES
    assert line["further"] == MOST - NAMES
    assert len(json.dumps(line)) < 3000


def test_a_line_names_columns_and_counts():
    (line,) = Change(100, begun={"EXT_SOURCE_2": 98, "table bureau": 100}).lines()
    assert line == {
        "level": "warning",
        "message": "suddenly missing: ask who delivers it",
        "missing": {"table bureau": 100, "EXT_SOURCE_2": 98},
        "clients": 100,
    }


def test_a_model_that_is_not_watched_tells_nothing(clock):
    absences = Absences(Causes(("A",), {}), clock)
    assert absences.scored(np.full((100, 1), np.nan)) is None
    assert (absences.look(), absences.gauges()) == (None, [])
