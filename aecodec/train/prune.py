"""From the float phase to the integer phase: drop unused latents, cut frequency tables."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aecodec.train.layers import ExactLayer, round_ste
from aecodec.train.networks import Autoencoder, Prior

OBSERVED = 5_000  # pictures that calibrate synthesis and prior
# A latent is dropped that is zero in so large a share of training pictures: what it saves in distortion costs
# more in bits than the same elsewhere. Of the MNIST model of latent_dim 784, 150 of 420 took a fifth of the rate;
# the distortion that their loss added, training and search won back.
MOSTLY_ZERO = 0.91
RARE = 5  # a table keeps a symbol that at least so many training pictures use


@dataclass(frozen=True)
class Ranges:
    """Which latents are in use, and the smallest and largest symbol of each of those."""

    active: list[int]
    low: list[int]
    high: list[int]

    def as_lists(self) -> list[list[int]]:
        """For a checkpoint."""
        return [self.active, self.low, self.high]

    @classmethod
    def from_lists(cls, lists: list[list[int]]) -> Ranges:
        """From a checkpoint."""
        return cls(*lists)


@torch.no_grad()
def count_symbols(model: Autoencoder, pictures: Tensor) -> Tensor:
    """How often each symbol occurs, ``[latents, 2*radius + 1]``, over ``pictures``, uint8 ``[N, 1, H, W]``.

    The first of them also run through synthesis and prior, for whoever observes activations.
    """
    radius = model.prior.radius
    counts = torch.zeros(model.prior.latents, 2 * radius + 1, device=pictures.device)
    seen = 0
    for batch in torch.split(pictures, 500):
        latents = model.analysis(batch.float() / 256).float().clamp(-radius, radius)
        symbols = round_ste(latents)
        if seen < OBSERVED:
            model.synthesis(symbols)
            model.prior.costs(symbols)
        seen += len(batch)
        index = (symbols + radius).long().T  # [latents, B]
        counts.scatter_add_(1, index, torch.ones_like(index, dtype=counts.dtype))
    return counts


def measure_ranges(counts: Tensor) -> Ranges:
    """Latents and symbols in use, from what :func:`count_symbols` counted."""
    latents, radius, pictures = len(counts), counts.shape[1] // 2, counts[0].sum()
    used = counts >= counts.new_tensor(RARE).clamp_max(max(1.0, float(pictures) / 200))
    used[:, radius] = True
    active = [d for d in range(latents) if float(counts[d, radius] / pictures) < MOSTLY_ZERO] or [0]
    low = [int(used[d].nonzero()[0]) - radius for d in active]
    high = [int(used[d].nonzero()[-1]) - radius for d in active]
    return Ranges(active, low, high)


@torch.no_grad()
def pruned(model: Autoencoder, ranges: Ranges, *, cut_tables: bool) -> Autoencoder:
    """``model`` on the active latents only; with ``cut_tables`` the frequency tables hold no
    symbols but those of ``ranges``, and escapes.
    """
    active = torch.tensor(ranges.active)
    old = model.prior
    first, second = old.units
    rows_first = _groups(active, first)
    rows_second = _groups(active, second)
    rows_head = _groups(active, 2 * old.radius + 2)
    _keep(model.analysis.latent, rows=active)
    _keep(model.synthesis.layers()[0], columns=active)
    _keep(model.synthesis.linear, columns=active)
    new = Prior(len(ranges.active), old.radius, first, second)
    _keep(old.first, rows_first, active)
    _keep(old.second, rows_second, rows_first)
    _keep(old.head, rows_head)
    for mine, theirs in zip(new.layers(), old.layers(), strict=True):
        mine.weight, mine.bias = theirs.weight, theirs.bias
        mine.fraction_in, mine.fraction_out = theirs.fraction_in, theirs.fraction_out
        mine.integer = theirs.integer
    new.factorized = old.factorized
    if cut_tables:
        new.low.copy_(torch.tensor(ranges.low))
        new.high.copy_(torch.tensor(ranges.high))
    model.prior = new
    return model


def _groups(active: Tensor, units: int) -> Tensor:
    return (active[:, None] * units + torch.arange(units)).flatten()


def _keep(layer: ExactLayer, rows: Tensor | None = None, columns: Tensor | None = None) -> None:
    weight, bias = layer.weight.detach(), layer.bias.detach()
    if rows is not None:
        weight, bias = weight[rows.to(weight.device)], bias[rows.to(weight.device)]
    if columns is not None:
        weight = weight[:, columns.to(weight.device)]
    layer.weight = torch.nn.Parameter(weight.clone())
    layer.bias = torch.nn.Parameter(bias.clone())
