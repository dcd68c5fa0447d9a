"""Pictures are decoded whole and written anew: small, upright, and with nothing beside them."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from unit.superoffice_tab.pictures import GPS, of_a_camera, picture, read, unfolding

from superoffice_tab.services.portraits import SIDE, PortraitError, digest_of, kind_of, redrawn

FORMS = {"PNG": "image/png", "JPEG": "image/jpeg"}


@pytest.mark.parametrize("form", FORMS)
class TestWhatIsKept:
    def test_nothing_but_the_picture(self, form: str):
        """No place, no maker, no comment, no profile."""
        taken = of_a_camera(form)
        assert read(taken).getexif().get_ifd(GPS)
        kept = redrawn(taken)
        assert not read(kept).getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & read(kept).info.keys()
        assert b"Camera" not in kept
        assert kind_of(kept) == FORMS[form]

    @pytest.mark.parametrize(("turned", "size", "corner"), [
        (1, (40, 30), (5, 5)), (3, (40, 30), (35, 25)), (6, (30, 40), (25, 5)), (8, (30, 40), (5, 35)),
    ])  # fmt: skip
    def test_it_stands_upright(self, form: str, turned: int, size: tuple[int, int], corner: tuple[int, int]):
        """The white corner is where somebody with the camera in hand saw it."""
        kept = read(redrawn(of_a_camera(form, turned))).convert("L")
        assert kept.size == size
        corners = [(x, y) for x in (5, size[0] - 5) for y in (5, size[1] - 5)]
        assert [each for each in corners if kept.getpixel(each) > 200] == [corner]

    def test_a_large_one_is_made_small(self, form: str):
        """Its shape stays."""
        assert read(redrawn(picture(form, (2000, 1000)))).size == (SIDE, SIDE // 2)

    @settings(max_examples=25, deadline=None)
    @given(data=st.data())
    def test_a_damaged_one_is_refused_or_a_picture(self, form: str, data: st.DataObject):
        """Whatever a decoder stumbles over, it is told in a sentence."""
        whole = bytearray(of_a_camera(form))
        for place in data.draw(st.lists(st.integers(8, len(whole) - 1), max_size=4)):
            whole[place] = data.draw(st.integers(0, 255))
        cut = bytes(whole[: data.draw(st.integers(3, len(whole)))])
        try:
            kept = redrawn(cut)
        except PortraitError:
            return
        assert max(read(kept).size) <= SIDE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_kind_of_png_is_taken(mode: str):
    """What is seen through stays so."""
    kept = read(redrawn(picture(mode=mode)))
    assert (kept.mode, kept.size) == ("RGBA" if mode in ("LA", "RGBA") else "RGB", (40, 30))
    seen = kept.convert("L")
    assert (seen.getpixel((5, 5)), seen.getpixel((35, 25))) == (255, 0)


def test_sixteen_bits_of_grey_stay_grey():
    """Cut to eight bits they would be white."""
    target = io.BytesIO()
    Image.new("I;16", (4, 4), 128 * 256).save(target, "PNG")
    assert 120 < read(redrawn(target.getvalue())).convert("L").getpixel((0, 0)) < 136


@pytest.mark.parametrize(("content", "says"), [
    (b"\xff\xd8\xff", "damaged or incomplete"),
    (picture("JPEG", (400, 300))[:-200], "damaged or incomplete"),
    (unfolding(100, 100), "damaged or incomplete"),
    (unfolding(30_000, 30_000), "more than 24 million pixels"),
    (unfolding(10_000, 10_000), "more than 24 million pixels"),
    (unfolding(5_000, 5_000), "more than 24 million pixels"),
    (b"GIF89a", "neither a PNG nor a JPEG"),
    (b"", "neither a PNG nor a JPEG"),
], ids=["three bytes", "cut", "empty inside", "bomb", "warning", "many", "gif", "nothing"])  # fmt: skip
def test_anything_else_is_refused_with_a_reason(content: bytes, says: str):
    with pytest.raises(PortraitError, match=says):
        redrawn(content)


def test_the_digest_is_not_that_of_the_file():
    """What was kept as it came, before pictures were redrawn, is made anew by the next import."""
    assert digest_of(b"a") != hashlib.sha256(b"a").hexdigest()
    assert digest_of(b"a") == digest_of(b"a") != digest_of(b"b")
