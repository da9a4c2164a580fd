"""Changes of low rank to the integer weights of a grid.

A weight becomes ``W + L R`` (Hu et al. 2021), where ``W`` are the integers in the base's file. A file stores both
factors as int8, and their product is rounded to integers. So a change is small to store, and exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from aecodec.arrays import Arrays, Tensors
from aecodec.changes import Factors, with_product
from aecodec.limits import EXACT_FLOAT32
from aecodec.train.grid.convolutions import NARROW_MAX, QUALITY_MAX, Layer, Part
from aecodec.train.grid.export import kernel, named_layers
from aecodec.train.grid.networks import Grid

FACTOR_MAX = 127  # int8
_SHIFT_MAX = 31
_NEARLY, _LESS = 0.98, 0.8  # share of the bound from which on a change is made smaller
_SLACK = 1 << 16  # room in sums for what rounding adds


class Change(nn.Module):
    """The change of one weight, int8 ``[outputs, …]``, whose integers are worth ``2**-exponents`` each."""

    def __init__(self, name: str, whole: Tensor, exponents: Tensor, part: Part, rank: int) -> None:
        super().__init__()
        self.name, self.part = name, part
        outputs, inputs = len(whole), whole[0].numel()
        rank = min(rank, outputs, inputs)
        size = float(whole.std().clamp_min(1.0)) ** 0.5  # the factors are of about the same size, so that both learn
        self.left = nn.Parameter(torch.zeros(outputs, rank))
        self.right = nn.Parameter(torch.randn(rank, inputs) * size)
        self.whole: Tensor
        self.unit: Tensor
        self.register_buffer("whole", whole)
        self.register_buffer("unit", torch.exp2(-exponents.float())[:, None, None, None])

    def changed(self) -> Tensor:
        """Return the weight with the change, in units of its integers."""
        found: Tensor = self.whole + (self.left @ self.right).reshape(self.whole.shape)
        return found

    def forward(self) -> Tensor:
        """Return the kernel ``[outputs, channels, height, width]`` with the change, in real units."""
        return (kernel(self.changed(), self.part) * self.unit).contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def cut(self, rank: int) -> None:
        """Keep the ``rank`` largest singular values of the change."""
        if rank < self.left.shape[1]:
            left, sizes, right = torch.linalg.svd((self.left @ self.right).double(), full_matrices=False)
            root = sizes[:rank].sqrt()
            self.left = nn.Parameter((left[:, :rank] * root).float())
            self.right = nn.Parameter((root[:, None] * right[:rank]).float())

    @torch.no_grad()
    def factors(self) -> Factors:
        """Return the factors as a file stores them."""
        left, right = (each.double().numpy() for each in (self.left, self.right))
        bits = [math.floor(math.log2(FACTOR_MAX / max(np.abs(each).max(), 2.0**-20))) for each in (left, right)]
        over = max(0, sum(bits) - _SHIFT_MAX)  # a change as small as that is none
        bits[0] -= over
        bits[1] -= min(0, sum(bits))
        whole = [
            np.rint(np.ldexp(each, by)).clip(-FACTOR_MAX, FACTOR_MAX).astype(np.int8)
            for each, by in zip((left, right), bits, strict=True)
        ]
        return Factors(whole[0], whole[1], max(0, sum(bits)))


class Changes(nn.Module):
    """The changes of all weights of a grid whose layers' names begin with one of ``prefixes``. ``tensors`` are those of
    the base's file, from which the grid was filled.
    """

    def __init__(self, model: Grid, tensors: Tensors, prefixes: Iterable[str], rank: int) -> None:
        super().__init__()
        names = {parameter: name for name, parameter in model.named_parameters()}
        self.layers = {name: found for name, found in named_layers(model).items() if name.startswith(tuple(prefixes))}
        self.places: list[str] = []
        changes: list[Change] = []
        for name, (layer, group) in self.layers.items():
            exponents = torch.from_numpy(tensors[f"{name}.shift"].astype(np.int64)) - layer.sees(group) + layer.fraction
            for number, (weight, part) in enumerate(zip(list(layer.weights)[group], layer.parts[group], strict=True)):
                tensor = f"{name}.weight.{number}"
                changes.append(Change(tensor, torch.from_numpy(tensors[tensor]).float(), exponents, part, rank))
                self.places.append(names[weight])
        self.changes = nn.ModuleList(changes)

    def __iter__(self) -> Iterator[Change]:
        return (each for each in self.changes if isinstance(each, Change))

    def weights(self) -> dict[str, Tensor]:
        """Return the changed kernels, by the names of the grid's parameters."""
        return {place: change() for place, change in zip(self.places, self, strict=True)}

    def cut(self, rank: int) -> None:
        """Cut each change to ``rank``."""
        for each in self:
            each.cut(rank)

    def others(self) -> list[nn.Parameter]:
        """Return the other parameters of the changed layers: biases, and the weights of the quality."""
        found = [(layer.bias, layer.quality) for layer, group in self.layers.values() if not group.start]
        return [each for pair in found for each in pair if each is not None]

    @torch.no_grad()
    def hold_bounds(self) -> None:
        """Make changes smaller where sums of their layer could nearly reach 2**24."""
        named = {change.name: change for change in self}
        for name, (layer, group) in self.layers.items():
            if any(part.wide for part in layer.parts[group]):
                continue
            its = [named[f"{name}.weight.{number}"] for number in range(len(layer.parts))]
            reach = torch.stack([each.changed().flatten(1).abs().sum(1) for each in its]).sum(0) * NARROW_MAX
            over = reach > EXACT_FLOAT32 * _NEARLY
            for each in its:
                each.left[over] *= _LESS

    @torch.no_grad()
    def stored(self, tensors: Tensors) -> tuple[dict[str, Factors], Arrays]:
        """Return the factors of all weights, and the tensors of their layers that are stored whole.

        Where sums of a layer could reach 2**24 the change to that output is halved until they cannot.
        """
        factors = {each.name: each.factors() for each in self}
        whole: Arrays = {}
        for name, (layer, group) in self.layers.items():
            if not group.start:
                scale = np.ldexp(1.0, tensors[f"{name}.shift"].astype(np.int64) - layer.sees(group) + layer.fraction)
                bias = layer.bias.double().numpy() * scale * 2.0 ** layer.sees(group)
                whole[f"{name}.bias"] = np.rint(bias).astype(np.int32)
                if layer.quality is not None:
                    whole[f"{name}.quality"] = np.rint(layer.quality.double().numpy() * scale).astype(np.int32)
            if not any(part.wide for part in layer.parts[group]):
                self._keep_bound(name, layer, tensors, factors, whole)
        return factors, whole

    @staticmethod
    def _keep_bound(name: str, layer: Layer, tensors: Tensors, factors: dict[str, Factors], whole: Arrays) -> None:
        weights = [f"{name}.weight.{number}" for number in range(len(layer.parts))]
        offset = np.abs(whole[f"{name}.bias"].astype(np.int64))
        if f"{name}.quality" in whole:
            offset += QUALITY_MAX * np.abs(whole[f"{name}.quality"].astype(np.int64))
        for _ in range(8):
            sizes = (np.abs(with_product(tensors[each], factors[each]).astype(np.int64)) for each in weights)
            reach = sum(size.reshape(len(size), -1).sum(1) for size in sizes)
            broken = np.asarray(reach) * NARROW_MAX + offset >= EXACT_FLOAT32 - _SLACK
            if not broken.any():
                return
            for each in weights:
                left = factors[each].left.copy()
                left[broken] = np.trunc(left[broken] / 2)
                factors[each] = factors[each]._replace(left=left)
        whole[f"{name}.bias"] = np.where(broken, tensors[f"{name}.bias"], whole[f"{name}.bias"])
