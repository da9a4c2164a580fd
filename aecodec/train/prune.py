"""Between phases: drop unused latents, cut frequency tables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aecodec.train.exact_layers import ExactLayer, round_ste
from aecodec.train.networks import Autoencoder, Coder
from aecodec.train.prior import Prior

OBSERVED = 5_000  # pictures that calibrate the layers' grids
# A latent is dropped that is zero in so large a share of training pictures: what it saves in distortion costs
# more in bits than the same elsewhere. Symbols that were searched for say themselves what they are worth.
MOSTLY_ZERO = 0.91
SEARCHED_ZERO = 0.998
RARE = 5  # a table keeps a symbol that at least so many training pictures use, copies left out
SLACK = 1.3  # room for latents that still grow, where tables are not cut


@dataclass(frozen=True)
class Ranges:
    """Which latents are in use, the smallest and largest symbol of each of those, and whether
    the tables hold just these (or all up to ``radius``).
    """

    active: list[int]
    low: list[int]
    high: list[int]
    cut: bool

    @property
    def radius(self) -> int:
        """The largest symbol that the tables have room for."""
        most = max(1, *(-n for n in self.low), *self.high)
        return most if self.cut else math.ceil(SLACK * most) + 2

    def as_lists(self) -> list[list[int]]:
        """Turn it to lists, for a checkpoint."""
        return [self.active, self.low, self.high, [int(self.cut)]]

    @classmethod
    def from_lists(cls, lists: list[list[int]]) -> Ranges:
        """Take it from a checkpoint's lists."""
        active, low, high, cut = lists
        return cls(active, low, high, bool(cut[0]))


@torch.no_grad()
def hard_symbols(model: Coder, pictures: Tensor) -> Tensor:
    """Round what analysis makes of ``pictures`` (uint8 ``[N, 1, H, W]``) within the tables, int8 ``[N, latents]``."""
    parts = []
    for batch in torch.split(pictures, 500):
        symbols = round_ste(model.analysis(batch.float() / 256).float())
        parts.append(symbols.clamp(model.prior.low, model.prior.high).to(torch.int8))
    return torch.cat(parts)


@torch.no_grad()
def observe(model: Coder, pictures: Tensor, symbols: Tensor) -> None:
    """Run pictures through analysis and their symbols through synthesis and prior, for the activations' ranges."""
    model.set_observing(True)
    for batch, its in zip(torch.split(pictures[:OBSERVED], 500), torch.split(symbols[:OBSERVED], 500), strict=True):
        model.analysis(batch.float() / 256)
        model.synthesis(its.float())
        model.prior.costs(its.float())
    model.set_observing(False)


def count_symbols(symbols: Tensor, radius: int) -> Tensor:
    """Count how often each symbol occurs, ``[latents, 2*radius + 1]``, in ``symbols`` ``[N, latents]``."""
    index = symbols.T.long() + radius
    counts = torch.zeros(len(index), 2 * radius + 1, device=symbols.device)
    return counts.scatter_add_(1, index, torch.ones_like(index, dtype=counts.dtype))


def measure_ranges(counts: Tensor, *, mostly_zero: float, cut: bool) -> Ranges:
    """Find the latents and symbols in use, from what :func:`count_symbols` counted."""
    latents, radius, pictures = len(counts), counts.shape[1] // 2, counts[0].sum()
    used = counts >= counts.new_tensor(RARE).clamp_max(max(1.0, float(pictures) / 200))
    used[:, radius] = True
    active = [d for d in range(latents) if float(counts[d, radius] / pictures) < mostly_zero] or [0]
    low = [int(used[d].nonzero()[0]) - radius for d in active]
    high = [int(used[d].nonzero()[-1]) - radius for d in active]
    return Ranges(active, low, high, cut)


@torch.no_grad()
def pruned(model: Autoencoder, ranges: Ranges) -> Autoencoder:
    """Leave ``model`` the active latents only, its frequency tables no larger than ``ranges`` want them."""
    active = torch.tensor(ranges.active)
    old = model.prior
    first, second = old.units
    radius = min(old.radius, ranges.radius)
    rows_first = _groups(active, torch.arange(first), first)
    rows_second = _groups(active, torch.arange(second), second)
    entries = torch.cat(
        [torch.arange(old.radius - radius, old.radius + radius + 1), torch.tensor([2 * old.radius + 1])]
    )
    rows_head = _groups(active, entries, 2 * old.radius + 2)
    _keep(model.analysis.latent, rows=active)
    _keep(model.synthesis.layers()[0], columns=active)
    _keep(model.synthesis.linear, columns=active)
    new = Prior(len(ranges.active), radius, first, second)
    _keep(old.first, rows_first, active)
    _keep(old.second, rows_second, rows_first)
    _keep(old.head, rows_head)
    for mine, theirs in zip(new.layers(), old.layers(), strict=True):
        mine.weight, mine.bias = theirs.weight, theirs.bias
        mine.fraction_in, mine.fraction_out = theirs.fraction_in, theirs.fraction_out
        mine.integer, mine.observed = theirs.integer, theirs.observed
    new.factorized = old.factorized
    if ranges.cut:
        new.low.copy_(torch.tensor(ranges.low))
        new.high.copy_(torch.tensor(ranges.high))
    model.prior = new
    return model


def _groups(active: Tensor, kept: Tensor, units: int) -> Tensor:
    return (active[:, None] * units + kept).flatten()


def _keep(layer: ExactLayer, rows: Tensor | None = None, columns: Tensor | None = None) -> None:
    weight, bias = layer.weight.detach(), layer.bias.detach()
    if rows is not None:
        weight, bias = weight[rows.to(weight.device)], bias[rows.to(weight.device)]
    if columns is not None:
        weight = weight[:, columns.to(weight.device)]
    layer.weight = torch.nn.Parameter(weight.clone())
    layer.bias = torch.nn.Parameter(bias.clone())
