"""The page of roles: what each allows, and making, changing and removing those that people make."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from builders.looked_after import CLI, with_anna_and_bent

from host.services import looking_after, roles


@pytest.fixture
def kit(host_with):
    """With ANNA, and BENT who is disabled."""
    return with_anna_and_bent(host_with)


def number(kit, user_id="ANNA"):
    return looking_after.number_of(kit.house, user_id)


class TestRoles:
    def test_the_matrix_says_yes_and_no_for_the_ear_too(self, kit):
        """One row for each permission, one column for each role."""
        roles.add_role(kit.house, name="clerk", title="The clerk", permissions=["host.audit.view"], actor=CLI)
        text = kit.client().get("/people/roles").text
        table = text[text.index('id="matrix"') :]
        columns = re.findall(r'<th scope="col">(.*?)</th>', table)
        assert columns == ["Permission", "administrator", "viewer", "auditor", "The clerk"]
        (row,) = re.findall(r'<tr><th scope="row">See the audit log<.*?</tr>', table, re.DOTALL)
        assert re.findall(r'aria-label="(yes|no)"', row) == ["yes", "no", "yes", "yes"]

    def test_a_role_is_made_changed_and_removed(self, kit):
        """Removing says whom it concerns, and does it to them only."""
        client = kit.client()
        form = {"name": "clerk", "title": "The clerk", "permission": ["host.people.view", "neighbour.view"]}
        assert "The role The clerk is added." in client.post("/people/roles/add", form).text
        looking_after.change_roles(kit.house, number(kit), ["clerk"], CLI)
        edit = client.get("/people/roles/clerk/edit").text
        assert len(re.findall(r'name="permission"[^>]* checked', edit)) == 2
        client.post("/people/roles/clerk/edit", {"title": "Desk", "permission": ["host.people.view"]})
        assert roles.one_role(kit.house, "clerk").permissions == {"host.people.view"}
        asked = client.get("/people/roles/clerk/remove").text
        assert "It is taken from ANNA" in asked
        told = re.search(r'name="concerning" value="([\d ]*)"', asked)[1]
        looking_after.change_roles(kit.house, number(kit, "BENT"), ["clerk"], CLI)
        late = client.post("/people/roles/clerk/remove", {"concerning": told})
        assert (late.status, "ANNA, BENT" in late.text) == (409, True)
        told = re.search(
            r'name="concerning" value="([\d ]*)"', client.get("/people/roles/clerk/remove").text
        )[1]
        assert (
            "The role Desk is removed."
            in client.post("/people/roles/clerk/remove", {"concerning": told}).text
        )
        assert looking_after.one_of(kit.house, number(kit)).account.roles == ()

    @pytest.mark.parametrize(
        ("form", "status", "words"),
        [
            ({"name": "viewer"}, 409, "already"),
            ({"name": "Not a name"}, 422, "small letters"),
            ({"title": " "}, 422, "title"),
            ({"permission": ["no.such"]}, 422, "There is no permission"),
        ],
    )
    def test_what_cannot_be_made_is_said_above_what_was_typed(self, kit, form, status, words):
        """And what was ticked stays ticked."""
        typed = {"name": "clerk", "title": "T", "permission": ["host.audit.view"], **form}
        answer = kit.client().post("/people/roles/add", typed)
        assert (answer.status, words in answer.text) == (status, True)
        if "permission" not in form:
            assert re.search(r'value="host.audit.view" checked', answer.text)

    @pytest.mark.parametrize("name", ["viewer", "no_such", "a%00b", "%ff"])
    @pytest.mark.parametrize("what", ["edit", "remove"])
    def test_only_own_roles_have_such_pages(self, kit, name, what):
        """404 for the others, asked and sent."""
        client = kit.client()
        assert client.get(f"/people/roles/{name}/{what}").status == 404
        assert (
            client.post(f"/people/roles/{name}/{what}", {"title": "x"} if what == "edit" else {}).status
            == 404
        )

    def test_a_title_is_shown_in_the_menu_of_who_has_it(self, kit):
        """Not the name that stands in data."""
        roles.add_role(kit.house, name="clerk", title="Head clerk", permissions=[], actor=CLI)
        assert "<span>Head clerk</span>" in kit.client("clerk").get("/profile").text


class TestFreshProof:
    @pytest.mark.parametrize(
        "path", ["/people/add", "/people/1/roles", "/people/1/reset", "/people/1/enable", "/people/roles/add"]
    )
    def test_what_gives_power_is_asked_for_again(self, kit, path):
        """Ten minutes after signing in, before the form is filled in and when it is sent (ASVS 7.5.1)."""
        client = kit.client()
        assert client.flask.get(path).status_code == 200
        kit.clock.advance(timedelta(minutes=11))
        for answer in (client.flask.get(path), client.flask.post(path, data={"csrf_token": client.token()})):
            assert answer.headers["Location"].startswith("/proof?next="), path
        assert client.flask.get("/people").status_code == 200
        assert client.call("PUT", "/api/v1/people/1/roles", {"roles": []}).status == 403
