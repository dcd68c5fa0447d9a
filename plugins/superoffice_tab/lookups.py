"""What the JSON API and the commands look up before they answer, or say that it is not there."""

from __future__ import annotations

from host.api import NotFoundError, current_host

from .circumstances import trusted
from .domain.licences import full_name
from .services import pending, putting_back, reading
from .services.details import Details, details
from .services.reading import OwnerView


def code_of(owner: str, licence: str) -> str:
    """Code name of *licence*, which may be called by its full module name, in any case."""
    return licence.lower().removeprefix(full_name(owner, ""))


def licence_of(owner: str, licence: str) -> tuple[OwnerView, Details]:
    """A licence in force, and its owner.

    Args:
        owner: Owner name, in any case.
        licence: Code name or full module name, in any case.

    Raises:
        NotFoundError: No licence of the owner was loaded, or they have none of that name.
    """
    session = current_host.session
    found = reading.known_owner(owner, session)
    opened = details(found, code_of(owner, licence), session)
    if opened is None:
        raise NotFoundError(f"{found.name} has no licence “{licence}” in force.")
    return found, opened


def pending_of(owner: str) -> pending.PendingView:
    """The set of *owner*, in any case, that waits, judged as things are now.

    Raises:
        NotFoundError: None waits.
    """
    found = pending.pending(
        owner,
        session=current_host.session,
        roots=trusted(),
        timezone=current_host.installation_timezone,
        clock=current_host.clock,
    )
    if found is None:
        raise NotFoundError(f"No new licence of “{owner.upper()}” waits to be activated.")
    return found


def put_back_of(owner: str) -> putting_back.PutBackView:
    """What undoing the last activation of *owner*, in any case, would do.

    Raises:
        NotFoundError: There is nothing to undo.
    """
    found = putting_back.preview(
        owner,
        session=current_host.session,
        roots=trusted(),
        timezone=current_host.installation_timezone,
        clock=current_host.clock,
    )
    if found is None:
        raise NotFoundError(
            f"There is nothing to put back: no set of “{owner.upper()}” is in force, or it is the first, or "
            "it was put back itself."
        )
    return found
