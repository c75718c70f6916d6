"""GET /drift, as a caller sees it, and what Prometheus is told."""

import subprocess
import sys
import threading

import pytest
from markupsafe import escape
from support.watched import COLUMNS, MANIFEST, bodies, clients, looked

from credit.decision_log import LogError
from credit.model import BundleError, load_bundle, rewrite_bundle, save_bundle
from credit.monitoring import Profile
from credit.monitoring.alarms import alarms
from credit.monitoring.background import Watch
from credit.monitoring.window import Window
from credit.web.application import create_app

HTML = {"Accept": "text/html,*/*;q=0.8"}


def test_the_same_clients_are_stable(client):
    client.post("/score", json=bodies(clients(400, 1)))
    found = looked(client)
    assert found["status"] == "ready"
    assert (found["drift"]["level"], found["drift"]["clients"], found["drift"]["before"]) == ("stable", 400, 4000)
    assert found["alarms"] == []
    assert found["note"] is None
    assert found["costs"]["total"]["clients"] == 400


def test_other_clients_are_told(client):
    client.post("/score", json=bodies(clients(400, 1, shift=-1)))
    found = looked(client)
    assert found["drift"]["level"] == "drifted"
    assert found["drift"]["features"][0]["feature"] == "EXT_SOURCE_2"
    assert found["drift"]["probability"] > 0.25
    assert found["drift"]["score"] == max(found["drift"]["probability"], found["drift"]["weighted"])
    assert [one["kind"] for one in found["alarms"]][:2] == ["model", "features"]
    for query, language in (("", "en"), ("?lang=fr", "fr")):
        client.application.extensions["service"].watch._every = 3600
        page = client.get(f"/drift{query}", headers=HTML).text
        look = client.application.extensions["service"].watch.ask()
        sentences = [one.text for one in alarms(look.drift, look.costs, language)]
        assert sentences
        assert all(str(escape(one)) in page for one in sentences)
    assert "Ce que lit le modèle est" in page


def test_a_muted_alarm_is_said_once_by_its_code_and_does_not_count(bundle, tmp_path):
    made = create_app(
        bundle, database=tmp_path / "decisions.db", log_requests=False, muted_alarms=frozenset(("features", "texts"))
    )
    made.extensions["service"].watch._every = 0
    muting = made.test_client()
    muting.post("/score", json=bodies(clients(400, 1, shift=-1)))
    found = looked(muting)
    kinds = [one["kind"] for one in found["alarms"]]
    assert "model" in kinds
    assert "features" not in kinds
    assert found["muted_alarms"] == ["features"]  # texts are muted, and nothing is to be said of them
    made.extensions["service"].watch._every = 3600
    for query, sentence in (
        ("", "Alarms that are raised and muted: features."),
        ("?lang=fr", "Alertes levées et rendues muettes\u00a0: features."),
    ):
        assert muting.get(f"/drift{query}", headers=HTML).text.count(sentence) == 1
    lines = dict(line.rsplit(" ", 1) for line in muting.get("/metrics").text.splitlines() if line[0] != "#")
    assert lines["credit_drift_muted_alarms"] == "1"
    assert lines["credit_drift_alarms"] == str(len(kinds))


def test_only_the_window_is_looked_at(client):
    client.post("/predict", json=bodies(clients(300, 1, shift=-0.8)))
    client.post("/predict", json=bodies(clients(300, 2), first=1000))
    assert looked(client, "?last=300")["drift"]["level"] == "stable"
    both = looked(client, "?last=600")
    assert (both["drift"]["level"], both["drift"]["clients"]) == ("moved", 600)
    assert looked(client, "?days=1.0")["drift"]["clients"] == 600
    assert both["window"] == {"last": 600, "days": None}


def test_a_client_counts_once_with_the_newest_decision(client):
    for shift in (-3, 0):
        client.post("/predict", json=bodies(clients(200, 1, shift)))
    found = looked(client)
    assert (found["drift"]["clients"], found["drift"]["level"]) == (200, "stable")


def test_erased_inputs_are_not_looked_at(client):
    client.post("/predict", json=bodies(clients(3, 1)))
    client.delete("/data/2")
    found = looked(client)
    assert found["drift"]["clients"] == 2
    assert (found["costs"]["total"]["clients"], found["costs"]["total"]["counted"]) == (3, 2)


def test_a_page_for_browsers(client):
    client.post("/predict", json=bodies(clients(300, 1, shift=-1)))
    looked(client)
    answer = client.get("/drift", headers=HTML)
    assert answer.mimetype == "text/html"
    assert 'is <span class="level">drifted</span>' in answer.text
    assert "EXT_SOURCE_2" in answer.text
    assert "<script" not in answer.text
    assert "http" not in answer.text
    assert client.get("/drift", headers={"Accept": "image/png"}).status_code == 406


def test_without_decisions_there_is_nothing_to_compare(client):
    found = looked(client)
    assert (found["drift"], found["costs"]) == (None, None)
    assert "no decision of this window" in found["note"]


def test_a_bundle_without_a_profile_serves_and_says_so(fitted, tmp_path):
    bundle = save_bundle(tmp_path / "bundle", fitted, COLUMNS, 0.16, MANIFEST)
    client = create_app(bundle, database=tmp_path / "decisions.db", log_requests=False).test_client()
    client.application.extensions["service"].watch._every = 0
    assert client.post("/predict", json=bodies(clients(5, 1))).status_code == 200
    found = looked(client)
    assert found["drift"] is None
    assert "without a profile" in found["note"]
    assert found["costs"]["total"]["clients"] == 5
    assert "without a profile" in client.get("/drift", headers=HTML).text


@pytest.mark.parametrize("wrong", ["version", "columns"])
def test_a_profile_that_cannot_be_used_is_told_as_such(fitted, tmp_path, wrong):
    columns = COLUMNS if wrong == "version" else [*COLUMNS[:-1], "FLAG_PHONE"]
    made = Profile.of(columns, clients(100, 8)).written()
    if wrong == "version":
        made = made.replace(b'"format":1', b'"format":2')
    bundle = save_bundle(tmp_path / "bundle", fitted, COLUMNS, 0.16, MANIFEST, profile=made)
    found = looked(create_app(bundle, database=tmp_path / "decisions.db", log_requests=False).test_client())
    said = "its format is 2, and this version reads 1" if wrong == "version" else "of other features than the model"
    assert said in found["note"]
    assert "without a profile" not in found["note"]


def test_a_look_is_never_worked_out_by_who_asks(client, monkeypatch):
    client.post("/predict", json=bodies(clients(5, 1)))
    here = threading.get_ident()
    seen = []
    watch = client.application.extensions["service"].watch
    look = watch.look
    monkeypatch.setattr(watch, "look", lambda window: seen.append(threading.get_ident()) or look(window))
    assert looked(client)["status"] == "ready"
    client.get("/metrics")
    assert seen
    assert here not in seen


@pytest.mark.parametrize("query", ["last=0", "last=x", "last=100001", "last=", "days=-1", "last=1&last=2"])
def test_what_is_no_window_is_told(client, query):
    assert client.get(f"/drift?{query}").status_code == 400


def test_a_request_that_scores_starts_no_look(client):
    watch = client.application.extensions["service"].watch
    client.post("/score", json=bodies(clients(5, 1)))
    assert (watch._found, watch._running) == ({}, set())


def test_a_log_that_is_away_is_told_and_looked_at_again(bundle, client, monkeypatch):
    here = client.application.extensions["service"]

    def away(*_):
        raise LogError("it is away")

    with monkeypatch.context() as patched:
        patched.setattr("credit.monitoring.background.decided", away)
        assert client.get("/drift").status_code == 503
    client.post("/predict", json=bodies(clients(5, 1)))
    assert looked(client)["status"] == "ready"
    assert Watch(here.scorer, "none", None).ask(Window()) is None


def test_prometheus_is_told_once_there_was_a_look(client):
    client.post("/predict", json=bodies(clients(300, 1, shift=-1)))
    looked(client)
    text = client.get("/metrics").text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(lines["credit_drift_score"]) > 0.25
    assert lines['credit_drift_features{level="drifted"}'] == "1"
    assert lines["credit_drift_decisions"] == "300"
    assert float(lines["credit_drift_alarms"]) >= 2
    assert "# TYPE credit_drift_score gauge" in text


def test_a_profile_that_was_changed_is_refused(bundle, tmp_path):
    import shutil

    copy = shutil.copytree(bundle, tmp_path / "copy")
    (copy / "profile.json").write_bytes(b"{}")
    with pytest.raises(BundleError, match=r"profile\.json was changed"):
        load_bundle(copy)
    (copy / "profile.json").unlink()
    with pytest.raises(BundleError, match=r"profile\.json is missing"):
        load_bundle(copy)


def test_a_new_threshold_keeps_the_profile(bundle, tmp_path):
    import shutil

    copy = shutil.copytree(bundle, tmp_path / "copy")
    rewrite_bundle(copy, 0.2, lambda manifest: manifest)
    assert load_bundle(copy).manifest["files"]["profile.json"] == load_bundle(bundle).manifest["files"]["profile.json"]


def test_watching_imports_nothing_of_the_training():
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('pandas', 'pyarrow'))); import lightgbm; "
        "import credit.monitoring.background, credit.monitoring.report_page; "
        "import credit.web.routes.drift, credit.web.routes.outcomes; "
        "print([name for name in ('evidently', 'matplotlib', 'mlflow', 'plotly') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
