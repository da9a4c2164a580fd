"""Pictures in and out, many in bounded memory, and outputs that appear whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import struct
import sys
import threading
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from aecodec.errors import FileError, FormatError, LimitError, UnsupportedError, UsageError
from aecodec.files import (
    Gallery,
    Source,
    atomic,
    batch,
    check_folder,
    check_target,
    decode_picture,
    encode_picture,
    find_files,
    find_pictures,
    folder,
    format_of,
    numbered_names,
    picture_names,
    read,
    read_bytes,
    read_picture,
    write_file,
    write_folder,
)
from aecodec.files.save import FORMATS
from aecodec.files.suffixes import TAKEN
from aecodec.pictures import images
from tests.made_pictures import COLOUR, GREY, PICTURES, png, saved


def left_behind(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob(".aecodec-*"))


# --- reading a picture ------------------------------------------------------------------


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
        (saved(Image.new("I;16", (2, 2)), "PNG"), "I;16 (16-bit grey)"),
        (png(1, 1, 16, 2, b"\0" + b"\1\2" * 3), "16-bit samples, of mode RGB"),
        (png(1, 1, 16, 4, b"\0" + b"\1\2" * 2), "16-bit samples"),
        (png(1, 1, 16, 6, b"\0" + b"\1\2" * 4), "16-bit samples, of mode RGBA"),
        (b"P6 1 1 65535\n" + b"\1\2" * 3, "16-bit samples"),
        (b"P3 1 1 300 1 2 3\n", "16-bit samples"),
        (saved(Image.new("F", (2, 2)), "TIFF"), "F (floating point)"),
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
    gif = saved(Image.fromarray(GREY), "GIF")
    for data in (b"hello, world\n", gif, b"%PDF-1.7\n", b"\0" * 100):
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


# --- many pictures -----------------------------------------------------------------------


def some_pictures(folder: Path) -> None:
    for number, name in enumerate(["b.png", "a/z.PNG", "a/b.bmp", "A.tif", "notes.txt", "a/.x.aec"]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() in (".png", ".bmp", ".tif"):
            Image.fromarray(GREY + np.uint8(number)).save(path)
        else:
            path.write_text("no picture")


def test_finds_pictures_in_order(tmp_path: Path) -> None:
    some_pictures(tmp_path / "in")
    found = find_pictures([str(tmp_path / "in")])
    assert [source.name for source in found] == ["A.tif", "a/b.bmp", "a/z.PNG", "b.png"]
    assert all(Path(source.path).is_file() for source in found)
    both = find_pictures([str(tmp_path / "in" / "notes.txt"), str(tmp_path / "in" / "a")])
    assert [source.name for source in both] == ["notes.txt", "b.bmp", "z.PNG"]
    assert find_pictures(["-"]) == [Source("-", "-")]


def test_finding_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some_pictures(tmp_path / "in")
    with pytest.raises(UsageError, match="standard input"):
        find_pictures(["-", str(tmp_path / "in")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no pictures in"):
        find_pictures([str(tmp_path / "empty")])

    def walk(folder: str, onerror: Any) -> Any:
        onerror(PermissionError(errno.EACCES, "Permission denied", folder))
        return iter([])

    monkeypatch.setattr(os, "walk", walk)
    with pytest.raises(FileError, match="Permission denied"):
        find_pictures([str(tmp_path / "in")])


def errors_of(*inputs: Path) -> dict[str, str]:
    found = find_pictures([str(each) for each in inputs])
    return {source.path: str(source.error) for source in found if source.error}


def test_a_clash_costs_only_itself(tmp_path: Path) -> None:
    """The first keeps the name; a folder with no pictures is an error of its own among others."""
    inside, another, empty = tmp_path / "in", tmp_path / "b.png", tmp_path / "empty"
    some_pictures(inside)
    another.write_bytes(b"another")
    empty.mkdir()
    (tmp_path / "above" / "b.png").mkdir(parents=True)
    (tmp_path / "above" / "b.png" / "c.png").write_bytes(b"below")
    twice = str(inside / "b.png")
    assert errors_of(inside, inside / "b.png") == {twice: f"{twice} is given twice"}
    assert "would both be named b.png" in errors_of(inside, another)[str(another)]
    assert list(errors_of(another, inside)) == [twice]
    assert list(errors_of(another, tmp_path / "above")) == [str(tmp_path / "above" / "b.png" / "c.png")]
    assert "no pictures in" in errors_of(inside, empty)[str(empty)]
    gallery = Gallery(find_pictures([str(each) for each in (inside, another, empty)]))
    assert len(gallery.survey()) == 2 and len(gallery) == 4


def test_what_is_passed_over_is_counted(tmp_path: Path) -> None:
    """Suffixes of known formats are taken in any case; AppleDouble files, links to folders and all others counted."""
    taken = ["a.JPE", "b.jfif", "c.Dib", "d.pnm", ".hidden.png", "linked.png"]
    others = [
        "._a.png",
        "__MACOSX/._b.PNG",
        ".DS_Store",
        "Thumbs.db",
        "dot.",
        "x.heic",
        "y.HEIC",
        ".aecodec-0123456789ab.tmp/z.png",
    ]
    for name in (*taken[:-1], *others):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"")
    (tmp_path / "in" / "linked.png").symlink_to("a.JPE")
    (tmp_path / "in" / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "in" / "pipe.png")
    (tmp_path / "link").symlink_to("in")
    for top in ("in", "link"):
        found = find_files([str(tmp_path / top)], TAKEN, "pictures")
        assert [source.name for source in found.sources] == sorted(taken)
        counts = {"._*": 2, "without suffix": 2, ".db": 1, ".heic": 2, ".tmp": 1, "linked folder": 1, ".png": 1}
        assert found.others == counts
    assert Source(str(tmp_path / "in" / "._a.png"), "._a.png") in find_pictures([str(tmp_path / "in" / "._a.png")])


def test_a_folder_holds_files_only(tmp_path: Path) -> None:
    """A pipe named as a picture would be waited for; a link that leads nowhere is there to be reported."""
    Image.fromarray(GREY).save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.png").symlink_to("nowhere.png")
    (tmp_path / "folder.png").mkdir()
    assert [source.name for source in find_pictures([str(tmp_path)])] == ["a.png", "link.png"]


def test_a_folder_below_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs its own pictures, and not those beside it."""
    Image.fromarray(GREY).save(tmp_path / "a.png")
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def closed(where: Any) -> Any:
        if str(where).endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied", where)
        return real(where)

    monkeypatch.setattr(os, "scandir", closed)
    gallery = Gallery(find_pictures([str(tmp_path)]))
    assert [str(error).split(":")[0] for error in gallery.survey()] == [f"cannot read {tmp_path / 'closed'}"]
    assert [source.name for source in gallery.sources] == ["a.png"]


@pytest.mark.parametrize("room", [0, 40, 1 << 20])
def test_gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """The same pictures, whether they are kept or read again."""
    some_pictures(tmp_path)
    (tmp_path / "broken.png").write_bytes((tmp_path / "b.png").read_bytes()[:50])
    monkeypatch.setattr(batch, "KEPT_BYTES", room)
    gallery = Gallery([*find_pictures([str(tmp_path)]), Source(str(tmp_path / "gone.png"), "gone.png")])
    errors = gallery.survey()
    assert [type(error) for error in errors] == [FormatError, FileError]
    assert [source.name for source in gallery.sources] == ["A.tif", "a/b.bmp", "a/z.PNG", "b.png"]
    assert gallery.input_bytes == sum(os.path.getsize(source.path) for source in gallery.sources)
    reads: list[str] = []
    monkeypatch.setattr(batch, "read_bytes", lambda path: reads.append(path) or read_bytes(path))
    assert [int(picture[0, 0]) for picture in gallery] == [3, 2, 1, 0]
    assert [int(picture[0, 0]) for picture in gallery[1:3]] == [2, 1]
    assert len(reads) == {0: 6, 40: 5, 1 << 20: 0}[room]


# --- saving a picture ----------------------------------------------------------------------


@pytest.mark.parametrize("channels", PICTURES)
@pytest.mark.parametrize("suffix", [*FORMATS, ".TIFF", ".Jfif", ""])
def test_saves_exactly_or_refuses(suffix: str, channels: int) -> None:
    picture, target = PICTURES[channels], f"x{suffix}"
    form = format_of(target)
    if channels not in form.channels:
        with pytest.raises(UnsupportedError, match=f"{form.name} cannot hold a picture of"):
            encode_picture(picture, target)
        return
    found = decode_picture(encode_picture(picture, target), target)
    if not form.exact:
        assert found.shape == picture.shape
        return
    if form.name == "WebP" and channels < 3:
        assert (found[..., 0] == found[..., 2]).all()
        found = found[..., [0, 3]] if channels == 2 else found[..., 0]
    np.testing.assert_array_equal(found, picture)


def test_which_formats_hold_what() -> None:
    held = {suffix: format_of(suffix and f"x{suffix}").channels for suffix in ("", ".pgm", ".ppm", ".bmp", ".jpeg")}
    assert held == {"": (1, 2, 3, 4), ".pgm": (1,), ".ppm": (1, 3), ".bmp": (1, 3), ".jpeg": (1, 3)}
    assert [s for s in (".png", ".jpg", ".jpeg", ".webp") if not format_of(f"x{s}").exact] == [
        ".jpg",
        ".jpeg",
    ]


def test_saving_refuses() -> None:
    with pytest.raises(UnsupportedError, match=r"no picture format \.gif; expected one of \.png"):
        format_of("x.gif")
    with pytest.raises(UnsupportedError, match="WebP cannot hold"):
        encode_picture(np.zeros((1, 20_000), np.uint8), "x.webp")


def test_names_of_pictures() -> None:
    assert picture_names(None, [1, 1]) == ["000001.png", "000002.png"]
    assert picture_names(["a.png", "b/c.TIF", "d.pgm"], [4, 2, 1]) == ["a.png", "b/c.TIF", "d.pgm"]
    assert picture_names(["d.pgm", "e.bmp", "f.jpg", "g"], [3, 4, 1, 1]) == [
        "d.png",
        "e.png",
        "f.png",
        "g.png",
    ]
    assert picture_names(["a.jpg", "a.png", "a.webp"], [1, 1, 1]) == ["a.jpg.png", "a.png", "a.webp.png"]
    assert picture_names(["a.jpg", "a.png", "a.jpg.png"], [1, 1, 1]) == ["a.jpg-2.png", "a.png", "a.jpg.png"]
    assert picture_names(["a.png/b.png", "a.png", "a.jpg"], [1] * 3) == [
        "a.png/b.png",
        "a.png.png",
        "a.jpg.png",
    ]
    assert picture_names([".png", "x/.jpg"], [1, 1]) == [".png.png", "x/.jpg.png"]
    assert picture_names(["a.jpg", "a.png/x/b.png"], [1, 1]) == ["a.jpg.png", "a.png/x/b.png"]
    assert next(numbered_names(1 << 40)) == "000001.png"


def test_names_are_cut_to_what_a_file_system_takes() -> None:
    """255 bytes a part. Those that were one name but for what is cut stay apart, and folders stay together."""
    long, wide = "x" * 300, "漢" * 100
    names = [f"{long}/a.png", f"{long}/b.jpg", f"{wide}.tif", f"{wide}字.tif", "y" * 255, f"{'z' * 250}.made-up"]
    found = picture_names(names, [1] * len(names))
    assert len(set(found)) == len(names)
    assert all(len(part.encode()) <= 255 for name in found for part in name.split("/"))
    assert found[0].split("/")[0] == found[1].split("/")[0] and found[1].endswith("/b.png")
    assert found[2].startswith("漢" * 70) and found[2].endswith(".tif")
    assert found[4].startswith("y" * 200) and found[4].endswith(".png")
    assert picture_names([".aecodec-0123456789ab.tmp/a.png"], [1]) == [".aecodec-0123456789ab.tmp_/a.png"]
    assert picture_names([f"{'x' * 251}.png"], [1]) == [f"{'x' * 251}.png"]
    both = picture_names([f"{'x' * 251}.jpg", f"{'x' * 251}.png"], [1, 1])
    assert len(both[0]) == 255 and both[0].endswith(".png") and both[1] == f"{'x' * 251}.png"
    assert len(set(picture_names([f"{'w' * 300}.png", picture_names([f"{'w' * 300}.png"], [1])[0]], [1, 1]))) == 2


# --- writing one file -------------------------------------------------------------------------


def test_new_file_follows_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_file(str(tmp_path / "x"), b"new", force=False)
    finally:
        os.umask(old)
    assert (tmp_path / "x").read_bytes() == b"new"
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640
    assert left_behind(tmp_path) == []


def test_existing_file_needs_force_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o600)
    for refuse in (check_target, lambda target, force: write_file(target, b"new", force=force)):
        with pytest.raises(UsageError, match="-f"):
            refuse(str(path), force=False)
    assert path.read_bytes() == b"old"
    check_target(str(path), force=True)
    write_file(str(path), b"new", force=True)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("far/x")
    write_file(str(tmp_path / "link"), b"one", force=False)
    with pytest.raises(UsageError):
        write_file(str(tmp_path / "link"), b"two", force=False)
    write_file(str(tmp_path / "link"), b"two", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "x").read_bytes() == b"two"


@pytest.mark.parametrize("force", [False, True])
def test_impossible_targets(tmp_path: Path, force: bool) -> None:
    (tmp_path / "file").write_bytes(b"")
    for target, words in [
        (tmp_path, "it is a folder"),
        (tmp_path / "no" / "x", "there is no folder"),
        (tmp_path / "file" / "x", "Not a directory"),
        (tmp_path / ("x" * 300), "too long"),
    ]:
        for refuse in (check_target, lambda target, force: write_file(target, b"new", force=force)):
            with pytest.raises(FileError, match=words):
                refuse(str(target), force=force)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    path, sync = tmp_path / "x", os.fsync

    def intrude(descriptor: int) -> None:
        path.write_bytes(b"theirs")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", intrude)
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(errno.EPERM, "no links")))
    with pytest.raises(UsageError, match="exists"):
        write_file(str(path), b"ours", force=False)
    assert path.read_bytes() == b"theirs"
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("renames", [True, False])
def test_file_systems_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: bool) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", refuse)
    if not renames:
        monkeypatch.setattr(atomic, "_rename_to_new", lambda *_: False)
    write_file(str(tmp_path / "x"), b"new", force=False)
    assert (tmp_path / "x").read_bytes() == b"new"
    if not renames:
        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(FileError):
            write_file(str(tmp_path / "y"), b"new", force=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there known to rename in one step")
def test_no_file_system_shows_an_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without links, too, the target's name comes with its bytes: a kill in between finds nothing to leave."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(atomic, "_claim", lambda *_: pytest.fail("claimed the name before there were bytes"))
    write_file(str(tmp_path / "x"), b"new", force=False)
    with pytest.raises(FileExistsError):
        atomic.publish(str(tmp_path / "x"), str(tmp_path / "x"), force=False)
    assert (tmp_path / "x").read_bytes() == b"new"


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_failed_writes_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "x"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(FileError) as error:
        write_file(str(path), b"new", force=True)
    assert str(error.value) == f"cannot write {path}: {os.strerror(number)}"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_interrupted_writes_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(str(tmp_path / "x"), b"new", force=False)
    assert list(tmp_path.iterdir()) == []


def test_pipes_and_devices_are_written_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_file(str(pipe), b"through", force=False)
    reader.join(10)
    assert found == [b"through"]
    assert [p.name for p in tmp_path.iterdir()] == ["pipe"]
    if os.path.exists("/dev/full"):
        with pytest.raises(FileError, match="cannot write /dev/full: No space left"):
            write_file("/dev/full", b"x", force=True)
        assert not os.path.isfile("/dev/full")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_descriptors_are_not_replaced(tmp_path: Path) -> None:
    """/dev/stdout may be an ordinary file that the shell opened: that file is meant, not its name."""
    path = tmp_path / "out"
    with open(path, "wb") as file:
        write_file(f"/dev/fd/{file.fileno()}", b"through", force=False)
        assert os.fstat(file.fileno()).st_ino == path.stat().st_ino
    assert path.read_bytes() == b"through"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_what_an_open_file_holds_stays(tmp_path: Path) -> None:
    """Writing goes on where the descriptor stands, as a shell's ``>>`` and several commands of one ``>`` want it."""
    path = tmp_path / "log"
    path.write_bytes(b"old,")
    (tmp_path / "link").symlink_to("/proc/self/fd/9")
    with open(path, "ab") as file:
        saved = os.dup(9) if os.path.exists("/proc/self/fd/9") else None
        os.dup2(file.fileno(), 9)
        try:
            for target in (f"/dev/fd/{file.fileno()}", f"/proc/{os.getpid()}/fd/9", str(tmp_path / "link")):
                write_file(target, b"new,", force=False)
        finally:
            os.dup2(saved, 9) if saved is not None else os.close(9)
    assert path.read_bytes() == b"old,new,new,new,"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="that names a folder, expected a file"):
        write_file(f"{tmp_path}/new/", b"x", force=False)
    assert list(tmp_path.iterdir()) == []


# --- writing a folder ---------------------------------------------------------------------------

FILES = [("a.png", b"1"), ("sub/b.png", b"22"), ("sub/deep/c.png", b"333")]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("exists", [False, True])
def test_writes_a_folder(tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "out"
    if exists:
        target.mkdir()
    assert write_folder(str(target) + "/" * exists, iter(FILES), force=False) == 6
    assert contents(target) == dict(FILES)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert left_behind(tmp_path) == []


def test_folder_in_use_needs_force(tmp_path: Path) -> None:
    for name, data in [("mine.txt", b"mine"), ("a.png", b"old")]:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match="not empty"):
        check_folder(str(tmp_path), force=False)
    with pytest.raises(UsageError, match="not empty"):
        write_folder(str(tmp_path), iter(FILES), force=False)
    assert contents(tmp_path) == {"mine.txt": b"mine", "a.png": b"old"}
    write_folder(str(tmp_path), iter(FILES), force=True)
    assert contents(tmp_path) == {"mine.txt": b"mine", **dict(FILES)}


@pytest.mark.parametrize("exists", [False, True])
def test_a_failure_midway_changes_nothing(tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "out"
    if exists:
        target.mkdir()
        (target / "a.png").write_bytes(b"old")

    def files() -> Any:
        yield from FILES
        raise FormatError("damaged")

    with pytest.raises(FormatError):
        write_folder(str(target), files(), force=True)
    assert contents(tmp_path) == ({"out/a.png": b"old"} if exists else {})
    assert target.exists() == exists
    assert left_behind(tmp_path) == []


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FileError, match="No space left"):
        write_folder(str(tmp_path / "out"), iter(FILES), force=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../x.png", "/x.png", "a/../../x.png", "link/x.png", "link/new/x.png", "a/.."])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    target, outside = tmp_path / "in" / "out", tmp_path / "outside"
    target.mkdir(parents=True)
    outside.mkdir()
    (target / "link").symlink_to(outside)
    with pytest.raises(FileError, match="outside"):
        write_folder(str(target), iter([("a/b.png", b"1"), (name, b"2")]), force=True)
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "in" / "x.png").exists()
    assert left_behind(tmp_path) == []


def test_links_to_files_are_replaced_in_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (tmp_path / "outside").write_bytes(b"keep")
    (target / "a.png").symlink_to(tmp_path / "outside")
    write_folder(str(target), iter(FILES), force=True)
    assert (tmp_path / "outside").read_bytes() == b"keep"
    assert contents(target) == dict(FILES)


def test_impossible_folders(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "out" / "a.png").mkdir(parents=True)
    expected = [("file", "it is a file"), ("no/out", "does not exist"), ("out", "it is a folder")]
    for target, words in expected:
        with pytest.raises(FileError, match=words):
            write_folder(str(tmp_path / target), iter(FILES), force=True)
    with pytest.raises(FileError, match="another picture"):
        write_folder(str(tmp_path / "new"), iter([("a", b"1"), ("a", b"2")]), force=False)
    assert sorted(contents(tmp_path)) == ["file"]
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("force", [False, True])
def test_a_failure_while_moving_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool) -> None:
    before = {"a.png": b"old", "mine.txt": b"mine"} if force else {}
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    real = folder.publish
    calls: list[str] = []

    def fail_later(temporary: str, target: str, *, force: bool) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(temporary, target, force=force)

    monkeypatch.setattr(folder, "publish", fail_later)
    with pytest.raises(FileError, match="No space left"):
        write_folder(str(tmp_path), iter(FILES), force=force)
    assert len(calls) == 3
    assert contents(tmp_path) == before
    assert not (tmp_path / "sub").exists()


def test_what_came_first_is_not_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = folder.publish

    def intrude(temporary: str, target: str, *, force: bool) -> None:
        if target.endswith("b.png"):
            Path(target).write_bytes(b"theirs")
        real(temporary, target, force=force)

    monkeypatch.setattr(folder, "publish", intrude)
    with pytest.raises(UsageError, match="exists"):
        write_folder(str(tmp_path), iter(FILES), force=False)
    assert contents(tmp_path) == {"sub/b.png": b"theirs"}


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_appears_meanwhile(tmp_path: Path, force: bool) -> None:
    target = tmp_path / "out"

    def files() -> Any:
        yield from FILES
        write_folder(str(target), iter([("a.png", b"theirs"), ("d.png", b"d")]), force=False)

    if force:
        write_folder(str(target), files(), force=True)
        assert contents(target) == {"d.png": b"d", **dict(FILES)}
    else:
        with pytest.raises(UsageError, match="not empty"):
            write_folder(str(target), files(), force=False)
        assert contents(target) == {"a.png": b"theirs", "d.png": b"d"}
    assert left_behind(tmp_path) == []


def test_what_a_killed_process_left_is_no_output(tmp_path: Path) -> None:
    left = tmp_path / "out" / atomic.temporary_name()
    left.mkdir(parents=True)
    Image.fromarray(GREY).save(left / "a.png")
    with pytest.raises(UsageError, match="no pictures"):
        find_pictures([str(tmp_path / "out")])
    check_folder(str(tmp_path / "out"), force=False)
    write_folder(str(tmp_path / "out"), iter(FILES), force=False)
    assert {name: data for name, data in contents(tmp_path / "out").items() if ".tmp" not in name} == dict(FILES)
    assert [source.name for source in find_pictures([str(tmp_path / "out")])] == [name for name, _ in FILES]


def test_temporary_names_differ() -> None:
    names = {atomic.temporary_name() for _ in range(1000)}
    assert len(names) == 1000 and all(map(atomic.is_temporary, names))
    assert not any(map(atomic.is_temporary, ("a.png", ".aecodec-x.tmp", "x.tmp", ".aecodec-0123456789ab.tmp.png")))


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_another_makes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool) -> None:
    """Between two looks at it; found by 32 writers of one folder."""
    target, real = tmp_path / "out", os.stat

    def stat_and_make(path: Any, *rest: Any, **more: Any) -> os.stat_result:
        try:
            return real(path, *rest, **more)
        finally:
            if path == str(target):
                target.mkdir(exist_ok=True)

    monkeypatch.setattr(os, "stat", stat_and_make)
    assert write_folder(str(target), iter(FILES), force=force) == 6
