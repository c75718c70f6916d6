"""gzip on the way in and out: bodies that say that they are compressed, and large answers where the request takes it.

A body is decompressed up to the size that any body may have and no byte further, so that a bomb is an error of 413 and
takes no more memory than the largest body. (RFC 9110, 8.4: Content-Encoding, and 12.5.3: Accept-Encoding.)

An answer that fits into the first packets of a connection arrives no sooner for being shorter; so only larger ones are
compressed. That is safe here though attackers may choose parts of what is compressed (BREACH): no answer holds a key or
another secret beside what its reader has sent or may read.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Request, Response
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from credit.program import PROGRAM
from credit.web.error_codes import coded

#: The coding that is read and written, and its other name of old.
GZIP = "gzip"
_NAMES = (GZIP, "x-gzip")

#: Answers of so many bytes fit into the ten packets that TCP sends before it waits (RFC 6928, of 1,460 bytes).
UNCOMPRESSED = 14_600

#: zlib's window for gzip's format.
_WINDOW = 16 + zlib.MAX_WBITS

#: So many bytes are decompressed at a time, and so many are made of them: zlib copies what it has not read, and takes
#: twice the memory of what it makes.
_READ, _WRITTEN = 65_536, 1_048_576

#: gzip allows a file of members, as bgzip writes one for each 64 kB; of empty ones 64 MB would take seconds.
_MOST_MEMBERS = 10_000

_DAMAGED = (
    "The body says that it is compressed with gzip, and is not, or is damaged: compress it anew, or send it without "
    "'Content-Encoding'."
)

#: The fastest: an answer of /score to 1,000 clients, 2.9 MB, becomes 7.6 times as short in 10 ms; level 6 makes it 10.3
#: times in 25 ms.
_LEVEL = 1

#: Media types that shrink; pictures are compressed already.
_SHRINK = ("text/", "application/json", "application/javascript", "image/svg+xml")


class _UnknownCoding(UnsupportedMediaType):
    def get_headers(self, *_: Any) -> list[tuple[str, str]]:
        return [*super().get_headers(*_), ("Accept-Encoding", GZIP)]


def plain(body: bytes, coding: str, largest: int) -> bytes:
    """The body without its coding, "identity" or "gzip", of fewer than ``largest`` bytes.

    Raises 415 for another coding, 400 for what is not what it says, 413 for what is too large once it is decompressed.
    """
    named = coding.strip().lower()
    if named == "identity":
        return body
    if named not in _NAMES:
        raise _UnknownCoding(
            f"The body is encoded as {coding[:40]!r}, and this server reads gzip: compress it so, with "
            "'Content-Encoding: gzip', or send it as it is."
        )
    return _gunzipped(body, largest)


def _gunzipped(body: bytes, largest: int) -> bytes:
    """All members of a gzip file, one behind the other, as RFC 1952 has it."""
    found, size, members = [], 0, 0
    rest, place = memoryview(body), 0
    while place < len(rest):
        member = zlib.decompressobj(_WINDOW)
        members += 1
        while not member.eof:
            piece = rest[place : place + _READ]
            try:
                found.append(member.decompress(piece, min(_WRITTEN, largest - size)))
            except zlib.error:
                raise coded(BadRequest(_DAMAGED), "body-damaged") from None
            if not piece and not found[-1]:
                raise coded(
                    BadRequest("The body is cut off within its gzip: send the request again, with its whole body."),
                    "body-damaged",
                )
            # At its end zlib may leave what follows in both.
            place += len(piece) - len(member.unused_data if member.eof else member.unconsumed_tail)
            size += len(found[-1])
            if size >= largest:
                raise RequestEntityTooLarge(
                    f"The body is larger than {largest // 1_000_000} MB once it is decompressed: send it in parts, or "
                    f"score a file with {PROGRAM} score."
                )
        if members > _MOST_MEMBERS:
            raise coded(
                BadRequest(f"The body is more than {_MOST_MEMBERS:,} gzip files in one: compress it as one."),
                "body-damaged",
            )
    return b"".join(found)


def shrink(asked: Request, answer: Response) -> None:
    """Compress a large answer where the request takes gzip; and tell who keeps answers that they depend on that."""
    if not (answer.is_streamed or (answer.calculate_content_length() or 0) > UNCOMPRESSED):
        return
    if "Content-Encoding" in answer.headers or not (answer.mimetype or "").startswith(_SHRINK):
        return
    answer.vary.add("Accept-Encoding")
    if not takes_gzip(asked.environ.get("HTTP_ACCEPT_ENCODING")):
        return
    answer.headers["Content-Encoding"] = GZIP
    if answer.is_streamed:
        answer.headers.pop("Content-Length", None)
        answer.response = _pieces(answer.iter_encoded())
    else:
        answer.set_data(_gzipped(answer.get_data()))


def takes_gzip(accepted: str | None) -> bool:
    """Whether an Accept-Encoding takes gzip, and not only in place of nothing else: "gzip;q=0" does not."""
    if not accepted:
        return False
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = _weight(parameters)
    named = [weights[name] for name in _NAMES if name in weights]
    found = max(named) if named else weights.get("*", 0.0)
    return found > 0 and found >= weights.get("identity", 0.0)


def _weight(parameters: str) -> float:
    """The weight of ";q=0.5", 1 without one; 0 for what is no number: it is not known to be wanted."""
    name, separator, value = parameters.strip().partition("=")
    if not separator or name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _gzipped(content: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW)
    return packer.compress(content) + packer.flush()


def _pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    """The same of an answer that is made while it is sent."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW)
    for piece in content:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
