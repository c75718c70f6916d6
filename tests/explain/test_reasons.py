"""Which reasons are given, and how many: only what the client's own values prove."""

import re

import numpy as np
import pytest
from support.contributed import reasons

from credit.explain import PROTECTED, group_of
from credit.explain import reasons as dictionary
from credit.explain.reasons import _MORE_IS_BETTER, GROUPS, MOST
from credit.features import COLUMNS, FEATURES
from credit.features.monotone_directions import sign

NAMES = [feature.name for feature in FEATURES]


NAN = np.nan


def test_a_protected_attribute_is_never_a_reason_however_large():
    found = reasons({"CODE_GENDER": (2.0, 1.0), "DAYS_BIRTH": (1.5, -9000.0), "AMT_CREDIT": (0.01, 5e5)})
    assert [reason.code for reason in found] == ["loan_amount"]
    assert reasons({"CODE_GENDER": (2.0, 1.0), "CNT_CHILDREN": (1.0, 3.0)}) == []


def test_correlated_features_are_one_reason():
    found = reasons(
        {
            "EXT_SOURCE_2": (0.3, 0.6),
            "EXT_SOURCE_3": (0.2, 0.7),
            "EXT_SOURCE_MAX": (-0.1, 0.7),
            "AMT_CREDIT": (0.45, 1e6),
        }
    )
    assert [reason.code for reason in found] == ["loan_amount", "external_scores"]
    assert found[1].contribution == pytest.approx(0.4)
    assert found[1].en == "The scores that other agencies give you count against you."
    assert found[1].fr == "Les scores que d'autres organismes vous attribuent jouent en votre défaveur."


def test_a_group_that_speaks_for_the_client_as_a_whole_is_no_reason():
    assert reasons({"EXT_SOURCE_2": (0.3, 0.2), "EXT_SOURCE_3": (-0.3, 0.8)}) == []
    assert reasons({"EXT_SOURCE_2": (0.3, 0.2), "EXT_SOURCE_3": (-0.4, 0.8)}) == []


def test_at_most_four_reasons_the_weightiest_first():
    columns = {
        "AMT_CREDIT": (0.1, 5e5),
        "EXT_SOURCE_2": (0.5, 0.6),
        "NAME_EDUCATION_TYPE_Lower_secondary": (0.2, 1.0),
        "REGION_RATING_CLIENT": (0.3, 3.0),
        "FLAG_DOCUMENT_3": (0.4, 1.0),
    }
    assert [reason.code for reason in reasons(columns)] == [
        "external_scores",
        "documents",
        "region_rating",
        "education",
    ]
    assert [reason.code for reason in reasons(columns, most=1)] == ["external_scores"]


def test_what_is_not_known_is_told_as_such():
    (found,) = reasons({"EXT_SOURCE_2": (0.1, 0.7), "EXT_SOURCE_3": (0.3, NAN)})
    assert found.kind == "unknown"
    assert found.sentence("en") == "Scores that other agencies give you are not known to us."
    assert found.sentence("fr") == "Des scores que d'autres organismes vous attribuent ne nous sont pas connus."
    (found,) = reasons({"EXT_SOURCE_2": (0.3, 0.7), "EXT_SOURCE_3": (0.3, NAN)})
    assert found.kind == "known"  # half of the push is not most of it


def test_a_number_of_missing_values_is_not_known_either():
    (found,) = reasons({"EXT_SOURCE_MISSING": (0.3, 2.0), "EXT_SOURCE_2": (0.1, 0.1)})
    assert found.kind == "unknown"
    (found,) = reasons({"EXT_SOURCE_MISSING": (0.3, 0.0), "EXT_SOURCE_2": (0.1, 0.7)})
    assert found.kind == "known"


@pytest.mark.parametrize(
    ("contribution", "value", "kind"),
    [(0.2, 3.0, "fact"), (0.2, 0.0, "known"), (-0.1, 3.0, "known"), (0.0, 3.0, "known")],
)
def test_a_fact_is_said_only_where_the_clients_own_value_proves_it(contribution, value, kind):
    columns = {"INSTALMENTS_DAYS_OVERDUE_MAX": (contribution, value), "POS_SK_DPD_MEAN": (0.3, 0.1)}
    (found,) = reasons(columns)
    assert found.kind == kind
    assert (found.en == "You have paid us instalments late or not at all.") == (kind == "fact")


OVERDUE, EARLY = "INSTALMENTS_DAYS_OVERDUE_MAX", "INSTALMENTS_DAYS_EARLY_MEAN"


def test_who_was_never_late_reads_what_else_it_is():
    """A delay of 0 days pushes most, and is no delay; of what is left the weightiest is named."""
    (found,) = reasons(
        {OVERDUE: (0.4, 0.0), EARLY: (0.2, 1.5), "INSTALMENTS_DAYS_EARLY_MAX": (0.1, 3.0)},
    )
    assert (found.code, found.kind) == ("punctuality", "named")
    assert found.contribution == pytest.approx(0.7)
    assert found.en == (
        "More would be better here, so this counts against you: Days by which the payment came early, 0 where nothing "
        "was paid: mean over all payments of instalments."
    )
    assert found.fr == (
        "Plus serait mieux, ceci joue donc en votre défaveur\u00a0: Jours d'avance du paiement, 0 si rien n'a été "
        "payé\u00a0: moyenne sur l'ensemble des paiements d'échéances."
    )
    assert reasons({OVERDUE: (0.4, 0.0)}) == []  # nothing true is left to say
    assert reasons({"LIVE_CITY_NOT_WORK_CITY": (0.2, 0.0), "REG_CITY_NOT_WORK_CITY": (0.1, 0.0)}) == []
    assert reasons({"ADDRESS_MISMATCHES": (0.4, 0.0), "REG_CITY_NOT_LIVE_CITY": (0.1, 0.0)}) == []


def test_more_is_better_of_the_features_that_have_that_sign():
    assert [name for name in COLUMNS if _MORE_IS_BETTER.fullmatch(name)] == [name for name in COLUMNS if sign(name) < 0]


def test_a_bad_value_is_claimed_only_where_it_pushes_itself():
    (found,) = reasons({"POS_SK_DPD_MEAN": (-0.1, 4.0), EARLY: (0.3, 1.5)})
    assert found.kind == "named"
    (found,) = reasons({"POS_SK_DPD_MEAN": (0.1, 4.0), EARLY: (0.3, 1.5)})
    assert found.en == "How punctually you have paid instalments to us counts against you."


RECENT = "INSTALMENTS_LAST_365_DAYS_OVERDUE_SHARE"


@pytest.mark.parametrize(
    ("others", "kind"),
    [
        ({}, "unknown"),
        ({"INSTALMENTS_HISTORY": (0.0, 0.0)}, "unknown"),
        ({"INSTALMENTS_HISTORY": (0.0, 1.0)}, "named"),
        ({"POS_HISTORY": (0.0, 1.0)}, "named"),
        ({OVERDUE: (-0.1, 0.0)}, "named"),
        ({OVERDUE: (0.1, 3.0)}, "fact"),
    ],
)
def test_punctuality_is_not_known_only_of_those_without_instalments(others, kind):
    """No instalment was due in the last year; what else is known decides."""
    (found,) = reasons({RECENT: (0.3, NAN), **others})
    assert (found.code, found.kind) == ("punctuality", kind)
    if kind == "named":
        assert found.en == (
            "There is no figure for this, which counts against you: "
            "Payment after the due day, or none: share of all instalments due in the last 365 days."
        )
        assert found.fr.startswith("Il n'y a pas de valeur pour ceci, ce qui joue en votre défaveur\u00a0: ")


def test_a_share_or_a_flag_that_is_0_is_not_named():
    assert reasons({"BUREAU_STATUS_C_MEAN": (0.2, 0.0)}) == []
    (found,) = reasons({"BUREAU_STATUS_C_MEAN": (0.2, 0.1)})
    assert found.en.startswith("This counts against you: Monthly status “closed”")


def test_the_age_of_a_car_that_a_client_does_not_own_is_known():
    (found,) = reasons({"OWN_CAR_AGE": (0.3, NAN), "FLAG_OWN_CAR": (0.1, 0.0)})
    assert found.en == "Whether you own a car, and how old it is, counts against you."
    (found,) = reasons({"OWN_CAR_AGE": (0.3, NAN), "FLAG_OWN_CAR": (-0.1, 1.0)})
    assert found.en == "There is no figure for this, which counts against you: Age of the client's car."


def test_all_applications_were_approved_and_their_outcome_is_not_held_against_the_client():
    approved = {"PREVIOUS_NAME_CONTRACT_STATUS_Approved_SHARE": (0.3, 1.0), "PREVIOUS_LAST_5_REFUSED_SHARE": (0.1, 0.0)}
    assert reasons(approved) == []
    (found,) = reasons(approved | {"PREVIOUS_LAST_3_APPROVED_SHARE": (0.1, 2 / 3)})
    assert found.kind == "known"


def test_bad_directions_and_histories_are_of_features_that_there_are():
    for group, entry in GROUPS.items():
        mine = [name for name in NAMES if group_of(name) == group]
        for rule, low, high in entry.get("against", ()):
            assert any(re.fullmatch(rule, name) for name in mine), (group, rule)
            assert (low is None) or (high is None) or low < high
        assert set(entry.get("rows", ())) <= {name for name in NAMES if name.endswith("_HISTORY")}
        assert not (entry.get("partly") and "rows" in entry), group
        assert entry.keys() <= {"known", "unknown", "fact", "proof", "against", "ways", "partly", "rows", "silent"}
        protected = {name for name in NAMES if group_of(name) == PROTECTED}
        assert set(entry.get("silent", ())) <= protected
    for name, (other, _) in dictionary.IMPLIED_BY.items():
        assert {name, other} <= set(NAMES)


EDUCATION = [name for name in NAMES if name.startswith("NAME_EDUCATION_TYPE_")]


def test_a_text_that_was_not_sent_or_is_none_of_the_published_ones_is_not_known():
    """A request of tables makes all of its columns 0; by feature name they are missing, or some sent as 0."""
    zeros = dict.fromkeys(EDUCATION, (0.1, 0.0))
    for columns in (zeros, dict.fromkeys(EDUCATION, (0.1, NAN)), zeros | {EDUCATION[0]: (0.1, NAN)}):
        (found,) = reasons(columns)
        assert (found.code, found.kind) == ("education", "unknown")
        assert found.en == "Your level of education is not known to us."
    for name in EDUCATION:
        (found,) = reasons(zeros | {name: (0.1, 1.0)})
        assert (found.code, found.kind) == ("education", "known")


PENSION = {name: (0.1, 0.0) for name in NAMES if name.startswith("NAME_INCOME_TYPE_")}


NO_EMPLOYER = {name: (0.1, 0.0) for name in NAMES if name.startswith("ORGANIZATION_TYPE_")}


@pytest.mark.parametrize(
    ("columns", "own", "protected", "code"),
    [
        (PENSION, "NAME_INCOME_TYPE_Working", "NAME_INCOME_TYPE_Pensioner", "income_source"),
        (PENSION, "NAME_INCOME_TYPE_Working", "NAME_INCOME_TYPE_Maternity_leave", "income_source"),
        (NO_EMPLOYER, "ORGANIZATION_TYPE_Bank", "ORGANIZATION_TYPE_XNA", "employer_business"),
        (NO_EMPLOYER, "ORGANIZATION_TYPE_Bank", "ORGANIZATION_TYPE_Religion", "employer_business"),
    ],
)
def test_a_pensioner_reads_neither_of_the_source_of_income_nor_of_an_employer(columns, own, protected, code):
    """That the income is no wage, and that there is no employer, is the pension told another way."""
    assert [(one.code, one.kind) for one in reasons(columns)] == [(code, "unknown")]
    assert reasons(columns | {protected: (0.1, 1.0)}) == []
    assert [(one.code, one.kind) for one in reasons(columns | {own: (0.1, 1.0)})] == [(code, "known")]
    # A model without the protected columns: who has none of the others may be a pensioner.
    blind = {name: value for name, value in columns.items() if group_of(name) != PROTECTED}
    assert reasons(blind) == []
    assert [(one.code, one.kind) for one in reasons(blind | {own: (0.1, 1.0)})] == [(code, "known")]
    assert [(one.code, one.kind) for one in reasons(dict.fromkeys(blind, (0.1, NAN)))] == [(code, "unknown")]


def test_the_kinds_of_earlier_loans_are_known_from_any_row_that_tells_one():
    shares = {name: (0.1, 0.0) for name in NAMES if name.startswith("PREVIOUS_NAME_CONTRACT_STATUS_")}
    told = "PREVIOUS_NAME_CONTRACT_STATUS_Approved_SHARE"
    # Every row lacks its status: the share of rows without one is 1, of which the zeros of the others follow.
    lacking = shares | {"PREVIOUS_NAME_CONTRACT_STATUS_MISSING_SHARE": (0.0, 1.0)}
    assert [one.kind for one in reasons(lacking)] == ["unknown"]
    assert [one.kind for one in reasons(shares | {told: (0.1, 0.25)})] == ["known"]
    # A variance of 0 everywhere says that one value stood in every row.
    card = {name: (0.1, 0.0) for name in NAMES if name.startswith("CARD_NAME_CONTRACT_STATUS_")}
    assert [one.kind for one in reasons(card)] == ["unknown"]
    assert [one.kind for one in reasons(card | {"CARD_NAME_CONTRACT_STATUS_Active_MEAN": (0.0, 1.0)})] == ["known"]


def test_zeros_prove_nothing_of_a_text_whose_values_the_model_does_not_all_see():
    assert [one.kind for one in reasons({EDUCATION[0]: (0.1, 0.0)})] == ["known"]


def test_reasons_of_a_model_follow_its_contributions(explainer, clients):
    values = explainer.contributions(clients).values
    columns = explainer.scorer.columns
    for row, found in zip(values, explainer.reasons(clients), strict=True):
        sums = {reason.code: reason.contribution for reason in found}
        assert len(sums) == len(found) <= MOST
        for code, total in sums.items():
            group = [row[i] for i, name in enumerate(columns) if group_of(name) == code]
            assert total == pytest.approx(sum(group))
            assert total > 0
