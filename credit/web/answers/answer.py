"""The base of all answers, the answers of one or two fields, and what stands beside many."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from credit.features import data_warnings
from credit.model.quantities import Count, Sha256, Share, one_of
from credit.web import error_codes
from credit.web.payload.value_rules import LARGEST_CLIENT
from credit.web.payload.violation_codes import CODES

ClientNumber = Annotated[int, Meta(ge=0, le=LARGEST_CLIENT)]


class Answer(msgspec.Struct, frozen=True):
    """An object of an answer. A field without a value is null; one that is UNSET is left out."""


class ErrorDetail(Answer, frozen=True):
    """One thing that is wrong with a request.

    - ``field``: its path into the body or the name of a parameter, "" for the whole
    - ``message``: what is wrong with it, and what would be right
    - ``code``: the kind of violation, see docs/codes.md
    """

    field: str
    message: str
    code: Annotated[str, one_of(CODES)]


class Error(Answer, frozen=True):
    """Why a request is refused.

    - ``error``: one sentence
    - ``code``: why, by a name that stays, see docs/codes.md
    - ``details``: what is wrong, field by field; empty where the sentence says all
    """

    error: str
    code: Annotated[str, one_of(error_codes.CODES)]
    details: list[ErrorDetail]


class ModelVersion(Answer, frozen=True):
    """The version of the model that answers.

    - ``name``: of the model
    - ``hash``: SHA-256 of model.pkl
    """

    name: str
    hash: Sha256


class DataWarning(Answer, frozen=True):
    """Something odd about the values that were sent, and that is answered all the same.

    - ``client``: whose rows have it; null for rows that belong to no client
    - ``kind``: what is odd; the code with a blank for each hyphen
    - ``table``: of the rows, as published
    - ``column``: of the table
    - ``number``: how many rows have it
    - ``example``: the value of the first of them; null for a column that is ignored
    - ``message``: the same as a sentence
    - ``code``: what is odd, by a name that stays, see docs/codes.md
    """

    client: str | None
    kind: Annotated[str, one_of(data_warnings.KINDS)]
    table: str
    column: str
    number: Count
    example: Any
    message: str
    code: Annotated[str, one_of(data_warnings.CODES)]


class WithNotices(Answer, frozen=True, kw_only=True):
    """What stands last in an answer about clients, each only where there is something to say.

    - ``missing_tables``: histories that the model reads and the body did not name, or as null
    - ``details``: what is odd about the values
    - ``details_left_out``: how many more warnings there are
    - ``muted_warnings``: by code how many warnings MUTED_WARNINGS mutes; they are not in details
    """

    missing_tables: list[str] | UnsetType = UNSET
    details: list[DataWarning] | UnsetType = UNSET
    details_left_out: Count | UnsetType = UNSET
    muted_warnings: dict[str, Annotated[int, Meta(ge=1)]] | UnsetType = UNSET


class Threshold(Answer, frozen=True):
    """The threshold.

    - ``best_threshold``: the probability of default at or above which a loan is refused that no person reviews
    """

    best_threshold: Share


class Model(Answer, frozen=True):
    """The model that is served.

    - ``manifest``: manifest.json of the bundle
    - ``card``: the model card in Markdown; null where there is none
    """

    manifest: Mapping[str, Any]
    card: str | None


class Kept(Answer, frozen=True):
    """That outcomes are kept.

    - ``received``: how many the body held
    - ``new``: how many of them were not known before, or otherwise
    - ``told``: deprecated, as ``received``
    """

    received: Annotated[int, Meta(ge=1)]
    new: Count
    told: Annotated[int, Meta(ge=1)]


class Erased(Answer, frozen=True):
    """That inputs are erased.

    - ``client``: about whom
    - ``decisions``: how many the caller has about the client
    - ``erased``: how many of them had inputs until now
    """

    client: ClientNumber
    decisions: Count
    erased: Count


class Alive(Answer, frozen=True):
    """That the process is alive.

    - ``status``: alive
    """

    status: Literal["alive"]


class Ready(Answer, frozen=True):
    """That clients can be decided on.

    - ``status``: ready
    - ``model``: the model that is loaded
    - ``log``: whether decisions are logged
    """

    status: Literal["ready"]
    model: ModelVersion
    log: bool
