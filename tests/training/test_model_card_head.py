"""The head of the model card: what a hub's program reads of a model."""

import pytest
import yaml

from credit.model.card_file import without_head
from credit.training.model_card import card
from credit.training.model_card_head import head, with_head

MANIFEST = {
    "files": {"model.pkl": "ab" * 32},
    "data": {"simulated": True, "clients": 12345, "fingerprint": "cd" * 32},
    "model": {"name": "Champion"},
    "threshold": {"best": 0.17},
    "metrics": {"roc_auc": 0.8028, "ks": None, "brier": 0.0626, "accuracy": 0.9},
}


def read(text):
    """The head as a program reads it: YAML between the first two lines of dashes."""
    begin, yaml_text, _ = text.split("---\n", 2)
    assert begin == ""
    return yaml.safe_load(yaml_text)


def test_the_head_has_licence_data_and_the_figures_that_were_measured():
    found = read(card(MANIFEST))
    assert found["license"] == "unknown"
    assert found["data"] == {"simulated": True, "clients": 12345, "fingerprint": "cd" * 32}
    assert (found["sha256"], found["threshold"]) == ("ab" * 32, 0.17)
    (model,) = found["model-index"]
    (result,) = model["results"]
    assert model["name"] == "Champion"
    assert result["dataset"]["type"] == "simulated"
    assert result["metrics"] == [
        {"type": "roc_auc", "name": "ROC AUC", "value": 0.8028},
        {"type": "brier", "name": "Brier score", "value": 0.0626},
    ]


def test_clients_of_a_bank_are_not_said_to_be_simulated():
    found = read(head({**MANIFEST, "data": {"simulated": False}}))
    assert found["data"] == {"simulated": False}
    assert found["model-index"][0]["results"][0]["dataset"]["type"] == "private"


def test_the_text_for_people_stands_below_and_stays_when_the_head_is_written_anew():
    text = card(MANIFEST)
    assert without_head(text).startswith("# Model card: Champion\n")
    again = with_head(text, {**MANIFEST, "threshold": {"best": 0.2}})
    assert read(again)["threshold"] == 0.2
    assert without_head(again) == without_head(text)
    assert with_head(again, MANIFEST) == text
    old = without_head(text)  # of a version that wrote no head
    assert with_head(old, MANIFEST) == text


@pytest.mark.parametrize("text", ["# Card\n\n---\n\nmore\n", "", "---\nno end"])
def test_a_line_of_dashes_in_the_text_is_no_head(text):
    assert without_head(text) == text
