"""The stable codes of what may be wrong with a body; docs/codes.md has cause and cure of each, and a test holds it."""

from typing import Literal, get_args

Code = Literal[
    "body-form",
    "change-out-of-range",
    "changes-not-object",
    "client-number",
    "client-twice",
    "column-twice",
    "contradiction",
    "decided-already",
    "impossible-value",
    "key-twice",
    "missing-amount",
    "missing-key",
    "name-in-other-letters",
    "no-clients",
    "not-a-row",
    "not-changeable",
    "not-finite",
    "outcome-of-whom",
    "review-rule",
    "row-twice",
    "table-not-rows",
    "table-twice",
    "tables-beside-client",
    "text-for-number",
    "unknown-name",
    "unknown-table",
    "values-as-names",
    "wrong-value",
]
CODES: tuple[Code, ...] = get_args(Code)
