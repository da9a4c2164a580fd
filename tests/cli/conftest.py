"""Fixtures: a folder to work in, and command lines that run in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from aecodec.cli import app
from tests.cli.lines import MODEL, PIXELS, Run


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
