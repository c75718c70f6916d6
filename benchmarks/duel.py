"""The comparison of a new model with the shipped one, where it is known which is better: by overlap and by size."""

import numpy as np
from numpy.typing import NDArray

from credit.decision.cost import Costs, client_costs, expected_cost
from credit.decision.intervals import Interval, saving
from credit.training.promotion import ENOUGH_DEFAULTS, MARGIN, not_worse
from credit.training.split_membership import membership

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


#: Persons of whom test clients are drawn; 7.5 % default.
PERSONS = 400_000
#: Noise that a model's score adds to the true log odds: of the shipped model, and of one that saves about half a point
#: less; both measured by the true probabilities.
SHIPPED, WORSE = 0.9, 0.955
#: How far the outcome of a client from whom a model has learnt moves its score, in log odds.
LEARNT = 0.35
#: The same training with another seed keeps so much of the noise (correlation of the scores' errors).
KEPT = 0.9


class World:
    """Persons with true probabilities, outcomes and loans, and models that see them through noise."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.odds = self.rng.normal(size=PERSONS) - 2.9
        self.truth = 1 / (1 + np.exp(-self.odds))
        self.outcome = (self.rng.random(PERSONS) < self.truth).astype(int)
        self.amount = self.rng.lognormal(13, 0.55, PERSONS)
        self.number = membership(np.arange(PERSONS))
        self.costs = Costs()

    def score(self, noise: float, beside: Floats | None = None, kept: float = 0.0) -> Floats:
        """True log odds with noise; ``beside``: a score of which so much of the noise is ``kept``."""
        fresh = self.rng.normal(size=PERSONS)
        if beside is not None:
            old = (beside - self.odds) / np.std(beside - self.odds)
            fresh = kept * old + np.sqrt(1 - kept**2) * fresh
        return self.odds + noise * fresh

    def threshold(self, score: Floats) -> float:
        """Where a calibrated model of this score refuses: the true probability at it is the break-even one."""
        order, width = np.argsort(score), 2_000
        smooth = np.convolve(self.truth[order], np.ones(2 * width + 1) / (2 * width + 1), mode="valid")
        return float(score[order][np.argmax(smooth >= self.costs.break_even) + width])

    def cost(self, refused: Flags, some: NDArray[np.int64]) -> Floats:
        """What the decisions on some persons cost."""
        return client_costs(self.outcome[some], refused[some], self.amount[some], **self.costs.to_dict())

    def true_gain(self, new: Flags, old: Flags) -> float:
        """What ``new`` saves more than ``old`` in expectation."""
        cost = [expected_cost(self.truth, one, self.amount) for one in (old, new, np.zeros(PERSONS))]
        return (cost[0] - cost[1]) / cost[2]

    def compared(self, new: Flags, old: Flags, some: NDArray[np.int64]) -> Interval | None:
        """As `credit.training.promotion.duel` compares them."""
        nobody = np.zeros(PERSONS, dtype=bool)
        return saving(self.cost(new, some), self.cost(old, some), self.cost(nobody, some))


#: The share of samples in which each side of a 95 % interval may be wrong; and in which a model that saves some half a
#: point less, which is not quite the margin in each world that is drawn, may be promoted.
PROMISED, BORDER = 0.025, 0.05


def most(share: float, repeats: int) -> float:
    """The largest share that so many samples may show where ``share`` is true: three standard errors more."""
    return share + 3 * float(np.sqrt(share * (1 - share) / repeats))


def duel(repeats: int, seed: int) -> bool:
    """Compare a new model with the shipped one, whose advantage or disadvantage is known.

    Above: an equally good model against one that has learnt a share of the test clients, all of them counted and only
    those counted that the hash says it has not learnt. Below: how often a model that saves the margin less is promoted,
    and an equally good one, and how often either is called worse, by the number of defaults.

    Right: on clients that neither has learnt an equally good model is called worse in no more samples than the
    intervals promise, and its mean gain is 0 within half a point and three standard errors of so many samples; one that
    saves half a point less is promoted in one of twenty at most. Returns whether that was met.
    """
    met = True
    allowed, at_the_border = most(PROMISED, repeats), most(BORDER, repeats)
    world = World(seed)
    shipped = world.score(SHIPPED)
    at = world.threshold(shipped)
    old = shipped >= at
    print("An equally good model against a shipped one that has learnt some of 12,000 test clients; in points:")
    print(
        f"{'learnt':>8} {'all: gain':>10} {'worse':>7}   {'fresh: gain':>11} {'worse':>7} {'error':>6} {'clients':>8}"
    )
    for overlap in (0.0, 0.2, 0.4, 0.6, 0.8):
        share = 0.2 * (1 - overlap)
        knows = world.number >= share
        seen = np.where(knows, shipped + LEARNT * (2 * world.outcome - 1), shipped) >= at
        found: dict[str, list[Interval]] = {"all": [], "fresh": []}
        fresh_clients = 0
        for _ in range(repeats):
            new_score = world.score(SHIPPED, shipped, KEPT)
            new = new_score >= world.threshold(new_score)
            test = world.rng.choice(np.flatnonzero(world.number < 0.2), 12_000, replace=False)
            fresh = test[~knows[test]]
            for name, judges in (("all", test), ("fresh", fresh)):
                if (gain := world.compared(new, seen, judges)) is not None:
                    found[name].append(gain)
            fresh_clients = len(fresh)
        mean = {name: 100 * np.mean([one.estimate for one in some]) for name, some in found.items()}
        error = 100 * np.std([one.estimate for one in found["fresh"]], ddof=1) / np.sqrt(len(found["fresh"]))
        worse = {name: np.mean([one.high < 0 for one in some]) for name, some in found.items()}
        print(
            f"{overlap:8.0%} {mean['all']:+10.1f} {worse['all']:7.0%}   {mean['fresh']:+11.1f} {worse['fresh']:7.0%} "
            f"{error:6.2f} {fresh_clients:8,}"
        )
        met &= bool(abs(mean["fresh"]) - 3 * error < 0.5 and worse["fresh"] <= allowed)
    print()
    models = {}
    for name, noise in (("equal", SHIPPED), ("half a point worse", WORSE)):
        score = world.score(noise, shipped, KEPT)
        models[name] = score >= world.threshold(score)
    gains = {name: 100 * world.true_gain(new, old) for name, new in models.items()}
    print(
        f"Promoted where the interval begins above -{100 * MARGIN:g} points, on {ENOUGH_DEFAULTS} defaults at least. "
        "By the true probabilities they save more: " + ", ".join(f"{name} {gain:+.2f}" for name, gain in gains.items())
    )
    print(f"{'clients':>8} {'defaults':>9}" + "".join(f"   {n + ': shown':>25} {'worse':>7}" for n in models))
    for clients in (80, 250, 500, 1_000, 2_000, 4_000, 12_000, 48_000):
        row = f"{clients:8,} {clients * world.truth.mean():9.0f}"
        for name, new in models.items():
            shown = said_worse = 0
            for _ in range(repeats):
                some = world.rng.choice(PERSONS, clients, replace=False)
                gain = world.compared(new, old, some)
                if gain is None:
                    continue
                shown += not_worse(gain)
                said_worse += gain.high < 0
            row += f"   {shown / repeats:25.1%} {said_worse / repeats:7.1%}"
            wrong, most_wrong = (said_worse, allowed) if name == "equal" else (shown, at_the_border)
            met &= clients * world.truth.mean() < ENOUGH_DEFAULTS or wrong / repeats <= most_wrong
        print(row + ("" if clients * world.truth.mean() >= ENOUGH_DEFAULTS else "   nothing is said"))
    print(
        "\nRight values: fresh gain 0 within 0.5 points and three standard errors; an equal model called worse in at "
        f"most {allowed:.1%} of samples, one half a point worse promoted in at most {at_the_border:.1%}."
    )
    return met
