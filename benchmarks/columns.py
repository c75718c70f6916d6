"""Which distance says truly whether a column of numbers has drifted: the table of docs/monitoring.md.

python benchmarks/columns.py     a simulated bank of 20,000 clients, 6,000 who apply a quarter later; some two minutes
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import wasserstein_distance

from credit.monitoring import Profile, compare
from credit.monitoring.application_drift import applications, drifted_columns
from credit.monitoring.column_verdicts import DISTANCE, RANKS
from credit.monitoring.rank_distance import rank_distance
from credit.simulate import simulate

#: As it was published of one client.
RICHEST = 117_000_000.0

Floats = np.ndarray


def by_values(before: Floats, now: Floats) -> float:
    """As Evidently's normed Wasserstein distance: in standard deviations of the reference, which is 0.001 at least."""
    return float(wasserstein_distance(before, now) / max(before.std(), 0.001))


def trimmed(before: Floats, now: Floats) -> float:
    """The same between the reference's 1 and 99 % quantiles: values beyond are taken as these."""
    ends = np.quantile(before, [0.01, 0.99])
    before, now = np.clip(before, *ends), np.clip(now, *ends)
    far = wasserstein_distance(before, now)
    return float(far / before.std()) if before.std() > 0 else float("inf" if far else 0)


def index(before: Floats, now: Floats) -> float:
    """The population stability index less what chance gives, as `credit.monitoring.population_stability` takes it."""
    profile = Profile.of(["column"], before[:, None])
    tally = profile.tally()
    tally.add(now[:, None])
    return compare(profile, tally).weighted


READINGS: dict[str, Callable[[Floats, Floats], float]] = {
    "values": by_values,
    "ranks": rank_distance,
    "trimmed": trimmed,
    "PSI": index,
}


def say(what: str, values: list[object]) -> None:
    print(f"{what:52}" + "".join(f"{one:>10.3f}" if isinstance(one, float) else f"{one:>10}" for one in values))


def one_column(incomes: Floats) -> None:
    """What becomes of the incomes, with and without one client."""
    rng = np.random.default_rng(0)
    now = rng.choice(incomes, 3_000, replace=False)
    richest = np.append(incomes[1:], RICHEST)
    told = {
        "30 % higher": (incomes, 1.3 * now),
        f"30 % higher, one of {RICHEST:,.0f} before": (richest, 1.3 * now),
        "10 % higher": (incomes, 1.1 * now),
        "unchanged": (incomes, now),
        f"unchanged, one of {RICHEST:,.0f} now": (incomes, np.append(now[1:], RICHEST)),
        "10 % in another unit, a thousand times as much": (incomes, np.where(rng.random(3_000) < 0.1, 1000 * now, now)),
    }
    for what, sides in told.items():
        say(what, [reading(*sides) for reading in READINGS.values()])


def every_column(before: pl.DataFrame, now: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Reading -> column of numbers -> distance."""
    sides = {
        name: [side[name].drop_nulls().cast(pl.Float64).to_numpy() for side in (before, now)] for name in before.columns
    }
    known = {name: both for name, both in sides.items() if all(map(len, both))}
    return {name: {column: reading(*both) for column, both in known.items()} for name, reading in READINGS.items()}


def few_clients(bank: pl.DataFrame, splits: int = 4) -> None:
    """The share of columns that are said to have drifted among clients of one population, some thousand before."""
    print("clients now: columns 0.1 apart, those that have drifted, those of which there are too few to say")
    for clients in (300, 600, 1_000, 2_000, 3_000):
        shares = []
        for seed in range(splits):
            mixed = bank.sample(fraction=1.0, seed=seed, shuffle=True)
            found = drifted_columns(mixed[clients:], mixed[:clients])
            of = len(found)
            shares.append(
                [
                    sum(one.distance >= DISTANCE for one in found) / of,
                    sum(one.drifted for one in found) / of,
                    sum(one.too_few for one in found) / of,
                ]
            )
        say(f"{clients:,}", [float(one) for one in np.mean(shares, axis=0)])


def main() -> None:
    """As the command says."""
    with tempfile.TemporaryDirectory() as folder:
        bank = simulate(Path(folder) / "bank", 20_000, seed=4, test_clients=6_000)
        before, now = (applications(bank, f"application_{part}") for part in ("train", "test"))
    few_clients(before)
    numbers = [one.column for one in drifted_columns(before, now) if one.decides == RANKS]
    before, now = before.select(numbers), now.select(numbers)
    say("", [*READINGS])
    one_column(before["AMT_INCOME_TOTAL"].drop_nulls().to_numpy())
    found = every_column(before, now)
    say(
        f"a quarter later: columns of {len(numbers)} from {DISTANCE} on",
        [sum(far >= DISTANCE for far in one.values()) for one in found.values()],
    )
    furthest = []
    for seed in range(6):
        mixed = before.sample(6_000, seed=seed, shuffle=True)
        furthest.append([max(one.values()) for one in every_column(mixed[:3_000], mixed[3_000:]).values()])
    say("two halves of one bank, six times: the furthest", [max(each) for each in zip(*furthest, strict=True)])


if __name__ == "__main__":
    main()
