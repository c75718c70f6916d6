"""The model's part of a logged rule, and the amount it was about."""

import json
import math

import pytest

from credit.decision.cost import Costs
from credit.decision_log.model_rule import known_amount, model_rule


@pytest.mark.parametrize(
    ("amount", "known"), [(1.0, True), (0.0, False), (-5.0, False), (math.inf, False), (math.nan, False)]
)
def test_an_amount_of_a_loan_is_positive_and_finite(amount, known):
    found = known_amount(amount)
    assert (found == amount) if known else math.isnan(found)


def test_a_decision_from_before_the_log_kept_rules_has_none():
    assert model_rule(0.2, None) is None


def test_the_same_text_is_read_once():
    text = json.dumps(Costs(0.1, 0.5).to_dict())
    assert model_rule(0.2, text) is model_rule(0.2, text)
    assert model_rule(0.2, text).threshold == 0.2
    assert model_rule(0.3, text).threshold == 0.3
