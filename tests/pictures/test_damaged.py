"""Picture files that are damaged by the rules of their format."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.files import decode_picture, decode_with_remarks
from tests.made_pictures import COLOUR, GREY, bmp, chunks, header, png, rows, saved, tiff
from tests.pictures.samples import BELOW, GREY_JPEG, INDICES, LARGE, PALETTE, jpeg_pixels

HEAD, DATA, END = (b"IHDR", header(7, 5, 8, 3)), (b"IDAT", zlib.compress(rows(INDICES))), (b"IEND", b"")
GREY_HEAD, GREY_DATA = (b"IHDR", header(7, 5, 8, 0)), (b"IDAT", zlib.compress(rows(GREY)))
COLOURS = (b"PLTE", PALETTE.tobytes())
PACKED = GREY_DATA[1]


def with_wrong_checksum(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind)
    end = at + 4 + int.from_bytes(data[at - 4 : at])
    return data[:end] + bytes([data[end] ^ 1]) + data[end + 1 :]


BROKEN_PNG = {
    "unknown-critical": chunks(GREY_HEAD, (b"ABCD", b""), GREY_DATA, END),
    "critical-first": chunks((b"CgBI", b"\0\0\0\0"), GREY_HEAD, GREY_DATA, END),
    "no-header": chunks(GREY_DATA, END),
    "two-headers": chunks(GREY_HEAD, GREY_HEAD, GREY_DATA, END),
    "short-header": chunks((b"IHDR", GREY_HEAD[1][:12]), GREY_DATA, END),
    "no-width": chunks((b"IHDR", header(0, 5, 8, 0)), GREY_DATA, END),
    "depth": chunks((b"IHDR", header(7, 5, 3, 0)), GREY_DATA, END),
    "colour-type": chunks((b"IHDR", header(7, 5, 8, 1)), GREY_DATA, END),
    "compression": chunks((b"IHDR", header(7, 5, 8, 0, 1, 0, 0)), GREY_DATA, END),
    "filtering": chunks((b"IHDR", header(7, 5, 8, 0, 0, 1, 0)), GREY_DATA, END),
    "interlacing": chunks((b"IHDR", header(7, 5, 8, 0, 0, 0, 2)), GREY_DATA, END),
    "no-data": chunks(GREY_HEAD, END),
    "no-end": chunks(GREY_HEAD, GREY_DATA),
    "end-with-data": chunks(GREY_HEAD, GREY_DATA, (b"IEND", b"?")),
    "apart": chunks(GREY_HEAD, (b"IDAT", PACKED[:9]), (b"tEXt", b"a\0b"), (b"IDAT", PACKED[9:]), END),
    "no-palette": chunks(HEAD, DATA, END),
    "two-palettes": chunks(HEAD, COLOURS, COLOURS, DATA, END),
    "palette-behind": chunks(HEAD, DATA, COLOURS, END),
    "palette-of-grey": chunks(GREY_HEAD, COLOURS, GREY_DATA, END),
    "palette-length": chunks(HEAD, (b"PLTE", bytes(10)), DATA, END),
    "palette-empty": chunks(HEAD, (b"PLTE", b""), DATA, END),
    "palette-long": chunks((b"IHDR", header(8, 1, 1, 3)), (b"PLTE", bytes(9)), (b"IDAT", zlib.compress(b"\0\0")), END),
    "beyond-palette": chunks(HEAD, (b"PLTE", bytes(6)), DATA, END),
    "alpha-before-palette": chunks(HEAD, (b"tRNS", b"\0"), COLOURS, DATA, END),
    "alpha-behind": chunks(HEAD, COLOURS, DATA, (b"tRNS", b"\0"), END),
    "alpha-twice": chunks(HEAD, COLOURS, (b"tRNS", b"\0"), (b"tRNS", b"\0"), DATA, END),
    "alpha-long": chunks(HEAD, COLOURS, (b"tRNS", bytes(4)), DATA, END),
    "alpha-empty": chunks(HEAD, COLOURS, (b"tRNS", b""), DATA, END),
    "alpha-of-grey": chunks(GREY_HEAD, (b"tRNS", b"\0"), GREY_DATA, END),
    "alpha-of-rgb": png(1, 1, 8, 2, bytes(4), (b"tRNS", bytes(2))),
    "alpha-twofold": png(1, 1, 8, 6, bytes(5), (b"tRNS", bytes(6))),
    "filter-type": png(7, 5, 8, 0, rows(GREY).replace(b"\0", b"\5", 1)),
    "few-rows": png(7, 5, 8, 0, rows(GREY[:4])),
    "short-row": png(7, 5, 8, 0, rows(GREY)[:-1]),
    "no-adler": chunks(GREY_HEAD, (b"IDAT", PACKED[:-4]), END),
    "wrong-adler": chunks(GREY_HEAD, (b"IDAT", PACKED[:-1] + bytes([PACKED[-1] ^ 1])), END),
    "more-rows-and-wrong-adler": chunks((b"IHDR", header(7, 4, 8, 0)), (b"IDAT", PACKED[:-1] + b"?"), END),
    "not-letters": chunks(GREY_HEAD, (b"a1cd", b""), GREY_DATA, END),
    **{
        f"checksum-{kind.decode()}": with_wrong_checksum(
            chunks(HEAD, COLOURS, (b"tRNS", b"\0"), (b"prVt", b""), DATA, END), kind
        )
        for kind in (b"IHDR", b"PLTE", b"tRNS", b"prVt", b"IDAT", b"IEND")
    },
}


@pytest.mark.parametrize("data", BROKEN_PNG.values(), ids=BROKEN_PNG)
def test_png_that_breaks_a_rule_is_damaged(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"^pic is a damaged picture: "):
        decode_picture(data, "pic")


def test_png_that_keeps_the_rules_is_read() -> None:
    """What the broken ones are made of; several IDAT chunks, empty ones, and palettes that only suggest."""
    np.testing.assert_array_equal(decode_picture(chunks(HEAD, COLOURS, DATA, END), "x"), PALETTE[INDICES])
    parts = [(b"IDAT", PACKED[n : n + 1]) for n in range(len(PACKED))]
    np.testing.assert_array_equal(decode_picture(chunks(GREY_HEAD, (b"IDAT", b""), *parts, END), "x"), GREY)
    np.testing.assert_array_equal(decode_picture(png(7, 5, 8, 2, rows(COLOUR.reshape(5, -1)), COLOURS), "x"), COLOUR)


def test_only_the_bits_of_a_transparent_colour_count() -> None:
    grey = decode_picture(png(2, 1, 8, 0, b"\0\5\6", (b"tRNS", b"\x7f\5")), "x")
    np.testing.assert_array_equal(grey, [[[5, 0], [6, 255]]])
    found = decode_picture(png(2, 1, 8, 2, b"\0\1\2\3\4\5\6", (b"tRNS", b"\1\4\1\5\1\6")), "x")
    np.testing.assert_array_equal(found[..., 3], [[255, 0]])


def test_metadata_with_a_wrong_checksum_is_said() -> None:
    data = with_wrong_checksum(chunks(GREY_HEAD, (b"tEXt", b"a\0b"), GREY_DATA, END), b"tEXt")
    found = decode_with_remarks(data, "pic")
    np.testing.assert_array_equal(found.picture, GREY)
    assert found.remarks == ("pic: the checksum of its tEXt chunk is wrong; nothing of that is kept",)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}, {"subsampling": 2}])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_that_would_be_made_up_is_damaged(mode: str, options: dict[str, Any]) -> None:
    """Whatever is missing before its end mark. What is whole is read and not remarked on."""
    y, x = np.mgrid[0:50, 0:70]
    image = Image.fromarray(np.stack([x * 3, y * 4, x ^ y], -1).astype(np.uint8)).convert(mode)
    data = saved(image, "JPEG", quality=90, **options)
    assert not decode_with_remarks(data, "x").remarks
    begin = data.rindex(b"\xff\xda") + 14
    for end in np.linspace(begin, len(data) - 4, 12).astype(int).tolist():
        for cut in (data[:end], data[:end] + b"\xff\xd9"):
            with pytest.raises(FormatError, match="damaged"):
                decode_picture(cut, "x")


def test_jpeg_with_data_behind_its_last_pixel_is_said() -> None:
    data = saved(LARGE, "JPEG")
    found = decode_with_remarks(data[:-2] + b"\x5a" * 100 + data[-2:], "pic")
    np.testing.assert_array_equal(found.picture, jpeg_pixels(data))
    assert ["behind its last pixel" in remark for remark in found.remarks] == [True]


def test_progressive_jpeg_without_its_last_scans_is_said() -> None:
    data = saved(LARGE, "JPEG", progressive=True)
    found = decode_with_remarks(data[: data.rindex(b"\xff\xda")] + b"\xff\xd9", "pic")
    assert ["finest detail" in remark for remark in found.remarks] == [True]


def test_jpeg_without_restart_marks_or_components_is_damaged() -> None:
    data = saved(LARGE, "JPEG", restart_marker_blocks=2)
    first, second = data.index(b"\xff\xd0"), data.index(b"\xff\xd1")
    for bad in (
        data[:first] + data[second:],
        data[:second] + data[second + 2 :],
        data[: data.rindex(b"\xff\xd0")] + b"\xff\xd9",
    ):
        with pytest.raises(FormatError, match="damaged"):
            decode_picture(bad, "x")


TWO_STRIPS = {**BELOW, 278: 3}
BROKEN_TIFF = {
    "few-strips": tiff([GREY[:3].tobytes()], TWO_STRIPS),
    "short-strip": tiff([GREY[:3].tobytes(), GREY[3:].tobytes()[:-1]], TWO_STRIPS),
    "beyond": tiff([GREY.tobytes()], {**BELOW, 273: 4_000}),
    "no-size": tiff([GREY.tobytes()], {tag: value for tag, value in BELOW.items() if tag != 256}),
    "no-palette": tiff([GREY.tobytes()], {**BELOW, 262: 3}),
    "short-palette": tiff([GREY.tobytes()], {**BELOW, 262: 3, 320: [0] * 300}),
    "directory": b"II*\0\xff\xff\0\0" + bytes(50),
    "deflate-checksum": tiff([zlib.compress(GREY.tobytes())[:-1] + b"?"], {**BELOW, 259: 8}),
    "cut-jpeg": tiff([GREY_JPEG[:-20] + b"\xff\xd9"], {**BELOW, 259: 7}),
}


@pytest.mark.parametrize("data", BROKEN_TIFF.values(), ids=BROKEN_TIFF)
def test_tiff_that_would_be_made_up_is_damaged(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"^pic is a damaged picture: "):
        decode_picture(data, "pic")


@pytest.mark.parametrize("coding", ["group3", "group4", "tiff_lzw", "packbits", "tiff_deflate"])
def test_what_libtiff_complains_of_is_damage(coding: str, capfd: pytest.CaptureFixture[str]) -> None:
    """It would go on after a bad code word, and write lines of its own."""
    noise = np.random.default_rng(0).integers(0, 2, (40, 50)).astype(bool)
    data = saved(Image.fromarray(noise.repeat(8, 0).repeat(8, 1)), "TIFF", compression=coding)
    with Image.open(io.BytesIO(data)) as image:
        place, length = image.tag_v2[273][-1], image.tag_v2[279][-1]  # type: ignore[attr-defined]
    decode_picture(data, "x")
    with pytest.raises(FormatError, match="damaged"):
        decode_picture(data[: place + length // 2] + bytes(length - length // 2) + data[place + length :], "x")
    assert capfd.readouterr().err == ""


def test_tiff_by_strips_and_jpeg() -> None:
    np.testing.assert_array_equal(decode_picture(tiff([GREY[:3].tobytes(), GREY[3:].tobytes()], TWO_STRIPS), "x"), GREY)
    found = decode_picture(tiff([GREY_JPEG], {**BELOW, 259: 7}), "x")
    np.testing.assert_array_equal(found, jpeg_pixels(GREY_JPEG))


def test_tiff_of_one_strip_need_not_say_how_long_it_is() -> None:
    deflated = tiff([zlib.compress(GREY.tobytes())], {**BELOW, 259: 8})
    for data in (tiff([GREY.tobytes()], BELOW), deflated):
        unsaid = data.replace(struct.pack("<HHI", 279, 4, 1), struct.pack("<HHI", 280, 4, 1))
        assert unsaid != data
        np.testing.assert_array_equal(decode_picture(data, "x"), GREY)
        np.testing.assert_array_equal(decode_picture(unsaid, "x"), GREY)


def test_a_tiff_and_its_reduced_copies() -> None:
    small = Image.fromarray(COLOUR[::2, ::2])
    data = saved(COLOUR, "TIFF", save_all=True, append_images=[small])
    with pytest.raises(UnsupportedError, match="2 frames or pages"):
        decode_picture(data, "x")
    info = small.copy()
    info.encoderinfo = {"tiffinfo": {254: 1}}  # type: ignore[attr-defined]
    found = decode_with_remarks(saved(COLOUR, "TIFF", save_all=True, append_images=[info]), "x")
    np.testing.assert_array_equal(found.picture, COLOUR)
    assert ["reduced copies" in remark for remark in found.remarks] == [True]


@pytest.mark.parametrize(
    "data",
    [
        b"P5 2 1 100\n\x64\x65",
        b"P2 2 1 100 100 101",
        b"P2 1 1 255 -1",
        b"P2 2 1 255 1",
        b"P1 2 1 12",
        b"P5 2 2 255\n\0\0\0",
        b"P5 1 1 0\n\0",
        b"P5 0 1 255\n",
        b"P5 x 1 255\n",
        b"P5 1 1 70000\n\0\0",
        b"P5 1 1 255",
    ],
)
def test_pnm_that_breaks_a_rule_is_damaged(data: bytes) -> None:
    with pytest.raises(FormatError, match="damaged"):
        decode_picture(data, "pic")


@pytest.mark.parametrize("runs", [b"", b"\2", b"\2\0\0", b"\2\0\0\2", b"\2\0\0\1", b"\4\0\0\1", b"\3\2\0\1"])
def test_bmp_of_runs_that_break_a_rule_is_damaged(runs: bytes) -> None:
    """Cut short, ended early, beyond their row, beyond the palette."""
    with pytest.raises(FormatError, match="damaged"):
        decode_picture(bmp(3, 1, 8, runs, palette=bytes(8), coding=1), "pic")


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_bmp_beyond_its_palette_is_damaged(bits: int) -> None:
    with pytest.raises(FormatError, match="palette of 1"):
        decode_picture(bmp(2, 1, bits, b"\x7f\1\0\0", palette=bytes(4)), "pic")


def test_limits_come_first() -> None:
    for data in (
        png(40_000, 1, 8, 0, b""),
        b"P5 40000 1 255\n",
        tiff([b""], {**BELOW, 256: 40_000}),
        bmp(40_000, 1, 8, b""),
    ):
        with pytest.raises(LimitError, match=r"^pic has 40000x"):
            decode_picture(data, "pic")
