"""Amounts without which a loan cannot be decided on."""

import numpy as np

from credit.features.loan_amounts import CASH_FEATURE, REVOLVING_FEATURE, Amounts

NAN = float("nan")


def test_the_price_of_goods_is_wanted_of_every_loan_that_is_not_said_to_be_revolving():
    amounts = Amounts(("AMT_GOODS_PRICE", REVOLVING_FEATURE))
    X = np.array([(5.0, 0.0), (NAN, 0.0), (NAN, 1.0), (NAN, NAN)])
    assert amounts.missing(X).tolist() == [[False], [True], [False], [True]]


def test_amount_and_annuity_are_wanted_of_every_loan_and_the_price_of_goods_of_cash_loans():
    amounts = Amounts(("AMT_GOODS_PRICE", CASH_FEATURE, "AMT_CREDIT", "EXT_SOURCE_1", "AMT_ANNUITY"))
    assert amounts.names == ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE")
    X = np.array(
        [
            (5.0, 1.0, 6.0, NAN, 1.0),  # whole
            (NAN, 1.0, 6.0, 0.5, 1.0),  # a cash loan without the price
            (NAN, 0.0, 6.0, 0.5, 1.0),  # a limit of a card
            (NAN, NAN, NAN, 0.5, NAN),  # of an unknown kind
        ]
    )
    assert amounts.missing(X).tolist() == [
        [False, False, False],
        [False, False, True],
        [False, False, False],
        [True, True, False],
    ]


def test_only_what_the_model_reads_is_wanted():
    assert Amounts(("EXT_SOURCE_2",)).missing(np.array([[NAN]])).tolist() == [[]]
    assert Amounts(("AMT_ANNUITY", "EXT_SOURCE_2")).missing(np.array([[NAN, 1.0]])).tolist() == [[True]]


def test_the_kind_of_loan_can_be_said_of_a_model_that_does_not_read_it():
    amounts, X = Amounts(("AMT_GOODS_PRICE",)), np.array([[NAN], [NAN], [7.0]])
    assert amounts.missing(X).tolist() == [[False], [False], [False]]
    assert amounts.missing(X, np.array([True, False, True])).tolist() == [[True], [False], [False]]
