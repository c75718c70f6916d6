"""Every route of the service, and nothing but routes: what is asked is read, decided on and answered elsewhere."""

import msgspec
from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import Forbidden, NotFound

from credit.decision_log import Log
from credit.decision_log import outcomes as told
from credit.decision_log.idempotency import Claim
from credit.explain.waterfall import svg
from credit.features import catalogue
from credit.program import PROGRAM
from credit.web import idempotency_key, request_log, requests
from credit.web.answers.answer import Alive, Erased, Model, Ready, Threshold
from credit.web.answers.decisions import LoggedDecision, Probabilities, Sent, YesOrNo
from credit.web.answers.features import Feature, Features, PublishedColumn
from credit.web.auth import from_this_machine
from credit.web.error_codes import coded
from credit.web.openapi import document as openapi
from credit.web.pages import decision_comparison, decision_page, review_page, sent_decisions, welcome
from credit.web.pages.model_card_page import card
from credit.web.prometheus import CONTENT_TYPE, OPEN_METRICS, OPEN_METRICS_TYPE
from credit.web.requests import known_caller
from credit.web.responses import answer, prediction
from credit.web.routes import compared_policies as policies
from credit.web.routes import (
    decisions,
    explanations,
    letters,
    outcomes,
    reviews,
    sent_rows,
    waterfall_png,
    what_if_request,
)
from credit.web.routes import drift as drifts
from credit.web.routes import what_if as whatif
from credit.web.routes.scores import reasons, scores
from credit.web.service import service
from credit.web.static_files import KEPT, files
from credit.web.templating import html

routes = Blueprint("routes", __name__)


@routes.get("/")
def index() -> Response:
    """A page for people, in their language; plain text for a client that does not ask for HTML."""
    here, language = service(), requests.language()
    shown = welcome.text(here, request.host_url, language)
    if requests.takes_html("text/plain"):
        return html("welcome.html", **shown, **welcome.page(here, files(), language))
    headers = {**spoken(language), "Vary": "Accept, Accept-Language"}
    return Response(render_template("welcome.txt", **shown) + "\n", headers=headers, mimetype="text/plain")


@routes.get("/static/<version>/<name>")
def static(version: str, name: str) -> Response:
    """A file of the pages; browsers keep it where they asked for this server's version of it."""
    found = files()
    if name not in found.contents:
        raise NotFound(f"There is no file {name[:40]!r} under /static.")
    headers = {"Cache-Control": KEPT} if version == found.version else {}
    return Response(found.contents[name], headers=headers, mimetype=found.type_of(name))


@routes.get("/features")
def features() -> Response:
    """The columns that the model reads, in its order; with ?details=1 what each means, in English or French, and the
    published columns that a client may be sent by.
    """
    model, wanted, language = service().scorer, requests.switch("details"), requests.language()
    if requests.takes_html("application/json"):
        return html("features.html", language, **welcome.table(service(), language))
    if not wanted:
        return answer(Features(model.columns), headers={"Vary": "Accept"})
    details = catalogue.details(model.columns, model.manifest, language)
    published = catalogue.published(service().asked_columns, language)
    content = Features(
        model.columns, [Feature(**one) for one in details], [PublishedColumn(**one) for one in published]
    )
    return answer(content, headers=spoken(language))


@routes.get("/best_threshold")
def best_threshold() -> Response:
    """The probability of default at which a loan is refused."""
    return answer(Threshold(service().scorer.threshold))


@routes.post("/predict")
def predict() -> Response:
    """Per client Yes or No, accepted or refused by the threshold alone or by a rule of the bank; beside them who is
    referred to a person.
    """
    return decisions.answer(
        lambda found: prediction(
            YesOrNo,
            found.clients,
            ["No" if no else "Yes" for no in found.verdicts.refused.tolist()],
            found.verdicts,
        )
    )


@routes.post("/predict_proba")
def predict_proba() -> Response:
    """Per client the probability of default."""
    return decisions.answer(
        lambda found: prediction(Probabilities, found.clients, found.probability.tolist(), found.verdicts)
    )


@routes.post("/score")
def score() -> Response:
    """Per client decision, probability, points, expected loss, reasons, and where it stands in the log."""
    known_caller()
    language, trial = requests.language(), requests.switch("trial")
    here = service()
    return decisions.answer(
        lambda found: scores(
            here,
            found.clients,
            found.probability,
            found.verdicts,
            found.reasons,
            found.ids,
            language,
            found.certainties,
        ),
        lambda X: reasons(here, X, language),
        spoken(language),
        trial,
    )


@routes.post("/explain")
def explain() -> Response:
    """Every contribution to the probability of one client; as a picture where the request takes one better."""
    known_caller()
    language, narrow = requests.language(), requests.switch("narrow")
    form = requests.form(("application/json", "image/svg+xml", "image/png"))
    explainer = explanations.explainer(service())
    clients = service().bodies.read(requests.body())
    found = explanations.of_one(explainer, clients)
    headers = {**spoken(language), "Vary": "Accept, Accept-Language"}
    if form == "application/json":
        return answer(explanations.answer(service(), clients, found, language), headers=headers)
    drawn = svg(found, language, narrow=narrow, protected=service().show_protected)
    return Response(drawn if form == "image/svg+xml" else waterfall_png.png(drawn), headers=headers, mimetype=form)


@routes.post("/what-if")
def what_if() -> Response:
    """What matters most for one client, what of it can be changed, and what that would do; no decision."""
    known_caller()
    language, here, body = requests.language(), service(), requests.body()
    explainer = explanations.explainer(here)
    with here.turn(len(body)):
        wanted = what_if_request.read(here, body)
        found = explainer.explain(wanted.clients.X)
        return answer(whatif.answer(here, wanted, found, language), headers=spoken(language))


@routes.get("/explain")
def importance() -> Response:
    """What every feature does for the model, the largest first."""
    language = requests.language()
    return answer(explanations.importance(service(), language), headers=spoken(language))


@routes.get("/model")
def model() -> Response:
    """The manifest of the model and its card; the card alone as Markdown or as a page, as the request takes it."""
    here, language = service(), requests.language()
    form = requests.form(("application/json", "text/markdown", "text/html"))
    headers = {"Vary": "Accept"}
    if form == "application/json":
        return answer(Model(here.scorer.manifest, here.card), headers=headers)
    if here.card is None:
        raise NotFound(f"This model has no card; training writes one: {PROGRAM} train.")
    if form == "text/html":
        return html("model.html", language, card=card(here.card, language), here="/model?")
    return Response(here.card, headers=headers, mimetype="text/markdown")


@routes.get("/data")
def data() -> Response:
    """What the caller has sent so far and is asked for, newest first, page by page; all of it as CSV."""
    caller, log = own_decisions()
    wanted, language = sent_rows.wanted(), requests.language()
    if wanted.csv:
        return sent_rows.csv(log, caller, wanted.filters, service().callers.roles(caller))
    as_page = requests.takes_html("application/json")
    inputs = wanted.inputs and not as_page
    page = log.page(caller, wanted.number, wanted.size, wanted.filters, wanted.after, inputs)
    if as_page:
        sent_rows.check_there(page, language)
        verdicts = sent_rows.verdicts(log, [row["id"] for row in page.rows])
        hashes = [sent_decisions.rules_hash(row) for row in page.rows]
        words = reviews.rule_reasons(service(), log, hashes, language)
        whose = {"keyed": service().callers.known, "others": reviews.reviews_all(service(), caller)}
        return html("data.html", language, **whose, **sent_decisions.shown(page, wanted, verdicts, words, language))
    # What the log keeps as JSON is answered as it was written, whichever version wrote it.
    rows = [LoggedDecision(**row) for row in page.rows]
    return answer(Sent(rows, page.number, page.pages, page.total, page.after), headers={"Vary": "Accept"})


@routes.get("/letters/<decision>")
def letter(decision: str) -> Response:
    """The letter to a client who is refused, by the machine or a person, to print or to send."""
    caller, log = own_decisions()
    language = requests.language()
    page = letters.page(log, caller, requests.decision(decision), language, requests.letter_profile())
    headers = {**spoken(language), "Content-Security-Policy": request_log.ALONE_POLICY}
    return Response(page, headers=headers, mimetype="text/html")


@routes.delete("/data/<client>")
def forget(client: str) -> Response:
    """Erase what the caller has sent about a client; what was decided stays in the log."""
    caller, log = own_decisions()
    number = requests.client(client)
    erased = log.erase(client=number, caller=caller)
    told.erase_outcomes(log, number, caller)
    return answer(Erased(number, log.about(number, caller), erased))


@routes.post("/outcomes")
def outcome() -> Response:
    """Keep who has defaulted, of clients about whom the caller was answered."""
    caller, log = own_decisions()
    return idempotency_key.once(lambda body, claim: outcomes.answer(log, caller, outcomes.read(body), claim))


@routes.get("/reviews")
def open_cases() -> Response:
    """The cases that wait for a person, of all callers, the oldest first or the dearest, or all decisions about a
    client; for browsers the reviewers' page, which asks for them with the reviewer's key.
    """
    language = requests.language()
    if requests.takes_html("application/json"):
        return html("reviews.html", language, **review_page.shown(service(), language, client=requests.client_wanted()))
    caller, log = own_decisions()
    content = reviews.page(service(), log, caller, language)
    return answer(content, headers={"Content-Language": language, "Vary": "Accept, Accept-Language"})


@routes.get("/review-reasons")
def review_reasons() -> Response:
    """What a review may give as its reason."""
    language = requests.language()
    return answer(reviews.reasons(language), headers=spoken(language))


@routes.get("/reviews/<decision_id>")
def review_case(decision_id: str) -> Response:
    """A decision, what is known of it, and what people made of it; for browsers the reviewers' page."""
    number, language = requests.decision(decision_id), requests.language()
    if requests.takes_html("application/json"):
        return html("reviews.html", language, **review_page.shown(service(), language, number))
    caller, log = own_decisions()
    headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
    case = reviews.case(service(), log, caller, number, language)
    return answer(msgspec.structs.replace(case, no_letter=letters.without(log, number)), headers=headers)


@routes.post("/reviews/<decision_id>")
def review(decision_id: str) -> Response:
    """Decide on an open case, or in place of the machine."""
    caller, log = own_decisions()
    number, language = requests.decision(decision_id), requests.language()

    def decide(body: bytes, claim: Claim | None) -> Response:
        ruling = reviews.read_ruling(body, language)
        letter = letters.foretold(log, number, ruling.verdict, ruling.reason)
        return reviews.decide(service(), log, caller, number, ruling, claim, letter, language)

    return idempotency_key.once(decide)


@routes.post("/reviews/<decision_id>/reopen")
def reopen_case(decision_id: str) -> Response:
    """Have a decision looked at again."""
    caller, log = own_decisions()
    number, language = requests.decision(decision_id), requests.language()
    return idempotency_key.once(
        lambda body, claim: reviews.reopen(
            service(), log, caller, number, reviews.read_reopening(body, language), claim
        )
    )


@routes.get("/decisions/<decision_id>")
def decision(decision_id: str) -> Response:
    """A decision as a page that prints, or two of them side by side; nothing is scored anew."""
    caller, log = own_decisions()
    number, language = requests.decision(decision_id), requests.language()
    path, here = f"/decisions/{number}", service()
    if "beside" in requests.parameters():
        beside = requests.decision(requests.parameter("beside", ""))
        shown = decision_comparison.compared(here, log, caller, number, beside, language)
        return html("comparison.html", language, here=f"{path}?beside={beside}&", **shown)
    return html("decision.html", language, here=f"{path}?", **decision_page.shown(here, log, caller, number, language))


@routes.get("/drift")
def drift() -> Response:
    """The clients of the log beside those of the training; as a page where the request takes HTML better."""
    here, roles = service(), service().callers.roles(known_caller())
    window, language = drifts.window(), requests.language()
    form = requests.form(("application/json", "text/html"))
    found = drifts.look(here, window)
    if form == "application/json":
        return answer(drifts.answer(here, window, found, roles), headers={"Vary": "Accept"})
    kept = "".join(f"{name}={requests.parameter(name, '')}&" for name in ("last", "days") if name in request.args)
    report = drifts.as_page(here, window, found, language, roles)
    shown = html("drift.html", language, report=report, here=f"/drift?{kept}")
    if found is None or here.watch.outdated(found):
        shown.headers["Refresh"] = "5"  # seconds: the page asks again by itself
    return shown


@routes.get("/policy")
def policy() -> Response:
    """Two policies on the decisions of the log; as a page where the request takes HTML better."""
    here, roles = service(), service().callers.roles(known_caller())
    newest, language = policies.last(), requests.language()
    form = requests.form(("application/json", "text/html"))
    if form == "application/json":
        shown = policies.compared(here, newest, language, roles)
        return answer(policies.answer(here, shown, roles), headers={"Vary": "Accept, Accept-Language"})
    report = policies.as_page(policies.compared(here, newest, language, roles), language)
    kept = f"last={newest}&" if "last" in request.args else ""
    return html("policy.html", language, report=report, here=f"/policy?{kept}")


@routes.get("/health")
def health() -> Response:
    """The process is alive."""
    return answer(Alive("alive"))


@routes.get("/ready")
def ready() -> Response:
    """The model is loaded and the decision log can be written; 503 where it cannot."""
    log = service().log
    if log is not None:
        log.check()
    return answer(Ready("ready", service().model, log is not None))


@routes.get("/metrics")
def metrics() -> Response:
    """What was counted since the start, in Prometheus's text format, or in OpenMetrics, which has exemplars."""
    here, roles = service(), service().callers.roles(known_caller())
    request_log.absences(here.absences.look())
    gauges = [*here.absences.gauges(), *drifts.gauges(here, roles)]
    exemplars = requests.named_better(OPEN_METRICS, "text/plain")
    told = msgspec.structs.asdict(here.model), here.scorer.threshold, gauges
    text = here.metrics.exposition(*told, open_metrics=exemplars)
    kind = OPEN_METRICS_TYPE if exemplars else CONTENT_TYPE
    return Response(text, content_type=kind, headers={"Vary": "Accept"})


@routes.get("/openapi.json")
def document() -> Response:
    """This service as OpenAPI 3.1."""
    return Response(openapi.to_bytes(service(), request.url_root.rstrip("/")), mimetype="application/json")


@routes.get("/docs")
def docs() -> Response:
    """The same as a page for people, which needs nothing from anywhere else."""
    language = requests.language()
    return html("docs.html", language, here="/docs?", **openapi.page(service(), request.host_url, language))


def spoken(language: str) -> dict[str, str]:
    """The headers of an answer in ``language``."""
    return {"Content-Language": language, "Vary": "Accept-Language"}


def own_decisions() -> tuple[str, Log]:
    """Whose decisions a request may see, and the log; 403 from another machine where no callers are known."""
    caller = known_caller()
    here = from_this_machine(request.remote_addr, request.host, request.headers)
    if not service().callers.known and not here:
        sentence = (
            f"This server knows no callers, so {requests.route_path()} answers only to programs on its own machine: "
            "configure API_KEYS and send your key, see the README."
        )
        raise coded(Forbidden(sentence), "own-machine")
    log = service().log
    if log is None:
        sentence = "This server was started without a decision log, so there is nothing to show."
        raise coded(NotFound(sentence), "no-log")
    return caller, log
