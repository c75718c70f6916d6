"""The ranges of a bank's own amounts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.tables.amount_ranges import outward, own_ranges

NAN = float("nan")


def test_a_bank_in_the_published_currency_has_no_ranges_of_its_own():
    # Half of the loans lie below the published 45,000, and that is not more than half.
    assert own_ranges({"AMT_CREDIT": np.array([50_000.0, 60_000.0, 100.0, 200.0, NAN])}) == {}


def test_ranges_are_rounded_outward_to_two_figures():
    found = own_ranges(
        {
            "AMT_CREDIT": np.array([1169.0, 5951.0, 18424.0]),
            "AMT_ANNUITY": np.array([NAN, 194.83, 0.0]),
            "AMT_INCOME_TOTAL": np.array([72.0, 120.0, 11508.0]),
            "AMT_GOODS_PRICE": np.array([NAN, NAN, NAN]),
        }
    )
    assert found == {
        "AMT_CREDIT": (1100, 19000),
        "AMT_ANNUITY": (0, 200),
        "AMT_INCOME_TOTAL": (71, 12000),
    }


@pytest.mark.parametrize(
    ("amount", "wanted"),
    [
        (250.0, (240, 260)),
        (251.0, (250, 260)),
        (0.0123, (0.012, 0.013)),
        (0.012, (0.011, 0.013)),
        (100.0, (90, 110)),
        (99.0, (98, 100)),
        (5_000_000.0, (4_900_000, 5_100_000)),
    ],
)
def test_no_end_is_a_clients_amount(amount, wanted):
    assert own_ranges({"AMT_CREDIT": np.array([amount])})["AMT_CREDIT"] == pytest.approx(wanted, rel=1e-12)


@given(st.floats(0.01, 1e11), st.floats(1, 1000))
def test_all_amounts_lie_strictly_within_and_an_end_is_at_most_a_tenth_and_a_step_away(least, times):
    low, high = outward(least, least * times)
    assert low < least
    assert high > least * times
    assert low >= 0.89 * least
    assert high <= 1.11 * least * times
