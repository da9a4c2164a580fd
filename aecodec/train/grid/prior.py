"""What tells latents: hyper-analysis h_a, hyper-synthesis h_s, and the context model (Ballé et al. 2018, Minnen et al.
2018; the checkerboard and uneven slices of He et al. 2021, 2022). The first slice may be interlaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecodec.grid.interlacing import NEIGHBOURS, places, step_count, surroundings
from aecodec.grid.names import INTERLACED
from aecodec.train.grid.convolutions import Layer, Part, depth_to_space, single, space_to_depth
from aecodec.train.grid.widths import Widths

# Codes latents, given their means and log-scales, and a mask of those that count, or None for all. Returns them as a
# decoder has them, and bits [B].
Code = Callable[[Tensor, Tensor, Tensor, Tensor | None], tuple[Tensor, Tensor]]


class HyperAnalysis(nn.Module):
    """h_a: latents to hyper-latents at a quarter of their grid."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        hyper = widths.hyper
        self.first = single(widths.total, hyper, 3, wide=True, quality=True)
        self.second = nn.ModuleList([single(4 * hyper, hyper, 1), single(hyper, hyper, 3)])
        self.last = single(4 * hyper, widths.hyper_latents, 1, relu=False)

    def forward(self, latents: Tensor, quality: Tensor) -> Tensor:
        x = space_to_depth(self.first([latents], quality), 2)
        for layer in self.second:
            x = layer([x])
        found: Tensor = self.last([space_to_depth(x, 2)])
        return found


class HyperSynthesis(nn.Module):
    """h_s: hyper-latents to features on the latents' grid."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        hyper = widths.hyper
        self.first = nn.ModuleList(
            [single(widths.hyper_latents, hyper, 3, wide=True, quality=True), single(hyper, 4 * hyper, 1)]
        )
        self.second = nn.ModuleList([single(hyper, hyper, 3), single(hyper, 4 * hyper, 1)])
        self.last = single(hyper, hyper, 3)

    def forward(self, hyper: Tensor, quality: Tensor, size: tuple[int, int]) -> Tensor:
        """Compute means and log-scales; ``size``: height and width of the latents' grid."""
        height, width = size
        x = depth_to_space(self.first[1]([self.first[0]([hyper], quality)]), 2)
        x = depth_to_space(self.second[1]([self.second[0]([x])]), 2)
        found: Tensor = self.last([x[:, :, :height, :width]])
        return found


class Slice(nn.Module):
    """What tells one slice of the latents: features, slices before, and of its own checkerboard the first half."""

    def __init__(self, widths: Widths, number: int) -> None:
        super().__init__()
        before, own = sum(widths.latents[:number]), widths.latents[number]
        parts = [Part(widths.hyper, 1)]
        parts += [Part(before, 3, wide=True)] if before else []
        parts += [Part(own, 3, cross=True, wide=True)]
        self.first = Layer(parts, widths.context, quality=True)
        self.second = single(widths.context, widths.context, 1)
        self.last = Layer([Part(widths.context, 1)], 2 * own, relu=False, gain=0.2)
        self.own = own

    def named(self, name: str) -> Iterator[tuple[str, Slice]]:
        """Yield itself, whose layers ``first``, ``second`` and ``last`` are named behind ``name``."""
        yield name, self

    def told(self) -> Iterator[Layer]:
        """Yield the layers that see features, as their first part."""
        yield self.first

    def walk(
        self, latents: Tensor, features: Tensor, before: Tensor, quality: Tensor, code: Code
    ) -> tuple[Tensor, Tensor]:
        """Code the slice's ``latents`` ``[B, own, H, W]``, given ``features`` and the slices ``before``.

        Return them as a decoder has them, and their bits ``[B]``.
        """
        height, width = latents.shape[2:]
        rows = torch.arange(height, device=latents.device)[:, None] + torch.arange(width, device=latents.device)
        first = (rows % 2 == 0).to(latents)
        weights, bias, slope = self.first.kernels()
        inputs = [features, before] if before.shape[1] else [features]
        shared = self.first.accumulate(inputs, (weights[:-1], bias, slope), quality)
        anchors, bits = code(latents, *self._tell(shared), first)
        anchors = anchors * first
        seen = self.first.accumulate([anchors], (weights[-1:], torch.zeros_like(bias), None))
        others, more = code(latents, *self._tell(shared + seen), 1 - first)
        return anchors + others * (1 - first), bits + more

    def _tell(self, total: Tensor) -> tuple[Tensor, Tensor]:
        out = self.last([self.second([self.first.activate(total)])])
        return out[:, : self.own], out[:, self.own :]


class Step(nn.Module):
    """What tells one step of an interlaced slice: features, and the nearest places that are known."""

    def __init__(self, widths: Widths, own: int, *, first: bool) -> None:
        super().__init__()
        parts = [Part(widths.hyper, 1)]
        parts += [] if first else [Part(NEIGHBOURS * own, 1, wide=True)]
        self.first = Layer(parts, widths.context, quality=True)
        self.second = single(widths.context, widths.context, 1)
        self.last = Layer([Part(widths.context, 1)], 2 * own, relu=False, gain=0.2)


class Interlaced(nn.Module):
    """What tells a first slice that is coded step by step (:mod:`aecodec.grid.interlacing`), a network for each."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        self.own, self.octaves = widths.latents[0], widths.octaves
        self.steps = nn.ModuleList(Step(widths, self.own, first=not n) for n in range(step_count(self.octaves)))

    def named(self, name: str) -> Iterator[tuple[str, Step]]:
        """Yield the steps, which have names of their own."""
        return ((f"{INTERLACED}.{number}", step) for number, step in enumerate(self.each()))

    def each(self) -> Iterator[Step]:
        """Yield the steps."""
        return (step for step in self.steps if isinstance(step, Step))

    def told(self) -> Iterator[Layer]:
        """Yield the layers that see features, as their first part."""
        return (step.first for step in self.each())

    def walk(
        self, latents: Tensor, features: Tensor, before: Tensor, quality: Tensor, code: Code
    ) -> tuple[Tensor, Tensor]:
        """Code the slice's latents, as :meth:`Slice.walk` does; nothing is ``before`` it."""
        size = latents.shape[2], latents.shape[3]
        flat, told = latents.flatten(2), features.flatten(2)
        known = torch.zeros_like(flat)
        total = flat.new_zeros(len(flat))
        for number, step in enumerate(self.each()):
            at = torch.from_numpy(places(number, self.octaves, *size)).to(flat.device)
            if not len(at):
                continue
            inputs = [told[:, :, None, at]]
            if number:
                around = torch.from_numpy(surroundings(number, self.octaves, *size)).to(flat.device)
                near = F.pad(known, (0, 1))[:, :, around]  # [B, own, places, NEIGHBOURS]
                inputs.append(near.permute(0, 3, 1, 2).flatten(1, 2)[:, :, None])
            out = step.last([step.second([step.first(inputs, quality)])])
            coded, bits = code(flat[:, :, None, at], out[:, : self.own], out[:, self.own :], None)
            known = known.index_copy(2, at, coded[:, :, 0])
            total = total + bits
        return known.reshape(latents.shape), total
