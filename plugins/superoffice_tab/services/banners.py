"""What stands above every page: that a licence expires, or has expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import N_, Banner, Plain, Text
from superoffice_tab.domain.expiry import LicenceState, Standing, licence_state
from superoffice_tab.domain.licences import OwnerDates, tab_of
from superoffice_tab.domain.wording import ngettext
from superoffice_tab.storage.models import Owner

_DATES = (Owner.next_check, Owner.warning, Owner.expiry, Owner.grace, Owner.maintenance)


def banners(session: Session, today: date, *, warned: bool) -> list[Banner]:
    """One for each owner whose licence expires soon or has expired (domain.md 1.5), the worst first.

    Args:
        today: In the installation's zone.
        warned: Whether the reader is told before the expiry date, too.
    """
    return [
        banner
        for _, banner in sorted(_found(session, today), key=lambda pair: pair[0])
        if warned or banner.kind == "stop"
    ]


def _found(session: Session, today: date) -> Iterator[tuple[int, Banner]]:
    for name, *dates in session.execute(select(Owner.name, *_DATES)):
        known = dict(zip((each.key for each in _DATES), dates, strict=True))
        state = licence_state(OwnerDates(**known), today)
        if state.standing is not Standing.OK and state.days_left is not None:
            kind = "warn" if state.standing is Standing.WARNING else "stop"
            yield (
                state.days_left,
                Banner(kind=kind, title=Plain(name), more=_sentence(state), tab=tab_of(name)),
            )


def _sentence(state: LicenceState) -> Text:
    left = state.days_left or 0
    if state.standing is not Standing.WARNING:
        return ngettext("The licence expired %(n)d day ago.", "The licence expired %(n)d days ago.", -left)
    if left == 0:
        return N_("The licence expires today.")
    return ngettext("The licence expires in %(n)d day.", "The licence expires in %(n)d days.", left)
