"""The host's JSON API for people and roles: the same rules as on the pages, and bad input in sentences."""

from __future__ import annotations

import pytest
from builders.plugins import neighbour

from host.services import looking_after, roles

PERSON = {
    *("number", "user_id", "full_name", "roles", "language", "timezone", "has_portrait", "disabled_at"),
    *("created_at", "signed_in_at", "sessions", "has_password"),
}


@pytest.fixture
def kit(host_with):
    """A host with one tab."""
    return host_with(neighbour())


@pytest.fixture
def client(kit):
    """An administrator, whose account is number 1."""
    return kit.client()


class TestPeople:
    def test_one_is_added_changed_disabled_and_enabled(self, kit, client):
        """What is answered is what stands there now."""
        added = client.call("POST", "/api/v1/people", {"user_id": "KAAN", "roles": ["viewer"]})
        assert added.status == 201
        person = added.response.json["person"]
        assert set(person) == PERSON
        assert kit.anonymous().flask.get(added.response.json["link"]).status_code == 303
        here = f"/api/v1/people/{person['number']}"
        changed = client.call("PATCH", here, {"timezone": "Europe/Oslo"}).response.json
        assert (changed["timezone"], changed["full_name"]) == ("Europe/Oslo", "")
        given = client.call("PUT", f"{here}/roles", {"roles": ["auditor"]}).response.json
        assert (given["roles"], given["sessions"]) == (["auditor"], 0)
        assert (
            client.call("POST", f"{here}/disable").response.json["disabled_at"] == "2026-11-24T12:00:00+00:00"
        )
        assert client.call("POST", f"{here}/enable").response.json["disabled_at"] is None
        assert (
            client.call("POST", f"{here}/reset")
            .response.json["link"]
            .startswith("http://localhost/login/once/")
        )
        assert client.call("DELETE", f"{here}/sessions").status == 204
        assert client.get(here).response.json["user_id"] == "KAAN"

    def test_with_a_password_there_is_no_link(self, client):
        """And the password is nowhere in the answer."""
        new = {"user_id": "KAAN", "password": "correct horse battery"}
        answer = client.call("POST", "/api/v1/people", new)
        assert (answer.status, answer.response.json["link"]) == (201, None)
        assert answer.response.json["person"]["has_password"] is True
        assert "horse" not in answer.text

    @pytest.mark.parametrize(
        ("query", "found"), [("", 2), ("?q=kaan", 1), ("?state=disabled", 0), ("?role=viewer", 1)]
    )
    def test_the_list_can_be_narrowed(self, client, query, found):
        """As on the page."""
        client.call("POST", "/api/v1/people", {"user_id": "KAAN", "roles": ["viewer"]})
        assert len(client.get(f"/api/v1/people{query}").response.json) == found

    @pytest.mark.parametrize(
        ("method", "path", "body", "status", "words"),
        [
            ("POST", "/people", {}, 422, "user_id"),
            ("POST", "/people", {"user_id": "admi_en"}, 409, "already"),
            ("POST", "/people", {"user_id": "X", "roles": ["boss"]}, 422, "no role 'boss'"),
            ("POST", "/people", {"user_id": "X", "roles": "viewer"}, 422, "roles"),
            ("POST", "/people", {"user_id": "\ud800"}, 422, "user id"),
            ("POST", "/people", {"user_id": "X", "password": "\ud800" * 9}, 422, ""),
            ("POST", "/people", {"user_id": "X", "admin": True}, 422, "admin"),
            ("POST", "/people", [], 422, ""),
            ("PATCH", "/people/1", {}, 422, "at least one"),
            ("PATCH", "/people/1", None, 422, "at least one"),
            ("PATCH", "/roles/viewer", None, 422, "at least one"),
            ("PATCH", "/people/1", {"language": "xx"}, 422, "'xx'"),
            ("PATCH", "/people/1", {"timezone": "\ud800"}, 422, "time zone"),
            ("PATCH", "/people/1", {"full_name": "a\0"}, 422, "name"),
            ("PUT", "/people/1/roles", {}, 422, "roles"),
            ("PUT", "/people/1/roles", {"roles": ["\0"]}, 422, "no role"),
            ("PUT", "/people/1/roles", {"roles": ["viewer"]}, 409, "last administrator"),
            ("POST", "/people/1/disable", None, 409, "your own account"),
            ("POST", "/people/1/reset", None, 409, "your own account"),
            ("DELETE", "/people/1/sessions", None, 409, "your own account"),
            ("POST", "/people", {"user_id": "Cli"}, 409, "stands for the host itself"),
            ("POST", "/people", {"user_id": "system"}, 409, "stands for the host itself"),
            ("POST", "/people/4711/disable", None, 404, "4711"),
            ("GET", "/people?state=odd", None, 422, "state"),
            ("GET", "/people/99999999999999999999", None, 404, ""),
            ("POST", "/roles", {"name": "Bad", "title": "x"}, 422, "name"),
            ("POST", "/roles", {"name": "viewer", "title": "x"}, 409, "already"),
            ("POST", "/roles", {"name": "ok", "title": "\ud800"}, 422, "title"),
            ("POST", "/roles", {"name": "ok", "title": "x", "permissions": ["a.b"]}, 422, "'a.b'"),
            ("PATCH", "/roles/viewer", {"title": "x"}, 409, "cannot be changed"),
            ("PATCH", "/roles/no%00such", {"title": "x"}, 404, "no role"),
            ("DELETE", "/roles/no_such", None, 404, "no_such"),
            ("DELETE", "/roles/no_such?from_everybody=odd", None, 422, "from_everybody"),
        ],
    )
    def test_bad_input_is_told_and_changes_nothing(self, kit, client, method, path, body, status, words):
        """In a sentence, and never a failure of the host."""
        before = kit.audit(), looking_after.one_of(kit.house, 1)
        answer = client.call(method, f"/api/v1{path}", body)
        assert answer.status == status, answer.text
        assert words in f"{answer.response.json['message']}"
        assert [each for each in kit.audit() if each not in before[0]] == []
        assert looking_after.one_of(kit.house, 1) == before[1]


class TestRoles:
    def test_one_is_made_changed_and_removed(self, kit, client):
        """Whoever has it is named first."""
        new = {"name": "clerk", "title": "Clerk", "permissions": ["host.people.view"]}
        assert client.call("POST", "/api/v1/roles", new).response.json == {**new, "origin": "own"}
        more = {"permissions": ["neighbour.view"]}
        assert client.call("PATCH", "/api/v1/roles/clerk", more).response.json["permissions"] == [
            "neighbour.view"
        ]
        client.call("POST", "/api/v1/people", {"user_id": "KAAN", "roles": ["clerk"]})
        refused = client.call("DELETE", "/api/v1/roles/clerk")
        assert (refused.status, "KAAN" in refused.response.json["message"]) == (409, True)
        assert client.call("DELETE", "/api/v1/roles/clerk?from_everybody=true").status == 204
        assert client.get("/api/v1/roles/clerk").status == 404

    def test_roles_and_permissions_are_listed_with_who_brought_them(self, kit, client):
        """The host's first."""
        listed = {each["name"]: each for each in client.get("/api/v1/roles").response.json}
        assert list(listed) == [each.name for each in roles.list_roles(kit.house)]
        assert (listed["viewer"]["origin"], listed["viewer"]["permissions"]) == ("host", ["neighbour.view"])
        permissions = {each["id"]: each for each in client.get("/api/v1/permissions").response.json}
        assert permissions["host.people.view"]["plugin"] == "host"
        assert permissions["neighbour.view"] == {
            "id": "neighbour.view", "title": "See it", "description": "", "plugin": "neighbour",
        }  # fmt: skip


class TestUnreadable:
    @pytest.mark.parametrize("body", ["[" * 100_000, '{"a": ' + "9" * 5_000 + "}"])
    @pytest.mark.parametrize(("method", "path"), [("POST", "/api/v1/people"), ("PATCH", "/api/v1/me")])
    def test_json_that_no_reader_can_read_is_refused_with_a_sentence(self, host_with, method, path, body):
        """Its depth or its numbers would break Python's reader."""
        page = (
            host_with().client().call(method, path, data=body, headers={"Content-Type": "application/json"})
        )
        assert (page.status, page.response.json["code"]) == (400, 400)
        assert "Nothing was changed" in page.response.json["message"]
