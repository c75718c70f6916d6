"""How decisions get into the log: all of a request or none, in order, several requests in one transaction."""

import sqlite3
import threading

import pytest
from support.logged import decision

from credit.decision_log import Log, LogError
from credit.decision_log.audit import verify


def test_the_ids_come_in_the_order_of_the_clients(log):
    keys = log.record([decision(client) for client in range(1500)])
    assert keys == sorted(keys)
    assert len(set(keys)) == 1500
    rows = log.page("ann", size=1500).rows
    assert {row["id"]: row["client"] for row in rows} == dict(zip(keys, range(1500), strict=True))


def test_a_decision_is_committed_when_recording_returns(tmp_path):
    Log(tmp_path / "decisions.db").record([decision()])
    with sqlite3.connect(tmp_path / "decisions.db") as another:
        assert another.execute("SELECT count(*) FROM decisions").fetchone() == (1,)
    another.close()


def test_all_clients_of_a_request_are_written_or_none(log):
    with pytest.raises(LogError):
        log.record([decision(1), decision(2, caller=None)])
    assert log.page("ann").total == 0


def test_a_log_is_written_by_several_threads_at_once(log):
    def write(caller):
        for client in range(50):
            log.record([decision(client, caller=caller)])

    threads = [threading.Thread(target=write, args=(f"caller {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [log.page(f"caller {number}").total for number in range(4)] == [50, 50, 50, 50]


def test_one_refused_request_does_not_spoil_those_that_wait_with_it(log):
    from credit.decision_log.group_commit import Waiting

    waiting = [Waiting([decision(1)]), Waiting([decision(2), decision(3, caller=None)]), Waiting([decision(4)])]
    log._commits._write_all(waiting)
    assert [one.ids for one in waiting] == [[1], None, [2]]
    with pytest.raises(LogError):
        waiting[1].result()
    assert [row["client"] for row in log.page("ann").rows] == [4, 1]
    assert verify(log).whole


def test_waiting_writers_share_a_transaction(tmp_path, monkeypatch):
    log = Log(tmp_path / "decisions.db")
    log.record([decision()])
    batches = []
    append = log._commits._append

    def counted(waiting):
        batches.append(len(waiting))
        return append(waiting)

    monkeypatch.setattr(log._commits, "_append", counted)
    ids = []
    log._commits.turn.acquire()  # as if another request were being written
    threads = [threading.Thread(target=lambda n=n: ids.extend(log.record([decision(n)]))) for n in range(5)]
    for thread in threads:
        thread.start()
    while len(log._commits._queue) < 5:
        pass
    log._commits.turn.release()
    for thread in threads:
        thread.join()
    assert batches == [5]
    assert sorted(ids) == [2, 3, 4, 5, 6]
    log.close()
