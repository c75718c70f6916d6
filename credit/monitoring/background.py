"""Drift while the service runs: worked out in a thread of its own, never in a request that scores.

Anyone who asks is told what was found last; where that is older than `EVERY` seconds, a thread starts to look again.
Where people have decided since, it counts what they decided and keeps the rest: a review changes no client. One looks
at a time, in small steps with pauses between, so that a request that scores meanwhile hardly notices.
"""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition, Lock, Thread

import numpy as np

from credit.decision.cost import Costs
from credit.decision_log import Columns, Log, LogError
from credit.decision_log.outcomes import decided
from credit.decision_log.reviewed_decisions import newest_review, reviewed_decisions
from credit.model import Scorer
from credit.model.manifest import PROFILE, has_profile
from credit.monitoring.alarms import Alarm, alarms
from credit.monitoring.performance import Account, account
from credit.monitoring.population_stability import MUCH, SOME, Comparison, compare, importance_of
from credit.monitoring.profile import Profile
from credit.monitoring.review_figures import ReviewFigures, review_figures
from credit.monitoring.weekly_shares import FollowedShare, Usual, weekly_shares
from credit.monitoring.window import Window, inputs
from credit.program import PROGRAM

#: What was found holds for so long. Seconds.
EVERY = 300

#: A request for drift waits so long for the first answer. Seconds.
PATIENCE = 2.0

#: So many windows are remembered, and so many may wait for their turn.
_WINDOWS = 4

_PAUSE = 0.005  # seconds

_ADD = f"so drift cannot be measured: add one with {PROGRAM} profile FOLDER, or train again."

NO_PROFILE = f"This model was exported without a profile of its training clients, {_ADD}"


@dataclass(frozen=True)
class Look:
    """What was found of a ``window``. ``time`` (ISO, UTC): when its clients were looked at; reviews may be newer.
    ``drift``: None without a profile, or without decisions.
    ``costs``, ``reviews``: None without decisions. ``seconds``: how long it took. ``newest_review``: the row of the log
    up to which reviews are in it, 0 without any, None where that is not known. ``weekly``: shares of reasons, and of
    what was known, see `credit.monitoring.weekly_shares`.
    """

    time: str
    window: Window
    drift: Comparison | None
    costs: Account | None
    reviews: ReviewFigures | None
    alarms: tuple[Alarm, ...]
    seconds: float
    newest_review: int | None = None
    weekly: tuple[FollowedShare, ...] = ()


class Watch:
    """Of one model and one log. ``profile``: of its training clients, or a sentence that says why there is none."""

    def __init__(self, scorer: Scorer, profile: Profile | str, log: Log | None, every: float = EVERY) -> None:
        self.profile: Profile | None = None if isinstance(profile, str) else profile
        self.without = profile if isinstance(profile, str) else ""
        self._scorer, self._log, self._every = scorer, log, every
        self._columns = Columns(scorer.columns)
        self._rule = scorer.model_hash, scorer.threshold
        self._usual = Usual.of(scorer.manifest)
        self._found: dict[Window, tuple[float, Look | LogError]] = {}
        self._running: set[Window] = set()
        self._changed, self._one_at_a_time = Condition(), Lock()

    @classmethod
    def load(cls, scorer: Scorer, bundle: str | Path, log: Log | None) -> "Watch":
        """With the profile in the folder ``bundle``, whose files were checked."""
        return cls(scorer, read_profile(scorer, bundle), log)

    def ask(self, window: Window | None = None, patience: float = 0.0) -> Look | None:
        """What was found last, None where nothing was yet; looks again in the background where that is old, or people
        have decided since.

        Waits up to ``patience`` seconds for a first answer, and for one with the newest reviews. Raises `LogError`
        where the log could not be read.
        """
        if self._log is None:
            return None
        window, newest = window or Window(), self._newest_review()
        with self._changed:
            before = self._found.get(window)
            if before is None or self._old(before):
                self._start(window)
            self._changed.wait_for(lambda: self._answers(window, newest), patience)
            found = self._found.get(window)
            if found is None:
                return None
            if isinstance(found[1], LogError):
                del self._found[window]
                raise found[1]
            return found[1]

    def outdated(self, found: Look) -> bool:
        """Whether people have decided since ``found`` was worked out."""
        return _behind(found, self._newest_review())

    def _newest_review(self) -> int | None:
        """The row of the newest review, 0 without any; None where the log cannot say, of which the next look tells."""
        if self._log is None:
            return None
        try:
            return newest_review(self._log)
        except LogError:
            return None

    def _old(self, found: tuple[float, Look | LogError]) -> bool:
        return time.monotonic() - found[0] > self._every

    def _answers(self, window: Window, newest: int | None) -> bool:
        """Whether there is an answer that knows the ``newest`` review; else sees to it that one is on its way."""
        found = self._found.get(window)
        if found is not None and not _behind(found[1], newest):
            return True
        self._start(window)  # nothing where a look runs: once that has ended, this is asked again
        return False

    def _start(self, window: Window) -> None:
        if window in self._running or len(self._running) >= _WINDOWS:
            return
        self._running.add(window)
        Thread(target=self._look, args=(window,), name="drift", daemon=True).start()

    def _look(self, window: Window) -> None:
        found: Look | LogError | None = None
        began, before = time.monotonic(), self._found.get(window)
        try:
            with self._one_at_a_time:
                if before is not None and isinstance(before[1], Look) and not self._old(before):
                    began, found = before[0], self.look_at_reviews(before[1])
                else:
                    found = self.look(window)
        except LogError as error:
            found = error
        finally:
            with self._changed:
                self._running.discard(window)
                if found is not None:
                    self._found.pop(window, None)
                    self._found[window] = began, found
                    while len(self._found) > _WINDOWS:
                        self._found.pop(next(iter(self._found)))
                self._changed.notify_all()

    def look(self, window: Window, some: float = SOME, much: float = MUCH) -> Look:
        """Look now, in this thread. Raises `LogError`, also without a log."""
        began, now, drift = time.perf_counter(), datetime.now(UTC).isoformat(timespec="seconds"), None
        if self.profile is not None and self._log is not None:
            drift = drift_in_log(self._log, window, self.profile, self._scorer, some, much)
        weekly: tuple[FollowedShare, ...] = ()
        if self._log is not None:
            weekly = weekly_shares(self._log, window, self._usual, self._scorer.model_hash)
        found = self.look_at_reviews(Look(now, window, drift, None, None, (), 0.0, weekly=weekly))
        return replace(found, seconds=time.perf_counter() - began)

    def look_at_reviews(self, before: Look) -> Look:
        """What was found ``before``, with what people have decided and learned until now. Raises `LogError`."""
        if self._log is None:
            raise LogError("no log is kept")
        window, newest = before.window, newest_review(self._log)  # before they are read: none is missed
        shares = Costs.of(self._scorer.manifest).to_dict()
        costs = account(decided(self._log, window.limit, window.days, self._rule), **shares)
        reviews = review_figures(reviewed_decisions(self._log, window.limit, window.days), **shares)
        found = alarms(before.drift, costs, weekly=before.weekly)
        return replace(before, costs=costs, reviews=reviews, alarms=found, newest_review=newest)


def _behind(found: Look | LogError, newest: int | None) -> bool:
    known = found.newest_review if isinstance(found, Look) else None
    return known is not None and newest is not None and known < newest


def drift_in_log(
    log: Log, window: Window, profile: Profile, scorer: Scorer, some: float = SOME, much: float = MUCH
) -> Comparison | None:
    """The clients of a window beside a profile; None without any. Raises `LogError`.

    ``log``, ``window``: which decisions are looked at. ``profile``: of the training clients. ``scorer``: the model;
    decisions of models with other columns are left out. ``some``, ``much``: the indices from which on a feature has
    moved and has drifted.
    """
    tally, answered = profile.tally(), [np.zeros(0)]
    for part in inputs(log, window, Columns(scorer.columns), scorer.model_hash, _PAUSE):
        tally.add(part.X)
        answered.append(part.probability)
    if not tally.clients:
        return None
    probability = np.concatenate(answered)
    probability = probability[~np.isnan(probability)]
    known = probability if len(probability) else None
    return compare(profile, tally, known, importance_of(scorer.manifest), some, much)


def read_profile(scorer: Scorer, bundle: str | Path) -> Profile | str:
    """The profile in a bundle whose files were checked, or a sentence that says why there is none: serving goes on."""
    if not has_profile(scorer.manifest):
        return NO_PROFILE
    try:
        found = Profile.read((Path(bundle) / PROFILE).read_bytes())
    except (OSError, ValueError) as error:
        return f"The profile of this model's training clients cannot be used ({error}), {_ADD}"
    if found.columns != scorer.columns:
        return f"The profile in the bundle is of other features than the model reads, {_ADD}"
    return found
