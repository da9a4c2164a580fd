"""Pictures and models that the tests of the codec share, files made by hand, and reading them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import aecodec
from aecodec.zoo import load_model, save_model
from tests.checks import check_same, sealed, tiles_of
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
    base = EXACT_MODEL.tiles.networks.synthesise(EXACT_MODEL.tiles.networks.analyse(np.zeros((1, 8, 8), np.uint8)))
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


def raw(flags: int, body: bytes) -> bytes:
    return sealed(bytes([0xAE, 0xC1, flags]) + body)


PRINT = MODEL.fingerprint
