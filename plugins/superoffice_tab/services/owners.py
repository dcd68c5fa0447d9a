"""Module owners: whose licences there are, which tabs that makes, where more are bought (domain.md 1.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from host.api import Plain, Tab, Work, without_sign_in
from superoffice_tab.api import ModuleOwner as Declared
from superoffice_tab.domain.licences import SUPEROFFICE, tab_of
from superoffice_tab.domain.permissions import MANAGE, VIEW
from superoffice_tab.storage.changing import ModuleOwner, PendingSet
from superoffice_tab.storage.dialect import insert_into
from superoffice_tab.storage.models import Owner

_SAID = (ModuleOwner.title, ModuleOwner.licence_url, ModuleOwner.shop_url)
FIRST = 20
"""Place of the first tab in the row; the others follow it."""


def owner_names(session: Session) -> list[str]:
    """All that have a tab: SUPEROFFICE, then by name whose licences are here, wait, or can be had."""
    known = union(select(Owner.name), select(PendingSet.owner), select(ModuleOwner.name))
    others = set(session.execute(known).scalars()) - {SUPEROFFICE}
    return [SUPEROFFICE, *sorted(others)]


def tabs(session: Session) -> list[Tab]:
    """A tab for each of them."""
    return [
        Tab(id=tab_of(name), title=Plain(name), order=FIRST + place, view=VIEW, manage=MANAGE)
        for place, name in enumerate(owner_names(session))
    ]


def shop_url(owner: str, session: Session, settings: Mapping[str, Any]) -> str:
    """Where licences of *owner*, upper case, are bought; "" where nobody said (domain.md 1.3).

    It is shown to whoever reads a page: no name and password stands in it.
    """
    if owner == SUPEROFFICE:
        said = settings["shop_url"]
    else:
        said = session.scalar(select(ModuleOwner.shop_url).where(ModuleOwner.name == owner))
    return without_sign_in(str(said or ""))


def note_declared(
    answers: Iterable[tuple[str, list[Declared]]], *, work: Work, clock: Callable[[], datetime]
) -> bool:
    """Keep the module owners that plugins declare. What was kept stays when a plugin no longer declares it.

    Args:
        answers: Plugin ids with what each declares; the first to declare an owner has it.

    Returns:
        Whether there is another tab now, or one less.
    """
    session = work.session
    before = owner_names(session)
    columns = (ModuleOwner.name, ModuleOwner.plugin, *_SAID)
    kept = {name: (plugin, said) for name, plugin, *said in session.execute(select(*columns)).all()}
    for plugin, declared in answers:
        for each in declared:
            values = {"title": each.title, "licence_url": each.licence_url, "shop_url": each.shop_url}
            of, said = kept.get(each.name, (plugin, None))
            if each.name == SUPEROFFICE or of != plugin or said == [*values.values()]:
                continue
            kept[each.name] = (plugin, [*values.values()])
            written = insert_into(ModuleOwner, session).values(
                name=each.name, plugin=plugin, declared_at=clock(), **values
            )
            session.execute(written.on_conflict_do_update(index_elements=["name"], set_=values))
            told = {key: without_sign_in(value) for key, value in values.items()}
            work.audit("owner.declared", each.name, after={"plugin": plugin, **told})
    return owner_names(session) != before
