"""Proving that nothing was changed, put in or taken out: the chain worked out again from the first decision on."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import select

from credit.decision.bank_rules import BankRules
from credit.decision.policy import Rule
from credit.decision.rulings import Ruling
from credit.decision_log.errors import LogError
from credit.decision_log.hash_chain import START, inputs_hash, link
from credit.decision_log.log import Log, Raw
from credit.decision_log.schema import bank_rules, chain, columns, decisions

#: At most so many problems are told one by one; how many there are is always said.
LISTED = 20

#: So many decisions are read at a time.
_STEP = 1000

_UNITS = {"d": 1, "w": 7, "y": 365}


@dataclass
class Audit:
    """``decisions``: how many were read. ``erased``: how many of them have lost their inputs. ``head``: the hash of the
    last as worked out. ``problems``: the first `LISTED`, in sentences. ``found``: how many there are.
    """

    decisions: int = 0
    erased: int = 0
    head: str = START
    problems: list[str] = field(default_factory=list)
    found: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.found == 0

    @property
    def end(self) -> str:
        """What to note elsewhere: the number of decisions and the hash of the last, as ``since`` takes them."""
        return f"{self.decisions}:{self.head}"

    def problem(self, sentence: str) -> None:
        """One more."""
        self.found += 1
        if len(self.problems) < LISTED:
            self.problems.append(sentence)


def verify(
    log: Log, since: str | None = None, progress: Callable[[int, int], None] = lambda done, total: None
) -> Audit:
    """Work the chain out again.

    ``since``: an `Audit.end` that was noted earlier; that the log still holds those decisions is proved, too.
    ``progress``: called with (decisions read, decisions in all). Raises `LogError` for a log that cannot be read, and
    ValueError for a ``since`` that is no end.
    """
    noted = None if since is None else _end(since)
    found = Audit()
    if noted is not None and noted[0] == 0 and noted[1] != START:
        found.problem("The end noted earlier does not belong to this log: a log without decisions ends in zeros.")
    with log.reading() as connection:
        count, last, head = connection.execute(select(chain.c.decisions, chain.c.last, chain.c.head)).one()
        before, stored, place = 0, START, 0
        for listed in connection.execute(select(columns)):
            if hashlib.sha256(listed.names.encode()).hexdigest() != listed.hash:
                found.problem(f"The names of the columns {listed.hash[:12]}... are not those that were written.")
        rules: set[str] = set()
        for kept in connection.execute(select(bank_rules)):
            rules.add(kept.hash)
            if hashlib.sha256(kept.rules.encode()).hexdigest() != kept.hash:
                found.problem(f"The bank's rules {kept.hash[:12]}... are not those that were written.")
        while True:
            rows = (
                connection.execute(
                    select(decisions).where(decisions.c.id > place).order_by(decisions.c.id).limit(_STEP)
                )
                .mappings()
                .all()
            )
            for row in rows:
                # Linked to what is stored, not to what is worked out: one changed row is one problem, not all after it.
                expected = link(stored, dict(row))
                if row["hash"] != expected:
                    after = f"decision {before}" if before else "the beginning"
                    found.problem(
                        f"Decision {row['id']} is not what was written after {after}: it was changed, or decisions "
                        "between them were taken out or put in."
                    )
                if row["inputs"] is None or row["salt"] is None:
                    found.erased += 1
                    if row["inputs"] is not row["salt"]:
                        found.problem(f"Decision {row['id']} has lost its inputs or their salt, but not both.")
                elif inputs_hash(row["salt"], row["inputs"]) != row["inputs_hash"]:
                    found.problem(f"The inputs of decision {row['id']} are not those that were written.")
                if (needed := _rules_hash(row["rule"])) is not None and needed not in rules:
                    found.problem(f"The bank's rules {needed[:12]}... of decision {row['id']} were taken out.")
                before, stored = row["id"], row["hash"]
                found.decisions += 1
                if noted is not None and found.decisions == noted[0] and stored != noted[1]:
                    found.problem(
                        f"Decision {row['id']}, the {noted[0]:,}th, does not end as noted earlier: the log up to it is "
                        "another one."
                    )
            progress(found.decisions, count)
            if not rows:
                break
            place = rows[-1]["id"]
    found.head = stored
    if (found.decisions, before) != (count, last):
        found.problem(
            f"The log should hold {count:,} decisions up to number {last}, and it holds {found.decisions:,} up to "
            f"number {before}: decisions were taken out or put in."
        )
    elif stored != head:
        found.problem(f"The log should end in the hash {head[:12]}..., and decision {before} has {stored[:12]}....")
    if noted is not None and found.decisions < noted[0]:
        found.problem(
            f"{noted[0]:,} decisions were noted earlier, and the log holds {found.decisions:,}: some were taken out."
        )
    return found


def _end(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text.strip())
    if match is None:
        raise ValueError(f"an end is a number of decisions and a hash, as 'log verify' prints them, not {text[:80]!r}")
    return int(match[1]), match[2]


def age(text: str) -> timedelta:
    """A length of time such as 180d, 26w or 2y (of 365 days). Raises ValueError."""
    match = re.fullmatch(r"(\d{1,5})([dwy])", text.strip())
    if match is None:
        raise ValueError(f"an age is a number of days, weeks or years, such as 180d, 26w or 2y, not {text[:40]!r}")
    return timedelta(days=int(match[1]) * _UNITS[match[2]])


def replay(log: Log, number: int, columns: tuple[str, ...], model_hash: str) -> tuple[bytes, Raw]:
    """The inputs of a decision, and what the log has of it, for the model that made it.

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


def _rules_hash(rule: str | None) -> str | None:
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
    text = log.bank_rules(bank["hash"])
    if text is None:
        raise LogError(f"the bank's rules {bank['hash'][:12]}... by which it was decided are not there: it was changed")
    rules = BankRules.of_text(text, decision.columns, bank["points"] is not None)
    return Rule.of(decision.threshold, written, rules), date.fromisoformat(bank["on"])


def ruling_of(decision: Raw) -> Ruling | None:
    """The rule of the bank that has made a decision, None where the model has."""
    bank: dict[str, Any] = msgspec.json.decode(decision.rule or "{}").get("bank_rules") or {}
    found = bank.get("decided")
    return None if found is None else Ruling.of(found)
