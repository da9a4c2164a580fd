"""Small made things for tests: a random model, pictures that need no data set."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecodec.drawings.candidates import RANKS
from aecodec.drawings.inputs import CHOICE_WIDTH, VALUE_WIDTHS
from aecodec.drawings.networks import CHANNELS, NIBBLE
from aecodec.ink.condition import CONDITION_INPUTS
from aecodec.ink.names import CONDITIONAL, INK
from aecodec.ink.places import COSTS, FARTHEST
from aecodec.ink.template import TEMPLATE
from aecodec.ink.window import ABOVE, INPUTS, NEAR, REACH, SCAN_SIZES, SPAN
from aecodec.lossless.residual import CONTEXTS
from aecodec.zoo import Pictures, Role, save_model, stated

Arrays = dict[str, NDArray[Any]]


def _affine(rng: np.random.Generator, arrays: Arrays, name: str, shape: tuple[int, ...], shift: int) -> None:
    arrays[f"{name}.weight"] = rng.integers(-60, 61, shape).astype(np.int8)
    arrays[f"{name}.bias"] = rng.integers(-500, 500, shape[0]).astype(np.int32)
    arrays[f"{name}.shift"] = np.full(shape[0], shift, np.int8)


def made_tensors(
    seed: int = 1,
    latents: int = 6,
    tile: tuple[int, int] = (8, 8),
    units: tuple[int, int] = (3, 4),
    every_op: bool = False,
) -> tuple[Arrays, dict[str, Any]]:
    """Tensors and description of a random lossy model with a residual coder.

    With ``every_op`` its synthesis has each op of formats/aec.md, and strides of 1 and 2.
    """
    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    height, width = tile
    flat = (height // 2) * (width // 2) * 4
    _affine(rng, arrays, "analysis.0", (4, 3, 3, 1), 7)
    _affine(rng, arrays, "analysis.1", (latents, flat), 10)
    coarse = (height // 4) * (width // 4) * 8
    _affine(rng, arrays, "synthesis.0", (coarse, latents), 3)
    _affine(rng, arrays, "synthesis.1", (16, 3, 3, 8), 9)
    _affine(rng, arrays, "synthesis.2", (4, 3, 3, 4), 8)
    first, second = units
    low, high = -rng.integers(1, 4, latents), rng.integers(1, 4, latents)
    entries = high - low + 2
    inputs_first = sum(first * (d + 1) for d in range(latents))
    inputs_second = sum(second * d * first for d in range(latents))
    for number, (rows, weights, shift) in enumerate(
        [
            (latents * first, inputs_first, 3),
            (latents * second, inputs_second, 7),
            (int(entries.sum()), int(entries.sum()) * second, 5),
        ]
    ):
        arrays[f"prior.{number}.weight"] = rng.integers(-60, 61, weights).astype(np.int8)
        arrays[f"prior.{number}.bias"] = rng.integers(-500, 500, rows).astype(np.int32)
        arrays[f"prior.{number}.shift"] = np.full(rows, shift, np.int8)
    arrays["prior.low"], arrays["prior.high"] = low.astype(np.int8), high.astype(np.int8)
    steps = np.minimum(np.arange(256), 256 - np.arange(256)) * 2 + 8
    arrays["residual.costs"] = np.tile(np.minimum(steps, 200), (CONTEXTS, 1)).astype(np.uint8)
    relu = {"low": 0, "high": 255}
    description = {
        "tile": [height, width],
        "latent_dim": latents,
        "slope": 1 << 18,
        "family": "made",
        "prior_units": [first, second],
        "analysis": [
            {"op": "conv", "stride": 2, **relu},
            {"op": "flatten"},
            {"op": "dense", "low": -127, "high": 127},
        ],
        "synthesis": [
            {"op": "dense", **relu},
            {"op": "reshape", "shape": [height // 4, width // 4, 8]},
            {"op": "conv", "stride": 1, **relu},
            {"op": "shuffle"},
            {"op": "conv", "stride": 1, **relu},
            {"op": "shuffle"},
        ],
    }
    if every_op:
        _synthesise_with_every_op(arrays, description)
    return arrays, description


def _synthesise_with_every_op(arrays: Arrays, description: dict[str, Any]) -> None:
    """Put another synthesis in the model's place, drawn from a generator of its own."""
    rng = np.random.default_rng(12)
    (height, width), latents = description["tile"], len(arrays["prior.low"])
    for name in [name for name in arrays if name.startswith("synthesis.")]:
        del arrays[name]
    coarse = [height // 4, width // 4, 8]
    _affine(rng, arrays, "synthesis.0", (10, latents), 4)
    _affine(rng, arrays, "synthesis.1", (coarse[0] * coarse[1] * 8, 10 + latents), 7)
    _affine(rng, arrays, "synthesis.2", (16, 3, 3, 8), 9)
    _affine(rng, arrays, "synthesis.3", (16, 3, 3, 4), 8)
    _affine(rng, arrays, "synthesis.4", (4, 1, 1, 4), 6)
    _affine(rng, arrays, "synthesis.5", (1, 3, 3, 1), 2)
    arrays["synthesis.5.bias"] += 2300  # so that the pixels reach from black to white
    _affine(rng, arrays, "synthesis.6", (height * width, latents), 2)
    relu = {"low": 0, "high": 255}
    description["synthesis"] = [
        {"op": "dense", "low": -255, "high": 255},
        {"op": "concat"},
        {"op": "dense", **relu},
        {"op": "reshape", "shape": coarse},
        {"op": "conv", "stride": 1, **relu},
        {"op": "flatten"},
        {"op": "reshape", "shape": [*coarse[:2], 16]},
        {"op": "shuffle"},
        {"op": "conv", "stride": 1, **relu},
        {"op": "shuffle"},
        {"op": "conv", "stride": 1, **relu},
        {"op": "shuffle"},
        {"op": "conv", "stride": 2, "low": 0, "high": 511},
        {"op": "add", "low": -96, "high": 96},
        {"op": "round", "shift": 1, **relu},
    ]


def with_ink(tensors: Arrays) -> Arrays:
    """The tensors with an ink coder that expects a pixel to be as those around it."""
    inked = np.array([bin(context).count("1") for context in range(1 << 12)])
    tensors["origins.ink"] = np.clip((inked - 6) * 8, -60, 60).astype(np.int8)
    tensors["origins.sides"] = (20 + np.arange(len(SCAN_SIZES) + 1) // 2).astype(np.uint8)
    return tensors


def with_network(tensors: Arrays, units: tuple[int, int] = (6, 4), seed: int = 4) -> Arrays:
    """The tensors with an ink coder that has a network: it expects what the table does, all its inputs matter a
    little, and its values reach their bounds on either side.
    """
    _add_network(tensors, INK, INPUTS, units, seed)
    return with_ink(tensors)


def with_based(tensors: Arrays, units: tuple[int, int] = (6, 4), seed: int = 7) -> Arrays:
    """The tensors with both networks, of which the second sees lossy pictures, and a table of places."""
    _add_network(tensors, CONDITIONAL, INPUTS + CONDITION_INPUTS, units, seed)
    away = np.abs(np.arange(COSTS) - FARTHEST)
    tensors["origins.place"] = (np.minimum(9 * away, 60) + np.arange(COSTS) // 9).astype(np.uint8)
    return with_network(tensors)


def _add_network(tensors: Arrays, prefix: str, inputs: int, units: tuple[int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    for n, (seen, outputs, most) in enumerate([(inputs, units[0], 2), (units[0], units[1], 15), (units[1], 1, 9)]):
        tensors[f"{prefix}.{n}.weight"] = rng.integers(-most, most + 1, (outputs, seen)).astype(np.int8)
        tensors[f"{prefix}.{n}.bias"] = rng.integers(-80, 81, outputs).astype(np.int32)
        tensors[f"{prefix}.{n}.shift"] = np.full(outputs, (4, 6, 3)[n], np.int8)
    beside = [NEAR + dx if dy == 0 else ABOVE + SPAN * dy + REACH + dx for dy, dx in TEMPLATE[:12]]
    tensors[f"{prefix}.0.weight"][:, beside] += np.where(np.arange(units[0]) % 2, -24, 24)[:, None].astype(np.int8)
    tensors[f"{prefix}.0.bias"][1::2] += 2300  # these tell how little ink there is
    same = np.arange(units[1])[:, None] % 2 == np.arange(units[0]) % 2
    tensors[f"{prefix}.1.weight"] += np.where(same, 40, -40).astype(np.int8)
    tensors[f"{prefix}.2.weight"] += np.where(np.arange(units[1]) % 2, -62, 62).astype(np.int8)
    for n in (0, 1):
        tensors[f"{prefix}.{n}.shift"][0] -= 1  # reaches 255


def widen(tensors: Arrays, units: int) -> None:
    """Give a prior of 4 latents, whose heads have ``units`` inputs, longer tables: the first holds all symbols."""
    rng = np.random.default_rng(8)
    low, high = np.array([-127, -40, -9, -8]), np.array([127, 33, 8, 7])
    values = [np.arange(a, b + 2) for a, b in zip(low, high, strict=True)]  # one more for the escape
    bias = np.concatenate([-700 * np.abs(each) for each in values]) + rng.integers(-3000, 3000, sum(map(len, values)))
    tensors["prior.low"], tensors["prior.high"] = low.astype(np.int8), high.astype(np.int8)
    tensors["prior.2.weight"] = rng.integers(-30, 31, units * len(bias)).astype(np.int8)
    tensors["prior.2.bias"] = bias.astype(np.int32)
    tensors["prior.2.shift"] = np.full(len(bias), 5, np.int8)


def made_model(name: str = "made-6", role: Role | None = None, **shape: Any) -> bytes:
    """The bytes of such a model's file. A number at the end of ``name`` is its latent_dim; ``role`` is stated."""
    arrays, description = made_tensors(**shape)
    if role is not None:
        description |= stated(role, Pictures(tuple(description["tile"])))
    number = name.rpartition("-")[2]
    if number.isdigit():
        description["latent_dim"] = int(number)
    return save_model(name, arrays, description)


def strokes(count: int, height: int = 28, width: int = 28, seed: int = 3) -> NDArray[np.uint8]:
    """Pictures of smooth strokes that saturate, ``[count, height, width]`` uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(float)
    pictures = []
    for _ in range(count):
        ends = rng.uniform(0.15, 0.85, (4, 2)) * (height, width)
        distance = np.full((height, width), np.inf)
        for a, b in pairwise(ends):
            span = b - a
            along = np.clip(((y - a[0]) * span[0] + (x - a[1]) * span[1]) / (span @ span + 1e-9), 0, 1)
            away = np.hypot(y - a[0] - along * span[0], x - a[1] - along * span[1])
            distance = np.minimum(distance, away)
        pictures.append(np.clip((2.2 - distance) * 160, 0, int(rng.integers(252, 256))).astype(np.uint8))
    return np.stack(pictures)


def save_strokes(folder: Path, count: int, height: int = 28, width: int = 28) -> None:
    """A new ``folder`` of :func:`strokes`, ``00.png`` and so on."""
    folder.mkdir()
    for number, picture in enumerate(strokes(count, height, width)):
        Image.fromarray(picture).save(folder / f"{number:02}.png")


def made_adaptive() -> Arrays:
    """The tensors of an adaptive filter whose classes all occur in pictures of noise and of strokes."""
    likely = 1.0 + 200 * 0.9 ** np.abs(np.arange(-63, 64))
    tables = np.stack([np.roll(likely, tap - 6) for tap in range(16)])
    frequencies = np.floor(tables / tables.sum(axis=1, keepdims=True) * 2**24).astype(np.int32)
    frequencies[:, 63] += 2**24 - frequencies.sum(axis=1)
    groups = np.array([[1 << 20, 1 << 20, 1 << 21, 1 << 22, 1 << 23]], np.int32)
    return {
        "adaptive.bounds": np.array([4_000, 9_000, 20_000, 40_000, 80_000, 150_000, 300_000], np.int32),
        "adaptive.clip": np.array([90], np.int32),
        "adaptive.groups": groups,
        "adaptive.weights": frequencies,
    }


def made_grid_tensors(
    seed: int = 1,
    slices: tuple[int, ...] = (2, 3, 1),
    hyper: int = 3,
    features: int = 4,
    width: int = 8,
    lapped: bool = False,
    filtered: bool = False,
    dependent: bool = False,
    octaves: int = 0,
) -> tuple[Arrays, dict[str, Any]]:
    """Tensors and description of a random model of kind "grid".

    ``slices`` are the latents' channels, ``hyper`` those of the hyper-latents; ``width``, a multiple of 4, those in
    between. Its latents fall into many classes, and some of them outside the short tables. The blocks of a ``lapped``
    one overlap. A ``filtered`` one has an adaptive filter, too, and a ``dependent`` one dependent quantization. With
    ``octaves`` the first slice is interlaced.
    """
    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    channels, relu, wide = sum(slices), {"low": 0, "high": 1023}, {"low": -32767, "high": 32767}

    def layer(name: str, outputs: int, parts: list[tuple[int, ...]], shift: int, most: int = 60) -> None:
        for number, part in enumerate(parts):
            arrays[f"{name}.weight.{number}"] = rng.integers(-most, most + 1, (outputs, *part)).astype(np.int8)
        arrays[f"{name}.bias"] = (rng.integers(-200, 201, outputs) << shift).astype(np.int32)
        arrays[f"{name}.shift"] = np.full(outputs, shift, np.int8)

    def conv(name: str, number: int, inputs: int, outputs: int, side: int, shift: int, most: int = 60) -> None:
        layer(f"{name}.{number}", outputs, [(side, side, inputs)], shift, most)

    conv("analysis", 0, 48, width, 3, 10)
    conv("analysis", 1, 4 * width, width, 1, 8)
    conv("analysis", 2, 4 * width, width, 3, 9)
    layer("latents", channels, [(1, 1, width)], 5, 9)
    layer("pixels", channels, [(1, 1, 768)], 5, 9)
    conv("synthesis", 0, channels, width, 3, 9)
    conv("synthesis", 1, width // 4, width, 1, 7)
    conv("synthesis", 2, width // 4, 48, 3, 6)
    layer("linear", 768, [(1, 1, channels)], 6, 30)
    conv("hyper_analysis", 0, channels, width, 1, 8)
    conv("hyper_analysis", 1, 4 * width, width, 3, 9)
    conv("hyper_analysis", 2, 4 * width, hyper, 3, 8)
    conv("hyper_synthesis", 0, hyper, width, 3, 6)
    conv("hyper_synthesis", 1, width // 4, width, 1, 6)
    conv("hyper_synthesis", 2, width // 4, features, 3, 8)
    first = 0
    for number, size in enumerate(slices):
        known = [(3 - 2 * (number % 2),) * 2 + (first,)] if number else []
        layer(f"slices.{number}.0", width, [(3, 3, features), *known, (4, 1, size)], 9)
        layer(f"slices.{number}.1", width, [(1, 1, width)], 7)
        layer(f"slices.{number}.2", 2 * size, [(1, 1, width)], 9)
        first += size
    for name in ("hyper_synthesis.0", "synthesis.1", "synthesis.2", "slices.0.0", "slices.0.2", "linear"):
        arrays[f"{name}.quality"] = rng.integers(-90, 91, arrays[f"{name}.bias"].shape).astype(np.int32)
    arrays["synthesis.1.weight.0"][0] //= 20
    arrays["synthesis.1.bias"][0] //= 1 << 8
    arrays["synthesis.1.shift"][0] = -1
    arrays["slices.0.1.shift"][0] = 0
    arrays["gains"] = _made_gains(rng, channels)
    arrays["hyper.gains"] = _made_gains(rng, hyper)
    arrays["hyper.means"] = rng.integers(-300, 301, hyper).astype(np.int32)
    arrays["hyper.scales"] = np.linspace(-420, 120, hyper).astype(np.int32)
    arrays |= made_scales()
    if lapped:
        for name in ("prefilter", "postfilter"):
            arrays[name] = (np.eye(16, dtype=np.int64) * 4096 + rng.integers(-300, 301, (16, 16))).astype(np.int16)
        arrays["pixels.shift"] += 4
    if filtered:
        arrays |= made_adaptive()
    if dependent:
        arrays["scales.second"] = made_scales(power=2)["scales.frequencies"]
    stated: dict[str, Any] = {"kind": "grid", "slices": list(slices)}
    if octaves:
        arrays = {name: value for name, value in arrays.items() if not name.startswith("slices.0.")}
        for step in range(1 + 2 * octaves):
            near = [(1, 1, 12 * slices[0])] if step else []
            layer(f"interlaced.{step}.0", width, [(1, 1, features), *near], 9)
            layer(f"interlaced.{step}.1", width, [(1, 1, width)], 7)
            layer(f"interlaced.{step}.2", 2 * slices[0], [(1, 1, width)], 9)
            arrays[f"interlaced.{step}.0.quality"] = rng.integers(-90, 91, width).astype(np.int32)
        stated["interlaced"] = octaves
    description = {
        **stated,
        "analysis": [
            {"op": "down", "by": 4},
            {"op": "conv", **relu},
            {"op": "down", "by": 2},
            {"op": "conv", **relu},
            {"op": "down", "by": 2},
            {"op": "conv", **relu},
        ],
        "synthesis": [
            {"op": "conv", **relu},
            {"op": "up", "by": 2},
            {"op": "conv", **relu},
            {"op": "up", "by": 2},
            {"op": "conv", "low": -2100, "high": 2000},
            {"op": "up", "by": 4},
        ],
        "hyper_analysis": [
            {"op": "conv", **relu},
            {"op": "down", "by": 2},
            {"op": "conv", **relu},
            {"op": "down", "by": 2},
            {"op": "conv", **wide},
        ],
        "hyper_synthesis": [
            {"op": "conv", **relu},
            {"op": "up", "by": 2},
            {"op": "conv", **relu},
            {"op": "up", "by": 2},
            {"op": "conv", "low": -300, "high": 511},
        ],
    }
    return arrays, description


def _made_gains(rng: np.random.Generator, channels: int) -> NDArray[np.int16]:
    """Log-gains that grow with quality, ``[11, channels]``."""
    return (np.arange(-240, 420, 60)[:, None] + rng.integers(-30, 31, (11, channels))).astype(np.int16)


def made_scales(power: int = 3) -> Arrays:
    """Short tables of 63 classes: entries fall off from the middle, and escapes are not rare."""
    reach = np.arange(1, 64) // 2
    tables = []
    for most in reach.tolist():
        weights = np.append((most + 1 - np.abs(np.arange(-most, most + 1))) ** power, 1 + most // 4)
        table = 1 + weights * ((1 << 24) - len(weights)) // weights.sum()
        table[most] += (1 << 24) - table.sum()
        tables.append(table)
    return {"scales.reach": reach.astype(np.int32), "scales.frequencies": np.concatenate(tables).astype(np.int32)}


def made_grid_model(name: str = "made-grid", **shape: Any) -> bytes:
    """The bytes of such a model's file."""
    return save_model(name, *made_grid_tensors(**shape))


def made_pixel_tensors(seed: int = 1, hidden: tuple[int, ...] = (7, 5)) -> tuple[Arrays, dict[str, Any]]:
    """Tensors and description of a random model of kind "pixels", whose outputs take all values that matter."""
    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    networks = []
    for colour, inputs in enumerate((27, 43, 59)):
        widths = (inputs, *hidden, 3)
        for number, (seen, outputs) in enumerate(pairwise(widths)):
            name, last = f"pixels.{colour}.{number}", number == len(hidden)
            most = 40 if last else 60
            arrays[f"{name}.weight"] = rng.integers(-most, most + 1, (outputs, seen)).astype(np.int8)
            arrays[f"{name}.bias"] = rng.integers(-3000, 3000, outputs).astype(np.int32)
            arrays[f"{name}.shift"] = np.full(outputs, 5 if last else 7, np.int8)
        head = f"pixels.{colour}.{len(hidden)}"
        arrays[f"{head}.bias"][:] = np.array([0, -70, -20]) << 5
        arrays[f"{head}.shift"][1] += 1
        arrays[f"pixels.{colour}.0.shift"][0] = 0
        arrays[f"pixels.{colour}.0.weight"][0] //= 20
        relu = [{"op": "dense", "low": 0, "high": 255}] * len(hidden)
        networks.append([*relu, {"op": "dense", "low": -1000, "high": 1100}])
    return arrays, {"kind": "pixels", "networks": networks}


def made_drawing_tensors(seed: int = 1, hidden: tuple[int, int] = (7, 5)) -> tuple[Arrays, dict[str, Any]]:
    """Tensors and description of such a model that knows drawings, too: its networks add a little to the votes."""
    arrays, description = made_pixel_tensors(seed)
    rng = np.random.default_rng(seed + 100)

    def dense(name: str, seen: int, outputs: int, shift: int, most: int = 60) -> None:
        arrays[f"{name}.weight"] = rng.integers(-most, most + 1, (outputs, seen)).astype(np.int8)
        arrays[f"{name}.bias"] = rng.integers(-3000, 3000, outputs).astype(np.int32)
        arrays[f"{name}.shift"] = np.full(outputs, shift, np.int8)

    relu, wide = {"op": "dense", "low": 0, "high": 255}, {"op": "dense", "low": -255, "high": 240}
    logits = {"op": "dense", "low": -16384, "high": 16384}
    first, second = hidden
    dense("drawings.choice.0", CHOICE_WIDTH, first, 8)
    dense("drawings.choice.1", first, second, 7)
    dense("drawings.choice.2", second, RANKS + 1, 5, 20)
    arrays["drawings.choice.2.bias"][RANKS] += 1200 << 5
    drawings: dict[str, Any] = {"choice": [relu, relu, logits]}
    for name, inputs in zip(CHANNELS.values(), VALUE_WIDTHS, strict=True):
        prefix = f"drawings.{name}"
        dense(f"{prefix}.trunk.0", inputs, first, 8)
        dense(f"{prefix}.trunk.1", first, second, 7)
        dense(f"{prefix}.first.0", second, NIBBLE, 4, 30)
        dense(f"{prefix}.second.0", second + NIBBLE, first, 6)
        dense(f"{prefix}.second.1", first, NIBBLE, 5, 30)
        parts = {"trunk": [relu, wide], "first": [logits], "second": [relu, logits]}
        drawings[name] = {**parts, "one": 64 if name == "red" else 255}
    return arrays, {**description, "drawings": drawings}
