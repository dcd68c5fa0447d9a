"""Verdicts on what a good signature stands under, in the order of formats.md 1; nothing is changed by any."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest
from unit.superoffice_tab.building import NOW, SERIAL, Installation, Issuer, claims, module
from unit.superoffice_tab.judged import code, seconds, verdict

from superoffice_tab.domain.verdicts import Verdict


class TestFields:
    @pytest.mark.parametrize(
        "payload", [b"", b"\xff", b"[]", b"{", b"[" * 100_000, b'{"seq": NaN}', b'{"seq":1,"seq":2}']
    )
    def test_claims_that_are_no_object_are_refused(self, installation: Installation, payload: bytes):
        content = installation.issuer.file({}, payload=payload or b" ")
        assert code(installation, content) == "fields"

    @pytest.mark.parametrize(("place", "value"), [
        ("seq", "2"), ("seq", True), ("seq", -1), ("seq", 2**63), ("seq", 2.5), ("iat", None),
        ("nbf", 10**12),
        ("aud", 1801001239), ("aud", "18-01"), ("iss", "SUPER OFFICE"), ("iss", ""), ("more", 1),
        ("licence", []), ("licence.CompanyName", ""), ("licence.CompanyName", "x" * 255),
        ("licence.CompanyName", "a\x00b"), ("licence.CompanyName", "\ud800"), ("licence.Signature", "x"),
        ("licence.ExpiryDate", "2027-06-30T00:00:00Z"), ("licence.ExpiryDate", "2027-06-30T12:00:00"),
        ("licence.ExpiryDate", "2027-02-30T00:00:00"), ("licence.ExpiryDate", 20270630),
        ("licence.ModuleLicenses", {}), ("licence.ModuleLicenses", None),
        ("licence.ModuleLicenses.0.LicenseType", "Userlicense"),
        ("licence.ModuleLicenses.0.LicenseType", 3),
        ("licence.ModuleLicenses.0.NumberOfLicenses", -1),
        ("licence.ModuleLicenses.0.NumberOfLicenses", 2**31),
        ("licence.ModuleLicenses.0.NumberOfLicenses", "3"),
        ("licence.ModuleLicenses.0.NumberOfLicenses", None),
        ("licence.ModuleLicenses.0.Unrestricted", "false"),
        ("licence.ModuleLicenses.0.IsHidden", 1),
        ("licence.ModuleLicenses.0.ModuleName", "a b"),
        ("licence.ModuleLicenses.0.ModuleName", "TEN-SERVICE"),
        ("licence.ModuleLicenses.0.ExtraInfo", "x" * 4000),
        ("licence.ModuleLicenses.0.Seats", 1),
    ])  # fmt: skip
    def test_a_field_that_is_not_what_it_should_be_is_named(
        self, installation: Installation, place: str, value: Any
    ):
        content = claims(2)
        *path, last = place.split(".")
        target: Any = content
        for step in path:
            target = target[int(step) if step.isdigit() else step]
        target[last] = value
        error = verdict(installation, content)
        assert error.verdict is Verdict.FIELDS
        named = "ModuleLicenses" if value == "TEN-SERVICE" else last
        assert named in error.detail

    @pytest.mark.parametrize("place", ["iss", "aud", "iat", "nbf", "seq", "licence"])
    def test_a_missing_claim_is_named(self, installation: Installation, place: str):
        content = claims(2)
        del content[place]
        assert verdict(installation, content).detail.startswith(place)


class TestOwnerMismatch:
    @pytest.mark.parametrize("change", ["key", "set", "module"])
    def test_one_file_speaks_of_one_owner(self, installation: Installation, change: str):
        content = claims(2)
        header = {}
        if change == "key":
            header = {"owner_key": installation.issuer.statement(owner="ACME")}
        elif change == "set":
            content["licence"]["OwnerName"] = "ACME"
        else:
            content["licence"]["ModuleLicenses"][3]["OwnerName"] = "ACME"
        error = verdict(installation, installation.issuer.file(content, header=header))
        assert error.verdict is Verdict.OWNER_MISMATCH
        assert "ACME" in error.detail


class TestSerial:
    def test_a_set_for_another_installation_is_not_ours(self, installation: Installation):
        error = verdict(installation, claims(2, serial="1600007775"))
        assert error.verdict is Verdict.SERIAL
        assert "1600007775" in error.detail
        assert SERIAL in error.detail

    def test_a_wrong_confirmation_confirms_nothing(self, installation: Installation):
        assert code(installation, claims(2, serial="1600007775"), serial="1600007776") == "serial"

    def test_a_file_must_agree_with_itself(self, installation: Installation):
        assert code(installation, claims(2, SerialNr="1600007775")) == "serial"

    def test_another_owner_comes_after_superoffice(self, empty: Installation):
        assert code(empty, acme(empty).file(acme_claims()), roots=acme(empty).roots) == "serial"

    def test_another_owner_must_carry_the_installations_number(self, installation: Installation):
        vendor = acme(installation)
        content = vendor.file(acme_claims(serial="1600007775"))
        assert code(installation, content, roots=vendor.roots) == "serial"
        assert code(installation, content, roots=vendor.roots, serial="1600007775") == "serial"


class TestClockMovedBack:
    def test_a_clock_behind_what_the_database_has_seen_stops_activation(self, installation: Installation):
        earlier = dataclasses.replace(installation, now=NOW - timedelta(minutes=30))
        assert code(earlier, claims(2)) == "clock-moved-back"

    def test_machines_may_differ_by_seconds(self, installation: Installation):
        dataclasses.replace(installation, now=NOW - timedelta(seconds=20)).load(claims(2))

    def test_the_mark_never_sinks(self, installation: Installation):
        dataclasses.replace(installation, now=NOW + timedelta(days=1)).load(claims(2))
        late = dataclasses.replace(installation, now=NOW + timedelta(days=1, seconds=-60))
        late.load(claims(3))
        assert (
            code(dataclasses.replace(installation, now=NOW + timedelta(days=1, seconds=-150)), claims(4))
            == "clock-moved-back"
        )


class TestNotYetValid:
    def test_a_set_starts_on_its_day(self, installation: Installation):
        content = claims(2) | {"nbf": seconds(seconds=-1)}
        assert code(installation, content) == "not-yet-valid"
        dataclasses.replace(installation, now=NOW + timedelta(seconds=1)).load(content)


class TestExpired:
    def test_the_grace_date_is_the_last_day_in_the_installations_zone(self, installation: Installation):
        """At 23:30 in Oslo it is still that day; half an hour later it is not, though UTC is behind."""
        content = claims(2, ExpiryDate="2026-11-12T00:00:00", GraceDate="2026-11-24T00:00:00")
        midnight = NOW.replace(hour=23, minute=0)
        assert code(dataclasses.replace(installation, now=midnight), content) == "expired"
        dataclasses.replace(installation, now=midnight - timedelta(minutes=1)).load(content)

    def test_expiry_alone_does_not_stop_while_grace_lasts(self, installation: Installation):
        installation.load(claims(2, ExpiryDate="2026-11-01T00:00:00", GraceDate="2026-12-01T00:00:00"))

    def test_without_a_grace_date_there_is_no_grace(self, installation: Installation):
        assert code(installation, claims(2, ExpiryDate="2026-11-23T00:00:00", GraceDate=None)) == "expired"

    @pytest.mark.parametrize("never", [None, "0001-01-01T00:00:00"])
    def test_no_date_is_never(self, installation: Installation, never: str | None):
        installation.load(claims(2, ExpiryDate=never, GraceDate=never))


class TestReplayed:
    @pytest.mark.parametrize("seq", [0, 1])
    def test_a_number_not_above_the_one_in_force_is_a_replay(self, installation: Installation, seq: int):
        assert code(installation, claims(seq)) == "replayed"

    def test_a_serial_number_that_comes_back_does_not_bring_old_sets_back(self, installation: Installation):
        """Numbers are counted for each serial number."""
        installation.load(claims(1, serial="1600007775"), serial="1600007775")
        assert code(installation, claims(1), serial=SERIAL) == "replayed"
        installation.load(claims(2), serial=SERIAL)


class TestOrder:
    """The first that applies is the verdict: one file with every fault, mended one after the other."""

    def test_faults_are_found_in_the_order_of_the_format(self, installation: Installation):
        issuer, stranger = installation.issuer, Issuer()
        late = dataclasses.replace(installation, now=NOW - timedelta(hours=1))
        bad = claims(1, serial="1600007775", GraceDate="2026-01-01T00:00:00") | {"nbf": seconds(days=-1)}
        bad["licence"]["ModuleLicenses"][0]["OwnerName"] = "ACME"
        senseless = {**bad, "seq": "one"}
        stated = {"owner_key": issuer.statement(exp=seconds(days=1))}
        damaged = json.loads(issuer.file(senseless)) | {"signature": "AAAA"}
        found = [
            code(late, stranger.file(senseless, header={"typ": "JWT"})),
            code(late, stranger.file(senseless, header=stated | {"owner_key": stranger.statement()})),
            code(late, issuer.file(senseless, header=stated)),
            code(late, json.dumps(damaged).encode()),
            code(late, senseless),
            code(late, bad),
        ]
        assert found == ["type", "unknown-root", "owner-key-expired", "signature", "fields", "owner-mismatch"]
        bad["licence"]["ModuleLicenses"][0]["OwnerName"] = "SUPEROFFICE"
        assert code(late, bad) == "serial"
        bad["aud"] = bad["licence"]["SerialNr"] = SERIAL
        assert code(late, bad) == "clock-moved-back"
        assert code(installation, bad) == "not-yet-valid"
        bad["nbf"] = seconds(days=1)
        assert code(installation, bad) == "expired"
        bad["licence"]["GraceDate"] = None
        assert code(installation, bad) == "replayed"
        bad["seq"] = 2
        installation.load(bad)


def acme(installation: Installation) -> Issuer:
    vendor = Issuer("ACME")
    vendor.root = installation.issuer.root
    return vendor


def acme_claims(serial: str = SERIAL) -> dict[str, Any]:
    return claims(modules=(module("spin", 7),), owner="ACME", serial=serial, OwnerDescription="Acme")
