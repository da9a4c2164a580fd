"""From the networks of a small vector model to the tensors and the description of a model of tiles."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor

from aecodec.arrays import Arrays
from aecodec.limits import PIXEL_MAX
from aecodec.lossy import LMBDA_UNIT_BITS, LossyModel
from aecodec.train.export import check_equal, put_chain, put_prior
from aecodec.train.own.vectors.networks import Vectors
from aecodec.train.release import curvature

_CURVED = 64  # pictures that curvatures are of


def exported(model: Vectors, lmbda: float, tiles: Tensor) -> tuple[Arrays, dict[str, Any]]:
    """Return tensors and description of a ``model`` in integers, whose search takes 1.0 of MSE for ``lmbda`` bits.

    ``tiles`` uint8 ``[N, 1, h, w]`` are looked at. Raises ExportError if one comes out other than in training.
    """
    arrays: Arrays = {}
    widths = model.widths
    analysis = put_chain(arrays, "analysis", model.analysis.layers())
    coarse, *ups, fine, pixels = put_chain(arrays, "synthesis", model.synthesis.layers())
    put_prior(arrays, model)
    synthesis: list[dict[str, Any]] = [{"op": "reshape", "shape": list(model.synthesis.grid)}, coarse]
    for up in ups:
        synthesis += [up, {"op": "shuffle"}]
    description: dict[str, Any] = {
        "tile": list(widths.tile),
        "analysis": [*analysis, {"op": "flatten"}],
        "synthesis": [*synthesis, fine, pixels, {"op": "shuffle"}],
        "prior_units": list(model.prior.units),
        "latents": model.prior.latents,
        "latent_dim": widths.latent_dim,
        "slope": slope_of(lmbda, widths.tile),
    }
    engine = LossyModel(arrays, description)
    check_equal(model, engine, tiles)
    arrays["search.curvature"] = curvature(engine, tiles[:_CURVED, 0].numpy())
    return arrays, description


def slope_of(lmbda: float, tile: tuple[int, int]) -> int:
    """Return bits for 1.0 of MSE of a tile in the search's units."""
    found: float = lmbda / (math.prod(tile) * PIXEL_MAX**2) * 2**LMBDA_UNIT_BITS
    return max(1, round(found))
