"""The answer of GET /policy: the policy that decides and the one that is to follow, on the decisions of the log."""

from dataclasses import dataclass, fields, replace

from werkzeug.exceptions import BadRequest, NotFound

from credit.decision.policy import Policy, today
from credit.i18n.numbers import number
from credit.i18n.page_text import WORDS
from credit.monitoring.policy_clients import of_log
from credit.monitoring.policy_comparison import PolicyComparison, compare
from credit.monitoring.policy_page import body
from credit.web import requests
from credit.web.answers.policy_difference import COMPARED, MOST_COMPARED, DecisionCounts, PolicyDifference
from credit.web.error_codes import coded, spoken
from credit.web.roles import is_shown_clients
from credit.web.service import LARGE, Service


@dataclass(frozen=True)
class Compared:
    """``about``: which policies and clients, a sentence in the reader's language."""

    found: PolicyComparison
    about: str


def last() -> int:
    """How many decisions ?last= asks for; 400 for what is no number of them."""
    text = requests.parameter("last", "")
    if not text and "last" not in requests.parameters():
        return COMPARED
    found = requests.whole_number(text, 1, MOST_COMPARED)
    if found is None:
        raise BadRequest(f"last must be a whole number from 1 to {MOST_COMPARED}, not {text[:40]!r}.")
    return found


def compared(service: Service, newest: int, language: str, roles: frozenset[str]) -> Compared:
    """The comparison on the ``newest`` decisions of the log, as far as a key with ``roles`` is shown it.

    ``service``: with the log and both policies. ``language``: of what is said about them. 404 without a log, without a
    second policy, and where the log has no decision to compare on, in ``language``.
    """
    words = WORDS[language]["policy"]
    if service.log is None:
        raise spoken(coded(NotFound(words["no_log"]), "no-log"), language)
    if service.next_policy is not None:
        old, new, about = service.policy, service.next_policy, words["about_next"]
    elif service.policy.bank_rules is not None:
        old, new, about = Policy(service.scorer), service.policy, words["about_model"]
    else:
        raise spoken(coded(NotFound(words["nothing_to_compare"]), "no-second-policy"), language)
    on = today()
    if service.next_policy is not None and new.bank_rules is not None:
        on = max(on, new.bank_rules.last_valid_from() or on)
    try:
        with service.turn(LARGE + 1):  # some 8 kB a decision: one comparison at a time
            found = compare(service.scorer, old, new, of_log(service.log, service.scorer, newest), on)
    except ValueError as error:
        raise spoken(NotFound(words["no_clients"]), language) from error
    if not is_shown_clients(roles):
        found = replace(found, largest=())
    return Compared(found, about.format(last=number(newest, 0, language)))


def answer(service: Service, shown: Compared, roles: frozenset[str]) -> PolicyDifference:
    """As JSON."""
    found = shown.found
    same = {one.name for one in fields(found)} & set(PolicyDifference.__struct_fields__)
    values = {name: getattr(found, name) for name in same}
    return PolicyDifference(
        **{
            **values,
            "model": service.model,
            "about": shown.about,
            "on": found.on.isoformat(),
            "decisions_old": DecisionCounts(**found.decisions_old),
            "decisions_new": DecisionCounts(**found.decisions_new),
            "largest": found.largest if is_shown_clients(roles) else None,
        }
    )


def as_page(shown: Compared, language: str) -> str:
    """The same for people, as a part of a page, in ``language``."""
    return body(shown.found, shown.about, language)
