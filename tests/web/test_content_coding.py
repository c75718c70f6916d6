"""What is decompressed, and what an Accept-Encoding takes."""

import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from credit.web.content_coding import plain, takes_gzip


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.8, *;q=0.1", True),
        ("x-gzip", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),  # named, so the star does not speak of it
        ("gzip; q = 0.000", False),
        ("deflate, br", False),
        ("identity", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("identity;q=0.5, gzip", True),
        ("gzip;q=lots", False),
        ("gzip;level=9", True),
    ],
)
def test_gzip_is_taken_where_it_is_named_with_a_weight(accepted, taken):
    assert takes_gzip(accepted) is taken


PIECES = st.lists(st.tuples(st.sampled_from(["zeros", "noise", "words"]), st.integers(0, 1_500_000)), max_size=3)


def made(pieces):
    """Bytes in long runs, without any order, and in short ones: what zlib makes a thousand times more of, or less."""
    noise = random.Random(7)
    kinds = {"zeros": bytes, "noise": lambda size: noise.randbytes(size // 10), "words": lambda n: b"abc" * (n // 3)}
    return b"".join(kinds[kind](size) for kind, size in pieces)


@settings(max_examples=40)
@given(st.lists(PIECES, min_size=1, max_size=3), st.sampled_from([1, 9]), st.floats(0.01, 0.99))
def test_what_was_compressed_comes_back_and_what_is_cut_off_does_not(members, level, share):
    contents = [made(pieces) for pieces in members]
    packed = [gzip.compress(content, level, mtime=0) for content in contents]
    body = b"".join(contents)
    assert plain(b"".join(packed), "gzip", len(body) + 1) == body
    with pytest.raises(RequestEntityTooLarge):
        plain(b"".join(packed), "gzip", max(1, len(body))) if body else plain(gzip.compress(b"a"), "gzip", 1)
    end = max(1, int(share * len(packed[-1])))
    with pytest.raises(BadRequest, match="cut off"):
        plain(b"".join([*packed[:-1], packed[-1][:end]]), "gzip", len(body) + 1)
