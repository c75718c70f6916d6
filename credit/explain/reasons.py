"""Reasons in words: what pushes a client towards refusal, in sentences that a client understands.

Correlated features stand for one reason: the dictionary beside this module, reasons.json, puts every feature of
`credit.features.FEATURES` into exactly one group (the first of its rules that fits the whole name), or among the
protected ones. The contributions of a group are summed; only groups with a positive sum are reasons. So a sentence
is true of a group as a whole, and one late payment that three features count is told once.

A group has up to three sentences in English and French, and each is said only where the client's own values bear it:

    unknown  most of the push comes from what is not known; and nothing of the group is known, unless its sentence
             speaks of a part (``partly``); and the client has none of the histories under ``rows``, whose rows would
             tell. Not known is a feature that is missing, and a text of which no value is there: a text that was not
             sent, or is none of the published ones, is 0 in every one of its 0/1 columns (and shares, of a history).
             The age of a car is known of a client who owns no car (``implied_by``).
    fact     a feature proves it, i.e. lies between the two bounds of a line under ``proof``, and itself pushes.
    known    the matter counts against the client: a known feature pushes. Under ``against`` stand the features with a
             bad direction, by pattern, and the bounds of their bad values: in a group that has them, one that pushes
             must lie there. So a client who was never late does not read that punctuality counts against her.
             Where a line under ``ways`` (features, two bounds, English, French) fits a feature that pushes, its
             sentence stands in place of the general one: it says which way the matter counted, as a reason of a refusal
             has to. The bound "middle" is the geometric mean of the smallest and largest amount that the bank lends.
             A line that ends in "lower" or "higher" claims that such a value would be better, and is said only where
             the model bears that out for this client (`credit.explain.directions`).

Under ``silent`` stand columns whose 1 says that the group's sentences would tell a protected attribute: a pension as
source of income, or that there is no employer. Of such a client the group is no reason; nor where the model lacks one
of these columns and no column of the group is above 0, for then it may be such a client.

Where none of them holds, the weightiest feature that pushes is ``named`` instead: a known one (not at a good value of
``against``, nor a share or a flag that is 0: its name would claim what is not there), else one that is missing. Of one
that is better the higher it is (``more_is_better``) that is said: nobody pays too early. Where
there is no such feature, nothing true can be said, and the group is no reason. A group without ``unknown`` is never one
for what is missing.

Each sentence names one matter, as 12 CFR 1002.9(b)(2) asks of the reasons of a refusal: they must be specific. The
codes of groups stand in the log for good. A group that was split, or says something else today, keeps its old sentences
under ``retired``, with the codes (``now``) that its features have today: they are said of old decisions alone.

Never offered, in this order in the file: gender (and maternity leave); age, ratios to it, and what tells a pensioner
(the missing employer and employer's phone); children, family and who came along; religion as an employer, and health
as the purpose of a purchase. For the same cause a missing length of employment, which pensioners have, is no reason.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from credit.explain.directions import Better, Claim, Directions
from credit.explain.feature_texts import about

if TYPE_CHECKING:
    from credit.tables.amount_ranges import AmountRanges

Floats = NDArray[np.float64]
Language = Literal["en", "fr"]

#: In which reasons are given.
LANGUAGES: tuple[str, ...] = get_args(Language)

#: The group of features that are never offered as a reason.
PROTECTED = "protected"

#: The bound of a line under ``ways`` that is worked out of the bank's amounts.
MIDDLE = "middle"

#: How many reasons are given: more than four hardly help (Official Interpretation of 12 CFR 1002.9(b)(2), comment 1).
MOST = 4

_FILE: dict[str, Any] = json.loads(files(__package__).joinpath("reasons.json").read_text(encoding="utf-8"))

#: The note that belongs beside reasons, by language.
NOTE: dict[str, str] = dict(zip(LANGUAGES, _FILE["note"], strict=True))

#: The groups: name -> known, unknown, fact, proof, against, ways, partly, rows, silent.
GROUPS: dict[str, dict[str, Any]] = _FILE["reasons"]

#: What earlier versions told under a code: known, unknown, fact, and the codes that its features have today (now).
RETIRED: dict[str, dict[str, Any]] = _FILE["retired"]

#: A feature that is missing -> another one and its value, by which nothing is unknown.
IMPLIED_BY: dict[str, tuple[str, float]] = {
    name: (other, value) for name, (other, value) in _FILE["implied_by"].items()
}

#: The sentences that name a feature: a known one, and one that is missing.
NAMED: dict[str, tuple[str, str]] = {kind: (en, fr) for kind, (en, fr) in _FILE["named"].items()}

#: Features of which more is better: those with the sign -1 of `credit.features.monotone_directions`, which serving does
#: not import.
_MORE_IS_BETTER = re.compile("|".join(f"(?:{pattern})" for pattern in _FILE["more_is_better"]))

_RULES = [(re.compile(pattern), PROTECTED) for pattern in _FILE["protected"]]
_RULES += [(re.compile(pattern), group) for pattern, group in _FILE["rules"]]


Kind = Literal["known", "fact", "unknown", "named"]


@dataclass(frozen=True)
class Reason:
    """``code``: the group. ``kind``: known, fact, unknown or named. ``contribution``: the group's sum > 0, in log
    odds.
    """

    code: str
    kind: Kind
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


#: Whether the model bears out that a lower or a higher value of the column at a place would be better for a client.
BorneOut = Callable[[int, Better], bool]


class _Group:
    """The features of one group among a model's ``columns``, at the places ``where``, and what its sentences need.

    ``texts``: the places of all columns of each text, see `_texts`.
    """

    def __init__(
        self,
        name: str,
        where: NDArray[np.intp],
        columns: Sequence[str],
        texts: list[NDArray[np.intp]],
        middles: Mapping[str, float],
    ):
        place = {column: i for i, column in enumerate(columns)}
        self.name, self.where = name, where
        self._names = [columns[i] for i in where]
        self._sentences = GROUPS[name]
        self._rows = [place[one] for one in self._sentences.get("rows", ()) if one in place]
        self._proofs = [(place[one], low, high) for one, low, high in self._sentences.get("proof", ()) if one in place]
        # Members with a bad direction, and between which bounds their values are bad; -inf and inf for any.
        rules = [(re.compile(rule), low, high) for rule, low, high in self._sentences.get("against", ())]
        bounds = [next(((a, b) for rule, a, b in rules if rule.fullmatch(one)), None) for one in self._names]
        self._directed = np.array([one is not None for one in bounds])
        self._low = np.array([-np.inf if one is None or one[0] is None else one[0] for one in bounds])
        self._high = np.array([np.inf if one is None or one[1] is None else one[1] for one in bounds])
        self._ways = [list(_ways(one, self._sentences.get("ways", ()), middles)) for one in self._names]
        # Those that the sentence "known" speaks of: of a group with a bad direction the ones that have it.
        self._claimed = self._directed | ("against" not in self._sentences)
        # "Number missing", "share of rows without a kind": known numbers that say what is not known.
        self._counts_missing = np.array(["MISSING" in one for one in self._names])
        self._implied_by = [
            (i, place[IMPLIED_BY[one][0]], IMPLIED_BY[one][1])
            for i, one in enumerate(self._names)
            if one in IMPLIED_BY and IMPLIED_BY[one][0] in place
        ]
        silent = self._sentences.get("silent", ())
        self._silent = [place[one] for one in silent if one in place]
        self._all_silent_seen = len(self._silent) == len(silent)
        self._texts = [(inside, text) for text in texts if (inside := np.isin(where, text)).any()]

    def reason(self, total: float, values: Floats, x: Floats, borne_out: BorneOut) -> Reason | None:
        """What is true of the client ``x`` with the contributions ``values``, both (n_columns,); ``total``: the sum of
        the group's, above 0; ``borne_out``: whether the model bears out which way a column counts. None where nothing
        is true.
        """
        mine = x[self.where]
        if self._would_tell_what_is_protected(x, mine):
            return None
        push = np.maximum(values[self.where], 0)
        missing = self._missing(x, mine)
        gaps = bool(2 * push[missing].sum() > push.sum())
        if gaps and "unknown" not in self._sentences:
            return None
        if gaps and self._may_be_unknown(x, missing):
            return self._said("unknown", total)
        if self._proved(values, x):
            return self._said("fact", total)
        # Known, and not at a good value; the age of a car that a client does not own is known, and within no bounds.
        speaks = ~missing & ((mine > self._low) & (mine < self._high) | ~self._directed) & (push > 0)
        if (speaks & self._claimed).any():
            return self._said_which_way(total, push, mine, speaks & self._claimed, borne_out)
        return self._named(total, push, mine, missing, speaks)

    def _would_tell_what_is_protected(self, x: Floats, mine: Floats) -> bool:
        if any(x[i] == 1 for i in self._silent):
            return True
        return not self._all_silent_seen and not np.isnan(mine).any() and not (mine > 0).any()

    def _said(self, kind: Kind, total: float) -> Reason:
        return Reason(self.name, kind, total, *self._sentences[kind])

    def _said_which_way(
        self, total: float, push: Floats, mine: Floats, speaks: NDArray[np.bool_], borne_out: BorneOut
    ) -> Reason:
        """The sentence of the weightiest feature that pushes and says which way; else the general one."""
        for i in sorted(np.flatnonzero(speaks).tolist(), key=lambda i: -push[i]):
            for low, high, pair, better in self._ways[i]:
                if low < mine[i] < high and (better is None or borne_out(int(self.where[i]), better)):
                    return Reason(self.name, "known", total, *pair)
        return self._said("known", total)

    def _missing(self, x: Floats, mine: Floats) -> NDArray[np.bool_]:
        missing = np.isnan(mine) | (self._counts_missing & (mine > 0))
        for i, other, value in self._implied_by:
            missing[i] &= x[other] != value
        for inside, text in self._texts:
            if not (x[text] > 0).any():
                missing |= inside
        return missing

    def _may_be_unknown(self, x: Floats, missing: NDArray[np.bool_]) -> bool:
        if self._sentences.get("partly", False):
            return True
        return bool(missing[~self._counts_missing].all()) and not any(x[i] == 1 for i in self._rows)

    def _proved(self, values: Floats, x: Floats) -> bool:
        return any(
            values[i] > 0 and (low is None or x[i] > low) and (high is None or x[i] < high)
            for i, low, high in self._proofs
            if not np.isnan(x[i])
        )

    def _named(
        self, total: float, push: Floats, mine: Floats, missing: NDArray[np.bool_], speaks: NDArray[np.bool_]
    ) -> Reason | None:
        gaps = missing & np.isnan(mine) & (push > 0) & ("unknown" in self._sentences)
        for kind, fits in (("value", speaks & ~self._counts_missing), ("gap", gaps)):
            for i in sorted(np.flatnonzero(fits).tolist(), key=lambda i: -push[i]):
                feature = about(self._names[i])
                if kind == "gap" or mine[i] != 0 or feature.unit not in ("0/1", "share"):
                    en, fr = NAMED["low" if kind == "value" and _MORE_IS_BETTER.fullmatch(self._names[i]) else kind]
                    return Reason(self.name, "named", total, en.format(en=feature.en), fr.format(fr=feature.fr))
        return None


def _ways(
    name: str, lines: Sequence[Sequence[Any]], middles: Mapping[str, float]
) -> Iterator[tuple[float, float, tuple[str, str], Better | None]]:
    """The lines under ``ways`` that are of the feature ``name``: both bounds, the sentences, which value is better."""
    for pattern, low, high, en, fr, *better in lines:
        if re.fullmatch(pattern, name):
            at = [middles[name] if end == MIDDLE else end for end in (low, high)]
            lowest, highest = -np.inf if at[0] is None else at[0], np.inf if at[1] is None else at[1]
            yield lowest, highest, (en, fr), better[0] if better else None


def _middles(own: "AmountRanges") -> dict[str, float]:
    """The middle of each amount of money: of the bank's ``own`` range, else of the published one."""
    # Importing the reasons alone stays quick: the tables come with a model.
    from credit.tables.amount_ranges import MONEY
    from credit.tables.counting import RANGES

    published = {name: (RANGES["application"][name]["min"], RANGES["application"][name]["max"]) for name in MONEY}
    return {name: math.sqrt(low * high) for name, (low, high) in {**published, **own}.items() if low * high > 0}


class Sorted:
    """A model's columns sorted into groups once, for many clients. ``own``: the ranges of a bank's own amounts.

    ``directions``: the model that has to bear out which way an amount counts; without one no such sentence is said.
    """

    def __init__(
        self, columns: Sequence[str], own: "AmountRanges | None" = None, directions: Directions | None = None
    ) -> None:
        members: dict[str, list[int]] = {group: [] for group in GROUPS}
        for i, name in enumerate(columns):
            group = group_of(name)
            if group is not None and group != PROTECTED:
                members[group].append(i)
        texts, middles = _texts(columns), _middles(own or {})
        self._directions = directions
        self._groups = [
            _Group(group, np.array(found, dtype=np.intp), columns, texts, middles)
            for group, found in members.items()
            if found
        ]
        # One group after the other, and where each begins: a sum for each group takes ten times as long for a client.
        self._members = np.concatenate([np.empty(0, dtype=np.intp), *(group.where for group in self._groups)])
        self._starts = np.cumsum([0, *(len(group.where) for group in self._groups)])[:-1].astype(np.intp)

    def reasons(self, values: Floats, X: Floats, most: int) -> list[list[Reason]]:
        """Up to ``most`` reasons a client; contributions ``values`` and features ``X`` are (n_clients, n_columns)."""
        if not self._groups:
            return [[] for _ in X]
        sums = np.add.reduceat(values.take(self._members, axis=1), self._starts, axis=1)
        claims: list[Claim] = []
        found = [self._of_one(values[i], X[i], sums[i], most, _Noted(claims, i)) for i in range(len(X))]
        if self._directions is not None and claims:
            # All claims of all clients are tried at once, and who made one gets its reasons anew.
            answers = dict(zip(claims, self._directions.borne_out(X, claims), strict=True))
            for i in {claim.client for claim in claims}:
                found[i] = self._of_one(values[i], X[i], sums[i], most, _Answered(answers, i))
        return found

    def _of_one(self, values: Floats, x: Floats, sums: Floats, most: int, borne_out: BorneOut) -> list[Reason]:
        found = list[Reason]()
        for g in np.argsort(-sums, kind="stable").tolist():
            if sums[g] <= 0 or len(found) == most:
                break
            reason = self._groups[g].reason(float(sums[g]), values, x, borne_out)
            if reason is not None:
                found.append(reason)
        return found


@dataclass(frozen=True)
class _Noted:
    """Notes every claim about a client, and bears none out yet."""

    claims: list[Claim]
    client: int

    def __call__(self, place: int, better: Better) -> bool:
        self.claims.append(Claim(self.client, place, better))
        return False


@dataclass(frozen=True)
class _Answered:
    """Says of a client's claims what the model said."""

    answers: Mapping[Claim, bool]
    client: int

    def __call__(self, place: int, better: Better) -> bool:
        return self.answers[Claim(self.client, place, better)]


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
    from credit.features.descriptions import identifier
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
