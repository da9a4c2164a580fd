"""Drawings, and what altering makes of them at some qualities: what restoration learns from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecodec import grid
from aecodec.arrays import Colour
from aecodec.coders import altered_body
from aecodec.kinds import PixelCodec
from aecodec.limits import PIXEL_MAX

QUALITIES = (0, 12, 25, 40, 60, 80)
BLOCK = 1 << 19  # pixels of pictures that are altered together, as in a container
MOST_SIDE = 192  # pixels; of larger pictures a piece
SIDE = 64  # pixels of a crop
_COLOURS = 3
_ALPHA = 3
_MIDDLE = 128


@dataclass(frozen=True)
class Pair:
    """A picture as it was ``given``, uint8 ``[height, width, planes]``, and as it was ``altered`` at a ``quality``."""

    given: Colour
    altered: Colour
    quality: int


def pairs_of(
    pictures: Sequence[Colour], codec: PixelCodec, enough: Callable[[float], bool] = lambda share: False, seed: int = 1
) -> list[Pair]:
    """Return pairs of ``pictures``, of each at one quality; all qualities come equally often.

    ``enough`` hears what share of the pictures is done, and says whether that will do.
    """
    random, found = np.random.default_rng(seed), list[Pair]()
    for number, block in enumerate(_blocks(pictures, random.permutation(len(pictures)))):
        quality = QUALITIES[number % len(QUALITIES)]
        _, altered = altered_body(block, codec, grid.slope_of(quality))
        found += [Pair(*each, quality) for each in zip(block, altered, strict=True)]
        if enough(len(found) / len(pictures)):
            break
    return found


def pieces_of(pictures: Iterable[Colour], seed: int) -> list[Colour]:
    """Return a piece of each of ``pictures``, with sides of 192 at most, at a random place."""
    random, pieces = np.random.default_rng(seed), []
    for picture in pictures:
        top, left = (int(random.integers(max(1, length - MOST_SIDE + 1))) for length in picture.shape[:2])
        pieces.append(np.ascontiguousarray(picture[top : top + MOST_SIDE, left : left + MOST_SIDE]))
    return pieces


def until(seconds: float) -> Callable[[float], bool]:
    """Return what says, from now on, whether so many ``seconds`` have passed."""
    began = time.monotonic()
    return lambda share: time.monotonic() - began > seconds


def _blocks(pictures: Sequence[Colour], order: Sequence[int] | np.ndarray) -> Iterator[list[Colour]]:
    """Yield blocks of some pictures; at least as many as there are qualities, if there are so many pictures."""
    area = sum(picture.shape[0] * picture.shape[1] for picture in pictures)
    most = min(BLOCK, area // len(QUALITIES))
    block, pixels = list[Colour](), 0
    for place in order:
        block.append(pictures[place])
        pixels += block[-1].shape[0] * block[-1].shape[1]
        if pixels >= most:
            yield block
            block, pixels = [], 0
    if block:
        yield block


@dataclass(frozen=True)
class Crops:
    """Some crops of one size: what the network sees ``[B, 4, H, W]``, and what was given, ``[B, 3, H, W]``, both
    (p - 128) / 128; the ``quality`` of each ``[B]``; and what each sample counts ``[B, 3, H, W]``, 0 where nobody sees
    it.
    """

    seen: Tensor
    given: Tensor
    quality: Tensor
    weight: Tensor


def crops(pairs: Sequence[Pair], random: np.random.Generator | None = None) -> Crops:
    """Return a crop of each of ``pairs``, all as large as the smallest of them has room for; without ``random`` its
    middle.
    """
    size = [min([SIDE, *(pair.given.shape[axis] for pair in pairs)]) for axis in range(2)]
    seen, given, weights = [], [], []
    for pair in pairs:
        room = [length - side for length, side in zip(pair.given.shape, size, strict=False)]
        place = [n // 2 if random is None else int(random.integers(n + 1)) for n in room]
        part = tuple(slice(start, start + side) for start, side in zip(place, size, strict=True))
        its, theirs = _four(pair.altered[part]), _four(pair.given[part])
        seen.append(its)
        given.append(theirs[..., :_COLOURS])
        grey = pair.given.shape[2] < _COLOURS
        each = np.array([0, _COLOURS, 0] if grey else [1] * _COLOURS, np.float32)
        weights.append((theirs[..., _ALPHA:] > 0) * each)
    quality = torch.tensor([float(pair.quality) for pair in pairs])
    return Crops(_scaled(seen), _scaled(given), quality, _planar(weights))


def _four(pixels: Colour) -> Colour:
    """Return red, green, blue and alpha."""
    planes = pixels.shape[2]
    colours = pixels[..., : planes - (planes % 2 == 0)]
    alpha = pixels[..., -1:] if planes % 2 == 0 else np.full((*pixels.shape[:2], 1), PIXEL_MAX, np.uint8)
    return np.concatenate([np.broadcast_to(colours, (*pixels.shape[:2], _COLOURS)), alpha], -1)


def _scaled(samples: Sequence[Colour]) -> Tensor:
    return (_planar(samples) - _MIDDLE) / _MIDDLE


def _planar(samples: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(samples)).permute(0, 3, 1, 2).float()
