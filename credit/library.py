"""The package as a library: a model's folder becomes an object that answers with probabilities and decisions.

import credit

model = credit.load()                    # the shipped model; credit.load("mlruns_reduced") for another
model.probability(frame)                 # array (n_clients,), of features by name
model.score([{"SK_ID_CURR": 1, ...}])    # a decision a client, as POST /score gives it
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from credit.decision.certainty import Certainty
from credit.decision.policy import Policy, today
from credit.explain import Explainer, NotExplainable
from credit.features.catalogue import LANGUAGES
from credit.model import Scorer, load_bundle
from credit.model.manifest import BUNDLE, aside, usual_bundle
from credit.model.manifest_parts import Manifest
from credit.model.mlflow_pyfunc import ByName
from credit.program import PACKAGE, in_checkout
from credit.web.payload import Bodies, BodyError

#: So many clients are read at a time, each with all of its features.
_AT_A_TIME = 1_000


class InvalidClients(ValueError):
    """Rows that cannot be scored. ``details``: what is wrong, field by field; no value of a client is in it."""

    def __init__(self, sentence: str, details: Sequence[str]) -> None:
        super().__init__(sentence)
        self.details = tuple(details)


@dataclass(frozen=True)
class ClientScore:
    """What is decided about one client, and from what.

    - ``client``: SK_ID_CURR
    - ``decision``: accept, refer or refuse, by the one rule (`credit.decision.policy`)
    - ``probability``: of default, in [0, 1]
    - ``points``: more are better; None where the model has no scale
    - ``expected_loss``: if accepted, in the currency of AMT_CREDIT; None where the amount is not known
    - ``rule``: the rule of the bank that has decided, None where the model has
    - ``reasons``: what speaks for refusing, the weightiest first; None where the model has no exact contributions
    - ``segment``: of the bank, whose threshold and costs decide; None where the model's do
    - ``interval``: how sure the probability is; None where that was not measured for this model
    """

    client: int
    decision: str
    probability: float
    points: float | None
    expected_loss: float | None
    rule: str | None
    reasons: tuple[str, ...] | None
    segment: str | None = None
    interval: Certainty | None = None


class LoadedModel:
    """A model of a folder, with the rule that decides by it.

    ``folder``: where it lies. ``columns``: its features, in their order. ``threshold``: the probability of default from
    which on a loan is refused. ``manifest``: manifest.json.
    """

    def __init__(self, folder: Path, rules: str | Path | None = None) -> None:
        self._scorer: Scorer = load_bundle(folder)
        self._policy = Policy(self._scorer, rules)
        self._by_name = ByName(self._scorer)
        self._bodies: Bodies | None = None
        self._explainer: Explainer | None = None
        self.folder = folder
        self.columns: tuple[str, ...] = self._scorer.columns
        self.threshold: float = self._scorer.threshold
        self.manifest: Manifest = self._scorer.manifest

    def probability(self, X: Any) -> NDArray[np.float64]:
        """Array (n_clients,): the calibrated probability of default, in [0, 1].

        ``X``: features by name, in any order: a frame of pandas, Polars or PyArrow, lists by name, a list of clients;
        or an array (n_clients, n_columns) in the order of `columns`. NaN or null where a feature is not known. Raises
        ``ValueError``, which names columns and repeats no value.
        """
        return np.ascontiguousarray(self._by_name.predict_proba(X)[:, 1])

    def score(self, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]], language: str = "en") -> list[ClientScore]:
        """A decision for each client of ``rows``, in their order.

        ``rows``: one client or a list, each with SK_ID_CURR and any of its features or of the columns of the published
        application table with their texts, or its raw tables, as POST /score takes them (docs/bodies.md). What is not
        named is unknown. ``language``: of the reasons, "en" or "fr". Nothing is logged. Raises `InvalidClients`.
        """
        if language not in LANGUAGES:
            raise ValueError(f"{language!r} is not a language of the reasons: take one of {', '.join(LANGUAGES)}")
        if isinstance(rows, Mapping):
            return self._scores(rows, language)
        parts = [rows[first : first + _AT_A_TIME] for first in range(0, len(rows), _AT_A_TIME)]
        return [one for part in parts for one in self._scores(part, language)]

    def _scores(self, rows: Any, language: str) -> list[ClientScore]:
        if self._bodies is None:  # it builds the plan of the features, which a probability does not need
            self._bodies = Bodies(self.columns, own=self._scorer.amount_ranges)
            try:
                self._explainer = Explainer(self._scorer)
            except NotExplainable:
                self._explainer = None
        try:
            clients = self._bodies.read(msgspec.json.encode(rows, enc_hook=_plain))
        except BodyError as error:
            raise InvalidClients(error.sentence, [one.message for one in error.details]) from None
        X = clients.X
        probability, amounts = self._scorer.probability(X), self._policy.amounts(X)
        verdicts = self._policy.decide(X, probability, amounts, today())
        nothing: list[None] = [None] * len(X)
        reasons = nothing if self._explainer is None else self._explainer.reasons(X)
        measured = self._policy.certainties
        sure = nothing if measured is None else measured.of(X, probability, verdicts.terms.break_even)
        return [
            ClientScore(
                client,
                decision,
                p,
                points,
                loss,
                None if rule_decision is None else rule_decision.rule,
                None if why is None else tuple(one.sentence(language) for one in why),
                segment,
                interval,
            )
            for client, decision, p, points, loss, rule_decision, why, segment, interval in zip(
                clients.numbers,
                verdicts.decisions,
                probability.tolist(),
                self._policy.points(probability, verdicts.terms),
                self._policy.expected_losses(probability, amounts, verdicts.terms),
                verdicts.rule_decisions,
                reasons,
                verdicts.terms.segments,
                sure,
                strict=True,
            )
        ]


def load(folder: str | Path | None = None, rules: str | Path | None = None) -> LoadedModel:
    """The model in ``folder``; without one that in mlruns_reduced/, else that of the installed package or checkout."""
    return LoadedModel(_shipped() if folder is None else Path(folder), rules)


def _shipped() -> Path:
    """Where no folder is named: a notebook of the checkout, or a program elsewhere, means the checkout's model."""
    usual, checkout = usual_bundle(), PACKAGE.parent / BUNDLE
    named = usual.exists() or aside(usual).exists()  # also where an export into it was interrupted
    return checkout if in_checkout() and not named and checkout.exists() else usual


def _plain(value: Any) -> Any:
    """A number of NumPy as Python's own."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a client holds numbers, texts and gaps, not {type(value).__name__}")
