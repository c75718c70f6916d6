"""What the decision log says for the pack: that it is unaltered, how much it holds, and by which rules it decided.

No row of a client is read out of it: counts, times and rules alone.
"""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection, func, select

from credit.decision_log import Log, audit
from credit.decision_log.decision_arrays import Decided
from credit.decision_log.outcomes import decided, known
from credit.decision_log.reviewed_decisions import ReviewedDecisions, reviewed_decisions
from credit.decision_log.schema import COUNTED, decisions, reviews
from credit.monitoring.background import Look, Watch
from credit.monitoring.window import Window


class Proof(msgspec.Struct, frozen=True):
    """Of the hash chain, worked out from the first row on.

    - ``whole``: whether nothing was changed, put in or taken out
    - ``found``: how many problems there are, ``problems``: the first of them in sentences
    - ``decisions``, ``reviews``: rows of the chain; ``erased``: decisions without their inputs
    - ``first``, ``last``: the hashes of the first and the last row, empty of an empty log
    - ``end``: what to note elsewhere, as ``log verify --since`` takes it
    - ``database``: sqlite or postgresql
    """

    whole: bool
    found: int
    problems: tuple[str, ...]
    decisions: int
    reviews: int
    erased: int
    first: str
    last: str
    end: str
    database: str


class ServedRule(msgspec.Struct, frozen=True):
    """By what was decided from ``first`` to ``last`` (ISO times), on ``decisions`` clients.

    ``model``: SHA-256 of model.pkl. ``margin``, ``loss``, ``cost``, ``skill``: of costs and review, None where the log
    did not keep them yet or no client was reviewed. ``bank_rules``: the hash of the bank's rules, empty without.
    """

    model: str
    threshold: float
    margin: float | None
    loss: float | None
    cost: float | None
    skill: float | None
    bank_rules: str
    first: str
    last: str
    decisions: int


class Counts(msgspec.Struct, frozen=True):
    """``trials``: decisions that count nowhere. ``by_decision``: accept, refer, refuse -> how many of the others.
    ``first``, ``last``: when the first and the last of them were made, empty without any. ``outcomes``: of how many
    decisions the outcome is known. ``by_verdict``: kind and verdict of reviews -> how many.
    """

    trials: int
    by_decision: dict[str, int]
    first: str
    last: str
    outcomes: int
    by_verdict: dict[str, int]


class LogFacts:
    """``proof``. The others are None where the chain is broken: figures of an altered log prove nothing.

    ``decided``: of the log's decisions, for quarters. ``reviewed``: for groups. ``rules``: in order of time. ``look``:
    at drift, costs and alarms of the newest decisions, as GET /drift does without parameters; also None where nobody
    was to look.
    """

    def __init__(
        self,
        proof: Proof,
        counts: Counts | None = None,
        rules: tuple[ServedRule, ...] | None = None,
        decided: Decided | None = None,
        reviewed: ReviewedDecisions | None = None,
        look: Look | None = None,
    ) -> None:
        self.proof, self.counts, self.rules, self.decided, self.reviewed = proof, counts, rules, decided, reviewed
        self.look = look


def log_facts(
    log: Log,
    model_hash: str,
    threshold: float,
    progress: Callable[[int, int], None] = lambda done, total: None,
    watch: Watch | None = None,
) -> LogFacts:
    """Everything that the pack needs of ``log``. ``model_hash``, ``threshold``: of the model that the pack is about.
    ``progress``: as `audit.verify` calls it. ``watch``: of the model and this log, which looks whether alarms ring.
    Raises `LogError`.
    """
    found = audit.verify(log, progress=progress)
    with log.reading() as connection:
        proof = Proof(
            whole=found.whole,
            found=found.found,
            problems=tuple(found.problems),
            decisions=found.decisions,
            reviews=found.reviews,
            erased=found.erased,
            first=_first_hash(connection),
            last=found.head if found.rows else "",
            end=found.end,
            database=connection.dialect.name,
        )
        if not proof.whole:
            return LogFacts(proof)
        rules, counts = _rules(connection), _counts(connection)
    counts = msgspec.structs.replace(counts, outcomes=len(known(log)))
    look = None if watch is None else watch.look(Window())
    return LogFacts(proof, counts, rules, decided(log, rule=(model_hash, threshold)), reviewed_decisions(log), look)


def _first_hash(connection: Connection) -> str:
    rows = [
        row
        for table in (decisions, reviews)
        if (row := connection.execute(select(table.c.id, table.c.hash).order_by(table.c.id).limit(1)).first())
    ]
    return str(min(rows, key=lambda row: row.id).hash) if rows else ""


def _counts(connection: Connection) -> Counts:
    kinds = select(decisions.c.decision, func.count()).where(COUNTED).group_by(decisions.c.decision)
    trials = select(func.count()).select_from(decisions).where(decisions.c.trial.is_not(None))
    ends = connection.execute(select(func.min(decisions.c.time), func.max(decisions.c.time)).where(COUNTED)).one()
    verdicts = select(reviews.c.kind, reviews.c.verdict, func.count()).group_by(reviews.c.kind, reviews.c.verdict)
    by_verdict = {
        " ".join(filter(None, (kind, verdict))): int(count) for kind, verdict, count in connection.execute(verdicts)
    }
    return Counts(
        trials=int(connection.execute(trials).scalar_one()),
        by_decision={kind: int(count) for kind, count in sorted(map(tuple, connection.execute(kinds)))},
        first=ends[0] or "",
        last=ends[1] or "",
        outcomes=0,
        by_verdict=dict(sorted(by_verdict.items())),
    )


def _rules(connection: Connection) -> tuple[ServedRule, ...]:
    """By model, threshold, costs, review and rules of the bank; what a rule of the bank decided on one client is not
    part of the rule.
    """
    asked = select(
        decisions.c.model_hash,
        decisions.c.threshold,
        decisions.c.rule,
        func.min(decisions.c.time),
        func.max(decisions.c.time),
        func.count(),
    ).where(COUNTED)
    grouped = asked.group_by(decisions.c.model_hash, decisions.c.threshold, decisions.c.rule)
    found: dict[tuple[object, ...], ServedRule] = {}
    for model, threshold, written, first, last, count in connection.execute(grouped):
        rule = msgspec.json.decode(written) if written else {}
        review, bank = rule.get("review") or {}, rule.get("bank_rules") or {}
        one = ServedRule(
            model=model,
            threshold=threshold,
            margin=rule.get("margin"),
            loss=rule.get("loss_given_default"),
            cost=review.get("cost"),
            skill=review.get("skill"),
            bank_rules=bank.get("hash", ""),
            first=first,
            last=last,
            decisions=int(count),
        )
        key = (one.model, one.threshold, one.margin, one.loss, one.cost, one.skill, one.bank_rules)
        if (before := found.get(key)) is not None:
            one = msgspec.structs.replace(
                one,
                first=min(one.first, before.first),
                last=max(one.last, before.last),
                decisions=one.decisions + before.decisions,
            )
        found[key] = one
    return tuple(sorted(found.values(), key=lambda one: (one.first, one.last, one.model, one.threshold)))
