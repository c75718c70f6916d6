"""The model card, Markdown as training writes it, as a page shows it."""

import itertools
import re
from functools import lru_cache

from credit.i18n.page_text import WORDS
from credit.model.card_file import without_head
from credit.web.pages.model_card_french import ENGLISH, in_french

_TABLE = re.compile("<table>.*?</table>", re.DOTALL)


@lru_cache(maxsize=4)
def card(text: str, language: str) -> str:
    """The card as HTML without styles of its own, and without its head for programs, in ``language``.

    Markup that stands in the text itself is shown, not followed. What is not known in French is marked as English.
    """
    from markdown_it import MarkdownIt  # not before somebody reads the card

    written: str = (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .render(in_french(without_head(text)) if language == "fr" else without_head(text))
    )
    count, name = itertools.count(1), WORDS[language]["card"]["table"]
    for mark, tag in zip(ENGLISH, ('<span lang="en">', "</span>"), strict=True):
        written = written.replace(mark, tag)

    def scrolling(table: re.Match[str]) -> str:
        label = name.replace("{n}", str(next(count)))
        return f'<div class="scrolls" role="region" aria-label="{label}" tabindex="0">{table[0]}</div>'

    return _TABLE.sub(scrolling, written.replace(' style="text-align:right"', ' class="number"'))
