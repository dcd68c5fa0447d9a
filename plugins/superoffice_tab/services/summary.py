"""The licence side of the Status tab's Database section (domain.md 1.5, 1.6)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import N_, Plain
from status_tab.api import Fact, LicenceSummary
from superoffice_tab.domain.licences import SUPEROFFICE
from superoffice_tab.storage.models import Owner

from .use import user_counts

LONGEST = 254
"""Characters of a fact."""


def licence_summary(session: Session, users_since: date | None = None) -> LicenceSummary | None:
    """Company, serial number and subscription of SUPEROFFICE, and the nearest expiry over all owners.

    Args:
        users_since: From which day on the daily count of users is added; None for not at all.

    Returns:
        None while no SUPEROFFICE licence was loaded.
    """
    rows = session.execute(
        select(Owner.name, Owner.company, Owner.serial, Owner.product_description, Owner.expiry)
    ).all()
    main = next((row for row in rows if row.name == SUPEROFFICE), None)
    if main is None:
        return None
    next_expiry = min(((row.expiry, row.name) for row in rows if row.expiry), default=(None, ""))
    return LicenceSummary(
        company=main.company,
        serial=main.serial,
        subscription=main.product_description,
        next_expiry=next_expiry[0],
        next_expiry_owner=next_expiry[1],
        users=() if users_since is None else user_counts(session, users_since),
    )


def facts(session: Session) -> list[Fact]:
    """Whose licences are in force beside SUPEROFFICE's; nothing where there are no others."""
    others = session.scalars(select(Owner.name).where(Owner.name != SUPEROFFICE).order_by(Owner.name)).all()
    if not others:
        return []
    names = ", ".join(others)
    if len(names) > LONGEST:
        names = f"{names[: LONGEST - 1]}…"
    return [Fact(key="other-owners", label=N_("Add-on licences of"), value=Plain(names))]
