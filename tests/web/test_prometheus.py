"""What is counted, worker by worker, and how Prometheus is told."""

import mmap

import numpy as np
import pytest

from credit.web.prometheus import Metrics

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


def test_a_stretch_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="too short"):
        Metrics(["/score"]).share(mmap.mmap(-1, 1024), 2, 0)


def test_the_text_is_one_that_prometheus_reads():
    parser = pytest.importorskip("prometheus_client.parser")
    metrics = Metrics(["/score"])
    metrics.request("/score", 200, 0.1)
    metrics.scored(["refuse"], np.array([0.5]), np.array([0.0]))
    families = {family.name: family for family in parser.text_string_to_metric_families(metrics.exposition(INFO, 0.16))}
    assert families["credit_requests"].type == "counter"
    assert families["credit_probability_of_default"].type == "histogram"
    assert families["credit_model_info"].samples[0].labels == INFO
    assert families["credit_threshold"].samples[0].value == 0.16
