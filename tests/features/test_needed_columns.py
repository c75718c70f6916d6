"""Which features read a column, and which columns features read."""

import numpy as np
import polars as pl
import pytest

from credit.features import COLUMNS, build
from credit.features.needed_columns import APPLICATION_COLUMNS, columns_read, features_made_of
from credit.tables import of_clients, read


@pytest.mark.parametrize(
    ("column", "features"),
    [
        ("CODE_GENDER", ("CODE_GENDER",)),
        (
            "DAYS_BIRTH",
            (
                "DAYS_BIRTH",
                "EMPLOYED_TO_AGE",
                "REGISTRATION_TO_AGE",
                "ID_PUBLISH_TO_AGE",
                "PHONE_CHANGE_TO_AGE",
                "CAR_AGE_TO_AGE",
                "AGE_AT_FIRST_BUREAU_LOAN",
            ),
        ),
        ("CNT_FAM_MEMBERS", ("CNT_FAM_MEMBERS", "INCOME_PER_FAMILY_MEMBER", "CHILDREN_TO_FAMILY")),
        ("HOUSETYPE_MODE_block_of_flats", ("HOUSETYPE_MODE_block_of_flats",)),
    ],
)
def test_features_are_found_by_the_column_that_they_read(column, features):
    assert features_made_of([column]) == features


def test_a_text_is_read_by_its_columns():
    found = features_made_of(["NAME_FAMILY_STATUS"])
    assert len(found) == 6
    assert all(name.startswith("NAME_FAMILY_STATUS_") for name in found)


def test_every_column_of_the_application_is_read_and_nothing_reads_another():
    assert columns_read(COLUMNS) == set(APPLICATION_COLUMNS)
    assert columns_read(["BUREAU_DAYS_CREDIT_MAX", "a model's own"]) == set()
    assert columns_read(["AGE_AT_FIRST_BUREAU_LOAN"]) == {"DAYS_BIRTH"}


@pytest.fixture(scope="module")
def tables(bank):
    """200 clients with all their history, and their features."""
    tables = read(bank)
    some = tables["application_train"].select("SK_ID_CURR").sort("SK_ID_CURR").head(200).collect()["SK_ID_CURR"]
    tables = of_clients(tables, some)
    return tables, build(tables).collect(engine="in-memory").sort("SK_ID_CURR")


@pytest.mark.parametrize("column", ["DAYS_BIRTH", "NAME_FAMILY_STATUS", "AMT_INCOME_TOTAL"])
def test_a_column_that_changes_moves_the_features_that_read_it_and_no_other(tables, column):
    tables, before = tables
    changed = {"NAME_FAMILY_STATUS": pl.lit("Widow")}.get(column, pl.col(column) * 0.5)
    other = tables["application_train"].with_columns(changed.alias(column))
    after = build({**tables, "application_train": other}).collect(engine="in-memory").sort("SK_ID_CURR")

    def same(name):
        return np.allclose(before[name].to_numpy(), after[name].to_numpy(), rtol=1e-9, equal_nan=True)

    moved = {name for name in COLUMNS if not same(name)}
    assert column in moved or column == "NAME_FAMILY_STATUS"
    assert moved <= set(features_made_of([column]))
