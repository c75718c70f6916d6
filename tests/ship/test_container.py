"""Dockerfile, compose.yaml and what Prometheus and Grafana are given: linted, and held against what the service has.

There is no Docker where these tests run; ci.yml builds the image, starts it and asks it.
"""

import json
import re
import subprocess

import pytest
import yaml
from shipped import ROOT, tool, tracked

from credit.metrics import Metrics
from credit.settings import Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text()
BOARD = json.loads((ROOT / "deploy/grafana/dashboards/credit.json").read_text())
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def told():
    """The metrics of a server that has answered of everything: name -> its labels' names and values."""
    metrics = Metrics(["/predict", "/score"])
    text = metrics.told({"name": "m", "hash": "h"}, 0.16)
    names = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    return text, names


def expressions():
    alerts = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
    return [*alerts, *(target["expr"] for panel in BOARD["panels"] for target in panel["targets"])]


def test_hadolint_finds_nothing():
    done = subprocess.run([tool("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_would_find_something(tmp_path):
    bad = tmp_path / "Dockerfile"
    bad.write_text(DOCKERFILE.replace("python:3.11-slim-bookworm", "python").replace("WORKDIR /app", "WORKDIR app"))
    done = subprocess.run([tool("hadolint"), bad], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "DL3000" in done.stdout


def test_the_image_has_stages_a_user_without_rights_and_a_health_check():
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(stages) == 2
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert "pip" not in last.replace("pipefail", "")
    assert re.search(r"^HEALTHCHECK .*\\\n +CMD \[", last, re.MULTILINE)
    assert "/ready" in last
    assert "--require-hashes" in DOCKERFILE
    assert "curl" not in DOCKERFILE


def test_the_image_starts_what_the_procfile_starts():
    (command,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    web = re.search(r"^web: (?:env TRUST_PROXY=1 )?(.*)$", (ROOT / "Procfile").read_text(), re.MULTILINE)[1]
    assert json.loads(command) == web.split()  # no proxy in front of a container is to be believed unasked


def test_all_that_is_copied_is_there_and_let_through():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert names >= {"requirements.txt", "app.py", "gunicorn.conf.py", "credit", "templates", "mlruns_reduced"}
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    for name in names:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in let_through
    assert "*" in let_through
    for name in {file.parts[0] for file in tracked()} & {"static", "templates", "mlruns_reduced", "credit"}:
        assert name in names, f"the image lacks {name}/"


def test_the_services_of_compose_are_confined(compose):
    for name in ("release", "service", "prometheus", "grafana"):
        one = compose["services"][name]
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in one["security_opt"], name
    ports = [port for one in compose["services"].values() for port in one.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert compose["networks"]["inside"] == {"internal": True}


def test_no_password_stands_in_compose(compose):
    text = (ROOT / "compose.yaml").read_text()
    wanted = re.findall(r"\$\{(\w+):\?", text)
    assert set(wanted) == {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD", "API_KEYS"}
    example = (ROOT / "deploy/example.env").read_text()
    for name in {*wanted, *(secret["environment"] for secret in compose["secrets"].values())}:
        assert re.search(rf"^{name}=$", example, re.MULTILINE), name
    assert "/.env" in (ROOT / ".gitignore").read_text().splitlines()


def test_names_that_compose_uses_are_made_by_it(compose):
    services = compose["services"]
    for name, one in services.items():
        waits = one.get("depends_on", {})
        assert set(waits) <= set(services), name
        assert set(one.get("networks", [])) <= set(compose["networks"]), name
        assert set(one.get("secrets", [])) <= set(compose["secrets"]), name
        assert re.search(r":v?\d[\w.-]*$", one["image"]) or one["image"] == "credit", name
        for volume in one.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).is_dir() if source.startswith(".") else source in compose["volumes"], volume
    assert services["service"]["depends_on"]["release"]["condition"] == "service_completed_successfully"
    assert services["release"]["command"] == ["python", "-m", "credit", "log", "upgrade"]


def test_the_service_reads_every_setting_that_compose_gives_it(compose):
    given = compose["services"]["service"]["environment"]
    read = (ROOT / "credit/settings.py").read_text() + (ROOT / "gunicorn.conf.py").read_text()
    assert all(f'"{name}"' in read for name in given)
    empty = Settings.from_environment(dict.fromkeys(given, ""))
    assert empty.rate is None


def test_prometheus_asks_the_service_where_it_is_with_a_key(compose):
    folder = ROOT / "deploy/prometheus"
    config = yaml.safe_load((folder / "prometheus.yaml").read_text())
    (job,) = config["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert job["static_configs"] == [{"targets": ["service:8000"]}]
    assert "ENV PATH" in DOCKERFILE
    assert re.search(r"PORT=8000\b", DOCKERFILE)
    secret = job["authorization"]["credentials_file"].removeprefix("/run/secrets/")
    assert secret in compose["services"]["prometheus"]["secrets"]
    assert all((folder / file).is_file() for file in config["rule_files"])


def test_alerts_have_a_sentence_for_whoever_is_woken():
    for group in ALERTS["groups"]:
        for rule in group["rules"]:
            assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
            assert rule["labels"]["severity"] in ("page", "look")
            assert rule["annotations"]["summary"].endswith(".")


def test_dashboard_and_alerts_ask_for_metrics_and_labels_that_there_are():
    text, names = told()
    assert names
    for expression in expressions():
        for name in re.findall(r"\bcredit_\w+", expression):
            assert re.sub(r"_(bucket|sum|count)$", "", name) in names or name in names, name
        for label, value in re.findall(r'(kind|decision)=~?"([^"]+)"', expression):
            for one in value.split("|"):
                assert f'{label}="{one}"' in text, one
        assert expression.count("(") == expression.count(")")
        assert expression.count("[") == expression.count("]")


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
