"""Reviews in GET /drift: each is in the next answer."""

from threading import Event, Timer

from support.watched import bodies, clients, looked

HTML = {"Accept": "text/html,*/*;q=0.8"}


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
