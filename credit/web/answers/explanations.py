"""The answers of POST /explain and POST /what-if: what matters for a client, and what a change would do."""

from typing import Literal

import msgspec

from credit.model.quantities import Count, NotNegative, Positive, Share
from credit.web.answers.answer import Answer, ClientNumber, ModelVersion, WithNotices
from credit.web.answers.decisions import Reasons, ReviewTerms, Verdict
from credit.whatif.levers import Locked


class Contribution(Answer, frozen=True):
    """What a feature adds to a client's log odds of default.

    - ``feature``: its column
    - ``value``: the client's; null where it is not known
    - ``contribution``: in log odds; below 0 it takes away
    - ``description``: what the feature is
    - ``unit``: of its values
    - ``protected``: whether it is made from a protected attribute; such a feature is never a reason
    - ``label``: what the feature is, as people say it
    - ``text``: the value as people say it, with its unit: a time before the application, yes or no; of protected
      features only where the server shows these
    """

    feature: str
    value: float | None
    contribution: float
    description: str
    unit: str
    protected: bool
    label: str
    text: str


class ProtectedTogether(Answer, frozen=True):
    """All protected features as one, as those who decide are shown them: the sign of one of them would say its value.

    - ``label``: what they are, as people say it
    - ``text``: that their values are not shown
    - ``contribution``: the sum of theirs, in log odds
    - ``features``: how many they are
    """

    label: str
    text: str
    contribution: float
    features: Count


class ApplicationFact(Answer, frozen=True):
    """What a client has applied for or told.

    - ``name``: the column of the application, or two with / between for their quotient
    - ``label``: the same in words
    - ``text``: the client's value as people read it
    """

    name: str
    label: str
    text: str


class Explanation(WithNotices, frozen=True):
    """Why a client has this probability of default: base value and contributions add up to its log odds.

    - ``client``: its SK_ID_CURR
    - ``model``: which answered
    - ``base_value``: the log odds before any feature is looked at
    - ``base_probability``: the same as a probability
    - ``log_odds``: of default
    - ``probability``: of default
    - ``contributions``: of all features, the largest first
    - ``protected_together``: what pages show in place of those of protected features; null where the server shows
      these, or the model reads none
    - ``reasons``: what pushes towards refusal, the weightiest first
    - ``note``: what to know of the reasons
    - ``facts``: of the application, those of which the model reads something
    """

    client: ClientNumber
    model: ModelVersion
    base_value: float
    base_probability: Share
    log_odds: float
    probability: Share
    contributions: list[Contribution]
    protected_together: ProtectedTogether | None
    reasons: Reasons
    note: str
    facts: list[ApplicationFact]


class MadeFrom(Answer, frozen=True):
    """A feature from which another is made.

    - ``feature``: its column
    - ``description``: what it is
    """

    feature: str
    description: str


class Slider(Answer, frozen=True):
    """The range in which a number can be changed.

    - ``low``: its lower end
    - ``high``: its upper end
    - ``step``: from one place to the next; the client's own value is one of them
    """

    low: float
    high: float
    step: float


class Option(Answer, frozen=True):
    """A text that a column can have.

    - ``value``: as published
    - ``label``: the same in words
    """

    value: str
    label: str


class WeightyFeature(Answer, frozen=True):
    """A feature that matters for a client, or a term of its loan.

    - ``feature``: its column; of a text the published one; PROTECTED_ATTRIBUTES of all that are locked as protected
      where the server does not show these: their contributions are summed
    - ``description``: what it is
    - ``unit``: of its values
    - ``contribution``: what it adds to the log odds of default; of a text all its columns together
    - ``among_ten``: whether it is one of the ten that matter most
    - ``value``: the client's; null where it is not known
    - ``text``: the value as people read it; of protected ones only where the server shows these
    - ``locked``: why it cannot be changed; null where it can
    - ``follows``: what a derived feature is made from; null of others
    - ``slider``: the range in which it can be changed; null where it cannot, or is a text
    - ``options``: the texts that it can have; null of a number
    """

    feature: str
    description: str
    unit: str
    contribution: float
    among_ten: bool
    value: float | str | None
    text: str
    locked: Locked | None
    follows: list[MadeFrom] | None
    slider: Slider | None
    options: list[Option] | None


class ProposedChange(Answer, frozen=True):
    """A change of one column.

    - ``feature``: the column
    - ``description``: what it is
    - ``from``: the client's value; null where it is not known
    - ``from_text``: the same as people read it
    - ``to``: the value that is proposed
    - ``to_text``: the same as people read it
    """

    feature: str
    description: str
    before: float | str | None = msgspec.field(name="from")
    from_text: str
    to: float
    to_text: str


class SmallestChange(Answer, frozen=True):
    """The smallest change that leads to acceptance, among those that were tried.

    - ``status``: accepted where nothing need change, found, or none where no change that was tried is enough
    - ``changes``: of each column that is changed
    - ``after``: the answer once they are made; null where there is no such change
    - ``size``: of the change; null where none was found
    - ``step``: how finely was searched; null where nothing was searched
    - ``lowest``: the lowest probability of default that was found; null where nothing was searched
    - ``tried``: how many changes were tried
    """

    status: Literal["accepted", "found", "none"]
    changes: list[ProposedChange]
    after: Verdict | None
    size: NotNegative | None
    step: Positive | None
    lowest: Share | None
    tried: Count


class ImplausibleTerms(Answer, frozen=True):
    """Terms of a loan that no lender gives together.

    - ``features``: their columns
    - ``message``: what does not go together, as a sentence
    """

    features: list[str]
    message: str


class Moved(WithNotices, frozen=True):
    """What matters most for a client, what of it can be changed, and what that would do.

    - ``client``: its SK_ID_CURR
    - ``model``: which answered
    - ``threshold``: the probability of default at or above which a loan is refused that no person reviews
    - ``review``: what a review costs and finds; null where the model has none
    - ``before``: the answer as the client is
    - ``after``: the answer once the changes of the body are made; null where it names none
    - ``implausible``: terms that no lender gives together
    - ``against_sense``: said where the probability falls though the loan or its annuity alone grows; else null
    - ``features``: those that matter most, the rest of the loan's terms, and what is changed
    - ``smallest``: the smallest change that leads to acceptance; null where the body names changes
    - ``note``: what to know of such answers
    """

    client: ClientNumber
    model: ModelVersion
    threshold: Share
    review: ReviewTerms | None
    before: Verdict
    after: Verdict | None
    implausible: list[ImplausibleTerms]
    against_sense: str | None
    features: list[WeightyFeature]
    smallest: SmallestChange | None
    note: str
