"""What counts as a picture: arrays by their type, and one file is the same by the command and through Pillow."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageOps

import aecodec
from aecodec.cli import app
from aecodec.errors import AecError, FormatError, UnsupportedError, UsageError
from aecodec.pictures import as_picture
from tests.checks import check_error, check_same
from tests.made_pictures import mpo

RNG = np.random.default_rng(8)
GREY = RNG.integers(0, 256, (6, 9), np.uint8)
COLOUR = RNG.integers(0, 256, (6, 9, 3), np.uint8)
PICTURES = {
    "L": GREY,
    "LA": np.dstack([GREY, GREY[::-1]]),
    "RGB": COLOUR,
    "RGBA": np.dstack([COLOUR, GREY]),
}
SAVED = {
    "png": ("L", "LA", "RGB", "RGBA", "P", "1"),
    "tif": ("L", "LA", "RGB", "RGBA", "P", "1"),
    "webp": ("L", "LA", "RGB", "RGBA"),
    "bmp": ("L", "RGB", "P", "1"),
    "ppm": ("L", "RGB", "1"),
    "jpg": ("L", "RGB"),
}
PALETTE = RNG.integers(0, 256, 768, np.uint8).tobytes()


def image_of(mode: str) -> Image.Image:
    if mode == "1":
        return Image.fromarray(GREY > 100)
    if mode == "P":
        image = Image.fromarray(GREY)
        image.putpalette(PALETTE)
        return image
    return Image.fromarray(PICTURES[mode])


def saved(image: Image.Image, suffix: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, Image.registered_extensions()[f".{suffix}"], **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(bits: int, colour: int, row: bytes, *extra: tuple[bytes, bytes], height: int = 4) -> bytes:
    """Equal rows of the samples ``row``."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    head = struct.pack(">IIBBBBB", len(row) * 8 // (bits * samples), height, bits, colour, 0, 0, 0)
    middle = b"".join(chunk(*each) for each in extra)
    body = chunk(b"IDAT", zlib.compress((b"\0" + row) * height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + middle + body + chunk(b"IEND", b"")


def frames(suffix: str) -> bytes:
    return saved(image_of("RGB"), suffix, save_all=True, append_images=[Image.fromarray(255 - COLOUR)])


def plain_files() -> Iterator[tuple[str, bytes]]:
    """Every mode that a format holds."""
    for suffix, modes in SAVED.items():
        for mode in modes:
            options = {"lossless": True, "exact": True} if suffix == "webp" else {}
            yield f"{mode}.{suffix}", saved(image_of(mode), suffix, **options)
    yield "lossy.webp", saved(image_of("RGBA"), "webp")
    yield "lzw.tif", saved(image_of("RGB"), "tif", compression="tiff_lzw")
    yield "interlaced.png", saved(image_of("RGB"), "png", interlace=1)
    yield "greys.png", saved(Image.fromarray(GREY).convert("P"), "png")
    yield "camera.jpg", mpo([COLOUR, COLOUR[::2, ::2]], 0x010001)
    yield "plain.pgm", b"P2 3 1 15 0 7 15\n"
    yield "plain.pbm", b"P1 3 1 0 1 0\n"


def transparent_files() -> Iterator[tuple[str, bytes]]:
    """A transparent colour, grey or entry of a palette."""
    yield "p-one.png", saved(image_of("P"), "png", transparency=int(GREY[0, 0]))
    yield "p-many.png", saved(image_of("P"), "png", transparency=bytes(range(256)))
    yield "p-few.png", png(2, 3, b"\x1b", (b"PLTE", PALETTE[:12]), (b"tRNS", b"\x80\x00"))
    yield "rgb.png", saved(image_of("RGB"), "png", transparency=tuple(int(v) for v in COLOUR[0, 0]))
    yield "grey.png", saved(image_of("L"), "png", transparency=int(GREY[0, 0]))
    yield "bits-1.png", png(1, 0, b"\xa5", (b"tRNS", b"\0\1"))
    yield "bits-2.png", png(2, 0, b"\x1b", (b"tRNS", b"\0\1"))
    yield "bits-4.png", png(4, 0, b"\x1b\x2c", (b"tRNS", b"\0\x0b"))
    yield "la.png", saved(image_of("LA"), "png")


def turned_files() -> Iterator[tuple[str, bytes]]:
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        for suffix, mode in (("png", "RGB"), ("jpg", "L"), ("tif", "LA"), ("webp", "RGBA")):
            yield f"turned-{orientation}.{suffix}", saved(image_of(mode), suffix, exif=exif)
    exif[0x0112] = 6
    transparency = tuple(int(v) for v in COLOUR[0, 0])
    yield "turned-and-transparent.png", saved(image_of("RGB"), "png", exif=exif, transparency=transparency)


def refused_files() -> Iterator[tuple[str, bytes]]:
    """What loses samples or pictures, and what is damaged."""
    for suffix in ("png", "webp", "tif"):
        yield f"frames.{suffix}", frames(suffix)
    yield "float.tif", saved(Image.new("F", (2, 2)), "tif")
    yield "whole.tif", saved(Image.new("I", (2, 2)), "tif")
    yield "cmyk.jpg", saved(Image.new("CMYK", (2, 2)), "jpg")
    yield "lab.tif", saved(Image.new("LAB", (2, 2)), "tif")
    sound = saved(image_of("RGB"), "png")
    yield "cut.png", sound[:-30]
    yield "cut.jpg", saved(image_of("L"), "jpg")[:-20]
    noise = Image.fromarray(RNG.integers(0, 256, (40, 40), np.uint8))
    yield "cut.bmp", saved(noise, "bmp")[:-200]
    place = sound.index(b"IDAT") - 4 + 8 + int.from_bytes(sound[sound.index(b"IDAT") - 4 : sound.index(b"IDAT")], "big")
    yield "crc.png", sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :]


TAKEN = dict([*plain_files(), *transparent_files(), *turned_files()])
REFUSED = dict(refused_files())
Outcome = tuple[str, Any]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and no models: exact files of so small pictures need none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AECODEC_MODEL_PATH", "")
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "shipped")
    return tmp_path


def by_command(name: str) -> Outcome:
    """The bytes that the command writes, or its exit code."""
    result = CliRunner().invoke(app, ["compress", name, "--lossless", "-o", "out.aec", "-f", "-q"])
    if result.exit_code == 0:
        return "bytes", Path("out.aec").read_bytes()
    assert len(result.stderr.splitlines()) == 1, result.output
    return "exit code", result.exit_code


def by_python(picture: Any) -> Outcome:
    try:
        return "bytes", aecodec.compress(picture, lossless=True)
    except AecError as error:
        assert "\n" not in str(error)
        return "exit code", error.exit_code


@pytest.mark.parametrize("name", TAKEN)
def test_one_file_gives_one_result(here: Path, name: str) -> None:
    """As opened, a second time, loaded before, or from a file object; and what comes back is what the command wrote."""
    Path(name).write_bytes(TAKEN[name])
    kind, expected = by_command(name)
    assert kind == "bytes", expected
    with Image.open(name) as image:
        assert by_python(image) == (kind, expected)
        assert by_python(image) == (kind, expected)
        assert by_python([image]) == by_python([aecodec.decompress(expected)])
    with open(name, "rb") as file:
        assert by_python(Image.open(file)) == (kind, expected)
    if not name.startswith(("bits-", "camera")):  # once loaded, nothing says what the second picture is
        with Image.open(name) as image:
            image.load()
        assert by_python(image) == (kind, expected)


@pytest.mark.parametrize("name", REFUSED)
def test_one_file_is_refused_alike(here: Path, name: str) -> None:
    Path(name).write_bytes(REFUSED[name])
    kind, expected = by_command(name)
    assert kind == "exit code"
    with Image.open(name) as image:
        assert by_python(image) == (kind, expected)


def test_a_folder_gives_one_result(here: Path) -> None:
    Path("pics").mkdir()
    some = sorted([*dict(plain_files()), "rgb.png", "bits-2.png", "turned-6.png"])
    for name in some:
        Path("pics", name).write_bytes(TAKEN[name])
    assert CliRunner().invoke(app, ["compress", "pics", "--lossless", "-o", "out.aec"]).exit_code == 0
    images = [Image.open(Path("pics", name)) for name in some]
    assert aecodec.compress(images, names=some, lossless=True) == Path("out.aec").read_bytes()
    for image in images:
        image.close()


@pytest.mark.parametrize("bits", [2, 4])
def test_a_loaded_transparent_grey_is_not_guessed(bits: int) -> None:
    """Pillow widens samples, and not the grey given with them: so many bits are known as long as it is not loaded."""
    image = Image.open(io.BytesIO(TAKEN[f"bits-{bits}.png"]))
    image.load()
    for each in (image, image.copy()):
        assert "transparent grey" in check_error(UnsupportedError, lambda given=each: as_picture(given))
    other = Image.fromarray(GREY)
    other.info["transparency"] = 5
    check_same(as_picture(other), np.dstack([GREY, np.where(GREY == 5, 0, 255).astype(np.uint8)]))


@pytest.mark.parametrize("name", ["L.png", "RGB.jpg", "P.bmp", "LA.tif", "RGB.ppm"])
def test_closed_images(here: Path, name: str) -> None:
    Path(name).write_bytes(TAKEN[name])
    with Image.open(name) as never_loaded:
        pass
    with Image.open(name) as closed:
        closed.load()
    closed.close()
    with open(name, "rb") as file:
        gone = Image.open(file)
    for image in (never_loaded, closed, gone):
        assert "closed" in check_error(UsageError, lambda given=image: as_picture(given), name)


def test_images_in_memory() -> None:
    """What an image carries counts, whatever it was made by."""
    for mode, picture in PICTURES.items():
        check_same(as_picture(image_of(mode)), picture)
    check_same(as_picture(image_of("1")), np.where(GREY > 100, 255, 0).astype(np.uint8))
    check_same(as_picture(image_of("P")), np.frombuffer(PALETTE, np.uint8).reshape(-1, 3)[GREY])
    turned = Image.open(io.BytesIO(TAKEN["turned-6.png"]))
    check_same(as_picture(ImageOps.exif_transpose(turned)), np.rot90(COLOUR, -1))
    for made in (turned.copy(), turned.convert("L"), turned.resize((4, 4)), turned.rotate(90, expand=True)):
        assert made.getexif()[0x0112] == 6
        check_same(as_picture(made), np.asarray(made))
    transparent = Image.open(io.BytesIO(TAKEN["rgb.png"])).crop((0, 0, 2, 2))
    assert as_picture(transparent)[0, 0, 3] == 0
    check_same(as_picture(image_of("RGBA").quantize(9)), np.asarray(image_of("RGBA").quantize(9).convert("RGBA")))
    first, second = (as_picture(frame.copy()) for frame in both_frames())
    check_same(first, COLOUR)
    check_same(second, 255 - COLOUR)
    for mode in ("HSV", "CMYK", "I", "F", "YCbCr", "RGBX"):
        message = check_error(UnsupportedError, lambda given=mode: as_picture(Image.new(given, (2, 2))))
        assert mode in message and "PIL image" in message
    check_error(UnsupportedError, lambda: as_picture(Image.new("L", (0, 3))))


def both_frames() -> Iterator[Image.Image]:
    with Image.open(io.BytesIO(REFUSED["frames.tif"])) as image:
        for number in range(2):
            image.seek(number)
            yield image


def test_damage_is_seen_when_samples_are_read() -> None:
    for name in ("cut.png", "crc.png", "cut.jpg"):
        with Image.open(io.BytesIO(REFUSED[name])) as image:
            assert "damaged" in check_error(FormatError, lambda given=image: as_picture(given), name)


# --- arrays ---------------------------------------------------------------------------------


class Sub(np.ndarray[Any, Any]):
    """An array that says something of a mode, as NumPy's maps of files do."""

    mode = "P"


class Giving:
    """What gives itself to NumPy as an array."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.make()


def test_arrays_of_every_kind(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GREY)
    (tmp_path / "a.raw").write_bytes(GREY.tobytes())
    fixed = GREY.copy()
    fixed.flags.writeable = False
    for picture in (
        np.load(tmp_path / "a.npy", mmap_mode="r"),
        np.memmap(tmp_path / "a.raw", np.uint8, "r+", shape=GREY.shape),
        GREY.view(Sub),
        fixed,
        np.asfortranarray(GREY),
        GREY[::-1][::-1],
        GREY[..., None],
        GREY.astype(np.dtype(">u1")),
        memoryview(GREY),
        Giving(lambda: GREY),
    ):
        check_same(np.asarray(as_picture(picture)), GREY)
        assert aecodec.compress(picture, lossless=True) == aecodec.compress(GREY, lossless=True)


def test_tensors(torch: Any) -> None:
    check_same(as_picture(torch.from_numpy(COLOUR)), COLOUR)
    check_same(as_picture(torch.from_numpy(COLOUR).permute(1, 0, 2)), COLOUR.transpose(1, 0, 2))
    channels_first = torch.zeros(3, 8, 8, dtype=torch.uint8)
    assert "channels last" in check_error(UnsupportedError, lambda: as_picture(channels_first))
    for tensor in (
        torch.zeros(8, 8),
        torch.zeros(8, 8, requires_grad=True),
        torch.zeros(8, 8, dtype=torch.bfloat16),
        torch.zeros(8, 8, dtype=torch.uint8, device="meta"),
        torch.zeros(8, 8, dtype=torch.uint8).to_sparse(),
        torch.tensor(3, dtype=torch.uint8),
    ):
        check_error(UnsupportedError, lambda given=tensor: as_picture(given), str(tensor))


def failing() -> Any:
    raise TypeError("this is\non another device")


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.uint8(3), "shape ()"),
        (np.zeros((4, 4), object), "object"),
        (np.ma.masked_array(GREY, GREY > 200), "masked"),
        (np.ma.masked_array(GREY), "masked"),
        (np.zeros((4, 4), ">u4"), "uint32"),
        (np.zeros((2, 4, 4, 3), np.uint8), "list"),
        (np.zeros((4, 4), [("r", np.uint8)]), "aecodec takes uint8 and uint16"),
        (memoryview(b"abc"), "shape (3,)"),
        (Giving(failing), "this is on another device"),
        (Giving(lambda: 3), "Giving"),
    ],
)
def test_refused_arrays(picture: Any, words: str) -> None:
    assert words in check_error(UnsupportedError, lambda: as_picture(picture))


@pytest.mark.parametrize(
    "picture", ["a.png", b"a.png", Path("a.png"), bytearray(9), None, 3, 3.5, {}, {1}, object(), iter([GREY]), Giving]
)
def test_what_is_no_picture(picture: Any) -> None:
    check_error(UsageError, lambda: as_picture(picture))
    check_error(UsageError, lambda: aecodec.compress(picture))
    check_error(UsageError, lambda: aecodec.compress([GREY, picture]))


def test_which_of_a_list() -> None:
    for wrong, error in ((np.zeros(3, np.uint8), UnsupportedError), ("a.png", UsageError)):
        message = check_error(error, lambda given=wrong: aecodec.compress([GREY, GREY, given]))
        assert message.startswith("picture 2: ")


def test_filters_of_warnings_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are one for all threads, any of which may compress."""
    monkeypatch.setattr("warnings.catch_warnings", lambda: pytest.fail("touched"))
    check_same(as_picture(Image.open(io.BytesIO(TAKEN["RGB.png"]))), COLOUR)


def test_lists_in_a_list() -> None:
    for inner in ([GREY, GREY], (GREY,), [[1, 2], [3, 4]]):
        assert "list" in check_error(UsageError, lambda given=inner: aecodec.compress([given]))
