"""What a corpus begins with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aecodec.zoo import save_model
from tests.made import made_tensors
from tests.trust.golden import MODELS, golden


def files() -> list[bytes]:
    """The golden files."""
    return [file.data for file in golden()]


def models() -> list[bytes]:
    """Small ones, one of which has every op."""
    found = [(MODELS / "vector-lossy-only.safetensors").read_bytes()]
    for number, (latents, tile, every_op) in enumerate([(1, (4, 4), False), (2, (4, 8), False), (1, (4, 4), True)]):
        tensors, description = made_tensors(seed=number, latents=latents, tile=tile, units=(1, 1), every_op=every_op)
        del tensors["residual.costs"]
        found.append(save_model(f"seed-{number}", tensors, description))
    return found


def trips() -> list[bytes]:
    """Of every way and model, more or less."""
    rng = np.random.default_rng(4)
    return [rng.bytes(int(rng.integers(4, 60))) for _ in range(40)]


def edits() -> list[bytes]:
    """Whole models, and what changes one."""
    rng = np.random.default_rng(6)
    return models() + [rng.bytes(int(rng.integers(2, 40))) for _ in range(40)]


SEEDS: dict[str, Callable[[], list[bytes]]] = {"header": files, "decoder": files, "loader": edits, "trip": trips}
