"""``aecodec verify --against FOLDER``: every picture with the one of its name, and what is missing on either side."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import aecodec
from tests.cli.lines import PIXELS, Run, fails, succeeds

NAMES = ["a.png", "b.bmp", "sub/c.pgm", "sub/d.jpg"]


@pytest.fixture
def exact(run: Run) -> str:
    succeeds(run("compress pics -o exact.aec --lossless -q"))
    return "exact.aec"


@pytest.fixture
def lossy(run: Run) -> str:
    succeeds(run("compress pics -o lossy.aec -q", lossy=True))
    return "lossy.aec"


def records(run: Run, line: str) -> list[dict[str, Any]]:
    return [json.loads(each) for each in run(f"{line} --json", lossy=True).stdout.splitlines()]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_exact_container(exact: str, jobs: int, run: Run) -> None:
    result = succeeds(run(f"verify {exact} --against pics -j {jobs}"))
    assert result.stdout == "exact.aec: ok, 4 pictures, no model\n4 of 4 pictures as promised against pics\n"
    assert result.stderr == ""
    found = records(run, f"verify {exact} --against pics/")
    assert [each.get("picture") for each in found] == [*NAMES, None, None]
    assert all(each["ok"] for each in found) and all(each["mse"] == 0 for each in found[:4])
    assert found[4]["lossless"] and found[5]["pictures"] == 4


def test_one_sample_differs(exact: str, run: Run) -> None:
    pixels = PIXELS[1].copy()
    pixels[3, 4] ^= 1
    Image.fromarray(pixels).save("pics/b.bmp")
    result = run(f"verify {exact} --against pics")
    assert result.exit_code == 1
    assert result.stderr == "aecodec: error: exact.aec: b.bmp: 1 of 64 samples differ\n"
    assert "3 of 4 pictures as promised against pics" in result.stdout and result.stdout.endswith("1 not\n")


def test_missing_more_and_broken(exact: str, run: Run) -> None:
    """Each is a line, and the others are compared."""
    Path("pics/a.png").unlink()
    Path("pics/more.png").write_bytes(Path("d.png").read_bytes())
    Path("pics/sub/d.jpg").write_bytes(b"\xff\xd8\xff")
    Image.new("L", (9, 9)).save("pics/b.bmp")
    result = run(f"verify {exact} --against pics")
    lines = result.stderr.splitlines()
    assert result.exit_code == 1 and len(lines) == 4
    assert lines[0] == "aecodec: error: exact.aec: a.png: there is no such picture in the folder"
    assert "b.bmp: it is of shape (8, 8), pics/b.bmp of (9, 9)" in lines[1]
    assert "sub/d.jpg: pics/sub/d.jpg is a damaged picture" in lines[2]
    assert lines[3] == "aecodec: error: pics/more.png is in the folder, but in no file"
    assert result.stdout.splitlines()[-1].endswith(
        "1 of 4 pictures as promised against pics, 2 not, 1 missing, 1 in no file"
    )
    last = records(run, f"verify {exact} --against pics")[-1]
    assert (last["ok"], last["wrong"], last["missing"], last["others"]) == (False, 2, 1, ["pics/more.png"])


def test_a_lossy_container(lossy: str, run: Run) -> None:
    """The PSNR of each, the mean and the worst; bounds fail what is below."""
    result = succeeds(run(f"verify {lossy} --against pics", lossy=True))
    found = records(run, f"verify {lossy} --against pics")
    decoded = aecodec.decompress(Path(lossy).read_bytes(), model_path=["m"])
    with Image.open("pics/sub/d.jpg") as image:
        pictures = [*PIXELS[:3], np.array(image)]
    errors = [np.square((a - b.astype(float)) / 255).mean() for a, b in zip(decoded, pictures, strict=True)]
    assert [each["mse"] for each in found[:4]] == pytest.approx(errors)
    worst = int(np.argmax(errors))
    assert found[-1]["mse"] == pytest.approx(np.mean(errors)) and found[-1]["worst"].endswith(NAMES[worst])
    levels = [-10 * np.log10(error) for error in errors]
    assert [line.strip() for line in result.stdout.splitlines()[1:5]] == [
        f"{name}: PSNR {level:.1f} dB" for name, level in zip(NAMES, levels, strict=True)
    ]
    assert f"worst PSNR {min(levels):.1f} dB ({NAMES[worst]})" in result.stdout
    second = sorted(levels)[1]
    for bound in (f"--min-psnr {second - 1e-6}", f"--max-mse {10 ** (-second / 10) + 1e-9}"):
        result = run(f"verify {lossy} --against pics {bound}", lossy=True)
        assert result.exit_code == 1 and result.stderr.count("\n") == 1
        assert f"lossy.aec: {NAMES[worst]}: its PSNR is {min(levels):.2f} dB, below" in result.stderr
    succeeds(run(f"verify {lossy} --against pics --min-psnr {min(levels) - 1e-6}", lossy=True))


def test_alpha_of_a_lossy_file_must_be_the_same(run: Run) -> None:
    Path("alpha").mkdir()
    rgba = np.dstack([PIXELS[0]] * 4)
    Image.fromarray(rgba).save("alpha/x.png")
    run("compress alpha -o alpha.aec -q --quality 100", lossy=True)
    succeeds(run("verify alpha.aec --against alpha", lossy=True))
    rgba[0, 0, 3] ^= 255
    Image.fromarray(rgba).save("alpha/x.png")
    result = run("verify alpha.aec --against alpha", lossy=True)
    assert result.exit_code == 1 and "alpha.aec: x.png: its alpha differs" in result.stderr


def test_files_of_one_picture(run: Run) -> None:
    """By their names without suffix."""
    run("compress pics --each -o files --lossless -q")
    result = succeeds(run("verify files --against pics -j 2"))
    assert result.stdout.splitlines()[0] == "files/a.aec: ok, 1 picture, no model"
    assert result.stdout.splitlines()[-1] == "4 of 4 pictures as promised against pics"
    shutil.copy("pics/b.bmp", "pics/sub/c.pgm")
    Path("files/b.aec").unlink()
    result = run("verify files --against pics")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].startswith("aecodec: error: files/sub/c.aec: ")
    assert result.stderr.splitlines()[1] == "aecodec: error: pics/b.bmp is in the folder, but in no file"
    run("compress pics --each -o soft -q", lossy=True)
    assert "soft/a.aec: ok, 1 picture, model made-6, PSNR " in run("verify soft --against pics", lossy=True).stdout


def test_what_decompress_made_of_it(exact: str, run: Run) -> None:
    """Under the names that it gives, of a container with names and of one without."""
    run(f"decompress {exact} -o back -q")
    assert Path("back/sub/d.png").exists()
    succeeds(run(f"verify {exact} --against back"))
    Path("plain.aec").write_bytes(aecodec.compress(list(PIXELS[:3]), lossless=True))
    run("decompress plain.aec -o plain -q")
    succeeds(run("verify plain.aec --against plain"))
    Path("plain/000002.png").unlink()
    result = run("verify plain.aec --against plain")
    assert result.exit_code == 1 and "plain.aec: 000002.png: there is no such" in result.stderr


def test_damaged_files(exact: str, run: Run) -> None:
    """Alone with their own code; among others the rest is compared, and nothing is called missing for it."""
    Path("bad.aec").write_bytes(Path(exact).read_bytes()[:-1])
    result = run("verify bad.aec --against pics")
    assert (result.exit_code, result.stdout) == (3, "bad.aec: FAILED\n")
    run("compress pics/a.png -o a.aec --lossless -q")
    result = run("verify bad.aec a.aec --against pics")
    assert result.exit_code == 1 and "in no file" not in result.stderr
    assert result.stdout.splitlines()[-1].startswith("1 of 1 picture as promised against pics, 1 file not sound")
    assert records(run, "verify bad.aec a.aec --against pics")[0]["exit_code"] == 3


def test_bounds_against_one_picture(run: Run) -> None:
    run("compress d.png -o d.aec -q", lossy=True)
    succeeds(run("verify d.aec --against d.png --min-psnr 1", lossy=True))
    result = run("verify d.aec --against d.png --min-psnr 90", lossy=True)
    assert result.exit_code == 1 and "d.aec is not as promised against d.png: its PSNR is " in result.stderr
    run("compress d.png -o e.aec -q --lossless")
    Image.fromarray(PIXELS[3]).save("d.png")
    result = run("verify e.aec --against d.png")
    assert result.exit_code == 1 and "samples differ" in result.stderr


def test_usage(exact: str, run: Run) -> None:
    fails(run(f"verify {exact} --min-psnr 30"), 2, "--min-psnr and --max-mse are for a comparison")
    fails(run(f"verify {exact} --against pics --min-psnr 30 --max-mse 0.1"), 2, "exclude one another")
    Path("empty").mkdir()
    fails(run(f"verify {exact} --against empty"), 2, "no pictures in empty")
    fails(run(f"verify {exact} d.aec --against d.png"), 2, "--against", "folder")
