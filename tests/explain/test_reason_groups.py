"""Every feature has its group, and what is protected is never a reason."""

import re

import pytest

from credit.explain import PROTECTED, group_of
from credit.explain import reasons as dictionary
from credit.explain.reasons import GROUPS
from credit.features import FEATURES

NAMES = [feature.name for feature in FEATURES]


def test_every_feature_belongs_to_a_group_and_every_group_has_features():
    assert [name for name in NAMES if group_of(name) is None] == []
    assert {group_of(name) for name in NAMES} == {*GROUPS, PROTECTED}
    assert 100 <= len(GROUPS) <= 160  # specific, and still some ten features to a group


def test_every_rule_decides_about_some_feature():
    deciding = {
        next(i for i, (pattern, _) in enumerate(dictionary._RULES) if pattern.fullmatch(name)) for name in NAMES
    }
    idle = [pattern.pattern for i, (pattern, _) in enumerate(dictionary._RULES) if i not in deciding]
    assert idle == []


@pytest.mark.parametrize(
    ("feature", "group"),
    [
        ("EXT_SOURCE_2_TIMES_3", "external_scores"),
        ("AMT_CREDIT", "loan_amount"),
        ("ANNUITY_TO_INCOME", "annuity_to_income"),
        ("CREDIT_TO_GOODS", "goods_price"),
        ("OWN_CAR_AGE", "car"),
        ("WALLSMATERIAL_MODE_Panel", "building_walls"),
        ("ORGANIZATION_TYPE_Bank", "employer_business"),
        ("ORGANIZATION_TYPE_Medicine", "employer_business"),
        ("LIVE_CITY_NOT_WORK_CITY", "work_city"),
        ("DEF_TO_OBS_30_SOCIAL_CIRCLE", "surroundings_late"),
        ("AMT_REQ_CREDIT_BUREAU_YEAR", "enquiries"),
        ("BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM", "bureau_debt_amount"),
        ("BUREAU_AMT_CREDIT_SUM_OVERDUE_MEAN", "bureau_punctuality"),
        ("BUREAU_LAST_12_MONTHS_LATE_SHARE", "bureau_punctuality"),
        ("BUREAU_CLOSED_AMT_CREDIT_SUM_MAX", "bureau_loan_amounts"),
        ("BUREAU_OPENED_LAST_6_MONTHS_ROWS", "bureau_frequency"),
        ("BUREAU_ACTIVE_CARD_ROWS", "bureau_running_number"),
        ("BUREAU_DEBT_TO_INCOME", "bureau_debt_to_income"),
        ("PREVIOUS_REFUSED_AMT_CREDIT_MEAN", "refused_amounts"),
        ("PREVIOUS_LAST_3_REFUSED_SHARE", "earlier_outcomes"),
        ("PREVIOUS_LAST_365_DAYS_ROWS", "earlier_number"),
        ("PREVIOUS_RUNNING_AMT_ANNUITY_SUM", "running_annuity"),
        ("PREVIOUS_LAST_IMPLIED_INTEREST", "earlier_interest"),
        ("POS_LAST_12_MONTHS_SK_DPD_MAX", "punctuality"),
        ("INSTALMENTS_LAST_365_DAYS_OVERDUE_LESS_WHOLE", "punctuality"),
        ("INSTALMENTS_DAYS_EARLY_MEAN", "punctuality"),
        ("INSTALMENTS_DAYS_PAST_DUE_SUM", "punctuality"),
        ("INSTALMENTS_SHORTFALL_SUM", "shortfall"),
        ("INSTALMENTS_AMT_UNPAID_SUM", "shortfall"),
        ("INSTALMENTS_PART_UNPAID_SHARE", "shortfall"),
        ("INSTALMENTS_LAST_30_DAYS_PAID_TO_INSTALMENT_MEAN", "shortfall"),
        ("INSTALMENTS_AMT_PAID_MEAN", "instalment_amounts"),
        ("ANNUITY_TO_LARGEST_INSTALMENT", "annuity_to_instalments"),
        ("CARD_LAST_3_MONTHS_UTILISATION_MAX", "card_utilisation"),
        ("CARD_MONTHS_BALANCE_VAR", "card_months"),
        ("CARD_PAYMENT_TO_BALANCE", "card_payment_share"),
        ("CARD_ATM_TO_DRAWINGS", "card_cash_share"),
        ("BUREAU_HISTORY", "bureau_loans"),
        ("PREVIOUS_HISTORY", "earlier_history"),
        ("POS_HISTORY", "instalment_loan_history"),
        ("INSTALMENTS_HISTORY", "payment_history"),
        ("CARD_HISTORY", "card_history"),
    ],
)
def test_features_are_where_they_belong(feature, group):
    assert group_of(feature) == group


def test_what_is_made_from_gender_age_or_family_is_protected():
    protected = {name for name in NAMES if group_of(name) == PROTECTED}
    assert protected >= {
        "CODE_GENDER",
        "DAYS_BIRTH",
        "EMPLOYED_TO_AGE",
        "REGISTRATION_TO_AGE",
        "ID_PUBLISH_TO_AGE",
        "PHONE_CHANGE_TO_AGE",
        "CAR_AGE_TO_AGE",
        "AGE_AT_FIRST_BUREAU_LOAN",
        "CNT_CHILDREN",
        "CNT_FAM_MEMBERS",
        "CHILDREN_TO_FAMILY",
        "INCOME_PER_FAMILY_MEMBER",
        "NAME_INCOME_TYPE_Pensioner",
        "NAME_INCOME_TYPE_Maternity_leave",
    }
    # The words know what a formula reads: whatever speaks of a life, an age, children or a family is among them.
    for feature in FEATURES:
        if re.search(
            r"client's life|\bage of the client\b(?!')|child|famil|spouse|gender|date of birth", feature.en.lower()
        ):
            assert feature.name in protected, feature.name
