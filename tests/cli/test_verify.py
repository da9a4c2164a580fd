"""``aecodec verify``: files alone and against their pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aecodec
from tests.cli.lines import PIXELS, Run, fails, lossy_file, succeeds


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
