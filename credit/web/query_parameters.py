"""The parameters of a query: a route takes those that `credit.web.openapi.operations` declares, and no other.

Passed over, a parameter that a route does not have would give an answer to another question: /drift?margin=0.05 costs
by the model's own margin.
"""

from flask import Flask, request
from werkzeug.exceptions import BadRequest

from credit.web import requests
from credit.web.openapi.operations import ROUTES
from credit.web.payload.violations import nearest, shortened

#: Of an unknown name so many characters are repeated.
_SHOWN = 40


def register(app: Flask) -> None:
    """Refuse unknown parameters on every route of ``app``, with 400. Raises ValueError for a route that is not in
    `ROUTES`.
    """
    known = {(route.method, route.path): route.query for route in ROUTES}
    declared = {
        (rule.rule, method): known.get((method.lower(), rule.rule.replace("<", "{").replace(">", "}")))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    if undeclared := [f"{method} {path}" for (path, method), names in declared.items() if names is None]:
        raise ValueError(f"{', '.join(undeclared)} must stand in credit/web/openapi/operations.py, with all parameters")

    @app.before_request
    def refuse() -> None:
        # A path that no route takes has an error of its own, and OPTIONS asks of a route and not a route.
        if request.url_rule is None or request.method == "OPTIONS":
            return
        method = "GET" if request.method == "HEAD" else request.method
        names = declared.get((request.url_rule.rule, method)) or ()
        for name in requests.parameters():
            if name not in names:
                raise BadRequest(_sentence(request.path, name, names))


def _sentence(path: str, name: str, known: tuple[str, ...]) -> str:
    shown = repr(shortened(name, _SHOWN))
    if not known:
        return f"{path} takes no parameters, and {shown} is one: send the request without it."
    meant = nearest(name, known)
    guess = f"; did you mean {meant!r}?" if meant else "."
    return f"{path} has no parameter {shown}{guess} It has {', '.join(known)}."
