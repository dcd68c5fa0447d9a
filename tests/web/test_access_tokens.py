"""The page of API tokens and its JSON API: made once, seen once, revoked for good."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from builders.accounts import PASSWORD, USER, add_person, sign_in
from builders.apis import noted
from builders.tokens import call, make_token

from host.domain.people import command_line
from host.domain.sessions import PROOF_LIFE
from host.services.access_tokens import list_tokens
from host.services.looking_after import change_roles, number_of

PAGE, API = "/tokens", "/api/v1/tokens"
NOTES = "/api/v1/acme/notes"
SECRET = re.compile(r"tabhost_[0-9a-f]{16}_[A-Za-z0-9_-]{43}")
FORM = {"name": "Reports usage", "days": "30", "permission": ["acme.view"]}
NEW = {"name": "Reports usage", "days": 30, "permissions": ["acme.view"]}


@pytest.fixture
def kit(host_with, tmp_path):
    """A host with a plugin that has an API, a viewer and an administrator with a token each."""
    kit = host_with(noted(tmp_path / "m"))
    add_person(kit)
    add_person(kit, "BOSS", "administrator")
    return kit


def browser(kit, user_id=USER):
    client = kit.anonymous()
    sign_in(client, user_id)
    return client


class TestThePage:
    def test_a_token_is_made_shown_once_and_works(self, kit):
        """Whatever is opened later has its name and id alone."""
        client = browser(kit)
        form = client.get(f"{PAGE}/add").text
        assert 'value="acme.view"' in form
        assert "acme.manage" not in form  # this person may not
        made = client.post(f"{PAGE}/add", FORM)
        token = SECRET.search(made.text)[0]
        assert made.response.headers["Cache-Control"] == "no-store"
        assert call(kit, token, NOTES).status_code == 200
        later = client.get(PAGE).text
        assert "Reports usage" in later
        assert not SECRET.search(later)
        kept = list_tokens(kit.house, USER)[0]
        assert (kept.expires_at - kept.created_at, kept.permissions) == (timedelta(days=30), {"acme.view"})

    @pytest.mark.parametrize(
        "wrong",
        [
            *({"name": ""}, {"name": "x" * 81}, {"days": ""}, {"days": "0"}, {"days": "366"}, {"days": "x"}),
            *({"days": "٣"}, {"days": "9" * 90}, {"permission": []}, {"permission": ["acme.manage"]}),
            {"permission": ["no.such\x00"]},
        ],
    )
    def test_what_is_wrong_is_said_in_the_form_and_nothing_is_made(self, kit, wrong):
        """What was typed stays."""
        answer = browser(kit).post(f"{PAGE}/add", {**FORM, **wrong})
        assert answer.status == 422
        assert 'id="token-form"' in answer.text
        assert list_tokens(kit.house) == []

    def test_making_one_asks_for_a_fresh_proof(self, kit):
        """ASVS 7.5.1: a browser that was left open is not enough."""
        client = browser(kit)
        kit.clock.advance(PROOF_LIFE)
        asked = client.flask.post(f"{PAGE}/add", data={**FORM, "csrf_token": client.token()})
        assert asked.headers["Location"].startswith("/proof")
        assert client.call("POST", API, NEW).status == 403
        assert list_tokens(kit.house) == []
        client.call("POST", "/api/v1/me/proof", {"password": PASSWORD})
        assert client.call("POST", API, NEW).status == 201

    def test_it_is_revoked_after_a_question(self, kit):
        """At once; then there is nothing left to revoke."""
        token, client = make_token(kit, USER, "acme.view"), browser(kit)
        place = f"{PAGE}/{list_tokens(kit.house)[0].id}/revoke"
        assert "Revoke the token A program?" in client.get(place).text
        assert call(kit, token, NOTES).status_code == 200
        done = client.post(place)
        assert (done.status, "is revoked" in done.text) == (200, True)
        assert call(kit, token, NOTES).status_code == 401
        assert client.post(place).status == 409
        assert place not in client.get(PAGE).text

    def test_the_menu_leads_there(self, kit):
        assert f'href="{PAGE}"' in browser(kit).get("/").text

    def test_without_any_permission_there_is_nothing_to_make(self, kit):
        """The page says so."""
        change_roles(kit.house, number_of(kit.house, USER), [], command_line([]))
        page = browser(kit).get(PAGE)
        assert (page.status, "/tokens/add" in page.text) == (200, False)


class TestWhoseTheyAre:
    @pytest.fixture
    def theirs(self, kit) -> dict[str, str]:
        for user_id in (USER, "BOSS"):
            make_token(kit, user_id, "acme.view", name=f"Of {user_id}")
        return {each.user_id: each.id for each in list_tokens(kit.house)}

    def test_somebody_elses_is_not_there(self, kit, theirs):
        """Neither in the list nor by its id, and it stays."""
        client = browser(kit)
        assert "Of BOSS" not in client.get(PAGE).text
        assert [each["user_id"] for each in client.call("GET", API).response.json] == [USER]
        place = f"{PAGE}/{theirs['BOSS']}/revoke"
        assert [client.get(place).status, client.post(place).status] == [404, 404]
        assert client.call("DELETE", f"{API}/{theirs['BOSS']}").status == 404
        assert all(each.revoked_at is None for each in list_tokens(kit.house))

    def test_who_looks_after_tokens_sees_and_revokes_everybodys(self, kit, theirs):
        """The log says who did it, and whose it was."""
        client = browser(kit, "BOSS")
        page = client.get(PAGE).text
        assert "Of BOSS" in page
        assert f"Of {USER}" in page
        assert client.call("DELETE", f"{API}/{theirs[USER]}").status == 204
        entry = kit.audit()[0]
        assert (entry.actor, entry.action, entry.subject) == ("BOSS", "token.revoked", USER)


class TestTheApi:
    def test_a_token_is_made_listed_and_revoked(self, kit):
        """As on the page."""
        client = browser(kit)
        made = client.call("POST", API, NEW)
        assert made.status == 201
        secret, token = made.response.json["secret"], made.response.json["token"]
        assert call(kit, secret, NOTES).status_code == 200
        listed = client.call("GET", API).response.json
        assert [each["id"] for each in listed] == [token["id"]]
        assert listed[0]["used_at"] is not None
        assert client.call("DELETE", f"{API}/{token['id']}").status == 204
        assert client.call("DELETE", f"{API}/{token['id']}").status == 409
        assert call(kit, secret, NOTES).status_code == 401

    @pytest.mark.parametrize(
        "wrong",
        [
            *({"name": ""}, {"name": 5}, {"days": 0}, {"days": 366}, {"days": "30"}, {"days": 1.5}),
            *({"permissions": []}, {"permissions": ["acme.manage"]}, {"permissions": "acme.view"}),
            *({"user_id": "BOSS"}, {"name": "\x00"}),
        ],
    )
    def test_what_is_wrong_is_422_and_nothing_is_made(self, kit, wrong):
        assert browser(kit).call("POST", API, {**NEW, **wrong}).status == 422
        assert list_tokens(kit.house) == []

    def test_a_token_makes_and_revokes_none(self, kit):
        """Else one that leaked could renew itself."""
        token = make_token(kit, "BOSS", "host.tokens.manage", "acme.view")
        id_ = list_tokens(kit.house)[0].id
        assert call(kit, token, API, "POST", json=NEW).status_code == 403
        assert call(kit, token, f"{API}/{id_}", "DELETE").status_code == 403
        assert call(kit, token, API).status_code == 403
        assert len(list_tokens(kit.house)) == 1
