"""The command that writes the letter to a refused client."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from credit.cli.choices import NUMBER
from credit.cli.log import DATABASE, opened
from credit.cli.terminal import user_errors


@click.command()
@click.argument("decision", type=NUMBER)
@click.option(
    "--profile", help="Whose law the letter follows: eu, us or neutral.  [default: LETTER_PROFILE, else neutral]"
)
@click.option("--language", default="en", type=click.Choice(["en", "fr"]), help="Of the letter.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write: .html or .pdf.")
@DATABASE
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    help="Folder of the model, for a decision of which the log has no reasons.",
)
@click.option("--chromium", help="The browser that prints a PDF.  [default: the one of this machine]")
def letter(
    decision: int,
    profile: str | None,
    language: str,
    out: Path,
    database: str,
    bundle: Path | None,
    chromium: str | None,
) -> None:
    """Write the letter to the client whom a decision of the log, or a person's verdict on it, refuses or counteroffers.

    The bank says of itself what the letter wants in BANK_NAME, BANK_ADDRESS, BANK_CONTACT, BANK_DATA_PROTECTION,
    BANK_SUPERVISOR, BANK_CREDIT_BUREAU, BANK_OFFER_DAYS and BANK_CURRENCY; LETTER_TEMPLATES is a folder of its own
    templates.
    """
    from credit.decision.policy import today
    from credit.files.output import write_then_rename
    from credit.letters import refusal
    from credit.letters.letter_text import known_profile
    from credit.letters.pdf import browser, print_pdf
    from credit.web.settings import letter_writer

    with user_errors():
        if out.suffix not in (".html", ".pdf"):
            raise ValueError(f"{out} ends in {out.suffix or 'nothing'}; give a file that ends in .html or .pdf")
        writer = letter_writer()
        program = browser(chromium) if out.suffix == ".pdf" else ""
        with opened(database) as log:
            found = refusal(log, decision, language, explain=lambda row: _explained(log, row, bundle))
        page = writer.write(found, today(), profile)
        with write_then_rename(out) as place:
            if program:
                print_pdf(page, place, program)
            else:
                place.write_text(page, encoding="utf-8")
    click.echo(f"{out}: the letter of decision {decision} to client {found.client}")
    due = known_profile(profile or writer.profile).due(found.applied)
    if due is not None and today() <= due:
        click.echo(f"to be sent by {due}")
    if due is not None and today() > due:
        click.echo(
            f"warning: decision {decision} is of {found.applied}: Regulation B wants its letter by {due}", err=True
        )


def _explained(log: Any, row: Mapping[str, Any], bundle: Path | None) -> Sequence[Mapping[str, Any]] | None:
    """The reasons of a decision worked out again by the model of ``bundle``; None where it is another model."""
    import numpy as np

    from credit.decision_log import audit
    from credit.decision_log.encoding import read
    from credit.explain import Explainer
    from credit.model import load_bundle

    if bundle is None:
        return None
    model = load_bundle(bundle)
    inputs, _ = audit.replay(log, row["id"], model.columns, model.model_hash)
    (reasons,) = Explainer(model).reasons(np.ascontiguousarray(read(inputs)[None, :]))
    return [{"code": one.code, "kind": one.kind, "text": one.en} for one in reasons]
