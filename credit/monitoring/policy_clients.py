"""The clients on whom two policies are compared: the applications of the decision log, or those of a folder."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from credit.decision.policy import LOAN
from credit.decision.portfolio import rows_of
from credit.decision_log import Columns, Log
from credit.decision_log.applications import applications
from credit.decision_log.final_actions import final_share, verdicts
from credit.decision_log.outcomes import known
from credit.model import Scorer
from credit.monitoring.policy_comparison import Part
from credit.tables.label import TURNED, LabelError, with_meaning
from credit.tables.schema import TARGET


def of_log(log: Log, model: Scorer, last: int) -> Iterator[Part]:
    """Of the newest ``last`` decisions of the log those that count (`credit.decision_log.applications`), made of the
    columns of ``model``, with the outcomes that are known. Raises `LogError`.
    """
    outcome = known(log)
    with log.reading() as connection:
        people = {number: one for number, one in verdicts(connection).items() if one.verdict is not None}
    loan = model.index.get(LOAN)
    for clients, ids, weeks, made, X in applications(log, Columns(model.columns), outcome, people, last):
        numbers, amounts = ids.tolist(), (np.full(len(ids), np.nan) if loan is None else X[:, loan]).tolist()
        shares = [
            final_share(how, amount, people.get(one)) for one, how, amount in zip(numbers, made, amounts, strict=True)
        ]
        yield Part(
            clients,
            X,
            np.array([float(outcome.get(one, np.nan)) for one in numbers]),
            weeks,
            np.nan_to_num(np.array(shares, dtype=np.float64)) > 0,
        )


def of_folder(
    tables: Mapping[str, pl.LazyFrame], model: Scorer, application: str, label_one_means: str | None = None
) -> Part:
    """Those of a folder's ``application`` table, as `credit.decision.portfolio.read_for` gives it, that are decided on.

    ``tables``: by name. ``model``: whose features are made. Where the table has TARGET, it is the outcome. Raises
    `LabelError` where its 1 seems to stand for a repaid loan, and ``label_one_means`` does not say what it stands for.
    """
    made, X, decided = rows_of(tables, model, application)
    clients = made["SK_ID_CURR"].cast(pl.Int64)
    defaulted = None
    if TARGET in tables[application].collect_schema().names():
        label = with_meaning(tables[application], label_one_means).select("SK_ID_CURR", TARGET).collect()
        if label_one_means is None and label[TARGET].sum() > TURNED * label.height:
            raise LabelError(
                f"{application}: more than {TURNED:.0%} of the clients defaulted; is 1 = repaid here? Then add "
                "--label-one-means repaid, which turns the label round; if they really defaulted, --label-one-means "
                "defaulted"
            )
        joined = clients.to_frame().join(label.cast({"SK_ID_CURR": pl.Int64}), on="SK_ID_CURR", how="left")
        defaulted = joined[TARGET].cast(pl.Float64).fill_null(float("nan")).to_numpy()[decided]
    return Part(clients.to_numpy()[decided], X[decided], defaulted)
