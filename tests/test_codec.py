"""Pictures to bytes and back: exact where promised, honest where not, the same bytes everywhere."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import aecodec
from aecodec.codec import Decoder, Encoded, Options, compress_all, mse, psnr
from aecodec.codec.encode import encode
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.codec.plan import Plan
from aecodec.codec.target import meet
from aecodec.codec.tiles import count_tiles
from aecodec.codec.workers import workers
from aecodec.coders import Frame
from aecodec.coders.tiles import BY_TABLE
from aecodec.container import Header, Shape, Shapes, build, parse
from aecodec.errors import AecError, FormatError, LimitError, ModelError, UnsupportedError, UsageError
from aecodec.limits import GROUP_TILES, MAX_ACTIVATIONS, MAX_SIDE
from aecodec.lossy import refine
from aecodec.lossy.quality import lmbda_at, spread, step_at
from aecodec.lossy.tiling import check_payload, cut, paste
from aecodec.zoo import Pictures, Role, Zoo, load_model, save_model, stated
from tests.checks import (
    check_all_same,
    check_damage_is_found,
    check_error,
    check_same,
    flipped,
    resealed,
    run_python,
    sealed,
    tiles_of,
)
from tests.conftest import ROOT
from tests.made import made_model, made_tensors, strokes

Picture = NDArray[np.uint8]


def exact_model(**hints: object) -> bytes:
    """A model that has one base for all tiles, and is sure of it: tiles near that base are modelled."""
    tensors, description = made_tensors(seed=2, latents=5)
    tensors["analysis.1.weight"][:] = 0
    steps = np.minimum(np.arange(256), 256 - np.arange(256)) * 16 + 4
    tensors["residual.costs"][:] = np.minimum(steps, 200).astype(np.uint8)
    return save_model("made-784", tensors, {**description, "latent_dim": 784, "family": "exact", **hints})


def exact_tiles(count: int, seed: int = 6) -> Picture:
    """Tiles near that base."""
    base = EXACT_MODEL.lossy.synthesise(EXACT_MODEL.lossy.analyse(np.zeros((1, 8, 8), np.uint8)))
    error = np.random.default_rng(seed).choice([-1, 0, 0, 0, 0, 0, 1], (count, 8, 8))
    return np.clip(base + error, 0, 255).astype(np.uint8)


FILES = {
    "made-8": made_model("made-8", seed=4, latents=2),
    "made-64": made_model("made-64", seed=1, latents=6),
    "made-128": made_model("made-128", seed=9, latents=12),
    "made-784": exact_model(),
}
MODEL = load_model(FILES["made-64"])
EXACT_MODEL = load_model(FILES["made-784"])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("models")
    for name, data in FILES.items():
        (folder / f"{name}.safetensors").write_bytes(data)
    return [folder]


@pytest.fixture(autouse=True)
def only_these_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AECODEC_MODEL_PATH", raising=False)
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "none")


def noise(*shape: int, seed: int = 1) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def equal_planes(height: int, width: int, alpha: bool) -> Picture:
    grey = strokes(1, height, width)[0]
    planes = [grey, grey, grey] + ([noise(height, width)] if alpha else [])
    return np.stack(planes, -1)


PICTURES: dict[str, Picture] = {
    **{f"{h}x{w}": strokes(1, h, w, seed=h)[0] for h, w in [(1, 1), (1, 9), (9, 1), (7, 8), (8, 8), (8, 16), (28, 28)]},
    **{f"{h}x{w}": strokes(1, h, w, seed=h)[0] for h, w in [(9, 15), (57, 13), (130, 3)]},
    "grey and alpha": noise(11, 9, 2) // np.uint8(50),
    "rgb": noise(10, 17, 3, seed=2),
    "rgba": noise(9, 8, 4, seed=3),
    "native rgb": np.stack(list(strokes(3, 8, 8)), -1),
    "native grey and alpha": np.stack(list(strokes(2, 8, 8)), -1),
    "equal": equal_planes(13, 12, alpha=False),
    "equal and alpha": equal_planes(8, 8, alpha=True),
    "1x1 rgba": noise(1, 1, 4),
    "black": np.zeros((20, 20), np.uint8),
    "white": np.full((20, 20, 3), 255, np.uint8),
    "noise": noise(24, 24, seed=5),
    "native": tiles_of(MODEL, 1)[0],
    "native of the exact model": exact_tiles(1)[0],
}
ALL = list(PICTURES.values())


def read(data: bytes, models: list[Path], **options: Any) -> Any:
    return aecodec.decompress(data, model_path=models, **options)


def alpha_of(picture: Picture) -> Picture | None:
    return picture[..., -1] if picture.ndim == 3 and picture.shape[2] in (2, 4) else None


def check_lossy(found: Picture, original: Picture) -> None:
    """The same shape, alpha exact, equal planes still equal."""
    assert (found.shape, found.dtype) == (original.shape, original.dtype)
    alpha = alpha_of(original)
    if alpha is not None:
        check_same(found[..., -1], alpha)
    if original.ndim == 3 and original.shape[2] >= 3 and (np.ptp(original[..., :3], -1) == 0).all():
        assert (np.ptp(found[..., :3], -1) == 0).all()


# --- lossy -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_one_lossy_picture(name: str, models: list[Path]) -> None:
    picture = PICTURES[name]
    data = aecodec.compress(picture, model_path=models)
    found = read(data, models)
    check_lossy(found, picture)
    info = aecodec.inspect(data)
    assert info.model == MODEL.fingerprint.hex() and not info.lossless and info.pictures == 1
    height, width = picture.shape[:2]
    native = picture.shape == (8, 8)
    assert info.size == (None if native else (width, height))
    assert info.channels == (1 if picture.ndim == 2 else picture.shape[2])
    if native:
        check_same(found, MODEL.lossy.synthesise(_symbols(picture))[0])


def _symbols(tile: Picture) -> Any:
    return refine(MODEL.lossy, tile[None], MODEL.lossy.analyse(tile[None]), MODEL.tiles.lmbda, DEFAULT_EFFORT)


def test_many_lossy_pictures(models: list[Path]) -> None:
    data = aecodec.compress(ALL, model_path=models)
    found = read(data, models)
    assert len(found) == len(ALL) == aecodec.inspect(data).pictures
    for ours, picture in zip(found, ALL, strict=True):
        check_lossy(ours, picture)
    alone = [read(aecodec.compress(picture, model_path=models), models) for picture in ALL]
    check_all_same(found, alone)
    for index in (0, 1, len(ALL) // 2, len(ALL) - 1):
        check_same(read(data, models, index=index), found[index])


def test_a_large_picture_is_coded_in_groups(models: list[Path]) -> None:
    """1,216 tiles: more than one group, in one stream."""
    picture = np.tile(strokes(1, 60, 50)[0], (5, 5))
    for options in ({"effort": 0}, {"lossless": True, "latent_dim": 784}):
        found = read(aecodec.compress(picture, model_path=models, **options), models)
        check_lossy(found, picture)
        if "lossless" in options:
            check_same(found, picture)
    domain = np.concatenate(np.concatenate(exact_tiles(1225).reshape(35, 35, 8, 8), 1), 1)
    data = aecodec.compress(domain, lossless=True, model_path=models)
    assert aecodec.inspect(data).model == EXACT_MODEL.fingerprint.hex()
    check_same(read(data, models), domain)


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (9, 17), (7, 3), (16, 8)])
def test_tiles_repeat_the_last_column_and_row(size: tuple[int, int]) -> None:
    height, width = size
    plane = noise(height, width)
    tiles = cut(plane, (8, 8))
    columns = -(-width // 8)
    assert tiles.shape == (-(-height // 8) * columns, 8, 8)
    for n, y, x in np.ndindex(*tiles.shape):
        row, column = n // columns * 8 + y, n % columns * 8 + x
        assert tiles[n, y, x] == plane[min(row, height - 1), min(column, width - 1)]
    check_same(paste(tiles, height, width), plane)


def test_effort_pays(models: list[Path]) -> None:
    """No more effort makes rate + slope * distortion worse, and most makes it better."""
    pictures = list(tiles_of(MODEL, 40)) + list(strokes(20, 8, 8))
    found = [compress_all(pictures, Options(effort=e), Zoo(models), many=True) for e in (0, 1, 3, 9)]

    def objective(each: Encoded) -> float:
        distortion = sum(each.errors) * 255**2 * 64
        return 8 * each.payload + distortion * MODEL.tiles.lmbda / (1 << 20)

    values = [objective(each) for each in found]
    assert all(b <= a + 8 for a, b in pairwise(values)) and values[-1] < 0.98 * values[0]


# --- quality ---------------------------------------------------------------------------------


def test_what_quality_means() -> None:
    """The integers of :mod:`aecodec.lossy.quality` against its definition in floating point."""
    for quality in range(101):
        t = 8 ** ((100 - quality) / 100)
        distances = [abs(math.log(step / t)) for step in range(1, 9)]
        assert sorted(distances)[1] - min(distances) > 1e-3  # no border is near: floats can judge
        assert distances[step_at(quality) - 1] == min(distances)
        for slope in (1, 63, 64, 1000, 54321, 1 << 18, 1 << 30):
            assert abs(lmbda_at(quality, slope) - max(1, slope / t**2)) <= 0.5 + 1e-6
        assert math.isclose(spread(quality), t**1.5)


def test_what_is_beyond_quality_100() -> None:
    """Only the slope goes on, by the same power, to 64 times the model's."""
    for quality in range(101, 201):
        assert step_at(quality) == 1
        for slope in (1, 1000, 1 << 30):
            expected = slope * 64 ** ((quality - 100) / 100)
            assert math.isclose(lmbda_at(quality, slope), expected, rel_tol=1e-9, abs_tol=0.5 + 1e-6)
    assert lmbda_at(200, 54321) == 64 * 54321


def test_golden_qualities() -> None:
    steps = [step_at(quality) for quality in range(0, 101, 10)]
    assert steps == [8, 7, 5, 4, 4, 3, 2, 2, 2, 1, 1]
    assert [lmbda_at(quality, 1 << 18) for quality in (0, 25, 50, 75, 99, 100)] == [
        4096, 11585, 32768, 92682, 251465, 262144,
    ]  # fmt: skip
    assert [lmbda_at(50, slope) for slope in (1, 3, 4, 11, 12, 13)] == [1, 1, 1, 1, 2, 2]  # an eighth, halves up


def test_the_best_quality_is_the_default(models: list[Path]) -> None:
    for pictures in (ALL[0], ALL[:6]):
        data = aecodec.compress(pictures, model_path=models)
        assert aecodec.compress(pictures, quality=100, model_path=models) == data
        assert aecodec.inspect(data).step == 1 and not data[2] & 0x20


@pytest.mark.parametrize("quality", [0, 23, 47, 80])
def test_pictures_of_a_quality(quality: int, tmp_path: Path) -> None:
    """One and many, with the same model alone."""
    (tmp_path / "made-64.safetensors").write_bytes(FILES["made-64"])
    alone = [tmp_path]
    model = Zoo(alone).by_id("made-64").lossy
    found = compress_all(ALL, Options(quality=quality), Zoo(alone), many=True)
    assert found.quality == quality
    info = aecodec.inspect(found.data)
    assert (info.step, info.model) == (step_at(quality), MODEL.fingerprint.hex())
    decoded = read(found.data, alone)
    for picture, original in zip(decoded, ALL, strict=True):
        check_lossy(picture, original)
    np.testing.assert_allclose(found.errors, [mse(a, b) for a, b in zip(ALL, decoded, strict=True)])
    for name in ("native", "rgba", "57x13"):
        one = aecodec.compress(PICTURES[name], quality=quality, model_path=alone)
        check_same(read(one, alone), decoded[list(PICTURES).index(name)])
    tile = PICTURES["native"][None]
    coarse = model.at_step(step_at(quality))
    symbols = refine(coarse, tile, coarse.analyse(tile), lmbda_at(quality, MODEL.tiles.lmbda), DEFAULT_EFFORT)
    check_same(decoded[list(PICTURES).index("native")], model.synthesise(symbols)[0])


def test_lower_quality_is_smaller_and_worse(models: list[Path]) -> None:
    pictures = list(tiles_of(MODEL, 60, seed=8))
    found = [compress_all(pictures, Options(quality=q), Zoo(models), many=True) for q in (100, 75, 50, 25, 0)]
    sizes, errors = [len(each.data) for each in found], [each.mse for each in found]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < 0.5 * sizes[0]
    assert errors == sorted(errors) and errors[-1] > 1.5 * errors[0]


# --- lossless --------------------------------------------------------------------------------


def check_exact(pictures: Picture | list[Picture], models: list[Path], **options: Any) -> bytes:
    data = aecodec.compress(pictures, lossless=True, model_path=models, **options)
    found = read(data, models)
    check_all_same(found, pictures) if isinstance(pictures, list) else check_same(found, pictures)
    assert aecodec.inspect(data).lossless
    return data


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("latent_dim", [None, 64])
def test_one_lossless_picture(name: str, latent_dim: int | None, models: list[Path]) -> None:
    picture = PICTURES[name]
    data = check_exact(picture, models, latent_dim=latent_dim)
    assert len(data) <= picture.size + 16
    without = check_exact(picture, [])
    assert aecodec.inspect(without).model is None
    plain = len(encode([picture], Plan(None, True, 0), many=False).data)
    assert len(data) <= plain + 4 and len(without) <= plain


@given(
    height=st.integers(1, 57),
    width=st.integers(1, 20),
    channels=st.sampled_from([0, 2, 3, 4]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lossless_noise(height: int, width: int, channels: int, seed: int, models: list[Path]) -> None:
    shape = (height, width, channels) if channels else (height, width)
    picture = noise(*shape, seed=seed)
    assert len(check_exact(picture, models)) <= picture.size + 16


@pytest.mark.parametrize("count", [2, 17, 60])
@pytest.mark.parametrize("kind", ["noise", "strokes", "flat", "1x1", "mixed", "domain"])
def test_many_lossless_pictures(kind: str, count: int, models: list[Path]) -> None:
    pictures = {
        "noise": list(noise(count, 8, 8)),
        "strokes": list(strokes(count, 12, 11)),
        "flat": [np.full((9, 9), value, np.uint8) for value in range(count)],
        "1x1": [np.full((1, 1), value, np.uint8) for value in range(count)],
        "mixed": (ALL * 3)[:count],
        "domain": list(exact_tiles(count)),
    }[kind]
    data = check_exact(pictures, models)
    assert len(data) <= sum(picture.size for picture in pictures) + 16 * count
    if kind == "domain":
        assert aecodec.inspect(data).model == EXACT_MODEL.fingerprint.hex()
        assert len(data) < 0.6 * 64 * count
    index = count // 2
    check_same(read(data, models, index=index), pictures[index])


def test_lossless_with_a_model_that_has_no_residual_coder(tmp_path: Path, models: list[Path]) -> None:
    tensors, description = made_tensors()
    del tensors["residual.costs"]
    description["latent_dim"] = 784
    (tmp_path / "plain-784.safetensors").write_bytes(save_model("plain-784", tensors, description))
    picture = PICTURES["native"]
    options: dict[str, Any] = {"lossless": True, "model_path": [tmp_path]}
    for asked in ({"latent_dim": 784}, {"model": "plain-784"}):
        message = check_error(ModelError, lambda a=asked: aecodec.compress(picture, **a, **options))
        assert f"leave {next(iter(asked))} out, or use latent_dim 784" in message
    # A modelled file that names such a model cannot be decoded.
    data = aecodec.compress(PICTURES["native of the exact model"], lossless=True, model_path=models)
    other = load_model((tmp_path / "plain-784.safetensors").read_bytes()).fingerprint
    forged = resealed(data.replace(EXACT_MODEL.fingerprint, other, 1))
    check_error(ModelError, lambda: read(forged, [tmp_path]))


@pytest.mark.parametrize("lossless", [True, False])
def test_decoded_pictures_can_be_written_to(lossless: bool, models: list[Path]) -> None:
    """And writing to one does not change another."""
    for pictures in ([each.copy() for each in ALL], list(noise(3, 9, 9)), list(strokes(3, 9, 9))):
        data = aecodec.compress(pictures, lossless=lossless, model_path=models)
        found, again = read(data, models), read(data, models)
        for index, each in enumerate(found):
            assert each.flags.writeable and each.flags.c_contiguous
            each[...] ^= 255
            check_all_same(found[index + 1 :], again[index + 1 :])


# --- what goes in ----------------------------------------------------------------------------


def test_any_layout_of_an_array(models: list[Path]) -> None:
    wide = noise(40, 40, 3)
    for picture in (
        wide[::2, ::3],
        wide[:, :, 1],
        wide[..., ::-1],
        np.asfortranarray(wide[..., 0]),
        wide[..., :1],
    ):
        expected = picture[..., 0] if picture.shape[2:] == (1,) else picture
        check_same(read(aecodec.compress(picture, lossless=True), models), expected)
        before = picture.copy()
        aecodec.compress(picture, model_path=models)
        check_same(picture, before)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4), np.uint16),
        np.zeros((4, 4), bool),
        np.zeros((4, 4), np.int8),
        np.zeros(4, np.uint8),
        np.zeros((), np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros((4, 0), np.uint8),
        np.zeros((4, 4, 0), np.uint8),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
    ],
)
def test_refused_pictures(picture: Any, models: list[Path]) -> None:
    check_error(UnsupportedError, lambda: aecodec.compress(picture, lossless=True))
    check_error(UnsupportedError, lambda: aecodec.compress([ALL[0], picture], model_path=models))


def test_pictures_too_large(models: list[Path]) -> None:
    """Refused before any tile is made."""
    one = np.zeros((1, 1), np.uint8)
    for shape in ((32769, 1), (1, 32769), (32768, 2731)):
        large = np.broadcast_to(one, shape)
        check_error(LimitError, lambda p=large: aecodec.compress(p, lossless=True))


WHOLE = ("latent_dim", "effort", "quality", "max_bytes", "jobs")


@pytest.mark.parametrize(
    ("pictures", "options"),
    [
        ([], {}),
        ((), {"lossless": True}),
        (ALL[0], {"names": ["a"]}),
        (ALL[:2], {"names": ["a"]}),
        (ALL[:2], {"names": []}),
        (ALL[:2], {"names": ["a", "a"]}),
        (ALL[:2], {"names": ["a", "../b"]}),
        (ALL[0], {"latent_dim": 64, "model": "made-64"}),
        (ALL[0], {"max_mse": 0.1, "min_psnr": 10.0}),
        (ALL[0], {"lossless": True, "max_mse": 0.1}),
        (ALL[0], {"lossless": True, "max_bytes": 100}),
        (ALL[0], {"lossless": True, "min_psnr": 9.0}),
        (ALL[0], {"effort": -1}),
        (ALL[0], {"effort": 10}),
        (ALL[0], {"max_mse": 0.0}),
        (ALL[0], {"max_mse": -1.0}),
        (ALL[0], {"max_mse": math.nan}),
        (ALL[0], {"max_mse": math.inf}),
        (ALL[0], {"min_psnr": math.inf}),
        (ALL[0], {"min_psnr": math.nan}),
        (ALL[0], {"max_bytes": 0}),
        (ALL[0], {"quality": -1}),
        (ALL[0], {"quality": 101}),
        (ALL[0], {"quality": 50, "lossless": True}),
        (ALL[0], {"quality": 50, "max_mse": 0.1}),
        (ALL[0], {"quality": 0, "min_psnr": 20.0}),
        (ALL[0], {"quality": 100, "max_bytes": 100}),
        *((ALL[0], {name: value}) for name in WHOLE for value in ("6", 60.5, 6.0, True, math.nan, [6], 6j)),
        *((ALL[0], {name: value}) for name in ("max_mse", "min_psnr") for value in ("0.1", True, math.nan, [6], 6j)),
        *((ALL[0], {name: value}) for name in ("max_mse", "min_psnr") for value in (10**400, -(10**400))),
        (ALL[0], {"jobs": None}),
        *((ALL[0], {"model": value}) for value in (64, b"made-64", True)),
    ],
)
def test_contradicting_arguments(pictures: Any, options: dict[str, Any], models: list[Path]) -> None:
    check_error(UsageError, lambda: aecodec.compress(pictures, model_path=models, **options))


@pytest.mark.parametrize(
    ("min_psnr", "largest"),
    [(20, 0.01), (0.0, 1.0), (-10.0, 10.0), (3500.0, 0.0), (1e300, 0.0), (-3500.0, math.inf), (-1e300, math.inf)],
)
def test_any_number_of_decibels_is_a_bound(min_psnr: float, largest: float) -> None:
    assert Options(min_psnr=min_psnr).largest_mse == largest


def test_numbers_of_numpy_and_paths_are_taken(models: list[Path]) -> None:
    options = Options(quality=np.uint8(60), effort=np.int64(0), model=Path("made-64"))  # type: ignore[arg-type]
    assert options == Options(quality=60, effort=0, model="made-64") and type(options.quality) is int
    assert Options(min_psnr=np.float32(20)).largest_mse == Options(min_psnr=20).largest_mse  # type: ignore[arg-type]
    data = aecodec.compress(ALL[0], model=models[0] / "made-64.safetensors", model_path=models)  # type: ignore[arg-type]
    assert data == aecodec.compress(ALL[0], model_path=models)


def test_the_mean_error_is_the_same_in_any_order() -> None:
    """It may choose between two files; NumPy's sums depend on how it cuts them."""
    errors = [0.1, 0.2, 0.3, 1e-17, 0.7] * 999
    for some in (errors, errors[::-1], sorted(errors)):
        assert Encoded(b"", None, 0, errors=some).mse == math.fsum(errors) / len(errors)


@pytest.mark.parametrize("options", [{"latent_dim": 9}, {"latent_dim": 0}, {"latent_dim": -64}, {"model": "nine"}])
@pytest.mark.parametrize("lossless", [True, False])
def test_models_that_are_not_there(options: dict[str, Any], lossless: bool, models: list[Path]) -> None:
    check_error(ModelError, lambda: aecodec.compress(ALL[0], lossless=lossless, model_path=models, **options))


def test_no_models_at_all(models: list[Path]) -> None:
    check_error(ModelError, lambda: aecodec.compress(ALL[0]))
    data = aecodec.compress(ALL[0], model_path=models)
    assert MODEL.fingerprint.hex() in check_error(ModelError, lambda: aecodec.decompress(data))
    assert aecodec.inspect(data).pictures == 1  # needs no model


def test_another_kind_of_model_is_passed_over(tmp_path: Path, models: list[Path]) -> None:
    """A lossy one that is called exact, or by the latent_dim; then the next is taken, or none."""
    tensors, description = made_tensors(seed=3)
    del tensors["residual.costs"]
    picture = PICTURES["native of the exact model"]
    for name in ("stamps-exact", "stamps-784"):
        data = save_model(name, tensors, {**description, "latent_dim": 784})
        (tmp_path / f"{name}.safetensors").write_bytes(data)
        found = aecodec.compress(picture, lossless=True, model_path=[tmp_path, *models])
        assert found[3:7] == EXACT_MODEL.fingerprint
        without = aecodec.compress(picture, lossless=True, model_path=[tmp_path])
        assert aecodec.inspect(without).model is None


def test_an_unsound_exact_model_costs_no_bytes(tmp_path: Path, models: list[Path]) -> None:
    """Where another is sound it is taken; where none is, nobody is left to wonder why files are large."""
    picture = PICTURES["native of the exact model"]
    exact = exact_model(**stated(Role.EXACT, Pictures((8, 8))))
    (tmp_path / "foo.safetensors").write_bytes(exact[:-1])
    message = check_error(ModelError, lambda: aecodec.compress(picture, lossless=True, model_path=[tmp_path, *models]))
    assert "foo.safetensors: the model is damaged" in message
    (tmp_path / "good.safetensors").write_bytes(exact)
    data = aecodec.compress(picture, lossless=True, model_path=[tmp_path, *models])
    assert data[3:7] == load_model(exact).fingerprint


def test_the_model_asked_for_is_used(models: list[Path]) -> None:
    for name, options in (
        ("made-8", {"latent_dim": 8}),
        ("made-128", {"model": "made-128"}),
        ("made-64", {}),
    ):
        info = aecodec.inspect(aecodec.compress(ALL[0], model_path=models, **options))
        assert info.model == load_model(FILES[name]).fingerprint.hex()


# --- names and index -------------------------------------------------------------------------


@pytest.mark.parametrize("lossless", [True, False])
def test_names(lossless: bool, models: list[Path]) -> None:
    names = [f"folder/{name}.png" for name in PICTURES]
    data = aecodec.compress(ALL, names=names, lossless=lossless, model_path=models)
    assert aecodec.inspect(data).names == tuple(names)
    assert aecodec.inspect(aecodec.compress(ALL, lossless=True)).names is None
    without = aecodec.compress(ALL, lossless=lossless, model_path=models)
    check_all_same(read(data, models), read(without, models))


def test_index(models: list[Path]) -> None:
    """Every picture of several blocks, each decoded alone."""
    pictures = list(strokes(8, 8, 8))
    data = aecodec.compress(pictures, model_path=models, block_pictures=3)
    assert aecodec.inspect(data).blocks == 3
    found = read(data, models)
    for index in range(8):
        check_same(read(data, models, index=index), found[index])
    for index in (-1, 8, 1 << 40):
        check_error(UsageError, lambda i=index: read(data, models, index=i))
    one = aecodec.compress(pictures[0], model_path=models)
    check_same(read(one, models, index=0), read(one, models))
    check_error(UsageError, lambda: read(one, models, index=1))
    # A damaged block does not keep the others from being read.
    blocks = parse(data).records
    damaged = resealed(flipped(data, blocks[1].stop - 1))
    check_same(read(damaged, models, index=0), found[0])
    check_same(read(damaged, models, index=7), found[7])
    check_error(FormatError, lambda: read(damaged, models, index=4))
    check_error(FormatError, lambda: read(damaged, models))


# --- sizes -----------------------------------------------------------------------------------


def test_overheads(models: list[Path]) -> None:
    """12 bytes around a native picture's payload, at most 2 a picture around a thousand."""
    zoo = Zoo(models)
    one = compress_all([PICTURES["native"]], Options(), zoo, many=False)
    assert len(one.data) == one.payload + 12
    thousand = list(strokes(250, 8, 8)) * 4
    for options in (Options(effort=0), Options(lossless=True)):
        many = compress_all(thousand, options, zoo, many=True)
        assert 0 <= len(many.data) - many.payload <= 2000
    assert len(many.data) - many.payload < 60


# --- targets ---------------------------------------------------------------------------------


TARGETS = [
    {"max_mse": 0.3},
    {"max_mse": 0.12},
    {"min_psnr": 6.0},
    {"max_bytes": 150},
    {"max_bytes": 400, "max_mse": 0.2},
]


@pytest.mark.parametrize("options", [*TARGETS, {"latent_dim": 8, "max_mse": 0.3}, {"max_mse": 1e-9}, {"max_bytes": 12}])
@pytest.mark.parametrize("kind", ["strokes", "domain", "one"])
def test_targets_are_met_or_refused(kind: str, options: dict[str, Any], models: list[Path]) -> None:
    pictures = {
        "strokes": list(strokes(6, 8, 8)),
        "domain": list(tiles_of(MODEL, 6)),
        "one": [tiles_of(MODEL, 1)[0]],
    }[kind]
    try:
        found = compress_all(pictures, Options(**options), Zoo(models), many=True)
    except UsageError as error:
        assert "nearest" in str(error)
        assert options == {"max_bytes": 12} or kind == "strokes"
        return
    decoded = read(found.data, models)
    worst = max(mse(a, b) for a, b in zip(pictures, decoded, strict=True))
    assert worst <= options.get("max_mse", 1)
    assert psnr(worst) >= options.get("min_psnr", 0)
    assert len(found.data) <= options.get("max_bytes", len(found.data))
    assert options != {"max_bytes": 12}, "this cannot be met"
    assert found.exact == aecodec.inspect(found.data).lossless
    assert found.exact or options != {"max_mse": 1e-9}, "only an exact file meets this"


def test_the_best_of_models_is_taken(models: list[Path]) -> None:
    pictures = list(tiles_of(load_model(FILES["made-8"]), 5))
    found = compress_all(pictures, Options(max_mse=0.9), Zoo(models), many=True)
    assert found.model is not None and found.model.id == "made-8"
    largest = compress_all(pictures, Options(max_bytes=10_000), Zoo(models), many=True)
    assert largest.exact and largest.mse == 0


class Line:
    """Attempts whose size and error are a made function of latent_dim and quality, and what was tried."""

    def __init__(self, size: Any, error: Any, exact: int = 6000) -> None:
        self.size, self.error, self.exact = size, error, exact
        self.tried: list[tuple[int, int]] = []

    def __call__(self, plan: Plan) -> Encoded:
        if plan.exact:
            self.tried.append(EXACT)
            return Encoded(bytes(self.exact), None, plan.effort, errors=[0.0, 0.0], exact=True)
        assert plan.model is not None
        quality = plan.quality
        at = plan.model.latent_dim, quality
        self.tried.append(at)
        error = self.error(*at)
        return Encoded(bytes(self.size(*at)), plan.model, plan.effort, plan.noted_quality, errors=[error / 2, error])


EXACT = (0, 0)  # among what was tried
WAYS = [(dim, q) for dim in (8, 32, 64) for q in (*range(101), *range(104, 201, 16))]


@pytest.fixture
def ladder(tmp_path: Path) -> Zoo:
    for latent_dim in (8, 32, 64):
        tensors, description = made_tensors(seed=latent_dim, latents=2)
        data = save_model(f"rung-{latent_dim}", tensors, {**description, "latent_dim": latent_dim})
        (tmp_path / f"rung-{latent_dim}.safetensors").write_bytes(data)
    return Zoo([tmp_path])


def steady_size(dim: int, quality: int) -> int:
    return dim * 10 + quality * dim // 10


def steady_error(dim: int, quality: int) -> float:
    """Falls to half beyond quality 100."""
    return (200 - quality if quality <= 100 else 150 - quality / 2) / dim / 100


def bounded(line: Line, zoo: Zoo, **options: Any) -> Encoded:
    return meet(Options(**options), zoo, [np.zeros((8, 8), np.uint8)], line)


@pytest.mark.parametrize("bound", [0.008, 0.016, 0.0171, 0.02, 0.0301, 0.03125, 0.04, 0.126, 0.2, 0.25, 1.0])
def test_a_bound_on_distortion_takes_the_smallest_file(bound: float, ladder: Zoo) -> None:
    """The smallest of all models and qualities, in few attempts: not that of the first model that is good enough."""
    line = Line(steady_size, steady_error)
    found = bounded(line, ladder, max_mse=bound)
    assert max(found.errors) <= bound
    assert len(found.data) == min(steady_size(*way) for way in WAYS if steady_error(*way) <= bound)
    assert len(line.tried) <= 1 + 2 + 3 + 7


@pytest.mark.parametrize("bound", [80, 81, 100, 130, 159, 160, 416, 417, 448, 640, 831, 832, 1000, 1280, 5999])
def test_a_bound_on_size_takes_the_lowest_mse(bound: int, ladder: Zoo) -> None:
    """The lowest of all models and qualities, in few attempts: a large model at a low quality is no good choice."""
    line = Line(steady_size, steady_error)
    found = bounded(line, ladder, max_bytes=bound)
    assert len(found.data) <= bound
    assert found.mse == min(1.5 * steady_error(*way) / 2 for way in WAYS if steady_size(*way) <= bound)
    assert len(line.tried) <= 1 + 2 + 3 + 7


def test_exact_coding_is_one_of_the_ways(ladder: Zoo) -> None:
    """Where it is the smallest, or fits; not where a model is named, which then is what the file is of."""
    line = Line(steady_size, steady_error, exact=600)
    assert bounded(line, ladder, max_mse=0.02).exact
    assert not bounded(line, ladder, max_mse=0.04).exact  # 32, in fewer bytes
    assert bounded(line, ladder, max_mse=1e-12, max_bytes=600).exact
    line.tried.clear()
    assert bounded(line, ladder, max_bytes=600).exact
    assert line.tried == [EXACT]  # nothing can be better
    line.tried.clear()
    assert not bounded(line, ladder, max_bytes=599).exact
    assert not bounded(line, ladder, latent_dim=64, max_mse=0.02).exact
    assert not bounded(line, ladder, model="rung-64", max_bytes=900).exact
    assert line.tried.count(EXACT) == 1


def test_no_more_is_tried_than_can_be_better(ladder: Zoo) -> None:
    line = Line(steady_size, steady_error, exact=10)
    assert bounded(line, ladder, max_mse=0.018).exact
    assert len(line.tried) <= 6


def test_exact_coding_is_tried_without_a_model_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path)
    (tmp_path / "rung-64.safetensors").write_bytes(made_model("rung-64"))
    line = Line(steady_size, steady_error, exact=1)
    assert bounded(line, Zoo([tmp_path]), max_mse=0.02).exact
    (tmp_path / "rung-exact.safetensors").write_bytes(b"no model")  # what it would have done is not known
    line = Line(steady_size, steady_error, exact=1)
    assert not bounded(line, Zoo([tmp_path]), max_mse=0.02).exact and EXACT not in line.tried


def test_the_best_of_the_attempts_is_kept(ladder: Zoo) -> None:
    """Where a lower quality happens to be larger, or a higher one worse, the bisection does not fall for it."""
    line = Line(lambda dim, q: 100 + q if q > 40 else 500 - q, lambda dim, q: 0.01)
    assert len(bounded(line, ladder, max_mse=0.5).data) == 150
    line = Line(lambda dim, q: 100 + q, lambda dim, q: 0.05 if q > 60 else 0.01)
    assert bounded(line, ladder, latent_dim=64, max_bytes=190).mse == pytest.approx(0.0075)


def test_both_bounds(ladder: Zoo) -> None:
    line = Line(lambda dim, q: {8: 900, 32: 300, 64: 700}[dim] + q, steady_error)
    found = bounded(line, ladder, max_mse=0.06, max_bytes=350)
    assert len(found.data) == 308 and max(found.errors) <= 0.06
    message = check_error(UsageError, lambda: bounded(line, ladder, max_mse=0.06, max_bytes=299))
    assert "the nearest is 308 bytes" in message
    line.exact = 305
    assert bounded(line, ladder, max_mse=0.06, max_bytes=350).exact
    message = check_error(UsageError, lambda: bounded(line, ladder, max_mse=0.06, max_bytes=299))
    assert "the nearest is 305 bytes, exact; loosen it" in message


@pytest.mark.parametrize("bound", [0.0079, 0.01, 0.0125, 0.0156])
def test_where_the_best_quality_is_not_good_enough_the_slope_is_bisected(bound: float, ladder: Zoo) -> None:
    line = Line(steady_size, steady_error)
    found = bounded(line, ladder, latent_dim=64, max_mse=bound)
    assert found.quality is None and max(found.errors) <= bound
    ways = [(64, q) for q in range(104, 201, 16) if steady_error(64, q) <= bound]
    assert len(found.data) == steady_size(*ways[0])
    assert line.tried[0] == (64, 100) and len(line.tried) <= 4


@pytest.mark.parametrize(
    ("options", "nearest", "advice"),
    [
        ({"max_bytes": 79}, "80 bytes, with an MSE of up to 0.248750", "loosen it"),
        ({"max_bytes": 600, "latent_dim": 64}, "640 bytes", "loosen it, or name no model, so that all are tried"),
        (
            {"max_mse": 0.001, "latent_dim": 64},
            "1920 bytes, with an MSE of up to 0.007812",
            "loosen it, or name no model, so that all are tried, or use lossless",
        ),
    ],
)
def test_a_target_out_of_reach_names_the_nearest(
    options: dict[str, Any], nearest: str, advice: str, ladder: Zoo
) -> None:
    """And advises nothing that cannot help: another model where all were tried, or lossless where size is bounded."""
    line = Line(steady_size, steady_error)
    message = check_error(UsageError, lambda: bounded(line, ladder, **options))
    assert f"the nearest is {nearest}" in message and message.endswith(f"; {advice}")


def test_a_target_is_met_at_a_lower_quality(models: list[Path]) -> None:
    """The same with pictures: smaller than quality 100, and within the bound."""
    pictures = list(tiles_of(MODEL, 30, seed=8))
    best = compress_all(pictures, Options(latent_dim=64), Zoo(models), many=True)
    for options in ({"max_mse": 50 * max(best.errors)}, {"max_bytes": int(0.6 * len(best.data))}):
        found = compress_all(pictures, Options(latent_dim=64, **options), Zoo(models), many=True)
        assert len(found.data) < len(best.data) and found.quality is not None and found.quality < 100
        decoded = read(found.data, models)
        worst = max(mse(a, b) for a, b in zip(pictures, decoded, strict=True))
        assert worst <= options.get("max_mse", 1) and len(found.data) <= options.get("max_bytes", len(best.data))


@pytest.mark.parametrize("latent_dim", [16, 32, 64])
def test_a_target_is_met_no_worse_than_by_a_shipped_model(latent_dim: int) -> None:
    """A scan under the bounds that one model's file sets: as small and as good at least, and exact where that is."""
    root = Path(__file__).resolve().parents[1]
    scan = np.load(root / "formats/vectors/valid/mnist-exact-native.npy")
    zoo = Zoo(root / "models")
    one = compress_all([scan], Options(latent_dim=latent_dim), zoo, many=False)
    exact = compress_all([scan], Options(lossless=True), zoo, many=False)
    within = compress_all([scan], Options(max_bytes=len(one.data)), zoo, many=False)
    assert len(within.data) <= len(one.data) and within.mse <= one.mse
    good = compress_all([scan], Options(max_mse=one.mse), zoo, many=False)
    assert len(good.data) <= min(len(one.data), len(exact.data)) and good.mse <= one.mse


@pytest.mark.parametrize("lossless", [True, False])
def test_reported_errors_are_measured_errors(lossless: bool, models: list[Path]) -> None:
    found = compress_all(ALL, Options(lossless=lossless), Zoo(models), many=True)
    decoded = read(found.data, models)
    measured = [
        float(((a.astype(np.float64) / 255 - b.astype(np.float64) / 255) ** 2).mean())
        for a, b in zip(ALL, decoded, strict=True)
    ]
    np.testing.assert_allclose(found.errors, measured, rtol=1e-9, atol=0)
    assert math.isclose(found.mse, float(np.mean(measured)), rel_tol=1e-9) and (found.mse == 0) == lossless
    assert found.pixels == sum(picture.shape[0] * picture.shape[1] for picture in ALL)


def test_psnr() -> None:
    assert psnr(0) == math.inf and psnr(1) == 0 and math.isclose(psnr(0.001), 30)
    assert mse(np.array([0, 255], np.uint8), np.array([255, 255], np.uint8)) == 0.5
    assert Options(min_psnr=20).largest_mse == pytest.approx(0.01)


# --- damage, and what must not pass ----------------------------------------------------------


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("name", ["native", "7x8", "grey and alpha", "equal and alpha", "1x1 rgba"])
def test_every_damage_is_found(name: str, lossless: bool, models: list[Path]) -> None:
    data = aecodec.compress(PICTURES[name], lossless=lossless, model_path=models)
    if len(data) > 100:
        data = aecodec.compress(PICTURES[name][:4, :3], lossless=lossless, model_path=models)
    check_damage_is_found(data, lambda damaged: read(damaged, models))


def test_every_damage_of_a_container_is_found(models: list[Path]) -> None:
    data = aecodec.compress(list(strokes(3, 8, 8)), names=["a", "b/c", "d"], quality=55, model_path=models)
    assert aecodec.inspect(data).step == 3
    check_damage_is_found(data, lambda damaged: read(damaged, models))


@pytest.mark.parametrize("lossless", [True, False])
def test_damage_behind_a_repaired_checksum(lossless: bool, models: list[Path]) -> None:
    """Where the file's CRC-32 agrees, that over the pixels still finds every changed byte of a record."""
    pictures = list(exact_tiles(3))
    data = aecodec.compress(pictures, lossless=lossless, latent_dim=784, model_path=models)
    record = parse(data).records[0]
    zoo = Zoo(models)
    for place in range(record.start, record.stop):
        for bit in (0, 3, 7):
            damaged = resealed(flipped(data, place, 1 << bit))
            try:
                found = list(Decoder(damaged, zoo))
            except (FormatError, UnsupportedError):
                continue
            raise AssertionError(f"bit {bit} of byte {place} passed: {len(found)} pictures")


@pytest.mark.parametrize("lossless", [True, False])
def test_a_wrong_model_is_caught(lossless: bool, models: list[Path]) -> None:
    """The right fingerprint on the wrong model: other pixels, and so no pixels."""
    pictures = list(exact_tiles(20))
    data = aecodec.compress(pictures, latent_dim=784, lossless=lossless, model_path=models)
    assert data[3:7] == EXACT_MODEL.fingerprint
    caught = 0
    for name in ("made-8", "made-64", "made-128"):
        forged = resealed(data[:3] + load_model(FILES[name]).fingerprint + data[7:])
        check_error(FormatError, lambda f=forged: read(f, models))
        caught += 1
    assert caught == 3


def test_a_wrong_check_is_caught(models: list[Path]) -> None:
    for pictures in (ALL[0], ALL[:2]):
        data = aecodec.compress(pictures, lossless=True)
        wrong = resealed(flipped(data, len(data) - 5, 1))
        assert "check" in check_error(FormatError, lambda d=wrong: read(d, models))


def raw(flags: int, body: bytes) -> bytes:
    return sealed(bytes([0xAE, 0xC1, flags]) + body)


GREY = b"\0\x08\x08"  # 8x8, the models' native picture
PRINT = MODEL.fingerprint
NO_PIXELS = build(Header(True, None, False, shapes=Shapes.of([Shape(2, 2)])), [b"\0abcd"], [0])

RULES: list[tuple[str, type[AecError], bytes]] = [
    ("native geometry of one", FormatError, raw(1 | 4, PRINT + GREY + b"xc")),
    ("native geometry of many", FormatError, raw(1 | 4 | 8, PRINT + b"\2\2\2" + GREY + b"\5xcccc")),
    ("native geometry, exact", FormatError, raw(1 | 2 | 4, PRINT + GREY + b"xc")),
    ("native geometry at a step", FormatError, raw(1 | 4 | 32, PRINT + b"\3" + GREY + b"xc")),
    ("payload that ends in 00 at a step", FormatError, raw(1 | 32, PRINT + b"\3x\0c")),
    ("no such model", ModelError, raw(1, b"\0\0\0\0xc")),
    ("method 3 without a model", FormatError, raw(2 | 4, b"\0\2\2\3abcdc")),
    ("method 4", UnsupportedError, raw(2 | 4, b"\0\2\2\4abcdc")),
    ("method 255", UnsupportedError, raw(2 | 4, b"\0\2\2\xffabcdc")),
    ("method 4 of many with a model that has no ink coder", ModelError, raw(1 | 2 | 8, PRINT + b"\1\1\6\4xcccc")),
    ("method 5 of many with a model that has no network", ModelError, raw(1 | 2 | 8, PRINT + b"\1\1\6\5xcccc")),
    ("method 6 of many with a model", UnsupportedError, raw(1 | 2 | 8, PRINT + b"\1\1\6\6xcccc")),
    ("no method", FormatError, raw(2 | 4, b"\0\2\2c")),
    ("stored too short", FormatError, raw(2 | 4, b"\0\2\2\0abcc")),
    ("stored too long", FormatError, raw(2 | 4, b"\0\2\2\0abcdec")),
    ("no deflate", FormatError, raw(2 | 4, b"\0\2\2\1\xff\xffc")),
    ("empty deflate", FormatError, raw(2 | 4, b"\0\2\2\2c")),
    ("wrong check", FormatError, NO_PIXELS),
    ("payload that ends in 00", FormatError, raw(1, PRINT + b"x\0c")),
    ("alpha of no bytes", FormatError, raw(1 | 4, PRINT + b"\1\1\1\0xc")),
    ("alpha longer than the record", FormatError, raw(1 | 4, PRINT + b"\1\1\1\x09\0ac")),
    ("alpha by method 3", FormatError, raw(1 | 4, PRINT + b"\1\1\1\2\3axc")),
    ("alpha by method 9", FormatError, raw(1 | 4, PRINT + b"\1\1\1\2\x09axc")),
    ("alpha of too many bytes", FormatError, raw(1 | 4, PRINT + b"\1\1\1\3\0abxc")),
    ("alpha of too few bytes", FormatError, raw(1 | 4, PRINT + b"\1\1\1\1\0xc")),
    ("alpha missing", FormatError, raw(1 | 4, PRINT + b"\1\1\1c")),
]


@pytest.mark.parametrize(("error", "data"), [pytest.param(e, d, id=name) for name, e, d in RULES])
def test_rules_of_the_format(error: type[AecError], data: bytes, models: list[Path]) -> None:
    check_error(error, lambda: read(data, models))


@given(body=st.binary(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_noise_behind_a_good_header(models: list[Path], body: bytes) -> None:
    """Refused with one of the four errors of a reader, or it is a picture."""
    zoo = Zoo(models)
    for flags in (1, 1 | 2, 2 | 4, 1 | 4, 1 | 8, 1 | 2 | 8, 1 | 32, 1 | 4 | 32):
        data = raw(flags, (PRINT if flags & 1 else b"") + (b"\4" if flags & 32 else b"") + body)
        try:
            if aecodec.inspect(data).pictures < 100:
                list(Decoder(data, zoo))
        except (FormatError, UnsupportedError, LimitError, ModelError):
            continue


ALL_LARGE = "PRINT + varint({count}) + varint(4096) + varint({count}) + LARGE"
BOMBS = {
    "one block of enormous pictures": "1 | 4 | 8, " + ALL_LARGE.format(count=4096) + " + b'\\5xcccc'",
    "the same, lossless": "1 | 2 | 4 | 8, " + ALL_LARGE.format(count=4096) + " + b'\\6\\3xcccc'",
    "2**24 pictures in no blocks": "1 | 8, PRINT + varint(1 << 24) + varint(1) + b'\\5xcccc'",
    "2**24 pictures in one run": "1 | 4 | 8, " + ALL_LARGE.format(count=1 << 24) + " + b'\\5xcccc'",
}
BOMB = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
import aecodec
from aecodec.container.varint import varint
from tests.test_codec import raw
PRINT, LARGE = bytes.fromhex(sys.argv[3]), b"\\0" + varint(32768) + varint(2730)
data = raw({fields})
assert len(data) < 60
try:
    aecodec.decompress(data, model_path=[sys.argv[1]], index=0 if sys.argv[2] == "index" else None)
except (aecodec.FormatError, aecodec.LimitError):
    print("refused")
"""


@pytest.mark.parametrize("name", BOMBS)
def test_counts_are_bounded_before_memory_is_taken(name: str, models: list[Path]) -> None:
    """A file of 60 bytes that asks for 366 gigabytes is refused, within 3 and within seconds."""
    code = BOMB.replace("{fields}", BOMBS[name])
    for how in ("all", "index"):
        assert run_python(code, str(models[0]), how, PRINT.hex(), timeout=20) == "refused\n"


@pytest.mark.parametrize("lossless", [True, False])
def test_limit_of_a_block(lossless: bool, models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader would refuse, no writer makes."""
    pictures = list(strokes(3, 20, 20))
    data = aecodec.compress(pictures, lossless=lossless, model_path=models)
    monkeypatch.setattr("aecodec.codec.tiles.MAX_BLOCK_SAMPLES", 1200)
    assert aecodec.compress(pictures, lossless=lossless, model_path=models) == data
    read(data, models)
    monkeypatch.setattr("aecodec.codec.tiles.MAX_BLOCK_SAMPLES", 1199)
    check_error(LimitError, lambda: read(data, models))
    check_error(LimitError, lambda: aecodec.compress(pictures, lossless=lossless, model_path=models))


def test_limit_of_tiles(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles may hold many times the samples of the pictures that they cover."""
    pictures = list(strokes(3, 9, 20))  # six tiles of 64 samples each
    data = aecodec.compress(pictures, model_path=models)
    exact = raw(1 | 2 | 4, PRINT + b"\0\x14\x09xd")
    monkeypatch.setattr("aecodec.lossy.tiling.MAX_TILE_SAMPLES", 3 * 384)
    assert aecodec.compress(pictures, model_path=models) == data
    read(data, models)
    check_error(FormatError, lambda: read(exact, models))
    monkeypatch.setattr("aecodec.lossy.tiling.MAX_TILE_SAMPLES", 3 * 384 - 1)
    check_error(LimitError, lambda: read(data, models))
    check_error(LimitError, lambda: aecodec.compress(pictures, model_path=models))
    monkeypatch.setattr("aecodec.lossy.tiling.MAX_TILE_SAMPLES", 383)
    check_error(LimitError, lambda: read(exact, models))


@pytest.mark.parametrize("tile", [(8, 8), (20, 20), (28, 28), (64, 64), (256, 256)])
def test_no_picture_has_too_many_tiles(tile: tuple[int, int]) -> None:
    """The largest and the thinnest ones, and a full group of the largest tiles that a model may have."""
    for height, width in ((MAX_SIDE, 2730), (2730, MAX_SIDE), (MAX_SIDE, 1), (1, MAX_SIDE), (9459, 9459), (1, 1)):
        shape = Shape(height, width, 4)
        shape.check()
        check_payload(count_tiles(shape, tile, with_alpha=True), tile)
    check_payload(GROUP_TILES, (1, MAX_ACTIVATIONS))
    check_error(LimitError, lambda: check_payload(GROUP_TILES + 1, (1, MAX_ACTIVATIONS)))


def test_a_decoder_does_not_hang_on_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans have 20 x 20 pixels and more, whatever sides are searched."""
    monkeypatch.setattr("aecodec.coders.by_tiles.SEARCHED_SIDES", range(30, 60))
    expected: list[int] = []
    monkeypatch.setattr("aecodec.coders.tiles.StreamReader.expect", lambda _, count: expected.append(count))
    model = load_model((ROOT / "models" / "mnist-exact.safetensors").read_bytes())
    with contextlib.suppress(FormatError):  # no payload is empty
        BY_TABLE.decode(b"", Frame([Shape(28, 28)] * 5), model)
    assert expected == [5 * 401]


# --- determinism -----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"effort": 3}, {"quality": 30}, {"lossless": True}, {"max_mse": 1.0}])
def test_the_same_bytes_twice(options: dict[str, Any], models: list[Path]) -> None:
    assert len({aecodec.compress(ALL, model_path=models, **options) for _ in range(2)}) == 1
    assert len({aecodec.compress(tuple(ALL), model_path=models, **options) for _ in range(2)}) == 1


THREADED = """
import hashlib, sys
import numpy as np
import aecodec
from tests.made import strokes
pictures = list(strokes(90, 16, 16)) + [np.stack(list(strokes(3, 30, 40)), -1)]
digest = hashlib.sha256()
for options in ({"effort": 2}, {"effort": 1, "model": "made-128"}, {"quality": 40}, {"lossless": True}):
    data = aecodec.compress(pictures, model_path=sys.argv[1:], **options)
    digest.update(data)
    for picture in aecodec.decompress(data, model_path=sys.argv[1:]):
        digest.update(picture.tobytes())
print(digest.hexdigest())
"""


def test_the_same_bytes_on_any_number_of_threads(models: list[Path]) -> None:
    found = {threads: run_python(THREADED, str(models[0]), threads=threads) for threads in (1, 4)}
    assert len(set(found.values())) == 1, found


def test_order_of_pictures_does_not_change_them(models: list[Path]) -> None:
    pictures = list(strokes(12, 8, 8))
    forward = read(aecodec.compress(pictures, model_path=models), models)
    backward = read(aecodec.compress(pictures[::-1], model_path=models), models)
    check_all_same(backward[::-1], forward)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"lossless": True, "progressive": True, "latent_dim": 64}])
def test_names_are_checked_before_any_work(options: dict[str, Any], models: list[Path]) -> None:
    seen: list[int] = []
    for error, name in ((UsageError, "../b"), (UsageError, "a"), (UsageError, "a/b"), (LimitError, "")):
        names = ["a", name] if name else [f"{number}/{'n' * 200}" for number in range(2)]

        def attempt(names: list[str] = names) -> None:
            compress_all(ALL[:2], Options(**options), Zoo(models), many=True, names=names, progress=seen.append)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("aecodec.container.names.MAX_NAMES_BYTES", 300)
            check_error(error, attempt)
    assert not seen


def test_progress_and_silence(models: list[Path], capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[int] = []
    compress_all(ALL, Options(), Zoo(models), many=True, progress=seen.append)
    assert seen and seen[-1] == len(ALL) and seen == sorted(set(seen))
    assert capfd.readouterr() == ("", "")


def test_what_ends_the_work_ends_its_processes() -> None:
    """Nobody waits for what they are at."""
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), workers(2) as engine:
        list(engine.map(_interrupted, [os.getpid()] * 9))
    assert time.monotonic() - start < 30


def _interrupted(here: int) -> None:
    if os.getpid() == here:
        raise KeyboardInterrupt
    time.sleep(60)


def test_a_killed_process_is_one_line() -> None:
    def killed() -> None:
        with workers(2) as engine:
            list(engine.map(_killed, [os.getpid()] * 9))

    message = check_error(LimitError, killed)
    assert all(words in message for words in ("a worker process was killed", "memory", '__name__ == "__main__"'))


def _killed(here: int) -> None:
    if os.getpid() != here:
        os._exit(1)
    time.sleep(1)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_order(jobs: int) -> None:
    """As of ``map``: a mistake comes in its turn, and arguments are asked for only a few calls ahead."""
    asked: list[int] = []

    def arguments() -> Iterator[int]:
        for number in range(40):
            asked.append(number)
            yield number

    with workers(jobs) as engine:
        found = engine.map(_divided, arguments(), itertools.repeat(20))
        for number in range(20):
            assert next(found)[0] == 20 - number
            assert len(asked) <= number + jobs + 3
        with pytest.raises(ZeroDivisionError):
            next(found)


@pytest.mark.parametrize("jobs", [2, 3])
def test_all_processes_work(jobs: int) -> None:
    """Among them the one that asks."""
    with workers(jobs) as engine:
        seen = {pid for _, pid in engine.map(_divided, [30] * 60, itertools.repeat(0), itertools.repeat(0.05))}
    assert os.getpid() in seen and len(seen) == jobs


def _divided(number: int, most: int, seconds: float = 0.0) -> tuple[int, int]:
    time.sleep(seconds)
    assert most == 0 or 1 / (most - number)
    return most - number, os.getpid()
