"""Which terms of a loan go together, and how large a change of them is."""

import math

import pytest

from credit.whatif.loan_terms import ANNUITY, GOODS, INCOME, LOAN, broken, size

START = {LOAN: 400_000.0, ANNUITY: 20_000.0, GOODS: 400_000.0, INCOME: 150_000.0}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, []),
        ({ANNUITY: 50_000.0}, []),  # 8 annuities
        ({ANNUITY: 51_000.0}, [("annuities", pytest.approx(7.843, abs=1e-3))]),
        ({LOAN: 600_000.0}, []),  # 30 annuities, 1.5 times the goods
        ({LOAN: 601_000.0}, [("goods", 1.5025)]),
        ({LOAN: 960_000.0}, [("annuities", 48.0), ("goods", 2.4)]),
        ({LOAN: 960_000.0, ANNUITY: 30_000.0, GOODS: 900_000.0}, []),
        ({GOODS: 1_000_000.0}, []),  # much of it is paid down
        ({LOAN: 601_000.0, GOODS: math.nan}, []),
        ({ANNUITY: 0.0, GOODS: 0.0}, []),
    ],
)
def test_terms_that_no_lender_grants_together_are_found(change, rules):
    assert broken(START, {**START, **change}) == rules


def test_a_client_who_came_with_such_terms_may_keep_them():
    odd = {LOAN: 900_000.0, ANNUITY: 10_000.0}
    assert broken(odd, odd) == []
    assert broken(odd, {LOAN: 450_000.0, ANNUITY: 5_000.0}) == []
    assert broken(odd, {LOAN: 900_000.0, ANNUITY: 12_000.0}) == [("annuities", 75.0)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({LOAN: 360_000.0, ANNUITY: 18_000.0, GOODS: 360_000.0}, math.log(1 / 0.9)),
        ({LOAN: 360_000.0, ANNUITY: 18_000.0}, math.log(1 / 0.9)),  # more is paid down
        ({LOAN: 360_000.0}, 2 * math.log(1 / 0.9)),  # fewer annuities, too
        ({ANNUITY: 25_000.0}, math.log(1.25)),
        ({LOAN: 398_000.0}, 2 * math.log(400 / 398)),  # by however little
        ({INCOME: 165_000.0, ANNUITY: 18_000.0}, math.log(1.1) + math.log(1 / 0.9)),
        ({GOODS: 300_000.0}, 0.0),
    ],
)
def test_the_size_of_a_change_is_added_up(change, expected):
    assert size(START, change) == pytest.approx(expected, abs=1e-12)


def test_a_loan_whose_annuity_is_not_known_has_no_term_to_change():
    assert size({LOAN: 400_000.0}, {LOAN: 360_000.0}) == pytest.approx(math.log(1 / 0.9), abs=1e-12)
