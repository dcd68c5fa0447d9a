"""Verdicts on a file and its signatures, in the order of formats.md 1, and nothing changed by any."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey
from unit.superoffice_tab.building import Installation, Issuer, _registry, claims
from unit.superoffice_tab.judged import code, seconds, verdict

from host.api import InputError
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.verdicts import MESSAGES, Verdict


def test_the_codes_are_those_of_the_format_in_its_order():
    assert [each.value for each in Verdict] == [
        "too-large", "malformed", "type", "algorithm", "unknown-root", "owner-key-expired", "signature",
        "fields", "owner-mismatch", "serial", "clock-moved-back", "not-yet-valid", "expired", "replayed",
    ]  # fmt: skip


@pytest.mark.parametrize("each", list(Verdict))
def test_every_message_says_what_did_not_change_and_what_to_do(each: Verdict):
    text = MESSAGES[each].id
    assert "Nothing was changed" in text
    assert text.count(".") >= 3


def test_an_error_names_the_file_and_the_code(installation: Installation):
    error = verdict(installation, b"{}")
    assert isinstance(error, InputError)
    assert str(error).startswith("set.lic: This is not a licence file")
    assert str(error).endswith("[malformed]")


class TestTooLarge:
    def test_five_million_bytes_are_read_and_one_more_is_not(self, installation: Installation):
        assert code(installation, b" " * 5_000_001) == "too-large"
        assert code(installation, b" " * 5_000_000) == "malformed"


class TestMalformed:
    @pytest.mark.parametrize("content", [
        b"", b"null", b"[]", b"\xff\xfe", b"PK\x03\x04", b'{"payload": ""}', b"[" * 100_000,
        b'{"protected": "e30", "payload": "e30", "signature": "", "header": {}}',
        b'{"protected": 1, "payload": "e30", "signature": ""}',
        b'{"protected": "e30", "payload": "e3", "signature": ""}',
        b'{"protected": "e30", "payload": "e30=", "signature": ""}',
        b'{"protected": "W10", "payload": "e30", "signature": ""}',
        b'{"protected": "e30", "payload": "e30", "payload": "e30", "signature": ""}',
        '{"protected": "e30", "payload": "ø", "signature": ""}'.encode(),
        b'{"protected": "\\u006530", "payload": "e30", "signature": ""}',
    ])  # fmt: skip
    def test_what_is_no_flattened_jws_is_malformed(self, installation: Installation, content: bytes):
        assert code(installation, content) == "malformed"

    def test_a_compact_jws_is_not_the_flattened_form(self, installation: Installation):
        members = json.loads(installation.issuer.file(claims(2)))
        compact = ".".join(members[name] for name in ("protected", "payload", "signature"))
        assert code(installation, compact.encode()) == "malformed"

    @pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "crit", "b64", "cty"])
    def test_a_header_that_could_lead_elsewhere_is_refused(self, installation: Installation, name: str):
        value = {"jwk": {}, "crit": ["b64"], "b64": False}.get(name, "https://example.com")
        header = {"alg": "Ed25519", "typ": "tabhost-licence+json", "kid": "x", "owner_key": "x", name: value}
        encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        content = json.dumps({"protected": encoded, "payload": "e30", "signature": "AAAA"})
        assert code(installation, content.encode()) == "malformed"


class TestType:
    @pytest.mark.parametrize("typ", ["JWT", "tabhost-owner-key+json", "TABHOST-LICENCE+JSON", "", None])
    def test_only_a_licence_file_is_a_licence_file(self, installation: Installation, typ: str | None):
        assert code(installation, installation.issuer.file(claims(2), header={"typ": typ})) == "type"


class TestAlgorithm:
    @pytest.mark.parametrize("alg", ["none", "HS256", "EdDSA", "ES256", "ed25519", 7, None])
    def test_the_file_does_not_choose_the_algorithm(self, installation: Installation, alg: Any):
        issuer = installation.issuer
        header = {
            "alg": alg,
            "typ": "tabhost-licence+json",
            "kid": issuer.key.thumbprint(),
            "owner_key": issuer.statement(),
        }
        header = {name: value for name, value in header.items() if value is not None}
        members = json.loads(issuer.file(claims(2)))
        members["protected"] = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        assert code(installation, json.dumps(members).encode()) == "algorithm"

    def test_a_public_key_used_as_a_shared_secret_opens_nothing(self, installation: Installation):
        """The classic confusion: HS256 with the public key as the secret."""
        issuer = installation.issuer
        header = {
            "alg": "HS256",
            "typ": "tabhost-licence+json",
            "kid": issuer.key.thumbprint(),
            "owner_key": issuer.statement(),
        }
        secret = OctKey.import_key(issuer.key.as_dict(private=False)["x"])
        signed = jws.serialize_json(
            {"protected": header}, json.dumps(claims(2)), secret, registry=_registry(header)
        )
        assert code(installation, json.dumps(signed).encode()) == "algorithm"


class TestUnknownRoot:
    def test_a_root_that_is_not_pinned_is_unknown(self, installation: Installation):
        error = verdict(installation, Issuer().file(claims(2)))
        assert error.verdict is Verdict.UNKNOWN_ROOT
        assert installation.issuer.root.thumbprint() in error.detail

    def test_without_any_pinned_root_nothing_is_accepted(self, empty: Installation):
        assert code(empty, claims(), roots=Roots()) == "unknown-root"

    def test_the_name_of_a_root_is_not_its_signature(self, installation: Installation):
        stranger = OKPKey.generate_key("Ed25519")
        kid = {"kid": installation.issuer.root.thumbprint()}
        statement = installation.issuer.statement(root=stranger, header=kid)
        assert (
            code(installation, installation.issuer.file(claims(2), header={"owner_key": statement}))
            == "unknown-root"
        )

    def test_an_owner_key_is_not_a_root(self, installation: Installation):
        """An owner cannot make owners."""
        statement = installation.issuer.statement(root=installation.issuer.key)
        assert (
            code(installation, installation.issuer.file(claims(2), header={"owner_key": statement}))
            == "unknown-root"
        )

    @pytest.mark.parametrize("header", [{"typ": "tabhost-licence+json"}, {"typ": "JWT"}])
    def test_what_a_root_signed_for_something_else_is_no_owner_key(
        self, installation: Installation, header: Any
    ):
        statement = installation.issuer.statement(header=header)
        assert (
            code(installation, installation.issuer.file(claims(2), header={"owner_key": statement}))
            == "unknown-root"
        )

    @pytest.mark.parametrize("changes", [
        {"owner": 7}, {"nbf": None}, {"exp": "tomorrow"}, {"exp": 10**30}, {"jwk": {"kty": "OKP"}},
        {"jwk": None},
    ])  # fmt: skip
    def test_an_incomplete_statement_is_none(self, installation: Installation, changes: Any):
        statement = installation.issuer.statement(**changes)
        assert (
            code(installation, installation.issuer.file(claims(2), header={"owner_key": statement}))
            == "unknown-root"
        )

    @pytest.mark.parametrize("statement", [None, "", "a.b.c", "e30.e30.", "W10.e30.AAAA", "é", "." * 5000])
    def test_a_missing_or_broken_statement_is_none(self, installation: Installation, statement: str | None):
        issuer = installation.issuer
        assert code(installation, issuer.file(claims(2), header={"owner_key": statement})) == "unknown-root"


class TestOwnerKeyExpired:
    @pytest.mark.parametrize("period", [
        {"nbf": seconds(days=-1)}, {"exp": seconds(days=1)}, {"exp": seconds()},
    ], ids=["not valid yet", "expired", "expired this second"])  # fmt: skip
    def test_an_owner_key_outside_its_period_signs_nothing(self, installation: Installation, period: Any):
        statement = installation.issuer.statement(**period)
        content = installation.issuer.file(claims(2), header={"owner_key": statement})
        assert code(installation, content) == "owner-key-expired"


class TestSignature:
    def test_a_payload_that_was_changed_does_not_fit(self, installation: Installation):
        members = json.loads(installation.issuer.file(claims(2)))
        members["payload"] = base64.urlsafe_b64encode(json.dumps(claims(3)).encode()).rstrip(b"=").decode()
        assert code(installation, json.dumps(members).encode()) == "signature"

    def test_another_key_than_the_stated_one_does_not_fit(self, installation: Installation):
        statement = installation.issuer.statement(key=OKPKey.generate_key("Ed25519"))
        content = installation.issuer.file(claims(2), header={"owner_key": statement})
        assert code(installation, content) == "signature"

    @pytest.mark.parametrize("kid", ["", "other", None])
    def test_a_kid_that_is_not_the_thumbprint_does_not_fit(self, installation: Installation, kid: str | None):
        assert code(installation, installation.issuer.file(claims(2), header={"kid": kid})) == "signature"

    @pytest.mark.parametrize("signature", ["", "AAAA", "A" * 2000])
    def test_a_signature_of_another_length_does_not_fit(self, installation: Installation, signature: str):
        members = json.loads(installation.issuer.file(claims(2))) | {"signature": signature}
        assert code(installation, json.dumps(members).encode()) == "signature"
