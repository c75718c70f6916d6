"""Search each model's grid by what its errors cost, on the same folds."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.model_selection import ParameterGrid, cross_val_predict, cross_validate
from threadpoolctl import threadpool_limits

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.intervals import saving
from credit.features import RECIPE
from credit.model.calibration import Calibrated, Calibration, calibrate
from credit.training.candidates import CANDIDATES, PREDECESSOR, PREDECESSOR_THRESHOLD, Candidate
from credit.training.dataset import Dataset, Split

Floats = NDArray[np.float64]
#: Called before each search of one set of parameters: model name, number of this set, number of sets.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Contender:
    """A model with the parameters that cost least out of fold, fitted on all training clients.

    ``out_of_fold``: (n_train,) calibrated probabilities by models that had not seen the client. ``cv_cost``: what
    refusing at the break-even probability costs on them, in the currency of AMT_CREDIT. ``searched``: each set of
    parameters with its cost. ``seconds``: of the search and the last fit. ``fit_seconds``: of the last fit alone, on
    one thread. ``threshold``: where this model refuses, if not at the break-even probability. ``columns``: of the
    clients' features, those that it learns from; all where None.
    """

    name: str
    parameters: dict[str, Any]
    model: Calibrated
    out_of_fold: Floats
    cv_cost: float
    searched: list[tuple[dict[str, Any], float]]
    seconds: float
    fit_seconds: float
    threshold: float | None = None
    columns: NDArray[np.int64] | None = None

    def probability(self, x: Floats) -> Floats:
        """(n,) probabilities of default of clients with all features (n, k)."""
        seen = x if self.columns is None else x[:, self.columns]
        return np.asarray(self.model.predict_proba(seen)[:, 1])

    @property
    def calibration(self) -> Calibration:
        """The line that made the scores probabilities; slope 1 and intercept 0 where no line could."""
        return self.model.calibration


def compare(
    data: Dataset,
    parts: Split,
    seed: int = 7,
    candidates: Iterable[Candidate] = CANDIDATES,
    progress: Progress | None = None,
    *,
    costs: Costs,
) -> list[Contender]:
    """Every candidate, searched on the training clients. The test clients are not touched."""
    return [search(one, data, parts, seed=seed, progress=progress, costs=costs) for one in candidates]


def search(
    candidate: Candidate,
    data: Dataset,
    parts: Split,
    seed: int = 7,
    progress: Progress | None = None,
    *,
    costs: Costs,
) -> Contender:
    """Take the parameters whose decisions at the break-even probability cost least out of fold, then fit on all."""
    began = time.perf_counter()
    x, y, amount = data.x[parts.train], data.defaulted[parts.train], data.amount[parts.train]
    scorer = money.cost_scorer(**costs.to_dict())
    grid = list(ParameterGrid(candidate.grid))
    searched: list[tuple[dict[str, Any], float]] = []
    best: Floats | None = None
    for number, parameters in enumerate(grid, 1):
        if progress:
            progress(candidate.name, number, len(grid))
        estimator = candidate.make(seed).set_params(**parameters)
        with config_context(enable_metadata_routing=True):
            result = cross_validate(
                estimator,
                x,
                y,
                scoring=scorer,
                cv=parts.folds,
                params={"amount": amount},
                return_estimator=True,
                n_jobs=-1,
            )
        total = -float(np.sum(result["test_score"]))
        if best is None or total < min(cost for _, cost in searched):
            best = np.empty(len(y))
            for (_, judged), fitted in zip(parts.folds, result["estimator"], strict=True):
                best[judged] = fitted.predict_proba(x[judged])[:, 1]
        searched.append((parameters, total))
    chosen, _ = min(searched, key=lambda pair: pair[1])
    assert best is not None  # a grid has at least one set of parameters
    calibration, out_of_fold = calibrate(y, best, parts.fold)
    fitting = time.perf_counter()
    with threadpool_limits(1):
        fitted = candidate.make(seed).set_params(**chosen).fit(x, y)
    fit_seconds = time.perf_counter() - fitting
    at_break_even = out_of_fold >= costs.break_even
    return Contender(
        name=candidate.name,
        parameters=chosen,
        model=Calibrated(fitted, calibration),
        out_of_fold=out_of_fold,
        cv_cost=money.cost(y, at_break_even, amount, **costs.to_dict()),
        searched=searched,
        seconds=time.perf_counter() - began,
        fit_seconds=fit_seconds,
    )


def predecessor(data: Dataset, parts: Split, seed: int = 7, *, costs: Costs) -> Contender:
    """The model of the system that this project follows, re-made: its columns, its settings, its threshold.

    It learns from those of the recipe's columns that ``data`` has. Its scores are left as they are: class weights make
    them no probabilities, and that system took them for such.
    """
    began = time.perf_counter()
    columns = np.array([number for number, name in enumerate(data.columns) if name in set(RECIPE)])
    x, y, amount = data.x[parts.train][:, columns], data.defaulted[parts.train], data.amount[parts.train]
    out_of_fold = cross_val_predict(PREDECESSOR.make(seed), x, y, cv=parts.folds, method="predict_proba", n_jobs=-1)[
        :, 1
    ]
    fitting = time.perf_counter()
    with threadpool_limits(1):
        fitted = PREDECESSOR.make(seed).fit(x, y)
    ended = time.perf_counter()
    return Contender(
        name=PREDECESSOR.name,
        parameters={},
        model=Calibrated(fitted, Calibration()),
        out_of_fold=out_of_fold,
        cv_cost=money.cost(y, out_of_fold >= PREDECESSOR_THRESHOLD, amount, **costs.to_dict()),
        searched=[],
        seconds=ended - began,
        fit_seconds=ended - fitting,
        threshold=PREDECESSOR_THRESHOLD,
        columns=columns,
    )


def best(contenders: Sequence[Contender], champion: str, data: Dataset, parts: Split, costs: Costs) -> Contender:
    """The champion, unless another contender is surely cheaper out of fold: then the cheapest of those.

    Surely: the 95 % interval of its gain over the training clients lies above 0, see ``credit.decision.intervals``. The
    champion comes first where they cannot be told apart, because it is the one that serving and explanations are fast
    for.
    """
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    everybody = money.client_costs(y, np.zeros(len(y)), amount, **costs.to_dict())
    spent = {
        one.name: money.client_costs(y, one.out_of_fold >= costs.break_even, amount, **costs.to_dict())
        for one in contenders
    }
    first = next((one for one in contenders if one.name == champion), None)
    if first is None:
        return cheapest(contenders)
    gains = {one.name: saving(spent[one.name], spent[champion], everybody) for one in contenders if one is not first}
    surely = [one for one in contenders if (gain := gains.get(one.name)) is not None and gain.low > 0]
    return cheapest(surely) if surely else first


def cheapest(contenders: Iterable[Contender]) -> Contender:
    """The contender whose decisions cost least out of fold."""
    return min(contenders, key=lambda contender: contender.cv_cost)
