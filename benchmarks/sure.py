"""How often intervals of a probability hold the truth, on clients drawn anew: the part "intervals".

Two things are asked, in each state of what is known, by group and by tenth of the answer:

- **the rate**: whether the interval holds the mean true probability of the clients with such an answer, which is found
  by a smooth line of the true probabilities over the answers. Beside the bins of `credit.decision.rate_intervals` is
  inductive Venn-Abers (V. Vovk, I. Petej, Venn-Abers Predictors, UAI 2014) on the same clients held out: its two
  probabilities are those of an isotonic regression with the client added as a good one, and as a bad one.
- **the client's own probability**: whether the interval holds the client's own true probability; and without what
  a simulated bank alone can measure, which is all that a real bank has.
"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from credit.decision.certainty import Certainties, Certainty
from credit.decision.cost import Costs
from credit.decision.policy import Policy
from credit.model import Scorer, load_bundle
from credit.model.log_odds import log_odds
from credit.simulate import simulate
from credit.training import interval_tables
from credit.training.dataset import Dataset, dataset, prepare
from credit.training.hiding import Hiding
from credit.training.interval_tables import HeldOut
from credit.training.knowledge_states import Case, cases

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BUNDLE = Path(__file__).parents[1] / "mlruns_reduced"
#: Asked are nine of ten. Right: of all clients of a state at least so many; the own interval is measured with some of
#: the parts hidden and judged with others, so it may fall a little short.
ASKED, RIGHT = 0.9, 0.85
#: Powers of the log odds in the line of the rate: straight lines bend at the ends.
_POWERS = 5
#: Venn-Abers is asked at so many answers.
_ASKED_AT = 40


def venn_abers(defaulted: NDArray[np.int64], score: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """The two probabilities of each of ``asked`` (m,), from clients held out: arrays (n,) of outcomes and scores."""
    ends = []
    for label in (0, 1):
        found = [
            IsotonicRegression().fit([*score.tolist(), one], [*defaulted.tolist(), label]).predict([one])[0]
            for one in asked.tolist()
        ]
        ends.append(np.array(found))
    return ends[0], ends[1]


def rate_of(answer: Floats, truth: Floats) -> Floats:
    """(n,) the mean of ``truth`` (n,) among clients with such an ``answer`` (n,): a logistic line of its powers."""
    score = log_odds(answer)
    powers = np.column_stack([((score - score.mean()) / score.std()) ** power for power in range(1, _POWERS + 1)])
    # Each client counts as a defaulter by its true probability and as a good one by the rest: no luck of outcomes.
    line = LogisticRegression(C=np.inf, max_iter=2000).fit(
        np.concatenate([powers, powers]),
        np.repeat([1, 0], len(truth)),
        sample_weight=np.concatenate([truth, 1 - truth]),
    )
    return np.asarray(line.predict_proba(powers)[:, 1])


@dataclass(frozen=True)
class Judged:
    """Clients in one state: their answers, and whether each interval holds its subject; arrays (n,)."""

    p: Floats
    own: Bools
    fuller: Bools
    rate: Bools
    crosses: Bools
    width: float


def _judged(p: Floats, truth: Floats, found: list[Certainty], fuller: list[Certainty]) -> Judged:
    def holds(ends: list[tuple[float, float]], of: Floats) -> Bools:
        low, high = np.array(ends).T
        return np.asarray((low <= of) & (of <= high))

    own = [(one.low, one.high) for one in found]
    rates = [(np.nan, np.nan) if one.rate_low is None else (one.rate_low, one.rate_high or 1.0) for one in found]
    return Judged(
        p,
        holds(own, truth),
        holds([(one.low, one.high) for one in fuller], truth),
        holds(rates, rate_of(p, truth)),
        np.array([one.crosses_break_even for one in found]),
        float(np.median([high / low for low, high in own])),
    )


def intervals(clients: int, held_out: int, seed: int) -> bool:
    """Print the tables. Returns whether all clients of each state are held as often as `RIGHT`."""
    model = load_bundle(BUNDLE)
    unknown = Policy(model).unknown
    assert unknown is not None  # the shipped manifest says how far answers spread
    with tempfile.TemporaryDirectory() as place:
        first, second = (_drawn(model, Path(place) / name, *of) for name, of in _banks(clients, held_out, seed))
    judges, known = HeldOut(second.x.astype(np.float64), second.defaulted, second.true_probability), first
    written = interval_tables.measured(model.probability, model.columns, unknown, judges)
    break_even = Costs.of(model.manifest).break_even
    full = Certainties(written, unknown, break_even)
    fuller = Certainties({**written, "left": None}, unknown, break_even)
    hiding, truth = Hiding(model.columns), known.true_probability
    assert truth is not None
    states: dict[str, Judged] = {}
    print(f"{clients:,} clients judge, {held_out:,} others were held out; {ASKED:.0%} are asked")
    print("| known | own | own, without the truth | rate | rate, Venn-Abers | high / low | crosses |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for case in cases(hiding):
        x, p = _answered(model, case, hiding, known)
        one = _judged(p, truth, full.of(x, p), fuller.of(x, p))
        states[case.name] = one
        other = _venn_abers_holds(model, case, hiding, judges, p, rate_of(p, truth))
        print(
            f"| {case.name} | {one.own.mean():.1%} | {one.fuller.mean():.1%} | {one.rate.mean():.1%} | {other:.1%} | "
            f"{one.width:.1f} | {one.crosses.mean():.1%} |",
            flush=True,
        )
    _by_group(states["everything"], known)
    _by_tenth(states["everything"])
    print(f"Right values: own and rate at least {RIGHT:.0%} in each state.")
    return all(min(one.own.mean(), one.rate.mean()) >= RIGHT for one in states.values())


def _banks(clients: int, held_out: int, seed: int) -> list[tuple[str, tuple[int, int]]]:
    return [("judges", (clients, seed)), ("held out", (held_out, seed + 1))]


def _drawn(model: Scorer, place: Path, clients: int, seed: int) -> Dataset:
    """Clients with what the model reads, in its order."""
    data = dataset(prepare(simulate(place, clients, seed=seed), seed=seed), wanted=model.columns)
    places = [data.columns.index(name) for name in model.columns]
    return replace(data, x=data.x[:, places], columns=model.columns)


def _answered(model: Scorer, case: Case, hiding: Hiding, data: Dataset | HeldOut) -> tuple[Floats, Floats]:
    x = np.ascontiguousarray(case.of(hiding, data.x, 9).astype(np.float64))
    return x, model.probability(x)


def _venn_abers_holds(model: Scorer, case: Case, hiding: Hiding, judges: HeldOut, p: Floats, rate: Floats) -> float:
    """The share of answers whose rate lies between the two probabilities of Venn-Abers."""
    _, score = _answered(model, case, hiding, judges)
    order = np.argsort(p)[np.linspace(0, len(p) - 1, _ASKED_AT).astype(int)]
    low, high = venn_abers(judges.defaulted, score, p[order])
    return float(((low <= rate[order]) & (rate[order] <= high)).mean())


def _by_group(found: Judged, data: Dataset) -> None:
    """All known: of women and men, and by age, the own interval and the marks."""
    at = {name: data.x[:, data.columns.index(name)] for name in ("CODE_GENDER", "DAYS_BIRTH")}
    years = -at["DAYS_BIRTH"] / 365.25
    groups = {"women": at["CODE_GENDER"] == 0, "men": at["CODE_GENDER"] == 1}
    ages = ((20, 30), (30, 45), (45, 70))
    groups |= {f"{low} to {high} years": (years >= low) & (years < high) for low, high in ages}
    print("| all known, group | clients | own | crosses |\n|---|---:|---:|---:|")
    for name, rows in groups.items():
        print(f"| {name} | {rows.sum():,} | {found.own[rows].mean():.1%} | {found.crosses[rows].mean():.1%} |")


def _by_tenth(found: Judged) -> None:
    print("| all known, tenth of the answer | own | rate | crosses |\n|---|---:|---:|---:|")
    for number, rows in enumerate(np.array_split(np.argsort(found.p, kind="stable"), 10), 1):
        ends = f"{found.p[rows[0]]:.1%} to {found.p[rows[-1]]:.1%}"
        print(
            f"| {number}: {ends} | {found.own[rows].mean():.1%} | {found.rate[rows].mean():.1%} | "
            f"{found.crosses[rows].mean():.1%} |"
        )
