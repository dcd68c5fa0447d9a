"""What running events and alerts put above every page (domain.md 1.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from host.api import N_, Actor, Banner, Plain, Text, current_host
from status_tab import declared
from status_tab.domain.alerts import AlertKind
from status_tab.domain.events import SystemEvent
from status_tab.domain.metered import METERED_SERVICES
from status_tab.services.additions import with_past_services
from status_tab.services.alerts import open_alerts
from status_tab.services.effects import login_closed, message_of_the_day

TAB = "status"
CLOSED = N_("No Login")
NOBODY = N_("Only administrators can sign in.")
ALERTS = {
    AlertKind.NEAR: N_("More than %(share)s of what this month includes has been used.", share="85 %"),
    AlertKind.REACHED: N_(
        "All that this month includes has been used. What comes is billed in extra packages."
    ),
    AlertKind.PACE: N_("This month is heading above what it includes."),
}
TITLES: Mapping[str, Text | Plain] = {service.id: service.title for service in METERED_SERVICES}
LONGEST_TITLE = 60
"""Characters of the title of a banner."""


def banners(actor: Actor, session: Session, now: datetime) -> list[Banner]:
    """What stands above the pages of *actor*; on the sign-in page only that it is closed.

    Args:
        actor: Who reads; somebody without a user id on the sign-in page.
        session: The store.
        now: The time now.
    """
    closed = login_closed(session, now)
    found = [_closed(closed, now)] if closed and (not actor.user_id or actor.may("status.manage")) else []
    if actor.user_id:
        found += [_message(each, now) for each in message_of_the_day(session, now, actor.user_id)]
    if actor.may("status.manage"):
        found += _alerts(session, now)
    return found


def no_login(session: Session, now: datetime) -> Banner | None:
    """Why nobody but administrators may be here; None if they may."""
    closed = login_closed(session, now)
    return None if closed is None else _closed(closed, now)


def _closed(event: SystemEvent, now: datetime) -> Banner:
    said = event.message or event.description
    return Banner(kind="stop", title=CLOSED, more=Plain(said) if said else NOBODY, until=_until(event, now))


def _message(event: SystemEvent, now: datetime) -> Banner:
    said = event.description or event.message
    return Banner(
        kind="motd",
        title=N_("Message of the Day"),
        more=Plain(said[:1000]) if said else None,
        until=_until(event, now),
    )


def _all_titles(session: Session) -> Mapping[str, Text | Plain]:
    """Those of services that plugins declare too; translated, one may be longer than it was declared."""
    services = with_past_services(declared.services(), session, declared.say)
    own = {
        each.id: Plain(current_host.translate(each.title)[:LONGEST_TITLE]) for each in services if each.plugin
    }
    return {**TITLES, **own}


def _until(event: SystemEvent, now: datetime) -> datetime | None:
    """When it is expected to end, for as long as that lies ahead: most do not end by themselves."""
    return event.eta if event.eta is not None and event.eta > now else None


def _alerts(session: Session, now: datetime) -> Iterator[Banner]:
    month = now.astimezone(ZoneInfo(current_host.installation_timezone)).date()
    alerts = open_alerts(session, month)
    titles = TITLES if all(each.service in TITLES for each in alerts) else _all_titles(session)
    for alert in alerts:
        yield Banner(
            kind="info" if alert.kind is AlertKind.PACE else "warn",
            title=titles.get(alert.service, Plain(alert.service)),
            more=ALERTS[alert.kind],
            tab=TAB,
            path=f"metered/{alert.service}/",
        )
