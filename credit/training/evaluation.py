"""The closing table: what every model costs out of fold and on the test clients, and the best one as it is served."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.intervals import Interval, saving
from credit.decision.review import REFER, REFUSE, Review, decided
from credit.training.dataset import Dataset, Split
from credit.training.metrics import measure
from credit.training.model_comparison import Contender
from credit.training.review_savings import served_costs, threshold_costs
from credit.training.threshold_rule import Threshold

Floats = NDArray[np.float64]

ACCEPT_EVERYBODY, REFUSE_EVERYBODY, TRUE_PROBABILITY = "accept everybody", "refuse everybody", "the true probability"
#: Ends the name of the row in which the best model refuses at the exported threshold, and of that in which it also
#: refers clients to reviewers, as the service does.
AT_ITS_THRESHOLD, AS_SERVED = " at its threshold", " as served"
#: The predecessor where it refused, and at the threshold that would have been best for it on the very test clients.
PREDECESSOR_AS_IT_WAS, PREDECESSOR_AT_BEST = "predecessor at 0.48", "predecessor at its best"
#: Begins the name of a column of `judged_table` with the probabilities of a model that the best one is compared with.
BASELINE = "BASELINE: "
#: The columns that gender and age are read from.
GROUP_COLUMNS = ("CODE_GENDER", "DAYS_BIRTH")
#: A rule that saves less than this, as a share of accepting everybody's cost, is none to take a share of: of a loss, or
#: of next to nothing, "200 %" says nothing.
LEAST_BASE = 0.01


def out_of_fold_table(data: Dataset, parts: Split, contender: Contender) -> pl.DataFrame:
    """One row a training client: SK_ID_CURR, TARGET, AMT_CREDIT, FOLD, PROBABILITY_OF_DEFAULT out of fold.

    And WEIGHT where clients stand for others, see `Dataset`.
    """
    table = pl.DataFrame(
        {
            "SK_ID_CURR": data.client[parts.train],
            "TARGET": data.defaulted[parts.train],
            "AMT_CREDIT": data.amount[parts.train],
            "FOLD": parts.fold,
            "PROBABILITY_OF_DEFAULT": contender.out_of_fold,
        }
    )
    weight = data.weight_of(parts.train)
    return table if weight is None else table.with_columns(WEIGHT=weight)


def judged_table(
    data: Dataset,
    parts: Split,
    contender: Contender,
    predecessor: Contender | None = None,
    baselines: Iterable[Contender] = (),
) -> pl.DataFrame:
    """One row a test client, as ``out_of_fold_table``, by the model fitted on all training clients.

    ``data``, ``parts``: the clients and their parts. ``contender``: the model. ``predecessor``: None without one.
    With a predecessor there is PREDECESSOR, its score; on a simulated bank TRUE_PROBABILITY; of each of the
    ``baselines`` its probability, under `BASELINE` and its name; and CODE_GENDER and DAYS_BIRTH where the data have
    them, so that groups are measured on all test clients.
    """
    x = data.x[parts.test]
    table = pl.DataFrame(
        {
            "SK_ID_CURR": data.client[parts.test],
            "TARGET": data.defaulted[parts.test],
            "AMT_CREDIT": data.amount[parts.test],
            "PROBABILITY_OF_DEFAULT": contender.probability(x),
        }
    )
    if predecessor is not None:
        table = table.with_columns(PREDECESSOR=predecessor.probability(x))
    if data.true_probability is not None:
        table = table.with_columns(TRUE_PROBABILITY=data.true_probability[parts.test])
    table = table.with_columns(pl.Series(f"{BASELINE}{one.name}", one.probability(x)) for one in baselines)
    return table.with_columns(_of_groups(data, parts))


def _of_groups(data: Dataset, parts: Split) -> Iterator[pl.Series]:
    """What gender and age are read from, of the test clients; also where no model may learn from it."""
    for name in GROUP_COLUMNS:
        if name in data.columns:
            yield pl.Series(name, data.x[parts.test, data.columns.index(name)], nan_to_null=True)
        elif name in data.unread.columns:
            yield data.unread[name].gather(parts.test)


def closing_table(
    data: Dataset,
    parts: Split,
    contenders: Iterable[Contender],
    predecessor: Contender | None = None,
    *,
    costs: Costs,
) -> pl.DataFrame:
    """One row a decision rule, judged on the test clients.

    ``data``, ``parts``: the clients and their parts. ``contenders``: the models. ``predecessor``: None without one.
    ``costs``: of errors.
    Columns: model; threshold; cv_cost and test_cost in the currency of AMT_CREDIT; saving against accepting everybody
    as a share, with saving_low and saving_high, its 95 % interval (``credit.decision.intervals``), null where too few
    defaulted; on a simulated bank expected_saving, by the true probabilities and without the luck of the drawn
    outcomes; the metrics of ``measure``; referred, the share of clients who go to a reviewer, 0 in all rows but that of
    `with_best`; fit_seconds, of the last fit on one thread; predict_seconds, of 1,000 clients. Models refuse at the
    break-even probability, the predecessor where it did, and once more at the threshold that would have been best for
    it on these very clients. Where the bank is simulated, the last row decides by the probability with which the
    outcomes were drawn: no rule is better in expectation, though on few clients another may have more luck.
    """
    break_even = costs.break_even
    x, y, amount = data.x[parts.test], data.defaulted[parts.test], data.amount[parts.test]
    y_train, amount_train = data.defaulted[parts.train], data.amount[parts.train]
    rate = float(y_train.mean())
    truth = None if data.true_probability is None else data.true_probability[parts.test]
    row = partial(_row, y=y, amount=amount, truth=truth, costs=costs)
    same = np.full(len(y), rate)

    def spent(refused: ArrayLike) -> float:
        return money.cost(y_train, refused, amount_train, **costs.to_dict())

    rows = [
        row(ACCEPT_EVERYBODY, p=same, threshold=1.0, cv_cost=spent(np.zeros(len(y_train)))),
        row(REFUSE_EVERYBODY, p=same, threshold=0.0, cv_cost=spent(np.ones(len(y_train)))),
    ]
    for one in contenders:
        p, took = _timed(one, x)
        times = (one.fit_seconds, took)
        rows.append(row(one.name, p=p, threshold=break_even, cv_cost=one.cv_cost, seconds=times))
    if predecessor is not None and predecessor.threshold is not None:
        p, took = _timed(predecessor, x)
        times = (predecessor.fit_seconds, took)
        at, cv_cost = predecessor.threshold, predecessor.cv_cost
        rows.append(row(PREDECESSOR_AS_IT_WAS, p=p, threshold=at, cv_cost=cv_cost, seconds=times))
        lucky, _ = money.best_threshold(money.cost_curve(y, p, amount, **costs.to_dict()))
        cv_cost = spent(predecessor.out_of_fold >= lucky)
        rows.append(row(PREDECESSOR_AT_BEST, p=p, threshold=lucky, cv_cost=cv_cost, seconds=times))
    if data.true_probability is not None and truth is not None:
        cv_cost = spent(data.true_probability[parts.train] >= break_even)
        rows.append(row(TRUE_PROBABILITY, p=truth, threshold=break_even, cv_cost=cv_cost))
    ends = dict.fromkeys(("saving_low", "saving_high"), pl.Float64)  # also where all are null
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=ends)


@dataclass(frozen=True)
class Gain:
    """What the best model at its threshold saves beyond another rule, in shares of accepting everybody's cost.

    ``than``: the other rule. ``points``: with its interval over the test clients, None where too few of them defaulted
    to tell. ``share``: its saving over the other rule's, None where either loses money or the other saves less than
    ``LEAST_BASE``. ``expected_points``, ``expected_share``: the same by the true probabilities of a simulated bank,
    None elsewhere.
    """

    than: str
    points: Interval | None
    share: float | None
    expected_points: float | None = None
    expected_share: float | None = None


def gains(test: pl.DataFrame, threshold: float, predecessor_threshold: float | None, costs: Costs) -> list[Gain]:
    """The best model at its threshold against each baseline at break-even, the predecessor, twice, and the truth, where
    the test table has them.

    ``test``: as `judged_table` makes it. ``threshold``: of the best model. ``predecessor_threshold``: None without one.
    ``costs``: of errors.
    """
    y, p, amount = (test[column].to_numpy() for column in ("TARGET", "PROBABILITY_OF_DEFAULT", "AMT_CREDIT"))
    everybody = threshold_costs(y, np.zeros(len(y)), amount, costs)
    mine = threshold_costs(y, p >= threshold, amount, costs)
    others: dict[str, NDArray[np.bool_]] = {
        name.removeprefix(BASELINE): test[name].to_numpy() >= costs.break_even
        for name in test.columns
        if name.startswith(BASELINE)
    }
    if "PREDECESSOR" in test.columns and predecessor_threshold is not None:
        score = test["PREDECESSOR"].to_numpy()
        others[PREDECESSOR_AS_IT_WAS] = score >= predecessor_threshold
        others[PREDECESSOR_AT_BEST] = (
            score >= money.best_threshold(money.cost_curve(y, score, amount, **costs.to_dict()))[0]
        )
    truth = _truth(test)
    if truth is not None:
        others[TRUE_PROBABILITY] = truth >= costs.break_even
    found = []
    for name, refused in others.items():
        theirs = threshold_costs(y, refused, amount, costs)
        share = _share(1 - mine.sum() / everybody.sum(), 1 - theirs.sum() / everybody.sum())
        points = saving(mine, theirs, everybody)
        if truth is None:
            found.append(Gain(name, points, share))
        else:
            ours, other = (_expected_saving(truth, no, amount, costs) for no in (p >= threshold, refused))
            found.append(Gain(name, points, share, ours - other, _share(ours, other)))
    return found


def _share(ours: float, theirs: float) -> float | None:
    return float(ours / theirs) if ours >= 0 and theirs >= LEAST_BASE else None


def _expected_saving(truth: Floats, refused: NDArray[np.bool_], amount: Floats, costs: Costs) -> float:
    everybody = money.expected_cost(truth, np.zeros(len(truth)), amount, **costs.to_dict())
    return money.saving(money.expected_cost(truth, refused, amount, **costs.to_dict()), everybody)


def _timed(contender: Contender, x: NDArray[np.floating]) -> tuple[Floats, float]:
    """Probabilities, and the seconds that 1,000 clients take on one thread."""
    with threadpool_limits(1):
        began = time.perf_counter()
        p = contender.probability(x)
        return p, (time.perf_counter() - began) / len(x) * 1000


def with_best(
    table: pl.DataFrame,
    name: str,
    threshold: Threshold,
    review: Review,
    test: pl.DataFrame,
    out_of_fold: pl.DataFrame,
    costs: Costs,
) -> pl.DataFrame:
    """The closing table with two rows for the best model, after those of the models: at its threshold, and as served.

    ``table``: as `closing_table` makes it. ``name``: of the best model. ``threshold``: at which it refuses. ``review``:
    by which it refers. ``costs``: of errors.
    As served, clients for whom a review pays are referred, and the others decided by the threshold. A referral is
    counted by the reviewer's skill: a review finds that share of the wrong decisions, and costs what it costs, which is
    part of cv_cost, test_cost and the savings. ``refused`` is the share refused without a review; accuracy and f1 are
    null, since what a reviewer decides of one client is not known. ``test``, ``out_of_fold``: the tables of
    ``judged_table`` and ``out_of_fold_table``.
    """
    y, p, amount = _columns(test)
    truth = _truth(test)
    at = _row(name + AT_ITS_THRESHOLD, y, p, amount, threshold.value, threshold.cost, truth=truth, costs=costs)
    served = {**at, "model": name + AS_SERVED, "accuracy": None, "f1": None}
    y_train, out, amount_train = _columns(out_of_fold)
    served["cv_cost"] = float(served_costs(y_train, out, amount_train, threshold.value, costs, review).sum())
    served |= asdict(as_served(test, threshold.value, review, costs))
    last = pl.col("model").is_in((PREDECESSOR_AS_IT_WAS, PREDECESSOR_AT_BEST, TRUE_PROBABILITY))
    rows = pl.DataFrame([at, served], schema=table.schema)
    return pl.concat([table.filter(~last), rows, table.filter(last)])


@dataclass(frozen=True)
class Served:
    """What the rule that is served comes to on the test clients, as columns of the closing table, see `with_best`.

    - ``test_cost``: reviews included, in the currency of AMT_CREDIT
    - ``saving``, ``saving_low``, ``saving_high``: against accepting everybody, with its 95 % interval, whose ends are
      None where too few defaulted
    - ``expected_saving``: by the true probabilities of a simulated bank, None elsewhere
    - ``refused``, ``referred``: shares of the clients
    """

    test_cost: float
    saving: float
    saving_low: float | None
    saving_high: float | None
    expected_saving: float | None
    refused: float
    referred: float


def as_served(test: pl.DataFrame, threshold: float, review: Review | None, costs: Costs) -> Served:
    """Decide the clients of ``test``, as `judged_table` makes it. ``review``: None refers no client.

    ``threshold``: of those who are not referred. ``costs``: of errors.
    """
    y, p, amount = _columns(test)
    spent = served_costs(y, p, amount, threshold, costs, review)
    everybody = threshold_costs(y, np.zeros(len(y)), amount, costs)
    interval = saving(spent, everybody, everybody)
    decisions = decided(p, amount, threshold, costs, review)
    truth, expected = _truth(test), None
    if truth is not None:
        cost = served_costs(truth, p, amount, threshold, costs, review).sum()
        expected = money.saving(float(cost), float(threshold_costs(truth, np.zeros(len(y)), amount, costs).sum()))
    return Served(
        test_cost=float(spent.sum()),
        saving=money.saving(float(spent.sum()), float(everybody.sum())),
        saving_low=None if interval is None else interval.low,
        saving_high=None if interval is None else interval.high,
        expected_saving=expected,
        refused=float((decisions == REFUSE).mean()),
        referred=float((decisions == REFER).mean()),
    )


def _truth(test: pl.DataFrame) -> Floats | None:
    """The true probabilities of a simulated bank's test clients."""
    return test["TRUE_PROBABILITY"].to_numpy() if "TRUE_PROBABILITY" in test.columns else None


def _columns(table: pl.DataFrame) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Outcome, probability and amount of a table with a row a client."""
    y, p, amount = (table[name].to_numpy() for name in ("TARGET", "PROBABILITY_OF_DEFAULT", "AMT_CREDIT"))
    return y, p, amount


def _row(
    name: str,
    y: NDArray[np.int64],
    p: Floats,
    amount: Floats,
    threshold: float,
    cv_cost: float,
    seconds: tuple[float, float] | None = None,
    truth: Floats | None = None,
    *,
    costs: Costs,
) -> dict[str, object]:
    measured = measure(y, p, amount, threshold, costs)
    everybody = threshold_costs(y, np.zeros(len(y)), amount, costs)
    interval = saving(threshold_costs(y, p >= threshold, amount, costs), everybody, everybody)
    return {
        "model": name,
        "threshold": threshold,
        "cv_cost": cv_cost,
        "test_cost": measured["cost"],
        "saving": measured["saving"],
        "saving_low": None if interval is None else interval.low,
        "saving_high": None if interval is None else interval.high,
        "expected_saving": None if truth is None else _expected_saving(truth, p >= threshold, amount, costs),
        **{key: value for key, value in measured.items() if key not in ("cost", "saving")},
        "referred": 0.0,
        "fit_seconds": seconds[0] if seconds else None,
        "predict_seconds": seconds[1] if seconds else None,
    }
