"""POST /outcomes, as a caller sees it."""

import hashlib

import pytest
from support.watched import bodies, clients, looked

from credit.web.application import create_app
from credit.web.auth import Callers


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
