"""Tamper evidence: what the tables say is compared with the signed file they come from (domain.md 1.10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, insert, select, type_coerce, update
from sqlalchemy.orm import Session
from sqlalchemy.types import NULLTYPE

from host.api import N_, InputError, NotFoundError, Work
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import Claims
from superoffice_tab.storage.changing import Alteration
from superoffice_tab.storage.counts import recount
from superoffice_tab.storage.models import Licence, Owner, StoredSet

from . import state
from .differences import CHANGED, HOLDERS, MISSING, Finding, bring_back, compare, together
from .file_in_force import FileInForce, file_of, files_in_force, ownerless, put_last_in_force, signed_claims
from .refusals import RefusedError
from .renaming import name_again
from .restoring import release_unheld, restore_names
from .state import FILE
from .writing import write_licences, write_owner

__all__ = ["Finding", "restore", "verify_all"]


def verify_all(*, roots: Roots, work: Work, clock: Callable[[], datetime]) -> list[Finding]:
    """Compare all rows with the files in force, and keep what differs: it counts for nothing from then on.

    What is right again counts again. The row of an owner is written from the file at once, its name too; that
    it was altered, or gone, is told until somebody restores. What was found is written into the audit log
    once. Holders are counted anew: how many there are is not taken from what somebody may have written.

    Args:
        roots: Pinned root keys.

    Returns:
        All that differs now.

    Raises:
        InputError: No root key is pinned, so that nothing can be verified. Nothing was changed.
    """
    return _examined(roots, work, clock)[0]


def restore(owner: str, *, roots: Roots, work: Work, clock: Callable[[], datetime]) -> str:
    """Write the rows of *owner* from the signed file that was activated last again.

    What was altered is looked for, and audited, before. A licence that somebody only renamed gets its name
    back, and its holders keep it. Whoever holds one that was never signed, or less than one, loses it.

    Args:
        owner: Owner name, in any case; one that somebody gave the row is good, too.

    Returns:
        The name that was signed.

    Raises:
        NotFoundError: No licence of theirs is in force.
        InputError: No root key is pinned, so that nothing can be verified.
        RefusedError: The file itself no longer verifies: it has to be loaded again, or a newer one.
    """
    session, written = work.session, owner.upper()
    renamed = {was.upper(): name for was, name in _examined(roots, work, clock)[1].items()}
    file = file_of(written, session) or file_of(renamed.get(written, written), session)
    if file is None:
        raise NotFoundError(f"No licence of {written} is in force.")
    put_last_in_force(file, session)
    file = file_of(file.owner, session) or file
    claims = signed_claims(file, roots, session)
    if claims is None:
        raise RefusedError(
            N_(
                "The file of %(owner)s no longer verifies, so nothing can be restored from it. Load the "
                "licence file again.",
                owner=file.owner,
            )
        )
    _write_again(file, claims, work, clock())
    work.audit("licence.restored", file.owner, after={"seq": claims.seq})
    return file.owner


def _write_again(file: FileInForce, claims: Claims, work: Work, now: datetime) -> None:
    """Make the rows of an owner, and what is noted of the file, those that were signed."""
    session = work.session
    restore_names(file.owner_id, claims.licence.licences, session)
    release_unheld(file.owner_id, claims.licence, work)
    said = {"seq": claims.seq, "serial": claims.audience, "company": claims.licence.company}
    session.execute(update(StoredSet).where(StoredSet.id == file.set_id).values(said))
    write_owner(claims.licence, file.owner_id, session)
    write_licences(file.owner_id, claims.licence.licences, session)
    _keep([], {file.owner: file.owner_id}, now, session)
    _mark([], {file.owner: file.owner_id}, session)
    recount(session)


def _examined(
    roots: Roots, work: Work, clock: Callable[[], datetime]
) -> tuple[list[Finding], dict[str, str]]:
    """What `verify_all` does, and says; and which owners had which names until then."""
    session = work.session
    state.lock(session)
    _refuse_without_roots(roots, session)
    renamed = name_again(roots, session)
    before = _known(session)
    found = [each for each in before if not each.name and each.kind in (CHANGED, MISSING)]
    found += [Finding(name, "", CHANGED, ("name",)) for name in renamed.values()]
    found += bring_back(roots, session)
    files = files_in_force(session)
    owners = {file.owner: file.owner_id for file in files}
    found = together([*found, *(each for file in files for each in compare(file, roots, session))])
    if {each: each.what for each in found} != {each: each.what for each in before}:
        _keep(found, owners, clock(), session)
        for finding in found:
            if finding not in before:
                after = {"licence": finding.name, "kind": finding.kind, "what": [*finding.what]}
                work.audit("licence.altered", finding.owner, after=after)
    recount(session)
    _mark(found, owners, session)
    return found, renamed


def _refuse_without_roots(roots: Roots, session: Session) -> None:
    """Without any root key no file verifies: that is a mistake in the settings, and no sign of tampering."""
    if not len(roots) and (files_in_force(session) or ownerless(session)):
        raise InputError(
            N_(
                "no root key is pinned, so no licence can be verified. Nothing was changed. Set root_keys of "
                "superoffice_tab (TABHOST_ROOT_KEYS) to the root keys of those who issue your licences"
            )
        )


def _known(session: Session) -> set[Finding]:
    """What was found the last time."""
    columns = (Owner.name, Alteration.name, Alteration.kind, Alteration.what)
    rows = session.execute(select(*columns).join(Owner, Owner.id == Alteration.owner_id))
    return {Finding(owner, name, kind, tuple(what)) for owner, name, kind, what in rows}


def _keep(found: list[Finding], owners: dict[str, int], now: datetime, session: Session) -> None:
    """Make *found* all that is known to differ in the rows of *owners*."""
    session.execute(delete(Alteration).where(Alteration.owner_id.in_(owners.values())))
    rows = {
        (each.owner, each.name): {
            "owner_id": owners[each.owner],
            "name": each.name,
            "kind": each.kind,
            "what": [*each.what],
            "found_at": now,
        }
        for each in found
        if each.owner in owners
    }
    if rows:
        session.execute(insert(Alteration), list(rows.values()))


def _mark(found: list[Finding], owners: dict[str, int], session: Session) -> None:
    """Have exactly the licences of *found* count for nothing, whatever somebody made of their marks."""
    whole = {owners[each.owner] for each in found if each.kind == FILE}
    told = (each for each in found if each.owner in owners and each.kind != HOLDERS)
    single = {(owners[each.owner], each.name) for each in told}
    stored = type_coerce(Licence.altered, NULLTYPE)  # neither yes nor no is wrong, whichever it should be
    query = select(Licence.id, Licence.owner_id, Licence.name, stored)
    wrong = [
        {"id": number, "altered": owner_id in whole or (owner_id, str(name)) in single}
        for number, owner_id, name, altered in session.execute(
            query.where(Licence.owner_id.in_(owners.values()))
        )
        if altered != (owner_id in whole or (owner_id, str(name)) in single)
    ]
    if wrong:
        session.execute(update(Licence), wrong)
    session.expire_all()
