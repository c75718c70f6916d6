"""A log in a file of SQLite: what several processes that open it at once do to each other."""

import sqlite3
import threading
from pathlib import Path

from credit.decision_log.sqlite import prepare


def test_many_connections_open_a_new_file_at_once(tmp_path: Path) -> None:
    """SQLite refuses to change the journal's mode at once while another connection does: it has to be waited for."""
    found: list[str] = []

    def open_one(path: Path, start: threading.Barrier) -> None:
        connection = sqlite3.connect(path)
        start.wait()
        try:
            prepare(connection)
            found.append(connection.execute("PRAGMA journal_mode").fetchone()[0])
        except sqlite3.OperationalError as error:
            found.append(str(error))
        connection.close()

    for number in range(60):
        start = threading.Barrier(8)
        path = tmp_path / f"{number}.db"
        threads = [threading.Thread(target=open_one, args=(path, start)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == ["wal"] * 480
