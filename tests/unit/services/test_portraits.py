"""Pictures of those who have an account."""

from __future__ import annotations

import pytest

from host.api import InputError
from host.domain.people import command_line
from host.services.portraits import portrait_of, set_portrait


class TestPortraits:
    PICTURE = b"\x89PNG\r\n\x1a\n and so on"

    def test_a_picture_is_kept_and_shown_to_those_who_are_signed_in(self, host_with):
        """It is served with its own type."""
        kit = host_with()
        client = kit.client("viewer")
        set_portrait(kit.house, "view_en", self.PICTURE, command_line([]))
        answer = client.flask.get("/portraits/VIEW_EN")
        assert (answer.data, answer.mimetype) == (self.PICTURE, "image/png")
        assert 'src="/portraits/VIEW_EN"' in client.get("/").text
        assert kit.anonymous().flask.get("/portraits/VIEW_EN").status_code == 303

    def test_another_picture_is_seen_at_once_and_the_same_is_not_sent_twice(self, host_with):
        """The address stays the same, so the browser has to ask."""
        kit = host_with()
        client = kit.client("viewer")
        set_portrait(kit.house, "VIEW_EN", self.PICTURE, command_line([]))
        first = client.flask.get("/portraits/VIEW_EN")
        assert first.headers["Cache-Control"] == "private, no-cache"
        known = {"If-None-Match": first.headers["ETag"]}
        assert client.flask.get("/portraits/VIEW_EN", headers=known).status_code == 304
        set_portrait(kit.house, "VIEW_EN", self.PICTURE + b"!", command_line([]))
        again = client.flask.get("/portraits/VIEW_EN", headers=known)
        assert (again.status_code, again.data) == (200, self.PICTURE + b"!")

    @pytest.mark.parametrize("picture", [b"", b"GIF89a", b"<svg/>", PICTURE + bytes(200_000)])
    def test_anything_else_is_refused(self, host_with, picture):
        """A picture is PNG or JPEG, up to 200 kB."""
        kit = host_with()
        kit.client("viewer")
        with pytest.raises(InputError, match="PNG or JPEG"):
            set_portrait(kit.house, "VIEW_EN", picture, command_line([]))
        assert portrait_of(kit.house, "VIEW_EN") is None
