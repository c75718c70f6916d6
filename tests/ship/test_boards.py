"""What Prometheus and Grafana ask for: held against what /metrics tells, label by label."""

import json
import re

import pytest
import yaml
from support.bank_rules import rule, written
from support.logged import decision, referred
from support.shipped import ROOT

from credit.decision_log.review_rulings import Ruling
from credit.decision_log.reviews import decide
from credit.web.application import create_app
from credit.web.responses import paths

BOARD = json.loads((ROOT / "deploy/grafana/dashboards/credit.json").read_text())
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What /metrics tells of a server that has answered on every route and logged reviews: metric, label, values."""
    folder = tmp_path_factory.mktemp("boards")
    rules = written(folder / "rules.toml", rule())
    app = create_app(database=folder / "decisions.db", log_requests=False, rules=rules)
    service = app.extensions["service"]
    for route in paths(app):
        service.metrics.request(route, 200, 0.01)
    service.log.record([referred(1), decision(2)])
    decide(service.log, 1, Ruling("accept", "as_scored"), "maria", "r")
    decide(service.log, 2, Ruling("accept", "income_confirmed"), "tom", "r")
    assert service.watch.ask(patience=60) is not None
    text = app.test_client().get("/metrics").text
    service.log.close()
    found = {}
    for name, labels in re.findall(r"^(credit_\w+)(?:\{(.*)\})? \S+$", text, re.MULTILINE):
        of_metric = found.setdefault(name, {})
        for label, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels):
            of_metric.setdefault(label, set()).add(value)
    return found


def amiss(expression, legend, told):
    """What is wrong with an expression of Prometheus's, of the forms that are used here."""
    (job,) = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yaml").read_text())["scrape_configs"]
    known = {"up": {"job": {job["job_name"]}}, **told}
    wrong, labels = [], set()
    for name, matchers in re.findall(r"\b(credit_\w+|up)\b(?:\{([^}]*)\})?", expression):
        of_metric = known.get(name, {})
        wrong += [f"no metric {name}"] * (name not in known)
        labels |= of_metric.keys()
        pairs = re.findall(r'(\w+)\s*=(~?)\s*"([^"]*)"', matchers)
        assert len(pairs) == matchers.count("=")
        for label, tilde, value in pairs:
            for one in value.split("|") if tilde else [value]:
                wrong += [f"{name} has no {label} {one}"] * (one not in of_metric.get(label, ()))
    by = [label for group in re.findall(r"\bby \(([^)]*)\)", expression) for label in re.split(r"\s*,\s*", group)]
    wrong += [f"by {label}" for label in by if label not in labels]
    shown = re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", legend)
    kept = (set(by) - ({"le"} if "histogram_quantile" in expression else set())) if "sum" in expression else labels
    wrong += [f"{label} is shown, and not kept" for label in shown if label not in kept]
    if "histogram_quantile" in expression and "le" not in by:
        wrong.append("a quantile of buckets that were added up over le")
    wrong += [f"{a} and {b} differ" for a, b in ("()", "[]", "{}") if expression.count(a) != expression.count(b)]
    return wrong


def expressions():
    """(expression, the text that shows labels of it) of every alert and panel."""
    alerts = [(one["expr"], one["annotations"]["summary"]) for group in ALERTS["groups"] for one in group["rules"]]
    return [*alerts, *((one["expr"], one["legendFormat"]) for panel in BOARD["panels"] for one in panel["targets"])]


def test_alerts_have_a_sentence_for_whoever_is_woken():
    for group in ALERTS["groups"]:
        for alert in group["rules"]:
            assert set(alert) <= {"alert", "expr", "for", "labels", "annotations"}
            assert alert["labels"]["severity"] in ("page", "look")
            assert alert["annotations"]["summary"].endswith(".")


@pytest.mark.parametrize(("expression", "legend"), expressions())
def test_dashboard_and_alerts_ask_for_metrics_labels_and_values_that_there_are(told, expression, legend):
    assert amiss(expression, legend, told) == []


@pytest.mark.parametrize(
    ("expression", "legend", "wrong"),
    [
        ("sum by (path) (rate(credit_requests_total[5m]))", "", ["by path"]),
        ('rate(credit_requests_total{route="/predct"}[5m])', "", ["credit_requests_total has no route /predct"]),
        (
            'rate(credit_requests_total{route=~"/predict|/scores"}[5m])',
            "",
            ["credit_requests_total has no route /scores"],
        ),
        ('credit_requests_total{path="/score"}', "", ["credit_requests_total has no path /score"]),
        ('credit_errors_total{kind="log gone"}', "", ["credit_errors_total has no kind log gone"]),
        ("credit_request_total", "", ["no metric credit_request_total"]),
        ('up{job="credits"} == 0', "", ["up has no job credits"]),
        ("sum by (route) (credit_requests_total)", "{{status}}", ["status is shown, and not kept"]),
        (
            "histogram_quantile(0.99, sum by (route) (rate(credit_request_seconds_bucket[5m])))",
            "",
            ["a quantile of buckets that were added up over le"],
        ),
        ("sum(rate(credit_requests_total[5m])", "", ["( and ) differ"]),
    ],
)
def test_what_is_amiss_with_an_expression_is_found(told, expression, legend, wrong):
    assert amiss(expression, legend, told) == wrong


def test_the_dashboard_lies_on_its_grid_and_asks_the_provisioned_source():
    source = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yaml").read_text())
    (one,) = source["datasources"]
    taken, ids = set(), set()
    for panel in BOARD["panels"]:
        assert panel["datasource"]["uid"] == one["uid"]
        assert all(target["datasource"]["uid"] == one["uid"] for target in panel["targets"])
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        assert panel["id"] not in ids
        taken |= cells
        ids.add(panel["id"])
    provider = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/credit.yaml").read_text())
    assert provider["providers"][0]["options"]["path"] == "/var/lib/dashboards"
    assert "./deploy/grafana/dashboards:/var/lib/dashboards:ro" in (ROOT / "compose.yaml").read_text()
