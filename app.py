"""The web service: every route is here and nothing but routes. `gunicorn app:app` serves it, see gunicorn.conf.py."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, current_app, render_template, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    NotFound,
    RequestEntityTooLarge,
    Unauthorized,
    UnsupportedMediaType,
)
from werkzeug.middleware.proxy_fix import ProxyFix

from credit import answers, scorer, welcome
from credit.answers import answer
from credit.body import Bodies, Clients
from credit.callers import Callers, from_this_machine
from credit.decisions import FILE, Log, LogError, decided
from credit.scorer import Scorer
from credit.settings import Settings

#: Bodies of this size and larger ones are refused before they are read into memory. Bytes.
MAX_BYTES = 8_000_000

ROUTES = "/, /features, /best_threshold, /predict, /predict_proba, /data and /health"

#: A page number beyond this is no page of any log, and too large for a database's offset.
LAST_PAGE = 1_000_000_000

routes = Blueprint("routes", __name__)


@dataclass(frozen=True)
class Service:
    """What the routes work with."""

    scorer: Scorer
    bodies: Bodies
    callers: Callers
    log: Log | None


def create_app(
    bundle: str | Path = "mlruns_reduced",
    database: str | Path | None = FILE,
    callers: Callers | None = None,
    trust_proxy: bool = False,
) -> Flask:
    """The Flask app.

    ``bundle``: the folder with the model. ``database``: the decision log's file or address; None keeps no log, which
    is for measurements. ``callers``: who may score; everybody where None. ``trust_proxy``: take the caller's address
    from the one proxy in front, as on Heroku. Raises `BundleError` or `LogError` with one clear sentence.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    log = None if database is None else Log(database)
    loaded = scorer.load(bundle)
    app.extensions["service"] = Service(loaded, Bodies(loaded.columns), callers or Callers(), log)
    if log is not None:
        try:
            log.prepare()
        except LogError as error:
            app.logger.warning(
                "The decision log %s cannot be used (%s): scoring answers 503 until it can.", log.name, error
            )
    if trust_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    answers.register(app, ROUTES)
    app.register_blueprint(routes)
    return app


def __getattr__(name: str) -> Any:
    """`app` is made when it is asked for: whoever imports this module for `create_app` loads no model by that."""
    if name == "app":
        here = Settings.from_environment()
        return globals().setdefault("app", create_app(here.bundle, here.database, here.callers, here.trust_proxy))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@routes.get("/")
def index() -> Response:
    """A page for people, in their language; plain text for a client that does not ask for HTML."""
    model, callers = service().scorer, service().callers
    language = request.accept_languages.best_match(["en", "fr"], default="en")
    accepted = request.accept_mimetypes
    html = accepted["text/html"] > accepted["text/plain"]
    page = render_template(
        "welcome.html" if html else "welcome.txt",
        language=language,
        threshold=f"{model.threshold:g}",
        curl=welcome.curl(request.host_url, model.columns, key=callers.known),
        **welcome.facts(model.manifest, language),
    )
    headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
    return Response(page + "\n", headers=headers, mimetype="text/html" if html else "text/plain")


@routes.get("/features")
def features() -> Response:
    """The columns that the model reads, in its order."""
    return answer({"columns": service().scorer.columns})


@routes.get("/best_threshold")
def best_threshold() -> Response:
    """The probability of default at which a loan is refused."""
    return answer({"best_threshold": service().scorer.threshold})


@routes.post("/predict")
def predict() -> Response:
    """Per client Yes, the loan can be granted, or No, it is at risk."""
    clients, _, refused = score()
    return prediction(clients, ["No" if no else "Yes" for no in refused])


@routes.post("/predict_proba")
def predict_proba() -> Response:
    """Per client the probability of default."""
    clients, probabilities, _ = score()
    return prediction(clients, probabilities)


@routes.get("/data")
def data() -> Response:
    """What the caller has sent so far, newest first, page by page."""
    caller = known_caller()
    here = from_this_machine(request.remote_addr, request.host, request.headers)
    if not service().callers.known and not here:
        raise Forbidden(
            "This server knows no callers, so /data answers only to programs on its own machine: "
            "configure API_KEYS and send your key, see the README."
        )
    log = service().log
    if log is None:
        raise NotFound("This server was started without a decision log, so there is nothing to show.")
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= LAST_PAGE):
        raise BadRequest(f"page must be a whole number from 1 to {LAST_PAGE}, not {text[:40]!r}.")
    page = log.page(caller, int(text))
    rows = [{**row, "inputs": msgspec.Raw(row["inputs"].encode())} for row in page.rows]
    return answer({"data": rows, "page": page.number, "pages": page.pages, "total": page.total})


@routes.get("/health")
def health() -> Response:
    """The process is alive."""
    return answer({"status": "alive"})


def service() -> Service:
    """What the running app works with."""
    return current_app.extensions["service"]


def known_caller() -> str:
    """The caller's name; 401 for a key that is missing or nobody's."""
    caller = service().callers.named(request.headers.get("Authorization"))
    if caller is None:
        raise Unauthorized(
            "This route wants a key that the server knows: send the header 'Authorization: Bearer <key>'.",
            www_authenticate=WWWAuthenticate("bearer"),
        )
    return caller


def score() -> tuple[Clients, list[float], list[bool]]:
    """The body's clients, their probabilities of default, who is refused; in the log before this returns."""
    here = service()
    caller = known_caller()
    sent = request.mimetype
    if not (sent == "application/json" or sent.endswith("+json")):
        raise UnsupportedMediaType(
            f"The body must be JSON, not {sent or 'of no type'}: send the header 'Content-Type: application/json'."
        )
    body = request.get_data(cache=False)
    if len(body) >= MAX_BYTES:  # a body sent in chunks is cut off at the limit without a word
        raise RequestEntityTooLarge
    clients = here.bodies.read(body)
    found = here.scorer.probability(clients.X)
    probabilities, refused = found.tolist(), here.scorer.refused(found).tolist()
    if here.log is not None:
        who, inputs, model = clients.numbers, clients.inputs(), here.scorer
        here.log.record(decided(caller, who, inputs, probabilities, refused, model.threshold, model.model_hash))
    return clients, probabilities, refused


def prediction(clients: Clients, values: list[Any]) -> Response:
    """The answer: {"prediction": {...}}, and beside it, only where there is something to tell, what was not known.

    A body that names every feature, null where it is unknown, is answered with "prediction" alone. "missing" counts the
    features (of a raw body: columns of application) that it did not name; "missing_tables" lists the histories that a
    raw body did not name, of which its clients are taken to have none (an empty list says that they have none);
    "unknown_values" lists the texts of raw tables that no vocabulary holds.
    """
    content: dict[str, Any] = {
        "prediction": {f"client n° {n}": v for n, v in zip(clients.numbers, values, strict=True)}
    }
    missing = {f"client n° {n}": count for n, count in zip(clients.numbers, clients.absent, strict=True) if count}
    if missing:
        content["missing"] = missing
    if clients.absent_tables:
        content["missing_tables"] = clients.absent_tables
    if clients.unknown_values:
        content["unknown_values"] = {f"client n° {n}": texts for n, texts in clients.unknown_values.items()}
    return answer(content)
