"""The command line as a user types it."""

import inspect
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from support import small

from credit.cli import main
from credit.decision.cost import Costs
from credit.decision.review import Plan
from credit.tables import HISTORIES

ROOT = Path(__file__).parents[2]


def credit(*arguments, code=0) -> str:
    """What the command prints, standard error included."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def test_help_names_every_job():
    text = credit("--help")
    for job in ("simulate", "check", "features", "train", "threshold", "score", "run", "serve"):
        assert f"  {job} " in text


def test_help_does_not_wait_for_the_training_packages():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "credit", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for package in ("mlflow", "sklearn", "lightgbm", "pandas"):
        assert f" {package}\n" not in done.stderr


def test_simulate_writes_a_bank_that_check_accepts(tmp_path):
    out = tmp_path / "a bank"
    assert "a simulated bank of 300 clients, seed 5" in credit(
        "simulate", "--clients", 300, "--out", out, "--seed", 5, "--format", "csv"
    )
    assert sorted(path.name for path in out.glob("*.csv")) == sorted(
        f"{name}.csv"
        for name in (
            "application_train",
            "application_test",
            "bureau",
            "bureau_balance",
            "previous_application",
            "POS_CASH_balance",
            "installments_payments",
            "credit_card_balance",
        )
    )
    told = credit("check", out)
    assert "application_train               300 rows\n" in told
    assert told.splitlines()[-1].startswith("0 errors, ")


def test_simulate_does_not_overwrite_what_it_is_not_told_to(bank):
    told = credit("simulate", "--clients", 300, "--out", bank, code=1)
    assert told.splitlines()[-1].startswith("error: ")
    assert pl.scan_parquet(bank / "application_train.parquet").select(pl.len()).collect().item() == 1500


def test_the_profile_is_printed_and_its_exit_code_tells_whether_all_is_in_range():
    # Two thousand clients scatter too much for every figure to be in range, and none is hidden.
    result = CliRunner().invoke(main, ["simulate", "--profile", "--clients", "2000"])
    assert "OUT OF RANGE" in result.output
    assert result.exit_code == 1
    assert "history AUC: " in result.output.splitlines()[-1]


def test_check_tells_what_is_missing_and_exits_with_1(tmp_path):
    assert "the folder does not exist" in credit("check", tmp_path / "nowhere", code=1)
    assert "bureau: there is neither bureau.csv nor bureau.parquet" in credit("check", tmp_path, code=1)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_features_writes_one_row_a_client(bank, tmp_path, ending):
    out = tmp_path / "deep" / f"features.{ending}"
    assert credit("features", bank, "--out", out) == f"{out}: 1,500 clients, 1,084 features\n"
    made = pl.read_parquet(out) if ending == "parquet" else pl.read_csv(out, infer_schema_length=None)
    assert made.shape == (1500, 1085)
    assert made["SK_ID_CURR"].n_unique() == 1500


def test_features_wants_a_format_it_knows_and_leaves_nothing_behind(bank, tmp_path):
    out = tmp_path / "features.xlsx"
    assert "ends in .xlsx; give a file that ends in .parquet or .csv" in credit("features", bank, "--out", out, code=1)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def tables(bank, tmp_path) -> Path:
    """A folder of the bank's tables of its own."""
    folder = tmp_path / "tables"
    shutil.copytree(bank, folder)
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ("features", "--out"),
        ("features", "--engine", "duckdb", "--out"),
        ("score", "--out"),
        ("check", "--json"),
    ],
)
@pytest.mark.parametrize("name", ["bureau.parquet", "POS_CASH_balance.csv", "truth.parquet", "../link.parquet"])
def test_no_command_writes_over_a_table_that_it_reads(tables, command, name):
    (tables.parent / "link.parquet").symlink_to(tables / "bureau.parquet")
    before = {path: path.read_bytes() for path in sorted(tables.parent.rglob("*")) if path.is_file()}
    job, *options = command
    assert "; name another file" in credit(job, tables, *options, tables / name, code=1)
    assert {path: path.read_bytes() for path in sorted(tables.parent.rglob("*")) if path.is_file()} == before


def test_a_model_does_not_take_the_place_of_a_folder_of_tables(tables, train_asked):
    told = credit("train", "elsewhere", "--bundle", tables, code=1)
    assert "tables holds the table application_train.parquet, which would be lost; name another folder" in told
    assert train_asked[0] == {}


@pytest.mark.parametrize("job", ["features", "score"])
def test_a_history_without_rows_is_warned_of(tables, tmp_path, job):
    pl.read_parquet(tables / "bureau.parquet").clear().write_parquet(tables / "bureau.parquet")
    told = credit(job, tables, "--out", tmp_path / "made.parquet").splitlines()
    assert told[0].startswith("warning: bureau.parquet: it has no rows, so features would say that nobody has such a")
    assert len(told) == 2


def test_score_goes_on_without_histories_and_without_amounts_and_says_so_once_each(tables, tmp_path):
    (tables / "credit_card_balance.parquet").unlink()
    path = tables / "application_test.parquet"
    first = pl.int_range(pl.len()) == 0
    pl.read_parquet(path).with_columns(pl.when(~first).then("AMT_ANNUITY").alias("AMT_ANNUITY")).write_parquet(path)
    said = credit("score", tables, "--out", tmp_path / "made.csv").splitlines()
    assert said[0].startswith("warning: credit_card_balance is not in the folder: for all clients these histories are")
    assert said[1].startswith(
        "warning: 1 of 238 clients are not decided on, for an amount of the loan is missing or not above 0: AMT_"
    )
    assert said[2].endswith(", 1 not decided on")
    assert len(said) == 3
    made = pl.read_csv(tmp_path / "made.csv")
    assert made.columns[-3:] == ["DECISION", "REVIEW_WORTH", "SENT"]
    assert made["DECISION"].null_count() == made["PROBABILITY_OF_DEFAULT"].null_count() == 1
    assert not made["SENT"].str.contains("credit_card_balance").any()


@pytest.mark.parametrize(
    ("table", "change", "sentence"),
    [
        (
            "application_test",
            pl.col("CODE_GENDER").replace({"F": "Female", "M": "Male"}),
            "warning: application_test: CODE_GENDER: 238 of 238 rows hold none of the published values; they count as",
        ),
        (
            "application_test",
            pl.col("EXT_SOURCE_2") * 100,
            "rows lie outside the published",
        ),
    ],
    ids=["texts", "percent"],
)
def test_score_says_what_is_odd_about_the_values(tables, tmp_path, table, change, sentence):
    assert "warning" not in credit("score", tables, "--out", tmp_path / "before.parquet")
    path = tables / f"{table}.parquet"
    pl.read_parquet(path).with_columns(change).write_parquet(path)
    told = credit("score", tables, "--out", tmp_path / "made.parquet")
    assert sentence in told
    assert " for one" not in told  # no value of a client


def test_the_commands_that_read_tables_point_at_check():
    for job in ("features", "score", "train"):
        assert "Run check first" in credit(job, "--help")


def test_a_damaged_file_of_the_truth_is_told_by_name(tables, tmp_path):
    (tables / "truth.parquet").write_text("no Parquet")
    for engine in ("polars", "duckdb"):
        told = credit("features", tables, "--out", tmp_path / "f.parquet", "--target", "--engine", engine, code=1)
        assert "truth.parquet: it cannot be read" in told
    assert "1,500 clients" in credit("features", tables, "--out", tmp_path / "f.parquet")


def test_train_says_which_folder_is_wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "the folder does not exist" in credit("train", tmp_path / "nowhere", code=1)


def test_a_taken_port_is_told_with_another_to_choose():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = credit("serve", "--port", port, code=1)
    assert f"Port {port} on 127.0.0.1 cannot be used" in told
    assert f"make serve PORT={port + 1}" in told


def test_serve_says_where_the_model_is_missing(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = credit("serve", "--port", port, "--bundle", tmp_path / "nowhere", code=1)
    assert told.startswith("error: There is no folder")


@pytest.mark.skipif(os.name != "posix", reason="make is used on POSIX systems")
def test_make_says_so_where_python_is_too_old(tmp_path):
    old = tmp_path / "python3"
    old.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = (3, 8, 0); '
        'sys.version = \'3.8.0\'; exec(sys.argv[1])" "$2"\n'
    )
    old.chmod(0o755)
    for name in ("Makefile", "requirements-dev.txt", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(["make", "setup", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert "3.8.0" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_features_may_be_many_files_with_the_outcome_for_training(bank, tmp_path):
    out = f"{tmp_path}/features/"
    told = credit("features", bank, "--out", out, "--engine", "polars", "--target")
    assert told.startswith(f"{out}: 1,500 clients, ")
    made = pl.read_parquet(f"{out}*.parquet")
    assert made.columns[:3] == ["SK_ID_CURR", "TARGET", "PROBABILITY_OF_DEFAULT"]
    assert "application_test has no TARGET" in credit(
        "features", bank, "--out", tmp_path / "f.csv", "--application", "application_test", "--target", code=1
    )


def test_training_on_dask_says_how_to_make_what_it_wants_before_it_starts_workers(bank, tmp_path, monkeypatch):
    from credit.training import dask_training

    monkeypatch.setattr(dask_training, "cluster", lambda *_: pytest.fail("workers were started for nothing"))
    told = credit("train-dask", bank, "--workers", 1, "--bundle", tmp_path / "bundle", code=1)
    assert "is not a folder of features to train on: it holds the tables themselves" in told
    assert "python -m credit features TABLES --target --out FEATURES/" in told


# -- what a training goes on with is looked at before it begins ------------------------------------------------------


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 166133370\n"
FETCH = "is a Git LFS pointer and not the file itself: run git lfs pull"


@pytest.fixture
def no_work(monkeypatch, tmp_path):
    """A folder of a project in which no features may be made."""
    from credit import training

    monkeypatch.setattr(training, "prepare", lambda *_: pytest.fail("work began that would be lost"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["mlflow.db", "optuna.db", "model/model.pkl", "decisions.db"])
def test_what_git_lfs_has_not_fetched_is_reported_before_a_training_begins(no_work, bank, name):
    path = no_work / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(POINTER)
    words = ["train", bank, "--bundle", "model"]
    if name == "decisions.db":
        small.bundle(no_work / "model")
        words = ["challenge", bank, "--bundle", "model", "--database", "decisions.db"]
    output = credit(*words, code=1)
    assert output.strip().splitlines()[-1].startswith("error: ")
    assert f"{name} {FETCH}" in output


@pytest.mark.parametrize("words", [("promote",), ("rollback",), ("mlflow", "--port", 38999)])
def test_commands_on_the_registry_say_so_as_well(no_work, words):
    (no_work / "mlflow.db").write_text(POINTER)
    assert credit(*words, code=1) == f"error: mlflow.db {FETCH}\n"


@pytest.mark.parametrize("name", ["manifest.json", "model.pkl"])
def test_a_threshold_is_not_searched_for_a_model_that_was_not_fetched(tmp_path, name):
    (small.bundle(tmp_path / "model") / name).write_text(POINTER)
    assert credit("threshold", "--bundle", tmp_path / "model", code=1) == f"error: {tmp_path}/model/{name} {FETCH}.\n"


def test_a_log_that_was_not_fetched_is_not_verified(tmp_path):
    (tmp_path / "decisions.db").write_text(POINTER)
    output = credit("log", "verify", "--database", tmp_path / "decisions.db", code=1)
    assert f"{tmp_path}/decisions.db {FETCH}." in output


# -- MLflow's pages ----------------------------------------------------------------------------------------------------


def test_the_pages_of_mlflow_are_of_a_folder_in_which_something_was_trained(no_work):
    output = credit("mlflow", code=1)
    assert output.startswith(
        "error: there is no mlflow.db here, so nothing was trained here yet: python -m credit train"
    )
    assert not (no_work / "mlflow.db").exists()


def test_a_port_that_is_taken_names_the_variable_of_make(no_work):
    (no_work / "mlflow.db").touch()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        output = credit("mlflow", "--port", port, code=1)
    other = port + 1 if port < 65535 else port - 1
    assert output.startswith(f"error: Port {port} on 127.0.0.1 cannot be used (Address already in use)")
    assert f"choose another: make mlflow MLFLOW_PORT={other}, or python -m credit mlflow --port {other}." in output


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the pages are a process beside")
def test_the_pages_of_mlflow_open_where_the_runs_are_and_send_nothing_off(no_work, monkeypatch):
    from credit.training import tracking

    ran = {}

    def execve(program, command, environment):
        ran.update(command=command, environment=environment)

    monkeypatch.setattr(tracking, "open_store", lambda: "7")
    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    monkeypatch.delenv("MLFLOW_SERVER_ALLOWED_HOSTS", raising=False)
    (no_work / "mlflow.db").touch()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    output = credit("mlflow", "--port", port)
    assert f"http://localhost:{port}/#/experiments/7/runs" in output
    assert "--allowed-hosts 'NAME:*'" in output
    options = ran["command"][ran["command"].index("ui") :]
    store, address = ["--backend-store-uri", "sqlite:///mlflow.db"], ["--host", "127.0.0.1", "--port", str(port)]
    assert options == ["ui", *store, *address, "--workers", "1"]
    assert ran["environment"]["MLFLOW_DISABLE_TELEMETRY"] == ran["environment"]["DO_NOT_TRACK"] == "true"
    assert "403" not in credit("mlflow", "--port", port, "--allowed-hosts", "box:*,localhost:*")
    assert ran["command"][-2:] == ["--allowed-hosts", "box:*,localhost:*"]


# -- the options of train ----------------------------------------------------------------------------------------------


@pytest.fixture
def train_asked(monkeypatch, tmp_path):
    """What ``train`` hands to the training, which is not run; and what the training is to come to."""
    from credit import training
    from credit.training import tracking

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tracking, "open_store", lambda: None)
    asked = {}

    def came_to(shipped, equal=False):
        names = ["accept everybody", "Champion at its threshold", "Champion as served"]
        numbers = ("threshold", "cv_cost", "test_cost", "saving", "saving_low", "saving_high", "roc_auc", "refused")
        closing = pl.DataFrame({"model": names, **{name: [0.5, 0.5, 0.5] for name in numbers}})
        outcome = training.Outcome(
            closing,
            [],
            ("Threshold 0.1597.", "No client is referred."),
            shipped,
            "it is worse beyond chance",
            equal=equal,
        )

        def train(*arguments, **named):
            asked.update(inspect.signature(usual).bind(*arguments, **named).arguments)
            return outcome

        monkeypatch.setattr(training, "train", train)

    usual = training.train
    came_to(shipped=True)
    return asked, came_to


def test_train_hands_its_options_on(train_asked, tmp_path):
    told = credit(
        "train", "tables", "--clients", 500, "--seed", 3, "--bundle", tmp_path / "b", "--tables", "application",
        "--trials", 2, "--minutes", 1.5, "--force", "--margin", 0.15, "--lgd", 0.45, "--review-cost", 900,
        "--review-skill", 0.3, "--without", "CODE_GENDER,protected",
    )  # fmt: skip
    asked, _ = train_asked
    assert asked.pop("progress")
    assert asked.pop("resume") == Path("run/checkpoints")  # beside the executed notebooks, which git does not see
    terms = asked.pop("terms")
    assert (terms.costs, terms.plan) == (Costs(0.15, 0.45), Plan(0.3, None, 900.0))
    assert f"{terms.sentence}\n" in told
    assert "margin 0.15 of the loan (given)" in told
    assert asked == {
        "folder": Path("tables"),
        "bundle": tmp_path / "b",
        "clients": 500,
        "seed": 3,
        "histories": (),
        "trials": 2,
        "minutes": 1.5,
        "study": "optuna.db",
        "force": True,
        "ship": True,
        "label_one_means": None,
        "without": ("CODE_GENDER", "protected"),
    }
    assert f"exported to {tmp_path / 'b'}; serve it with: python -m credit serve" in told


def test_train_without_options_takes_all_clients_all_tables_and_the_usual_search(train_asked):
    from credit.training import lightgbm_search

    credit("train", "tables")
    asked, _ = train_asked
    assert asked["trials"] == lightgbm_search.TRIALS
    assert (asked["clients"], asked["minutes"], asked["histories"], asked["force"], asked["without"]) == (
        None,
        None,
        HISTORIES,
        False,
        (),
    )
    assert str(asked["bundle"]) == "mlruns_reduced"
    assert (asked["terms"].costs, asked["terms"].plan) == (Costs(), Plan())
    assert f"[default: {lightgbm_search.TRIALS}]" in " ".join(credit("train", "--help").split())


def test_a_column_that_no_table_has_is_refused_before_any_work(train_asked):
    said = credit("train", "tables", "--without", "CODE_GENDR", code=1)
    assert "error: 'CODE_GENDR' is no column of the application and no feature; did you mean 'CODE_GENDER'?" in said
    assert train_asked[0] == {}
    assert "did you mean 'DAYS_BIRTH'?" in credit("run", "--no-serve", "--without", "DAYS_BIRT", code=1)


def test_run_hands_on_what_no_model_may_read(monkeypatch):
    from credit.cli import notebook_runner

    asked = []
    monkeypatch.setattr(notebook_runner, "run", lambda *_, **named: asked.append(named) or sys.exit(0))
    credit("run", "--no-serve", "--without", "CODE_GENDER, DAYS_BIRTH")
    assert asked[0]["without"] == ("CODE_GENDER", "DAYS_BIRTH")


def test_a_model_that_is_not_shipped_ends_with_an_error(train_asked):
    _, came_to = train_asked
    came_to(shipped=False)
    told = " ".join(credit("train", "tables", code=1).split())
    assert "Not exported to mlruns_reduced: it is worse beyond chance. The new model is kept in MLflow" in told
    assert told.endswith("python -m credit promote --force, then: python -m credit serve")
    assert "exported to mlruns_reduced; serve" not in told
    told = " ".join(credit("train", "tables", "--bundle", "my models", code=1).split())
    assert told.endswith("promote --force --bundle 'my models', then: python -m credit serve --bundle 'my models'")


def test_a_model_that_equals_the_shipped_one_ends_well(train_asked):
    _, came_to = train_asked
    came_to(shipped=False, equal=True)
    said = credit("train", "tables")
    assert "Nothing is exported: it is worse beyond chance." in said  # the reason that the test gives
    assert said.splitlines()[-1] == "unchanged in mlruns_reduced; serve it with: python -m credit serve"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--trials", 0), "0 is not in the range"),
        (("--tables", "buro"), "'buro' is no table"),
        (("--review-cost", 5, "--review-capacity", 0.1), "leave out --review-cost or --review-capacity"),
        (("--margin", 19), "above 0 and at most 1, but it is 19"),
    ],
)
def test_options_of_train_that_do_not_fit_are_refused_in_words(train_asked, options, words):
    code = 2 if "not" in words else 1
    assert words in credit("train", "tables", *options, code=code)
    assert train_asked[0] == {}


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (("--challenger", "--bundle", "nowhere"), "challenge", "there is no champion in nowhere"),
        (("--engine", "dask"), "train-dask", "is not a folder of features to train on"),
        (("--engine=dask",), "train-dask", "is not a folder of features to train on"),
    ],
)
def test_options_that_became_commands_work_for_a_release_and_say_so(bank, tmp_path, monkeypatch, old, new, error):
    monkeypatch.chdir(tmp_path)
    said = credit("train", bank, *old, code=1)
    assert f"note: this is a command of its own now: python -m credit {new}\n" in said
    assert error in said


def test_the_engine_of_this_machine_is_what_train_is(train_asked):
    assert "note:" not in credit("train", "tables", "--engine", "local")
    assert train_asked[0]["folder"] == Path("tables")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--engine", "spark"), "'spark' is no engine of a training"),
        (("--engine", "dask", "--challenger"), "a challenger is trained on this machine"),
        (("--workers", 2), "No such option"),
    ],
)
def test_options_that_train_does_not_have_are_refused(options, words):
    assert words in credit("train", "tables", *options, code=2)


# -- another threshold -------------------------------------------------------------------------------------------------


@pytest.fixture
def bundle(tmp_path) -> Path:
    """A bundle that keeps the amounts of 5,000 clients whose probabilities are right."""
    from sklearn.dummy import DummyClassifier

    from credit.decision.exposure import Exposure
    from credit.model import save_bundle

    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 5000)
    manifest = {
        "data": {"simulated": True},
        "model": {"name": "Dummy"},
        "metrics": {"roc_auc": 0.75, "saving": 0.2},
        "exposure": Exposure.of(rng.random(5000) < p, p, rng.uniform(1e5, 1e6, 5000), np.arange(5000) % 5).written(),
    }
    model = DummyClassifier(strategy="prior").fit(np.zeros((10, 1)), [0] * 9 + [1])
    return save_bundle(tmp_path / "bundle", model, ["AMT_CREDIT"], 0.16, manifest)


def test_threshold_tells_what_other_costs_would_bring_and_changes_nothing(bundle):
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}
    lines = credit("threshold", "--margin", 0.15, "--lgd", 0.6, "--bundle", bundle).splitlines()
    assert lines[0] == "margin 15.0%, loss given default 60.0% of the loan"
    assert lines[1] == "break-even probability   0.2000"
    assert re.fullmatch(r"threshold                0\.2000, saves \d+\.\d% of what accepting everybody costs", lines[2])
    assert lines[3].startswith("threshold of the model   0.16, would save ")
    search = r"The search over 0.01 to 0.99 finds (0\.\d\d) .* not surely more than nothing, so theory decides."
    assert abs(float(re.fullmatch(search, lines[4])[1]) - 0.20) <= 0.05
    alike = r"Thresholds from (0\.\d+) to (0\.\d+) cannot be told apart from it by what they cost."
    low, high = map(float, re.fullmatch(alike, lines[5]).groups())
    assert low < 0.2 < high
    referred = r"referred: whom a review at [\d,]+ with a skill of 0.5 pays for, some (.*)% of the training clients"
    assert abs(float(re.fullmatch(referred, lines[6])[1]) - 10) <= 0.5
    assert lines[7] == "nothing was changed; --apply writes it into the folder"
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == before


def test_threshold_writes_what_it_found_where_it_is_told_to(bundle):
    from credit.model import load_bundle

    model = (bundle / "model.pkl").read_bytes()
    told = credit("threshold", "--margin", 0.15, "--lgd", 0.6, "--bundle", bundle, "--apply")
    loaded = load_bundle(bundle)
    assert loaded.threshold == 0.15 / 0.75 != 0.16
    assert loaded.manifest["costs"] == {"margin": 0.15, "loss_given_default": 0.6}
    assert loaded.manifest["threshold"]["alike"]["low"] < 0.2 < loaded.manifest["threshold"]["alike"]["high"]
    assert loaded.manifest["review"]["capacity"] == 0.1
    assert loaded.manifest["metrics"] == {"roc_auc": 0.75}
    assert (bundle / "model.pkl").read_bytes() == model
    assert told.splitlines()[-2:] == [
        "savings and fairness on test clients are not measured at this threshold; to measure them, name the tables of "
        "the training: --data FOLDER",
        f"written to {bundle}; restart the server to decide by it",
    ]
    # Now these are the costs of the model.
    again = credit("threshold", "--bundle", bundle)
    assert "margin 15.0%, loss given default 60.0%" in again
    assert "nothing was changed" not in again


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--margin", 15), "the margin is a share of the loan, above 0 and at most 1, but it is 15; 0.15 is 15 %"),
        (("--lgd", 0), "the loss given default is a share of the loan, above 0 and at most 1, but it is 0"),
        (("--margin", "nan"), "the margin is a share of the loan"),
    ],
)
def test_threshold_refuses_shares_that_are_none(bundle, options, words):
    assert f"error: {words}" in credit("threshold", *options, "--bundle", bundle, "--apply", code=1)
    assert (bundle / "best_threshold").read_text() == "0.16\n"


def test_threshold_takes_reviews_and_the_next_training_takes_what_was_applied(bundle, train_asked):
    told = credit(
        "threshold", "--bundle", bundle, "--margin", 0.15, "--review-cost", 2500, "--review-skill", 0.7, "--apply"
    )
    assert re.search(
        r"referred: whom a review at 2,500 with a skill of 0.7 pays for, some \d+\.\d% of the training", told
    )
    said = credit("train", "tables", "--bundle", bundle)
    terms = train_asked[0]["terms"]
    assert (terms.costs, terms.plan) == (Costs(0.15, 1.0), Plan(0.7, None, 2500.0))
    assert f"margin 0.15 of the loan (as in {bundle})" in said
    both = credit("threshold", "--bundle", bundle, "--review-cost", 1, "--review-capacity", 0.1, code=1)
    assert "leave out --review-cost or --review-capacity" in both


def test_threshold_says_where_a_model_keeps_no_amounts_or_is_not_there(bundle, tmp_path):
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["exposure"]
    path.write_text(json.dumps(manifest))
    told = credit("threshold", "--bundle", bundle, "--apply", code=1)
    assert "keeps no amounts by probability, so no threshold can be searched from it; retrain" in told
    assert "There is no folder" in credit("threshold", "--bundle", tmp_path / "nowhere", code=1)


@pytest.mark.parametrize("margin", ["0.15", "15%", "15 %", " 15%"])
def test_a_share_may_be_written_in_per_cent(margin):
    assert credit("threshold", "--margin", margin) == credit("threshold", "--margin", "0.15")


@pytest.mark.parametrize("margin", ["15%%", "a lot", "%", "15% of it"])
def test_what_is_no_share_is_told_how_to_write_one(margin):
    assert "is no share; write 0.15 or 15%" in credit("threshold", "--margin", margin, code=2)


def test_the_version_is_that_of_the_project():
    written = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.M).group(1)
    assert credit("--version") == f"credit, version {written}\n"
