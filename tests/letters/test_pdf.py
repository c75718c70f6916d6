"""A letter as PDF, by the browser of the machine."""

import re
import shutil
import stat
from datetime import date

import pytest
from support.letters import BANK

from credit.explain.reasons import GROUPS
from credit.features.information_sources import BUREAU, OWN, SCORES
from credit.letters import PROFILES, LetterError, LetterWriter, Refusal
from credit.letters.pdf import NAMES, browser, print_pdf
from credit.letters.verdict_sentences import SENTENCES

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


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("way", ["machine", "confirmed", "own"])
def test_a_long_letter_of_any_way_to_a_refusal_is_one_page(tmp_path, profile, language, way):
    if not any(map(shutil.which, NAMES)):
        pytest.skip("there is no Chromium on this machine")
    place = 1 if language == "fr" else 0
    kinds = [one[kind] for one in GROUPS.values() for kind in ("known", "fact", "unknown") if one.get(kind)]
    four = sorted((pair[place] for pair in kinds), key=len)[-4:]
    refused = Refusal(
        decision=10**9,
        client=10**6,
        applied=date(2026, 9, 30),
        decided=date(2026, 9, 30),
        language=language,
        reasons=(max((one[place] for one in SENTENCES.values()), key=len),) if way == "own" else tuple(four),
        used=("your application", *(part.fr if place else part.en for part in (BUREAU, OWN, SCORES)), "-"),
        bureau=True,
        by_person=way != "machine",
        own_reason=way == "own",
        rules=(),
        probability=0.875,
        threshold=0.1597,
        model="0" * 64,
    )
    out = tmp_path / "letter.pdf"
    print_pdf(LetterWriter(BANK).write(refused, date(2026, 12, 1), profile), out, browser())
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", out.read_bytes())) == 1


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
