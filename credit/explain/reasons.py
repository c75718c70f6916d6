"""Reasons in words: what pushes a client towards refusal, in sentences that a client understands.

Correlated features stand for one reason: the dictionary beside this module, reasons.json, puts every feature of
`credit.features.FEATURES` into exactly one group (the first of its rules that fits the whole name), or among the
protected ones. The contributions of a group are summed; only groups with a positive sum are reasons. So a sentence
is true of a group as a whole, and one late payment that three features count is told once.

A group has up to three sentences in English and French. ``known``: the matter counts against the client; true
whenever the sum is positive. ``fact``: more telling, and said only where a feature of the client proves it, i.e. lies
between the two bounds of a line under ``proof``, and itself pushes towards refusal. ``unknown``: said where most
of the push comes from what is not known. A group without that sentence is then no reason. Not known is a feature that
is missing, and a text of which no value is there: a text that was not sent, or is none of the published ones, is 0 in
every one of its 0/1 columns (and shares, of a history), and these zeros are nothing that the client told.

Never offered, in this order in the file: gender (and maternity leave); age, ratios to it, and what tells a pensioner
(the missing employer and employer's phone); children, family and who came along; religion as an employer, and health
as the purpose of a purchase. For the same cause a missing length of employment, which pensioners have, is no reason.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Language = Literal["en", "fr"]

#: In which reasons are given.
LANGUAGES: tuple[str, ...] = get_args(Language)

#: The group of features that are never offered as a reason.
PROTECTED = "protected"

#: How many reasons are given: more than four hardly help (Official Interpretation of 12 CFR 1002.9(b)(2), comment 1).
MOST = 4

_FILE: dict[str, Any] = json.loads(files(__package__).joinpath("reasons.json").read_text(encoding="utf-8"))

#: The note that belongs beside reasons, by language.
NOTE: dict[str, str] = dict(zip(LANGUAGES, _FILE["note"], strict=True))

#: The groups: name -> known, unknown, fact, proof.
GROUPS: dict[str, dict[str, Any]] = _FILE["reasons"]

_RULES = [(re.compile(pattern), PROTECTED) for pattern in _FILE["protected"]]
_RULES += [(re.compile(pattern), group) for pattern, group in _FILE["rules"]]


@dataclass(frozen=True)
class Reason:
    """``code``: the group. ``kind``: known, fact or unknown. ``contribution``: the group's sum > 0, in log odds."""

    code: str
    kind: str
    contribution: float
    en: str
    fr: str

    def sentence(self, language: str) -> str:
        """In ``language``. Raises ValueError for one that reasons are not given in."""
        if language not in LANGUAGES:
            raise ValueError(f"reasons are given in {' and '.join(LANGUAGES)}, not in {language!r}")
        return self.fr if language == "fr" else self.en


@cache
def group_of(feature: str) -> str | None:
    """The group of a feature, `PROTECTED`, or None for a column that no rule fits and that is no reason therefore."""
    return next((group for pattern, group in _RULES if pattern.fullmatch(feature)), None)


class Sorted:
    """A model's columns sorted into groups once, for many clients."""

    def __init__(self, columns: Sequence[str]) -> None:
        place = {name: i for i, name in enumerate(columns)}
        members: dict[str, list[int]] = {group: [] for group in GROUPS}
        for name, i in place.items():
            group = group_of(name)
            if group is not None and group != PROTECTED:
                members[group].append(i)
        self._members = {group: np.array(found) for group, found in members.items() if found}
        self._proofs = {
            group: [(place[name], low, high) for name, low, high in GROUPS[group].get("proof", ()) if name in place]
            for group in self._members
        }
        # "Number missing", "share of rows without a kind": known numbers that say what is not known.
        self._counts_missing = np.array(["MISSING" in name for name in columns])
        # Group -> for each text in it: its members' places in the group, and the places of all the text's columns.
        texts = _texts(columns)
        self._texts: dict[str, list[tuple[NDArray[np.bool_], NDArray[np.intp]]]] = {
            group: [(inside, of_text) for of_text in texts if (inside := np.isin(self._members[group], of_text)).any()]
            for group in self._members
        }

    def reasons(self, values: Floats, X: Floats, most: int) -> list[list[Reason]]:
        """Up to ``most`` reasons a client; contributions ``values`` and features ``X`` are (n_clients, n_columns)."""
        if not self._members:
            return [[] for _ in X]
        sums = np.stack([values[:, where].sum(axis=1) for where in self._members.values()], axis=1)
        return [self._of_one(values[i], X[i], sums[i], most) for i in range(len(X))]

    def _of_one(self, values: Floats, x: Floats, sums: Floats, most: int) -> list[Reason]:
        names, found = list(self._members), list[Reason]()
        for g in np.argsort(-sums, kind="stable").tolist():
            if sums[g] <= 0 or len(found) == most:
                break
            kind = self._kind(names[g], values, x)
            if kind in GROUPS[names[g]]:
                found.append(Reason(names[g], kind, float(sums[g]), *GROUPS[names[g]][kind]))
        return found

    def _kind(self, group: str, values: Floats, x: Floats) -> str:
        where = self._members[group]
        push = np.maximum(values[where], 0)
        missing = np.isnan(x[where]) | (self._counts_missing[where] & (x[where] > 0))
        for inside, of_text in self._texts[group]:
            if not (x[of_text] > 0).any():
                missing |= inside
        if 2 * push[missing].sum() > push.sum():
            return "unknown"
        for i, low, high in self._proofs[group]:
            between = (low is None or x[i] > low) and (high is None or x[i] < high)
            if between and not np.isnan(x[i]) and values[i] > 0:
                return "fact"
        return "known"


#: Table -> how the features made from its rows begin; those of the application have the names of its columns.
_BEGIN = {
    "application_test": "",
    "bureau": "BUREAU_",
    "bureau_balance": "BUREAU_",
    "previous_application": "PREVIOUS_",
    "POS_CASH_balance": "POS_",
    "credit_card_balance": "CARD_",
}

#: How features end that are 0 for all values of a text only where none of the values is there.
_TELLING = ("", "_SHARE", "_MEAN", "_MAX", "_SUM")


def _texts(columns: Sequence[str]) -> list[NDArray[np.intp]]:
    """The places of the columns made from the values of one text, for each text of which every value is among them.

    Of a text some of whose values the model does not see, zeros prove nothing: the value may be one of those.
    """
    # Importing the reasons alone stays quick: the tables and what the features are called come with a model.
    from credit.features.words import identifier
    from credit.tables import TABLES

    found = []
    for table, begin in _BEGIN.items():
        more = "(?:[A-Z0-9_]+_)?" if begin else ""
        for text, values in TABLES[table].vocabularies.items():
            ends = [identifier(value) for value in values]
            shape = re.compile(rf"({begin}{more}){text}_(?:{'|'.join(map(re.escape, ends))})(_[A-Z]+)?")
            places: dict[str, dict[str, int]] = {}
            for i, name in enumerate(columns):
                if match := shape.fullmatch(name):
                    places.setdefault(match[1], {})[name] = i
            for before, there in places.items():
                if any(all(f"{before}{text}_{end}{after}" in there for end in ends) for after in _TELLING):
                    found.append(np.array([*there.values()], dtype=np.intp))
    return found
