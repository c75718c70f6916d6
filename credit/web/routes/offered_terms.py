"""What the bank's own rules say of the terms of a counteroffer: a rule that refuses these, too, is no reason to offer
them.
"""

import numpy as np

from credit.decision.policy import REFUSE, today
from credit.decision_log import Log
from credit.decision_log.encoding import read
from credit.decision_log.review_rulings import Terms
from credit.web.service import Service
from credit.whatif import changed, levers
from credit.whatif.loan_terms import ANNUITY, LOAN


def refusing_rule(service: Service, log: Log, decision: int, terms: Terms) -> str | None:
    """The rule of the bank that refuses the loan of a ``decision`` in ``log`` on the offered ``terms`` today, by name;
    what the terms do not name stays as applied for. ``service``: with the rules and the model.

    None where no rule does, or it cannot be told: there is no such decision, its inputs are erased, another model than
    the one that is served made it, or that model does not read what is changed.
    """
    raw = log.raw(decision)
    if raw is None or raw.inputs is None or raw.model_hash != service.scorer.model_hash:
        return None
    scorer, policy = service.scorer, service.policy
    known = levers(scorer.columns, scorer.amount_ranges)
    offered = {name: value for name, value in ((LOAN, terms.amount), (ANNUITY, terms.annuity)) if value is not None}
    if not offered.keys() <= known.by_name.keys():
        return None
    X = np.ascontiguousarray(changed(scorer, known, read(raw.inputs), [offered]))
    (found,) = policy.decide(X, scorer.probability(X), policy.amounts(X), today()).rule_decisions
    return None if found is None or found.outcome != REFUSE else found.rule
