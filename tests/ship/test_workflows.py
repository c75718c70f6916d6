"""GitHub's workflows: read by actionlint, pinned, with the least permissions; and what they run exists."""

import json
import re
import subprocess
import sys

import pytest
import yaml
from support.pretended import KEY, Heroku, Service, served
from support.shipped import ROOT, procfile, tool

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))


def read(name):
    return yaml.safe_load((FOLDER / name).read_text())


def steps(file):
    return [step for job in yaml.safe_load(file.read_text())["jobs"].values() for step in job["steps"]]


def step_of(name, part):
    """The one step of a workflow whose name or id has ``part``."""
    (one,) = (step for step in steps(FOLDER / name) if part in (step.get("name", ""), step.get("id", "")))
    return one


def execute(step, folder, *programs, **environ):
    """Run a step as a runner does: (exit status, what was said, its outputs). ``programs``: shell scripts, by name."""
    (folder / "bin").mkdir(exist_ok=True)
    for name, text in (("python3", f'exec "{sys.executable}" "$@"'), *programs):
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name).chmod(0o755)
    (folder / "output").write_text("")
    options = ["-e", "-o", "pipefail"] if step.get("shell") == "bash" else ["-e"]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", *options, "-c", step["run"]],
        cwd=environ.pop("at", ROOT),
        env={"PATH": f"{folder}/bin:/usr/bin:/bin", "GITHUB_OUTPUT": str(folder / "output"), **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in (folder / "output").read_text().splitlines())
    return done.returncode, done.stdout + done.stderr, outputs


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


def test_the_commits_are_those_of_their_versions_and_one_for_each_action():
    # .github/actions.json is compared by hand with the tags of the action's repository when an action is renewed.
    known = json.loads((ROOT / ".github" / "actions.json").read_text())
    used = {}
    for file in FILES:
        for action, commit, version in re.findall(r"uses: (\S+)@(\S+) # (\S+)", file.read_text()):
            used.setdefault(action, set()).add((version, commit))
    assert used == {action: set(versions.items()) for action, versions in known.items()}


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


# Where a secret is looked at without being shown: whether it is set, and what git reads from its helper.
KEY_MAY_STAND = (
    'test -n "$HEROKU_API_KEY" || { echo "The secret HEROKU_API_KEY is not set." >&2; exit 1; }',
    """-c credential.helper='!f() { echo username=api; echo "password=$HEROKU_API_KEY"; }; f' push """,
    'test -n "$DATABASE_URL" || { echo "The secret DRIFT_DATABASE_URL is not set: ',
)


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
        assert "set -x" not in command
        for allowed in KEY_MAY_STAND:
            command = command.replace(allowed, "")
        for name in (name for name, value in step.get("env", {}).items() if "secrets." in value):
            assert not re.search(rf"\$\{{?{name}\b", command), command
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_ci_tests_every_python_and_whatever_else_is_promised():
    ci = read("ci.yml")
    assert set(triggers(ci)) == {"pull_request", "push"}
    assert ci["jobs"]["tests"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    said = "\n".join(step.get("run", "") for step in steps(FOLDER / "ci.yml"))
    for part in ("make lint", "make types", "make test", "--cov=credit", "initdb", "chromium", "credit run", "load.py"):
        assert part in said, part
    for part in ("pip-audit", "cyclonedx-py", "docker build", "smoke.py", "make docs"):
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
    assert not any(re.search(r"(^|[\s;&|(])heroku\s", one) for one in said)  # the command is not on the runners


def test_the_oldest_versions_are_tested_weekly_and_by_hand_and_are_no_run_of_ci():
    oldest = read("oldest.yml")
    assert set(triggers(oldest)) == {"schedule", "workflow_dispatch"}
    (when,) = triggers(oldest)["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", when["cron"])
    (job,) = oldest["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make oldest"]
    assert not any("make oldest" in step.get("run", "") for step in steps(FOLDER / "ci.yml"))


@pytest.mark.parametrize(("which", "resolution"), [("oldest", "lowest-direct"), ("newest", "highest --upgrade")])
def test_oldest_and_newest_versions_are_those_of_pyproject_on_the_oldest_python(which, resolution):
    words = ["make", "--no-print-directory", "--dry-run", "--always-make", which, "TESTS=tests/decision"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    made, installed, tested = done.stdout.splitlines()[-3:]
    least = re.search(r'requires-python = ">=([\d.]+)', (ROOT / "pyproject.toml").read_text())[1]
    assert f"--python {least} .venv-{which}" in made
    assert f'--resolution {resolution} --group dev --editable ".[train,postgresql]"' in installed
    assert re.fullmatch(rf"\.venv-{which}/bin/python -m pytest .* tests/decision", tested)
    ignored = subprocess.run(["git", "check-ignore", f".venv-{which}/bin"], cwd=ROOT, check=False, capture_output=True)
    assert ignored.returncode == 0


def outputs_used(text):
    """(step, output) of every `steps.<id>.outputs.<name>` in a workflow."""
    return set(re.findall(r"\bsteps\.([\w-]+)\.outputs\.([\w-]+)", text))


def test_outputs_that_steps_use_are_written_by_the_steps_before(tmp_path):
    asked = {file.name: used for file in FILES if (used := outputs_used(file.read_text()))}
    assert asked.keys() == {"deploy.yml"}
    assert {step for step, _ in asked["deploy.yml"]} == {"before"}
    with Heroku().up() as environ:
        code, said, outputs = execute(step_of("deploy.yml", "before"), tmp_path, **environ)
    assert (code, said) == (0, "")
    assert outputs == {"version": "12", "newest": "12", "address": "https://bank.example/"}
    assert asked["deploy.yml"] == {("before", name) for name in outputs}


def test_no_key_of_heroku_ends_the_deployment_before_anything_is_pushed(tmp_path):
    with Heroku().up() as environ:
        code, said, _ = execute(step_of("deploy.yml", "before"), tmp_path, **{**environ, "HEROKU_API_KEY": ""})
    assert (code, said) == (1, "The secret HEROKU_API_KEY is not set.\n")


def test_ids_that_conditions_name_are_those_of_steps():
    for file in FILES:
        ids = {step.get("id") for step in steps(file)}
        assert set(re.findall(r"\bsteps\.([\w-]+)\.", file.read_text())) <= ids, file.name


def test_the_push_shows_the_key_to_git_alone(tmp_path):
    words = tmp_path / "words"
    git = f'for one in "$@"; do echo "$one"; done > {words}; eval "${{4#credential.helper=!}}"'
    push = step_of("deploy.yml", "push")
    code, said, _ = execute(push, tmp_path, ("git", git), HEROKU_API_KEY=KEY, HEROKU_APP="bank")
    assert (code, said) == (0, f"username=api\npassword={KEY}\n")  # what the helper tells git
    assert KEY not in words.read_text()
    assert words.read_text().splitlines()[-3:] == ["push", "https://git.heroku.com/bank.git", "HEAD:refs/heads/main"]


def test_what_was_pushed_is_waited_for_by_its_commit(tmp_path):
    heroku = Heroku()
    heroku.push()
    git = "echo c13"
    with heroku.up() as environ:
        wait = step_of("deploy.yml", "Wait for the release")
        assert execute(wait, tmp_path, ("git", git), NEWEST="12", **environ)[:2] == (0, "13\n")


def test_the_way_back_is_open_however_the_deployment_ended():
    condition = step_of("deploy.yml", "Back to the release before")["if"]
    assert condition == (
        """always() && contains(fromJSON('["success", "failure", "cancelled"]'), steps.push.outcome) """
        "&& steps.smoke.outcome != 'success' && steps.before.outputs.version != '0'"
    )
    (job,) = read("deploy.yml")["jobs"].values()
    # A step that takes too long ends by its own limit; were it the job's, all later steps would be cut short.
    named = {step["name"]: step.get("timeout-minutes", 0) for step in job["steps"] if "name" in step}
    assert all(named[name] for name in named if name != "The release that runs now")
    assert sum(named.values()) < job["timeout-minutes"]
    assert "cancel-in-progress" not in read("deploy.yml")["concurrency"]


@pytest.mark.parametrize("works", [True, False])
def test_the_way_back_runs_the_code_from_before_and_asks_it(tmp_path, works):
    heroku = Heroku()
    heroku.push()
    wrong = {} if works else {"/ready": (500, {})}
    with heroku.up() as environ, served(Service(wrong).handler()) as address:
        settings = {"BEFORE": "12", "NEWEST": "12", "ADDRESS": address, **environ}
        code, said, _ = execute(step_of("deploy.yml", "Back to the release before"), tmp_path, **settings)
    assert heroku.releases[-1]["slug"] == {"id": "s12"}
    assert (code, "::error::The release did not work; v12 runs again, as v14." in said) == (0 if works else 1, works)


def test_where_nothing_was_released_nothing_is_taken_back(tmp_path):
    heroku = Heroku()
    with heroku.up() as environ:
        settings = {"BEFORE": "12", "NEWEST": "12", "ADDRESS": "http://127.0.0.1:9", **environ}
        code, said, _ = execute(step_of("deploy.yml", "Back to the release before"), tmp_path, **settings)
    assert (code, said) == (0, "::error::Nothing was released: v12 runs.\n")
    assert len(heroku.releases) == 12


@pytest.mark.parametrize(
    ("closing", "status", "expected"),
    [("9 passed in 1.00s", 0, 0), ("8 passed, 1 skipped in 1.00s", 0, 1), ("1 failed, 8 passed in 1.00s", 1, 1)],
)
def test_a_skipped_test_fails_in_ci_as_in_the_script_for_one_machine(tmp_path, closing, status, expected):
    step = step_of("ci.yml", "Tests, with the page in a browser and the log on PostgreSQL")
    make = f"echo '====== {closing} ======'; exit {status}"
    code, said, _ = execute(step, tmp_path, ("make", make), at=tmp_path)
    assert (bool(code), "a test was skipped" in said) == (bool(expected), "skipped" in closing)
    (rule,) = re.findall(r"grep -qE '(.+)'", (ROOT / ".ci" / "run").read_text())
    assert f"grep -qE '{rule}'" in step["run"]


@pytest.mark.parametrize(("tag", "expected"), [("v", 0), ("v9", 1), ("", 1)])
def test_a_tag_that_is_not_the_version_is_no_release(tmp_path, tag, expected):
    project = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
    step = step_of("release.yml", "The tag is the version of pyproject.toml")
    code, said, _ = execute(step, tmp_path, GITHUB_REF_NAME=f"{tag}{project}")
    assert (code, f"pyproject.toml says {project}" in said) == (expected, bool(expected))
    places = [name.get("name") for name in steps(FOLDER / "release.yml")]
    assert places.index("The tag is the version of pyproject.toml") < places.index("Release")


def test_the_containers_are_started_as_readme_says_and_asked():
    said = step_of("ci.yml", "docker compose up, as README says it, and again with keys")["run"]
    for part in ("docker compose up --wait", "scripts/smoke.py", "/api/v1/targets", "API_KEYS=", "METRICS_KEY_FILE="):
        assert part in said, part
    assert said.count("\nworks\n") == 2


def test_what_workflows_run_is_there():
    for file in FILES:
        for step in steps(file):
            for path in re.findall(r"(?:scripts|benchmarks)/\w+\.py", step.get("run", "")):
                assert (ROOT / path).is_file(), path
    makefile = (ROOT / "Makefile").read_text()
    commands = [step.get("run", "") for file in FILES for step in steps(file)]
    targets = {target for command in commands for target in re.findall(r"\bmake ([a-z]+)", command)}
    assert targets >= {"setup", "test", "oldest"}
    for target in targets:
        assert f"\n{target}:" in makefile, target
    assert "log upgrade" in procfile()["release"]
