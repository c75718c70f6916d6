"""What a stress supposes: data in a TOML file, checked as a whole before anything is worked out.

    [[scenarios]]
    name = "recession"                    # once in the file
    odds_times = 1.5                      # of default: p becomes k p / (1 - p + k p)
    margin_times = 0.9                    # what is earned with a loan that is repaid
    loss_times = 1.2                      # what is lost with one that is not

    [[scenarios.shifts]]                  # of the published tables, from which the features are made anew
    table = "application"
    share = 0.05                          # of the clients; without it all
    seed = 1                              # which clients these are; 0 without it
    set = { NAME_INCOME_TYPE = "Unemployed", DAYS_EMPLOYED = 365243 }
    times = { AMT_INCOME_TOTAL = 0.6 }
    plus = { EXT_SOURCE_2 = -0.05 }

A shift of a share draws its clients by a hash of SK_ID_CURR and ``seed``: the same clients in every run, and those of a
smaller share are among those of a larger one. A number that would leave what its column can hold at all (a score above
1, an amount below 0) is held at the end, and counted.
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.decision.rule_columns import value_range
from credit.tables import TABLES
from credit.tables.columns import Column

_NUMBERS = ("odds_times", "margin_times", "loss_times")
_OF_SHIFT = ("table", "share", "seed", "set", "times", "plus")
_CHANGES = ("set", "times", "plus")
APPLICATION = "application"


class ScenarioError(ValueError):
    """The scenarios cannot be used; the text lists what is wrong with them, one by one."""


@dataclass(frozen=True)
class Shift:
    """A change of columns of one table.

    - ``table``: its published name, ``application`` for either of the two
    - ``share``: of the clients who are shifted, in (0, 1]
    - ``seed``: which clients these are
    - ``set``: column -> its new value; ``times``: column -> its factor; ``plus``: column -> what is added
    """

    table: str
    share: float = 1.0
    seed: int = 0
    set: Mapping[str, float | str] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    plus: Mapping[str, float] = field(default_factory=dict)

    def applied(self, frame: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.Expr]:
        """The table with the shift, and how many of its values were held at an end: an expression of ``frame``."""
        mine = pl.lit(value=True)
        if self.share < 1:
            numbers = frame.select(pl.col("SK_ID_CURR").unique()).collect()["SK_ID_CURR"]
            drawn = numbers.filter(pl.Series(uniform(numbers.to_numpy(), self.seed) < self.share))
            mine = pl.col("SK_ID_CURR").is_in(drawn.implode())
        schema, held, changes = frame.collect_schema(), pl.lit(0), []
        for name, value in self.set.items():
            changes.append(pl.when(mine).then(pl.lit(value)).otherwise(pl.col(name)).cast(schema[name]).alias(name))
        for name in {**self.times, **self.plus}:
            shifted = pl.col(name).cast(pl.Float64) * self.times.get(name, 1.0) + self.plus.get(name, 0.0)
            low, high = value_range(name)
            outside = mine & ((shifted < low) | (shifted > high))
            held += outside.fill_null(value=False).sum()
            inside = shifted.clip(low, high)
            inside = inside.round(0) if schema[name].is_integer() else inside
            changes.append(pl.when(mine).then(inside).otherwise(pl.col(name)).cast(schema[name]).alias(name))
        return frame.with_columns(changes), held


@dataclass(frozen=True)
class Scenario:
    """One stress; factors of 1 and no shift change nothing. ``name``: as the file has it."""

    name: str
    odds_times: float = 1.0
    margin_times: float = 1.0
    loss_times: float = 1.0
    shifts: tuple[Shift, ...] = ()

    @property
    def changes_costs(self) -> bool:
        """Whether margin or loss are others than the policy's."""
        return (self.margin_times, self.loss_times) != (1.0, 1.0)


def stressed_odds(probability: NDArray[np.float64], times: float) -> NDArray[np.float64]:
    """(n,) the probabilities whose odds are ``times`` those of ``probability`` (n,).

    Odds of 1 to 3 become 2 to 3:

    >>> stressed_odds(np.array([0.25, 0.0, 1.0]), 2.0).tolist()
    [0.4, 0.0, 1.0]
    """
    return times * probability / (1 - probability + times * probability)


def uniform(numbers: NDArray[Any], seed: int) -> NDArray[np.float64]:
    """(n,) a number in [0, 1) for each whole number, by the finaliser of SplitMix64; equal numbers have the same.

    Source: G. Steele, D. Lea and C. Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
    """
    with np.errstate(over="ignore"):
        z = numbers.astype(np.uint64) + np.uint64(seed + 1) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return np.asarray((z >> np.uint64(11)).astype(np.float64) / 2**53)


def load(path: str | Path) -> tuple[Scenario, ...]:
    """The scenarios of a TOML file, in its order. Raises `ScenarioError`, which lists everything that is wrong."""
    try:
        written = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read ({error.strerror}): name the file of the scenarios.") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path} is not UTF-8 ({error.reason}): save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path} is not TOML: {error}. A text stands in double quotes.") from None
    if unknown := sorted(written.keys() - {"scenarios"}):
        raise ScenarioError(f"{path} holds {', '.join(unknown)}; it holds [[scenarios]] and nothing else.")
    tables = written.get("scenarios")
    if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
        raise ScenarioError(f"{path} has no scenario: write [[scenarios]], one such table for each.")
    wrong: list[str] = []
    found = tuple(_scenario(one, place, wrong) for place, one in enumerate(tables, 1))
    names = [one.name for one in found]
    wrong += [f"scenario {name!r} stands there twice; give each its own name" for name in _twice(names)]
    if wrong:
        raise ScenarioError("\n  ".join([f"The scenarios in {path} cannot be used:", *wrong]))
    return found


def of_factors(odds_times: float, margin_times: float, loss_times: float) -> Scenario:
    """A scenario without shifts. Raises `ScenarioError` for a factor that is not above 0."""
    wrong: list[str] = []
    values = {"odds_times": odds_times, "margin_times": margin_times, "loss_times": loss_times}
    found = _scenario({"name": "stress", **values}, 1, wrong)
    if wrong:
        raise ScenarioError("; ".join(wrong))
    return found


def _scenario(written: Mapping[str, Any], place: int, wrong: list[str]) -> Scenario:
    name = written.get("name")
    title = f"scenario {name!r}" if isinstance(name, str) and name else f"scenario number {place}"
    if not isinstance(name, str) or not 0 < len(name) <= 60:
        wrong.append(f"{title}: name is a text of at most 60 letters")
    if unknown := sorted(written.keys() - {"name", *_NUMBERS, "shifts"}):
        wrong.append(f"{title}: {', '.join(unknown)} is no key of a scenario; it has {', '.join(_NUMBERS)} and shifts")
    for key in _NUMBERS:
        if key in written and not (_is_number(written[key]) and written[key] > 0):
            wrong.append(f"{title}: {key} is a factor above 0, such as 1.5, not {written[key]!r:.60}")
    shifts = written.get("shifts", [])
    if not isinstance(shifts, list) or not all(isinstance(one, dict) for one in shifts):
        wrong.append(f"{title}: shifts are written as [[scenarios.shifts]], one such table for each")
        shifts = []
    made = [_shift(one, f"{title}, shift {number}", wrong) for number, one in enumerate(shifts, 1)]
    usable = {key: float(written[key]) for key in _NUMBERS if key in written and _is_number(written[key])}
    return Scenario(str(name), **usable, shifts=tuple(one for one in made if one is not None))


def _shift(written: Mapping[str, Any], title: str, wrong: list[str]) -> Shift | None:
    found: list[str] = []
    if unknown := sorted(written.keys() - set(_OF_SHIFT)):
        found.append(f"{', '.join(unknown)} is no key of a shift; it has {', '.join(_OF_SHIFT)}")
    known = [APPLICATION, *(name for name in TABLES if not name.startswith(APPLICATION))]
    table, share, seed = written.get("table"), written.get("share", 1.0), written.get("seed", 0)
    if table not in known:
        found.append(f"table is one of {', '.join(known)}, not {table!r:.60}")
    if not (_is_number(share) and 0 < share <= 1):
        found.append(f"share is above 0 and at most 1, not {share!r:.60}")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31:
        found.append(f"seed is a whole number from 0 to {2**31 - 1}, not {seed!r:.60}")
    changes = {key: written.get(key, {}) for key in _CHANGES}
    if bad := [key for key, one in changes.items() if not isinstance(one, Mapping)]:
        found.append(f"{', '.join(bad)} must be a table of columns, such as {{ AMT_INCOME_TOTAL = 0.6 }}")
    elif not any(changes.values()):
        found.append(f"changes no column; write {', '.join(_CHANGES)}")
    elif table in known:
        found += _about_columns(str(table), changes, share)
    wrong += [f"{title}: {one}" for one in found]
    if found:
        return None
    return Shift(str(table), float(share), seed, changes["set"], changes["times"], changes["plus"])


def _about_columns(table: str, changes: Mapping[str, Mapping[str, Any]], share: Any) -> list[str]:
    """What is wrong with the changed columns of a table."""
    published = TABLES["application_test" if table == APPLICATION else table]
    columns = {one.name: one for one in published.columns}
    found = []
    if share != 1 and "SK_ID_CURR" not in columns:
        found.append(f"{table} does not say whose its rows are, so that no share of the clients can be shifted")
    for key, values in changes.items():
        for name, value in values.items():
            if name not in columns or name.startswith("SK_ID_"):
                found.append(f"{key}: {name!r:.60} is no column of {table} that can be shifted")
            else:
                found += _about_value(columns[name], key, value)
    if both := sorted(set(changes["set"]) & {*changes["times"], *changes["plus"]}):
        found.append(f"{', '.join(both)} is set and shifted at once; leave one out")
    return found


def _about_value(column: Column, key: str, value: Any) -> list[str]:
    name = column.name
    if column.kind == "text":
        if key != "set":
            return [f"{key}: {name} is a text, which can only be set"]
        if column.values and value not in column.values:
            return [f"set: {name} is one of {', '.join(map(repr, column.values))}; it is never {value!r:.60}"]
        return [] if isinstance(value, str) else [f"set: {name} is a text, not {value!r:.60}"]
    if not _is_number(value):
        return [f"{key}: {name} takes a finite number, not {value!r:.60}"]
    if column.kind == "integer" and key == "set" and value != int(value):
        return [f"set: {name} is a whole number, not {value!r:.60}"]
    return []


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]
