"""Whom the host may call by itself: which names, and which addresses behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from .errors import ConfigurationError

VARIABLE, MODE_VARIABLE = "TABHOST_OUTBOUND_ALLOW", "TABHOST_OUTBOUND"
PUBLIC, LISTED = "public", "listed"
Address = IPv4Address | IPv6Address

_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9_.-]+))(?::(?P<port>[0-9]{1,5}))?")
_CARRIERS = tuple(map(IPv6Network, ("::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48")))
"""Addresses of version 6 that are one of version 4: mapped, compatible, and translated (NAT64)."""
_SITE = IPv6Network("fec0::/10")
"""A company's own, as they were once."""
_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
_METADATA = frozenset(map(ip_address, ("168.63.129.16", "192.0.0.192", "100.100.100.200", "fd00:ec2::254")))
"""Where clouds tell a machine its own secrets, as far as that is no link-local address."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whom the operator allows by name.

    Args:
        hosts: Host in small letters, and port; None for every port.
        listed_only: Whether nobody else is called at all (ASVS 13.2.4, 13.2.5).
    """

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    listed_only: bool = False

    @property
    def text(self) -> str:
        """The hosts as an operator writes them, for `allowed_from`."""
        written = ((f"[{host}]" if ":" in host else host, port) for host, port in self.hosts)
        return " ".join(sorted(host if port is None else f"{host}:{port}" for host, port in written))

    def names(self, host: str, port: int) -> bool:
        """Whether the operator named *host*, for that *port*."""
        plain = host.lower().rstrip(".")
        return (plain, None) in self.hosts or (plain, port) in self.hosts

    def why_not(self, scheme: str, host: str, port: int) -> str:
        """Why that host may not be called, whatever stands behind its name; "" if it may."""
        if scheme not in {"http", "https"} or not host:
            return "that is no address of a web server"
        named = self.names(host, port)
        if self.listed_only and not named:
            return f"{host}:{port} is not in {VARIABLE}"
        if scheme == "http" and not named:
            return f"{host}:{port} is asked without TLS, which is only allowed for hosts in {VARIABLE}"
        return ""

    def may_reach(self, host: str, port: int, address: Address) -> bool:
        """Whether *address* may be connected to when *host* is called.

        A name that is allowed may stand for an address of the company's own network, but for none where a
        machine is told its secrets: such a one must itself be in the list.
        """
        if is_public(address):
            return True
        if not self.names(host, port):
            return False
        return is_private(address) or _same(host, address)


def allowed_from(text: str, mode: str = "") -> Allowed:
    """What the operator wrote in `VARIABLE` and `MODE_VARIABLE`.

    Raises:
        ConfigurationError: It cannot be read.
    """
    if mode not in {"", PUBLIC, LISTED}:
        raise ConfigurationError(f"{MODE_VARIABLE} is {mode!r}. Expected {PUBLIC} or {LISTED}.")
    hosts = set()
    for part in text.lower().replace(",", " ").split():
        found = _HOST.fullmatch(part)
        port = int(found["port"]) if found and found["port"] else None
        if found is None or (port is not None and not 1 <= port <= 65_535) or not _is_address(found["six"]):
            raise ConfigurationError(
                f"{VARIABLE} names {part!r}. Expected hosts, such as licences.example.com, localhost:8443."
            )
        hosts.add((str(ip_address(found["six"])) if found["six"] else found["name"].rstrip("."), port))
    return Allowed(frozenset(hosts), mode == LISTED)


def _is_address(text: str | None) -> bool:
    try:
        return text is None or bool(IPv6Address(text))
    except ValueError:
        return False


def is_public(address: Address) -> bool:
    """Whether *address* is one of the open net, however it is written (ASVS 1.3.6).

    An address of version 6 that carries one of version 4 is at most as good as that one.
    """
    inner = all(is_public(each) for each in _inner(address))
    if _only_carries(address):
        return inner
    odd = address.is_multicast or address.is_reserved or address in _METADATA or address in _SITE
    return inner and address.is_global and not odd


def is_private(address: Address) -> bool:
    """Whether it is an address of a company's own network, or of this machine."""
    if _only_carries(address):
        return all(is_private(each) for each in _inner(address))
    inner = all(is_private(each) or is_public(each) for each in _inner(address))
    odd = address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA
    reserved = address.is_reserved and not address.is_loopback
    return (
        inner
        and not odd
        and not reserved
        and (address.is_private or not address.is_global or address in _SITE)
    )


def _inner(address: Address) -> tuple[IPv4Address, ...]:
    """The addresses of version 4 that stand in one of version 6."""
    if isinstance(address, IPv4Address):
        return ()
    found = [address.sixtofour, *(address.teredo or ())]
    if _only_carries(address) or address.packed[8:12] in _ISATAP:
        found.append(IPv4Address(address.packed[12:]))
    return tuple(each for each in found if each is not None)


def _only_carries(address: Address) -> bool:
    """Whether all it says is an address of version 4."""
    if isinstance(address, IPv4Address) or address.is_loopback or address.is_unspecified:
        return False
    return any(address in each for each in _CARRIERS)


def _same(host: str, address: Address) -> bool:
    try:
        return ip_address(host) == address
    except ValueError:
        return False
