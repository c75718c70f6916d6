"""What the bank's own rules say of the terms of a counteroffer: a rule that refuses these, too, is no reason to offer
them.
"""

import numpy as np

from credit.decision.bank_rules import BEFORE
from credit.decision.policy import ANNUITY, LOAN, REFUSE
from credit.decision.rule_columns import RuleValues
from credit.decision.rule_decisions import rule_decisions
from credit.decision_log.audit import rule_of
from credit.decision_log.encoding import read
from credit.decision_log.log import Log
from credit.decision_log.review_rulings import Terms


def refusing_rule(log: Log, decision: int, terms: Terms) -> str | None:
    """The rule of the bank that would refuse a logged decision's loan on the offered ``terms``, too, by name.

    The rules are those by which it was decided, the ones before the model alone: what the model says of the offer is
    not in the log. What ``terms`` do not name stays as applied for, and what is made from amount and annuity moves
    along. None where no rule refuses, or it cannot be told: no such decision, its inputs are erased, or the model did
    not read what is changed. Raises `LogError`, and ValueError for a rule that cannot be read.
    """
    # Here and not above: the recipe of all features is not waited for by who only lists cases or verifies a log.
    from credit.features.derived import Derived

    raw = log.raw(decision)
    if raw is None or raw.inputs is None:
        return None
    rule, on = rule_of(log, raw)
    places = {name: place for place, name in enumerate(raw.columns)}
    offered = {name: value for name, value in ((LOAN, terms.amount), (ANNUITY, terms.annuity)) if value is not None}
    if rule is None or rule.bank_rules is None or not offered.keys() <= places.keys():
        return None
    before = read(raw.inputs)
    X = np.array(before[None, :])
    for name, value in offered.items():
        X[0, places[name]] = value
    Derived(raw.columns).follow(X, list(offered), before)
    (found,) = rule_decisions(rule.bank_rules, BEFORE, on, RuleValues(X, {}))
    return None if found is None or found.outcome != REFUSE else found.rule
