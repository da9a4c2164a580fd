"""The cosine transform as which a model's linear paths begin."""

from __future__ import annotations

import torch
from torch import Tensor


def cosines(count: int) -> Tensor:
    """Return ``count`` rows ``[count, 768]`` of a cosine transform of 16 x 16 pixels in grey, and fewer of two
    colour differences, coarse ones first; columns run over row, column, colour.
    """
    place = torch.arange(16, dtype=torch.float64)
    wave = torch.cos(torch.pi * (2 * place[None] + 1) * place[:, None] / 32)
    wave /= wave.norm(dim=1, keepdim=True)
    colours = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 2.0, -1.0]], dtype=torch.float64)
    colours /= colours.norm(dim=1, keepdim=True)
    weight = (1.0, 2.6, 2.6)  # a colour difference comes as late as a grey wave this much finer
    order = sorted(
        (((u + 1) ** 2 + (v + 1) ** 2) * weight[c] ** 2, c, u, v)
        for c in range(3)
        for u in range(16)
        for v in range(16)
    )
    rows = [torch.einsum("i,j,c->ijc", wave[u], wave[v], colours[c]).flatten() for _, c, u, v in order[:count]]
    return torch.stack(rows).float()
