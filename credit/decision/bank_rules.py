"""The bank's own rules, before and after the model: data in one TOML file, checked as a whole, known by a hash.

    [[rules]]
    name = "under_18"                     # once in the file; the log names the rule by it
    stage = "before"                      # before the model, or after it
    outcome = "refuse"                    # accept, refer or refuse
    valid_from = 2026-01-01               # the first day, UTC
    if_unknown = "refer"                  # where a missing value leaves the condition unknown: skip, or refer
    when = { column = "DAYS_BIRTH", op = ">", value = -6575 }
    legal_basis = { en = "...", fr = "..." }   # of a rule about the age, and of no other
    reason = { en = "...", fr = "..." }   # as the client reads it

The condition's grammar is that of `credit.decision.conditions`; who decides where several rules hold is said in
`credit.decision.rule_decisions`. The same file may hold segments with costs of their own, [[segments]], see
`credit.decision.segments`.
"""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from credit.decision.conditions import Condition, read
from credit.decision.review import DECISIONS, REFER
from credit.decision.rule_columns import AGE, RuleColumns
from credit.decision.segments import Segment, read_segments

BEFORE, AFTER = STAGES = ("before", "after")
SKIP, ON_TO_A_PERSON = IF_UNKNOWN = ("skip", "refer")
LANGUAGES = ("en", "fr")

#: What a rule must say; legal_basis is its one other key.
_WANTED = ("name", "stage", "outcome", "valid_from", "if_unknown", "when", "reason")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
#: A reason is a sentence for a letter.
_LONGEST_REASON = 400
#: So many findings are listed one by one.
_LISTED = 20


class BankRulesError(ValueError):
    """The file of rules cannot be used; the text lists what is wrong with it, rule by rule."""


@dataclass(frozen=True)
class BankRule:
    """One rule. ``reason``: by language. ``condition``: checked against a model's columns. ``legal_basis``: by
    language, of a rule about the age, else None. The other fields are those of the file.
    """

    name: str
    stage: str
    outcome: str
    valid_from: date
    if_unknown: str
    reason: Mapping[str, str]
    condition: Condition
    legal_basis: Mapping[str, str] | None = None


@dataclass(frozen=True)
class BankRules:
    """The rules and the segments of a file, in its order, for one model's columns.

    ``text``: all of them as JSON, keys sorted, which the decision log keeps. ``hash``: the SHA-256 of it.
    """

    rules: tuple[BankRule, ...] = field(compare=False)
    text: str
    segments: tuple[Segment, ...] = field(default=(), compare=False)

    @cached_property
    def hash(self) -> str:
        """By which a policy and the log name these rules."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def outcomes(self) -> tuple[tuple[str, str], ...]:
        """Name and decision, for each that a rule can make: its outcome, and refer where it may miss a value."""
        return tuple(
            (rule.name, decision)
            for rule in self.rules
            for decision in dict.fromkeys((rule.outcome, *((REFER,) if rule.if_unknown == ON_TO_A_PERSON else ())))
        )

    def valid(self, stage: str, on: date) -> list[BankRule]:
        """The rules of a ``stage`` that are in force on a day, in the order of the file."""
        return [rule for rule in self.rules if rule.stage == stage and rule.valid_from <= on]

    def reasons(self, language: str) -> dict[str, str]:
        """Name of a rule -> its reason in ``language``."""
        return {rule.name: rule.reason[language] for rule in self.rules}

    def last_valid_from(self) -> date | None:
        """The first day on which all rules and segments are in force; None without any."""
        begins = [rule.valid_from for rule in self.rules] + [segment.valid_from for segment in self.segments]
        return max(begins, default=None)

    @classmethod
    def load(cls, path: str | Path, columns: Sequence[str], points: bool) -> "BankRules":
        """Those of a TOML file, for a model of ``columns``; ``points``: whether it has a scale of points.

        Raises `BankRulesError`, which lists everything that is wrong.
        """
        try:
            written = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise BankRulesError(
                f"The bank's rules in {path} cannot be read ({error.strerror}): name their file, or no file for none."
            ) from None
        except UnicodeDecodeError as error:
            raise BankRulesError(f"{path} is not UTF-8 ({error.reason}): save it as UTF-8.") from None
        except tomllib.TOMLDecodeError as error:
            raise BankRulesError(
                f"{path} is not TOML: {error}. A text stands in double quotes, a date is written 2026-01-31 without."
            ) from None
        if unknown := sorted(written.keys() - {"rules", "segments"}):
            raise BankRulesError(
                f"{path} holds {', '.join(unknown)}; it holds [[rules]] and [[segments]], and nothing else."
            )
        for kind in ("rules", "segments"):
            tables = written.setdefault(kind, [])
            if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
                raise BankRulesError(
                    f"{path}: {kind} must be written as [[{kind}]], one such table for each {kind.removesuffix('s')}."
                )
        return cls._checked(written["rules"], written["segments"], str(path), columns, points)

    @classmethod
    def of_text(cls, text: str, columns: Sequence[str], points: bool) -> "BankRules":
        """Those of `text` as the decision log has kept it. Raises `BankRulesError` as `load` does."""
        rules, segments = (
            [{**one, "valid_from": date.fromisoformat(one["valid_from"])} for one in some] for some in _kept_in(text)
        )
        return cls._checked(rules, segments, "the log's copy of the rules", columns, points)

    @classmethod
    def _checked(
        cls,
        written: Sequence[Mapping[str, Any]],
        segments: Sequence[Mapping[str, Any]],
        source: str,
        columns: Sequence[str],
        points: bool,
    ) -> "BankRules":
        known, wrong = RuleColumns(columns, points), list[str]()
        rules = [_rule(one, place, known, wrong) for place, one in enumerate(written, 1)]
        names = Counter(one["name"] for one in written if isinstance(one.get("name"), str))
        wrong += [
            f"rule {name!r}: {count} rules have this name; give each its own"
            for name, count in names.items()
            if count > 1
        ]
        priced = read_segments(segments, known, wrong)
        if wrong:
            more = [f"... and {len(wrong) - _LISTED} more."] if len(wrong) > _LISTED else []
            raise BankRulesError(
                "\n  ".join([f"The bank's rules in {source} cannot be used:", *wrong[:_LISTED], *more])
            )
        # Without segments the list of rules alone, whose hash logs from before segments have.
        kept = {"rules": written, "segments": segments} if segments else written
        text = msgspec.json.encode(kept, order="sorted").decode()
        return cls(tuple(rule for rule in rules if rule is not None), text, priced)


def _kept_in(text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rules and the segments of a `BankRules.text`, as they were written."""
    kept = msgspec.json.decode(text)
    return (kept, []) if isinstance(kept, list) else (kept["rules"], kept["segments"])


def rules_in(text: str) -> list[dict[str, Any]]:
    """The rules of the `BankRules.text` that the decision log has kept, as they were written: also where another model
    is served by now, to whose columns the rules do not belong.
    """
    return _kept_in(text)[0]


def reasons_in(text: str, language: str) -> dict[str, str]:
    """Name of a rule -> its reason in ``language``, of a text as `rules_in` takes it."""
    return {one["name"]: one["reason"][language] for one in rules_in(text)}


def legal_basis_of(written: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The law that asks for a rule as it is written, by language; None without. One text stands in both languages."""
    basis = written.get("legal_basis")
    return dict.fromkeys(LANGUAGES, basis) if isinstance(basis, str) else basis


def _rule(written: Mapping[str, Any], place: int, columns: RuleColumns, wrong: list[str]) -> BankRule | None:
    """The rule of a table; what is wrong with it is added to ``wrong``."""
    name = written.get("name")
    named = isinstance(name, str) and _NAME.fullmatch(name) is not None
    title = f"rule {name!r}" if named else f"rule number {place}"
    found: list[str] = []
    if missing := [key for key in _WANTED if key not in written]:
        found.append(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if unknown := sorted(written.keys() - {*_WANTED, "legal_basis"}):
        found.append(f"{', '.join(unknown)} is no key of a rule; it has {', '.join(_WANTED)}, and legal_basis")
    if "name" in written and not named:
        found.append(f"name must be lower-case letters, digits and _, at most 60, not {name!r:.80}")
    for key, allowed in (("stage", STAGES), ("outcome", DECISIONS), ("if_unknown", IF_UNKNOWN)):
        if key in written and written[key] not in allowed:
            found.append(f"{key} is one of {', '.join(allowed)}, not {written[key]!r:.60}")
    begins = written.get("valid_from")
    # A time of the day is a date to Python, too.
    if "valid_from" in written and (not isinstance(begins, date) or isinstance(begins, datetime)):
        found.append(f"valid_from is a day such as 2026-01-31, without quotes and without a time, not {begins!r:.60}")
    found += _about_reason(written["reason"]) if "reason" in written else []
    condition = None
    if "when" in written:
        condition, problems = read(written["when"], columns, written.get("stage") == AFTER)
        found += problems
    if condition is not None:
        found += _about_protected(condition, written.get("legal_basis"))
    wrong += [f"{title}: {one}" for one in found]
    if found or condition is None:
        return None
    keys = ("name", "stage", "outcome", "valid_from", "if_unknown", "reason")
    basis = legal_basis_of(written)
    return BankRule(**{key: written[key] for key in keys}, condition=condition, legal_basis=basis)


def _about_reason(reason: Any) -> list[str]:
    if not isinstance(reason, Mapping):
        return ['reason must be a table of languages, such as { en = "...", fr = "..." }']
    found = [
        f"reason has no text in {language}: a client reads it in {' or '.join(LANGUAGES)}"
        for language in LANGUAGES
        if not isinstance(reason.get(language), str) or not reason[language].strip()
    ]
    if more := sorted(reason.keys() - set(LANGUAGES)):
        found.append(f"reason has texts in {', '.join(more)}; the languages are {', '.join(LANGUAGES)}")
    found += [
        f"the reason in {language} has {len(reason[language])} letters; {_LONGEST_REASON} are the most"
        for language in LANGUAGES
        if isinstance(reason.get(language), str) and len(reason[language]) > _LONGEST_REASON
    ]
    return found


def _about_protected(condition: Condition, legal_basis: Any) -> list[str]:
    """What forbids a rule about protected attributes, and what a rule about the age has to say."""
    protected = sorted({one.name for one in condition.columns() if one.protected})
    if others := [name for name in protected if name != AGE]:
        return [f"{', '.join(others)} is a protected attribute or tells of one; no rule may decide by it"]
    if protected and (legal_basis is None or legal_basis == ""):
        return [f"{AGE} is a protected attribute: write the law that asks for the rule as legal_basis, or take it out"]
    if protected and not _is_cited(legal_basis):
        return ['legal_basis is a table of both languages, { en = "...", fr = "..." }, or one text that stands in both']
    if not protected and legal_basis is not None:
        return [f"legal_basis is for a rule about {AGE} alone"]
    return []


def _is_cited(legal_basis: Any) -> bool:
    """Whether it says a law in both languages."""
    if isinstance(legal_basis, str):
        return bool(legal_basis.strip())
    texts = legal_basis if isinstance(legal_basis, Mapping) else {}
    return texts.keys() == set(LANGUAGES) and all(isinstance(one, str) and one.strip() for one in texts.values())
