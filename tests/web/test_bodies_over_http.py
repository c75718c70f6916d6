"""Bodies as they arrive at the server: keys that come twice, and gzip on the way in and out."""

import gzip
import http.client
import json
import os
import zlib
from pathlib import Path

import pytest
from support import small
from support.loans import CREDIT
from support.server import JSON, Server

from credit.web.requests import MAX_BYTES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    bundle = small.bundle(tmp_path_factory.mktemp("bodies") / "mlruns_reduced")
    server = Server(tmp_path_factory.mktemp("server"), bundle, WEB_CONCURRENCY="1").wait()
    yield server
    server.stop()


REPEATED = "comes more than once in one object; send it once"
TWICE = b'{"SK_ID_CURR": 1, "AMT_CREDIT": 450000.0, "AMT_CREDIT": 999123.0}'
IN_TABLES = b'{"application": {"SK_ID_CURR": 1, "AMT_CREDIT": 1000, "AMT_CREDIT": 999123.0}}'
REASON = b'"reason": "client_disagrees", "reason": "as_scored 999123"'
ASKED = [
    *((route, body) for route in ("/predict", "/predict_proba", "/score", "/explain") for body in (TWICE, IN_TABLES)),
    ("/what-if", b'{"client": %s}' % TWICE),
    ("/what-if", b'{"client": {"SK_ID_CURR": 1, "AMT_CREDIT": 1}, "changes": {"AMT_CREDIT": 1, "AMT_CREDIT": 999123}}'),
    ("/outcomes", b'[{"client": 1, "defaulted": true, "defaulted": false, "decision": 999123}]'),
    ("/reviews/1", b'{"verdict": "accept", %s}' % REASON),
    ("/reviews/1/reopen", b"{%s}" % REASON),
]


@pytest.mark.parametrize(("route", "body"), ASKED, ids=[route for route, _ in ASKED])
def test_a_key_that_comes_twice_is_refused_on_every_route_that_takes_a_body(server, route, body):
    before = server.ask("/data")[1]["total"]
    status, answer = server.ask(route, body)
    assert status == 422
    (detail,) = answer["details"]
    assert detail["code"] == "key-twice"
    assert detail["message"].endswith(f"{detail['field'].removeprefix('client.')} {REPEATED}")
    assert "999123" not in str(answer) + server.written()
    assert server.ask("/data")[1]["total"] == before


def test_every_route_that_takes_a_body_stands_above(server):
    paths = server.ask("/openapi.json")[1]["paths"]
    taking = {path for path, operations in paths.items() if "requestBody" in operations.get("post", {})}
    assert {path.replace("{decision_id}", "1") for path in taking} == {route for route, _ in ASKED}
    assert server.ask("/predict", {"SK_ID_CURR": 1, **CREDIT})[0] == 200


CODED = {"Content-Encoding": "gzip"}
CLIENT = {"SK_ID_CURR": 7, **CREDIT, "EXT_SOURCE_2": 0.987654}
BODY = json.dumps(CLIENT).encode()


def exchange(server, method, route, body=None, headers=()):
    """Status, headers and body of an answer as they come over the wire."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request(method, route, body, {**JSON, **dict(headers)})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def in_members(body):
    return gzip.compress(body[:9]) + gzip.compress(b"") + gzip.compress(body[9:])


@pytest.mark.parametrize("pack", [gzip.compress, in_members], ids=["one member", "three members"])
@pytest.mark.parametrize("name", ["gzip", "GZIP", "x-gzip"])
def test_a_body_in_gzip_is_answered_as_it_is_without(server, pack, name):
    status, _, plain = exchange(server, "POST", "/predict_proba", BODY)
    assert status == 200
    coded = exchange(server, "POST", "/predict_proba", pack(BODY), {"Content-Encoding": name})
    assert (coded[0], coded[2]) == (200, plain)


def test_a_large_body_in_gzip_is_read_whole(server):
    clients = json.dumps([{**CLIENT, "SK_ID_CURR": one, "EXT_SOURCE_2": one / 1001} for one in range(1, 1001)])
    spread = clients.replace("}, {", "}," + 4000 * " " + "{").encode()  # 4 MB, most of it in long runs
    _, _, plain = exchange(server, "POST", "/predict_proba", clients)
    coded = exchange(server, "POST", "/predict_proba", gzip.compress(spread), CODED)
    assert (coded[0], coded[2], len(spread) > 4_000_000) == (200, plain, True)


def test_a_body_in_gzip_may_come_in_chunks(server):
    packed = gzip.compress(BODY)
    assert exchange(server, "POST", "/predict", iter([packed[:20], packed[20:]]), CODED)[0] == 200


def test_the_same_request_in_gzip_and_without_is_the_same_to_its_key(server):
    key = {"Idempotency-Key": "gzip-1"}
    _, _, first = exchange(server, "POST", "/score", BODY, key)
    status, headers, again = exchange(server, "POST", "/score", gzip.compress(BODY), {**key, **CODED})
    assert (status, headers["Idempotency-Replayed"], again) == (200, "true", first)


WRONG = {
    "cut off": (gzip.compress(BODY)[:-9], "gzip", 400, "The body is cut off within its gzip"),
    "damaged": (gzip.compress(BODY)[:-6] + b"damage", "gzip", 400, "compressed with gzip, and is not, or is damaged"),
    "more behind it": (gzip.compress(BODY) + BODY, "gzip", 400, "compressed with gzip, and is not, or is damaged"),
    "no gzip": (BODY, "gzip", 400, "compressed with gzip, and is not, or is damaged"),
    "many members": (10_001 * gzip.compress(b""), "gzip", 400, "more than 10,000 gzip files in one"),
    "zlib": (zlib.compress(BODY), "deflate", 415, "encoded as 'deflate', and this server reads gzip"),
    "twice": (gzip.compress(gzip.compress(BODY)), "gzip, gzip", 415, "encoded as 'gzip, gzip'"),
    "unsaid": (gzip.compress(BODY), "identity", 400, "say so by the header 'Content-Encoding: gzip'"),
    "empty": (b"", "gzip", 400, "The body is empty"),
}


@pytest.mark.parametrize(("body", "coding", "expected", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_decompressed_is_said(server, body, coding, expected, words):
    status, headers, answer = exchange(server, "POST", "/predict", body, {"Content-Encoding": coding})
    assert (status, words in json.loads(answer)["error"]) == (expected, True), answer
    assert headers["Accept-Encoding"] == ("gzip" if status == 415 else None)
    assert "0.987654" not in answer.decode() + server.written()


def peak(process):
    """The most memory that a process has had at a time. Bytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a process's peak of memory is said by Linux")
def test_a_bomb_is_refused_before_it_has_grown(server):
    (worker,) = server.workers()
    before = peak(worker)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(MAX_BYTES)) for _ in range(16)) + packer.flush()  # a gigabyte in one
    assert len(bomb) < MAX_BYTES / 50
    status, _, answer = exchange(server, "POST", "/predict", bomb, CODED)
    assert (status, "larger than 64 MB once it is decompressed" in json.loads(answer)["error"]) == (413, True)
    assert peak(worker) < before + 1.25 * MAX_BYTES
    assert exchange(server, "POST", "/predict", gzip.compress(BODY), CODED)[0] == 200


def answers(server, method, route, body=None):
    """An answer with gzip, and the same without: headers and body."""
    coded = exchange(server, method, route, body, {"Accept-Encoding": "gzip, deflate, br"})
    bare = exchange(server, method, route, body)
    assert (coded[0], bare[0]) == (200, 200)
    return coded[1:], bare[1:]


@pytest.mark.parametrize("number", [1, 400])
def test_a_large_answer_is_compressed_where_the_request_takes_it(server, number):
    clients = json.dumps([{**CLIENT, "SK_ID_CURR": one} for one in range(1, number + 1)])
    (coded, packed), (bare, plain) = answers(server, "POST", "/predict_proba", clients)
    large = len(plain) > 14_600
    assert large is (number > 1)
    assert (coded["Content-Encoding"], bare["Content-Encoding"]) == (("gzip", None) if large else (None, None))
    assert int(coded["Content-Length"]) == len(packed)
    assert (gzip.decompress(packed) if large else packed) == plain
    # Who keeps answers must know of it in either form.
    assert ("Accept-Encoding" in (coded["Vary"] or ""), "Accept-Encoding" in (bare["Vary"] or "")) == (large, large)
    if large:
        assert len(packed) < len(plain) / 4


def test_a_file_that_is_written_while_it_is_read_is_compressed(server):
    (coded, packed), (bare, plain) = answers(server, "GET", "/data?csv=1")
    assert (coded["Content-Encoding"], bare["Content-Encoding"]) == ("gzip", None)
    assert gzip.decompress(packed) == plain
    assert plain.count(b"\n") > 400  # the clients of the test above


def test_no_answer_of_an_error_or_a_picture_is_compressed(server):
    _, headers, _ = exchange(server, "POST", "/explain", BODY, {"Accept": "image/png", "Accept-Encoding": "gzip"})
    assert (headers["Content-Type"], headers["Content-Encoding"]) == ("image/png", None)
    assert exchange(server, "GET", "/nowhere", headers={"Accept-Encoding": "gzip"})[1]["Content-Encoding"] is None
