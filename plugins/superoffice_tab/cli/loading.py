"""Commands that bring something in at once: a licence file, and who holds what."""

from __future__ import annotations

from pathlib import Path

import click

from host.api import current_host
from superoffice_tab.circumstances import circumstances, trusted
from superoffice_tab.domain.envelope import LARGEST_FILE
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.jobs import mark_tabs
from superoffice_tab.services import importing, loading, refused_files
from superoffice_tab.services.files import read_bytes

from .group import FILE, confirm_company, confirm_serial, superoffice


@superoffice.command("load-licence")
@click.argument("file", type=FILE)
@confirm_serial
@confirm_company
def load_licence(file: Path, confirm_serial: str, confirm_company: str) -> None:
    """Verify a licence file and put it in force."""
    content = read_bytes(file, LARGEST_FILE)
    confirmed = Confirmation(serial=confirm_serial, company=confirm_company)
    try:
        done = loading.load_licence(
            content, source=str(file), roots=trusted(), confirmed=confirmed, **circumstances()
        )
    except VerdictError as error:
        refused_files.write_down(content, file.name, error, work=current_host.work)
        raise
    current_host.tabs_changed()  # the first set of another owner brings a tab
    mark_tabs(done.owner)
    click.echo(
        f"{done.owner}: set {done.seq} is in force, {done.licences} licences, {len(done.changed)} changed."
    )


@superoffice.command("import-associates")
@click.argument("file", type=FILE)
@click.option("--prune", is_flag=True, help="Delete whoever is not in the file, with their assignments.")
def import_associates(file: Path, prune: bool) -> None:
    """Make the associates and their licences those of a CSV file."""
    done = importing.import_associates(
        file,
        prune=prune,
        work=current_host.work,
        clock=current_host.clock,
        timezone=current_host.installation_timezone,
    )
    click.echo(
        f"{len(done.created)} new, {len(done.updated)} changed, {done.unchanged} unchanged, "
        f"{len(done.removed)} removed; licences of {len(done.licences)} people changed."
    )
