"""The parts of what can be known of a client: each is delivered by one source, and is there or missing as a whole.

A bank asks a credit bureau, looks into its own books, buys scores, and has the client fill in an application. The
amounts of the loan itself are no part: without them there is nothing to decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.features import descriptions
from credit.features.application import CODES
from credit.features.loan_amounts import AMOUNTS
from credit.tables import TABLES


@dataclass(frozen=True)
class Part:
    """``tables``: the histories, ``columns``: the columns of the application that it is made of. ``histories``: the
    features that say whether the tables are known. ``en``, ``fr``: what it is, within a sentence.
    """

    name: str
    en: str
    fr: str
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    histories: tuple[str, ...] = ()


BUREAU = Part(
    "bureau",
    "the report of the credit bureau",
    "le rapport du bureau de crédit",
    tables=("bureau", "bureau_balance"),
    histories=("BUREAU_HISTORY",),
)
OWN = Part(
    "own_loans",
    "what the bank knows of its own earlier loans",
    "ce que la banque sait de ses propres prêts antérieurs",
    tables=("previous_application", "POS_CASH_balance", "installments_payments", "credit_card_balance"),
    histories=("PREVIOUS_HISTORY", "POS_HISTORY", "INSTALMENTS_HISTORY", "CARD_HISTORY"),
)
SCORES = Part(
    "external_scores",
    "the scores of other providers",
    "les scores d'autres fournisseurs",
    columns=("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"),
)
APPLICATION = Part(
    "application",
    "the rest of the application",
    "le reste de la demande",
    columns=tuple(
        column.name
        for column in TABLES["application_test"].columns[1:]
        if column.name not in (*AMOUNTS, *SCORES.columns)
    ),
)

PARTS = (BUREAU, OWN, SCORES, APPLICATION)


class ApplicationColumns:
    """The columns of the application, but the loan's, among a model's features ``columns``.

    ``places``: column -> the places of the features that are that column itself: one, or the 0/1 columns of a text.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        place = {name: number for number, name in enumerate(columns)}
        self.places: dict[str, NDArray[np.intp]] = {}
        self._texts: set[str] = set()
        self._readers: dict[tuple[str, ...], tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]] = {}
        for column in TABLES["application_test"].columns[1:]:
            if column.name in AMOUNTS:
                continue
            names = [column.name]
            if column.kind == "text" and column.name not in CODES:
                names = [f"{column.name}_{descriptions.identifier(value)}" for value in column.values]
                self._texts.add(column.name)
            if found := [place[name] for name in names if name in place]:
                self.places[column.name] = np.array(found, dtype=np.intp)

    def known(self, X: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.bool_]:
        """Array (n_clients, len(names)): whether a column is known, of ``X`` (n_clients, n_columns).

        A text is where one of its 0/1 columns is 1: what is made of no text is 0 in all of them.
        """
        if not names:
            return np.empty((len(X), 0), dtype=bool)
        places, starts, of_text = self._reader(tuple(names))
        values = X.take(places, axis=1)
        return np.logical_or.reduceat(np.where(of_text, values == 1, ~np.isnan(values)), starts, axis=1)

    def _reader(self, names: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
        """The places of all features of these columns, where those of each column begin, and which are of texts.

        Kept: every request asks for the same ones, and a column at a time takes thirty times as long.
        """
        if names not in self._readers:
            own = [self.places[name] for name in names]
            starts = np.cumsum([0, *(len(places) for places in own)])[:-1].astype(np.intp)
            of_text = np.repeat([name in self._texts for name in names], [len(places) for places in own])
            self._readers[names] = np.concatenate(own), starts, of_text
        return self._readers[names]
