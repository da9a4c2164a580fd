"""Animations made chunk by chunk, so that every way of placing and disposing of a frame is there."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.made_pictures import chunks, header, rows, saved

Picture = NDArray[np.uint8]
SIZE = (9, 7)  # width and height of the canvas


class Cel(NamedTuple):
    """A frame: RGB and alpha of a part of the canvas, where it lies, and what becomes of it.

    ``disposal``: 0 it stays, 1 it is cleared, 2 all is as before.
    """

    picture: Picture
    left: int = 0
    top: int = 0
    disposal: int = 0
    over: bool = True


def block(height: int, width: int, colour: Sequence[int], *, hole: bool = False) -> Picture:
    found = np.full((height, width, 4), colour, np.uint8)
    if hole:
        found[height // 2, width // 2] = 0
    return found


RED, GREEN, BLUE, HALF = (200, 0, 0, 255), (0, 180, 0, 255), (0, 0, 220, 255), (90, 90, 0, 128)
CELS = [
    Cel(block(7, 9, RED)),
    Cel(block(3, 3, GREEN, hole=True), 2, 2, disposal=1),
    Cel(block(4, 4, BLUE), 4, 2, disposal=2),
    Cel(block(2, 5, GREEN, hole=True), 0, 4),
    Cel(block(7, 9, BLUE, hole=True), disposal=2),
    Cel(block(1, 1, RED), 8, 6),
]


def shown(cels: Sequence[Cel], size: tuple[int, int] = SIZE) -> list[Picture]:
    """What a viewer shows, pixel by pixel."""
    canvas, found = np.zeros((size[1], size[0], 4), np.uint8), []
    for cel in cels:
        before = canvas.copy()
        height, width = cel.picture.shape[:2]
        for y in range(height):
            for x in range(width):
                at = cel.top + y, cel.left + x
                canvas[at] = _over(canvas[at].tolist(), cel.picture[y, x].tolist()) if cel.over else cel.picture[y, x]
        found.append(canvas.copy())
        part = slice(cel.top, cel.top + height), slice(cel.left, cel.left + width)
        if cel.disposal == 1:
            canvas[part] = 0
        elif cel.disposal == 2:
            canvas = before
    return found


def _over(below: list[int], above: list[int]) -> list[int]:
    if above[3] in (0, 255):
        return above if above[3] else below
    first, second = above[3] * 255, (255 - above[3]) * below[3]
    colours = [(a * first + b * second) // (first + second) for a, b in zip(above[:3], below[:3], strict=True)]
    return [*colours, (first + second) // 255]


def apng(cels: Sequence[Cel], size: tuple[int, int] = SIZE, *, default: Picture | None = None) -> bytes:
    """An animated PNG in RGB and alpha; ``default``: a picture before its frames."""
    found = [(b"IHDR", header(*size, 8, 6)), (b"acTL", struct.pack(">II", len(cels), 0))]
    if default is not None:
        found.append((b"IDAT", zlib.compress(rows(default))))
    number = 0
    for place, cel in enumerate(cels):
        height, width = cel.picture.shape[:2]
        control = struct.pack(">5I2H2B", number, width, height, cel.left, cel.top, 1, 10, cel.disposal, int(cel.over))
        found.append((b"fcTL", control))
        number += 1
        packed = zlib.compress(rows(cel.picture))
        if place == 0 and default is None:
            found.append((b"IDAT", packed))
        else:
            for part in (packed[:20], packed[20:]):
                found.append((b"fdAT", struct.pack(">I", number) + part))
                number += 1
    return chunks(*found, (b"IEND", b""))


def gif(cels: Sequence[Cel], size: tuple[int, int] = SIZE, *, tail: bytes = b"\x3b", **options: Any) -> bytes:
    """A GIF with a palette for each frame; alpha is 0 or 255."""
    found = b"GIF89a" + struct.pack("<HHBBB", *size, 0, 0, 0)
    for cel in cels:
        still = Image.fromarray(cel.picture).convert("RGBA").quantize(8, Image.Quantize.FASTOCTREE)
        colours = np.array(still.getpalette("RGBA"), np.uint8).reshape(-1, 4)
        clear = [n for n in range(len(colours)) if colours[n, 3] == 0]
        plain = Image.fromarray(np.array(still), "P")
        plain.putpalette(colours[:, :3].tobytes())
        data = saved(plain, "GIF", **options)
        disposal = {0: 1, 1: 2, 2: 3}[cel.disposal]
        flags = disposal << 2 | bool(clear)
        found += struct.pack("<BBBBHBB", 0x21, 0xF9, 4, flags, 7, clear[0] if clear else 0, 0)
        found += moved(data, cel.left, cel.top)
    return found + tail


def moved(data: bytes, left: int, top: int) -> bytes:
    """The image block of a GIF of one frame, with the palette as its own, at another place."""
    common = 3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0
    at = 13 + common
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    assert data[at] == 0x2C
    _, _, width, height, flags = struct.unpack_from("<HHHHB", data, at + 1)
    own = data[at + 10 : at + 10 + (3 << ((flags & 7) + 1))] if flags & 0x80 else data[13 : 13 + common]
    bits = (len(own) // 3).bit_length() - 2
    start = at + 10 + (len(own) if flags & 0x80 else 0)
    head = struct.pack("<BHHHHB", 0x2C, left, top, width, height, 0x80 | (flags & 0x40) | bits)
    return head + own + data[start : data.rindex(b"\x3b")]


def webp(cels: Sequence[Cel], size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    """An animated WebP; places are even, and a frame is not put back as before."""
    head = struct.pack("<I", 0x12) + (size[0] - 1).to_bytes(3, "little") + (size[1] - 1).to_bytes(3, "little")
    found = _chunk(b"VP8X", head) + _chunk(b"ANIM", bytes(6))
    for cel in cels:
        height, width = cel.picture.shape[:2]
        still = saved(cel.picture, "WEBP", **(options or {"lossless": True, "exact": True}))
        inner = still[12:] if still[12:16] != b"VP8X" else still[30:]
        numbers = (cel.left // 2, cel.top // 2, width - 1, height - 1, 100)
        flags = cel.disposal | (0 if cel.over else 2)
        found += _chunk(b"ANMF", b"".join(n.to_bytes(3, "little") for n in numbers) + bytes([flags]) + inner)
    return b"RIFF" + struct.pack("<I", 4 + len(found)) + b"WEBP" + found


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def pages(pictures: Sequence[Picture | Image.Image], **options: Any) -> bytes:
    """A TIFF of several pages."""
    first, *others = [each if isinstance(each, Image.Image) else Image.fromarray(each) for each in pictures]
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=others, **options)
    return out.getvalue()
