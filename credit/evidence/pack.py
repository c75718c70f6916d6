"""The evidence pack: all of its lines and sections, its files, and the zip that holds them."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from credit import __version__
from credit.evidence import annex_iv, risk_guidance
from credit.evidence.bank_statements import Statements
from credit.evidence.card_section import Card
from credit.evidence.change_history import changes
from credit.evidence.contents import (
    ANSWERED,
    MISSING,
    NOT_APPLICABLE,
    STATED,
    STATUSES,
    Line,
    Section,
    plural,
)
from credit.evidence.data_sheet import data_sheet
from credit.evidence.development_lines import development_lines
from credit.evidence.evidence_page import document
from credit.evidence.explained_examples import can_explain, explanations
from credit.evidence.general_lines import general_lines
from credit.evidence.group_figures import fairness
from credit.evidence.line_sources import LineSources
from credit.evidence.log_facts import LogFacts
from credit.evidence.log_proof import log_proof
from credit.evidence.main_findings import findings, what_it_is
from credit.evidence.materials_section import materials_section
from credit.evidence.missing_entries import Missing, missing_list
from credit.evidence.monitoring_plan import monitoring_plan
from credit.evidence.operation_lines import operation_lines
from credit.evidence.quarter_tables import by_quarter
from credit.evidence.registry_versions import RegisteredVersion
from credit.evidence.service_settings import ServiceSettings
from credit.evidence.validation_figures import validation
from credit.model import Scorer
from credit.monitoring.profile import Profile

#: The time of every file in the zip: the first that the format knows.
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class PackSources:
    """From what a pack is made: the same sources give the same bytes.

    ``bundle``: the folder, whose files were checked when ``scorer`` was loaded. ``profile``: of the training clients,
    or why there is none. ``facts``: of the log, None without. ``registry``: versions, or why there are none.
    ``requirements``: name and text of the file of pinned packages, None without.
    """

    bundle: Path
    scorer: Scorer
    profile: Profile | str
    facts: LogFacts | None = None
    registry: tuple[RegisteredVersion, ...] | str = "No folder with mlflow.db is named; name one with --store."
    requirements: tuple[str, str] | None = None
    settings: ServiceSettings = field(default_factory=ServiceSettings)
    statements: Statements = field(default_factory=Statements)


@dataclass(frozen=True)
class Pack:
    """``page``: the document as HTML. ``files``: all others, name -> bytes. ``lines``, ``warnings``, ``missing``: as in
    it.
    """

    page: str
    files: Mapping[str, bytes]
    lines: tuple[Line, ...]
    warnings: tuple[str, ...]
    missing: tuple[Missing, ...]


def line_ids(sources: PackSources) -> frozenset[str]:
    """The ids of all lines, which a statement of the bank may answer."""
    return frozenset(one.id for one in _lines(sources, Card(sources.bundle)))


def make_pack(sources: PackSources, language: str = "en") -> Pack:
    """The pack without its PDF. ``language``: of the headings, "en" or "fr".

    Raises ``ValueError`` for requirements that pin no version.
    """
    card = Card(sources.bundle)
    lines = _stated(_lines(sources, card), sources.statements)
    sections = _sections(sources, card)
    warnings = _warnings(sources)
    missing = missing_list(lines, sections)
    manifest, scorer = sources.scorer.manifest, sources.scorer
    counted = {status: sum(one.status == status for one in lines) for status in STATUSES}
    facts = (
        f"Of {len(lines):,} questions {counted[ANSWERED]:,} are answered from sources of the program, "
        f"{counted[STATED]:,} by statements of the bank, {counted[NOT_APPLICABLE]:,} "
        f"{'is' if counted[NOT_APPLICABLE] == 1 else 'are'} not applicable, and {counted[MISSING]:,} are missing. The "
        f"list of what is missing has {plural(len(missing), 'entry', 'entries')}: these, and "
        f"{len(missing) - counted[MISSING]:,} that sections lack.",
        "Each line names its source. No row of a client, no key and no place on a machine is in this pack. The same "
        "sources give the same bytes, at any time and in any folder; sources are the bundle, the log, MLflow's "
        "registry, the pinned packages, the statements, the rules, and the settings of the environment.",
        "The pack is evidence, and no assessment of conformity: that is the provider's (article 43).",
    )
    page = document(
        manifest["model"]["name"],
        warnings,
        what_it_is(scorer),
        findings(scorer, sources.facts, sources.profile),
        facts,
        lines,
        sections,
        language,
    )
    files = {name: content for one in sections for name, content in one.files.items()}
    files |= {one.file[0]: one.file[1] for one in sources.statements.by_line.values() if one.file is not None}
    files["evidence.json"] = _as_json(sources, lines, sections, warnings, missing)
    return Pack(page, files, lines, warnings, missing)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip: sorted by name, all of one time, stored as they are: what compresses differs by version.

    SHA256SUMS, which ``sha256sum --check`` reads, is added.
    """
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    every = {**files, "SHA256SUMS": sums.encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(every):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # as on Unix, wherever it is made
            archive.writestr(entry, every[name], zipfile.ZIP_STORED)
    return out.getvalue()


def _lines(sources: PackSources, card: Card) -> tuple[Line, ...]:
    name = sources.requirements[0] if sources.requirements else ""
    known = LineSources(
        sources.scorer.manifest,
        sources.scorer.columns,
        sources.scorer.threshold,
        card,
        sources.settings,
        sources.facts,
        sources.registry,
        name,
        can_explain(sources.scorer),
    )
    return (*general_lines(known), *development_lines(known), *operation_lines(known))


def _stated(lines: tuple[Line, ...], statements: Statements) -> tuple[Line, ...]:
    """A statement answers a line that is missing, and stands after one that is not."""
    found: list[Line] = []
    for line in lines:
        said = statements.by_line.get(line.id)
        if said is None or line.status != MISSING:
            found.append(line)
        if said is not None:
            document_of = f" See {said.file[0]}." if said.file is not None else ""
            found.append(
                msgspec.structs.replace(
                    line,
                    text=said.text + document_of,
                    source=f"statement of the bank, {statements.name}, {line.id}",
                    section="",
                    status=STATED,
                    wanted="",
                )
            )
    return tuple(found)


def _sections(sources: PackSources, card: Card) -> tuple[Section, ...]:
    scorer, facts = sources.scorer, sources.facts
    manifest = scorer.manifest
    return (
        card.section(manifest),
        data_sheet(manifest, scorer.columns),
        validation(manifest),
        by_quarter(facts, sources.profile),
        fairness(manifest, scorer.columns, facts),
        explanations(scorer),
        monitoring_plan(manifest, sources.settings, not isinstance(sources.profile, str), facts),
        materials_section(manifest, sources.requirements, sources.bundle),
        log_proof(facts),
        changes(facts, sources.registry, scorer.model_hash, manifest["created"]),
    )


def _warnings(sources: PackSources) -> tuple[str, ...]:
    facts, found = sources.facts, []
    if facts is not None and not facts.proof.whole:
        found.append(
            f"THE CHAIN OF THE DECISION LOG IS BROKEN: {plural(facts.proof.found, 'problem')}. Decisions were "
            "changed, put in or taken out; no figure of the log is given. See the proof of the decision log."
        )
    if sources.scorer.manifest["data"]["simulated"]:
        found.append(
            "The model learnt from a SIMULATED bank. Its figures say nothing about real people, and it is not to "
            "decide "
            "about any."
        )
    if facts is None:
        found.append("There is no decision log in this pack: nothing in it says how the model does in service.")
    elif facts.decided is not None and not facts.decided.of_model.any():
        found.append(
            "The decision log has no decision of this model: nothing in it says how the model does in service."
        )
    return tuple(found)


def _as_json(
    sources: PackSources,
    lines: Sequence[Line],
    sections: Sequence[Section],
    warnings: Sequence[str],
    missing: Sequence[Missing],
) -> bytes:
    content = {
        "format": 1,
        "program": f"credit {__version__}",
        "model": sources.scorer.model_hash,
        "texts": {"annex": annex_iv.TEXT, "guidance": risk_guidance.TEXT},
        "warnings": list(warnings),
        "lines": [msgspec.to_builtins(one) for one in lines],
        "missing": [msgspec.to_builtins(one) for one in missing],
        "sections": [
            {
                "id": one.id,
                "notes": list(one.notes),
                "tables": [
                    {"title": t.title, "columns": t.columns, "rows": t.rows, "source": t.source, "file": t.file}
                    for t in one.tables
                ],
                "files": sorted(one.files),
            }
            for one in sections
        ],
    }
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
