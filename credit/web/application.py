"""The Flask application: the service of one bundle with its log, callers and limits."""

from collections.abc import Iterable
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from credit.decision.policy import outdated
from credit.decision_log import FILE, Log, LogError
from credit.letters import LetterWriter
from credit.web import query_parameters, request_log, responses
from credit.web.auth import Callers
from credit.web.endpoints import routes
from credit.web.rate_limit import Rate
from credit.web.requests import MAX_BYTES
from credit.web.service import Service


def create_app(
    bundle: str | Path = "mlruns_reduced",
    database: str | Path | None = FILE,
    callers: Callers | None = None,
    trust_proxy: bool = False,
    rate: Rate | None = None,
    origins: Iterable[str] = (),
    log_requests: bool = True,
    four_eyes: bool = False,
    rules: str | Path | None = None,
    letters: LetterWriter | None = None,
    muted_alarms: frozenset[str] = frozenset(),
    time_requests: bool = False,
    show_protected: bool = False,
    muted_warnings: frozenset[str] = frozenset(),
    next_rules: str | Path | None = None,
) -> Flask:
    """The Flask app.

    ``bundle``: the folder with the model. ``database``: the decision log's file or address; None keeps no log, which
    is for measurements. ``callers``: who may score; everybody where None. ``trust_proxy``: take the caller's address
    from the one proxy in front, as on Heroku. ``rate``: how many requests a caller may send; None sets no limit.
    ``origins``: whose pages may read the answers. ``log_requests``: a line for each on stderr. ``four_eyes``: nobody
    reviews a client whom they have sent, or a case again. ``rules``: the file of the bank's rules; None without any.
    ``letters``: who writes letters to clients; by default a bank that has said nothing of itself. ``muted_alarms``:
    codes of alarms that are counted apart. ``time_requests``: answers say where their time went. ``show_protected``:
    whether facts, waterfall and what-if show the client's protected attributes. ``muted_warnings``: codes of warnings
    about bodies that answers count apart. ``next_rules``: the file of a policy that GET /policy compares with the one
    that decides; None without one. Raises `BundleError`, `BankRulesError` or `LogError` with one clear sentence.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    app.register_blueprint(routes)
    request_log.register(app, origins, log_requests, time_requests)
    log = None if database is None else Log(database)
    paths = responses.paths(app)
    service = Service.load(
        bundle,
        callers or Callers(),
        log,
        paths,
        four_eyes,
        rules,
        letters,
        muted_alarms,
        show_protected,
        muted_warnings,
        next_rules,
    )
    app.extensions["service"] = service
    if (warning := outdated(service.scorer.manifest)) is not None:
        app.logger.warning(warning)
    if log is not None:
        try:
            log.prepare()
        except LogError as error:
            app.logger.warning(
                "The decision log %s cannot be used (%s): scoring answers 503 until it can.", log.name, error
            )
    if rate is not None:
        from credit.web import limiter  # anyone who sets no limit waits for none of its packages

        limiter.register(app, rate)
    if trust_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    query_parameters.register(app)
    responses.register(app, f"{', '.join(paths[:-1])} and {paths[-1]}")
    return app
