"""Who tried in vain stands in the log: wrong passwords, and what somebody may not see."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from builders.accounts import add_person, sign_in
from builders.plugins import neighbour

from host.services.refusals import LONGEST_NAME


def refused(kit, action: str) -> list[tuple]:
    return [
        (each.actor, each.subject, each.after, each.origin) for each in kit.audit() if each.action == action
    ]


class TestSigningIn:
    def test_a_wrong_password_is_noted_with_the_name_as_it_was_typed(self, host_with):
        """From where, and never the password; a second time it is only counted."""
        kit = host_with()
        add_person(kit)
        for password in ("wrong horse", "wrong again"):
            assert sign_in(kit.anonymous(), "kaan", password).status_code == 401
        (noted,) = refused(kit, "signin.failed")
        assert (noted[0], noted[1], noted[3]) == ("anonymous", "kaan", "127.0.0.1")
        assert noted[2]["times"] == 1
        kit.clock.advance(timedelta(hours=1))
        sign_in(kit.anonymous(), "kaan", "wrong horse")
        assert [each[2]["times"] for each in refused(kit, "signin.failed")] == [2, 1]

    def test_a_name_can_be_anything(self, host_with):
        """Only what can be shown is kept of it, and not much."""
        kit = host_with()
        sign_in(kit.anonymous(), "x\n\x1b[31m" + "y" * 200, "wrong horse")
        ((_, subject, _, _),) = refused(kit, "signin.failed")
        assert subject.startswith("x��[31myyy")
        assert len(subject) == LONGEST_NAME

    def test_a_flood_of_names_is_counted(self, host_with):
        """An entry for each of the first, and one for all others."""
        kit = host_with()
        kit.house.sieve.most = 3
        for number in range(6):
            sign_in(kit.anonymous(), f"name{number}", "wrong horse")
        assert len(refused(kit, "signin.failed")) == 3

    def test_a_link_that_is_used_up_is_noted_without_it(self, host_with):
        """A token is a secret, even a wrong one."""
        kit = host_with()
        kit.anonymous().get("/login/once/abcdefgh")
        ((_, subject, after, _),) = refused(kit, "signin.failed")
        assert subject == ""
        assert "abcdefgh" not in str(after)


class TestAccess:
    def test_what_a_role_does_not_allow_is_noted_with_route_and_permission(self, host_with):
        """Once, however often it is tried; each thing by itself."""
        kit = host_with(neighbour())
        client = kit.client("viewer")
        for _ in range(3):
            assert client.get("/plugins").status == 403
        client.call("GET", "/api/v1/audit")
        assert [(each[1], each[2]["permission"]) for each in refused(kit, "access.refused")] == [
            ("/api/v1/audit", "host.audit.view"),
            ("/plugins", "host.plugins.view"),
        ]
        assert {each[0] for each in refused(kit, "access.refused")} == {"VIEW_EN"}

    def test_a_forged_form_is_noted(self, host_with):
        """A token of somebody else's."""
        kit = host_with()
        assert kit.client().post("/logout", {"csrf_token": "x"}).status == 403
        assert [each[1] for each in refused(kit, "access.refused")] == ["/logout"]

    def test_where_it_cannot_be_noted_the_answer_is_still_no(self, host_with):
        """Nothing was changed, so there is nothing to take back."""
        kit = host_with()
        client = kit.client("viewer")
        with kit.house.stores.host.writing() as session:
            session.execute(sa.text("delete from host_audit_head"))
        assert client.get("/plugins").status == 403

    @pytest.mark.parametrize("path", ["/no-such-page", "/login"])
    def test_what_is_no_refusal_is_not_noted(self, host_with, path):
        """Else anybody could fill the log with addresses."""
        kit = host_with()
        kit.anonymous().get(path)
        assert kit.audit() == []
