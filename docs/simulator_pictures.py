"""Draw the pictures of simulator.md: real aggregate against simulated. Run: python docs/simulator_pictures.py"""

import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import polars as pl

from credit.simulate import simulate
from credit.simulate.column_sampling import profile
from credit.simulate.default_rate_bins import bins_of
from credit.simulate.validation import Figure
from credit.simulate.validation_report import compare

HERE = Path(__file__).parent
REAL, SIMULATED = "#444444", "#d1495b"
DECILES = ("EXT_SOURCE_2", "EXT_SOURCE_3", "DAYS_BIRTH", "DAYS_EMPLOYED", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL")
VALUES = ("OCCUPATION_TYPE", "NAME_EDUCATION_TYPE")


def main(clients: int = 20_000, seed: int = 7) -> None:
    """Simulate a bank, compare it with the real aggregates, and write the three pictures beside this file."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = simulate(Path(temporary) / "bank", clients, seed)
        figures = compare(folder)
        train = pl.read_parquet(folder / "application_train.parquet")
        truth = pl.read_parquet(folder / "truth.parquet")
    probability = train.select("SK_ID_CURR").join(truth, on="SK_ID_CURR", maintain_order="left")
    draw_rates(train, probability["PROBABILITY_OF_DEFAULT"].to_numpy())
    draw_strengths(figures)
    draw_quantiles(figures)


def draw_rates(train: pl.DataFrame, probability: np.ndarray) -> None:
    """Default rate by decile and by value."""
    picture, axes = plt.subplots(2, 4, figsize=(11, 5.2), layout="constrained", sharey=True)
    for axis, column in zip(axes.ravel(), (*DECILES, *VALUES), strict=True):
        place, names, rates = bins_of(column, train[column])
        shown = [i for i, rate in enumerate(rates) if rate is not None and (place == i).any()]
        ours = [100 * probability[place == i].mean() for i in shown]
        axis.plot([100 * (rates[i] or 0) for i in shown], "o", color=REAL, label="real", markersize=5)
        axis.plot(ours, "x", color=SIMULATED, label="simulated", markersize=6)
        axis.set_title(column, fontsize=9)
        last = "missing" if names[shown[-1]] == "missing" else f"bin {len(shown)}"
        axis.set_xticks([0, len(shown) - 1], ["bin 1", last], fontsize=8)
    for axis in axes[:, 0]:
        axis.set_ylabel("default rate, %")
    axes[0, 0].legend(frameon=False)
    picture.savefig(HERE / "simulator_rates.png", dpi=90)


def draw_strengths(figures: list[Figure]) -> None:
    """Single-column AUCs, real against simulated, with the allowed band."""
    picture, axes = plt.subplots(1, 2, figsize=(9, 4.4), layout="constrained")
    for axis, group, title, band in (
        (axes[0], "AUC", "columns of the application", 0.02),
        (axes[1], "history AUC", "features of the histories", 0.04),
    ):
        chosen = [figure for figure in figures if figure.group == group]
        ends = np.array([0.3, 0.7])
        axis.fill_between(ends, ends - band, ends + band, color="#eeeeee", label=f"within {band}")
        axis.plot([f.real for f in chosen], [f.simulated for f in chosen], ".", color=SIMULATED, markersize=6)
        axis.set(xlabel="AUC against default, real", ylabel="simulated", title=title, xlim=ends, ylim=ends)
        axis.legend(frameon=False, loc="upper left")
    picture.savefig(HERE / "simulator_strengths.png", dpi=90)


def draw_quantiles(figures: list[Figure]) -> None:
    """Quantiles 5 to 95 of all numeric columns, and missing shares, real against simulated."""
    picture, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
    quantiles = [figure for figure in figures if " quantile " in figure.name]
    axes[0].plot([f.real for f in quantiles], [f.simulated for f in quantiles], ".", color=SIMULATED, markersize=4)
    axes[0].set(xscale="symlog", yscale="symlog", title="quantiles of all columns of all tables")
    for axis in (axes[0],):
        axis.set_xticks([-1e4, 0, 1e3, 1e6])
        axis.set_yticks([-1e4, 0, 1e3, 1e6])
    missing = [figure for figure in figures if figure.name.endswith(" missing") and figure.group != "default rate"]
    axes[1].plot([f.real for f in missing], [f.simulated for f in missing], ".", color=SIMULATED, markersize=5)
    axes[1].set(title="missing shares")
    pairs = [figure for figure in figures if figure.group == "rank correlation"]
    axes[2].plot([f.real for f in pairs], [f.simulated for f in pairs], ".", color=SIMULATED, markersize=3)
    axes[2].set(title=f"rank correlations of {len(profile()['spearman']['columns'])} columns")
    for axis in axes:
        low, high = axis.get_xlim()
        axis.plot([low, high], [low, high], color=REAL, linewidth=0.6, zorder=0)
        axis.set(xlabel="real", ylabel="simulated")
    picture.savefig(HERE / "simulator_looks.png", dpi=90)


if __name__ == "__main__":
    main()
