"""What stands above an owner's list: whose it is, how the last check went, what waits, what was altered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from host.api import NotFoundError, Plain, Text
from superoffice_tab.domain.licences import SUPEROFFICE
from superoffice_tab.domain.wording import unpacked
from superoffice_tab.storage import statements
from superoffice_tab.storage.changing import Alteration, Check, ModuleOwner, PendingSet
from superoffice_tab.storage.models import Owner

from .reading import OwnerView

_SILENT = Plain("")
NAMED = 10
"""How many altered rows are named; the others are counted."""


class Altered(NamedTuple):
    """A row that was altered.

    Args:
        name: Code name of the licence; "" for the owner's own row, or the file.
        kind: As of an ``Alteration``.
        what: Names of what differs in it.
    """

    name: str
    kind: str
    what: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """How asking an owner's licence server went the last time, and what came of it (domain.md 1.4).

    Args:
        status: A name of ``LicenseStatus``; "" where the server was never asked.
        message: What the server or the check said; empty for nothing.
        url: Address that came with the message; "" for none.
        checked_at: When it was asked; None for never.
        next_try: When it is asked again after a failure; None where the owner's own date says it.
        waiting: Number of the set that waits to be activated; None for none.
        altered: How many rows no longer say what the signed file says (domain.md 1.10).
        rows: The first of them, or all.
    """

    status: str = ""
    message: Text | Plain = _SILENT
    url: str = ""
    checked_at: datetime | None = None
    next_try: datetime | None = None
    waiting: int | None = None
    altered: int = 0
    rows: tuple[Altered, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerPage:
    """A module owner that has a tab.

    Args:
        name: Owner name, upper case.
        title: Display name.
        owner: With the set in force; None while there is none.
        hidden: How many of its licences are hidden.
    """

    name: str
    title: str
    owner: OwnerView | None
    news: News
    hidden: int = 0

    @property
    def has_news(self) -> bool:
        """Whether the last check, or what was altered, leaves something to say to whoever opens the page."""
        news = self.news
        if news.altered or news.waiting is not None:
            return True
        return news.status not in ("", "Ok") and not (news.status in _NEWER and self.up_to_date)

    @property
    def up_to_date(self) -> bool:
        """Whether nothing newer than the set in force is known of, as far as anybody asked."""
        news = self.news
        if self.owner is None or news.checked_at is None or news.waiting is not None:
            return False
        return news.status in _SETTLED or (
            news.status in _NEWER and self.owner.activated_at >= news.checked_at
        )


_SETTLED = ("Ok", "NewLicenseActivated")
_NEWER = ("NewLicenseAvailable", "NewCompanyNameAvailable", "NewSerialAvailable")
"""Names of ``LicenseStatus``: nothing is new, and something is that does not activate itself."""
_OF_OWNER = tuple(field.name for field in fields(OwnerView))
_OF_NEWS = tuple(field.name for field in fields(News))


def owner_page(name: str, session: Session, *, named: int | None = NAMED) -> OwnerPage:
    """What is known of the owner called *name*, in any case.

    Args:
        named: How many altered rows are named; None for all.

    Raises:
        NotFoundError: No add-on declared such an owner, and no licence file of theirs was ever received.
    """
    wanted = name.upper()
    row = session.connection().execute(statements.OWNER_AND_NEWS, {"owner": wanted}).mappings().one_or_none()
    if row is None:
        return _without_set(wanted, named, session)
    owner = OwnerView(**{key: row[key] for key in _OF_OWNER})
    return OwnerPage(
        name=owner.name,
        title=owner.description,
        owner=owner,
        news=_named(_news(row), wanted, named, session),
        hidden=row["hidden"],
    )


def _without_set(name: str, named: int | None, session: Session) -> OwnerPage:
    title = session.scalar(select(ModuleOwner.title).where(ModuleOwner.name == name))
    waiting = session.scalar(select(PendingSet.seq).where(PendingSet.owner == name))
    if title is None and waiting is None and name != SUPEROFFICE:
        raise NotFoundError(f"No module owner is called “{name}” here.")
    columns = (Check.status, Check.message, Check.url, Check.checked_at, Check.next_try)
    check = session.execute(select(*columns).where(Check.owner == name)).mappings().one_or_none()
    altered = session.scalar(select(func.count(Alteration.name)).join(Owner).where(Owner.name == name))
    news = _news({**(check or {}), "waiting": waiting, "altered": altered})
    return OwnerPage(name=name, title=title or name, owner=None, news=_named(news, name, named, session))


def _named(news: News, owner: str, most: int | None, session: Session) -> News:
    """*news* with the rows that were altered; asked only where there are some."""
    if not news.altered:
        return news
    query = select(Alteration.name, Alteration.kind, Alteration.what).join(Owner).where(Owner.name == owner)
    rows = session.execute(query.order_by(Alteration.name).limit(most))
    return replace(news, rows=tuple(Altered(*row) for row in rows))


def _news(row: Mapping[Any, Any]) -> News:
    known = {key: row[key] for key in _OF_NEWS if row.get(key) is not None}
    return News(**{**known, "message": unpacked(known.get("message", ""))})
