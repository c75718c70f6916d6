"""The list of features: frozen, uniquely named, described in two languages."""

import re
from collections import Counter
from hashlib import sha256

import lightgbm
import numpy as np
import pytest

from credit.features import COLUMNS, EXTRA, EXTRA_FEATURES, FEATURES, RECIPE
from credit.features.batch import build
from credit.features.descriptions import UNITS, identifier
from credit.features.feature import Feature
from credit.tables import TABLES

ALL_FEATURES = FEATURES
ALL = COLUMNS


def test_the_recipe_has_795_features_in_blocks_of_known_size():
    assert Counter(feature.table for feature in FEATURES[:795]) == {
        "application": 245,
        "bureau": 116,
        "previous_application": 249,
        "POS_CASH_balance": 18,
        "installments_payments": 26,
        "credit_card_balance": 141,
    }
    assert {feature.family for feature in FEATURES[:795]} == {"recipe"}


def test_the_blocks_follow_one_another_in_the_order_of_the_recipe():
    order = list(dict.fromkeys(feature.table for feature in FEATURES[:795]))
    assert order == [
        "application",
        "bureau",
        "previous_application",
        "POS_CASH_balance",
        "installments_payments",
        "credit_card_balance",
    ]
    prefixes = dict(zip(order[1:], ("BUREAU_", "PREVIOUS_", "POS_", "INSTALMENTS_", "CARD_"), strict=True))
    for feature in FEATURES[245:795]:
        assert feature.name.startswith(prefixes[feature.table])


def test_the_parts_of_the_blocks_have_known_sizes():
    def count(*prefixes):
        return sum(name.startswith(prefixes) for name in COLUMNS[:795])

    assert count("BUREAU_ACTIVE_") == count("BUREAU_CLOSED_") == 27
    assert count("PREVIOUS_APPROVED_") == count("PREVIOUS_REFUSED_") == 30
    assert sum(name.startswith("PREVIOUS_") and name.endswith("_SHARE") for name in COLUMNS[:795]) == 159
    assert sum(name.startswith("BUREAU_STATUS_") for name in COLUMNS[:795]) == 9
    assert sum(name.startswith("BUREAU_") and name.endswith("_SHARE") for name in COLUMNS[:795]) == 26


def test_the_applications_own_columns_come_first_in_the_tables_order():
    assert COLUMNS[:8] == (
        "CODE_GENDER",
        "FLAG_OWN_CAR",
        "FLAG_OWN_REALTY",
        "CNT_CHILDREN",
        "AMT_INCOME_TOTAL",
        "AMT_CREDIT",
        "AMT_ANNUITY",
        "AMT_GOODS_PRICE",
    )
    numbers = [column.name for column in TABLES["application_test"].columns if column.kind != "text"][1:]
    assert [name for name in COLUMNS[:107] if name in numbers] == numbers
    assert COLUMNS[107] == "NAME_CONTRACT_TYPE_Cash_loans"
    assert COLUMNS[240:245] == (
        "EMPLOYED_TO_AGE",
        "INCOME_TO_CREDIT",
        "INCOME_PER_FAMILY_MEMBER",
        "ANNUITY_TO_INCOME",
        "ANNUITY_TO_CREDIT",
    )


def test_every_one_hot_column_of_the_application_has_its_known_values():
    sizes = {
        "NAME_CONTRACT_TYPE": 2,
        "NAME_TYPE_SUITE": 7,
        "NAME_INCOME_TYPE": 8,
        "NAME_EDUCATION_TYPE": 5,
        "NAME_FAMILY_STATUS": 6,
        "NAME_HOUSING_TYPE": 6,
        "OCCUPATION_TYPE": 18,
        "WEEKDAY_APPR_PROCESS_START": 7,
        "ORGANIZATION_TYPE": 58,
        "FONDKAPREMONT_MODE": 4,
        "HOUSETYPE_MODE": 3,
        "WALLSMATERIAL_MODE": 7,
        "EMERGENCYSTATE_MODE": 2,
    }
    for column, size in sizes.items():
        assert sum(name.startswith(f"{column}_") for name in COLUMNS[107:240]) == size
    assert "NAME_FAMILY_STATUS_Unknown" in COLUMNS


def test_the_recipe_stays_in_front_when_features_are_added():
    assert len(RECIPE) == 795
    assert (*RECIPE, *EXTRA) == COLUMNS
    assert not {name.lower() for name in EXTRA} & {name.lower() for name in RECIPE}
    assert len(EXTRA) == 289
    assert "recipe" not in {feature.family for feature in EXTRA_FEATURES}


def test_the_lists_are_frozen():
    """A model wants the columns that it was trained on: whoever changes a list here trains every model anew."""

    def digest(names):
        return sha256("\n".join(names).encode()).hexdigest()[:16]

    assert digest(RECIPE) == "6794bdfd79e28d57"
    assert digest(EXTRA) == "0cd8b84fab162b63"


def test_features_made_from_others_need_known_ones_that_need_no_others():
    by_name = {feature.name: feature for feature in ALL_FEATURES}
    for feature in ALL_FEATURES:
        assert not [name for name in feature.needs if by_name[name].needs], feature.name


def test_names_are_unique_whatever_the_letter_case_and_hold_no_special_characters():
    assert len({name.lower() for name in ALL}) == len(ALL)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in ALL)


def test_values_that_differ_only_by_punctuation_keep_names_of_their_own():
    for table in TABLES.values():
        for column, values in table.vocabularies.items():
            names = {identifier(value).lower() for value in values}
            assert len(names) == len(values), column
            assert "missing" not in names
            assert "" not in names
    assert identifier("Industry: type 1") == "Industry_type_1"
    assert identifier("Loan for purchase of shares (margin lending)") == "Loan_for_purchase_of_shares_margin_lending"
    assert identifier("AP+ (Cash loan)") == "AP_Cash_loan"


def test_lightgbm_takes_the_names_as_they_are():
    values = np.random.default_rng(0).random((40, len(ALL)))
    data = lightgbm.Dataset(values, np.arange(40) % 2, feature_name=list(ALL))
    model = lightgbm.train({"objective": "binary", "verbose": -1, "min_data_in_leaf": 5}, data, 2)
    assert model.feature_name() == list(ALL)


def test_every_feature_has_a_description_of_its_own_in_both_languages():
    for words in ([feature.en for feature in ALL_FEATURES], [feature.fr for feature in ALL_FEATURES]):
        twice = [text for text, times in Counter(words).items() if times > 1]
        assert not twice
        assert all(text == text.strip() and text[0].isupper() for text in words)
    assert all(feature.en != feature.fr for feature in ALL_FEATURES)


def test_french_colons_and_quotes_stand_behind_no_break_spaces():
    for feature in ALL_FEATURES:
        assert not re.search(r" [:;»]|« ", feature.fr), feature.name
        assert not re.search(r"[a-zé]:", feature.fr), feature.name


def test_every_unit_is_known_in_both_languages():
    assert {feature.unit for feature in ALL_FEATURES} <= set(UNITS)
    by_name = {feature.name: feature for feature in ALL_FEATURES}
    assert by_name["BUREAU_DAYS_CREDIT_VAR"].unit == "days squared"
    assert by_name["BUREAU_DAYS_CREDIT_VAR"].unit_fr == "jours au carré"
    assert by_name["CARD_NAME_CONTRACT_STATUS_Active_MEAN"].unit == "share"
    assert by_name["CARD_NAME_CONTRACT_STATUS_Active_SUM"].unit == "count"
    assert by_name["PREVIOUS_CNT_PAYMENT_MEAN"].unit == "months"


def test_a_feature_with_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="'furlongs' of X has no French word"):
        Feature("X", "furlongs", "bureau", "X", "X", FEATURES[0].expr)


def test_no_identifier_is_a_feature():
    assert not [name for name in ALL if "SK_ID" in name]


def test_an_unknown_feature_is_refused_with_the_nearest_known_one(as_lazy, random_tables):
    with pytest.raises(KeyError, match=r"'AMT_CREDT' is not a feature\. Did you mean 'AMT_CREDIT'"):
        build(as_lazy(random_tables(2, 0)), columns=["AMT_CREDT"])


def test_a_missing_application_table_is_told(as_lazy, random_tables):
    frames = as_lazy(random_tables(2, 0))
    with pytest.raises(KeyError, match="'application_test' is missing"):
        build(frames, application="application_test")
