"""Ten ways in which a picture, and in which an ``.aec`` file, is bad."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import aecodec
from tests.checks import flipped
from tests.made import made_model

Spoil = Callable[[Path, bytes], None]  # puts a bad file where the sound one would be, whose bytes it gets


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _header(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + struct.pack(">I", zlib.crc32(head)) + b"\0\0\0\0IDAT"


def _as(make: Callable[[bytes], bytes]) -> Spoil:
    def spoil(path: Path, sound: bytes) -> None:
        path.write_bytes(make(sound))

    return spoil


def _dangling(path: Path, sound: bytes) -> None:
    path.symlink_to("nowhere")


def _closed(path: Path, sound: bytes) -> None:
    path.write_bytes(sound)
    path.chmod(0)


_FRAMES = [Image.fromarray(np.full((8, 8), grey, np.uint8)) for grey in (9, 90)]
PICTURES: dict[str, Spoil] = {
    "empty": _as(lambda sound: b""),
    "cut": _as(lambda sound: sound[: len(sound) // 2]),
    "text": _as(lambda sound: b"no picture\n"),
    "damaged": _as(lambda sound: flipped(sound, len(sound) // 2)),
    "floating point": _as(lambda sound: _saved(Image.new("F", (8, 8)), "TIFF")),
    "CMYK": _as(lambda sound: _saved(Image.new("CMYK", (8, 8)), "JPEG")),
    "too large": _as(lambda sound: _header(40_000, 1)),
    "two frames": _as(lambda sound: _saved(_FRAMES[0], "PNG", save_all=True, append_images=_FRAMES[1:])),
    "a link to nowhere": _dangling,
    "no permission": _closed,
}


def _of_another_model(sound: bytes) -> bytes:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder, "other.safetensors")
        path.write_bytes(made_model("other", seed=9))
        return aecodec.compress(np.zeros((8, 8), np.uint8), model=str(path), effort=0)


COMPRESSED: dict[str, Spoil] = {
    "empty": _as(lambda sound: b""),
    "cut": _as(lambda sound: sound[:-1]),
    "text": _as(lambda sound: b"no picture\n"),
    "damaged": _as(lambda sound: flipped(sound, len(sound) // 2)),
    "longer": _as(lambda sound: sound + b"\0"),
    "a later version": _as(lambda sound: flipped(sound, 1, 3)),
    "a picture": _as(lambda sound: _saved(_FRAMES[0], "PNG")),
    "of another model": _as(_of_another_model),
    "a link to nowhere": _dangling,
    "no permission": _closed,
}
