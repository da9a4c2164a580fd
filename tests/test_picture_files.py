"""What becomes of every kind of picture file: kept exactly, kept and said, or refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from aecodec.cli.group import app
from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.files import decode_picture, decode_with_remarks
from tests.made_pictures import (
    ALPHA,
    COLOUR,
    GREY,
    PICTURES,
    bmp,
    chunk,
    chunks,
    header,
    mpo,
    png,
    rows,
    saved,
    tiff,
    tiff_of,
)

LOSSLESS = {"lossless": True, "exact": True}
BITS = (GREY > 100) * np.uint8(255)
LARGE = np.kron(COLOUR, np.ones((8, 8, 1), np.uint8))
PALETTE = np.array([[9, 9, 9], [50, 60, 50], [200, 3, 4]], np.uint8)
INDICES = GREY % 3
DEEP = GREY.astype(np.uint16) * 257
FRAMES = [Image.fromarray((COLOUR + n).astype(np.uint8)) for n in (0, 90)]


class Case(NamedTuple):
    """A file, and the samples it must give, or the error; words of what is said."""

    name: str
    data: bytes
    becomes: Any
    words: str = ""


def jpeg_pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image)


def with_palette(**options: Any) -> Image.Image:
    image = Image.fromarray(INDICES)
    image.putpalette(PALETTE.tobytes(), **options)
    return image


def of_mode(mode: str) -> Image.Image:
    return Image.new(mode, (3, 2))


BELOW = {256: 7, 257: 5, 258: 8, 259: 1, 262: 1, 277: 1, 278: 5}
RGB_JPEG, GREY_JPEG = saved(COLOUR, "JPEG"), saved(GREY, "JPEG")
PLANES = [np.ascontiguousarray(COLOUR[..., n]).tobytes() for n in range(3)]
COLOUR_MAP = np.resize(PALETTE.astype(int) * 257, (256, 3)).T.ravel().tolist()
SAID_KINDS = [
    # --- JPEG: what it decodes to is kept
    Case("jpeg-grey", GREY_JPEG, jpeg_pixels(GREY_JPEG)),
    Case("jpeg-rgb", RGB_JPEG, jpeg_pixels(RGB_JPEG)),
    Case("jpeg-cmyk", saved(of_mode("CMYK"), "JPEG"), UnsupportedError, "CMYK"),
    Case("jpeg-12-bits", GREY_JPEG.replace(b"\xff\xc0\0\x0b\x08", b"\xff\xc0\0\x0b\x0c"), UnsupportedError, "12 bits"),
    Case("jpeg-ls", GREY_JPEG.replace(b"\xff\xc0", b"\xff\xf7"), UnsupportedError, "JPEG-LS"),
    Case(
        "jpeg-scans",
        GREY_JPEG[:-2] + GREY_JPEG[GREY_JPEG.index(b"\xff\xda") : -2] * 500 + GREY_JPEG[-2:],
        LimitError,
        "500 scans",
    ),
    Case("jpeg-hierarchical", GREY_JPEG.replace(b"\xff\xc0", b"\xff\xc5"), UnsupportedError, "process 5"),
    Case("jpeg-preview", mpo([LARGE, LARGE[::2, ::2]], 0x010001), jpeg_pixels(saved(LARGE, "JPEG")), "(MPO)"),
    Case("jpeg-gain-map", mpo([LARGE, LARGE[::2, ::2]], 0), jpeg_pixels(saved(LARGE, "JPEG")), "(MPO)"),
    Case("jpeg-equals", mpo([LARGE, LARGE], 0), UnsupportedError, "2 frames or pages"),
    Case("jpeg-stereo", mpo([LARGE, LARGE[::2, ::2]], 0x020002), UnsupportedError, "2 frames or pages"),
    Case("jpeg-preview-twice", mpo([LARGE, LARGE[::2, ::2]], 0x010001) * 2, UnsupportedError, "several pictures"),
    Case("jpeg-trailing", GREY_JPEG + b"ftypmp42", jpeg_pixels(GREY_JPEG), "8 bytes behind"),
    Case("jpeg-padded", GREY_JPEG + bytes(100), jpeg_pixels(GREY_JPEG)),
    # --- PNG
    Case("png-1", saved(Image.fromarray(BITS).convert("1"), "PNG"), BITS),
    *(Case(f"png-{n}", saved(PICTURES[n], "PNG"), PICTURES[n]) for n in PICTURES),
    Case("png-p", saved(with_palette(), "PNG"), PALETTE[INDICES]),
    Case(
        "png-p-transparent",
        saved(with_palette(), "PNG", transparency=1),
        np.dstack([PALETTE[INDICES], np.where(INDICES == 1, 0, 255)]),
    ),
    Case("png-interlaced", saved(COLOUR, "PNG", interlace=1), COLOUR),
    Case("png-16", saved(Image.fromarray(DEEP), "PNG"), UnsupportedError, "16-bit"),
    Case("png-16-rgb", png(1, 1, 16, 2, b"\0" + b"\1\2" * 3), UnsupportedError, "16-bit"),
    Case(
        "png-animated", saved(FRAMES[0], "PNG", save_all=True, append_images=FRAMES[1:]), UnsupportedError, "2 frames"
    ),
    Case(
        "png-animated-beside",
        saved(FRAMES[0], "PNG", save_all=True, default_image=True, append_images=FRAMES[1:]),
        UnsupportedError,
        "2 frames",
    ),
    Case("png-trailing", saved(GREY, "PNG") + b"PK\3\4", GREY, "4 bytes behind"),
    Case("png-more-rows", png(7, 4, 8, 0, rows(GREY)), GREY[:4], "more than its pixels"),
    # --- PBM, PGM, PPM
    Case("pbm", saved(Image.fromarray(BITS).convert("1"), "PPM"), BITS),
    Case("pgm", saved(GREY, "PPM"), GREY),
    Case("ppm", saved(COLOUR, "PPM"), COLOUR),
    Case("pgm-maximum", b"P5 3 1 15\n\0\5\x0f", [[0, 85, 255]]),
    Case("pgm-16", b"P5 1 1 65535\n\1\2", UnsupportedError, "16-bit"),
    Case("pfm", b"Pf 1 1 -1.0\n\0\0\0\0", UnsupportedError, "no known picture"),
    Case("pam", b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nENDHDR\n\0", UnsupportedError, "no known picture"),
    Case("pgm-trailing", saved(GREY, "PPM") + b"and more", GREY, "8 bytes behind"),
    Case("pgm-newline", saved(GREY, "PPM") + b"\n", GREY),
    # --- BMP
    Case("bmp-1", saved(Image.fromarray(BITS).convert("1"), "BMP"), BITS),
    Case("bmp-8", saved(GREY, "BMP"), GREY),
    Case("bmp-24", saved(COLOUR, "BMP"), COLOUR),
    Case("bmp-p", saved(with_palette(), "BMP"), PALETTE[INDICES]),
    Case("bmp-two-colours", bmp(3, 1, 8, b"\0\1\0\0", palette=bytes(4) + b"\xff\xff\xff\0"), [[0, 255, 0]]),
    Case(
        "bmp-dark",
        bmp(3, 1, 4, b"\x5a\xf0\0\0", palette=b"".join(bytes([n, n, n, 0]) for n in range(16))),
        [[5, 10, 15]],
    ),
    Case("bmp-rle", bmp(3, 1, 8, b"\2\0\1\1\0\1", palette=bytes(4) + b"\xff\xff\xff\0", coding=1), [[0, 0, 255]]),
    Case(
        "bmp-rle-gaps",
        bmp(3, 2, 8, b"\1\1\0\0\0\2\1\0\2\1\0\1", palette=bytes(4) + b"\xff\xff\xff\0", coding=1),
        [[0, 255, 255], [255, 0, 0]],
        "runs leave out",
    ),
    Case("bmp-32-unused", bmp(2, 1, 32, b"\1\2\3\0\4\5\6\0"), [[[3, 2, 1], [6, 5, 4]]]),
    Case("bmp-32-perhaps-alpha", bmp(2, 1, 32, b"\1\2\3\0\4\5\6\xff"), [[[3, 2, 1], [6, 5, 4]]], "perhaps alpha"),
    Case(
        "bmp-4444",
        bmp(2, 1, 16, bytes(4), coding=3, masks=struct.pack("<III", 0xF00, 0xF0, 0xF)),
        UnsupportedError,
        "kind not taken",
    ),
    Case("bmp-2", bmp(4, 1, 2, bytes(4), palette=bytes(16)), UnsupportedError, "2 bits a pixel"),
    Case("bmp-png", bmp(4, 1, 0, bytes(4), coding=5), UnsupportedError, "coded in way 5"),
    # --- WebP
    Case("webp-rgb", saved(COLOUR, "WEBP", **LOSSLESS), COLOUR),
    Case("webp-rgba", saved(PICTURES[4], "WEBP", **LOSSLESS), PICTURES[4]),
    Case(
        "webp-animated", saved(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]), UnsupportedError, "2 frames"
    ),
    Case("webp-trailing", saved(COLOUR, "WEBP", **LOSSLESS) + b"more", COLOUR, "4 bytes behind"),
    # --- TIFF
    Case("tiff-1", saved(Image.fromarray(BITS).convert("1"), "TIFF"), BITS),
    *(Case(f"tiff-{n}", saved(PICTURES[n], "TIFF"), PICTURES[n]) for n in PICTURES),
    *(
        Case(f"tiff-{how}", saved(COLOUR, "TIFF", compression=how), COLOUR)
        for how in ("tiff_lzw", "tiff_adobe_deflate", "packbits")
    ),
    Case("tiff-big", saved(COLOUR, "TIFF", big_tiff=True), COLOUR),
    Case("tiff-big-endian", tiff([GREY.tobytes()], BELOW, order=">"), GREY),
    Case("tiff-white-is-0", tiff_of(GREY, t262=0), 255 - GREY),
    Case("tiff-p", tiff_of(INDICES, t262=3, t320=COLOUR_MAP), PALETTE[INDICES]),
    Case("tiff-p-16", tiff_of(INDICES, t262=3, t320=[0x1234] * 768), UnsupportedError, "palette of 16-bit colours"),
    Case(
        "tiff-pa", saved(with_palette().convert("PA"), "TIFF"), np.dstack([PALETTE[INDICES], np.full_like(GREY, 255)])
    ),
    Case("tiff-planes", tiff(PLANES, {**BELOW, 258: (8,) * 3, 262: 2, 277: 3, 284: 2}), COLOUR),
    Case(
        "tiff-planes-extra",
        tiff([*PLANES, PLANES[0]], {**BELOW, 258: (8,) * 4, 262: 2, 277: 4, 284: 2, 338: 0}),
        UnsupportedError,
        "4 samples",
    ),
    Case("tiff-4-untold", tiff_of(PICTURES[4]), PICTURES[4]),
    Case("tiff-rgbx", saved(of_mode("RGBX"), "TIFF"), UnsupportedError, "4 samples a pixel, 1 more"),
    Case("tiff-rgbxx", tiff_of(np.dstack([COLOUR, ALPHA, ALPHA]), t338=(0, 0)), UnsupportedError, "5 samples"),
    Case("tiff-rgbax", tiff_of(np.dstack([COLOUR, ALPHA, ALPHA]), t338=(2, 0)), UnsupportedError, "5 samples"),
    Case("tiff-grey-x", tiff_of(PICTURES[2], t338=0), UnsupportedError, "2 samples"),
    Case("tiff-grey-untold", tiff_of(PICTURES[2]), UnsupportedError, "kind not taken"),
    Case("tiff-grey-4", tiff_of(PICTURES[4], t262=1, t338=(0, 0, 0)), UnsupportedError, "4 samples"),
    Case("tiff-premultiplied", tiff_of(PICTURES[4], t338=1), UnsupportedError, "multiplied by alpha"),
    Case("tiff-La", tiff_of(PICTURES[2], t338=1), UnsupportedError, "La"),
    Case("tiff-cmyk", saved(of_mode("CMYK"), "TIFF"), UnsupportedError, "CMYK"),
    Case("tiff-lab", saved(of_mode("LAB"), "TIFF"), UnsupportedError, "LAB"),
    Case("tiff-ycbcr", saved(of_mode("YCbCr"), "TIFF"), UnsupportedError, "YCbCr"),
    Case("tiff-ycbcr-lzw", saved(of_mode("YCbCr"), "TIFF", compression="tiff_lzw"), UnsupportedError, "YCbCr"),
    Case("tiff-i16", saved(Image.fromarray(DEEP), "TIFF"), UnsupportedError, "I;16 (16-bit grey)"),
    Case(
        "tiff-i16-big-endian",
        tiff([DEEP.astype(">u2").tobytes()], {**BELOW, 258: 16}, order=">"),
        UnsupportedError,
        "16-bit grey",
    ),
    Case("tiff-i", saved(of_mode("I"), "TIFF"), UnsupportedError, "mode I"),
    Case("tiff-f", saved(of_mode("F"), "TIFF"), UnsupportedError, "floating point"),
    Case("tiff-rgb-16", tiff_of(np.dstack([DEEP] * 3)), UnsupportedError, "16-bit"),
    Case("tiff-signed", tiff_of(GREY, t339=2), UnsupportedError, "signed"),
    *(
        Case(f"tiff-{kind}", tiff_of(GREY.astype(kind), t339=form), UnsupportedError, word)
        for kind, form, word in (
            ("f2", 3, "floating"),
            ("f8", 3, "floating"),
            ("u8", 1, "64-bit"),
            ("c8", 6, "complex"),
        )
    ),
    Case("tiff-unknown-coding", tiff_of(GREY, t259=34887), UnsupportedError, "34887"),
    Case("tiff-cfa", tiff_of(GREY, t262=32803), UnsupportedError, "raw samples"),
    Case(
        "tiff-pages",
        saved(FRAMES[0], "TIFF", save_all=True, append_images=FRAMES[1:]),
        UnsupportedError,
        "2 frames or pages",
    ),
    Case("tiff-layers", tiff([GREY.tobytes()], BELOW, texts={37724: b"Adobe Photoshop"}), GREY, "layers"),
    Case("tiff-below", tiff([GREY.tobytes()], {**BELOW, 330: 8}), GREY, "SubIFDs"),
    Case("tiff-volume", tiff([GREY.tobytes()], {**BELOW, 32997: 2}), UnsupportedError, "volume"),
    Case("tiff-stack", tiff([GREY.tobytes()], BELOW) + bytes(5000), GREY, "belong to no page"),
    Case("tiff-raw", tiff([GREY.tobytes()], {**BELOW, 254: 1}), UnsupportedError, "reduced copy"),
    # --- modes that no format taken here has, or formats that are not taken
    *(
        Case(
            f"gif-{n}",
            saved(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:n]),
            UnsupportedError,
            "no known picture",
        )
        for n in (1, 2)
    ),
    Case(
        "ico-sizes",
        saved(Image.fromarray(LARGE), "ICO", sizes=[(16, 16), (32, 32)]),
        UnsupportedError,
        "no known picture",
    ),
    Case("tga-rgba", saved(PICTURES[4], "TGA"), UnsupportedError, "no known picture"),
]


@pytest.mark.parametrize("case", SAID_KINDS, ids=lambda case: case.name)
def test_what_becomes_of(case: Case) -> None:
    """Kept exactly and in silence, kept with a remark, or refused with code 4: nothing is lost unsaid."""
    if isinstance(case.becomes, type):
        with pytest.raises(case.becomes) as error:
            decode_picture(case.data, "pic")
        assert str(error.value).startswith("pic ") and case.words in str(error.value)
        return
    found = decode_with_remarks(case.data, "pic")
    np.testing.assert_array_equal(found.picture, case.becomes)
    assert len(found.remarks) == bool(case.words)
    assert all(remark.startswith("pic: ") and case.words in remark for remark in found.remarks)


STREAMS = {form: saved(COLOUR, form) for form in ("PNG", "JPEG", "PPM", "BMP", "WEBP", "TIFF")} | {
    "P3": b"P3 1 1 255 1 2 3\n"
}


@pytest.mark.parametrize("first", STREAMS)
@pytest.mark.parametrize("second", STREAMS)
@pytest.mark.parametrize("between", [b"", b"\0\0", b"\n"])
def test_several_pictures_in_a_stream_are_refused(first: str, second: str, between: bytes) -> None:
    with pytest.raises(UnsupportedError, match="holds several pictures"):
        decode_picture(STREAMS[first] + between + STREAMS[second], "pic")


# --- sound, whatever its metadata ---------------------------------------------------------


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


# --- damaged, by the rules of the format ---------------------------------------------------

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


def test_the_command_says_it(tmp_path: Any) -> None:
    source, target = tmp_path / "a.png", tmp_path / "a.aec"
    source.write_bytes(saved(GREY, "PNG") + b"PK\3\4")
    for more in ([], ["--each"]):
        ran = CliRunner().invoke(app, ["compress", str(source), "--lossless", "-f", *more])
        assert ran.exit_code == 0
        assert f"aecodec: warning: {source}: 4 bytes behind the picture's end are not kept" in ran.stderr
    ran = CliRunner().invoke(app, ["verify", str(target), "--against", str(source)])
    assert "4 bytes behind" in ran.stderr
    assert "behind" not in CliRunner().invoke(app, ["compress", str(source), "--lossless", "-f", "-q"]).stderr
