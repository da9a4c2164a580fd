"""What becomes of every kind of picture file: kept exactly, kept and said, or refused."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from aecodec.cli.group import app
from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.files import decode_picture, decode_with_remarks
from tests.made_pictures import ALPHA, COLOUR, GREY, PICTURES, bmp, mpo, png, rows, saved, tiff, tiff_of
from tests.pictures.samples import BELOW, GREY_JPEG, INDICES, LARGE, PALETTE, RGB_JPEG, jpeg_pixels

LOSSLESS = {"lossless": True, "exact": True}
BITS = (GREY > 100) * np.uint8(255)
DEEP = GREY.astype(np.uint16) * 251 + 3
DEEP_COLOUR = np.dstack([DEEP, DEEP[::-1], ~DEEP])
FRAMES = [Image.fromarray((COLOUR + n).astype(np.uint8)) for n in (0, 90)]


def clear(picture: Any) -> Any:
    """The picture with alpha, 0 where a pixel is as the first."""
    return np.dstack([picture, np.where(picture == picture[0, 0], 0, 65535).astype(np.uint16)])


class Case(NamedTuple):
    """A file, and the samples it must give, or the error; words of what is said."""

    name: str
    data: bytes
    becomes: Any
    words: str = ""


def with_palette(**options: Any) -> Image.Image:
    image = Image.fromarray(INDICES)
    image.putpalette(PALETTE.tobytes(), **options)
    return image


def of_mode(mode: str) -> Image.Image:
    return Image.new(mode, (3, 2))


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
    Case("png-16", saved(Image.fromarray(DEEP), "PNG"), DEEP),
    Case("png-16-rgb", png(1, 1, 16, 2, b"\0" + b"\1\2\3\4\5\6"), np.array([[[258, 772, 1286]]], np.uint16)),
    Case("png-16-transparent", saved(Image.fromarray(DEEP), "PNG", transparency=int(DEEP[0, 0])), clear(DEEP)),
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
    Case("pgm-16", b"P5 1 1 65535\n\1\2", np.array([[258]], np.uint16)),
    Case("pgm-12", b"P5 2 1 4095\n\1\2\0\7", np.array([[258, 7]], np.uint16), "maximum, 4095, is not kept"),
    Case("ppm-plain-16", b"P3 1 1 300 1 2 299\n", np.array([[[1, 2, 299]]], np.uint16), "maximum, 300"),
    Case("pgm-12-above", b"P5 1 1 4095\n\x10\0", FormatError, "above its maximum"),
    Case("pgm-16-cut", b"P5 2 1 65535\n\1\2\3", FormatError, "3 of 4 bytes"),
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
    Case("bmp-png", bmp(4, 1, 0, bytes(4), coding=5), UnsupportedError, "compression 5"),
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
    Case("tiff-i16", saved(Image.fromarray(DEEP), "TIFF"), DEEP),
    Case("tiff-i16-lzw", saved(Image.fromarray(DEEP), "TIFF", compression="tiff_lzw"), DEEP),
    Case("tiff-i16-white", tiff([(~DEEP).astype("<u2").tobytes()], {**BELOW, 258: 16, 262: 0}), DEEP),
    Case("tiff-12", tiff([bytes(2 * GREY.size)], {**BELOW, 258: 12}), UnsupportedError, "grey of more than 8 bits"),
    Case(
        "tiff-i16-big-endian",
        tiff([DEEP.astype(">u2").tobytes()], {**BELOW, 258: 16}, order=">"),
        DEEP,
    ),
    Case("tiff-i", saved(of_mode("I"), "TIFF"), UnsupportedError, "mode I"),
    Case("tiff-f", saved(of_mode("F"), "TIFF"), UnsupportedError, "floating point"),
    Case("tiff-rgb-16", tiff_of(DEEP_COLOUR), DEEP_COLOUR),
    Case("tiff-grey-alpha-16", tiff_of(np.dstack([DEEP] * 2), t338=2), UnsupportedError, "16-bit"),
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
            "holds frames; aecodec compress --frames",
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


def test_orientation_turns_16_bits_as_it_turns_8() -> None:
    """Of a picture whose samples are all different, whatever EXIF says."""
    shallow = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        turned = decode_picture(saved(Image.fromarray(shallow), "PNG", exif=exif), "pic")
        deep = decode_picture(saved(Image.fromarray(shallow.astype(np.uint16) * 999), "PNG", exif=exif), "pic")
        np.testing.assert_array_equal(deep, turned.astype(np.uint16) * 999)
