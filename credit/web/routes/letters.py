"""GET /letters/<decision>: the letter to a client who is refused or offered other terms; who scores gets those of own
decisions alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from werkzeug.exceptions import Conflict, NotFound
from werkzeug.exceptions import NotImplemented as NotSetUp

from credit.decision.policy import today
from credit.decision_log import Log
from credit.decision_log.encoding import read
from credit.decision_log.reviews import unknown
from credit.letters import (
    LetterError,
    NoDecision,
    NoReason,
    NoTellableReason,
    NotRefused,
    foreseen,
    refusal,
    without_letter,
)
from credit.letters.unwritable import TOLD
from credit.web.answers.reviews import NoLetter
from credit.web.error_codes import coded
from credit.web.roles import REASON, is_shown
from credit.web.routes.reviews import reviews_all
from credit.web.service import service

#: What who is not shown the reasons of people reads in place of one that no letter can give.
_BY_A_PERSON = {
    "en": "A person has refused the client of decision {number}, and no letter of this server can say why: a "
    "person of the bank has to write it.",
    "fr": "Une personne a refusé le prêt au client de la décision {number}, et aucune lettre de ce serveur ne peut "
    "dire pourquoi\u00a0: une personne de la banque doit l'écrire.",
}

#: What `available` finds.
LETTER, BY_HAND = "letter", "by hand"

#: The same of a verdict that is not given yet, in an answer.
_FORETOLD, _FORETOLD_BY_HAND, _NOT_SET_UP = "letter", "by_hand", "not_set_up"


def page(log: Log, caller: str, number: int, language: str, profile: str | None) -> str:
    """The letter as a page. ``number``: of the decision in ``log``. ``caller``: who asks for it. ``language``: en or
    fr. ``profile``: the server's where None.

    Raises 404 for a decision that the caller may not see, 409 where there is no letter of it, and 501 where the bank
    has not said what the letter says of it.
    """
    try:
        return _written(log, caller, number, language, profile)
    except NoDecision:
        raise NotFound(unknown(number)) from None
    except NoTellableReason as error:
        seen = is_shown(service().callers.roles(caller), REASON)
        said = error.text(language) if seen else _BY_A_PERSON[language].format(number=number)
        raise coded(Conflict(said), "no-letter") from None
    except NotRefused as error:
        raise coded(Conflict(error.text(language)), "no-letter") from None
    except LetterError as error:
        raise coded(NotSetUp(str(error)), "no-letter") from None


def available(log: Log, caller: str, number: int, language: str) -> str | None:
    """`LETTER` where `page` answers with one, `BY_HAND` where a client is refused to whom a person has to write, else
    None: there is no refusal, or the bank has not said what the letter says of it.

    ``log``, ``caller``, ``number``, ``language``: as of `page`.
    """
    try:
        _written(log, caller, number, language, None)
    except NoReason:
        return BY_HAND
    except (NoDecision, NotRefused, LetterError):
        return None
    return LETTER


def without(log: Log, number: int) -> NoLetter | None:
    """The reasons of a verdict about a decision of which no letter can be written; None where there is no decision, or
    a trial, about which nobody decides.
    """
    row = log.find(number)
    if row is None or row["trial"]:
        return None
    return NoLetter(**without_letter(log, row, lambda one: explained(log, one)))


def foretold(log: Log, number: int, verdict: str, reason: str) -> str | None:
    """Whether there will be a letter of a verdict: letter, by_hand, or not_set_up where the bank has not said what the
    letter says of it, so that `page` would answer 501. None where the client is sent none.

    ``number``: of the decision in ``log``. ``verdict``, ``reason``: what a person is about to decide, and the code of
    the reason.
    """
    row = log.find(number) if verdict in TOLD else None
    if row is None or row["trial"]:
        return None
    try:
        service().letters.check(foreseen(log, row, verdict, reason, lambda one: explained(log, one)))
    except NoReason:
        return _FORETOLD_BY_HAND
    except LetterError:
        return _NOT_SET_UP
    return _FORETOLD


def _written(log: Log, caller: str, number: int, language: str, profile: str | None) -> str:
    def explain(row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
        return explained(log, row)

    whose = None if reviews_all(service(), caller) else caller
    return service().letters.write(refusal(log, number, language, whose, explain), today(), profile)


def explained(log: Log, row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    """The reasons of a logged decision worked out again, where the model that is served has made it."""
    here, raw = service(), log.raw(row["id"])
    if here.explainer is None or raw is None or raw.inputs is None or raw.model_hash != here.scorer.model_hash:
        return None
    (reasons,) = here.explainer.reasons(np.ascontiguousarray(read(raw.inputs)[None, :]))
    return [{"code": one.code, "kind": one.kind, "text": one.en} for one in reasons]
