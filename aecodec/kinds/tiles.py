"""The kind ``tiles``: planes are cut into tiles of one size, each a vector of latents (:mod:`aecodec.lossy`)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Colour, Tiles
from aecodec.container.references import References
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError
from aecodec.exact.tensors import whole
from aecodec.kinds.names import TILES
from aecodec.kinds.noise import noise
from aecodec.kinds.parts import CONDITIONAL_NETWORK, INK_CODER, INK_NETWORK, RESIDUAL_CODER
from aecodec.kinds.protocol import Payload, Rate, Size
from aecodec.limits import GROUP_TILES, PIXEL_MAX
from aecodec.lossy import LossyModel, decode_symbols_apart, encode_symbols_apart
from aecodec.lossy.quality import BEST, FARTHEST, lmbda_at, step_at
from aecodec.lossy.tiling import check_payload, count_in, cut_all, groups, paste_all

if TYPE_CHECKING:
    from aecodec.exact.sheets import Map
    from aecodec.ink import InkCoder
    from aecodec.lossless import ResidualCoder

_PARTS = (RESIDUAL_CODER, INK_CODER, INK_NETWORK, CONDITIONAL_NETWORK)
_ANSWER_TILES = 2
_STRETCH = 64  # callers may raise λ by this factor; the search's sums still stay within 64 bits


class TileCodec:
    """The :class:`aecodec.kinds.LossyCodec` of models of tiles.

    ``lmbda`` is what a squared grey level is worth, in 1/2**20 bit. ``residual`` and ``ink`` are for exact pixels; each
    is None in a model without it.
    """

    kind = TILES
    pixels = None
    default_quality = BEST
    best_quality = FARTHEST

    def __init__(
        self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any], *, sound: bool = False
    ) -> None:
        """Build the model. Raises ModelError or ValueError if tensors and description do not fit.

        If the tensors are known to be ``sound``, parts are built only when they are first used.
        """
        self.networks = LossyModel(tensors, description, sound=sound)
        self._tensors, self._sound = tensors, sound
        self.parts = frozenset(part for part in _PARTS if part.is_in(self.kind, tensors, description))
        self.lmbda, latent_dim = whole(description["slope"]), whole(description["latent_dim"])
        most = self.lmbda * _STRETCH * (PIXEL_MAX**2 * math.prod(self.tile))
        if not (latent_dim >= 1 and self.lmbda >= 1 and most < 1 << 62):
            raise ValueError(f"latent_dim {latent_dim}, lmbda {self.lmbda}")
        if not sound:
            _ = self.residual, self.ink

    @cached_property
    def residual(self) -> ResidualCoder | None:
        """The coder that makes tiles exact, or None."""
        if RESIDUAL_CODER not in self.parts:
            return None
        from aecodec.lossless import ResidualCoder  # here, for lossy files do not need it

        return ResidualCoder.from_costs(self._tensors["residual.costs"])

    @cached_property
    def ink(self) -> InkCoder | None:
        """The coder of scans, or None."""
        if INK_CODER not in self.parts:
            return None
        from aecodec.kinds.ink import build_ink_coder  # here, for lossy files do not need it

        return build_ink_coder(self._tensors, self.tile, sound=self._sound)

    @property
    def lossy(self) -> Self:
        """The codec itself."""
        return self

    @property
    def tile(self) -> tuple[int, int]:
        """The tile of the networks, height and width."""
        return self.networks.tile

    @property
    def native(self) -> tuple[int, int]:
        """The same as ``tile``: grey pictures of one tile need no geometry."""
        return self.tile

    def rate(self, quality: int) -> Rate:
        """Return a rate with the step of ``quality``."""
        return Rate(step_at(quality))

    def block_pictures(self, sizes: Sequence[Size]) -> int:
        """Return how many pictures fill one group of tiles."""
        return max(1, GROUP_TILES // max(count_in([each[:2]], self.tile) * each.planes for each in sizes))

    def most_block_pictures(self, sizes: Sequence[Size]) -> int:
        """Return the same, for pictures of different groups know nothing of one another."""
        return self.block_pictures(sizes)

    def are_alike(self, pairs: Iterable[tuple[Colour, Colour]]) -> bool:
        """Return False, for each picture is coded as if it were alone."""
        return False

    def encode(self, pictures: Sequence[Colour], quality: int, effort: int, run: Map) -> tuple[bytes, list[Colour]]:
        """See LossyCodec. Analysis, search and prior take a group of tiles at a time."""
        return next(self.encode_apart([pictures], quality, effort, run))[:2]

    def encode_apart(
        self, blocks: Sequence[Sequence[Colour]], quality: int, effort: int, run: Map, *, for_eyes: bool = False
    ) -> Iterator[Payload]:
        """See LossyCodec. The symbols of all tiles are searched together, for they do not influence one another."""
        sizes = [[Size(*picture.shape) for picture in block] for block in blocks]
        spans = self._spans(sizes)
        planes = [picture[..., plane] for block in blocks for picture in block for plane in range(picture.shape[2])]
        tiles = cut_all(planes, self.native)
        lossy, lmbda = self.networks.at_step(step_at(quality)), lmbda_at(quality, self.lmbda)
        symbols, decoded = np.empty((len(tiles), lossy.prior.latents), np.int8), np.empty_like(tiles)
        from aecodec.lossy import refine  # here, for decoders do not need it

        for group in groups(len(tiles)):
            symbols[group] = refine(lossy, tiles[group], lossy.analyse(tiles[group]), lmbda, effort)
            decoded[group] = lossy.synthesise(symbols[group])
        writers = [StreamWriter() for _ in blocks]
        for group, parts in _lockstep(spans, writers):
            encode_symbols_apart(lossy.prior, symbols[group], parts)
        for (start, end), each, writer in zip(spans, sizes, writers, strict=True):
            yield Payload(writer.finish(), _pasted(decoded[start:end], each))

    def decode(
        self, payload: bytes, sizes: Sequence[Size], rate: Rate, run: Map, references: References = ()
    ) -> list[Colour]:
        """See LossyCodec. There are no ``references``, for only grids have these, and the rate of a grid is refused."""
        return self.decode_apart([payload], [sizes], rate, run)[0]

    def decode_apart(
        self, payloads: Sequence[bytes], sizes: Sequence[Sequence[Size]], rate: Rate, run: Map
    ) -> list[list[Colour]]:
        """See LossyCodec. Groups of tiles of several payloads go in lockstep."""
        if rate.quality is not None:
            raise ModelError("the file is coded as grids of latents, but its model codes tiles")
        lossy, spans = self.networks.at_step(rate.step), self._spans(sizes)
        readers = [StreamReader(payload) for payload in payloads]
        for (start, end), reader in zip(spans, readers, strict=True):
            reader.expect((end - start) * lossy.prior.latents)
        tiles = np.empty((spans[-1][1] if spans else 0, *self.native), np.uint8)
        for group, parts in _lockstep(spans, readers):
            tiles[group] = lossy.synthesise(decode_symbols_apart(lossy.prior, parts))
        for reader in readers:
            reader.finish()
        return [_pasted(tiles[start:end], some) for (start, end), some in zip(spans, sizes, strict=True)]

    def _spans(self, sizes: Sequence[Sequence[Size]]) -> list[tuple[int, int]]:
        """Return for each block its first tile, and the one behind its last. Raises LimitError for too many in one."""
        spans = list(pairwise(accumulate(map(self._count, sizes), initial=0)))
        for start, end in spans:
            check_payload(end - start, self.native)
        return spans

    def answer(self) -> Iterator[bytes]:
        """Yield symbols, pixels and frequency tables of two tiles of noise, then the answer of the ink coder."""
        height, width = self.tile
        tiles = noise(_ANSWER_TILES * height * width).reshape(_ANSWER_TILES, height, width)
        symbols = self.networks.analyse(tiles)
        yield symbols.tobytes()
        yield self.networks.synthesise(symbols).tobytes()
        prior = self.networks.prior
        context = prior.start(len(symbols))
        for latent in range(prior.latents):
            yield prior.table(context, latent).astype(">u4").tobytes()
            prior.advance(context, latent, symbols[:, latent])
        if self.ink is not None:
            from aecodec.kinds.ink import ink_answer

            yield from ink_answer(self.ink, self.tile)

    def _count(self, sizes: Sequence[Size]) -> int:
        return sum(count_in([each[:2]], self.tile) * each.planes for each in sizes)


Stream = TypeVar("Stream")


def _lockstep(
    spans: Sequence[tuple[int, int]], streams: Sequence[Stream]
) -> Iterator[tuple[slice, list[tuple[slice, Stream]]]]:
    """Yield tiles that go in lockstep: consecutive groups of the spans, as many as fit together.

    With them come their parts, as slices counted from the first of these tiles, and the stream of each part.
    """
    together: list[tuple[slice, Stream]] = []
    first = stop = 0
    for (start, end), stream in zip(spans, streams, strict=True):
        for group in groups(end - start):
            if together and start + group.stop - first > GROUP_TILES:
                yield slice(first, stop), together
                together, first = [], start + group.start
            stop = start + group.stop
            together.append((slice(start + group.start - first, stop - first), stream))
    if together:
        yield slice(first, stop), together


def _pasted(tiles: Tiles, sizes: Sequence[Size]) -> list[Colour]:
    planes = iter(paste_all(tiles, [each[:2] for each in sizes for _ in range(each.planes)]))
    return [np.stack([next(planes) for _ in range(each.planes)], axis=-1) for each in sizes]
