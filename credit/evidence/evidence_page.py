"""The pack as one page of HTML, which needs nothing from anywhere else and prints as a PDF."""

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from credit.evidence import annex_iv, risk_guidance
from credit.evidence.contents import MISSING, NOT_APPLICABLE, STATED, Line, Section
from credit.evidence.headings import SECTIONS, WORDS, heading


def document(
    model: str,
    warnings: Sequence[str],
    facts: Sequence[str],
    lines: Sequence[Line],
    sections: Sequence[Section],
    language: str,
) -> str:
    """The page. ``model``: its name. ``warnings``: what is said before all else. ``facts``: of the first page.
    ``lines``: the answers, with what is missing. ``sections``: the details, in their order. ``language``: of the
    headings, "en" or "fr".
    """
    headings = {name: heading(words, language) for name, words in SECTIONS.items()}
    words = {name: heading(pair, language) for name, pair in WORDS.items()}
    shown = [Shown(one) for one in sections]
    template = Environment(
        loader=PackageLoader("credit.evidence", "."),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    ).get_template("evidence.html")
    return template.render(
        language=language,
        title=f"{words['title']}: {model}",
        model=model,
        warnings=warnings,
        facts=facts,
        words=words,
        headings=headings,
        contents=[(name, headings[name]) for name in ("missing", "annex", "guidance", *(one.id for one in sections))],
        missing=missing_list(lines, sections),
        annex_text=annex_iv.TEXT,
        points=_points(lines, language),
        guidance_text=risk_guidance.TEXT,
        parts=_parts(lines, language),
        sections=shown,
        answer=_answer,
    )


class Shown:
    """A section as the template reads it: its markup comes from a renderer that escapes."""

    def __init__(self, section: Section) -> None:
        self.id, self.notes, self.tables, self.missing = section.id, section.notes, section.tables, section.missing
        self.markup = Markup(section.markup)  # noqa: S704 - rendered by markdown-it with html=False


def missing_list(lines: Sequence[Line], sections: Sequence[Section]) -> list[tuple[str, str, str]]:
    """All that is missing: id of a line (empty of a section's), what it is, what is wanted."""
    of_lines = [(one.id, one.what, one.wanted) for one in lines if one.status == MISSING]
    return of_lines + [("", what, wanted) for one in sections for what, wanted in one.missing]


def _points(lines: Sequence[Line], language: str) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "heading": heading(words, language),
            "asked": [
                {"id": item.id, "asks": item.asks, "lines": [one for one in lines if one.annex == item.id]}
                for item in annex_iv.ITEMS
                if item.point == number
            ],
        }
        for number, words in annex_iv.POINTS.items()
    ]


def _parts(lines: Sequence[Line], language: str) -> list[dict[str, Any]]:
    return [
        {
            "heading": heading(words, language),
            "lines": [
                (text, one)
                for topic, text in risk_guidance.TOPICS.items()
                if topic.partition(".")[0] == part
                for one in lines
                if one.guidance == topic
            ],
        }
        for part, words in risk_guidance.PARTS.items()
    ]


def _answer(line: Line) -> Markup:
    if line.status == MISSING:
        return Markup('<span class="missing">missing</span>. {}').format(line.wanted)
    if line.status == NOT_APPLICABLE:
        return Markup("not applicable: {}").format(line.text)
    text = Markup("stated by the bank: {}").format(line.text) if line.status == STATED else escape(line.text)
    link = Markup(' (<a href="#{0}">{1}</a>)').format(line.section, SECTIONS[line.section][0]) if line.section else ""
    return text + link
