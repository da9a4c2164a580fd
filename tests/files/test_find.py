"""Many pictures: found in order, and held in bounded memory."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aecodec.errors import FileError, FormatError, UsageError
from aecodec.files import Gallery, Source, find_files, find_pictures, read_bytes
from aecodec.files.suffixes import TAKEN
from tests.made_pictures import GREY


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
    monkeypatch.setattr("aecodec.files.gallery.KEPT_BYTES", room)
    gallery = Gallery([*find_pictures([str(tmp_path)]), Source(str(tmp_path / "gone.png"), "gone.png")])
    errors = gallery.survey()
    assert [type(error) for error in errors] == [FormatError, FileError]
    assert [source.name for source in gallery.sources] == ["A.tif", "a/b.bmp", "a/z.PNG", "b.png"]
    assert gallery.input_bytes == sum(os.path.getsize(source.path) for source in gallery.sources)
    reads: list[str] = []
    monkeypatch.setattr("aecodec.files.gallery.read_bytes", lambda path: reads.append(path) or read_bytes(path))
    assert [int(picture[0, 0]) for picture in gallery] == [3, 2, 1, 0]
    assert [int(picture[0, 0]) for picture in gallery[1:3]] == [2, 1]
    assert len(reads) == {0: 6, 40: 5, 1 << 20: 0}[room]
