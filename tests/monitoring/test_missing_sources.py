"""What is watched of a model, and that a provider that is down is said once."""

import json

import numpy as np
import pytest

from credit.features import COLUMNS
from credit.model.manifest import BundleError
from credit.monitoring.missing_sources import MOST, Causes, sentence, sentences

NAN = np.nan

#: Whether the tables were sent, and what of each is missing least: of the training clients 14 and 71 % had no row.
TABLES = {
    "BUREAU_HISTORY": 0.0,
    "BUREAU_DAYS_CREDIT_MIN": 0.1441,
    "CARD_HISTORY": 0.0,
    "CARD_MONTHS_BALANCE_MIN": 0.7114,
}


def kinds(causes):
    return [(cause.kind, cause.name, cause.share) for cause in causes.all]


def test_columns_that_nearly_all_training_clients_had_are_watched():
    missing = {"AMT_CREDIT": 0.0, "OWN_CAR_AGE": 0.66, "AMT_REQ_CREDIT_BUREAU_DAY": 0.02, "DAYS_EMPLOYED": 0.021}
    assert kinds(Causes(tuple(missing), missing)) == [
        ("column", "AMT_CREDIT", 0.0),
        ("column", "AMT_REQ_CREDIT_BUREAU_DAY", 0.02),
    ]


def test_every_score_of_another_provider_is_watched():
    missing = {"EXT_SOURCE_1": 0.5571, "EXT_SOURCE_2": 0.002, "EXT_SOURCE_3": 0.198}
    assert kinds(Causes(tuple(missing), missing)) == [("column", name, share) for name, share in missing.items()]


def test_features_made_by_formulas_are_not_causes():
    missing = dict.fromkeys(("AMT_CREDIT", "AMT_INCOME_TOTAL", "INCOME_TO_CREDIT", "EXT_SOURCE_MEAN"), 0.0)
    assert [cause.name for cause in Causes(tuple(missing), missing).all] == ["AMT_INCOME_TOTAL", "AMT_CREDIT"]


def test_a_feature_of_a_banks_own_is_its_own_cause():
    assert kinds(Causes(("SHOE_SIZE",), {"SHOE_SIZE": 0.01})) == [("column", "SHOE_SIZE", 0.01)]


def test_at_most_so_many_are_watched():
    names = tuple(f"OWN_{number}" for number in range(MOST + 1))
    assert len(Causes(names, dict.fromkeys(names, 0.0))) == MOST


def test_a_table_is_one_cause_and_its_rows_another_where_most_have_some():
    assert kinds(Causes(tuple(TABLES), TABLES)) == [
        ("table", "bureau", 0.0),
        ("rows", "bureau", 0.1441),
        ("table", "credit_card_balance", 0.0),
    ]


def test_a_table_counts_as_known_by_its_history_or_by_what_is_made_of_it():
    causes = Causes(tuple(TABLES), TABLES)
    clients = {
        "rows": [1.0, -300.0, 1.0, -12.0],
        "none": [0.0, NAN, 0.0, NAN],
        "made features by name": [NAN, -300.0, NAN, -12.0],
        "bureau not sent": [NAN, NAN, 0.0, NAN],
    }
    found = {said: causes.lacking(np.array([client])).tolist() for said, client in clients.items()}
    assert found == {
        "rows": [0, 0, 0],
        "none": [0, 1, 0],
        "made features by name": [0, 0, 0],
        "bureau not sent": [1, 1, 0],
    }
    assert causes.lacking(np.array([*clients.values()])).tolist() == [1, 2, 0]


def test_rows_of_a_table_that_is_missing_itself_are_not_said_again():
    causes = Causes(tuple(TABLES), TABLES)
    unknown = np.tile([NAN, NAN, 0.0, NAN], (40, 1))
    none = np.tile([0.0, NAN, 0.0, NAN], (40, 1))
    was = "and was for none of the training clients: ask who delivers it"
    assert sentences(causes, unknown) == [f"table bureau is missing for all 40 clients, {was}"]
    assert sentences(causes, none) == [
        "every row of bureau is missing for all 40 clients, and was only for 14.4% of the training clients: "
        "ask who delivers it"
    ]
    assert sentences(causes, unknown, ["credit_card_balance"]) == []


def test_a_text_is_missing_where_none_of_its_columns_is_one():
    names = ("NAME_CONTRACT_TYPE_Cash_loans", "NAME_CONTRACT_TYPE_Revolving_loans")
    missing = dict.fromkeys(names, 0.0)
    assert kinds(Causes(names, missing)) == []  # how often there was no text only a profile says
    causes = Causes(names, missing, {"NAME_CONTRACT_TYPE": 0.001})
    assert kinds(causes) == [("column", "NAME_CONTRACT_TYPE", 0.001)]
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [NAN, NAN]])
    assert [causes.lacking(row[None]).tolist() for row in x] == [[0], [0], [1], [1]]
    assert causes.lacking(x).tolist() == [2]


def test_a_model_that_does_not_say_what_was_missing_is_not_watched():
    causes = Causes.of(COLUMNS, {"model": {"name": "bare"}}, None)
    assert len(causes) == 0
    assert causes.lacking(np.zeros((3, len(COLUMNS)))).tolist() == []
    assert sentences(causes, np.full((100, len(COLUMNS)), NAN)) == []


def test_the_shipped_model_is_read_without_its_pickle():
    causes = Causes.read("mlruns_reduced")
    names = {cause.name for cause in causes.all}
    assert {"AMT_CREDIT", "EXT_SOURCE_1", "EXT_SOURCE_2", "NAME_TYPE_SUITE", "bureau"} <= names
    assert names.isdisjoint({"OWN_CAR_AGE", "OCCUPATION_TYPE", "credit_card_balance rows"})


def test_a_manifest_that_cannot_be_read_is_a_sentence(tmp_path):
    with pytest.raises(BundleError, match="cannot be read"):
        Causes.read(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 0}))
    with pytest.raises(BundleError, match="format 0"):
        Causes.read(tmp_path)


def test_a_sentence_counts():
    assert sentence("EXT_SOURCE_2", 298, 1300, 0.0016) == (
        "EXT_SOURCE_2 is missing for 298 of 1,300 clients, and was only for 0.2% of the training clients: "
        "ask who delivers it"
    )
