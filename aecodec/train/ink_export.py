"""From a trained ink network to the tensors of the run-time one, and proof that they agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from aecodec.arrays import Arrays, Bits
from aecodec.ink.condition import Condition
from aecodec.ink.names import CONDITIONAL, INK
from aecodec.ink.network import LOGIT_MAX, InkNetwork
from aecodec.ink.window import INPUTS
from aecodec.train.export import ExportError, integer_layer
from aecodec.train.ink import InkNet
from aecodec.train.ink_pixels import Scans


def released_ink(net: InkNet) -> Arrays:
    """Return the tensors ``ink.N.weight``, ``.bias`` and ``.shift``; raises ExportError if a bound breaks.

    Those of a network that sees lossy pictures are named ``based.N``.
    """
    arrays: Arrays = {}
    prefix = prefix_of(net)
    for number, layer in enumerate(net.layers()):
        weight, bias, shift = integer_layer(layer)
        name = f"{prefix}.{number}"
        arrays |= {f"{name}.weight": weight, f"{name}.bias": bias, f"{name}.shift": shift}
    return arrays


def prefix_of(net: InkNet) -> str:
    """Return how the names of the network's tensors begin."""
    return INK if net.first.weight.shape[1] == INPUTS else CONDITIONAL


@torch.no_grad()
def check_ink_equal(
    net: InkNet, engine: InkNetwork, scans: Sequence[Bits], device: torch.device, base: Condition | None = None
) -> None:
    """Compare the logits of every pixel of ``scans``; raises ExportError if one differs."""
    resident = Scans(scans, device, base)
    for number, entries in enumerate(engine.entries(scans, base)):
        seen, _ = resident.see(resident.all_pixels(range(number, number + 1)))
        ours = (net(seen) * 256).cpu().numpy()
        if not np.array_equal(ours, entries.reshape(-1).astype(np.float32) - LOGIT_MAX):
            raise ExportError(f"the ink network's logits of scan {number} differ between PyTorch and the engine")
