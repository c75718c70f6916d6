"""A model without gender: trained, described, served and measured."""

import json
import re

import numpy as np
import polars as pl
import pytest
from lightgbm import LGBMClassifier

from credit import training
from credit.decision.cost import Costs
from credit.explain.reasons import PROTECTED, group_of
from credit.features import COLUMNS
from credit.model import load_bundle
from credit.training import finalize
from credit.training.candidates import Candidate
from credit.training.dataset import dataset, prepare, source_of, split
from credit.training.left_out import features_left_out, named_columns
from credit.training.recording import record_comparison
from credit.training.reference_profile import profile
from credit.training.remeasure import measure
from credit.web.application import create_app

WITHOUT = ("CODE_GENDER", "DAYS_BIRTH", "NAME_FAMILY_STATUS")
TREES = Candidate("LightGBM", lambda seed: LGBMClassifier(n_estimators=20, num_leaves=4, verbose=-1, random_state=seed))


def test_columns_are_named_with_commas_between():
    assert named_columns(None) == named_columns("") == ()
    assert named_columns("CODE_GENDER, DAYS_BIRTH,CODE_GENDER") == ("CODE_GENDER", "DAYS_BIRTH")
    assert named_columns("protected,CREDIT_TO_GOODS") == ("protected", "CREDIT_TO_GOODS")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CODE_GENDR", "'CODE_GENDR' is no column of the application and no feature; did you mean 'CODE_GENDER'?"),
        ("days_birth", "did you mean 'DAYS_BIRTH'?"),
        ("CODE_GENDER,TARGET,", "'TARGET' is no column"),
        ("SK_ID_CURR", "'SK_ID_CURR' is no column"),
        ("AMT_CREDIT", "AMT_CREDIT is an amount of the loan that is decided about: no model can do without it"),
    ],
)
def test_unknown_names_and_the_amounts_of_the_loan_are_refused(text, words):
    with pytest.raises(ValueError, match=words.replace("?", r"\?")):
        named_columns(text)


def test_the_word_protected_leaves_out_all_that_is_never_a_reason_and_what_reads_it():
    left_out = features_left_out(["protected"])
    assert {name for name in COLUMNS if group_of(name) == PROTECTED} <= set(left_out)
    assert {"CODE_GENDER", "EMPLOYED_TO_AGE", "NAME_FAMILY_STATUS_Married", "ORGANIZATION_TYPE_Religion"} <= set(
        left_out
    )
    assert set(left_out) <= set(COLUMNS)
    assert len(left_out) < 60


@pytest.fixture(scope="module")
def prepared(bank):
    return prepare(bank)


@pytest.fixture(scope="module")
def exported(bank, prepared, open_store, tmp_path_factory):
    """The folder of a model that was trained without `WITHOUT`, after one that reads all columns."""
    folder = open_store(tmp_path_factory.mktemp("without"))
    for name, without in (("all", ()), ("bundle", WITHOUT)):
        data = dataset(prepared, source_of(bank), without)
        parts = split(data)
        trees = training.search(TREES, data, parts, costs=Costs())
        original = training.search(TREES, training.application_columns(data), parts, costs=Costs())
        settings = {"seed": 7, "clients": len(data)}
        _, best = record_comparison(data, parts, [trees], original, settings, costs=Costs())
        finalize(folder / name, best)
    return folder / "bundle"


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_a_dataset_keeps_for_the_judges_what_no_model_learns_from(prepared):
    whole, data = dataset(prepared), dataset(prepared, without=WITHOUT)
    left_out = features_left_out(WITHOUT)
    assert data.columns == tuple(name for name in whole.columns if name not in left_out)
    assert data.unread.columns == [name for name in prepared.columns if name in left_out]
    assert data.source["without"] == [*WITHOUT]
    assert "without" not in whole.source
    assert (data.person == whole.person).all()  # persons are told apart by gender and age: the split stays
    gender = whole.x[:, whole.columns.index("CODE_GENDER")]
    np.testing.assert_array_equal(data.unread["CODE_GENDER"].to_numpy(), gender)
    kept = [whole.columns.index(name) for name in data.columns]
    np.testing.assert_array_equal(data.x, whole.x[:, kept])


def test_persons_whose_columns_are_not_there_are_told_apart_by_their_number(prepared):
    some = prepared.drop("CODE_GENDER", "DAYS_ID_PUBLISH")
    assert len(set(dataset(some).person)) == len(some)


def test_manifest_and_card_say_what_was_left_out(exported):
    data = manifest_of(exported)["data"]
    assert data["without"] == [*WITHOUT]
    assert set(data["left_out"]) == set(features_left_out(WITHOUT))
    assert not set(data["left_out"]) & set(load_bundle(exported).columns)
    card = (exported / "MODEL_CARD.md").read_text()
    assert "- Left out on request: CODE_GENDER, DAYS_BIRTH, NAME_FAMILY_STATUS, and with them 14 features" in card
    reads = next(line for line in card.splitlines() if "CNT_CHILDREN" in line and "CNT_FAM_MEMBERS" in line)
    assert not {"CODE_GENDER", "DAYS_BIRTH"} & set(re.findall(r"`([A-Z_]+)`", reads))
    assert "**The model reads protected columns; they are listed under Factors.**" in card
    assert "Left out" not in (exported.parent / "all" / "MODEL_CARD.md").read_text()


def test_groups_are_measured_though_the_model_reads_none_of_them(exported):
    mine, others = (manifest_of(folder)["groups"] for folder in (exported, exported.parent / "all"))
    assert [(row["group"], row["clients"]) for row in mine] == [(row["group"], row["clients"]) for row in others]
    assert (
        sum(row["clients"] for row in mine if row["attribute"] == "gender")
        == manifest_of(exported)["metrics"]["test_clients"]
    )


def test_the_figures_and_the_profile_of_such_a_model_can_be_made_again(exported, bank, tmp_path):
    import shutil

    bundle = shutil.copytree(exported, tmp_path / "bundle")
    found = measure(bundle, bank, load_bundle(bundle).threshold, Costs(), None)
    assert found.metrics == pytest.approx(manifest_of(bundle)["metrics"])
    assert profile(bank, bundle).training  # by the fingerprint: these are its clients


@pytest.fixture(scope="module")
def client(exported, tmp_path_factory):
    database = tmp_path_factory.mktemp("log") / "decisions.db"
    return create_app(bundle=exported, database=database, log_requests=False).test_client()


def test_the_service_does_not_ask_for_these_columns(client):
    told = client.get("/features?details=1").json
    names = {one["name"] for one in told["published"]}
    assert not {*WITHOUT, "DAYS_BIRTH"} & ({*told["columns"]} | names)
    assert {"NAME_CONTRACT_TYPE", "CNT_CHILDREN", "DAYS_EMPLOYED"} <= names
    example = client.get("/openapi.json").json["paths"]["/score"]["post"]["requestBody"]["content"]
    assert not {*WITHOUT} & example["application/json"]["example"].keys()


def test_a_whole_row_is_taken_and_what_was_left_out_makes_no_difference(client, bank):
    row = pl.read_parquet(bank / "application_test.parquet").row(3, named=True)
    other = {**row, "CODE_GENDER": "F" if row["CODE_GENDER"] == "M" else "M", "NAME_FAMILY_STATUS": "Widow"}
    other["DAYS_BIRTH"] = row["DAYS_BIRTH"] - 4000
    short = {name: value for name, value in row.items() if name not in WITHOUT}
    for body in (lambda one: one, lambda one: {"application": one}):
        answers = [client.post("/predict_proba", json=body(one)) for one in (row, other, short)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert len({answer.json["prediction"][f"client n° {row['SK_ID_CURR']}"] for answer in answers}) == 1


def test_a_code_that_the_model_does_not_read_may_be_a_number_too(client):
    loan = {"SK_ID_CURR": 7, "AMT_CREDIT": 2e5, "AMT_ANNUITY": 1e4, "AMT_GOODS_PRICE": 2e5}
    answers = [client.post("/predict_proba", json={**loan, **more}) for more in ({}, {"CODE_GENDER": 1})]
    assert answers[0].json["prediction"] == answers[1].json["prediction"]
