"""Values as people say them: no days below 0, no 0 and 1."""

import re

import pytest

from credit.explain import Contribution
from credit.explain.feature_texts import about
from credit.explain.spoken_values import label, spoken, value_of
from credit.features import FEATURES


def said(name, value, language="en"):
    return label(Contribution(name, value, 0.1, *about(name), False), language)


@pytest.mark.parametrize(
    ("name", "value", "en", "fr"),
    [
        (
            "DAYS_LAST_PHONE_CHANGE",
            -1156.0,
            "Last change of the phone = 3 years and 1 month before the application",
            "Dernier changement de téléphone = 3 ans et 1 mois avant la demande",
        ),
        ("DAYS_ID_PUBLISH", -0.0, "Issue of the identity document = at the application", None),
        ("BUREAU_DAYS_CREDIT_ENDDATE_MAX", 800.0, "2 years and 2 months after the application", None),
        ("BUREAU_DAYS_CREDIT_ENDDATE_MAX", -30.0, "30 days before the application", "30 jours avant la demande"),
        ("BUREAU_DAYS_CREDIT_MAX", -45.5, "the latest of all loans known to the credit bureau = 45 days before", None),
        ("POS_MONTHS_BALANCE_MEAN", -14.0, "1 year and 2 months before the application", None),
        ("AGE_AT_FIRST_BUREAU_LOAN", 9000.0, "= 24 years and 7 months", "= 24 ans et 7 mois"),
        ("INSTALMENTS_DAYS_PAST_DUE_MAX", 700.0, "= 700 days", "= 700 jours"),
        ("INSTALMENTS_DAYS_ENTRY_PAYMENT_SUM", -12000.0, "= 12,000 days", None),
        ("INSTALMENTS_LAST_90_DAYS_DAYS_OVERDUE_LESS_WHOLE", -3.0, "= 3 days less", "= 3 jours de moins"),
        (
            "GOODS_LESS_CREDIT",
            -118_800.0,
            "Price of the goods, compared with the amount of the loan asked for = 118,800 less",
            "Prix des biens, comparé au montant du prêt demandé = 118\u202f800 de moins",
        ),
        ("GOODS_LESS_CREDIT", 0.0, "= the same", "= autant"),
        (
            "INCOME_LESS_ANNUITY",
            200_000.0,
            "Yearly income, compared with the annuity of the loan asked for = 200,000 more",
            "Revenu annuel, comparé à l'échéance du prêt demandé = 200\u202f000 de plus",
        ),
        (
            "INSTALMENTS_SHORTFALL_MAX",
            500.0,
            "Amount of the instalment, compared with the amount paid: largest of all payments of instalments = 500",
            "Montant de l'échéance, comparé au montant payé\u00a0: la plus grande valeur de l'ensemble des paiements",
        ),
        (
            "INSTALMENTS_DAYS_OVERDUE_MAX",
            12.0,
            "Days that an instalment was late, up to now where it is unpaid: largest of all payments",
            "Jours de retard d'une échéance, jusqu'à aujourd'hui si elle est impayée\u00a0: la plus grande valeur",
        ),
        ("FLAG_EMAIL", 1.0, "= yes", "= oui"),
        ("NAME_CONTRACT_TYPE_Cash_loans", 0.0, "= no", "= non"),
    ],
)
def test_times_and_flags_are_in_words(name, value, en, fr):
    assert en in said(name, value)
    if fr is not None:
        assert fr in said(name, value, "fr")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_name_that_people_read_has_signs_and_words_of_programs(language):
    words = r"[<>=_]|\bless (amount|annuity|the|smallest)\b|: (mean|sum|variance) over\b|: (moyenne|somme) sur\b"
    for feature in FEATURES:
        name = spoken(feature.fr if language == "fr" else feature.en)
        assert not re.search(words, name), name


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_time_from_the_application_is_below_0_and_no_flag_is_a_digit(language):
    for feature in FEATURES:
        if feature.unit in ("days", "months") and "(<= 0)" in feature.en:
            text = said(feature.name, -1000.0, language)
            assert "\u2212" not in text, text
            assert "<=" not in text
        if feature.unit == "0/1":
            for value in (0.0, 1.0):
                assert not re.search(r" = [01]", said(feature.name, value, language)), feature.name


def test_a_protected_value_is_said_on_request_alone():
    one = Contribution("DAYS_BIRTH", -9000.0, 0.1, *about("DAYS_BIRTH"), True)
    assert value_of(one, "en", protected=False) == "not shown"
    assert value_of(one, "fr", protected=False) == "non affiché"
    assert label(one, "en") == "Date of birth = 24 years and 7 months before the application"


def test_what_is_told_programs_is_left_out():
    assert spoken("Start of the present employment, in days before the application (<= 0)") == (
        "Start of the present employment"
    )
