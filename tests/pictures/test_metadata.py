"""Picture files that are sound, whatever their metadata."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from aecodec.files import decode_picture, decode_with_remarks
from tests.made_pictures import COLOUR, GREY, chunk, saved, tiff
from tests.pictures.samples import BELOW, RGB_JPEG, jpeg_pixels


def text_chunks() -> dict[str, bytes]:
    long = zlib.compress(bytes(3 << 20), 1)
    return {
        "large-ztxt": chunk(b"zTXt", b"Comment\0\0" + long),
        "large-itxt": chunk(b"iTXt", b"Comment\0\1\0\0\0" + long),
        "broken-itxt": chunk(b"iTXt", b"Comment"),
        "broken-ztxt": chunk(b"zTXt", b"Comment\0\0not deflated"),
        "other-ztxt": chunk(b"zTXt", b"Comment\0\7?"),
        "large-profile": chunk(b"iCCP", b"p\0\0" + long),
        "broken-profile": chunk(b"iCCP", b"p\0\0?"),
        "short-gamma": chunk(b"gAMA", b""),
        "short-chroma": chunk(b"cHRM", b"\0"),
        "short-dpi": chunk(b"pHYs", b"\0"),
        "short-srgb": chunk(b"sRGB", b""),
        "private": chunk(b"prVt", b"anything"),
        "exif": chunk(b"eXIf", b"no EXIF"),
        "one-frame": chunk(b"acTL", struct.pack(">II", 1, 0)),
        "no-animation": chunk(b"acTL", b""),
    }


@pytest.mark.parametrize(("name", "extra"), text_chunks().items(), ids=text_chunks())
@pytest.mark.parametrize("behind", [False, True])
def test_metadata_of_png_is_no_damage(name: str, extra: bytes, behind: bool) -> None:
    data = saved(COLOUR, "PNG")
    at = len(data) - 12 if behind else 33
    found = decode_with_remarks(data[:at] + extra + data[at:], "pic")
    np.testing.assert_array_equal(found.picture, COLOUR)
    assert not found.remarks


@pytest.mark.parametrize("marker", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE])
@pytest.mark.parametrize(
    "body", [b"", b"JFIF\0", b"Exif\0\0II", b"ICC_PROFILE\0", b"Photoshop 3.0\x008BIM\4", b"Adobe", b"MPF\0II"]
)
def test_metadata_of_jpeg_is_no_damage(marker: int, body: bytes) -> None:
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
    np.testing.assert_array_equal(decode_picture(RGB_JPEG[:2] + segment + RGB_JPEG[2:], "pic"), jpeg_pixels(RGB_JPEG))


def test_jpeg_with_bytes_between_its_segments() -> None:
    """Fill bytes before markers are allowed, and junk there is passed over by all readers."""
    at = RGB_JPEG.index(b"\xff\xdb")
    for between in (b"\xff\xff\xff", b"junk"):
        found = decode_with_remarks(RGB_JPEG[:at] + between + RGB_JPEG[at:], "pic")
        np.testing.assert_array_equal(found.picture, jpeg_pixels(RGB_JPEG))


@pytest.mark.parametrize("tag", [270, 305, 700, 33723, 34377, 34665, 34675, 37500, 50000])
def test_metadata_of_tiff_is_no_damage(tag: int) -> None:
    data = bytearray(tiff([GREY.tobytes()], BELOW, texts={tag: b"not what it should be"}))
    np.testing.assert_array_equal(decode_picture(bytes(data), "pic"), GREY)
    entry = data.index(struct.pack("<HH", tag, 7))
    data[entry + 4 : entry + 12] = b"\xff\xff\xff\x7f" * 2  # a length and a place far beyond the end
    np.testing.assert_array_equal(decode_picture(bytes(data), "pic"), GREY)


@pytest.mark.parametrize(
    "header",
    [
        b"P5\n7 5 # c\n255\n",
        b"P5\n7 5# c\n255\n",
        b"P5\n7# c\n5\n255\n",
        b"P5# c\n7 5\n255\n",
        b"P5 # c\n7\r5 255# c\n",
        b"P5\n#c\n#d\n7 5 #\n0255\n",
    ],
)
def test_comments_of_pnm(header: bytes) -> None:
    np.testing.assert_array_equal(decode_picture(header + GREY.tobytes(), "pic"), GREY)


def test_plain_pnm() -> None:
    np.testing.assert_array_equal(decode_picture(b"P2 3 1 255 1#c\n2 # d\r3", "pic"), [[1, 2, 3]])
    np.testing.assert_array_equal(decode_picture(b"P1 3 2 10#c\n1 01\n0", "pic"), [[0, 255, 0], [255, 0, 255]])
    large = b"P2 1000 1000 255 " + b"17 250\n" * 500_000
    np.testing.assert_array_equal(decode_picture(large, "pic"), np.tile(np.array([17, 250], np.uint8), (1000, 500)))
