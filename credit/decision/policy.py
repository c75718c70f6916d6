"""What the bank does with a client: accept, refer or refuse. The one rule by which everything here decides.

The bank's own rules decide first and last, where there are any (`credit.decision.rule_decisions`). Between them the
model: probability of default and amount of the loan decide together. A person decides where a review is expected to
save more than it costs (`credit.decision.review`); of all other clients the threshold decides, from which on a loan is
refused. Costs, review and threshold come from the bundle that is served, the bank's rules from a file of their own.
That file may set costs and threshold for segments of clients (`credit.decision.segments`); whatever follows from costs
and threshold follows for each client from its own.
What the manifest does not say is None, never a guess: without a review no client is referred by the model, without a
scale there are no points.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from credit.decision.bank_rules import AFTER, BEFORE, BankRules
from credit.decision.certainty import Certainties
from credit.decision.cost import Costs
from credit.decision.points import Scale
from credit.decision.review import ACCEPT, DECISIONS, REFER, REFUSE, Review, at_stake, decided
from credit.decision.rule_columns import RuleValues
from credit.decision.rule_decisions import RuleDecision, rule_decisions
from credit.decision.segments import ClientTerms, terms_of
from credit.decision.value_of_information import Unknown
from credit.model import Scorer
from credit.model.manifest import BundleError
from credit.model.manifest_parts import Manifest

__all__ = ["ACCEPT", "DECISIONS", "LOAN", "REFER", "REFUSE", "Policy", "Rule", "Verdicts", "outdated", "today"]

Floats = NDArray[np.float64]

LOAN, ANNUITY = "AMT_CREDIT", "AMT_ANNUITY"


def today() -> date:
    """The day in UTC, as the log writes times: by it a rule of the bank is in force or not."""
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class Verdicts:
    """What is decided about n clients.

    - ``decisions``: accept, refer or refuse, client by client
    - ``rule_decisions``: the rule of the bank that has decided; None where the model has
    - ``refused``: bool, array (n,): No of /predict, by a rule that accepts or refuses, else by the threshold alone
    - ``on``: the day of which the bank's rules were in force
    - ``terms``: the threshold and costs of each client
    """

    decisions: list[str]
    rule_decisions: list[RuleDecision | None]
    refused: NDArray[np.bool_]
    on: date
    terms: ClientTerms


@dataclass(frozen=True)
class Rule:
    """From features, probabilities and amounts to decisions; all that a decision depends on beside them.

    - ``threshold``: the probability of default at or above which a loan is refused that no person reviews, in (0, 1)
    - ``costs``: of wrong decisions, shares of AMT_CREDIT
    - ``review``: what a review costs and finds; None where no person reviews
    - ``scale``: of the points, or None
    - ``bank_rules``: the bank's own rules, or None

    Arrays are (n_clients,): ``probability`` of default in [0, 1], ``amount`` AMT_CREDIT, NaN where it is not known.
    Money is in its currency, rounded to a hundredth, and None where the amount is not known. ``terms`` of a method are
    those that `decide` or `terms` gives; without them ``threshold`` and ``costs`` hold for all clients, and
    ``TypeError`` is raised where the bank's file has segments, for then they may not.
    """

    threshold: float
    costs: Costs
    review: Review | None
    scale: Scale | None = None
    bank_rules: BankRules | None = None

    def decide(
        self, X: Floats, probability: Floats, amount: Floats, on: date, supposed: ClientTerms | None = None
    ) -> Verdicts:
        """What is done with each client: by the bank's rules that are in force ``on`` that day, and by the model.

        ``X``: (n_clients, n_columns), the features of the model to whose columns the rules belong. ``probability``,
        ``amount``: (n_clients,), as the class says. ``supposed``: thresholds and costs in place of those of the policy,
        of a stress.
        """
        terms = self.terms(X, on) if supposed is None else supposed
        by_model, refused = self.model_decisions(probability, amount, terms), self.refused(probability, terms)
        if self.bank_rules is None:
            return Verdicts(by_model, [None] * len(by_model), refused, on, terms)
        found = rule_decisions(self.bank_rules, BEFORE, on, RuleValues(X, {}))
        if self.bank_rules.valid(AFTER, on):
            later = rule_decisions(
                self.bank_rules, AFTER, on, RuleValues(X, self._quantities(probability, amount, by_model, terms))
            )
            found = [first or second for first, second in zip(found, later, strict=True)]
        decisions = [one.outcome if one else model for one, model in zip(found, by_model, strict=True)]
        for client, one in enumerate(found):
            if one is not None and one.outcome != REFER:
                refused[client] = one.outcome == REFUSE
        return Verdicts(decisions, found, refused, on, terms)

    def terms(self, X: Floats, on: date) -> ClientTerms:
        """The threshold and costs of each client of ``X`` (n_clients, n_columns) on a day: its segment's, or these."""
        segments = () if self.bank_rules is None else self.bank_rules.segments
        return terms_of(segments, on, X, self.threshold, self.costs)

    def _of_all(self, terms: ClientTerms | None, n: int) -> ClientTerms:
        if terms is not None:
            return terms
        if self.bank_rules is not None and self.bank_rules.segments:
            raise TypeError("the bank's file has segments: pass the terms that decide() or terms() gives")
        return ClientTerms.same(n, self.threshold, self.costs)

    def _quantities(
        self, probability: Floats, amount: Floats, by_model: list[str], terms: ClientTerms
    ) -> dict[str, NDArray[np.generic]]:
        points = np.full(len(probability), np.nan)
        if self.scale is not None:
            points = self._shown(self.scale, probability, terms)
        return {
            "probability": probability,
            "points": points,
            "expected_loss": probability * amount * terms.loss_given_default,
            "at_stake": at_stake(probability, amount, terms),
            "decision": np.array(by_model, dtype=np.str_),
        }

    def refused(self, probability: Floats, terms: ClientTerms | None = None) -> NDArray[np.bool_]:
        """Whether each loan is refused where no person reviews."""
        return np.greater_equal(probability, self._of_all(terms, len(probability)).threshold)

    def model_decisions(self, probability: Floats, amount: Floats, terms: ClientTerms | None = None) -> list[str]:
        """Per client, without the bank's rules: refer where a review pays, else refuse from the threshold on, else
        accept. What is done with a client is `decide`'s to say.

        A loan whose amount is not known is not referred: what a review of it saves is not known.
        """
        own = self._of_all(terms, len(probability))
        made: list[str] = decided(probability, amount, own.threshold, own, self.review).tolist()
        return made

    def stakes(self, probability: Floats, amount: Floats, terms: ClientTerms | None = None) -> list[float | None]:
        """Per client what the cheaper of both decisions costs in expectation."""
        return _money(at_stake(probability, amount, self._of_all(terms, len(probability))))

    def worths(self, probability: Floats, amount: Floats, terms: ClientTerms | None = None) -> list[float | None]:
        """Per client what a review saves in expectation, before its cost; None without a review.

        In this order, the highest first, referred clients are reviewed: so the money goes furthest.
        """
        if self.review is None:
            return [None] * len(probability)
        return _money(self.review.worth(probability, amount, self._of_all(terms, len(probability))))

    @property
    def review_cost(self) -> float | None:
        """What a review costs, to be taken off its worth; None where no client is reviewed."""
        return None if self.review is None or math.isinf(self.review.cost) else self.review.cost

    def bands(self, amount: Floats, terms: ClientTerms | None = None) -> list[dict[str, float] | None]:
        """Per client {"low", "high"}: between these probabilities, both excluded, a loan of its amount is referred.

        None where it never is: without a review, and for a loan that is too small to be worth one.
        """
        if self.review is None:
            return [None] * len(amount)
        own = self._of_all(terms, len(amount))
        found = (self.review.band(one, own.costs(client)) for client, one in enumerate(amount.tolist()))
        return [None if band is None else {"low": band[0], "high": band[1]} for band in found]

    def points(self, probability: Floats, terms: ClientTerms | None = None) -> list[float | None]:
        """Per client the points, to a tenth, rounded so that the cut-off decides by them as the threshold does by the
        probability; None without a scale, and for a probability of exactly 0 or 1.
        """
        if self.scale is None:
            return [None] * len(probability)
        shown = self._shown(self.scale, probability, self._of_all(terms, len(probability)))
        return [points if math.isfinite(points) else None for points in shown.tolist()]

    @staticmethod
    def _shown(scale: Scale, probability: Floats, terms: ClientTerms) -> Floats:
        found = np.empty(len(probability))
        for threshold in np.unique(terms.threshold).tolist():
            mine = terms.threshold == threshold
            found[mine] = scale.shown(probability[mine], threshold)
        return found

    def expected_losses(
        self, probability: Floats, amount: Floats, terms: ClientTerms | None = None
    ) -> list[float | None]:
        """Per client p * AMT_CREDIT * loss given default: what accepting loses in expectation."""
        return _money(probability * amount * self._of_all(terms, len(probability)).loss_given_default)

    def to_dict(self) -> dict[str, Any]:
        """Costs and review, as the decision log keeps them beside the threshold; with rules of the bank their hash, and
        the scale of the points that they may look at.
        """
        found: dict[str, Any] = {
            **self.costs.to_dict(),
            "review": None if self.review is None else self.review.to_dict(),
        }
        if self.bank_rules is not None:
            scale = None if self.scale is None else self.scale.written()
            found["bank_rules"] = {"hash": self.bank_rules.hash, "points": scale}
        return found

    @property
    def identity(self) -> str:
        """The SHA-256 of threshold, costs, review and the bank's rules: two policies with the same one decide the same
        of the same probability.
        """
        return hashlib.sha256(
            msgspec.json.encode({"threshold": self.threshold, **self.to_dict()}, order="sorted")
        ).hexdigest()

    @classmethod
    def of(cls, threshold: float, written: Mapping[str, Any], rules: BankRules | None = None) -> "Rule":
        """What `to_dict` has written. ``rules``: the bank's that belong to the hash in it.

        Raises ``ValueError`` for anything else, and where these are other rules.
        """
        bank = written.get("bank_rules")
        if (None if bank is None else bank["hash"]) != (None if rules is None else rules.hash):
            raise ValueError("the bank's rules are not those by which it was decided")
        scale = None if bank is None or bank["points"] is None else Scale.read(bank["points"])
        return cls(threshold, Costs.of({"costs": written}), Review.of(written), scale, rules)

    @classmethod
    def of_model(cls, threshold: float, written: Mapping[str, Any]) -> "Rule":
        """The model's part of what `to_dict` has written: for what is at stake and what a review is worth, which the
        bank's own rules do not change. It does not say what was decided. Raises ``ValueError`` for anything else.
        """
        return cls(threshold, Costs.of({"costs": written}), Review.of(written))


class Policy(Rule):
    """The rule of one loaded model with the bank's rules, and what else its manifest says of a client.

    ``rules``: the file of the bank's rules, None without any. ``scale``: of the points, or None. ``unknown``: what
    knowing more of a client would be worth, or None. ``certainties``: how sure probabilities are, None where it was not
    measured. Raises `BundleError` for a manifest whose costs, review, scale, unknown parts or intervals cannot be used,
    and `BankRulesError` for rules that cannot.
    """

    def __init__(self, scorer: Scorer, rules: str | Path | None = None) -> None:
        manifest = scorer.manifest
        scale = _scale(manifest.get("points"))
        bank = None if rules is None else BankRules.load(rules, scorer.columns, scale is not None)
        try:
            super().__init__(scorer.threshold, Costs.of(manifest), Review.of(manifest), scale, bank)
        except ValueError as error:
            raise BundleError(f"The manifest's rule cannot be used ({error}); export the model again.") from None
        self._loan = scorer.index.get(LOAN)
        written = manifest.get("unknown")
        self.unknown = (
            None
            if written is None
            else Unknown(scorer.columns, written, self.threshold, self.costs.margin, self.costs.loss_given_default)
        )
        intervals = manifest.get("intervals")
        self.certainties = (
            None
            if intervals is None or self.unknown is None
            else Certainties(intervals, self.unknown, self.costs.break_even)
        )

    def amounts(self, X: Floats) -> Floats:
        """(n_clients,): AMT_CREDIT of feature rows ``X`` (n_clients, n_columns).

        NaN where it is not known, is no amount, or is not read by the model.
        """
        if self._loan is None:
            return np.full(len(X), np.nan)
        amounts = X[:, self._loan]
        return np.where(np.isfinite(amounts) & (amounts > 0), amounts, np.nan)


def outdated(manifest: Manifest) -> str | None:
    """What to say of a manifest with the refer band of an earlier version and without a review; None of any other."""
    if manifest.get("refer") is None or manifest.get("review") is not None:
        return None
    return (
        "The model's manifest has the refer band of an earlier version, which decides nothing any more, and no review: "
        "no client is referred to a person. Train the model again, and it has one."
    )


def _money(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 2) for value in values.tolist()]


def _scale(written: Any) -> Scale | None:
    try:
        return None if written is None else Scale.read(written)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"The manifest's points scale cannot be used ({error}); export the model again.") from None
