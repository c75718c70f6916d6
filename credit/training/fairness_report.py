"""The frontier of saving against the ratios of approvals: on the terminal, as a picture and a table in files."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from credit.decision.intervals import TOO_FEW, Interval
from credit.training.fairness_alternatives import COLUMNS, SIGN, TRIAL, UNCHANGED, WEIGHTS
from credit.training.fairness_frontier import Frontier, Judged, Point

#: The folder of a project in which table and picture are written.
FOLDER = Path("run/fairness")
PICTURE, TABLE = "frontier.png", "frontier.csv"

_COLOURS = {UNCHANGED: "#000000", TRIAL: "#8a8a8a", COLUMNS: "#1f5a94", WEIGHTS: "#c8641e", SIGN: "#2f8f5b"}


def show(frontier: Frontier, taken: Point | None = None, console: Console | None = None) -> None:
    """Print a row a point, out of fold and then on the test clients, and what carries the differences."""
    console = console or Console()
    models = f"models of {frontier.looked:,} training clients"
    console.print(_table(frontier, f"Saving against the ratio of approvals, out of fold: {models}", taken, False))
    console.print(_table(frontier, f"The same on {frontier.test_clients:,} test clients", taken, True))
    for sentence in carried_sentences(frontier):
        console.print(sentence)


def _table(frontier: Frontier, title: str, taken: Point | None, of_test: bool) -> Table:
    shown = Table(title=title, box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    # Folded, not cut off: a name that ends in dots names nothing.
    shown.add_column("", justify="right", no_wrap=True)
    shown.add_column("model", overflow="fold")
    shown.add_column("dominated\nby", justify="right")
    shown.add_column("saves\n%", justify="right")
    shown.add_column("more than model 0,\npoints", justify="right", overflow="fold")
    for one in frontier.attributes:
        shown.add_column(f"ratio by\n{one.name}", justify="right", overflow="fold")
    for point in frontier.points:
        judged = point.test if of_test else point.out_of_fold
        dominated = point.dominated_by is not None
        shown.add_row(
            str(point.number),
            point.alternative.name,
            str(point.dominated_by) if dominated else "",
            f"{100 * judged.saving:.1f}",
            gained(judged, point.number),
            *_ratios(frontier, judged),
            style="bold" if point == taken else "dim" if dominated else None,
        )
    return shown


def gained(judged: Judged, number: int) -> str:
    """What a point saves more than the unchanged model, in points, with its interval."""
    if number == 0:
        return "-"
    if judged.gain is None:
        return TOO_FEW
    return f"{100 * judged.gain.estimate:+.1f} ({100 * judged.gain.low:+.1f} to {100 * judged.gain.high:+.1f})"


def ratio(found: Interval | None) -> str:
    """A ratio with its interval."""
    return "-" if found is None else f"{found.estimate:.2f} ({found.low:.2f} to {found.high:.2f})"


def _ratios(frontier: Frontier, judged: Judged) -> list[str]:
    found = (judged.ratios.get(one.name) for one in frontier.attributes)
    return [ratio(None if one is None else one.ratio) for one in found]


def carried_sentences(frontier: Frontier) -> list[str]:
    """For each attribute, what carries most of its difference in approvals, a sentence."""
    sentences = []
    for name, parts in frontier.carries.items():
        most = [f"{one.part} {100 * one.points:+.1f}" for one in parts if one.points > 0]
        if most:
            sentences.append(f"Of the difference in approvals by {name}, in points of the clients: {', '.join(most)}.")
    return sentences


def picture(frontier: Frontier, taken: Point | None = None) -> Figure:
    """The ratio on the horizontal axis, the saving on the vertical one, out of fold, for each attribute."""
    figure = Figure(figsize=(5.5 * len(frontier.attributes), 4.5), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(frontier.attributes), sharey=True))
    for axes, attribute in zip(panels, frontier.attributes, strict=True):
        axes.spines[["top", "right"]].set_visible(False)
        for point in frontier.points:
            found = point.out_of_fold.ratios.get(attribute.name)
            if found is None:
                continue
            x, y = found.ratio.estimate, 100 * point.out_of_fold.saving
            colour = _COLOURS[point.alternative.kind]
            face = "none" if point.dominated_by is not None else colour
            size = 90 if point == taken else 30
            axes.scatter(x, y, s=size, facecolors=face, edgecolors=colour, marker="s" if point == taken else "o")
            axes.annotate(str(point.number), (x, y), xytext=(4, 3), textcoords="offset points", fontsize=7)
        axes.axvline(0.8, color="#8a8a8a", lw=0.8, ls=":")
        axes.set(xlabel=f"lowest approval rate over the highest, by {attribute.name}")
    panels[0].set(ylabel="saved against accepting everybody (%)")
    figure.suptitle("Saving against the ratio of approvals, out of fold (hollow: dominated; dotted: four fifths)")
    for kind, colour in _COLOURS.items():
        panels[-1].scatter([], [], s=30, color=colour, label=kind)
    panels[-1].legend(frameon=False, fontsize=8)
    return figure


def write(frontier: Frontier, folder: str | Path = FOLDER, taken: Point | None = None) -> Path:
    """Write picture and table into ``folder``, which is made where there is none."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    picture(frontier, taken).savefig(folder / PICTURE, dpi=120)
    frontier.table().write_csv(folder / TABLE)
    return folder
