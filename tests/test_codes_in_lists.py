"""Codes in a list of a setting or option: known ones are taken, of an unknown one the nearest is named."""

import pytest

from credit.codes import codes_in, refuse_unknown

KNOWN = ("missing-folder", "missing-table", "sentinel")


def test_a_list_holds_codes_blanks_and_nothing():
    assert codes_in(" sentinel,missing-table ,, sentinel", KNOWN, "a finding") == {"sentinel", "missing-table"}
    assert codes_in("", KNOWN, "a finding") == frozenset()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("sentinels", "'sentinels' is no code of a finding; did you mean sentinel?"),
        ("missing-tble", "'missing-tble' is no code of a finding; did you mean missing-table or missing-folder?"),
        ("x" * 50, f"'{'x' * 40}' is no code of a finding; the codes are missing-folder, missing-table, sentinel"),
    ],
)
def test_an_unknown_code_is_refused_with_those_that_are_near_or_all(code, sentence):
    with pytest.raises(ValueError, match="is no code of a finding") as refused:
        refuse_unknown(["sentinel", code], KNOWN, "a finding")
    assert str(refused.value) == sentence
