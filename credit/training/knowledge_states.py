"""What the model is worth for what is known: whole clients, and the same clients with tables and columns hidden.

Each case of less knowledge is judged on the same clients, and beside a model that was trained for just that case: on
clients of whom as little is known, with no other in mind, and held to the same signs. Where the one model is as good as
these, nobody needs to ask what was sent before the model is asked. Beside both stands such a model that is held to no
signs (`credit.features.monotone_directions`): what it is better by is the price of sense.

On a simulated bank the clients are fresh ones, of whom the training knew nothing, and rates and savings are those of
the true probabilities, without the luck of the drawn outcomes.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.features.information_sources import SCORES
from credit.simulate import simulate
from credit.training import monotone_check
from credit.training.dataset import Dataset, Split, dataset, prepare
from credit.training.folds import FIXED
from credit.training.hiding import STATES, Hiding
from credit.training.metrics import calibration_line
from credit.training.model_comparison import Contender

Floats = NDArray[np.float64]

#: The columns of the client in README's first example.
EXAMPLE = (
    "NAME_CONTRACT_TYPE",
    "CODE_GENDER",
    "FLAG_OWN_CAR",
    "AMT_INCOME_TOTAL",
    "NAME_INCOME_TYPE",
    "NAME_EDUCATION_TYPE",
    "DAYS_BIRTH",
    "DAYS_EMPLOYED",
    "EXT_SOURCE_2",
    "EXT_SOURCE_3",
)

#: So many fresh clients of a simulated bank judge a model; fewer where it has learnt from fewer.
FRESH = 20_000
#: They are simulated with the training's seed and this.
_ANOTHER_SEED = 1_000_003

#: The column that is missed most is looked for on so many clients.
_LOOKED_AT = 5_000

#: A model for one case alone: the usual settings, its trees counted on a fifth of the clients.
_ALONE: dict[str, Any] = {
    **FIXED,
    "learning_rate": 0.06,
    "num_leaves": 4,
    "colsample_bytree": 0.1,
    "subsample": 0.8,
    "reg_lambda": 50.0,
    "min_child_samples": 40,
    "objective": "binary",
    "metric": "binary_logloss",
    "num_threads": 0,
}
_MOST_TREES, _PATIENCE = 2000, 60

#: Told which case is at work, its number and how many there are.
Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Case:
    """What is not known of the clients: ``tables``, and ``columns`` of the application; ``half``: a draw of these."""

    name: str
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    half: bool = False

    def of(self, hiding: Hiding, x: Floats, seed: int) -> Floats:
        """``x`` (n, k) with that hidden; ``seed``: of the draw."""
        n, names = len(x), list(hiding.of_column)
        away = np.tile([name in self.columns for name in names], (n, 1))
        if self.half:
            away |= np.random.default_rng(seed).random(away.shape) < 0.5
        return hiding.hidden(x, [np.full(n, table in self.tables) for table in hiding.of_table], away)


def cases(hiding: Hiding) -> list[Case]:
    """The states of ``credit.training.hiding``, and an application with some of its columns."""
    nothing_else = STATES["application"]
    unnamed = tuple(name for name in hiding.of_column if name not in EXAMPLE)
    return [
        *(Case(name, tables) for name, tables in reversed(STATES.items())),
        Case("everything but the external scores", columns=SCORES.columns),
        Case("application without the external scores", nothing_else, SCORES.columns),
        Case("half of the application's columns", nothing_else, half=True),
        Case("the columns of README's example", nothing_else, unnamed),
    ]


def fresh(source: dict[str, object], clients: int, seed: int, columns: Sequence[str]) -> Dataset | None:
    """So many clients of the same simulated bank whom nobody has seen; None where the bank is a real one.

    ``columns``: their features, among them those that tell persons apart.
    """
    if not source.get("simulated"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        bank = simulate(Path(folder) / "bank", clients, seed=seed + _ANOTHER_SEED)
        made = prepare(bank, seed=seed)
    return dataset(made.select("SK_ID_CURR", "TARGET", "PROBABILITY_OF_DEFAULT", *columns))


def table(
    data: Dataset, parts: Split, contender: Contender, seed: int = 7, told: Told | None = None, *, costs: Costs
) -> pl.DataFrame:
    """One row for each of `cases`, and one for an application that lacks the column that the model misses most.

    Columns: known; clients; default_rate, mean_probability; slope, of the calibration; roc_auc and saving, a share of
    what accepting everybody costs at the break-even probability; roc_auc_alone and saving_alone, of a model trained for
    just that case under the same signs; roc_auc_free and saving_free, of one under none; refused. Rates and savings by
    the true probabilities where the bank is simulated, else by the outcomes of the test clients.
    """
    seen = fresh(data.source, min(FRESH, max(len(data), 200)), seed, data.columns)
    if seen is None:
        rows = parts.test
        x, y, amount, truth = data.x[rows], data.defaulted[rows], data.amount[rows], None
    else:
        x, y, amount, truth = seen.x, seen.defaulted, seen.amount, seen.true_probability
    hiding = Hiding(data.columns)
    judged = _Judged(contender, y, amount, y.astype(np.float64) if truth is None else truth, costs)
    wanted = [*cases(hiding), Case("", columns=(_most_missed(contender, hiding, x, y),))]
    found = []
    for number, case in enumerate(wanted, 1):
        name = case.name or f"everything but {case.columns[0]}"
        if told:
            told(name, number, len(wanted))
        learnt = case.of(hiding, data.x[parts.train], seed + 1).astype(np.float32)
        hidden = case.of(hiding, x, seed + 2)
        alone, free = (
            _alone(learnt, data.defaulted[parts.train], parts, seed, signed)(hidden) for signed in (data.columns, None)
        )
        found.append({"known": name, **judged.row(hidden, alone, free)})
    return pl.DataFrame(found)


@dataclass(frozen=True)
class _Judged:
    """Clients who judge: arrays (n,); ``chance``: of default, true or else the outcome itself."""

    contender: Contender
    defaulted: NDArray[np.int64]
    amount: Floats
    chance: Floats
    costs: Costs

    def row(self, x: Floats, alone: Floats, free: Floats) -> dict[str, float | int]:
        p = self.contender.probability(x)
        return {
            "clients": len(x),
            "default_rate": float(self.chance.mean()),
            "mean_probability": float(p.mean()),
            "slope": calibration_line(self.defaulted, p)[0],
            "roc_auc": _area(self.defaulted, p),
            "roc_auc_alone": _area(self.defaulted, alone),
            "roc_auc_free": _area(self.defaulted, free),
            "saving": self.saving(p),
            "saving_alone": self.saving(alone),
            "saving_free": self.saving(free),
            "refused": float((p >= self.costs.break_even).mean()),
        }

    def saving(self, p: Floats) -> float:
        costs = self.costs.to_dict()
        everybody = money.expected_cost(self.chance, np.zeros(len(p)), self.amount, **costs)
        refused = p >= self.costs.break_even
        return money.saving(money.expected_cost(self.chance, refused, self.amount, **costs), everybody)


def _area(defaulted: NDArray[np.int64], p: Floats) -> float:
    return float(roc_auc_score(defaulted, p)) if np.ptp(defaulted) else float("nan")


def _most_missed(contender: Contender, hiding: Hiding, x: Floats, y: NDArray[np.int64]) -> str:
    """The column of the application without which, all else being known, the model ranks worst."""
    x, y = x[:_LOOKED_AT], y[:_LOOKED_AT]
    areas = {
        name: _area(y, contender.probability(Case("", columns=(name,)).of(hiding, x, 0))) for name in hiding.of_column
    }
    return min(areas, key=lambda name: (areas[name], name))


def _alone(
    x: NDArray[np.float32], y: NDArray[np.int64], parts: Split, seed: int, signed: Sequence[str] | None
) -> Callable[[Floats], Floats]:
    """Probabilities by a model that learns from ``x`` (n_train, k) alone; ``signed``: its columns, held to their signs;
    None: held to none.
    """
    known = np.flatnonzero(~np.isnan(x).all(axis=0))
    learn, judge = parts.folds[0]
    sense = monotone_check.constraints([signed[place] for place in known.tolist()]) if signed else {}
    settings = {**_ALONE, **sense, "random_state": seed}
    first = lgb.Dataset(x[np.ix_(learn, known)], y[learn], params={"max_bin": FIXED["max_bin"], "verbose": -1})
    stopped = lgb.train(
        settings,
        first,
        num_boost_round=_MOST_TREES,
        valid_sets=[first.create_valid(x[np.ix_(judge, known)], y[judge])],
        callbacks=[lgb.early_stopping(_PATIENCE, verbose=False)],
    )
    whole = lgb.Dataset(x[:, known], y, params={"max_bin": FIXED["max_bin"], "verbose": -1})
    booster = lgb.train(settings, whole, num_boost_round=stopped.best_iteration)
    return lambda asked: np.asarray(booster.predict(asked[:, known]))
