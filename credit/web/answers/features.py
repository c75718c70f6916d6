"""The answers of GET /features and GET /explain: what the model's features mean, and what each does for it."""

from typing import Literal

from msgspec import UNSET, UnsetType

from credit.model.quantities import Share
from credit.web.answers.answer import Answer, ModelVersion


class ValueMeaning(Answer, frozen=True):
    """What a value of a feature means.

    - ``value``: 0 or 1
    - ``meaning``: in words
    """

    value: int
    meaning: str


class Feature(Answer, frozen=True):
    """A feature of the model; what is not known of it is null.

    - ``name``: its column
    - ``description``: what it is
    - ``unit``: of its values
    - ``table``: from whose rows it is made
    - ``family``: which features are made in the same way
    - ``missing``: the share of the training clients of whom it is not known
    - ``values``: what 0 and 1 mean; empty for a quantity
    """

    name: str
    description: str | None
    unit: str | None
    table: str | None
    family: str | None
    missing: Share | None
    values: list[ValueMeaning]


class PublishedColumn(Answer, frozen=True):
    """A column of the published application table, by which a client may be sent, too.

    - ``name``: of the column
    - ``description``: what it is
    - ``type``: of its values
    - ``texts``: the published ones; empty for numbers. Others are taken, too, and count as none of them.
    """

    name: str
    description: str
    type: Literal["text", "integer", "number"]
    texts: list[str]


class Features(Answer, frozen=True):
    """The features that the model reads.

    - ``columns``: their names in the model's order
    - ``details``: what each of them means
    - ``published``: the columns of the published application table, but those that the model was trained without
    """

    columns: tuple[str, ...]
    details: list[Feature] | UnsetType = UNSET
    published: list[PublishedColumn] | UnsetType = UNSET


class FeatureImportance(Answer, frozen=True):
    """What a feature does for the model.

    - ``feature``: its column
    - ``gain``: its share of what the splits gained in training
    - ``contribution``: its mean absolute contribution in log odds; null where the manifest does not tell it
    - ``description``: what it is; null for a column that the tables do not make
    - ``protected``: whether it is made from a protected attribute
    """

    feature: str
    gain: Share
    contribution: float | None
    description: str | None
    protected: bool


class Importance(Answer, frozen=True):
    """What every feature does for the model.

    - ``model``: which
    - ``features``: the largest gain first
    """

    model: ModelVersion
    features: list[FeatureImportance]
