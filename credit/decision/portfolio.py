"""Decide on a whole portfolio at once: tables in, one decision a client out, by the rule of the service.

What the folder does not hold is unknown, and decided on as such: the same rule as for a body of the service, where a
table that is not sent is unknown and one without rows says that there is no history. A loan without its amounts is not
decided on (`credit.features.loan_amounts`); the others are.
"""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit import features
from credit.decision.bank_rules import BankRules
from credit.decision.policy import ACCEPT, REFER, REFUSE, Policy, today
from credit.decision.review import Review
from credit.decision.rule_decisions import RuleDecision
from credit.explain import Explainer
from credit.explain.reasons import MOST
from credit.features.known_tables import KnownTables
from credit.features.loan_amounts import CASH_FEATURE, Amounts
from credit.features.needed_tables import histories_of
from credit.model import Scorer
from credit.model.manifest import BUNDLE, bundle_option
from credit.program import PROGRAM
from credit.tables import TablesWarning, read
from credit.tables.table_files import is_absent

#: Reasons are worked out for so many clients at a time: contributions are a number for each feature.
_EXPLAINED_AT_A_TIME = 2_000

#: So many times the capacity of the reviewers is said: a portfolio of other loans than those of the training.
_BEYOND_CAPACITY = 1.25

#: Columns that say how sure a probability is, of `credit.decision.certainty.Certainty`: name, field, type.
INTERVAL = (
    ("PROBABILITY_LOW", "low", pl.Float64),
    ("PROBABILITY_HIGH", "high", pl.Float64),
    ("RATE_LOW", "rate_low", pl.Float64),
    ("RATE_HIGH", "rate_high", pl.Float64),
    ("CROSSES_BREAK_EVEN", "crosses_break_even", pl.Boolean),
)

#: Between the reasons of a client.
_NEXT = "; "


def read_for(model: Scorer, folder: str | Path, application: str) -> dict[str, pl.LazyFrame]:
    """The tables of a folder that a model's columns are made from, and no other, without histories that are absent.

    The rows of bureau_balance belong to the loans of bureau: where that is absent they say nothing, and are not read.

    Warns (``TablesWarning``) of histories that are absent, once. Raises ``TablesError`` for a table that is there and
    cannot be used, be it packed or under another name, and for an absent application table, and ``ValueError`` where
    the model wants features that are not made.
    """
    folder = Path(folder)
    wanted = histories_of(model.columns)
    absent = [name for name in wanted if folder.is_dir() and is_absent(folder, name)]
    unread = [name for name in wanted if name == "bureau_balance" and "bureau" in absent and name not in absent]
    tables = read(folder, (application, *(name for name in wanted if name not in (*absent, *unread))))
    if absent:
        warnings.warn(_of_absent(absent, unread), TablesWarning, stacklevel=2)
    return tables


def decide(
    tables: Mapping[str, pl.LazyFrame],
    model: Scorer,
    application: str = "application_test",
    made_features: Callable[[NDArray[np.float64]], None] = lambda x: None,
    reasons_in: str | None = None,
    explained: Callable[[int, int], None] = lambda done, total: None,
    rules: str | Path | None = None,
) -> pl.DataFrame:
    """Score every client of the ``application`` table, with the histories among ``tables``, as `read_for` gives them.

    ``model``: that scores; its manifest has the threshold, the costs and the review. ``made_features``: called with
    what the model reads, array (n_clients, n_columns), before it is asked. ``reasons_in``: "en" or "fr", the language
    in which referred and refused clients get their reasons; no reasons where None. ``explained``: called with the
    number of clients whose reasons are worked out, and of all. ``rules``: the file of the bank's rules, of today; None
    without any.

    A history that is not among ``tables`` is unknown; of one that is, a client without rows has none.

    Returns one row a client, sorted by SK_ID_CURR: SK_ID_CURR, AMT_CREDIT, PROBABILITY_OF_DEFAULT, POINTS,
    EXPECTED_LOSS (if accepted, in the currency of AMT_CREDIT), DECISION, "accept", "refer" or "refuse", and
    REVIEW_WORTH, what a review of the client saves in expectation, in that currency, as POST /score has them
    (`credit.decision.policy`); SENT, the known tables (`credit.features.known_tables`); where the model's manifest has
    intervals how sure the probability is, the columns of `INTERVAL`; with ``rules`` RULE, the name
    of the bank's rule that has decided, null where the model has, and with segments in that file SEGMENT, the client's,
    null of none; and with ``reasons_in`` REASONS, up to four, the
    weightiest first, or those of the bank's rules that refuse, null of an accepted client. Referred clients are
    reviewed in the order of REVIEW_WORTH, the highest first: it falls with the money at stake. All but the first two
    and SENT are null for a loan that lacks an amount; points where the model's manifest has no scale, REVIEW_WORTH
    where it has no review.

    Warns (``TablesWarning``) of loans that lack an amount, or have one that is not above 0, once. Raises
    `BankRulesError`, ``ValueError`` where the model wants features that are not made, and ``NotExplainable`` (a
    ``ValueError``) where reasons are wanted of one that has none.
    """
    policy = Policy(model, rules)
    explainer = None if reasons_in is None else Explainer(model)
    made, x, decided = rows_of(tables, model, application, made_features)
    probability = model.probability(x)
    loans = policy.amounts(x)
    verdicts = policy.decide(x, probability, loans, today())
    decisions = verdicts.decisions
    found = pl.DataFrame(
        {
            "SK_ID_CURR": made["SK_ID_CURR"].cast(pl.Int64),
            "AMT_CREDIT": made["AMT_CREDIT"],
            "PROBABILITY_OF_DEFAULT": probability,
            "POINTS": pl.Series(policy.points(probability, verdicts.terms), dtype=pl.Float64),
            "EXPECTED_LOSS": pl.Series(policy.expected_losses(probability, loans, verdicts.terms), dtype=pl.Float64),
            "DECISION": decisions,
            "REVIEW_WORTH": pl.Series(policy.worths(probability, loans, verdicts.terms), dtype=pl.Float64),
            "SENT": KnownTables(model.columns).sent(x),
        }
    ).with_columns(
        pl.when(pl.Series(decided)).then(
            pl.col("PROBABILITY_OF_DEFAULT", "POINTS", "EXPECTED_LOSS", "DECISION", "REVIEW_WORTH")
        ),
    )
    if policy.certainties is not None:
        sure = policy.certainties.of(x, probability, verdicts.terms.break_even)
        ends = {name: pl.Series([getattr(one, field) for one in sure], dtype=kind) for name, field, kind in INTERVAL}
        found = found.with_columns(
            pl.when(pl.Series(decided)).then(values).alias(name) for name, values in ends.items()
        )
    if policy.bank_rules is not None:
        made_by = [one and one.rule for one in verdicts.rule_decisions]
        found = found.with_columns(RULE=pl.when(pl.Series(decided)).then(pl.Series(made_by, dtype=pl.String)))
        if policy.bank_rules.segments:
            found = found.with_columns(SEGMENT=pl.Series(verdicts.terms.segments, dtype=pl.String))
    if explainer is None or reasons_in is None:
        return found
    of_rules = _reasons_of_rules(policy.bank_rules, verdicts.rule_decisions, reasons_in)
    rows = np.flatnonzero(decided & (np.array(decisions) != ACCEPT) & of_rules.is_null().to_numpy())
    of_model = _reasons(explainer, x, rows, reasons_in, explained)
    return found.with_columns(REASONS=pl.when(pl.Series(decided)).then(pl.coalesce(of_rules, of_model)))


def rows_of(
    tables: Mapping[str, pl.LazyFrame],
    model: Scorer,
    application: str,
    made_features: Callable[[NDArray[np.float64]], None] = lambda x: None,
) -> tuple[pl.DataFrame, NDArray[np.float64], NDArray[np.bool_]]:
    """What a model reads of the clients of a folder, sorted by SK_ID_CURR; arguments, warnings and errors of `decide`.

    Returns their SK_ID_CURR and AMT_CREDIT among other columns, the array (n_clients, n_columns) that the model reads,
    and whether each is decided on (n_clients,): a loan that lacks an amount is not.

    ``tables``, ``application``, ``made_features``: as of `decide`. ``model``: whose columns are made.
    """
    histories_of(model.columns)  # which names the features that are not made
    wanted = tuple(dict.fromkeys((*model.columns, "AMT_CREDIT", CASH_FEATURE)))
    made = features.build(tables, application, wanted).collect(engine="streaming").sort("SK_ID_CURR")
    x = np.ascontiguousarray(made.select(model.columns).fill_null(float("nan")).to_numpy(), dtype=np.float64)
    made_features(x)
    amounts = Amounts(model.columns)
    gaps = amounts.unusable(x, (made[CASH_FEATURE] == 1).fill_null(False).to_numpy())
    if gaps.any():
        warnings.warn(_of_gaps(amounts.names, gaps), TablesWarning, stacklevel=3)
    return made, x, np.asarray(~gaps.any(axis=1))


def beyond_capacity(decided: pl.DataFrame, model: Scorer, bundle: str | Path = BUNDLE) -> str | None:
    """A sentence where many more clients are referred than the reviewers were said to have time for; else None.

    ``decided``: what `decide` gives; ``bundle``: the model's folder, for the command. The capacity became the cost of a
    review on the clients of the training: where loans are larger than theirs, more is at stake, and a review pays for
    more clients.
    """
    review = Review.of(model.manifest)
    if "RULE" in decided.columns:  # whom a rule of the bank refers is referred whatever is at stake
        decided = decided.filter(pl.col("RULE").is_null())
    known, worth = decided["DECISION"].drop_nulls(), decided["REVIEW_WORTH"].drop_nulls().sort(descending=True)
    if review is None or review.capacity is None or not len(known):
        return None
    referred = int((known == REFER).sum())
    most = math.ceil(review.capacity * len(known))
    if referred <= max(_BEYOND_CAPACITY * review.capacity * len(known), most + 3 * math.sqrt(most)):
        return None
    return (
        f"{referred:,} of {len(known):,} clients are referred, {referred / len(known):.1%}, where reviewers have time "
        f"for {review.capacity:.4g} of the clients: more is at stake here than with the clients of the training. "
        f"Review the {most:,} of the highest REVIEW_WORTH, or set the cost of a review that refers as many of these: "
        f"{PROGRAM} threshold --review-cost {float(worth[most]):.6g}{bundle_option(bundle)} --apply"
    )


def _reasons(
    explainer: Explainer,
    x: NDArray[np.float64],
    rows: NDArray[np.intp],
    language: str,
    explained: Callable[[int, int], None],
) -> pl.Series:
    """The reasons of the clients in ``rows`` of ``x`` (n_clients, n_columns), null for all others."""
    found: list[str | None] = [None] * len(x)
    for first in range(0, len(rows), _EXPLAINED_AT_A_TIME):
        some = rows[first : first + _EXPLAINED_AT_A_TIME]
        for row, reasons in zip(some.tolist(), explainer.reasons(np.ascontiguousarray(x[some])), strict=True):
            found[row] = _NEXT.join(one.sentence(language) for one in reasons)
        explained(first + len(some), len(rows))
    return pl.Series("REASONS", found, dtype=pl.String)


def _reasons_of_rules(rules: BankRules | None, found: Sequence[RuleDecision | None], language: str) -> pl.Series:
    """Those of the bank's rules that refuse a client, null where none does."""
    texts = {} if rules is None else rules.reasons(language)
    said = [
        _NEXT.join(texts[name] for name in one.held[:MOST]) if one is not None and one.outcome == REFUSE else None
        for one in found
    ]
    return pl.Series("REASONS", said, dtype=pl.String)


def _of_absent(absent: Sequence[str], unread: Sequence[str]) -> str:
    """The one sentence about the histories that are ``absent``, and about those that are ``unread`` for that reason."""
    said = (
        f"{_listed(absent)} {_is(len(absent))} not in the folder: for all clients these histories are unknown, which "
        "is not the same as none"
    )
    if unread:
        said += f"; {_listed(unread)} is there and not read, for only bureau says whose loans its rows belong to"
    them, are = ("it", "it is") if len(absent) == 1 else ("them", "they are")
    return f"{said}. Add {them} where {are} known; a table without rows says that no client has such a history."


def _of_gaps(names: Sequence[str], gaps: NDArray[np.bool_]) -> str:
    """The one sentence about loans without amounts: ``gaps`` (n, len(names)), true where one is missing."""
    clients = int(gaps.any(axis=1).sum())
    each = [f"{name} in {number:,}" for name, number in zip(names, gaps.sum(axis=0).tolist(), strict=True) if number]
    return (
        f"{clients:,} of {len(gaps):,} clients are not decided on, for an amount of the loan is missing or not above "
        f"0: {_listed(each)}. Their probability, loss and decision are empty; fill the amounts in and score them again."
    )


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
