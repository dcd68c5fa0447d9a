"""Other plugins look licences up, wherever they run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from builders.callers import KINDS, Caller, calling
from unit.superoffice_tab.building import COLUMNS, Issuer, claims, person

from host.api import Actor, current_host
from host.testing import HostKit, make_host
from host.testing.kit import installed
from superoffice_tab.api import Holder, LicenceUse, OwnerSummary
from superoffice_tab.domain.judging import Confirmation
from superoffice_tab.services import importing, loading

SPIN = LicenceUse(name="superoffice.spin", title="Spin", kind="user", total=5, in_use=2, free=3)


def put_in_force(kit: HostKit, folder: Path) -> None:
    """Licences of SUPEROFFICE, two people hold one of them."""
    people = folder / "associates.csv"
    rows = [COLUMNS, *(person(each, "superoffice.spin") for each in ("KAAN", "SIRA"))]
    people.write_text("\n".join(rows), "utf-8")
    issuer = Issuer()
    with kit.serving("superoffice_tab"):
        loading.load_licence(
            issuer.file(claims()),
            source="set.lic",
            roots=issuer.roots,
            confirmed=Confirmation(serial="", company=""),
            timezone="Europe/Oslo",
            work=current_host.work,
            actor=Actor(user_id="cli"),
            clock=current_host.clock,
        )
        importing.import_associates(
            people,
            prune=False,
            work=current_host.work,
            clock=current_host.clock,
            timezone=current_host.installation_timezone,
        )


@pytest.fixture(scope="module", params=KINDS)
def caller(request, tmp_path_factory) -> Iterator[Caller]:
    """A plugin of each kind, where SUPEROFFICE's licences are in force."""
    folder = tmp_path_factory.mktemp("calling")
    with calling(request.param, folder, "superoffice_tab.api", "superoffice_tab", "status_tab") as caller:
        put_in_force(caller.kit, folder)
        yield caller


class TestOwners:
    def test_they_are_told_with_their_dates(self, caller):
        """As values with real days in them."""
        owner = OwnerSummary(
            name="SUPEROFFICE",
            title="SuperOffice AS",
            company="Example Trading AS",
            serial="1801001239",
            expiry=date(2027, 6, 30),
            grace=date(2027, 7, 12),
        )
        assert caller.get("owners()") == {"value": repr([owner])}


class TestLicences:
    def test_they_come_by_display_name_with_how_many_are_in_use(self, caller):
        """Those that stand in the list; the unrestricted ones last."""
        names = "[each.name.partition('.')[2] for each in licences(owner='superoffice')]"
        assert caller.get(names)["value"] == repr(
            [
                "aiplatform",
                "satellite",
                "spin",
                "ten-sales",
                "ten-service",
                "travel",
                "windows",
                "visible-for",
            ]
        )
        assert caller.get("[each for each in licences(owner='SUPEROFFICE') if 'spin' in each.name]") == {
            "value": repr([SPIN])
        }

    def test_hidden_ones_come_if_they_are_asked_for(self, caller):
        """They are marked."""
        hidden = "sorted(each.title for each in licences(owner='SUPEROFFICE', hidden=True) if each.hidden)"
        assert caller.get(hidden)["value"] == repr(["Ej-Client", "Server", "User", "Web"])

    def test_an_owner_without_a_licence_is_not_found(self, caller):
        """In words that name those who have one."""
        assert caller.get("licences(owner='ACME')") == {
            "error": "NotFoundError",
            "text": "No licence of “ACME” is loaded here. Loaded owners: SUPEROFFICE.",
        }

    @pytest.mark.parametrize("name", ["superoffice.spin", "SPIN"])
    def test_one_is_found_by_full_name_or_code_name(self, caller, name):
        """In any case."""
        assert caller.get(f"licence(owner='SuperOffice', name='{name}')") == {"value": repr(SPIN)}

    def test_one_that_there_is_not_is_none(self, caller):
        """Not an error: its owner may get it with the next set."""
        assert caller.get("licence(owner='SUPEROFFICE', name='no-such')") == {"value": "None"}

    def test_what_nobody_holds_has_no_use(self, caller):
        """And what nothing limits has no total."""
        found = LicenceUse(name="superoffice.aiplatform", title="Aiplatform", kind="system")
        assert caller.get("licence(owner='SUPEROFFICE', name='aiplatform')") == {"value": repr(found)}
        found = LicenceUse(
            name="superoffice.visible-for", title="Visible-For", kind="user", unrestricted=True, in_use=0
        )
        assert caller.get("licence(owner='SUPEROFFICE', name='visible-for')") == {"value": repr(found)}


class TestHolders:
    @pytest.mark.parametrize("name", ["superoffice.spin", "SPIN"])
    def test_they_come_by_user_id_with_how_many_they_occupy(self, caller, name):
        """As values, over the border too."""
        people = [Holder(user_id=each, full_name=f"Full {each}") for each in ("KAAN", "SIRA")]
        assert caller.get(f"holders(owner='superoffice', name='{name}')") == {"value": repr(people)}

    def test_nobody_is_an_empty_list(self, caller):
        """Not an error."""
        assert caller.get("holders(owner='SUPEROFFICE', name='windows')") == {"value": "[]"}

    def test_what_is_not_in_force_is_not_found(self, caller):
        """Neither the licence nor its owner."""
        assert caller.get("holders(owner='SUPEROFFICE', name='no-such')") == {
            "error": "NotFoundError",
            "text": "SUPEROFFICE has no licence “no-such” in force.",
        }
        assert caller.get("holders(owner='ACME', name='spin')")["error"] == "NotFoundError"


class TestInTheSample:
    @pytest.mark.parametrize("runners", [False, True], ids=["in process", "in a runner"])
    def test_a_request_is_for_a_licence_that_there_is(self, tmp_path, runners):
        """Names are offered as long as the tab is on; without it nothing is missed."""
        address = "/tabs/acme_requests/requests/licences"
        kit = make_host(
            tmp_path / "host", installed("acme_requests", "superoffice_tab", "status_tab"), runners=runners
        )
        try:
            client = kit.client()
            assert "<option" not in client.get(address).text
            put_in_force(kit, tmp_path)
            page = client.get(address).text
            assert '<option value="Spin">' in page
            assert '<option value="Aiplatform">' not in page
            client.post("/plugins/superoffice_tab/disable")
            page = client.get(address)
            assert (page.status, "<option" in page.text) == (200, False)
        finally:
            kit.close()
