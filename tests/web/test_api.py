"""The host's own JSON API."""

from __future__ import annotations

import re

import pytest
from builders.plugins import drawing, neighbour, raising, vendor

from host.domain.people import ADMINISTRATOR, HOST_PERMISSIONS, VIEWER, command_line
from host.engine.discovery import RESERVED_IDS
from host.services.plugins import switch_plugin


@pytest.fixture
def kit(host_with):
    """A plugin in each state."""
    kit = host_with(
        vendor("bad", host_tabs=lambda: "tabs"),
        drawing("boom", raising(RuntimeError("kaput"))),
        drawing("off", lambda: "x"),
        neighbour(),
    )
    switch_plugin(kit.house, "off", on=False, actor=command_line([]))
    return kit


class TestPlugins:
    def test_it_lists_every_plugin_with_its_state_and_its_reason(self, kit):
        """A rejected one too: that is what somebody comes here for."""
        answer = kit.client().get("/api/v1/plugins").response
        listed = {each["id"]: each for each in answer.json}
        assert {key: each["state"] for key, each in listed.items()} == {
            "bad": "rejected", "boom": "serving", "off": "disabled", "neighbour": "serving",
        }  # fmt: skip
        assert listed["bad"]["reason"] == "host_tabs() returned str, expected list[Tab]."
        assert all(each["reason"] == "" for key, each in listed.items() if key != "bad")
        assert listed["neighbour"] | {"calls": 0, "p50": None, "p95": None} == {
            "id": "neighbour", "distribution": "test-neighbour", "version": "1.0", "builtin": False,
            "remote": False, "pid": None, "memory": None,
            "state": "serving", "reason": "", "tabs": ["main"], "calls": 0, "faults": 0,
            "p50": None, "p95": None, "last_error_id": "", "last_trace": "", "last_fault_at": None,
        }  # fmt: skip

    def test_it_tells_how_each_behaves(self, kit):
        """Calls, faults and the newest traceback."""
        client = kit.client()
        client.get("/tabs/boom/main/")
        client.get("/tabs/neighbour/main/")
        listed = {each["id"]: each for each in client.get("/api/v1/plugins").response.json}
        assert listed["boom"]["faults"] == listed["boom"]["calls"] > 0
        assert "RuntimeError: kaput" in listed["boom"]["last_trace"]
        assert listed["neighbour"]["faults"] == 0
        assert 0 < listed["neighbour"]["p50"] <= listed["neighbour"]["p95"]

    def test_a_traceback_is_for_those_who_may_see_errors(self, kit, monkeypatch):
        """Whoever may list the plugins is told that one failed, and the id."""
        monkeypatch.setitem(HOST_PERMISSIONS, "host.plugins.view", (ADMINISTRATOR, VIEWER))
        kit.client().get("/tabs/boom/main/")
        listed = {each["id"]: each for each in kit.client("viewer").get("/api/v1/plugins").response.json}
        assert listed["boom"]["last_error_id"].startswith("E-")
        assert listed["boom"]["last_trace"] == ""


class TestRefusals:
    @pytest.mark.parametrize(
        ("role", "method", "path", "status"),
        [
            (None, "GET", "/api/v1/plugins", 401),
            (None, "GET", "/api/v1/openapi.json", 401),
            ("viewer", "GET", "/api/v1/plugins", 403),
            ("administrator", "GET", "/api/v1/no-such", 404),
            ("administrator", "GET", "/api/v2/plugins", 404),
            ("administrator", "DELETE", "/api/v1/plugins", 405),
        ],
    )
    @pytest.mark.parametrize("accept", ["application/json", "text/html"])
    def test_they_are_json_whatever_the_client_likes(self, kit, role, method, path, status, accept):
        """With the status in words and a message."""
        client = kit.client(role) if role else kit.anonymous()
        headers = {"Accept": accept, "X-CSRF-Token": client.token()}
        response = client.flask.open(path, method=method, headers=headers)
        assert (response.status_code, response.mimetype) == (status, "application/json")
        assert response.json["code"] == status
        assert response.json["message"]
        assert ("Allow" in response.headers) == (status == 405)

    def test_a_forged_request_is_json_too(self, kit):
        """403 for an unsafe method without a token."""
        response = kit.client().flask.post("/api/v1/no-such", headers={"Origin": "https://evil.example"})
        assert (response.status_code, response.mimetype) == (403, "application/json")


class TestDescription:
    def test_it_is_openapi_and_describes_every_door_of_the_api(self, kit):
        """Version 3.1, and no address that is not in it."""
        described = kit.client().get("/api/v1/openapi.json").response.json
        assert described["openapi"].startswith("3.1.")
        assert described["info"] == {"title": "Tabhost", "version": kit.house.version}
        addresses = {
            re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
            for rule in kit.app.url_map.iter_rules()
            if rule.rule.startswith("/api/v1/") and not rule.rule.startswith("/api/v1/<")  # plugins'
        } - {"/api/v1/openapi.json"}
        assert set(described["paths"]) == addresses
        assert "/api/v1/plugins" in addresses
        assert {each.split("/")[3] for each in addresses} <= RESERVED_IDS, "no plugin may be called so"

    def test_every_reference_in_it_leads_somewhere(self, kit):
        """Else no client can be made from it."""
        described = kit.client().get("/api/v1/openapi.json").response.json
        references = list(_references(described))
        assert references
        for each in references:
            place = described
            for part in each.removeprefix("#/").split("/"):
                place = place[part]

    def test_the_answer_has_just_the_fields_that_are_described(self, kit):
        """Each with a sentence."""
        client = kit.client()
        described = client.get("/api/v1/openapi.json").response.json["components"]["schemas"]
        plugin = next(each for name, each in described.items() if name.startswith("Plugin"))
        assert set(client.get("/api/v1/plugins").response.json[0]) == set(plugin["properties"])
        assert all(each["description"] for each in plugin["properties"].values())


def _references(part):
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for each in part.values():
            yield from _references(each)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)
