"""What manifest.json says, part by part: the names that code may read, and since when they are there.

The document stays a `dict` as it was decoded. So a key of a newer version is kept where a bundle is rewritten, and
GET /model tells the file as it is. `credit.model.manifest.check` holds a manifest to what is required; every other part
is checked where it is read, and may be missing. Version 0.1 writes all of them but ``refer``. The first bundles held
``data``, ``model``, ``calibration``, ``costs``, ``threshold`` and ``metrics``; then came, in this order, ``points``,
``exposure``, ``gains``, ``features``; ``groups``, ``reliability``; ``known``, ``unknown``; ``review``, ``served``;
``intervals``, ``reasons``; ``fairness``.
"""

from typing import Any, Required, TypedDict


class Data(TypedDict, total=False):
    """The clients of the training.

    - ``simulated``: whether a simulation made them
    - ``clients``: how many there were
    - ``default_rate``: of them, in [0, 1]
    - ``fingerprint``: 64 hexadecimal digits over their features and outcomes
    - ``folder``: the last part of the path from which they were read
    - ``simulation_seed``: with which the bank was simulated, where the tables say it
    - ``seed``: of the training, as versions before 0.2 wrote it
    - ``tables``: that were read, application first
    - ``without``: columns that the user left out, as they were named
    - ``left_out``: the features that are these or made of them; no model has read them
    - ``no_values``: the features of the application that no client had; no model has read them
    - ``not_in_log``: features that have values and that a challenger has not read, for the champion had none of them
    - ``explored``: refused clients of the log, accepted at random, who joined: ``clients``, and the ``share`` drawn
    - ``amount_ranges``: smallest and largest of each amount, where the bank lends in another currency than published
    - ``label_one_means``: what TARGET 1 stood for, where the user said it
    """

    simulated: Required[bool]
    clients: int
    default_rate: float
    fingerprint: str
    folder: str
    simulation_seed: int
    seed: int
    tables: list[str]
    without: list[str]
    left_out: list[str]
    no_values: list[str]
    not_in_log: list[str]
    explored: dict[str, float]
    amount_ranges: dict[str, list[float]]
    label_one_means: str


class Split(TypedDict):
    """Which clients are test clients.

    - ``rule``: by which they are drawn, see ``credit.training.split_membership``
    - ``test_share``: of all persons, in [0, 1]
    """

    rule: str
    test_share: float


class Model(TypedDict, total=False):
    """The model and its training.

    - ``name``: of the model
    - ``training_clients``: how many clients it was fitted on
    - ``seed``: of the training, which draws a sample of the clients and deals the folds
    - ``clients``: how many were drawn from the data
    - ``split``: which of them are test clients; not in versions that drew them otherwise
    - ``parameters``: of LightGBM and of the search
    - ``columns``: how many features it reads
    - ``trees``: how many it has
    """

    name: Required[str]
    training_clients: int
    seed: int
    clients: int
    split: Split
    parameters: dict[str, Any]
    columns: int
    trees: int


class Features(TypedDict, total=False):
    """What is known of each feature, by its column.

    - ``missing``: the share of training clients of whom it is not known, in [0, 1]
    - ``contribution``: its mean absolute contribution, in log odds
    - ``signs``: the direction to which the trees are held, -1 or 1
    """

    missing: dict[str, float]
    contribution: dict[str, float]
    signs: dict[str, int]


class Rates(TypedDict):
    """Default rates of held-out clients by the model's answer, in one state of what is known.

    - ``known``: the parts of which more than half is known, see `credit.features.information_sources`
    - ``clients``, ``defaults``: how many were looked at, and how many of them defaulted
    - ``scores``: rising, log odds of the model's answer
    - ``low``, ``high``: at these, the ends of the interval of the rate, in log odds; they do not fall
    """

    known: list[str]
    clients: int
    defaults: int
    scores: list[float]
    low: list[float]
    high: list[float]


class Left(TypedDict):
    """How far true probabilities spread around the answer beyond what is not known: of a simulated bank.

    - ``clients``: on how many it was measured
    - ``scores``: rising, log odds of the model's answer
    - ``spread``: at these, the standard deviation of the true log odds
    """

    clients: int
    scores: list[float]
    spread: list[float]


class Intervals(TypedDict):
    """How sure answers are, as `credit.decision.certainty.Certainties` reads it.

    - ``level``: the share of cases that an interval is to hold, in (0, 1)
    - ``rates``: a row a state of what is known; a state in which too few defaulted has none
    - ``left``: null where no true probabilities are known
    """

    level: float
    rates: list[Rates]
    left: Left | None


class GivenReasons(TypedDict):
    """Which reasons the test clients get whom the model does not accept.

    - ``clients``: how many these are
    - ``shares``: by the code of a reason, which part of them is given it, in [0, 1]
    """

    clients: int
    shares: dict[str, float]


class Fairness(TypedDict, total=False):
    """Less discriminatory alternatives, where they were looked for, and the fairness gate, where it was not off.

    - ``attributes``: by which approvals were compared, with the ends of their groups
    - ``looked_clients``: from how many training clients the models that were looked at have learnt
    - ``test_clients``: how many test clients judged them
    - ``carries``: attribute -> what carried the difference in approvals, most first
    - ``points``: the models that were looked at, a row each, out of fold and on the test clients
    - ``taken``: the number, name and rule of the point that was trained
    - ``gate``: its mode, the least ratio, and the ratios of this model with their verdicts
    """

    attributes: list[dict[str, Any]]
    looked_clients: int
    test_clients: int
    carries: dict[str, list[dict[str, Any]]]
    points: list[dict[str, Any]]
    taken: dict[str, Any] | None
    gate: dict[str, Any]


class Trained(TypedDict, total=False):
    """What a training says in manifest.json, and the export adds `Manifest` to.

    - ``data``: the clients of the training
    - ``model``: the model and its training
    - ``calibration``: slope and intercept in log odds, and how well they hold out of fold
    - ``costs``: of errors, as `credit.decision.cost.Costs` reads them; the usual ones where it is missing
    - ``threshold``: how the threshold was found
    - ``review``: as `credit.decision.review.Review` reads it; without it no client is referred
    - ``refer``: a band of probabilities that an earlier version wrote, and that decides nothing any more
    - ``points``: as `credit.decision.points.Scale` reads it; without it there are no points
    - ``metrics``: on the test clients; None where a figure could not be measured
    - ``served``: what the policy does with the test clients
    - ``gains``: what the model saves beyond other rules, by their names
    - ``groups``: of the test clients, a row each
    - ``reliability``: predicted and observed default rates, a row for each tenth of the test clients
    - ``exposure``: amounts by probability, from which another threshold is searched
    - ``features``: what is known of each feature
    - ``known``: what the model says of clients of whom less is known, a row each
    - ``unknown``: what knowing more of a client would do, as `credit.decision.value_of_information.Unknown` reads it
    - ``intervals``: how sure answers are; not in versions that did not measure it
    - ``reasons``: how often each is given; not in versions that did not count it, and of models without reasons
    - ``fairness``: less discriminatory alternatives, and the gate
    """

    data: Required[Data]
    model: Required[Model]
    calibration: dict[str, Any]
    costs: dict[str, float]
    threshold: dict[str, Any]
    review: dict[str, float | None] | None
    refer: dict[str, float] | None
    points: dict[str, float]
    metrics: dict[str, Any]
    served: dict[str, float | None]
    gains: dict[str, dict[str, float | None]]
    groups: list[dict[str, Any]]
    reliability: list[dict[str, float]]
    exposure: dict[str, Any]
    features: Features
    known: list[dict[str, Any]]
    unknown: dict[str, Any]
    intervals: Intervals
    reasons: GivenReasons
    fairness: Fairness


class Manifest(Trained, total=False):
    """manifest.json of a bundle: what a training says, and what the export knows of the files.

    - ``format``: the form of this file
    - ``created``: when it was exported, ISO 8601
    - ``files``: SHA-256 of each file of the bundle
    - ``versions``: of Python and of the packages whose objects the pickles hold; and the kind of ``processor``, such as
      x86_64: another may round differently, and choose another of two equal splits
    """

    format: Required[int]
    created: Required[str]
    files: Required[dict[str, str]]
    versions: Required[dict[str, str]]
