"""What a sign for the loan and its annuity costs: the part "loan-signs" of decisions.py.

A bank is simulated, and LightGBM learns on it in five folds by `credit.training.folds`, as the champion does, with
fixed settings: once held to the signs of `credit.features.monotone_directions`, and once also to +1 for AMT_CREDIT, for
AMT_ANNUITY, and for both. The champion's own signs bind neither. Every model answers out of fold, calibrated across
folds; AUC, and the share saved of what accepting everybody costs, at break-even.

It also counts the clients whose probability falls where the loan alone, or its annuity alone, grows by half. For a
column with a sign that grows by itself nobody's may: that right value stands beside the code. With the ratios that are
made from it, of which many have no sign, a probability may fall all the same.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from credit.decision.cost import Costs
from credit.features.derived import Derived
from credit.model.calibration import cross_fitted
from credit.simulate import simulate
from credit.training.dataset import dataset, prepare
from credit.training.folds import FIXED, Folds
from credit.training.review_savings import threshold_costs

Floats = NDArray[np.float64]

LOAN, ANNUITY = "AMT_CREDIT", "AMT_ANNUITY"
#: What gets a sign beside those of the champion.
SIGNED: dict[str, tuple[str, ...]] = {
    "as the champion": (),
    f"+1 {LOAN}": (LOAN,),
    f"+1 {ANNUITY}": (ANNUITY,),
    "+1 both": (LOAN, ANNUITY),
}
#: Near what a search finds for some thousand clients; fixed, so that only the signs differ.
SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 50,
    "colsample_bytree": 0.2,
    "subsample": 0.7,
    "lambda_l2": 20.0,
}
FOLDS = 5
#: By how much the loan, or the annuity, grows alone.
GROWTH = 1.5
#: Below this a fall is one of the last digits.
NOTHING = 1e-12


def with_signs(folds: Folds, signed: Sequence[str]) -> dict[str, object]:
    """LightGBM's parameters for the signs of the champion, and +1 for these columns."""
    ways = list(folds.signs["monotone_constraints"])
    for name in signed:
        ways[folds.columns.index(name)] = 1
    return {**folds.signs, "monotone_constraints": ways}


def grown(x: Floats, columns: Sequence[str], name: str, follows: bool) -> Floats:
    """Clients (n, k) of whom one amount has grown; with ``follows`` also what is made from it."""
    more = x.copy()
    place = {column: number for number, column in enumerate(columns)}
    more[:, place[name]] *= GROWTH
    if follows:
        derived = Derived(columns)
        made = [one for one in derived.made_from(name) if one not in derived.lost(name)]
        more[:, [place[one] for one in made]] = derived.values(more, made)
    return more


def out_of_fold(
    folds: Folds, x: Floats, more: Sequence[Floats], signed: Sequence[str], trees: int, seed: int
) -> tuple[Floats, list[Floats]]:
    """Of each client the raw probability by the model that has not seen it, and how far it moves where the client is
    as in each of ``more``; arrays (n,).
    """
    settings = {**FIXED, **SETTINGS, "seed": seed, **with_signs(folds, signed)}
    own, steps = np.empty(folds.clients), [np.empty(folds.clients) for _ in more]
    for fold in range(len(folds.folds)):
        model = lgb.train(settings, folds.part(folds.without(fold), folds.copies), trees)
        judged = folds.inside(fold)
        own[judged] = model.predict(x[judged][:, folds.positions])
        for step, changed in zip(steps, more, strict=True):
            step[judged] = model.predict(changed[judged][:, folds.positions]) - own[judged]
    return own, steps


def loan_signs(clients: int, trees: int, seed: int) -> bool:
    """Print the table for a bank of so many ``clients``. Returns whether nobody's probability falls where a column with
    a sign grows by itself.
    """
    with tempfile.TemporaryDirectory() as place:
        data = dataset(prepare(simulate(Path(place) / "bank", clients, seed=seed), seed=seed))
    x, y, costs = data.x.astype(np.float64), data.defaulted, Costs()
    truth = data.true_probability
    assert truth is not None  # of a simulated bank
    split = list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(x, y))
    folds = Folds(data.x, y, split, seed, data.columns)
    fold = np.empty(len(y), dtype=np.int64)
    for number, (_, judged) in enumerate(split):
        fold[judged] = number
    changes = [(name, follows) for name in (LOAN, ANNUITY) for follows in (False, True)]
    more = [grown(x, data.columns, *change) for change in changes]
    everybody = threshold_costs(truth, np.zeros(len(y)), data.amount, costs).sum()
    print(
        f"{len(y):,} simulated clients, {FOLDS} folds, {folds.copies} copies of each client, {trees} trees. Saving: by "
        f"the true\nprobabilities, in points of what accepting everybody costs. Falls: clients whose probability falls "
        f"where an amount\ngrows by half, the column alone and with the ratios made from it, and the largest fall in "
        f"points.\n"
    )
    heads = (f"{name} {'and ratios' if follows else 'alone'}" for name, follows in changes)
    print(
        f"{'signs':16} {'AUC':>7} {'beside':>8} {'saving':>7} {'beside':>7} " + " ".join(f"{one:>22}" for one in heads)
    )
    met, usual = True, (0.0, 0.0)
    for name, signed in SIGNED.items():
        raw, steps = out_of_fold(folds, x, more, signed, trees, seed)
        refused = cross_fitted(y, raw, fold) >= costs.break_even
        found = float(roc_auc_score(y, raw)), saved(truth, refused, data.amount, costs, everybody)
        usual = usual if signed else found
        cells = " ".join(f"{share:13.1%} {fall:8.2f}" for share, fall in map(falls, steps))
        print(
            f"{name:16} {found[0]:7.4f} {found[0] - usual[0]:+8.4f} {found[1]:7.2f} {found[1] - usual[1]:+7.2f} {cells}"
        )
        met &= all(
            falls(step)[0] == 0
            for (one, follows), step in zip(changes, steps, strict=True)
            if one in signed and not follows
        )
    print("\nRight values: nobody's probability falls where a column with a sign grows by itself.")
    return bool(met)


def saved(truth: Floats, refused: NDArray[np.bool_], amount: Floats, costs: Costs, everybody: float) -> float:
    """Points saved in expectation against accepting everybody."""
    return 100 * float(1 - threshold_costs(truth, refused, amount, costs).sum() / everybody)


def falls(step: Floats) -> tuple[float, float]:
    """The share of clients whose probability fell, and the largest fall in points; ``step``: (n,)."""
    return float((step < -NOTHING).mean()), 100 * max(0.0, -float(step.min()))
