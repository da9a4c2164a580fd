"""Containers of pictures that resemble one another: what a user sees of them, whole, in part, and damaged."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aecodec
from aecodec.cli import app
from aecodec.container import parse
from tests.checks import check_all_same, check_error, check_same, flipped, resealed
from tests.golden import package, reference
from tests.test_grid_likeness import Picture, alike, changed, drawn

NAMES = [f"{place}.png" for place in range(5)]


@pytest.fixture(scope="module")
def data() -> bytes:
    """The general model's, unasked for, since nothing else suits them."""
    return aecodec.compress(alike(), quality=50, model="general", names=NAMES)


def of_one_kind() -> list[Picture]:
    """Three colours, alpha, and grey; each in a pair that is alike, and no two pairs alike."""
    colour, grey = drawn(5), drawn(7)
    rgba = np.dstack([drawn(6), drawn(8)[..., 0]])
    other = np.dstack([changed(drawn(6)), drawn(9)[..., 0]])
    return [colour, rgba, grey[..., 0], changed(colour), changed(grey)[..., 0], other]


def test_both_decoders_read_it(data: bytes) -> None:
    assert data[7:9] == bytes([0xF2, 50]) and aecodec.inspect(data).references == 2
    ours, theirs = package(data), reference(data)
    check_all_same(ours[0], theirs[0])
    assert ours[1] == theirs[1] == NAMES


def test_it_is_smaller(data: bytes) -> None:
    alone = [len(aecodec.compress(picture, quality=50, model="general")) for picture in alike()]
    assert len(data) < 0.8 * sum(alone)


def test_all_kinds_of_pictures() -> None:
    pictures = of_one_kind()
    data = aecodec.compress(pictures, quality=50, model="general", effort=1)
    assert aecodec.inspect(data).references == 3
    ours = package(data)[0]
    check_all_same(ours, reference(data)[0])
    for found, picture in zip(ours, pictures, strict=True):
        assert found.shape == picture.shape
        if picture.ndim == 3 and picture.shape[2] == 4:
            check_same(found[..., 3], picture[..., 3])


def test_blocks_without_likeness_beside_some_with() -> None:
    """References stay within their block: of the second, whose pictures are unlike, there are none."""
    pictures = [drawn(1), changed(drawn(1)), drawn(2), drawn(3), changed(drawn(2))]
    data = aecodec.compress(pictures, quality=50, model="general", effort=1, block_pictures=2)
    file = parse(data)
    assert [file.body(block)[0] for block in range(3)] == [1, 0, 0]
    assert aecodec.inspect(data).references == 1
    check_all_same(package(data)[0], reference(data)[0])


def test_nothing_alike_is_as_before() -> None:
    data = aecodec.compress([drawn(seed) for seed in range(4)], quality=50, model="general", effort=1)
    assert data[7] == 0x80 + 50 and aecodec.inspect(data).references == 0


def test_any_number_of_jobs_gives_the_same() -> None:
    pictures = [*alike(), *alike()[::-1]]
    files = [
        aecodec.compress(pictures, quality=50, model="general", effort=1, block_pictures=5, jobs=jobs)
        for jobs in (1, 2)
    ]
    assert files[0] == files[1] and aecodec.inspect(files[0]).references == 4
    check_all_same(aecodec.decompress(files[0], jobs=2), package(files[0])[0])


def test_some_pictures_of_it(data: bytes) -> None:
    whole = aecodec.decompress(data)
    with aecodec.open(io.BytesIO(data)) as reader:
        for place in (4, 0, 2):
            check_same(reader[place], whole[place])
        assert reader.info.references == 2


def test_damage_is_found(data: bytes) -> None:
    """In the lists, behind a checksum that fits; the rest of a record is as in other files."""
    file = parse(data)
    start = file.records[0].start
    length = 2 + 2  # of the mask, and a byte for each reference
    for place in range(start, start + length):
        for bit in range(8):
            check_error(aecodec.FormatError, lambda at=place, mask=1 << bit: package(resealed(flipped(data, at, mask))))


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name, picture in zip(NAMES, alike(), strict=True):
        Image.fromarray(picture).save(Path("in", name))

    def run(line: str, code: int = 0) -> str:
        found = CliRunner().invoke(app, line.split())
        assert found.exit_code == code, found.output
        return found.output

    run("compress in -o p.aec --quality 50 --model general")
    assert "differing 2 from others that they resemble" in run("info p.aec")
    assert json.loads(run("info p.aec --json"))["references"] == 2
    assert "5 pictures" in run("verify p.aec")
    run("decompress p.aec -o out/")
    run("decompress p.aec --index 4 -o four.png")
    check_same(np.asarray(Image.open("four.png")), np.asarray(Image.open("out/4.png")))
    run("compress in -o none.aec --quality 50 --effort 0")
    assert "differing" not in run("info none.aec")
    data = Path("p.aec").read_bytes()
    place = parse(data).records[0].start
    Path("bad.aec").write_bytes(resealed(flipped(data, place + 2, 0x7F)))  # the first reference, to a far picture
    said = run("decompress bad.aec -o bad/", 3)
    assert "a picture refers to number" in said and said.count("\n") == 1 and not Path("bad").exists()
