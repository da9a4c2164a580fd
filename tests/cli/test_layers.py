"""Files of two layers by the command line: made, read in full or in part, and described."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import aecodec
from aecodec.files import read_picture
from aecodec.zoo import Role
from tests.cli.lines import PIXELS, Run, fails, lossy_file, succeeds
from tests.made import made_model


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
    fails(run("decompress d.aec -o x.png --base", lossy=True), 2, "not progressive", "d.aec")


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
