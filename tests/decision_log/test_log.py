"""Writing decisions and finding them again."""

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.logged import COLUMNS, decision

from credit.decision_log import Columns, Log, LogError
from credit.decision_log.audit import verify

ROOT = Path(__file__).parents[2]


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
