"""For schemathesis: the one rule that no JSON schema can say, each client comes once in a body.

Loaded through SCHEMATHESIS_HOOKS by test_openapi.py. Only numbers that come again are changed: whatever else is wrong
with a body that is meant to be wrong stays wrong.
"""

from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    rows = case.body.get("application") if isinstance(case.body, dict) else case.body
    if not isinstance(rows, list):
        return
    seen: set[float] = set()
    for row in rows:
        number = row.get("SK_ID_CURR") if isinstance(row, dict) else None
        if type(number) not in (int, float):
            continue
        if number in seen:
            number = row["SK_ID_CURR"] = next(free for free in range(len(rows)) if free not in seen)
        seen.add(number)
