"""Scans resident in memory, and what the ink network sees of any of their pixels.

Most pixels of a scan are blank paper or the inside of a stroke, and cheap. Those that are not sure, by a
table of the twenty nearest pixels that is counted on the training scans, are the ones worth training on. Where a
lossy picture is known, it takes the place of the farthest six: it makes many of the others sure, and some unsure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.lib.stride_tricks import as_strided
from torch import Tensor

from aecodec.arrays import Bits, Floats64, Integers32
from aecodec.ink.condition import CONDITION_INPUTS, GREY_REACH, GREY_SPAN, GREYS, QUARTERS, Condition, cell, quarter
from aecodec.ink.template import TEMPLATE
from aecodec.ink.window import (
    BLOCK,
    BLOCK_COLUMNS,
    BLOCK_ROWS,
    BLOCKS,
    INPUT_MAX,
    INPUTS,
    NEAR,
    POSITIONS,
    REACH,
    SCAN_SIZES,
    SHARE,
    SPAN,
    UNIT,
    block_columns,
    block_sums,
    positions,
)
from aecodec.scans.reduction import BOX

MOST = SCAN_SIZES[-1] + 1  # rows and columns of a canvas, without its borders
CELLS = MOST * MOST
NEAREST = 14  # pixels that count beside a lossy picture
SHOWN = 3  # bits of each of its two values that count
SURE = 0.0035  # chance of the less likely value
_SLICE = 256  # scans handled at a time
_FIRST = np.cumsum([NEAR + BLOCKS, *POSITIONS[:-1]])  # input of each position's first value


class Scans:
    """Scans on one device: ``ink`` uint8 ``[n, REACH + 84, REACH + 84 + REACH]``, the blocks, ``sizes``.

    With ``base`` their lossy pictures as well, as :meth:`Condition.greys` gives them; the network then sees those, too.
    A pixel is named by one number, ``(scan * 84 + y) * 84 + x``, below 2**31.
    """

    def __init__(self, scans: Sequence[Bits], device: torch.device, base: Condition | None = None) -> None:
        count, columns = len(scans), block_columns(MOST)
        above = BLOCK * BLOCK_ROWS
        ink = np.zeros((count, REACH + MOST, MOST + 2 * REACH), np.uint8)
        blocks = np.zeros((count, (above + MOST) // SHARE, columns), np.uint8)  # row r: from row 2r - above
        for plane, bits in zip(ink, scans, strict=True):
            plane[REACH : REACH + len(bits), REACH : REACH + len(bits)] = bits
        for start in range(0, count, _SLICE):
            part = ink[start : start + _SLICE, :, REACH : REACH + MOST]
            for y in range(SHARE - BLOCK, MOST - BLOCK, SHARE):
                rows = part[:, REACH + y : REACH + y + BLOCK]
                blocks[start : start + _SLICE, (above + y) // SHARE] = block_sums(rows)
        self.device = device
        self.ink, self.blocks = torch.from_numpy(ink).to(device), torch.from_numpy(blocks).to(device)
        self.greys = None if base is None else torch.from_numpy(base.greys()).to(device)
        self.sizes = torch.tensor([len(bits) for bits in scans], dtype=torch.int32, device=device)

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def inputs(self) -> int:
        """How many :meth:`see` gives."""
        return INPUTS + (0 if self.greys is None else CONDITION_INPUTS)

    def see(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return inputs float32 ``[m, inputs]``, a pixel of ink counting 1, and values float32
        ``[m]`` of ``pixels``.
        """
        scan, y, x = pixels // CELLS, pixels // MOST % MOST, pixels % MOST
        near, blocks = self._gather(scan, y, x)
        seen = torch.empty(len(pixels), self.inputs, device=self.device)
        seen[:, :NEAR] = near[:, :NEAR]
        seen[:, NEAR : NEAR + BLOCKS] = blocks
        seen[:, NEAR : NEAR + BLOCKS] /= UNIT
        seen[:, NEAR + BLOCKS :] = 0
        size = self.sizes[scan]
        which = [at + int(first) for at, first in zip(positions(size, y, x), _FIRST, strict=True)]
        if self.greys is not None:
            seen[:, INPUTS : INPUTS + GREYS] = self._greys_seen(self.greys, scan, cell(size, y), cell(size, x))
            seen[:, INPUTS : INPUTS + GREYS] /= UNIT
            which += [INPUTS + GREYS + quarter(size, y), INPUTS + GREYS + QUARTERS + quarter(size, x)]
        seen.scatter_(1, torch.stack(which, 1).long(), 1.0)
        return seen, near[:, NEAR].float()

    def _gather(self, scan: Tensor, y: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return windows, their last row whole, and blocks of pixels, uint8 ``[m, 190]`` and ``[m, BLOCKS]``."""
        count, high, wide = self.ink.shape
        scan_step, row_step, _ = self.blocks.stride()
        near = (count, MOST, MOST, REACH + 1, SPAN), (high * wide, wide, 1, wide, 1)
        stride = BLOCK // SHARE
        far = (
            (count, MOST // SHARE, MOST // SHARE, BLOCK_ROWS, BLOCK_COLUMNS),
            (scan_step, row_step, 1, stride * row_step, stride),
        )
        if self.device.type == "cpu":  # NumPy copies such windows four times as fast
            pixels = as_strided(self.ink.numpy(), *near)[scan.numpy(), y.numpy(), x.numpy()]
            sums = as_strided(self.blocks.numpy(), *far)[scan.numpy(), y.numpy() // SHARE, x.numpy() // SHARE]
            found = torch.from_numpy(pixels), torch.from_numpy(sums)
        else:
            windows = self.ink.as_strided(*near)[scan, y, x]
            found = windows, self.blocks.as_strided(*far)[scan, y // SHARE, x // SHARE]
        return found[0].reshape(len(scan), -1), found[1].flip(1).reshape(len(scan), -1)

    def _greys_seen(self, greys: Tensor, scan: Tensor, row: Tensor, column: Tensor) -> Tensor:
        """Return the greys of the lossy pictures, uint8 ``[m, GREYS]``."""
        one, down, across = greys.stride()
        windows = (len(greys), BOX, BOX, GREY_SPAN, GREY_SPAN), (one, down, across, down, across)
        if self.device.type == "cpu":
            found = torch.from_numpy(as_strided(greys.numpy(), *windows)[scan.numpy(), row.numpy(), column.numpy()])
        else:
            found = greys.as_strided(*windows)[scan, row, column]
        return found.reshape(len(scan), GREYS)

    def all_pixels(self, scans: range) -> Tensor:
        """Return the pixels of some scans, int32."""
        sizes = self.sizes[scans.start : scans.stop].cpu().numpy()
        inside = np.arange(MOST) < sizes[:, None]
        there = np.flatnonzero(inside[:, :, None] & inside[:, None, :]) + scans.start * CELLS
        return torch.from_numpy(there.astype(np.int32)).to(self.device)


def split(scans: Scans) -> tuple[Tensor, Tensor]:
    """Return the pixels that the nearest ones leave uncertain, and those that they do not, both int32."""
    parts = [range(at, min(at + _SLICE, len(scans))) for at in range(0, len(scans), _SLICE)]
    chance = _chances(scans, parts)
    unsure = np.minimum(chance, 1 - chance) >= SURE
    found: tuple[list[Tensor], list[Tensor]] = [], []
    for part in parts:
        pixels = scans.all_pixels(part)
        which = torch.from_numpy(unsure[_contexts(scans, part)]).to(scans.device)
        found[0].append(pixels[which])
        found[1].append(pixels[~which])
    return torch.cat(found[0]), torch.cat(found[1])


def _chances(scans: Scans, parts: Sequence[range]) -> Floats64:
    """Count the chances of ink in each context, ``[2**20]``, smoothed by those of the ten nearest pixels alone."""
    size = 1 << len(TEMPLATE)
    met, inked = np.zeros(size), np.zeros(size)
    for part in parts:
        context = _contexts(scans, part)
        pixels = scans.all_pixels(part).cpu().numpy()
        ink = scans.ink[part.start : part.stop, REACH:, REACH : REACH + MOST].cpu().numpy()
        met += np.bincount(context, minlength=size)
        inked += np.bincount(context, ink.reshape(-1)[pixels - part.start * CELLS], size)
    near = np.arange(size) & 1023
    coarse = (np.bincount(near, inked, size)[near] + 0.1) / (np.bincount(near, met, size)[near] + 0.2)
    return np.asarray((inked + 2 * coarse) / (met + 2), np.float64)


def _contexts(scans: Scans, part: range) -> Integers32:
    """Find the contexts of the pixels of ``part``, in the order of :meth:`Scans.all_pixels`."""
    ink = scans.ink[part.start : part.stop].cpu().numpy()
    context = np.zeros((len(part), MOST, MOST), np.int32)
    for k, (dy, dx) in enumerate(TEMPLATE):
        context |= ink[:, REACH + dy : REACH + dy + MOST, REACH + dx : REACH + dx + MOST].astype(np.int32) << k
    pixels = scans.all_pixels(part).cpu().numpy()
    found = np.asarray(context.reshape(-1)[pixels - part.start * CELLS], np.int32)
    return found if scans.greys is None else found & (1 << NEAREST) - 1 | _shown(scans, scans.greys, pixels) << NEAREST


def _shown(scans: Scans, greys: Tensor, pixels: Integers32) -> Integers32:
    """Return what the lossy picture has in a pixel's cell and in the one below, ``SHOWN`` bits each."""
    scan, y, x = pixels // CELLS, pixels // MOST % MOST, pixels % MOST
    size = scans.sizes.cpu().numpy()[scan]
    row, column = cell(size, y) + GREY_REACH, cell(size, x) + GREY_REACH
    all_greys = greys.cpu().numpy()
    here, below = (
        np.minimum(all_greys[scan, at, column], INPUT_MAX - 1).astype(np.int32) * (1 << SHOWN) // INPUT_MAX
        for at in (row, row + 1)
    )
    return np.asarray(here << SHOWN | below, np.int32)
