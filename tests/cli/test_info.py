"""``aecodec info``: what it says of files, of their blocks and of their models."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.coders import CODERS, DEEP_CODERS
from tests.cli.lines import Run, fails, lossy_file, succeeds
from tests.conftest import ROOT


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
        ("following-group", "as drawings after others", {15: 1}),
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
    titles = [coder.title for coder in {**CODERS, **DEEP_CODERS}.values()]
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
