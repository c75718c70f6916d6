"""What is counted, worker by worker, and how Prometheus is told."""

import mmap
import re

import numpy as np
import pytest
from support.server import ROOT

from credit.decision.rule_decisions import RuleDecision
from credit.web.application import create_app
from credit.web.prometheus import MOST_RULES, Metrics
from credit.web.responses import paths

INFO = {"name": 'A "model"', "hash": "0"}


def told(metrics):
    lines = metrics.exposition(INFO, 0.16).splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_requests_are_counted_by_route_and_status_and_errors_by_kind():
    metrics = Metrics(["/predict"])
    for status in (200, 200, 422, 418):
        metrics.request("/predict", status, 0.5)
    metrics.request("/nothing", 404, 0.5)
    found = told(metrics)
    assert found['credit_requests_total{route="/predict",status="200"}'] == "2"
    assert found['credit_requests_total{route="/predict",status="other"}'] == "1"
    assert found['credit_requests_total{route="none",status="404"}'] == "1"
    assert found['credit_errors_total{kind="refused values"}'] == "1"
    assert found['credit_errors_total{kind="not found"}'] == "1"
    assert found['credit_errors_total{kind="other"}'] == "1"
    assert found['credit_errors_total{kind="unexpected"}'] == "0"


def test_seconds_fall_into_buckets_that_add_up():
    metrics = Metrics(["/predict"])
    for seconds in (0.0005, 0.001, 0.003, 20.0):
        metrics.request("/predict", 200, seconds)
    found = told(metrics)
    bucket = 'credit_request_seconds_bucket{{route="/predict",le="{}"}}'.format
    # An upper end belongs to its bucket; what lies beyond all is in +Inf alone.
    assert [found[bucket(end)] for end in ("0.001", "0.0025", "0.005", "10", "+Inf")] == ["2", "2", "3", "3", "4"]
    assert found['credit_request_seconds_count{route="/predict"}'] == "4"
    assert float(found['credit_request_seconds_sum{route="/predict"}']) == pytest.approx(20.0045)


@pytest.mark.parametrize("at_once", [True, False])
def test_one_client_counts_as_one_of_many(at_once):
    metrics = Metrics([])
    decisions, p, missing = ["accept", "refer", "accept"], np.array([0.01, 0.16, 1.0]), np.array([0.0, 0.25, 1.0])
    if at_once:
        metrics.scored(decisions, p, missing)
    else:
        for i in range(3):
            metrics.scored(decisions[i : i + 1], p[i : i + 1], missing[i : i + 1])
    found = told(metrics)
    assert [found[f'credit_decisions_total{{decision="{one}"}}'] for one in ("accept", "refer", "refuse")] == [
        "2",
        "1",
        "0",
    ]
    bucket = 'credit_probability_of_default_bucket{{le="{}"}}'.format
    assert [found[bucket(end)] for end in ("0.01", "0.12", "0.16", "0.7", "1", "+Inf")] == [
        "1",
        "1",
        "2",
        "2",
        "3",
        "3",
    ]
    assert float(found["credit_probability_of_default_sum"]) == pytest.approx(1.17)
    bucket = 'credit_missing_share_bucket{{le="{}"}}'.format
    assert [found[bucket(end)] for end in ("0", "0.2", "0.3", "1")] == ["1", "1", "2", "3"]
    assert float(found["credit_missing_share_sum"]) == 1.25


def test_workers_with_one_memory_are_told_as_a_sum():
    memory = mmap.mmap(-1, 2 * 8192)
    first, second = Metrics(["/score"]), Metrics(["/score"])
    first.share(memory, 2, 1)
    second.share(memory, 2, 2)
    first.request("/score", 200, 0.1)
    second.request("/score", 200, 0.1)
    second.scored(["refuse"], np.array([0.5]), np.array([0.0]))
    for one in (first, second):
        assert told(one)['credit_requests_total{route="/score",status="200"}'] == "2"
        assert told(one)['credit_decisions_total{decision="refuse"}'] == "1"
    successor = Metrics(["/score"])
    successor.share(memory, 2, 3)  # the third worker takes over from the first
    successor.request("/score", 200, 0.1)
    assert told(second)['credit_requests_total{route="/score",status="200"}'] == "3"


RULES = (("of_age", "refuse"), ("of_age", "refer"), ("large", "refer"))
OF_AGE = RuleDecision("of_age", "before", "refuse", False, ("of_age",))
NOT_KNOWN = RuleDecision("of_age", "before", "refer", True, ("of_age",))


def by_rule(metrics):
    """Rule and decision -> so many."""
    found = {}
    for line in metrics.exposition(INFO, 0.16).splitlines():
        if line.startswith("credit_rule_decisions_total{"):
            labels, count = line.removeprefix("credit_rule_decisions_total{").split("} ")
            rule, decision = (part.split("=")[1].strip('"') for part in labels.split(","))
            found[rule, decision] = int(count)
    return found


def scored(metrics, *rule_decisions):
    n = len(rule_decisions)
    metrics.scored(["refuse"] * n, np.full(n, 0.5), np.zeros(n), rule_decisions)


def test_decisions_are_counted_by_the_rule_that_made_them():
    metrics = Metrics([], RULES)
    assert by_rule(metrics) == dict.fromkeys(RULES, 0)
    scored(metrics, OF_AGE)
    scored(metrics, OF_AGE, None, NOT_KNOWN, OF_AGE)
    scored(metrics, None)
    assert by_rule(metrics) == {("of_age", "refuse"): 3, ("of_age", "refer"): 1, ("large", "refer"): 0}
    assert told(metrics)['credit_decisions_total{decision="refuse"}'] == "6"
    assert "credit_rule" not in Metrics([]).exposition(INFO, 0.16)


def test_a_file_of_very_many_rules_makes_no_label_beyond_the_most_and_fits_into_a_workers_stretch():
    # What gunicorn's module makes when it is imported lives as long as a server.
    source = (ROOT / "credit/web/gunicorn_worker.py").read_text()
    stretch = int(re.search(r"^_STRETCHES, _BYTES = MOST_WORKERS, ([\d_]+)$", source, re.MULTILINE)[1])
    many = [(f"rule_{number}", "refuse") for number in range(MOST_RULES + 5)]
    metrics = Metrics(paths(create_app(database=None)), many)
    metrics.share(mmap.mmap(-1, stretch), 1, 0)
    for name in ("rule_0", f"rule_{MOST_RULES}", f"rule_{MOST_RULES + 4}"):
        scored(metrics, RuleDecision(name, "before", "refuse", False, (name,)))
    found = by_rule(metrics)
    assert len(found) == MOST_RULES + 1
    assert {rule: count for (rule, _), count in found.items() if count} == {"rule_0": 1, "(others)": 2}


def test_workers_add_up_the_rules_that_they_share_and_no_others():
    memory = mmap.mmap(-1, 2 * 8192)
    first, second = Metrics(["/score"], RULES), Metrics(["/score"], RULES)
    first.share(memory, 2, 1)
    second.share(memory, 2, 2)
    scored(first, OF_AGE)
    scored(second, OF_AGE)
    assert by_rule(first)["of_age", "refuse"] == by_rule(second)["of_age", "refuse"] == 2
    # The file was changed, and a worker that starts has read the new one: it takes over requests, and no rule's counts.
    changed = Metrics(["/score"], RULES[2:])
    changed.share(memory, 2, 3)
    assert by_rule(changed) == {("large", "refer"): 0}
    assert by_rule(second)["of_age", "refuse"] == 1
    assert told(changed)['credit_decisions_total{decision="refuse"}'] == "2"
    same = Metrics(["/score"], RULES)
    same.share(memory, 2, 4)
    assert by_rule(same)["of_age", "refuse"] == 1


def test_a_stretch_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="too short"):
        Metrics(["/score"]).share(mmap.mmap(-1, 1024), 2, 0)


def test_the_text_is_one_that_prometheus_reads():
    parser = pytest.importorskip("prometheus_client.parser")
    metrics = Metrics(["/score"], RULES)
    metrics.request("/score", 200, 0.1)
    metrics.scored(["refuse"], np.array([0.5]), np.array([0.0]), [OF_AGE])
    families = {family.name: family for family in parser.text_string_to_metric_families(metrics.exposition(INFO, 0.16))}
    assert families["credit_requests"].type == "counter"
    assert families["credit_probability_of_default"].type == "histogram"
    assert families["credit_model_info"].samples[0].labels == INFO
    assert families["credit_threshold"].samples[0].value == 0.16
    assert families["credit_rule_decisions"].samples[0].labels == {"rule": "of_age", "decision": "refuse"}


def exemplars(text):
    """(name, labels) -> decision and value of each exemplar, as Prometheus's own parser of OpenMetrics reads it."""
    openmetrics = pytest.importorskip("prometheus_client.openmetrics.parser")
    families = openmetrics.text_string_to_metric_families(text)
    return {
        (one.name, tuple(sorted(one.labels.items()))): (one.exemplar.labels, one.exemplar.value)
        for family in families
        for one in family.samples
        if one.exemplar
    }


def test_counts_lead_to_the_newest_decision_in_them():
    memory = mmap.mmap(-1, 2 * 8192)
    first, second = Metrics(["/score"], RULES), Metrics(["/score"], RULES)
    first.share(memory, 2, 1)
    second.share(memory, 2, 2)
    first.request("/score", 200, 0.01)
    first.scored(["refuse", "accept", "refuse"], np.array([0.3, 0.015, 0.3]), np.array([0.0, 0.2, 1.0]), (), [7, 8, 9])
    second.scored(["accept"], np.array([0.015]), np.array([0.15]), (), [12])
    first.scored(["accept"], np.array([0.015]), np.array([0.2]))  # without a log there is no number
    assert " # " not in first.exposition(INFO, 0.16)
    text = first.exposition(INFO, 0.16, open_metrics=True)
    assert exemplars(text) == {
        ("credit_decisions_total", (("decision", "accept"),)): ({"decision_id": "12"}, 1.0),
        ("credit_decisions_total", (("decision", "refuse"),)): ({"decision_id": "9"}, 1.0),
        ("credit_probability_of_default_bucket", (("le", "0.02"),)): ({"decision_id": "12"}, 0.02),
        ("credit_probability_of_default_bucket", (("le", "0.3"),)): ({"decision_id": "9"}, 0.3),
        ("credit_missing_share_bucket", (("le", "0"),)): ({"decision_id": "7"}, 0.0),
        ("credit_missing_share_bucket", (("le", "0.2"),)): ({"decision_id": "12"}, 0.2),
        ("credit_missing_share_bucket", (("le", "1"),)): ({"decision_id": "9"}, 1.0),
    }


#: As Prometheus 3 sends it.
ACCEPT = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


def test_prometheus_gets_exemplars_and_a_browser_plain_text(client):
    sent = {"SK_ID_CURR": 5, "AMT_CREDIT": 1000.5, "EXT_SOURCE_2": None, "DAYS_BIRTH": -9000}
    for number in range(3):
        assert client.post("/predict", json={**sent, "SK_ID_CURR": number}).status_code == 200
    last = client.get("/data").json["data"][0]["id"]
    told = client.get("/metrics", headers={"Accept": ACCEPT})
    assert told.content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    found = exemplars(told.text)
    assert {labels["decision_id"] for labels, _ in found.values()} == {str(last)}
    assert ("credit_decisions_total", (("decision", "refuse"),)) in found
    for accept in (None, "*/*", "text/plain", "text/html,*/*;q=0.8"):
        plain = client.get("/metrics", headers={} if accept is None else {"Accept": accept})
        assert plain.content_type == "text/plain; version=0.0.4; charset=utf-8"
        assert " # " not in plain.text
