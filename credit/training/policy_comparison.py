"""Two files of the bank's rules on the same clients: who changes sides, what it costs, by which rule, in which group.

Costs are in expectation, in the currency of AMT_CREDIT, by the model's own probability p of default: accepting a loan
of A costs p * l * A, refusing it (1 - p) * m * A, and a review its price and the share 1 - s of what the threshold
alone would cost (`credit.decision.review`). So a difference is what the change costs if the model is right about these
clients. A rule against something that the model does not know of looks dearer than it is.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.decision.client_groups import AGE, AGES, GENDER, GENDERS, NOT_GIVEN
from credit.decision.intervals import wilson
from credit.decision.policy import Policy, Verdicts
from credit.decision.review import ACCEPT, DECISIONS, REFER, costs_with_reviews, priced
from credit.model import Scorer
from credit.training.fairness import groups_of

Floats = NDArray[np.float64]

#: Clients, and their features (n_clients, n_columns).
Part = tuple[NDArray[np.int64], Floats]


@dataclass(frozen=True)
class Move:
    """Clients who change from one decision to another.

    - ``old``, ``new``: the decisions
    - ``clients``: how many
    - ``amount``: sum of their AMT_CREDIT
    - ``cost``: what the change costs in expectation, negative where it saves
    """

    old: str
    new: str
    clients: int
    amount: float
    cost: float


@dataclass(frozen=True)
class RuleEffect:
    """What one rule does.

    - ``rule``: its name
    - ``policy``: old or new
    - ``decided``: on how many clients it decides
    - ``unknown``: on how many of them because a value is missing
    - ``changed``: of how many the model alone would decide otherwise
    - ``cost``: what it costs in expectation, beside the model alone; negative where it saves
    """

    rule: str
    policy: str
    decided: int
    unknown: int
    changed: int
    cost: float


@dataclass(frozen=True)
class GroupEffect:
    """How the change falls on one group.

    - ``attribute``, ``group``: gender or age; which
    - ``clients``: how many
    - ``accepted_old``, ``accepted_new``: shares accepted without a person
    - ``low``, ``high``: the 95 % interval of ``accepted_new`` (Wilson)
    - ``changed``: how many decisions change
    - ``cost``: what that costs in expectation
    """

    attribute: str
    group: str
    clients: int
    accepted_old: float
    accepted_new: float
    low: float
    high: float
    changed: int
    cost: float


@dataclass(frozen=True)
class PolicyComparison:
    """What becomes of ``clients`` with ``new`` in place of ``old``.

    - ``on``: the day of which the rules are in force
    - ``old``, ``new``: the policies' identities
    - ``clients``: decided on; ``without_amount``: left out, for their loan has no amount
    - ``decisions_old``, ``decisions_new``: how many are accepted, referred and refused
    - ``cost_old``, ``cost_new``: expected, and ``everybody``: of accepting every client
    - ``reviewed``: whether the model says what a review costs; else a referred client costs as the threshold decides
    - ``moves``, ``rules``, ``groups``: see the classes
    - ``changed``: a frame of the clients who change sides, the dearest first
    """

    on: date
    old: str
    new: str
    clients: int
    without_amount: int
    decisions_old: dict[str, int]
    decisions_new: dict[str, int]
    cost_old: float
    cost_new: float
    everybody: float
    reviewed: bool
    moves: tuple[Move, ...]
    rules: tuple[RuleEffect, ...]
    groups: tuple[GroupEffect, ...]
    changed: pl.DataFrame

    @property
    def cost(self) -> float:
        """What the change costs in expectation; negative where it saves."""
        return self.cost_new - self.cost_old


def compare(model: Scorer, old: Policy, new: Policy, parts: Iterable[Part], on: date) -> PolicyComparison:
    """Decide on the same clients by both policies, which differ in the bank's rules alone.

    ``parts``: the clients, some at a time. ``on``: the day of which rules are in force. Raises ``ValueError`` where
    there is no client with an amount.
    """
    frames = [_decided(model, old, new, clients, X, on) for clients, X in parts]
    everyone = pl.concat(frames) if frames else pl.DataFrame()
    if not everyone.height or not (known := everyone.filter(pl.col("AMT_CREDIT").is_not_nan())).height:
        raise ValueError("there is no client with an amount to decide on")
    frame = known.with_columns(COST=pl.col("COST_NEW") - pl.col("COST_OLD"))
    differs = pl.col("OLD_DECISION") != pl.col("NEW_DECISION")
    changed = frame.filter(differs).sort("COST", "SK_ID_CURR", descending=[True, False])
    told = ("SK_ID_CURR", "AMT_CREDIT", "PROBABILITY_OF_DEFAULT")
    return PolicyComparison(
        on=on,
        old=old.identity,
        new=new.identity,
        clients=frame.height,
        without_amount=everyone.height - frame.height,
        decisions_old=_counted(frame["OLD_DECISION"]),
        decisions_new=_counted(frame["NEW_DECISION"]),
        cost_old=float(frame["COST_OLD"].sum()),
        cost_new=float(frame["COST_NEW"].sum()),
        everybody=float(frame["EVERYBODY"].sum()),
        reviewed=priced(old.review) is not None,
        moves=_moves(changed),
        rules=(*_rules(old, frame, "OLD"), *_rules(new, frame, "NEW")),
        groups=_groups(frame),
        changed=changed.select(*told, "OLD_DECISION", "OLD_RULE", "NEW_DECISION", "NEW_RULE", "COST"),
    )


def _decided(model: Scorer, old: Policy, new: Policy, clients: NDArray[np.int64], X: Floats, on: date) -> pl.DataFrame:
    """One row a client: amount, probability, group, and of both policies and the model alone decision and cost."""
    p, amounts = model.probability(X), old.amounts(X)
    alone = Verdicts(old.model_decisions(p, amounts), [None] * len(p), old.refused(p), on)
    values: dict[str, object] = {"SK_ID_CURR": clients, "AMT_CREDIT": amounts, "PROBABILITY_OF_DEFAULT": p}
    for column in ("CODE_GENDER", "DAYS_BIRTH"):
        values[column] = X[:, model.index[column]] if column in model.index else np.full(len(X), np.nan)
    for name, verdicts in (
        ("MODEL", alone),
        ("OLD", old.decide(X, p, amounts, on)),
        ("NEW", new.decide(X, p, amounts, on)),
    ):
        values[f"{name}_DECISION"] = verdicts.decisions
        values[f"COST_{name}"] = _costs(old, verdicts, p, amounts)
        values[f"{name}_RULE"] = pl.Series([one and one.rule for one in verdicts.rule_decisions], dtype=pl.String)
        values[f"{name}_UNKNOWN"] = [one is not None and one.unknown for one in verdicts.rule_decisions]
    values["EVERYBODY"] = p * amounts * old.costs.loss_given_default
    return groups_of(pl.DataFrame(values))


def _costs(policy: Policy, verdicts: Verdicts, p: Floats, amounts: Floats) -> Floats:
    """(n,) expected; see the head of the module."""
    costs = policy.costs
    alone = amounts * np.where(verdicts.refused, costs.margin * (1 - p), costs.loss_given_default * p)
    return costs_with_reviews(alone, np.array(verdicts.decisions) == REFER, priced(policy.review))


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
                changed=some.filter(pl.col(f"{name}_DECISION") != pl.col("MODEL_DECISION")).height,
                cost=float((some[f"COST_{name}"] - some["COST_MODEL"]).sum()),
            )
        )
    return tuple(found)


def _groups(frame: pl.DataFrame) -> tuple[GroupEffect, ...]:
    found = []
    for attribute, names in ((GENDER, (*GENDERS.values(), NOT_GIVEN)), (AGE, (*AGES, NOT_GIVEN))):
        for group in names:
            some = frame.filter(pl.col(attribute) == group)
            if not some.height:
                continue
            old, new = (int((some[f"{name}_DECISION"] == ACCEPT).sum()) for name in ("OLD", "NEW"))
            low, high = wilson(new, some.height)
            found.append(
                GroupEffect(
                    attribute=attribute,
                    group=group,
                    clients=some.height,
                    accepted_old=old / some.height,
                    accepted_new=new / some.height,
                    low=float(low),
                    high=float(high),
                    changed=some.filter(pl.col("OLD_DECISION") != pl.col("NEW_DECISION")).height,
                    cost=float(some["COST"].sum()),
                )
            )
    return tuple(found)
