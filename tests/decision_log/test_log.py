"""Writing decisions and finding them again."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from support.bank_rules import rule, written
from support.logged import COLUMNS, HASH, decision

from credit.decision.bank_rules import BankRules
from credit.decision_log import Columns, Log, LogError
from credit.decision_log.audit import verify
from credit.decision_log.decision_filters import Filters

ROOT = Path(__file__).parents[2]


def test_a_decision_is_found_again_as_it_was_written(log):
    told = [{"code": "late", "text": "You were late n°"}]
    rule, band = {"margin": 0.19, "loss_given_default": 1.0, "review": None}, {"low": 0.12, "high": 0.6}
    (key,) = log.record(
        [
            decision(
                client=2**63 - 1,
                inputs=(float("nan"), 0.1),
                reasons=json.dumps(told),
                route="/predict",
                rule=json.dumps(rule),
                refer=json.dumps(band),
            )
        ]
    )
    (row,) = log.page("ann").rows
    assert log.find(key) == log.page("ann").rows[0]
    assert row.pop("time").endswith("+00:00")
    assert row == {
        "id": key,
        "caller": "ann",
        "client": 2**63 - 1,
        "request": "r1",
        "route": "/predict",
        "rule": rule,
        "refer": band,
        "reasons": told,
        "inputs": {"SK_ID_CURR": 2**63 - 1, "AMT_CREDIT": None, "odd n° / €": 0.1},
        "probability": 0.25,
        "threshold": 0.16,
        "decision": "refuse",
        "sent": "application,bureau",
        "model_hash": HASH,
        "trial": False,
        "erased": False,
    }


def test_the_banks_rules_are_kept_once_and_found_by_their_hash(log, tmp_path):
    first, second = (
        BankRules.load(written(tmp_path / f"{name}.toml", rule(name=name)), ("AMT_CREDIT",), points=False)
        for name in ("first", "second")
    )
    log.record([decision(1, bank_rules=first), decision(2, bank_rules=first), decision(3)])
    log.record([decision(4, bank_rules=second), decision(5, bank_rules=first)])
    assert (log.bank_rules(first.hash), log.bank_rules(second.hash)) == (first.text, second.text)
    assert log.bank_rules("0" * 64) is None
    with log.writing() as connection:
        assert connection.execute(text("SELECT count(*) FROM bank_rules")).scalar() == 2
        connection.execute(text("UPDATE bank_rules SET rules = '[]'"))
    with pytest.raises(LogError, match="the bank's rules in it were changed"):
        log.bank_rules(first.hash)


def test_probabilities_keep_every_digit(log):
    log.record([decision(probability=0.1 + 0.2)])
    assert log.page("ann").rows[0]["probability"] == 0.30000000000000004


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


def test_a_caller_sees_its_own_decisions_newest_first(log):
    log.record([decision(1), decision(2, caller="bob"), decision(3)])
    page = log.page("ann")
    assert [row["client"] for row in page.rows] == [3, 1]
    assert (page.number, page.pages, page.total) == (1, 1, 2)


def test_pages_hold_twenty_and_end(log):
    log.record([decision(client) for client in range(41)])
    pages = [log.page("ann", number) for number in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [20, 20, 1, 0]
    assert {page.pages for page in pages} == {3}


def test_a_page_may_be_about_one_client(log):
    log.record([decision(client=number) for number in (1, 2, 1)])
    log.record([decision(client=1, caller="bob")])
    page = log.page("ann", filters=Filters(client=1))
    assert ([row["client"] for row in page.rows], page.total, page.pages) == ([1, 1], 2, 1)
    assert log.page("ann", filters=Filters(client=3)).total == 0
    assert [len(log.page("ann", number, 1, filters=Filters(client=1)).rows) for number in (1, 2, 3)] == [1, 1, 0]


def test_an_empty_log_has_one_empty_page(log):
    page = log.page("ann")
    assert (page.rows, page.pages, page.total) == ([], 1, 0)


def test_a_check_of_the_log_writes_nothing(log):
    log.check()
    assert log.page("ann").total == 0


def test_a_check_finds_a_log_that_cannot_be_written(tmp_path):
    path = tmp_path / "decisions.db"
    Log(path).record([decision()])
    readonly = Log(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(LogError, match="readonly"):
        readonly.check()
    with pytest.raises(LogError):
        Log(tmp_path / "nowhere" / "decisions.db").check()


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


def test_a_log_is_begun_by_several_processes_at_once(tmp_path):
    program = (
        "import sys; from credit.decision_log import *; from support.logged import decision\n"
        "log = Log(sys.argv[1])\n"
        "for i in range(100): log.record([decision(i)])"
    )
    path = tmp_path / "decisions.db"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", program, path], stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
        )
        for _ in range(2)
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
    log = Log(path)
    assert log.page("ann").total == 200
    assert verify(log).whole
    log.close()


def test_readers_do_not_wait_for_a_writer(tmp_path):
    log = Log(tmp_path / "decisions.db")
    log.record([decision()])
    writer = sqlite3.connect(tmp_path / "decisions.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert log.page("ann").total == 1
    writer.execute("ROLLBACK")
    writer.close()
    log.close()


def test_a_log_that_another_program_holds_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("credit.decision_log.sqlite.PATIENCE", 0.1)
    log = Log(tmp_path / "decisions.db")
    log.record([decision()])
    other = sqlite3.connect(tmp_path / "decisions.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogError, match="database is locked"):
        log.record([decision()])
    other.execute("ROLLBACK")
    other.close()
    log.record([decision()])
    assert log.page("ann").total == 2
    log.close()


def test_a_folder_that_is_not_there_is_told_and_waited_for(tmp_path):
    log = Log(tmp_path / "later" / "decisions.db")
    with pytest.raises(LogError, match="unable to open database file"):
        log.record([decision()])
    (tmp_path / "later").mkdir()
    log.record([decision()])
    assert log.page("ann").total == 1
    log.close()


def test_a_server_that_comes_back_is_used_again(postgresql):
    log = Log(postgresql)
    log.record([decision()])
    another = Log(postgresql)
    with another.reading() as connection:  # as when the server is started again
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
    log.record([decision()])
    assert log.page("ann").total == 2
    log.close()
    another.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed by Linux")
def test_closing_gives_the_files_back(tmp_path):
    def held():
        links = (str(link.resolve()) for link in Path("/proc/self/fd").iterdir())
        return [link for link in links if link.startswith(str(tmp_path))]

    log = Log(tmp_path / "decisions.db")
    log.record([decision()])
    assert held()
    log.close()
    assert not held()


def test_a_server_that_is_not_there_is_told():
    log = Log("postgresql://teller:secret@127.0.0.1:1/postgres")
    with pytest.raises(LogError) as caught:
        log.record([decision()])
    assert "secret" not in str(caught.value)
    log.close()


def test_a_file_that_is_no_database_is_told(tmp_path):
    path = tmp_path / "decisions.db"
    path.write_text("not a database " * 100)
    log = Log(path)
    with pytest.raises(LogError, match="file is not a database"):
        log.record([decision()])
    log.close()


FULL_DISK = """
import resource, signal, sys
from credit.decision_log import Log, LogError
from support.logged import decision

log = Log(sys.argv[1])
log.record([decision()])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    log.record([decision()])
except LogError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="a process's file sizes can be limited on POSIX systems")
def test_a_disk_that_takes_nothing_more_is_told(tmp_path):
    # A limit on the size of files binds the superuser too, as a full disk does and a read-only file does not.
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path / "decisions.db"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "disk" in done.stdout, done


def test_the_text_of_an_error_holds_no_client(log):
    with pytest.raises(LogError) as caught:
        log.record([decision(client=987654, decision="secret", caller=None)])
    assert "987654" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_one_refused_request_does_not_spoil_those_that_wait_with_it(log):
    from credit.decision_log.group_commit import Waiting

    waiting = [Waiting([decision(1)]), Waiting([decision(2), decision(3, caller=None)]), Waiting([decision(4)])]
    log._commits._write_all(waiting)
    assert [one.ids for one in waiting] == [[1], None, [2]]
    with pytest.raises(LogError):
        waiting[1].result()
    assert [row["client"] for row in log.page("ann").rows] == [4, 1]
    assert verify(log).whole


def test_each_list_of_columns_is_kept_once_and_read_back_with_its_decisions(log):
    other = Columns(("EXT_SOURCE_2",))
    log.record([decision(1), decision(2, columns=other, inputs=(0.5,)), decision(3)])
    log.record([decision(4, columns=other, inputs=(0.25,))])
    inputs = [row["inputs"] for row in log.page("ann").rows]
    assert inputs[0] == {"SK_ID_CURR": 4, "EXT_SOURCE_2": 0.25}
    assert inputs[1] == {"SK_ID_CURR": 3, "AMT_CREDIT": 1000.0, "odd n° / €": 0.1}
    with log.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM columns").scalar() == 2


def test_inputs_are_erased_and_the_decisions_stay(log):
    log.record([decision(1), decision(2), decision(1, caller="bob")])
    assert log.about(1, "ann") == 1
    assert log.erase(client=1, caller="ann") == 1
    assert log.erase(client=1, caller="ann") == 0
    assert [(row["client"], row["inputs"] is None) for row in log.page("ann").rows] == [(2, False), (1, True)]
    assert log.page("bob").rows[0]["inputs"] is not None
    assert (log.raw(1).columns, log.raw(1).inputs) == (COLUMNS.names, None)
    assert verify(log).erased == 1


def test_only_what_is_older_is_erased(log):
    log.record([decision(1)])
    assert log.erase(before=datetime.now(UTC) - timedelta(days=1)) == 0
    assert log.erase(before=datetime.now(UTC) + timedelta(seconds=1)) == 1


def test_what_is_erased_is_nowhere_in_the_files(tmp_path):
    log = Log(tmp_path / "decisions.db")
    columns = Columns([f"F{number}" for number in range(1000)])
    kept, gone = [float(number) for number in range(1000)], [number + 0.123 for number in range(1000)]
    log.record([decision(1, columns=columns, inputs=kept), decision(2, columns=columns, inputs=gone)])

    def found(client):
        (row,) = [row for row in log.page("ann").rows if row["client"] == client]
        return log.raw(row["id"]).inputs

    some = found(2)[4000:4400]
    files = lambda: b"".join(path.read_bytes() for path in tmp_path.iterdir())  # noqa: E731
    assert some in files()
    log.erase(client=2)
    assert some not in files()
    assert found(1)[4000:4400] in files()
    log.close()


def test_an_erasure_that_a_reader_keeps_from_the_disk_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("credit.decision_log.sqlite.PATIENCE", 0.1)
    log = Log(tmp_path / "decisions.db")
    log.record([decision(1)])
    reader = sqlite3.connect(tmp_path / "decisions.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM decisions").fetchall()
    with pytest.raises(LogError, match="erase once more"):
        log.erase(client=1)
    reader.execute("ROLLBACK")
    reader.close()
    assert log.erase(client=1) == 0
    assert (tmp_path / "decisions.db-wal").stat().st_size == 0
    log.close()


def test_a_file_that_is_taken_away_is_told_and_used_again_when_it_is_back(tmp_path):
    log = Log(tmp_path / "decisions.db")
    log.record([decision(1)])
    for path in tmp_path.glob("decisions.db*"):
        path.rename(path.with_name(f"away-{path.name}"))
    for _ in range(2):
        with pytest.raises(LogError, match="taken away"):
            log.record([decision(2)])
    with pytest.raises(LogError, match="taken away"):
        log.page("ann")
    assert not (tmp_path / "decisions.db").exists()
    for path in tmp_path.glob("away-*"):
        path.rename(path.with_name(path.name.removeprefix("away-")))
    assert log.record([decision(3)]) == [2]
    assert [row["client"] for row in log.page("ann").rows] == [3, 1]
    assert verify(log).whole
    log.close()


def test_a_server_that_was_away_for_a_while_is_used_again(postgresql, postgresql_server):
    log = Log(postgresql)
    log.record([decision(1)])
    postgresql_server.stop()
    try:
        with pytest.raises(LogError):
            log.record([decision(2)])
    finally:
        postgresql_server.start()
    assert log.record([decision(3)]) == [2]
    assert verify(log).whole
    log.close()


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
