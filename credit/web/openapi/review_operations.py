"""The routes about reviews as the documentation tells them."""

from credit.decision_log.case_queue import ORDERS
from credit.decision_log.listed_cases import LARGEST, PAGE
from credit.web.answers.reviews import ListedCases, LoggedReview, ReviewCase, ReviewReasons
from credit.web.openapi.route import BODY, DECISION, JSON, LANG, LOG, NUMBER, TAKEN, Parameter, Route

_DECISION: Parameter = ("decision_id", DECISION, "The row of the decision in the log.")

REVIEW_ROUTES = (
    Route(
        "get",
        "/reviews",
        "list_cases",
        "The cases that wait for a person, or all decisions about a client",
        {JSON: ListedCases, "text/html": str},
        "For browsers the page for reviewers, which asks with a key of its own. Of all callers: clients whom the rule "
        "has referred and nobody has reviewed, and decisions that somebody wants "
        "looked at again. A case whose inputs are erased is not among them. With client all decisions about a client, "
        "the newest first, also those that the machine or a person has decided: status says of each whether it waits. "
        "Where the server knows no callers it answers programs on its own machine only.",
        (
            ("client", NUMBER, "SK_ID_CURR: the decisions about this client; without it the open cases."),
            (
                "order",
                {"type": "string", "enum": list(ORDERS)},
                "oldest, the longest waiting first, also without it; dearest, most at stake first. Not with client.",
            ),
            (
                "size",
                {"type": "integer", "minimum": 1, "maximum": LARGEST},
                f"Cases of a page, {PAGE} without.",
            ),
            ("after", {"type": "string"}, "next of the page before; without it the first page."),
            LANG,
        ),
        errors=(403, 404, LOG),
    ),
    Route(
        "get",
        "/review-reasons",
        "list_review_reasons",
        "What a review may give as its reason",
        {JSON: ReviewReasons},
        parameters=(LANG,),
    ),
    Route(
        "get",
        "/reviews/{decision_id}",
        "get_case",
        "A decision, what is known of it, and what people made of it",
        {JSON: ReviewCase, "text/html": str},
        "Nothing is decided or scored anew, and nothing is written into the log. For browsers the page for reviewers, "
        "which asks with a key of its own. Who has the role score sees what the "
        "key itself has sent, and of what people decided the outcome; who has the role review sees all. Where the "
        "server knows no callers it answers programs on its own machine only.",
        (_DECISION, LANG),
        errors=(403, 404, LOG),
    ),
    Route(
        "post",
        "/reviews/{decision_id}",
        "decide_case",
        "Decide on an open case, or in place of the machine",
        {JSON: LoggedReview},
        "accept, refuse, or counteroffer: accept at other terms. The reviewer is the caller. On an automatic decision "
        "it is an override, which has to change it. The review is a row of the log's hash chain, on disk before the "
        "answer; the decision stays as it was written. letter says whether the client gets a letter of it. Who comes "
        "second gets 409, and is told verdict, reason, reviewer and time. What a verdict breaks is said in French for "
        "lang=fr. 403 where the server wants four eyes and the caller has sent the client or decided before. "
        "Where the server knows no callers it answers programs on its own machine only.",
        (_DECISION, LANG),
        body="Ruling",
        errors=(*BODY, 403, 404, TAKEN, LOG),
        once=True,
        example={"verdict": "refuse", "reason": "documents_missing", "words": "No payslip after two requests."},
    ),
    Route(
        "get",
        "/decisions/{decision_id}",
        "get_decision_page",
        "A decision as a page: the application, the reasons, what people made of it",
        {"text/html": str},
        "It prints on one sheet. Nothing is decided or scored anew. Who has the role score sees what the key itself "
        "has sent, and of what people decided the outcome; who has the role review sees all. Programs ask GET "
        "/reviews/{decision_id}. Where the server knows no callers it answers programs on its own machine only.",
        (_DECISION, ("beside", DECISION, "Another decision, to compare the two."), LANG),
        errors=(403, 404, LOG),
    ),
    Route(
        "post",
        "/reviews/{decision_id}/reopen",
        "reopen_case",
        "Have a decision looked at again",
        {JSON: LoggedReview},
        "At a client's request, for example: the case waits for a person again, and until then what was decided "
        "counts. Who has the role score reopens what the key itself has sent. 409 where the case is open. Where the "
        "server knows no callers it answers programs on its own machine only.",
        (_DECISION, LANG),
        body="Reopening",
        errors=(*BODY, 403, 404, TAKEN, LOG),
        once=True,
        example={"reason": "client_disagrees", "words": "The client says that the arrears were the bank's error."},
    ),
)
