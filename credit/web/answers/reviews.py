"""The answers of the routes about reviews: the cases that wait, one case, what was decided, and the reasons."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from credit.decision.review_reasons import REOPEN, VERDICTS
from credit.decision_log import case_intake
from credit.decision_log.reviews import KINDS
from credit.features.information_sources import PARTS
from credit.model.quantities import Count, NotNegative, Positive, Share, Time, one_of
from credit.web.answers.answer import Answer, ClientNumber
from credit.web.answers.decisions import DecidingRule, Decision, LoggedDecision, UnknownPart

ReviewVerdict = Annotated[str, one_of(VERDICTS)]
CaseKind = Annotated[str, one_of(case_intake.KINDS)]


class ReviewReason(Answer, frozen=True):
    """A reason that a review may give.

    - ``code``: as it is sent and logged
    - ``of``: the verdicts that it may be given for, and reopen
    - ``text``: its name in the language of the answer
    """

    code: str
    of: list[Annotated[str, one_of((*VERDICTS, REOPEN))]]
    text: str


class ReviewReasons(Answer, frozen=True):
    """All reasons.

    - ``reasons``: in the order in which to show them
    """

    reasons: list[ReviewReason]


class CounterofferTerms(Answer, frozen=True):
    """The terms at which a loan is accepted; null where they are those that were applied for.

    - ``amount``: of the loan, in the currency of AMT_CREDIT
    - ``annuity``: of an instalment, likewise
    - ``months``: until it is repaid
    """

    amount: Positive | None
    annuity: Positive | None
    months: Annotated[int, Meta(ge=1)] | None


class NoLetter(Answer, frozen=True):
    """The reasons of a verdict of which no letter can be written: a person has to write to the client.

    - ``refuse``: the codes of reasons to refuse
    - ``counteroffer``: and of reasons to accept at other terms
    """

    refuse: list[str]
    counteroffer: list[str]


class LoggedReview(Answer, frozen=True):
    """What a person has decided, as it stands in the log. Who only scores is shown of the entries of others what was
    decided: reviewer, reason and words are null.

    - ``id``: its row, in the numbers of the decisions
    - ``time``: when
    - ``request``: the id of the request
    - ``reviewer``: who, by the name of the key; null for who only scores
    - ``decision_id``: the row of the decision
    - ``kind``: review of an open case, override of an automatic decision, or reopen, which decides nothing
    - ``verdict``: what was decided; null of reopen
    - ``reason``: its code; null likewise
    - ``words``: beside the reason; null likewise, where there are none, and once erased
    - ``terms``: of a counteroffer; null where there are none, and once erased
    - ``erased``: whether words and terms are erased
    - ``letter``: of a verdict that was just given, letter where the client gets one, by_hand where none can be written
      for its reason and a person has to write, not_set_up where the bank has not set up letters on this server; null
      where none is due
    """

    id: Count
    time: Time
    request: str
    reviewer: str | None
    decision_id: Count
    kind: Annotated[str, one_of(KINDS)]
    verdict: ReviewVerdict | None
    reason: str | None
    words: str | None
    terms: CounterofferTerms | None
    erased: bool
    letter: Literal["letter", "by_hand", "not_set_up"] | UnsetType | None = UNSET


class ListedCase(Answer, frozen=True):
    """A case that waits for a person; of ?client= any decision about the client.

    - ``decision_id``: the row of the decision
    - ``client``: about whom, by SK_ID_CURR
    - ``status``: open where a person has to decide
    - ``kind``: why it is open, referred by the rule or reopened; null where it is not
    - ``opened``: since when it waits; null where it does not
    - ``time``: when the machine decided
    - ``decision``: what the machine decided; of a reopened case a review may have changed that since
    - ``final``: what counts, the newest verdict or else the decision; null where a person has never decided
    - ``rule``: of the bank, which decided so; null where the model did
    - ``rule_reason``: of this rule, as the client is told it; null where the model decided, or the log has lost it
    - ``rule_unknown``: whether the rule decided since a value is not known that it asks for
    - ``caller``: who sent the client
    - ``probability``: of default
    - ``crosses_break_even``: whether the interval of the probability holds the one at which both decisions cost the
      same, so that knowing more may change what is right to do; null where it was not measured
    - ``amount``: AMT_CREDIT; null where it is not known
    - ``at_stake``: what the cheaper of accepting and refusing costs in expectation, by the rule of then; or null
    - ``review_worth``: what a review saves in expectation, before its cost; or null
    - ``review_cost``: what a review costs by the rule of then, to be taken off its worth; or null
    - ``trial``: whether it was made to try the service out; then nobody decides on it
    - ``erased``: whether its inputs are erased
    - ``may_decide``: whether the caller may decide on it; false where FOUR_EYES forbids it, and of trials
    """

    decision_id: Count
    client: ClientNumber
    status: Literal["open", "closed"]
    kind: CaseKind | None
    opened: Time | None
    time: Time
    decision: Decision
    final: ReviewVerdict | None
    rule: str | None
    rule_reason: str | None
    rule_unknown: bool
    caller: str
    probability: Share
    crosses_break_even: bool | None
    amount: Positive | None
    at_stake: NotNegative | None
    review_worth: NotNegative | None
    review_cost: NotNegative | None
    trial: bool
    erased: bool
    may_decide: bool


class ListedCases(Answer, frozen=True):
    """A page of the open cases, or of the decisions about a client.

    - ``cases``: in the order asked for; of a client the newest decision first
    - ``next``: what to send as after for the next page; null on the last
    - ``total``: how many cases are open; of a client how many decisions there are
    """

    cases: list[ListedCase]
    next: str | None
    total: Count


class ReviewCase(Answer, frozen=True):
    """A decision, what is known of it, and what people made of it. Nothing is decided or scored anew for it.

    - ``status``: open where a person has to decide
    - ``kind``: why it is open; null where it is not
    - ``opened``: since when; null where it is not
    - ``final``: what counts, the newest verdict or else the decision; null where a person has never decided
    - ``decision``: as it stands in the log; its inputs are a body for /explain and /what-if
    - ``rule``: of the bank, which has decided; null where the model has
    - ``amount``: AMT_CREDIT; null where it is not known
    - ``expected_loss``: of the loan in a default, times the probability; null where amount or rule are not known
    - ``at_stake``: what the cheaper of accepting and refusing costs in expectation; null likewise
    - ``review_worth``: what a review saves in expectation, before its cost; null likewise, and without reviews
    - ``review_cost``: what a review costs by the rule of then, to be taken off its worth; null without reviews
    - ``points``: on the scale of the scorecard; null where another model decided than the one that is served
    - ``present``: the share of the features of which a value is known; null once the inputs are erased
    - ``unknown``: the parts that are not known, what is worth most first; null as points, and once erased
    - ``reviews``: in order of time
    - ``may_decide``: whether the caller may decide on it, or override the decision
    - ``no_letter``: the reasons of which no letter can be written; null of trials
    """

    status: Literal["open", "closed"]
    kind: CaseKind | None
    opened: Time | None
    final: ReviewVerdict | None
    decision: LoggedDecision
    rule: DecidingRule | None
    amount: Positive | None
    expected_loss: NotNegative | None
    at_stake: NotNegative | None
    review_worth: NotNegative | None
    review_cost: NotNegative | None
    points: float | None
    present: Share | None
    unknown: Annotated[list[UnknownPart], Meta(max_length=len(PARTS))] | None
    reviews: list[LoggedReview]
    may_decide: bool
    no_letter: NoLetter | None = None
