"""Exact pixels: pictures of all sizes and kinds come back, by both decoders and by the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.container import parse
from formats.vectors_maker.pictures import equal, noise
from formats.vectors_maker.pixels import body_of, one, textured
from tests.checks import check_all_same, check_same
from tests.conftest import ROOT
from tests.golden import MANIFEST, reference, vector
from tests.pixels.model import CONTENT, MODEL, Picture, decoded

KINDS: dict[str, Callable[[int, int], Picture]] = {
    "grey": lambda h, w: textured(1, h, w, 1),
    "la": lambda h, w: textured(2, h, w, 2),
    "rgb": lambda h, w: textured(3, h, w, 3),
    "rgba": lambda h, w: textured(4, h, w, 4),
    "equal": lambda h, w: equal(noise(5, h, w)),
    "equal and alpha": lambda h, w: equal(textured(6, h, w, 1), noise(7, h, w)),
    "noise": lambda h, w: noise(8, h, w, 3),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 2), (5, 3), (33, 17)])
def test_round_trips(size: tuple[int, int], kind: str) -> None:
    """And the reference decoder reads the same."""
    picture = KINDS[kind](*size)
    data = one(MODEL, picture)
    check_all_same(decoded(data), [picture])
    if picture.size < 400:
        check_all_same(reference(data)[0], [picture])


@pytest.mark.parametrize("size", [(3, 300), (90, 4), (1, 60), (60, 1)])
def test_long_pictures(size: tuple[int, int]) -> None:
    picture = textured(9, *size)
    check_all_same(decoded(one(MODEL, picture)), [picture])


@pytest.mark.parametrize("height", range(1, 10))
@pytest.mark.parametrize("width", range(1, 6))
def test_small_pictures_of_every_size(height: int, width: int) -> None:
    """Where bands of rows begin, end and take each other's place; both decoders."""
    picture = noise(10 * height + width, height, width, 3 if (height + width) % 2 else 1).squeeze()
    picture = picture.reshape(height, width, -1)
    picture = picture[..., 0] if picture.shape[2] == 1 else picture
    data = one(MODEL, picture)
    check_all_same(decoded(data), [picture])
    check_all_same(reference(data)[0], [picture])


@pytest.mark.parametrize("name", [name for name in MANIFEST["valid"] if name.startswith("pixels-")])
def test_a_writer_makes_the_same_payloads(name: str) -> None:
    """Of golden files that are written by hand as well: all blocks of method 7."""
    container = parse(vector("valid", name))
    header, pictures = container.header, decoded(vector("valid", name))
    assert header.pixels and header.exact and header.has_method and header.check_bytes == 4
    for block in range(header.blocks):
        some = pictures[block * header.block_pictures :][: header.block_pictures]
        if container.body(block)[0] == 7:
            assert body_of(some, MODEL) == container.body(block)


def program(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "AECODEC_MODEL_PATH": ""}
    command = [sys.executable, "-m", "aecodec", *words]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def test_the_command_line(tmp_path: Path) -> None:
    """A coloured picture: the pixel model is found and named, and another process gives the same pixels."""
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "any.safetensors").write_bytes(CONTENT)
    picture = textured(50, 40, 60)
    Image.fromarray(picture).save(tmp_path / "p.png")
    said = program(tmp_path, "compress", "p.png", "-o", "p.aec", "--lossless", "--model-path", "m")
    assert "exact" in said.stderr and "vector-pixels" in said.stderr
    data = (tmp_path / "p.aec").read_bytes()
    assert parse(data).header.pixels and parse(data).header.fingerprint == MODEL.fingerprint
    assert data == encode([picture], Plan(MODEL, True, 0), many=False).data
    found = json.loads(program(tmp_path, "info", "--json", "p.aec").stdout)
    assert found["model"] == MODEL.fingerprint.hex() and found["lossless"] is True
    program(tmp_path, "decompress", "p.aec", "-o", "q.png", "--model-path", "m")
    check_same(np.asarray(Image.open(tmp_path / "q.png")), picture)
