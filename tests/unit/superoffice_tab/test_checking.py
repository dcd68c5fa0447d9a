"""Fetching new licences: what becomes of every answer, and when a server is asked again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from builders.licence_server import LicenceServer, licence_server
from sqlalchemy import select, text
from unit.superoffice_tab.building import NOW, SERIAL, Issuer, claims, module
from unit.superoffice_tab.desk import KAAN, Desk, modules_with

from host.api.texts import english
from host.domain.outbound import allowed_from
from host.services.outbound import Outbound
from superoffice_tab.domain.keys import Roots, public_key
from superoffice_tab.domain.status import LicenseStatus, next_try
from superoffice_tab.services import pending, reading
from superoffice_tab.services.checking import CheckResult, check, due
from superoffice_tab.services.fetching import fetch
from superoffice_tab.services.owner_page import owner_page
from superoffice_tab.services.upkeep import check_due
from superoffice_tab.services.upkeep import next_try as next_look
from superoffice_tab.storage.changing import Check, ModuleOwner, PendingSet

FILE = f"/SUPEROFFICE/{SERIAL}.lic"


ASKING = partial(fetch, http=Outbound(allowed_from("127.0.0.1")).client)


@pytest.fixture
def server() -> Iterator[LicenceServer]:
    """A licence server that has nothing yet."""
    with licence_server() as found:
        yield found


def ask(desk: Desk, url: str, *, automatic: bool = True, owner: str = "SUPEROFFICE") -> CheckResult:
    """Check, and keep what it did."""
    settings: dict[str, Any] = {"licence_url": url, "automatic_updates": automatic}
    done = check(
        owner,
        settings=settings,
        roots=desk.roots,
        timezone=desk.timezone,
        work=desk.work,
        actor=KAAN,
        clock=desk.clock,
        get=ASKING,
    )
    desk.session.commit()
    return done


def kept(desk: Desk) -> Check:
    """How it went."""
    desk.session.expire_all()
    return desk.session.scalars(select(Check)).one()


def seq(desk: Desk) -> int:
    """Number of the set in force."""
    found = reading.owner("SUPEROFFICE", desk.session)
    assert found is not None
    return found.seq


class TestWhatComesOfIt:
    def test_a_new_set_waits(self, desk: Desk, server: LicenceServer):
        server.files[FILE] = desk.issuer.file(claims(2, modules=modules_with(module("spin", 9))))
        assert ask(desk, server.address).status is LicenseStatus.NEW_LICENCE
        waiting = desk.session.scalars(select(PendingSet)).one()
        assert (waiting.seq, waiting.source) == (2, f"{server.address}{FILE}")
        assert seq(desk) == 1

    @pytest.mark.parametrize(("automatic", "now"), [(True, 2), (False, 1)])
    def test_what_changes_nothing_activates_by_itself_where_it_may(self, desk, server, automatic, now):
        server.files[FILE] = desk.issuer.file(claims(2, ExpiryDate="2028-06-30T00:00:00", GraceDate=None))
        status = ask(desk, server.address, automatic=automatic).status
        assert (status, seq(desk)) == (
            LicenseStatus.ACTIVATED if automatic else LicenseStatus.NEW_LICENCE,
            now,
        )

    def test_an_owner_may_forbid_it(self, desk: Desk, server: LicenceServer):
        desk.load(claims(2, ExtraInfo="autoupdate=no"))
        server.files[FILE] = desk.issuer.file(claims(3, ExtraInfo="autoupdate=no"))
        assert ask(desk, server.address).status is LicenseStatus.NEW_LICENCE
        assert seq(desk) == 2

    def test_a_new_name_or_number_has_its_own_status(self, desk: Desk, server: LicenceServer):
        server.files[FILE] = desk.issuer.file(claims(2, CompanyName="Renamed AS"))
        assert ask(desk, server.address).status is LicenseStatus.NEW_COMPANY
        server.files[FILE] = desk.issuer.file(claims(3, serial="1600007775"))
        assert ask(desk, server.address).status is LicenseStatus.NEW_SERIAL

    def test_the_same_file_is_up_to_date(self, desk: Desk, server: LicenceServer):
        content = desk.issuer.file(claims(2))
        desk.load(content)
        server.files[FILE], server.headers["ETag"] = content, '"2"'
        assert ask(desk, server.address).status is LicenseStatus.OK
        assert ask(desk, server.address).status is LicenseStatus.OK
        assert server.asked == [(FILE, ""), (FILE, '"2"')]

    def test_what_waits_still_waits_when_the_server_has_nothing_newer(self, desk: Desk, server):
        server.files[FILE] = desk.issuer.file(claims(2, modules=modules_with(module("spin", 9))))
        server.headers["ETag"] = '"2"'
        ask(desk, server.address)
        assert ask(desk, server.address).status is LicenseStatus.NEW_LICENCE

    def test_what_was_discarded_comes_again_when_it_is_asked_for(self, desk: Desk, server: LicenceServer):
        """The server's “not modified” is believed only of the file in force."""
        server.files[FILE] = desk.issuer.file(claims(2, modules=modules_with(module("spin", 9))))
        server.headers["ETag"] = '"2"'
        ask(desk, server.address)
        pending.discard("SUPEROFFICE", work=desk.work)
        desk.session.commit()
        assert ask(desk, server.address).status is LicenseStatus.NEW_LICENCE

    def test_what_was_put_back_is_news_again(self, desk: Desk, server: LicenceServer):
        """So it is with a set that was in force, and is not any more."""
        server.files[FILE] = desk.issuer.file(claims(2, modules=modules_with(module("spin", 9))))
        server.headers["ETag"] = '"2"'
        ask(desk, server.address)
        desk.activate()
        assert ask(desk, server.address).status is LicenseStatus.OK
        desk.now += timedelta(minutes=1)
        desk.put_back()
        pending.discard("SUPEROFFICE", work=desk.work)
        desk.session.commit()
        assert ask(desk, server.address).status is LicenseStatus.NEW_LICENCE

    def test_no_password_of_the_server_is_kept(self, desk: Desk, server: LicenceServer):
        server.files[FILE] = desk.issuer.file(claims(2, modules=modules_with(module("spin", 9))))
        ask(desk, server.address.replace("//", "//me:secret@"))
        assert desk.session.scalars(select(PendingSet.source)).one() == f"{server.address}{FILE}"
        assert "secret" not in str(desk.work.audits)

    def test_no_file_for_this_installation_is_said(self, desk: Desk, server: LicenceServer):
        done = ask(desk, server.address)
        assert done.status is LicenseStatus.PROBLEM
        assert english(owner_page("SUPEROFFICE", desk.session).news.message) == (
            f"The licence server has no licence of SUPEROFFICE for serial number {SERIAL}."
        )


def break_the_store_for(seq: int, desk: Desk) -> None:
    """Have the store take no waiting set with this number: nothing that anybody foresees."""
    waits = {"owner": "OTHER", "serial": "1", "company": "", "seq": seq, "content": b"{}"}
    desk.session.add(PendingSet(**waits, issued_at=NOW, received_at=NOW, received_by="KAAN", source=""))
    desk.session.execute(text("CREATE UNIQUE INDEX one_number ON superoffice_tab_pending_set (seq)"))
    desk.session.commit()


class TestTrouble:
    """Nothing in force changes, the page says why, and the next try waits longer each time."""

    def test_a_refused_file_says_its_verdict(self, desk: Desk, server: LicenceServer):
        server.files[FILE] = b"{}"
        before = desk.everything()
        done = ask(desk, server.address)
        assert done.status is LicenseStatus.PROBLEM
        after = desk.everything()
        changed = {name for name in after if after[name] != before[name]}
        assert changed == {"superoffice_tab_check"}
        assert "not a licence file" in kept(desk).message

    def test_another_owners_licence_is_none_of_this_ones(self, desk: Desk, server: LicenceServer):
        """However well it is signed: nothing waits then, for either, and the server is asked later."""
        vendor = Issuer("ACME")
        server.files[FILE] = vendor.file(claims(2, owner="ACME", modules=(module("acme"),)))
        desk.trusted = Roots([public_key(each.root.as_dict(private=False)) for each in (vendor, desk.issuer)])
        before = desk.everything()
        done = ask(desk, server.address)
        assert done.status is LicenseStatus.PROBLEM
        after = desk.everything()
        assert {name for name in after if after[name] != before[name]} == {"superoffice_tab_check"}
        assert desk.work.audits[-1][3]["verdict"] == "owner-mismatch"
        assert kept(desk).next_try is not None

    def test_a_refused_file_is_written_down(self, desk: Desk, server: LicenceServer):
        server.files[FILE] = b"{}"
        ask(desk, server.address)
        action, subject, _, after = desk.work.audits[-1]
        assert (action, subject) == ("licence.refused", f"{server.address}{FILE}")
        assert (after["verdict"], after["sha256"]) == ("malformed", sha256(b"{}").hexdigest())

    def test_an_owner_that_fails_as_nobody_foresaw_keeps_no_other_from_being_asked(
        self, desk: Desk, server: LicenceServer
    ):
        vendor, day = Issuer("ACME"), {"LicenseUrl": server.address, "NextCheckDate": "2026-11-24T00:00:00"}
        desk.load(vendor.file(claims(owner="ACME", modules=(module("acme"),), **day)), roots=vendor.roots)
        desk.load(claims(2, **day))
        server.files[FILE.replace("SUPEROFFICE", "ACME")] = vendor.file(claims(2, owner="ACME", modules=()))
        server.files[FILE] = desk.issuer.file(claims(3, modules=modules_with(module("spin", 9))))
        break_the_store_for(2, desk)
        desk.trusted = Roots([public_key(each.root.as_dict(private=False)) for each in (vendor, desk.issuer)])
        found = check_due(
            settings={"licence_url": "", "automatic_updates": True},
            roots=desk.roots,
            timezone=desk.timezone,
            work=desk.work,
            actor=KAAN,
            clock=desk.clock,
            get=ASKING,
        )
        assert {each.owner: each.status for each in found} == {
            "ACME": LicenseStatus.UNKNOWN,
            "SUPEROFFICE": LicenseStatus.NEW_LICENCE,
        }
        assert next_look(desk.session, NOW) == NOW + timedelta(minutes=5)

    def test_a_server_that_is_down_is_asked_again_later_and_later(self, desk: Desk):
        for minutes in (5, 10, 20):
            assert ask(desk, "http://127.0.0.1:1").status is LicenseStatus.PROBLEM
            assert kept(desk).next_try == NOW + timedelta(minutes=minutes)
        assert seq(desk) == 1

    def test_no_server_is_said_too(self, desk: Desk):
        assert "No licence server" in str(ask(desk, "").text.id)

    def test_success_forgets_the_failures(self, desk: Desk, server: LicenceServer):
        ask(desk, "http://127.0.0.1:1")
        server.files[FILE] = desk.issuer.file(claims(2, modules=modules_with(module("spin", 9))))
        ask(desk, server.address)
        assert (kept(desk).failures, kept(desk).next_try) == (0, None)

    def test_the_pause_ends_at_a_day(self):
        assert next_try(NOW, 1) == NOW + timedelta(minutes=5)
        assert next_try(NOW, 500) == NOW + timedelta(days=1)


class TestWhen:
    def test_the_day_of_the_next_check_makes_it_due_once(self, desk: Desk, server: LicenceServer):
        desk.load(claims(2, NextCheckDate="2026-11-24T00:00:00"))
        assert due(desk.session, NOW - timedelta(days=1), desk.timezone) == []
        assert due(desk.session, NOW, desk.timezone) == ["SUPEROFFICE"]
        server.files[FILE] = desk.issuer.file(claims(2, NextCheckDate="2026-11-24T00:00:00"))
        ask(desk, server.address)
        assert due(desk.session, NOW + timedelta(hours=1), desk.timezone) == []
        assert due(desk.session, NOW + timedelta(days=1), desk.timezone) == ["SUPEROFFICE"]

    def test_where_there_is_nobody_to_ask_no_other_try_is_promised(self, desk: Desk):
        """So it is no reason to look sooner, either; where a set is in force, its day still comes."""
        assert ask(desk, "").next_try is None
        assert ask(desk, "", owner="ACME").status is LicenseStatus.PROBLEM
        assert due(desk.session, NOW + timedelta(hours=1), desk.timezone) == []
        assert next_look(desk.session, NOW + timedelta(hours=1)) is None

    def test_an_owner_without_a_set_is_asked_again_once_somebody_did_in_vain(self, desk: Desk):
        """As the page promises; not when nobody announces that owner any more, for then it has no page."""
        said = {"title": "Acme", "licence_url": "http://127.0.0.1:1", "shop_url": "", "plugin": "acme"}
        acme = ModuleOwner(name="ACME", declared_at=NOW, **said)
        desk.session.add(acme)
        desk.session.commit()
        assert due(desk.session, NOW, desk.timezone) == []
        again = ask(desk, "", owner="ACME").next_try
        assert again == next_look(desk.session, NOW) == NOW + timedelta(minutes=5)
        assert due(desk.session, NOW + timedelta(minutes=4), desk.timezone) == []
        assert due(desk.session, again, desk.timezone) == ["ACME"]
        desk.session.delete(acme)
        assert (due(desk.session, again, desk.timezone), next_look(desk.session, NOW)) == ([], None)

    def test_after_a_failure_the_next_try_counts(self, desk: Desk):
        ask(desk, "http://127.0.0.1:1")
        assert due(desk.session, NOW + timedelta(minutes=4), desk.timezone) == []
        assert due(desk.session, NOW + timedelta(minutes=5), desk.timezone) == ["SUPEROFFICE"]
