"""A bank's rules and segments as a file, and one of each that is right."""

import json

RULE = {
    "name": "small_loan",
    "stage": "before",
    "outcome": "refuse",
    "valid_from": "2026-01-01",
    "if_unknown": "skip",
    "when": {"column": "AMT_CREDIT", "op": "<", "value": 100_000},
    "reason": {"en": "We lend 100,000 or more.", "fr": "Nous prêtons 100\u202f000 ou plus."},
}

SEGMENT = {
    "name": "large_loans",
    "valid_from": "2026-01-01",
    "if_unknown": "skip",
    "when": {"column": "AMT_CREDIT", "op": ">", "value": 300_000},
    "margin": 0.1,
    "loss_given_default": 0.9,
}


def toml(value):
    """A value as TOML has it; a text that is a date stands without quotes."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return value
    return json.dumps(value, ensure_ascii=False)


def written(path, *rules):
    """The file of these rules and segments, in their order; what has a margin or a loss is a segment."""
    tables = [
        f"[[{_kind(rule)}]]\n" + "".join(f"{name} = {toml(one)}\n" for name, one in rule.items()) for rule in rules
    ]
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def rule(**changes):
    """`RULE` but for these; None takes a key out."""
    return {name: one for name, one in {**RULE, **changes}.items() if one is not None}


def segment(**changes):
    """`SEGMENT` but for these; None takes a key out."""
    return {name: one for name, one in {**SEGMENT, **changes}.items() if one is not None}


def _kind(table):
    return "segments" if table.keys() & {"margin", "loss_given_default"} else "rules"
