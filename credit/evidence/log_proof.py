"""The proof that the decision log is unaltered, with its counts, as a section."""

import json

import msgspec

from credit.evidence.contents import Section, Table, plural
from credit.evidence.log_facts import LogFacts
from credit.evidence.quarter_tables import NO_LOG

FILE = "log_proof.json"


def log_proof(facts: LogFacts | None) -> Section:
    """The section. ``facts``: None without a log."""
    if facts is None:
        return Section("log", missing=(NO_LOG,))
    proof, counts = facts.proof, facts.counts
    word = (
        "whole: nothing was changed, put in or taken out"
        if proof.whole
        else f"BROKEN: {plural(proof.found, 'problem')}"
    )
    rows = [
        ("chain", word),
        ("decisions", f"{proof.decisions:,}"),
        ("reviews", f"{proof.reviews:,}"),
        ("decisions with erased inputs", f"{proof.erased:,}"),
        ("hash of the first row", proof.first or "none: the log is empty"),
        ("hash of the last row", proof.last or "none: the log is empty"),
        ("end, to be noted elsewhere", proof.end),
        ("kept in", proof.database),
    ]
    if counts is not None:
        rows += [
            ("first decision (UTC)", counts.first or "none"),
            ("last decision (UTC)", counts.last or "none"),
            *((f"decided: {kind}", f"{count:,}") for kind, count in counts.by_decision.items()),
            ("trials, which count nowhere", f"{counts.trials:,}"),
            ("decisions whose outcome is known", f"{counts.outcomes:,}"),
            *((f"by a person: {kind}", f"{count:,}") for kind, count in counts.by_verdict.items()),
        ]
    tables = [Table("The hash chain", ("fact", "value"), tuple(rows), "credit log verify --json; decision log")]
    if proof.problems:
        tables.append(
            Table(
                f"The first {len(proof.problems):,} of {proof.found:,} problems",
                ("problem",),
                tuple((one,) for one in proof.problems),
                "credit log verify",
            )
        )
    content = {"proof": msgspec.to_builtins(proof), "counts": None if counts is None else msgspec.to_builtins(counts)}
    notes = (
        "The hash of each row covers its values and the hash before it, from the first row on; it was worked out anew "
        "for this pack. Outcomes and answers that were kept for repeated requests are no part of the chain.",
        "The chain proves itself alone: who can rewrite the whole database can make a new one. Note the end outside "
        "the "
        "database, and give it to credit log verify --since next time: see 9.noted-end.",
    )
    return Section(
        "log",
        notes,
        tuple(tables),
        (),
        {FILE: (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()},
    )
