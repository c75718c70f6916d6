"""Groups by gender, by age, and by columns that are named."""

import math

import numpy as np
import polars as pl
import pytest

from credit.training.client_attributes import (
    Attribute,
    attributes,
    named_attributes,
    values_in,
    values_of,
)

YEAR = 365.25
NAN = math.nan


def frame(**columns):
    return values_in(pl.DataFrame(columns))


def test_gender_and_age_have_fixed_groups():
    values = frame(CODE_GENDER=[0.0, 1.0, NAN], DAYS_BIRTH=[-24 * YEAR, -60 * YEAR, None])
    gender, age = attributes((), values)
    assert gender.groups(values).tolist() == ["women", "men", "not given"]
    assert age.groups(values).tolist() == ["under 25", "55 and over", "not given"]


def test_few_values_are_groups_of_their_own():
    values = frame(CODE_GENDER=[0.0] * 4, DAYS_BIRTH=[-9000.0] * 4, FLAG_OWN_CAR=[1.0, 0.0, NAN, 1.0])
    *_, car = attributes(("FLAG_OWN_CAR",), values)
    assert car.names == ("0", "1", "not given")
    assert car.groups(values).tolist() == ["1", "0", "not given", "1"]


def test_many_values_are_quarters_that_are_kept():
    values = frame(
        CODE_GENDER=[0.0] * 8, DAYS_BIRTH=[-9000.0] * 8, EXT_SOURCE_3=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    )
    *_, score = attributes(("EXT_SOURCE_3",), values)
    kept = Attribute.of(score.to_dict())
    assert kept == score
    assert score.names == ("up to 0.2", "above 0.2 to 0.4", "above 0.4 to 0.6", "above 0.6", "not given")
    others = frame(EXT_SOURCE_3=[0.2, 0.21, 0.9, -1.0, NAN])
    assert kept.groups(others).tolist() == [
        "up to 0.2",
        "above 0.2 to 0.4",
        "above 0.6",
        "up to 0.2",
        "not given",
    ]


def test_half_of_the_clients_with_one_value_make_one_group():
    children = [0.0] * 6 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    values = frame(CODE_GENDER=[0.0] * 12, DAYS_BIRTH=[-9000.0] * 12, CNT_CHILDREN=children)
    *_, attribute = attributes(("CNT_CHILDREN",), values)
    assert attribute.names == ("up to 0", "above 0 to 3", "above 3", "not given")
    assert np.unique(attribute.groups(values), return_counts=True)[1].tolist() == [3, 3, 6]


def test_texts_are_groups():
    text = Attribute("NAME_HOUSING_TYPE")
    made = {f"NAME_HOUSING_TYPE_{name}": [0.0, 0.0] for name in (
        "Co_op_apartment", "House_apartment", "Municipal_apartment", "Office_apartment", "Rented_apartment",
        "With_parents",
    )}  # fmt: skip
    made["NAME_HOUSING_TYPE_With_parents"] = [1.0, 0.0]
    assert text.groups(frame(**made)).tolist() == ["With parents", "not given"]


def test_a_data_set_gives_what_models_may_not_read_too(made_up):
    data = made_up(50)
    values = values_of(data)
    np.testing.assert_array_equal(values("CODE_GENDER"), data.x[:, 0])
    with pytest.raises(ValueError, match="cannot be compared by FLAG_OWN_CAR: it is not made from these tables"):
        values("FLAG_OWN_CAR")


def test_names_are_checked_and_said_once():
    assert named_attributes(("NAME_HOUSING_TYPE", "CNT_CHILDREN", "CNT_CHILDREN")) == (
        "NAME_HOUSING_TYPE",
        "CNT_CHILDREN",
    )
    assert named_attributes(("CODE_GENDER", "DAYS_BIRTH")) == ()  # compared anyway
    with pytest.raises(ValueError, match=r"'CNT_CHILDRN' is no feature and no text.*did you mean 'CNT_CHILDREN'"):
        named_attributes(("CNT_CHILDRN",))


def test_a_column_of_one_value_has_no_groups_to_compare():
    values = frame(CODE_GENDER=[0.0] * 3, DAYS_BIRTH=[-9000.0] * 3, FLAG_OWN_CAR=[1.0, 1.0, NAN])
    with pytest.raises(ValueError, match="by FLAG_OWN_CAR: all clients have the same value of it"):
        attributes(("FLAG_OWN_CAR",), values)
