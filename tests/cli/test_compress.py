"""``aecodec compress``: what it prints where, its warnings, and what it refuses."""

from __future__ import annotations

import json
import math
import os
import zlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aecodec
from aecodec.cli import app
from aecodec.files import read_picture
from aecodec.zoo import Zoo, load_model, pack_model, save_model
from tests.cli.lines import MODEL, PIXELS, Run, fails, files_below, lossy_file, succeeds
from tests.made import made_tensors


def test_compress_one(run: Run) -> None:
    result = succeeds(run("compress d.png", lossy=True), "d.png → d.aec: ", " bpp, PSNR ", "model made-6, effort 3")
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    data = Path("d.aec").read_bytes()
    assert f"{os.path.getsize('d.png')} → {len(data)} bytes, {len(data) / 8:.2f} bpp" in result.stderr
    assert not aecodec.inspect(data).names
    assert aecodec.decompress(data, model_path=["m"]).shape == (8, 8)


def test_compress_json(run: Run) -> None:
    result = run("compress d.png --json -q --effort 2", lossy=True)
    assert result.stderr == ""
    record = json.loads(result.stdout)
    data = Path("d.aec").read_bytes()
    pixels = aecodec.decompress(data, model_path=["m"]).astype(float)
    expected = np.square((pixels - PIXELS[0]) / 255).mean()
    assert record.pop("mse") == pytest.approx(expected)
    assert record.pop("psnr") == pytest.approx(-10 * np.log10(expected))
    assert record == {
        "input": "d.png",
        "output": "d.aec",
        "pictures": 1,
        "failed": 0,
        "input_bytes": os.path.getsize("d.png"),
        "bytes": len(data),
        "payload_bytes": len(data) - 12,  # the budget of one native picture
        "bpp": len(data) / 8,
        "model": "made-6",
        "fingerprint": Zoo(["m"]).by_id("made-6").fingerprint.hex(),
        "lossless": False,
        "effort": 2,
        "quality": 100,
        "first_bytes": None,
        "first_mse": None,
        "first_model": None,
        "fell_short": None,
    }


def test_compress_quality(run: Run) -> None:
    best = lossy_file(run)
    result = succeeds(run("compress d.png -o q.aec --quality 30", lossy=True), "model made-6, effort 3, quality 30")
    data = Path("q.aec").read_bytes()
    assert "step 4" not in result.stderr and aecodec.inspect(data).step == 4
    expected = aecodec.compress(PIXELS[0], model="made-6", model_path=["m"], quality=30)
    assert data == expected != best
    succeeds(run("decompress q.aec -o q.png", lossy=True))
    np.testing.assert_array_equal(read_picture("q.png"), aecodec.decompress(data, model_path=["m"]))
    succeeds(run("compress d.png -o h.aec --quality 100", lossy=True))
    assert Path("h.aec").read_bytes() == best
    record = json.loads(run("compress d.png -o q.aec -f --quality 30 --json -q", lossy=True).stdout)
    assert (record["quality"], record["bytes"]) == (30, len(data))


def test_compress_targets_say_the_quality(run: Run) -> None:
    record = json.loads(run("compress pics -o p.aec --max-mse 0.9 --json -q", lossy=True).stdout)
    assert record["quality"] < 100
    again = succeeds(run(f"compress pics -o q.aec --quality {record['quality']}", lossy=True))
    assert f"quality {record['quality']}" in again.stderr
    assert Path("q.aec").read_bytes() == Path("p.aec").read_bytes()


def test_compress_lossless(run: Run) -> None:
    succeeds(run("compress d.png --lossless"), "exact, no model")
    np.testing.assert_array_equal(aecodec.decompress(Path("d.aec").read_bytes()), PIXELS[0])
    result = run("compress d.png --lossless -f --json", lossy=True)
    record = json.loads(result.stdout)
    assert (record["mse"], record["psnr"], record["effort"], record["lossless"]) == (0, None, None, True)
    assert record["quality"] is None


def test_compress_folder_keeps_names(run: Run) -> None:
    result = succeeds(run("compress pics -o p.aec --lossless"), "pics (4 pictures) → p.aec", "exact")
    assert result.stdout == ""
    data = Path("p.aec").read_bytes()
    assert aecodec.inspect(data).names == ("a.png", "b.bmp", "sub/c.pgm", "sub/d.jpg")
    for found, expected in zip(aecodec.decompress(data)[:3], PIXELS, strict=False):
        np.testing.assert_array_equal(found, expected)


def test_compress_one_of_a_list_is_a_container(run: Run) -> None:
    succeeds(run("compress d.png pics/a.png -o two.aec --lossless"), "2 pictures → two.aec")
    assert aecodec.inspect(Path("two.aec").read_bytes()).names == ("d.png", "a.png")


def test_compress_unreadable_ones_are_left_out(run: Run) -> None:
    Path("pics/broken.png").write_bytes(Path("d.png").read_bytes()[:70])
    Path("pics/text.png").write_text("no picture")
    result = run("compress pics gone.png -o p.aec --lossless --json")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.startswith("aecodec: error: ") for line in lines] == [True, True, True, False]
    for word in ("broken.png", "text.png", "gone.png"):
        assert sum(word in line for line in lines) == 1
    assert json.loads(result.stdout)["failed"] == 3
    assert aecodec.inspect(Path("p.aec").read_bytes()).names == ("a.png", "b.bmp", "sub/c.pgm", "sub/d.jpg")


def test_compress_nothing_readable(run: Run) -> None:
    result = run("compress gone.png lost.png -o p.aec --lossless")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 3
    assert not Path("p.aec").exists()


def test_compress_standard_streams(run: Run) -> None:
    result = run("compress - -o - --lossless", stdin=Path("d.png").read_bytes())
    np.testing.assert_array_equal(aecodec.decompress(result.stdout_bytes), PIXELS[0])
    assert "standard input → standard output: " in result.stderr
    again = run("decompress - -o -", stdin=result.stdout_bytes)
    Path("again.png").write_bytes(again.stdout_bytes)
    np.testing.assert_array_equal(read_picture("again.png"), PIXELS[0])


def test_compress_warns_outside_the_domain(run: Run) -> None:
    tensors, description = made_tensors()
    model = save_model("strict-6", tensors, {**description, "typical_mse": 1e-6})
    Path("m/strict-6.safetensors").write_bytes(model)
    line = "compress {} -o {} --model strict-6 --model-path m"
    lines = succeeds(run(line.format("d.png", "d.aec"))).stderr.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("aecodec: warning: d.png reached only PSNR ")
    assert lines[1].endswith(
        ": unlike the pictures that model strict-6 is made for; train a model on such pictures, or use --lossless"
    )
    lines = succeeds(run(line.format("pics", "p.aec"))).stderr.splitlines()
    assert len(lines) == 2
    assert "4 of 4 pictures" in lines[1]
    assert succeeds(run(line.format("pics", "q.aec -q"))).stderr == ""
    assert "warning" in succeeds(run(line.format("d.png", "f.aec --quality 0"))).stderr
    assert "warning" not in succeeds(run(line.format("d.png", "e.aec --lossless"))).stderr


@pytest.mark.parametrize("typical", [10**400, math.nan], ids=["large", "nan"])
def test_a_model_of_senseless_numbers_writes_nothing(run: Run, typical: float) -> None:
    answer = load_model(MODEL).description["known_answer"]
    tensors, description = made_tensors()
    data = pack_model("far-6", tensors, {**description, "known_answer": answer, "typical_mse": typical}, "1")
    Path("m/far-6.safetensors").write_bytes(data)
    for line in ("compress d.png -o f.aec --model far-6", "models show far-6 --json"):
        fails(run(f"{line} --model-path m"), 5, "far-6.safetensors: the model is damaged")
    assert not Path("f.aec").exists()


def test_what_is_no_smaller_is_said(run: Run) -> None:
    """Than the pictures' own files, and than an exact file; of many in a line each."""
    Image.fromarray(np.zeros((60, 60), np.uint8)).save("plain.png")
    larger, exact = "aecodec: note: the output is larger than the ", "aecodec: note: an exact file would be no larger, "
    result = succeeds(run("compress plain.png -o p.aec", lossy=True), larger, exact)
    succeeds(run("compress plain.png -o e.aec --lossless -q"))
    assert f"{exact}{os.path.getsize('e.aec')} bytes: use --lossless" in result.stderr.splitlines()
    assert os.path.getsize("e.aec") <= os.path.getsize("p.aec")
    assert run("compress plain.png -o q.aec -q", lossy=True).stderr == ""
    assert exact not in succeeds(run("compress d.png -o d.aec", lossy=True)).stderr
    assert exact not in succeeds(run("compress plain.png -o e.aec -f --lossless")).stderr
    lines = succeeds(run("compress plain.png d.png --each -o out", lossy=True)).stderr.splitlines()
    notes = [line for line in lines if line.startswith("aecodec: note: of 1 of 2 files, plain.png the first, ")]
    assert ["larger than the input" in note for note in notes] == [True, False]
    assert notes[1].endswith("no smaller than an exact file would be: use --lossless")


def test_a_low_quality_is_no_foreign_domain(run: Run) -> None:
    """A lower quality may distort up to 64 times as much; what is beyond that is still the picture's fault."""
    best = aecodec.compress(PIXELS[0], model="made-6", model_path=["m"])
    error = float(np.square(aecodec.decompress(best, model_path=["m"]) / 255 - PIXELS[0] / 255).mean())
    tensors, description = made_tensors()
    for typical, quality, warned in ((error / 10, 100, True), (error / 10, 0, False), (error / 1000, 0, True)):
        model = save_model("near-6", tensors, {**description, "typical_mse": typical})
        Path("m/near-6.safetensors").write_bytes(model)
        line = f"compress d.png -o n.aec -f --model near-6 --model-path m --quality {quality}"
        assert ("warning" in succeeds(run(line)).stderr) == warned


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("compress", 2, "Missing argument"),
        ("compress d.png --quality 101", 2, "quality"),
        ("compress d.png --quality -1", 2, "quality"),
        ("compress d.png --quality 50 --lossless", 2, "--quality cannot go with --lossless or a bound"),
        ("compress d.png --quality 50 --max-bytes 9", 2, "quality cannot go with"),
        ("compress d.png --quality 100 --min-psnr 9", 2, "quality cannot go with"),
        ("compress d.png --effort 10", 2, "effort"),
        ("compress d.png --latent-dim 0", 2, "latent-dim"),
        (
            "compress d.png --latent-dim 6 --model made-6",
            2,
            "--latent-dim and --model exclude one another: both choose the model",
        ),
        ("compress d.png --max-mse 0.1 --min-psnr 20", 2, "exclude one another"),
        ("compress d.png --lossless --max-bytes 9", 2, "lossless"),
        ("compress d.png --max-mse nan", 2, "--max-mse nan is no number above 0; for exact pixels use --lossless"),
        ("compress d.png --progressive", 2, "--progressive is a way to keep every pixel: add --lossless"),
        ("compress d.png --model-path nowhere", 2, "nowhere"),
        ("compress pics", 2, "-o"),
        ("compress -", 2, "-o"),
        ("compress d.png - -o x.aec", 2, "standard input"),
        ("compress pics -o new/", 7, "that names a folder, expected a file"),
        ("compress - -o new/", 2, "standard input has no name"),
        ("compress empty -o x.aec", 2, "no pictures in empty"),
        ("compress d.png -o - --json", 2, "standard output"),
        ("compress d.png -o d.png -f", 2, "d.png has the suffix of a picture"),
        ("compress pics -o small.JPG", 2, "small.JPG has the suffix of a picture"),
        ("compress pics -o small.avif", 2, ".aec"),
        ("compress full.aec -o full.aec -f", 2, "input"),
        ("compress d.png -o full.aec", 2, "-f"),
        ("compress d.png", 5, "no model of latent_dim 64"),
        ("compress d.png --model made-7 --model-path m", 5, "there are: made-6"),
        ("compress deep.png", 4, "deep.png: 16-bit samples can only be kept exactly, in one layer: use --lossless"),
        ("compress d.png deep.png -o x.aec --lossless", 4, "deep.png: pictures of 8 and of 16 bits"),
        ("compress text.txt --lossless", 4, "expected PNG"),
        ("compress full.aec --lossless -o x.aec", 4, "full.aec"),
        ("compress cut.png --lossless", 3, "cut.png is a damaged picture"),
        ("compress empty.png --lossless", 3, "empty"),
        ("compress huge.png --lossless", 6, "40000x1"),
        ("compress gone.png --lossless", 7, "No such file"),
        ("compress d.png -o empty --lossless", 7, "it is a folder"),
        ("compress d.png -o gone/x.aec --lossless", 7, "there is no folder"),
    ],
)
def test_compress_refuses(run: Run, here: Path, line: str, code: int, words: str) -> None:
    Path("empty").mkdir()
    Path("text.txt").write_text("hello")
    Path("full.aec").write_text("old")
    Path("empty.png").write_bytes(b"")
    Path("cut.png").write_bytes(Path("d.png").read_bytes()[:70])
    Image.new("I;16", (2, 2)).save("deep.png")
    head = b"IHDR" + (40_000).to_bytes(4, "big") + b"\0\0\0\1\10\0\0\0\0"
    crc = zlib.crc32(head).to_bytes(4, "big")
    Path("huge.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + crc + b"\0\0\0\0IDAT")
    before = {name: Path(name).read_bytes() for name in files_below(here)}
    fails(run(line), code, words)
    assert {name: Path(name).read_bytes() for name in files_below(here)} == before


def test_names_that_cannot_travel(run: Run) -> None:
    Path("pics/a:b.png").write_bytes(Path("d.png").read_bytes())
    result = run("compress pics -o p.aec --lossless -q")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "a:b.png" in result.stderr and ": it has ':'; rename it" in result.stderr
    assert aecodec.inspect(Path("p.aec").read_bytes()).names == ("a.png", "b.bmp", "sub/c.pgm", "sub/d.jpg")
    Path("line\nbreak.png").write_text("no picture")
    result = CliRunner().invoke(app, ["compress", "line\nbreak.png", "--lossless"])
    fails(result, 4, r"line\nbreak.png")
