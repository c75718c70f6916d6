"""GET /letters/<decision>: the letter to a client whom a decision of the caller's refuses."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from werkzeug.exceptions import Conflict, NotFound
from werkzeug.exceptions import NotImplemented as NotSetUp

from credit.decision.policy import today
from credit.decision_log import Log
from credit.decision_log.encoding import read
from credit.letters import LetterError, NoDecision, NotRefused, refusal
from credit.web.service import service


def page(log: Log, caller: str, number: int, language: str, profile: str | None) -> str:
    """The letter as a page. ``profile``: the server's where None.

    Raises 404 for a decision that is not the caller's, 409 where there is no letter of it, and 501 where the bank has
    not said what the letter says of it.
    """

    def explain(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
        return explained(log, row)

    try:
        found = refusal(log, number, language, caller, explain)
        return service().letters.write(found, today(), profile)
    except NoDecision as error:
        raise NotFound(f"{error} GET /data lists yours.") from None
    except NotRefused as error:
        raise Conflict(str(error)) from None
    except LetterError as error:
        raise NotSetUp(str(error)) from None


def explained(log: Log, row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    """The reasons of a logged decision worked out again, where the model that is served has made it."""
    here, raw = service(), log.raw(row["id"])
    if here.explainer is None or raw is None or raw.inputs is None or raw.model_hash != here.scorer.model_hash:
        return None
    (reasons,) = here.explainer.reasons(np.ascontiguousarray(read(raw.inputs)[None, :]))
    return [{"code": one.code, "kind": one.kind, "text": one.en} for one in reasons]
