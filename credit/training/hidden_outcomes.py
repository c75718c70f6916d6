"""Reject inference, graded: the outcomes of refused applicants are hidden as in a bank's history, and the truth judges.

A simulated bank has an outcome and a true probability of default of every applicant. An earlier policy refuses some of
them (`EarlierPolicy`): a scorecard of the application's columns, learnt from earlier applicants, some chance, and what
an officer sees that no column holds. Their outcomes are hidden, each method of ``credit.training.reject_inference``
makes its sample of the rest, and the same LightGBM learns from each. What each model decides on fresh applicants, all
of them and not the accepted alone, is paid for by their true probabilities:

    lost = (cost of the model's decisions - cost of the decisions by the true probabilities) / cost of accepting all

A point is a hundredth. What it costs to accept some of the refused at random counts as money, too: the true expected
cost of these loans less that of refusing them, as a share of what accepting all applicants of the history costs.

The model is the candidate "LightGBM" of ``credit.training.candidates`` with `LEAVES` leaves, calibrated out of fold
with the weights of its sample: no search, no copies of clients of whom less is known, no teachers and no signs.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from credit.decision.cost import Costs
from credit.model.calibration import Calibrated, Calibration
from credit.model.log_odds import log_odds
from credit.training import reject_inference as methods
from credit.training.candidates import candidate
from credit.training.dataset import Dataset, application_columns
from credit.training.knowledge_states import fresh
from credit.training.metrics import calibration_in_the_large, calibration_line
from credit.training.reject_inference import Sample
from credit.training.review_savings import threshold_costs

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Leaves of the model's trees: the first of its grid.
LEAVES = 8
FOLDS = 5
#: So many of the first applicants have taught the earlier policy's scorecard; a fifth of them where there are few.
EARLIER = 3_000
#: Of the refused, this share is accepted at random where the bank explores.
SHARE = 0.05
#: By how much worse than the accepted of equal score `parcelled` takes the refused to be: an assumption, as banks make.
FACTOR = 1.25
#: Judges are simulated with a seed this far from that of the history.
_JUDGES = 500_000

#: The methods, by the names that tables show.
NOTHING, ALL = "nothing: accepted only", "all outcomes known"
#: As many outcomes as the accepted have, of applicants drawn at random: what fewer outcomes cost, without any choice.
AS_MANY = "as many, at random"
REWEIGHTED, FUZZY, PARCELLED, EXTRAPOLATED = "reweighting", "fuzzy augmentation", "parcelling", "extrapolation"
EXPLORED_PLAIN, EXPLORED_LINE = "exploring, as they are", "exploring, weighted calibration"
EXPLORED = "exploring, weighted"


@dataclass(frozen=True)
class EarlierPolicy:
    """Whom the bank refused before.

    - ``name``: for tables
    - ``refused``: the share of its applicants
    - ``chance``: standard deviation of what chance adds to the scorecard's log odds
    - ``seen``: of what the scorecard does not know of the true log odds, the share that an officer sees and goes by;
      above 0 the refused are worse than the accepted of equal columns, and no column says so
    - ``stream``: of its random numbers, the same whichever other policies there are
    """

    name: str
    refused: float
    chance: float = 0.5
    seen: float = 0.0
    stream: int = 0

    def score(self, scorecard: Floats, true_probability: Floats, rng: np.random.Generator) -> Floats:
        """(n,) log odds by which it refuses, of the scorecard's log odds (n,) and the true probabilities (n,)."""
        unknown = log_odds(true_probability) - scorecard
        return scorecard + self.seen * unknown + self.chance * rng.standard_normal(len(scorecard))


POLICIES = (
    EarlierPolicy("refuses 1 in 10", 0.1),
    EarlierPolicy("refuses 4 in 10", 0.4, stream=1),
    EarlierPolicy("refuses 4 in 10, an officer sees more", 0.4, seen=0.5, stream=2),
)


@dataclass(frozen=True)
class Grade:
    """What a method is worth on fresh applicants.

    - ``policy``, ``method``: their names
    - ``learnt_from``: how many outcomes its model had
    - ``lost``: points lost against deciding by the true probabilities
    - ``paid``: points paid once for its outcomes, of the history
    - ``roc_auc``, ``slope``, ``in_the_large``: among all applicants, see ``credit.training.metrics``
    - ``refused_error``: mean predicted less mean true probability, in points, among those whom the earlier policy would
      refuse; below 0 the model takes them for better than they are
    """

    policy: str
    method: str
    learnt_from: int
    lost: float
    paid: float
    roc_auc: float
    slope: float
    in_the_large: float
    refused_error: float


def bank(clients: int, judges: int, seed: int, columns: Sequence[str]) -> tuple[Dataset, Dataset]:
    """The applicants of a history, and fresh ones of the same simulated bank, with these features.

    ``clients``: how many applicants the history has, ``judges``: how many are fresh. ``seed``: of both, who are drawn
    apart. ``columns``: the names of the features.
    """
    history = fresh({"simulated": True}, clients, seed, columns)
    others = fresh({"simulated": True}, judges, seed + _JUDGES, columns)
    assert history is not None  # of a simulated bank, as the other one
    assert others is not None
    return history, others


def graded(
    data: Dataset,
    judges: Dataset,
    seed: int,
    policies: Sequence[EarlierPolicy] = POLICIES,
    share: float = SHARE,
    *,
    costs: Costs,
) -> pl.DataFrame:
    """A row for each policy and method, with the columns of `Grade`; the models of a policy learn the same folds.

    ``seed``: of the draws and the models. ``policies``: the earlier ones, each of which hides other outcomes.
    ``costs``: of errors. ``data``: the applicants of the history, of whom the first have taught the scorecard and are
    in no sample. ``judges``: fresh applicants. ``share``: of the refused, accepted at random by the methods that
    explore.
    """
    own = [data.columns.index(name) for name in application_columns(data).columns]
    earlier = min(EARLIER, len(data) // 5)
    scorecard = candidate("Logistic Regression").make(seed).set_params(logisticregression__C=0.01)
    scorecard.fit(data.x[:earlier][:, own], data.defaulted[:earlier])
    history = _Part.of(data, slice(earlier, None), scorecard, own)
    fresh_ones = _Part.of(judges, slice(None), scorecard, own)
    rows = []
    best = learn(history.x, methods.accepted_only(history.y), seed)
    for policy in policies:
        rng = np.random.default_rng([seed, policy.stream])
        score = policy.score(history.scorecard, history.truth, rng)
        cut = np.quantile(score, 1 - policy.refused)
        would_refuse = policy.score(fresh_ones.scorecard, fresh_ones.truth, rng) >= cut
        refused = score >= cut
        drawn = refused & (rng.random(len(refused)) < share)
        spent = history.points(~drawn & refused, costs) - history.points(refused, costs)
        for method, model, paid in (
            *((name, model, 0.0) for name, model in _learnt(history, refused, seed).items()),
            *((name, model, spent) for name, model in _explored(history, refused, drawn, share, seed).items()),
            (AS_MANY, learn(history.x, _drawn(history, int((~refused).sum()), rng), seed), 0.0),
            (ALL, best, 0.0),
        ):
            rows.append(asdict(fresh_ones.grade(policy.name, method, model, paid, would_refuse, costs)))
    return pl.DataFrame(rows)


@dataclass(frozen=True)
class Learnt:
    """A calibrated model. ``out_of_fold``: (m,) its probabilities of the rows of its sample, NaN where the label is
    assumed. ``outcomes``: how many known ones it has learnt from.
    """

    model: Calibrated
    out_of_fold: Floats
    outcomes: int

    def probability(self, x: NDArray[np.floating]) -> Floats:
        """(n,) probabilities of the label of applicants (n, k)."""
        return np.asarray(self.model.predict_proba(x)[:, 1])


def learn(x: NDArray[np.float32], sample: Sample, seed: int, line_weight: Floats | None = None) -> Learnt:
    """LightGBM on a ``sample`` of the applicants ``x`` (n, k), calibrated by its outcomes.

    ``seed``: of the folds and the models. ``line_weight``: (m,) of the rows in the calibration, the sample's own
    without. All rows of an applicant are in the same fold. No line helps a model that ranks no better than chance: it
    is left as it is.
    """

    def fit(rows: Flags) -> Any:
        made = candidate("LightGBM").make(seed).set_params(num_leaves=LEAVES)
        return made.fit(x[sample.rows[rows]], sample.label[rows], sample_weight=sample.weight[rows])

    fold = (np.random.default_rng(seed).permutation(len(x)) % FOLDS)[sample.rows]
    raw = np.full(len(sample), np.nan)
    for number in range(FOLDS):
        judged = sample.known & (fold == number)
        raw[judged] = fit(fold != number).predict_proba(x[sample.rows[judged]])[:, 1]
    known = sample.known
    weight = (sample.weight if line_weight is None else line_weight)[known]
    try:
        calibration = Calibration.fit(sample.label[known], raw[known], weight)
    except ValueError:
        calibration = Calibration()
    out_of_fold = np.where(known, calibration(raw), np.nan)
    return Learnt(Calibrated(fit(np.ones(len(sample), dtype=bool)), calibration), out_of_fold, int(known.sum()))


@dataclass(frozen=True)
class _Part:
    """Applicants: ``x`` (n, k) and arrays (n,) of outcomes ``y``, amounts, the ``truth`` and the ``scorecard``'s log
    odds.
    """

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    amount: Floats
    truth: Floats
    scorecard: Floats

    @classmethod
    def of(cls, data: Dataset, rows: slice, scorecard: Any, own: list[int]) -> "_Part":
        """The applicants of ``data`` at ``rows``, with the ``scorecard``'s log odds, which reads the columns at the
        places ``own``.
        """
        assert data.true_probability is not None  # of a simulated bank
        x = data.x[rows]
        found = log_odds(scorecard.predict_proba(x[:, own])[:, 1])
        return cls(x, data.defaulted[rows], data.amount[rows], data.true_probability[rows], found)

    def points(self, refused: Flags, costs: Costs) -> float:
        """What decisions cost in expectation, in hundredths of what accepting all costs."""
        everybody = threshold_costs(self.truth, np.zeros(len(self.truth)), self.amount, costs).sum()
        return 100 * float(threshold_costs(self.truth, refused, self.amount, costs).sum() / everybody)

    def grade(self, policy: str, method: str, model: Learnt, paid: float, would_refuse: Flags, costs: Costs) -> Grade:
        """The grade of ``model``, learnt by ``method`` under ``policy``, on these applicants. ``paid``: for outcomes,
        points. ``would_refuse``: (n,) whom the policy would refuse. ``costs``: of errors, at whose break-even
        probability loans are refused.
        """
        p, limit = model.probability(self.x), costs.break_even
        return Grade(
            policy=policy,
            method=method,
            learnt_from=model.outcomes,
            lost=self.points(p >= limit, costs) - self.points(self.truth >= limit, costs),
            paid=paid,
            roc_auc=float(roc_auc_score(self.y, p)),
            slope=calibration_line(self.y, p)[0],
            in_the_large=calibration_in_the_large(self.y, p),
            refused_error=100 * float((p - self.truth)[would_refuse].mean()),
        )


def _learnt(history: _Part, refused: Flags, seed: int) -> dict[str, Learnt]:
    """The models of the methods that need no outcome of a refused applicant, by their names."""
    outcome = np.where(refused, np.nan, history.y)
    base = learn(history.x, methods.accepted_only(outcome), seed)
    p = base.probability(history.x)
    everybody = methods.accepted_only((~refused).astype(np.float64))
    acceptance = learn(history.x, everybody, seed).out_of_fold
    samples = {
        REWEIGHTED: methods.reweighted(outcome, acceptance),
        FUZZY: methods.fuzzy(outcome, p),
        PARCELLED: methods.parcelled(outcome, p, FACTOR),
        EXTRAPOLATED: methods.extrapolated(outcome, p),
    }
    return {NOTHING: base, **{name: learn(history.x, sample, seed) for name, sample in samples.items()}}


def _explored(history: _Part, refused: Flags, drawn: Flags, share: float, seed: int) -> dict[str, Learnt]:
    """The models of the methods that accept some of the refused: weighted nowhere, in the calibration, everywhere."""
    outcome = np.where(refused & ~drawn, np.nan, history.y)
    plain, weighted = methods.accepted_only(outcome), methods.explored(outcome, drawn, share)
    return {
        EXPLORED_PLAIN: learn(history.x, plain, seed),
        EXPLORED_LINE: learn(history.x, plain, seed, weighted.weight),
        EXPLORED: learn(history.x, weighted, seed),
    }


def _drawn(history: _Part, many: int, rng: np.random.Generator) -> Sample:
    """So many of the applicants, drawn at random, with their outcomes."""
    outcome = np.full(len(history.y), np.nan)
    rows = rng.choice(len(outcome), many, replace=False)
    outcome[rows] = history.y[rows]
    return methods.accepted_only(outcome)
