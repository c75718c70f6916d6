"""The bars of a waterfall: single features, then the others by source; they add up, and there are few of them."""

import numpy as np
import pytest

from credit.explain.explanation import explanation
from credit.explain.feature_texts import about
from credit.explain.waterfall_bars import BARS, SHOWN, rows, source_of
from credit.features import COLUMNS

#: Two of each of three sources, one that no table makes, and the largest.
NAMES = [
    *("EXT_SOURCE_2", "BUREAU_DAYS_CREDIT_MAX", "BUREAU_DAYS_CREDIT_MIN", "OWN_CAR_AGE", "REGION_RATING_CLIENT"),
    *("PREVIOUS_AMT_CREDIT_MAX", "PREVIOUS_AMT_CREDIT_MIN", "made elsewhere", "CODE_GENDER", "DAYS_BIRTH"),
]
VALUES = np.array([1.0, 0.3, 0.2, -0.25, 0.05, 0.1, -0.1, 0.01, 0.02, 0.03])


@pytest.fixture
def explained():
    return explanation(NAMES, np.full(len(NAMES), 0.5), VALUES, -2.0, ())


def test_what_has_no_bar_of_its_own_stands_by_its_source(explained):
    assert [source_of(name) for name in NAMES[1:7:2]] == ["bureau", "application", "previous_application"]
    found = rows(explained, "en", 1)
    assert found[0] == (f"{about('EXT_SOURCE_2').en} = 0.500", 1.0)
    assert found[1] == ("Loans at the credit bureau: 2 other features", pytest.approx(0.5))  # 0.3 + 0.2
    # -0.25 + 0.05, and 0.02 + 0.03 of gender and age
    assert found[2] == ("The application: 4 other features", pytest.approx(-0.15))
    # The two of earlier applications cancel each other out: no bar of 0, but counted.
    assert found[3] == ("3 other features", pytest.approx(0.01))
    assert len(found) == 4
    assert rows(explained, "fr", 1)[1][0] == "Crédits au bureau de crédit\u00a0: 2 autres variables"


def test_protected_features_that_are_not_shown_are_no_part_of_a_source(explained):
    found = dict(rows(explained, "en", 1, protected=False))
    assert found["The application: 2 other features"] == pytest.approx(-0.2)
    assert found["5 other features"] == pytest.approx(0.06)  # 0.01 + 0.02 + 0.03 + 0.1 - 0.1


def test_one_feature_alone_is_counted_in_the_singular():
    one = explanation(["EXT_SOURCE_2", "OWN_CAR_AGE"], np.zeros(2), np.array([1.0, 0.5]), 0.0, ())
    assert rows(one, "en", 1)[1] == ("The application: 1 other feature", 0.5)
    assert rows(one, "fr", 1)[1] == ("La demande\u00a0: 1 autre variable", 0.5)


@pytest.mark.parametrize("protected", [True, False])
@pytest.mark.parametrize("most", [0, SHOWN, 10, 40])
def test_few_bars_add_up_to_the_score_whatever_the_client(most, protected):
    generator = np.random.default_rng(3)
    for _ in range(20):
        values = generator.normal(size=len(COLUMNS)) * (generator.random(len(COLUMNS)) < 0.3) / 50
        found = explanation(COLUMNS, np.full(len(COLUMNS), np.nan), values, -2.0, ())
        bars = rows(found, "en", most, protected)
        assert sum(by for _, by in bars) == pytest.approx(found.log_odds - found.base_value)
        assert len(bars) <= max(BARS, most + 1)
