"""The pack's page as PDF, with nothing in it that depends on when it was printed."""

import re
import tempfile
from pathlib import Path

from credit.letters.pdf import print_pdf

#: Some hundred pages take seconds; on a busy machine more. Seconds.
_PATIENCE = 400

#: What Chromium writes of the time, in the clear and always as long.
_TIMES = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}([+-]\d\d'\d\d')\)")


def printed(page: str, program: str) -> bytes:
    """The PDF of ``page``. ``program``: the browser that prints, see `credit.letters.pdf.browser`.

    The same page and browser give the same bytes. Raises `LetterError` where the browser does not print, and
    ``ValueError`` where its PDF has no time in the known form: that it is always the same could then not be said.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        out = Path(folder) / "evidence.pdf"
        print_pdf(page, out, program, "evidence", _PATIENCE)
        return without_times(out.read_bytes())


def without_times(pdf: bytes) -> bytes:
    """``pdf`` with 1 January 1980 for the times of its making: as long as before, so that its table of places holds.

    >>> without_times(b"<</CreationDate (D:20260302101112+01'00')>>")
    b"<</CreationDate (D:19800101000000+00'00')>>"
    """
    found, times = _TIMES.subn(rb"/\1 (D:19800101000000+00'00')", pdf)
    if not times:
        raise ValueError(
            "the PDF of this browser has no time in the known form, so that it may differ at every print: name another "
            "with --chromium, or leave it out with --no-pdf"
        )
    return found
