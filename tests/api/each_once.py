"""For schemathesis: the one rule that no JSON schema can say, what comes once in a body: clients, loans, applications.

Loaded through SCHEMATHESIS_HOOKS by test_openapi.py. Only numbers that come again are changed: whatever else is wrong
with a body that is meant to be wrong stays wrong.
"""

from typing import Any

import schemathesis

ONCE = {"application": "SK_ID_CURR", "bureau": "SK_ID_BUREAU", "previous_application": "SK_ID_PREV"}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    if not isinstance(case.body, dict):
        _number_anew(case.body, "SK_ID_CURR")
        return
    for table, key in ONCE.items():
        _number_anew(case.body.get(table), key)


def _number_anew(rows: Any, key: str) -> None:
    if not isinstance(rows, list):
        return
    seen: set[float] = set()
    for row in rows:
        number = row.get(key) if isinstance(row, dict) else None
        if type(number) not in (int, float):
            continue
        if number in seen:
            number = row[key] = next(free for free in range(len(rows)) if free not in seen)
        seen.add(number)
