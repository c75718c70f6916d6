"""A comparison of two policies as lines of text."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from credit.i18n.plural import things, verb

if TYPE_CHECKING:
    from credit.decision.approval_frontier import Approvals, Frontier
    from credit.monitoring.policy_comparison import PolicyComparison
    from credit.monitoring.policy_effects import Realised, Reviews

#: Every so many points of the frontier are printed.
_EVERY = 10


def lines(found: "PolicyComparison") -> Iterator[str]:
    """The comparison as text."""
    changed = sum(one.clients for one in found.moves)
    yield (
        f"{things(found.clients, 'client')} by the rules in force on {found.on}: {_change_sides(changed)}, "
        f"{changed / found.clients:.2%}"
    )
    if found.without_amount:
        are = verb(found.without_amount, "is", "are")
        yield f"{found.without_amount:,} more {are} left out: their loan has no amount"
    for name, counts in (("old", found.decisions_old), ("new", found.decisions_new)):
        yield f"{name}: " + ", ".join(f"{one} {count:,}" for one, count in counts.items())
    share = f", {found.cost / found.everybody:+.2%} of what accepting everybody costs" if found.everybody else ""
    yield (
        f"expected cost: {found.cost_old:,.0f} old, {found.cost_new:,.0f} new: {_money(found.cost)}{share}, by the "
        f"model's own probabilities and the {found.valued_by} policy's margins and losses"
    )
    yield _realised(found.realised)
    if not found.reviewed:
        yield "the model does not say what a review costs: a referred client counts as the threshold decides"
    yield _reviews(found.reviews)
    for move in found.moves:
        yield (
            f"  {move.old} -> {move.new}: {things(move.clients, 'client')}, {move.amount:,.0f} of loans, "
            f"{_money(move.cost)}"
        )
    for rule in found.rules:
        unknown = f", {rule.unknown:,} of them for a missing value" if rule.unknown else ""
        yield (
            f"  rule {rule.rule} ({rule.policy}): decides on {rule.decided:,}{unknown}; the model alone would decide "
            f"{rule.changed:,} otherwise, {_money(rule.cost)}"
        )
    for group in found.groups:
        difference = group.difference
        yield (
            f"  {group.attribute} {group.group}: {things(group.clients, 'client')}, accepted {group.accepted_old:.1%} "
            f"old ({group.low_old:.1%} to {group.high_old:.1%}), {group.accepted_new:.1%} new ({group.low:.1%} to "
            f"{group.high:.1%}), {100 * difference.estimate:+.1f} points ({100 * difference.low:+.1f} to "
            f"{100 * difference.high:+.1f}), {_change_sides(group.changed)}, {_money(group.cost)}"
        )
    if found.largest:
        yield "the largest loans that change sides:"
    for one in found.largest:
        yield (
            f"  client {one.client}: {one.amount:,.0f}, probability of default {one.probability:.2%}, "
            f"{one.old} -> {one.new}, {_money(one.cost)}"
        )
    yield from _frontier(found.frontier)


def _realised(found: "Realised | None") -> str:
    if found is None:
        return "realised cost: not known, for no outcome of these clients is"
    left = f"; {found.unripe:,} more known outcomes do not count yet, for their weeks' are incomplete"
    if not found.clients:
        return f"realised cost: not known{left if found.unripe else ''}"
    gain = found.saving
    sure = (
        "too few of them defaulted to say more"
        if gain is None
        else f"{100 * gain.estimate:+.1f} points of what accepting them all costs (95 % interval "
        f"{100 * gain.low:+.1f} to {100 * gain.high:+.1f})"
    )
    return (
        f"realised cost, of the {found.clients:,} whose outcome is known ({found.defaults:,} defaulted, "
        f"{found.changed:,} of them change sides): {found.cost_old:,.0f} old, {found.cost_new:,.0f} new, where "
        f"{found.expected_cost_old:,.0f} and {found.expected_cost_new:,.0f} were expected; saved: {sure}"
        f"{left if found.unripe else ''}"
    )


def _reviews(found: "Reviews") -> str:
    said = f"reviews: {found.old:,} old, {found.new:,} new"
    if found.by_rule_old or found.by_rule_new:
        said += f", {found.by_rule_old:,} and {found.by_rule_new:,} of them for a rule"
    if found.most is None or found.capacity is None:
        return f"{said}; for how many there is time is not known: give --review-capacity"
    fits = "as many as there is time for" if found.new <= found.most else f"{found.new - found.most:,} too many"
    return f"{said}; there is time for {found.most:,} ({found.capacity:.4g} of the clients): {fits}"


def _frontier(found: "Frontier") -> Iterator[str]:
    yield "approvals against expected loss, a referred client as the threshold decides:"
    marked = [("old policy", found.old), ("new policy", found.new), ("least cost", found.best)]
    listed = [("", one) for one in found.points[::_EVERY]]
    for name, one in sorted([*marked, *listed], key=lambda pair: pair[1].clients):
        yield _point(name, one)


def _point(name: str, one: "Approvals") -> str:
    said = f"  {one.share:7.2%} accepted, {one.clients:,}: loses {one.loss:,.0f}, costs {one.cost:,.0f} with the margin"
    return f"{said} forgone{f', {name}' if name else ''}"


def _change_sides(count: int) -> str:
    return f"{count:,} {verb(count, 'changes', 'change')} sides"


def _money(cost: float) -> str:
    if round(cost) == 0:
        return "costs nothing"
    return f"{'costs' if cost > 0 else 'saves'} {abs(cost):,.0f}"
