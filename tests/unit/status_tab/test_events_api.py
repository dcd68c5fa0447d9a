"""System events through JSON and the command line, written to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from host.api import InputError
from host.testing.kit import installed
from status_tab.cli import status
from status_tab.domain.events import NewEvent
from status_tab.services.cancelling import CancelRefusedError
from status_tab.services.events import get_event, start_event

EVENTS = "/api/v1/status_tab/events"


@pytest.fixture
def kit(host_with):
    """A host with the Status tab."""
    return host_with(*installed("status_tab"))


@pytest.fixture
def call(kit):
    """Call as a program of an administrator: status and what it answered."""
    client = kit.client()

    def run(method, path="", json=None):
        page = client.call(method, f"{EVENTS}{path}", json)
        return page.status, page.response.json

    return run


@pytest.fixture
def start(kit):
    """Start an event as somebody else."""

    def run(key: str, **fields) -> int:
        with kit.serving("status_tab") as host:
            new = NewEvent(key=key, activated_by="SYST", **fields)
            return start_event(new, work=host.work, actor=host.actor, clock=host.clock)

    return run


class TestLife:
    def test_an_event_is_started_advanced_and_ended(self, kit, call):
        """As a job does it: three calls."""
        new = {
            "key": "Import-Companies",
            "message": "Reading",
            "progress": {"done": 0, "total": 12400},
            "lease_seconds": 60,
            "eta": "2026-11-24T14:00:00+01:00",
        }
        status, made = call("POST", json=new)
        assert status == 201
        assert (made["key"], made["status"], made["progress"]) == (
            "import-companies",
            "running",
            {"done": 0, "total": 12400},
        )
        assert made["activated_by"] == "ADMI_EN"
        kit.clock.advance(timedelta(seconds=50))
        status, now = call("PATCH", f"/{made['id']}", {"progress": {"done": 7688, "total": 12400}})
        assert (status, now["progress"]["done"]) == (200, 7688)
        assert now["lease_until"] == "2026-11-24T12:01:50+00:00"
        status, ended = call("POST", f"/{made['id']}/end", {"message": "12,400 companies read"})
        assert (status, ended["status"], ended["message"]) == (200, "finished", "12,400 companies read")
        assert call("GET", f"/{made['id']}") == (200, ended)

    def test_a_bare_sign_of_life_is_enough(self, kit, call):
        """What had gone stale runs again."""
        _, made = call("POST", json={"key": "rou-rebuild", "lease_seconds": 60})
        kit.clock.advance(timedelta(seconds=61))
        assert call("GET", f"/{made['id']}")[1]["status"] == "stale"
        assert call("PATCH", f"/{made['id']}", {})[1]["status"] == "running"

    def test_what_it_says_and_when_it_ends_can_be_changed(self, kit, call, start):
        """Audited; that is no sign of life."""
        number = start("no-login", message="Upgrade")
        change = {"description": "To 12.2", "eta": "2026-11-24T15:00:00Z", "ends_itself": True}
        status, changed = call("PATCH", f"/{number}", change)
        assert (status, changed["description"], changed["ends_itself"]) == (200, "To 12.2", True)
        assert kit.audit()[0].action == "event.changed"

    def test_one_that_has_ended_answers_409(self, call, start):
        """So that its program stops."""
        number = start("import-products")
        call("POST", f"/{number}/end", {})
        assert call("PATCH", f"/{number}", {})[0] == 409
        assert call("POST", f"/{number}/end", {})[0] == 409


class TestRefusals:
    @pytest.mark.parametrize(
        ("new", "field"),
        [
            ({}, "key"),
            ({"key": "coffee"}, "key"),
            ({"key": "no-login", "colour": "red"}, "colour"),
            ({"key": "no-login", "eta": "tomorrow"}, "eta"),
            ({"key": "no-login", "ends_itself": True}, "eta"),
            ({"key": "no-login", "message": "x" * 255}, "message"),
            ({"key": "no-login", "progress": {"done": 3, "total": 2}}, "progress"),
            ({"key": "no-login", "progress": {"done": 3}}, "progress"),
            ({"key": "no-login", "lease_seconds": 0}, "lease_seconds"),
            ({"key": "no-login", "scope": "user"}, "owner"),
        ],
    )
    def test_what_is_wrong_is_named(self, call, new, field):
        """422, by field."""
        status, answer = call("POST", json=new)
        assert status == 422
        assert field in answer["errors"]["json"]

    def test_who_may_end_what_holds_here_too(self, call, start):
        """An emergency has to be said; publishing fields is never ended by others."""
        rebuild, fields = start("prototype-rebuild"), start("udef-rebuild")
        assert call("POST", f"/{rebuild}/end", {})[0] == 409
        assert call("POST", f"/{rebuild}/end", {"emergency": True})[0] == 200
        assert call("POST", f"/{fields}/end", {"emergency": True})[0] == 409

    def test_viewers_only_read(self, kit, start):
        """All that writes needs status.manage."""
        number = start("no-travel")
        client = kit.client("viewer")
        assert client.call("GET", f"{EVENTS}/{number}").status == 200
        for method, path in (("POST", ""), ("PATCH", f"/{number}"), ("POST", f"/{number}/end")):
            assert client.call(method, f"{EVENTS}{path}", {"key": "no-login"}).status == 403

    def test_what_is_not_there_is_not_found(self, call):
        """Also a number that no database has."""
        for number in (999, 2**63):
            assert call("GET", f"/{number}")[0] == 404
            assert call("PATCH", f"/{number}", {})[0] == 404

    def test_it_is_described(self, kit):
        """Every address with its schema."""
        described = kit.client().get("/api/v1/openapi.json").response.json
        assert {"post", "get"} <= described["paths"][EVENTS].keys()
        names = described["paths"].keys()
        assert any(each.startswith(f"{EVENTS}/{{") and each.endswith("/end") for each in names)


class TestCommands:
    def run(self, kit, *arguments):
        with kit.serving("status_tab"):
            status.main([str(each) for each in arguments], standalone_mode=False)

    def test_an_emergency_has_to_be_said_for_what_others_started(self, kit, start):
        """Then even publishing fields is ended: its program may be dead."""
        number = start("udef-rebuild")
        with pytest.raises(CancelRefusedError, match="--emergency"):
            self.run(kit, "end-event", number)
        self.run(kit, "end-event", number, "--emergency")
        with kit.serving("status_tab", writes=False) as host:
            assert get_event(number, session=host.session).ended
        assert kit.audit()[0].after["emergency"] is True

    def test_what_the_command_line_started_it_ends(self, kit):
        """As scripts do."""
        self.run(kit, "add-event", "--type", "udef-rebuild")
        self.run(kit, "end-event", 1)
        with pytest.raises(InputError):
            self.run(kit, "add-event", "--type", "coffee")
