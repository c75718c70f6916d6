"""docs/codes.md: every code of the code has a row with cause and cure, and no row is of a code that there is not."""

import re

import pytest
from support.shipped import ROOT

from credit.features import data_warnings
from credit.monitoring import alarms
from credit.tables import findings
from credit.web import error_codes
from credit.web.payload import violation_codes

WEB = ROOT / "credit" / "web"
PAGE = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")

BY_HEADING = {
    "Findings": findings.CODES,
    "Errors": error_codes.CODES,
    "Violations": violation_codes.CODES,
    "Warnings": data_warnings.CODES,
    "Alarms": alarms.CODES,
}


def rows(heading):
    part = re.search(rf"^## {heading}\n(.+?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]
    return re.findall(r"^\| `([a-z-]+)` \| (.+) \| (.+) \|$", part, re.MULTILINE)


@pytest.mark.parametrize("heading", BY_HEADING)
def test_no_code_is_without_its_cause_and_cure(heading):
    found = rows(heading)
    assert [code for code, *_ in found] == list(dict.fromkeys(code for code, *_ in found))
    assert {code for code, *_ in found} == {*BY_HEADING[heading]}
    assert all(len(text.strip()) > 4 for _, *texts in found for text in texts)


def test_the_findings_of_a_file_are_those_that_are_never_ignored():
    marked = {code.replace("-", " ") for code, cause, _ in rows("Findings") if cause.startswith("*file*: ")}
    assert marked == findings.UNREADABLE


def test_every_violation_in_the_code_has_a_code_and_every_code_is_used():
    text = "\n".join(path.read_text() for path in WEB.rglob("*.py"))
    used = set(re.findall(r'code="([a-z-]+)"', text))
    assert used == {*violation_codes.CODES}


def test_the_page_has_the_status_of_each_error_and_each_error_is_raised():
    causes = {code: cause for code, cause, _ in rows("Errors")}
    assert all(re.match(rf"{int(status)}\b", causes[code]) for status, code in error_codes.BY_STATUS.items())
    others = "\n".join(path.read_text() for path in WEB.rglob("*.py") if path.name != "error_codes.py")
    rare = {*error_codes.CODES} - {*error_codes.BY_STATUS.values()} - {"other"}
    assert {code for code in rare if f'"{code}"' not in others} == set()
