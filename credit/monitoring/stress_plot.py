"""The picture of a stress: what the loans of a portfolio lose in expectation, scenario by scenario."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from credit.decision.stressed_portfolio import Stressed, sentence


def draw(rows: Sequence[Stressed]) -> Figure:
    """Two bars for each row: the expected loss of the loans accepted before, and of those that are accepted anew; the
    sentence that reads them stands below.
    """
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    axes = figure.subplots()
    place, width = np.arange(len(rows)), 0.4
    axes.bar(place - width / 2, [one.loss for one in rows], width, label="loans accepted before")
    axes.bar(place + width / 2, [one.loss_anew for one in rows], width, label="loans accepted anew")
    axes.set_xticks(place, [one.scenario for one in rows], rotation=20 if len(rows) > 4 else 0)
    axes.set_ylabel("expected loss (currency of AMT_CREDIT)")
    axes.yaxis.set_major_formatter(EngFormatter())
    axes.set_title(f"Expected loss of a portfolio of {rows[0].clients:,} clients under stress")
    axes.legend(loc="best", fontsize="small")
    figure.supxlabel(sentence(rows), fontsize="small", wrap=True)
    return figure
