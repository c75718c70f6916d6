"""The tables that a model needs follow from its columns, in one place."""

import pytest
from polars.testing import assert_frame_equal

from credit.features import COLUMNS, build
from credit.features.needed_tables import columns_of, histories_of, named_histories
from credit.tables import HISTORIES


@pytest.mark.parametrize(
    ("columns", "histories"),
    [
        (("AMT_CREDIT", "INCOME_TO_CREDIT", "CODE_GENDER"), ()),
        (("BUREAU_AMT_CREDIT_SUM_SUM",), ("bureau",)),
        (("BUREAU_STATUS_C_MEAN",), ("bureau", "bureau_balance")),
        (("BUREAU_MONTHS_COUNT_SUM",), ("bureau", "bureau_balance")),
        (("ANNUITY_TO_LARGEST_INSTALMENT",), ("installments_payments",)),
        (("CARD_AMT_BALANCE_MEAN", "POS_SK_DPD_MEAN"), ("POS_CASH_balance", "credit_card_balance")),
        (COLUMNS, HISTORIES),
    ],
)
def test_columns_say_which_histories_they_are_made_from(columns: tuple[str, ...], histories: tuple[str, ...]) -> None:
    assert histories_of(columns) == histories


def test_a_column_that_is_no_feature_is_named() -> None:
    with pytest.raises(ValueError, match="wants 1 features that this version does not make, such as 'HOROSCOPE'"):
        histories_of(("AMT_CREDIT", "HOROSCOPE"))


@pytest.mark.parametrize("left_out", HISTORIES)
def test_features_of_the_other_tables_do_not_need_the_one_that_is_left_out(left_out, random_tables) -> None:
    """Made without that table they are what they are with it; and each that is not among them changes or needs it."""
    kept = tuple(name for name in HISTORIES if name != left_out and not (left_out == "bureau" and "bureau" in name))
    columns = columns_of(kept)
    assert set(histories_of(columns)) == set(kept)
    frames = {name: frame.lazy() for name, frame in random_tables(40, 1).items()}
    whole = build(frames, "application", columns).collect(engine="in-memory").sort("SK_ID_CURR")
    part = build({name: frames[name] for name in ("application", *kept)}, "application", columns)
    assert_frame_equal(part.collect(engine="in-memory").sort("SK_ID_CURR"), whole, rel_tol=1e-12)


@pytest.mark.parametrize("left_out", HISTORIES)
def test_without_a_table_the_features_that_need_it_are_missing(left_out, random_tables) -> None:
    kept = tuple(name for name in HISTORIES if name != left_out and not (left_out == "bureau" and "bureau" in name))
    others = [name for name in COLUMNS if name not in columns_of(kept)]
    frames = {name: frame.lazy() for name, frame in random_tables(200, 1).items()}
    part = build({name: frames[name] for name in ("application", *kept)}, "application", others).collect()
    assert sum(part.null_count().row(0)[1:]) == 200 * len(others)


@pytest.mark.parametrize(
    ("text", "histories"),
    [
        ("all", HISTORIES),
        ("application", ()),
        ("application,bureau", ("bureau",)),
        ("credit_card_balance, previous_application", ("previous_application", "credit_card_balance")),
        ("application_train,bureau_balance,bureau", ("bureau", "bureau_balance")),
    ],
)
def test_tables_are_named_in_any_order(text: str, histories: tuple[str, ...]) -> None:
    assert named_histories(text) == histories


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("application,buro", "'buro' is no table; name some of application, bureau, bureau_balance"),
        ("bureau_balance", "bureau_balance needs bureau, whose rows say which client a loan belongs to; name both"),
    ],
)
def test_tables_that_cannot_be_are_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        named_histories(text)
