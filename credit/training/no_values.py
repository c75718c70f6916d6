"""The features of the application that no client of a bank has: no model is trained on them.

They are what a bank does not collect. A model that had them among its columns would ask for them: without the price of
the goods it would decide on no client of a bank that has no such prices.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from credit import features
from credit.features.application import CODES
from credit.monitoring.text_columns import text_columns
from credit.tables.amount_ranges import LOAN

#: So many features are named in a warning.
_NAMED = 4


@dataclass(frozen=True)
class Known:
    """What some clients have: of the application's features in ``columns``, which anybody has (``known``), and which
    is 1 for anybody (``ones``); `+` puts two parts of the clients together. ``clients``: how many they are.
    """

    columns: tuple[str, ...]
    known: frozenset[str]
    ones: frozenset[str]
    clients: int

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Known":
        """Of clients with features, a row each."""
        own = [one.name for one in features.FEATURES if one.table == "application" and one.name in frame.columns]
        if not own:
            return cls((), frozenset(), frozenset(), len(frame))
        counted = frame.select(pl.col(own).null_count().name.prefix("null "), (pl.col(own) == 1).any()).row(
            0, named=True
        )
        known = frozenset(name for name in own if counted[f"null {name}"] < len(frame))
        return cls(tuple(own), known, frozenset(name for name in own if counted[name]), len(frame))

    def __add__(self, other: "Known") -> "Known":
        """Both parts of the clients together."""
        return Known(self.columns, self.known | other.known, self.ones | other.ones, self.clients + other.clients)

    def no_values(self) -> list[str]:
        """The features that no client has, but for the amount that costs are measured in; none of no clients.

        Of a text that no client has they are its 0/1 columns, which are all 0 then; also where the bank has it in words
        that are not the published ones.
        """
        if not self.clients:
            return []
        empty = {name for name in self.columns if name not in self.known and name != LOAN}
        for places in text_columns(self.columns).values():
            texts = {self.columns[place] for place in places}
            if not texts & self.ones:
                empty |= texts
        return [name for name in self.columns if name in empty]


def sentences(no_values: Sequence[str]) -> Iterator[str]:
    """What is said of such features: of numbers one sentence, and one of texts, by their columns."""
    texts = text_columns(no_values)
    of_texts = {no_values[place] for places in texts.values() for place in places} | {*no_values} & {*CODES}
    words = [*texts, *(name for name in no_values if name in CODES)]
    if numbers := [name for name in no_values if name not in of_texts]:
        which = "a feature" if len(numbers) == 1 else f"{len(numbers)} features"
        yield (
            f"no client has a value of {which} of the application, and no model reads what nobody has: "
            f"{shortened(numbers)}. Export it again where the bank has it"
        )
    if words:
        which = "a text column" if len(words) == 1 else f"{len(words)} text columns"
        yield (
            f"no client has a published text in {which} of the application, and no model reads what nobody has: "
            f"{shortened(words)}. Where the bank has it in words of its own, write the published ones, which the check "
            "command asks for; where it was lost, export it again"
        )


def shortened(names: Sequence[str]) -> str:
    """The first of these features, and how many more there are."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
