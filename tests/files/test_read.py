"""Pictures read from files: every kind exactly, or refused with the reason."""

from __future__ import annotations

import errno
import io
import os
import struct
import threading
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from aecodec.errors import FileError, FormatError, LimitError, UnsupportedError
from aecodec.files import decode_picture, read, read_bytes, read_picture
from aecodec.pictures import images
from tests.made_pictures import COLOUR, GREY, PICTURES, png, saved

KINDS = [(form, channels) for form in ("PNG", "TIFF", "WEBP") for channels in PICTURES]
KINDS += [(form, channels) for form in ("BMP", "PPM") for channels in PICTURES if channels in (1, 3)]  # no alpha


@pytest.mark.parametrize(("form", "channels"), KINDS)
def test_reads_every_kind(form: str, channels: int) -> None:
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    found = decode_picture(saved(Image.fromarray(PICTURES[channels]), form, **options), "x")
    expected = PICTURES[channels]
    if form == "WEBP" and channels < 3:  # WebP has no grey
        colour = np.repeat(expected.reshape(5, 7, -1)[..., :1], 3, axis=2)
        expected = np.dstack([colour, expected[..., 1:]]) if channels == 2 else colour
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, expected)


def test_reads_jpeg_and_bilevel() -> None:
    flat = np.full((8, 8), 93, np.uint8)
    np.testing.assert_array_equal(decode_picture(saved(Image.fromarray(flat), "JPEG"), "x"), flat)
    bits = GREY > 100
    found = decode_picture(saved(Image.fromarray(bits), "PNG"), "x")
    np.testing.assert_array_equal(found, bits * np.uint8(255))
    np.testing.assert_array_equal(decode_picture(b"P1 3 1 0 1 0\n", "x"), [[255, 0, 255]])


@pytest.mark.parametrize("grey", [True, False])
@pytest.mark.parametrize("transparency", [None, 1, bytes([0, 128, 255])])
def test_palettes(grey: bool, transparency: int | bytes | None) -> None:
    colours = np.array([[9, 9, 9], [50, 50, 50], [200, 200, 200]], np.uint8)
    if not grey:
        colours[2] = [200, 3, 4]
    indices = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)
    image = Image.fromarray(indices)
    image.putpalette(colours.tobytes())
    options = {} if transparency is None else {"transparency": transparency}
    found = decode_picture(saved(image, "PNG", **options), "x")
    expected: Any = colours[indices]
    if grey:
        expected = expected[..., 0]
    if transparency is not None:
        opacity = np.array([255, 0, 255] if transparency == 1 else list(bytes(transparency)), np.uint8)
        expected = np.dstack([expected, opacity[indices]])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("bits", "raw"), [(8, b"\0\x05\x06"), (4, b"\0\x56"), (2, b"\0\x10"), (1, b"\0\x80")])
def test_transparent_grey_becomes_alpha(bits: int, raw: bytes) -> None:
    """The first sample is the transparent one, whatever the bit depth."""
    number = raw[1] >> (8 - bits)
    found = decode_picture(png(2, 1, bits, 0, raw, (b"tRNS", struct.pack(">H", number))), "x")
    assert found.shape == (1, 2, 2)
    assert found[0, :, 1].tolist() == [0, 255]
    assert found[0, 0, 0] == number * 255 // ((1 << bits) - 1)


def test_transparent_colour_becomes_alpha() -> None:
    data = png(2, 1, 8, 2, b"\0\1\2\3\4\5\6", (b"tRNS", struct.pack(">HHH", 4, 5, 6)))
    np.testing.assert_array_equal(decode_picture(data, "x"), [[[1, 2, 3, 255], [4, 5, 6, 0]]])


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied_once(form: str) -> None:
    image = Image.fromarray(COLOUR)
    exif = image.getexif()
    exif[0x0112] = 6  # the top of the scene is on the right
    options = {"lossless": True} if form == "WEBP" else {}
    found = decode_picture(saved(image, form, exif=exif, **options), "x")
    np.testing.assert_array_equal(found, np.rot90(COLOUR, -1))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (saved(Image.new("F", (2, 2)), "TIFF"), "F, floating point"),
        (saved(Image.new("I", (2, 2)), "TIFF"), "mode I"),
        (saved(Image.new("CMYK", (2, 2)), "JPEG"), "CMYK"),
        (saved(Image.new("LAB", (2, 2)), "TIFF"), "LAB"),
    ],
)
def test_refuses_what_would_lose_samples(data: bytes, words: str) -> None:
    with pytest.raises(UnsupportedError) as error:
        decode_picture(data, "pic")
    assert str(error.value).startswith("pic ")
    assert words in str(error.value)
    assert "expected 8-bit grey" in str(error.value)
    assert "convert" in str(error.value)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_refuses_several_frames(form: str) -> None:
    frames = [Image.fromarray((COLOUR + n).astype(np.uint8)) for n in (0, 90, 180)]
    data = saved(frames[0], form, save_all=True, append_images=frames[1:])
    with pytest.raises(UnsupportedError, match="3 frames or pages, expected one"):
        decode_picture(data, "x")


def test_refuses_what_is_no_picture() -> None:
    for data in (b"hello, world\n", b"%PDF-1.7\n", b"\0" * 100):
        with pytest.raises(UnsupportedError, match="no known picture; expected PNG"):
            decode_picture(data, "x")
    with pytest.raises(UnsupportedError, match="decompress"):
        decode_picture(b"\xae\xc1" + b"\0" * 20, "x")
    with pytest.raises(FormatError, match="empty"):
        decode_picture(b"", "x")


def test_every_truncated_or_flipped_png_is_refused() -> None:
    data = saved(Image.fromarray(GREY), "PNG")
    cut = [data[:end] for end in range(1, len(data))]
    flipped = [data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :] for at in range(len(data))]
    for bad in cut + flipped:
        with pytest.raises((FormatError, UnsupportedError, LimitError)) as error:
            decode_picture(bad, "x")
        assert "\n" not in str(error.value)
    for end in range(4, len(data)):  # the signature says what it was to be
        with pytest.raises(FormatError):
            decode_picture(data[:end], "x")


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "BMP", "TIFF", "PPM"])
def test_truncated_pictures_are_damaged(form: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (40, 40), np.uint8)
    data = saved(Image.fromarray(noise), form)
    for end in (len(data) // 2, len(data) * 9 // 10):
        with pytest.raises(FormatError, match="damaged"):
            decode_picture(data[:end], "x")


@pytest.mark.parametrize(("width", "height"), [(40_000, 1), (1, 32_769), (20_000, 20_000), (10_000, 9_000)])
def test_limits_hold_before_decoding(width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("decoded"))
    with warnings.catch_warnings(record=True) as leaked, pytest.raises(LimitError, match="limit"):
        warnings.simplefilter("always")
        decode_picture(png(width, height, 8, 0, b""), "x")
    assert not leaked


def test_remarks_on_metadata_do_not_leak() -> None:
    overrun = struct.pack("<HHHIII", 1, 0x010E, 2, 1000, 26, 0)  # a text of 1,000 bytes that are not there
    data = saved(Image.fromarray(GREY), "PNG", exif=b"Exif\0\0II*\0\x08\0\0\0" + overrun)
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        np.testing.assert_array_equal(decode_picture(data, "x"), GREY)
        assert not leaked
        with Image.open(io.BytesIO(data)) as image:
            image.getexif()
        assert leaked  # Pillow does remark on it


def test_unreadable_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match=r"cannot read .*nope.png: No such file"):
        read_picture(str(tmp_path / "nope.png"))
    with pytest.raises(FileError, match="it is a folder, expected a file"):
        read_picture(str(tmp_path))

    def refuse(*args: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(FileError, match="Permission denied"):
        read_bytes("x")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read anything")
def test_forbidden_file(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"")
    path.chmod(0)
    with pytest.raises(FileError, match="Permission denied"):
        read_picture(str(path))


@pytest.mark.parametrize("error", [OSError("could not create decoder object"), UnidentifiedImageError(), MemoryError()])
def test_want_of_memory_is_no_damage(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:

    def short(*_: Any) -> Any:
        raise error

    data = saved(Image.fromarray(GREY), "PNG")
    monkeypatch.setattr(Image.Image, "load", short)
    if not isinstance(error, MemoryError):
        with pytest.raises((FormatError, UnsupportedError)):
            decode_picture(data, "x.png")
        monkeypatch.setattr(images, "_ROOM", 1 << 62)
    with pytest.raises(MemoryError):
        decode_picture(data, "x.png")


def test_reading_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_FILE_BYTES", 100)
    path, pipe = tmp_path / "x", tmp_path / "pipe"
    path.write_bytes(b"a" * 100)
    assert len(read_bytes(str(path))) == 100
    path.write_bytes(b"a" * 101)
    with pytest.raises(LimitError, match="100 bytes"):
        read_bytes(str(path))
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"a" * 101,), daemon=True)
    writer.start()
    with pytest.raises(LimitError):
        read_bytes(str(pipe))
    writer.join(10)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a" * 101)))
    with pytest.raises(LimitError, match="standard input"):
        read_bytes("-")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"abc")))
    assert read_bytes("-") == b"abc"


def test_reading_takes_no_more_memory_than_there_is_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, content = tmp_path / "x", bytes(range(256)) * 20_000
    path.write_bytes(content)
    tracemalloc.start()
    assert read_bytes(str(path)) == content
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert read_bytes("-") == content
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 6 * len(content)
