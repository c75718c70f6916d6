"""What 0 and 1 mean, of every flag and one-hot column."""

import pytest

from credit.features import FEATURES
from credit.features.value_words import of_feature

BY_NAME = {feature.name: feature for feature in FEATURES}
OTHER = (0, "another value, or none", "une autre valeur, ou aucune")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CODE_GENDER", [(0, "female", "femme"), (1, "male", "homme")]),
        ("FLAG_OWN_CAR", [(0, "no", "non"), (1, "yes", "oui")]),
        ("FLAG_EMAIL", [(0, "no", "non"), (1, "yes", "oui")]),
        ("REG_REGION_NOT_WORK_REGION", [(0, "no", "non"), (1, "yes", "oui")]),
        ("BUREAU_HISTORY", [(0, "no", "non"), (1, "yes", "oui")]),
        ("NAME_CONTRACT_TYPE_Cash_loans", [OTHER, (1, "cash loan", "prêt de trésorerie")]),
        ("ORGANIZATION_TYPE_Industry_type_11", [OTHER, (1, "industry, type 11", "industrie, type 11")]),
        ("PREVIOUS_LAST_NAME_YIELD_GROUP_low_normal", [OTHER, (1, "low, normal", "bas, normal")]),
        ("PREVIOUS_LAST_NAME_CONTRACT_STATUS_Approved", [OTHER, (1, "approved", "acceptée")]),
        ("PREVIOUS_LAST_PRODUCT_COMBINATION_MISSING", [(0, "given", "indiqué"), (1, "not given", "non indiqué")]),
        (
            "CARD_NAME_CONTRACT_STATUS_Demand_MAX",
            [
                (0, "in no row", "dans aucune ligne"),
                (1, "payment demanded, in at least one row", "remboursement exigé, dans au moins une ligne"),
            ],
        ),
        (
            "CARD_NAME_CONTRACT_STATUS_MISSING_MIN",
            [
                (0, "not in every row", "pas dans toutes les lignes"),
                (1, "not given, in every row", "non indiqué, dans toutes les lignes"),
            ],
        ),
    ],
)
def test_the_two_values_are_told_in_both_languages(name, words):
    assert [tuple(one) for one in of_feature(BY_NAME[name])] == words


def test_every_flag_has_both_and_no_quantity_any():
    for feature in FEATURES:
        assert [one.value for one in of_feature(feature)] == ([0, 1] if feature.unit == "0/1" else []), feature.name


def test_a_column_of_one_value_says_the_value_that_its_description_names():
    """The description is made with the feature, the words of its values from the vocabularies: they agree."""
    hot = [one for one in FEATURES if one.unit == "0/1" and of_feature(one)[0].en == OTHER[1]]
    assert len(hot) > 120
    for feature in hot:
        _, one = of_feature(feature)
        assert one.en in feature.en, feature.name
        assert one.fr in feature.fr, feature.name
