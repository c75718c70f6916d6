"""Ten published rows by name, as tables and through `python -m credit score`: one probability each, over HTTP."""

import csv
import json
import subprocess
import sys

import polars as pl
import pytest
from support.server import ROOT, Server

from credit.simulate import simulate

KEY = "SK_ID_CURR"


def typed(row):
    """A row of a CSV file with numbers where it has them and null for an empty field, as dashboards post it."""

    def value(text):
        if text == "":
            return None
        try:
            return json.loads(text)
        except ValueError:
            return text

    return {name: value(text) for name, text in row.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A bank of which the applications alone are known, in CSV."""
    made = simulate(tmp_path_factory.mktemp("three") / "bank", 300, seed=1, format="csv")
    for path in made.glob("*.csv"):
        if not path.name.startswith("application_train"):
            path.unlink()  # absent: unknown, as a table that is not in a body
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server"), ROOT / "mlruns_reduced", WEB_CONCURRENCY="1").wait()
    yield running
    running.stop()


def test_ten_published_rows_have_one_probability_by_name_in_tables_and_in_a_file(folder, server, tmp_path):
    with (folder / "application_train.csv").open(newline="") as file:
        rows = [typed(row) for row in csv.DictReader(file)]
    pensioners = [row for row in rows if row["DAYS_EMPLOYED"] == 365243][:4]
    ten = [*pensioners, *(row for row in rows if row["DAYS_EMPLOYED"] != 365243)][:10]
    assert len(pensioners) == 4

    status, by_name = server.ask("/predict_proba", ten)
    assert status == 200, by_name
    status, by_table = server.ask("/predict_proba", {"application": ten})
    assert status == 200, by_table
    assert by_name["prediction"] == by_table["prediction"]
    assert {one["column"] for one in by_name["details"]} == {"TARGET"}
    for row in ten:
        answer = server.ask("/predict_proba", row)[1]["prediction"]
        assert answer == {f"client n° {row[KEY]}": by_name["prediction"][f"client n° {row[KEY]}"]}

    out = tmp_path / "scores.parquet"
    words = ["score", folder, "--bundle", ROOT / "mlruns_reduced", "--application", "application_train", "--out", out]
    done = subprocess.run([sys.executable, "-m", "credit", *map(str, words)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    scores = dict(pl.read_parquet(out).select(KEY, "PROBABILITY_OF_DEFAULT").iter_rows())
    assert {f"client n° {row[KEY]}": scores[row[KEY]] for row in ten} == by_name["prediction"]
