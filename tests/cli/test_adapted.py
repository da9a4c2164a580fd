"""A model that is stored as what differs from others, by its user: one file for lossy and for exact."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from formats.vectors_maker.drawings import text
from tests.checks import check_same
from tests.cli.lines import Run, fails, succeeds
from tests.zoo.adapted import bases, lossy_half, pair

PICTURE = text(609, 36, 61)


@pytest.fixture(autouse=True)
def own(here: Path) -> Path:
    """A pair in a folder of the user's, and its bases where models are shipped."""
    for folder in ("shipped", "mine"):
        Path(folder).mkdir()
    for name, data in bases().items():
        Path("shipped", f"{name}.safetensors").write_bytes(data)
    path = Path("mine/own.safetensors")
    path.write_bytes(pair())
    Image.fromarray(PICTURE).save("p.png")
    return path


def test_lossy_and_exact_by_one_file(run: Run) -> None:
    """Named by file or id, and found again by its fingerprint."""
    named = ("--model mine/own.safetensors", "--model made-own --model-path mine")
    for number, model in enumerate(named):
        for way in ("", "--lossless", "--max-bytes 900", "--quality 40"):
            output = f"{number}{way.strip('-').replace(' ', '-')}.aec"
            assert "model made-own" in succeeds(run(f"compress p.png -o {output} {model} {way}")).output
            succeeds(run(f"decompress {output} -o {output}.png --model-path mine"))
    check_same(np.asarray(Image.open("0lossless.aec.png")), PICTURE)
    assert Path("0lossless.aec").read_bytes() == Path("1lossless.aec").read_bytes()
    assert Path("0.aec").read_bytes() == Path("1.aec").read_bytes()
    fails(run("decompress 0.aec -o other.png"), 5, "needs model", "--model-path")


def test_what_models_say_of_it(run: Run, own: Path) -> None:
    row = next(line for line in run("models list --model-path mine").stdout.splitlines() if "made-own" in line)
    assert "any picture, lossy and exact" in row and str(len(own.read_bytes())) in row
    shown = succeeds(run("models show made-own --model-path mine")).stdout
    rows = dict(line.split(None, 1) for line in shown.splitlines())
    assert rows["lossy.base"].startswith("id made-grid, sha256 ")
    assert rows["exact.base"].startswith("id made-drawings, sha256 ")
    assert rows["role"] == "adapted"
    record = json.loads(run("models show made-own --model-path mine --json").stdout)
    assert record["description"]["lossy"]["base"]["id"] == "made-grid"
    assert succeeds(run("models verify made-own --model-path mine")).stdout.startswith("made-own: ok, ")


def test_a_missing_base(run: Run) -> None:
    """One line that says which, and what helps; nothing is written."""
    Path("shipped/made-drawings.safetensors").unlink()
    for line in (
        "compress p.png -o x.aec --model mine/own.safetensors",
        "compress p.png -o x.aec --model made-own --model-path mine",
        "models verify made-own --model-path mine",
    ):
        message = fails(run(line), 5, "made-drawings, SHA-256 ", "mine", "shipped", "name its folder with --model-path")
        assert "replace or remove" not in message
    assert not Path("x.aec").exists()
    Path("mine/base.safetensors").write_bytes(bases()["made-drawings"])
    succeeds(run("compress p.png -o x.aec --model mine/own.safetensors"))


def test_a_damaged_one(run: Run, own: Path) -> None:
    data = own.read_bytes()
    own.write_bytes(data[:-7] + b"damaged")
    fails(run("compress p.png -o x.aec --model mine/own.safetensors"), 5, "own.safetensors", "digest")
    own.write_bytes(data[:-7])
    fails(run("compress p.png -o x.aec --model mine/own.safetensors"), 5, "own.safetensors")


def test_half_a_pair_does_what_it_can(run: Run, own: Path) -> None:
    own.write_bytes(lossy_half())
    succeeds(run("compress p.png -o x.aec --model mine/own.safetensors"))
    fails(run("compress p.png -o y.aec --lossless --model mine/own.safetensors"), 5, "no residual coder")
    fails(run("compress d.png -o y.aec --progressive --lossless --model mine/own.safetensors"), 5)
