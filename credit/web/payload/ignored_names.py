"""Names that tables bring along and that are no input: the outcome, and what pandas and pyarrow write for an index."""

import re

from credit.tables.schema import TARGET

#: As pandas' reset_index() and read_csv() name an index without a name, and as pyarrow keeps one in Parquet.
_INDEX = re.compile(r"(Unnamed: \d+(_level_\d+)?(\.\d+)*|index|level_\d+|__index_level_\d+__|)\Z")


def ignored(name: str) -> str | None:
    """Why a column of this name is ignored, None for one that is not."""
    if name.upper() == TARGET:
        return "is the outcome and no input"
    if _INDEX.match(name):
        return "is the number of a row in a data frame and no input"
    return None
