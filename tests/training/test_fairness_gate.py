"""The gate stops where the interval says so, and warns where it does not tell."""

import numpy as np
import polars as pl
import pytest

from credit.training.client_attributes import ALWAYS
from credit.training.fairness import by_group
from credit.training.fairness_gate import Gate, held_to_fairness, hold
from credit.training.promotion import Verdict

GENDER = ALWAYS[:1]


def clients(women, men):
    """Test clients and their features: for women and men how many are approved and how many are not."""
    gender = [0.0] * sum(women) + [1.0] * sum(men)
    p = [0.1] * women[0] + [0.3] * women[1] + [0.1] * men[0] + [0.3] * men[1]
    number = list(range(len(p)))
    test = pl.DataFrame({"SK_ID_CURR": number, "PROBABILITY_OF_DEFAULT": p})
    judges = pl.DataFrame({"SK_ID_CURR": number[::-1], "CODE_GENDER": gender[::-1]})
    return test, judges


def held(mode, women, men, least=0.8):
    return hold(Gate(mode, least), GENDER, *clients(women, men), 0.16)


def test_a_ratio_that_is_surely_too_low_stops_where_the_gate_stops_and_is_said_where_it_warns():
    for mode in ("warn", "stop"):
        found = held(mode, (900, 100), (600, 400))
        ratio = found.ratios["gender"].ratio
        assert ratio.estimate == pytest.approx(2 / 3)
        assert found.sentences == (
            f"Fairness gate, gender: men are approved 0.67 times as often as women (95 % interval {ratio.low:.2f} to "
            f"{ratio.high:.2f}), below 0.8.",
        )
        verdict = held_to_fairness(Verdict(True, "it is not worse"), found)
        assert verdict.allowed == (mode == "warn")
    assert verdict.reason.startswith("it is not worse; but the fairness gate stops it. Fairness gate, gender: men are")


def test_what_the_interval_does_not_tell_is_said_and_never_stops():
    found = held("stop", (18, 2), (12, 8))  # two thirds, too: of twenty and twenty
    assert found.ratios["gender"].ratio.high > 0.8
    assert found.sentences[0].endswith("; that it is 0.8 or more is not shown.")
    verdict = Verdict(True, "it is not worse")
    assert held_to_fairness(verdict, found) == verdict


def test_a_ratio_that_is_high_enough_is_kept_without_a_word():
    found = held("stop", (900, 100), (880, 120))
    assert (found.sentences, found.broken) == ((), ())
    assert found.to_dict()["ratios"]["gender"]["verdict"] == "kept"


def test_another_least_ratio_may_be_asked():
    assert held("stop", (900, 100), (600, 400), least=0.6).broken == ()


def test_groups_that_cannot_be_compared_are_said():
    found = held("stop", (900, 100), (0, 0))
    assert found.sentences == ("Fairness gate, gender: there are no two groups of 2 % of the clients to compare.",)
    assert found.to_dict()["ratios"] == {"gender": None}


def test_a_gate_that_is_off_measures_nothing():
    assert held("off", (900, 100), (600, 400)) is None
    verdict = Verdict(False, "it is worse")
    assert held_to_fairness(verdict, None) == verdict


def test_a_gate_takes_three_modes_and_a_share():
    with pytest.raises(ValueError, match="off, warn or stop, not 'maybe'"):
        Gate("maybe")
    for least in (0, 1.2):
        with pytest.raises(ValueError, match="above 0 and at most 1"):
            Gate("warn", least)


def test_the_gate_and_the_groups_of_the_card_give_a_ratio_the_same_interval():
    """600 clients of three ages, half of each women: of the youngest every second one is approved, else 90 %."""
    n = 600
    number = np.arange(n)
    place = number // 200
    p = np.where((place == 0) & (number % 2 == 0) | (number % 10 == 0), 0.3, 0.1)
    features = {
        "CODE_GENDER": (number % 200 < 100).astype(float),
        "DAYS_BIRTH": -365.25 * np.array([22, 40, 60])[place],
    }
    test = pl.DataFrame({"SK_ID_CURR": number, "PROBABILITY_OF_DEFAULT": p})
    judges = pl.DataFrame({"SK_ID_CURR": number, **features})
    ratios = hold(Gate(), ALWAYS, test, judges, 0.16).ratios
    rest = {"TARGET": np.zeros(n, int), "AMT_CREDIT": np.full(n, 1e5), "DECISION": ["accept"] * n}
    groups = by_group(
        test.with_columns(**{name: pl.Series(values) for name, values in (features | rest).items()}), 0.16
    )
    assert list(ratios.values()) == list(groups.four_fifths)
    assert ratios["age"].ratio.estimate == pytest.approx(0.5 / 0.9)


def test_gender_and_age_are_judged_on_all_test_clients_and_other_columns_on_those_whose_features_were_kept():
    test, judges = clients((90, 10), (70, 30))
    gender = judges.select("SK_ID_CURR", "CODE_GENDER")
    # Of the ten clients whose features were kept all are women: alone they cannot be compared.
    some = judges.sort("SK_ID_CURR").head(10)
    assert hold(Gate(), GENDER, test, some, 0.16).ratios == {"gender": None}
    found = hold(Gate(), GENDER, test.join(gender, on="SK_ID_CURR"), some, 0.16).ratios["gender"]
    assert (found.lowest, found.highest, found.ratio.estimate) == ("men", "women", pytest.approx(0.7 / 0.9))
