"""The search for a less discriminatory alternative: what is looked at, how long that takes, what frontier it gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from credit.decision.cost import Costs
from credit.model.log_odds import log_odds
from credit.training import checkpoints, lightgbm_search
from credit.training.checkpoints import Checkpoints
from credit.training.client_attributes import Attribute, Texts, attributes, values_of
from credit.training.dataset import Dataset, Split
from credit.training.fairness_alternatives import OTHER_TRIALS, PROXIES, STRENGTHS, Alternative, alternatives, unchanged
from credit.training.fairness_frontier import Decided, Frontier, Point, judged, with_dominated
from credit.training.fairness_look import Look, drawn, look
from credit.training.folds import Folds
from credit.training.freed_memory import give_back
from credit.training.gap_contributions import Carried, carried, parts_of
from credit.training.search_study import Trial

#: Called before each step: what is done, its number, of how many.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class FairnessPlan:
    """What a training is asked to do about less discriminatory alternatives.

    ``by``: columns by which approvals are compared beside gender and age. ``point``: the number of the point that is
    taken, ``cost``: in place of it, what it may cost at most, in points; see `fairness_frontier.taken`. Both None: only
    look. Raises ``ValueError`` where both are given, and for a value below 0.
    """

    by: tuple[str, ...] = ()
    point: int | None = None
    cost: float | None = None

    def __post_init__(self) -> None:
        if self.point is not None and self.cost is not None:
            raise ValueError("--fairness-point names a point and --fairness-cost a rule that takes one: leave one out")
        if self.point is not None and self.point < 0:
            raise ValueError(f"points are numbered from 0, not {self.point}")
        if self.cost is not None and not self.cost >= 0:
            raise ValueError(f"a point may cost 0 points or more, not {self.cost:g}")

    @property
    def takes(self) -> bool:
        """Whether a point is taken, and not only looked for."""
        return self.point is not None or self.cost is not None

    @property
    def options(self) -> list[str]:
        """As options of ``train``."""
        found = [f"--fairness-by {name}" for name in self.by]
        found += [] if self.point is None else [f"--fairness-point {self.point}"]
        return found + ([] if self.cost is None else [f"--fairness-cost {self.cost:g}"])


def search_frontier(
    data: Dataset,
    parts: Split,
    by: Sequence[str] = (),
    seed: int = 7,
    trials: int = lightgbm_search.TRIALS,
    minutes: float | None = None,
    storage: str | Path | None = None,
    *,
    costs: Costs,
    kept: Checkpoints = checkpoints.NONE,
    progress: Progress = lambda *_: None,
) -> Frontier:
    """Look at the alternatives to the model of the search's best trial.

    ``data``, ``parts``: the clients and their folds. ``by``: as `FairnessPlan` has it. ``seed``: of the trials and the
    looks. ``costs``: of errors. ``trials``, ``minutes``, ``storage``: of the search, as `lightgbm_search.search` takes
    them; its trials are used again by the training that follows. ``kept``: where looks are kept, so that none is made
    twice. ``progress``: also says before the looks begin how long they take. Raises ``ValueError`` for a column by
    which approvals cannot be compared.
    """
    values = values_of(data)
    every = attributes(by, values)
    groups = {one.name: one.groups(values) for one in every}
    prepared = lightgbm_search.folds_of(data, parts, seed)
    done = lightgbm_search.trials_of(
        prepared,
        data,
        parts,
        seed,
        trials,
        minutes,
        storage,
        lambda trial, wanted: progress("fairness: trials", trial.number + 1, wanted),
    )
    best, learners = lightgbm_search.best_of(done), drawn(prepared, seed)
    y = prepared.y[learners]
    training = Decided(y, data.amount[parts.train][learners], _of(groups, parts.train[learners]))
    test = Decided(data.defaulted[parts.test], data.amount[parts.test], _of(groups, parts.test))
    seconds = _expected_seconds(best, prepared, len(learners))
    most = _most(len(done), len(every))
    progress(
        f"fairness: at most {most} models, each on {len(learners):,} of {prepared.clients:,} training clients, some "
        f"{seconds:,.0f} seconds each by the best trial: {max(1, round(most * seconds / 60)):,} minutes or less",
        1,
        1,
    )

    def looked(one: Alternative, explain: bool = False) -> Look:
        changes = one.changes(every, values, parts.train, prepared.y, prepared.columns)
        return kept.step(
            f"Fairness: {one.name}",
            lambda: look(data, parts, prepared.changed(changes), one.parameters, seed, explain),
            changes.key,
            explain,
        )

    first = unchanged(best)
    usual = looked(first, explain=True)
    carries = _carries(usual, prepared, training, every, costs)
    others = alternatives(best, done, every, [carries[one.name] for one in every], prepared.columns)
    points = [
        Point(
            0,
            first,
            judged(training, usual.out_of_fold, usual.out_of_fold, costs),
            judged(test, usual.test, usual.test, costs),
        )
    ]
    for number, one in enumerate(others, 1):
        progress(f"fairness: {one.name}", number, len(others))
        made = looked(one)
        points.append(
            Point(
                number,
                one,
                judged(training, made.out_of_fold, usual.out_of_fold, costs),
                judged(test, made.test, usual.test, costs),
            )
        )
    give_back()
    shown = {name: parts[:PROXIES] for name, parts in carries.items()}
    return Frontier(with_dominated(points), every, shown, len(learners), len(parts.test))


def _carries(
    usual: Look, prepared: Folds, training: Decided, every: Sequence[Attribute], costs: Costs
) -> dict[str, list[Carried]]:
    """Attribute -> what carries its difference in approvals, most first; empty where there is none to carry."""
    of = judged(training, usual.out_of_fold, usual.out_of_fold, costs).ratios
    # The calibration is a line, so a cut-off of probabilities is one of the scores.
    cut_off = (float(log_odds(costs.break_even)) - usual.calibration.intercept) / usual.calibration.slope
    parts = parts_of(prepared.columns)
    found: dict[str, list[Carried]] = {}
    for one in every:
        group = training.groups[one.name][usual.explained]
        ratio = of.get(one.name)
        if ratio is None or ratio.ratio.estimate == 1 or not {ratio.lowest, ratio.highest} <= set(group):
            found[one.name] = []
            continue
        found[one.name] = carried(
            parts, prepared.columns, usual.contribution, usual.score, cut_off, group, ratio.lowest, ratio.highest
        )
    return found


def _of(groups: dict[str, Texts], clients: np.ndarray) -> dict[str, Texts]:
    return {name: group[clients] for name, group in groups.items()}


def _most(trials: int, compared: int) -> int:
    """How many models are looked at, at most: the unchanged one and the alternatives of ``compared`` attributes."""
    columns = 4 + compared + compared * (PROXIES + 1)
    return 1 + min(OTHER_TRIALS, trials - 1) + columns + compared * (len(STRENGTHS) + 1) + 1


def _expected_seconds(best: Trial, prepared: Folds, clients: int) -> float:
    """Of one look, by what the best trial took: one fit more than there are folds, on fewer clients."""
    folds = len(prepared.folds)
    share = clients / min(prepared.clients, lightgbm_search.SEARCHED)
    return best.seconds * share * (folds + 1) / folds
