"""The command line: what it prints where, its exit codes, and that failures leave nothing behind."""

from __future__ import annotations

import errno
import json
import math
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import aecodec
from aecodec.cli import app
from aecodec.cli.plumbing.product import check_stdout
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.cli.tasks import compress_each, compress_one, decompress_one, decompressed
from aecodec.codec import workers
from aecodec.coders import CODERS
from aecodec.container.varint import varint
from aecodec.engine import HERE
from aecodec.errors import FormatError
from aecodec.files import read_picture
from aecodec.zoo import Role, Zoo, load_model, pack_model, save_model
from tests.made import made_model, made_tensors, strokes

MODEL = made_model()
PIXELS = strokes(7, 8, 8)
ROOT = Path(__file__).resolve().parents[1]
Run = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in with a picture, a folder of pictures, and a folder with one model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AECODEC_MODEL_PATH", "")
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "shipped")
    Path("m").mkdir()
    Path("m/made-6.safetensors").write_bytes(MODEL)
    Image.fromarray(PIXELS[0]).save("d.png")
    for number, name in enumerate(["a.png", "b.bmp", "sub/c.pgm", "sub/d.jpg"]):
        path = Path("pics", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(PIXELS[number]).save(path)
    return tmp_path


@pytest.fixture
def run(here: Path) -> Run:
    """Run a command line; with ``lossy`` the made model is named."""

    def run_line(line: str, *, stdin: bytes | None = None, lossy: bool = False) -> Result:
        words = line.split()
        if lossy:
            words += ["--model-path", "m"] + ["--model", "made-6"] * (words[0] == "compress")
        return CliRunner().invoke(app, words, input=stdin)

    return run_line


def files_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def fails(result: Result, code: int, *words: str) -> str:
    """One line on standard error that says ``words``, nothing on standard output, this exit code."""
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("aecodec: error: ")
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in result.output
    return lines[0]


def succeeds(result: Result, *words: str) -> Result:
    assert result.exit_code == 0, result.output
    for word in words:
        assert word in result.stderr
    return result


def program(line: str, folder: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The command in another process, which has the shipped models: at effort 0 it takes none for exact pixels."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **options.pop("env", {})}
    command = options.pop("command", [sys.executable, "-m", "aecodec", *line.split()])
    return subprocess.run(command, cwd=folder, env=environment, timeout=60, check=False, **options)


def with_crc(data: bytes) -> bytes:
    return data + zlib.crc32(data).to_bytes(4, "big")


def lossy_file(run: Run, name: str = "d.aec") -> bytes:
    succeeds(run(f"compress d.png -o {name} -q", lossy=True))
    return Path(name).read_bytes()


# --- two layers -------------------------------------------------------------------------------


@pytest.fixture
def layered(run: Run, here: Path) -> bytes:
    """A progressive file, l.aec, of d.png."""
    Path("m/made-exact.safetensors").write_bytes(made_model("made-exact", Role.EXACT, seed=3))
    line = "compress d.png -o l.aec --lossless --progressive"
    result = succeeds(run(line, lossy=True), ", exact, model made-exact, of it ", " first, model made-6")
    data = Path("l.aec").read_bytes()
    assert f" of it {aecodec.inspect(data).first_bytes} bytes with PSNR " in result.stderr
    return data


def test_compress_progressive(run: Run, layered: bytes) -> None:
    record = json.loads(run("compress d.png -o j.aec --lossless --progressive --json -q", lossy=True).stdout)
    info = aecodec.inspect(layered)
    assert Path("j.aec").read_bytes() == layered and info.second_model is not None
    assert (record["first_bytes"], record["bytes"]) == (info.first_bytes, len(layered))
    assert record["lossless"] and record["mse"] == 0 and record["first_mse"] > 0
    assert record["fingerprint"] == info.second_model
    for options in ("", "--lossless --quality 30", "--lossless --max-bytes 9000"):
        fails(run(f"compress d.png -o x.aec --progressive {options}", lossy=True), 2)
    assert not Path("x.aec").exists()


def test_decompress_base(run: Run, layered: bytes) -> None:
    end = aecodec.inspect(layered).first_bytes
    result = succeeds(run("decompress l.aec -o e.png --json", lossy=True), "model made-6 + made-exact")
    assert json.loads(result.stdout)["lossless"] is True
    np.testing.assert_array_equal(read_picture("e.png"), PIXELS[0])
    result = succeeds(run("decompress l.aec -o b.png --base --json", lossy=True), "model made-6\n")
    assert json.loads(result.stdout)["lossless"] is False
    lossy = read_picture("b.png")
    assert (lossy != PIXELS[0]).any()
    for size in range(len(layered)):
        Path("part.aec").write_bytes(layered[:size])
        whole = end is not None and size >= end
        fails(run("decompress part.aec -o part.png", lossy=True), 3, "--base" if whole else "part.aec")
        assert not Path("part.png").exists()
        if whole:
            succeeds(run("decompress part.aec -o part.png --base -f", lossy=True))
            np.testing.assert_array_equal(read_picture("part.png"), lossy)
            Path("part.png").unlink()
        else:
            fails(run("decompress part.aec -o part.png --base", lossy=True), 3)
    lossy_file(run)
    fails(run("decompress d.aec -o x.png --base", lossy=True), 2, "no layers", "d.aec")


def test_info_and_verify_of_layers(run: Run, layered: bytes) -> None:
    info = aecodec.inspect(layered)
    first = info.first_bytes or 0
    shown = run("info l.aec").stdout
    assert f"first     {first} bytes, lossy, model " in shown
    assert f"second    {len(layered) - first} bytes, model " in shown
    succeeds(run("verify l.aec --against d.png", lossy=True))
    for size, words in ((first, "missing"), (len(layered) - 1, "cut short or damaged")):
        Path("part.aec").write_bytes(layered[:size])
        shown = succeeds(run("info part.aec")).stdout
        assert f"first     {first} bytes, lossy, model " in shown and f"second    {words}\n" in shown
        assert "coding    lossy" in shown
        record = json.loads(run("info part.aec --json").stdout)
        assert (record["first_bytes"], record["second_model"], record["lossless"]) == (first, None, False)
        result = run("verify part.aec", lossy=True)
        assert result.exit_code == 3 and "--base" in result.stderr
    Path("part.aec").write_bytes(layered[: first - 1])
    fails(run("info part.aec"), 3)


# --- compress ---------------------------------------------------------------------------------


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


def test_compress_targets(run: Run) -> None:
    succeeds(run("compress d.png --max-mse 0.9", lossy=True))
    succeeds(run("compress d.png -o b.aec --max-bytes 1000", lossy=True))
    fails(run("compress d.png -o c.aec --max-bytes 13", lossy=True), 2, "cannot be met")
    fails(run("compress d.png -o c.aec --min-psnr 99", lossy=True), 2, "cannot be met", "lossless")
    assert not Path("c.aec").exists()


def test_compress_targets_say_that_a_file_is_exact(run: Run) -> None:
    """Where no model is named an exact file may be what meets a target best."""
    Path("m/made-64.safetensors").write_bytes(made_model("made-64"))
    for name, target in (("e", "--min-psnr 99"), ("f", "--max-bytes 1000")):
        line = f"compress d.png -o {name}.aec {target} --model-path m"
        assert ", exact, no model" in succeeds(run(line)).stderr
        np.testing.assert_array_equal(aecodec.decompress(Path(f"{name}.aec").read_bytes()), PIXELS[0])
        record = json.loads(run(f"{line} -f -q --json").stdout)
        assert (record["lossless"], record["mse"], record["effort"], record["quality"]) == (True, 0, None, None)
    message = fails(run("compress d.png -o c.aec --max-bytes 5 --model-path m"), 2, "cannot be met")
    assert message.endswith("; loosen it")


def test_compress_warns_outside_the_domain(run: Run) -> None:
    tensors, description = made_tensors()
    model = save_model("strict-6", tensors, {**description, "typical_mse": 1e-6})
    Path("m/strict-6.safetensors").write_bytes(model)
    line = "compress {} -o {} --model strict-6 --model-path m"
    lines = succeeds(run(line.format("d.png", "d.aec"))).stderr.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("aecodec: warning: d.png reached only PSNR ")
    assert lines[1].endswith(
        ": unlike what model strict-6 is made for; train a model on such pictures, or use --lossless"
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
    larger, exact = "aecodec: note: larger than the ", "aecodec: note: an exact file would be no larger, "
    result = succeeds(run("compress plain.png -o p.aec", lossy=True), larger, exact)
    succeeds(run("compress plain.png -o e.aec --lossless -q"))
    assert f"{exact}{os.path.getsize('e.aec')} bytes: use --lossless" in result.stderr.splitlines()
    assert os.path.getsize("e.aec") <= os.path.getsize("p.aec")
    assert run("compress plain.png -o q.aec -q", lossy=True).stderr == ""
    assert exact not in succeeds(run("compress d.png -o d.aec", lossy=True)).stderr
    assert exact not in succeeds(run("compress plain.png -o e.aec -f --lossless")).stderr
    lines = succeeds(run("compress plain.png d.png --each -o out", lossy=True)).stderr.splitlines()
    notes = [line for line in lines if line.startswith("aecodec: note: of 1 of 2 files, plain.png the first, ")]
    assert ["larger than what was given" in note for note in notes] == [True, False]
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
        ("compress d.png --quality 50 --lossless", 2, "--quality excludes --lossless and targets"),
        ("compress d.png --quality 50 --max-bytes 9", 2, "quality excludes"),
        ("compress d.png --quality 100 --min-psnr 9", 2, "quality excludes"),
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
        ("compress d.png -o d.png -f", 2, "d.png is a picture's name"),
        ("compress pics -o small.JPG", 2, "small.JPG is a picture's name"),
        ("compress pics -o small.avif", 2, ".aec"),
        ("compress full.aec -o full.aec -f", 2, "input"),
        ("compress d.png -o full.aec", 2, "-f"),
        ("compress d.png", 5, "no model of latent_dim 64"),
        ("compress d.png --model made-7 --model-path m", 5, "there are: made-6"),
        ("compress deep.png --lossless", 4, "I;16"),
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


# --- decompress ---------------------------------------------------------------------------------


def test_decompress_one(run: Run) -> None:
    data = lossy_file(run)
    Path("d.png").unlink()
    result = succeeds(run("decompress d.aec", lossy=True), "d.aec → d.png: ", "model made-6")
    assert result.stdout == ""
    expected = aecodec.decompress(data, model_path=["m"])
    np.testing.assert_array_equal(read_picture("d.png"), expected)
    for name in ("x.pgm", "x.ppm", "x.bmp", "x.tif", "plain"):
        succeeds(run(f"decompress d.aec -o {name}", lossy=True))
        np.testing.assert_array_equal(read_picture(name), expected)


def test_decompress_json(run: Run) -> None:
    lossy_file(run)
    result = run("decompress d.aec -o x.png --json -q", lossy=True)
    assert result.stderr == ""
    assert json.loads(result.stdout) == {
        "input": "d.aec",
        "output": "x.png",
        "pictures": 1,
        "index": None,
        "bytes": os.path.getsize("d.aec"),
        "output_bytes": os.path.getsize("x.png"),
        "model": "made-6",
        "lossless": False,
    }


def test_decompress_container(run: Run) -> None:
    run("compress pics -o p.aec --lossless")
    succeeds(run("decompress p.aec"), "4 pictures")
    assert files_below(Path("p")) == {"a.png", "b.bmp", "sub/c.pgm", "sub/d.png"}
    for number, name in enumerate(["a.png", "b.bmp", "sub/c.pgm"]):
        np.testing.assert_array_equal(read_picture(f"p/{name}"), PIXELS[number])
    fails(run("decompress p.aec"), 2, "p exists and is not empty", "-f")
    Path("p/mine.txt").write_text("mine")
    Path("p/a.png").write_text("old")
    succeeds(run("decompress p.aec -f -o p/"))
    assert Path("p/mine.txt").read_text() == "mine"
    np.testing.assert_array_equal(read_picture("p/a.png"), PIXELS[0])


def test_decompress_without_names(run: Run) -> None:
    Path("n.aec").write_bytes(aecodec.compress(list(PIXELS), lossless=True))
    succeeds(run("decompress n.aec"))
    assert files_below(Path("n")) == {f"{number:06d}.png" for number in range(1, 8)}
    np.testing.assert_array_equal(read_picture("n/000007.png"), PIXELS[6])


def test_decompress_index(run: Run) -> None:
    run("compress pics -o p.aec --lossless")
    succeeds(run("decompress p.aec --index 2"), "p.aec → p-2.png")
    np.testing.assert_array_equal(read_picture("p-2.png"), PIXELS[2])
    out = run("decompress p.aec --index 1 -o -").stdout_bytes
    Path("x.png").write_bytes(out)
    np.testing.assert_array_equal(read_picture("x.png"), PIXELS[1])
    fails(run("decompress p.aec --index 4"), 2, "p.aec: there is no picture 4; the file has 0 to 3")
    run("compress d.png -o d.aec --lossless")
    fails(run("decompress d.aec --index 1"), 2, "there is no picture 1; the file has only picture 0")
    fails(run("decompress p.aec --index -1"), 2, "index")


def test_decompress_to_jpeg_warns(run: Run) -> None:
    lossy_file(run)
    succeeds(run("decompress d.aec -o x.jpg", lossy=True), "warning: JPEG changes pixels")
    assert succeeds(run("decompress d.aec -o y.jpg -q", lossy=True)).stderr == ""


def test_decompress_refuses(run: Run, here: Path) -> None:
    run("compress pics -o p.aec --lossless")
    Image.fromarray(np.dstack([PIXELS[0]] * 2)).save("la.png")
    run("compress la.png --lossless")
    lossy_file(run)
    Path("old.png").write_text("old")
    Path("none").write_bytes(Path("p.aec").read_bytes())
    before = files_below(here)
    fails(run("decompress d.aec", lossy=True), 2, "d.png exists", "-f")
    fails(run("decompress d.aec -o old.png", lossy=True), 2, "old.png exists")
    fails(run("decompress d.aec -o d.aec -f", lossy=True), 4, "no picture format .aec")
    fails(run("decompress none -o none -f --index 0", lossy=True), 2, "input")
    fails(run("decompress none"), 2, "-o")
    fails(run("decompress -", stdin=b"abc"), 3, "standard input: not an .aec file")
    fails(run("decompress -", stdin=Path("p.aec").read_bytes()), 2, "-o")
    fails(run("decompress p.aec -o -"), 2, "needs a folder", "--index")
    for name in ("x.png", "x.AVIF", "x.aec"):
        fails(run(f"decompress p.aec -o {name}"), 2, f"needs a folder, not {name}")
    fails(run("decompress p.aec -o old.png"), 2, "needs a folder")
    fails(run("decompress p.aec -o none"), 7, "it is a file")
    fails(run("decompress la.aec -o x.gif"), 4, "no picture format .gif", ".png")
    fails(run("decompress la.aec -o x.jpg"), 4, "JPEG cannot hold", "grey and alpha")
    fails(run("decompress la.aec -o -  --json"), 2, "standard output")
    fails(run("decompress d.aec -o x.png"), 5, "the file needs model", "--model-path")
    fails(run("decompress m -o x.png"), 2, "no .aec files in m")
    fails(run("decompress gone.aec -o x.png"), 7, "No such file")
    assert files_below(here) == before
    assert Path("old.png").read_text() == "old"


@pytest.mark.parametrize("command", ["compress d.png --lossless -o -", "decompress d.aec -o -"])
def test_terminals_get_no_bytes(run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    module = compress_one if command.startswith("compress") else decompress_one

    def check_on_terminal(target: str, as_json: bool) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        check_stdout(target, as_json)

    monkeypatch.setattr(module, "check_stdout", check_on_terminal)
    fails(run(command), 2, "terminal")


# --- one by one ---------------------------------------------------------------------------------


def test_each_is_as_if_it_were_alone(run: Run) -> None:
    result = succeeds(run("compress pics --each -o out --json", lossy=True), "4 of 4 files → out: ")
    assert result.stderr.count("\n") == 1
    names = ["a.aec", "b.aec", "sub/c.aec", "sub/d.aec"]
    assert files_below(Path("out")) == set(names)
    sources = ["pics/a.png", "pics/b.bmp", "pics/sub/c.pgm", "pics/sub/d.jpg"]
    for line, name, source in zip(result.stdout.splitlines(), names, sources, strict=True):
        succeeds(run(f"compress {source} -o alone.aec -f", lossy=True))
        data = Path("out", name).read_bytes()
        assert data == Path("alone.aec").read_bytes()
        record = json.loads(line)
        assert (record["input"], record["output"], record["bytes"]) == (source, f"out/{name}", len(data))
    result = succeeds(run("decompress out -o back --json", lossy=True), "4 of 4 files → back: ")
    assert files_below(Path("back")) == {"a.png", "b.png", "sub/c.png", "sub/d.png"}
    for line, name in zip(result.stdout.splitlines(), names, strict=True):
        succeeds(run(f"decompress out/{name} -o alone.png -f", lossy=True))
        assert Path("back", name).with_suffix(".png").read_bytes() == Path("alone.png").read_bytes()
        assert json.loads(line)["input"] == f"out/{name}"


def test_each_beside_its_input(run: Run, here: Path) -> None:
    before = files_below(here)
    succeeds(run("compress pics d.png --each --lossless -q"))
    made = {"d.aec", "pics/a.aec", "pics/b.aec", "pics/sub/c.aec", "pics/sub/d.aec"}
    assert files_below(here) == before | made
    Path("pics/a.png").unlink()
    result = run("decompress pics/a.aec d.aec")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 2)  # one, and the summary
    assert "d.png exists" in result.stderr and "1 of 2 files: " in result.stderr and "1 failed" in result.stderr
    np.testing.assert_array_equal(read_picture("pics/a.png"), PIXELS[0])


def test_each_reports_the_bad_and_goes_on(run: Run) -> None:
    Path("pics/broken.png").write_bytes(Path("d.png").read_bytes()[:70])
    Path("pics/bad").mkdir()
    Path("pics/bad/text.png").write_text("no picture")
    result = run("compress pics gone.png --each -o out --lossless --json")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.startswith("aecodec: error: ") for line in lines] == [True, True, True, False]
    assert "3 failed" in lines[3]
    assert files_below(Path("out")) == {"a.aec", "b.aec", "sub/c.aec", "sub/d.aec"}
    assert not Path("out/bad").exists()
    codes = [json.loads(line).get("exit_code") for line in result.stdout.splitlines()]
    assert sorted(code for code in codes if code) == [3, 4, 7] and len(codes) == 7
    Path("out/a.aec").write_bytes(Path("out/a.aec").read_bytes()[:-1])
    Path("out/e.aec").write_bytes(b"")
    result = run("decompress out -o back -q")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 2)
    assert files_below(Path("back")) == {"b.png", "sub/c.png", "sub/d.png"}
    fails(run("compress pics/broken.png --each -o other --lossless"), 3, "broken.png")
    assert not Path("other").exists()


def test_a_clash_costs_only_itself(run: Run) -> None:
    """The first is done, the other is a line; so is an output that would replace an input, and a file given twice."""
    Path("pics/a.bmp").write_bytes(Path("pics/b.bmp").read_bytes())
    result = run("compress pics --each -o out --lossless --json")
    assert result.exit_code == 1 and "4 of 5 files → out: " in result.stderr and "1 failed" in result.stderr
    assert "pics/a.png is left out: pics/a.bmp and it would both be written to out/a.aec; " in result.stderr
    assert files_below(Path("out")) == {"a.aec", "b.aec", "sub/c.aec", "sub/d.aec"}
    np.testing.assert_array_equal(aecodec.decompress(Path("out/a.aec").read_bytes()), PIXELS[1])
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["input"] for record in records if record.get("exit_code") == 2] == ["pics/a.png"]
    Path("x.aec").write_bytes(Path("d.png").read_bytes())
    result = run("compress x.aec d.png ./d.png --each --lossless -q")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 2) and Path("d.aec").exists()
    assert "x.aec, the output of x.aec, is an input too" in result.stderr and "./d.png is given twice" in result.stderr
    result = run("decompress out/a.aec ./out/a.aec d.aec -o back")
    assert result.exit_code == 1 and "2 of 3 files" in result.stderr and "./out/a.aec is given twice" in result.stderr


def test_a_clash_of_names_in_a_container(run: Run) -> None:
    Path("above/d.png").mkdir(parents=True)
    Path("above/d.png/e.png").write_bytes(Path("d.png").read_bytes())
    Path("a.png").write_bytes(Path("d.png").read_bytes())
    Path("empty").mkdir()
    result = run("compress pics pics/b.bmp a.png d.png above empty -o x.aec --lossless --json")
    assert (result.exit_code, result.stderr.count("aecodec: error: ")) == (1, 4)
    for words in (
        "pics/b.bmp is given twice",
        "both be named a.png",
        "as if d.png, named d.png,",
        "no pictures in empty",
    ):
        assert words in result.stderr
    assert aecodec.inspect(Path("x.aec").read_bytes()).names == ("a.png", "b.bmp", "sub/c.pgm", "sub/d.jpg", "d.png")
    assert json.loads(result.stdout)["failed"] == 4


def test_what_a_folder_holds_beside_pictures_is_counted(run: Run) -> None:
    """In one line, and it is no failure."""
    for name in ("._a.png", "sub/._c.pgm", ".DS_Store", "x.heic"):
        Path("pics", name).write_bytes(b"\0\5\x16\7")
    note = succeeds(run("compress pics -o p.aec --lossless")).stderr.splitlines()[0]
    assert note.startswith("aecodec: note: 4 other files passed over (2 ._*, 1 ")
    assert succeeds(run("compress pics -o p.aec --lossless -qf")).stderr == ""
    succeeds(run("compress pics --each --lossless"), "note: 4 other files passed over", "4 of 4 files")
    Path("pics/._a.aec").write_bytes(b"\0\5\x16\7")
    for command in ("info", "verify", "decompress"):
        result = run(f"{command} pics" + " -o back" * (command == "decompress"))
        assert succeeds(result).stderr.startswith("aecodec: note: 9 other files passed over (")
    assert len(files_below(Path("back"))) == 4


def test_skip_existing_goes_on(run: Run) -> None:
    succeeds(run("compress pics --each -o out --lossless -q"))
    whole = {name: Path("out", name).read_bytes() for name in files_below(Path("out"))}
    Path("out/sub/c.aec").unlink()
    Path("out/a.aec").write_bytes(b"mine")
    fails_each = run("compress pics --each -o out --lossless -q")
    assert (fails_each.exit_code, fails_each.stderr.count("exists; ")) == (1, 3)
    Path("out/sub/c.aec").unlink()
    succeeds(run("compress pics --each -o out --lossless --skip-existing"), "1 of 4 files → out: ", "3 there already")
    assert {name: Path("out", name).read_bytes() for name in files_below(Path("out"))} == whole | {"a.aec": b"mine"}
    succeeds(run("compress pics --each -o out --lossless -f"), "4 of 4")
    succeeds(run("compress pics -o out/pics.aec --lossless"))
    succeeds(run("decompress out -o back"), "5 of 5 files → back: ")
    assert len(files_below(Path("back"))) == 8
    Path("back/b.png").unlink()
    succeeds(run("decompress out -o back --skip-existing"), "1 of 5 files → back: ", "4 there already")
    assert len(files_below(Path("back"))) == 8


def test_skip_existing_of_one_file(run: Run) -> None:
    """As without it, where the output goes; a folder of pictures is no proof of a picture, nor the other way round."""
    succeeds(run("compress pics --each -o out --lossless -q"))
    succeeds(run("compress pics -o out/pics.aec --lossless -q"))
    succeeds(run("decompress out/a.aec -o one.png --skip-existing"), "out/a.aec → one.png: ")
    succeeds(run("decompress out/a.aec -o one.png --skip-existing"), "one.png is there already")
    assert run("decompress out/a.aec -o one.png --skip-existing -q").stderr == ""
    succeeds(run("decompress out/pics.aec -o all --skip-existing"), "4 pictures")
    succeeds(run("decompress out/pics.aec -o all --skip-existing"), "all is there already")
    Path("a.png").mkdir()
    Path("a.png/mine").write_text("mine")
    fails(run("decompress out/a.aec -o a.png --skip-existing"), 7, "it is a folder")
    fails(run("decompress out/pics.aec -o one.png --skip-existing"), 2, "needs a folder")


def test_skip_existing_takes_nothing_half_done_for_done(run: Run) -> None:
    """An empty file, which is replaced, and a folder in which a killed process has left what it had not moved yet."""
    succeeds(run("compress pics --each -o out --lossless -q"))
    succeeds(run("compress pics -o out/pics.aec --lossless -q"))
    succeeds(run("decompress out -o back -q"))
    Path("back/pics/.aecodec-0123456789ab.tmp").mkdir()
    Path("back/b.png").write_bytes(b"")
    result = run("decompress out -o back --skip-existing")
    assert result.exit_code == 1 and "3 there already, 1 failed" in result.stderr
    assert "pics exists and is not empty" in result.stderr
    np.testing.assert_array_equal(read_picture("back/b.png"), PIXELS[1])
    Path("back/b.png").write_bytes(b"")
    succeeds(run("decompress out/b.aec -o back/b.png --skip-existing"), "out/b.aec → back/b.png: ")
    whole = Path("out/a.aec").read_bytes()
    Path("out/a.aec").write_bytes(b"")
    succeeds(run("compress pics --each -o out --lossless --skip-existing"), "1 of 4 files", "3 there already")
    assert Path("out/a.aec").read_bytes() == whole
    Path("out/a.aec").write_bytes(b"")
    assert "a.aec exists" in run("compress pics --each -o out --lossless").stderr


@pytest.mark.parametrize("line", ["compress pics --each -o a.aec", "decompress d.aec d.aec -o x.png"])
def test_a_folder_is_not_named_as_a_file(run: Run, line: str) -> None:
    fails(run(line), 2, "would be a folder of files")


def test_each_refuses(run: Run, here: Path) -> None:
    Path("x.aec").write_bytes(b"")
    Path("file").write_text("old")
    before = {name: Path(name).read_bytes() for name in files_below(here)}
    fails(run("compress x.aec --each --lossless -f"), 2, "is an input too")
    fails(run("compress pics/sub --each -o - --lossless"), 2, "standard")
    fails(run("compress - --each -o out --lossless"), 2, "standard")
    fails(run("compress d.png --lossless --skip-existing"), 2, "--each")
    fails(run("compress pics/sub --each --lossless --skip-existing -f"), 2, "contradict")
    fails(run("decompress x.aec --skip-existing -f"), 2, "contradict")
    fails(run("decompress x.aec y.aec --index 1"), 2, "--index")
    fails(run("compress pics/sub --each -o out"), 5, "no model of latent_dim 64")
    result = run("compress pics/sub --each -o file --lossless -q")
    assert (result.exit_code, result.stderr.count("cannot write file/")) == (1, 2)
    assert {name: Path(name).read_bytes() for name in files_below(here)} == before
    assert not Path("out").exists()


def test_a_full_disk_ends_all(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    succeeds(run("compress pics --each -o files --lossless -q"))
    real, calls, before = os.fsync, [0], files_below(here)

    def fail(descriptor: int) -> None:
        calls[0] += 1
        if calls[0] == 3:  # a file and its folder were the first two
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    lines = {"out/a.aec": "compress pics --each -o out --lossless", "back/a.png": "decompress files -o back"}
    for first, line in lines.items():
        calls[0] = 0
        fails(run(line), 7, "No space left")
        assert calls[0] == 3
        before |= {first}
        assert files_below(here) == before


def test_warnings_of_each_are_one(run: Run) -> None:
    tensors, description = made_tensors()
    Path("m/strict-6.safetensors").write_bytes(save_model("strict-6", tensors, {**description, "typical_mse": 1e-6}))
    lines = succeeds(run("compress pics --each -o out --model strict-6 --model-path m")).stderr.splitlines()
    assert len(lines) == 2
    assert "4 of 4 pictures" in lines[1]


# --- hostile files ------------------------------------------------------------------------------


def refused_everywhere(run: Run, data: bytes, codes: Sequence[int] = (3,)) -> str:
    """``data`` does not decompress: one line, no new output, the old one stays. Returns the line."""
    Path("bad.aec").write_bytes(data)
    Path("old.png").write_bytes(b"old")
    before = files_below(Path())
    result = run("decompress bad.aec -o new.png", lossy=True)
    assert result.exit_code in codes, (result.output, data.hex())
    message = fails(result, result.exit_code, "bad.aec: ")
    fails(run("decompress bad.aec -o old.png -f", lossy=True), result.exit_code)
    assert Path("old.png").read_bytes() == b"old"
    assert files_below(Path()) == before
    return message


@pytest.fixture(params=["lossy", "lossless", "container"])
def sound(request: pytest.FixtureRequest, run: Run) -> bytes:
    if request.param == "lossy":
        return lossy_file(run, "s.aec")
    if request.param == "lossless":
        run("compress d.png --lossless -o s.aec")
    else:
        run("compress pics/a.png pics/b.bmp -o s.aec", lossy=True)
    return Path("s.aec").read_bytes()


def test_every_truncation(run: Run, sound: bytes) -> None:
    for end in range(len(sound)):
        refused_everywhere(run, sound[:end])


def test_every_flipped_bit_and_extension(run: Run, sound: bytes) -> None:
    for at in range(len(sound)):
        flipped = bytes([sound[at] ^ 1 << at % 8])
        codes = (3, 4) if at == 1 else (3,)  # a flip in the version may make it another
        refused_everywhere(run, sound[:at] + flipped + sound[at + 1 :], codes)
    for extra in (b"\0", b"x" * 50, sound):
        refused_everywhere(run, sound + extra)


def test_unknown_version_and_features(run: Run) -> None:
    data = lossy_file(run)
    assert "version 2" in refused_everywhere(run, b"\xae\xc2" + data[2:], (4,))
    reserved = with_crc(data[:2] + bytes([data[2] | 0x22]) + data[3:-4])  # a step in an exact file
    assert "newer" in refused_everywhere(run, reserved, (4,))
    fails(run("info bad.aec"), 4, "newer")


def test_wrong_models(run: Run) -> None:
    data = lossy_file(run)
    Path("m/made-6.safetensors").write_bytes(made_model(seed=2))
    assert data[3:7].hex() in refused_everywhere(run, data, (5,))
    Path("m/made-6.safetensors").write_bytes(MODEL[:-1])
    refused_everywhere(run, data, (5,))


def test_hostile_dimensions(run: Run) -> None:
    """Sizes are refused before memory is taken for them."""
    lossless = b"\xae\xc1\x06"  # exact, geometry
    for width, height, codes in [
        (40_000, 1, (6,)),
        (1 << 31, 1 << 31, (6,)),
        (32_768, 32_768, (6,)),
        (0, 5, (3,)),
    ]:
        shape = b"\0" + varint(width) + varint(height)
        refused_everywhere(run, with_crc(lossless + shape + b"\1\0\0"), codes)
    many = b"\xae\xc1\x0e" + varint(1 << 25) + varint(64)
    refused_everywhere(run, with_crc(many + b"\0\1\1" * 3), (6,))


def test_files_that_are_something_else(run: Run, here: Path) -> None:
    for data in (b"", b"hello, world\n", Path("d.png").read_bytes(), b"\xae", bytes(1000)):
        refused_everywhere(run, data)
    fails(run("decompress m"), 2, "no .aec files in m")


def test_unreadable_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    Path("d.aec").write_bytes(b"x")
    monkeypatch.setattr("aecodec.files.read.open", refuse, raising=False)
    for command in ("decompress d.aec -o x.png", "info d.aec", "compress d.png --lossless -o e.aec"):
        fails(run(command), 7, "cannot read d.", "Permission denied")


def test_damaged_containers_leave_no_folder(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the first pictures decode."""
    run("compress pics -o p.aec --lossless")
    Path("out").mkdir()
    Path("out/a.png").write_text("old")
    before = files_below(here)
    real = decompressed.encode_picture
    calls: list[str] = []

    def fail_later(picture: Any, name: str) -> bytes:
        calls.append(name)
        if len(calls) % 3 == 0:
            raise FormatError("the second half is damaged")
        return real(picture, name)

    monkeypatch.setattr(decompressed, "encode_picture", fail_later)
    fails(run("decompress p.aec -o new"), 3, "p.aec: the second half")
    fails(run("decompress p.aec -o out -f"), 3)
    assert len(calls) == 6
    assert files_below(here) == before
    assert not Path("new").exists()


# --- full disks and broken streams -----------------------------------------------------------------


@pytest.mark.parametrize("line", ["compress d.png --lossless -o x.aec", "decompress s.aec -o x"])
def test_full_disk(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    run("compress pics -o s.aec --lossless")
    run("compress d.png -o old.aec --lossless")
    old = Path("old.aec").read_bytes()
    before = files_below(here)

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    fails(run(line), 7, f"cannot write {line.split()[-1]}: No space left on device")
    assert files_below(here) == before
    assert not Path("x.aec").exists()
    fails(run("compress d.png --lossless -o old.aec -f"), 7, "old.aec")
    assert Path("old.aec").read_bytes() == old
    assert files_below(here) == before


def test_device_full(run: Run, here: Path) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("only Linux has /dev/full, a device that is always full; without it nothing can be asked")
    fails(run("compress d.png --lossless -o /dev/full"), 7, "cannot write /dev/full: No space left")
    run("compress d.png --lossless")
    fails(run("decompress d.aec -o /dev/full"), 7, "cannot write /dev/full")
    with open("/dev/full", "wb") as full:
        for line in ("decompress d.aec -o -", "info d.aec", "--help"):
            done = program(line, here, stdout=full, stderr=subprocess.PIPE)
            assert (done.returncode, done.stderr.count(b"\n")) == (7, 1), done.stderr
            assert done.stderr.startswith(b"aecodec: error: cannot write standard output: No space")


def test_file_size_limit(here: Path) -> None:
    """A write that really stops midway: the output does not appear, the old one stays."""
    resource = pytest.importorskip("resource")
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 256, (300, 300), np.uint8)).save("noise.png")
    Path("old.aec").write_bytes(b"old")
    before = files_below(here)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    for output in ("new.aec", "old.aec"):
        line = f"compress noise.png --lossless -f -o {output}"
        done = program(line, here, preexec_fn=limit, capture_output=True, env={"PYTHONDONTWRITEBYTECODE": "1"})
        assert (done.returncode, done.stderr) == (
            7,
            f"aecodec: error: cannot write {output}: File too large\n".encode(),
        )
    assert files_below(here) == before
    assert Path("old.aec").read_bytes() == b"old"


def test_reader_that_goes_away(run: Run, here: Path) -> None:
    run("compress d.png --lossless")
    for line in ("info d.aec", "decompress d.aec -o -", "--help", "--version"):
        reading, writing = os.pipe()
        os.close(reading)
        done = program(line, here, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 6, "memory"),
        (EOFError(), 130, "interrupted"),
        (PermissionError(errno.EACCES, "Permission denied", "some/file"), 7, "error: some/file: Permission denied"),
        (OSError(errno.EMFILE, "Too many open files"), 7, "error: Too many open files"),
    ],
)
def test_interruptions(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(compress_one, "compress_all", stop)
    result = run("compress d.png --lossless")
    assert result.exit_code == code
    assert result.stderr.strip().splitlines() == [line for line in result.stderr.splitlines() if words in line]
    assert words in result.stderr
    assert "d.aec" not in files_below(here)


@pytest.mark.parametrize(
    ("line", "where", "done"),
    [
        ("decompress files -o out", "aecodec.codec.decode.parse", {"b.png", "sub/c.png", "sub/d.png"}),
        ("verify files", "aecodec.codec.decode.parse", set()),
        ("info files", "aecodec.cli.commands.info.inspect", set()),
        (
            "compress pics --each --lossless -o out",
            "aecodec.cli.tasks.compress_each.compress_all",
            {"b.aec", "sub/c.aec"},
        ),
    ],
)
def test_memory_for_one_of_many(
    run: Run, monkeypatch: pytest.MonkeyPatch, line: str, where: str, done: set[str]
) -> None:
    """It is one file's failure, and the others are done."""
    run("compress pics --each -o files --lossless -q")
    module, _, name = where.rpartition(".")
    real, calls = getattr(sys.modules.get(module) or __import__(module, fromlist=[name]), name), [0]

    def short(*arguments: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] == 1:
            raise MemoryError
        return real(*arguments, **options)

    monkeypatch.setattr(where, short)
    result = run(line)
    assert result.exit_code == 1 and calls[0] == 4
    errors = [text for text in result.stderr.splitlines() if "error" in text]
    assert len(errors) == 1 and "/a." in errors[0] and "not enough memory" in errors[0]
    assert done <= (files_below(Path("out")) if Path("out").exists() else set())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of address space are Linux's")
@pytest.mark.parametrize("threads", ["1", "8"])
@pytest.mark.parametrize("megabytes", [60, 100, 110, 130])
def test_little_memory(here: Path, megabytes: int, threads: str) -> None:
    """Whatever it is that fails, modules that are imported among it."""
    resource = pytest.importorskip("resource")
    before = files_below(here)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    environment = {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": threads}
    done = program("compress d.png -o x.aec", here, preexec_fn=limit, capture_output=True, env=environment)
    assert done.returncode == 6 and done.stdout == b"", done.stderr
    assert done.stderr.startswith(b"aecodec: error: not enough memory") and done.stderr.count(b"\n") == 1
    assert files_below(here) == before


@pytest.mark.parametrize("free", [True, False])
def test_errors_for_want_of_memory(run: Run, monkeypatch: pytest.MonkeyPatch, free: bool) -> None:
    """They say so themselves, or a cause does; of others that nobody expects, what is left says it."""
    monkeypatch.setattr("aecodec.cli.early.memory._is_free", lambda size: free)
    caused = FormatError("it looks damaged")
    caused.__cause__ = OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    unexpected: list[Exception] = [ImportError("failed to map segment"), RuntimeError("can't start new thread")]
    short = [MemoryError(), OSError(errno.ENOMEM, "x"), caused] + ([] if free else unexpected)
    others = [FormatError("it is damaged"), OSError(errno.EIO, "x")] + (unexpected if free else [])
    for error in (*short, *others):

        def fail(*_: Any, error: Exception = error, **__: Any) -> Any:
            raise error

        monkeypatch.setattr(compress_one, "compress_all", fail)
        result = run("compress d.png -o x.aec --lossless")
        assert ("not enough memory" in result.stderr) == (result.exit_code == 6) == (error in short), error
        monkeypatch.setattr(compress_each, "compress_all", fail)
        result = run("compress pics --each -o out --lossless")
        assert (result.stderr.count("pics/a.png: not enough memory") == 1) == (error in short), error


def test_a_folder_of_one_picture(run: Run, here: Path) -> None:
    """A separator at the end means a folder, which is made; what fails leaves none."""
    succeeds(run("compress d.png --lossless -o new/one/"), "d.png → new/one/d.aec: ")
    succeeds(run("decompress new/one/d.aec -o back/"), "→ back/d.png: ")
    succeeds(run("decompress new/one/d.aec -o back/ --index 0"), "→ back/d-0.png: ")
    succeeds(run("decompress new/one/d.aec -o back/ --skip-existing"), "back/d.png is there already")
    fails(run("decompress new/one/d.aec -o back/"), 2, "back/d.png exists")
    run("compress pics -o p.aec --lossless")
    succeeds(run("decompress p.aec -o all/"), "4 pictures")
    np.testing.assert_array_equal(read_picture("back/d.png"), PIXELS[0])
    before = files_below(here)
    Path("bad.png").write_text("no picture")
    fails(run("compress bad.png --lossless -o other/"), 4)
    fails(run("decompress new/one/d.aec -o other/ --index 7"), 2)
    fails(run("decompress - -o other/", stdin=Path("new/one/d.aec").read_bytes()), 2, "no name")
    assert not Path("other").exists() and files_below(here) == before | {"bad.png"}


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed there")
def test_a_removed_working_folder(here: Path) -> None:
    command = f"mkdir g; cd g; rmdir ../g; exec {sys.executable} -m aecodec compress {here}/d.png --lossless -o q.aec"
    done = program("", here, shell=True, command=command, capture_output=True)
    assert (done.returncode, done.stderr) == (7, b"aecodec: error: cannot write q.aec: No such file or directory\n")


# --- info, verify, models -------------------------------------------------------------------------


def test_info(run: Run) -> None:
    lossy_file(run)
    run("compress pics -o p.aec --lossless")
    result = succeeds(run("info d.aec p.aec"))
    assert result.stderr == ""
    one, many = result.stdout.split("\n\n")
    rows = dict(line.split(None, 1) for line in one.splitlines())
    assert rows["file"] == "d.aec"
    assert (rows["coding"], rows["step"]) == ("lossy", "1 (of quantization)")
    assert rows["size"] == "the model's own"
    assert f"{os.path.getsize('d.aec')}, " in rows["bytes"]
    rows = dict(line.split(None, 1) for line in many.splitlines())
    assert (rows["coding"], rows["model"], rows["size"]) == ("lossless", "none needed", "8x8")
    assert "step" not in rows
    run("compress d.png -o q.aec --quality 0", lossy=True)
    assert "step      8 (of" in run("info q.aec").stdout
    assert json.loads(run("info q.aec --json").stdout)["step"] == 8
    assert rows["names"] == "a.png, b.bmp, sub/c.pgm, ..."
    assert rows["coded"] in ("stored", "deflated", "differenced and deflated", "packed")


@pytest.mark.parametrize(
    ("name", "coded", "methods"),
    [
        ("pixels-rgb", "as photographs", {7: 1}),
        ("drawings-many", "as drawings", {9: 1}),
        ("cut-beside", "1 block as photographs; 1 block as photographs, in pieces; 1 block quickly, in pieces", None),
        ("grid-37", None, {}),
    ],
)
def test_info_says_how_blocks_are_coded(run: Run, name: str, coded: str | None, methods: dict[int, int] | None) -> None:
    path = ROOT / "formats" / "vectors" / "valid" / f"{name}.aec"
    found = aecodec.inspect(path.read_bytes()).methods
    rows = dict(line.split(None, 1) for line in run(f"info {path}").stdout.splitlines())
    assert rows.get("coded") == coded
    assert found == (methods if methods is not None else {7: 1, 23: 1, 24: 1})


def test_info_has_words_for_every_method() -> None:
    titles = [coder.title for coder in CODERS.values()]
    assert all(titles) and len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("pictures", "size", "kind"),
    [
        ([np.zeros((40, 50), np.uint8), np.zeros((40, 50, 3), np.uint8)], "50x40", "different kinds"),
        ([np.zeros((40, 50), np.uint8), np.zeros((4, 5), np.uint8)], "different sizes", "grey"),
        ([np.zeros((40, 50, 3), np.uint8), np.zeros((4, 5), np.uint8)], "different sizes", "different kinds"),
    ],
)
def test_info_of_pictures_that_differ(run: Run, pictures: list[Any], size: str, kind: str) -> None:
    """Size and kind are each said of themselves; there is no model to have a size."""
    Path("m.aec").write_bytes(aecodec.compress(pictures, lossless=True))
    rows = dict(line.split(None, 1) for line in run("info m.aec").stdout.splitlines())
    assert (rows["size"], rows["kind"]) == (size, kind)
    record = json.loads(run("info m.aec --json").stdout)
    assert record["size"] == ([50, 40] if size == "50x40" else None)
    assert record["channels"] == (1 if kind == "grey" else None)


def test_info_names_models_at_hand(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lossy_file(run)
    fingerprint = aecodec.inspect(Path("d.aec").read_bytes()).model
    assert f"model     {fingerprint}\n" in run("info d.aec").stdout
    monkeypatch.setenv("AECODEC_MODEL_PATH", "m")
    assert f"model     {fingerprint} (made-6)\n" in run("info d.aec").stdout


def test_info_json_and_errors(run: Run) -> None:
    run("compress pics -o p.aec --lossless")
    result = run("info p.aec d.png gone.aec p.aec --json")
    assert result.exit_code == 1
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(records) == 2
    assert records[0]["file"] == "p.aec"
    assert records[0]["names"] == ["a.png", "b.bmp", "sub/c.pgm", "sub/d.jpg"]
    assert [line.split(": ")[2] for line in result.stderr.splitlines()] == ["d.png", "cannot read gone.aec"]
    fails(run("info d.png"), 3, "d.png: not an .aec file")
    assert run("info -", stdin=Path("p.aec").read_bytes()).stdout.startswith("file      -\n")


def test_verify(run: Run) -> None:
    data = lossy_file(run)
    run("compress d.png -o l.aec --lossless")
    Path("bad.aec").write_bytes(data[:-1])
    result = succeeds(run("verify d.aec l.aec", lossy=True))
    assert result.stdout == "d.aec: ok, 1 picture, model made-6\nl.aec: ok, 1 picture, no model\n"
    assert result.stderr == ""
    result = run("verify bad.aec l.aec gone.aec", lossy=True)
    assert result.exit_code == 1
    assert result.stdout == "bad.aec: FAILED\nl.aec: ok, 1 picture, no model\ngone.aec: FAILED\n"
    assert len(result.stderr.splitlines()) == 2
    result = run("verify bad.aec", lossy=True)
    assert (result.exit_code, result.stdout) == (3, "bad.aec: FAILED\n")
    assert run("verify d.aec").exit_code == 5
    record = json.loads(run("verify bad.aec --json").stdout)
    assert (record["ok"], record["exit_code"]) == (False, 3)


def test_verify_against(run: Run) -> None:
    lossy_file(run)
    run("compress d.png -o l.aec --lossless")
    run("compress pics -o p.aec --lossless")
    assert "MSE 0.000000, exact against d.png" in run("verify l.aec --against d.png").stdout
    record = json.loads(run("verify d.aec --against d.png --json", lossy=True).stdout)
    expected = np.square((aecodec.decompress(Path("d.aec").read_bytes(), model_path=["m"]) - PIXELS[0] * 1.0) / 255)
    assert record["mse"] == pytest.approx(expected.mean())
    assert record["exact"] is False
    Image.new("L", (9, 9)).save("other.png")
    pairs = {("l.aec", "other.png"): 2, ("p.aec", "d.png"): 2, ("l.aec", "gone.png"): 7}
    for (file, against), code in pairs.items():
        result = run(f"verify {file} --against {against}")
        assert (result.exit_code, result.stderr.count("\n")) == (code, 1)
        assert result.stdout.startswith(f"{file}: ok, ") and "against" not in result.stdout
        record = json.loads(run(f"verify {file} --against {against} --json").stdout)
        assert record["ok"] is True and "mse" not in record
    fails(run("verify l.aec p.aec --against d.png"), 2, "--against")


def test_folders_are_searched(run: Run) -> None:
    run("compress pics --each -o files --lossless -q")
    result = succeeds(run("verify files"))
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        f"files/{name}.aec" for name in ("a", "b", "sub/c", "sub/d")
    ]
    assert succeeds(run("info files")).stdout.count("file      files/") == 4
    fails(run("verify m"), 2, "no .aec files in m")
    fails(run("verify files --against d.png"), 2, "--against")


def test_verify_sees_wrong_pixels(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that computes otherwise is found out."""
    run("compress d.png -o l.aec --lossless")
    monkeypatch.setattr("aecodec.codec.decode.crc_of", lambda pictures: 1)
    result = run("verify l.aec")
    assert result.exit_code == 3
    assert "do not match" in result.stderr


def test_models(run: Run) -> None:
    Path("m/aaa.safetensors").write_bytes(b"no model")
    Path("m/bent-6.safetensors").write_bytes(MODEL[:-9] + b"123456789")
    result = succeeds(run("models list --model-path m"))
    head, row = result.stdout.splitlines()
    assert head.split() == ["id", "fingerprint", "kind", "latent_dim", "tile", "bytes", "folder"]
    fingerprint = Zoo(["m"]).load(Path("m/made-6.safetensors")).fingerprint.hex()
    assert row.split() == [
        "made-6",
        fingerprint,
        "lossy",
        "and",
        "lossless",
        "6",
        "8x8",
        str(len(MODEL)),
        "m",
    ]
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == ["warning", "warning"]
    record = json.loads(run("models list --json --model-path m").stdout)
    assert (record["id"], record["tile"], record["bytes"]) == ("made-6", [8, 8], len(MODEL))
    Path("m/made-6.safetensors").write_bytes(made_model("made-6", Role.EXACT))
    assert json.loads(run("models list --json --model-path m").stdout)["kind"] == "exact"
    shown = json.loads(run("models show made-6 --json --model-path m").stdout)["description"]
    assert (shown["role"], shown["pictures"]) == ("exact", {"size": [8, 8], "planes": 1})


def test_models_show(run: Run) -> None:
    record = json.loads(run("models show made-6 --json --model-path m").stdout)
    assert record["description"]["family"] == "made"
    assert record["sha256"].startswith(record["fingerprint"])
    text = run("models show m/made-6.safetensors").stdout
    assert len({line.index(line.split(None, 1)[1]) for line in text.splitlines()}) == 1
    assert ["family", "made"] in [line.split() for line in text.splitlines()]
    text = run(f"models show {ROOT / 'models' / 'pixels.safetensors'}").stdout
    rows = dict(line.split(None, 1) for line in text.splitlines())
    assert rows["networks.2"] == "dense, dense, dense" and rows["drawings.green.first"] == "dense"
    assert rows["latent_dim"] == "-" and len(rows["validation.bits"].split(", ")) == 3
    assert not set(text) & set("{}[]")
    fails(run("models show other --model-path m"), 5, "there are: made-6")


def test_models_verify(run: Run) -> None:
    result = succeeds(run("models verify --model-path m"))
    assert result.stdout.startswith("made-6: ok, ")
    assert succeeds(run("models verify made-6 --model-path m")).stdout == result.stdout
    Path("m/bent-6.safetensors").write_bytes(MODEL[:-9] + b"123456789")
    result = run("models verify --model-path m")
    assert result.exit_code == 1
    assert "bent-6.safetensors: FAILED" in result.stdout
    assert len(result.stderr.splitlines()) == 1
    result = run("models verify m/bent-6.safetensors")
    assert (result.exit_code, len(result.stderr.splitlines())) == (5, 1)
    assert succeeds(run("models verify")).stderr == "no models found\n"
    assert succeeds(run("models list")).stdout == ""


# --- the program itself -----------------------------------------------------------------------------


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of files are bytes there")
def test_names_in_a_locale_without_utf_8(run: Run, here: Path) -> None:
    """A container has the names that it has elsewhere, and unpacks; what is no UTF-8 is left out, with the reason."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    Path("in/ü").mkdir(parents=True)
    for name in (b"in/\xc3\xa9.png", b"in/\xc3\xbc/\xe6\xbc\xa2.bmp", b"in/\xff.png"):
        Path(os.fsdecode(name)).write_bytes(Path("d.png").read_bytes())
    files: dict[str, bytes] = {}
    for number, environment in enumerate((plain, {"PYTHONUTF8": "1"})):
        line = f"compress in -o {number}.aec --lossless --effort 0"
        done = program(line, here, capture_output=True, env=environment)
        assert done.returncode == 1 and b"it is not text in UTF-8; rename it\n" in done.stderr, done.stderr
        files[line] = Path(f"{number}.aec").read_bytes()
        done = program(f"decompress {number}.aec -o back{number}", here, capture_output=True, env=environment)
        assert done.returncode == 0, done.stderr
        assert files_below(Path(f"back{number}")) == {"é.png", "ü/漢.bmp"}
        line = f"compress in --each -o each{number} --lossless --effort 0"
        done = program(line, here, capture_output=True, env=environment)
        assert done.returncode == 0, done.stderr
        assert {"é.aec", "ü/漢.aec"} < files_below(Path(f"each{number}"))
    assert len(set(files.values())) == 1
    assert aecodec.inspect(files.popitem()[1]).names == ("é.png", "ü/漢.bmp")


def test_program(run: Run, here: Path) -> None:
    """As a process: streams apart, exit codes, nothing but what was asked on standard output."""
    done = program("compress d.png --lossless --effort 0 -o -", here, capture_output=True)
    assert done.returncode == 0
    np.testing.assert_array_equal(aecodec.decompress(done.stdout), PIXELS[0])
    assert done.stderr.decode().startswith("d.png → standard output: ")
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    again = program("decompress - -o x.png", here, input=done.stdout, capture_output=True, env=ascii_only)
    assert (again.returncode, again.stdout) == (0, b"")
    assert again.stderr.startswith(b"standard input -> x.png: ")
    np.testing.assert_array_equal(read_picture("x.png"), PIXELS[0])
    wrong = program("decompress - -o y.png", here, input=done.stdout[:-1], capture_output=True)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count(b"\n")) == (3, b"", 1)
    assert wrong.stderr.startswith(b"aecodec: error: standard input: ")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_dev_stdout_is_written_through(run: Run, here: Path) -> None:
    run("compress d.png --lossless")
    with open("out.png", "wb") as out:
        done = program("decompress d.aec -o /dev/stdout -q", here, stdout=out, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
    np.testing.assert_array_equal(read_picture("out.png"), PIXELS[0])


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_dev_stdout_is_appended_to(run: Run, here: Path) -> None:
    run("compress d.png --lossless --effort 0")
    Path("log").write_bytes(b"old")
    for _ in range(2):
        with open("log", "ab") as log:
            done = program(
                "compress d.png --lossless --effort 0 -o /dev/stdout -q", here, stdout=log, stderr=subprocess.PIPE
            )
        assert (done.returncode, done.stderr) == (0, b"")
    assert Path("log").read_bytes() == b"old" + 2 * Path("d.aec").read_bytes()


def ended_while_writing(number: str, more: str = "", *, ignored: bool = False) -> tuple[int, bytes]:
    """Exit code and standard error of a compression that gets a signal when its bytes go to the disk.

    It begins with the signal ``ignored``, as under nohup, or as a terminal's program has it, however these tests run.
    """
    begins = "SIG_IGN" if ignored else "default_int_handler" if number == "SIGINT" else "SIG_DFL"
    script = (
        "import os, signal, sys\n"
        f"signal.signal(signal.{number}, signal.{begins})\n"
        f"os.fsync = lambda descriptor: os.kill(os.getpid(), signal.{number})\n"
        f"{more}"
        "sys.argv[1:] = 'compress d.png --lossless --effort 0'.split()\n"
        "from aecodec.cli import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, timeout=60, check=False)
    return done.returncode, done.stderr


ENDS = {
    "SIGTERM": (143, b"aecodec: error: ended by SIGTERM\n"),
    "SIGHUP": (129, b"aecodec: error: ended by SIGHUP\n"),
    "SIGINT": (130, b"aecodec: error: interrupted\n"),
}


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_removes_the_temporary_file(here: Path, number: str) -> None:
    before = files_below(here)
    assert ended_while_writing(number) == ENDS[number]
    assert files_below(here) == before


@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("module", ["click", "numpy", "aecodec.cli.commands.info"])
def test_a_signal_while_modules_are_imported(here: Path, number: str, module: str) -> None:
    script = (
        "import os, signal, sys\n"
        f"signal.signal(signal.{number}, signal.{'default_int_handler' if number == 'SIGINT' else 'SIG_DFL'})\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.{number})\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.argv[1:] = ['info', 'd.aec']\n"
        "from aecodec.cli import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stderr) == ENDS[number]


@pytest.mark.parametrize("number", ["SIGHUP", "SIGINT"])
def test_a_signal_that_the_caller_ignores_stays_ignored(here: Path, number: str) -> None:
    """As nohup and a shell's background have it."""
    code, said = ended_while_writing(number, ignored=True)
    assert code == 0 and b"d.png" in said
    np.testing.assert_array_equal(aecodec.decompress((here / "d.aec").read_bytes()), PIXELS[0])


@pytest.mark.parametrize("first", ENDS)
def test_a_second_signal_does_not_stop_the_cleaning(here: Path, first: str) -> None:
    second = (
        "real = os.unlink\n"
        "def unlink(path):\n"
        "    for number in (signal.SIGTERM, signal.SIGINT): os.kill(os.getpid(), number)\n"
        "    real(path)\n"
        "os.unlink = unlink\n"
    )
    before = files_below(here)
    assert ended_while_writing(first, second) == ENDS[first]
    assert files_below(here) == before


@pytest.mark.parametrize("error", [NotImplementedError("lacks semaphores"), OSError(errno.ENOSYS, "no semaphores")])
def test_without_semaphores_one_process_does_all(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(workers, "ProcessPoolExecutor", refuse)
    with workers.workers(2) as engine:
        assert engine is HERE


def test_no_more_processes_than_the_system_can_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(count: int, **_: Any) -> None:
        asked.append(count)
        raise NotImplementedError

    monkeypatch.setattr(workers, "ProcessPoolExecutor", refuse)
    for most in (workers._MOST, 61):
        monkeypatch.setattr(workers, "_MOST", most)
        with workers.workers(97):
            pass
    assert asked == [61 if os.name == "nt" else 96, 61]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="finds processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(here: Path, number: int) -> None:
    """However the process that started them does; a SIGINT goes to all of them, as from a terminal."""
    script = (
        "import os, time\n"
        "from aecodec.codec.workers import workers\n"
        "if __name__ == '__main__':\n"
        "    with workers(2) as engine:\n"
        "        for pid in engine.map(wait, [0, 0]): print(pid, flush=True)\n"
        "        for _ in engine.map(time.sleep, [0, 1.5]): pass\n"
    )
    Path("w.py").write_text("import os, time\ndef wait(_): time.sleep(0.3); return os.getpid()\n" + script)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    options: dict[str, Any] = {"env": environment, "stdout": subprocess.PIPE, "start_new_session": True}
    with open("errors", "wb") as errors, subprocess.Popen([sys.executable, "w.py"], stderr=errors, **options) as parent:
        assert parent.stdout
        pids = {int(parent.stdout.readline()) for _ in range(2)}
        (os.kill if number == signal.SIGKILL else os.killpg)(parent.pid, number)
        assert parent.wait(30) != 0
    assert Path("errors").read_bytes().count(b"Traceback") == (number == signal.SIGINT)  # the parent's own
    for _ in range(100):
        if not any(_runs(pid) for pid in pids):
            return
        time.sleep(0.1)
    pytest.fail("a worker outlives its parent")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(os.name == "nt", reason="descriptors are closed as a Unix shell does")
def test_closed_and_full_streams(run: Run, here: Path) -> None:
    """Standard streams that are closed or full: what can be done is done, and no message gets into an output."""
    run("compress d.png --lossless --effort 0")

    def closed(line: str, stream: str) -> tuple[int, bytes, bytes]:
        command = f"exec {sys.executable} -m aecodec {line} {stream}"
        done = program("", here, shell=True, command=command, capture_output=True)
        return done.returncode, done.stdout, done.stderr

    data = Path("d.aec").read_bytes()
    for stream in ("2>&-", "2>/dev/full", "2>&- <&-"):
        assert closed("compress d.png --lossless --effort 0 -o -", stream) == (0, data, b"")
        assert closed("compress d.png --lossless --effort 0 -f -o e.aec", stream) == (0, b"", b"")
        assert closed("compress gone.png", stream) == (7, b"", b"")
    for line in ("compress d.png --lossless --effort 0 -o -", "info d.aec", "decompress d.aec -o -", "--help"):
        code, _, text = closed(line, ">&-")
        assert (code, text) == (7, b"aecodec: error: cannot write standard output: Bad file descriptor\n")
    code, _, text = closed("decompress - -o x.png", "<&-")
    assert (code, text) == (7, b"aecodec: error: cannot read standard input: Bad file descriptor\n")
    succeeds(run("verify e.aec --against d.png"))


def test_start_imports_only_what_is_needed(run: Run, here: Path) -> None:
    run("compress d.png --lossless")
    script = (
        "import sys; sys.argv[1:] = 'decompress d.aec -o x.png -q'.split()\n"
        "from aecodec.cli import app\n"
        "try: app.main()\n"
        "except SystemExit: pass\n"
        "slow = ('torch', 'rich', 'matplotlib', 'pydantic', 'aecodec.train', 'aecodec.cli.commands.train')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, timeout=60, check=False)
    assert done.stdout.strip() == b"[]", done.stderr


@pytest.mark.parametrize(
    "line",
    ["", "compress", "decompress", "info", "verify", "models", "models list", "models show", "models verify"],
)
def test_help(run: Run, line: str) -> None:
    result = succeeds(run(f"{line} --help"))
    assert "Examples:\n    aecodec " in result.stdout
    assert "-h, --help" in result.stdout
    assert succeeds(run(f"{line} -h")).stdout == result.stdout


def test_usage(run: Run) -> None:
    assert succeeds(run("--version")).stdout == f"aecodec {aecodec.__version__}\n"
    fails(run("--nonsense"), 2, "--nonsense", "aecodec --help")
    fails(run("explode"), 2, "explode")
    assert run("").exit_code == 2
    for words in ("129 hung up (SIGHUP)", "143 terminated (SIGTERM)"):
        assert words in run("--help").stdout


def test_a_missing_command_module_harms_no_other(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aecodec.cli.commands.train", None)
    fails(run("train"), 2, "train is not available here")
    assert "train" in succeeds(run("--help")).stdout


def test_progress_is_for_terminals(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with progress_bar(1000, "x", False) as progress:
        assert progress is None
    monkeypatch.setattr(sys, "stderr", sys.stdout)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress_bar(1000, "x", True) as progress:
        assert progress is None
    with progress_bar(1000, "x", False) as progress:
        assert progress is not None
        progress(1000)
