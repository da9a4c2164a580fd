"""Pictures of 16 bits on the command line: in and out by all formats that hold them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aecodec.files import encode_picture, read_picture
from formats.vectors_maker.deep import sensed
from tests.checks import check_same
from tests.cli.lines import Run, fails, succeeds

CHANNELS = {1: ("png", "tif", "pgm", "ppm"), 2: ("png",), 3: ("png", "tif", "ppm"), 4: ("png", "tif")}


@pytest.mark.parametrize("channels", CHANNELS)
def test_files_there_and_back(channels: int, tmp_path: Path) -> None:
    """Whatever is saved is read again; Pillow reads grey ones, too."""
    picture = sensed(840, 9, 14, channels)
    for suffix in CHANNELS[channels]:
        path = tmp_path / f"x.{suffix}"
        path.write_bytes(encode_picture(picture, str(path)))
        check_same(read_picture(str(path)), picture)
        if channels == 1 and suffix != "pgm":
            with Image.open(path) as image:
                check_same(np.asarray(image).astype(np.uint16), picture)


def test_the_commands(run: Run) -> None:
    picture = sensed(841, 30, 40)
    Image.fromarray(picture).save("g.png")
    succeeds(run("compress g.png -o g.aec --lossless"))
    assert "grey, 16 bits a sample" in succeeds(run("info g.aec")).stdout
    assert json.loads(succeeds(run("info g.aec --json")).stdout)["bits"] == 16
    assert "exact" in succeeds(run("verify g.aec --against g.png")).stdout
    for name in ("b.png", "b.tif", "b.pgm"):
        succeeds(run(f"decompress g.aec -o {name}"))
        check_same(read_picture(name), picture)
    for name, words in (("b.jpg", "JPEG"), ("b.bmp", "BMP"), ("b.webp", "WebP")):
        fails(run(f"decompress g.aec -o {name}"), 4, f"{words} cannot hold samples of 16 bits")
        assert not Path(name).exists()


def test_batches(run: Run) -> None:
    """One by one 8 and 16 bits go together; in one container they do not."""
    Path("in").mkdir()
    deep = [sensed(842, 12, 13), sensed(843, 12, 13, 3)]
    for at, picture in enumerate(deep):
        Path(f"in/deep-{at}.png").write_bytes(encode_picture(picture, "x.png"))
    Image.fromarray(np.full((12, 13), 7, np.uint8)).save("in/grey.png")
    succeeds(run("compress in -o each/ --each --lossless"))
    succeeds(run("decompress each/ -o back/"))
    for at, picture in enumerate(deep):
        check_same(read_picture(f"back/deep-{at}.png"), picture)
    assert read_picture("back/grey.png").dtype == np.uint8
    fails(run("compress in -o all.aec --lossless"), 4, "cannot be in one container")
    Path("in/grey.png").unlink()
    succeeds(run("compress in -o all.aec --lossless"))
    succeeds(run("compress in -o shards/ --lossless --shard-size 1 --effort 0"))
    succeeds(run("verify all.aec shards/000000.aec shards/000001.aec"))
