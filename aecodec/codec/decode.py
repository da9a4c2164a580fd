"""The bytes of a container to pictures, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, TypeVar

from aecodec import coders  # which lossy files need not wait for
from aecodec.arrays import Picture
from aecodec.blas import one_thread
from aecodec.codec.records import check_layers, crc_of, decode_lossy, decode_lossy_apart, is_native
from aecodec.codec.threads import threads
from aecodec.codec.tiles import check_block, colour_of, join_planes, recoloured
from aecodec.codec.work import Budget, tile_of
from aecodec.codec.workers import workers
from aecodec.container import Container, Header, Shape, Shapes, parse, parse_second
from aecodec.container.file_bytes import Bytes
from aecodec.container.varint import Cursor
from aecodec.engine import Engine
from aecodec.errors import FormatError, ModelError, UsageError
from aecodec.exact.rounding import rounding_checked
from aecodec.frozen import dataclass
from aecodec.kinds import Rate
from aecodec.zoo import Model, Zoo

if TYPE_CHECKING:
    from aecodec.exact.sheets import Map

F = TypeVar("F")
G = TypeVar("G")


class Decoder:
    """Reads one container. Parses, finds the models, and counts the work at once; decodes when asked.

    With ``base`` it reads the first of a file's two layers, and that may be all that is left of the file. ``jobs``
    is the number of processes that share the work of several blocks, which an ``engine`` does instead where one is
    given, or of threads that share that of one large lossy picture.

    ``data`` are all bytes of the file, whose checksum is checked. Of another source nothing is read but the front, and
    each block when it is asked for: so the checksum is not looked at, and work is counted over blocks as they come.
    Raises FormatError, UnsupportedError, LimitError or ModelError; UsageError for ``base`` of a file without layers.
    """

    def __init__(
        self, data: Bytes, zoo: Zoo, *, base: bool = False, jobs: int = 1, engine: Engine | None = None
    ) -> None:
        self._jobs, self._given = jobs, engine
        is_whole = isinstance(data, bytes)
        self.container: Container = parse(data, sealed=is_whole)
        header = self.container.header
        if base and not header.layered:
            raise UsageError("the file is not progressive: it has no lossy first layer; decode it whole")
        second = parse_second(self.container, sealed=is_whole) if header.layered and not base else None
        self.model: Model | None = zoo.by_fingerprint(header.fingerprint) if header.fingerprint else None
        if self.model and header.shapes and is_native(self.model, header.shapes.kinds):
            raise FormatError("the file gives sizes that it must leave out, for they are the model's own")
        self._second = None if second is None else _Second.of(second, self.container.stop, self.model, zoo)
        self._budget = Budget(self.container, tile_of(self.model))
        if is_whole or not header.exact:  # the work of lossy blocks is known without reading them
            self._budget.spend_all()
        if is_whole and self._second is not None:
            self._second.budget.spend_all()

    @property
    def is_exact(self) -> bool:
        """Whether the pictures are the very ones that were compressed."""
        return self.container.header.lossless or self._second is not None

    @property
    def second(self) -> Container | None:
        """The second layer, of a file that has one and is decoded whole."""
        return None if self._second is None else self._second.container

    @property
    def model_ids(self) -> str | None:
        """The ids of the models that take part, that of the second layer last, or None if there are none."""
        return " + ".join(model.id for model in self.models) or None

    @property
    def models(self) -> list[Model]:
        """The models that take part, that of the second layer last."""
        models = [self.model, None if self._second is None else self._second.model]
        return [model for model in models if model is not None]

    def __len__(self) -> int:
        return self.container.header.count

    def __iter__(self) -> Iterator[Picture]:
        return chain.from_iterable(self.finished(_as_they_are, repeat(None)))

    def finished(self, finish: Callable[[list[Picture], G], F], given: Iterable[G]) -> Iterator[F]:
        """Yield what ``finish`` makes of the pictures of each block and of one of ``given``, in their order.

        It is done where a block is decoded, so all of it can be pickled.
        """
        every = range(self.container.header.blocks)
        jobs = min(self._jobs, len(every))
        with workers(jobs, len(every)) if self._given is None else nullcontext(self._given) as engine:
            reader = self._reader(self._jobs // jobs)
            yield from engine.map(partial(_finished, reader, finish), map(self.records, every), given)

    def picture(self, index: int) -> Picture:
        """Return picture ``index``, decoding its block only. Raises UsageError past the end."""
        if not 0 <= index < len(self):
            there = f"0 to {len(self) - 1}" if len(self) > 1 else "only picture 0"
            raise UsageError(f"there is no picture {index}; the file has {there}")
        block, place = divmod(index, self.container.header.block_pictures)
        return self.block(block)[place]

    def block(self, block: int) -> list[Picture]:
        """Return the pictures of a block, counted from 0."""
        return self._reader(self._jobs).block(self.records(block))

    def _reader(self, threads: int) -> _BlockReader:
        header = replace(self.container.header, shapes=None, names=None)
        return _BlockReader(header, self.model, None if self._second is None else self._second.model, threads)

    def records(self, block: int) -> Records:
        """Return what the layers have of a block, and the shapes of its pictures."""
        size, count = self.container.header.block_pictures, self.container.header.count
        shapes = self._shapes(block * size, min((block + 1) * size, count))
        check_block(shapes)
        layers = [_taken(self.container, self._budget, block)]
        if self._second is not None:
            layers.append(_taken(self._second.container, self._second.budget, block))
        return Records(shapes, layers)

    @property
    def shapes(self) -> Shapes:
        """Those of all pictures."""
        return self.container.header.shapes or Shapes([(self._shapes(0, 1)[0], len(self))])

    def _shapes(self, start: int, stop: int) -> list[Shape]:
        if self.container.header.shapes is not None:
            return self.container.header.shapes[start:stop]
        native = None if self.model is None else self.model.native
        if native is None:  # without a model the header's rules ask for a geometry
            named = "its model" if self.model is None else f"model {self.model.id}"
            raise ModelError(f"the file gives no sizes, which {named} needs")
        return [Shape(*native)] * (stop - start)


@dataclass(frozen=True)
class _Second:
    """Reads the second layer of a file, by its ``model``."""

    container: Container
    model: Model
    budget: Budget

    @classmethod
    def of(cls, container: Container, start: int, first: Model | None, zoo: Zoo) -> _Second:
        """Take the layer from byte ``start`` on. Raises ModelError unless its model fits that of the ``first``
        layer.
        """
        fingerprint = container.header.fingerprint
        if first is None or fingerprint is None:
            raise FormatError("a layer that names no model")
        model = zoo.by_fingerprint(fingerprint)
        check_layers(first, model)
        return cls(container, model, Budget(container, tile_of(model), start=start))


def _taken(container: Container, budget: Budget, block: int) -> tuple[bytes, bytes]:
    """Return the body and the check of a block, whose work is counted. Raises LimitError."""
    body, check = container.record(block)
    budget.spend(block, body)
    return body, check


@dataclass(frozen=True)
class Records:
    """Of each layer the body and the check of a block, and the ``shapes`` of its pictures."""

    shapes: Sequence[Shape]
    layers: Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class _BlockReader:
    """Reads blocks, here or in another process: by ``model``, and the second layer by ``second``."""

    header: Header
    model: Model | None
    second: Model | None
    jobs: int

    @one_thread()
    def block(self, found: Records) -> list[Picture]:
        """Return the pictures of a block, which are what its checks say."""
        shapes, (body, check) = found.shapes, found.layers[0]
        with threads(self.jobs) as run:
            pictures = decode_record(self.header, body, shapes, self.model, run)
        _compare(pictures, check)
        if self.second is None:
            return pictures
        body, check = found.layers[1]
        exact = decode_second(body, pictures, shapes, self.second)
        _compare(exact, check)
        return exact


def _finished(reader: _BlockReader, finish: Callable[[list[Picture], G], F], records: Records, given: G) -> F:
    return finish(reader.block(records), given)


def _as_they_are(pictures: list[Picture], given: None) -> list[Picture]:
    return pictures


def first_pictures(decoders: Sequence[Decoder]) -> list[Picture]:
    """Return the first picture of each; lossy files of one model and rate are worked on together.

    Raises what any one of them raises; which one that is, nobody knows then.
    """
    found: dict[int, Picture] = {}
    together: dict[tuple[str, Rate], list[int]] = {}
    for number, decoder in enumerate(decoders):
        header, model = decoder.container.header, decoder.model
        if header.exact or model is None or decoder.second is not None or header.referenced:
            found[number] = decoder.picture(0)
        else:
            together.setdefault((model.sha256, Rate(header.step, header.quality)), []).append(number)
    for (_, rate), numbers in together.items():
        found.update(zip(numbers, _first_of_alike([decoders[number] for number in numbers], rate), strict=True))
    return [found[number] for number in range(len(decoders))]


@rounding_checked()
def _first_of_alike(decoders: Sequence[Decoder], rate: Rate) -> list[Picture]:
    records = [decoder.records(0) for decoder in decoders]
    bodies, shapes = [each.layers[0][0] for each in records], [each.shapes for each in records]
    model = decoders[0].model
    assert model is not None
    blocks = decode_lossy_apart(bodies, shapes, model, rate)
    for pictures, each in zip(blocks, records, strict=True):
        _compare(pictures, each.layers[0][1])
    return [pictures[0] for pictures in blocks]


@rounding_checked()
def decode_record(
    header: Header, record: bytes, shapes: Sequence[Shape], model: Model | None, run: Map = map
) -> list[Picture]:
    """Return the pictures of ``shapes`` from a ``record`` without its check, in the only layer or the first.

    Raises FormatError, UnsupportedError, LimitError or ModelError.
    """
    if header.exact:
        method, body = _method(record) if header.has_method else (_implied_method(model), record)
        found = coders.coder_of(method, header, deep=shapes[0].deep).decode(body, coders.Frame(shapes), model)
        if header.restored and model is not None and header.altered is not None:
            found = coders.parted(coders.restored(coders.joined(found, shapes, whole=True), model, header.altered))
        planes = iter(found)
        return [join_planes([next(planes) for _ in range(s.colour_planes + s.has_alpha)], s) for s in shapes]
    if model is None:
        raise ModelError("a lossy file cannot be decoded without its model")
    rate = Rate(header.step, header.quality)
    return decode_lossy(record, shapes, model, rate, run, referenced=header.referenced)


@rounding_checked()
def decode_second(record: bytes, pictures: Sequence[Picture], shapes: Sequence[Shape], model: Model) -> list[Picture]:
    """Return the exact pictures of a block from a ``record`` of the second layer, and the ``pictures`` of the first.

    Raises as :func:`decode_record` does.
    """
    method, body = _method(record)
    frame = coders.Frame([shape.opaque for shape in shapes], colour_of(pictures, shapes))
    return recoloured(pictures, shapes, coders.coder_of_second(method).decode(body, frame, model))


def _method(record: bytes) -> tuple[int, bytes]:
    """Return the method of a record, and the body behind it."""
    return Cursor(record, 0, len(record)).byte("method"), record[1:]


def _implied_method(model: Model | None) -> int:
    """Return the method of a file of one picture without a method byte."""
    return coders.RESIDUAL.method if model is None else coders.tile_coder(model).method


def _compare(pictures: Sequence[Picture], check: bytes) -> None:
    if crc_of(pictures).to_bytes(4, "big")[4 - len(check) :] != check:
        raise FormatError("the decoded pixels do not match their check: the file or this machine is not sound")
