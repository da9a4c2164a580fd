"""Pictures saved exactly or refused, and the names that they get."""

from __future__ import annotations

import numpy as np
import pytest

from aecodec.errors import UnsupportedError
from aecodec.files import decode_picture, encode_picture, format_of, numbered_names, picture_names
from aecodec.files.save import FORMATS
from tests.made_pictures import PICTURES


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
