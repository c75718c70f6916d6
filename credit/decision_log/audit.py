"""Proving that nothing was changed, put in or taken out: the chain worked out again from the first decision on."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import merge
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select

from credit.decision.bank_rules import BankRules, reasons_in
from credit.decision.policy import Rule
from credit.decision.rule_decisions import RuleDecision
from credit.decision_log.errors import LogError
from credit.decision_log.hash_chain import START, inputs_hash, link, link_review
from credit.decision_log.log import Log
from credit.decision_log.logged_decisions import Raw
from credit.decision_log.schema import bank_rules, chain, columns, decisions, reviews

#: At most so many problems are told one by one; how many there are is always said.
LISTED = 20

#: So many rows are read at a time.
_STEP = 1000

_UNITS = {"d": 1, "w": 7, "y": 365}


@dataclass
class Audit:
    """``decisions``, ``reviews``: how many were read. ``erased``: how many decisions have lost their inputs. ``head``:
    the hash of the last row as worked out. ``problems``: the first `LISTED`, in sentences. ``found``: how many there
    are.
    """

    decisions: int = 0
    reviews: int = 0
    erased: int = 0
    head: str = START
    problems: list[str] = field(default_factory=list)
    found: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.found == 0

    @property
    def rows(self) -> int:
        """How many rows the chain has: decisions and reviews."""
        return self.decisions + self.reviews

    @property
    def end(self) -> str:
        """What to note elsewhere: the number of rows and the hash of the last, as ``since`` takes them."""
        return f"{self.rows}:{self.head}"

    def problem(self, sentence: str) -> None:
        """One more."""
        self.found += 1
        if len(self.problems) < LISTED:
            self.problems.append(sentence)


def verify(
    log: Log, since: str | None = None, progress: Callable[[int, int], None] = lambda done, total: None
) -> Audit:
    """Work the chain out again.

    ``since``: an `Audit.end` that was noted earlier; that the log still holds those rows is proved, too. ``progress``:
    called with (rows read, rows in all). Raises `LogError` for a log that cannot be read, and ValueError for a
    ``since`` that is no end.
    """
    noted = None if since is None else _end(since)
    found = Audit()
    if noted is not None and noted[0] == 0 and noted[1] != START:
        found.problem("The end noted earlier does not belong to this log: a log without decisions ends in zeros.")
    with log.reading() as connection:
        count, last, head = connection.execute(select(chain.c.decisions, chain.c.last, chain.c.head)).one()
        before, stored, place = "the beginning", START, 0
        for listed in connection.execute(select(columns)):
            if hashlib.sha256(listed.names.encode()).hexdigest() != listed.hash:
                found.problem(f"The names of the columns {listed.hash[:12]}... are not those that were written.")
        rules: set[str] = set()
        for kept in connection.execute(select(bank_rules)):
            rules.add(kept.hash)
            if hashlib.sha256(kept.rules.encode()).hexdigest() != kept.hash:
                found.problem(f"The bank's rules {kept.hash[:12]}... are not those that were written.")
        for place, is_review, row in merge(_rows(connection, decisions), _rows(connection, reviews), key=_place):
            name = f"{'Review' if is_review else 'Decision'} {place}"
            # Linked to what is stored, not to what is worked out: one changed row is one problem, not all after it.
            if row["hash"] != (link_review if is_review else link)(stored, dict(row)):
                found.problem(
                    f"{name} is not what was written after {before}: it was changed, or rows between them were taken "
                    "out or put in."
                )
            if is_review:
                _check_content(found, row, name)
            else:
                _check_inputs(found, row, name)
                if (needed := rules_hash(row["rule"])) is not None and needed not in rules:
                    found.problem(f"The bank's rules {needed[:12]}... of {name.lower()} were taken out.")
            before, stored = name.lower(), row["hash"]
            if noted is not None and found.rows == noted[0] and stored != noted[1]:
                found.problem(
                    f"{name}, the {noted[0]:,}th row, does not end as noted earlier: the log up to it is another one."
                )
            if found.rows % _STEP == 0:
                progress(found.rows, count)
        progress(found.rows, count)
    found.head = stored
    if (found.rows, place) != (count, last):
        found.problem(
            f"The log should hold {count:,} rows up to number {last}, and it holds {found.rows:,} up to number "
            f"{place}: rows were taken out or put in."
        )
    elif stored != head:
        found.problem(f"The log should end in the hash {head[:12]}..., and {before} has {stored[:12]}....")
    if noted is not None and found.rows < noted[0]:
        found.problem(f"{noted[0]:,} rows were noted earlier, and the log holds {found.rows:,}: some were taken out.")
    return found


def _place(row: tuple[int, bool, Any]) -> tuple[int, bool]:
    return row[:2]


def _rows(connection: Connection, table: Table) -> Iterator[tuple[int, bool, Any]]:
    """The number of each row, whether it is a review, and the row; in order, some read at a time."""
    place, is_review = 0, table is reviews
    while True:
        step = select(table).where(table.c.id > place).order_by(table.c.id).limit(_STEP)
        rows = connection.execute(step).mappings().all()
        if not rows:
            return
        for row in rows:
            yield row["id"], is_review, row
        place = rows[-1]["id"]


def _check_inputs(found: Audit, row: Any, name: str) -> None:
    found.decisions += 1
    if row["inputs"] is None or row["salt"] is None:
        found.erased += 1
        if row["inputs"] is not row["salt"]:
            found.problem(f"{name} has lost its inputs or their salt, but not both.")
    elif inputs_hash(row["salt"], row["inputs"]) != row["inputs_hash"]:
        found.problem(f"The inputs of {name.lower()} are not those that were written.")


def _check_content(found: Audit, row: Any, name: str) -> None:
    found.reviews += 1
    if row["content"] is None or row["salt"] is None:
        if row["content"] is not row["salt"]:
            found.problem(f"{name} has lost its words or their salt, but not both.")
    elif inputs_hash(row["salt"], row["content"]) != row["content_hash"]:
        found.problem(f"The words of {name.lower()} are not those that were written.")


def _end(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text.strip())
    if match is None:
        raise ValueError(f"an end is a number of rows and a hash, as 'log verify' prints them, not {text[:80]!r}")
    return int(match[1]), match[2]


def age(text: str) -> timedelta:
    """A length of time such as 180d, 26w or 2y (of 365 days). Raises ValueError."""
    match = re.fullmatch(r"(\d{1,5})([dwy])", text.strip())
    if match is None:
        raise ValueError(f"an age is a number of days, weeks or years, such as 180d, 26w or 2y, not {text[:40]!r}")
    return timedelta(days=int(match[1]) * _UNITS[match[2]])


def replay(log: Log, number: int, columns: tuple[str, ...], model_hash: str) -> tuple[bytes, Raw]:
    """The inputs of decision ``number`` of ``log``, and what the log has of it, for the model that made it.

    ``columns`` and ``model_hash``: of the model at hand. Raises LookupError where there is no such decision, where its
    inputs are erased, and where another model made it.
    """
    found = log.raw(number)
    if found is None:
        raise LookupError(f"There is no decision {number} in {log.name}.")
    if found.inputs is None:
        raise LookupError(f"The inputs of decision {number} are erased, so it cannot be worked out again.")
    if found.model_hash != model_hash:
        raise LookupError(
            f"Decision {number} was made by the model {found.model_hash[:12]}..., and this bundle holds "
            f"{model_hash[:12]}...: name the folder of that model with --bundle."
        )
    if found.columns != columns:
        raise LogError(f"The columns of decision {number} are not those of its model: the log was changed.")
    return found.inputs, found


def rules_hash(rule: str | None) -> str | None:
    """Which rules of the bank a decision names, None where there were none."""
    if rule is None or '"bank_rules"' not in rule:
        return None
    try:
        return str(msgspec.json.decode(rule)["bank_rules"]["hash"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return None  # it was changed, which the hash of its row says


def rule_of(log: Log, decision: Raw) -> tuple[Rule | None, date]:
    """The rule by which a decision was made, the bank's own rules with it, and the day of which these were in force.

    None for a decision from before the log kept the rule. Raises `LogError` where the bank's rules are not in the log
    any more, and ValueError for a rule that cannot be read.
    """
    if decision.rule is None:
        return None, date.max
    written = msgspec.json.decode(decision.rule)
    bank = written.get("bank_rules")
    if bank is None:
        return Rule.of(decision.threshold, written), date.max
    rules = BankRules.of_text(_kept(log, bank["hash"]), decision.columns, bank["points"] is not None)
    return Rule.of(decision.threshold, written, rules), date.fromisoformat(bank["on"])


def reasons_of(log: Log, decision: Raw, language: str) -> dict[str, str]:
    """Name of a rule of the bank -> its reason, of the rules by which a decision was made; {} without any.

    Raises `LogError` where they are not in the log any more.
    """
    bank = _bank_rules(decision)
    return {} if bank is None else reasons_in(_kept(log, bank["hash"]), language)


def rule_decision_of(decision: Raw) -> RuleDecision | None:
    """The rule of the bank that has made a decision, None where the model has. ``decision``: with its ``rule``."""
    bank = _bank_rules(decision)
    found = None if bank is None else bank["decided"]
    return None if found is None else RuleDecision.of(found)


def segment_of(decision: Raw) -> str | None:
    """The segment of the bank by whose threshold and costs a decision was made; None where the model's own were."""
    bank = _bank_rules(decision)
    return None if bank is None else bank.get("segment")


def _bank_rules(decision: Raw) -> dict[str, Any] | None:
    """What a decision has of the bank's rules, None where there were none."""
    written: dict[str, Any] = msgspec.json.decode(decision.rule or "{}")
    return written.get("bank_rules")


def _kept(log: Log, written: str) -> str:
    text = log.bank_rules(written)
    if text is None:
        raise LogError(f"the bank's rules {written[:12]}... by which it was decided are not there: it was changed")
    return text
