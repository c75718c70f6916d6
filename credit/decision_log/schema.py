"""The tables of the log: decisions, the columns of their inputs, the bank's rules, reviews, the end of the chain of
decisions and reviews, the open cases, outcomes, kept answers, kept sums.
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from credit.decision.bank_rules import BankRules
from credit.decision_log.encoding import Columns

#: The migration that makes these tables; a test holds it to the last one in the folder.
REVISION = "0013"

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")

#: The names of the features, once for each list that a model has read: JSON, in the order of the inputs' numbers.
columns = Table(
    "columns",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("names", Text, nullable=False),
)

# Times are texts on purpose: both databases then give back the very characters that went into the hash.
decisions = Table(
    "decisions",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("time", String(32), nullable=False),
    Column("request", String(64), nullable=False),
    Column("caller", String(200), nullable=False),
    Column("client", BigInteger, nullable=False),
    Column("columns", String(64), ForeignKey("columns.hash"), nullable=False),
    Column("inputs", LargeBinary),  # NULL once erased
    Column("salt", LargeBinary),  # NULL with them
    Column("inputs_hash", String(64), nullable=False),
    Column("probability", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("decision", String(20), nullable=False),
    Column("refer", Text),  # the band of probabilities that were referred, as JSON; NULL where there was none
    Column("reasons", Text),  # JSON; NULL where none were told
    Column("model_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("sent", Text),  # the known tables, "application,bureau"; NULL where it was decided before this was kept
    # NULL where it was decided before these were kept:
    Column("route", String(64)),  # "/predict"
    Column("rule", Text),  # costs and review as JSON
    Column("trial", Boolean),  # true of what was scored to try the service out; else NULL
    Column("interval", Text),  # how sure the probability is, as JSON; NULL where that was not measured
    Index("decisions_of_caller", "caller", "id"),
    Index("decisions_about_client", "client", "caller"),
    # The column lies behind the inputs, which fill pages of their own: a search without these indexes reads them all.
    Index("decisions_of_caller_decided", "caller", "decision", "id"),
    Index(
        "decisions_referred",
        "id",
        sqlite_where=text("decision = 'refer'"),
        postgresql_where=text("decision = 'refer'"),
    ),
)

#: The bank's rules, once for each state of their file that has decided: JSON, see `credit.decision.bank_rules`. The
#: ``rule`` of a decision names them by their hash, which so is in the chain.
bank_rules = Table(
    "bank_rules",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("rules", Text, nullable=False),
)

#: Which decisions count in figures, cases and outcomes: all but trials.
COUNTED = decisions.c.trial.is_(None)

#: What people decide, each a row of the decisions' chain: ids and hashes go on from the row before, of either table.
reviews = Table(
    "reviews",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("time", String(32), nullable=False),
    Column("request", String(64), nullable=False),
    Column("reviewer", String(200), nullable=False),
    Column("decision", BigInteger, ForeignKey("decisions.id"), nullable=False),
    Column("kind", String(20), nullable=False),  # review, override or reopen
    Column("verdict", String(20)),  # accept, counteroffer or refuse; NULL of reopen
    Column("reason", String(64), nullable=False),  # a code of `credit.decision.review_reasons`
    Column("content", LargeBinary),  # the words and the other terms, JSON; NULL once erased
    Column("salt", LargeBinary),  # NULL with it
    Column("content_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("reviews_of_decision", "decision", "id"),
)

#: The cases that wait for a person, drawn from the two tables above: no part of the chain.
open_cases = Table(
    "open_cases",
    metadata,
    Column("decision", _Number, primary_key=True, autoincrement=False),
    Column("opened", String(32), nullable=False),
    Column("kind", String(20), nullable=False),  # referred or reopened
    Column("rank", Double, nullable=False),  # minus what is at stake, 1 where that is not known: the dearest come first
    Index("open_cases_by_time", "opened", "decision"),
    Index("open_cases_by_rank", "rank", "decision"),
)

#: One row: up to which id the log was read for referred clients. Anyone who changes the open cases holds it.
case_queue = Table(
    "case_queue",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("upto", BigInteger, nullable=False),
)

#: One row: how many decisions and reviews there are, the id of the last and its hash. Anyone who writes holds it.
chain = Table(
    "chain",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("decisions", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
)

#: Who has defaulted, as it was told later; the newest row about a decision counts. No part of the chain.
outcomes = Table(
    "outcomes",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("client", BigInteger, nullable=False),
    Column("defaulted", Boolean, nullable=False),
    Column("time", String(32), nullable=False),
    Column("caller", String(200), nullable=False),
    Column("decision", BigInteger),  # NULL where it was told before this was kept
    Index("outcomes_about_client", "client", "caller"),
)

#: Answers to requests with an Idempotency-Key, for those who send them again; see ``credit.decision_log.idempotency``.
kept_answers = Table(
    "kept_answers",
    metadata,
    Column("id", String(64), primary_key=True),  # the hash of caller, route and key
    Column("time", String(32), nullable=False),  # when the request was begun
    Column("salt", LargeBinary),  # of the request's hash; NULL once the answer is erased
    Column("request", String(64)),  # NULL with it
    Column("content", LargeBinary),  # the body of the answer; NULL while the request is under way, and once erased
    Column("headers", Text),  # JSON
    Column("first", BigInteger),  # the ids of its decisions; NULL where it has none
    Column("last", BigInteger),
    Index("kept_answers_by_time", "time"),
)

#: What verdicts earned whose inputs are erased, in sums by month; see ``credit.decision_log.kept_sums``.
kept_sums = Table(
    "kept_sums",
    metadata,
    Column("month", String(7), primary_key=True),  # of the decisions, 2026-05
    Column("first", BigInteger, nullable=False),  # the lowest number of a decision in the sums
    *(Column(name, BigInteger, nullable=False) for name in ("reviews", "costed", "referred", "known", "never_known")),
    *(Column(name, Double, nullable=False) for name in ("cost", "expected", "referred_cost", "bad", "good")),
    *(Column(name, Double, nullable=False) for name in ("known_bad", "known_good", "known_cost")),
)


@dataclass(frozen=True)
class Decision:
    """One answered client, before it is written.

    ``request``: the id of the request. ``client``: SK_ID_CURR. ``columns`` and ``inputs``: the features, see
    ``credit.decision_log.encoding``. ``probability``: of default. ``decision``: "accept", "refer" or "refuse".
    ``refer``: the band of probabilities in which a loan of this amount goes to a person, as JSON, None where there is
    none.
    ``reasons``: what was told of them, as JSON, or None. ``model_hash``: SHA-256 of the model.pkl that answered.
    ``sent``: the tables that were known of the client, as ``credit.features.known_tables`` writes them. ``route``: the
    path that answered. ``rule``: costs and review, by which with the threshold it was decided, and the bank's rules by
    their hash, as JSON. Of a row from before these were kept both are None. ``bank_rules``: the rules of that hash.
    ``trial``: True of an example or a trial, on which nobody acts, and which counts nowhere; else None.
    ``interval``: how sure the probability is, as JSON (`credit.decision.certainty`); None where it was not measured.
    """

    request: str
    caller: str
    client: int
    columns: Columns
    inputs: bytes
    probability: float
    threshold: float
    decision: str
    refer: str | None
    reasons: str | None
    model_hash: str
    sent: str
    route: str | None = None
    rule: str | None = None
    bank_rules: BankRules | None = None
    trial: bool | None = None
    interval: str | None = None
