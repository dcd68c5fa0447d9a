"""What needs attention on the tab of a module owner, in one badge."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from host.api import N_, Badge
from superoffice_tab.domain.expiry import licence_state
from superoffice_tab.domain.licences import OwnerDates
from superoffice_tab.storage.changing import Alteration, PendingSet
from superoffice_tab.storage.models import Owner

_DATES = (Owner.next_check, Owner.warning, Owner.expiry, Owner.grace, Owner.maintenance)


def badge(owner: str, session: Session, today: date) -> Badge | None:
    """The badge of *owner*, upper case: what blocks first, then what waits; None where nothing does.

    Args:
        today: In the installation's zone.
    """
    altered = session.scalar(
        select(func.count()).select_from(Alteration).join(Owner).where(Owner.name == owner)
    )
    if altered:
        return Badge(text="!", title=N_("The licence rows were altered"), kind="warn")
    row = session.execute(select(*_DATES).where(Owner.name == owner)).mappings().one_or_none()
    if row is not None and licence_state(OwnerDates(**row), today).standing != "ok":
        return Badge(text="!", title=N_("The licence expires or has expired"), kind="warn")
    if session.scalar(select(PendingSet.id).where(PendingSet.owner == owner)) is not None:
        return Badge(text="1", title=N_("A new licence waits"))
    return None
