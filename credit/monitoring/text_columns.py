"""The text columns of the application among features: which 0/1 columns stand for the texts of each."""

from collections.abc import Sequence

from credit.features.application import CODES
from credit.features.descriptions import identifier
from credit.tables import TABLES

#: Text column -> its texts, in the order of the schema; without those that are one 0/1 feature by themselves.
VOCABULARIES: dict[str, tuple[str, ...]] = {
    name: tuple(texts) for name, texts in TABLES["application_test"].vocabularies.items() if name not in CODES
}


def text_columns(columns: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Text column -> the positions of its 0/1 features among ``columns``; of those that are there with every text."""
    place = {name: number for number, name in enumerate(columns)}
    found = {}
    for name, texts in VOCABULARIES.items():
        wanted = [f"{name}_{identifier(text)}" for text in texts]
        if all(one in place for one in wanted):
            found[name] = tuple(place[one] for one in wanted)
    return found
