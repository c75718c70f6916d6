"""Requests with an Idempotency-Key to a real server, and what its log holds after them."""

import http.client
import json

from credit.decision_log import Log
from credit.decision_log.audit import verify
from support.loans import CREDIT
from support.server import JSON


def score(server, client, key):
    """Status, headers and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        body = json.dumps({"SK_ID_CURR": client, **CREDIT})
        connection.request("POST", "/score", body, {**JSON, "Idempotency-Key": key})
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())
    finally:
        connection.close()


def logged(address):
    """(client, id) of the decisions, of a log that is whole."""
    log = Log(address)
    assert verify(log).whole
    with log.reading() as connection:
        found = connection.exec_driver_sql("SELECT client, id FROM decisions ORDER BY id").all()
    log.close()
    return [tuple(row) for row in found]
