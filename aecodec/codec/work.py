"""What a file asks of its reader, before anything is decoded: units of work, each of which takes about a millisecond.

A unit is a tile, a place of a grid, or a step of a wavefront; formats/aec.md, section 2. Blocks without any of these
are as quick as copying.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import accumulate
from threading import Lock

from aecodec import coders  # which lossy files need not wait for
from aecodec.codec.tiles import check_block, count_tiles
from aecodec.container import Container, Header, Shape, Shapes
from aecodec.errors import LimitError
from aecodec.grid import grid_size
from aecodec.limits import MAX_BLOCK_SAMPLES, MAX_UNITS, SAMPLES_OF_UNIT, UNITS_OF_BYTE
from aecodec.zoo import Model

Tile = tuple[int, int]  # height, width
Upto = Callable[[int], int]  # the units of so many pictures


def check_work(layer: Container, tile: Tile | None, *, start: int = 0) -> None:
    """Raise LimitError if a layer, which begins at byte ``start``, asks for too much work for what it claims.

    ``tile`` is that of its model, if this has tiles; blocks that need a tile and have none are no work: they are
    refused elsewhere.
    """
    Budget(layer, tile, start=start).spend_all()


class Budget:
    """The work that a layer may ask for, which its blocks spend one by one, each but once.

    Either all of them at once, before anything is decoded, or each when it is.
    """

    def __init__(self, layer: Container, tile: Tile | None, *, start: int = 0) -> None:
        """As :func:`check_work`."""
        self._layer, shapes = layer, layer.header.shapes
        self._blocks = range(0 if shapes is None else layer.header.blocks)  # or all are of the size of a tile: no work
        if shapes is None:
            return
        self._bytes = layer.stop - start
        self._samples = sum(length * _samples(shape) for shape, length in shapes.runs)
        self._left = self._most = MAX_UNITS + self._samples // SAMPLES_OF_UNIT + UNITS_OF_BYTE * self._bytes
        self._lock = Lock()
        self._units = _units_by_block(layer, shapes, tile)
        self._spent: set[int] = set()

    def spend_all(self) -> None:
        """Count the work of all blocks. Raises LimitError if these together ask for more than there is."""
        for block in self._blocks:
            self.spend(block, self._layer.body(block) if self._layer.header.exact else b"")

    def spend(self, block: int, body: bytes) -> None:
        """Count the work of ``block``, by its record's ``body`` in an exact layer. Raises LimitError if too much."""
        if block not in self._blocks:
            return
        with self._lock:
            if block not in self._spent:
                self._spent.add(block)
                self._left -= self._units(block, body)
        if self._left < 0:
            raise LimitError(
                f"the file asks for too much work: more than {self._most} tiles, places or steps, the limit for "
                f"{self._samples} samples in {self._bytes} bytes; use several files"
            )


def tile_of(model: Model | None) -> Tile | None:
    """Return the size of its tiles, None for a model without."""
    return None if model is None else model.built.tile


def count_work(layer: Container, tile: Tile | None = None) -> int | None:
    """Return the units that a layer asks for, or None if that depends on the size of tiles, and ``tile`` is not given.

    Raises LimitError for a block of too many samples.
    """
    header, shapes = layer.header, layer.header.shapes
    if shapes is None:
        return header.count if header.quality is None else 0
    begins = (layer.data[record.start : record.start + 1] for record in layer.records)
    if tile is None and any(_has_tiles(header, begin) for begin in begins):
        return None
    units = _units_by_block(layer, shapes, tile)
    return sum(units(block, layer.body(block) if header.exact else b"") for block in range(header.blocks))


def largest_block(header: Header, shapes: Shapes) -> int:
    """Return the bytes of its pictures."""
    upto = _sums(shapes, _sample_bytes)
    ends = range(header.block_pictures, header.count + header.block_pictures, header.block_pictures)
    return max(upto(min(end, header.count)) - upto(end - header.block_pictures) for end in ends)


def _has_tiles(header: Header, body: bytes) -> bool:
    """Whether a block is coded by tiles, of which ``body`` is the record, or begins as it does."""
    if not header.exact:
        return header.quality is None
    return not header.has_method or (
        bool(body) and isinstance(coders.coders(deep=False).get(body[0]), coders.TileCoder)
    )


def _units_by_block(layer: Container, shapes: Shapes, tile: Tile | None) -> Callable[[int, bytes], int]:
    """Return the units of a block whose body is given."""
    header = layer.header
    # Alpha is in the tiles of exact files, but for those of two layers.
    tiles = None if tile is None else _sums(shapes, partial(_tiles, tile, header.exact and not header.layered))
    places = _sums(shapes, _places)

    def units(block: int, body: bytes) -> int:
        start, stop = block * header.block_pictures, min((block + 1) * header.block_pictures, header.count)
        if header.quality is not None:
            return places(stop) - places(start)
        if _has_tiles(header, body):
            return 0 if tiles is None else tiles(stop) - tiles(start)
        return _steps(body, shapes, start, stop)

    return units


def _steps(body: bytes, shapes: Shapes, start: int, stop: int) -> int:
    coder = coders.coders(deep=shapes[start].deep).get(body[0]) if body else None
    if not isinstance(coder, coders.PictureCoder):
        return 0
    run = shapes.place(start)[0]
    if run == shapes.place(stop - 1)[0]:  # which is so in most files, and quickly done
        shape, count = shapes.runs[run][0], stop - start
        some = [shape] * count
        large = count * shape.height * shape.width * shape.channels > MAX_BLOCK_SAMPLES
    else:
        some, large = shapes[start:stop], True
    if large:
        check_block(some)
    return coder.steps(body[1:], some)


def _tiles(tile: Tile, with_alpha: bool, shape: Shape) -> int:
    return count_tiles(shape, tile, with_alpha=with_alpha)


def _samples(shape: Shape) -> int:
    return shape.height * shape.width * shape.channels


def _sample_bytes(shape: Shape) -> int:
    return _samples(shape) * shape.sample_bytes


def _places(shape: Shape) -> int:
    return math.prod(grid_size(shape.height, shape.width))


def _sums(shapes: Shapes, each: Callable[[Shape], int]) -> Upto:
    """Run by run: a few bytes of a file tell of millions of pictures."""
    units = [each(shape) for shape, _ in shapes.runs]
    before = list(accumulate((length * unit for (_, length), unit in zip(shapes.runs, units, strict=True)), initial=0))

    @lru_cache(maxsize=2)
    def upto(count: int) -> int:
        run, into = shapes.place(count)
        return before[run] + (into * units[run] if into else 0)

    return upto
