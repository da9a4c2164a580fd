"""A model's integers run by PyTorch's layers in training's integer mode, against NumPy's at run time.

The layers are those of :mod:`aecodec.train.exact_layers`. A released model gives their weights, biases and exponents,
all of which are held; grids are whole numbers, so that nothing is scaled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from torch import Tensor
from torch.nn import functional as F

from aecodec.entropy import frequencies
from aecodec.ink import Condition
from aecodec.ink.names import CONDITIONAL, INK
from aecodec.ink.network import LOGIT_MAX
from aecodec.ink.window import UNIT_BITS
from aecodec.limits import ACTIVATION_MAX
from aecodec.lossy.prior import LOGIT_MAX as PRIOR_LOGIT_MAX
from aecodec.scans.find import recover
from aecodec.train.exact_layers import Conv, Dense, ExactLayer
from aecodec.train.ink import InkNet
from aecodec.train.ink_export import check_ink_equal
from aecodec.zoo import Model, Zoo
from tests.trust.trial import Size, Tally, Trial

Arrays = dict[str, NDArray[Any]]
Step = Callable[[Tensor, Tensor], Tensor]  # the value so far, pictures channels first, and the chain's own input


def trials_of(pictures: NDArray[np.uint8], size: Size) -> Iterator[Trial]:
    """A trial for each device and number of threads."""
    places = [("cpu", 1), ("cpu", 2)] if size is Size.FULL else [("cpu", 1)]
    places += [("cuda", 1)] if torch.cuda.is_available() else []
    zoo = Zoo()
    models = [(path, zoo.load(path)) for path in zoo.files()]
    if size is Size.QUICK:
        models = [each for each in models if each[1].latent_dim == 8 or each[1].ink is not None]
    for device, threads in places:
        name = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {threads} thread{'s'[: threads - 1]}"
        tally = Tally(f"PyTorch's integers: {name}, {len(models)} models", "the same symbols, pixels and tables")
        tally.measured["PyTorch"] = torch.__version__
        tally.measured["GPU"] = name if device == "cuda" else "none here" if not torch.cuda.is_available() else "apart"
        with _threads(threads):
            for path, model in models:
                arrays = load_file(path)
                _compare(tally, model, arrays, pictures, torch.device(device))
                if model.ink is not None:
                    _compare_ink(tally, model, arrays, pictures[: size.pick(1, 50)], torch.device(device))
        yield tally.trial


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@torch.no_grad()
def _compare(tally: Tally, model: Model, arrays: Arrays, pictures: NDArray[np.uint8], device: torch.device) -> None:
    """One count a picture: its symbols, the pixels that they give, and every frequency table."""
    lossy, prior = model.tiles.networks, model.tiles.networks.prior
    analysis = _chain(arrays, "analysis", model.description["analysis"], device)
    synthesis = _chain(arrays, "synthesis", model.description["synthesis"], device)
    tables = _tables(arrays, model, device)
    for start in range(0, len(pictures), 250):
        tiles = pictures[start : start + 250]
        symbols = lossy.analyse(tiles)
        same = (_run(analysis, torch.from_numpy(tiles[:, None]).float().to(device)) == symbols).all(1)
        pixels = _run(synthesis, torch.from_numpy(symbols).float().to(device))[:, 0]
        same &= (pixels == lossy.synthesise(symbols)).all((1, 2))
        context = prior.start(len(tiles))
        for latent, theirs in enumerate(tables(torch.from_numpy(symbols).float().to(device))):
            same &= (frequencies(theirs) == prior.table(context, latent)).all(1)
            prior.advance(context, latent, symbols[:, latent])
        for number, each in enumerate(same.tolist(), start):
            tally.count(None if each else f"{model.id}: picture {number} on {device}")


def _run(steps: list[Step], x: Tensor) -> NDArray[np.float32]:
    start = x.permute(0, 2, 3, 1).flatten(1) if x.dim() == 4 else x
    for step in steps:
        x = step(x, start)
    found: NDArray[np.float32] = x.cpu().numpy()
    return found


def _chain(arrays: Arrays, prefix: str, description: list[dict[str, Any]], device: torch.device) -> list[Step]:
    steps: list[Step] = []
    number = 0
    for entry in description:
        op = entry["op"]
        layer = None
        if op in ("dense", "conv", "add"):
            layer = _layer(arrays, f"{prefix}.{number}", entry).to(device)
            number += 1
        steps.append(_step(op, entry, layer))
    return steps


def _step(op: str, entry: dict[str, Any], layer: ExactLayer | None) -> Step:
    if op == "add":
        assert layer is not None
        return lambda x, start: x + _pictures_of(layer(start), x)
    if layer is not None:
        return lambda x, start: layer(x)
    if op == "round":
        scale, low, high = 2.0 ** -entry["shift"], entry["low"], entry["high"]
        return lambda x, start: torch.floor(x * scale + 0.5).clamp(low, high)
    if op == "reshape":
        height, width, channels = entry["shape"]
        return lambda x, start: x.reshape(-1, height, width, channels).permute(0, 3, 1, 2)
    steps: dict[str, Step] = {
        "flatten": lambda x, start: x.permute(0, 2, 3, 1).flatten(1),
        "concat": lambda x, start: torch.cat([x, start], 1),
        "shuffle": lambda x, start: F.pixel_shuffle(x, 2),
    }
    return steps[op]


def _pictures_of(flat: Tensor, like: Tensor) -> Tensor:
    """``[B, H * W * C]`` as ``like``, channels first."""
    count, channels, height, width = like.shape
    return flat.reshape(count, height, width, channels).permute(0, 3, 1, 2)


def _layer(arrays: Arrays, name: str, entry: dict[str, Any]) -> ExactLayer:
    weight = arrays[f"{name}.weight"]
    grid = {"low": entry["low"], "high": entry["high"]}
    if weight.ndim == 4:
        outputs, kernel, _, inputs = weight.shape
        layer: ExactLayer = Conv(inputs, outputs, kernel, entry["stride"], **grid)
        weight = weight.transpose(0, 3, 1, 2)
    else:
        layer = Dense(weight.shape[1], weight.shape[0], **grid)
    return _held(layer, weight, arrays[f"{name}.bias"], arrays[f"{name}.shift"])


@torch.no_grad()
def _held(layer: ExactLayer, weight: NDArray[Any], bias: NDArray[Any], shift: NDArray[Any]) -> ExactLayer:
    """``layer`` with a release's integers, in integer mode; the inverse of ``train.export.integer_layer``."""
    exponent = torch.from_numpy(shift.astype(np.int64)) - layer.fraction_in + layer.fraction_out
    scale = torch.exp2(-exponent.float())
    whole = torch.from_numpy(np.ascontiguousarray(weight)).float()
    layer.weight.copy_(whole * scale.reshape((-1,) + (1,) * (whole.dim() - 1)))
    layer.bias.copy_(torch.from_numpy(bias).float() * scale * 2.0**-layer.fraction_in)
    layer.held, layer.holding, layer.integer = exponent, True, True
    return layer


def _tables(arrays: Arrays, model: Model, device: torch.device) -> Callable[[Tensor], Iterator[NDArray[np.float32]]]:
    """Of symbols ``[n, latents]`` the logits of each latent's table."""
    latents = model.tiles.networks.prior.latents
    first, second = model.description["prior_units"]
    low, high = arrays["prior.low"].astype(int), arrays["prior.high"].astype(int)
    steps, entries = range(latents), high - low + 2
    relu = {"low": 0, "high": ACTIVATION_MAX}
    wide = {"low": -PRIOR_LOGIT_MAX, "high": PRIOR_LOGIT_MAX}
    ones = _whole(arrays, "prior.0", [(first, d + 1) for d in steps], latents, relu).to(device)
    twos = _whole(arrays, "prior.1", [(second, d * first) for d in steps], latents * first, relu).to(device)
    heads, row = [], 0
    for count in entries:
        part = slice(row, row + count)
        weight = arrays["prior.2.weight"].reshape(-1, second)[part]
        head = _held(Dense(second, count, **wide), weight, arrays["prior.2.bias"][part], arrays["prior.2.shift"][part])
        heads.append(head.to(device))
        row += count

    def logits(symbols: Tensor) -> Iterator[NDArray[np.float32]]:
        hidden = twos(ones(symbols)).reshape(len(symbols), latents, second)
        for latent, head in enumerate(heads):
            yield head(hidden[:, latent]).cpu().numpy()

    return logits


def _whole(arrays: Arrays, name: str, shapes: list[tuple[int, int]], inputs: int, grid: dict[str, int]) -> ExactLayer:
    """One masked layer from the packed rows of ``name``."""
    weight = np.zeros((sum(rows for rows, _ in shapes), inputs), np.int8)
    row = place = 0
    for rows, columns in shapes:
        end = place + rows * columns
        weight[row : row + rows, :columns] = arrays[f"{name}.weight"][place:end].reshape(rows, columns)
        row, place = row + rows, end
    return _held(Dense(inputs, len(weight), **grid), weight, arrays[f"{name}.bias"], arrays[f"{name}.shift"])


def _compare_ink(tally: Tally, model: Model, arrays: Arrays, pictures: NDArray[np.uint8], device: torch.device) -> None:
    """One count a scan and network: the logits of all its pixels."""
    assert model.ink is not None
    found = recover(pictures, beam=4)
    known = [(scan, tile) for scan, tile in zip(found, pictures, strict=True) if scan is not None]
    for scan, tile in known or [(None, pictures[0])]:
        bits = (pictures[0, :20, :20] > 99).astype(np.uint8) if scan is None else scan.bits
        corner = (0, 0) if scan is None else (scan.top, scan.left)
        base = Condition(tile[None], np.array([corner]))
        for prefix, engine, given in (
            (INK, model.ink.best, None),
            (CONDITIONAL, model.ink.conditional.network if model.ink.conditional else None, base),
        ):
            try:
                check_ink_equal(_ink_net(arrays, prefix).to(device), engine, [bits], device, given)  # type: ignore[arg-type]
            except RuntimeError as error:
                tally.count(f"{model.id}, {prefix}: {error}")
            else:
                tally.count()


def _ink_net(arrays: Arrays, prefix: str) -> InkNet:
    first, second = (arrays[f"{prefix}.{n}.weight"] for n in (0, 1))
    net = InkNet(first.shape[1], len(first), len(second))
    net.use_integers((0, 0))
    assert (net.first.fraction_in, net.third.fraction_out, net.third.high) == (UNIT_BITS, 8, LOGIT_MAX)
    for number, layer in enumerate(net.layers()):
        name = f"{prefix}.{number}"
        _held(layer, *(arrays[f"{name}.{part}"] for part in ("weight", "bias", "shift")))
    return net
