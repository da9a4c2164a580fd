"""The end of a run: integers, a comparison with the engine, a model file and its card."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aecodec.kinds import PixelCodec
from aecodec.limits import ACTIVATION_MAX
from aecodec.pixels.inputs import COLOURS, WIDTHS
from aecodec.train.export import Arrays, ExportError, integer_layer
from aecodec.train.pixels.loop import Training, mean_bits, rows
from aecodec.train.pixels.networks import PixelNetworks
from aecodec.train.pixels.samples import OUTCOME, Samples
from aecodec.train.release import LICENCE, Release, commit
from aecodec.train.run_files import write
from aecodec.zoo import save_model

CALIBRATED = 1 << 17  # samples of each colour by whose activations grids are chosen
CHECKED = 1 << 14  # samples whose every integer is compared


@torch.no_grad()
def release(training: Training, folder: Path, name: str) -> Release:
    """Export the averaged weights to ``folder`` with a card.

    Raises ExportError where the engine does not give what training simulated, FileError where writing fails.
    """
    model = training.average
    in_floats = [mean_bits(model, colour, training.held) for colour in range(COLOURS)]
    calibrate(model, training.samples)
    arrays, description = tensors_and_description(model)
    check_equal(model, PixelCodec(arrays, description), training.held)
    in_integers = [mean_bits(model, colour, training.held) for colour in range(COLOURS)]
    settings = asdict(training.settings) | {"steps": training.step}
    settings["continues"] = Path(training.settings.continues).resolve().parent.name if settings["continues"] else ""
    description |= {
        "family": name,
        "data": {"sha256": training.samples.pictures, "validation_sha256": training.held.pictures},
        "training": settings,
        "validation": {"bits": in_integers, "bits_in_floats": in_floats},
        "commit": commit(),
        "licence": LICENCE,
    }
    content = save_model(name, arrays, description)
    path = folder / f"{name}.safetensors"
    write(path.with_suffix(".md"), card(name, description, len(content)).encode())
    write(path, content)
    return Release(path, description)


def calibrate(model: PixelNetworks, samples: Samples) -> None:
    """Choose the grids of activations by what is seen in floats, and go over to integers."""
    for colour, table in enumerate(samples.tables):
        hidden = model[colour].layers()[:-1]
        for layer in hidden:
            layer.observing = True
        model[colour](rows(table, slice(None, None, max(1, len(table) // CALIBRATED)))[:, :-OUTCOME])
        for layer, behind in zip(hidden, model[colour].layers()[1:], strict=True):
            layer.observing = False
            layer.calibrate()
            behind.fraction_in = layer.fraction_out
    for layer in model.layers():
        layer.integer = True


def tensors_and_description(model: PixelNetworks) -> tuple[Arrays, dict[str, Any]]:
    """The tensors of the model's file, and what rebuilds it."""
    arrays: Arrays = {}
    networks = []
    for colour in range(COLOURS):
        steps = []
        for number, layer in enumerate(model[colour].layers()):
            weight, bias, shift = integer_layer(layer)
            prefix = f"pixels.{colour}.{number}"
            arrays |= {f"{prefix}.weight": weight, f"{prefix}.bias": bias, f"{prefix}.shift": shift}
            steps.append({"op": "dense", "low": layer.low, "high": layer.high})
        networks.append(steps)
    return arrays, {"kind": PixelCodec.kind, "networks": networks}


def check_equal(model: PixelNetworks, codec: PixelCodec, samples: Samples) -> None:
    """Raises ExportError where PyTorch and the engine differ in one integer."""
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
    """The model's card in Markdown; ``size`` of its file in bytes."""
    training, found = description["training"], description["validation"]
    colours = "\n".join(
        f"| {label} | {ours:.4f} | {theirs:.4f} |"
        for label, ours, theirs in zip(("green", "red", "blue"), found["bits"], found["bits_in_floats"], strict=True)
    )
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

| colour | bits a sample | before rounding |
|---|---:|---:|
{colours}

Estimated by the network's own distributions, of samples of pictures held out.
"""
