"""The bodies of the routes as JSON Schema (2020-12, as OpenAPI 3.1 has it), for one loaded model.

What a body may hold is said as exactly as its decoder is: every feature of the model by name and nothing else. What no
schema can say: each client comes once in a body, a loan of the bureau and a previous application once among their rows,
and NAME_CONTRACT_TYPE is "Revolving loans" in other letters, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from credit.decision.review_reasons import COUNTEROFFER, OTHER, REOPEN, VERDICTS, codes
from credit.decision_log.review_rulings import LARGEST_AMOUNT, LONGEST, MOST_MONTHS
from credit.features import COLUMNS, FEATURES, descriptions
from credit.features.loan_amounts import ALWAYS, CASH, CASH_FEATURE, CONTRACT, GOODS, REVOLVING, REVOLVING_FEATURE
from credit.tables.amount_ranges import AmountRanges
from credit.tables.schema import TARGET
from credit.web.openapi.json_schema import CLIENT_NUMBER, YES_OR_NO, Schema, known, or_null, reference, shape, value
from credit.web.payload import Bodies
from credit.web.payload.clients import MAX_CLIENTS
from credit.web.payload.envelopes import CLIENT
from credit.web.payload.raw_tables import APPLICATION, KEYS, RULES
from credit.whatif import levers

#: Every object has a name, for generators call a part without one after its place: RulingType2Terms.
_OUTCOMES = {
    f"OutcomeOf{name.capitalize()}": shape({name: CLIENT_NUMBER, "defaulted": YES_OR_NO})
    for name in ("client", "decision")
}

#: So many come in one body.
MAX_OUTCOMES = 10_000

#: Columns that rows bring along from files and data frames, and that are no input.
_IGNORED: dict[str, Schema] = {
    TARGET: {"description": "The outcome of application_train; ignored, and said so under details"},
    "index": {"description": "The number of a row in a data frame; ignored"},
    "Unnamed: 0": {"description": "The number of a row in a data frame that was read from CSV; ignored"},
}
#: In a history the outcome is none of them.
_INDEX = {name: one for name, one in _IGNORED.items() if name != TARGET}


def bodies(decoder: Bodies) -> dict[str, Schema]:
    """What may be posted: ``Body`` (one client, several or tables), ``OneBody`` (one client only) and their parts."""
    columns = decoder.columns
    found = {
        "Applicant": _client(decoder),
        "Applicants": {"type": "array", "items": reference("Applicant"), "minItems": 1, "maxItems": MAX_CLIENTS},
    }
    several, one = (
        [reference("Applicant"), reference("Applicants")],
        [
            reference("Applicant"),
            {"type": "array", "items": reference("Applicant"), "minItems": 1, "maxItems": 1},
        ],
    )
    if set(columns) <= set(COLUMNS):  # else no tables make the model's features
        for table, rules in RULES.items():
            more = _IGNORED if table == APPLICATION else _INDEX
            row = {name: value(rule) for name, rule in rules.items()} | more
            found[_row(table)] = shape(row, KEYS[table]) if table != APPLICATION else _of_loan(row, columns, [CONTRACT])
        found |= {"Tables": _tables(MAX_CLIENTS), "OneTables": _tables(1)}
        several.append(reference("Tables"))
        one.append(reference("OneTables"))
    wrapped = shape({"client": reference("OneBody"), "changes": or_null(reference("Changes"))} | _IGNORED, ["client"])
    rulings, reopenings = _rulings(), _reasoned("Reopening", REOPEN)
    return {
        **found,
        "Body": {"oneOf": several},
        "OneBody": {"oneOf": one},
        "RulingTerms": _terms(),
        **rulings,
        "Ruling": _one_of(rulings),
        **reopenings,
        "Reopening": _one_of(reopenings),
        **_OUTCOMES,
        "Outcome": _one_of(_OUTCOMES),
        "Outcomes": {"type": "array", "items": reference("Outcome"), "minItems": 1, "maxItems": MAX_OUTCOMES},
        "ZeroOrOne": {"enum": [0, 1]},
        "Changes": _changes(columns, decoder.own),
        "Changed": wrapped,
        "WhatIf": {"oneOf": [*one, reference("Changed")]},
    }


def _one_of(names: Iterable[str]) -> Schema:
    return {"oneOf": [reference(name) for name in names]}


def _terms() -> Schema:
    """What a counteroffer offers: one of its terms at least."""
    amount = {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_AMOUNT}
    months = {"type": "integer", "minimum": 1, "maximum": MOST_MONTHS}
    return shape({"amount": amount, "annuity": amount, "months": months}, []) | {"minProperties": 1}


def _rulings() -> dict[str, Schema]:
    """What a person decides, by name: each verdict with its own reasons, a counteroffer with terms."""
    found: dict[str, Schema] = {}
    for verdict in VERDICTS:
        terms = {"terms": reference("RulingTerms")} if verdict == COUNTEROFFER else {}
        found |= _reasoned(f"{verdict.capitalize()}Ruling", verdict, {"verdict": {"const": verdict}} | terms)
    return found


def _reasoned(name: str, of: str, beside: Mapping[str, Schema] = MappingProxyType({})) -> dict[str, Schema]:
    """The objects with a reason of a verdict: words may stand beside it, and must beside the one that needs them."""
    words: Schema = {"type": "string", "maxLength": LONGEST}
    clear: Schema = {"enum": [code for code in codes(of) if code != OTHER]}
    vague: Schema = {"const": OTHER}
    return {
        f"{name}ForReason": shape({**beside, "reason": clear, "words": words}, [*beside, "reason"]),
        f"{name}InWords": shape({**beside, "reason": vague, "words": {**words, "pattern": r"\S"}}),
    }


def _changes(columns: Sequence[str], own: AmountRanges) -> Schema:
    found: dict[str, Schema] = {}
    for name, lever in levers(tuple(columns), own).by_name.items():
        if lever.kind == "amount":
            found[name] = {"type": "number", "minimum": lever.low, "maximum": lever.high}
        elif lever.values:
            found[name] = {"enum": list(lever.values)}
        else:
            found[name] = reference("ZeroOrOne")
        found[name]["description"] = lever.en
    return shape(found, [])


def _client(decoder: Bodies) -> Schema:
    """A client by name: features, and the columns of the published table."""
    told = {feature.name: feature.en for feature in FEATURES}
    properties: dict[str, Schema] = {}
    for name, rule in decoder.published.rules.items():
        properties[name] = value(rule)
        if name in decoder.published.columns and name not in told:
            about = descriptions.column(APPLICATION, name).en
            texts = decoder.published.columns[name].values
            published = f"; published texts: {', '.join(texts)}" if texts else ""
            properties[name]["description"] = f"{about}{published}. A column of the published table"
        elif name in told:
            properties[name]["description"] = told[name]
    properties |= {name: one for name, one in _IGNORED.items() if name not in properties}
    feature = REVOLVING_FEATURE if REVOLVING_FEATURE in decoder.columns else CASH_FEATURE
    contract = [name for name in (CONTRACT, feature) if name == feature or name in decoder.published.columns]
    return _of_loan(properties, decoder.columns, [name for name in contract if name in properties])


def _of_loan(properties: dict[str, Schema], columns: Sequence[str], contract: Sequence[str]) -> Schema:
    """A row with the amounts that a model with ``columns`` wants. ``contract``: what may say which kind of loan it is.

    Where the model reads whether it is a revolving one, all others want the price of the goods; else cash loans do.
    """
    always = [name for name in ALWAYS if name in columns]
    found = shape(properties | {name: known(properties[name]) for name in always}, [CLIENT, *always])
    if GOODS in columns and contract:
        revolving = REVOLVING_FEATURE in columns
        one: Schema = {"enum": [1, True]}
        says = {CONTRACT: {"const": REVOLVING if revolving else CASH}, CASH_FEATURE: one, REVOLVING_FEATURE: one}
        cases = [{"properties": {name: says[name]}, "required": [name]} for name in contract]
        found |= {
            "if": cases[0] if len(cases) == 1 else {"anyOf": cases},
            "else" if revolving else "then": {"properties": {GOODS: known(properties[GOODS])}, "required": [GOODS]},
        }
    return found


def _tables(clients: int) -> Schema:
    properties = {}
    for table in RULES:
        rows: Schema = {"type": "array", "items": reference(_row(table))}
        if table == APPLICATION:
            rows |= {"minItems": 1, "maxItems": clients}
        forms = [reference(_row(table)), rows]
        properties[table] = {"oneOf": forms if table == APPLICATION else [*forms, {"type": "null"}]}
    return shape(properties, [APPLICATION])


def _row(table: str) -> str:
    """POS_CASH_balance: PosCashBalanceRow."""
    return "".join(part.capitalize() for part in table.split("_")) + "Row"
