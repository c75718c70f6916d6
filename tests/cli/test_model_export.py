"""The export command: what is written, and what is refused in a sentence."""

import csv
import json

import duckdb
import numpy as np
import polars as pl
import pytest
from support.command_line import credit
from support.shipped import ROOT
from support.written_trees import save

from credit import features
from credit.decision.policy import Policy
from credit.model import load_bundle
from credit.scorecard.column_bins import is_additive
from credit.scorecard.tree_nodes import boosted_trees
from credit.tables import read
from credit.training import hiding, pupil

SHIPPED = ROOT / "mlruns_reduced"


def test_an_additive_model_is_exported_as_it_is(tmp_path):
    save(tmp_path / "bundle", 2)
    said = credit("export", "--to", "points", "--bundle", tmp_path / "bundle", "--out", tmp_path / "card")
    assert {path.name for path in (tmp_path / "card").iterdir()} == {
        *("scorecard.csv", "scorecard.en.html", "scorecard.fr.html"),
        *("score.duckdb.sql", "score.postgresql.sql", "score.spark.sql"),
    }
    with (tmp_path / "card" / "scorecard.csv").open() as file:
        bins = len(list(csv.DictReader(file))) - 1
    assert f" columns, {bins:,} bins" in said


def test_a_model_of_trees_has_no_points_without_tables(tmp_path):
    said = credit("export", "--to", "points", "--bundle", SHIPPED, "--out", tmp_path / "card", code=1)
    assert said.startswith("error: this model is not additive: a tree reads ")
    assert said.rstrip().endswith("and an additive model is trained for it: --data DIR")
    assert not (tmp_path / "card").exists()


@pytest.mark.parametrize(("form", "reason"), [("onnx", "single precision"), ("pmml", "gaps and values on a split")])
def test_a_form_that_gives_another_answer_is_refused_with_the_reason(form, reason, tmp_path):
    said = credit("export", "--to", form, "--out", tmp_path / "model", code=1)
    assert reason in said
    assert "--to sql" in said
    assert not (tmp_path / "model").exists()


def test_rules_of_the_bank_are_said_not_to_be_in_it(tmp_path, monkeypatch):
    save(tmp_path / "bundle", 2)
    monkeypatch.setenv("BANK_RULES", "rules.toml")
    said = credit("export", "--to", "sql", "--bundle", tmp_path / "bundle", "--out", tmp_path / "score.sql")
    assert "the rules of BANK_RULES are not exported" in said


def test_data_are_for_points_alone(tmp_path):
    save(tmp_path / "bundle", 2)
    options = ("--bundle", tmp_path / "bundle", "--out", tmp_path / "score.sql", "--data", tmp_path)
    assert "leave it out for --to sql" in credit("export", "--to", "sql", *options, code=1)


@pytest.mark.timeout(900)
def test_an_additive_model_is_trained_and_held_against_the_served_one(bank, tmp_path, monkeypatch):
    monkeypatch.setattr(pupil, "MOST_TREES", 40)
    monkeypatch.setattr(hiding, "COPIES", 1)
    out = tmp_path / "card"
    said = credit("export", "--to", "points", "--bundle", SHIPPED, "--data", bank, "--out", out)
    model = load_bundle(out / "model")
    assert is_additive(boosted_trees(model))
    assert model.manifest["model"]["name"] == "Scorecard"
    assert model.columns == load_bundle(SHIPPED).columns
    assert model.manifest["features"]["signs"]  # held to those of the columns that it reads
    comparison = json.loads((out / "comparison.json").read_text())
    assert comparison["clients"] == model.manifest["metrics"]["test_clients"]
    assert comparison["auc"][1]["estimate"] == pytest.approx(model.manifest["metrics"]["roc_auc"], abs=1e-9)
    assert comparison["saving"][1]["estimate"] == pytest.approx(model.manifest["metrics"]["saving"], abs=1e-9)
    assert f"On the same {comparison['clients']:,} test clients" in said
    assert "ROC AUC" in said
    assert f"{comparison['money'] / comparison['clients']:,.2f}".lstrip("-") in said
    # The bank's own features, in a database, by the query alone.
    made = features.build(read(bank), columns=model.columns).collect()
    with duckdb.connect() as database:
        database.register("features", made.to_arrow())
        rows = database.execute((out / "score.duckdb.sql").read_text()).fetchall()
    found = {row[0]: (row[2], row[5]) for row in rows}
    x = np.ascontiguousarray(made.select(model.columns).cast(pl.Float64).fill_null(np.nan).to_numpy())
    p = model.probability(x)
    decisions = Policy(model).model_decisions(p, Policy(model).amounts(x))
    for client, probability, decision in zip(made["SK_ID_CURR"], p, decisions, strict=True):
        if found[client][1] is not None:
            assert found[client][0] == pytest.approx(probability, abs=1e-12)
            assert found[client][1] == decision
    assert sum(decision is not None for _, decision in found.values()) > 1000
