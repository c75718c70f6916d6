"""A challenger: a model trained on newer data, held against the champion before it may take its place.

It is held against it twice: on the test clients of its own training, as every new model is (`promotion.duel`), and in
the shadow, on the clients of the decision log, whom both score. Of those whose outcome was told, the paired bootstrap
says what the change would have saved. The champion that made way stays the challenger: the same swap rolls back.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credit import cost as money
from credit import scorer
from credit.decisions import Columns, Log
from credit.drift.watch import costs_of
from credit.drift.window import Window, inputs
from credit.manifest import BundleError
from credit.outcomes.told import known
from credit.scorer import Scorer
from credit.training import tracking
from credit.training.bootstrap import Interval, saving
from credit.verdicts import LOAN


@dataclass(frozen=True)
class Shadow:
    """``clients``: of the log, whom both have scored. ``changed``: how many of them the challenger would have decided
    otherwise. ``told``: of how many outcome and amount are known. ``gain``: what the challenger would have saved more
    than the champion on these, as a share of granting everybody; None where nothing can be told.
    """

    clients: int
    changed: int
    told: int
    gain: Interval | None

    @property
    def worse(self) -> bool:
        """Whether the challenger would have cost more beyond chance."""
        return self.gain is not None and self.gain.high < 0

    def __str__(self) -> str:
        said = f"in the shadow it decides {self.changed:,} of {self.clients:,} clients of the log otherwise"
        if self.gain is None:
            return f"{said}; no outcomes of theirs are known that could tell what that saves"
        return (
            f"{said}; on the {self.told:,} whose outcome is known it would have saved {100 * self.gain.estimate:+.1f} "
            f"points (95 % interval {100 * self.gain.low:+.1f} to {100 * self.gain.high:+.1f})"
        )


def shadow(log: Log, champion: Scorer, challenger: Scorer, window: Window | None = None) -> Shadow:
    """Let both score the clients of the log, each at its own threshold, with the champion's costs.

    Raises `LogError`, and ValueError where the challenger reads what the log does not hold.
    """
    unknown = [name for name in challenger.columns if name not in champion.index]
    if unknown:
        raise ValueError(
            f"the challenger reads {len(unknown)} columns that the log does not hold, such as {unknown[0]!r}: it "
            "cannot be held against the champion there"
        )
    places = [champion.index[name] for name in challenger.columns]
    outcome = known(log)
    old, new, amount, defaulted = [], [], [], []
    for part in inputs(log, window or Window(None), Columns(champion.columns), champion.model_hash):
        old.append(champion.refused(champion.probability(part.X)))
        new.append(challenger.refused(challenger.probability(np.ascontiguousarray(part.X[:, places]))))
        amount.append(part.X[:, champion.index[LOAN]] if LOAN in champion.index else np.full(len(part.X), np.nan))
        defaulted.append(np.array([float(outcome.get(client, np.nan)) for client in part.client.tolist()]))
    if not old:
        return Shadow(0, 0, 0, None)
    before, after, loan, y = np.concatenate(old), np.concatenate(new), np.concatenate(amount), np.concatenate(defaulted)
    told = ~np.isnan(y) & np.isfinite(loan) & (loan > 0)
    gain = None
    if y[told].any():
        margin, loss = costs_of(champion.manifest)

        def cost(refused: NDArray[np.bool_]) -> NDArray[np.float64]:
            return money.client_costs(y[told], refused[told], loan[told], margin, loss)

        gain = saving(cost(after), cost(before), cost(np.zeros(len(y), bool)))
    return Shadow(len(y), int((before != after).sum()), int(told.sum()), gain)


def in_shadow(log: Log, bundle: str | Path) -> Shadow:
    """The registered challenger beside the model in ``bundle``.

    Raises as `shadow`, ``TrackingError``, ``BundleError``.
    """
    with tracking.registered(tracking.CHALLENGER, tracking.BUNDLE) as folder:
        return shadow(log, scorer.load(bundle), scorer.load(folder))


def swap(bundle: str | Path) -> Scorer:
    """Let challenger and champion change places, in the registry and in ``bundle``.

    A champion that was never registered, as the one that a repository ships, is registered first. Returns the new
    champion. Raises ``TrackingError`` where there is no challenger, ``BundleError`` for one that cannot be used.
    """
    with tracking.registered(tracking.CHALLENGER, tracking.BUNDLE) as folder:
        made = scorer.load(folder)
        if not _registered(bundle):
            _register(bundle)
        scorer.adopt(bundle, folder)
    tracking.swap_aliases()
    return made


def _registered(bundle: str | Path) -> bool:
    """Whether the model in ``bundle`` is the registered champion."""
    if tracking.CHAMPION not in tracking.aliases():
        return False
    try:
        here = scorer.load(bundle).model_hash
    except BundleError:
        return True  # nothing that could be kept
    with tracking.registered(tracking.CHAMPION, tracking.BUNDLE) as folder:
        return scorer.load(folder).model_hash == here


def _register(bundle: str | Path) -> None:
    try:
        model = scorer.load(bundle)
    except BundleError:
        return
    challenger = tracking.aliases()[tracking.CHALLENGER]
    with tracking.run("Shipped Model") as run:
        run.folder(Path(bundle), tracking.BUNDLE)
        run.register(model.model, np.zeros((1, len(model.columns))), champion=True)
    tracking.set_alias(tracking.CHALLENGER, challenger)
