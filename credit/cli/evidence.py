"""The command that makes the evidence pack."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from credit.cli.choices import MODEL, RULES
from credit.cli.log import DATABASE, opened
from credit.cli.terminal import progress, user_errors

if TYPE_CHECKING:
    from credit.evidence.log_facts import LogFacts
    from credit.evidence.registry_versions import RegisteredVersion
    from credit.evidence.service_settings import ServiceSettings
    from credit.model import Scorer
    from credit.monitoring.profile import Profile


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write: .zip.")
@click.option("--language", default="en", type=click.Choice(["en", "fr"]), help="Of the headings.")
@click.option(
    "--statements",
    default=None,
    type=click.Path(path_type=Path),
    help="TOML file with what the bank states, by the ids of lines.",
)
@click.option(
    "--requirements",
    default=None,
    type=click.Path(path_type=Path),
    help="File of pinned packages.  [default: the checkout's requirements.txt]",
)
@click.option(
    "--store",
    default=None,
    type=click.Path(path_type=Path),
    help="Folder of mlflow.db.  [default: this one, if it is there]",
)
@click.option("--pdf/--no-pdf", default=True, help="Print the page as PDF, too.")
@click.option("--chromium", help="The browser that prints the PDF.  [default: the one of this machine]")
@DATABASE
@RULES
@MODEL
@click.pass_context
def evidence(
    context: click.Context,
    out: Path,
    language: str,
    statements: Path | None,
    requirements: Path | None,
    store: Path | None,
    pdf: bool,
    chromium: str | None,
    database: str,
    rules: Path | None,
    bundle: Path,
) -> None:
    """Write all that shows what a model is, how it was tested and what became of it, for those who check it.

    Ordered by annex IV of the AI Act and by SR 26-2; each line names its source, what has none is listed as missing.
    Exits with 1, the pack written, where the chain of the decision log is broken.
    """
    from credit.evidence.bank_statements import Statements, read_statements
    from credit.evidence.pack import PackSources, line_ids, make_pack, zipped
    from credit.evidence.printed import printed
    from credit.files.output import write_then_rename
    from credit.letters.pdf import browser
    from credit.model import load_bundle
    from credit.monitoring.background import read_profile

    with user_errors():
        if out.suffix != ".zip":
            raise ValueError(f"{out} ends in {out.suffix or 'nothing'}; give a file that ends in .zip")
        program = browser(chromium) if pdf else ""
        scorer = load_bundle(bundle)
        sources = PackSources(
            bundle=bundle,
            scorer=scorer,
            profile=read_profile(scorer, bundle),
            registry=_registry(store),
            requirements=_requirements(requirements),
            settings=_settings(scorer, rules),
        )
        known = line_ids(sources)
        said = Statements() if statements is None else read_statements(statements, known)
    facts = _log(context, database, scorer, sources.profile)
    with user_errors():
        sources = PackSources(**{**vars(sources), "facts": facts, "statements": said})
        pack = make_pack(sources, language)
        files = {**pack.files, "evidence.html": pack.page.encode()}
        if program:
            files["evidence.pdf"] = printed(pack.page, program)
        with write_then_rename(out) as place:
            place.write_bytes(zipped(files))
    for warning in pack.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(f"{out}: {len(pack.lines):,} lines, {len(files) + 1:,} files; {len(pack.missing):,} answers are missing")
    if facts is not None and not facts.proof.whole:
        sys.exit(1)


def _log(context: click.Context, database: str, scorer: "Scorer", profile: "Profile | str") -> "LogFacts | None":
    """What the log says; None where none is named and there is none in the working folder."""
    from credit.decision_log.database import FILE
    from credit.evidence.log_facts import log_facts
    from credit.monitoring.background import Watch

    named = context.get_parameter_source("database") != ParameterSource.DEFAULT or os.environ.get("DATABASE_URL")
    if not named and not Path(FILE).is_file():
        return None
    with ExitStack() as stack:
        log = stack.enter_context(opened(database))
        step = stack.enter_context(progress("verifying decisions"))
        return log_facts(log, scorer.model_hash, scorer.threshold, step, Watch(scorer, profile, log))


def _registry(store: Path | None) -> "tuple[RegisteredVersion, ...] | str":
    from credit.evidence.registry_versions import registered_versions

    folder = store or Path()
    if not (folder / "mlflow.db").is_file():
        if store is not None:
            raise LookupError(f"there is no mlflow.db in {store}: name the folder in which the model was trained")
        return "There is no mlflow.db in the working folder: name the folder of the training with --store."
    return registered_versions(folder)


def _requirements(file: Path | None) -> tuple[str, str] | None:
    from credit.program import PACKAGE, in_checkout

    if file is None:
        file = PACKAGE.parent / "requirements.txt"
        if not in_checkout() or not file.is_file():
            return None
    return file.name, file.read_text(encoding="utf-8")


def _settings(scorer: "Scorer", rules: Path | None) -> "ServiceSettings":
    from credit.decision.bank_rules import BankRules
    from credit.evidence.service_settings import ServiceSettings
    from credit.web.roles import ROLES
    from credit.web.settings import Settings

    found = Settings.from_environment()
    bank = None
    if rules is not None:
        bank = BankRules.load(rules, scorer.columns, scorer.manifest.get("points") is not None)
    return ServiceSettings(
        bank=", ".join(found.letters.bank.lines("name")),
        keys=len(found.callers.names),
        roles={role: sum(role in found.callers.roles(name) for name in found.callers.names) for role in ROLES},
        four_eyes=found.four_eyes,
        show_protected=found.show_protected,
        trust_proxy=found.trust_proxy,
        rate=found.rate.limits if found.rate is not None else "",
        rules=None if bank is None else tuple(_rule(one) for one in bank.rules),
        rules_hash="" if bank is None else bank.hash,
        muted_alarms=tuple(sorted(found.muted_alarms)),
        muted_warnings=tuple(sorted(found.muted_warnings)),
        letters=found.letters.profile,
    )


def _rule(one: Any) -> tuple[str, str, str, str]:
    return one.name, one.stage, one.outcome, one.valid_from.isoformat()
