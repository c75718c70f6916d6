"""Whether a change for the worse gets any client a better probability: the part "perturbations" of decisions.py.

A bank is simulated, and then changed for the worse in each way of ``credit.simulate.perturbations``: all pay later, owe
more, earn less, have lower scores. The shipped model and a LightGBM without signs, taught on a bank of its own, answer
before and after, for clients with all tables and with the application alone. The right value of the shipped model
stands beside the code: no client is better off. Below it stand the changes of `NOT_COVERED`, of which nobody says that.
"""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from lightgbm import LGBMClassifier
from numpy.typing import NDArray

from credit import features
from credit.features.monotone_directions import mixed
from credit.model import load_bundle
from credit.simulate import simulate
from credit.simulate.perturbations import NOT_COVERED, WORSE, held_to, perturbed
from credit.tables import HISTORIES, read
from credit.training.candidates import candidate
from credit.training.dataset import dataset, prepare

Floats = NDArray[np.float64]

BUNDLE = Path(__file__).parents[1] / "mlruns_reduced"
#: What is known of the clients -> their tables.
KNOWN = {"all tables": ("application_test", *HISTORIES), "application": ("application_test",)}
#: Below this a fall is one of the last digits.
NOTHING = 1e-12


def without_signs(clients: int, seed: int) -> LGBMClassifier:
    """LightGBM as it is usually fitted: the candidate of the comparison, held to no sign."""
    with tempfile.TemporaryDirectory() as place:
        data = dataset(prepare(simulate(Path(place) / "bank", clients, seed=seed), seed=seed))
    model: LGBMClassifier = candidate("LightGBM").make(seed)
    return model.fit(data.x, data.defaulted)


def falls(before: Floats, after: Floats) -> tuple[float, float]:
    """The share of clients whose probability fell, and the mean change; arrays (n,)."""
    step = after - before
    return float((step < -NOTHING).mean()), float(step.mean())


def _rows(tables: dict[str, pl.LazyFrame], columns: tuple[str, ...]) -> Floats:
    made = features.build(tables, "application_test", columns).collect().sort("SK_ID_CURR")
    return np.ascontiguousarray(made.select(columns).cast(pl.Float64).fill_null(float("nan")).to_numpy())


def perturbations(clients: int, taught: int, seed: int) -> bool:
    """Print the table. ``clients`` answer; the model without signs is ``taught`` on so many others.

    Returns whether no probability of the shipped model fell.
    """
    shipped, free = load_bundle(BUNDLE), without_signs(taught, seed + 1)
    every = features.COLUMNS

    def answers(tables: dict[str, pl.LazyFrame]) -> tuple[Floats, Floats]:
        x = _rows(tables, every)
        own = np.ascontiguousarray(x[:, [every.index(name) for name in shipped.columns]])
        return shipped.probability(own), free.predict_proba(x)[:, 1]

    with tempfile.TemporaryDirectory() as place:
        bank = read(simulate(Path(place) / "bank", clients, seed=seed), KNOWN["all tables"])
        mixed_ones = sum(mixed(name) for name in every)
        print(
            f"Clients whose probability of default falls after a change for the worse, and its mean change in points;\n"
            f"{clients:,} simulated clients. Without signs: LightGBM taught on {taught:,} others. The shipped model\n"
            f"does not read {mixed_ones} of {len(every)} features, which a change for the worse may move either way.\n"
        )
        print(f"{'known':12} {'change':34} {'shipped':>18} {'without signs':>18}")
        met, signed = True, shipped.manifest["features"]["signs"]
        for known, names in KNOWN.items():
            tables = {name: bank[name] for name in names}
            before = answers(tables)
            for change, columns in WORSE.items():
                if not columns.keys() & tables.keys():
                    continue
                cells = [falls(*pair) for pair in zip(before, answers(perturbed(tables, change)), strict=True)]
                held = held_to(change, signed)
                met &= cells[0][0] == 0 or not held
                said = " ".join(f"{100 * n:8.1f} % {100 * m:+7.2f}" for n, m in cells)
                print(f"{known:12} {change:34} {said}{'' if held else '  trained before this had a sign'}")
        print("\nRight values: 0.0 % of the shipped model, where it was trained under the sign.\n")
        print(
            "Changes that the signs do not cover: clients whose probability falls, and the largest fall in points.\n\n"
            f"{'change':38} {'shipped':>16}"
        )
        before = answers(bank)
        for change in (*(one for one in WORSE if not held_to(one, signed)), *NOT_COVERED):
            step = answers(perturbed(bank, change))[0] - before[0]
            print(f"{change:38} {100 * (step < -NOTHING).mean():6.1f} % {100 * max(0.0, -float(step.min())):7.2f}")
    return met
