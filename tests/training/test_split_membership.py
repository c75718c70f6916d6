"""The hash of a person: pinned, for a client never changes sides."""

import numpy as np
import polars as pl
import pytest

from credit.training.split_membership import RULE, is_test, membership, persons, share_of, split_as_dict

#: Of the client below, worked out step by step in `test_the_number_of_a_person_never_changes`.
PERSON, NUMBER = 5324295755537115190, 0.853582967954542


def client(**columns) -> pl.DataFrame:
    values = {
        "SK_ID_CURR": [100001],
        "CODE_GENDER": [1.0],
        "DAYS_BIRTH": [-10000.0],
        "DAYS_ID_PUBLISH": [-200.0],
        "DAYS_REGISTRATION": [-500.0],
    }
    return pl.DataFrame({**values, **columns})


def splitmix(bits: int) -> int:
    """A step of SplitMix64 in whole numbers of Python."""
    bits = (bits + 0x9E3779B97F4A7C15) % 2**64
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB % 2**64
    return bits ^ (bits >> 31)


def test_the_number_of_a_person_never_changes():
    bits = splitmix(int(np.float64(1.0).view(np.uint64)))
    for days in (-9800.0, -9500.0):
        bits = splitmix(bits ^ int(np.float64(days).view(np.uint64)))
    assert persons(client()).tolist() == [bits >> 1] == [PERSON]
    number = splitmix((bits >> 1) ^ 0x5EED0F7E57C11E75) >> 11
    assert membership(persons(client())).tolist() == [number * 2.0**-53] == [NUMBER]
    assert RULE == "person-1"


def test_the_same_person_has_one_number_whenever_the_application_was():
    # The second is the first, 300 days later under another number; the third registered a day earlier, the fourth is
    # a man.
    rows = pl.concat(
        [
            client(),
            client(SK_ID_CURR=[7], DAYS_BIRTH=[-10300.0], DAYS_ID_PUBLISH=[-500.0], DAYS_REGISTRATION=[-800.0]),
            client(DAYS_REGISTRATION=[-501.0]),
            client(CODE_GENDER=[0.0]),
        ]
    )
    first, later, registered, man = persons(rows)
    assert first == later
    assert len({first, registered, man}) == 3


@pytest.mark.parametrize("lacking", ["DAYS_BIRTH", "DAYS_ID_PUBLISH", "DAYS_REGISTRATION"])
def test_without_a_date_the_number_of_the_client_stands_for_the_person(lacking):
    gap = {lacking: pl.Series([None], dtype=pl.Float64)}
    rows = pl.concat([client(**gap), client(**{lacking: [float("nan")]}), client(SK_ID_CURR=[100002], **gap)])
    null, nan, other = persons(rows)
    assert null == nan != other


def test_a_missing_gender_and_a_negative_zero_make_no_other_person():
    gender = pl.DataFrame({"CODE_GENDER": [None, float("nan"), 0.0, -0.0]})
    missing, nan, zero, negative = persons(client().drop("CODE_GENDER").join(gender, how="cross"))
    assert missing == nan != zero == negative


def test_a_share_of_the_persons_are_test_clients_and_a_smaller_share_is_a_part_of_them():
    person = np.arange(40_000)
    fifth, tenth = is_test(person, 0.2), is_test(person, 0.1)
    # The standard deviation of a share of 20 % is 0.2 %.
    assert fifth.mean() == pytest.approx(0.2, abs=0.01)
    assert tenth.mean() == pytest.approx(0.1, abs=0.01)
    assert not (tenth & ~fifth).any()


def test_a_manifest_tells_the_share_under_this_rule_alone():
    assert share_of({"model": {"split": split_as_dict(0.1)}}) == 0.1
    assert share_of({"model": {"split": {"rule": "person-0", "test_share": 0.1}}}) is None
    assert share_of({"model": {"name": "Champion"}}) is None
