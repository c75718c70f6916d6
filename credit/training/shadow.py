"""The challenger in the shadow: it scores the applications of the decision log beside the champion that decides.

A loan that was refused has no outcome. Counting such a client as 0 would make every challenger that accepts more look
harmless, so nothing is counted as 0: with q the outcome (1 defaulted, 0 repaid) where it is known, and the champion's
calibrated probability of default where it is not, accepting an application costs q * l * A and refusing it (1 - q) * m
* A (see ``credit.decision.cost``); a review costs its price and leaves 1 - s of that (see ``credit.decision.review``).
Where a person has decided on the application, and a model decides as the log has it, what that person decided counts in
place of the share s, at the terms of a counteroffer. The bank's own rules, where there are any, decide before and after
both. Both models decide by the costs of the challenger, which are those of now, each at its own threshold for these
costs (`credit.training.promotion.threshold_at`), and by the champion's review, or that of the challenger where the
costs are others. Defaults are known before repayments are: where those who defaulted are told first, a challenger that
refuses more looks better than it is. So an outcome counts as known only where nearly all of its week are
(`credit.decision_log.maturity`), of the loans that were given and of those that were not apart. All gains are
shares of what accepting every application costs by the same q: a point is a hundredth
of it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credit.decision.cost import Costs
from credit.decision.intervals import FEWEST_DEFAULTS, TOO_FEW, Interval, saving
from credit.decision.policy import ACCEPT, LOAN, REFER, Policy, Rule, today
from credit.decision.review import Review, costs_with_reviews
from credit.decision.segments import ClientTerms
from credit.decision_log import Columns, Log
from credit.decision_log.applications import applications
from credit.decision_log.final_actions import final_share, verdicts
from credit.decision_log.maturity import mature
from credit.decision_log.outcomes import known
from credit.i18n.plural import verb
from credit.model import Scorer
from credit.program import PROGRAM
from credit.training.promotion import ENOUGH_DEFAULTS, not_worse, shared_review, threshold_at, verdict

#: The newest so many decisions are looked at.
LAST = 100_000

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Shadow:
    """How a challenger decides on the applications of the log.

    ``applications``: of the log, with an amount, that both have scored. ``learnt``: how many more there are of clients
    from whom one of both has learnt, who are left out. ``unsure``: whether it is not known whom the champion has learnt
    from. ``changed``: how many the challenger would decide otherwise (accept, refer, refuse). ``newly``: how many of
    these it would accept and the champion does not. ``told``: of how many the outcome is known, of which ``defaults``
    defaulted; ``changed_told`` and ``newly_told``: of how many of those. ``lost``: known outcomes in the log that
    cannot be counted, because the inputs of the decision were erased or are another model's, or have no amount.
    ``unripe``: known outcomes that count as unknown, because fewer than nine tenths of their week are known.

    ``gain``: what the challenger would have saved more than the champion where the outcome is known, None on fewer than
    ``ENOUGH_DEFAULTS`` defaults and where ``credit.decision.intervals.saving`` gives none. ``expected``: the same on
    all applications, with the champion's probability where the outcome is not known; None on fewer than ten defaults.
    ``unknown_cost`` and ``unknown_worst``: what the newly accepted without a known outcome would cost more than under
    the champion, by its probability, and if all of them defaulted: shares of what accepting every application costs.
    ``challenger``: the ``identity`` of the one that was looked at, where that is known.
    """

    applications: int
    learnt: int = 0
    unsure: bool = False
    changed: int = 0
    newly: int = 0
    told: int = 0
    defaults: int = 0
    changed_told: int = 0
    newly_told: int = 0
    lost: int = 0
    unripe: int = 0
    gain: Interval | None = None
    expected: Interval | None = None
    unknown_cost: float = 0.0
    unknown_worst: float = 0.0
    challenger: str | None = None

    @property
    def newly_unknown(self) -> int:
        """How many it would newly accept whose outcome is not known."""
        return self.newly - self.newly_told

    @property
    def objection(self) -> str | None:
        """Why these applications do not let the challenger be promoted by itself; None where they do.

        Where it changes no decision there is nothing to judge. Else all of this must hold: enough defaults are known;
        at most as many are newly accepted without a known outcome as there are changed decisions with one; and the
        lower end of what is saved, the expected cost of the unknown included, is within the margin of
        ``credit.training.promotion``.
        """
        if not self.changed:
            return None
        if self.defaults < ENOUGH_DEFAULTS:
            return (
                f"the log cannot show what its changes save: {self.defaults:,} defaults are known there"
                f"{' in weeks whose outcomes are nearly all known' if self.unripe else ''}, and at least "
                f"{ENOUGH_DEFAULTS} have to be"
            )
        if self.expected is None:
            return f"what its {self.changed:,} changes save cannot be seen in the log: {TOO_FEW}"
        if self.newly_unknown > self.changed_told:
            return (
                f"it would newly accept {self.newly_unknown:,} applications whose outcome is not known, more than "
                f"the {self.changed_told:,} changed decisions that a known outcome can judge"
            )
        if not not_worse(self.expected):
            return f"with what is not known at its expected cost, {verdict(self.expected)}"
        return None

    def __str__(self) -> str:
        said = [f"in the shadow it decides {self.changed:,} of {self.applications:,} applications of the log otherwise"]
        if self.learnt:
            are = verb(self.learnt, "is", "are")
            said.append(f" ({self.learnt:,} more {are} left out: one of both models has learnt from these clients)")
        if not self.changed:
            said.append(", so nothing is saved or lost by it")
        elif self.gain is None:
            said.append(f"; {self.told:,} outcomes with {self.defaults:,} defaults are known, too few to say more")
        else:
            said.append(f"; on the {self.told:,} whose outcome is known it would have saved {_points(self.gain)}")
        if self.unsure:
            said.append(
                ". From whom the champion has learnt is not recorded here; if it was from some of these clients, that "
                "flatters it"
            )
        if self.lost:
            said.append(
                f". {self.lost:,} known outcomes cannot be counted: the inputs of the decision were erased, have no "
                "amount, are of another model's columns, or newer decisions fill the window"
            )
        if self.unripe:
            said.append(
                f". {self.unripe:,} known outcomes count as unknown: of their weeks fewer than nine tenths are known, "
                "and defaults are known before repayments are"
            )
        if self.newly_unknown:
            said.append(
                f". Of the {self.newly:,} that it would newly accept the outcome of {self.newly_unknown:,} is not "
                f"known: by the champion's probability they would cost {100 * self.unknown_cost:+.1f} points, and "
                f"{100 * self.unknown_worst:+.1f} if all of them defaulted"
            )
        if self.expected is not None and self.told < self.applications:
            said.append(f". On all, the unknown by the champion's probability, it would save {_points(self.expected)}")
        return "".join(said)


def _points(gain: Interval) -> str:
    return f"{100 * gain.estimate:+.1f} points (95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f})"


def shadow(
    log: Log,
    champion: Scorer,
    challenger: Scorer,
    learnt: Collection[int] = (),
    unsure: bool = False,
    last: int = LAST,
    rules: str | Path | None = None,
) -> Shadow:
    """Let both decide on the applications of the log.

    ``log``: of what the ``champion`` has read and decided. ``challenger``: by whose costs both are counted. ``learnt``:
    the clients (SK_ID_CURR) from whom one of both has learnt. ``unsure``: see `Shadow`. ``last``: the newest so many
    decisions. ``rules``: the file of the bank's rules, of today; None without any. Every decision with a known outcome
    is an application; of the others the newest of each client and week. A client with several is one in the intervals.
    Raises `LogError`, and ValueError where the challenger reads what the log does not hold.
    """
    check_columns(champion, challenger.columns)
    places = [champion.index[name] for name in challenger.columns]
    outcome = known(log)
    costs = Costs.of(challenger.manifest)
    # A review's cost belongs to the costs for which it was set.
    review = shared_review(champion, costs, Review.of(challenger.manifest))
    bank = Policy(champion, rules)
    old_rule = Rule(threshold_at(champion, costs), costs, review, bank.scale, bank.bank_rules)
    new_rule = Rule(challenger.threshold, costs, review, Policy(challenger).scale, bank.bank_rules)
    on = today()
    client, week, old, amount, y, logged_as, lent = [], [], [], [], [], [], []
    made: list[tuple[NDArray[np.str_], Flags, NDArray[np.str_], Flags]] = []
    shares: list[ClientTerms] = []
    left_out = told_left_out = 0
    with log.reading() as connection:
        people = {number: one for number, one in verdicts(connection).items() if one.verdict is not None}
    for clients, ids, weeks, logged, X in applications(log, Columns(champion.columns), outcome, people, last):
        fresh = np.array([one not in learnt for one in clients.tolist()], dtype=bool)
        left_out += int((~fresh).sum())
        told_left_out += sum(one in outcome for one in ids[~fresh].tolist())
        if fresh.any():
            rows = X[fresh]
            client.append(clients[fresh])
            week.append(weeks[fresh])
            old.append(champion.probability(rows))
            new = challenger.probability(np.ascontiguousarray(rows[:, places]))
            amount.append(rows[:, champion.index[LOAN]] if LOAN in champion.index else np.full(len(rows), np.nan))
            # The rules read the champion's columns, of whichever model the probability is.
            before, after = (
                rule.decide(rows, odds, amount[-1], on) for rule, odds in ((old_rule, old[-1]), (new_rule, new))
            )
            shares.append(after.terms)
            made.append((np.array(before.decisions), before.refused, np.array(after.decisions), after.refused))
            logged_as.append(logged[fresh])
            # NaN where no person has decided.
            by_person = [
                np.nan if one not in people else final_share(how, loan, people[one])
                for one, how, loan in zip(ids[fresh].tolist(), logged_as[-1].tolist(), amount[-1].tolist(), strict=True)
            ]
            lent.append(np.array(by_person, dtype=np.float64))
            y.append(np.array([float(outcome.get(one, np.nan)) for one in ids[fresh].tolist()]))
    counted = 0
    if old:
        who, when, p, loan, defaulted, as_logged, share = map(
            np.concatenate, (client, week, old, amount, y, logged_as, lent)
        )
        whole = np.isfinite(loan) & (loan > 0)
        counted = int((~np.isnan(defaulted[whole])).sum())
    lost = len(outcome) - told_left_out - counted
    if not old or not whole.any():
        return Shadow(0, left_out, unsure, lost=lost)
    who, when, p, loan, defaulted, as_logged, share = (
        values[whole] for values in (who, when, p, loan, defaulted, as_logged, share)
    )
    was_lent = np.where(np.isnan(share), as_logged == ACCEPT, share > 0)
    unripe = ~np.isnan(defaulted) & ~mature(when, was_lent, ~np.isnan(defaulted))
    defaulted = np.where(unripe, np.nan, defaulted)
    was, was_refused, becomes, becomes_refused = (np.concatenate(parts)[whole] for parts in zip(*made, strict=True))
    # The bank's segments are those of the client, whichever model decides.
    terms = ClientTerms.joined(shares)[whole]
    by_people = People(as_logged, share)
    told = ~np.isnan(defaulted)
    q = np.where(told, defaulted, p)
    changed = was != becomes
    newly = (becomes == ACCEPT) & (was != ACCEPT) & ~(by_people.of(was) & (share > 0))
    old_cost = _cost(old_rule, terms, was, was_refused, loan, q, by_people)
    new_cost = _cost(new_rule, terms, becomes, becomes_refused, loan, q, by_people)
    everybody = terms.loss_given_default * q * loan
    total, defaults = everybody.sum(), int((defaulted[told] == 1).sum())

    def gain(rows: Flags) -> Interval | None:
        _, person = np.unique(who[rows], return_inverse=True)
        mine, other, all_in = (np.bincount(person, values[rows]) for values in (new_cost, old_cost, everybody))
        return saving(mine, other, all_in)

    unknown = newly & ~told
    worst = np.where(unknown, 1.0, q)
    more = _cost(new_rule, terms, becomes, becomes_refused, loan, worst, by_people)
    more -= _cost(old_rule, terms, was, was_refused, loan, worst, by_people)
    return Shadow(
        applications=len(p),
        learnt=left_out,
        unsure=unsure,
        changed=int(changed.sum()),
        newly=int(newly.sum()),
        told=int(told.sum()),
        defaults=defaults,
        changed_told=int((changed & told).sum()),
        newly_told=int((newly & told).sum()),
        lost=lost,
        unripe=int(unripe.sum()),
        gain=gain(told) if defaults >= ENOUGH_DEFAULTS else None,
        # An expected cost is no default: nothing is said before some are known.
        expected=gain(np.ones(len(p), dtype=bool)) if defaults >= FEWEST_DEFAULTS else None,
        unknown_cost=float((new_cost - old_cost)[unknown].sum() / total) if total else 0.0,
        unknown_worst=float(more[unknown].sum() / total) if total else 0.0,
    )


def check_columns(champion: Scorer, columns: Collection[str]) -> None:
    """Raise ValueError where a challenger of these columns reads what the champion's inputs in the log lack."""
    unknown = [name for name in columns if name not in champion.index]
    if unknown:
        data = champion.manifest["data"]
        tables, without = _said(data.get("tables", [])), _said(data.get("without", []))
        raise ValueError(
            f"the challenger reads {len(unknown)} columns that the log does not hold, such as {unknown[0]!r}: it "
            f"cannot be held against the champion there. Train it on the tables of the champion (--tables{tables}) "
            f"and without the columns that the champion was trained without (--without{without}), or use "
            f"{PROGRAM} train, which holds no model against the log"
        )


def _said(names: Collection[str]) -> str:
    return f" {','.join(names)}" if names else ""


def never_logged(champion: Scorer) -> frozenset[str]:
    """The features that the champion's log lacks because the bank had no values of them, or a champion before it."""
    data = champion.manifest["data"]
    return frozenset((*data.get("no_values", ()), *data.get("not_in_log", ())))


@dataclass(frozen=True)
class People:
    """What people decided of n applications. ``made``: (n,) what the machine decided in the log. ``lent``: (n,) the
    share of the amount that is lent in the end, NaN where no person has decided.
    """

    made: NDArray[np.object_]
    lent: Floats

    def of(self, decided: NDArray[np.str_]) -> Flags:
        """Where a person's verdict goes with what a rule has ``decided`` (n,): it is the decision of the log."""
        return np.asarray(~np.isnan(self.lent) & (decided == self.made), dtype=bool)


def _cost(
    rule: Rule,
    terms: ClientTerms,
    decisions: NDArray[np.str_],
    refused: Flags,
    loan: Floats,
    q: Floats,
    by_people: People,
) -> Floats:
    """(n,) what the rule's ``decisions`` cost, with chance ``q`` of default; see the head of this module.

    ``terms``: the costs of each client. ``refused``: what is done with a referred client without a review.
    """
    margin, loss = terms.margin, terms.loss_given_default
    alone = loan * np.where(refused, margin * (1 - q), loss * q)
    referred, known = decisions == REFER, by_people.of(decisions)
    expected = costs_with_reviews(alone, referred, rule.review)
    price = 0.0 if rule.review is None else rule.review.cost
    lent = np.where(known, by_people.lent, 0.0)
    done = loan * (loss * q * lent + margin * (1 - q) * (1 - lent))  # `credit.decision.cost.lending_costs`
    return np.where(known, done + np.where(referred, price, 0.0), expected)
