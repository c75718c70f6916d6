"""The answers of /predict, /predict_proba, /score and /data: what is decided of clients, and what was."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from credit.decision.bank_rules import STAGES
from credit.decision.certainty import SUBJECTS
from credit.decision.policy import DECISIONS
from credit.explain.reasons import MOST, Kind
from credit.features.information_sources import PARTS
from credit.model.quantities import Count, NotNegative, Positive, Sha256, Share, Time, one_of
from credit.web.answers.answer import Answer, ClientNumber, ModelVersion, WithNotices

Decision = Annotated[str, one_of(DECISIONS)]


class YesOrNo(WithNotices, frozen=True):
    """Which loans are accepted, by the threshold alone or by a rule of the bank.

    - ``prediction``: by client: Yes, the loan is accepted, or No, it is refused
    - ``refer``: the clients on whom a person decides; left out where there are none
    - ``rules``: by client the rule of the bank that decides; left out where none does
    - ``missing``: by client how many features the body did not name; of a raw body, columns of application
    """

    prediction: dict[str, Literal["Yes", "No"]]
    refer: list[str] | UnsetType = UNSET
    rules: dict[str, str] | UnsetType = UNSET
    missing: dict[str, Annotated[int, Meta(ge=1)]] | UnsetType = UNSET


class Probabilities(WithNotices, frozen=True):
    """How likely defaults are.

    - ``prediction``: by client the probability of default
    - ``refer``: the clients on whom a person decides; left out where there are none
    - ``rules``: by client the rule of the bank that decides; left out where none does
    - ``missing``: by client how many features the body did not name; of a raw body, columns of application
    """

    prediction: dict[str, Share]
    refer: list[str] | UnsetType = UNSET
    rules: dict[str, str] | UnsetType = UNSET
    missing: dict[str, Annotated[int, Meta(ge=1)]] | UnsetType = UNSET


class ReferBand(Answer, frozen=True):
    """Between which probabilities of default, both excluded, a loan of this amount is referred to a person.

    - ``low``: their lower end
    - ``high``: their upper end
    """

    low: Share
    high: Share


class ReviewTerms(Answer, frozen=True):
    """What a review by a person costs and finds.

    - ``cost``: of one review, in the currency of AMT_CREDIT; null where no client is reviewed
    - ``skill``: the share of wrong decisions that a reviewer puts right
    - ``capacity``: the share of applications from which the cost was worked out; null where the cost was given
    """

    cost: NotNegative | None
    skill: Annotated[float, Meta(gt=0, le=1)]
    capacity: Share | None


class Reason(Answer, frozen=True):
    """What pushes a client towards refusal.

    - ``code``: the group of features
    - ``kind``: whether the matter counts against the client, is a fact, is not known, or is named alone
    - ``contribution``: what the group adds to the log odds of default
    - ``text``: the same as a sentence
    """

    code: str
    kind: Kind
    contribution: Positive
    text: str


Reasons = Annotated[list[Reason], Meta(max_length=MOST)]


class UnknownPart(Answer, frozen=True):
    """A part of a client that is not known.

    - ``part``: which
    - ``columns``: the columns or tables that are missing, the weightiest first
    - ``low``: knowing it puts the probability of default above this four times out of five ...
    - ``high``: ... and below this.
    - ``chance``: how likely the probability then lies on the other side of the threshold
    - ``worth``: what deciding by it gains on average, in the currency of AMT_CREDIT; null without an amount
    - ``text``: the same as a sentence
    """

    part: Annotated[str, one_of(part.name for part in PARTS)]
    columns: list[str]
    low: Share
    high: Share
    chance: Share
    worth: float | None
    text: str


class LoggedInterval(Answer, frozen=True):
    """How sure a probability was when it was logged.

    - ``low``: the lower end of where the client's own probability lies, nine times of ten
    - ``high``: its upper end
    - ``of``: whether that is the true probability, which a simulated bank alone knows, or the answer if all were known
    - ``rate_low``: the lower end of the default rate among clients with this answer; null where it was not measured
    - ``rate_high``: its upper end; null likewise
    - ``crosses_break_even``: whether the probability at which both decisions cost the same lies between either's ends
    """

    low: Share
    high: Share
    of: Annotated[str, one_of(SUBJECTS)]
    rate_low: Share | None
    rate_high: Share | None
    crosses_break_even: bool


class ProbabilityInterval(Answer, frozen=True):
    """How sure a client's probability of default is, in two intervals of which each holds nine cases of ten.

    - ``low``: the lower end of where the client's own probability lies, among clients with this answer
    - ``high``: its upper end
    - ``of``: whether that is the true probability, which a simulated bank alone knows, or the answer if all were known
    - ``rate_low``: the lower end of the default rate among clients with this answer; null where it was not measured
    - ``rate_high``: its upper end; null likewise
    - ``rate_clients``: on how many clients, held out of the training, it was measured; 0 where it was not
    - ``crosses_break_even``: whether the probability at which both decisions cost the same lies between either's ends
    - ``text``: the same in sentences
    """

    low: Share
    high: Share
    of: Annotated[str, one_of(SUBJECTS)]
    rate_low: Share | None
    rate_high: Share | None
    rate_clients: Count
    crosses_break_even: bool
    text: str


class DecidingRule(Answer, frozen=True):
    """The rule of the bank that decides on a client in the model's place.

    - ``name``: in the bank's file of rules
    - ``stage``: before the model, or after it
    - ``unknown``: whether it refers the client because a value is missing by which it would decide
    - ``reason``: as the client reads it
    """

    name: str
    stage: Annotated[str, one_of(STAGES)]
    unknown: bool
    reason: str


class AppliedSegment(Answer, frozen=True):
    """The bank's segment to which a client belongs, and the terms by which its loans are decided on.

    - ``name``: in the bank's file
    - ``threshold``: the probability of default at or above which a loan is refused that no person reviews
    - ``margin``: what a good loan earns, as a share of AMT_CREDIT
    - ``loss_given_default``: what a defaulted one loses
    """

    name: str
    threshold: Share
    margin: Positive
    loss_given_default: Positive


class Verdict(Answer, frozen=True):
    """What is decided of a client, and by which numbers; those that the model does not know are null.

    - ``decision``: what the bank does
    - ``probability``: of default
    - ``points``: the same on the scale of the model's scorecard
    - ``expected_loss``: of the loan in a default, times the probability, in the currency of AMT_CREDIT
    - ``refer``: where a loan of this amount is referred; null where it never is
    - ``at_stake``: what the cheaper of accepting and refusing costs in expectation
    - ``review_worth``: what a review saves in expectation, before its cost
    - ``rule``: of the bank, which decides; null where the model does
    - ``segment``: of the bank, with its own threshold and costs; null where the model's apply
    """

    decision: Decision
    probability: Share
    points: float | None
    expected_loss: NotNegative | None
    refer: ReferBand | None
    at_stake: NotNegative | None
    review_worth: NotNegative | None
    rule: DecidingRule | None
    segment: AppliedSegment | None


class Score(Answer, frozen=True):
    """A client: what is decided, by which numbers, and why; those that the model does not know are null.

    - ``client``: its SK_ID_CURR
    - ``decision_id``: the row of the decision log; null where none is kept
    - ``decision``: what the bank does
    - ``probability``: of default
    - ``points``: the same on the scale of the model's scorecard
    - ``expected_loss``: of the loan in a default, times the probability, in the currency of AMT_CREDIT
    - ``refer``: where a loan of this amount is referred; null where it never is
    - ``at_stake``: what the cheaper of accepting and refusing costs in expectation
    - ``review_worth``: what a review saves in expectation, before its cost
    - ``present``: the share of the features of which a value is known
    - ``unknown``: the parts that are not known, what is worth most first
    - ``reasons``: what pushes the probability up, the weightiest first; of an accepted client, too
    - ``rule``: of the bank, which decides; null where the model does
    - ``interval``: how sure the probability is; null where that was not measured for this model
    - ``segment``: of the bank, with its own threshold and costs; null where the model's apply
    """

    client: ClientNumber
    decision_id: Count | None
    decision: Decision
    probability: Share
    points: float | None
    expected_loss: NotNegative | None
    refer: ReferBand | None
    at_stake: NotNegative | None
    review_worth: NotNegative | None
    present: Share
    unknown: Annotated[list[UnknownPart], Meta(max_length=len(PARTS))] | None
    reasons: Reasons | None
    rule: DecidingRule | None
    interval: ProbabilityInterval | None
    segment: AppliedSegment | None


class Scores(WithNotices, frozen=True):
    """The clients of a body, in its order.

    - ``model``: which answered
    - ``threshold``: the probability of default at or above which a loan is refused that no person reviews, of clients
      in no segment
    - ``review``: what a review costs and finds; null where the model has none
    - ``scores``: client by client
    - ``note``: what to know of the reasons; null where there are none
    """

    model: ModelVersion
    threshold: Share
    review: ReviewTerms | None
    scores: list[Score]
    note: str | None


class LoggedRuling(Answer, frozen=True):
    """The rule of the bank that has decided.

    - ``rule``: its name
    - ``stage``: before the model, or after it
    - ``outcome``: what it has decided
    - ``unknown``: whether it has because a value was missing
    - ``held``: all rules that led to this outcome
    """

    rule: str
    stage: Annotated[str, one_of(STAGES)]
    outcome: Decision
    unknown: bool
    held: list[str]


class LoggedScale(Answer, frozen=True):
    """The scale of points that the bank's rules may look at.

    - ``points``: at these odds
    - ``odds``: of repaying, to 1
    - ``double``: so many points more double the odds
    """

    points: float
    odds: float
    double: float


class LoggedBankRules(Answer, frozen=True):
    """The bank's own rules that were in force.

    - ``hash``: SHA-256 of them; the log keeps them by it
    - ``points``: the scale that they may look at; null where the model has none
    - ``on``: the day of which they were in force
    - ``decided``: which has decided; null where the model has
    - ``segment``: to which the client belonged; null for none, left out where the bank had no segments
    """

    hash: Sha256
    points: LoggedScale | None
    on: str
    decided: LoggedRuling | None
    segment: str | UnsetType | None = UNSET


class LoggedRule(Answer, frozen=True):
    """The costs by which a decision was made.

    - ``margin``: what a good loan earns, as a share of AMT_CREDIT
    - ``loss_given_default``: what a defaulted one loses
    - ``review``: what a review costs and finds; null without reviews
    - ``bank_rules``: the bank's own; left out without any
    """

    margin: float
    loss_given_default: float
    review: ReviewTerms | None
    bank_rules: LoggedBankRules | UnsetType = UNSET


class LoggedDecision(Answer, frozen=True):
    """A decision as it stands in the log; null is what was not logged when it was made.

    - ``id``: its row
    - ``time``: when it was made
    - ``request``: the id of the request
    - ``caller``: who asked
    - ``client``: about whom, by SK_ID_CURR
    - ``route``: which was asked
    - ``sent``: the parts of the client that were sent, with commas between
    - ``probability``: of default
    - ``threshold``: at or above which a loan was refused that no person reviews
    - ``decision``: what was decided
    - ``model_hash``: SHA-256 of the model that answered
    - ``refer``: where a loan of this amount was referred
    - ``rule``: the costs by which it was decided
    - ``reasons``: why; of clients who were not accepted, and of others where they were told
    - ``trial``: whether it was made to try the service out; then it counts nowhere
    - ``interval``: how sure the probability was; null where that was not measured
    - ``erased``: whether its inputs are erased
    - ``inputs``: the client's features by name, and its SK_ID_CURR; null once erased; in GET /data where asked for
    """

    id: Count
    time: Time
    request: str
    caller: str
    client: ClientNumber
    route: str | None
    sent: str | None
    probability: Share
    threshold: Share
    decision: Decision
    model_hash: Sha256
    refer: ReferBand | None
    rule: LoggedRule | None
    reasons: list[Reason] | None
    trial: bool
    erased: bool
    interval: LoggedInterval | None
    inputs: dict[str, float | None] | UnsetType | None = UNSET


class Sent(Answer, frozen=True):
    """What the caller has sent so far, newest first.

    - ``data``: the decisions of this page
    - ``page``: its number, from 1 on; counted from after where that is given
    - ``pages``: how many there are from the newest on
    - ``total``: how many decisions there are, of those asked for
    - ``next``: what to send as after for the next page; null on the last
    """

    data: list[LoggedDecision]
    page: Count
    pages: Count
    total: Count
    next: Count | None
