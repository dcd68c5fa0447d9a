"""The issuer's side: keys, signing, and a look into any file."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey
from unit.superoffice_tab.building import NOW, SERIAL, Issuer, claims

from host.api import InputError
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.verdicts import Verdict, VerdictError
from superoffice_tab.services.inspecting import check, explain
from superoffice_tab.services.issuing import KeyPair, make_keys, sign_file
from superoffice_tab.services.roots import pinned


def clock():
    return NOW


def explained(content: bytes, roots: Roots) -> str:
    return "\n".join(explain(content, roots, timezone="Europe/Oslo", clock=clock))


@pytest.fixture
def keys(tmp_path: Path) -> tuple[KeyPair, KeyPair]:
    return make_keys(tmp_path / "root"), make_keys(tmp_path / "acme")


def signed(keys: tuple[KeyPair, KeyPair], content: object, target: str = "set.lic", days: int = 30) -> Path:
    root, owner = keys
    source = root.public.with_name("claims.json")
    source.write_text(json.dumps(content))
    file = root.public.with_name(target)
    sign_file(
        source, root_key=root.private, owner_key=owner.private, owner_key_days=days, target=file, clock=clock
    )
    return file


class TestKeys:
    def test_a_private_key_is_readable_by_its_owner_alone(self, keys: tuple[KeyPair, KeyPair]):
        for pair in keys:
            assert stat.S_IMODE(pair.private.stat().st_mode) == 0o600
            assert "d" in json.loads(pair.private.read_text())
            assert "d" not in json.loads(pair.public.read_text())

    def test_the_name_of_a_key_is_its_thumbprint(self, keys: tuple[KeyPair, KeyPair]):
        public = json.loads(keys[0].public.read_text())
        assert keys[0].thumbprint == public["kid"] == OKPKey.import_key(public).thumbprint()

    @pytest.mark.parametrize("half", ["private", "public"])
    def test_a_key_is_never_overwritten(self, tmp_path: Path, half: str):
        there = tmp_path / f"root.{half}.jwk"
        there.write_text("mine")
        with pytest.raises(InputError, match=rf"root\.{half}\.jwk: there is a key already"):
            make_keys(tmp_path / "root")
        assert there.read_text() == "mine"
        assert list(tmp_path.iterdir()) == [there]


class TestSigning:
    def test_what_was_signed_is_good_where_the_root_is_pinned(self, keys: tuple[KeyPair, KeyPair]):
        file = signed(keys, claims(7))
        found = check(file.read_bytes(), pinned(keys[0].public), source="", timezone="UTC", clock=clock)
        assert (found.issuer, found.audience, found.seq) == ("SUPEROFFICE", SERIAL, 7)

    def test_issued_and_not_before_are_now_unless_said(self, keys: tuple[KeyPair, KeyPair]):
        content = claims()
        del content["iat"], content["nbf"]
        file = signed(keys, content)
        found = check(file.read_bytes(), pinned(keys[0].public), source="", timezone="UTC", clock=clock)
        assert found.issued_at == found.not_before == NOW

    def test_the_root_vouches_for_the_owners_key_as_long_as_asked(self, keys: tuple[KeyPair, KeyPair]):
        file, roots = signed(keys, claims(), days=30), pinned(keys[0].public)
        check(file.read_bytes(), roots, source="", timezone="UTC", clock=lambda: NOW + timedelta(days=29))
        with pytest.raises(VerdictError) as caught:
            check(file.read_bytes(), roots, source="", timezone="UTC", clock=lambda: NOW + timedelta(days=30))
        assert caught.value.verdict is Verdict.OWNER_KEY_EXPIRED

    @pytest.mark.parametrize(
        "content", [[], {}, {"iss": "ACME"}, claims() | {"seq": ""}, claims() | {"a": 1}]
    )
    def test_what_nobody_would_accept_is_not_signed(self, keys: tuple[KeyPair, KeyPair], content: object):
        with pytest.raises(InputError, match=r"claims\.json"):
            signed(keys, content)
        assert not keys[0].public.with_name("set.lic").exists()

    def test_a_file_that_is_there_stays(self, keys: tuple[KeyPair, KeyPair]):
        signed(keys, claims(1))
        with pytest.raises(InputError, match="exists already"):
            signed(keys, claims(2))

    def test_a_public_key_signs_nothing(self, keys: tuple[KeyPair, KeyPair]):
        root, owner = keys
        with pytest.raises(InputError, match=r"acme\.public\.jwk: this is not a private Ed25519 key"):
            signed((root, KeyPair(private=owner.public, public=owner.public, thumbprint="")), claims())


class TestRoots:
    def test_a_file_a_set_and_a_folder_pin_the_same_keys(self, keys: tuple[KeyPair, KeyPair], tmp_path: Path):
        public = [json.loads(pair.public.read_text()) for pair in keys]
        folder = tmp_path / "roots"
        folder.mkdir()
        (folder / "readme.txt").write_text("not a key")
        for number, jwk in enumerate(public):
            (folder / f"{number}.jwk").write_text(json.dumps(jwk))
        (tmp_path / "set.json").write_text(json.dumps({"keys": public}))
        both = sorted(pair.thumbprint for pair in keys)
        assert pinned(folder).thumbprints == pinned(str(tmp_path / "set.json")).thumbprints == both
        assert pinned(keys[0].public).thumbprints == [keys[0].thumbprint]

    @pytest.mark.parametrize("nothing", [None, "", " "])
    def test_nothing_pins_nothing(self, nothing: str | None):
        assert len(pinned(nothing)) == 0

    @pytest.mark.parametrize("content", ["", "{}", "[]", '{"keys": []}', '{"keys": [{}]}', "\xff"])
    def test_what_is_no_key_is_named(self, tmp_path: Path, content: str):
        path = tmp_path / "root.jwk"
        path.write_text(content, encoding="latin-1")
        with pytest.raises(InputError, match=r"root\.jwk"):
            pinned(path)

    def test_a_private_key_does_not_belong_into_an_installation(self, keys: tuple[KeyPair, KeyPair]):
        with pytest.raises(InputError, match=r"root\.private\.jwk: .*private key"):
            pinned(keys[0].private)

    def test_a_missing_file_and_an_empty_folder_are_named(self, tmp_path: Path):
        for path in (tmp_path / "nowhere.jwk", tmp_path):
            with pytest.raises(InputError, match=str(path)):
                pinned(path)


class TestExplaining:
    def test_a_good_file_is_told_with_all_it_grants(self):
        issuer = Issuer()
        text = explained(issuer.file(claims(7)), issuer.roots)
        for each in (
            "Owner: SUPEROFFICE (SuperOffice AS)", f"For: Example Trading AS, serial number {SERIAL}",
            "Set: number 7", "Expires: 2027-06-30 (218 days left)", "superoffice.ten-sales  3",
            "unrestricted", "a trusted root", "Signature: fits the owner key", "Verdict: good.",
        ):  # fmt: skip
            assert each in text

    def test_without_roots_it_is_told_and_called_unverified(self):
        text = explained(Issuer().file(claims()), Roots())
        assert "superoffice.ten-sales  3" in text
        assert text.endswith("Verdict: nothing above is verified, because no root key was given.")

    @pytest.mark.parametrize(("change", "says"), [
        (lambda file: b"", "Verdict: malformed."),
        (lambda file: file[:-1], "Verdict: malformed."),
        (lambda file: b" " * 6_000_000, "Verdict: too-large."),
        (lambda file: file.replace(json.loads(file)["signature"][:9].encode(), b"AAAAAAAAA"), "does NOT fit"),
        (lambda file: Issuer().file(claims()), "not among the given root keys"),
        (lambda file: json.dumps(json.loads(file) | {"protected": "e30"}).encode(), "Owner key: missing"),
    ])  # fmt: skip
    def test_a_bad_file_is_told_too(self, change: object, says: str):
        issuer = Issuer()
        text = explained(change(issuer.file(claims())), issuer.roots)  # type: ignore[operator]
        assert says in text
        assert "Verdict: " in text.splitlines()[-1]

    def test_what_is_signed_but_no_set_is_told(self):
        issuer = Issuer()
        text = explained(issuer.file({"seq": 1}), issuer.roots)
        assert "Claims: not a licence set" in text
        assert "Verdict: fields." in text

    def test_a_stranger_does_not_steer_the_terminal(self):
        issuer = Issuer()
        text = explained(issuer.file(claims(CompanyName="\x1b[2J\x1b[31mOwned")), issuer.roots)
        assert "\x1b" not in text
        assert "[31mOwned" in text
