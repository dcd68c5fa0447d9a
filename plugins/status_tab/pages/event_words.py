"""What events mean for people: while they last, and once somebody has ended them (domain.md 1.9)."""

from __future__ import annotations

from host.api import N_, Text
from status_tab.domain.events import MESSAGE_OF_THE_DAY, NO_LOGIN, Status, SystemEvent

WHILE_IT_LASTS: dict[str, Text] = {
    NO_LOGIN: N_("Nobody but administrators can sign in while it lasts."),
    "no-freetext": N_("No free-text index is built for Travel databases while it lasts."),
    "no-travel": N_("Nobody can travel while it lasts."),
    MESSAGE_OF_THE_DAY: N_("It stands above every page while it lasts."),
    "udef-rebuild": N_("The fields that are being published cannot be used while it lasts."),
    "freetext-rebuild": N_("Free-text search is incomplete while it lasts."),
    "prototype-rebuild": N_("Travel functions are unavailable while it lasts."),
    "rou-rebuild": N_("Status images, counters and the Statistics tab are unavailable while it lasts."),
}
ONLY_SEEN = N_("It changes nothing; people see it among the notifications.")
"""Of types that plugins declare."""
AFTERWARDS: dict[str, Text] = {
    NO_LOGIN: N_("Everybody can sign in again."),
    "no-freetext": N_("The free-text index of Travel databases is built again."),
    "no-travel": N_("Everybody can travel again."),
    MESSAGE_OF_THE_DAY: N_("It no longer stands above every page."),
    "freetext-rebuild": N_("Free-text search stays incomplete until a rebuild has run to its end."),
    "prototype-rebuild": N_("Travel functions stay unavailable until a prototype has been made."),
    "rou-rebuild": N_("Status images and counters are as far as it has come."),
}
_STOPS = N_("Its program learns of it with its next sign of life, and should stop. What it has done is kept.")
_DEAD = N_("Its program gave no sign of life, and its effects have ended already. It leaves the list.")
_NOT_YET = N_("It has not started, so nothing changes for anybody. It leaves the list.")


def ending_does(event: SystemEvent, status: Status) -> list[Text]:
    """What ending *event* does, in the state it is in."""
    if status is Status.SCHEDULED:
        return [_NOT_YET]
    if status is Status.STALE:
        return [_DEAD]
    said = [AFTERWARDS[event.key]] if event.key in AFTERWARDS else []
    return [*said, *([_STOPS] if event.lease_until else [])]
