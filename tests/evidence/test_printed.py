"""The PDF of a pack: it opens, says what the page says, and is the same at every print."""

import shutil
import time
import unicodedata

import pytest
from support.pdf_text import Pdf

from credit.evidence.printed import printed, without_times
from credit.letters.pdf import NAMES, browser


def squeezed(text):
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_the_pdf_opens_and_says_what_the_page_says_twice_alike(pack):
    if not any(map(shutil.which, NAMES)):
        pytest.skip("there is no Chromium on this machine")
    first = printed(pack.page, browser())
    time.sleep(1.1)  # the times of a PDF are in whole seconds
    assert printed(pack.page, browser()) == first
    found = Pdf(first)
    assert found.pages > 5
    text = squeezed(found.text)
    for words in (
        "The model learnt from a SIMULATED bank",
        "What is missing",
        "Point 1. General description of the AI system",
        "Point 9. Performance after placing on the market",
        "Model development and model use",
        "The chain of 900 decisions and 0 reviews is whole.",
        "not enough outcomes",
    ):
        assert squeezed(words) in text, words


def test_a_pdf_without_a_time_in_the_known_form_is_refused():
    with pytest.raises(ValueError, match=r"no time in the known form, .* --no-pdf"):
        without_times(b"%PDF-1.4 <</CreationDate (yesterday)>>")
