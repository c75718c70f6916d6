"""The body of a request is read in one piece, and not a byte of the next request with it."""

import io

import pytest

pytest.importorskip("fcntl", reason="gunicorn runs on POSIX systems only")
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader

from credit.web.whole_body import WholeBody


class Socket:
    """Hands over at most ``most`` bytes at a time, and counts how often it is asked."""

    def __init__(self, content, most=10**9):
        self.content, self.most, self.asked = io.BytesIO(content), most, 0

    def recv(self, size):
        self.asked += 1
        return self.content.read(min(size, self.most))


def body(content, length, most=10**9, kind=WholeBody):
    unreader = SocketUnreader(Socket(content, most))
    return kind(LengthReader(unreader, length)), unreader


def test_a_body_ends_where_the_request_says():
    whole, unreader = body(b"x" * 100_000 + b"GET /next", 100_000)
    assert whole.read(1 << 30) == b"x" * 100_000
    assert whole.read() == b""
    assert unreader.read() == b"GET /next"


def test_it_is_read_in_few_pieces():
    sent = b"x" * 1_000_000
    whole, unreader = body(sent, len(sent))
    assert whole.read(len(sent)) == sent
    assert unreader.sock.asked == 16  # of 65,536 bytes; gunicorn's own body asks 123 times
    theirs, unreader = body(sent, len(sent), kind=Body)
    assert theirs.read(len(sent)) == sent
    assert unreader.sock.asked == 123


def test_a_body_that_breaks_off_is_what_arrived():
    whole, _ = body(b"x" * 500, 1000, most=7)
    assert whole.read(1000) == b"x" * 500
    assert whole.read(1000) == b""


@pytest.mark.parametrize("kind", [Body, WholeBody])
def test_lines_and_pieces_may_take_turns_as_in_gunicorns_own(kind):
    found, _ = body(b"one\ntwo\nthree" + b"y" * 3000 + b"GET /next", 3013, most=5, kind=kind)
    assert found.readline() == b"one\n"
    assert found.read(2) == b"tw"
    assert found.readline() == b"o\n"
    assert found.read(4) == b"thre"
    assert found.read() == b"e" + b"y" * 3000
    assert found.read(10) == b""
