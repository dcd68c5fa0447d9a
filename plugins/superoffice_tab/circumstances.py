"""What every door hands to the services: for whom they work, when, and what is trusted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypedDict

from host.api import Actor, Work, current_host

from .domain.keys import Roots
from .services.checking import Fetch
from .services.fetching import fetch
from .services.roots import pinned


class Circumstances(TypedDict):
    """The collaborators of a service that changes something."""

    timezone: str
    work: Work
    actor: Actor
    clock: Callable[[], datetime]


def circumstances() -> Circumstances:
    """Those of the request or command that is served."""
    return Circumstances(
        timezone=current_host.installation_timezone,
        work=current_host.work,
        actor=current_host.actor,
        clock=current_host.clock,
    )


def asking() -> Fetch:
    """How licence servers are asked: as far as the operator allows it."""
    return partial(fetch, http=current_host.http)


def trusted() -> Roots:
    """The root keys that are pinned here."""
    return pinned(current_host.settings["root_keys"])
