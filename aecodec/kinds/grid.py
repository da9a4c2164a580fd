"""The kind ``grid``: a picture of any size, all colour planes together, as a grid of latents (:mod:`aecodec.grid`)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from aecodec import grid  # its modules for encoding are imported when they are first used
from aecodec.arrays import Colour, Integers32
from aecodec.container.references import References
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import LimitError, ModelError
from aecodec.exact.tensors import whole
from aecodec.grid import GridModel, grid_size, shown
from aecodec.grid.adaptive_filter import NO_FILTER, answer_weights
from aecodec.kinds.names import GRID
from aecodec.kinds.noise import noise
from aecodec.kinds.parts import ADAPTIVE_FILTER, DEPENDENT_QUANTIZATION, INTERLACED_SLICE, OVERLAP, Part
from aecodec.kinds.protocol import DEFAULT_QUALITY, Payload, Rate, Size
from aecodec.limits import GRID_BLOCK_PLACES, GRID_GROUP_PLACES, MAX_GRID_PLACES, MAX_QUALITY

if TYPE_CHECKING:
    from aecodec.exact.sheets import Map
    from aecodec.grid import Coded
    from aecodec.grid.adaptive_filter import Weights

_ANSWER_SIZE = Size(80, 48, 3)
_ANSWER_QUALITIES = (0, 45, MAX_QUALITY)


class GridCodec:
    """The :class:`aecodec.kinds.LossyCodec` of grid models."""

    kind = GRID
    native = tile = pixels = None
    residual = ink = None  # only models of tiles have these
    best_quality = MAX_QUALITY

    def __init__(
        self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any], *, sound: bool = False
    ) -> None:
        """Build the model. Raises ModelError if tensors and description do not fit.

        If the tensors are known to be ``sound``, what only encoders need is built when it is first used.
        """
        self.networks = GridModel(tensors, description, sound=sound)
        self.default_quality = whole(description.get("default_quality", DEFAULT_QUALITY))
        if not 0 <= self.default_quality <= MAX_QUALITY:
            raise ModelError(f"default_quality {self.default_quality}, expected 0 to {MAX_QUALITY}")

    @property
    def lossy(self) -> Self:
        """The codec itself."""
        return self

    @property
    def parts(self) -> frozenset[Part]:
        """``OVERLAP`` where blocks overlap, ``ADAPTIVE_FILTER`` where pictures may be filtered,
        ``DEPENDENT_QUANTIZATION`` where latents have it, and ``INTERLACED_SLICE`` where the first slice is interlaced.
        """
        networks = self.networks
        has = {
            OVERLAP: networks.synthesis.postfilter is not None,
            ADAPTIVE_FILTER: networks.adaptive is not None,
            DEPENDENT_QUANTIZATION: networks.prior.scales.dependent,
            INTERLACED_SLICE: networks.prior.interlaced,
        }
        return frozenset(part for part, found in has.items() if found)

    def rate(self, quality: int) -> Rate:
        """Return a rate with ``quality``, 100 at most."""
        return Rate(quality=min(quality, MAX_QUALITY))

    def block_pictures(self, sizes: Sequence[Size]) -> int:
        """Return how many pictures fill one group of grids."""
        return self._fitting(sizes, GRID_GROUP_PLACES)

    def most_block_pictures(self, sizes: Sequence[Size]) -> int:
        """Return how many pictures a larger block may have. Large pictures may resemble one another, too."""
        return self._fitting(sizes, GRID_BLOCK_PLACES)

    def are_alike(self, pairs: Iterable[tuple[Colour, Colour]]) -> bool:
        """Return whether at least half of ``pairs`` resemble each other, by their thumbnails."""
        found = [grid.resembles(*pair) for pair in pairs]
        return bool(found) and 2 * sum(found) >= len(found)

    @staticmethod
    def _fitting(sizes: Sequence[Size], places: int) -> int:
        return max(1, places // max(math.prod(grid_size(each.height, each.width)) for each in sizes))

    def encode(self, pictures: Sequence[Colour], quality: int, effort: int, run: Map) -> tuple[bytes, list[Colour]]:
        """See LossyCodec. Analysis, search and prior go one after the other."""
        quality = min(quality, MAX_QUALITY)
        return self._written(
            pictures, grid.refined(self.networks, _coloured(pictures), quality, effort, run), quality, run
        )

    def encode_apart(
        self, blocks: Sequence[Sequence[Colour]], quality: int, effort: int, run: Map, *, for_eyes: bool = False
    ) -> Iterator[Payload]:
        """See LossyCodec. Blocks go one after the other. In each, pictures that resemble one another are looked for."""
        quality = min(quality, MAX_QUALITY)
        for block in blocks:
            coloured = _coloured(block)
            coded = grid.refined(self.networks, coloured, quality, effort, run, for_eyes=for_eyes)
            kinds = [picture.shape for picture in block]
            coded, references = grid.with_differences(
                self.networks, coloured, kinds, coded, quality, effort, run, for_eyes=for_eyes
            )
            yield Payload(*self._written(block, coded, quality, run, references), references)

    def decode_apart(
        self, payloads: Sequence[bytes], sizes: Sequence[Sequence[Size]], rate: Rate, run: Map
    ) -> list[list[Colour]]:
        """See LossyCodec. Payloads go one after the other."""
        return [self.decode(payload, some, rate, run) for payload, some in zip(payloads, sizes, strict=True)]

    def decode(
        self, payload: bytes, sizes: Sequence[Size], rate: Rate, run: Map, references: References = ()
    ) -> list[Colour]:
        """See LossyCodec."""
        if rate.quality is None:
            raise ModelError("the file is coded in tiles, but its model codes grids of latents")
        _check(sizes)
        reader = StreamReader(payload)
        grids = [grid_size(each.height, each.width) for each in sizes]
        latents, filters = self.networks.decode(grids, rate.quality, reader, run)
        reader.finish()
        return self._pictures(shown(latents, references), sizes, rate.quality, run, dict(enumerate(filters)))

    def answer(self) -> Iterator[bytes]:
        """Yield payloads and pixels of pictures of noise, at some qualities."""
        picture = noise(math.prod(_ANSWER_SIZE)).reshape(_ANSWER_SIZE)
        both = [picture, picture[:17, ::-1]]
        for quality in _ANSWER_QUALITIES:
            targets = [self.networks.analyse(each) for each in _coloured(both)]
            coded = self.networks.choose(targets, quality, self.networks.coding.nearest)
            if self.networks.adaptive is not None:
                coded.filters = {0: answer_weights(8), 1: answer_weights(2)}
            payload, decoded = self._written(both, coded, quality, map)
            yield payload
            yield from (each.tobytes() for each in decoded)

    def _written(
        self, pictures: Sequence[Colour], coded: Coded, quality: int, run: Map, references: References = ()
    ) -> tuple[bytes, list[Colour]]:
        """Return the payload of ``coded``, and the pictures that it decodes to."""
        writer = StreamWriter()
        self.networks.write(coded, writer)
        latents = shown(coded.grids, references)
        return writer.finish(), self._pictures(latents, _sizes(pictures), quality, run, coded.filters, coded.pictures)

    def _pictures(
        self,
        grids: Sequence[Integers32],
        sizes: Sequence[Size],
        quality: int,
        run: Map,
        filters: Mapping[int, Weights],
        known: Mapping[int, Colour] = MappingProxyType({}),
    ) -> list[Colour]:
        """Return the pictures of ``grids``. Some pictures in three colours may be ``known`` already, by number."""
        found = []
        for number, (latents, size) in enumerate(zip(grids, sizes, strict=True)):
            grey = size.planes == 1
            if number in known and not grey:
                found.append(known[number])
                continue
            weights = filters.get(number, NO_FILTER)
            picture = self.networks.synthesise(latents, quality, size[:2], grey=grey, weights=weights, run=run)
            found.append(picture[..., None] if grey else picture)
        return found


def _coloured(pictures: Sequence[Colour]) -> list[Colour]:
    """Return ``pictures`` in three colours, which are equal for grey pictures. Raises LimitError."""
    _check(_sizes(pictures))
    return [np.broadcast_to(each, (*each.shape[:2], 3)) for each in pictures]


def _sizes(pictures: Sequence[Colour]) -> list[Size]:
    return [Size(*picture.shape) for picture in pictures]


def _check(sizes: Sequence[Size]) -> None:
    """Raise LimitError for too many places, before memory is taken."""
    places = sum(math.prod(grid_size(each.height, each.width)) for each in sizes)
    if places > MAX_GRID_PLACES:
        raise LimitError(f"a payload of {places} places; the limit is {MAX_GRID_PLACES}; use several files")
