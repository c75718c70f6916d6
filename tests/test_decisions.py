import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest

from credit.decisions import Decision, Log, LogError, address, decided, metadata

HASH = "ab" * 32
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def postgresql():
    """The address of a PostgreSQL server that runs for the tests."""
    found = [shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))]
    programs = next((Path(path).resolve().parent for path in found if path), None)
    if programs is None:
        pytest.skip("there is no PostgreSQL on this machine (initdb is neither on PATH nor in /usr/lib/postgresql)")
    # It refuses to run as the superuser, and what pytest makes is closed to everybody else.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="decisions-"))
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*words):
        subprocess.run([programs / words[0], *words[1:]], user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    run("initdb", "-D", "data", "-U", "teller", "-A", "trust", "-N")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", options, "start")
    yield f"postgres://teller@127.0.0.1:{port}/postgres"
    run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request, tmp_path):
    """An empty log, in each of the databases."""
    if request.param == "sqlite":
        log = Log(tmp_path / "decisions.db")
    else:
        log = Log(request.getfixturevalue("postgresql"))
        metadata.drop_all(log._engine)
    yield log
    log.close()


def decision(client=1, caller="ann", **values):
    row = {"inputs": '{"SK_ID_CURR": 1}', "probability": 0.25, "threshold": 0.16, "decision": "refuse"}
    return Decision(caller=caller, client=client, model_hash=HASH, **{**row, **values})


def test_a_decision_is_found_again_as_it_was_written(log):
    (key,) = log.record([decision(client=2**63 - 1, inputs='{"AMT_CREDIT": 0.1, "x": "n°"}')])
    (row,) = log.page("ann").rows
    assert row.pop("time").endswith("+00:00")
    assert row == {
        "id": key,
        "caller": "ann",
        "client": 2**63 - 1,
        "inputs": '{"AMT_CREDIT": 0.1, "x": "n°"}',
        "probability": 0.25,
        "threshold": 0.16,
        "decision": "refuse",
        "model_hash": HASH,
    }


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


def test_an_empty_log_has_one_empty_page(log):
    page = log.page("ann")
    assert (page.rows, page.pages, page.total) == ([], 1, 0)


def test_a_row_says_whom_it_is_about_and_what_was_decided():
    rows = decided("ann", [1, 2], ["{}", "[]"], [0.1, 0.2], ["accept", "refer"], 0.16, HASH)
    assert rows == [
        Decision("ann", 1, "{}", 0.1, 0.16, "accept", HASH),
        Decision("ann", 2, "[]", 0.2, 0.16, "refer", HASH),
    ]


def test_a_check_of_the_log_writes_nothing(log):
    log.check()
    assert log.page("ann").total == 0


def test_a_check_finds_a_log_that_cannot_be_written(tmp_path):
    path = tmp_path / "decisions.db"
    Log(path).record([decision()])
    readonly = Log(f"sqlite:///file:{path}?mode=ro&uri=true")
    readonly._ready = True  # it was made when it could still be written
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
        "import sys; from credit.decisions import *\n"
        "log = Log(sys.argv[1])\n"
        "for i in range(100): log.record([Decision('ann', i, '{}', 0.5, 0.16, 'refuse', 'ab')])"
    )
    path = tmp_path / "decisions.db"
    writers = [
        subprocess.Popen([sys.executable, "-c", program, path], stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
    log = Log(path)
    assert log.page("ann").total == 200
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
    monkeypatch.setattr("credit.decisions.PATIENCE", 0.1)
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
    metadata.drop_all(log._engine)
    log.record([decision()])
    with psycopg.connect(postgresql, autocommit=True) as another:  # as when the server is started again
        another.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    log.record([decision()])
    assert log.page("ann").total == 2
    log.close()


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
from credit.decisions import Log, LogError
from credit.decisions import decided

def decision():
    return decided("ann", [1], ["{}"], [0.5], [True], 0.16, "ab" * 32)

log = Log(sys.argv[1])
log.record(decision())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    log.record(decision())
except LogError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="a process's file sizes can be limited on POSIX systems")
def test_a_disk_that_takes_nothing_more_is_told(tmp_path):
    # A limit on the size of files binds the superuser too, as a full disk does and a read-only file does not.
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path / "decisions.db"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "disk" in done.stdout, done


def test_the_text_of_an_error_holds_no_client(log):
    with pytest.raises(LogError) as caught:
        log.record([decision(client=987654, inputs="secret", caller=None)])
    assert "987654" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("decisions.db", "sqlite:///decisions.db"),
        ("/var/a folder/d.db", "sqlite:////var/a folder/d.db"),
        ("sqlite:////var/d.db", "sqlite:////var/d.db"),
        ("postgres://u:p@host:5432/name", "postgresql+psycopg://u:p@host:5432/name"),
        ("postgresql://u:p@host/name?sslmode=require", "postgresql+psycopg://u:p@host/name?sslmode=require"),
        ("postgresql+psycopg://u:p@host/name", "postgresql+psycopg://u:p@host/name"),
    ],
)
def test_paths_and_addresses_are_understood(given, understood):
    assert address(given).render_as_string(hide_password=False) == understood


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("mysql://u:secret@host/name", "kept in PostgreSQL or SQLite, not in 'mysql'"),
        ("postgresql://u:secret@host:port/name", "DATABASE_URL is not an address"),
        ("://secret", "DATABASE_URL is not an address"),
    ],
)
def test_an_address_of_another_kind_is_refused_without_its_password(given, words):
    with pytest.raises(LogError, match=words) as caught:
        address(given)
    assert "secret" not in str(caught.value)


def test_the_name_of_a_log_hides_its_password(tmp_path):
    assert Log(tmp_path / "d.db").name == f"sqlite:///{tmp_path}/d.db"
    assert "secret" not in address("postgresql://u:secret@host/name").render_as_string(hide_password=True)
