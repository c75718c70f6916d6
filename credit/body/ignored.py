"""Names that tables bring along and that are no input: the outcome, and what pandas writes for a row's number."""

import re

from credit.tables.schema import TARGET

_INDEX = re.compile(r"(Unnamed: \d+(\.\d+)*|index|level_0|)\Z")


def ignored(name: str) -> str | None:
    """Why a column of this name is ignored, None for one that is not."""
    if name == TARGET:
        return "is the outcome and no input"
    if _INDEX.match(name):
        return "is the number of a row in a data frame and no input"
    return None
