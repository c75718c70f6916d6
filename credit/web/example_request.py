"""A first request to a server: a made-up client that its model takes, and the line of a shell that posts it."""

import json
import shlex
from collections.abc import Collection
from typing import Any

from credit.features.loan_amounts import CONTRACT
from credit.features.needed_columns import columns_read

#: A client of nobody's, for examples.
CLIENT = 155312
#: A decision of that log which the examples are about.
DECISION = 1

#: A made-up client for the example: a row of the published table, cut to what fits on a page.
_EXAMPLE = {
    "NAME_CONTRACT_TYPE": "Cash loans",
    "CODE_GENDER": "F",
    "FLAG_OWN_CAR": "N",
    "AMT_INCOME_TOTAL": 180000.0,
    "AMT_CREDIT": 450000.0,
    "AMT_ANNUITY": 24500.0,
    "AMT_GOODS_PRICE": 450000.0,
    "NAME_INCOME_TYPE": "Working",
    "NAME_EDUCATION_TYPE": "Higher education",
    "DAYS_BIRTH": -14600,
    "DAYS_EMPLOYED": -2190,
    "EXT_SOURCE_2": 0.57,
    "EXT_SOURCE_3": 0.51,
}


def example(columns: Collection[str]) -> dict[str, Any]:
    """A body that the model with ``columns`` takes: a row of the published table, or one feature where it reads none.

    Columns that the model does not read are left out, but for the kind of the loan, which says what amounts it has. A
    model's own column may have the name of a published text; what it means is the model's affair.
    """
    if any(isinstance(value, float) and name in columns for name, value in _EXAMPLE.items()):
        own = {CONTRACT, "NAME_INCOME_TYPE", "NAME_EDUCATION_TYPE"} & set(columns)
        wanted = ({CONTRACT} | columns_read(columns)) - own
        return {"SK_ID_CURR": CLIENT, **{name: value for name, value in _EXAMPLE.items() if name in wanted}}
    return {"SK_ID_CURR": CLIENT, next(iter(columns)): 1.0}


def curl(url: str, columns: Collection[str], *, route: str = "predict", key: bool = False, body: Any = None) -> str:
    """A line for a POSIX shell that posts the example. ``url``: ends in "/"; ``route``: what follows. ``columns``: of
    the model that is asked. ``key``: whether the server wants one. ``body``: in place of the client.
    """
    authorization = ' -H "Authorization: Bearer $KEY"' if key else ""
    posted = shlex.quote(json.dumps(example(columns) if body is None else body))
    address = shlex.quote(url + route)
    return f"curl -s{authorization} -H 'Content-Type: application/json' -d {posted} {address}"
