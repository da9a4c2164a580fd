"""``aecodec train --images`` makes one small file that serves lossy and exact; as a person would use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from aecodec.cli import app
from aecodec.files import read_picture
from aecodec.zoo import Role, Zoo
from tests.cli.lines import fails
from tests.train.own.pictures import collection
from tests.train.own.quick import make_quick

pytestmark = pytest.mark.usefixtures("one_thread")


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, Result]]:
    folder = tmp_path_factory.mktemp("own")
    images = collection(folder / "icons")
    with pytest.MonkeyPatch.context() as monkeypatch:
        make_quick(monkeypatch)
        monkeypatch.setattr("aecodec.train.own.release.WORTH", 10**9)  # or a few pictures pay for nothing
        result = run("train", "--images", images, "-o", folder / "m", "--results-dir", folder / "r", "--minutes", 0.06)
        assert result.exit_code == 0, result.output
        yield folder, images, result


def test_what_it_says(made: tuple[Path, Path, Result]) -> None:
    folder, _, result = made
    told = result.stderr
    assert "left out: 1 file" in told and "broken.png" in told
    assert "11 pictures, 2 sizes up to 50 x 70: 1 grey, 1 in colour, 9 in colour with alpha; 1 held back" in told
    assert "bytes a picture" in told and "exact, a file each" in told
    assert (folder / "m" / "icons.md").read_text().startswith("# icons")


def test_one_small_file_for_both(made: tuple[Path, Path, Result]) -> None:
    folder, images, _ = made
    path = folder / "m" / "icons.safetensors"
    assert path.stat().st_size <= 100_000
    model = Zoo(folder / "m").by_id("icons")
    assert model.role is Role.ADAPTED and model.is_lossy and model.pixels is not None
    exact, lossy = folder / "exact.aec", folder / "lossy.aec"
    assert run("compress", "--lossless", "--model", path, images / "1.png", "-o", exact).exit_code == 0
    assert run("compress", "--model", path, images / "1.png", "-o", lossy).exit_code == 0
    for file in (exact, lossy):
        back = file.with_suffix(".png")
        assert run("decompress", file, "-o", back, "--model-path", folder / "m").exit_code == 0
        same = np.array_equal(read_picture(str(back)), read_picture(str(images / "1.png")))
        assert same is (file == exact)
    fails(run("decompress", lossy, "-o", folder / "x.png"), 5, "needs model")


def test_a_target_that_is_missed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch)
    images = collection(tmp_path / "icons", 3)
    words = ["train", "--images", images, "-o", tmp_path, "--results-dir", tmp_path / "r", "--minutes", 0.03]
    result = run(*words, "--min-psnr", 90)
    assert result.exit_code == 0, result.output
    assert "the target is missed" in result.stderr and "--lossless" in result.stderr
    again = run(*words, "--name", "other", "--max-mse", 0.02)
    assert "the target is missed" not in again.stderr
    assert Zoo(tmp_path).by_id("other").codec.default_quality < 60


def test_what_is_in_the_way(made: tuple[Path, Path, Result], tmp_path: Path) -> None:
    folder, images, _ = made
    words = ["train", "--images", images, "-o", folder / "m", "--results-dir", tmp_path, "--minutes", 0.03]
    fails(run(*words), 2, "is there already")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--kind", "own", "--latent-dim", "8"], "--latent-dim is for --kind tiles"),
        (["--minutes", "3", "--kind", "grid"], "--minutes is for --kind own"),
        (["--min-psnr", "30", "--max-mse", "0.01"], "give one of them"),
        (["--restart"], "--restart is for --kind"),
    ],
)
def test_slips(tmp_path: Path, words: list[str], line: str) -> None:
    fails(run("train", "--images", collection(tmp_path / "icons", 2), "-o", tmp_path, *words), 2, line)


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    fails(run("train", "--images", tmp_path / "empty", "-o", tmp_path), 2, "no pictures")
    fails(run("train", "--images", tmp_path / "absent", "-o", tmp_path), 2, "no such folder")
