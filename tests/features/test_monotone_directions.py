"""Signs of features, and that no change for the worse in the tables moves a feature that is read against its sign."""

import numpy as np
import pytest

from credit import features
from credit.features.monotone_directions import mixed, sign, signs
from credit.simulate.perturbations import WORSE, perturbed
from credit.tables import TABLES, read


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("EXT_SOURCE_2", -1),
        ("INSTALMENTS_LAST_90_DAYS_DAYS_OVERDUE_MAX", 1),
        ("INSTALMENTS_PART_UNPAID_SHARE", 1),
        ("INSTALMENTS_PAID_TO_INSTALMENT_MEAN", -1),
        ("INSTALMENTS_DAYS_EARLY_MEAN", -1),
        ("INSTALMENTS_AMT_PAID_MIN", -1),
        ("INSTALMENTS_DAYS_PAST_DUE_MAX", 0),
        ("POS_LAST_6_MONTHS_SK_DPD_DEF_MAX", 1),
        ("BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM", 1),
        ("BUREAU_LAST_6_MONTHS_VERY_LATE_SHARE", 1),
        ("PREVIOUS_NAME_CONTRACT_STATUS_Refused_SHARE", 1),
        ("DAYS_EMPLOYED", 1),
        ("INCOME_TO_CREDIT", -1),
        ("BUREAU_AMT_CREDIT_SUM_SUM", 0),
        ("AMT_CREDIT", 0),
        ("DAYS_BIRTH", 0),
        ("CODE_GENDER", 0),
    ],
)
def test_the_sign_of_a_feature(feature, expected):
    assert sign(feature) == expected


def test_no_feature_is_both_signed_and_mixed():
    assert [name for name in features.COLUMNS if sign(name) and mixed(name)] == []
    assert signs(["AMT_CREDIT", "EXT_SOURCE_1"]) == [0, -1]


def test_what_the_recipe_makes_of_payments_is_not_read():
    """An instalment that is never paid takes a bad value out of it."""
    named = ("DAYS_PAST_DUE", "DAYS_BEFORE_DUE", "PAID_FRACTION", "SHORTFALL", "AMT_PAYMENT", "DAYS_ENTRY_PAYMENT")
    of_payments = [name for name in features.RECIPE if name.startswith(tuple(f"INSTALMENTS_{one}_" for one in named))]
    assert len(of_payments) == 3 + 3 + 4 + 4 + 4 + 3
    assert all(map(mixed, of_payments))


@pytest.fixture(scope="module")
def tables(bank):
    return read(bank, [name for name in TABLES if name != "application_train"])


@pytest.fixture(scope="module")
def before(tables):
    return made(tables)


def made(tables):
    found = features.build(tables, "application_test").collect().sort("SK_ID_CURR")
    return found.select(features.COLUMNS)


@pytest.mark.parametrize("change", WORSE)
def test_a_change_for_the_worse_moves_no_feature_against_its_sign(tables, before, change):
    """And what moves without a sign is mixed, so that the champion does not read it."""
    after = made(perturbed(tables, change))
    moved = 0
    for name in features.COLUMNS:
        step = (after[name] - before[name]).drop_nulls().to_numpy()
        scale = 1e-9 * np.maximum(np.abs(before[name].drop_nulls().to_numpy()).max(initial=0.0), 1.0)
        ways = {int(one) for one in np.sign(np.where(np.abs(step) <= scale, 0, step))} - {0}
        assert after[name].null_count() == before[name].null_count() or mixed(name), name
        if not ways or mixed(name):
            continue
        moved += 1
        assert ways == {sign(name)}, name
    assert moved
