"""Is the simulated bank faithful? Every figure of the real bank beside the simulated one, in range or not."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from credit.simulate import simulate
from credit.simulate.history_validation import history_looks, history_risk
from credit.simulate.validation import Figure, application_looks, application_risk, correlations, money
from credit.tables.schema import HISTORIES


def compare(folder: str | Path) -> list[Figure]:
    """All figures of a simulated bank in Parquet format, as ``simulate`` writes it.

    What the application table looks like and how risk lies in it is read from application_train; what the histories
    look like from those of all clients, as the published counts are.
    """
    folder = Path(folder)
    train = pl.read_parquet(folder / "application_train.parquet")
    truth = pl.read_parquet(folder / "truth.parquet")
    histories = {name: pl.read_parquet(folder / f"{name}.parquet") for name in HISTORIES}
    probability = train.select("SK_ID_CURR").join(truth, on="SK_ID_CURR", how="left", maintain_order="left")
    chance = probability["PROBABILITY_OF_DEFAULT"].to_numpy()
    return [
        *money(train, chance),
        *application_looks(train),
        *history_looks(histories, len(truth)),
        *application_risk(train, chance),
        *correlations(train),
        *history_risk(histories, probability.select("SK_ID_CURR", "PROBABILITY_OF_DEFAULT")),
    ]


def profile(clients: int = 20_000, seed: int = 7) -> tuple[list[Figure], bool]:
    """Simulate a bank, compare it, and throw it away: the figures, and whether all are in range."""
    with tempfile.TemporaryDirectory() as temporary:
        figures = compare(simulate(Path(temporary) / "bank", clients, seed))
    return figures, all(figure.within for figure in figures)


def as_text(figures: Iterable[Figure]) -> str:
    """The figures as text, one a line: group, name, real, simulated, allowed distance, in range or not; then counts."""
    lines = [f"{'':16} {'figure':62} {'real':>12} {'simulated':>12} {'allowed':>10}"]
    counts: dict[str, list[int]] = {}
    for figure in figures:
        mark = "in range" if figure.within else "OUT OF RANGE"
        lines.append(
            f"{figure.group[:16]:16} {figure.name[:62]:62} {figure.real:12.5g} {figure.simulated:12.5g}"
            f" {figure.tolerance:10.3g}  {mark}"
        )
        counts.setdefault(figure.group, []).append(figure.within)
    lines += [f"{group}: {sum(within)} of {len(within)} in range" for group, within in counts.items()]
    return "\n".join(lines)
