"""From a log of before the chain to the present tables."""

import threading

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from logged import decision
from sqlalchemy import inspect, text

from credit.decisions import Log, LogError, audit, migration
from credit.decisions.schema import REVISION, metadata

BEFORE = """CREATE TABLE decisions (id INTEGER PRIMARY KEY, time VARCHAR(32) NOT NULL, caller VARCHAR(200) NOT NULL,
client BIGINT NOT NULL, inputs TEXT NOT NULL, probability DOUBLE PRECISION NOT NULL,
threshold DOUBLE PRECISION NOT NULL,
decision VARCHAR(20) NOT NULL, model_hash VARCHAR(64) NOT NULL)"""


def test_the_present_tables_are_those_of_the_last_migration(log):
    config = Config()
    config.set_main_option("script_location", str(migration.FOLDER))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION
    log.prepare()
    made = inspect(log._engine)
    for name, table in metadata.tables.items():
        there = {column["name"]: column for column in made.get_columns(name)}
        assert list(there) == [column.name for column in table.columns]
        assert {n: c["nullable"] for n, c in there.items()} == {c.name: c.nullable for c in table.columns}
        assert {index["name"] for index in made.get_indexes(name)} == {index.name for index in table.indexes}


def test_decisions_from_before_the_chain_are_taken_along(log):
    with log._engine.begin() as connection:
        connection.execute(text(BEFORE))
        connection.execute(text("CREATE INDEX decisions_of_caller ON decisions (caller, id)"))
        for number, inputs in [
            (4, '{"SK_ID_CURR": 1, "AMT_CREDIT": 0.1, "FLAG_OWN_CAR": true, "EXT_SOURCE_2": null}'),
            (9, '{"SK_ID_CURR": 2}'),
        ]:
            connection.execute(
                text(
                    "INSERT INTO decisions VALUES (:id, '2026-01-02T03:04:05.000006+00:00', 'ann', :client, :inputs, "
                    "0.30000000000000004, 0.16, 'refuse', :hash)"
                ),
                {"id": number, "client": number // 4, "inputs": inputs, "hash": "ab" * 32},
            )
    assert log.record([decision(3)]) == [10]
    newest, second, first = log.page("ann").rows
    assert (newest["id"], second["id"], first["id"]) == (10, 9, 4)
    assert first["inputs"] == {"SK_ID_CURR": 1, "AMT_CREDIT": 0.1, "FLAG_OWN_CAR": 1.0, "EXT_SOURCE_2": None}
    assert second["inputs"] == {"SK_ID_CURR": 2}
    assert first["time"] == "2026-01-02T03:04:05.000006+00:00"
    assert first["probability"] == 0.30000000000000004
    found = audit.verify(log)
    assert (found.whole, found.decisions) == (True, 3)
    assert not inspect(log._engine).has_table("decisions_before")


def test_tables_are_made_once_however_many_ask(log):
    errors = []

    def ask():
        try:
            migration.upgrade(log._engine)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert log.record([decision()]) == [1]


def test_tables_of_a_newer_program_are_left_alone(log):
    log.record([decision()])
    with log._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for _ in range(2):
        later = Log(log._engine.url.render_as_string(hide_password=False))
        with pytest.raises(LogError, match="of version 9999, and this program knows them up to"):
            later.record([decision()])
        later.close()


def test_a_migration_that_fails_leaves_everything_as_it_was(log):
    with log._engine.begin() as connection:
        connection.execute(text(BEFORE))
        connection.execute(text("CREATE INDEX decisions_of_caller ON decisions (caller, id)"))
        connection.execute(
            text("INSERT INTO decisions VALUES (1, 't', 'ann', 1, 'not JSON', 0.5, 0.16, 'refuse', 'ab')")
        )
    with pytest.raises(LogError, match="the inputs of decision 1 are not the JSON of a client"):
        log.record([decision()])
    assert sorted(inspect(log._engine).get_table_names()) == ["decisions"]
    with log._engine.begin() as connection:
        assert connection.execute(text("SELECT inputs FROM decisions")).scalar() == "not JSON"
