"""Search each model's grid by what its errors cost, on the same folds.

Which parameters are best is as plain on some ten thousand clients as on all: a grid is searched on a sample of the
training clients in their folds, and only what is chosen is fitted on the folds of all. Folds are fitted side by side in
threads, which share the one array of clients; each copies those that it learns from.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import ParameterGrid
from threadpoolctl import ThreadpoolController

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.intervals import saving
from credit.features import RECIPE
from credit.model.calibration import Calibrated, Calibration, calibrate
from credit.training import checkpoints
from credit.training.candidates import CANDIDATES, PREDECESSOR, PREDECESSOR_THRESHOLD, SAMPLE, Candidate
from credit.training.checkpoints import Checkpoints
from credit.training.dataset import Dataset, Split
from credit.training.freed_memory import give_back

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: A grid is searched on so many training clients at most, drawn at random so that as large a share of them defaulted.
GRID_CLIENTS = 20_000
#: Where the training clients are more than so many bytes, so many folds at most are fitted side by side.
_LARGE, _AT_ONCE = 2**28, 2

#: Called before each search of one set of parameters: model name, number of this set, number of sets.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Contender:
    """A model with the parameters that cost least out of fold, fitted on all training clients.

    ``out_of_fold``: (n_train,) calibrated probabilities by models that had not seen the client. ``cv_cost``: what
    refusing at the break-even probability costs on them, in the currency of AMT_CREDIT. ``searched``: each set of
    parameters with its cost on the clients that the grid was searched on, ``GRID_CLIENTS`` at most. ``parameters`` also
    say how many clients it learnt from where these are not all. ``seconds``: of the search and the last fit.
    ``fit_seconds``: of the last fit alone, on one thread. ``threshold``: where this model refuses, if not at the
    break-even probability. ``columns``: of the clients' features, those that it learns from; all where None.
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

    def probability(self, x: NDArray[np.floating]) -> Floats:
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
    kept: Checkpoints = checkpoints.NONE,
) -> list[Contender]:
    """Every candidate, searched on the training clients. The test clients are not touched.

    ``data``, ``parts``: the clients and their folds. ``seed``: of the models. ``candidates``: which are searched.
    ``progress``, ``costs``, ``kept``: as for ``search``.
    """
    return [search(one, data, parts, seed=seed, progress=progress, costs=costs, kept=kept) for one in candidates]


def search(
    candidate: Candidate,
    data: Dataset,
    parts: Split,
    seed: int = 7,
    progress: Progress | None = None,
    *,
    costs: Costs,
    kept: Checkpoints = checkpoints.NONE,
) -> Contender:
    """Take the parameters whose decisions at the break-even probability cost least out of fold, then fit on all.

    ``candidate``: the model and its grid. ``data``, ``parts``: the clients and their folds. ``seed``: of the models.
    ``progress``: called with the candidate's name, the number of a set of parameters and of how many. ``costs``: of
    errors.
    Where there is something to choose and there are more than ``GRID_CLIENTS`` training clients, it is chosen on a
    stratified sample of these, whose folds are theirs. Predictions out of fold are made for all. ``kept``: where an
    earlier, interrupted training has kept the contender.
    """
    found = kept.step(
        f"{candidate.name} on {len(data.columns)} columns",
        lambda: _searched(candidate, data, parts, seed, progress, costs),
        candidate.grid,
        candidate.most,
        candidate.drawn,
        data.columns,
    )
    give_back()
    return found


def _searched(
    candidate: Candidate, data: Dataset, parts: Split, seed: int, progress: Progress | None, costs: Costs
) -> Contender:
    began = time.perf_counter()
    x, y, amount = data.x[parts.train], data.defaulted[parts.train], data.amount[parts.train]
    grid = list(ParameterGrid(candidate.grid))
    sampled = len(grid) > 1 and len(y) > GRID_CLIENTS
    asked = _stratified(y, GRID_CLIENTS, seed) if sampled else np.arange(len(y))
    some, fold = x[asked] if sampled else x, parts.fold[asked]
    searched: list[tuple[dict[str, Any], float]] = []
    best: Floats | None = None
    for number, parameters in enumerate(grid, 1):
        if progress:
            progress(candidate.name, number, len(grid))
        found, _, _ = _fits(candidate, parameters, seed, some, y[asked], fold, last=False)
        total = money.cost(y[asked], found >= costs.break_even, amount[asked], **costs.to_dict())
        if best is None or total < min(cost for _, cost in searched):
            best = found
        searched.append((parameters, total))
    chosen, _ = min(searched, key=lambda pair: pair[1])
    assert best is not None  # a grid has at least one set of parameters
    del some
    if sampled:
        best, fitted, fit_seconds = _fits(candidate, chosen, seed, x, y, parts.fold)
    else:
        _, fitted, fit_seconds = _fits(candidate, chosen, seed, x, y, parts.fold[:0])
    calibration, out_of_fold = calibrate(y, best, parts.fold, data.weight_of(parts.train))
    bound = candidate.bound(len(y))
    return Contender(
        name=candidate.name,
        parameters={**chosen, **bound},
        model=Calibrated(fitted, calibration),
        out_of_fold=out_of_fold,
        cv_cost=money.cost(y, out_of_fold >= costs.break_even, amount, **costs.to_dict()),
        searched=[({**parameters, **bound}, cost) for parameters, cost in searched],
        seconds=time.perf_counter() - began,
        fit_seconds=fit_seconds,
    )


def _fits(
    candidate: Candidate,
    parameters: dict[str, Any],
    seed: int,
    x: NDArray[np.floating],
    y: Integers,
    fold: Integers,
    last: bool = True,
) -> tuple[Floats, Any, float]:
    """Probabilities (n,) for each client by a model fitted without its ``fold``; with ``last`` also the model fitted on
    all clients and the seconds of that fit.
    """
    found = np.full(len(fold), np.nan)
    # Looked for once, before there are threads: the search holds the loader's lock while it waits for Python's, and two
    # threads that take these in turn wait for each other for good.
    libraries = ThreadpoolController()

    def work(number: int) -> tuple[Any, float]:
        inside = np.flatnonzero(fold == number)
        # OpenMP counts its threads for each thread that calls it.
        with libraries.limit(limits=threads, user_api="openmp"):
            began = time.perf_counter()
            fitted = _fit(candidate, parameters, seed, x, y, np.flatnonzero(fold != number) if len(inside) else None)
            seconds = time.perf_counter() - began
            if not len(inside):
                return fitted, seconds
            found[inside] = fitted.predict_proba(x[inside])[:, 1]
        return None, seconds

    # The fit on all is the longest: it begins first.
    numbers = [*([-1] if last else []), *np.unique(fold).tolist()]
    processors = os.cpu_count() or 1
    large = x.nbytes > _LARGE
    at_once = processors if not large else 1 if candidate.holds_copies else _AT_ONCE
    threads = processors if at_once == 1 else 1
    with libraries.limit(limits=threads), ThreadPoolExecutor(min(at_once, len(numbers))) as pool:
        done = list(pool.map(work, numbers))
    return found, *done[0]


def _fit(
    candidate: Candidate,
    parameters: dict[str, Any],
    seed: int,
    x: NDArray[np.floating],
    y: Integers,
    learn: Integers | None,
) -> Any:
    """The candidate fitted on the clients at ``learn``, all where None, or on the sample of them that it may have."""
    clients = len(y) if learn is None else len(learn)
    bound = candidate.bound(clients)
    if candidate.drawn is None and bound:
        own = _stratified(y if learn is None else y[learn], bound[SAMPLE], seed)
        learn, bound = own if learn is None else learn[own], {}
    estimator = candidate.make(seed).set_params(**parameters, **bound)
    return estimator.fit(x, y) if learn is None else estimator.fit(x[learn], y[learn])


def _stratified(y: Integers, most: int, seed: int) -> Integers:
    """Increasing positions of at most so many clients, of each outcome the same share."""
    generator = np.random.default_rng(seed)
    groups = [np.flatnonzero(y == outcome) for outcome in np.unique(y)]
    drawn = [generator.choice(group, len(group) * most // len(y), replace=False) for group in groups]
    return np.sort(np.concatenate(drawn))


def predecessor(
    data: Dataset, parts: Split, seed: int = 7, *, costs: Costs, kept: Checkpoints = checkpoints.NONE
) -> Contender:
    """The model of the system that this project follows, re-made: its columns, its settings, its threshold.

    ``parts``: the folds of ``data``. ``seed``: of the model. ``costs``: of errors, for its ``cv_cost``.
    It learns from those of the recipe's columns that ``data`` has. Its scores are left as they are: class weights make
    them no probabilities, and that system took them for such. ``kept``: as for ``search``.
    """
    return kept.step(PREDECESSOR.name, lambda: _predecessor(data, parts, seed, costs))


def _predecessor(data: Dataset, parts: Split, seed: int, costs: Costs) -> Contender:
    began = time.perf_counter()
    columns = np.array([number for number, name in enumerate(data.columns) if name in set(RECIPE)])
    x, y, amount = data.x[np.ix_(parts.train, columns)], data.defaulted[parts.train], data.amount[parts.train]
    out_of_fold, fitted, fit_seconds = _fits(PREDECESSOR, {}, seed, x, y, parts.fold)
    return Contender(
        name=PREDECESSOR.name,
        parameters={},
        model=Calibrated(fitted, Calibration()),
        out_of_fold=out_of_fold,
        cv_cost=money.cost(y, out_of_fold >= PREDECESSOR_THRESHOLD, amount, **costs.to_dict()),
        searched=[],
        seconds=time.perf_counter() - began,
        fit_seconds=fit_seconds,
        threshold=PREDECESSOR_THRESHOLD,
        columns=columns,
    )


def best(contenders: Sequence[Contender], champion: str, data: Dataset, parts: Split, costs: Costs) -> Contender:
    """The champion, unless another contender is surely cheaper out of fold: then the cheapest of those.

    ``contenders``: the models, ``champion``: the name of one of them. ``data``, ``parts``: the clients and their folds.
    ``costs``: of errors.
    Surely: the 95 % interval of its gain over the training clients lies above 0, see ``credit.decision.intervals``. The
    champion comes first where they cannot be told apart, because it is the one that serving and explanations are fast
    for.
    """
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    if (weight := data.weight_of(parts.train)) is not None:
        amount = amount * weight
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
