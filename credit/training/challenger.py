"""A challenger: a model trained on newer data, held against the champion before it may take its place.

It is held against it twice: on the test clients of its own training, as every new model is (`promotion.duel`), and in
the shadow, on the clients of the decision log, whom both score. Those whose outcome was told say what the change would
have saved. Clients from whom the challenger has learnt are left out there. The champion that
made way is the previous one, and can be gone back to; a challenger that was refused never gets there by that way.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credit import cost as money
from credit import scorer
from credit.decisions import Columns, Log
from credit.drift.window import Window, inputs
from credit.intervals import TOO_FEW, Interval, saving
from credit.outcomes.told import known
from credit.policy import LOAN
from credit.scorer import Scorer
from credit.training import tracking
from credit.training.identity import identity
from credit.training.shipped import keep, registered_as, shipped


class NotPromoted(ValueError):
    """A challenger that may not take the champion's place; the text says why."""


@dataclass(frozen=True)
class Shadow:
    """``clients``: of the log, whom both have scored. ``learnt``: how many more there are from whom the challenger has
    learnt, who are left out. ``changed``: how many the challenger would have decided otherwise. ``newly``: how many of
    these it would grant and the champion refuses. ``told``: of how many outcome and amount are known, ``newly_told``:
    of how many of those that it would newly grant. ``gain``: what the challenger would have saved more than the
    champion on the ``told``, as a share of granting everybody; None where nothing can be told.
    """

    clients: int
    learnt: int
    changed: int
    newly: int
    told: int
    newly_told: int
    gain: Interval | None

    @property
    def worse(self) -> bool:
        """Whether the challenger would have cost more beyond chance."""
        return self.gain is not None and self.gain.high < 0

    def __str__(self) -> str:
        said = f"in the shadow it decides {self.changed:,} of {self.clients:,} clients of the log otherwise"
        if self.learnt:
            said += f" ({self.learnt:,} more are left out: it has learnt from them)"
        if self.gain is None:
            said += f"; what that saves is not known: {TOO_FEW}"
        else:
            said += (
                f"; on the {self.told:,} whose outcome is known it would have saved {100 * self.gain.estimate:+.1f} "
                f"points (95 % interval {100 * self.gain.low:+.1f} to {100 * self.gain.high:+.1f})"
            )
        if self.newly_told < self.newly:
            said += (
                f". Of the {self.newly:,} whom it would grant and the champion refuses the outcome of "
                f"{self.newly_told:,} is known: what the others would bring or cost is not counted"
            )
        return said


def shadow(
    log: Log,
    champion: Scorer,
    challenger: Scorer,
    window: Window | None = None,
    learnt: Collection[int] = (),
) -> Shadow:
    """Let both score the clients of the log, each at its own threshold, with the champion's costs.

    ``learnt``: the clients from whom the challenger has learnt. Raises `LogError`, and ValueError where the challenger
    reads what the log does not hold.
    """
    unknown = [name for name in challenger.columns if name not in champion.index]
    if unknown:
        raise ValueError(
            f"the challenger reads {len(unknown)} columns that the log does not hold, such as {unknown[0]!r}: it "
            "cannot be held against the champion there"
        )
    places = [champion.index[name] for name in challenger.columns]
    outcome = known(log)
    old, new, amount, defaulted, left_out = [], [], [], [], 0
    for part in inputs(log, window or Window(None), Columns(champion.columns), champion.model_hash):
        fresh = np.array([client not in learnt for client in part.client.tolist()], dtype=bool)
        left_out += int((~fresh).sum())
        if not fresh.any():
            continue
        X = part.X[fresh]
        old.append(champion.refused(champion.probability(X)))
        new.append(challenger.refused(challenger.probability(np.ascontiguousarray(X[:, places]))))
        amount.append(X[:, champion.index[LOAN]] if LOAN in champion.index else np.full(len(X), np.nan))
        defaulted.append(np.array([float(outcome.get(one, np.nan)) for one in part.decision[fresh].tolist()]))
    if not old:
        return Shadow(0, left_out, 0, 0, 0, 0, None)
    before, after, loan, y = np.concatenate(old), np.concatenate(new), np.concatenate(amount), np.concatenate(defaulted)
    told = ~np.isnan(y) & np.isfinite(loan) & (loan > 0)
    gain = None
    if y[told].any():
        shares = money.Costs.of(champion.manifest)

        def cost(refused: NDArray[np.bool_]) -> NDArray[np.float64]:
            return money.client_costs(y[told], refused[told], loan[told], **shares.to_dict())

        gain = saving(cost(after), cost(before), cost(np.zeros(len(y), bool)))
    newly = before & ~after
    return Shadow(
        clients=len(y),
        learnt=left_out,
        changed=int((before != after).sum()),
        newly=int(newly.sum()),
        told=int(told.sum()),
        newly_told=int((newly & told).sum()),
        gain=gain,
    )


def in_shadow(log: Log, bundle: str | Path) -> Shadow:
    """The registered challenger beside the model in ``bundle``.

    Raises as `shadow`, ``TrackingError``, ``BundleError``.
    """
    with tracking.registered(tracking.CHALLENGER, tracking.BUNDLE) as folder:
        learnt = tracking.training_clients(tracking.CHALLENGER)
        return shadow(log, scorer.load(bundle), scorer.load(folder), learnt=learnt)


def promote(bundle: str | Path, found: Shadow) -> Scorer:
    """Let the challenger take the champion's place, in the registry and in ``bundle``, where the rules allow it.

    ``found``: how it does in the shadow. Returns the new champion. Raises `NotPromoted`, ``TrackingError`` where there
    is no challenger, ``BundleError`` for one that cannot be used.
    """
    if (done := _finished(bundle, tracking.CHALLENGER)) is not None:
        return done
    said, here = tracking.notes(tracking.CHALLENGER), shipped(bundle)
    if said.get("allowed") != "yes":
        raise NotPromoted(
            f"the challenger was refused: {said.get('reason', 'nobody has held it against the champion')}"
        )
    if said.get("against", "") != ("" if here is None else identity(here)):
        raise NotPromoted(
            f"the challenger was held against another model or threshold than the one in {bundle}: train it again, "
            "python -m credit train DIR --challenger"
        )
    if found.worse:
        raise NotPromoted(f"the challenger is worse beyond chance: {found}")
    keep(bundle)
    return _adopt(bundle, tracking.CHALLENGER)


def roll_back(bundle: str | Path) -> Scorer:
    """Go back to the model that was shipped before; the one that makes way is then the previous one.

    Raises `NotPromoted` where the model in ``bundle`` is not the registered champion: then the previous one was never
    shipped there. Raises ``TrackingError`` where there is none, ``BundleError`` for one that cannot be used.
    """
    if (done := _finished(bundle, tracking.PREVIOUS)) is not None:
        return done
    here, champion = shipped(bundle), registered_as(tracking.CHAMPION)
    if champion is None or here is None or here.model_hash != champion.model_hash:
        raise NotPromoted(
            f"the model in {bundle} is not the registered champion, so what was shipped before it is not known; "
            "take it from the repository's history, or train again"
        )
    tracking.notes(tracking.PREVIOUS)  # there is one
    keep(bundle)
    return _adopt(bundle, tracking.PREVIOUS)


def _adopt(bundle: str | Path, alias: str) -> Scorer:
    """The model with that alias in ``bundle``, as the champion."""
    with tracking.registered(alias, tracking.BUNDLE) as folder:
        made = scorer.load(folder)
        scorer.adopt(bundle, folder)
    tracking.crown(alias)
    return made


def _finished(bundle: str | Path, alias: str) -> Scorer | None:
    """What an earlier attempt has begun: the bundle holds the model with that alias, and the registry does not know."""
    here, other, champion = shipped(bundle), registered_as(alias), registered_as(tracking.CHAMPION)
    if here is None or other is None or identity(here) != identity(other):
        return None
    if champion is not None and identity(champion) == identity(here):
        return None
    tracking.crown(alias)
    return here
