"""The commands that serve pages: ports that are taken, models that are missing, MLflow's pages."""

import os
import socket
import subprocess

import pytest
from support.command_line import credit


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
