"""What MLflow's registry says of versions: when they came, which is served, and why, without places of a machine."""

import pytest
from support.evidence import bundle

from credit.evidence.change_history import changes
from credit.evidence.registry_versions import registered_versions
from credit.training import tracking


def test_versions_are_told_oldest_first_with_alias_and_reason(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = bundle(tmp_path / "bundle")
    tracking.open_store(tmp_path)
    assert registered_versions(tmp_path) == ()
    for champion in (True, False):
        with tracking.run("a run") as run:
            run.folder(made, tracking.BUNDLE)
            number = run.register(made, champion)
        tracking.note(
            number, allowed="yes" if champion else "no", reason=f"no model is shipped in {tmp_path}/models yet"
        )
    first, second = registered_versions(tmp_path)
    assert (first.number, first.aliases, first.allowed) == (1, ("champion",), "yes")
    assert (second.number, second.aliases, second.allowed) == (2, ("challenger",), "no")
    assert first.reason == "no model is shipped in models yet"
    assert first.registered.endswith("+00:00")
    assert first.registered <= second.registered
    section = changes(None, (first, second), "ab" * 32, "2026-03-02")
    (table,) = section.tables
    assert [row[2] for row in table.rows] == ["champion", "challenger"]


def test_a_file_that_is_no_database_of_mlflow_is_refused(tmp_path):
    (tmp_path / "mlflow.db").write_text("no database, " * 100)
    with pytest.raises(tracking.TrackingError):
        registered_versions(tmp_path)
