"""What of an answer leads to another operation: the decision that was just made, its case, its letter, its client.

Generated documentation shows these links, and schemathesis follows them: requests about decisions that are there, not
about numbers that nobody has. https://spec.openapis.org/oas/v3.1.0#link-object
"""

from typing import Any

_DECIDED = "$response.body#/scores/0/decision_id"
_CLIENT = "$response.body#/scores/0/client"
_SAME = "$request.path.decision_id"

#: Operation -> the operations that its answer leads to, each with the parameter and where the answer has it.
_LEADS_TO: dict[str, dict[str, tuple[str, str]]] = {
    "score": {
        "get_case": ("decision_id", _DECIDED),
        "reopen_case": ("decision_id", _DECIDED),
        "decide_case": ("decision_id", _DECIDED),
        "get_decision_page": ("decision_id", _DECIDED),
        "get_letter": ("decision", _DECIDED),
        "list_cases": ("client", _CLIENT),
        "erase_client": ("client", _CLIENT),
    },
    "reopen_case": {"decide_case": ("decision_id", _SAME), "get_case": ("decision_id", _SAME)},
    "decide_case": {"get_case": ("decision_id", _SAME), "reopen_case": ("decision_id", _SAME)},
}


def links(operation: str) -> dict[str, Any]:
    """The links of an operation's answer, as OpenAPI writes them; empty where it leads nowhere."""
    return {
        name: {"operationId": name, "parameters": {parameter: place}}
        for name, (parameter, place) in _LEADS_TO.get(operation, {}).items()
    }
