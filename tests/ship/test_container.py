"""Dockerfile and compose.yaml: linted, and held against what the service has.

There is no Docker where these tests run; ci.yml builds the image, starts it and asks it.
"""

import json
import re
import subprocess

import pytest
import yaml
from support.shipped import ROOT, tool, tracked

from credit.letters import PROFILES
from credit.web.application import create_app
from credit.web.settings import Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


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
    assert names >= {"requirements.txt", "app.py", "gunicorn.conf.py", "credit", "mlruns_reduced"}
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    for name in names:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in let_through
    assert "*" in let_through
    for name in {file.parts[0] for file in tracked()} & {"mlruns_reduced", "credit"}:
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


def test_no_password_stands_in_compose():
    text = (ROOT / "compose.yaml").read_text()
    wanted = re.findall(r"\$\{(\w+):\?", text)
    assert set(wanted) == {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD"}
    example = (ROOT / "deploy/example.env").read_text()
    assert set(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE)) == {(name, "") for name in wanted}
    for name in re.findall(r"\$\{(\w+):-", text):
        assert re.search(rf"^# {name}=", example, re.MULTILINE), name  # what may be set is told
    assert {"/.env", "/.metrics_key"} <= set((ROOT / ".gitignore").read_text().splitlines())
    assert "METRICS_KEY_FILE=./.metrics_key" in example


def written_into(compose):
    """Services whose container Compose would have to write a value into, though it is read-only: it refuses to start.

    Compose mounts a secret or config that has a ``file``; what has ``environment`` or ``content`` is copied
    (docker/compose, issue 12031 and pull request 12531). `docker compose config` does not tell.
    """
    found = []
    for name, service in compose["services"].items():
        for kind in ("secrets", "configs"):
            for one in service.get(kind, []) if service.get("read_only") else []:
                source = one if isinstance(one, str) else one["source"]
                if set(compose[kind][source]) != {"file"}:
                    found.append((name, source))
    return found


def test_what_is_secret_comes_to_read_only_services_from_files(compose):
    assert written_into(compose) == []
    (file,) = (secret["file"] for secret in compose["secrets"].values())
    default = re.fullmatch(r"\$\{METRICS_KEY_FILE:-(.+)\}", file)[1]
    path = ROOT / default
    assert path.read_text() == "none\n"  # as good as any: without API_KEYS the service wants none
    assert path.relative_to(ROOT) in tracked()


@pytest.mark.parametrize(
    ("secret", "used"),
    [
        ({"environment": "KEY"}, "key"),
        ({"content": "x"}, {"source": "key", "target": "k"}),
        ({"external": True}, "key"),
    ],
)
def test_a_secret_that_would_be_written_into_a_read_only_service_is_found(secret, used):
    for kind in ("secrets", "configs"):
        service = {"read_only": True, kind: [used]}
        assert written_into({"services": {"one": service}, kind: {"key": secret}}) == [("one", "key")]
        assert written_into({"services": {"one": {**service, "read_only": False}}, kind: {"key": secret}}) == []


def test_whoever_shows_no_key_may_read_the_metrics_of_a_service_without_keys():
    client = create_app(database=None, log_requests=False).test_client()
    assert client.get("/metrics", headers={"Authorization": "Bearer none"}).status_code == 200


def test_services_wait_for_a_database_that_is_made_and_for_tables_that_are_up_to_date(compose):
    services = compose["services"]
    test = services["database"]["healthcheck"]["test"]
    assert test[:2] == ["CMD", "pg_isready"]
    assert test[test.index("--host") + 1] == "127.0.0.1"  # the socket answers while the database is still being made
    waits = {
        (name, other, how["condition"])
        for name, one in services.items()
        if isinstance(one.get("depends_on"), dict)
        for other, how in one["depends_on"].items()
    }
    assert waits == {
        ("release", "database", "service_healthy"),
        ("service", "release", "service_completed_successfully"),
        ("prometheus", "service", "service_healthy"),
    }
    # `up --wait` takes the end of a service for a failure unless another one waits for it to complete.
    assert [name for name, one in services.items() if one["restart"] == "no"] == ["release"]


def test_compose_names_the_section_that_readme_has():
    (section,) = re.findall(r'see "(.+)" in README\.md', (ROOT / "compose.yaml").read_text())
    assert f"\n## {section}\n" in (ROOT / "README.md").read_text()


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
    read = (ROOT / "credit/web/settings.py").read_text() + (ROOT / "credit/web/gunicorn_settings.py").read_text()
    assert all(f'"{name}"' in read for name in given)
    empty = Settings.from_environment(dict.fromkeys(given, ""))
    assert empty.rate is None


def test_compose_gives_the_service_what_the_bank_says_of_itself_its_rules_and_its_templates(compose):
    service = compose["services"]["service"]
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/deployment.md").read_text(), re.MULTILINE)
    wanted = {name for name in table if name.startswith(("BANK_", "LETTER_"))} | {"API_KEYS", "FOUR_EYES"}
    assert len(wanted) == 13
    for name in wanted:
        assert service["environment"][name] == f"${{{name}:-}}"
    # Settings that name files name them where the service sees a folder, and may not write.
    (mount,) = service["volumes"]
    folder, target, mode = mount.split(":")
    assert mode == "ro"
    assert (ROOT / folder).is_dir()
    assert any(file.is_relative_to(folder.removeprefix("./")) for file in tracked())
    example = (ROOT / "deploy/example.env").read_text()
    for name in ("BANK_RULES", "LETTER_TEMPLATES"):
        assert re.search(rf"^# {name}={target}/", example, re.MULTILINE)


def test_the_example_of_the_banks_settings_is_one_that_a_server_takes(tmp_path):
    lines = re.findall(r"^# ((?:BANK|LETTER)_\w+)=(.*)$", (ROOT / "deploy/example.env").read_text(), re.MULTILINE)
    given = {name: value.strip("'") for name, value in lines}
    assert "|" in given["BANK_ADDRESS"]
    (tmp_path / "letters").mkdir()
    settings = Settings.from_environment({**given, "LETTER_TEMPLATES": str(tmp_path / "letters")})
    assert settings.letters.bank.lines("address") == ["1 High Street", "75001 Paris"]
    assert settings.letters.profile == "eu"
    settings.letters.bank.require(PROFILES["eu"].required, "A letter")
    assert settings.rules == "/bank/rules.toml"


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
