"""Two policies on the same clients: who changes sides, what it costs, by which rule, in which group, how much work.

Costs are in the currency of AMT_CREDIT. Expected costs are by the model's own probability p of default: accepting a
loan of A costs p * l * A, refusing it (1 - p) * m * A, and a review its price and the share 1 - s of what the threshold
alone would cost (`credit.decision.review`). So a difference is what the change costs if the model is right about these
clients. A rule against something that the model does not know of looks dearer than it is. Realised costs are the same
with the outcome, 1 or 0, in place of p, of the clients whose outcome is known; of the log these are those of weeks
whose outcomes are nearly complete (`credit.decision_log.maturity`), and hardly a client whom the bank had refused.

Both policies are valued by one margin m and loss l for each client, those of one of the two (`compare`): a policy that
only says that loans lose less would else look cheaper for saying so.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.decision.approval_frontier import Frontier, frontier
from credit.decision.client_groups import AGE, AGES, GENDER, GENDERS, NOT_GIVEN, age, gender
from credit.decision.intervals import Interval, matched_difference, saving, wilson
from credit.decision.policy import Policy
from credit.decision.review import DECISIONS, REFER, costs_with_reviews, priced
from credit.decision.segments import ClientTerms
from credit.decision_log.maturity import mature
from credit.model import Scorer
from credit.monitoring.policy_effects import (
    GroupEffect,
    LargestChange,
    Move,
    Realised,
    Reviews,
    RuleEffect,
)

Floats = NDArray[np.float64]

#: By whose margins and losses both policies are valued.
OLD, NEW = VALUED_BY = ("old", "new")
#: So many of those who change sides are named, the largest loans first.
NAMED = 10
SEGMENT = "segment"
#: The group of the clients in no segment.
NO_SEGMENT = "none"


@dataclass(frozen=True)
class Part:
    """Some clients to decide on, n of them.

    - ``clients``: (n,) SK_ID_CURR; ``X``: (n, n_columns) their features
    - ``defaulted``: (n,) 1 or 0, NaN where the outcome is not known; None where none is
    - ``week``: (n,) of the decision, of the log; None where all outcomes can be taken at their word
    - ``lent``: (n,) whether the loan was given, of the log; None with ``week``
    """

    clients: NDArray[np.int64]
    X: Floats
    defaulted: Floats | None = None
    week: NDArray[np.int64] | None = None
    lent: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class PolicyComparison:
    """What becomes of ``clients`` with ``new`` in place of ``old``.

    - ``on``: the day of which the rules are in force
    - ``old``, ``new``: the policies' identities
    - ``valued_by``: whose margins and losses value both, old or new
    - ``clients``: decided on; ``without_amount``: left out, for their loan has no amount
    - ``decisions_old``, ``decisions_new``: how many are accepted, referred and refused
    - ``cost_old``, ``cost_new``: expected, and ``everybody``: of accepting every client
    - ``reviewed``: whether the model says what a review costs; else a referred client costs as the threshold decides
    - ``realised``: the same by known outcomes; None where none is known
    - ``reviews``: how many each policy asks for, and for how many there is time
    - ``moves``, ``rules``, ``groups``, ``largest``: see the classes
    - ``frontier``: approvals against expected loss
    - ``changed``: a frame of the clients who change sides, the dearest first
    """

    on: date
    old: str
    new: str
    valued_by: str
    clients: int
    without_amount: int
    decisions_old: dict[str, int]
    decisions_new: dict[str, int]
    cost_old: float
    cost_new: float
    everybody: float
    reviewed: bool
    realised: Realised | None
    reviews: Reviews
    moves: tuple[Move, ...]
    rules: tuple[RuleEffect, ...]
    groups: tuple[GroupEffect, ...]
    largest: tuple[LargestChange, ...]
    frontier: Frontier
    changed: pl.DataFrame

    @property
    def cost(self) -> float:
        """What the change costs in expectation; negative where it saves."""
        return self.cost_new - self.cost_old


def compare(
    model: Scorer,
    old: Policy,
    new: Policy,
    parts: Iterable[Part],
    on: date,
    valued_by: str = NEW,
    capacity: float | None = None,
) -> PolicyComparison:
    """Decide on the same clients by both policies, which differ in the bank's file alone.

    ``model``: by whose probabilities both decide. ``old``: the policy that is in force, ``new``: the one that may
    follow. ``parts``: the clients, some at a time. ``on``: the day of which rules are in force. ``valued_by``: of
    `VALUED_BY`. ``capacity``: the share of the clients for whose review there is time; without it that of the model's
    review. Raises ``ValueError`` where there is no client with an amount, and for a capacity that is no share.
    """
    if capacity is not None and not 0 <= capacity <= 1:
        raise ValueError(f"the capacity is the share of the clients that are reviewed, from 0 to 1, not {capacity}")
    frames = [_decided(model, old, new, part, on, valued_by) for part in parts]
    everyone = pl.concat(frames) if frames else pl.DataFrame()
    if not everyone.height or not (known := everyone.filter(pl.col("AMT_CREDIT").is_not_nan())).height:
        raise ValueError("there is no client with an amount to decide on")
    frame = known.with_columns(COST=pl.col("COST_NEW") - pl.col("COST_OLD"))
    differs = pl.col("OLD_DECISION") != pl.col("NEW_DECISION")
    changed = frame.filter(differs).sort("COST", "SK_ID_CURR", descending=[True, False])
    told = ("SK_ID_CURR", "AMT_CREDIT", "PROBABILITY_OF_DEFAULT")
    time = capacity if capacity is not None else (None if old.review is None else old.review.capacity)
    return PolicyComparison(
        on=on,
        old=old.identity,
        new=new.identity,
        valued_by=valued_by,
        clients=frame.height,
        without_amount=everyone.height - frame.height,
        decisions_old=_counted(frame["OLD_DECISION"]),
        decisions_new=_counted(frame["NEW_DECISION"]),
        cost_old=float(frame["COST_OLD"].sum()),
        cost_new=float(frame["COST_NEW"].sum()),
        everybody=float(frame["EVERYBODY"].sum()),
        reviewed=priced(old.review) is not None,
        realised=_realised(old, frame),
        reviews=Reviews.of(frame, time),
        moves=_moves(changed),
        rules=(*_rules(old, frame, "OLD"), *_rules(new, frame, "NEW")),
        groups=_groups(frame),
        largest=_largest(changed),
        frontier=frontier(
            frame["PROBABILITY_OF_DEFAULT"].to_numpy(),
            frame["AMT_CREDIT"].to_numpy(),
            _terms(frame),
            frame["OLD_REFUSED"].to_numpy(),
            frame["NEW_REFUSED"].to_numpy(),
        ),
        changed=changed.select(*told, "OLD_DECISION", "OLD_RULE", "NEW_DECISION", "NEW_RULE", "COST"),
    )


def _decided(model: Scorer, old: Policy, new: Policy, part: Part, on: date, valued_by: str) -> pl.DataFrame:
    """One row a client: amount, probability, outcome, group, and of both policies decision, rule and cost."""
    X, n = part.X, len(part.X)
    p, amounts = model.probability(X), old.amounts(X)
    verdicts = {"OLD": old.decide(X, p, amounts, on), "NEW": new.decide(X, p, amounts, on)}
    by = verdicts[valued_by.upper()].terms
    values: dict[str, object] = {"SK_ID_CURR": part.clients, "AMT_CREDIT": amounts, "PROBABILITY_OF_DEFAULT": p}
    for column, group, name in (("CODE_GENDER", gender, GENDER), ("DAYS_BIRTH", age, AGE)):
        codes = X[:, model.index[column]].tolist() if column in model.index else [np.nan] * n
        values[name] = pl.Series([group(code) for code in codes], dtype=pl.String)
    values[SEGMENT] = pl.Series([one or NO_SEGMENT for one in verdicts["NEW"].terms.segments], dtype=pl.String)
    values |= {"MARGIN": by.margin, "LOSS": by.loss_given_default}
    for policy, name in ((old, "OLD"), (new, "NEW")):
        made = verdicts[name]
        values[f"{name}_DECISION"], values[f"{name}_REFUSED"] = made.decisions, made.refused
        values[f"COST_{name}"] = _costs(policy, made.decisions, made.refused, p, amounts, by)
        values[f"{name}_RULE"] = pl.Series([one and one.rule for one in made.rule_decisions], dtype=pl.String)
        values[f"{name}_UNKNOWN"] = [one is not None and one.unknown for one in made.rule_decisions]
        alone = policy.model_decisions(p, amounts, made.terms)
        values[f"{name}_MODEL"] = alone
        values[f"COST_{name}_MODEL"] = _costs(policy, alone, policy.refused(p, made.terms), p, amounts, by)
    values["EVERYBODY"] = p * amounts * by.loss_given_default
    values["DEFAULTED"] = np.full(n, np.nan) if part.defaulted is None else part.defaulted
    values["WEEK"] = pl.Series([None] * n if part.week is None else part.week.tolist(), dtype=pl.Int64)
    values["LENT"] = pl.Series([None] * n if part.lent is None else part.lent.tolist(), dtype=pl.Boolean)
    return pl.DataFrame(values)


def _costs(
    policy: Policy, decisions: list[str], refused: NDArray[np.bool_], q: Floats, amounts: Floats, by: ClientTerms
) -> Floats:
    """(n,) with the chance ``q`` of default, the model's or 0 and 1; see the head of the module."""
    alone = amounts * np.where(refused, by.margin * (1 - q), by.loss_given_default * q)
    return costs_with_reviews(alone, np.array(decisions, dtype=np.str_) == REFER, priced(policy.review))


def _terms(frame: pl.DataFrame) -> ClientTerms:
    """By which the clients of a frame are valued."""
    margin, loss = frame["MARGIN"].to_numpy(), frame["LOSS"].to_numpy()
    return ClientTerms((None,) * frame.height, margin / (margin + loss), margin, loss)


def _realised(policy: Policy, frame: pl.DataFrame) -> Realised | None:
    """By the outcomes that can be taken at their word; None without any outcome."""
    known = ~np.isnan(frame["DEFAULTED"].to_numpy())
    if not known.any():
        return None
    ripe = np.ones(len(known), dtype=bool)
    of_log = frame["WEEK"].is_not_null().to_numpy()
    if of_log.any():
        logged = frame.filter(pl.Series(of_log))
        ripe[of_log] = mature(logged["WEEK"].to_numpy(), logged["LENT"].to_numpy(), known[of_log])
    some = frame.filter(pl.Series(known & ripe))
    y, amounts, by = some["DEFAULTED"].to_numpy(), some["AMT_CREDIT"].to_numpy(), _terms(some)
    mine, other = (
        _costs(policy, some[f"{name}_DECISION"].to_list(), some[f"{name}_REFUSED"].to_numpy(), y, amounts, by)
        for name in ("NEW", "OLD")
    )
    everybody = y * amounts * by.loss_given_default
    new_costs, old_costs, all_costs = _by_client(some["SK_ID_CURR"], mine, other, everybody)
    gain: Interval | None = saving(new_costs, old_costs, all_costs)
    return Realised(
        clients=some.height,
        defaults=int(y.sum()),
        unripe=int((known & ~ripe).sum()),
        changed=int((some["OLD_DECISION"] != some["NEW_DECISION"]).sum()),
        cost_old=float(other.sum()),
        cost_new=float(mine.sum()),
        everybody=float(everybody.sum()),
        expected_cost_old=float(some["COST_OLD"].sum()),
        expected_cost_new=float(some["COST_NEW"].sum()),
        saving=gain,
    )


def _by_client(clients: pl.Series, *costs: Floats) -> list[Floats]:
    """The costs of several applications of a client as one: they are no independent draws."""
    _, place = np.unique(clients.to_numpy(), return_inverse=True)
    return [np.bincount(place, one).astype(np.float64) for one in costs]


def _counted(decisions: pl.Series) -> dict[str, int]:
    counts = Counter(decisions.to_list())
    return {one: counts[one] for one in DECISIONS}


def _moves(changed: pl.DataFrame) -> tuple[Move, ...]:
    found = []
    for old in DECISIONS:
        for new in DECISIONS:
            some = changed.filter((pl.col("OLD_DECISION") == old) & (pl.col("NEW_DECISION") == new))
            if some.height:
                amount, cost = float(some["AMT_CREDIT"].sum()), float(some["COST"].sum())
                found.append(Move(old, new, some.height, amount, cost))
    return tuple(found)


def _largest(changed: pl.DataFrame) -> tuple[LargestChange, ...]:
    first = changed.sort("AMT_CREDIT", "SK_ID_CURR", descending=[True, False]).head(NAMED)
    columns = ("SK_ID_CURR", "AMT_CREDIT", "PROBABILITY_OF_DEFAULT", "OLD_DECISION", "NEW_DECISION", "COST")
    return tuple(LargestChange(*row) for row in first.select(columns).iter_rows())


def _rules(policy: Policy, frame: pl.DataFrame, name: str) -> tuple[RuleEffect, ...]:
    """Every rule of the file, in its order; one that decides on no client included."""
    found = []
    for rule in () if policy.bank_rules is None else policy.bank_rules.rules:
        some = frame.filter(pl.col(f"{name}_RULE") == rule.name)
        found.append(
            RuleEffect(
                rule=rule.name,
                policy=name.lower(),
                decided=some.height,
                unknown=int(some[f"{name}_UNKNOWN"].sum()),
                changed=some.filter(pl.col(f"{name}_DECISION") != pl.col(f"{name}_MODEL")).height,
                cost=float((some[f"COST_{name}"] - some[f"COST_{name}_MODEL"]).sum()),
            )
        )
    return tuple(found)


def _groups(frame: pl.DataFrame) -> tuple[GroupEffect, ...]:
    """Women and men, ages, and the segments of the new policy, if it has any."""
    parts = [(GENDER, (*GENDERS.values(), NOT_GIVEN)), (AGE, (*AGES, NOT_GIVEN))]
    segments = frame[SEGMENT].unique(maintain_order=True).to_list()
    if segments != [NO_SEGMENT]:
        parts.append((SEGMENT, tuple(segments)))
    return tuple(
        _group(some, attribute, group)
        for attribute, names in parts
        for group in names
        if (some := frame.filter(pl.col(attribute) == group)).height
    )


def _group(some: pl.DataFrame, attribute: str, group: str) -> GroupEffect:
    old, new = ((some[f"{name}_DECISION"] == DECISIONS[0]).to_numpy() for name in ("OLD", "NEW"))
    (low_old, high_old), (low, high) = (
        tuple(float(end) for end in wilson(int(accepted.sum()), some.height)) for accepted in (old, new)
    )
    difference = matched_difference(int((new & ~old).sum()), int((old & ~new).sum()), some.height)
    return GroupEffect(
        attribute=attribute,
        group=group,
        clients=some.height,
        accepted_old=float(old.mean()),
        low_old=low_old,
        high_old=high_old,
        accepted_new=float(new.mean()),
        low=low,
        high=high,
        difference=difference,
        changed=some.filter(pl.col("OLD_DECISION") != pl.col("NEW_DECISION")).height,
        cost=float(some["COST"].sum()),
    )
