"""For schemathesis: what no JSON schema can say, what comes once: clients, loans, applications in a body, and keys.

Loaded through SCHEMATHESIS_HOOKS by test_openapi.py. Only numbers that come again and keys that are in order are
changed: whatever else is wrong with a request that is meant to be wrong stays wrong.
"""

import re
from itertools import count
from typing import Any

import schemathesis

from credit.web.idempotency_key import HEADER, PATTERN

ONCE = {"application": "SK_ID_CURR", "bureau": "SK_ID_BUREAU", "previous_application": "SK_ID_PREV"}

_numbers = count()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    sent = (case.headers or {}).get(HEADER)
    if isinstance(sent, str) and re.fullmatch(PATTERN, sent) and len(sent) < 240:
        # Another request under a key is refused, and rightly.
        end = '"' if sent.startswith('"') else ""
        case.headers[HEADER] = f"{sent.removesuffix(end)}-{next(_numbers)}{end}"
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
