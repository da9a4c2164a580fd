"""``aecodec compress --frames``: pages of a scan and frames of an animation become pictures of a container."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

import aecodec
from aecodec.files import Gallery, Source, read_picture
from tests.checks import check_all_same
from tests.cli.lines import PIXELS, Run, fails, files_below, succeeds
from tests.made_pictures import saved
from tests.pictures.films import CELS, apng, gif, pages, shown
from tests.pictures.test_frames import second_page


@pytest.fixture(autouse=True)
def files(here: Path) -> None:
    """A scan of three pages, and an animation in two formats."""
    Path("scan.tiff").write_bytes(pages(list(PIXELS[:3])))
    Path("film.gif").write_bytes(gif(CELS))
    Path("other.png").write_bytes(apng(CELS))


def names_in(path: str) -> list[str]:
    return list(aecodec.inspect(Path(path).read_bytes()).names or ())


def test_pages(run: Run) -> None:
    result = succeeds(run("compress scan.tiff --frames --lossless"))
    assert result.stderr.startswith("scan.tiff (3 pictures) → scan.aec: ")
    check_all_same(aecodec.decompress(Path("scan.aec").read_bytes()), list(PIXELS[:3]))
    succeeds(run("decompress scan.aec -o back -q"))
    assert files_below(Path("back")) == {f"scan/000{number}.png" for number in (1, 2, 3)}
    np.testing.assert_array_equal(read_picture("back/scan/0002.png"), PIXELS[1])


@pytest.mark.parametrize("name", ["film.gif", "other.png"])
def test_an_animation(name: str, run: Run) -> None:
    record = json.loads(run(f"compress {name} --frames -o film.aec --lossless --json -q").stdout)
    assert (record["pictures"], record["failed"], record["input_bytes"]) == (6, 0, Path(name).stat().st_size)
    check_all_same(aecodec.decompress(Path("film.aec").read_bytes()), shown(CELS))


def test_a_folder_of_all_kinds(run: Run) -> None:
    """Files of one picture keep their names; GIFs are found, which are passed over without the option."""
    for name in ("scan.tiff", "film.gif", "other.png"):
        Path(name).rename(f"pics/sub/{name}")
    Path("pics/one.gif").write_bytes(gif(CELS[:1]))
    succeeds(run("compress pics --frames -o all.aec --lossless -q"))
    frames = [f"sub/{stem}/000{number}.png" for stem, count in (("film", 6), ("other", 6), ("scan", 3))
              for number in range(1, count + 1)]  # fmt: skip
    assert sorted(names_in("all.aec")) == sorted(["a.png", "b.bmp", "one.gif", "sub/c.pgm", "sub/d.jpg", *frames])
    result = run("compress pics -o some.aec --lossless")
    assert result.exit_code == 1 and "2 other files passed over (2 .gif)" in result.stderr
    assert (
        "pics/sub/scan.tiff has 3 frames or pages, expected one; aecodec compress --frames takes them" in result.stderr
    )


def test_standard_input(run: Run) -> None:
    data = run("compress - --frames -o - --lossless", stdin=Path("scan.tiff").read_bytes()).stdout_bytes
    check_all_same(aecodec.decompress(data), list(PIXELS[:3]))


def test_a_file_of_one_picture(run: Run) -> None:
    """It is a container of one, with its name."""
    succeeds(run("compress d.png --frames --lossless -q"))
    assert names_in("d.aec") == ["d.png"]


@pytest.mark.parametrize("room", [0, 100, 1 << 20])
def test_frames_are_read_again(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In any order, whether they are kept or not, and one at a time."""
    monkeypatch.setattr("aecodec.files.gallery.KEPT_BYTES", room)
    gallery = Gallery([Source(name, name) for name in ("scan.tiff", "film.gif", "d.png")], frames=True)
    assert gallery.survey() == []
    expected = [*PIXELS[:3], *shown(CELS), PIXELS[0]]
    check_all_same(list(gallery), expected)
    check_all_same([gallery[number] for number in (8, 1, 9, 4, 3, 0)], [expected[n] for n in (8, 1, 9, 4, 3, 0)])
    assert gallery.input_bytes == sum(Path(name).stat().st_size for name in ("scan.tiff", "film.gif", "d.png"))


def test_a_damaged_page_costs_itself(run: Run) -> None:
    data = bytearray(Path("scan.tiff").read_bytes())
    at = second_page(data) + 2
    while struct.unpack_from("<H", data, at)[0] != 273:  # where its strips are
        at += 12
    struct.pack_into("<I", data, at + 8, 1 << 30)
    Path("scan.tiff").write_bytes(data)
    result = run("compress scan.tiff --frames --lossless")
    assert result.exit_code == 1
    assert result.stderr.startswith("aecodec: error: scan.tiff, page 2, is a damaged picture: it is cut short")
    assert names_in("scan.aec") == ["scan/0001.png", "scan/0003.png"]


def test_a_damaged_frame_costs_those_behind_it(run: Run) -> None:
    """And is one line; the file's others, and other files, are done."""
    data = bytearray(Path("film.gif").read_bytes())
    at = -1
    for _ in range(3):
        at = data.index(b"\x21\xf9\x04", at + 1)
    block = data.index(b"\x2c", at)
    data[block + 10 + (3 << ((data[block + 9] & 7) + 1)) + 2] ^= 0xFF  # its first codes
    Path("film.gif").write_bytes(data)
    result = run("compress film.gif d.png --frames -o film.aec --lossless")
    lines = result.stderr.splitlines()
    assert result.exit_code == 1 and len(lines) == 2
    assert lines[0].startswith("aecodec: error: film.gif, frame 3, is a damaged picture: its data ")
    assert lines[0].endswith("; the 3 behind it are left out, too, for they build on it")
    assert names_in("film.aec") == ["film/0001.png", "film/0002.png", "d.png"]


def test_a_file_that_ends_early(run: Run) -> None:
    Path("film.gif").write_bytes(Path("film.gif").read_bytes()[:-30])
    result = run("compress film.gif --frames -o film.aec --lossless")
    assert result.exit_code == 1 and "film.gif, frame 6, is a damaged picture: it is cut short" in result.stderr
    check_all_same(aecodec.decompress(Path("film.aec").read_bytes()), shown(CELS)[:5])


def test_names_that_meet(run: Run) -> None:
    """Of two files that would be one folder the first is done; a picture in that folder is another's."""
    Path("film.png").write_bytes(apng(CELS))
    result = run("compress film.gif film.png -o two.aec --frames --lossless")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == (
        "aecodec: error: film.png is left out: film.gif and it would both be named film/0001.png; "
        "give the folder above them, or rename one"
    )
    Path("below/film").mkdir(parents=True)
    Path("below/film.gif").write_bytes(gif(CELS))
    Path("below/film/0002.png").write_bytes(saved(PIXELS[0], "PNG"))
    result = run("compress below -o below.aec --frames --lossless")
    assert result.exit_code == 1 and "would both be named film/0002.png" in result.stderr
    assert len(set(names_in("below.aec"))) == 6


def test_a_name_no_container_may_hold(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.container.names.MAX_NAME_BYTES", len("film/0001.pn"))
    result = run("compress film.gif d.png -o film.aec --frames --lossless")
    assert result.exit_code == 1
    assert "the frames of 'film.gif' cannot be named in a container: it is 13 bytes long" in result.stderr
    assert names_in("film.aec") == ["d.png"]


def test_usage(run: Run) -> None:
    for more in ("--each -o files", "--shard-size 5 -o shards"):
        fails(run(f"compress scan.tiff --frames {more}"), 2, "--frames makes one container")
    fails(run("compress scan.tiff --lossless"), 4, "aecodec compress --frames takes them")
    Path("broken.gif").write_bytes(b"GIF89a\1")
    result = run("compress broken.gif --frames --lossless")
    assert result.exit_code == 1 and "broken.gif is a damaged picture: it is cut short" in result.stderr
    assert not Path("broken.aec").exists()
