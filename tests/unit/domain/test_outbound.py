"""Whom the host may call: what an operator writes, and which addresses are of the open net."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.domain.errors import ConfigurationError
from host.domain.outbound import Allowed, allowed_from, is_private, is_public

NOBODY = Allowed()
NEVER_PUBLIC = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
]  # fmt: skip
SECRET_TELLERS = ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"]


def within(network):
    """Addresses of a network."""
    return st.integers(0, network.num_addresses - 1).map(lambda each: network[each])


not_public = st.sampled_from([ip_network(each) for each in NEVER_PUBLIC]).flatmap(within)
carried = [
    ("mapped", lambda each: f"::ffff:{each}"),
    ("compatible", lambda each: f"::{each}"),
    ("translated", lambda each: f"64:ff9b::{each}"),
    ("6to4", lambda each: str(IPv6Address((0x2002 << 112) | (int(each) << 80)))),
    ("isatap", lambda each: f"2001:4860::5efe:{each}"),
]


class TestAddresses:
    @given(not_public)
    def test_those_of_no_open_net_are_not_public(self, address):
        """However a name came to stand for them."""
        assert not is_public(address)
        assert not NOBODY.may_reach("example.com", 443, address)

    @pytest.mark.parametrize(("kind", "written"), carried, ids=[each[0] for each in carried])
    @given(address=not_public)
    def test_nor_are_they_when_another_address_carries_them(self, kind, written, address):
        """Of version 6, which a gateway would turn into them."""
        assert not is_public(ip_address(written(address)))

    @pytest.mark.parametrize(
        "text", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
    )
    def test_others_are(self, text):
        """Else nothing above would show anything."""
        assert is_public(ip_address(text))
        assert NOBODY.may_reach("example.com", 443, ip_address(text))

    @pytest.mark.parametrize(
        "text",
        [
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "2001:db8::1",
            "fec0::1",
            *SECRET_TELLERS,
        ],
    )
    def test_nor_are_these(self, text):
        """Of this machine, of a company, of nobody; and where clouds tell secrets."""
        assert not is_public(ip_address(text))

    @pytest.mark.parametrize(
        "text", ["10.1.2.3", "127.0.0.1", "192.168.0.9", "100.64.3.3", "::1", "fd12::1", "::ffff:10.0.0.1"]
    )
    def test_a_name_that_is_allowed_may_stand_for_the_companys_own(self, text):
        """That is what it is allowed for."""
        assert is_private(ip_address(text))
        assert allowed_from("inside.example").may_reach("inside.example", 443, ip_address(text))
        assert not allowed_from("inside.example").may_reach("other.example", 443, ip_address(text))

    @pytest.mark.parametrize(
        "text",
        [
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::",
            "fe80::1",
            "::ffff:169.254.169.254",
            *SECRET_TELLERS,
        ],
    )
    def test_but_for_none_that_tells_secrets(self, text):
        """Whoever owns the name could point it there."""
        assert not allowed_from("inside.example").may_reach("inside.example", 80, ip_address(text))

    def test_such_a_one_must_itself_be_in_the_list(self):
        """As it is, not by a name."""
        address = IPv4Address("169.254.169.254")
        assert allowed_from("169.254.169.254").may_reach("169.254.169.254", 80, address)
        assert not allowed_from("169.254.169.253").may_reach("169.254.169.254", 80, address)

    @given(within(IPv6Network("::/0")))
    def test_none_is_both(self, address):
        """And none makes it stumble."""
        assert not (is_public(address) and is_private(address))


class TestNames:
    def test_one_with_a_port_is_allowed_there_only(self):
        """In any case, with or without the dot at its end."""
        allowed = allowed_from("Licences.Example.com, localhost:8443 [fd00::1]:81")
        assert allowed.names("LICENCES.example.com.", 1234)
        assert allowed.names("localhost", 8443)
        assert not allowed.names("localhost", 80)
        assert allowed.names("fd00::1", 81)
        assert not allowed.names("evil-licences.example.com", 443)
        assert not allowed.names("licences.example.com.evil.example", 443)

    def test_without_tls_only_those_are_called(self):
        """What is said there can be read and changed on the way."""
        allowed = allowed_from("inside.example")
        assert allowed.why_not("http", "inside.example", 80) == ""
        assert "without TLS" in allowed.why_not("http", "other.example", 80)
        assert allowed.why_not("https", "other.example", 443) == ""

    @pytest.mark.parametrize("scheme", ["ftp", "file", "gopher", "", "unix"])
    def test_other_schemes_are_none(self, scheme):
        """Allowed or not."""
        assert allowed_from("inside.example").why_not(scheme, "inside.example", 80)

    def test_an_operator_can_have_nobody_else_called(self):
        """ASVS 13.2.4."""
        allowed = allowed_from("inside.example", "listed")
        assert "is not in TABHOST_OUTBOUND_ALLOW" in allowed.why_not("https", "example.com", 443)
        assert allowed.why_not("https", "inside.example", 443) == ""

    @pytest.mark.parametrize(
        "text",
        [
            "https://a.example",
            "a.example/path",
            "a:b",
            "a:0",
            "a:70000",
            "[::1",
            "[1.2]:3",
            "*",
            "a b:",
            "user@a",
        ],
    )
    def test_what_is_no_host_is_refused_by_name(self, text):
        """The operator is told which variable it is."""
        with pytest.raises(ConfigurationError, match="TABHOST_OUTBOUND_ALLOW"):
            allowed_from(text)

    def test_so_is_a_mode_that_is_none(self):
        """With what was expected."""
        with pytest.raises(
            ConfigurationError, match=r"TABHOST_OUTBOUND is .all.\. Expected public or listed"
        ):
            allowed_from("", "all")
