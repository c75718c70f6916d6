"""A letter as PDF, by the browser of the machine."""

import re
import shutil
import stat

import pytest

from credit.letters import LetterError
from credit.letters.pdf import NAMES, browser, print_pdf

PAGE = "<!doctype html><html lang='en'><title>Letter</title><p>You are refused.</p></html>"


def test_a_page_becomes_one_page_of_pdf(tmp_path):
    if not any(map(shutil.which, NAMES)):
        pytest.skip("there is no Chromium on this machine")
    out = tmp_path / "letter.pdf"
    print_pdf(PAGE, out, browser())
    content = out.read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) == 1
    # A4, 595.92 by 842.88 points as Chromium rounds it, where the page asks for it.
    print_pdf(PAGE.replace("<p>", "<style>@page { size: A4 }</style><p>"), out, browser())
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", out.read_bytes())
    assert [float(one) for one in box.groups()] == pytest.approx([595, 842], abs=1.5)


def test_without_a_browser_the_next_step_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LetterError, match=r"no Chromium on this machine to print a PDF: name one with --chromium, or"):
        browser()
    with pytest.raises(LetterError, match="There is no program /no/browser"):
        browser("/no/browser")


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\nexit 0\n"])
def test_a_browser_that_prints_nothing_is_no_success(tmp_path, script):
    program = tmp_path / "browser"
    program.write_text(script)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(LetterError, match=r"ended with \d and printed no letter; write .html and print that"):
        print_pdf(PAGE, tmp_path / "letter.pdf", browser(str(program)))
