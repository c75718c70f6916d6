"""The closing table, on the terminal and in README.md."""

from pathlib import Path
from typing import Any

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from credit.training.judgement import ACCEPT_EVERYBODY, AT_ITS_THRESHOLD, REFUSE_EVERYBODY, TRUE_PROBABILITY

#: The table in README.md stands between these lines.
_BEGIN, _END = "<!-- closing table: begin -->", "<!-- closing table: end -->"


def markdown(table: pl.DataFrame) -> str:
    """The closing table for a page: costs in millions, savings against accepting everybody in per cent."""
    lines = [
        "| decision by | threshold | CV cost | test cost | saving % (interval) | ROC AUC | accuracy | F1 | refused |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in table.iter_rows(named=True):
        lines.append(
            f"| {row['model']} | {row['threshold']:.4g} | {row['cv_cost'] / 1e6:,.1f} | {row['test_cost'] / 1e6:,.1f} "
            f"| {_interval(row)} | {row['roc_auc']:.3f} | {row['accuracy']:.3f} | {row['f1']:.3f} "
            f"| {row['refused']:.1%} |"
        )
    return "\n".join(lines)


def into(page: Path, table: pl.DataFrame) -> None:
    """Put the closing table between the two comments that wait for it in a page such as README.md."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{page} has no place for the closing table; put {_BEGIN} and {_END} into it")
    page.write_text(f"{before}{begin}\n{markdown(table)}\n{end}{after}", encoding="utf-8")


def closing(table: pl.DataFrame, console: Console | None = None) -> None:
    """Print the closing table of a training: costs in millions, savings against accepting everybody in per cent."""
    console = console or Console()
    shown = Table(
        title="What decisions cost, in millions of the currency of AMT_CREDIT",
        box=SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    shown.add_column("decision by", no_wrap=True)
    for name in ("refuse\nfrom", "CV\ncost", "test\ncost", "saving %, with\n95 % interval", "ROC\nAUC"):
        shown.add_column(name, justify="right", no_wrap=True)
    for row in table.iter_rows(named=True):
        name, best, _ = row["model"].partition(AT_ITS_THRESHOLD)
        shown.add_row(
            f"best: {name}" if best else name,
            f"{row['threshold']:.4f}".rstrip("0").rstrip("."),
            f"{row['cv_cost'] / 1e6:,.1f}",
            f"{row['test_cost'] / 1e6:,.1f}",
            _interval(row),
            f"{row['roc_auc']:.3f}",
            style="bold" if best else None,
        )
    console.print(shown)
    best = table.filter(pl.col("model").str.ends_with(AT_ITS_THRESHOLD)).row(0, named=True)
    everybody = table.filter(pl.col("model") == ACCEPT_EVERYBODY)["test_cost"].item()
    console.print(
        f"{best['model']}: {best['test_cost'] / 1e6:,.2f} million in place of {everybody / 1e6:,.2f} on the test "
        f"clients, whom the training had not seen: {best['saving']:.1%} saved (95 % interval {best['saving_low']:.1%} "
        f"to {best['saving_high']:.1%}). Where intervals are wide, rules that lie close cannot be ranked."
    )
    if (table["model"] == TRUE_PROBABILITY).any():
        truth = table.filter(pl.col("model") == TRUE_PROBABILITY)["saving"].item()
        console.print(
            "The bank is simulated. Deciding by the probability with which the outcomes were drawn is the best there "
            f"can be in expectation; on these clients it saved {truth:.1%}."
        )


def _interval(row: dict[str, Any]) -> str:
    """A saving in per cent with its interval: 17.0 (7 to 26); without it where everybody is decided alike."""
    if row["model"] in (ACCEPT_EVERYBODY, REFUSE_EVERYBODY):
        return f"{row['saving'] * 100:.1f}"
    return f"{row['saving'] * 100:.1f} ({row['saving_low'] * 100:.0f} to {row['saving_high'] * 100:.0f})"
