"""A model as one SQL query: from a table of features to log odds, probability, points and decision, a row a client.

The query needs no function of this project: CASE, sums, EXP. It reads the columns that the model reads, under the
names of GET /features, and gives what ``python -m credit score`` gives of the same features: columns of the same names,
nothing for a loan that lacks an amount, and LOG_ODDS beside them. Sums have a fixed order, groups of `GROUP` terms
that are added in their order, since a parser's depth is bounded.
"""

import math
from collections.abc import Sequence

from credit.decision.policy import Policy
from credit.explain.feature_texts import about
from credit.features.loan_amounts import CASH_FEATURE, GOODS, REVOLVING_FEATURE, Amounts
from credit.model import Scorer
from credit.scorecard.column_bins import Bins, Scorecard
from credit.scorecard.decision_sql import columns_of
from credit.scorecard.dialects import Dialect
from credit.scorecard.tree_nodes import BoostedTrees, Leaf, Node

KEY = "SK_ID_CURR"
#: So many terms are added before their sum is added to that of the others.
GROUP = 50


def needed_columns(model: Scorer, form: BoostedTrees | Scorecard) -> tuple[str, ...]:
    """The columns that the query reads beside SK_ID_CURR, in the model's order."""
    read = {bins.column for bins in form.columns} if isinstance(form, Scorecard) else {*form.columns}
    wanted = {*Amounts(model.columns).names}
    if GOODS in wanted:
        wanted.add(REVOLVING_FEATURE if REVOLVING_FEATURE in model.index else CASH_FEATURE)
    own = [name for name in model.columns if name in read | wanted]
    return (*own, *sorted(wanted - {*own}))


def query(model: Scorer, form: BoostedTrees | Scorecard, dialect: Dialect, table: str = "features") -> str:
    """The query as a text that ends in a line break, without a semicolon: it may become a view.

    ``form``: of the ``model``. ``dialect``: of the database. ``table``: that holds the features; a dot parts it from
    its schema.
    """
    policy = Policy(model)
    name = dialect.identifier
    columns = needed_columns(model, form)
    clients = ",\n        ".join([name(KEY), *(f"{dialect.column(one)} AS {name(one)}" for one in columns)])
    source = ".".join(name(part) for part in table.split("."))
    fence = f"\n    {dialect.fence}" if dialect.fence else ""
    loan = name("AMT_CREDIT") if "AMT_CREDIT" in model.index else f"CAST(NULL AS {dialect.double})"
    head = "\n".join(f"-- {line}" for line in _head(model, form, policy, dialect))
    # What the model's own manifest and file say is all that is written here; a name is quoted.
    return f"""{head}
WITH clients AS (
    SELECT
        {clients}
    FROM {source}{fence}
),
sums AS (
    SELECT
        {name(KEY)},
        {loan} AS loan,
        {_decidable(model, dialect)} AS decidable,
        {_log_odds(form, dialect)} AS log_odds
    FROM clients{fence}
),
probabilities AS (
    SELECT
        {name(KEY)}, loan, log_odds,
        decidable,
        {dialect.number(1)} / ({dialect.number(1)} + EXP(-log_odds)) AS probability
    FROM sums{fence}
)
SELECT
    {name(KEY)},
    log_odds AS {name("LOG_ODDS")},
    {columns_of(policy, dialect)}
FROM probabilities
"""  # noqa: S608


def _head(model: Scorer, form: BoostedTrees | Scorecard, policy: Policy, dialect: Dialect) -> list[str]:
    kind = "a scorecard" if isinstance(form, Scorecard) else f"{len(form.trees):,} trees"
    referred = (
        "A client is referred where a review saves more than it costs."
        if policy.review_cost is not None and "AMT_CREDIT" in model.index
        else "No client is referred."
    )
    return [
        f"{model.manifest['model']['name']}, {kind}, for {dialect.name}; model.pkl {model.model_hash}",
        f"Refused from a probability of {model.threshold!r} on. {referred} Rules of the bank are not in it.",
        "NULL and NaN are gaps. A loan that lacks an amount has log odds and no decision.",
    ]


def _decidable(model: Scorer, dialect: Dialect) -> str:
    """Whether a loan has the amounts that it needs, as `credit.features.loan_amounts` wants them."""
    name, zero, one = dialect.identifier, dialect.number(0), dialect.number(1)
    tests = [f"{name(amount)} > {zero}" for amount in Amounts(model.columns).names if amount != GOODS]
    if GOODS in model.index:
        if REVOLVING_FEATURE in model.index:
            unless = f"{name(REVOLVING_FEATURE)} = {one}"
        else:
            unless = f"COALESCE({name(CASH_FEATURE)}, {zero}) <> {one}"
        tests.append(f"({name(GOODS)} > {zero} OR {unless})")
    return f"CASE WHEN {' AND '.join(tests)} THEN 1 ELSE 0 END" if tests else "1"


def _log_odds(form: BoostedTrees | Scorecard, dialect: Dialect) -> str:
    number = dialect.number
    if isinstance(form, Scorecard):
        terms = [number(form.base), *(_column(bins, dialect) for bins in form.columns)]
        return _held(_sum(terms), form.low, form.high, dialect)
    total = _sum([_tree(tree, dialect) for tree in form.trees] or [number(0)])
    held = _held(total, -form.limit, form.limit, dialect)
    return f"{number(form.intercept)} + {number(form.slope)} * {held}"


def _held(value: str, low: float, high: float, dialect: Dialect) -> str:
    return f"LEAST(GREATEST({value}, {dialect.number(low)}), {dialect.number(high)})"


def _sum(terms: Sequence[str]) -> str:
    """The terms added in their order, group by group, and again until one group is left."""
    while len(terms) > GROUP:
        groups = [terms[first : first + GROUP] for first in range(0, len(terms), GROUP)]
        terms = [f"({_added(group)})" for group in groups]
    return _added(terms)


def _added(terms: Sequence[str]) -> str:
    return "\n        + ".join(terms)


def _column(bins: Bins, dialect: Dialect) -> str:
    """One CASE: the gap, then the bins from the lowest to the highest."""
    name, number = dialect.identifier(bins.column), dialect.number
    cases = [f"WHEN {name} IS NULL THEN {number(bins.gap)}"]
    cases += [
        f"WHEN {name} <= {number(end)} THEN {number(adds)}"
        for end, adds in zip(bins.upper, bins.adds[:-1], strict=True)
    ]
    meaning = " ".join(about(bins.column).en.split())
    # In a comment of its own line: the meaning is a text of ours, and has no line break any more.
    return "\n            ".join([f"CASE -- {meaning}", *cases, f"ELSE {number(bins.adds[-1])}"]) + " END"


def _tree(node: Node, dialect: Dialect) -> str:
    """A CASE within a CASE for each split. A comparison with NULL is not true, so a gap goes right by itself."""
    if isinstance(node, Leaf):
        return dialect.number(node.value)
    name = dialect.identifier(node.column)
    if math.isinf(node.threshold):
        gap = node.left if node.gap_left else node.right
        return f"CASE WHEN {name} IS NULL THEN {_tree(gap, dialect)} ELSE {_tree(node.left, dialect)} END"
    left = f"{name} <= {dialect.number(node.threshold)}"
    if node.gap_left:
        left += f" OR {name} IS NULL"
    return f"CASE WHEN {left} THEN {_tree(node.left, dialect)} ELSE {_tree(node.right, dialect)} END"
