"""The body of a request as gunicorn hands it over: in one piece, where the request says how long it is."""

from gunicorn.http.body import Body, LengthReader

#: So many bytes of a body are taken from the socket at once; gunicorn takes 8,192.
_AT_ONCE = 65_536


class WholeBody(Body):
    """The body of a request that says how long it is, read in one piece.

    gunicorn's own hands over 1,024 bytes at a time, each time copying what it has read beyond them: 48 kB take some 200
    microseconds, and 48 MB a fifth of a second.
    """

    def __init__(self, reader: LengthReader) -> None:
        super().__init__(reader)
        reader.unreader.mxchunk = _AT_ONCE

    def read(self, size: int | None = None) -> bytes:
        """At most ``size`` bytes, all that are left where None; empty at the end, or where the sender has gone."""
        if self.buf.tell():  # readline has left something
            found: bytes = super().read(size)
            return found
        found = self.reader.read(min(self.getsize(size), self.reader.length))
        return found
