"""The end of a run: integers, a comparison with the engine, a model file and its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from aecodec.arrays import Arrays
from aecodec.kinds import PixelCodec
from aecodec.limits import ACTIVATION_MAX
from aecodec.pixels.inputs import COLOURS, WIDTHS
from aecodec.train.exact_layers import ExactLayer
from aecodec.train.export import ExportError, integer_layer
from aecodec.train.pixels.loop import Training, mean_bits
from aecodec.train.pixels.networks import PixelNetworks
from aecodec.train.pixels.samples import OUTCOME, Samples
from aecodec.train.pixels.store import rows
from aecodec.train.release import LICENCE, Release, commit
from aecodec.train.run_files import write
from aecodec.zoo import Role, save_model, stated

NAMES = "green", "red", "blue"
CHECKED = 1 << 14  # samples whose every integer is compared


@torch.no_grad()
def release(training: Training, folder: Path, name: str) -> Release:
    """Export the averaged weights to ``folder`` with a card.

    Raises ExportError if the engine does not give what training simulated, FileError if writing fails.
    """
    model = training.average
    assert isinstance(model, PixelNetworks)
    if not model.grids:
        model.to_integers(training.samples.tables)
    arrays, description = tensors_and_description(model)
    check_equal(model, PixelCodec(arrays, description), training.held)
    in_integers = [mean_bits(model, colour, training.held) for colour in range(COLOURS)]
    description |= {
        "family": name,
        "data": {"sha256": training.samples.pictures, "validation_sha256": training.held.pictures},
        "training": training.described(),
        "validation": {"bits": in_integers},
        "commit": commit(),
        "licence": LICENCE,
        **stated(Role.PIXELS),
    }
    content = save_model(name, arrays, description)
    path = folder / f"{name}.safetensors"
    write(path.with_suffix(".md"), card(name, description, len(content)).encode())
    write(path, content)
    return Release(path, description)


def tensors_and_description(model: PixelNetworks) -> tuple[Arrays, dict[str, Any]]:
    """Return the tensors of the model's file, and what rebuilds it."""
    arrays: Arrays = {}
    networks = []
    for colour in range(COLOURS):
        steps = []
        for number, layer in enumerate(model[colour].layers()):
            steps.append(put_dense(arrays, f"pixels.{colour}.{number}", layer))
        networks.append(steps)
    return arrays, {"kind": PixelCodec.kind, "networks": networks}


def put_dense(arrays: Arrays, prefix: str, layer: ExactLayer) -> dict[str, Any]:
    """Put a dense layer among the tensors; what describes it."""
    weight, bias, shift = integer_layer(layer)
    arrays |= {f"{prefix}.weight": weight, f"{prefix}.bias": bias, f"{prefix}.shift": shift}
    return {"op": "dense", "low": layer.low, "high": layer.high}


def check_equal(model: PixelNetworks, codec: PixelCodec, samples: Samples) -> None:
    """Raise ExportError if PyTorch and the engine differ in one integer."""
    together = np.zeros((COLOURS, max(WIDTHS), CHECKED), np.float32)
    theirs = []
    for colour, table in enumerate(samples.tables):
        inputs = rows(table, slice(CHECKED))[:, :-OUTCOME]
        together[colour, : WIDTHS[colour], : len(inputs)] = inputs.numpy().T
        theirs.append((model[colour](inputs) * 2.0 ** model[colour].head.fraction_out).numpy())
    for colour, ours in enumerate(codec.networks.outputs(together)):
        if not np.array_equal(theirs[colour], ours[: len(theirs[colour])]):
            raise ExportError(f"the network of colour {colour} differs between PyTorch and the engine")


def card(name: str, description: dict[str, Any], size: int) -> str:
    """Return the model's card in Markdown; ``size`` of its file in bytes."""
    training, found = description["training"], description["validation"]
    colours = "\n".join(f"| {label} | {bits:.4f} |" for label, bits in zip(NAMES, found["bits"], strict=True))
    return f"""# {name}

| | |
|---|---|
| kind | pixels: exact pictures of any size, grey or colour |
| network of a colour | {" and ".join(map(str, training["hidden"]))} hidden units, activations up to {ACTIVATION_MAX} |
| trained on | pictures with SHA-256 {description["data"]["sha256"][:16]}…, {training["kept"]} samples of each |
| steps, seed | {training["steps"]}, {training["seed"]} |
| begun with | {training["continues"] or "random weights"} |
| file | {size} bytes, int8 weights |
| licence | {description["licence"]} |

| colour | bits a sample |
|---|---:|
{colours}

Estimated by the network's own distributions, of samples of pictures held out.
"""
