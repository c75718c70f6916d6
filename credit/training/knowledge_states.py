"""What the model is worth for what is known: whole clients, and the same clients with tables and columns hidden.

Each case of less knowledge is judged on the same clients, and beside a model that was trained for just that case: on
clients of whom as little is known, with no other in mind, and held to the same signs. Where the one model is as good as
these, nobody needs to ask what was sent before the model is asked. Beside both stands such a model that is held to no
signs (`credit.features.monotone_directions`): what it is better by is the price of sense.

On a simulated bank the clients are fresh ones, of whom the training knew nothing, and rates and savings are those of
the true probabilities, without the luck of the drawn outcomes.

Both models of a case learn from the same bins, which are made once of all training clients in that state. Two cases are
at work side by side.
"""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from credit.tables import HISTORIES
from credit.training import checkpoints, monotone_check
from credit.training.candidates import BIN_CLIENTS
from credit.training.checkpoints import Checkpoints
from credit.training.dataset import Dataset, Split, dataset, labelled_tables, with_features
from credit.training.first_example import EXAMPLE, OF_EXAMPLE
from credit.training.folds import BINS, FIXED
from credit.training.freed_memory import give_back
from credit.training.hiding import STATES, Hiding
from credit.training.metrics import calibration_line
from credit.training.model_comparison import Contender

Floats = NDArray[np.float64]

#: So many fresh clients of a simulated bank judge a model; fewer where it has learnt from fewer.
FRESH = 20_000
#: They are simulated with the training's seed and this.
_ANOTHER_SEED = 1_000_003

#: So many test clients say at most when a rival has enough trees: it may learn from everybody then. Where the bank is a
#: real one they also judge, which favours the rivals.
_STOPS = 30_000

#: The column that is missed most is looked for on so many clients.
_LOOKED_AT = 5_000

#: So many cases are at work at a time: each holds all training clients once more. One where these are more than so many
#: bytes: its models then learn on so many threads, which gives the same models.
_AT_ONCE, _LARGE = 2, 2**29

#: LightGBM copies the clients by which it sets the bounds of bins, in double precision: fewer for two cases at a time.
_BINS = {**BINS, "bin_construct_sample_cnt": BIN_CLIENTS}
#: A model for one case alone: usual settings, larger steps than the champion's teachers take.
_ALONE: dict[str, Any] = {
    **FIXED,
    **_BINS,
    "learning_rate": 0.1,
    "num_leaves": 4,
    "colsample_bytree": 0.1,
    "subsample": 0.8,
    "reg_lambda": 50.0,
    "min_child_samples": 40,
    "objective": "binary",
    "metric": "binary_logloss",
}
_MOST_TREES, _PATIENCE = 2000, 40

#: Formulas need several times the memory of the clients that they are worked out for: so many at a time.
_AT_A_TIME = 10_000

#: Told which case is at work, its number and how many there are.
Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Case:
    """What is not known of the clients: ``tables``, and ``columns`` of the application; ``half``: a draw of these."""

    name: str
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    half: bool = False

    def of(
        self, hiding: Hiding, x: NDArray[np.floating], seed: int, rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """The clients ``x`` (n, k), or those at ``rows``, with that hidden by ``hiding``; ``seed``: of the draw."""
        names = list(hiding.of_column)
        places = np.arange(len(x)) if rows is None else rows
        generator = np.random.default_rng(seed)
        found = np.empty((len(places), x.shape[1]), dtype=np.float32)
        for first in range(0, len(places), _AT_A_TIME):
            some = x[places[first : first + _AT_A_TIME]].astype(np.float64)
            away = np.tile([name in self.columns for name in names], (len(some), 1))
            if self.half:
                away |= generator.random(away.shape) < 0.5
            tables = [np.full(len(some), table in self.tables) for table in hiding.of_table]
            found[first : first + len(some)] = hiding.hidden(some, tables, away)
        return found


def cases(hiding: Hiding) -> list[Case]:
    """The states of ``credit.training.hiding``, and an application with some of its columns."""
    nothing_else = STATES["application"]
    unnamed = tuple(name for name in hiding.of_column if name not in EXAMPLE)
    return [
        *(Case(name, tables) for name, tables in reversed(STATES.items())),
        Case("everything but the external scores", columns=SCORES.columns),
        Case("application without the external scores", nothing_else, SCORES.columns),
        Case("half of the application's columns", nothing_else, half=True),
        Case(OF_EXAMPLE, nothing_else, unnamed),
    ]


def fresh(source: dict[str, object], clients: int, seed: int, columns: Sequence[str]) -> Dataset | None:
    """So many ``clients`` of the same simulated bank whom nobody has seen; None where the bank is a real one.

    ``source``: what the dataset of the training says of its data. ``seed``: of the training; the bank is drawn with
    another. ``columns``: their features, those of the training in its order, also where none of these clients has a
    value.
    """
    if not source.get("simulated"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        bank = simulate(Path(folder) / "bank", clients, seed=seed + _ANOTHER_SEED)
        made = with_features(bank, labelled_tables(bank, HISTORIES, None, seed, None), columns)
    return dataset(made.select("SK_ID_CURR", "TARGET", "PROBABILITY_OF_DEFAULT", *columns), wanted=columns)


def table(
    data: Dataset,
    parts: Split,
    contender: Contender,
    seed: int = 7,
    told: Told | None = None,
    *,
    costs: Costs,
    kept: Checkpoints = checkpoints.NONE,
) -> pl.DataFrame:
    """One row for each of `cases`, and one for an application that lacks the column that the model misses most.

    Columns: known; clients; default_rate, mean_probability; slope, of the calibration; roc_auc and saving, a share of
    what accepting everybody costs at the break-even probability; roc_auc_alone and saving_alone, of a model trained for
    just that case under the same signs; roc_auc_free and saving_free, of one under none; refused. Rates and savings by
    the true probabilities where the bank is simulated, else by the outcomes of the test clients. ``data``, ``parts``:
    of the training. ``contender``: the model that is judged. ``seed``: of the draws, and of the models of a case alone.
    ``told``: called with a case, its number and of how many. ``costs``: of errors. ``kept``: where an earlier,
    interrupted training has kept what the models of a case alone say.
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
    names = [case.name or f"everything but {case.columns[0]}" for case in wanted]

    stops = parts.test[:_STOPS]
    at_once = 1 if data.x[:1].nbytes * len(parts.train) > _LARGE else _AT_ONCE

    def alone(case: Case, hidden: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """Probabilities (clients,) of the judges by a model under signs and by one under none, for this case alone."""
        learn = _binned(case.of(hiding, data.x, seed + 1, parts.train), data.defaulted[parts.train])
        stop = _binned(case.of(hiding, data.x, seed + 1, stops), data.defaulted[stops], learn)
        threads = _AT_ONCE // at_once
        held, free = _alone(learn, stop, seed, data.columns, threads)
        del learn, stop
        give_back()
        # The number of threads is LightGBM's for the whole process: another one than that of the models that learn side
        # by side would change it in the middle of their work, and ends the process now and then.
        said = [np.asarray(one.predict(hidden, num_threads=threads)) for one in (held, free)]
        return said[0], said[1]

    def row(case: Case) -> dict[str, float | int]:
        hidden = case.of(hiding, x, seed + 2)
        said = kept.step(f"models for one case: {case.name or case.columns[0]}", lambda: alone(case, hidden), case)
        return judged.row(hidden, *said)

    found = []
    with ThreadPoolExecutor(at_once) as pool:
        made = pool.map(row, wanted)
        for number, name in enumerate(names, 1):
            if told:
                told(name, number, len(wanted))
            found.append({"known": name, **next(made)})
    return pl.DataFrame(found)


@dataclass(frozen=True)
class _Judged:
    """Clients who judge: arrays (n,); ``chance``: of default, true or else the outcome itself."""

    contender: Contender
    defaulted: NDArray[np.int64]
    amount: Floats
    chance: Floats
    costs: Costs

    def row(self, x: NDArray[np.float32], alone: Floats, free: Floats) -> dict[str, float | int]:
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


def _most_missed(contender: Contender, hiding: Hiding, x: NDArray[np.floating], y: NDArray[np.int64]) -> str:
    """The column of the application without which, all else being known, the model ranks worst."""
    x, y = x[:_LOOKED_AT], y[:_LOOKED_AT]
    areas = {
        name: _area(y, contender.probability(Case("", columns=(name,)).of(hiding, x, 0))) for name in hiding.of_column
    }
    return min(areas, key=lambda name: (areas[name], name))


def _binned(x: NDArray[np.float32], y: NDArray[np.int64], reference: lgb.Dataset | None = None) -> lgb.Dataset:
    """Clients ``x`` (n, k) as bins alone, those of ``reference`` where there is one: a quarter of the memory."""
    return lgb.Dataset(x, y, reference=reference, params=_BINS).construct()


def _alone(
    learn: lgb.Dataset, stop: lgb.Dataset, seed: int, columns: Sequence[str], threads: int = 1
) -> tuple[lgb.Booster, lgb.Booster]:
    """Models that learn from ``learn`` alone: one that is held to the signs of its columns, one held to none.

    Each has as many trees as suit the clients ``stop`` best. Columns without any value tell LightGBM nothing, and it
    leaves them out.
    """

    def model(held: dict[str, Any]) -> lgb.Booster:
        trees: list[int] = []
        found = lgb.train(
            {**_ALONE, **held, "random_state": seed, "num_threads": threads},
            learn,
            num_boost_round=_MOST_TREES,
            valid_sets=[stop],
            callbacks=[
                lambda now: trees.append(now.model.num_trees()),
                lgb.early_stopping(_PATIENCE, verbose=False),
            ],
        )
        # LightGBM predicts with as many trees as the best round has passed rounds, and a round may add none.
        found.best_iteration = trees[found.best_iteration - 1]
        return found

    return model(monotone_check.constraints(columns)), model({})
