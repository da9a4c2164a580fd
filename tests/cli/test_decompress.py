"""``aecodec decompress``: names, folders and single pictures, and what it refuses."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aecodec
from aecodec.cli.plumbing.product import check_stdout
from aecodec.cli.tasks import compress_one, decompress_one
from aecodec.files import read_picture
from tests.cli.lines import PIXELS, Run, fails, files_below, lossy_file, succeeds


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
