"""The OpenAPI 3.1 document of this service, for the model that it serves, and the page that shows it to people.

The document is held against a running server in tests/web/openapi/test_document.py: nothing that it allows may be
refused, nothing that it forbids taken, nothing answered that it does not describe.
"""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from credit import __version__
from credit.web import example_request, idempotency_key
from credit.web.answers.answer import Error
from credit.web.openapi.json_schema import reference
from credit.web.openapi.operations import ROUTES
from credit.web.openapi.request_schemas import bodies
from credit.web.openapi.response_schemas import schemas
from credit.web.openapi.route import SHARED, TAGS, Route
from credit.web.openapi.route_texts import said
from credit.web.request_log import REQUEST_ID, REQUEST_IDS
from credit.web.responses import DOCUMENTED
from credit.web.service import Service

JSON = "application/json"

_SECURITY = "key"

_HEADERS: dict[str, dict[str, Any]] = {
    REQUEST_ID: {
        "description": "What the server's log calls this request: the id that was sent, where it has this form.",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{REQUEST_IDS}$"},
    },
    "Retry-After": {
        "description": "After how many seconds to send the request again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {"description": "Bearer.", "required": True, "schema": {"type": "string"}},
}
_REPLAYED: dict[str, Any] = {
    "description": f"On the answer to an earlier request under the same {idempotency_key.HEADER}.",
    "schema": {"type": "string", "enum": ["true"]},
}
_UNDER_WAY: dict[str, Any] = {**_HEADERS["Retry-After"], "required": False}
_KEY = {
    "name": idempotency_key.HEADER,
    "in": "header",
    "schema": {"type": "string", "pattern": f"^(?:{idempotency_key.PATTERN})$"},
    "description": "A text of the caller's own choice, such as a UUID, with or without quotes. The same request under "
    "the same key within a day gets the first answer again, and decides nothing.",
}
_REFERENCE_TO_KEY = {"$ref": f"#/components/parameters/{idempotency_key.HEADER}"}
_SLIP = "'AMT_CREDT' is not a feature; did you mean 'AMT_CREDIT'? See GET /features"
_MISTAKEN = {
    "error": _SLIP,
    "code": "body-refused",
    "details": [{"field": "AMT_CREDT", "message": _SLIP, "code": "unknown-name"}],
}
#: What is answered -> its schema; and the components of them all.
_ANSWERS, _COMPONENTS = schemas([Error, *(content for route in ROUTES for content in route.answers.values())])

_ON_ERRORS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}


def to_bytes(service: Service, url: str) -> bytes:
    """The document as JSON. ``url``: where this server is, without a "/" at its end."""
    return msgspec.json.encode(document(service, url)) + b"\n"


def document(service: Service, url: str) -> dict[str, Any]:
    """The document, arguments as `to_bytes`. It requires a key where the server knows callers."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route, service)
    components: dict[str, Any] = {
        "schemas": {**bodies(service.bodies), **SHARED, **_COMPONENTS},
        "parameters": {idempotency_key.HEADER: _KEY},
    }
    if service.callers.known:
        components["securitySchemes"] = {_SECURITY: {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Credit decisions",
            "version": __version__,
            "summary": "From a client's features or tables to a probability of default, a decision and its reasons.",
            "description": "Every error has one shape: a sentence, and what is wrong field by field. A value that is "
            "not sent, or null, is made of the others where they imply it, and else missing, which the model knows to "
            "treat; the amounts of the loan itself are never missing. "
            "A parameter of the query that a route does not name is refused with 400. "
            "No client comes twice in a body, no key twice in an object; what a client says by a text of the "
            "published table and by features has to agree. Envelopes of pandas and MLflow around clients are opened. "
            "A body may be compressed with gzip, and says so by Content-Encoding; a large answer is where "
            "Accept-Encoding takes gzip.",
        },
        "servers": [{"url": url}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": components,
    }


def page(service: Service, url: str, language: str) -> dict[str, Any]:
    """What docs.html shows, in ``language``. ``url``: where this server is, ends in "/"."""
    model, columns = service.model, service.scorer.columns
    shown = [
        {
            "method": route.method.upper(),
            "path": route.path,
            "summary": said(route.summary, language),
            "description": said(route.description, language),
            "parameters": [(name, schema, said(str(text), language)) for name, schema, text in route.parameters],
            "keyed": route.keyed and service.callers.known,
            "key": (_KEY["name"], said(str(_KEY["description"]), language)) if route.once else None,
            "answers": [*route.answers],
            "errors": [(status, said(DOCUMENTED[status], language)) for status in _errors(route, service)],
            "curl": _curl(route, url, columns, service.callers.known),
        }
        for route in ROUTES
    ]
    return {"routes": shown, "model": model, "version": __version__, "columns": len(columns)}


def _operation(route: Route, service: Service) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": [
            *(_parameter(route, *parameter) for parameter in route.parameters),
            *[_REFERENCE_TO_KEY] * route.once,
        ],
    }
    if route.description:
        operation["description"] = route.description
    if route.body:
        example = route.example or example_request.example(service.scorer.columns)
        content = {JSON: {"schema": reference(route.body), "example": example}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.keyed and service.callers.known:
        operation["security"] = [{_SECURITY: []}]
    operation["responses"] = {"200": _answer(route)} | {
        str(status): {
            "description": DOCUMENTED[status],
            "headers": {name: _HEADERS[name] for name in (REQUEST_ID, *_ON_ERRORS.get(status, ()))}
            | ({"Retry-After": _UNDER_WAY} if status == HTTPStatus.CONFLICT else {}),
            "content": {JSON: {"schema": _ANSWERS[Error], **_error_example(route, status)}},
        }
        for status in _errors(route, service)
    }
    return operation


def _error_example(route: Route, status: int) -> dict[str, Any]:
    """Of a body that is refused, what a slip of the pen in the example is answered."""
    return {"example": _MISTAKEN} if status == HTTPStatus.UNPROCESSABLE_ENTITY and route.body == "Body" else {}


def _parameter(route: Route, name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    place = {"in": "query"} if name in route.query else {"in": "path", "required": True}
    schema = next((reference(shared) for shared, one in SHARED.items() if one == schema), schema)
    return {"name": name, **place, "schema": schema, "description": text}


def _answer(route: Route) -> dict[str, Any]:
    content = {form: {"schema": _ANSWERS[found]} for form, found in route.answers.items()}
    headers = {REQUEST_ID: _HEADERS[REQUEST_ID]} | ({idempotency_key.REPLAYED: _REPLAYED} if route.once else {})
    return {"description": route.summary, "headers": headers, "content": content}


def _errors(route: Route, service: Service) -> Iterable[int]:
    keyed = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} if route.keyed and service.callers.known else set()
    limited = {HTTPStatus.TOO_MANY_REQUESTS} if route.limited else set()
    return sorted({int(status) for status in (HTTPStatus.BAD_REQUEST, *route.errors, *keyed, *limited)})


def _curl(route: Route, url: str, columns: Sequence[str], known: bool) -> str:
    key = known and route.keyed
    if route.body:
        path = route.path.removeprefix("/").replace("{decision_id}", str(example_request.DECISION))
        return example_request.curl(url, columns, route=path, key=key, body=route.example)
    authorization = ' -H "Authorization: Bearer $KEY"' if key else ""
    method = "" if route.method == "get" else f" -X {route.method.upper()}"
    path = route.path.removeprefix("/").replace("{client}", str(example_request.CLIENT))
    path = path.replace("{decision_id}", str(example_request.DECISION))
    return f"curl -s{method}{authorization} '{url}{path}'"
