"""Portraits: every picture that comes in is decoded whole and written anew, small and saying nothing else.

A file is not what it begins with. Whatever cannot be decoded is refused, and what a camera wrote beside the
picture (the place, the time, the device) is never kept.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_PORTRAIT = 200_000
"""Bytes of the file, as in formats.md 2."""
MOST_PIXELS = 24_000_000
"""What a camera makes; more are not decoded, for a small file may unfold to gigabytes."""
SIDE = 512
"""Pixels of the longer side of what is kept: twice what the largest portrait is drawn in."""

_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_MADE = b"1\n"
"""How `redrawn` makes pictures; another number has every import make them anew."""


class PortraitError(ValueError):
    """This is no picture that can be kept; the text says why, to stand behind the name of the file."""


def kind_of(content: bytes) -> str:
    """The media type that *content* begins like, and is written as.

    Raises:
        PortraitError: It begins like neither.
    """
    for signature, kind in _KINDS.items():
        if content.startswith(signature):
            return kind
    raise PortraitError("is neither a PNG nor a JPEG picture")


def digest_of(content: bytes) -> str:
    """What tells the picture made of *content* from any other, without making it: SHA-256 in hexadecimal."""
    return hashlib.sha256(_MADE + content).hexdigest()


def redrawn(content: bytes) -> bytes:
    """The picture in *content*, upright, at most `SIDE` pixels a side, and nothing but the picture.

    Args:
        content: A PNG or JPEG; it stays what it is.

    Raises:
        PortraitError: It is neither, cannot be decoded to its end, or has too many pixels.
    """
    from PIL import Image  # noqa: PLC0415 - only an import of pictures has use for it

    kind = kind_of(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is lower
            opened = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
    except Image.DecompressionBombError as error:
        raise _too_many() from error
    except Exception as error:  # a decoder may stumble over anything that a stranger wrote
        raise _broken() from error
    with opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise _too_many()
        try:
            return _png(opened) if kind == "image/png" else _jpeg(opened)
        except Exception as error:  # the same
            raise _broken() from error


def _png(opened: Image) -> bytes:
    if opened.mode.startswith("I;16"):
        opened = opened.point(lambda value: value / 256).convert("L")  # else all but the darkest were white
    picture = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    return _written(_small_and_upright(picture), "PNG")


def _jpeg(opened: Image) -> bytes:
    return _written(_small_and_upright(opened).convert("RGB"), "JPEG", quality=85)


def _small_and_upright(picture: Image) -> Image:
    """*picture*, decoded, made small, and turned as the camera was held."""
    from PIL import ImageOps  # noqa: PLC0415 - as above

    picture.thumbnail((SIDE, SIDE))
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # what stands beside a picture may be damaged, and the picture is whole
        return picture


def _written(picture: Image, form: str, **options: int) -> bytes:
    picture.info.clear()  # comments and profiles would be written again
    target = io.BytesIO()
    picture.save(target, form, optimize=True, **options)
    return target.getvalue()


def _broken() -> PortraitError:
    return PortraitError(
        "cannot be read as a picture: it is damaged or incomplete; save it anew as PNG or JPEG"
    )


def _too_many() -> PortraitError:
    return PortraitError(
        f"has more than {MOST_PIXELS // 1_000_000} million pixels; save it smaller, {SIDE} × {SIDE} is enough"
    )
