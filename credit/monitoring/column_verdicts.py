"""What became of a column of the application: the verdict, and Evidently's reading beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from credit.i18n.numbers import number
from credit.i18n.page_text import WORDS
from credit.i18n.plural import form

#: From this distance on a column has drifted.
DISTANCE = 0.1

#: What decides of numbers, see `credit.monitoring.rank_distance`.
RANKS = "distance of ranks"


@dataclass(frozen=True)
class ColumnDrift:
    """A column: its ``type`` ("num" or "cat"), the shares of both distributions in the same bins with their ``labels``.

    ``drifted``: the verdict, by the ``distance`` named ``decides``. ``test`` and ``score``: Evidently's test and its
    distance, which for numbers only stand beside the verdict; ``evidently``: whether by them the column has drifted.
    ``chance``: the distance that two samples of one population, as large as these, exceed once in twenty; 0 where no
    distance of samples decides. ``too_few``: no drift is seen, but chance alone reaches `DISTANCE`, so that nobody can
    say that there is none.
    """

    column: str
    type: str
    labels: tuple[str, ...]
    before: tuple[float, ...]
    now: tuple[float, ...]
    drifted: bool
    decides: str
    distance: float
    test: str
    score: float
    evidently: bool
    chance: float = 0.0
    too_few: bool = False

    @property
    def disputed(self) -> bool:
        """Whether the verdict and Evidently differ."""
        return self.drifted != self.evidently


def counted(columns: Sequence[ColumnDrift], language: str = "en") -> str:
    """How many of the columns have drifted, by what decides and by Evidently, in a sentence."""
    texts = WORDS[language]["report"]
    drifted, evidently = sum(one.drifted for one in columns), sum(one.evidently for one in columns)
    few = sum(one.too_few for one in columns)
    of_few = f" {texts['columns_too_few'][form(few, language)].format(n=number(few, 0, language))}" if few else ""
    said = str(
        texts["columns_drifted"][form(drifted, language)].format(
            n=number(drifted, 0, language),
            columns=texts["columns_of"][form(len(columns), language)].format(n=number(len(columns), 0, language)),
            at=number(DISTANCE, 1, language),
            evidently=number(evidently, 0, language),
        )
    )
    return said + of_few
