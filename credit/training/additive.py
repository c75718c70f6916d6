"""An additive model in a served one's place: what a scorecard needs, and what it costs.

Its trees have one split, so each reads one column, and column by column they add up to points. All else is as it was
for the champion: the same clients and columns, signs, copies with gaps, folds, calibration and threshold rule. It
cannot see that two columns say something together that neither says alone; what that costs in money is measured on
test clients from whom neither model has learnt.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.intervals import TOO_FEW, Interval, roc_auc, saving
from credit.decision.points import Scale
from credit.features.needed_tables import histories_of
from credit.model import Scorer, load_bundle
from credit.model.manifest import BundleError
from credit.monitoring.profile import Profile
from credit.program import PROGRAM
from credit.training import checkpoints, lightgbm_search, pupil
from credit.training.bootstrap import redraw
from credit.training.dataset import Dataset, Split, dataset, prepare, source_of, split
from credit.training.evaluation import closing_table, gains, judged_table, out_of_fold_table, with_best
from credit.training.export import Shipment, export
from credit.training.folds import Folds
from credit.training.metrics import calibration_error, calibration_in_the_large, calibration_line
from credit.training.model_comparison import Contender
from credit.training.recording import facts_of, judges_of
from credit.training.review_savings import threshold_costs
from credit.training.split_membership import share_of
from credit.training.threshold_rule import choose_threshold
from credit.training.training_terms import terms_of

#: What such a model is called.
NAME = "Scorecard"

#: A tree of one split moves a client by less than a tree of several, so it takes larger steps.
LEARNING_RATE = 0.12

#: Told what is being done.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class AdditiveCost:
    """An additive model beside the one in whose place it goes, both at their thresholds, on the same test clients.

    ``clients``: how many judged, ``defaulted``: of them. ``auc``, ``saving``: (served, additive), with their intervals,
    None where too few defaulted. ``difference``: what the additive one saves more, as a share of what accepting
    everybody costs. ``money``: what it costs more in all, in the currency of AMT_CREDIT.
    """

    clients: int
    defaulted: int
    auc: tuple[Interval | None, Interval | None]
    saving: tuple[Interval | None, Interval | None]
    difference: Interval | None
    money: float

    def sentences(self) -> list[str]:
        """For people: who judged, both models, and the difference in money."""
        said = [f"On the same {self.clients:,} test clients, {self.defaulted:,} of whom defaulted, without reviews:"]
        for name, auc, saved in zip(("served model", "scorecard"), self.auc, self.saving, strict=True):
            if auc is None or saved is None:
                said.append(f"  {name}: {TOO_FEW}")
                continue
            said.append(
                f"  {name}: ROC AUC {auc.estimate:.4f} (95 % interval {auc.low:.4f} to {auc.high:.4f}), saves "
                f"{saved.estimate:.1%} ({saved.low:.1%} to {saved.high:.1%}) against accepting everybody"
            )
        each = self.money / self.clients
        rest = f"Chance or not: {TOO_FEW}."
        if self.difference is not None:
            one = self.difference
            rest = f"It saves {_points(one.estimate)} points (95 % interval {_points(one.low)} to {_points(one.high)})."
        more = "more" if self.money >= 0 else "less"
        said.append(
            f"The scorecard costs {abs(self.money):,.0f} {more} in all, {abs(each):,.2f} an application. {rest}"
        )
        return said

    def to_dict(self) -> dict[str, Any]:
        """As comparison.json has it."""
        return asdict(self)


def train_additive(
    bundle: str | Path,
    folder: str | Path,
    out: str | Path,
    clients: int | None = None,
    progress: Progress | None = None,
) -> AdditiveCost:
    """Train an additive model for the one in ``bundle`` on the tables in ``folder``, and write its bundle to ``out``.

    ``clients``: a stratified sample of that many, all without. ``progress``: called with the name of each step as it
    begins. Seed, tables, columns, costs and reviews are those of the bundle. Who is a test client follows from the
    person by its rule, so that neither model has learnt from them, also where the tables are other ones. Raises
    ``BundleError`` for a bundle that cannot be used or does not say who its test clients were, and what `prepare` and
    `split` raise.
    """
    tell = progress or (lambda _: None)
    served = load_bundle(bundle)
    share = share_of(served.manifest)
    if share is None:
        raise BundleError(
            f"{Path(bundle) / 'manifest.json'} does not say who the test clients were, so a scorecard cannot be held "
            f"against this model; retrain with this version: {PROGRAM} train"
        )
    terms = terms_of(bundle)
    seed = served.manifest["model"].get("seed", 7)
    tell("features")
    data = _clients_of(served, folder, clients, seed)
    parts = split(data, seed, share)
    tell("trees of one split")
    contender = _taught(served, data, parts, seed, terms.costs)
    tell("threshold and export")
    test = judged_table(data, parts, contender)
    y, p, amount = data.defaulted[parts.train], contender.out_of_fold, data.amount[parts.train]
    exposure = Exposure.of(y, p, amount, parts.fold)
    redrawn = redraw(y, p, amount, terms.costs)
    threshold = choose_threshold(y, p, amount, exposure, redrawn, terms.costs)
    review = terms.plan.review(p, amount, terms.costs)
    out_of_fold = out_of_fold_table(data, parts, contender)
    closing = closing_table(data, parts, [contender], costs=terms.costs)
    scale = served.manifest.get("points")
    facts = facts_of(data, parts, contender, {"seed": seed, "clients": len(data)}, None)
    export(
        out,
        Shipment(
            model=contender.model,
            name=NAME,
            columns=data.columns,
            threshold=threshold,
            review=review,
            exposure=exposure,
            scale=Scale() if scale is None else Scale.read(scale),
            test=test,
            judges=judges_of(data, parts),
            closing=with_best(closing, NAME, threshold, review, test, out_of_fold, terms.costs),
            gains=gains(test, threshold.value, None, terms.costs),
            data=facts["data"],
            training=facts["training"],
            missing=facts["missing"],
            known=[],
            out_of_fold={
                "calibration_slope": calibration_line(y, p)[0],
                "calibration_in_the_large": calibration_in_the_large(y, p),
                "calibration_error": calibration_error(y, p).estimate,
            },
            costs=terms.costs,
            profile=Profile.of(data.columns, data.x[parts.train], p).written(),
        ),
    )
    return _compared(served, load_bundle(out), data, parts, terms.costs)


def _clients_of(served: Scorer, folder: str | Path, clients: int | None, seed: int) -> Dataset:
    """The clients with the columns of the served model, in its order, and with all others unread."""
    of_training = served.manifest["data"]
    histories, label = histories_of(served.columns), of_training.get("label_one_means")
    made = prepare(folder, clients, seed, histories, label)
    data = dataset(made, source_of(folder, histories, label), of_training.get("without", ()), served.columns)
    place = {name: number for number, name in enumerate(data.columns)}
    kept = [name for name in served.columns if name in place]
    others = made.select(name for name in data.columns if name not in served.index)
    return replace(
        data, x=data.x[:, [place[name] for name in kept]], columns=tuple(kept), unread=data.unread.hstack(others)
    )


def _taught(served: Scorer, data: Dataset, parts: Split, seed: int, costs: Costs) -> Contender:
    """The additive model: settings of the served one's training where it has them, but for the shape of its trees."""
    began = time.perf_counter()
    written = served.manifest["model"].get("parameters", {})
    usual = lightgbm_search.FIRST
    parameters = {name: written.get(name, value) for name, value in usual.items()}
    parameters |= {"num_leaves": 2, "learning_rate": LEARNING_RATE}
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    prepared = Folds(data.x[parts.train], y, parts.folds, seed, data.columns)
    trial = lightgbm_search.tried(0, parameters, prepared, seed, [])
    contender, *_ = pupil.teach_final(trial, [trial], prepared, parts, seed, amount, costs, began, checkpoints.NONE)
    return replace(contender, name=NAME)


def _compared(served: Scorer, additive: Scorer, data: Dataset, parts: Split, costs: Costs) -> AdditiveCost:
    y, amount = data.defaulted[parts.test], data.amount[parts.test]
    p = [one.probability(_rows(one, data, parts)) for one in (served, additive)]
    everybody = threshold_costs(y, np.zeros(len(y)), amount, costs)
    spent = [
        threshold_costs(y, probability >= one.threshold, amount, costs)
        for probability, one in zip(p, (served, additive), strict=True)
    ]
    return AdditiveCost(
        clients=len(y),
        defaulted=int(y.sum()),
        auc=(roc_auc(y, p[0]), roc_auc(y, p[1])),
        saving=(saving(spent[0], everybody, everybody), saving(spent[1], everybody, everybody)),
        difference=saving(spent[1], spent[0], everybody),
        money=float(spent[1].sum() - spent[0].sum()),
    )


def _rows(model: Scorer, data: Dataset, parts: Split) -> NDArray[np.float64]:
    """The test clients as ``model`` reads them; a column that these tables do not have is missing."""
    place = {name: number for number, name in enumerate(data.columns)}
    found = np.full((len(parts.test), len(model.columns)), np.nan)
    for number, name in enumerate(model.columns):
        if name in place:
            found[:, number] = data.x[parts.test, place[name]]
    return found


def _points(share: float) -> str:
    return f"{100 * share:+.2f}"
