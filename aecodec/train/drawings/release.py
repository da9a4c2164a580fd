"""The end of a run: integers, a comparison with the engine, and a model that knows drawings too, with its card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aecodec.arrays import Arrays, Integers16
from aecodec.drawings import DrawingNetworks as Engine
from aecodec.drawings.candidates import RANKS
from aecodec.drawings.networks import CHANNELS, NIBBLE
from aecodec.train.drawings.base import Base
from aecodec.train.drawings.networks import LOGIT_BITS, ChoiceNetwork, DrawingNetworks, ValueNetwork
from aecodec.train.drawings.samples import CHOICE, INPUTS
from aecodec.train.export import ExportError
from aecodec.train.pixels.loop import Training, mean_bits
from aecodec.train.pixels.release import put_dense
from aecodec.train.pixels.store import rows
from aecodec.train.release import commit
from aecodec.train.run_files import write
from aecodec.zoo import Role, save_model, stated

RESTORATION = "restoration"  # begins keys of another network, which stays
CHECKED = 1 << 12  # samples whose every integer is compared


@torch.no_grad()
def release(training: Training, base: Base, folder: Path, name: str) -> tuple[Path, dict[str, float]]:
    """Export the averaged weights, with the other networks of ``base``, to ``folder`` with a card: the model's path,
    and the bits a sample of each network that samples were held back for. A network that none were there to train for
    is that of ``base``, if it has one.

    Raises ExportError if the engine does not give what training simulated, FileError if writing fails.
    """
    model = training.average
    assert isinstance(model, DrawingNetworks)
    if not model.grids:
        model.to_integers(training.samples.tables)
    arrays, networks = tensors_and_description(model)
    check_equal(model, Engine(arrays, networks), [one if len(one) else other for one, other in _tables(training)])
    bits = {
        each: mean_bits(model, number, training.held)
        for number, each in enumerate(INPUTS)
        if len(training.held.tables[number])
    }
    networks |= {
        "data": {"sha256": training.samples.pictures, "validation_sha256": training.held.pictures},
        "training": training.described(),
        "validation": {"bits": bits},
        "commit": commit(),
    }
    others = tuple(f"drawings.{each}." for each in INPUTS)
    kept = {key: array for key, array in base.tensors.items() if not key.startswith(others)}
    before = base.description.get("drawings", {})
    networks |= {key: each for key, each in before.items() if key.startswith(RESTORATION)}
    for unseen, table in zip(INPUTS, training.samples.tables, strict=True):
        if unseen in before and not len(table):
            networks[unseen] = before[unseen]
            arrays |= {key: array for key, array in base.tensors.items() if key.startswith(f"drawings.{unseen}.")}
    description = {**base.description, "family": name, "drawings": networks, **stated(Role.PIXELS)}
    content = save_model(name, {**kept, **arrays}, description)
    path = folder / f"{name}.safetensors"
    write(path.with_suffix(".md"), card(base.card, networks, len(content)).encode())
    write(path, content)
    return path, bits


def tensors_and_description(model: DrawingNetworks) -> tuple[Arrays, dict[str, Any]]:
    """Return the tensors of the networks, and what rebuilds them."""
    arrays: Arrays = {}
    networks: dict[str, Any] = {}
    for number, name in enumerate(INPUTS):
        network = model[number]
        parts = {
            part: [
                put_dense(arrays, ".".join(filter(None, ("drawings", name, part, str(place)))), layer)
                for place, layer in enumerate(layers)
            ]
            for part, layers in network.parts.items()
        }
        if isinstance(network, ValueNetwork):
            networks[name] = {**parts, "one": network.one}
        else:
            networks[name] = parts[""]
    return arrays, networks


def _tables(training: Training) -> Iterator[tuple[Integers16, Integers16]]:
    """Yield the samples of each network that were held back, and those that it was trained on."""
    return zip(training.held.tables, training.samples.tables, strict=True)


def check_equal(model: DrawingNetworks, engine: Engine, tables: Sequence[Integers16]) -> None:
    """Raise ExportError if PyTorch and the engine differ in one integer, of some samples of each network."""
    for number, (name, shift) in enumerate(zip(INPUTS, (None, *CHANNELS), strict=True)):
        inputs = rows(tables[number], slice(CHECKED))[:, : INPUTS[name]]
        network = model[number]
        if isinstance(network, ChoiceNetwork):
            theirs = [network(inputs)]
            ours = [engine.choice(inputs.numpy(), np.zeros((RANKS, len(inputs)), np.int32))]
        else:
            assert isinstance(network, ValueNetwork) and shift is not None
            first = torch.arange(len(inputs)) % NIBBLE
            theirs = list(network(inputs, first))
            logits, trunk = engine.values[shift].first(inputs.numpy())
            ours = [logits, engine.values[shift].second(trunk, first.numpy())]
        for their, our in zip(theirs, ours, strict=True):
            if not np.array_equal((their * 2.0**LOGIT_BITS).numpy(), our):
                raise ExportError(f"the network {name} differs between PyTorch and the engine")


def card(base: str, networks: Mapping[str, Any], size: int) -> str:
    """Return the model's card in Markdown: that of what it is made from, and more; ``size`` of its file in bytes."""
    training, found = networks["training"], networks["validation"]
    bits = "\n".join(f"| {name} | {found['bits'][name]:.4f} |" for name in INPUTS if name in found["bits"])
    return f"""{base.partition(_HEADING)[0].rstrip()}

{_HEADING}

| | |
|---|---|
| networks | one for the choice among candidates ({CHOICE}), and one for each channel of other pixels |
| hidden units of each | {" and ".join(map(str, training["hidden"]))} |
| trained on | drawings with SHA-256 {networks["data"]["sha256"][:16]}…, at most {training["kept"]} samples of each |
| steps, seed | {training["steps"]}, {training["seed"]} |
| begun with | {training["continues"] or "random weights"} |
| file, with all above | {size} bytes, int8 weights |

| network | bits a sample |
|---|---:|
{bits}

Of samples of pictures held out; a value's two symbols count as one sample.
"""


_HEADING = "## Drawings"
