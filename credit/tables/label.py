"""The label of application_train: whether 1 means what the project takes it for, a client who defaulted.

In some sources 1 stands for a loan that was repaid. A model of such a label refuses whom it should accept, and its own
figures look splendid. The share of 1 gives it away: of consumer loans few default, of the published ones 8 %.
"""

from collections.abc import Iterator

import polars as pl

from credit.tables.findings import Finding
from credit.tables.schema import TARGET

#: Above this default rate the label is taken for turned round, unless somebody says what it means.
TURNED = 0.5

#: Default rates outside are noted: consumer loans seldom have them.
USUAL = (0.005, 0.4)


class LabelError(ValueError):
    """The label cannot be meant as it is; the text says why and which option says what is meant."""


def with_meaning(applications: pl.LazyFrame, one_means: str | None) -> pl.LazyFrame:
    """The applications with TARGET 1 for a client who defaulted, where ``one_means`` says what 1 stands for."""
    return applications.with_columns((1 - pl.col(TARGET)).alias(TARGET)) if one_means == "repaid" else applications


def findings(file: str, clients: int, defaults: int, one_means: str | None = None) -> Iterator[Finding]:
    """What is wrong or odd about a label of which ``defaults`` of ``clients`` are 1, as it is read with ``one_means``.

    An error: nobody or everybody defaulted; more than half did, and nothing says that 1 means that.

    ``file``: its name, for the sentences. ``one_means``: "defaulted", "repaid", or None where nothing is said.
    """
    rate = defaults / max(clients, 1)
    if clients and defaults in (0, clients):
        sentence = (
            f"{file}: {TARGET} is {int(rate)} for all {clients:,} clients, so there is nothing to learn; "
            "take the file with both outcomes"
        )
        yield Finding("label", sentence, "application_train", TARGET, clients, 1.0)
    elif rate > TURNED and one_means is None:
        sentence = (
            f"{file}: {rate:.0%} of the clients defaulted; is 1 = repaid here? Then add --label-one-means repaid, "
            "which turns the label round; if they really defaulted, --label-one-means defaulted"
        )
        yield Finding("label", sentence, "application_train", TARGET, defaults, rate)
    elif not USUAL[0] <= rate <= USUAL[1]:
        sentence = (
            f"{file}: {rate:.1%} of the clients defaulted; of consumer loans mostly {USUAL[0]:.1%} to {USUAL[1]:.0%} "
            f"do. Is {TARGET} the label, and are these all clients?"
        )
        yield Finding("label", sentence, "application_train", TARGET, defaults, rate, severity="note")


def check(labels: pl.Series, one_means: str | None = None, file: str = "application_train") -> tuple[Finding, ...]:
    """The notes about labels of 0 and 1, already with their meaning. Raises `LabelError` for what is an error."""
    found = tuple(findings(file, len(labels), int(labels.sum()), one_means))
    for finding in found:
        if finding.severity == "error":
            raise LabelError(finding.sentence)
    return found
