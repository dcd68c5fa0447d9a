"""Pictures that people bring: each is decoded whole and written anew, small and saying nothing else.

A file is not what it begins with, and a small one may unfold to gigabytes. What a camera wrote beside the
picture (the place, the time, the device) is never kept (ASVS 5.2.2).
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from host.api.errors import InputError
from host.api.values import N_

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST = 200_000
"""Bytes of the file, as in formats.md 2."""
MOST_PIXELS = 24_000_000
"""What a camera makes; more are not decoded."""
SIDE = 512
"""Pixels of the longer side of what is kept: twice what the largest portrait is drawn in."""
KINDS = {b"\x89PNG\r\n\x1a\n": ("PNG", "image/png"), b"\xff\xd8\xff": ("JPEG", "image/jpeg")}
"""How a picture begins, and what it is then."""

NO_PICTURE = N_("Expected a PNG or JPEG picture of up to 200 kB. Nothing was changed.")
BROKEN = N_(
    "This picture cannot be read: it is damaged or incomplete. Save it anew as PNG or JPEG. "
    "Nothing was changed."
)
TOO_MANY = N_(
    "This picture has more than %(most)d million pixels. Save it smaller: %(side)d × %(side)d is enough. "
    "Nothing was changed.",
    most=MOST_PIXELS // 1_000_000,
    side=SIDE,
)


def redrawn(content: bytes) -> tuple[bytes, str]:
    """The picture in *content*, upright, at most `SIDE` pixels a side, and nothing but the picture; its type.

    Args:
        content: A PNG or JPEG; it stays what it is.

    Raises:
        InputError: It is neither, too large, has too many pixels, or cannot be decoded to its end.
    """
    from PIL import Image  # noqa: PLC0415 - only who brings a picture has use for it

    kind = next((kind for start, kind in KINDS.items() if content.startswith(start)), None)
    if kind is None or len(content) > LARGEST:
        raise InputError(NO_PICTURE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is lower
            opened = Image.open(io.BytesIO(content), formats=(kind[0],))
    except Image.DecompressionBombError:
        raise InputError(TOO_MANY) from None
    except Exception:  # a decoder may stumble over anything that a stranger wrote
        raise InputError(BROKEN) from None
    with opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise InputError(TOO_MANY)
        try:
            return _written(opened, kind[0]), kind[1]
        except Exception:  # the same
            raise InputError(BROKEN) from None


def _written(opened: Image, form: str) -> bytes:
    if opened.mode.startswith("I;16"):
        opened = opened.point(lambda value: value / 256).convert("L")  # else all but the darkest were white
    see_through = form == "PNG" and opened.has_transparency_data
    if form == "PNG":
        opened = opened.convert("RGBA" if see_through else "RGB")
    picture = _small_and_upright(opened)
    picture = picture if see_through else picture.convert("RGB")
    picture.info.clear()  # comments and profiles would be written again
    target = io.BytesIO()
    picture.save(target, form, optimize=True, **({"quality": 85} if form == "JPEG" else {}))
    return target.getvalue()


def _small_and_upright(picture: Image) -> Image:
    """*picture*, decoded, made small, and turned as the camera was held."""
    from PIL import ImageOps  # noqa: PLC0415 - as above

    picture.thumbnail((SIDE, SIDE))
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # what stands beside a picture may be damaged, and the picture is whole
        return picture
