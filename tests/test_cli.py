"""The command line as a user types it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from credit.cli import main

ROOT = Path(__file__).parent.parent


def credit(*arguments, code=0) -> str:
    """What the command prints, standard error included."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def test_help_names_every_job():
    text = credit("--help")
    for job in ("simulate", "check", "features", "train", "score", "run", "serve"):
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
    assert "application_train               300 rows, 122 columns: as published" in told
    assert len(told.splitlines()) == 8


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
    assert credit("features", bank, "--out", out) == f"{out}: 1,500 clients, 795 features\n"
    made = pl.read_parquet(out) if ending == "parquet" else pl.read_csv(out, infer_schema_length=None)
    assert made.shape == (1500, 796)
    assert made["SK_ID_CURR"].n_unique() == 1500


def test_features_wants_a_format_it_knows_and_leaves_nothing_behind(bank, tmp_path):
    out = tmp_path / "features.xlsx"
    assert "ends in .xlsx; give a file that ends in .parquet or .csv" in credit("features", bank, "--out", out, code=1)
    assert list(tmp_path.iterdir()) == []


def test_train_says_which_folder_is_wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "the folder does not exist" in credit("train", tmp_path / "nowhere", code=1)


def test_a_taken_port_is_told_with_another_to_choose():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = credit("serve", "--port", port, code=1)
    assert f"port {port} on 127.0.0.1 cannot be used" in told
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
