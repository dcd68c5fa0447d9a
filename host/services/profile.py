"""What people choose for themselves."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from host.api.errors import InputError
from host.api.values import N_
from host.domain.audit import AuditEntry
from host.domain.languages import LANGUAGES
from host.domain.people import Account
from host.storage import people as store
from host.storage.records import add_audit

from .house import House


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())  # goes through a folder of files


@cache
def zones() -> tuple[str, ...]:
    """The time zones to choose from: those that are named for a place, and UTC."""
    return (*sorted(each for each in _known() if "/" in each and _is_place(each)), "UTC")


def choose(house: House, account: Account, language: str, timezone: str) -> None:
    """Remember the language somebody reads and the zone their times are shown in.

    Args:
        house: The house.
        account: Whose.
        language: Its code; "" to follow the browser.
        timezone: IANA name; "" for the installation's.

    Raises:
        InputError: There is no such language or zone.
    """
    if language and language not in LANGUAGES:
        raise InputError(N_("There is no such language here. Choose one of the list. Nothing was changed."))
    if timezone and timezone not in _known():
        raise InputError(N_("There is no such time zone. Choose one of the list. Nothing was changed."))
    before = {"language": account.language, "timezone": account.timezone}
    after = {"language": language or None, "timezone": timezone or None}
    if before == after:
        return
    with house.stores.host.writing() as session:
        store.change_account(session, account.number, **after)
        entry = AuditEntry(
            house.clock(), account.user_id, "host", "account.choices_changed", account.user_id,
            dict(before), dict(after),
        )  # fmt: skip
        add_audit(session, entry)


def _is_place(zone: str) -> bool:
    return zone.partition("/")[0] not in {
        "Etc",
        "SystemV",
        "US",
        "Brazil",
        "Canada",
        "Chile",
        "Mexico",
        "posix",
    }
