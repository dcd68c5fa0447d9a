"""Load a licence file: verify it and put it in force at once, or change nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from host.api import Actor, Work
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.domain.keys import Roots

from . import state
from .accepting import accept, signed
from .putting_in_force import Activation, put_in_force
from .refusals import CompanyNotConfirmedError, TooManyHoldersError
from .waiting import waiting

__all__ = ["Activation", "CompanyNotConfirmedError", "TooManyHoldersError", "load_licence"]


def load_licence(
    content: bytes,
    *,
    source: str,
    roots: Roots,
    confirmed: Confirmation,
    timezone: str,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
) -> Activation:
    """Put the set in *content* in force, in the place of the owner's set that is.

    Holders are counted inside the transaction, after everybody else who changes them was locked out. What
    was planned is done if the same file waits to be activated.

    Args:
        content: The file as it came; it is kept.
        source: Its name, for messages.
        roots: Pinned root keys.
        confirmed: A new serial number or company name that was typed.
        timezone: IANA name of the zone that days are counted in.

    Raises:
        VerdictError: The file is not accepted.
        CompanyNotConfirmedError: It renames the company without confirmation.
        TooManyHoldersError: Licences have more holders than it allows; carries the deficits.
        PlanOutdatedError: Something that was planned can no longer be done.
    """
    now, session = clock(), work.session
    file = signed(content, source=source, roots=roots, now=now)
    state.lock(session)
    accept(file, confirmed=confirmed, timezone=timezone, now=now, session=session)
    waits = waiting(file.claims.issuer, session)
    plan_of = waits.id if waits is not None and waits.content == content else None
    return put_in_force(
        *(file.claims, content),
        plan_of=plan_of,
        roots=roots,
        timezone=timezone,
        work=work,
        actor=actor,
        now=now,
    )
