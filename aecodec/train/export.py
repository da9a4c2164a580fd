"""From a trained network in integer mode to a released model file.

What is written are the very integers that training simulated; the file is loaded back
and its transforms are compared with PyTorch's before it counts as released.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aecodec.arrays import Arrays, Integers32
from aecodec.errors import ModelError
from aecodec.limits import EXACT_FLOAT32, PIXEL_MAX, SYMBOL_MAX
from aecodec.lossy import LossyModel
from aecodec.train.exact_layers import Conv, ExactLayer
from aecodec.train.networks import Autoencoder, Coder


class ExportError(ModelError):
    """The trained network cannot be released; the message says why."""

    def worded(self, name: Callable[[str], str]) -> str:
        """Return the message, which begins with what is wrong for whoever trained, with every argument as ``name``
        says it.
        """
        return f"the trained model cannot be released: {super().worded(name)}"


@torch.no_grad()
def integer_layer(layer: ExactLayer) -> tuple[NDArray[np.int8], Integers32, NDArray[np.int8]]:
    """Return the weight in the layer's own shape, bias and shift ``[outputs]`` as integers.

    Raises ExportError if a partial sum could reach 2**24.
    """
    exponent = layer.exponents().cpu()
    weight, bias = (t.double().cpu() for t in layer.quantized())
    scale = torch.exp2(exponent.double())
    shape = (-1,) + (1,) * (weight.dim() - 1)
    whole = (weight * scale.reshape(shape)).numpy()
    offset = (bias * scale * 2.0**layer.fraction_in).numpy()
    shift = (exponent + layer.fraction_in - layer.fraction_out).numpy()
    reach = np.abs(whole).reshape(len(offset), -1).sum(1) * layer.input_max + np.abs(offset)
    if np.any(whole != np.rint(whole)) or np.any(offset != np.rint(offset)):
        raise ExportError("a weight is not on its grid")
    if np.any(reach + np.exp2(np.maximum(shift - 1, 0)) >= EXACT_FLOAT32):
        raise ExportError("a layer breaks the bound of exact inference")
    return whole.astype(np.int8), offset.astype(np.int32), shift.astype(np.int8)


def _put(arrays: Arrays, name: str, weight: NDArray[Any], bias: NDArray[Any], shift: NDArray[Any]) -> None:
    arrays[f"{name}.weight"] = np.ascontiguousarray(weight)
    arrays[f"{name}.bias"], arrays[f"{name}.shift"] = bias, shift


def put_chain(arrays: Arrays, prefix: str, layers: list[ExactLayer]) -> list[dict[str, Any]]:
    """Store ``layers`` and describe them; pictures are channels-last in the file."""
    steps: list[dict[str, Any]] = []
    for number, layer in enumerate(layers):
        weight, bias, shift = integer_layer(layer)
        entry: dict[str, Any] = {"op": "dense", "low": layer.low, "high": layer.high}
        if isinstance(layer, Conv):
            weight = weight.transpose(0, 2, 3, 1)
            entry |= {"op": "conv", "stride": layer.stride}
        _put(arrays, f"{prefix}.{number}", weight, bias, shift)
        steps.append(entry)
    return steps


def put_prior(arrays: Arrays, model: Coder) -> None:
    """Store the prior with only the weights that exist: blocks below the diagonal, used symbols."""
    prior = model.prior
    first_units, second_units = prior.units
    low, high = prior.low.cpu().numpy(), prior.high.cpu().numpy()
    latents, radius = prior.latents, prior.radius
    first, second = integer_layer(prior.first), integer_layer(prior.second)
    blocks = [first[0][d * first_units : (d + 1) * first_units, : d + 1].ravel() for d in range(latents)]
    _put(arrays, "prior.0", np.concatenate(blocks), *first[1:])
    blocks = [second[0][d * second_units : (d + 1) * second_units, : d * first_units].ravel() for d in range(latents)]
    _put(arrays, "prior.1", np.concatenate(blocks), *second[1:])
    entries = 2 * radius + 2
    kept = [
        d * entries + np.append(np.arange(low[d] + radius, high[d] + radius + 1), entries - 1) for d in range(latents)
    ]
    rows = np.concatenate(kept)
    weight, bias, shift = integer_layer(prior.head)
    _put(arrays, "prior.2", weight[rows].ravel(), bias[rows], shift[rows])
    arrays["prior.low"], arrays["prior.high"] = low.astype(np.int8), high.astype(np.int8)


def released(model: Autoencoder) -> tuple[Arrays, dict[str, Any]]:
    """Return the tensors of ``model``'s file and the description that rebuilds it."""
    arrays: Arrays = {}
    analysis = put_chain(arrays, "analysis", model.analysis.layers())
    analysis.insert(len(model.analysis.convs), {"op": "flatten"})
    analysis.insert(-1, {"op": "concat"})
    synthesis = put_chain(arrays, "synthesis", [*model.synthesis.layers(), model.synthesis.linear])
    linear = synthesis.pop()
    middle = model.synthesis.layers().index(model.synthesis.middle)
    synthesis.insert(middle + 1, {"op": "shuffle"})
    synthesis.insert(middle, {"op": "reshape", "shape": list(model.synthesis.grid)})
    synthesis += [
        {"op": "shuffle"},
        linear | {"op": "add"},
        {"op": "round", "shift": model.synthesis.linear.fraction_out - 8, "low": 0, "high": PIXEL_MAX},
    ]
    put_prior(arrays, model)
    height, width, _ = (4 * n for n in model.synthesis.grid)
    return arrays, {
        "tile": [height, width],
        "analysis": analysis,
        "synthesis": synthesis,
        "prior_units": list(model.prior.units),
        "latents": model.prior.latents,
    }


@torch.no_grad()
def check_equal(model: Coder, engine: LossyModel, tiles: torch.Tensor) -> None:
    """Compare PyTorch's simulation with the run-time engine on ``tiles`` ``[n, 1, h, w]`` uint8.

    Raises ExportError if one symbol, pixel or table differs.
    """
    model.eval()
    latents = model.analysis(tiles.float() / 256)
    theirs = torch.floor(latents + 0.5).clamp(-SYMBOL_MAX, SYMBOL_MAX)
    symbols = engine.analyse(tiles[:, 0].cpu().numpy())
    if not np.array_equal(theirs.cpu().numpy(), symbols):
        raise ExportError("analysis differs between PyTorch and the engine")
    pixels = torch.floor(model.synthesis(theirs) * 256 + 0.5)[:, 0]
    if not np.array_equal(pixels.cpu().numpy(), engine.synthesise(symbols)):
        raise ExportError("synthesis differs between PyTorch and the engine")
    inside = symbols.clip(engine.prior.low, engine.prior.high)
    hard = torch.from_numpy(inside).to(latents.device).float()
    estimated = float(model.prior.bits(hard, hard).sum())
    counted = float(engine.prior.costs(inside).sum()) / 4096
    if not math.isclose(estimated, counted, rel_tol=2e-3, abs_tol=1.0):
        raise ExportError(f"the prior gives {counted:.1f} bits in the engine, {estimated:.1f} in PyTorch")
