"""GitHub's workflows: read by actionlint, pinned, with the least permissions; and what they run exists."""

import re
import subprocess

import pytest
import yaml
from shipped import ROOT, procfile, tool

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))


def read(name):
    return yaml.safe_load((FOLDER / name).read_text())


def steps(file):
    return [step for job in yaml.safe_load(file.read_text())["jobs"].values() for step in job["steps"]]


def triggers(workflow):
    return workflow[True]  # YAML 1.1 reads the key "on" so


def test_actionlint_finds_nothing():
    done = subprocess.run([tool("actionlint"), *FILES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_actionlint_would_find_something(tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text(
        (FOLDER / "ci.yml").read_text().replace("runs-on:", "runs-of:").replace("matrix.python", "matrix.no")
    )
    done = subprocess.run([tool("actionlint"), bad], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "runs-of" in done.stdout


def test_there_are_workflows_for_tests_deployment_and_release():
    assert {file.name for file in FILES} >= {"ci.yml", "deploy.yml", "release.yml"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_are_pinned_by_commit_with_the_version_beside_it(file):
    used = [line.strip() for line in file.read_text().splitlines() if "uses:" in line]
    assert used
    for line in used:
        assert re.fullmatch(r"(- )?uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_action_has_one_commit_in_all_workflows():
    used = {line.strip(" -") for file in FILES for line in file.read_text().splitlines() if "uses:" in line}
    names = [line.partition("@")[0] for line in used]
    assert len(names) == len(set(names)), sorted(used)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_permissions_are_few_groups_are_named_and_jobs_end(file):
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        assert job["runs-on"] == "ubuntu-24.04", name
        more = set(job.get("permissions", {}).values()) - {"read"}
        assert not more or file.name == "release.yml", name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_secrets_are_given_to_single_steps_and_never_stand_in_a_command(file):
    text = file.read_text()
    workflow = yaml.safe_load(text)
    outside = [workflow.get("env", {}), *(job.get("env", {}) for job in workflow["jobs"].values())]
    assert not any("secrets." in str(env) for env in outside)
    assert "pull_request_target" not in text
    for step in steps(file):
        command = step.get("run", "")
        assert "secrets." not in command
        assert "github.event" not in command  # a branch's name would become a part of the script
        assert not re.search(r"set -x|echo [^;|]*\$\{?(HEROKU_API_KEY|SMOKE_KEY)\b(?!\"; })", command), command
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_ci_tests_every_python_and_whatever_else_is_promised():
    ci = read("ci.yml")
    assert set(triggers(ci)) == {"pull_request", "push"}
    assert ci["jobs"]["tests"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    said = "\n".join(step.get("run", "") for step in steps(FOLDER / "ci.yml"))
    for part in ("make lint", "make types", "make test", "--cov=credit", "initdb", "chromium", "credit run", "load.py"):
        assert part in said, part
    for part in ("pip-audit", "cyclonedx-py", "docker build", "smoke.py"):
        assert part in said, part
    assert any("actions/cache" in step.get("uses", "") for step in steps(FOLDER / "ci.yml"))


def test_deployment_waits_for_ci_on_main_sees_that_it_works_and_goes_back():
    deploy = read("deploy.yml")
    assert triggers(deploy)["workflow_run"] == {"workflows": ["ci"], "types": ["completed"], "branches": ["main"]}
    (job,) = deploy["jobs"].values()
    assert "workflow_run.conclusion == 'success'" in job["if"]
    assert job["steps"][0]["with"]["ref"] == "${{ github.event.workflow_run.head_sha }}"
    said = [step.get("run", "") for step in job["steps"]]
    order = ["heroku.py current", "git.heroku.com", "heroku.py wait", "smoke.py", "heroku.py back"]
    places = [next(i for i, one in enumerate(said) if part in one) for part in order]
    assert places == sorted(places)
    assert job["steps"][places[-1]]["if"].startswith("failure()")
    assert not any(re.search(r"(^|[\s;&|(])heroku\s", one) for one in said)  # the command is not on the runners


def test_what_workflows_run_is_there():
    for file in FILES:
        for step in steps(file):
            for path in re.findall(r"(?:scripts|benchmarks)/\w+\.py", step.get("run", "")):
                assert (ROOT / path).is_file(), path
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z]+)", (FOLDER / "ci.yml").read_text()):
        assert f"\n{target}:" in makefile, target
    assert "log upgrade" in procfile()["release"]
