"""From trained networks in integer mode to the tensors and description of a model file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aecodec.arrays import Arrays, Floats64, Integers64
from aecodec.grid.interlacing import NEIGHBOURS, step_count
from aecodec.grid.names import INTERLACED, POSTFILTER, PREFILTER
from aecodec.limits import FREQUENCY_TOTAL, GRID_SIDE
from aecodec.train.grid.convolutions import CROSS, EVERY, FRACTION, PIXEL_FRACTION, Layer, Part
from aecodec.train.grid.lapped import BITS, Lapped
from aecodec.train.grid.networks import Grid
from aecodec.train.grid.rate import CLASS_UNITS, CLASSES, OCTAVE, share_below
from aecodec.train.grid.widths import widths_of

REACH = 10  # deviations that a table goes to either side
LATENTS = ("latents", "pixels")  # analysis' last layer: from features, and from the pixels of a place


def tensors_and_description(model: Grid) -> tuple[Arrays, dict[str, Any]]:
    """Return the integers that training simulated, and what arranges them."""
    arrays: Arrays = {}
    a, s, ha, hs = model.analysis, model.synthesis, model.hyper_analysis, model.hyper_synthesis
    description: dict[str, Any] = {
        "kind": "grid",
        "slices": list(model.widths.latents),
        "analysis": _chain(arrays, "analysis", [4, a.stem, 2, *a.eighth, 2, a.sixteenth]),
        "synthesis": _chain(
            arrays, "synthesis", [*s.sixteenth, s.to_eighth, -2, *s.eighth, s.to_quarter, -2, s.quarter, s.last, -4]
        ),
        "hyper_analysis": _chain(arrays, "hyper_analysis", [ha.first, 2, *ha.second, 2, ha.last]),
        "hyper_synthesis": _chain(arrays, "hyper_synthesis", [*hs.first, -2, *hs.second, -2, hs.last]),
    }
    for name, group in zip(LATENTS, a.last.groups, strict=True):
        put_layer(arrays, name, a.last, group)
    put_layer(arrays, "linear", s.linear)
    for name, layer in _context(model):
        put_layer(arrays, name, layer)
    if model.widths.octaves:
        description[INTERLACED] = model.widths.octaves
    with torch.no_grad():
        arrays["gains"] = _rounded(model.gains * OCTAVE, np.int16)
        arrays["hyper.gains"] = _rounded(model.hyper_gains * OCTAVE, np.int16)
        arrays["hyper.means"] = _rounded(model.hyper_means * 2.0**FRACTION, np.int32)
        arrays["hyper.scales"] = _rounded(model.hyper_scales * OCTAVE, np.int32)
        for name, lapped in _filters(model):
            arrays[name] = _rounded(lapped.weights() * 2.0**BITS, np.int16)
    arrays |= expected_tables()
    return arrays, description


def _context(model: Grid) -> Iterator[tuple[str, Layer]]:
    """Yield the layers of the context model, with their names."""
    for number, part in enumerate(model.parts()):
        for name, each in part.named(f"slices.{number}"):
            for place, layer in enumerate((each.first, each.second, each.last)):
                yield f"{name}.{place}", layer


def _filters(model: Grid) -> tuple[tuple[str, Lapped], ...]:
    return (PREFILTER, model.analysis.prefilter), (POSTFILTER, model.synthesis.postfilter)


def _rounded(values: torch.Tensor, dtype: type[np.integer[Any]]) -> NDArray[Any]:
    return torch.floor(values + 0.5).cpu().numpy().astype(dtype)


def _chain(arrays: Arrays, prefix: str, steps: list[Layer | int]) -> list[dict[str, Any]]:
    """Store the layers among ``steps``; a number above 0 is a step down by as much, one below a step up."""
    entries: list[dict[str, Any]] = []
    number = 0
    for step in steps:
        if isinstance(step, Layer):
            put_layer(arrays, f"{prefix}.{number}", step)
            low, high = step.limits
            entries.append({"op": "conv", "low": low, "high": high})
            number += 1
        else:
            entries.append({"op": "down" if step > 0 else "up", "by": abs(step)})
    return entries


@torch.no_grad()
def put_layer(arrays: Arrays, name: str, layer: Layer, group: slice = EVERY) -> None:
    """Store the integers of a layer, or some parts of it; places of a part run over row and column, or over the cross,
    before the channel.
    """
    exponents = layer.exponents(group).cpu().numpy()
    scale = np.ldexp(1.0, exponents)
    weights, bias, quality = layer.quantized(group)
    for number, (weight, part) in enumerate(zip(weights, layer.parts[group], strict=True)):
        whole = weight.double().cpu().numpy() * scale[:, None, None, None]
        whole = whole.transpose(0, 2, 3, 1)
        if part.cross:
            whole = whole.reshape(len(whole), 9, 1, -1)[:, CROSS]
        arrays[f"{name}.weight.{number}"] = np.ascontiguousarray(np.rint(whole).astype(np.int8))
    sees = layer.sees(group)
    arrays[f"{name}.bias"] = np.rint(bias.double().cpu().numpy() * scale * 2.0**sees).astype(np.int32)
    if quality is not None:
        arrays[f"{name}.quality"] = np.rint(quality.double().cpu().numpy() * scale).astype(np.int32)
    arrays[f"{name}.shift"] = (exponents + sees - layer.fraction).astype(np.int8)


@torch.no_grad()
def fill(model: Grid, arrays: Arrays) -> None:
    """Take the way back: fill weights and tables of ``model`` from a model file's tensors.

    Filters that the file does not have let all pass. A first slice that has a checkerboard in the file, and is
    interlaced in the model, gives what it gave.

    Raises KeyError, ValueError or RuntimeError for tensors of other networks.
    """
    if PREFILTER not in arrays:  # where pixels are whole grey levels, not sixteenths
        through = np.ldexp(np.eye(GRID_SIDE), BITS)
        finer = arrays["pixels.shift"] + (PIXEL_FRACTION - FRACTION)
        arrays = arrays | {PREFILTER: through, POSTFILTER: through, "pixels.shift": finer}
    octaves = widths_of(arrays).octaves
    if octaves not in (0, model.widths.octaves):
        raise ValueError(f"tensors of other networks: the first slice is interlaced in {octaves} octaves")
    if octaves < model.widths.octaves:
        arrays = arrays | _interlaced(arrays, step_count(model.widths.octaves))
    for name, (layer, group) in named_layers(model).items():
        take_layer(arrays, name, layer, group)
    for name, lapped in _filters(model):
        _take(lapped.matrix, arrays[name] / 2.0**BITS)
    for name, table, unit in (
        ("gains", model.gains, OCTAVE),
        ("hyper.gains", model.hyper_gains, OCTAVE),
        ("hyper.means", model.hyper_means, 2.0**FRACTION),
        ("hyper.scales", model.hyper_scales, OCTAVE),
    ):
        _take(table, arrays[name] / unit)


def _interlaced(arrays: Arrays, steps: int) -> Arrays:
    """Return the networks of steps that do what the first slice does with a checkerboard.

    Its second half is the last step, of which only the four nearest neighbours count. The steps before see none.
    """
    found: Arrays = {}
    cross = arrays["slices.0.0.weight.1"].reshape(len(arrays["slices.0.0.bias"]), 1, 1, -1)
    around = np.zeros((*cross.shape[:3], NEIGHBOURS * cross.shape[3] // len(CROSS)), np.int8)
    for step in range(steps):
        for key, value in arrays.items():
            if key.startswith("slices.0.") and key != "slices.0.0.weight.1":
                found[key.replace("slices.0", f"{INTERLACED}.{step}", 1)] = value
        if step:
            seen = around.copy()
            if step == steps - 1:
                seen[..., : cross.shape[3]] = cross
            found[f"{INTERLACED}.{step}.0.weight.1"] = seen
    return found


def named_layers(model: Grid) -> dict[str, tuple[Layer, slice]]:
    """Return the layers, or groups of their parts, by their names in a model's file."""
    chains = {
        "analysis": [model.analysis.stem, *model.analysis.eighth, model.analysis.sixteenth],
        "synthesis": [
            *model.synthesis.sixteenth,
            model.synthesis.to_eighth,
            *model.synthesis.eighth,
            model.synthesis.to_quarter,
            model.synthesis.quarter,
            model.synthesis.last,
        ],
        "hyper_analysis": [model.hyper_analysis.first, *model.hyper_analysis.second, model.hyper_analysis.last],
        "hyper_synthesis": [*model.hyper_synthesis.first, *model.hyper_synthesis.second, model.hyper_synthesis.last],
    }
    named = {f"{prefix}.{number}": layer for prefix, chain in chains.items() for number, layer in enumerate(chain)}
    named["linear"] = model.synthesis.linear
    named |= dict(_context(model))
    found = dict[str, tuple[Layer, slice]]()
    for name, layer in named.items():
        assert isinstance(layer, Layer)
        found[name] = layer, EVERY
    return found | {
        name: (model.analysis.last, group) for name, group in zip(LATENTS, model.analysis.last.groups, strict=True)
    }


def take_layer(arrays: Arrays, name: str, layer: Layer, group: slice = EVERY) -> None:
    """Take the way back of :func:`put_layer`."""
    shift = arrays[f"{name}.shift"].astype(np.int64)
    sees = layer.sees(group)
    scale = np.ldexp(1.0, shift - sees + layer.fraction)
    for number, (weight, part) in enumerate(zip(list(layer.weights)[group], layer.parts[group], strict=True)):
        whole = torch.from_numpy(arrays[f"{name}.weight.{number}"].astype(np.float64))
        _take(weight, (kernel(whole, part) / torch.from_numpy(scale)[:, None, None, None]).numpy())
    if group.start:
        return  # bias and quality belong to the first part
    _take(layer.bias, arrays[f"{name}.bias"] / scale / 2.0**sees)
    if layer.quality is not None:
        _take(layer.quality, arrays[f"{name}.quality"] / scale)


def kernel(whole: torch.Tensor, part: Part) -> torch.Tensor:
    """Return the kernel ``[outputs, channels, height, width]`` that a weight of a model's file stands for."""
    if part.cross:
        places = whole.new_zeros(len(whole), 9, part.channels)
        places[:, CROSS] = whole[:, :, 0]
        whole = places.reshape(-1, 3, 3, part.channels)
    return whole.permute(0, 3, 1, 2)


def _take(parameter: torch.Tensor, values: NDArray[Any]) -> None:
    if parameter.shape != values.shape:
        raise ValueError(f"tensors of other networks: {values.shape} instead of {tuple(parameter.shape)}")
    parameter.copy_(torch.from_numpy(np.ascontiguousarray(values)))


def expected_tables() -> Arrays:
    """Return a table for each class: the distribution that training takes it for, over unit intervals."""
    reaches, tables = [], []
    for number in range(1, CLASSES):
        deviation = deviation_of(number)
        reach = math.ceil(REACH * deviation + 1)
        edges = np.arange(-reach - 1, reach + 1) + 0.5
        below = np.array([share_below(edge, deviation) for edge in edges])
        reaches.append(reach)
        tables.append(frequencies_of(np.append(np.diff(below), 2 * below[0])))
    return {
        "scales.reach": np.array(reaches, np.int32),
        "scales.frequencies": np.concatenate(tables).astype(np.int32),
    }


def deviation_of(number: int) -> float:
    """Return the standard deviation that the class ``number``, from 1 on, stands for, in steps of quantization."""
    found: float = 2.0 ** ((number - 1) * CLASS_UNITS / OCTAVE - 3)
    return found


def frequencies_of(likely: Floats64) -> Integers64:
    """Return a table of the sum 2**24 for symbols so ``likely``, the last of them the escape."""
    found: Integers64 = 1 + np.floor(likely / likely.sum() * (FREQUENCY_TOTAL - len(likely))).astype(np.int64)
    found[len(likely) // 2 - 1] += FREQUENCY_TOTAL - found.sum()
    return found
