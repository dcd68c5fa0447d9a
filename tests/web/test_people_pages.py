"""The pages about people: what they show, what they ask, and what they say when it cannot be done."""

from __future__ import annotations

import html
import re

import pytest
from builders.looked_after import CLI, add, with_anna_and_bent

from host.domain.people import command_line
from host.services import looking_after, roles
from host.storage.granting import set_roles

LINK = re.compile(r"http://localhost(/login/once/[\w-]{43})")


@pytest.fixture
def kit(host_with):
    """With ANNA, and BENT who is disabled."""
    return with_anna_and_bent(host_with)


def number(kit, user_id="ANNA"):
    return looking_after.number_of(kit.house, user_id)


def rows(text):
    """The cells of the list of people, without markup."""
    found = re.findall(r'<tr role="row">\s*<th scope="row".*?</tr>', text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]*>|\s+", " ", each)).split() for each in found]


class TestTheList:
    def test_it_shows_who_they_are_what_they_have_and_whether_they_may_sign_in(self, kit):
        """Markup in a name is text."""
        text = kit.client().get("/people").text
        assert [each[1] for each in rows(text)] == ["ADMI_EN", "ANNA", "BENT"]
        assert "<b>Andersen</b>" not in text
        assert "Disabled" in rows(text)[2]
        assert rows(text)[0][-5:-3] == ["Today,", "12:00"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=ann", ["ANNA"]),
            ("state=disabled", ["BENT"]),
            ("role=viewer&state=active", ["ANNA"]),
            ("x=1", None),
        ],
    )
    def test_it_can_be_narrowed(self, kit, query, found):
        """And says so where nobody is left."""
        text = kit.client().get(f"/people?{query}").text
        assert [each[1] for each in rows(text)] == (found or ["ADMI_EN", "ANNA", "BENT"])
        assert "Nobody is found" in kit.client().get("/people?q=nobody-is-called-so").text

    @pytest.mark.parametrize("query", ["state=odd", f"q={'x' * 255}", f"role={'x' * 41}"])
    def test_what_cannot_be_asked_is_said_so(self, kit, query):
        """422, the card."""
        assert kit.client().get(f"/people?{query}").status == 422

    def test_who_only_sees_finds_nothing_to_press(self, kit):
        """Neither here nor on the page of a person or of roles."""
        roles.add_role(kit.house, name="seer", title="Seer", permissions=["host.people.view"], actor=CLI)
        client = kit.client("seer")
        for path in ("/people", f"/people/{number(kit)}", "/people/roles"):
            assert client.get(path).status == 200
            assert not re.search(
                r"Add somebody|Add a role|Edit…|Disable…|Reset…|Change roles", client.get(path).text
            ), path


class TestAdding:
    def test_without_a_password_a_link_is_shown_once_and_lets_in(self, kit):
        """It is in no later page."""
        client = kit.client()
        form = {"user_id": " NEW ", "full_name": "Ny", "role": ["viewer"], "language": "da", "timezone": ""}
        answer = client.post("/people/add", form)
        assert answer.status == 200
        assert "NEW is added." in answer.text
        assert answer.response.headers["Cache-Control"] == "no-store"
        link = LINK.search(answer.text)[1]
        account = looking_after.one_of(kit.house, number(kit, "NEW")).account
        assert (account.roles, account.language, account.timezone) == (("viewer",), "da", None)
        assert "/login/once/" not in client.get(f"/people/{account.number}").text
        assert kit.anonymous().flask.get(link).headers["Location"] == "/"
        assert kit.anonymous().flask.get(link).status_code == 410

    @pytest.mark.parametrize(
        ("form", "status", "words"),
        [
            ({"user_id": "anna"}, 409, "There is an account"),
            ({"user_id": "  "}, 422, "user id"),
            ({"user_id": "x" * 240}, 422, "user id"),
            ({"user_id": "N", "role": ["boss"]}, 422, "no role"),
            ({"user_id": "N", "password": "short"}, 422, "8"),
            ({"user_id": "N", "timezone": "No/Where"}, 422, "time zone"),
            ({"user_id": "N", "full_name": "x" * 255}, 422, "254"),
        ],
    )
    def test_what_cannot_be_added_is_said_above_what_was_typed(self, kit, form, status, words):
        """And nobody is added."""
        answer = kit.client().post("/people/add", {"full_name": "As it was typed", **form})
        assert (answer.status, 'role="alert"' in answer.text) == (status, True)
        assert words in answer.text
        if "full_name" not in form:
            assert 'value="As it was typed"' in answer.text
        assert len(looking_after.list_people(kit.house)) == 3
        assert "short" not in answer.text.replace("down-short", "").replace("shorter", "")


class TestAPerson:
    def test_it_says_what_they_may_do_and_through_which_role(self, kit):
        """Each permission once, with every role that brings it."""
        roles.add_role(
            kit.house, name="clerk", title="The clerk", permissions=["neighbour.view", "host.people.view"],
            actor=command_line(kit.house.registry.permissions()),
        )  # fmt: skip
        looking_after.change_roles(kit.house, number(kit), ["viewer", "clerk"], CLI)
        text = kit.client().get(f"/people/{number(kit)}").text
        grants = re.findall(r'<tr><th scope="row">(.*?)<span.*?<td>(.*?)</td>', text)
        assert grants == [("See people", "The clerk"), ("See it", "The clerk, viewer")]

    def test_an_address_of_nobody_is_not_there(self, kit):
        """404 for whatever stands in it."""
        client = kit.client()
        for path in ("/people/4711", "/people/0", "/people/99999999999", "/people/-1", "/people/ANNA"):
            assert client.get(path).status == 404, path
        assert client.post("/people/4711/disable").status == 404

    @pytest.mark.parametrize("what", ["disable", "sessions", "reset", "enable", "roles", "edit"])
    def test_each_change_is_asked_in_a_dialog_that_works_without_script(self, kit, what):
        """It stands open above the page, with a form and a way back."""
        address = f"/people/{number(kit)}"
        text = kit.client().get(f"{address}/{what}").text
        dialog = text[text.index("<dialog") :]
        assert " open data-modal" in dialog
        assert f'method="post" action="{address}/{what}"' in dialog
        assert f'href="{address}"' in dialog

    def test_disabling_and_enabling_are_said_and_done(self, kit):
        """Once the page behind is there again."""
        client, address = kit.client(), f"/people/{number(kit)}"
        answer = client.post(f"{address}/disable")
        assert (answer.response.request.path, "ANNA is disabled" in answer.text) == (address, True)
        assert "Enable…" in answer.text
        assert "Reset…" not in answer.text
        assert "ANNA may sign in again" in client.post(f"{address}/enable").text

    def test_a_reset_shows_a_link_once(self, kit):
        """On the answer alone."""
        client, address = kit.client(), f"/people/{number(kit)}"
        link = LINK.search(client.post(f"{address}/reset").text)[1]
        assert "/login/once/" not in client.get(address).text
        assert kit.anonymous().flask.get(link).status_code == 303

    def test_what_cannot_be_done_is_said_on_the_page(self, kit):
        """Oneself stays, and so does the last administrator; somebody disabled is not reset."""
        client, last = kit.client(), number(kit, "ADMI_EN")
        for what in ("disable", "reset", "sessions"):
            answer = client.post(f"/people/{last}/{what}")
            assert (answer.status, "This is your own account" in answer.text) == (409, True)
        assert "Disable…" not in client.get(f"/people/{last}").text
        answer = client.post(f"/people/{last}/roles", {"role": ["viewer"]})
        assert (answer.status, "the last administrator" in answer.text) == (409, True)
        answer = client.post(f"/people/{number(kit, 'BENT')}/reset")
        assert (answer.status, "Enable the account first" in answer.text) == (409, True)
        assert "/login/once/" not in answer.text

    def test_whoever_takes_a_role_from_themselves_signs_in_again(self, kit):
        """Allowed where somebody else is administrator; their session ends like anybody's."""
        add(kit, "OTHER", "administrator")
        client, own = kit.client(), number(kit, "ADMI_EN")
        answer = client.flask.post(
            f"/people/{own}/roles", data={"csrf_token": client.token(), "role": "viewer"}
        )
        assert (answer.status_code, client.flask.get("/people").status_code) == (303, 303)

    def test_a_role_that_nothing_brings_any_more_is_ticked_and_may_be_taken(self, kit):
        """Its plugin is away; it is not lost by the way."""
        with kit.house.stores.host.writing() as session:
            set_roles(session, number(kit), ["viewer", "of_old"])
        client, address = kit.client(), f"/people/{number(kit)}/roles"
        assert re.search(r'value="of_old" checked', client.get(address).text)
        client.post(address, {"role": ["of_old"]})
        assert looking_after.one_of(kit.house, number(kit)).account.roles == ("of_old",)

    def test_name_language_and_zone_are_changed_without_signing_out(self, kit):
        """They change nothing about what somebody may do."""
        client, address = kit.client(), f"/people/{number(kit)}"
        text = client.post(f"{address}/edit", {"full_name": "A. A.", "language": "da", "timezone": ""}).text
        assert ("ANNA is changed." in text, "Dansk" in text) == (True, True)
        answer = client.post(f"{address}/edit", {"full_name": "B", "timezone": "No/Where"})
        assert (answer.status, 'value="No/Where"' in answer.text) == (422, True)
