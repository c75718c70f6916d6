"""GET /drift and POST /outcomes, as a caller sees them, and what Prometheus is told."""

import hashlib
import subprocess
import sys
import threading
import time
from threading import Event, Timer

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from markupsafe import escape

from credit.decision_log import LogError
from credit.model import BundleError, load_bundle, rewrite_bundle, save_bundle
from credit.monitoring import Profile
from credit.monitoring.alarms import alarms
from credit.monitoring.background import Watch
from credit.monitoring.window import Window
from credit.web.application import create_app
from credit.web.auth import Callers

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_2", "FLAG_EMAIL"]
MANIFEST = {
    "data": {"simulated": True},
    "model": {"name": "Small"},
    "costs": {"margin": 0.19, "loss_given_default": 1.0},
    "features": {"contribution": {"EXT_SOURCE_2": 0.9, "AMT_CREDIT": 0.1}},
}
HTML = {"Accept": "text/html,*/*;q=0.8"}


def clients(n, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    scores = np.clip(0.5 + rng.normal(shift, 1, n) / 10, 0, 1)
    return np.column_stack([rng.uniform(1e5, 1e6, n), scores, rng.integers(0, 2, n)])


def bodies(X, first=1):
    return [{"SK_ID_CURR": first + k, **dict(zip(COLUMNS, row, strict=True))} for k, row in enumerate(X.tolist())]


@pytest.fixture(scope="module")
def fitted():
    X = clients(2000, 5)
    y = np.random.default_rng(6).random(2000) < 1 / (1 + np.exp(2 + (10 * X[:, 1] - 5)))
    return LGBMClassifier(n_estimators=20, num_leaves=4, verbose=-1, n_jobs=1).fit(X, y.astype(int))


@pytest.fixture(scope="module")
def bundle(fitted, tmp_path_factory):
    p = fitted.predict_proba(clients(2000, 7))[:, 1]
    made = Profile.of(COLUMNS, clients(4000, 8), p).written()
    return save_bundle(tmp_path_factory.mktemp("drift") / "bundle", fitted, COLUMNS, 0.16, MANIFEST, profile=made)


@pytest.fixture
def client(bundle, tmp_path):
    made = create_app(bundle, database=tmp_path / "decisions.db", log_requests=False)
    made.extensions["service"].watch._every = 0
    return made.test_client()


def looked(client, query=""):
    """What a look finds that began after now."""
    watch = client.application.extensions["service"].watch
    before = client.get(f"/drift{query}").json
    until = time.monotonic() + 120
    while watch._running:
        assert time.monotonic() < until
        time.sleep(0.01)
    if before["status"] == "ready":
        watch._every = 3600  # what was found is told, and no other look begins
        found = client.get(f"/drift{query}").json
        watch._every = 0
        return found
    return looked(client, query)


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
        ("?lang=fr", "Alertes levées et rendues muettes : features."),
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


def test_outcomes_are_told_and_seen(client):
    client.post("/score", json=bodies(clients(200, 1)))
    told = [{"client": 1 + k, "defaulted": k % 10 == 0} for k in range(199)] + [{"decision": 200, "defaulted": True}]
    assert client.post("/outcomes", json=told).json == {"received": 200, "new": 200, "told": 200}
    assert client.post("/outcomes", json=told).json == {"received": 200, "new": 0, "told": 200}
    real = looked(client)["costs"]["total"]["realised"]
    assert (real["clients"], real["default_rate"]) == (200, 21 / 200)


def test_outcomes_of_unknown_clients_are_refused_by_name(client):
    client.post("/predict", json=bodies(clients(2, 1)))
    answer = client.post("/outcomes", json=[{"client": 1, "defaulted": True}, {"client": 99, "defaulted": True}])
    assert answer.status_code == 404
    assert "client n° 99" in answer.json["error"]
    assert "client n° 1," not in answer.json["error"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, None),
        (b"[]", 422, None),
        (b"{}", 422, ""),
        (b'[{"client": 1}]', 422, "[0]"),
        (b'[{"defaulted": true}]', 422, "[0]"),
        (b'[{"client": 1, "decision": 1, "defaulted": true}]', 422, "[0]"),
        (b'[{"client": 1, "defaulted": 1}]', 422, "[0].defaulted"),
        (b'[{"client": -1, "defaulted": true}]', 422, "[0].client"),
        (b'[{"client": 1, "defaulted": true, "why": 1}]', 422, "[0]"),
    ],
)
def test_what_is_wrong_with_a_body_is_told(client, body, status, field):
    client.post("/predict", json=bodies(clients(1, 1)))
    answer = client.post("/outcomes", data=body, content_type="application/json")
    assert answer.status_code == status
    if field is not None:
        assert answer.json["details"][0]["field"] == field


def test_keys_are_wanted_where_they_are_known(bundle, tmp_path):
    keys = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("ann", "bob")}
    client = create_app(bundle, tmp_path / "decisions.db", Callers(keys), log_requests=False).test_client()
    told = [{"client": 1, "defaulted": True}]
    ann, bob = ({"Authorization": f"Bearer {name}"} for name in keys)
    client.post("/predict", json=bodies(clients(1, 1)), headers=ann)
    assert client.get("/drift").status_code == 401
    assert client.post("/outcomes", json=told).status_code == 401
    assert client.post("/outcomes", json=told, headers=bob).status_code == 404
    assert client.post("/outcomes", json=told, headers=ann).status_code == 200


def test_without_keys_outcomes_come_from_this_machine(client):
    client.post("/predict", json=bodies(clients(1, 1)))
    away = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.post("/outcomes", json=[{"client": 1, "defaulted": True}], environ_base=away).status_code == 403


def test_what_was_told_of_a_client_is_erased_with_the_inputs(client):
    client.post("/predict", json=bodies(clients(1, 1)))
    client.post("/outcomes", json=[{"client": 1, "defaulted": True}])
    client.delete("/data/1")
    assert looked(client)["costs"]["total"]["realised"] is None


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


def overridden(client, scored) -> None:
    number = next(one["decision_id"] for one in scored if one["decision"] == "accept")
    verdict = {"verdict": "refuse", "reason": "documents_missing"}
    assert client.post(f"/reviews/{number}", json=verdict).status_code == 200


def test_a_review_is_in_the_next_answer_and_the_clients_are_not_read_again(client, monkeypatch):
    scored = client.post("/score", json=bodies(clients(50, 1))).json["scores"]
    before = looked(client)
    assert before["reviews"]["total"]["overrides"]["count"] == 0
    watch = client.application.extensions["service"].watch
    watch._every = 3600  # what was found is not old, but behind
    overridden(client, scored)
    monkeypatch.setattr("credit.web.routes.drift.PATIENCE", 60.0)
    monkeypatch.setattr("credit.monitoring.background.drift_in_log", None)
    after = client.get("/drift").json
    assert after["reviews"]["total"]["overrides"]["count"] == 1
    assert (after["drift"], after["time"]) == (before["drift"], before["time"])
    assert "Refresh" not in client.get("/drift", headers=HTML).headers


def test_a_review_that_comes_during_a_look_is_in_the_next_answer(client, monkeypatch):
    scored = client.post("/score", json=bodies(clients(50, 1))).json["scores"]
    looked(client)
    service = client.application.extensions["service"]
    service.watch._every = 3600
    begun, go_on, look = Event(), Event(), service.watch.look_at_reviews

    def slow(before):
        found = look(before)
        begun.set()
        assert go_on.wait(60)
        return found

    monkeypatch.setattr(service.watch, "look_at_reviews", slow)
    client.post(f"/reviews/{scored[0]['decision_id']}/reopen", json={"reason": "client_disagrees"})
    service.watch.ask()  # begins a look, which the next review is not in
    assert begun.wait(60)
    overridden(client, scored)
    Timer(0.2, go_on.set).start()
    found = service.watch.ask(patience=60)
    assert found.reviews.total.overrides.count == 1


def test_a_page_that_is_behind_the_reviews_says_so_and_asks_again(client, monkeypatch):
    scored = client.post("/score", json=bodies(clients(50, 1))).json["scores"]
    looked(client)
    watch = client.application.extensions["service"].watch
    watch._every = 3600
    monkeypatch.setattr("credit.web.routes.drift.PATIENCE", 0.0)
    monkeypatch.setattr(watch, "_start", lambda window: None)  # a look that takes long
    assert "Refresh" not in client.get("/drift", headers=HTML).headers
    number = next(one["decision_id"] for one in scored if one["decision"] == "accept")
    client.post(f"/reviews/{number}/reopen", json={"reason": "client_disagrees"})
    page = client.get("/drift", headers=HTML)
    assert page.headers["Refresh"] == "5"
    assert "People have decided since" in page.text
