"""Bodies of tables: what comes once in a file of the batch comes once in a body."""

import json

import pytest

from credit.body import BodyError
from credit.body.clients import Bodies


@pytest.mark.parametrize(("table", "key"), [("bureau", "SK_ID_BUREAU"), ("previous_application", "SK_ID_PREV")])
def test_a_row_that_is_there_twice_is_refused_at_its_place(table, key):
    row = {"SK_ID_CURR": 1, key: 5}
    body = {"application": {"SK_ID_CURR": 1}, table: [row, {**row, key: 6}, row]}
    with pytest.raises(BodyError) as caught:
        Bodies(["AMT_CREDIT"]).read(json.dumps(body).encode())
    assert caught.value.status == 422
    assert [(one.field, one.message) for one in caught.value.details] == [
        (f"{table}[2].{key}", f"{key} 5 is in an earlier row of {table}; send one row for each")
    ]
    del body[table][2]
    assert Bodies(["AMT_CREDIT"]).read(json.dumps(body).encode()).numbers == (1,)
