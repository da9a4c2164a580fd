"""A trained network for restoration as part of a model of exact pixels: integers, a comparison, what it gains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from aecodec.arrays import Arrays
from aecodec.codec.distortion import visible_mse
from aecodec.drawings import Restoration
from aecodec.errors import ModelError
from aecodec.train.drawings.base import Base
from aecodec.train.export import ExportError
from aecodec.train.release import commit
from aecodec.train.restoration.network import NAME, Network, tensors_and_entries
from aecodec.train.restoration.pairs import Pair, crops
from aecodec.zoo import Role, save_model, stated

HEADING = "## Restoration"
_CHECKED = 64  # pictures whose every integer is compared


def engine_of(network: Network) -> tuple[Restoration, Arrays]:
    """Return what a reader makes of ``network``, and its tensors. Raises ExportError where sums might not be exact."""
    arrays, entries = tensors_and_entries(network)
    try:
        return Restoration(arrays, entries), arrays
    except ModelError as error:
        raise ExportError(f"the network of restoration cannot be released: {error}") from error


@torch.no_grad()
def check_equal(network: Network, engine: Restoration, pairs: Sequence[Pair]) -> None:
    """Raise ExportError if PyTorch and the engine differ in one sample of some pictures."""
    for pair in pairs[:_CHECKED]:
        batch = crops([pair])
        found = (batch.seen[:, :3] + network(batch.seen, batch.quality)).clamp(-1, 127 / 128)
        seen, theirs = ((128 * each[0] + 128).permute(1, 2, 0).numpy().astype(np.uint8) for each in (batch.seen, found))
        (ours,) = engine([np.ascontiguousarray(seen)], pair.quality)
        if not np.array_equal(theirs, ours[..., :3]):
            raise ExportError("the network of restoration differs between PyTorch and the engine")


def gained(engine: Restoration, pairs: Sequence[Pair]) -> Iterator[tuple[int, float, float]]:
    """Yield of each quality the mean squared error of altered pictures before and behind, samples in 0..255."""
    for quality in sorted({pair.quality for pair in pairs}):
        some = [pair for pair in pairs if pair.quality == quality]
        behind = engine([pair.altered for pair in some], quality)
        before = [visible_mse(pair.given, pair.altered) for pair in some]
        after = [visible_mse(pair.given, its) for pair, its in zip(some, behind, strict=True)]
        yield quality, 255**2 * float(np.mean(before)), 255**2 * float(np.mean(after))


def released(
    name: str, base: Base, network: Network, held: Sequence[Pair], training: Mapping[str, object]
) -> tuple[bytes, str]:
    """Return the model ``base``, called ``name``, with ``network``, and its card.

    ``training`` is what the file says of the run. Raises ExportError if the engine does not give what training
    simulated.
    """
    engine, arrays = engine_of(network)
    check_equal(network, engine, held)
    gains = list(gained(engine, held))
    kept = {name: each for name, each in base.tensors.items() if not name.startswith(f"{NAME}.")}
    described = {
        **base.description["drawings"],
        "restoration": tensors_and_entries(network)[1],
        "restoration_training": {**training, "commit": commit(), "mse": gains},
    }
    content = save_model(name, {**kept, **arrays}, {**base.description, "drawings": described, **stated(Role.PIXELS)})
    rows = "\n".join(f"| {quality} | {before:.1f} | {after:.1f} |" for quality, before, after in gains)
    widths = ", ".join(str(layer.outputs) for layer in network.layers()[:-1])
    seen = f"{training['pictures']} drawings with SHA-256 {str(training['sha256'])[:16]}…"
    return (
        content,
        f"""{base.card.partition(HEADING)[0].rstrip()}

{HEADING}

| | |
|---|---|
| network | 3 x 3 convolutions of {widths} channels, behind altered drawings |
| trained on | {seen}, {training["minutes"]} minutes |
| file, with all above | {len(content)} bytes, int8 weights |

| quality | MSE of altered drawings | restored |
|---:|---:|---:|
{rows}

Means over pictures held out, samples in 0..255.
""",
    )
