"""Numbers and texts with bounds, as fields of answers and of the manifest name them; JSON Schema is made from them."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

#: A number of things.
Count = Annotated[int, Meta(ge=0)]
#: A probability, or a part of a whole.
Share = Annotated[float, Meta(ge=0, le=1)]
NotNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]
#: 64 hexadecimal digits.
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
#: As ISO 8601 writes them.
Date = Annotated[str, Meta(extra_json_schema={"format": "date"})]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


def one_of(values: Iterable[str]) -> Meta:
    """A text is one of these."""
    return Meta(extra_json_schema={"enum": list(values)})
