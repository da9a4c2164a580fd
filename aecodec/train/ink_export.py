"""From a trained ink network to the tensors of the run-time one, and proof that they agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from aecodec.lossless.network import LOGIT_MAX, InkNetwork
from aecodec.train.export import Arrays, ExportError, integer_layer
from aecodec.train.ink import InkNet
from aecodec.train.ink_pixels import Bits, Scans


def released_ink(net: InkNet) -> Arrays:
    """The tensors ``ink.N.weight``, ``.bias`` and ``.shift``; raises ExportError where a bound breaks."""
    arrays: Arrays = {}
    for number, layer in enumerate(net.layers()):
        weight, bias, shift = integer_layer(layer)
        arrays |= {f"ink.{number}.weight": weight, f"ink.{number}.bias": bias, f"ink.{number}.shift": shift}
    return arrays


@torch.no_grad()
def check_ink_equal(net: InkNet, engine: InkNetwork, scans: Sequence[Bits], device: torch.device) -> None:
    """Compare the logits of every pixel of ``scans``; raises ExportError where one differs."""
    resident = Scans(scans, device)
    for number, entries in enumerate(engine.entries(scans)):
        seen, _ = resident.see(resident.all_pixels(range(number, number + 1)))
        ours = (net(seen) * 256).cpu().numpy()
        if not np.array_equal(ours, entries.reshape(-1).astype(np.float32) - LOGIT_MAX):
            raise ExportError(f"the ink network's logits of scan {number} differ between PyTorch and the engine")
