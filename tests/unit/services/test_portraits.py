"""Pictures of those who have an account: decoded whole and written anew."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from unit.superoffice_tab.pictures import GPS, of_a_camera, picture, read, unfolding

from host.api import InputError
from host.domain.people import command_line
from host.services.pictures import SIDE, redrawn
from host.services.portraits import portrait_of, remove_portrait, set_portrait

CLI = command_line([])
FORMS = {"PNG": "image/png", "JPEG": "image/jpeg"}


class TestPortraits:
    PICTURE = picture("PNG")

    def test_a_picture_is_kept_and_shown_to_those_who_are_signed_in(self, host_with):
        """It is served with its own type, drawn anew."""
        kit = host_with()
        client = kit.client("viewer")
        set_portrait(kit.house, "view_en", self.PICTURE, CLI)
        answer = client.flask.get("/portraits/VIEW_EN")
        assert (answer.data, answer.mimetype) == (redrawn(self.PICTURE)[0], "image/png")
        assert 'src="/portraits/VIEW_EN"' in client.get("/").text
        assert kit.anonymous().flask.get("/portraits/VIEW_EN").status_code == 303

    def test_another_picture_is_seen_at_once_and_the_same_is_not_sent_twice(self, host_with):
        """The address stays the same, so the browser has to ask."""
        kit = host_with()
        client = kit.client("viewer")
        set_portrait(kit.house, "VIEW_EN", self.PICTURE, CLI)
        first = client.flask.get("/portraits/VIEW_EN")
        assert first.headers["Cache-Control"] == "private, no-cache"
        known = {"If-None-Match": first.headers["ETag"]}
        assert client.flask.get("/portraits/VIEW_EN", headers=known).status_code == 304
        other = picture("JPEG")
        set_portrait(kit.house, "VIEW_EN", other, CLI)
        again = client.flask.get("/portraits/VIEW_EN", headers=known)
        assert (again.status_code, again.data) == (200, redrawn(other)[0])

    @pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", PICTURE + bytes(200_000)])
    def test_anything_else_is_refused(self, host_with, content):
        """A picture is PNG or JPEG, up to 200 kB."""
        kit = host_with()
        kit.client("viewer")
        with pytest.raises(InputError, match="PNG or JPEG"):
            set_portrait(kit.house, "VIEW_EN", content, CLI)
        assert portrait_of(kit.house, "VIEW_EN") is None

    def test_it_can_be_taken_away_and_taking_away_none_is_nothing(self, host_with):
        """Only what happened is written down."""
        kit = host_with()
        kit.client("viewer")
        set_portrait(kit.house, "VIEW_EN", self.PICTURE, CLI)
        remove_portrait(kit.house, "VIEW_EN", CLI)
        remove_portrait(kit.house, "VIEW_EN", CLI)
        assert portrait_of(kit.house, "VIEW_EN") is None
        assert [each.action for each in kit.audit()].count("account.portrait_removed") == 1


@pytest.mark.parametrize("form", FORMS)
class TestWhatIsKept:
    def test_nothing_but_the_picture_upright_and_small(self, form: str):
        """No place, no maker, no comment; turned as the camera was held."""
        taken = of_a_camera(form, 6)
        assert read(taken).getexif().get_ifd(GPS)
        kept, kind = redrawn(taken)
        assert kind == FORMS[form]
        assert read(kept).size == (30, 40)
        assert not read(kept).getexif()
        assert b"Camera" not in kept
        assert read(redrawn(picture(form, (2000, 1000)))[0]).size == (SIDE, SIDE // 2)

    @settings(max_examples=15, deadline=None)
    @given(data=st.data())
    def test_a_damaged_one_is_refused_or_a_picture(self, form: str, data: st.DataObject):
        """Whatever a decoder stumbles over, it is told in a sentence."""
        whole = bytearray(of_a_camera(form))
        for place in data.draw(st.lists(st.integers(8, len(whole) - 1), max_size=4)):
            whole[place] = data.draw(st.integers(0, 255))
        cut = bytes(whole[: data.draw(st.integers(3, len(whole)))])
        try:
            kept, _ = redrawn(cut)
        except InputError:
            return
        assert max(read(kept).size) <= SIDE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_kind_of_png_is_taken(mode: str):
    """What is seen through stays so."""
    kept = read(redrawn(picture(mode=mode))[0])
    assert (kept.mode, kept.size) == ("RGBA" if mode in ("LA", "RGBA") else "RGB", (40, 30))


def test_sixteen_bits_of_grey_stay_grey():
    """Cut to eight bits they would be white."""
    target = io.BytesIO()
    Image.new("I;16", (4, 4), 128 * 256).save(target, "PNG")
    assert 120 < read(redrawn(target.getvalue())[0]).convert("L").getpixel((0, 0)) < 136


@pytest.mark.parametrize(("content", "says"), [
    (b"\xff\xd8\xff", "damaged or incomplete"),
    (picture("JPEG", (400, 300))[:-200], "damaged or incomplete"),
    (unfolding(30_000, 30_000), "more than 24 million pixels"),
    (unfolding(5_000, 5_000), "more than 24 million pixels"),
], ids=["three bytes", "cut", "bomb", "many"])  # fmt: skip
def test_a_trap_is_refused_with_a_reason(content: bytes, says: str):
    """A small file that unfolds to gigabytes is not decoded."""
    with pytest.raises(InputError, match=says):
        redrawn(content)
