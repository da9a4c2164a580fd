"""Files for eyes: errors count by where eyes see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aecodec
from aecodec.arrays import Picture
from aecodec.cli import app
from aecodec.errors import UsageError
from aecodec.grid import GridModel, differences, refined
from aecodec.grid.eyes import MOST, counts, weighed
from aecodec.grid.model import Coded
from aecodec.zoo import Zoo

CALM, LIVELY = np.s_[:, :96], np.s_[:, 96:]


@pytest.fixture(scope="module")
def networks() -> GridModel:
    model = Zoo().general()
    assert model is not None
    return model.codec.networks  # type: ignore[attr-defined, no-any-return]


@pytest.fixture(scope="module")
def picture() -> Picture:
    """A picture whose left half is calm, and whose right half is lively."""
    random = np.random.default_rng(5)
    y, x = np.mgrid[:96, :192]
    calm = 120 + 20 * np.sin(x / 40) + 10 * np.cos(y / 25) + random.normal(0, 1.5, y.shape)
    lively = 120 + 50 * np.sin(x / 2.3) * np.cos(y / 3.1) + random.normal(0, 25, y.shape)
    grey = np.where(x < 96, calm, lively)
    return np.clip(np.stack([grey, grey - 9, grey + 5], -1), 0, 255).astype(np.uint8)


def error(found: Picture, picture: Picture, part: tuple[slice, slice]) -> float:
    return float(np.square(found[part].astype(np.float64) - picture[part]).mean())


class TestCounts:
    def test_calm_places_count_more(self, picture: Picture) -> None:
        found = counts(picture)
        assert found.shape == (6, 12) and found.dtype == np.int64
        assert found[:, :6].min() > 64 > found[:, 6:].max()
        assert found.min() >= 64 >> MOST and found.max() <= 64 << MOST

    def test_where_all_is_alike_all_counts_as_usual(self) -> None:
        assert (counts(np.full((32, 48, 3), 77, np.uint8)) == 64).all()

    def test_an_octave_of_activity_is_half_an_octave_of_weight(self) -> None:
        """Of two halves, one with 16 times the variance of the other, counts are a quarter apart."""
        checks = (np.indices((64, 128)).sum(0) % 2 * 2 - 1)[..., None] * np.ones(3, np.int64)
        both = np.where(np.arange(128)[:, None] < 64, 20, 80) * checks + 128
        found = counts(both.astype(np.uint8))
        assert found[0, 0] / found[0, -1] == pytest.approx(4, rel=0.08)

    def test_errors_are_weighed_at_their_places(self) -> None:
        errors = np.zeros((20, 40, 3), np.int16)  # places beyond the picture have none
        errors[3, 5], errors[17, 39] = 2, -3
        counted = np.array([[64, 1, 1], [1, 1, 128]])
        assert weighed(errors, counted) == 3 * 4 + 2 * 3 * 9


@pytest.mark.parametrize("effort", [0, 1, 3])
def test_errors_go_where_eyes_do_not_see_them(networks: GridModel, picture: Picture, effort: int) -> None:
    """For fewer bytes than the usual search needs, calm parts are nearer to the original."""
    usual = aecodec.compress(picture, quality=40, effort=effort)
    best = aecodec.decompress(usual)
    files = [aecodec.compress(picture, quality=q, effort=effort, for_eyes=True) for q in range(30, 56, 5)]
    fitting = [data for data in files if len(data) <= len(usual)]
    found = aecodec.decompress(fitting[-1])
    assert error(found, picture, CALM) < error(best, picture, CALM)
    assert error(found, picture, LIVELY) > error(best, picture, LIVELY)


@pytest.mark.parametrize("shape", ["grey", "wide"])
def test_greys_and_pictures_of_several_tiles(shape: str, networks: GridModel, picture: Picture) -> None:
    given = picture[..., 0] if shape == "grey" else np.tile(picture, (1, 6, 1))
    quality, effort = (40, 1) if shape == "grey" else (40, 0)
    calm = np.arange(given.shape[1]) % 192 < 96
    errors = []
    for eyes in (False, True):
        found = aecodec.decompress(aecodec.compress(given, quality=quality, effort=effort, for_eyes=eyes))
        assert found.shape == given.shape
        errors.append(error(found, given, np.s_[:, calm]) / error(found, given, np.s_[:, ~calm]))
    assert errors[1] < 0.8 * errors[0]


def test_errors_are_those_that_eyes_see(networks: GridModel, picture: Picture) -> None:
    """By them rounds are compared, and files with and without references."""
    found = refined(networks, [picture], 50, 3, for_eyes=True)
    assert found.errors[0] == weighed(found.pictures[0].astype(np.int16) - picture, counts(picture))


def test_differences_are_for_eyes_too(networks: GridModel, picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [picture, np.clip(picture.astype(np.int16) + 2, 0, 255).astype(np.uint8)]
    alone = refined(networks, pictures, 40, 1, for_eyes=True)
    asked = []

    def spy(*arguments: Any, for_eyes: bool) -> Coded:
        asked.append(for_eyes)
        return refined(*arguments, for_eyes=for_eyes)

    monkeypatch.setattr(differences, "refined", spy)
    found, references = differences.with_differences(networks, pictures, [0, 0], alone, 40, 1, for_eyes=True)
    assert asked == [True] and references == [None, 0]
    data = aecodec.compress(pictures, quality=40, effort=1, for_eyes=True)
    assert np.array_equal(aecodec.decompress(data)[0], found.pictures[0])


def test_a_bound_on_bytes_holds(picture: Picture) -> None:
    data = aecodec.compress(picture, max_bytes=2_000, effort=0, for_eyes=True)
    best = aecodec.decompress(aecodec.compress(picture, max_bytes=2_000, effort=0))
    assert 1_500 < len(data) <= 2_000
    assert error(aecodec.decompress(data), picture, CALM) < error(best, picture, CALM)


def test_the_best_round_is_the_best_for_eyes(networks: GridModel, picture: Picture) -> None:
    """A longer search never gives more bits + λ * weighed error, by the search's own count."""
    counted = counts(picture)

    def cost(effort: int) -> float:
        data = aecodec.compress(picture, quality=50, effort=effort, for_eyes=True)
        shown = aecodec.decompress(data).astype(np.int16)
        return 8 * len(data) + 0.0004 * 2**5 / 3 * weighed(shown - picture, counted)

    assert cost(5) < 1.005 * cost(1)


def test_all_count_alike_where_all_is_alike(networks: GridModel) -> None:
    plain = np.random.default_rng(1).integers(0, 256, (48, 48, 3)).astype(np.uint8)
    plain[...] = np.tile(plain[:8, :8], (6, 6, 1))
    usual, eyes = (refined(networks, [plain], 40, 1, for_eyes=each) for each in (False, True))
    assert all(np.array_equal(a, b) for (a, _), (b, _) in zip(usual.passes, eyes.passes, strict=True))


def test_models_of_one_size_take_no_notice() -> None:
    digit = np.array(Image.open(Path(__file__).resolve().parent.parent / "examples" / "digit.png").convert("L"))
    assert aecodec.compress(digit, for_eyes=True) == aecodec.compress(digit)


def test_exact_files_have_nothing_for_eyes(picture: Picture) -> None:
    with pytest.raises(UsageError, match="for_eyes cannot go with lossless"):
        aecodec.compress(picture, lossless=True, for_eyes=True)


def test_the_command_line(tmp_path: Path, picture: Picture) -> None:
    source, target = tmp_path / "a.png", tmp_path / "a.aec"
    Image.fromarray(picture).save(source)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["compress", str(source), "-o", str(target), "-f", *words])
        return done.exit_code, done.stderr

    assert run("--quality", "40", "--for", "eyes")[0] == 0
    assert target.read_bytes() == aecodec.compress(picture, quality=40, for_eyes=True)
    assert run("--quality", "40", "--for", "error")[0] == 0
    assert target.read_bytes() == aecodec.compress(picture, quality=40)
    code, said = run("--for", "eyes", "--lossless")
    assert code == 2 and "--for eyes cannot go with --lossless" in said
