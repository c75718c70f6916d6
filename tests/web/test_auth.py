import hashlib

import pytest
from werkzeug.datastructures import Headers

from credit.web.auth import ANYONE, Callers, KeysError, from_this_machine

ANN, BOB = (hashlib.sha256(key).hexdigest() for key in (b"key of ann", b"key of bob"))


def test_a_key_names_its_caller():
    callers = Callers.parse(f"ann:{ANN}, bob:{BOB.upper()} ,")
    assert callers.known
    assert callers.named("Bearer key of ann") == "ann"
    assert callers.named("bearer  key of bob ") == "bob"


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer key", "Basic key of ann", "key of ann", f"Bearer {ANN}"]
)
def test_anything_else_names_nobody(authorization):
    assert Callers.parse(f"ann:{ANN}").named(authorization) is None


@pytest.mark.parametrize("text", ["", " ", " , "])
def test_without_keys_everybody_is_anyone(text):
    callers = Callers.parse(text)
    assert not callers.known
    assert callers.named(None) == callers.named("Bearer whatever") == ANYONE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"ann:{ANN},bob", "Entry 2 of API_KEYS is not name:sha256"),
        ("ann:key of ann", "Entry 1 of API_KEYS is not name:sha256"),
        (f"ann:{ANN[:-1]}", "Entry 1 of API_KEYS is not name:sha256"),
        (f":{ANN}", "Entry 1 of API_KEYS is not name:sha256"),
        (f"ann:{ANN},ann:{BOB}", "The name 'ann' in API_KEYS comes twice"),
        (f"anyone:{ANN}", "The name 'anyone' in API_KEYS stands for callers without a key"),
    ],
)
def test_keys_that_cannot_be_read_are_told_without_repeating_them(text, words):
    with pytest.raises(KeysError, match=words) as caught:
        Callers.parse(text)
    assert ANN[:-1] not in str(caught.value)
    assert "key of ann" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "host", "headers", "here"),
    [
        ("127.0.0.1", "localhost", {}, True),
        ("127.8.9.1", "127.0.0.1:8000", {}, True),
        ("::1", "[::1]:8000", {}, True),
        ("::1", "[::1]", {}, True),
        ("192.168.1.7", "localhost", {}, False),
        ("127.0.0.1", "bank.example", {}, False),
        ("127.0.0.1", "localhost.bank.example:8000", {}, False),
        ("127.0.0.1", "localhost", {"X-Forwarded-For": "127.0.0.1"}, False),
        ("127.0.0.1", "localhost", {"forwarded": "for=127.0.0.1"}, False),
        ("", "localhost", {}, False),
        (None, "localhost", {}, False),
        ("unix:", "localhost", {}, False),
    ],
)
def test_only_a_program_on_this_machine_is_from_this_machine(address, host, headers, here):
    assert from_this_machine(address, host, Headers(headers)) is here
