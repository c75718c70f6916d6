"""A portfolio under stress: what its loans lose and what is decided, before and after.

Before: the clients as the tables say, decided on by the policy. Under a scenario (`credit.decision.stress_scenarios`)
the shifted tables become features by the product's own plan, and these probabilities; then their odds are multiplied,
and margin and loss given default are. Two answers follow:

- **the loans accepted before**, which the bank has by now: what they lose in expectation under the scenario;
- **decided anew**: what the policy decides of the same clients if they apply under the scenario. Its thresholds stay,
  unless the scenario changes margin or loss: then the threshold of each client is the break-even probability of the
  changed costs. Review and rules of the bank are as before.

Money is in the currency of AMT_CREDIT, in expectation. A cost counts the losses of accepted loans, the margin forgone
with those refused, and reviews (`credit.decision.review`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.decision.policy import Policy, Verdicts
from credit.decision.portfolio import rows_of
from credit.decision.review import ACCEPT, DECISIONS, REFER, costs_with_reviews, priced
from credit.decision.segments import ClientTerms
from credit.decision.stress_scenarios import APPLICATION, Scenario, stressed_odds
from credit.model import Scorer

Floats = NDArray[np.float64]

#: The name of the row without stress.
TODAY = "before"


@dataclass(frozen=True)
class Stressed:
    """The portfolio under one scenario; of the row `TODAY` nothing is changed.

    - ``scenario``: its name
    - ``clients``: decided on
    - ``default_rate``: the mean probability of default of all
    - ``accepted``: how many loans were accepted before
    - ``accepted_default_rate``: the mean probability of default of these; None without any
    - ``loss``: what these lose in expectation
    - ``cost``: what the decisions of before cost in expectation
    - ``decisions``: how many are accepted, referred and refused anew
    - ``changed``: how many of these decisions are others than before
    - ``loss_anew``: what the loans that are accepted anew lose in expectation
    - ``cost_anew``: what the decisions made anew cost in expectation
    - ``held``: how many values of the tables were held at the end of what their column can be
    """

    scenario: str
    clients: int
    default_rate: float
    accepted: int
    accepted_default_rate: float | None
    loss: float
    cost: float
    decisions: dict[str, int]
    changed: int
    loss_anew: float
    cost_anew: float
    held: int = 0


@dataclass(frozen=True)
class _State:
    """The clients under one scenario, (n,) each."""

    X: Floats
    probability: Floats
    amount: Floats
    terms: ClientTerms


def stress(
    model: Scorer,
    policy: Policy,
    tables: Mapping[str, pl.LazyFrame],
    application: str,
    scenarios: Sequence[Scenario],
    on: date,
) -> tuple[Stressed, ...]:
    """The portfolio of ``tables``, as `credit.decision.portfolio.read_for` gives them, before and in each scenario.

    ``on``: the day of which the bank's rules are in force. The first row is `TODAY`. ``model``: which scores the
    shifted tables. ``policy``: which decides. ``application``: the name of the table of the clients. ``scenarios``: in
    the order of the rows. Raises ``ValueError`` where a scenario shifts a table that is not there or that the model
    does not read, and where no client is decided on.
    """
    for one in scenarios:
        _check_tables(one, tables, application)
    made, X, decided = rows_of(tables, model, application)
    clients = made["SK_ID_CURR"].to_numpy()[decided]
    if not len(clients):
        raise ValueError("there is no client with an amount to decide on")
    before = _state(model, policy, X[decided], on)
    verdicts = policy.decide(before.X, before.probability, before.amount, on)
    rows = [_row(policy, TODAY, before, verdicts, verdicts, 0)]
    for one in scenarios:
        state, held = _under(model, policy, tables, application, one, clients, before, on)
        anew = policy.decide(state.X, state.probability, state.amount, on, state.terms)
        rows.append(_row(policy, one.name, state, verdicts, anew, held))
    return tuple(rows)


def _check_tables(scenario: Scenario, tables: Mapping[str, pl.LazyFrame], application: str) -> None:
    for shift in scenario.shifts:
        if _name(shift.table, application) not in tables:
            raise ValueError(
                f"scenario {scenario.name!r} shifts {shift.table}, which is not in the folder or which the model does "
                f"not read; it can shift {', '.join(tables)}"
            )


def _name(table: str, application: str) -> str:
    return application if table == APPLICATION else table


def _state(model: Scorer, policy: Policy, X: Floats, on: date) -> _State:
    return _State(X, model.probability(X), policy.amounts(X), policy.terms(X, on))


def _under(
    model: Scorer,
    policy: Policy,
    tables: Mapping[str, pl.LazyFrame],
    application: str,
    scenario: Scenario,
    clients: NDArray[np.int64],
    before: _State,
    on: date,
) -> tuple[_State, int]:
    """The same ``clients`` under a scenario, and how many values were held."""
    state, held = before, 0
    if scenario.shifts:
        shifted = dict(tables)
        for shift in scenario.shifts:
            name = _name(shift.table, application)
            frame, count = shift.applied(shifted[name])
            held += int(shifted[name].select(count).collect().item())
            shifted[name] = frame
        made, X, _ = rows_of(shifted, model, application)
        state = _state(model, policy, X[np.isin(made["SK_ID_CURR"].to_numpy(), clients)], on)
    return replace(
        state, probability=stressed_odds(state.probability, scenario.odds_times), terms=_terms(state.terms, scenario)
    ), held


def _terms(terms: ClientTerms, scenario: Scenario) -> ClientTerms:
    if not scenario.changes_costs:
        return terms
    margin, loss = terms.margin * scenario.margin_times, terms.loss_given_default * scenario.loss_times
    return ClientTerms(terms.segments, margin / (margin + loss), margin, loss)


def _row(policy: Policy, name: str, state: _State, before: Verdicts, anew: Verdicts, held: int) -> Stressed:
    p = state.probability
    accepted, now = (np.array(one.decisions, dtype=np.str_) == ACCEPT for one in (before, anew))
    losses = p * state.amount * state.terms.loss_given_default
    return Stressed(
        scenario=name,
        clients=len(p),
        default_rate=float(p.mean()),
        accepted=int(accepted.sum()),
        accepted_default_rate=float(p[accepted].mean()) if accepted.any() else None,
        loss=float(np.nansum(losses[accepted])),
        cost=_cost(policy, before, state),
        decisions={one: anew.decisions.count(one) for one in DECISIONS},
        changed=sum(a != b for a, b in zip(before.decisions, anew.decisions, strict=True)),
        loss_anew=float(np.nansum(losses[now])),
        cost_anew=_cost(policy, anew, state),
        held=held,
    )


def _cost(policy: Policy, made: Verdicts, state: _State) -> float:
    """Of decisions that were made, as the clients are now."""
    p, terms = state.probability, state.terms
    alone = state.amount * np.where(made.refused, terms.margin * (1 - p), terms.loss_given_default * p)
    referred = np.array(made.decisions, dtype=np.str_) == REFER
    return float(np.nansum(costs_with_reviews(alone, referred, priced(policy.review))))


def sentence(rows: Iterable[Stressed]) -> str:
    """What the table comes to: the scenario that costs most against before."""
    before, *others = rows
    if not others:
        return f"Nothing is stressed: the {before.accepted:,} loans accepted lose {before.loss:,.0f} in expectation."
    worst = max(others, key=lambda one: one.loss)
    grown = f" ({worst.loss / before.loss - 1:+.0%})" if before.loss > 0 else ""
    spared = worst.cost - worst.cost_anew
    return (
        f"Under {worst.scenario} the {before.accepted:,} loans accepted before lose {worst.loss:,.0f} in expectation "
        f"instead of {before.loss:,.0f}{grown}; deciding anew changes {worst.changed:,} of {worst.clients:,} decisions "
        f"and {'saves' if spared >= 0 else 'costs'} {abs(spared):,.0f} against the decisions of before."
    )
