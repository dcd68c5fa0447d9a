"""Who is asking, in what language, and of which house: what every part of a request can find out."""

from __future__ import annotations

from flask import current_app, g, request

from host.api.values import Actor
from host.domain.languages import is_zone
from host.domain.people import SignedIn
from host.engine.declaring import Opening
from host.services.decided import Decided
from host.services.house import House
from host.services.settling import Follower

from .announcing import Announcements
from .frames import Frames
from .rendering import Renderer
from .texts import chosen_language
from .transport import Transport


class Household:
    """What every request can reach: kept at ``app.extensions["tabhost"]``.

    Args:
        house: The house.
        renderers: A renderer for each owner.
        bring: Brings a visit to its plugin.
        opening: How to give a plugin `current_host`, for reading.
    """

    def __init__(
        self, house: House, renderers: dict[str, Renderer], bring: Transport, opening: Opening
    ) -> None:
        self.house, self.renderers, self.bring, self.opening = house, renderers, bring, opening
        self.follower = Follower(house, opening)
        self.frames = Frames()
        self.announcements = Announcements(house, renderers)


def household() -> Household:
    """The house and the renderers of the application that serves this request."""
    found: Household = current_app.extensions["tabhost"]
    return found


def signed_in() -> SignedIn | None:
    """Who is signed in, as the doors found out."""
    found: SignedIn | None = g.get("signed_in")
    return found


def actor() -> Actor:
    """Who acts; somebody without any permission if nobody is signed in."""
    found: Actor = g.get("actor") or Actor(user_id="")
    return found


def language() -> str:
    """By account, then browser, then installation; found out once a request."""
    found: str | None = g.get("language")
    if found is None:
        found = g.language = _language()
    return found


def _language() -> str:
    person = signed_in()
    wish = person.account.language if person else None
    browser = [code for code, _ in request.accept_languages]
    return chosen_language([wish], browser, household().house.language)


def timezone() -> str:
    """By account, then installation."""
    person = signed_in()
    wish = person.account.timezone if person else None
    return wish if wish and is_zone(wish) else household().house.timezone


def decided() -> Decided:
    """What people and plugins decided; asked once a request."""
    if "decided" not in g:
        g.decided = household().follower.now()
    found: Decided = g.decided
    return found


def switched_off() -> frozenset[str]:
    """Ids of the plugins that are off."""
    return decided().off
