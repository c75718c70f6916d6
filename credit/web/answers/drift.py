"""The answer of GET /drift: the clients of the log beside those of the training, and what the decisions cost."""

from typing import Annotated, Literal

from credit.model.quantities import Count, NotNegative, Time, one_of
from credit.monitoring.alarms import Alarm, Kind
from credit.monitoring.performance import Account
from credit.monitoring.population_stability import LEVELS, Shift, Unknown
from credit.monitoring.review_figures import ReviewFigures
from credit.monitoring.weekly_shares import FollowedShare
from credit.monitoring.window import Window
from credit.web.answers.answer import Answer, ModelVersion


class Thresholds(Answer, frozen=True):
    """From which index on a population counts as another.

    - ``moderate_at``: from here on it has moved
    - ``drifted_at``: from here on it has drifted
    - ``some``: deprecated, as ``moderate_at``
    - ``much``: deprecated, as ``drifted_at``
    """

    moderate_at: float
    drifted_at: float
    some: float
    much: float


class DriftLevels(Answer, frozen=True):
    """How many features there are of each level.

    - ``stable``: below the first threshold
    - ``moved``: below the second
    - ``drifted``: from the second on
    """

    stable: Count
    moved: Count
    drifted: Count


class PopulationDrift(Answer, frozen=True):
    """The clients of the log beside those of the training.

    - ``clients``: how many there are now
    - ``before``: how many the training had
    - ``enough``: whether there are enough now for a verdict
    - ``level``: the verdict
    - ``score``: the higher of weighted and probability, by which it is made; 0 for too few clients
    - ``weighted``: the population stability index of the features, weighted by importance
    - ``probability``: that of the probability of default; null where the profile knows none
    - ``importance_known``: whether the features' importance is known; else each counts alike
    - ``thresholds``: by which the levels are told
    - ``counted``: how many features there are of each level
    - ``features``: all of them, the most drifted first
    - ``texts``: columns with more clients without a known text than before, the furthest first
    """

    clients: Count
    before: Count
    enough: bool
    level: Annotated[str, one_of(LEVELS)]
    score: NotNegative
    weighted: NotNegative
    probability: NotNegative | None
    importance_known: bool
    thresholds: Thresholds
    counted: DriftLevels
    features: tuple[Shift, ...]
    texts: tuple[Unknown, ...]


class Drift(Answer, frozen=True):
    """What was found last, some minutes ago at most.

    - ``status``: computing until there is a first answer, then ready
    - ``time``: when it was found; null until then
    - ``window``: the decisions that are looked at
    - ``model``: which is served
    - ``note``: why something is null; null where nothing is
    - ``drift``: null where the model has no profile or the window no decisions
    - ``costs``: what the decisions cost; null without decisions
    - ``reviews``: what people made of them; null without decisions
    - ``weekly``: how often reasons were given, and what was known of clients, week by week; empty without decisions
    - ``alarms``: what somebody should look at
    - ``muted_alarms``: the codes of alarms that are raised, too, and muted by MUTED_ALARMS
    """

    status: Literal["computing", "ready"]
    time: Time | None
    window: Window
    model: ModelVersion
    note: str | None
    drift: PopulationDrift | None
    costs: Account | None
    reviews: ReviewFigures | None
    weekly: tuple[FollowedShare, ...]
    alarms: tuple[Alarm, ...]
    muted_alarms: tuple[Kind, ...]
