"""What a reason says, in both languages: one matter each, and what counted."""

import re

import numpy as np
import pytest
from support.contributed import better, reasons

from credit.explain import LANGUAGES, NOTE, group_of
from credit.explain.reasons import GROUPS, Sorted
from credit.features import FEATURES

NAMES = [feature.name for feature in FEATURES]


NAN = np.nan


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
        for pair in [*pairs, *((en, fr) for _, _, _, en, fr, *_ in entry.get("ways", ()))]:
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
    ("name", "value", "direction", "en", "fr"),
    [
        # The published loans go from 45,000 to 4,050,000: their middle is 426,907.
        ("AMT_CREDIT", 1e6, "lower", "The loan that you ask for is large", "Le prêt que vous demandez est élevé"),
        ("AMT_CREDIT", 1e5, "higher", "The loan that you ask for is small", "Le prêt que vous demandez est faible"),
        # The published prices go from 40,500 to 4,050,000: their middle is 405,000.
        (
            "AMT_GOODS_PRICE",
            406e3,
            "lower",
            "The price of what you want to buy is high",
            "Le prix de votre achat est élevé",
        ),
        (
            "AMT_GOODS_PRICE",
            404e3,
            "higher",
            "The price of what you want to buy is low",
            "Le prix de votre achat est bas",
        ),
        (
            "REGION_POPULATION_RELATIVE",
            0.01,
            "higher",
            "Few people live in your region",
            "Votre région est peu peuplée",
        ),
        (
            "REGION_POPULATION_RELATIVE",
            0.05,
            "lower",
            "Many people live in your region",
            "Votre région est très peuplée",
        ),
    ],
)
def test_it_is_said_which_way_it_counted_where_the_model_bears_that_out(name, value, direction, en, fr):
    (found,) = reasons({name: (0.2, value)}, model=better(direction, [name]))
    assert found.kind == "known"
    assert found.en == f"{en}, which counts against you."
    assert found.fr == f"{fr}, ce qui joue en votre défaveur."
    other = "higher" if direction == "lower" else "lower"
    for no_such_model in (None, better(other, [name])):
        (general,) = reasons({name: (0.2, value)}, model=no_such_model)
        assert (general.code, general.contribution) == (found.code, found.contribution)
        assert [general.en, general.fr] == GROUPS[found.code]["known"]


def test_people_around_the_client_are_named():
    (found,) = reasons({"OBS_30_CNT_SOCIAL_CIRCLE": (0.2, 2.0)})
    assert found.en == "People around you have loans that we know of, which counts against you."
    assert (
        found.fr
        == "Des personnes de votre entourage ont des prêts que nous connaissons, ce qui joue en votre défaveur."
    )


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
    price = ["AMT_GOODS_PRICE"]
    own = Sorted(price, {"AMT_GOODS_PRICE": (100.0, 90_000.0)}, better("lower", price))  # the middle is 3,000
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
