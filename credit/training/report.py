"""The closing table and what follows from it, on the terminal, in README.md and in docs/decisions-by-cost.md."""

import math
from pathlib import Path
from typing import Any

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from credit.decision.intervals import TOO_FEW
from credit.model.manifest import BUNDLE
from credit.training.evaluation import (
    ACCEPT_EVERYBODY,
    AS_SERVED,
    AT_ITS_THRESHOLD,
    PREDECESSOR_AS_IT_WAS,
    PREDECESSOR_AT_BEST,
    REFUSE_EVERYBODY,
    TRUE_PROBABILITY,
    Gain,
)
from credit.training.result import Outcome

#: The rules that the best model is compared with in a sentence.
_SAID = (PREDECESSOR_AS_IT_WAS, PREDECESSOR_AT_BEST, TRUE_PROBABILITY)

#: How large costs are printed, and the word for it: the first of which accepting everybody costs at least ten.
_UNITS = ((1e6, "million"), (1e3, "thousand"), (1.0, ""))

#: The pages with a place for a table: README.md for its results, the other for every column.
PAGES = ("README.md", "docs/decisions-by-cost.md")


def markdown(table: pl.DataFrame) -> str:
    """The closing table for a page: costs in millions, savings against accepting everybody in per cent.

    Expected: the saving by the true probabilities of a simulated bank, without the luck of the drawn outcomes. Slope,
    intercept (at slope 1) and error (of predictions from 0.10 to 0.25, in points) are those of the calibration; fit:
    seconds on one thread; predict: milliseconds for 1,000 clients. Referred: to a reviewer, in the row "as served"
    alone; a review finds the share of wrong decisions that is the reviewer's skill, and its cost is in that row's costs
    and savings.
    """
    lines = [
        "| decision by | threshold | CV cost | test cost | saving % (95 %) | expected % | ROC AUC | Gini | KS | Brier "
        "| slope | intercept | error | accuracy | F1 | refused | referred | fit | predict |",
        "|---|" + "---:|" * 18,
    ]
    for row in table.iter_rows(named=True):
        cells = (
            *_cost(row),
            _number(row["expected_saving"], "{:.1f}", 100),
            *(_number(row[name], "{:.3f}") for name in ("roc_auc", "gini", "ks")),
            _number(row["brier"], "{:.4f}"),
            _number(row["calibration_slope"], "{:.2f}"),
            _number(row["calibration_in_the_large"], "{:.2f}"),
            _number(row["calibration_error"], "{:+.1f}", 100),
            *(_number(row[name], "{:.3f}") for name in ("accuracy", "f1")),
            f"{row['refused']:.1%}",
            f"{row['referred']:.1%}",
            _number(row["fit_seconds"], "{:.1f}"),
            _number(row["predict_seconds"], "{:.1f}", 1000),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def results(table: pl.DataFrame) -> str:
    """The closing table in six columns, no row longer than a line of README.md.

    The best model stands there once, at the threshold that is exported.
    """
    best = table.filter(pl.col("model").str.ends_with(AT_ITS_THRESHOLD))["model"].item()
    shown = table.filter(pl.col("model") != best.removesuffix(AT_ITS_THRESHOLD))
    lines = [
        "| decision by | refuse from | CV cost | test cost | saving % (95 % interval) | ROC AUC |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in shown.iter_rows(named=True):
        lines.append("| " + " | ".join((*_cost(row), _number(row["roc_auc"], "{:.3f}"))) + " |")
    return "\n".join(lines)


def sentences(gains: list[Gain]) -> list[str]:
    """What the best model gains over the predecessor and the truth, a sentence each; the table has the others."""
    return [_sentence(gain) for gain in gains if gain.than in _SAID]


def _sentence(gain: Gain) -> str:
    """A share of what the truth saves where that is something; else points of what accepting everybody costs."""
    than = gain.than if gain.than == TRUE_PROBABILITY else f"the {gain.than}"
    if gain.than == TRUE_PROBABILITY and gain.points is not None and gain.share is not None:
        luck = "" if gain.expected_share is None else f", in expectation {gain.expected_share:.0%}"
        return f"It saves {gain.share:.0%} of what deciding by the true probability saves{luck}."
    luck = "" if gain.expected_points is None else f"in expectation {100 * gain.expected_points:+.1f}"
    if gain.points is None:
        return f"What it saves beside {than}: {TOO_FEW}{luck and f'; {luck} points'}."
    ends = f"95 % interval {100 * gain.points.low:+.1f} to {100 * gain.points.high:+.1f}"
    return f"It saves {100 * gain.points.estimate:+.1f} points beside {than} ({ends}){luck and f', {luck}'}."


def into(page: Path, what: Outcome) -> None:
    """Put the closing table between the two comments that wait for it in a page.

    Between ``results: begin`` and ``results: end`` in six columns; between ``closing table: begin`` and ``closing
    table: end`` in all, with the sentences of the gains and those about threshold and reviews below it.
    """
    text = page.read_text(encoding="utf-8")
    told = {
        "results": results(what.closing),
        "closing table": f"{markdown(what.closing)}\n\n{' '.join((*sentences(what.gains), *what.notes))}".rstrip(),
    }
    changed = text
    for name, table in told.items():
        before, begin, rest = changed.partition(f"<!-- {name}: begin -->")
        _, end, after = rest.partition(f"<!-- {name}: end -->")
        if end:
            changed = f"{before}{begin}\n{table}\n{end}{after}"
    if all(f"<!-- {name}: end -->" not in text for name in told):
        raise ValueError(
            f"{page} has no place for the closing table; put <!-- closing table: begin --> and <!-- closing table: end "
            "--> into it"
        )
    page.write_text(changed, encoding="utf-8")


def outcome(what: Outcome, console: Console | None = None, bundle: str | Path = BUNDLE) -> None:
    """Print what a training came to: the closing table, the gains, whether the model was shipped to ``bundle``."""
    console = console or Console()
    closing(what.closing, console)
    for said in sentences(what.gains):
        console.print(said)
    for note in what.notes:
        console.print(note)
    if what.shipped:
        console.print(f"The model that was there before: {what.reason}.")
    elif what.equal:
        console.print(f"Nothing is exported: {what.reason}.")
    else:
        console.print(what.standing(bundle), style="bold")


def closing(table: pl.DataFrame, console: Console | None = None) -> None:
    """Print the closing table of a training: costs in millions, or in thousands or ones where a bank's loans are small,
    savings against accepting everybody in per cent.
    """
    console = console or Console()
    everybody = table.filter(pl.col("model") == ACCEPT_EVERYBODY)["test_cost"].item()
    times, unit = next((times, unit) for times, unit in _UNITS if everybody >= 10 * times or times == 1)
    shown = Table(
        title=f"What decisions cost, in {f'{unit}s of ' if unit else ''}the currency of AMT_CREDIT",
        box=SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    shown.add_column("decision by", no_wrap=True)
    for name in ("refuse\nfrom", "CV\ncost", "test\ncost", "saving %, with\n95 % interval", "ROC\nAUC"):
        shown.add_column(name, justify="right", no_wrap=True)
    for row in table.iter_rows(named=True):
        name, best, _ = row["model"].partition(AT_ITS_THRESHOLD)
        name, served, _ = name.partition(AS_SERVED)
        shown.add_row(
            f"best: {name}" if best else f"served: {name}" if served else name,
            f"{row['threshold']:.4f}".rstrip("0").rstrip("."),
            f"{row['cv_cost'] / times:,.1f}",
            f"{row['test_cost'] / times:,.1f}",
            _interval(row),
            f"{row['roc_auc']:.3f}",
            style="bold" if best or served else None,
        )
    console.print(shown)
    best = table.filter(pl.col("model").str.ends_with(AT_ITS_THRESHOLD)).row(0, named=True)
    low, high, kept = best["saving_low"], best["saving_high"], "saved" if best["saving"] >= 0 else "lost"
    sure = TOO_FEW if low is None else f"95 % interval {low:.1%} to {high:.1%}"
    cost = f"{best['test_cost'] / times:,.2f} {unit and f'{unit} '}in place of {everybody / times:,.2f}"
    console.print(
        f"{best['model']}: {cost} on the test clients, whom the training had not seen: {abs(best['saving']):.1%} "
        f"{kept} ({sure}). Where intervals are wide, rules that lie close cannot be ranked."
    )
    if (table["model"] == TRUE_PROBABILITY).any():
        truth = table.filter(pl.col("model") == TRUE_PROBABILITY)["saving"].item()
        console.print(
            "The bank is simulated. Deciding by the probability with which the outcomes were drawn is the best there "
            f"can be in expectation; on these clients it {'saved' if truth >= 0 else 'lost'} {abs(truth):.1%}."
        )


def _cost(row: dict[str, Any]) -> tuple[str, ...]:
    """The first five cells of a row: the rule, where it refuses, what it costs, and what that saves."""
    return (
        row["model"],
        f"{row['threshold']:.4g}",
        f"{row['cv_cost'] / 1e6:,.1f}",
        f"{row['test_cost'] / 1e6:,.1f}",
        _interval(row),
    )


def _interval(row: dict[str, Any]) -> str:
    """A saving in per cent with its interval: 17.0 (7 to 26); without it where everybody is decided alike, and where
    too few clients defaulted for one.
    """
    if row["model"] in (ACCEPT_EVERYBODY, REFUSE_EVERYBODY) or row["refused"] == 0:
        return f"{row['saving'] * 100:.1f}"
    if row["saving_low"] is None:
        return f"{row['saving'] * 100:.1f} (too few)"
    return f"{row['saving'] * 100:.1f} ({row['saving_low'] * 100:.0f} to {row['saving_high'] * 100:.0f})"


def _number(value: float | None, form: str, times: float = 1) -> str:
    return "" if value is None or math.isnan(value) else form.format(value * times)
