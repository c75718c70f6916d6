"""A page as PDF, printed by the Chromium of the system: outside the scoring process, and only where one is wanted.

A package that makes PDF from HTML either brings no layout of its own for CSS, or wants libraries of the system
(WeasyPrint: Pango). A browser is there where people work, prints what they see, and stays out of the service.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from credit.letters.bank_details import LetterError

#: The names under which systems install it.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: To print one page takes a second or two. Seconds.
_PATIENCE = 60


def browser(named: str | None = None) -> str:
    """The program that prints: ``named``, else the first of `NAMES`. Raises `LetterError` where there is none."""
    found = next((path for name in ([named] if named else NAMES) if (path := shutil.which(name))), None)
    if found is None:
        what = f"no program {named}" if named else "no Chromium on this machine"
        raise LetterError(f"There is {what} to print a PDF: name one with --chromium, or write .html and print that.")
    return found


def print_pdf(page: str, out: Path, program: str, what: str = "letter", patience: float = _PATIENCE) -> None:
    """Print ``page``, a text of HTML, into the file ``out``, A4. ``program``: of the Chromium. ``what``: is printed,
    for messages. ``patience``: seconds.

    Raises `LetterError` where the browser does not.
    """
    with tempfile.TemporaryDirectory(prefix=f"{what}-") as folder:
        source, profile = Path(folder) / f"{what}.html", Path(folder) / "profile"
        source.write_text(page, encoding="utf-8")
        words = [
            *(program, "--headless", "--disable-gpu", "--no-pdf-header-footer", "--disable-extensions"),
            *(f"--user-data-dir={profile}", f"--print-to-pdf={out}"),
            # Chromium refuses its sandbox to the superuser. The page is ours, and runs no script.
            *(["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []),
            source.as_uri(),
        ]
        try:
            done = subprocess.run(words, capture_output=True, timeout=patience, check=False)  # noqa: S603 - our words
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LetterError(f"{program} could not print the {what} ({type(error).__name__}).") from None
    if done.returncode or not out.is_file() or not out.read_bytes().startswith(b"%PDF-"):
        raise LetterError(f"{program} ended with {done.returncode} and printed no {what}; write .html and print that.")
