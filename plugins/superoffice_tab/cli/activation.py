"""Commands for a set that waits: take it in, see what it changes, activate it, or undo that."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from host.api import current_host
from superoffice_tab.circumstances import circumstances, trusted
from superoffice_tab.domain.envelope import LARGEST_FILE
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.domain.wording import english
from superoffice_tab.jobs import mark_tabs
from superoffice_tab.lookups import pending_of, put_back_of
from superoffice_tab.schemas.api_activation import PendingSchema, PutBackSchema, PutBackViewSchema
from superoffice_tab.services import activating, pending, putting_back, reading, receiving, refused_files
from superoffice_tab.services.files import read_bytes
from superoffice_tab.services.pending import PendingView
from superoffice_tab.services.putting_back import PutBackView
from superoffice_tab.services.receiving import Received, Reception
from superoffice_tab.services.returning import Skipped
from superoffice_tab.services.waiting import known_waiting

from .group import FILE, as_json, confirm_company, confirm_serial, superoffice
from .output import print_json, print_table

seen = click.option("--seq", type=click.IntRange(0), help="Only if the set with this number is the one.")


@superoffice.command("receive")
@click.argument("file", type=FILE)
def receive(file: Path) -> None:
    """Verify a licence FILE and have it wait until it is activated.

    What changes nothing for anybody is activated at once, unless the setting automatic_updates forbids it.
    """
    content = read_bytes(file, LARGEST_FILE)
    try:
        received = receiving.receive(
            content,
            source=file.name,
            roots=trusted(),
            automatic=bool(current_host.settings["automatic_updates"]),
            **circumstances(),
        )
    except VerdictError as error:
        refused_files.write_down(content, file.name, error, work=current_host.work)
        raise
    current_host.tabs_changed()  # the set of a new owner brings a tab
    mark_tabs(received.owner)
    click.echo(_received(received))


@superoffice.command("pending")
@click.argument("owner")
@as_json
def show_pending(owner: str, as_json: bool) -> None:
    """Show what the set of OWNER that waits changes, and how many holders have to go first."""
    found = pending_of(owner)
    if as_json:
        print_json(PendingSchema().dump(found))
    else:
        _print_pending(found)


@superoffice.command("activate")
@click.argument("owner")
@seen
@confirm_serial
@confirm_company
def activate(owner: str, seq: int | None, confirm_serial: str, confirm_company: str) -> None:
    """Put the set of OWNER that waits in force, with everything that was planned, or nothing."""
    if seq is None:
        seq = known_waiting(owner, current_host.session).seq
    confirmed = Confirmation(serial=confirm_serial, company=confirm_company)
    done = activating.activate(owner, seq=seq, confirmed=confirmed, roots=trusted(), **circumstances())
    current_host.tabs_changed()
    mark_tabs(done.owner)
    click.echo(
        f"{done.owner}: set {done.seq} is in force, {done.licences} licences, {len(done.changed)} changed; "
        f"holders: {done.released} released, {done.reassigned} reassigned."
    )


@superoffice.command("discard")
@click.argument("owner")
def discard(owner: str) -> None:
    """Forget the set of OWNER that waits, and what was planned for it."""
    pending.discard(owner, work=current_host.work)
    current_host.tabs_changed()  # that of an owner with nothing else goes away
    mark_tabs(owner)
    click.echo(f"{owner.upper()}: the new licence was discarded. What is in force has not changed.")


@superoffice.command("put-back")
@click.argument("owner")
@seen
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@as_json
def put_back(owner: str, seq: int | None, dry_run: bool, as_json: bool) -> None:
    """Undo the last activation of OWNER: the previous set comes in force again."""
    if dry_run:
        view = put_back_of(owner)
        if as_json:
            print_json(PutBackViewSchema().dump(view))
        else:
            _print_put_back(view)
        return
    if seq is None:
        seq = reading.known_owner(owner, current_host.session).seq
    done = putting_back.put_back(owner, seq=seq, roots=trusted(), **circumstances())
    mark_tabs(done.owner)
    if as_json:
        print_json(PutBackSchema().dump(done))
        return
    click.echo(
        f"{done.owner}: set {done.seq} is in force again in the place of set {done.undone_seq}; "
        f"holders who got back what they had: {done.returned}."
    )
    click.echo(_until(done.expiry, done.grace_until))
    _print_skipped(done.skipped)


def _until(expiry: date | None, grace_until: date | None) -> str:
    if expiry is None:
        return "The set never expires."
    if grace_until is None:
        return f"The last day of the set is {expiry}."
    return f"The set expired on {expiry}, and is in its grace period until {grace_until}."


def _print_skipped(skipped: list[Skipped]) -> None:
    for each in skipped:
        click.echo(f"{each.user_id} does not get {each.licence} back: {english(each.reason)}")


def _print_put_back(found: PutBackView) -> None:
    click.echo(f"{found.owner}: set {found.previous_seq} would come back in the place of set {found.seq}.")
    if found.verdict:
        click.echo(str(found.verdict))
    else:
        click.echo(_until(found.expiry, found.grace_until))
    _print_changes(found)
    _print_skipped(found.skipped)
    for each in found.blocked:
        click.echo(f"{each.name}: {each.to_remove} to remove before it can be put back.")


def _print_changes(found: PendingView | PutBackView) -> None:
    figures = ("in_use", "free", "total", "added", "new_total", "new_free", "planned", "to_remove")
    if found.changes:
        rows = [[each.name, each.state, *(getattr(each, name) for name in figures)] for each in found.changes]
        print_table(("licence", "state", *figures), rows)
    for text in found.effects:
        click.echo(f"* {english(text)}")


def _received(received: Received) -> str:
    said = f"{received.owner}: set {received.seq}"
    match received.outcome:
        case Reception.PENDING:
            return f"{said} waits. See what it changes: tabhost superoffice pending {received.owner}"
        case Reception.ACTIVATED:
            return f"{said} changes nothing for anybody and is in force."
        case Reception.UP_TO_DATE:
            return f"{said} is known already. Nothing was changed."


def _print_pending(found: PendingView) -> None:
    click.echo(
        f"{found.owner}: set {found.seq} for {found.company}, serial number {found.serial}, from "
        f"{found.source}, waits."
    )
    if not found.verdict:
        click.echo(_until(found.expiry, found.grace_until))
    _print_changes(found)
    if found.new_serial:
        click.echo(f"The serial number is new: --confirm-serial {found.new_serial}")
    if found.new_company:
        click.echo(f"The company name is new: --confirm-company “{found.new_company}”")
    if found.verdict:
        click.echo(str(found.verdict))
    for each in found.blocked:
        click.echo(f"{each.name}: {each.to_remove} to remove before it can be activated.")
