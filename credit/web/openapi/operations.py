"""The routes as the documentation describes them: what each takes, what it answers, how it refuses."""

from credit.decision.policy import DECISIONS
from credit.decision_log.logged_decisions import LARGEST, PAGE
from credit.letters import PROFILES
from credit.monitoring.window import LAST, LONGEST, MOST
from credit.web.answers.answer import Alive, Erased, Kept, Model, Ready, Threshold
from credit.web.answers.decisions import Probabilities, Scores, Sent, YesOrNo
from credit.web.answers.drift import Drift
from credit.web.answers.explanations import Explanation, Moved
from credit.web.answers.features import Features, Importance
from credit.web.answers.policy_difference import COMPARED, MOST_COMPARED, PolicyDifference
from credit.web.example_request import CLIENT
from credit.web.openapi.review_operations import REVIEW_ROUTES
from credit.web.openapi.route import BODY, DECISION, JSON, LANG, LOG, NUMBER, SWITCH, TABLES, TAKEN, TEXT, Route
from credit.web.prometheus import OPEN_METRICS
from credit.web.requests import LAST_PAGE
from credit.web.static_files import files

ROUTES = (
    Route(
        "get",
        "/",
        "get_welcome",
        "A page for people; plain text for programs",
        {TEXT: str, "text/html": str},
        parameters=(LANG,),
        errors=(400,),
    ),
    Route(
        "get",
        "/static/{version}/{name}",
        "get_static_file",
        "What the pages are made of: styles, scripts, example clients",
        {"text/css": str, "text/javascript": str, "image/svg+xml": str, JSON: dict},
        "Kept by browsers for as long as they like where the version is this server's own.",
        (
            ("version", {"type": "string"}, "The beginning of a hash over all of them."),
            ("name", {"type": "string", "enum": list(files().contents)}, "Of a file."),
        ),
        errors=(404,),
    ),
    Route(
        "get",
        "/features",
        "list_features",
        "The features that the model reads, in its order",
        {JSON: Features, "text/html": str},
        "A table to search in, with all that is known of each, for browsers.",
        parameters=(
            ("details", SWITCH, "1 for the meaning of every feature."),
            LANG,
        ),
        errors=(400,),
    ),
    Route(
        "get",
        "/best_threshold",
        "get_threshold",
        "The probability of default at which a loan is refused",
        {JSON: Threshold},
    ),
    Route(
        "post",
        "/predict",
        "predict",
        "Per client Yes, the loan is accepted, or No, it is refused, by the threshold alone",
        {JSON: YesOrNo},
        "refer lists the clients about whom a person decides, as /score says it; Yes and No are by the threshold, of "
        "them too.",
        body="Body",
        errors=(*BODY, TAKEN, TABLES, LOG),
        once=True,
    ),
    Route(
        "post",
        "/predict_proba",
        "predict_proba",
        "Per client the probability of default",
        {JSON: Probabilities},
        body="Body",
        errors=(*BODY, TAKEN, TABLES, LOG),
        once=True,
    ),
    Route(
        "post",
        "/score",
        "score",
        "Per client decision, probability, points, expected loss and reasons",
        {JSON: Scores},
        "The decision is refer, to a person, where a review is expected to save more than it costs; else refuse from "
        "the threshold on. review says what a review costs, in the currency of AMT_CREDIT (null: no client is "
        "reviewed), the skill, the share of wrong decisions that it puts right, and the capacity, the share of "
        "applications from which the cost was worked out; it is null where the model has none. at_stake is what the "
        "cheaper of accepting and refusing costs in expectation, review_worth the skill times that, refer the band of "
        "probabilities (low < p < high) in which a loan of this amount is referred, null where it never is. "
        "points, expected_loss, unknown and reasons are null where the model "
        "does not know them; present is the share of the features of which a value is known; unknown are the parts "
        "of a client that are not known, what is worth most first: the range in which knowing one would put the "
        "probability four times out of five, the chance that it lies on the other side of the threshold then, and what "
        "deciding by it is worth on average, in the currency of AMT_CREDIT; decision_id is the row of the log. "
        "The reasons are up to four, the weightiest first: what pushes towards refusal, for accepted clients, too.",
        (
            (
                "trial",
                SWITCH,
                "1 for an example, on which nobody acts: it is marked in the log, and does not count in drift, "
                "metrics, cases, outcomes and what decisions cost.",
            ),
            LANG,
        ),
        body="Body",
        errors=(*BODY, TAKEN, TABLES, LOG),
        once=True,
    ),
    Route(
        "post",
        "/explain",
        "explain",
        "Every contribution to one client's probability of default, the largest first",
        {JSON: Explanation, "image/svg+xml": str, "image/png": str},
        "Base value and contributions add up to the log odds of the probability; facts are what the client has applied "
        "for and told, in words. As a picture, a waterfall, where the "
        "header Accept asks for one. No decision is made, so nothing is written into the log.",
        (
            LANG,
            ("narrow", SWITCH, "1 for a picture that is as wide as a phone."),
        ),
        body="OneBody",
        errors=(*BODY, 406, TABLES),
    ),
    Route(
        "post",
        "/what-if",
        "try_changes",
        "What matters most for a client, what of it can be changed, and what that would do",
        {JSON: Moved},
        "A client as for /explain: before is the answer as it is, features are the ten that matter most, the rest of "
        "the loan's terms and what is changed, each with the range in which it can be changed or why it cannot, "
        "smallest is the smallest change that leads to acceptance among some 400 that are tried. With changes, after "
        "is the answer once they are made, and no search is done; the tables of a client that is a row of application "
        "may stand beside it; implausible says which terms no lender gives "
        "together. What is made from a changed column moves along. No "
        "decision is made, so nothing is written into the log.",
        (LANG,),
        body="WhatIf",
        errors=(*BODY, TABLES),
    ),
    Route(
        "get",
        "/explain",
        "list_importance",
        "What every feature does for the model, the largest gain first",
        {JSON: Importance},
        "gain is the share of what the splits gained in training; contribution the mean absolute contribution in log "
        "odds, null where the model's manifest does not tell it.",
        (LANG,),
        errors=(400, 501),
    ),
    Route(
        "get",
        "/model",
        "get_model",
        "The model's manifest and its card",
        {JSON: Model, "text/markdown": str, "text/html": str},
        "The card alone where the header Accept asks for Markdown or a page.",
        (LANG,),
        errors=(400, 404, 406),
    ),
    Route(
        "get",
        "/data",
        "list_sent_clients",
        "What the caller has sent so far, newest first",
        {JSON: Sent, "text/html": str, "text/csv": str},
        "A table for browsers. All parameters that narrow it hold together. Where the server knows no callers it "
        "answers programs on its own machine only.",
        (
            ("page", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}, "The page, from 1 on."),
            ("size", {"type": "integer", "minimum": 1, "maximum": LARGEST}, f"Decisions of a page, {PAGE} without."),
            (
                "after",
                NUMBER | {"minimum": 1},
                "Only older ones than this: next of the page before. page counts from there.",
            ),
            (
                "inputs",
                SWITCH,
                "1 for the inputs of each decision as well, some 40 kB of JSON each; without it they are no field. A "
                "page for browsers has none.",
            ),
            ("csv", SWITCH, "1 for all pages as one CSV file, without inputs."),
            ("decision", {"type": "string", "enum": list(DECISIONS)}, "Only what was decided so by the machine."),
            ("from", {"type": "string", "format": "date"}, "Only from this day on, UTC."),
            ("to", {"type": "string", "format": "date"}, "Only up to this day, UTC, the day included."),
            ("trial", SWITCH, "1 for trials alone, 0 for none of them."),
            (
                "client",
                NUMBER,
                "Only what was sent about this client, by its SK_ID_CURR: 100983; also 100,983 or 100983.0.",
            ),
            LANG,
        ),
        errors=(400, 403, 404, LOG),
    ),
    Route(
        "get",
        "/letters/{decision}",
        "get_letter",
        "The letter to a client who is refused or offered other terms, to print or to send",
        {"text/html": str},
        "Decision, up to four reasons, what was used, by which rule, and how to contest it, from the decision log, of "
        "what counts: the newest verdict of a person, else the machine's decision. Who scores gets letters of own "
        "decisions, who reviews of all. 409 for a trial, for what is no refusal, and for a refusal of which no letter "
        "can give a reason: a person has to write; 501 where the bank has not said what such a letter says of it. "
        "Where the server knows no callers it answers programs on its own machine only.",
        (
            ("decision", DECISION, "The decision's number in the log."),
            (
                "profile",
                {"type": "string", "enum": list(PROFILES)},
                "Whose law the letter follows; without it the one of LETTER_PROFILE.",
            ),
            LANG,
        ),
        errors=(400, 403, 404, 409, 501, LOG),
    ),
    Route(
        "delete",
        "/data/{client}",
        "erase_client",
        "Erase what the caller has sent about a client",
        {JSON: Erased},
        "The inputs of all the caller's decisions about the client are erased; what was decided, when and why stays in "
        "the log, whose chain of hashes stays whole. decisions counts them, erased those that had inputs until now.",
        (("client", NUMBER, "The client's SK_ID_CURR."),),
        errors=(400, 403, 404, LOG),
    ),
    Route(
        "post",
        "/outcomes",
        "report_outcomes",
        "Who has defaulted, of clients about whom the caller was answered",
        {JSON: Kept},
        "A list, each by client or by decision. All are kept or none; 404 names those about whom nothing was decided. "
        "What is told again with another outcome counts from then on. Where the server knows no callers it answers "
        "programs on its own machine only.",
        body="Outcomes",
        errors=(*BODY, 403, 404, TAKEN, LOG),
        once=True,
        example=[{"client": CLIENT, "defaulted": False}],
    ),
    *REVIEW_ROUTES,
    Route(
        "get",
        "/drift",
        "get_drift",
        "The clients of the log beside those of the training, and what the decisions cost",
        {JSON: Drift, "text/html": str},
        "Worked out in the background, some minutes old at most; status is computing until there is a first answer. "
        "drift is null where the model has no profile of its training clients or the window no decisions, and note "
        "says so. score, the higher of weighted and probability, makes the level; features are all, by drift.",
        (
            ("last", {"type": "integer", "minimum": 1, "maximum": MOST}, f"So many decisions, {LAST:,} without."),
            (
                "days",
                {"type": "integer", "minimum": 1, "maximum": LONGEST},
                "Those of so many days, of any number without last.",
            ),
            LANG,
        ),
        errors=(400, 404, 406, LOG),
    ),
    Route(
        "get",
        "/policy",
        "compare_policies",
        "The policy that decides and the one that is to follow, on the decisions of the log",
        {JSON: PolicyDifference, "text/html": str},
        "The one that is to follow is that of NEXT_RULES; without it the model alone and with BANK_RULES are compared, "
        "and 404 without either. Costs are in the currency of AMT_CREDIT, negative where the change saves: expected by "
        "the model's own probabilities, and realised of the clients whose outcome is known. largest names the clients "
        "with the largest loans who change sides, to keys that see the cases of all.",
        (
            (
                "last",
                {"type": "integer", "minimum": 1, "maximum": MOST_COMPARED},
                f"The newest so many decisions, {COMPARED:,} without.",
            ),
            LANG,
        ),
        errors=(400, 404, 406, LOG),
    ),
    Route("get", "/health", "get_health", "The service is alive", {JSON: Alive}),
    Route(
        "get",
        "/ready",
        "get_readiness",
        "The model is loaded and the decision log can be written",
        {JSON: Ready},
        errors=(LOG,),
    ),
    Route(
        "get",
        "/metrics",
        "get_metrics",
        "What was counted, in Prometheus's text format or in OpenMetrics",
        {TEXT: str, OPEN_METRICS: str},
        "OpenMetrics, for Accept: application/openmetrics-text, has exemplars: of a count the number of the newest "
        "decision in it.",
    ),
    Route("get", "/openapi.json", "get_openapi", "This document", {JSON: dict}),
    Route("get", "/docs", "get_docs", "This document as a page", {"text/html": str}, parameters=(LANG,)),
)
