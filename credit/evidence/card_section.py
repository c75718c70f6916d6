"""The model card of the bundle, as a section: its own text, rendered, and the parts that lines quote."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from credit.decision.client_groups import FEWEST_SHOWN
from credit.evidence.contents import Section
from credit.evidence.withheld import published_card
from credit.model.card_file import without_head

NAME = "MODEL_CARD.md"


class Card:
    """``text``: of MODEL_CARD.md, None where the bundle has none."""

    def __init__(self, bundle: Path) -> None:
        file = bundle / NAME
        self.text = file.read_text(encoding="utf-8") if file.is_file() else None
        parts = re.split(r"^## (.+)$", without_head(self.text or ""), flags=re.MULTILINE)
        self._parts = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))

    def first_paragraph(self, heading: str) -> str:
        """Of the part below ``heading``, as plain text; empty where the card has no such part."""
        paragraph = self._parts.get(heading, "").partition("\n\n")[0]
        return re.sub(r"[*`]|\s+", lambda found: "" if found[0] in "*`" else " ", paragraph).strip()

    def section(self, manifest: Mapping[str, Any]) -> Section:
        """The whole card, but for figures of few clients (`credit.evidence.withheld`); also as a file of the pack.
        ``manifest``: of the bundle, which says how many clients a group has.
        """
        if self.text is None:
            return Section(
                "card", missing=(("Model card", f"The bundle has no {NAME}; a training with this version writes it."),)
            )
        markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        text = published_card(self.text, manifest)
        written: str = markdown.render(without_head(text))
        # Its headings go two levels down, below that of the section.
        lower = re.sub(r"(</?h)([1-4])(>)", lambda tag: f"{tag[1]}{int(tag[2]) + 2}{tag[3]}", written)
        return Section(
            "card",
            (_as_written(self.text, text),),
            files={"model_card.md": text.encode()},
            markup=lower.replace(' style="text-align:right"', ' class="number"'),
        )


def _as_written(text: str, shown: str) -> str:
    if text == shown:
        return f"As the training wrote it, from {NAME} of the bundle."
    digest = hashlib.sha256(text.encode()).hexdigest()
    return (
        f"As the training wrote it, from {NAME} of the bundle (SHA-256 {digest}), but for figures of fewer than "
        f"{FEWEST_SHOWN} clients: an earlier version wrote them, and they are withheld here."
    )
