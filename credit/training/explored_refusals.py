"""Refused applications that were accepted at random, from the decision log, as clients that a challenger learns from.

Whom the model refuses has no outcome, so what a challenger learns of such clients is a guess beyond its data. Where the
bank accepts a share of them at random (``credit.decision_log.exploration``), their features and outcomes are in the
log, and they join the training clients. The assumptions, which `Explored` states in a sentence:

- all who were drawn were accepted, whoever they were. Those whose reason says that they were drawn, and whose hash does
  not draw them at this share, were picked by a person and are left out;
- outcomes count once nine tenths of their week are known (``credit.decision_log.maturity``), for defaults are known
  before repayments are;
- a client of the training tables stands there once, with the outcome of these tables;
- nobody below the test share joins: test clients stay those of the tables.

Each of them stands for 1 / share refused applicants in the calibration and where the threshold is chosen, and the trees
learn from all clients alike: of the forms that ``benchmarks/reject_inference.py`` grades, that one loses least where
many were refused. A share that was drawn leaves no room for what an officer saw and no column holds.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import select

from credit.decision.policy import LOAN
from credit.decision.review import ACCEPT
from credit.decision.review_reasons import DRAWN
from credit.decision_log import Log
from credit.decision_log.decision_arrays import mondays
from credit.decision_log.encoding import read
from credit.decision_log.exploration import check_share, draw_number
from credit.decision_log.final_actions import verdicts
from credit.decision_log.maturity import mature
from credit.decision_log.outcomes import known
from credit.decision_log.schema import COUNTED, columns, decisions
from credit.i18n.plural import things
from credit.program import PROGRAM
from credit.training.dataset import TEST_SHARE, Dataset
from credit.training.fingerprint import Content
from credit.training.split_membership import COLUMNS as OF_PERSONS
from credit.training.split_membership import is_test, persons

Floats = NDArray[np.float64]

#: Why no alternative is looked at with them: its looks count each client once.
NO_LOOK = (
    "alternatives are looked at on the clients of the tables: leave --explored out, or --fairness, --fairness-point "
    "and --fairness-cost"
)

#: Decisions whose inputs are read at a time.
_STEP = 500


@dataclass(frozen=True)
class Explored:
    """n refused clients who were accepted at random, with known outcomes.

    - ``share``: of the refused that was drawn
    - ``client``: (n,) SK_ID_CURR
    - ``features``: n rows of what the log has of them; a feature that a decision's model did not read is null
    - ``defaulted``: (n,) 0/1
    - ``waiting``: how many more have no outcome that counts yet
    - ``picked``: how many more were not drawn at this share, though their reason says so
    - ``erased``: how many more have lost their inputs, or have no amount
    """

    share: float
    client: NDArray[np.int64]
    features: pl.DataFrame
    defaulted: NDArray[np.int64]
    waiting: int = 0
    picked: int = 0
    erased: int = 0

    def __len__(self) -> int:
        return len(self.client)

    def __str__(self) -> str:
        said = (
            f"explored: {things(len(self), 'refused client')} drawn at {self.share:.2%} and accepted, of whom "
            f"{int(self.defaulted.sum()):,} defaulted. What is learnt of the refused is right if all who were drawn "
            "were accepted"
        )
        left_out = (
            (self.waiting, "wait for outcomes of nine tenths of their week"),
            (self.picked, "were not drawn at this share, but picked"),
            (self.erased, "have lost their inputs or have no amount"),
        )
        return said + "".join(f"; {count:,} more {why}" for count, why in left_out if count)


def explored(log: Log, share: float) -> Explored:
    """Those in the log that a ``share`` in (0, 1] draws.

    Raises ``ValueError`` for another share, and where there is none with an outcome that counts; `LogError`.
    """
    check_share(share)
    outcome = known(log)
    with log.reading() as connection:
        names = {row.hash: tuple(msgspec.json.decode(row.names)) for row in connection.execute(select(columns))}
        accepted = sorted(
            number for number, one in verdicts(connection).items() if (one.verdict, one.reason) == (ACCEPT, DRAWN)
        )
        rows: list[Any] = []
        for start in range(0, len(accepted), _STEP):
            asked = select(
                *(decisions.c.id, decisions.c.client, decisions.c.time, decisions.c.hash),
                *(decisions.c.columns, decisions.c.inputs),
            ).where(decisions.c.id.in_(accepted[start : start + _STEP]), COUNTED)
            rows += connection.execute(asked.order_by(decisions.c.id)).all()
    drawn = [row for row in rows if draw_number(row.hash) < share]
    told = np.array([row.id in outcome for row in drawn], dtype=bool)
    week = mondays([row.time for row in drawn]).astype(np.int64) if drawn else np.empty(0, dtype=np.int64)
    counts = told & mature(week, np.ones(len(drawn), dtype=bool), told) if drawn else told
    ready = [row for row, one in zip(drawn, counts.tolist(), strict=True) if one]
    whole = [row for row in ready if row.inputs is not None and _amount(row, names) > 0]
    if not whole:
        raise ValueError(
            f"the log has no client who was drawn at a share of {share:g}, accepted, and whose outcome counts: "
            f"{len(rows) - len(drawn):,} were picked otherwise, {len(drawn) - len(ready):,} wait for outcomes. Draw "
            f"refused clients with: {PROGRAM} reviews draw --share {share:g}"
        )
    features = pl.concat([_features(row, names) for row in whole], how="diagonal")
    return Explored(
        share,
        np.array([row.client for row in whole], dtype=np.int64),
        features,
        np.array([outcome[row.id] for row in whole], dtype=np.int64),
        waiting=len(drawn) - len(ready),
        picked=len(rows) - len(drawn),
        erased=len(ready) - len(whole),
    )


def _features(row: Any, names: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    values = read(bytes(row.inputs))
    return pl.DataFrame(dict(zip(names[row.columns], ([value] for value in values.tolist()), strict=True)))


def _amount(row: Any, names: Mapping[str, tuple[str, ...]]) -> float:
    read_by_it = names[row.columns]
    return float(read(bytes(row.inputs))[read_by_it.index(LOAN)]) if LOAN in read_by_it else float("nan")


def joined(data: Dataset, found: Explored) -> Dataset:
    """The training clients and the explored ones who are not among them, nor test clients.

    Each explored one has the weight 1 / share in the calibration and the threshold, the others 1. The source says under
    ``explored`` how many joined, and its fingerprint is of all. A simulated bank's truth is not known of the clients of
    a log, so the joined data have none.
    """
    named = [name for name in OF_PERSONS if name != "SK_ID_CURR"]
    frame = found.features.with_columns(
        pl.lit(None, pl.Float64).alias(name)
        for name in {*data.columns, *data.unread.columns, *named} - {*found.features.columns}
    )
    person = persons(frame.select(named).with_columns(SK_ID_CURR=found.client))
    new = ~np.isin(found.client, data.client) & ~is_test(person, TEST_SHARE)
    frame = frame.filter(pl.Series(new))
    x = frame.select(data.columns).cast(pl.Float32).fill_null(float("nan")).to_numpy()
    client, defaulted = found.client[new], found.defaulted[new]
    all_x, all_clients = np.concatenate([data.x, x]), np.concatenate([data.client, client])
    all_defaulted = np.concatenate([data.defaulted, defaulted])
    content = Content.of(data.columns, client, x.astype(np.float64), defaulted).fingerprint()
    weight = np.where(np.isin(all_clients, found.client), 1 / found.share, 1.0)
    return replace(
        data,
        client=all_clients,
        x=all_x,
        defaulted=all_defaulted,
        amount=np.concatenate([data.amount, frame[LOAN].to_numpy()]),
        person=np.concatenate([data.person, person[new]]),
        true_probability=None,
        source={
            **data.source,
            "clients": len(all_clients),
            "default_rate": float(all_defaulted.mean()),
            "fingerprint": hashlib.sha256(
                f"{data.source['fingerprint']} {content} {found.share!r}".encode()
            ).hexdigest(),
            "explored": {"clients": len(client), "share": found.share},
        },
        unread=pl.concat([data.unread, frame.select(pl.col(data.unread.columns).cast(pl.Float32))]),
        weight=weight,
    )
