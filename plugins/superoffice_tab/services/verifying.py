"""Tamper evidence: what the tables say is compared with the signed file they come from (domain.md 1.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session, aliased

from host.api import N_, InputError, NotFoundError, Work
from superoffice_tab.domain.keys import Roots
from superoffice_tab.storage.changing import Alteration
from superoffice_tab.storage.counts import recount
from superoffice_tab.storage.models import Licence, Owner, PlanLicence, StoredSet

from . import state
from .file_in_force import FileInForce, files_in_force, kept_claims, put_last_in_force, signed_claims
from .refusals import RefusedError
from .restoring import release_unsigned, restore_names
from .state import FILE
from .writing import brought, licence_values, owner_values, write_licences, write_owner

CHANGED, MISSING, ADDED = "changed", "missing", "added"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A row that no longer says what was signed.

    Args:
        owner: Owner name.
        name: Code name of the licence; "" for the owner's own row, or the file.
        kind: ``changed``, ``missing``, ``added``, or ``file`` where the file itself no longer verifies,
            or is no longer there.
    """

    owner: str
    name: str
    kind: str


def verify_all(*, roots: Roots, work: Work, clock: Callable[[], datetime]) -> list[Finding]:
    """Compare all rows with the files in force, and keep what differs: it counts for nothing from then on.

    What is right again counts again. What was found is written into the audit log once.

    Args:
        roots: Pinned root keys.

    Returns:
        All that differs now.

    Raises:
        InputError: No root key is pinned, so that nothing can be verified. Nothing was changed.
    """
    session = work.session
    state.lock(session)
    files = files_in_force(session)
    _refuse_without_roots(roots, files)
    found = sorted(finding for file in files for finding in _findings(file, roots, session))
    owners = {file.owner: file.owner_id for file in files}
    rows = session.execute(select(Owner.name, Alteration.name, Alteration.kind).join(Owner)).all()
    before = {Finding(*row) for row in rows}
    if set(found) != before:
        _keep(found, owners, clock(), session)
        for finding in found:
            if finding not in before:
                after = {"licence": finding.name, "kind": finding.kind}
                work.audit("licence.altered", finding.owner, after=after)
    _mark(found, owners, session)
    return found


def restore(owner: str, *, roots: Roots, work: Work, clock: Callable[[], datetime]) -> None:
    """Write the rows of *owner*, in any case, from the signed file that was activated last again.

    A licence that somebody only renamed gets its name back, and its holders keep it. Whoever holds one that
    was never signed loses it.

    Raises:
        NotFoundError: No licence of theirs is in force.
        InputError: No root key is pinned, so that nothing can be verified.
        RefusedError: The file itself no longer verifies: it has to be loaded again, or a newer one.
    """
    session = work.session
    state.lock(session)
    file = _file_of(owner.upper(), session)
    _refuse_without_roots(roots, [file])
    put_last_in_force(file, session)
    file = _file_of(owner.upper(), session)
    claims = signed_claims(file, roots, session)
    if claims is None:
        raise RefusedError(
            N_(
                "The file of %(owner)s no longer verifies, so nothing can be restored from it. Load the "
                "licence file again.",
                owner=file.owner,
            )
        )
    restore_names(file.owner_id, claims.licence.licences, session)
    release_unsigned(file.owner_id, claims.licence, work)
    said = {"seq": claims.seq, "serial": claims.audience, "company": claims.licence.company}
    session.execute(update(StoredSet).where(StoredSet.id == file.set_id).values(said))
    write_owner(claims.licence, file.owner_id, session)
    write_licences(file.owner_id, claims.licence.licences, session)
    _keep([], {file.owner: file.owner_id}, clock(), session)
    _mark([], {file.owner: file.owner_id}, session)
    recount(session)
    work.audit("licence.restored", file.owner, after={"seq": claims.seq})


def _file_of(owner: str, session: Session) -> FileInForce:
    file = next((each for each in files_in_force(session) if each.owner == owner), None)
    if file is None:
        raise NotFoundError(f"No licence of {owner} is in force.")
    return file


def _refuse_without_roots(roots: Roots, files: Sequence[FileInForce]) -> None:
    """Without any root key no file verifies: that is a mistake in the settings, and no sign of tampering."""
    if files and not len(roots):
        raise InputError(
            "no root key is pinned, so no licence can be verified. Nothing was changed. Set root_keys of "
            "superoffice_tab (TABHOST_ROOT_KEYS) to the root keys of those who issue your licences"
        )


def _findings(row: FileInForce, roots: Roots, session: Session) -> Iterator[Finding]:
    claims = kept_claims(row, roots, session)
    if claims is None:
        yield Finding(row.owner, "", FILE)
        return
    wanted = owner_values(claims.licence)
    if _columns(Owner, wanted, Owner.id == row.owner_id, session) != [wanted]:
        yield Finding(row.owner, "", CHANGED)
    expected = {each.name: licence_values(each) for each in claims.licence.licences}
    columns = next(iter(expected.values()), {"name": ""})
    there = {
        each["name"]: each for each in _columns(Licence, columns, Licence.owner_id == row.owner_id, session)
    }
    differing = {plan for plan, _ in brought(claims.licence.licences) ^ _brought(row.owner_id, session)}
    for name in sorted({*expected, *there}):
        if name not in there:
            yield Finding(row.owner, name, MISSING)
        elif name not in expected:
            yield Finding(row.owner, name, ADDED)
        elif there[name] != expected[name] or name in differing:
            yield Finding(row.owner, name, CHANGED)


def _columns(table: Any, wanted: dict[str, Any], which: Any, session: Session) -> list[dict[str, Any]]:
    query = select(*(getattr(table, name) for name in wanted)).where(which)
    return [dict(row) for row in session.execute(query).mappings()]


def _brought(owner_id: int, session: Session) -> set[tuple[str, str]]:
    plan, licence = aliased(Licence), aliased(Licence)
    query = (
        select(plan.name, licence.name)
        .select_from(PlanLicence)
        .join(plan, plan.id == PlanLicence.plan_id)
        .join(licence, licence.id == PlanLicence.licence_id)
        .where(plan.owner_id == owner_id)
    )
    return {(one, other) for one, other in session.execute(query)}


def _keep(found: list[Finding], owners: dict[str, int], now: datetime, session: Session) -> None:
    """Make *found* all that is known to differ in the rows of *owners*."""
    session.execute(delete(Alteration).where(Alteration.owner_id.in_(owners.values())))
    rows = {
        (each.owner, each.name): {
            "owner_id": owners[each.owner],
            "name": each.name,
            "kind": each.kind,
            "found_at": now,
        }
        for each in found
    }
    if rows:
        session.execute(insert(Alteration), list(rows.values()))


def _mark(found: list[Finding], owners: dict[str, int], session: Session) -> None:
    """Have exactly the licences of *found* count for nothing, whatever somebody made of their marks."""
    whole = {owners[each.owner] for each in found if each.kind == FILE}
    single = {(owners[each.owner], each.name) for each in found}
    query = select(Licence.id, Licence.owner_id, Licence.name, Licence.altered)
    wrong = [
        {"id": number, "altered": not altered}
        for number, owner_id, name, altered in session.execute(
            query.where(Licence.owner_id.in_(owners.values()))
        )
        if altered != (owner_id in whole or (owner_id, name) in single)
    ]
    if wrong:
        session.execute(update(Licence), wrong)
    session.expire_all()
