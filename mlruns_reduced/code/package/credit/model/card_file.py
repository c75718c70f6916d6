"""The file of the model card: a head in YAML for programs, between two lines of dashes, and the text for people."""

#: Where a head begins and ends; without one the text begins with its heading.
FENCE = "---\n"


def without_head(card: str) -> str:
    """The text for people."""
    if not card.startswith(FENCE):
        return card
    _, end, rest = card[len(FENCE) :].partition(f"\n{FENCE}")
    return rest.lstrip("\n") if end else card
