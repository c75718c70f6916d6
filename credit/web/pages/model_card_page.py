"""The model card, Markdown as training writes it, as a page shows it."""

import itertools
import re
from functools import lru_cache

from credit.model.card_file import without_head

_TABLE = re.compile("<table>.*?</table>", re.DOTALL)


@lru_cache(maxsize=2)
def card(text: str) -> str:
    """The card as HTML without styles of its own, and without its head for programs.

    Markup that stands in the text itself is shown, not followed.
    """
    from markdown_it import MarkdownIt  # not before somebody reads the card

    written: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(without_head(text))
    count = itertools.count(1)

    def scrolling(table: re.Match[str]) -> str:
        return f'<div class="scrolls" role="region" aria-label="Table {next(count)}" tabindex="0">{table[0]}</div>'

    return _TABLE.sub(scrolling, written.replace(' style="text-align:right"', ' class="number"'))
