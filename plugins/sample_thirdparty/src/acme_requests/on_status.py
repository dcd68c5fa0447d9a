"""What we add to the Status tab: a metered service, a kind of system event, and two facts.

That tab is part of Tabhost, so its `api` can always be imported; but it may be switched off. That is a
`NotFoundError`, and none of our business: our own work goes on without it.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

from host.api import N_, NotFoundError, Plain, current_host
from status_tab.api import (
    Allowance,
    EventType,
    Fact,
    MeteredService,
    Tier,
    record_usage,
    set_facts,
)

from .services import count_open

REQUESTS = MeteredService(
    id="acme_requests.requests",
    title=N_("Requests for licences"),
    unit=N_("Added"),
    allowance=Allowance(tiers=(Tier(1, 50, 20), Tier(51, None, 50)), package=10, price="5.00"),
    vendor=Plain("Acme Inc."),
)
"""Up to 50 users have 20 requests a month included; ten more cost 5 euros."""

REVIEW = EventType(
    key="acme_requests.review",
    title=N_("Review of requests"),
    message=N_("Who holds by now what they asked for"),
)
"""While the command ``tabhost acme-requests review`` runs. Anybody who may end events may end it."""


def count_request(number: int) -> None:
    """Count one request.

    Usage is counted once by its source and id, however often it is sent. The number alone would not do for an
    id: it comes again when our tables were purged.
    """
    record = {
        "specversion": "1.0",
        "type": "tabhost.usage.recorded",
        "source": "//acme_requests",
        "id": str(uuid4()),
        "subject": f"request {number}",
        "time": current_host.clock().isoformat(),
        "data": {"service": REQUESTS.id, "value": 1},
    }
    with suppress(NotFoundError):
        record_usage(records=[record])


def tell_facts() -> None:
    """Tell how many requests are open and how many may be: in the place of what we told before."""
    facts = [
        Fact(key="open", label=N_("Open requests"), value=Plain(str(count_open(current_host.session)))),
        Fact(
            key="most-open",
            label=N_("Most open requests"),
            value=Plain(str(current_host.settings["most_open"])),
        ),
    ]
    with suppress(NotFoundError):
        set_facts(facts=facts)
