"""``aecodec train --images`` on small grey glyphs: vectors for lossy files, chosen by pictures held back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from aecodec.cli import app
from aecodec.kinds import GridCodec, TileCodec
from aecodec.zoo import Role, Zoo
from tests.cli.lines import fails
from tests.made import strokes
from tests.train.own.quick import make_quick
from tests.train.own.vectors.made import count_steps

pytestmark = pytest.mark.usefixtures("one_thread")
PSNR = 20


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def glyphs(folder: Path, count: int = 200) -> Path:
    folder.mkdir()
    for number, picture in enumerate(strokes(count, 12, 10)):
        Image.fromarray(picture).save(folder / f"{number:03}.png")
    return folder


def make_steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes by in steps, few pictures are enough, hardly anything is learned of exact pixels and altered ones, and
    altering costs much.
    """
    make_quick(monkeypatch)
    count_steps(monkeypatch)
    monkeypatch.setattr("aecodec.train.own.vectors.learned.FEWEST", 100)
    monkeypatch.setattr("aecodec.train.own.single._exact", lambda *_: [])
    monkeypatch.setattr("aecodec.train.own.single._RESTORING", 0.01)
    monkeypatch.setattr("aecodec.train.own.vectors.learned.altered_bytes", lambda *_: (1 << 20, 1.0))
    monkeypatch.setattr("aecodec.train.own.gains._altered_bytes", lambda *_: math.inf)
    monkeypatch.setattr("aecodec.train.own.release.WORTH", 10**9)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, Result]]:
    folder = tmp_path_factory.mktemp("vectors")
    images = glyphs(folder / "glyphs")
    with pytest.MonkeyPatch.context() as monkeypatch:
        make_steady(monkeypatch)
        monkeypatch.setattr("aecodec.train.own.vectors.learned.LearnedVectors.cost_less_than", lambda *_: True)
        words = ["train", "--images", images, "-o", folder / "m", "--results-dir", folder / "r", "--minutes", 15]
        result = run(*words, "--min-psnr", PSNR)
        assert result.exit_code == 0, result.output
        yield folder, images, result


def test_vectors_are_taken_unasked(made: tuple[Path, Path, Result]) -> None:
    folder, _, result = made
    assert "lossy files are kept as vectors of 36 latents, one for each 12 x 12 pixels" in result.stderr
    assert "the target is missed" not in result.stderr
    path = folder / "m" / "glyphs.safetensors"
    assert path.stat().st_size <= 100_000
    model = Zoo(folder / "m").by_id("glyphs")
    assert isinstance(model.codec, TileCodec) and model.pixels is not None and model.role is Role.ADAPTED
    assert "| lossy files | vectors of 36 latents" in (folder / "m" / "glyphs.md").read_text()


def test_files_of_it(made: tuple[Path, Path, Result], tmp_path: Path) -> None:
    folder, images, _ = made
    model = folder / "m" / "glyphs.safetensors"
    sizes = {}
    for name, words in {"usual": [], "less": ["--quality", 50], "exact": ["--lossless"]}.items():
        file = tmp_path / f"{name}.aec"
        assert run("compress", images, "-o", file, "--model", model, *words).exit_code == 0
        sizes[name] = file.stat().st_size
        assert run("decompress", file, "-o", tmp_path / name, "--model-path", folder / "m").exit_code == 0
    exact = run("verify", tmp_path / "exact.aec", "--against", images, "--model-path", folder / "m")
    assert exact.exit_code == 0, exact.output
    assert sizes["less"] < sizes["usual"] < sizes["exact"] / 2
    fails(run("decompress", tmp_path / "usual.aec", "-o", tmp_path / "x"), 5, "needs model")


def test_a_target_beyond_it_goes_another_way(made: tuple[Path, Path, Result], tmp_path: Path) -> None:
    folder, images, _ = made
    model = folder / "m" / "glyphs.safetensors"
    file = tmp_path / "near.aec"
    result = run("compress", images / "000.png", "-o", file, "--model", model, "--min-psnr", 60)
    assert result.exit_code == 0, result.output
    back = run("verify", file, "--against", images / "000.png", "--min-psnr", 60, "--model-path", folder / "m")
    assert back.exit_code == 0, back.output


def test_a_damaged_model_is_no_model(made: tuple[Path, Path, Result], tmp_path: Path) -> None:
    folder, images, _ = made
    data = bytearray((folder / "m" / "glyphs.safetensors").read_bytes())
    data[-100] ^= 4
    broken = tmp_path / "glyphs.safetensors"
    broken.write_bytes(data)
    fails(run("compress", images / "000.png", "-o", tmp_path / "a.aec", "--model", broken), 5, "damaged")


def test_where_vectors_cost_more_the_grid_learns_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_steady(monkeypatch)
    monkeypatch.setattr("aecodec.train.own.vectors.learned.LearnedVectors.cost_less_than", lambda *_: False)
    images = glyphs(tmp_path / "glyphs", 120)
    words = ["train", "--images", images, "-o", tmp_path, "--results-dir", tmp_path / "r", "--minutes", 0.05]
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert "lossy files are kept as grids of latents" in result.stderr
    assert isinstance(Zoo(tmp_path).by_id("glyphs").codec, GridCodec)
