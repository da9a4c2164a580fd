"""The bytes of a container to pictures, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from aecodec.codec.blocks import decode_block
from aecodec.codec.encode import crc_of, is_native
from aecodec.codec.layers import check_tiles
from aecodec.codec.second import decode_second
from aecodec.codec.threads import threads
from aecodec.codec.tiles import Picture, check_block
from aecodec.codec.work import check_work, tile_of
from aecodec.codec.workers import workers
from aecodec.container import Container, Header, Shape, parse, parse_second
from aecodec.errors import FormatError, ModelError, UsageError
from aecodec.exact.sheets import Map
from aecodec.zoo import Model, Zoo

_WORTH_WORKERS = 1 << 18  # bytes of exact pictures; fewer are read in the time that processes take to start


class Decoder:
    """Reads one container. Parses, finds the models, and counts the work at once; decodes when asked.

    With ``base`` it reads the first of a file's two layers, and that may be all that is left of the file. ``jobs``
    is the number of threads that share the work on large lossy pictures, or of processes for that on exact ones in
    several blocks.
    Raises FormatError, UnsupportedError, LimitError or ModelError; UsageError for ``base`` of a file without layers.
    """

    def __init__(self, data: bytes, zoo: Zoo, *, base: bool = False, jobs: int = 1) -> None:
        self._jobs = jobs
        self.container: Container = parse(data)
        header = self.container.header
        if base and not header.layered:
            raise UsageError("the file has no layers, so no lossy pictures before exact ones: decode it whole")
        second = parse_second(self.container) if header.layered and not base else None
        self.model: Model | None = zoo.by_fingerprint(header.fingerprint) if header.fingerprint else None
        if self.model and header.shapes and is_native(self.model, header.shapes.kinds):
            raise FormatError("the file gives a geometry that is the model's own")
        self._second = None if second is None else _Second(second, self.model, zoo)
        check_work(self.container, tile_of(self.model))
        if second is not None and self._second is not None:
            check_work(second, tile_of(self._second.model), start=self.container.stop)

    @property
    def is_exact(self) -> bool:
        """Whether the pictures are the very ones that were compressed."""
        return self.container.header.exact or self._second is not None

    @property
    def model_ids(self) -> str | None:
        """The ids of the models that take part, that of the second layer last; None where there are none."""
        models = [self.model, None if self._second is None else self._second.model]
        return " + ".join(model.id for model in models if model is not None) or None

    def __len__(self) -> int:
        return self.container.header.count

    def __iter__(self) -> Iterator[Picture]:
        every = range(self.container.header.blocks)
        if not self._is_shared:
            for block in every:
                yield from self._block(block)
            return
        read = partial(_read, replace(self.container.header, shapes=None, names=None), self.model)
        with workers(min(self._jobs, len(every))) as run:
            yield from chain.from_iterable(run(partial(_read_record, read), map(self._record, every)))

    @property
    def _is_shared(self) -> bool:
        """Whether other processes are worth their start."""
        if self._jobs == 1 or self.model is None or self.model.pixels is None:
            return False
        taken = sum(record.stop - record.start for record in self.container.records)
        return self.container.header.blocks > 1 and taken >= _WORTH_WORKERS

    def picture(self, index: int) -> Picture:
        """Picture ``index``, decoding its block only. Raises UsageError past the end."""
        if not 0 <= index < len(self):
            there = f"0 to {len(self) - 1}" if len(self) > 1 else "only picture 0"
            raise UsageError(f"there is no picture {index}; the file has {there}")
        block, place = divmod(index, self.container.header.block_pictures)
        return self._block(block)[place]

    def _block(self, block: int) -> list[Picture]:
        body, check, shapes = self._record(block)
        with threads(self._jobs) as run:
            pictures = _read(self.container.header, self.model, body, check, shapes, run)
        return pictures if self._second is None else self._second.block(block, pictures, shapes)

    def _record(self, block: int) -> tuple[bytes, bytes, list[Shape]]:
        """Body and check of a block, and the shapes of its pictures."""
        size, count = self.container.header.block_pictures, self.container.header.count
        shapes = self._shapes(block * size, min((block + 1) * size, count))
        check_block(shapes)
        return self.container.body(block), self.container.check(block), shapes

    def _shapes(self, start: int, stop: int) -> list[Shape]:
        if self.container.header.shapes is not None:
            return self.container.header.shapes[start:stop]
        assert self.model is not None  # the header's rules
        if self.model.is_general:
            raise ModelError(f"the file gives no geometry, which model {self.model.id} needs")
        return [Shape(*self.model.tile)] * (stop - start)


class _Second:
    """Reads the second layer of a file; raises ModelError unless its model fits that of the first, ``base``."""

    def __init__(self, container: Container, base: Model | None, zoo: Zoo) -> None:
        assert base is not None and container.header.fingerprint is not None  # the header's rules
        self.container = container
        self.model = zoo.by_fingerprint(container.header.fingerprint)
        check_tiles(base, self.model)

    def block(self, block: int, pictures: Sequence[Picture], shapes: Sequence[Shape]) -> list[Picture]:
        """The exact pictures of a block, given those of the first layer."""
        exact = decode_second(self.container.body(block), pictures, shapes, self.model)
        _compare(exact, self.container.check(block))
        return exact


def _read(
    header: Header, model: Model | None, body: bytes, check: bytes, shapes: Sequence[Shape], run: Map = map
) -> list[Picture]:
    """The pictures of a block, which are what its check says."""
    pictures = decode_block(header, body, shapes, model, run)
    _compare(pictures, check)
    return pictures


def _read_record(read: Callable[..., list[Picture]], record: tuple[bytes, bytes, list[Shape]]) -> list[Picture]:
    return read(*record)


def _compare(pictures: Sequence[Picture], check: bytes) -> None:
    if crc_of(pictures).to_bytes(4, "big")[4 - len(check) :] != check:
        raise FormatError("the decoded pixels do not match their check: the file or this machine is not sound")
