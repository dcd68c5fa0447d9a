"""The envelope: whatever one bit of a good file becomes, the file is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey
from unit.superoffice_tab.building import NOW, Issuer, claims, module

from superoffice_tab.domain.envelope import verify
from superoffice_tab.domain.keys import NotAnEd25519KeyError, Roots, public_key
from superoffice_tab.domain.verdicts import VerdictError

ISSUER = Issuer()
SMALL = claims(modules=(module("spin"),))


def refused(content: bytes) -> str:
    with pytest.raises(VerdictError) as caught:
        verify(content, ISSUER.roots, NOW)
    return caught.value.verdict.value


class TestSingleBitChanges:
    def test_every_single_bit_of_a_compact_file_matters(self):
        """All of them, one after the other."""
        good = ISSUER.file(SMALL)
        verify(good, ISSUER.roots, NOW)
        accepted = []
        for place in range(len(good) * 8):
            changed = bytearray(good)
            changed[place // 8] ^= 1 << place % 8
            try:
                verify(bytes(changed), ISSUER.roots, NOW)
                accepted.append(place)
            except VerdictError:
                pass
        assert accepted == []

    @pytest.mark.parametrize(
        "written",
        [
            lambda good: json.dumps(good, indent=4).encode(),
            lambda good: json.dumps(good, indent="\t").encode(),
            lambda good: json.dumps(good, indent="\t").replace("\n", "\r\n").encode(),
            lambda good: json.dumps(good, separators=(" ,\t", "\t:  ")).encode(),
        ],
        ids=["spaces", "tabs", "carriage returns", "blanks around"],
    )
    def test_white_space_changes_nothing_and_hides_nothing(self, written: Any):
        """However a program lays the file out, it is accepted as it came and refused with one bit changed."""
        good = written(json.loads(ISSUER.file(SMALL)))
        assert verify(good, ISSUER.roots, NOW).payload == json.dumps(SMALL).encode()
        blanks = [place for place, byte in enumerate(good) if byte in b' \t\r\n{}:,"']
        for place in blanks:
            for bit in range(8):
                changed = bytearray(good)
                changed[place] ^= 1 << bit
                refused(bytes(changed))

    @given(st.data())
    @settings(max_examples=200, deadline=None)
    def test_any_bit_of_a_large_file_matters(self, data: st.DataObject):
        good = LARGE
        place = data.draw(st.integers(0, len(good) * 8 - 1))
        changed = bytearray(good)
        changed[place // 8] ^= 1 << place % 8
        refused(bytes(changed))

    @given(st.binary(max_size=400))
    def test_junk_is_malformed_and_never_an_error_of_ours(self, junk: bytes):
        assert refused(junk) == "malformed"


LARGE = ISSUER.file(claims(), indent=1)


class TestOtherPrograms:
    def test_a_file_signed_without_any_jose_library_verifies(self):
        """RFC 8032 and base64 are all that an issuer needs."""
        root, owner = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()

        def encoded(data: bytes) -> str:
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        def jwk(key: Ed25519PrivateKey) -> dict[str, str]:
            return {"kty": "OKP", "crv": "Ed25519", "x": encoded(key.public_key().public_bytes_raw())}

        def thumbprint(key: Ed25519PrivateKey) -> str:
            text = json.dumps({name: jwk(key)[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
            return encoded(hashlib.sha256(text.encode()).digest())

        def part(value: Any) -> str:
            return encoded(json.dumps(value).encode())

        said = {
            "owner": "SUPEROFFICE",
            "jwk": jwk(owner),
            "nbf": int(NOW.timestamp()),
            "exp": int(NOW.timestamp()) + 60,
        }
        by = {"alg": "Ed25519", "kid": thumbprint(root), "typ": "tabhost-owner-key+json"}
        statement = f"{part(by)}.{part(said)}"
        statement += "." + encoded(root.sign(statement.encode()))
        header = {
            "alg": "Ed25519",
            "typ": "tabhost-licence+json",
            "kid": thumbprint(owner),
            "owner_key": statement,
        }
        protected, payload = part(header), part(SMALL)
        signature = encoded(owner.sign(f"{protected}.{payload}".encode()))
        file = json.dumps({"payload": payload, "protected": protected, "signature": signature}).encode()
        assert verify(file, Roots([public_key(jwk(root))]), NOW).owner_key.owner == "SUPEROFFICE"


class TestKeys:
    @pytest.mark.parametrize("jwk", [
        OKPKey.generate_key("Ed25519").as_dict(private=True),
        OKPKey.generate_key("X25519").as_dict(private=False),
        OKPKey.generate_key("Ed448").as_dict(private=False),
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519"},
        [], None, "key",
    ], ids=["private", "X25519", "Ed448", "secret", "short", "no x", "list", "null", "text"])  # fmt: skip
    def test_nothing_but_a_public_ed25519_key_is_trusted(self, jwk: Any):
        with pytest.raises(NotAnEd25519KeyError):
            public_key(jwk)
