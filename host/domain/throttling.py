"""How often somebody may try in vain, and how long they wait afterwards (ASVS 6.1.1, 6.3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

LONGEST_PAUSE = timedelta(minutes=15)
NETWORK_BITS = 64
"""Of an IPv6 address: whoever has one has all that begin with the same."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How much patience there is.

    Args:
        free: Attempts that may fail without a pause.
        forget: After this long without an attempt that failed, everything is forgiven.
    """

    free: int
    forget: timedelta


ACCOUNT = Rule(free=5, forget=timedelta(hours=1))
ADDRESS = Rule(free=30, forget=timedelta(minutes=15))
"""A company's people may all come from one address."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What failed so far.

    Args:
        failures: How often.
        until: When the next attempt is looked at.
        last: When the last one was.
    """

    failures: int
    until: datetime
    last: datetime


def pause_after(rule: Rule, failures: int) -> timedelta:
    """The pause after so many failures: none at first, then 1, 2, 4 … seconds, at most `LONGEST_PAUSE`."""
    beyond = failures - rule.free
    if beyond <= 0:
        return timedelta()
    return min(timedelta(seconds=2 ** min(beyond - 1, 20)), LONGEST_PAUSE)


def counted(rule: Rule, tried: Tried | None, now: datetime) -> Tried:
    """One more attempt that fails, or has not succeeded yet."""
    fresh = tried is None or now - tried.last >= rule.forget
    failures = 1 if fresh or tried is None else tried.failures + 1
    return Tried(failures=failures, until=now + pause_after(rule, failures), last=now)


def network_of(address: str) -> str:
    """What an address counts as: itself, or the network of an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> NETWORK_BITS << NETWORK_BITS)}/{NETWORK_BITS}"
