"""The parts of a model file, made from what was learned. What codes no better than before is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import torch

from aecodec import grid
from aecodec.arrays import Arrays, Colour, Picture
from aecodec.changes import with_product
from aecodec.codec.distortion import visible_mse
from aecodec.codec.hidden import filled
from aecodec.coders.pictures import apart
from aecodec.drawings import Restoration
from aecodec.errors import ModelError
from aecodec.kinds import GridCodec, LossyCodec, PixelCodec, TileCodec
from aecodec.kinds.names import HALVES
from aecodec.limits import MAX_QUALITY, PIXEL_MAX
from aecodec.train.export import ExportError
from aecodec.train.grid.convolutions import FRACTION
from aecodec.train.grid.rate import OCTAVE, lambda_of
from aecodec.train.own.lossy import Tuned
from aecodec.train.own.networks import tensors_of
from aecodec.train.pixels.networks import SampledNetworks
from aecodec.train.restoration.network import Network
from aecodec.train.restoration.pairs import Pair, pairs_of
from aecodec.train.restoration.release import engine_of, gained
from aecodec.zoo import Adapted, Model, save_adapted
from aecodec.zoo import tensors_of as tensors_in

HELD = 48  # most pictures that are coded for a comparison
HELD_SIDE = 256  # pixels; a larger picture is cut to its middle
_PLANES = 3
_LEAST = 0.01  # least error that is compared, samples in 0..255
_HALF = {kind: half for half, kinds in HALVES.items() for kind in kinds}
C = TypeVar("C", GridCodec, PixelCodec, TileCodec)


@dataclass(frozen=True)
class Half(Generic[C]):
    """A part of the file, the codec that it makes, and whether anything in it was learned."""

    adapted: Adapted
    codec: C
    learned: bool

    @classmethod
    def plain(cls, base: Model, codec: C) -> Half[C]:
        """Return a half in which nothing was learned."""
        return cls(Adapted(base, tensors_in(base)), codec, False)

    @property
    def size(self) -> int:
        """Bytes of a file of this half alone."""
        return len(save_adapted("half", {_HALF[self.codec.kind]: self.adapted}, {}))


LossyHalf = Half[GridCodec] | Half[TileCodec]


class LearnedLossy(Protocol):
    """What was learned for lossy files."""

    def halves(self, base: Model, held: Sequence[Picture]) -> Iterator[LossyHalf]:
        """Yield the best half for pictures like ``held``, then smaller and smaller ones. ``base`` is the model that
        ships.
        """


@dataclass(frozen=True)
class LearnedGrid:
    """Changes to the grid of the model that ships, learned at qualities around ``quality``."""

    tuned: Tuned
    quality: int
    rank: int

    def halves(self, base: Model, held: Sequence[Picture]) -> Iterator[Half[GridCodec]]:
        """See LearnedLossy: changes of ever lower rank."""
        yield lossy_half(base, self.tuned, held, self.quality)
        for rank in range(self.rank - 1, 0, -1):
            self.tuned.changes.cut(rank)
            yield lossy_half(base, self.tuned, held, self.quality)


def lossy_half(base: Model, tuned: Tuned, held: Sequence[Picture], quality: int) -> Half[GridCodec]:
    """Return the grid. It has what was learned if that lowers bits and error of ``held`` at ``quality``."""
    tensors = tensors_in(base)
    plain = Half.plain(base, GridCodec(tensors, base.description))
    factors, whole = tuned.changes.stored(tensors)
    whole |= _gains(tuned)
    learned = tensors | whole | {name: with_product(tensors[name], each) for name, each in factors.items()}
    try:
        codec = GridCodec(learned, base.description)
    except ModelError:  # the change is so large that sums might not be exact
        return plain
    if _loss(codec, held, quality) >= _loss(plain.codec, held, quality):
        return plain
    kept = {name: each for name, each in learned.items() if name not in factors}
    return Half(Adapted(base, kept, factors), codec, True)


def exact_half(base: Model, tuned: Sequence[SampledNetworks], held: Sequence[Picture]) -> Half[PixelCodec]:
    """Return the networks of exact pixels: the ``tuned`` ones wherever ``held`` take fewer bytes with them."""
    before = tensors_in(base)
    tensors, description, learned = dict(before), base.description, False
    codec = PixelCodec(tensors, description)
    some = middles(held)
    for networks in tuned:
        changed = tensors | tensors_of(networks, before)
        try:
            other = PixelCodec(changed, description)
        except ModelError:
            continue
        if exact_bytes(other, some) < exact_bytes(codec, some):
            tensors, codec, learned = changed, other, True
    return Half(Adapted(base, tensors), codec, learned)


def restoring_half(half: Half[PixelCodec], base: Model, network: Network, held: Sequence[Picture]) -> Half[PixelCodec]:
    """Return ``half`` with the ``network`` for restoration, if that lowers the error of altered ``held``."""
    try:
        engine, arrays = engine_of(network)
    except ExportError:
        return half
    pairs = pairs_of(middles(held), half.codec)
    before = [before / after for before, after in _gained(half.codec.restoration, pairs)]
    after = [before / after for before, after in _gained(engine, pairs)]
    if np.prod(after) <= np.prod(before):
        return half
    tensors = {**half.adapted.tensors, **arrays}
    return Half(Adapted(base, tensors), PixelCodec(tensors, base.description), True)


def _gained(engine: Restoration, pairs: Sequence[Pair]) -> Iterator[tuple[float, float]]:
    return ((max(before, _LEAST), max(after, _LEAST)) for _, before, after in gained(engine, pairs))


def exact_bytes(codec: PixelCodec, pictures: Sequence[Picture]) -> int:
    """Return the bytes of a payload of ``pictures``, by the better of the two ways."""
    found = [len(codec.encode([part for picture in pictures for part in apart(picture)]))]
    return min([*found, len(codec.encode_drawings(pictures))] if codec.has_drawings else found)


def lossy_bytes(codec: LossyCodec, pictures: Sequence[Picture], quality: int, effort: int = 0) -> tuple[int, float]:
    """Return the bytes of a payload of ``pictures``, and the mean squared error of their visible pixels, samples in
    0..255. Alpha is left out. By default there is no search.
    """
    colour = [colours(picture) for picture in pictures]
    payload, decoded = codec.encode(colour, quality, effort, map)
    errors = [_error(picture, its) for picture, its in zip(pictures, decoded, strict=True)]
    return len(payload), float(np.mean(errors))


def altered_bytes(codec: PixelCodec, pictures: Sequence[Picture], worth: float) -> tuple[int, float]:
    """Return the bytes of a payload of altered ``pictures``, and their mean squared error, samples in 0..255.

    ``worth`` is how many bits a squared error of one sample is worth.
    """
    planes = 1 if all(picture.shape[2] < _PLANES for picture in pictures) else _PLANES
    slope = worth * planes / _PLANES
    payload, altered = codec.alter_drawings(pictures, slope)
    if codec.restores:
        quality = sum(grid.slope_of(each) <= slope for each in range(1, MAX_QUALITY + 1))
        altered = codec.restoration(altered, quality)
    errors = [visible_mse(picture, its) for picture, its in zip(pictures, altered, strict=True)]
    return len(payload), float(np.mean(errors)) * PIXEL_MAX**2


def middles(pictures: Sequence[Picture]) -> list[Picture]:
    """Return the middles of every n-th of ``pictures``."""
    some = pictures[:: max(1, len(pictures) // HELD)][:HELD]
    return [np.ascontiguousarray(_middle(picture)) for picture in some]


def colours(picture: Picture) -> Colour:
    """Return the colour planes as they are coded: hidden colours are filled in."""
    planes = 1 if picture.shape[2] < _PLANES else _PLANES
    return np.ascontiguousarray(filled(picture)[..., :planes])


def _middle(picture: Picture) -> Picture:
    top, left = (max(0, (length - HELD_SIDE) // 2) for length in picture.shape[:2])
    return picture[top : top + HELD_SIDE, left : left + HELD_SIDE]


def _error(picture: Picture, decoded: Colour) -> float:
    """Return the mean squared error of ``decoded`` colours, samples in 0..255."""
    return visible_mse(picture, np.concatenate([decoded, picture[..., decoded.shape[2] :]], -1)) * PIXEL_MAX**2


def _loss(codec: GridCodec, held: Sequence[Picture], quality: int) -> float:
    some = middles(held)
    size, mse = lossy_bytes(codec, some, quality)
    area = sum(picture.shape[0] * picture.shape[1] for picture in some)
    weight: float = lambda_of(torch.tensor(float(quality))).item()
    return float(8 * size / area + weight * mse)


@torch.no_grad()
def _gains(tuned: Tuned) -> Arrays:
    """Return the tensors that scale latents and hyper-latents."""
    model = tuned.model
    found = {
        "gains": (model.gains * OCTAVE, np.int16),
        "hyper.gains": (model.hyper_gains * OCTAVE, np.int16),
        "hyper.means": (model.hyper_means * 2.0**FRACTION, np.int32),
        "hyper.scales": (model.hyper_scales * OCTAVE, np.int32),
    }
    return {name: torch.floor(values + 0.5).numpy().astype(dtype) for name, (values, dtype) in found.items()}
