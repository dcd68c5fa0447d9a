"""The dialog *Edit installation*, and the restrictions with their explanation (domain.md 1.7)."""

from __future__ import annotations

import re

import pytest

import status_tab
from host.testing import make_host
from host.testing.kit import plugin
from status_tab.services.installation import describe, read_installation

STATUS = "/tabs/status_tab/status/"
EDIT = f"{STATUS}installation"
GOOD = {
    "type": "MSSQL 16",
    "name": "CRM10392",
    "level": "central",
    "plan": "Core",
    "active-projects_in_use": "97",
    "active-projects_maximum": "100",
    "satellite-1": "Bergen",
    "licences-1": "superoffice.satellite; superoffice.travel",
    "satellite-2": "Oslo",
    "licences-2": "",
}


@pytest.fixture
def host(tmp_path, database_url):
    """A host with the Status tab alone, on both databases."""
    kit = make_host(
        tmp_path / "host",
        [plugin("status_tab", status_tab, builtin=True)],
        database_url=database_url,
        environment={"TABHOST_UPGRADE_URL": "https://shop.example/upgrade"},
    )
    yield kit
    kit.close()


def save(client, **changed):
    """Send the dialog with what it shows of hidden fields."""
    seen = re.search(r'name="seen" value="(\w+)"', client.get(EDIT).text)
    return client.post(EDIT, {"seen": seen[1], **GOOD, **changed})


def known(host):
    with host.serving("status_tab") as served:
        found = read_installation(served.session)
        return found and describe(found)


class TestEditing:
    def test_what_is_filled_in_stands_on_the_page_and_in_the_log(self, host):
        """As if it had been loaded from a file."""
        page = save(host.client())
        assert "The installation was changed." in page.text
        assert known(host) == {
            "database": {"type": "MSSQL 16", "name": "CRM10392", "level": "central"},
            "satellites": [
                {"name": "Bergen", "licences": ["superoffice.satellite", "superoffice.travel"]},
                {"name": "Oslo", "licences": []},
            ],
            "plan": "Core",
            "restrictions": [{"name": "active-projects", "in_use": 97, "maximum": 100}],
        }
        assert host.audit()[0].action == "installation.changed"

    def test_saving_what_is_there_writes_nothing(self, host):
        """No audit row says that nothing was changed."""
        client = host.client()
        save(client)
        rows = len(host.audit())
        assert "The installation was changed." not in save(client).text
        assert len(host.audit()) == rows

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("type", " ", "Fill this in"),
            ("name", "x" * 255, "Fill this in"),
            ("level", "moon", "Choose one"),
            ("plan", "Gold", "Choose one"),
            ("active-projects_in_use", "-1", "Give a whole number"),
            ("active-projects_in_use", "many", "Give a whole number"),
            ("active-projects_maximum", "9" * 19 + "0", "Give a whole number"),
            ("active-projects_maximum", "", "Give both numbers"),
            ("satellite-1", "", "Give the satellite with these licences a name"),
            ("satellite-2", "bergen", "a name of its own"),
            ("licences-2", "not a module", "Write full module names"),
        ],
    )
    def test_wrong_input_is_said_beside_its_field_and_nothing_is_lost(self, host, field, value, said):
        """Nothing is written; what was filled in stands there still."""
        page = save(host.client(), **{field: value})
        assert page.status == 422
        assert said in page.text
        assert "aria-invalid" in page.text
        assert known(host) is None
        if field != "name":
            assert 'value="CRM10392"' in page.text

    def test_who_comes_second_is_told(self, host):
        """And sees what it says now."""
        client = host.client()
        seen = re.search(r'name="seen" value="(\w+)"', client.get(EDIT).text)[1]
        save(client)
        page = client.post(EDIT, {"seen": seen, **GOOD, "name": "CRM2"})
        assert page.status == 409
        assert "Somebody else changed it" in page.text
        assert 'value="CRM10392"' in page.text

    def test_it_is_for_those_who_manage(self, host):
        """A viewer has no button, and no door."""
        viewer = host.client("viewer")
        assert "/status/installation" not in viewer.get(STATUS).text
        assert viewer.get(EDIT).status == 403


class TestRestrictions:
    @pytest.mark.parametrize(
        ("in_use", "kind"), [("84", None), ("85", "warn"), ("99", "warn"), ("100", "stop")]
    )
    def test_from_85_percent_it_warns_and_at_100_it_stops(self, host, in_use, kind):
        """With an icon and words; *Upgrade* stands beside what warns, for those who manage."""
        client = host.client()
        save(client, **{"active-projects_in_use": in_use})
        text = client.get(STATUS).text
        assert f"{in_use} of 100 active projects" in text
        assert (f"th-badge--{kind}" in text) if kind else "th-badge--warn" not in text
        assert ("https://shop.example/upgrade" in text) is bool(kind)
        assert "https://shop.example/upgrade" not in host.client("viewer").get(STATUS).text

    def test_the_indicator_leads_to_the_limits_of_the_plans(self, host):
        """The plan in use is marked."""
        client = host.client("viewer")
        save(host.client())
        assert f'href="{STATUS}limits/"' in client.get(STATUS).text
        text = client.get(f"{STATUS}limits/").text
        assert "Limits of the plans" in text
        assert re.search(r'Core <span class="th-badge th-badge--info">yours', text)
