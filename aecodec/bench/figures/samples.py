"""Figures of pictures and of symbols are made from these pictures of a collection, as the models keep them.

All that is shown went through the bytes of a container: pictures are decoded from them, and symbols are read from them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aecodec.arrays import Indices, Integers64, Pictures, Symbols
from aecodec.bench.ours import LATENT_DIMS
from aecodec.codec import Decoder, Options, compress_all, mse
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.codec.tiles import count_tiles
from aecodec.container import Shape, Shapes
from aecodec.data import Collection
from aecodec.entropy import StreamReader
from aecodec.errors import UsageError
from aecodec.lossy import decode_symbols
from aecodec.lossy.tiling import groups
from aecodec.zoo import Model, Zoo


@dataclass(frozen=True)
class Choice:
    """A choice has options of compressing, and what they are called on paper."""

    label: str
    options: Options


@dataclass(frozen=True)
class Packed:
    """It has pictures in one container: its ``data``, and ``decoded``, uint8 of their shape, with their MSE."""

    data: bytes
    decoded: Pictures
    mse: float

    @property
    def share(self) -> float:
        """Return the bytes a picture takes."""
        return len(self.data) / len(self.decoded)


class Samples:
    """It has pictures and ways of compressing them. Whatever was compressed is kept, as figures share it.

    ``latent_dims`` and ``models`` (ids or files) choose the lossy models; ``limit`` is the largest number of pictures
    that any figure takes, None for each figure's own. ``say`` is told what takes long.
    """

    def __init__(
        self,
        collection: Collection,
        zoo: Zoo,
        *,
        latent_dims: Sequence[int] = LATENT_DIMS,
        models: Sequence[str] = (),
        effort: int = DEFAULT_EFFORT,
        limit: int | None = None,
        say: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Choose the models. Raises ModelError for a model that is not there, UsageError without pictures or models."""
        self.collection, self.zoo, self.effort = collection, zoo, effort
        by_dim = [(f"latent_dim {dim}", Options(latent_dim=dim, effort=effort)) for dim in latent_dims]
        named = [(zoo.by_id(name).id, Options(model=name, effort=effort)) for name in models]
        self.lossy = tuple(Choice(label, options) for label, options in (by_dim + named))
        self.lossless = Choice("lossless", Options(lossless=True, effort=effort))
        self._limit, self.tell = limit, say
        self._packed: dict[tuple[Choice, int], Packed] = {}
        if not self.lossy or not len(collection):
            raise UsageError(f"{len(collection)} pictures and {len(self.lossy)} lossy models; figures need one of each")
        for way in self.lossy:
            self.model(way)

    def count(self, usual: int) -> int:
        """Return how many pictures a figure that usually takes so many has: at most the limit, and what there are."""
        return min(usual, len(self.collection) if self._limit is None else self._limit, len(self.collection))

    def model(self, way: Choice) -> Model:
        """Return the model of a lossy way."""
        options = way.options
        if options.model is not None:
            return self.zoo.by_id(options.model)
        return self.zoo.by_latent_dim(options.latent_dim or 0)

    @property
    def alone(self) -> int | None:
        """Return the latent_dim of the lossy model where there is but one."""
        return self.model(self.lossy[0]).latent_dim if len(self.lossy) == 1 else None

    def only(self, latent_dim: int) -> Choice:
        """Return the lossy way of ``latent_dim`` where that was chosen, else the last."""
        same = [way for way in self.lossy if self.model(way).latent_dim == latent_dim]
        return (same or self.lossy)[0 if same else -1]

    def packed(self, way: Choice, count: int) -> Packed:
        """Compress the first ``count`` pictures into one container, and decode it."""
        if (way, count) not in self._packed:
            self.tell(f"{way.label}: {count:,} pictures into a container and back")
            pictures = list(self.collection.pictures[:count])
            data = compress_all(pictures, way.options, self.zoo, many=True).data
            decoded = np.stack(list(Decoder(data, self.zoo))).astype(np.uint8, copy=False)
            self._packed[way, count] = Packed(data, decoded, mse(decoded, np.stack(pictures)))
        return self._packed[way, count]

    def single_sizes(self, way: Choice, count: int) -> Integers64:
        """Return the bytes of each of the first ``count`` pictures in a file of its own, ``[count]``."""
        self.tell(f"{way.label}: {count:,} pictures into a file each")
        pictures = self.collection.pictures[:count]
        files = (compress_all([each], way.options, self.zoo, many=False).data for each in pictures)
        return np.array([len(data) for data in files], np.int64)

    def symbols(self, way: Choice, count: int) -> Symbols:
        """Return the symbols of the first ``count`` pictures, ``[count, latents * tiles]``, read from a container."""
        return read_symbols(self.packed(way, count).data, self.zoo)

    @cached_property
    def one_of_each(self) -> Indices:
        """Return the places of the first picture of each label; of the first ten pictures where there are no labels."""
        labels = self.collection.labels
        if labels is None:
            return np.arange(min(10, len(self.collection)))
        return np.unique(labels, return_index=True)[1][:12]

    @property
    def classes(self) -> Integers64:
        """Return a label of each picture, ``[n]``; all 0 where there are none."""
        labels = self.collection.labels
        return np.zeros(len(self.collection), np.int64) if labels is None else labels


def read_symbols(data: bytes, zoo: Zoo) -> Symbols:
    """Return the symbols that a lossy container holds, int8 ``[pictures, latents * tiles]``.

    A grey picture among coloured ones has its own three times. Raises UsageError for a file that is exact, or has
    pictures of several sizes or with alpha.
    """
    decoder = Decoder(data, zoo)
    header, model = decoder.container.header, decoder.model
    if header.exact or model is None:
        raise UsageError("an exact file has no latent symbols of its pictures")
    tile, prior = model.tiles.tile, model.tiles.networks.at_step(header.step).prior
    shapes = header.shapes or Shapes([(Shape(*tile), header.count)])
    if len({(shape.height, shape.width, shape.channels) for shape in shapes.kinds}) > 1 or shapes[0].has_alpha:
        raise UsageError("pictures of several sizes, or with alpha, have no symbols to compare")
    found: list[Symbols] = []
    for block in range(header.blocks):
        inside = shapes[block * header.block_pictures : (block + 1) * header.block_pictures]
        tiles = [count_tiles(shape, tile, with_alpha=False) for shape in inside]
        reader = StreamReader(decoder.container.body(block))
        parts = [decode_symbols(prior, part.stop - part.start, reader) for part in groups(sum(tiles))]
        found += np.split(np.concatenate(parts), np.cumsum(tiles)[:-1])
    most = max(map(len, found))
    return np.stack([np.tile(each, (most // len(each), 1)).reshape(-1) for each in found])
