"""Reasons: every feature has its place, the sentences are true, and what is protected is never one."""

import re

import numpy as np
import pytest

from credit.explain import LANGUAGES, NOTE, PROTECTED, Reason, group_of
from credit.explain import reasons as dictionary
from credit.explain.reasons import _MORE_IS_BETTER, GROUPS, MOST, Sorted
from credit.features import COLUMNS, FEATURES
from credit.features.monotone_directions import sign

NAMES = [feature.name for feature in FEATURES]
NAN = np.nan


def reasons(columns: dict[str, tuple[float, float]], most: int = MOST) -> list[Reason]:
    """The reasons of one client: column -> (contribution, value)."""
    values = np.array([[contribution for contribution, _ in columns.values()]])
    X = np.array([[value for _, value in columns.values()]])
    return Sorted(list(columns)).reasons(values, X, most)[0]


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


@pytest.mark.parametrize(
    ("name", "value", "en", "fr"),
    [
        (
            "BUREAU_HISTORY",
            0.0,
            "The credit bureau knows of no loan of yours.",
            "Le bureau de crédit ne connaît aucun crédit à votre nom.",
        ),
        (
            "BUREAU_HISTORY",
            NAN,
            "Whether the credit bureau knows of loans of yours is not known to us.",
            "Nous ne savons pas si le bureau de crédit connaît des crédits à votre nom.",
        ),
        (
            "BUREAU_HISTORY",
            1.0,
            "Whether the credit bureau knows of loans of yours counts against you.",
            "L'existence ou l'absence de crédits à votre nom auprès du bureau de crédit joue en votre défaveur.",
        ),
        (
            "PREVIOUS_HISTORY",
            0.0,
            "You have not applied to us before.",
            "Vous ne nous avez jamais adressé de demande auparavant.",
        ),
        (
            "PREVIOUS_HISTORY",
            NAN,
            "We do not know whether you have applied to us before.",
            "Nous ne savons pas si vous nous avez déjà adressé une demande.",
        ),
        (
            "CARD_HISTORY",
            0.0,
            "We have no record of a credit card of yours with us.",
            "Nous n'avons pas de trace d'une carte de crédit que vous auriez eue auprès de nous.",
        ),
    ],
)
def test_no_history_is_one_reason_and_an_unknown_one_another(name, value, en, fr):
    (found,) = reasons({name: (0.1, value)})
    assert (found.en, found.fr) == (en, fr)


def test_the_length_of_employment():
    (short,) = reasons({"DAYS_EMPLOYED": (0.2, -300.0)})
    assert short.en == "You have been in your present job for less than two years."
    assert short.fr == "Vous occupez votre emploi actuel depuis moins de deux ans."
    (long,) = reasons({"DAYS_EMPLOYED": (0.2, -4000.0)})
    assert long.kind == "known"
    (sentinel,) = reasons({"DAYS_EMPLOYED": (0.2, 365243.0)})
    assert sentinel.kind == "known"
    assert reasons({"DAYS_EMPLOYED": (0.2, NAN)}) == []  # pensioners have none: it would tell their age


def test_proofs_are_features_of_their_group():
    for group, entry in GROUPS.items():
        assert ("fact" in entry) == ("proof" in entry), group
        for name, low, high in entry.get("proof", ()):
            assert name in NAMES, name
            assert group_of(name) == group, name
            assert (low is None) or (high is None) or low < high


def test_sentences_are_sentences_in_both_languages():
    seen = set()
    for group, entry in GROUPS.items():
        assert "known" in entry, group
        assert ("unknown" in entry) == (group != "employment_length"), group
        pairs = [entry[kind] for kind in entry.keys() & {"known", "unknown", "fact"}]
        for pair in [*pairs, *((en, fr) for *_, en, fr in entry.get("ways", ()))]:
            for sentence in pair:
                assert sentence[0].isupper(), sentence
                assert sentence.endswith("."), sentence
                assert "_" not in sentence, sentence
                assert len(sentence) < 150, sentence
                assert sentence not in seen
                seen.add(sentence)
        assert re.search(r"counts? against you\.$", entry["known"][0]), group
        assert re.search(r"joue(nt)? en votre défaveur\.$", entry["known"][1]), group


#: "or" within one matter: what there is, and a loan's two times.
ONE_MATTER = {"home_ownership", "bureau_kinds"}


def test_each_sentence_names_one_matter():
    """12 CFR 1002.9(b)(2): reasons are specific. "The kind, the amount or the repayment" names none."""
    several = {group for group, entry in GROUPS.items() if re.search(r"\bor\b", entry["known"][0])}
    assert several == ONE_MATTER


@pytest.mark.parametrize(
    ("name", "value", "en", "fr"),
    [
        (
            "ANNUITY_TO_INCOME",
            0.4,
            "The size of the instalments of the loan compared with your income",
            "Le montant des échéances du prêt par rapport à votre revenu",
        ),
        (
            "CREDIT_TO_ANNUITY",
            40.0,
            "The number of instalments that repay the loan that you ask for",
            "Le nombre d'échéances qui remboursent le prêt que vous demandez",
        ),
        (
            "NAME_CONTRACT_TYPE_Cash_loans",
            1.0,
            "The kind of the loan that you ask for",
            "Le type du prêt que vous demandez",
        ),
        (
            "REGION_RATING_CLIENT",
            1.0,
            "Our rating of the region that you live in",
            "Notre note de la région où vous habitez",
        ),
    ],
)
def test_what_counted_is_named(name, value, en, fr):
    (found,) = reasons({name: (0.2, value)})
    assert (found.en, found.fr) == (f"{en} counts against you.", f"{fr} joue en votre défaveur.")


@pytest.mark.parametrize(
    ("name", "value", "en", "fr"),
    [
        ("AMT_CREDIT", 1e6, "The loan that you ask for is large", "Le prêt que vous demandez est élevé"),
        ("AMT_CREDIT", 1e5, "The loan that you ask for is small", "Le prêt que vous demandez est faible"),
        # The published prices go from 40,500 to 4,050,000: their middle is 405,000.
        ("AMT_GOODS_PRICE", 406e3, "The price of what you want to buy is high", "Le prix de votre achat est élevé"),
        ("AMT_GOODS_PRICE", 404e3, "The price of what you want to buy is low", "Le prix de votre achat est bas"),
        ("REGION_POPULATION_RELATIVE", 0.01, "Few people live in your region", "Votre région est peu peuplée"),
        ("REGION_POPULATION_RELATIVE", 0.05, "Many people live in your region", "Votre région est très peuplée"),
        (
            "OBS_30_CNT_SOCIAL_CIRCLE",
            2.0,
            "People around you have loans that we know of",
            "Des personnes de votre entourage ont des prêts que nous connaissons",
        ),
    ],
)
def test_it_is_said_which_way_it_counted(name, value, en, fr):
    (found,) = reasons({name: (0.2, value)})
    assert found.kind == "known"
    assert found.en == f"{en}, which counts against you."
    assert found.fr == f"{fr}, ce qui joue en votre défaveur."


def test_a_region_is_rated_riskier_only_above_the_best_rating():
    (found,) = reasons({"REGION_RATING_CLIENT": (0.2, 2.0), "REGION_RATING_CLIENT_W_CITY": (0.1, 1.0)})
    assert found.en == "The region where you live is rated as riskier than others."
    assert found.fr == "La région où vous habitez est notée comme plus risquée que d'autres."


def test_an_occupation_counts_by_the_estimate_for_it_or_is_named_alone():
    """Its own column pushes; or that it is none of the better ones."""
    drivers, accountants = "OCCUPATION_TYPE_Drivers", "OCCUPATION_TYPE_Accountants"
    (own,) = reasons({drivers: (0.2, 1.0), accountants: (0.1, 0.0)})
    assert own.en == "By our estimate loans are repaid less often in your occupation."
    (others,) = reasons({drivers: (-0.1, 1.0), accountants: (0.2, 0.0)})
    assert others.en == "Your occupation counts against you."


def test_another_banks_amounts_are_large_or_small_by_its_own_range():
    values, X = np.array([[0.2]]), np.array([[30_000.0]])
    own = Sorted(["AMT_GOODS_PRICE"], {"AMT_GOODS_PRICE": (100.0, 90_000.0)})  # the middle is 3,000
    ((found,),) = own.reasons(values, X, 4)
    assert found.en == "The price of what you want to buy is high, which counts against you."


def test_a_place_of_work_outside_the_region_is_said_of_who_works_there():
    (found,) = reasons({"REG_REGION_NOT_WORK_REGION": (0.2, 1.0)})
    assert found.en == "You work outside the region where you live or are registered."
    assert reasons({"REG_REGION_NOT_WORK_REGION": (0.2, 0.0)}) == []


def test_the_note_says_what_is_never_a_reason():
    assert set(NOTE) == set(LANGUAGES) == {"en", "fr"}
    assert NOTE["en"].startswith("Gender, age, family status and")
    assert "are never given as reasons" in NOTE["en"]
    assert NOTE["fr"].startswith("Le sexe, l'âge, la situation familiale et")
    assert "ne sont jamais donnés comme motifs" in NOTE["fr"]


def test_another_language_is_refused():
    (found,) = reasons({"AMT_CREDIT": (0.1, 5e5)})
    with pytest.raises(ValueError, match="in en and fr, not in 'de'"):
        found.sentence("de")


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
