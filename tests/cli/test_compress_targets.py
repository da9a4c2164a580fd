"""``aecodec compress`` with bounds on error and size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import aecodec
from tests.cli.lines import PIXELS, Run, fails, succeeds
from tests.made import made_model


def test_compress_targets(run: Run) -> None:
    succeeds(run("compress d.png --max-mse 0.9", lossy=True))
    succeeds(run("compress d.png -o b.aec --max-bytes 1000", lossy=True))
    fails(run("compress d.png -o c.aec --max-bytes 13", lossy=True), 2, "cannot be met")
    assert not Path("c.aec").exists()


@pytest.mark.parametrize("more", ["", "--each -o out"])
def test_compress_says_which_model_is_taken_instead(more: str, run: Run) -> None:
    """Of one that does not reach a bound on distortion."""
    note = (
        "model made-6, which does not reach the bound"
        if more
        else ("aecodec: note: model made-6 does not reach the bound; an exact file is taken instead")
    )
    line = f"compress d.png --min-psnr 99 {more or '-o c.aec'}"
    said = succeeds(run(line, lossy=True)).stderr
    assert note in said
    path = Path("out/d.aec" if more else "c.aec")
    np.testing.assert_array_equal(aecodec.decompress(path.read_bytes()), PIXELS[0])
    assert "reach" not in run(f"{line} -f -q", lossy=True).stderr
    record = json.loads(run(f"{line} -f -q --json", lossy=True).stdout)
    assert (record["fell_short"], record["lossless"]) == ("made-6", True)


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
