"""Explanations of a few simulated clients: the examples of the service's page, never a client of the log."""

from collections.abc import Sequence
from importlib.resources import files

import msgspec
import numpy as np

from credit.decision.policy import Policy
from credit.evidence.contents import Section, Table, plural
from credit.explain import Explainer, NotExplainable
from credit.explain.reasons import MOST
from credit.model import Scorer
from credit.web.example_request import example
from credit.web.payload import Bodies, BodyError, Clients

#: So many contributions of each client are shown.
LARGEST = 8


def can_explain(scorer: Scorer) -> bool:
    """Whether the model's contributions are exact, so that it gives reasons."""
    try:
        Explainer(scorer)
    except NotExplainable:
        return False
    return True


def explanations(scorer: Scorer) -> Section:
    """The section: what the model says of each example, by its own rule without the bank's, and why."""
    try:
        explainer = Explainer(scorer)
    except NotExplainable as error:
        return Section("explanations", missing=(("Explanations of examples", str(error)),))
    policy, tables = Policy(scorer), []
    for name, clients in _examples(scorer):
        X = np.ascontiguousarray(clients.X[:1])
        probability = scorer.probability(X)
        (decided,) = policy.model_decisions(probability, policy.amounts(X))
        found = explainer.explain(X[0]).protected_together()
        shown, _ = found.largest(LARGEST)
        others = [one.contribution for one in found.contributions[len(shown) :] if one.contribution]
        rows = [("start: the mean of the training clients", f"{found.base_value:+.3f}")]
        rows += [(one.en, f"{one.contribution:+.3f}") for one in shown]
        rows += [
            (f"{plural(sum(one > 0 for one in others), 'other line')} towards default, each smaller", _sum(others, 1)),
            (f"{plural(sum(one < 0 for one in others), 'other line')} away from it, each smaller", _sum(others, -1)),
            ("log odds of default", f"{found.log_odds:+.3f}"),
        ]
        rows += [(f"reason {place}: {one.en}", "") for place, one in enumerate(found.reasons, 1)]
        tables.append(
            Table(
                f"Example {name}: probability of default {found.probability:.4f}, decision {decided} at a threshold of "
                f"{scorer.threshold:.4f}",
                ("what", "adds to the log odds"),
                tuple(rows),
                "credit.explain; a made-up or simulated client of the service's page (examples.json)",
                frozenset({1}),
            )
        )
    notes = (
        "The clients are simulated or made up; no client of the log is shown. Contributions are exact and add up to "
        "the "
        "log odds of the calibrated probability (Lundberg and Lee's values, as LightGBM works them out).",
        f"The {LARGEST} largest contributions have a line each; the many small ones of all other columns are summed by "
        "their sign, and such a sum may exceed any line.",
        "Reasons are selected from the contributions by a fixed rule. Columns on one matter are a group, of which the "
        "contributions are summed (reasons.json); groups with a sum above 0, which push towards default, are taken "
        "from the largest on; a group is given as a reason only where a sentence of it is true of the client's values; "
        f"the first {MOST} are given. So a reason may name a matter whose single columns stand low in the table, and a "
        "large contribution of a group whose sum is not above 0 is none.",
        "Protected attributes are one line, and none is a reason. Reasons are what speaks against a client, also of "
        "one "
        "who is accepted.",
        "The rule is the model's, with its reviews, and without rules of the bank.",
    )
    return Section("explanations", notes, tuple(tables))


def _sum(contributions: Sequence[float], sign: int) -> str:
    return f"{sum(one for one in contributions if one * sign > 0):+.3f}"


def _examples(scorer: Scorer) -> list[tuple[str, Clients]]:
    """The examples of the page; for a model of columns that no tables make, the one client of the first request."""
    bodies = Bodies(scorer.columns, own=scorer.amount_ranges)
    content = files("credit.web").joinpath("static/examples.json").read_bytes()
    try:
        written: dict[str, msgspec.Raw] = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        return [(name.replace("_", " "), bodies.read(bytes(body))) for name, body in written.items()]
    except BodyError:
        return [("of a first request", bodies.read(msgspec.json.encode(example(scorer.columns))))]
