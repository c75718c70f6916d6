"""From a log of before the chain to the present tables."""

import threading

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import insert, inspect, text
from support.logged import decision

from credit.cli import main
from credit.decision_log import Log, LogError, audit, migration
from credit.decision_log.hash_chain import START, link
from credit.decision_log.schema import REVISION, chain, metadata, outcomes

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


def newer(log, *statements):
    """The log as a newer program's migration would leave it; its address."""
    log.record([decision()])
    with log._engine.begin() as connection:
        for statement in (*statements, "UPDATE alembic_version SET version_num = '9999'"):
            connection.execute(text(statement))
    return log._engine.url.render_as_string(hide_password=False)


ADDED = (
    "ALTER TABLE decisions ADD COLUMN branch VARCHAR(20)",
    "ALTER TABLE outcomes ADD COLUMN source VARCHAR(20) DEFAULT 'told' NOT NULL",
    "CREATE TABLE appeals (id INTEGER PRIMARY KEY, decision BIGINT NOT NULL)",
)


def test_the_program_before_goes_on_with_tables_that_a_newer_one_has_added_to(log):
    # So a release that is taken back leaves its migration behind: what writes then is the program before.
    before = Log(newer(log, *ADDED))
    assert migration.upgrade(before._engine) == ("9999", "9999")
    assert before.record([decision(2), decision(3)]) == [2, 3]
    assert log.record([decision(4)]) == [4]  # a worker that had opened the log before the migration
    found = audit.verify(before)
    assert (found.whole, found.decisions) == (True, 4)
    assert before.erase(client=2) == 1
    assert [row["client"] for row in before.page("ann").rows] == [4, 3, 2, 1]
    with before.writing() as connection:
        connection.execute(insert(outcomes), {"client": 2, "defaulted": True, "time": "t", "caller": "ann"})
    with before.reading() as connection:
        assert connection.execute(text("SELECT branch FROM decisions WHERE id = 3")).scalar() is None
        assert connection.execute(text("SELECT source FROM outcomes")).scalar() == "told"
        assert migration.revision(connection) == "9999"
    before.close()


def test_the_release_phase_of_the_program_before_ends_well(log):
    address = newer(log, *ADDED)
    done = CliRunner().invoke(main, ["log", "upgrade", "--database", address])
    said = f"the tables are of version 9999, newer than {REVISION} of this program, which uses them as they are\n"
    assert (done.exit_code, done.stdout.endswith(said)) == (0, True), done.output
    newer(log, "ALTER TABLE chain RENAME TO chain_2")
    assert CliRunner().invoke(main, ["log", "upgrade", "--database", address]).exit_code == 1


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("ALTER TABLE chain RENAME TO chain_2", "there is no table chain"),
        ("ALTER TABLE decisions RENAME COLUMN reasons TO grounds", "decisions has no column reasons"),
    ],
)
def test_newer_tables_that_lack_what_this_program_needs_are_left_alone(log, statement, reason):
    address = newer(log, statement)
    for _ in range(2):
        later = Log(address)
        with pytest.raises(LogError, match="of version 9999, and this program knows them up to") as raised:
            later.record([decision()])
        assert str(raised.value).endswith(f"use that one. It cannot use them: {reason}.")
        later.close()


def test_newer_columns_that_this_program_would_leave_empty_keep_it_out(postgresql):
    log = Log(postgresql)
    changes = [
        "ALTER TABLE decisions ADD COLUMN branch INTEGER DEFAULT 1 NOT NULL",
        "ALTER TABLE decisions ALTER COLUMN branch DROP DEFAULT",
        "ALTER TABLE decisions ALTER COLUMN salt SET NOT NULL",
    ]
    later = Log(newer(log, *changes))
    with pytest.raises(LogError) as raised:
        later.record([decision()])
    reasons = "decisions.salt may not be empty; decisions.branch may not be empty and has no default."
    assert str(raised.value).endswith(reasons)
    log.close()
    later.close()


def test_a_running_program_stops_writing_when_the_chain_gets_another_form(log):
    # The release phase migrates while the program before still serves: no rule in the database would reach it then.
    newer(log, "ALTER TABLE chain RENAME TO chain_2")
    with pytest.raises(LogError, match="chain"):
        log.record([decision()])


def test_whoever_changes_what_a_hash_covers_renames_the_chain():
    # Programs that make hashes of the old form find no table of the old name, and write nothing that a newer one could
    # not verify. The name of the table -> the hash of one row in its form; docs/decision-log.md has the rule.
    forms = {"chain": "49188d2f41b5aa1abce4aff02c19b4b14b61a643c0867ab1e5dde1c1d80fd58d"}
    row = {
        "id": 7,
        "time": "2026-01-02T03:04:05.000006+00:00",
        "request": "r",
        "caller": "ann",
        "client": 155312,
        "columns": "cd" * 32,
        "inputs_hash": "ef" * 32,
        "probability": 0.1,
        "threshold": 0.16,
        "decision": "accept",
        "refer": None,
        "reasons": "[]",
        "model_hash": "ab" * 32,
    }
    assert link(START, row) == link(START, {**row, "sent": None}) == forms[chain.name]
    # A later column enters the hash of rows that have it, so that programs from before it may go on writing.
    later = link(START, {**row, "sent": "application,bureau"})
    assert later == "d6832b96a149246c88fe9e711b9ca4ee1ddfa92076d34d1eba6481807f0508c7"
    assert link(START, {**row, "sent": ""}) not in (later, forms[chain.name])
    # Rows of the program before, which knew the known tables and neither route nor rule, keep their hash.
    assert link(START, {**row, "sent": "application,bureau", "route": None, "rule": None}) == later
    newest = link(START, {**row, "sent": "application,bureau", "route": "/predict", "rule": "{}"})
    assert newest == "bd634a73bb5bd4f56926b038149daf758525bf162fb8d784c3d0716887c1cf5a"


@pytest.mark.parametrize(("version", "columns"), [("0005", ("sent", "route", "rule")), ("0006", ("route", "rule"))])
def test_a_log_from_before_a_column_was_kept_verifies_and_goes_on(log, version, columns):
    log.record([decision(1)])
    with log._engine.begin() as connection:
        # As the program before writes it: without the columns, and so under a hash that does not cover them.
        for name in ("reviews", "open_cases", "case_queue"):
            connection.execute(text(f"DROP TABLE {name}"))
        for name in ("decisions_referred", "decisions_of_caller_decided"):
            connection.execute(text(f"DROP INDEX {name}"))
        for name in (*columns, "trial", "interval"):
            connection.execute(text(f"ALTER TABLE decisions DROP COLUMN {name}"))
        for name in ("bank_rules", "kept_sums"):
            connection.execute(text(f"DROP TABLE {name}"))
        row = dict(connection.execute(text("SELECT * FROM decisions")).mappings().one())
        head = {"head": link(START, row)}
        connection.execute(text("UPDATE decisions SET hash = :head"), head)
        connection.execute(text("UPDATE chain SET head = :head"), head)
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    later = Log(log._engine.url.render_as_string(hide_password=False))
    given = {"sent": "application", "route": "/score", "rule": '{"margin":0.19}'}
    empty = dict.fromkeys(given, "")
    assert later.record([decision(2, **given), decision(3, **empty | {"rule": "{}"})]) == [2, 3]
    rows = later.page("ann").rows
    kept = {"sent": "application", "route": "/score", "rule": {"margin": 0.19}}
    for name in columns:
        assert [row[name] for row in rows] == [{} if name == "rule" else "", kept[name], None]
    found = audit.verify(later)
    assert (found.whole, found.decisions) == (True, 3)
    later.close()


@pytest.mark.parametrize(
    "statement",
    [
        *("sent = 'application'", "sent = NULL", "sent = ''"),
        *("route = '/score'", "route = NULL", "rule = '{}'", "rule = NULL", "trial = TRUE"),
        "interval = '{}'",
    ],
)
def test_who_changes_known_tables_route_rule_trial_or_interval_breaks_the_chain(log, statement):
    log.record([decision(one, route="/predict", rule='{"review":null}') for one in (1, 2)])
    with log._engine.begin() as connection:
        connection.execute(text(f"UPDATE decisions SET {statement} WHERE id = 1"))
    found = audit.verify(log)
    assert [problem.partition(" is ")[0] for problem in found.problems] == ["Decision 1"]


def test_the_migrations_that_are_known_are_those_of_the_folder():
    config = Config()
    config.set_main_option("script_location", str(migration.FOLDER))
    assert {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()} == migration.KNOWN


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
