"""Pictures as cameras and programs write them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
TURNED, GPS, MAKER = 0x0112, 0x8825, 0x010F
"""Tags of EXIF: how the camera was held, where it was, and who made it."""


def picture(
    form: str = "PNG", size: tuple[int, int] = (40, 30), *, mode: str = "RGB", **options: Any
) -> bytes:
    """A black picture with a white corner at its upper left."""
    drawn = Image.new("RGB", size, BLACK)
    drawn.paste(WHITE, (0, 0, size[0] // 2, size[1] // 2))
    target = io.BytesIO()
    drawn.convert(mode).save(target, form, **options)
    return target.getvalue()


def of_a_camera(form: str = "JPEG", turned: int = 1) -> bytes:
    """A picture with all that a camera writes beside it."""
    exif = Image.Exif()
    exif[TURNED], exif[MAKER], exif[GPS] = turned, "Camera", {1: "N", 2: (59.0, 54.0, 40.0)}
    more = {"comment": b"at home"} if form == "JPEG" else {}
    return picture(form, exif=exif.tobytes(), icc_profile=b"profile", **more)


def unfolding(width: int, height: int) -> bytes:
    """A tiny PNG that says it is large."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def read(content: bytes) -> Image.Image:
    """The picture, decoded."""
    found = Image.open(io.BytesIO(content))
    found.load()
    return found
