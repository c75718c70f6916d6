"""What a key may do and see: for every route that wants a key the roles that may use it, and for every part of what
people decide the roles that are shown it. Two tables, these.

- ``score``: send clients, see, erase and follow what the caller itself has sent and get its letters, tell outcomes
- ``review``: see the cases of all callers and get their letters, decide on them, override decisions
- ``read``: figures without clients, for monitoring
- ``admin``: every route

A key without roles has `USUAL`: what every key could do before there were roles. Nobody reviews by default.
"""

SCORE, REVIEW, READ, ADMIN = ROLES = ("score", "review", "read", "admin")

#: The roles of a key that is configured without any.
USUAL = frozenset({SCORE, READ})

#: Method and path -> who may; `ADMIN` may everywhere. Routes that are not here want no key.
ACCESS: dict[tuple[str, str], frozenset[str]] = {
    ("POST", "/predict"): frozenset({SCORE}),
    ("POST", "/predict_proba"): frozenset({SCORE}),
    ("POST", "/score"): frozenset({SCORE}),
    ("POST", "/explain"): frozenset({SCORE, REVIEW}),
    ("POST", "/what-if"): frozenset({SCORE, REVIEW}),
    ("GET", "/data"): frozenset({SCORE}),
    ("DELETE", "/data/{client}"): frozenset({SCORE}),
    # Who scores gets the letters of own decisions alone.
    ("GET", "/letters/{decision}"): frozenset({REVIEW, SCORE}),
    ("POST", "/outcomes"): frozenset({SCORE}),
    ("GET", "/reviews"): frozenset({REVIEW}),
    # Who scores sees and reopens own decisions alone.
    ("GET", "/reviews/{decision_id}"): frozenset({REVIEW, SCORE}),
    ("POST", "/reviews/{decision_id}"): frozenset({REVIEW}),
    ("POST", "/reviews/{decision_id}/reopen"): frozenset({REVIEW, SCORE}),
    ("GET", "/decisions/{decision_id}"): frozenset({REVIEW, SCORE}),
    ("GET", "/drift"): frozenset({READ}),
    # Who reads figures alone is not shown the clients who change sides.
    ("GET", "/policy"): frozenset({READ, REVIEW}),
    ("GET", "/metrics"): frozenset({READ}),
}


#: The parts of an entry of a person about a decision.
OUTCOME, REASON, REVIEWER, WORDS = ENTRY_PARTS = ("outcome", "reason", "reviewer", "words")

#: Part of an entry -> who is shown it on every route, page and file; `ADMIN` is, always, and who has made an entry sees
#: all of it. A reason such as ``suspected_fraud`` is the bank's own: who sends clients is shown what was decided, when,
#: and at which terms, and the letter says to the client what may be said.
SHOWN: dict[str, frozenset[str]] = {
    OUTCOME: frozenset({SCORE, REVIEW}),
    REASON: frozenset({REVIEW}),
    REVIEWER: frozenset({REVIEW}),
    WORDS: frozenset({REVIEW}),
}


def is_shown(roles: frozenset[str], part: str) -> bool:
    """Whether a key with ``roles`` is shown a part of other people's entries. ``part``: of `ENTRY_PARTS`."""
    return not roles.isdisjoint(SHOWN[part] | {ADMIN})


def is_shown_rates(roles: frozenset[str]) -> bool:
    """Whether /drift and /metrics give a key with ``roles`` the rates of reviews by reason and by reviewer.

    They have no entry, but in a window of one decision the rate is the entry. So `READ` gets them without `SCORE`
    alone: who sends clients could ask for the window that holds one of their own.
    """
    return not roles.isdisjoint(SHOWN[REASON] | {ADMIN}) or (READ in roles and SCORE not in roles)


def is_shown_clients(roles: frozenset[str]) -> bool:
    """Whether /policy names to a key with ``roles`` the clients who change sides: to who sees the cases of all."""
    return not roles.isdisjoint({REVIEW, ADMIN})


def wants_key(method: str, path: str) -> bool:
    """Whether a route wants a key. ``method``: in any case. ``path``: with names in braces."""
    return (method.upper(), path) in ACCESS


def who_may(method: str, path: str) -> tuple[str, ...]:
    """The roles that may use a route that wants a key, in the order of `ROLES`."""
    allowed = ACCESS[method.upper(), path] | {ADMIN}
    return tuple(role for role in ROLES if role in allowed)


def may(roles: frozenset[str], method: str, path: str) -> bool:
    """Whether a key with ``roles`` may use a route that wants a key."""
    return not roles.isdisjoint(who_may(method, path))
