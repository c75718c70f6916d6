"""What is told of one route: what it takes, what it answers, how it refuses; and what several routes have in common."""

from dataclasses import dataclass, field
from typing import Any

from credit.features.catalogue import LANGUAGES
from credit.web.payload.violations import LARGEST_CLIENT
from credit.web.rate_limit import unlimited
from credit.web.requests import LAST_DECISION
from credit.web.roles import wants_key

JSON = "application/json"
TEXT = "text/plain"

#: Name, schema, and what it is for.
Parameter = tuple[str, dict[str, Any], str]

LANG: Parameter = (
    "lang",
    {"type": "string", "enum": list(LANGUAGES)},
    "The language of the answer; without it the one that the header Accept-Language asks for, else English.",
)

#: A parameter that is on or off.
SWITCH: dict[str, Any] = {"type": "string", "enum": ["0", "1"]}

#: Schemas of parameters that several routes have: a generated client has a type of each, and not one for each route.
SHARED: dict[str, dict[str, Any]] = {"Language": LANG[1], "Switch": SWITCH}

NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": LARGEST_CLIENT}
DECISION: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": LAST_DECISION}

#: How a body is refused: not JSON, cut short, too large, of another type, not the schema's.
BODY = (400, 408, 413, 415, 422)
#: Tables for a model that is not made from tables.
TABLES = 501
#: The log cannot be written.
LOG = 503
#: An Idempotency-Key is taken, or its request under way, or somebody else has decided.
TAKEN = 409


#: What a reader looks for -> what it is; a generated client has a module of each.
TAGS = {
    "scoring": "Clients to probabilities, decisions, reasons, and what would change them",
    "model": "What the model reads, and what it does",
    "decisions": "What was decided, letters, outcomes, erasure",
    "reviews": "What a person decides",
    "monitoring": "Health, counters, drift, policies compared",
    "documentation": "Pages and this document",
}
_TAG_OF_PATH = {
    **dict.fromkeys(("predict", "predict_proba", "score", "what-if"), "scoring"),
    **dict.fromkeys(("features", "best_threshold", "model"), "model"),
    **dict.fromkeys(("data", "letters", "outcomes", "decisions"), "decisions"),
    **dict.fromkeys(("reviews", "review-reasons"), "reviews"),
    **dict.fromkeys(("drift", "policy", "health", "ready", "metrics"), "monitoring"),
    **dict.fromkeys(("", "static", "openapi.json", "docs"), "documentation"),
}


@dataclass(frozen=True)
class Route:
    """``name``: of the operation. ``answers``: media type -> its content: a struct, text or any object. ``body``: the
    schema of what is posted. ``errors``: the statuses of its errors; 400, for an unknown parameter, is one of every
    route. ``once``: takes an Idempotency-Key. ``example``: of a body, where it is no client.
    """

    method: str
    path: str
    name: str
    summary: str
    answers: dict[str, type]
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: str = ""
    errors: tuple[int, ...] = ()
    once: bool = field(default=False, kw_only=True)
    example: Any = field(default=None, kw_only=True)

    @property
    def tag(self) -> str:
        """One of `TAGS`."""
        if self.path == "/explain":
            return "scoring" if self.method == "post" else "model"
        return _TAG_OF_PATH[self.path.split("/")[1]]

    @property
    def keyed(self) -> bool:
        """Whether it wants a key where the server knows any."""
        return wants_key(self.method, self.path)

    @property
    def limited(self) -> bool:
        """Whether a server that sets a limit counts requests to it."""
        return not unlimited(self.path)

    @property
    def query(self) -> tuple[str, ...]:
        """The names of the parameters in its query; others are refused, see `credit.web.query_parameters`."""
        return tuple(name for name, _, _ in self.parameters if f"{{{name}}}" not in self.path)
