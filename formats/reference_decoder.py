"""A decoder of .aec files, written from aec.md alone and laid out in the order of its sections.

It needs NumPy and the standard library, and its arithmetic is on integers but where a section says
otherwise. It is meant to be read and to settle doubts about the format, not to be fast.

    python reference_decoder.py FILE.aec --models DIR [--base] [-o OUT.npy|OUT.pgm|OUT.ppm]
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import itertools
import json
import lzma
import math
import sys
import zlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Stored = npt.NDArray[Any]  # as a model file has it
Samples = npt.NDArray[np.uint8 | np.uint16]
Size = tuple[int, int, int]  # height, width, planes


class DecodeError(Exception):
    """A file that cannot be decoded; the kinds below have the command line's exit codes."""

    exit_code = 1


class Corrupt(DecodeError):  # noqa: N818
    exit_code = 3


class Unsupported(DecodeError):  # noqa: N818
    exit_code = 4


class ModelNeeded(DecodeError):  # noqa: N818
    exit_code = 5


class Limit(DecodeError):  # noqa: N818
    exit_code = 6


# ---- Section 1: conventions ------------------------------------------------------------------


class Reader:
    """Takes fields off the front of some bytes; too few bytes are corrupt."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.position:
            raise Corrupt("a field runs past the end")
        self.position += size
        return self.data[self.position - size : self.position]

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.position)

    def byte(self) -> int:
        return self.take(1)[0]

    def varint(self, least: int = 0) -> int:
        value = 0
        for i in range(5):
            byte = self.byte()
            value |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                if (byte == 0 and i > 0) or not least <= value < 2**32:
                    raise Corrupt("a varint in a longer form than needed, or out of its range")
                return value
        raise Corrupt("a varint of more than 5 bytes")


def inflate(data: bytes, most: int) -> bytes:
    """Expand a raw deflate stream that fills `data`; at most `most` bytes may come out."""
    stream = zlib.decompressobj(-15)
    try:
        output = stream.decompress(data, most + 1)
    except zlib.error as error:
        raise Corrupt("a broken deflate stream") from error
    if len(output) > most:
        raise Corrupt("a deflate stream of too many bytes")
    if not stream.eof or stream.unused_data:
        raise Corrupt("a deflate stream that does not end where its field ends")
    return output


# ---- Section 2: the file ---------------------------------------------------------------------

MAX_FILE, MAX_COUNT, MAX_BLOCK, MAX_STEP, MAX_QUALITY = 2**31, 2**24, 4096, 16, 100
MAX_SIDE, MAX_PIXELS, MAX_BLOCK_SAMPLES, MAX_TILE_SAMPLES = 32768, 89_478_485, 2**29, 2**30


MAX_UNITS, SAMPLES_OF_UNIT, UNITS_OF_BYTE = 2**16, 8, 16


def open_file(data: bytes) -> tuple[Reader, bytes]:
    """Check what frames a file, and return what is between the signature and the checksum, and what follows that."""
    if len(data) < 2 or data[0] != 0xAE or data[1] >> 4 != 0xC:
        raise Corrupt("not an .aec file")
    if data[1] != 0xC1:
        raise Unsupported(f"version {data[1] & 15}")
    if len(data) > MAX_FILE:
        raise Limit("the file is too long")
    if len(data) < 7:
        raise Corrupt("the file is too short")
    end = len(data) - 4
    if has_layers_byte(data[2]):
        reader = Reader(data)
        reader.take(3 + 4)
        form = read_layers(reader, data[2])
        if form.length is not None:
            end = reader.position + form.length
    if not is_sealed(data, end):
        raise Corrupt("the checksum differs")
    return Reader(data[2:end]), data[end + 4 :]


def is_sealed(data: bytes, end: int) -> bool:
    return zlib.crc32(data[:end]).to_bytes(4, "big") == data[end : end + 4]


class Form(NamedTuple):
    """What is said behind the fingerprint: the step of tiles, of two layers how many bytes are left of the first
    without its checksum, of a grid of latents its quality, whether it is for a pixel model, whether records begin with
    references, and the quality at which the model restores the pictures behind, None where it does not.
    """

    step: int = 1
    length: int | None = None
    quality: int | None = None
    pixels: bool = False
    referenced: bool = False
    restored: int | None = None


def read_layers(reader: Reader, flags: int) -> Form:
    layers = reader.byte()
    if 0x80 <= layers <= 0x80 + MAX_QUALITY:
        return Form(quality=layers - 0x80)
    if layers == 0xF0 and flags & GEOMETRY:
        return Form(pixels=True)
    if layers == 0xF3 and flags & GEOMETRY:
        read_quality(reader)
        return Form(pixels=True)
    if layers == 0xF4 and flags & GEOMETRY:
        return Form(pixels=True, restored=read_quality(reader))
    if layers == 0xF2 and flags & GEOMETRY and flags & MANY:
        return Form(quality=read_quality(reader), referenced=True)
    if layers >> 4 != 1:
        raise Unsupported(f"layers {layers:02x}")
    return Form((layers & 15) + 1, reader.varint())


def read_quality(reader: Reader) -> int:
    quality = reader.byte()
    if quality > MAX_QUALITY:
        raise Unsupported(f"quality {quality}")
    return quality


def read_index(reader: Reader, blocks: int, many: bool) -> list[int] | None:
    return [reader.varint(least=4) for _ in range(blocks)] if many else None


def take_records(reader: Reader, index: list[int] | None, check_size: int) -> list[bytes]:
    records = [reader.take(length) for length in index] if index else [reader.rest()]
    if reader.rest():
        raise Corrupt("bytes are left over after the last record")
    if min(map(len, records)) < check_size:
        raise Corrupt("a record without its check")
    return records


def read_second(data: bytes, rest: bytes, blocks: int, many: bool) -> tuple[bytes, list[bytes]]:
    """Return the second layer's fingerprint and records; `rest` is all that follows the first layer in `data`."""
    if len(rest) < 4 or not is_sealed(data, len(data) - 4):
        raise Corrupt("the second layer is missing, cut short or damaged")
    reader = Reader(rest[:-4])
    fingerprint = reader.take(4)
    return fingerprint, take_records(reader, read_index(reader, blocks, many), 4 if many else 1)


def decode(data: bytes, models: dict[bytes, bytes], base: bool = False) -> tuple[list[Samples], list[str] | None]:
    """Decode a file with the model files at hand, by fingerprint: its pictures, and names if it has any.

    `base`: of a file of two layers, the first alone.
    """
    reader, rest = open_file(data)
    flags = check_flags(reader.byte())
    many = bool(flags & MANY)
    fingerprint = reader.take(4) if flags & MODEL else None
    form = Form()
    if has_layers_byte(flags):
        form = read_layers(reader, flags)
        flags &= flags if form.pixels else ~EXACT
    elif flags & STEP:
        form = Form(reader.byte())
        if not 2 <= form.step <= MAX_STEP:
            raise Corrupt(f"a step of {form.step}")
    layered = form.length is not None
    if base and not layered:
        raise ValueError("the file has no layers")
    if form.quality is not None and not flags & GEOMETRY:
        raise Corrupt("a grid of latents that gives no sizes")
    count = size = 1
    if many:
        count, size = reader.varint(least=1), reader.varint(least=1)
        if count > MAX_COUNT or size > MAX_BLOCK:
            raise Limit("too many pictures")
    blocks = -(-count // size)
    runs = read_geometry(reader, count, many) if flags & GEOMETRY else []
    check_depths(runs, flags, form)
    index = read_index(reader, blocks, many)
    names = read_names(reader, count) if flags & NAMES else None
    records = take_records(reader, index, check_size(many, form))
    second = read_second(data, rest, blocks, many) if layered and not base else None

    model = None if fingerprint is None else find_model(models, fingerprint)
    shapes = [shape for length, shape in complete_geometry(runs, count, model) for _ in range(length)]
    exact = None if second is None else find_model(models, second[0])
    if model is not None and exact is not None and (model.native != exact.native or model.native is None):
        raise ModelNeeded("the models of the two layers have tiles of different sizes, or none")
    if flags & GEOMETRY:
        each = [shapes[start : start + size] for start in range(0, count, size)]
        length = len(data) - len(rest) if layered else len(data)
        check_work(shapes, length, [work_of(r, flags, b, model, form) for r, b in zip(records, each, strict=True)])
        if second is not None:
            check_work(
                shapes, len(rest), [second_work_of(r, many, b, exact) for r, b in zip(second[1], each, strict=True)]
            )
    pictures: list[Samples] = []
    for i, record in enumerate(records):
        block = shapes[i * size : (i + 1) * size]
        found = read_record(record, flags, block, model, form)
        if second is not None and exact is not None:
            found = read_second_record(second[1][i], many, block, exact, found)
        pictures += found
    return pictures, names


def check_work(shapes: list[Geometry], length: int, units: list[int]) -> None:
    """Refuse a layer of `length` bytes whose blocks have too many `units`: tiles, places and steps."""
    samples = sum(shape.width * shape.height * shape.channels for shape in shapes)
    if sum(units) > MAX_UNITS + samples // SAMPLES_OF_UNIT + UNITS_OF_BYTE * length:
        raise Limit("more work than a file of so many samples and bytes may ask for")


def work_of(record: bytes, flags: int, block: list[Geometry], model: Model | None, form: Form) -> int:
    """The units of a block. What will be refused has none."""
    body = split_record(record, check_size(bool(flags & MANY), form))[0].rest()
    if form.quality is not None:
        return sum(h * w for h, w in places_of(block))
    if not flags & EXACT:
        return tiles_of(block, model, with_alpha=False)
    if not flags & MANY and flags & MODEL and not form.pixels:
        return tiles_of(block, model, with_alpha=True)
    if not body:
        return 0
    if MODELLED <= body[0] <= CONDITIONAL:
        return tiles_of(block, model, with_alpha=True)
    return steps_of_record(body[0], body[1:], block)


def second_work_of(record: bytes, many: bool, block: list[Geometry], model: Model | None) -> int:
    body = split_record(record, 4 if many else 1)[0].rest()
    return tiles_of(block, model, with_alpha=False) if body and MODELLED <= body[0] <= CONDITIONAL else 0


def tiles_of(block: list[Geometry], model: Model | None, with_alpha: bool) -> int:
    if model is None or not model.has_tiles:
        return 0
    h, w = model.tile
    planes = [(shape, shape.colours + (shape.alpha if with_alpha else 0)) for shape in block]
    return sum(-(-shape.height // h) * -(-shape.width // w) * count for shape, count in planes)


def steps_of_record(method: int, body: bytes, block: list[Geometry]) -> int:
    deep = (FILTERED, DEEP_PIXELS, DEEP_QUICK)
    if block[0].deep != (method in deep):
        return 0
    of_drawings = (DRAWINGS, FOLLOWING, CUT + DRAWINGS)
    if method not in (PIXELS, QUICK, *of_drawings, CUT + PIXELS, CUT + QUICK, TURNED, *deep):
        return 0
    if sum(shape.width * shape.height * shape.channels for shape in block) > MAX_BLOCK_SAMPLES:
        raise Limit("a block of too many samples")
    if method == FILTERED:
        return sum(shape.height + shape.width for shape in block)
    sizes = sizes_of(method, block)
    if method == TURNED:
        if len(body) < len(sizes):
            return 0
        sizes = [(w, h, n) if turn & 1 else (h, w, n) for turn, (h, w, n) in zip(body, sizes, strict=False)]
    elif method > CUT:
        if not body or not 6 <= body[0] <= 12:
            return 0
        side = 1 << body[0]
        sizes = [
            (min(side, h - top), min(side, w - left), n)
            for h, w, n in sizes
            for top in range(0, h, side)
            for left in range(0, w, side)
        ]
    if method in (DRAWINGS, FOLLOWING, CUT + DRAWINGS):
        try:
            shown = references_of(Reader(body), sizes) if method == FOLLOWING else [None] * len(sizes)
        except Corrupt:
            return 0
        groups = groups_of_drawings(sizes, depths_of(shown))
        return sum(sizes[group[0]][1] + 2 * (sizes[group[0]][0] - 1) for group in groups)
    return sum(steps_of(*sizes[group[0]]) for group in groups_of_images(sizes))


# ---- Section 3: flags ------------------------------------------------------------------------

MODEL, EXACT, GEOMETRY, MANY, NAMES, STEP = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
LAYERS = MODEL | EXACT | 0x20


def has_layers_byte(flags: int) -> bool:
    return flags & LAYERS == LAYERS


def check_flags(flags: int) -> int:
    if flags & STEP and not has_layers_byte(flags) and (flags & EXACT or not flags & MODEL):
        raise Unsupported("a feature that this decoder does not know is required")
    if flags & NAMES and not flags & MANY:
        raise Corrupt("names without a container of many pictures")
    if not flags & MODEL and not (flags & EXACT and flags & GEOMETRY):
        raise Corrupt("a file without a model that is not exact or gives no sizes")
    return flags


def find_model(models: dict[bytes, bytes], fingerprint: bytes) -> Model:
    content = models.get(fingerprint)
    if content is None or hashlib.sha256(content).digest()[:4] != fingerprint:
        raise ModelNeeded(f"the model {fingerprint.hex()} is not at hand")
    return Model(content, tuple(models.values()))


# ---- Section 4: geometry ---------------------------------------------------------------------

EQUAL, DEEP = 0x04, 0x10


@dataclass(frozen=True)
class Geometry:
    kind: int
    width: int
    height: int

    @property
    def channels(self) -> int:
        return (self.kind & 3) + 1

    @property
    def colours(self) -> int:
        """The number of colour planes."""
        return 3 if self.channels >= 3 and not self.kind & EQUAL else 1

    @property
    def deep(self) -> bool:
        """Whether samples have 16 bits."""
        return bool(self.kind & DEEP)

    @property
    def alpha(self) -> int:
        """The number of alpha planes."""
        return 1 - self.channels % 2


Runs = list[tuple[int, Geometry]]  # how many pictures, and what each of them is


def read_one_geometry(reader: Reader) -> Geometry:
    kind = reader.byte()
    if kind & ~(3 | EQUAL | DEEP):
        raise Unsupported(f"a picture of kind {kind:02x}")
    shape = Geometry(kind, reader.varint(least=1), reader.varint(least=1))
    if shape.kind & EQUAL and shape.channels < 3:
        raise Corrupt("EQUAL without three colours")
    if max(shape.width, shape.height) > MAX_SIDE or shape.width * shape.height > MAX_PIXELS:
        raise Limit(f"a picture of {shape.width} x {shape.height} pixels")
    return shape


def read_geometry(reader: Reader, count: int, many: bool) -> Runs:
    runs: Runs = []
    while count > 0:
        length = reader.varint(least=1) if many else 1
        shape = read_one_geometry(reader)
        count -= length
        if count < 0 or (runs and runs[-1][1] == shape):
            raise Corrupt("runs of sizes that do not add up, or two neighbours that are the same")
        runs.append((length, shape))
    return runs


def check_depths(runs: Runs, flags: int, form: Form) -> None:
    depths = {shape.deep for _, shape in runs}
    if len(depths) > 1:
        raise Unsupported("pictures of 8 and of 16 bits a sample in one file")
    if True in depths and (not flags & EXACT or (flags & MODEL and not form.pixels)):
        raise Unsupported("pictures of 16 bits a sample that are lossy, or by a model of tiles")
    if True in depths and form.restored is not None:
        raise Unsupported("pictures of 16 bits a sample that are restored")


def complete_geometry(runs: Runs, count: int, model: Model | None) -> Runs:
    """Return the sizes of the file or else those of its model; to give the latter is corrupt."""
    if not runs and model is not None and model.native is None:
        raise ModelNeeded("a model without a size of its own, and no sizes")
    native = [(count, Geometry(0, model.native[1], model.native[0]))] if model and model.native else []
    if runs == native:
        raise Corrupt("sizes are given that are the model's own")
    return runs or native


# ---- Section 5: names ------------------------------------------------------------------------

MAX_NAME, MAX_NAMES = 1024, 2**26


def read_names(reader: Reader, count: int) -> list[str]:
    stream, packed = zlib.decompressobj(-15), reader.take(reader.varint())
    names: dict[str, None] = {}
    total, given, at, rest = 0, b"", 0, b""
    while not stream.eof:  # piece by piece, until something is wrong
        if not given:
            given, at = packed[at : at + 4096], at + 4096
        ended = not given
        try:
            piece = stream.decompress(given, 4096)
        except zlib.error as error:
            raise Corrupt("a broken deflate stream") from error
        if ended and not piece and not stream.eof:
            raise Corrupt("a deflate stream that is cut short")
        given, total = stream.unconsumed_tail, total + len(piece)
        if total > MAX_NAMES:
            raise Limit("too many bytes of names")
        *whole, rest = (rest + piece).split(b"\0")
        for part in whole:
            name = check_name(part)
            if name in names or len(names) == count:
                raise Corrupt("more names than pictures, or two that are equal")
            names[name] = None
        if len(rest) > MAX_NAME:
            raise Corrupt("a name that is too long")
    if stream.unused_data or at < len(packed) or rest or len(names) != count:
        raise Corrupt("not one name for each picture")
    order = sorted(name.split("/") for name in names)
    if any(path == after[: len(path)] for path, after in itertools.pairwise(order)):
        raise Corrupt("a name is another's folder")
    return list(names)


def check_name(raw: bytes) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Corrupt("a name that is not UTF-8") from error
    forbidden = any(c < " " or c in '\x7f\\:*?"<>|' for c in name)
    if len(raw) > MAX_NAME or forbidden or any(part in ("", ".", "..") for part in name.split("/")):
        raise Corrupt("a name that is not allowed")
    return name


# ---- Section 6: records ----------------------------------------------------------------------

STORED, DEFLATED, DIFFERENCED, MODELLED, BY_TABLE, NETWORK, CONDITIONAL, PIXELS, QUICK, DRAWINGS = range(10)
PACKED, FILTERED, DEEP_PIXELS, DEEP_QUICK, FOLLOWING = range(11, 16)
CUT = 16  # more than PIXELS, QUICK or DRAWINGS: the same of pieces
TURNED = 32 + PIXELS  # the same as PIXELS of turned images


def read_record(record: bytes, flags: int, block: list[Geometry], model: Model | None, form: Form) -> list[Samples]:
    if sum(shape.width * shape.height * shape.channels for shape in block) > MAX_BLOCK_SAMPLES:
        raise Limit("a block of too many samples")
    fields, check = split_record(record, check_size(bool(flags & MANY), form))
    if flags & EXACT:
        written = flags & MANY or not flags & MODEL or form.pixels
        method = fields.byte() if written else implied_method(model)
        planes = read_exact(method, fields.rest(), block, model, form)
        if form.restored is not None:
            if model is None or model.restoration is None:
                raise ModelNeeded("a model without restoration for a file of restored pictures")
            planes = model.restoration(planes, block, form.restored)
    else:
        references = read_references(fields, block) if form.referenced else []
        alpha = iter(read_alpha(fields, [shape for shape in block if shape.alpha]))
        assert model is not None  # because a file without MODEL is EXACT
        if form.quality is None:
            shapes = [shape for shape in block for _ in range(shape.colours)]
            colour = iter(read_payload(fields.rest(), shapes, model, None, form.step))
        else:
            colour = iter(read_grids(fields.rest(), block, model, form.quality, references))
        planes = [
            plane
            for shape in block
            for plane in [next(colour) for _ in range(shape.colours)] + [next(alpha) for _ in range(shape.alpha)]
        ]
    return checked_pictures(planes, block, check)


def read_second_record(
    record: bytes, many: bool, block: list[Geometry], model: Model, first: list[Samples]
) -> list[Samples]:
    """Read the exact pictures of a block whose pictures are `first` in the first layer."""
    fields, check = split_record(record, 4 if many else 1)
    method, body = fields.byte(), fields.rest()
    if method > CONDITIONAL:
        raise Unsupported(f"method {method}")
    if method in (BY_TABLE, NETWORK):
        raise Corrupt(f"method {method} in a second layer")
    shapes = [shape for shape in block for _ in range(shape.colours)]
    lossy = [planes_of(picture, shape) for picture, shape in zip(first, block, strict=True)]
    if method < MODELLED:
        colour = iter(read_plain(method, body, shapes))
    else:
        check_method(method, model)
        below = [plane for planes, shape in zip(lossy, block, strict=True) for plane in planes[: shape.colours]]
        colour = iter(read_payload(body, shapes, model, method, 1, np.concatenate([cut(p, model) for p in below])))
    planes = [
        plane
        for had, shape in zip(lossy, block, strict=True)
        for plane in [next(colour) for _ in range(shape.colours)] + had[shape.colours :]
    ]
    return checked_pictures(planes, block, check)


def read_references(fields: Reader, block: list[Geometry]) -> list[int | None]:
    """Of each picture the number of the one in its block that it differs from, or None."""
    length = fields.varint()
    mask = fields.take(length)
    bits = [byte >> bit & 1 for byte in mask for bit in range(8)]
    if (mask and mask[-1] == 0) or any(bits[len(block) :]):
        raise Corrupt("a list of references that is longer than needed, or of more pictures than there are")
    bits = (bits + [0] * len(block))[: len(block)]
    alike = [(shape.width, shape.height, shape.colours) for shape in block]
    references: list[int | None] = []
    for bit, kind in zip(bits, alike, strict=True):
        place = fields.varint() if bit else None
        bases = [k for k, other in enumerate(alike) if other == kind and not bits[k]]
        if place is not None and place >= len(bases):
            raise Corrupt("a reference beyond the last picture that it could be to")
        references.append(None if place is None else bases[place])
    return references


def check_size(many: bool, form: Form) -> int:
    return 4 if many or form.pixels or form.quality is not None else 1


def split_record(record: bytes, size: int) -> tuple[Reader, bytes]:
    return Reader(record[:-size]), record[-size:]


def planes_of(picture: Samples, shape: Geometry) -> list[Samples]:
    """Take a picture apart into the planes that are coded: colours, then alpha."""
    if shape.channels == 1:
        return [picture]
    return [picture[..., i] for i in [*range(shape.colours), *[shape.channels - 1] * shape.alpha]]


def checked_pictures(planes: Sequence[Samples], block: list[Geometry], check: bytes) -> list[Samples]:
    each = iter(planes)
    pictures: list[Samples] = []
    crc = 0
    for shape in block:
        samples = [next(each) for _ in range(shape.colours)] * (3 if shape.kind & EQUAL else 1)
        samples += [next(each) for _ in range(shape.alpha)]
        pictures.append(samples[0] if shape.channels == 1 else np.stack(samples, axis=-1))
        crc = zlib.crc32(bytes_of(pictures[-1]), crc)
    if crc.to_bytes(4, "big")[-len(check) :] != check:
        raise Corrupt("the check of the decoded pictures differs")
    return pictures


def bytes_of(picture: Samples) -> bytes:
    """The samples one after the other; of 16 bits, the higher byte first."""
    return picture.astype(picture.dtype.newbyteorder(">")).tobytes()


def implied_method(model: Model | None) -> int:
    if model is None or model.ink is None:
        return MODELLED
    return NETWORK if model.ink.networks[NETWORK] else BY_TABLE


def read_exact(method: int, body: bytes, block: list[Geometry], model: Model | None, form: Form) -> list[Samples]:
    shapes = [shape for shape in block for _ in range(shape.colours + shape.alpha)]
    if block[0].deep:
        return read_deep(method, body, block, model)
    if method < MODELLED:
        return read_plain(method, body, shapes)
    if method == PACKED:
        return read_packed(body, block)
    if method in (QUICK, CUT + QUICK):
        return read_arranged(method, body, block, functools.partial(read_pixels, QuickImage))
    if form.pixels and MODELLED <= method <= CONDITIONAL:
        raise Corrupt(f"method {method} in a file for a pixel model")
    of_pixels = PIXELS, DRAWINGS, FOLLOWING, CUT + PIXELS, CUT + DRAWINGS, TURNED
    if method not in (of_pixels if form.pixels else (MODELLED, BY_TABLE, NETWORK)):
        raise Unsupported(f"method {method}")
    if form.pixels:
        assert model is not None  # because such a file has MODEL
        if model.pixels is None:
            raise ModelNeeded("a model of another kind for a record of pixels")
        if method % CUT == PIXELS:
            begin = functools.partial(NetworkImage, model.pixels)
            return read_arranged(method, body, block, functools.partial(read_pixels, begin))
        if model.drawings is None:
            raise Unsupported("drawings by a model that has none")
        if method == FOLLOWING:
            sizes, fields = sizes_of(method, block), Reader(body)
            shown = references_of(fields, sizes)
            return [each for planes in read_drawings(model.drawings, fields.rest(), sizes, shown) for each in planes]
        return read_arranged(method, body, block, functools.partial(read_drawings, model.drawings))
    if model is None and method > MODELLED:
        raise Unsupported("scans without a model")
    if model is None:
        raise Corrupt("a modelled record without a model")
    check_method(method, model)
    return read_payload(body, shapes, model, method, step=1)


def read_deep(method: int, body: bytes, block: list[Geometry], model: Model | None) -> list[Samples]:
    """Read the planes of pictures of 16 bits a sample."""
    if method < MODELLED:
        return read_plain(method, body, [shape for shape in block for _ in range(shape.colours + shape.alpha)])
    if method == PACKED:
        return read_packed(body, block)
    if method == FILTERED:
        return read_filtered(body, block)
    sizes = sizes_of(QUICK, block)
    if method == DEEP_QUICK:
        return [plane for planes in read_deep_images(DeepQuickImage, body, sizes) for plane in planes]
    if method != DEEP_PIXELS or model is None:
        raise Unsupported(f"method {method} for pictures of 16 bits")
    if model.pixels is None:
        raise ModelNeeded("a model of another kind for a record of pixels")
    begin = functools.partial(DeepNetworkImage, model.pixels)
    return [plane for planes in read_deep_images(begin, body, sizes) for plane in planes]


def read_arranged(
    method: int, body: bytes, block: list[Geometry], read: Callable[[bytes, list[Size]], list[list[Samples]]]
) -> list[Samples]:
    """Read the planes of the pictures of a block by a method of section 14 or 15, `read`.

    They may be in pieces, or turned.
    """
    sizes = sizes_of(method, block)
    if method < CUT:
        return [plane for planes in read(body, sizes) for plane in planes]
    if method == TURNED:
        return read_turned(body, sizes, read)
    if not body or not 6 <= body[0] <= 12:
        raise Corrupt("pieces of no size")
    side = 1 << body[0]
    places = [  # of each piece the image, its top and its left
        (image, top, left)
        for image, (height, width, _) in enumerate(sizes)
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]
    images = [[np.zeros((height, width), np.uint8) for _ in range(planes)] for height, width, planes in sizes]
    into = [[plane[top : top + side, left : left + side] for plane in images[image]] for image, top, left in places]
    pieces = read(body[1:], [(*planes[0].shape, len(planes)) for planes in into])
    for some, planes in zip(into, pieces, strict=True):
        for part, plane in zip(some, planes, strict=True):
            part[...] = plane
    return [plane for image in images for plane in image]


def sizes_of(method: int, block: list[Geometry]) -> list[Size]:
    """The sizes of the images, or of the pictures with alpha, of a block."""
    counts = [[shape.colours + shape.alpha] for shape in block]
    if method not in (DRAWINGS, FOLLOWING, CUT + DRAWINGS):
        counts = [[shape.colours] + [1] * shape.alpha for shape in block]
    return [(shape.height, shape.width, n) for shape, some in zip(block, counts, strict=True) for n in some]


def check_method(method: int, model: Model) -> None:
    if model.residual is None:
        raise ModelNeeded("the model has no residual coder")
    if method > MODELLED and model.ink is None:
        raise ModelNeeded("the model has no ink coder")
    if model.ink is not None and method in model.ink.networks and not model.ink.networks[method]:
        raise ModelNeeded("the model's ink coder lacks a network")


def read_alpha(fields: Reader, shapes: list[Geometry]) -> list[Samples]:
    if not shapes:
        return []
    field = Reader(fields.take(fields.varint()))
    method = field.byte()
    if method > DIFFERENCED:
        raise Corrupt(f"alpha by method {method}")
    return read_plain(method, field.rest(), shapes)


def read_plain(method: int, body: bytes, shapes: list[Geometry]) -> list[Samples]:
    """Read one plane of each shape by a method that needs no model."""
    each = 2 if shapes[0].deep else 1  # bytes of a sample
    size = each * sum(shape.width * shape.height for shape in shapes)
    raw = body if method == STORED else inflate(body, size)
    if len(raw) != size:
        raise Corrupt("more or fewer bytes than the planes need")
    data = Reader(raw)
    planes = []
    for shape in shapes:
        content = np.frombuffer(data.take(each * shape.width * shape.height), np.uint8)
        plane: Samples = content.reshape(shape.height, shape.width, each)[..., 0]
        if each == 2:
            parts = content.reshape(2, -1) if method == DIFFERENCED else content.reshape(-1, 2).T
            plane = (parts[0].astype(np.uint16) * 256 + parts[1]).reshape(shape.height, shape.width)
        if method == DIFFERENCED:  # sums along both axes, modulo 256 or 65536, undo the differences
            plane = plane.cumsum(axis=0, dtype=plane.dtype).cumsum(axis=1, dtype=plane.dtype)
        planes.append(plane)
    return planes


def read_packed(body: bytes, block: list[Geometry]) -> list[Samples]:
    """Read the planes of the pictures of a block from an LZMA stream."""
    if not body or body[0] > 5:
        raise Corrupt("a block that is packed in no way there is")
    by_column, has_palette = body[0] & 1, body[0] & 2
    each = 2 if block[0].deep else 1  # bytes of a sample
    counts = [each * (shape.colours + shape.alpha) for shape in block]
    content = Reader(unpack(body[1:], sum(n * s.width * s.height for n, s in zip(counts, block, strict=True)) + 2049))
    palette: list[bytes] = []
    if has_palette:
        if len(set(counts)) > 1:
            raise Corrupt("a palette for pictures of several numbers of planes")
        palette = [content.take(counts[0]) for _ in range(content.byte() + 1)]
    bits = next(n for n in (1, 2, 4, 8) if len(palette) <= 1 << n)
    planes = []
    for count, shape in zip(counts, block, strict=True):
        lines, length = (shape.width, shape.height) if by_column else (shape.height, shape.width)
        pixels = []
        for _ in range(lines):
            if not has_palette:
                pixels.append(content.take(length * count))
                continue
            line = "".join(f"{byte:08b}" for byte in content.take((length * bits + 7) // 8))
            numbers = [int(line[i * bits : (i + 1) * bits], 2) for i in range(length)]
            if max(numbers) >= len(palette):
                raise Corrupt("a colour that is not in the palette")
            pixels.append(b"".join(palette[number] for number in numbers))
        picture = np.frombuffer(b"".join(pixels), np.uint8).reshape(lines, length, count)
        if body[0] & 4:
            picture = picture.cumsum(axis=1, dtype=np.uint8)
        picture = picture.swapaxes(0, 1) if by_column else picture
        planes += planes_of_bytes(picture, each)
    if content.rest():
        raise Corrupt("more bytes than the pictures need")
    return planes


def planes_of_bytes(picture: npt.NDArray[np.uint8], each: int) -> list[Samples]:
    """The planes of a picture whose samples are so many bytes."""
    if each == 1:
        return [picture[..., plane] for plane in range(picture.shape[2])]
    return [picture[..., at].astype(np.uint16) * 256 + picture[..., at + 1] for at in range(0, picture.shape[2], 2)]


def read_filtered(body: bytes, block: list[Geometry]) -> list[Samples]:
    """Read the planes of pictures whose rows are filtered as those of PNG are."""
    pixels = [2 * (shape.colours + shape.alpha) for shape in block]
    size = sum(shape.height * (1 + shape.width * n) for shape, n in zip(block, pixels, strict=True))
    content = inflate(body, size)
    if len(content) != size:
        raise Corrupt("more or fewer bytes than the rows need")
    data, planes = Reader(content), []
    for shape, n in zip(block, pixels, strict=True):
        rows = [bytearray(shape.width * n)]  # the first stands above the picture
        for _ in range(shape.height):
            kind, row = data.byte(), bytearray(data.take(shape.width * n))
            if kind > 4:
                raise Corrupt(f"a row with filter {kind}")
            for at in range(len(row)):
                left, corner = (row[at - n], rows[-1][at - n]) if at >= n else (0, 0)
                row[at] = (row[at] + guess_of(kind, left, rows[-1][at], corner)) % 256
            rows.append(row)
        planes += planes_of_bytes(np.array(rows[1:], np.uint8).reshape(shape.height, shape.width, n), 2)
    return planes


def guess_of(kind: int, left: int, above: int, corner: int) -> int:
    """What a filter of PNG takes from a byte."""
    nearest = min((left, above, corner), key=lambda each: abs(left + above - corner - each))  # the first of equal ones
    return (0, left, above, (left + above) // 2, nearest)[kind]


def unpack(stream: bytes, most: int) -> bytes:
    """The content of a raw LZMA stream; no more than `most` bytes and one are taken from it."""
    form = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 24, "lc": 4, "lp": 0, "pb": 0}
    coder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[form])
    try:
        content = coder.decompress(stream, min(most, len(stream) << 13) + 1)
    except lzma.LZMAError:
        raise Corrupt("a damaged LZMA stream") from None
    if not coder.eof or coder.unused_data:
        raise Corrupt("an LZMA stream that does not end where its record does")
    return content


def read_turned(
    body: bytes, sizes: list[Size], read: Callable[[bytes, list[Size]], list[list[Samples]]]
) -> list[Samples]:
    """Read the planes of images that are turned."""
    if len(body) < len(sizes):
        raise Corrupt("an image that does not say how it is turned")
    turns, coded = list(body[: len(sizes)]), []
    for turn, (height, width, count) in zip(turns, sizes, strict=True):
        if turn >= (48 if count == 3 else 8):
            raise Corrupt("an image that is turned in a way that there is not")
        coded.append((width, height, count) if turn & 1 else (height, width, count))
    found = []
    for turn, planes in zip(turns, read(body[len(sizes) :], coded), strict=True):
        images = [plane.T if turn & 1 else plane for plane in planes]
        images = [image[:, ::-1] if turn & 2 else image for image in images]
        images = [image[::-1] if turn & 4 else image for image in images]
        if len(images) == 3:
            first, second, third = ("012", "021", "102", "120", "201", "210")[turn // 8]
            colours = {first: images[0], second: images[1], third: images[2]}
            images = [colours[colour] for colour in "012"]
        found += images
    return found


# ---- Section 7: payload ----------------------------------------------------------------------

GROUP = 1024
BIT = [0, 2**23, 2**24]  # the sums of the frequencies of a bit


def read_payload(
    payload: bytes,
    shapes: list[Geometry],
    model: Model,
    method: int | None,
    step: int,
    first: Samples | None = None,
) -> list[Samples]:
    """Read one plane of each shape by a method from 3 on, or with None as synthesis gives it.

    In a second layer, `first` has the tiles of the first, [tiles, h, w].
    """
    if not model.has_tiles:
        raise ModelNeeded("a model without tiles for a file that has them")
    h, w = model.tile
    grids = [(-(-shape.height // h), -(-shape.width // w)) for shape in shapes]
    total = sum(rows * columns for rows, columns in grids)
    if total * h * w > MAX_TILE_SAMPLES:
        raise Limit("a payload of too many samples in tiles")
    if total * fewest_symbols(model, method, first is not None) > MAX_SYMBOLS:
        raise Limit("a payload of too many symbols")
    coder = RangeDecoder(payload)
    tiles = np.empty((total, h, w), np.uint8)
    for start in range(0, total, GROUP):
        rest = list(range(start, min(start + GROUP, total)))
        if model.ink is not None and method is not None and method > MODELLED:
            bases = [None if first is None else first[i] for i in rest]
            scans = read_scans(coder, model.ink, method, bases)
            for i, scan in zip(rest, scans, strict=True):
                if scan is not None:
                    tiles[i] = drawn(scan, h, w)
            rest = [i for i, scan in zip(rest, scans, strict=True) if scan is None]
        if rest:
            base = first[rest].astype(np.int64) if first is not None else None
            if base is None:
                base = model.synthesis(read_symbols(coder, model, len(rest), step))
            if method is not None:
                assert model.residual is not None  # because the record was refused otherwise
                base = read_residual(coder, model.residual, base)
            tiles[rest] = base
    coder.finish()

    planes: list[Samples] = []
    for shape, (rows, columns) in zip(shapes, grids, strict=True):
        grid, tiles = np.split(tiles, [rows * columns])
        plane = grid.reshape(rows, columns, h, w).swapaxes(1, 2).reshape(rows * h, columns * w)
        planes.append(plane[: shape.height, : shape.width])
    return planes


def fewest_symbols(model: Model, method: int | None, second: bool) -> int:
    """Return how many symbols each tile of a payload has at the least."""
    h, w = model.tile
    symbols = (0 if second else len(model.low)) + (0 if method is None else h * w)
    return symbols if method is None or method == MODELLED else min(symbols, BOX * BOX) + 1


def cut(plane: Samples, model: Model) -> Samples:
    """Cut a plane into tiles, [tiles, h, w]."""
    (h, w), (height, width) = model.tile, plane.shape
    wide = np.pad(plane, ((0, -height % h), (0, -width % w)), mode="edge")
    rows, columns = wide.shape[0] // h, wide.shape[1] // w
    return wide.reshape(rows, h, columns, w).swapaxes(1, 2).reshape(rows * columns, h, w)


def read_symbols(coder: RangeDecoder, model: Model, tiles: int, step: int) -> Ints:
    """Read the symbols of a group, [tiles, latents]: latent after latent, of each tile after tile."""
    symbols = np.zeros((tiles, len(model.low)), np.int64)
    hidden = np.zeros((tiles, 0), np.int64)  # g_0 ... g_(d-1)
    for d, (stored_low, stored_high) in enumerate(zip(model.low, model.high, strict=True)):
        logits = model.prior[2][d].dense(model.prior[1][d].dense(hidden))
        low, high = nearest(stored_low, step), nearest(stored_high, step)
        symbol_of = [nearest(value, step) for value in range(stored_low, stored_high + 1)] + [high + step]
        tables = cumulative_tables(logits, [(symbol - low) // step for symbol in symbol_of])
        values = [low + step * coder.decode(table) for table in tables.tolist()]
        values = [read_escaped(coder, low, high, step) if value > high else value for value in values]
        if min(values) < -127 or max(values) > 127:
            raise Corrupt("a symbol out of range")
        symbols[:, d] = values
        hidden = np.concatenate([hidden, model.prior[0][d].dense(symbols[:, : d + 1])], axis=1)
    return symbols


def read_escaped(coder: RangeDecoder, low: int, high: int, step: int, most: int = 8) -> int:
    below = coder.decode(BIT)
    zeros = 0
    while not coder.decode(BIT):
        zeros += 1
        if zeros > most:
            raise Corrupt("an excess out of range")
    excess = 1
    for _ in range(zeros):
        excess = 2 * excess + coder.decode(BIT)
    return low - step * excess if below else high + step * excess


# ---- Section 8: range coder ------------------------------------------------------------------

TOTAL, MASK, MAX_SYMBOLS = 2**24, 2**64 - 1, 2**28


class RangeDecoder:
    """Reads symbols from a payload, under tables given as the sums C_0 = 0, C_1, ..., 2^24."""

    def __init__(self, payload: bytes) -> None:
        if payload.endswith(b"\0"):
            raise Corrupt("a payload that ends in 00")
        self.payload = payload
        self.position = 0
        self.symbols_left = MAX_SYMBOLS
        self.lower, self.range = 0, MASK
        self.point = self.word() << 32
        self.point |= self.word()

    def word(self) -> int:
        raw = self.payload[self.position : self.position + 4]
        self.position += 4
        return int.from_bytes(raw.ljust(4, b"\0"), "big")

    def decode(self, table: Sequence[int]) -> int:
        self.symbols_left -= 1
        if self.symbols_left < 0:
            raise Limit("too many symbols in a payload")
        scale = self.range // TOTAL
        q = ((self.point - self.lower) & MASK) // scale
        if q >= TOTAL:
            raise Corrupt("a payload that no writer makes")
        k = bisect_right(table, q) - 1
        self.lower = (self.lower + scale * table[k]) & MASK
        self.range = scale * (table[k + 1] - table[k])
        if self.range < 2**32:
            self.lower = (self.lower << 32) & MASK
            self.range <<= 32
            self.point = ((self.point << 32) & MASK) | self.word()
        return k

    def finish(self) -> None:
        if len(self.payload) > self.position:
            raise Corrupt("a payload longer than what was read of it")


# ---- Section 9: models and exact inference ---------------------------------------------------


def integer(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ModelNeeded("the model file has a number that is not allowed")
    return value


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object, unless it has a key twice."""
    if len(dict(pairs)) < len(pairs):
        raise ModelNeeded("the model file has a key twice")
    return dict(pairs)


DTYPES = {"I8": "|i1", "U8": "|u1", "I16": "<i2", "I32": "<i4"}  # in the order of section 16
NAMES_OF = {dtype: name for name, dtype in DTYPES.items()}


class Tensors:
    """A safetensors file: a length of 8 bytes, a JSON header, and the data."""

    def __init__(self, content: bytes) -> None:
        size = int.from_bytes(content[:8], "little")
        self.header: dict[str, Any] = json.loads(content[8 : 8 + size], object_pairs_hook=once)
        self.data = content[8 + size :]

    @classmethod
    def of(cls, arrays: dict[str, Stored]) -> Tensors:
        """Lay tensors out as such a file has them."""
        entries, data = {}, b""
        for name, array in arrays.items():
            stop = len(data) + array.nbytes
            shape = list(array.shape)
            entries[name] = {"dtype": NAMES_OF[array.dtype.str], "shape": shape, "data_offsets": [len(data), stop]}
            data += array.tobytes()
        header = json.dumps(entries).encode()
        return cls(len(header).to_bytes(8, "little") + header + data)

    def stored(self, name: str) -> Stored | None:
        """Return a tensor as it is stored, whatever its shape; None where it is not of integers that have a form."""
        entry = self.header[name]
        if entry["dtype"] not in DTYPES:
            return None
        start, stop = entry["data_offsets"]
        return np.frombuffer(self.data[start:stop], DTYPES[entry["dtype"]]).reshape(entry["shape"])

    def get(self, name: str, dtype: str, shape: Sequence[int | None]) -> Ints:
        """Return a tensor of that dtype and shape, where None stands for any length but 0."""
        entry = self.header[name]
        actual = [integer(length, 0, 2**31) for length in entry["shape"]]
        fits = [n == m or (m is None and n > 0) for n, m in zip(actual, shape, strict=True)]
        start, stop = (integer(offset, 0, len(self.data)) for offset in entry["data_offsets"])
        kind = np.dtype(DTYPES[dtype])
        if entry["dtype"] != dtype or not all(fits) or stop - start != math.prod(actual) * kind.itemsize:
            raise ModelNeeded(f"the model's tensor {name} has another dtype or shape")
        return np.frombuffer(self.data[start:stop], kind).astype(np.int64).reshape(actual)


class Layer:
    """A layer with weights [outputs, ...], whose inputs reach `biggest`."""

    def __init__(self, weight: Ints, bias: Ints, shift: Ints, low: int, high: int, biggest: int) -> None:
        self.weight, self.bias, self.shift, self.low, self.high = weight, bias, shift, low, high
        sums = abs(weight).sum(axis=tuple(range(1, weight.ndim)))
        reach = (biggest * sums + abs(bias)).tolist()
        for r, s in zip(reach, shift.tolist(), strict=True):
            bound = r + 2 ** (s - 1) if s > 0 else 2 ** (1 - s) * r + 1
            if bound >= 2**24 or abs(s) > 31:
                raise ModelNeeded("the model has sums that float32 could not hold")

    def finish(self, sums: Ints) -> Ints:
        """Add the bias to sums [..., outputs], scale by 2^-shift, round halves up, and clip."""
        left, right = np.maximum(-self.shift, 0), np.maximum(self.shift, 0)
        half = np.left_shift(1, right) >> 1
        return np.clip((((sums + self.bias) << left) + half) >> right, self.low, self.high)

    def dense(self, x: Ints) -> Ints:
        return self.finish(x @ self.weight.T)

    def conv(self, stride: int, x: Ints) -> Ints:
        """Convolve [tiles, H, W, C] with zeros around."""
        k = self.weight.shape[1]
        pad = k // 2
        padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        h, w = ((side + 2 * pad - k) // stride + 1 for side in x.shape[1:3])
        sums = np.zeros((len(x), h, w, len(self.weight)), np.int64)
        for i in range(k):
            for j in range(k):
                sums += padded[:, i::stride, j::stride][:, :h, :w] @ self.weight[:, i, j].T
        return self.finish(sums)


def read_layer(tensors: Tensors, op: dict[str, Any], prefix: str, x: Ints, start: Ints, biggest: int) -> Layer | None:
    """Return the layer of an op that has one; a rounding is a layer whose sums are its inputs."""
    shapes: dict[str, list[int | None]] = {
        "dense": [None, x.shape[-1]],
        "conv": [None, None, None, x.shape[-1]],
        "add": [x.size, start.size],
    }
    kind = op["op"]
    if kind not in shapes and kind != "round":
        return None
    low = integer(op["low"], -32768, 32767)
    high = integer(op["high"], low + 1, 32768)
    if kind == "round":
        zero, shift = np.zeros((1, 0), np.int64), integer(op["shift"], 1, 16)
        if biggest + 2**shift >= 2**24:
            raise ModelNeeded("the model rounds values that float32 could not hold")
        return Layer(zero, zero.sum(axis=1), np.array([shift]), low, high, biggest)
    weight = tensors.get(f"{prefix}.weight", "I8", shapes[kind])
    if kind == "conv" and (weight.shape[1] != weight.shape[2] or weight.shape[1] % 2 == 0):
        raise ModelNeeded("a convolution's window is not square, or has no middle")
    bias = tensors.get(f"{prefix}.bias", "I32", weight.shape[:1])
    shift_by = tensors.get(f"{prefix}.shift", "I8", weight.shape[:1])
    return Layer(weight, bias, shift_by, low, high, biggest)


def apply(op: dict[str, Any], layer: Layer | None, x: Ints, start: Ints) -> Ints:
    """Do one op of a chain on x, [tiles, ...]; `start` is what the chain began with."""
    n = len(x)
    match op["op"], layer:
        case "dense", Layer():
            return layer.dense(x)
        case "conv", Layer():
            return layer.conv(integer(op["stride"], 1, 2), x)
        case "add", Layer():
            return x + layer.dense(start.reshape(n, -1)).reshape(x.shape)
        case "round", Layer():
            return layer.finish(x)
        case "flatten", None:
            return x.reshape(n, -1)
        case "concat", None:
            return np.concatenate([x, start.reshape(n, -1)], axis=1)
        case "reshape", None:
            h, w, c = (integer(side, 1, x.size) for side in op["shape"])
            return x.reshape(n, h, w, c)
        case "shuffle", None:
            _, h, w, c = x.shape
            parts = x.reshape(n, h, w, c // 4, 2, 2).transpose(0, 1, 4, 2, 5, 3)  # y, i, x, j, channel
            return parts.reshape(n, 2 * h, 2 * w, c // 4)
    raise ModelNeeded("the model has an op that is not known")


RANKS = {"dense": 1, "conv": 3, "concat": 1, "reshape": 1, "shuffle": 3}  # of an op's x
Values = tuple[list[int], int, int]  # a shape, and the smallest and largest value there may be


class Network:
    """The layers `name` of a description, from `source` to `target`, if that is fixed; works on many tiles at once."""

    def __init__(self, tensors: Tensors, name: str, ops: Any, source: Values, target: Values | None) -> None:
        self.steps: list[tuple[dict[str, Any], Layer | None]] = []
        shape, low, high = source
        first = max(-low, high)
        x = start = np.zeros((1, *shape), np.int64)  # one tile is sent through, to check the shapes
        number = 0
        for op in ops:
            kind = op["op"]
            if RANKS.get(kind, x.ndim - 1) != x.ndim - 1:
                raise ModelNeeded(f"{kind} does not take such a shape")
            biggest = first if kind == "add" else max(-low, high)
            layer = read_layer(tensors, op, f"{name}.{number}", x, start, biggest)
            if layer is not None:
                number += kind != "round"
                if kind != "add":
                    low = high = 0
                low, high = low + layer.low, high + layer.high
            elif kind == "concat":
                low, high = min(low, source[1]), max(high, source[2])
            if max(-low, high) >= 2**24:
                raise ModelNeeded("the model has values that float32 could not hold")
            self.steps.append((op, layer))
            x = apply(op, layer, x, start)
        if target and (list(x.shape[1:]) != target[0] or low < target[1] or high > target[2]):
            raise ModelNeeded(f"the model's {name} gives another shape or other values")
        self.output: Values = list(x.shape[1:]), low, high

    def __call__(self, start: Ints) -> Ints:
        x = start
        for op, layer in self.steps:
            x = apply(op, layer, x, start)
        return x


RESIDUAL, INKED, INK_NETWORK, INK_OVER_LOSSY = "residual.costs", "origins.ink", "ink.0.weight", "based.0.weight"
OVERLAP, FILTERING, DEPENDENCE, INTERLACED = "postfilter", "adaptive.groups", "scales.second", "interlaced"
DRAWN, RESTORING = "drawings", "drawings.restoration.0.bias"
VERSIONS: dict[str, tuple[str, set[str]]] = {  # the kind of a model, and by what in its file one sees the parts it has
    "1": ("tiles", set()),
    "2": ("tiles", {INKED}),
    "3": ("tiles", {INKED, INK_NETWORK}),
    "4": ("tiles", {INKED, INK_NETWORK, INK_OVER_LOSSY}),
    "5": ("grid", set()),
    "6": ("pixels", set()),
    "7": ("pixels", {DRAWN}),
    "8": ("grid", {OVERLAP}),
    "11": ("pixels", {DRAWN, RESTORING}),
    "12": ("grid", {OVERLAP, FILTERING}),
    "13": ("grid", {OVERLAP, FILTERING, DEPENDENCE}),
    "14": ("grid", {OVERLAP, FILTERING, DEPENDENCE, INTERLACED}),
}
PACKED_VERSION, MAX_MODEL = "9", 2**26


def parts_in(tensors: Tensors, kind: str, description: dict[str, Any]) -> set[str]:
    """Return which parts a file has, but for a residual coder of tiles, which all their versions may have."""
    found = {INKED} & tensors.header.keys()
    if kind == "tiles":
        return found | ({INK_NETWORK, INK_OVER_LOSSY} & tensors.header.keys() if found else set())
    found |= {RESIDUAL} & tensors.header.keys()
    if kind == "grid":
        return found | ({OVERLAP, FILTERING, DEPENDENCE} & tensors.header.keys()) | ({INTERLACED} & description.keys())
    return found | ({DRAWN} | {RESTORING} & tensors.header.keys() if DRAWN in description else set())


def read_metadata(tensors: Tensors) -> tuple[str, dict[str, Any]]:
    """Return the version and the description of a model file."""
    metadata = tensors.header["__metadata__"]
    named = metadata["id"].isprintable() and 1 <= len(metadata["id"]) <= 200
    if metadata["format"] != "aecodec-model" or metadata["version"] not in (*VERSIONS, PACKED_VERSION) or not named:
        raise ModelNeeded("not a model, or one of another version")
    description: dict[str, Any] = json.loads(metadata["description"], object_pairs_hook=once)
    return metadata["version"], description


class Model:
    """Of tiles, or with `grid` of a grid of latents, or with `pixels` for exact pixels; such models have no tile.

    A pair has `pixels` and one of the others. With `drawings`, one for exact pixels knows these too, and with
    `restoration` it restores them where they were altered.
    """

    tile: tuple[int, ...] = (0, 0)
    grid: Grid | None = None
    pixels: list[Network] | None = None
    drawings: DrawingNetworks | None = None
    restoration: Restoration | None = None
    residual: list[list[int]] | None = None
    ink: Ink | None = None

    def __init__(self, content: bytes, files: Sequence[bytes] = ()) -> None:
        try:
            self.load(Tensors(content), files)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
            raise ModelNeeded("the model file lacks something or is broken") from error

    def load(self, tensors: Tensors, files: Sequence[bytes]) -> None:
        version, description = read_metadata(tensors)
        if version == PACKED_VERSION:
            self.unpack(tensors, description, files)
            return
        kind, parts = VERSIONS[version]
        if description.get("kind", "tiles") != kind or parts_in(tensors, kind, description) != parts:
            raise ModelNeeded("a model that is not what its version says")
        self.build(tensors, description, kind, parts)

    def unpack(self, tensors: Tensors, description: dict[str, Any], files: Sequence[bytes]) -> None:
        """Build what section 16 makes of a packed model, or of both halves of a pair."""
        is_pair = description["kind"] == "pair"
        halves = {"lossy": ("grid", "tiles"), "exact": ("pixels",)} if is_pair else {"": (description["kind"],)}
        size = 0
        for half, kinds in halves.items():
            whole, merged = unpack_half(tensors, half, description[half] if half else description, files)
            kind = merged.get("kind", "tiles")
            parts = parts_in(whole, kind, merged)
            if kind not in kinds or (kind, parts) not in VERSIONS.values():
                raise ModelNeeded("a packed model that is not what some version says")
            if half and kind == "tiles" and (parts or RESIDUAL in whole.header):
                raise ModelNeeded("a pair whose lossy half has coders of exact pixels")
            size += len(whole.data)
            self.build(whole, merged, kind, parts)
        if size > MAX_MODEL:
            raise ModelNeeded("a packed model of too many bytes")

    def build(self, tensors: Tensors, description: dict[str, Any], kind: str, parts: set[str]) -> None:
        if kind == "grid":
            self.grid = Grid(tensors, description, overlaps=OVERLAP in parts)
            if FILTERING in parts:
                self.grid.adaptive = Adaptive(tensors)
            if DEPENDENCE in parts:
                ends = np.cumsum([2 * each + 2 for each in self.grid.reach[1:]]).tolist()
                self.grid.second = read_scale_tables(tensors, DEPENDENCE, ends)
            return
        if kind == "pixels":
            self.pixels = read_pixel_networks(tensors, description)
            if DRAWN in parts:
                self.drawings = DrawingNetworks(tensors, description["drawings"])
                if (RESTORING in tensors.header) != ("restoration" in description["drawings"]):
                    raise ModelNeeded("a restoration without tensors, or without a description")
                if "restoration" in description["drawings"]:
                    self.restoration = Restoration(tensors, description["drawings"]["restoration"])
            return
        h, w = self.tile = tuple(integer(side, 1, MAX_SIDE) for side in description["tile"])
        n = integer(tensors.header["prior.low"]["shape"][0], 1, 2**16)
        pixels, symbols = ([h, w, 1], 0, 255), ([n], -127, 127)
        self.network = Network(tensors, "synthesis", description["synthesis"], symbols, pixels)
        self.low: list[int] = tensors.get("prior.low", "I8", [n]).tolist()
        self.high: list[int] = tensors.get("prior.high", "I8", [n]).tolist()
        u1, u2 = (integer(units, 1, 2**16) for units in description["prior_units"])
        self.prior = read_prior(tensors, u1, u2, self.low, self.high)
        if RESIDUAL in tensors.header:
            self.residual = read_tables(tensors)
        if INKED in parts:
            self.ink = read_ink(tensors, h, w, parts)

    @property
    def has_tiles(self) -> bool:
        return self.tile != (0, 0)

    @property
    def native(self) -> tuple[int, ...] | None:
        """The size of pictures whose sizes a file does not give; a pair has none."""
        return self.tile if self.has_tiles and self.pixels is None else None

    def synthesis(self, symbols: Ints) -> Ints:
        """Turn symbols, [tiles, latents], into pixels, [tiles, h, w], some tiles at a time."""
        parts = [self.network(symbols[i : i + 64])[..., 0] for i in range(0, len(symbols), 64)]
        return np.concatenate(parts)


# ---- Section 10: prior -----------------------------------------------------------------------


def read_prior(tensors: Tensors, u1: int, u2: int, lows: list[int], highs: list[int]) -> list[list[Layer]]:
    """Return the layers of g_d, of a_d and of l_d, each a list by d."""
    entries = [high - low + 2 for low, high in zip(lows, highs, strict=True)]
    if min(entries) < 2 or min(lows) < -127:
        raise ModelNeeded("the model has a latent without symbols, or with one out of range")
    return [
        read_rows(tensors, "prior.0", [(u1, d + 1) for d in range(len(lows))], 0, 255, 127),
        read_rows(tensors, "prior.1", [(u2, d * u1) for d in range(len(lows))], 0, 255, 255),
        read_rows(tensors, "prior.2", [(k, u2) for k in entries], -16384, 16384, 255),
    ]


def read_rows(
    tensors: Tensors, name: str, sizes: list[tuple[int, int]], low: int, high: int, biggest: int
) -> list[Layer]:
    """Cut the tensors of a masked layer into one layer for each (rows, inputs) of `sizes`."""
    ends = np.cumsum([rows for rows, _ in sizes]).tolist()
    weight_ends = np.cumsum([rows * inputs for rows, inputs in sizes]).tolist()
    weights = np.split(tensors.get(f"{name}.weight", "I8", weight_ends[-1:]), weight_ends[:-1])
    biases = np.split(tensors.get(f"{name}.bias", "I32", ends[-1:]), ends[:-1])
    shifts = np.split(tensors.get(f"{name}.shift", "I8", ends[-1:]), ends[:-1])
    return [
        Layer(weight.reshape(size), bias, shift, low, high, biggest)
        for weight, bias, shift, size in zip(weights, biases, shifts, sizes, strict=True)
    ]


def root256(value: int) -> int:
    for _ in range(8):
        value = math.isqrt(value)
    return value


POWERS: Ints = np.array([root256(2 ** (31 * 256 - f)) for f in range(256)], np.int64)


def nearest(value: int, step: int) -> int:
    """Return N(v) for a stored value: itself at step 1."""
    most = 127 // step
    return step * min(max((value + step // 2) // step, -most), most)


def cumulative_tables(logits: Ints, entries: Sequence[int]) -> Ints:
    """Turn logits, [tables, stored], into the sums of frequencies, [tables, K + 1], from 0 to 2^24.

    `entries` says of each stored logit to which of the K entries its weight is added.
    """
    k = max(entries) + 1
    t = logits.max(axis=1, keepdims=True) - logits
    stored = POWERS[t % 256] >> np.minimum(t // 256, 31)
    weights = np.zeros((len(logits), k), np.int64)
    for i, entry in enumerate(entries):
        weights[:, entry] += stored[:, i]
    frequencies = 1 + weights * (TOTAL - k) // weights.sum(axis=1, keepdims=True)
    first_largest = weights.argmax(axis=1)
    frequencies[np.arange(len(logits)), first_largest] += TOTAL - frequencies.sum(axis=1)
    return np.pad(frequencies.cumsum(axis=1), ((0, 0), (1, 0)))


# ---- Section 11: residual coder --------------------------------------------------------------


def read_tables(tensors: Tensors) -> list[list[int]]:
    costs = tensors.get("residual.costs", "U8", [200, 256])
    tables: list[list[int]] = cumulative_tables(-32 * costs, range(256)).tolist()
    return tables


def reached(steps: Sequence[int], values: Ints) -> Ints:
    """Count, for each value, the steps that are at most it."""
    return np.searchsorted(np.array(steps), values, side="right").astype(np.int64)


def read_residual(coder: RangeDecoder, tables: list[list[int]], base: Ints) -> Ints:
    """Read the pixels of a group's tiles, [tiles, h, w]: pixel after pixel, of each tile after tile."""
    count, h, w = base.shape
    edged = np.pad(base, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = [edged[:, i : i + h, j : j + w] for i in range(3) for j in range(3)]
    v = reached((1, 9, 41, 101, 161, 216, 247), base)
    c = reached((1, 9, 49, 113), np.max(around, axis=0) - np.min(around, axis=0))

    pixels = np.zeros_like(base)
    r = np.zeros((count, h + 1, w + 2), np.int64)  # r(y, x) is at [y + 1, x + 1]
    largest = np.zeros(count, np.int64)  # P
    for y in range(h):
        for x in range(w):
            b = base[:, y, x]
            nearby = r[:, y + 1, x] + r[:, y, x + 1] + (r[:, y, x] + r[:, y, x + 2]) // 2  # E
            e = reached((1, 5, 17, 65), nearby)
            t = reached((252, 253, 254, 255), largest)
            bright = v[:, y, x] == 7
            chosen = np.where(bright, (7 * 5 + t) * 5 + e, (v[:, y, x] * 5 + c[:, y, x]) * 5 + e)
            symbols = np.array([coder.decode(tables[table]) for table in chosen.tolist()], np.int64)
            p = (symbols + np.where(bright & (t > 0), largest, b)) % 256
            pixels[:, y, x] = p
            r[:, y + 1, x + 1] = abs(p - b)
            largest = np.maximum(largest, p)
    return pixels


# ---- Section 12: scans ---------------------------------------------------------------------

TEMPLATE = """0,-1 -1,0 -1,-1 -1,1 0,-2 -2,0 -1,2 -1,-2 -2,1 -2,-1
              0,-3 -1,3 -3,0 -2,2 -2,-2 -1,-3 -3,1 -3,-1 0,-4 -4,0"""
SEEN = [tuple(map(int, place.split(","))) for place in TEMPLATE.split()]  # dy, dx
BOX = 20
INPUTS, CONDITION_INPUTS, MAX_UNITS, MAX_LOGIT = 426, 57, 512, 4096
FARTHEST = 8
AROUND = 40  # pixels around a scan that the network may see


@dataclass(frozen=True)
class Ink:
    """The table of sizes, those of ink by context, the layers of the networks by method, the logits of places, and
    the tables of ink by z + 4096.
    """

    sizes: list[int]
    contexts: list[list[int]]
    networks: dict[int, list[Layer]]
    places: Ints | None
    tables: list[list[int]]


@dataclass
class Scan:
    """A scan of which some pixels are known: b(y, x) is at `plane[y + AROUND, x + AROUND]`.

    `base` and `corner` are the tile of the first layer, and top and left of the box; of method 6.
    """

    size: int
    plane: Samples
    base: Samples | None
    corner: list[int] | None = None

    @property
    def bits(self) -> Samples:
        return self.plane[AROUND : AROUND + self.size, AROUND : AROUND + self.size]


def read_ink(tensors: Tensors, h: int, w: int, parts: set[str]) -> Ink:
    if min(h, w) < BOX:
        raise ModelNeeded("an ink coder for tiles that are too small")
    sizes = cumulative_tables(-32 * tensors.get("origins.sides", "U8", [65])[None], range(65))
    logits = tensors.get("origins.ink", "I8", [None])
    if len(logits) not in [2**n for n in range(1, 21)]:
        raise ModelNeeded("an ink coder of no whole number of pixels")
    z = np.arange(-MAX_LOGIT, MAX_LOGIT + 1)
    tables = cumulative_tables(np.stack([0 * z, z], axis=1), range(2)).tolist()
    contexts = [tables[32 * logit + MAX_LOGIT] for logit in logits.tolist()]
    over_lossy = INK_OVER_LOSSY in parts
    networks: dict[int, list[Layer]] = {
        NETWORK: read_network(tensors, "ink", INPUTS) if INK_NETWORK in parts else [],
        CONDITIONAL: read_network(tensors, "based", INPUTS + CONDITION_INPUTS) if over_lossy else [],
    }
    places = -32 * tensors.get("origins.place", "U8", [2 * FARTHEST + 1]) if over_lossy else None
    return Ink(sizes[0].tolist(), contexts, networks, places, tables)


def read_network(tensors: Tensors, name: str, outputs: int) -> list[Layer]:
    layers: list[Layer] = []
    for n, (low, high, biggest) in enumerate([(0, 255, 16), (0, 255, 255), (-MAX_LOGIT, MAX_LOGIT, 255)]):
        weight = tensors.get(f"{name}.{n}.weight", "I8", [None, outputs])
        outputs = integer(len(weight), 1, MAX_UNITS if n < 2 else 1)
        bias = tensors.get(f"{name}.{n}.bias", "I32", [outputs])
        shift = tensors.get(f"{name}.{n}.shift", "I8", [outputs])
        layers.append(Layer(weight, bias, shift, low, high, biggest))
    return layers


def read_scans(coder: RangeDecoder, ink: Ink, method: int, bases: Sequence[Samples | None]) -> list[Scan | None]:
    """Read the scans of a group's tiles; None for a tile that has none."""
    scans: list[Scan | None] = []
    for k, base in zip([coder.decode(ink.sizes) for _ in bases], bases, strict=True):
        wide = 19 + k + 2 * AROUND
        scans.append(Scan(19 + k, np.zeros((wide, wide), np.uint8), base) if k else None)
    found = [scan for scan in scans if scan is not None]
    if method == CONDITIONAL:
        read_places(coder, ink, found)
    widest = max((scan.size for scan in found), default=0)
    for y in range(widest):
        for x in range(widest):
            for scan in found:
                if scan.size > max(y, x):
                    if method == BY_TABLE:
                        table = table_of_context(ink, scan.plane, y, x)
                    else:
                        table = table_of_network(ink, method, scan, y, x)
                    scan.plane[y + AROUND, x + AROUND] = coder.decode(table)
    return scans


def read_places(coder: RangeDecoder, ink: Ink, scans: Sequence[Scan]) -> None:
    """Read the corners of the boxes: of all the top, then of all the left."""
    assert ink.places is not None  # because the record was refused otherwise
    for scan in scans:
        scan.corner = []
    for axis in (0, 1):
        for scan in scans:
            assert scan.base is not None and scan.corner is not None  # because method 6 is of second layers
            n = scan.base.shape[axis]
            far = np.clip(np.arange(n - BOX + 1) - guess(scan.base, axis), -FARTHEST, FARTHEST)
            table = cumulative_tables(ink.places[far + FARTHEST][None], range(len(far)))[0].tolist()
            scan.corner.append(coder.decode(table) if len(far) > 1 else 0)


def guess(base: Samples, axis: int) -> int:
    """Return where along an axis a box is likely to begin."""
    line = base.max(axis=1 - axis).tolist()
    n, ends = len(line), 0
    for least in (32, 64, 96, 128):
        reached = [i for i, value in enumerate(line) if value >= least] or [0, n - 1]
        ends += reached[0] + reached[-1]
    return min(max(ends // 8 + 1 - 10, 0), n - BOX)


def table_of_context(ink: Ink, plane: Samples, y: int, x: int) -> list[int]:
    pixels = len(ink.contexts).bit_length() - 1
    places = enumerate(SEEN[:pixels])
    return ink.contexts[sum(int(plane[y + AROUND + dy, x + AROUND + dx]) << k for k, (dy, dx) in places)]


def table_of_network(ink: Ink, method: int, scan: Scan, y: int, x: int) -> list[int]:
    plane, size = scan.plane, scan.size
    row, column = y + AROUND, x + AROUND
    above = plane[row - 9 : row, column - 9 : column + 10]
    left = plane[row, column - 9 : column]
    even_row, even_column = row - y % 2, column - x % 2
    far = plane[even_row - 32 : even_row, even_column - 40 : even_column + 40]
    blocks = far.reshape(8, 4, 20, 4).sum(axis=(1, 3))[::-1]  # i = 1 is the lowest row of blocks
    numbers = [(16, (size - 20) // 4)]
    for at in (y, x):
        numbers += [(17, 17 * at // size), (16, min(size - 1 - at, 15)), (2, at % 2)]
    inputs = [8 * above.ravel(), 8 * left, blocks.ravel(), inputs_of(numbers)]
    if method == CONDITIONAL:
        inputs += inputs_of_base(scan, y, x)
    values = np.concatenate(inputs).astype(np.int64)
    for layer in ink.networks[method]:
        values = layer.dense(values)
    return ink.tables[int(values[0]) + MAX_LOGIT]


def inputs_of(numbers: Sequence[tuple[int, int]]) -> Ints:
    """Return the inputs for numbers, each given behind how many inputs it has."""
    return np.array([8 * (k == number) for size, number in numbers for k in range(size)], np.int64)


def inputs_of_base(scan: Scan, y: int, x: int) -> list[Ints]:
    assert scan.base is not None and scan.corner is not None  # because method 6 is of second layers
    centres = [10 * (2 * at + 1) for at in (y, x)]
    row, column = (corner + centre // scan.size for corner, centre in zip(scan.corner, centres, strict=True))
    greys = np.pad((scan.base.astype(np.int64) + 8) // 16, 3)  # g(i, j) is at [i + 3, j + 3]
    return [
        greys[row : row + 7, column : column + 7].ravel(),
        inputs_of([(4, 4 * (centre % scan.size) // scan.size) for centre in centres]),
    ]


def weights_of(size: int) -> list[list[tuple[int, np.float32]]]:
    """Return, for each pixel of a scan along one axis, the cells it lies in with its weights there."""
    single = np.float32
    pitch = single(20) / single(size)
    weights = []
    for i in range(size):
        begin = single(10) + pitch * (single(i) - single(size / 2))
        end = single(float(begin) + 0.99 * float(pitch))
        first, last = (min(max(math.floor(at), 0), 19) for at in (begin, end))
        two = [(first, single(first + 1) - begin), (last, end - single(last))]
        weights.append([(first, pitch)] if first == last else two)
    return weights


def drawn(scan: Scan, h: int, w: int) -> Samples:
    """Reduce a scan to cells and put them where the file says, or else their centre of mass."""
    bits = scan.bits
    if not bits.any():
        raise Corrupt("a scan without ink")
    weights = weights_of(len(bits))
    sums = np.zeros((20, 20), np.float32)
    for i, j in np.argwhere(bits).tolist():
        for row, height in weights[i]:
            for column, width in weights[j]:
                sums[row, column] = sums[row, column] + height * width
    scale = np.float32(255 / float(sums.max()))
    cells = 128 + np.trunc(sums * scale - np.float32(128)).astype(np.int64)
    total = int(cells.sum())
    at = list(scan.corner or [])
    for size, line in ((h, cells.sum(axis=1)), (w, cells.sum(axis=0))):
        moment = int((line * (2 * np.arange(20) + 1)).sum())
        if scan.corner is None:
            at.append(min(max(((size + 2) * total - moment) // (2 * total), 0), size - 20))
    tile = np.zeros((h, w), np.uint8)
    tile[at[0] : at[0] + 20, at[1] : at[1] + 20] = cells
    return tile


# ---- Section 13: grids of latents ------------------------------------------------------------

SIDE, GRID_TILE, GROUP_PLACES, HYPER_SIDE = 16, 64, 4096, 4
MAX_PLACES, MAX_CHANNELS, MOST, MAX_ZEROS = 2**19, 1024, 32767, 15
OCTAVE, MAX_GAIN, CLASSES, MAX_REACH = 96, 768, 64, 2048
CROSS = ((-1, 0), (0, -1), (0, 1), (1, 0))  # dy, dx


class Part(NamedTuple):
    """One input of a layer: [grids, H, W, channels] of values that reach `biggest`."""

    channels: int
    biggest: int
    cross: bool = False


class GridLayer:
    """A layer with weights for each part of its input, and perhaps one for the quality."""

    def __init__(self, tensors: Tensors, name: str, parts: list[Part], low: int, high: int) -> None:
        if not -MOST <= low < high <= MOST:
            raise ModelNeeded("a layer that clips to values that are not allowed")
        self.low, self.high = low, high
        self.parts: list[tuple[Ints, Sequence[tuple[int, int]]]] = []  # weights [outputs, places, channels], and places
        reach: Ints | int = 0
        for n, part in enumerate(parts):
            weight = tensors.get(f"{name}.weight.{n}", "I8", [None, None, None, part.channels])
            k = weight.shape[1]
            if weight.shape[1:3] not in ([(4, 1)] if part.cross else [(1, 1), (3, 3)]):
                raise ModelNeeded("a layer whose weights have another shape")
            square = [(i - k // 2, j - k // 2) for i in range(k) for j in range(k)]
            self.parts.append((weight.reshape(len(weight), -1, part.channels), CROSS if part.cross else square))
            reach = reach + part.biggest * abs(weight).sum(axis=(1, 2, 3))
        self.outputs = len(self.parts[0][0])
        self.bias = tensors.get(f"{name}.bias", "I32", [self.outputs])
        self.shift = tensors.get(f"{name}.shift", "I8", [self.outputs])
        self.quality = np.zeros(self.outputs, np.int64)
        if f"{name}.quality" in tensors.header:
            self.quality = tensors.get(f"{name}.quality", "I32", [self.outputs])
        reach = reach + abs(self.bias) + MAX_QUALITY * abs(self.quality)
        for r, s in zip(reach.tolist(), self.shift.tolist(), strict=True):
            if abs(s) > 31 or (r + 2 ** (s - 1) if s > 0 else 2 ** (1 - s) * r + 1) >= 2**53:
                raise ModelNeeded("the model has sums that float64 could not hold")

    @property
    def sees_its_place_alone(self) -> bool:
        return all(len(places) == 1 for _, places in self.parts)

    def __call__(self, quality: int, *inputs: Ints) -> Ints:
        sums = self.bias + quality * self.quality
        for (weight, places), x in zip(self.parts, inputs, strict=True):
            h, w = x.shape[1:3]
            padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
            for at, (dy, dx) in enumerate(places):
                sums = sums + padded[:, 1 + dy : 1 + dy + h, 1 + dx : 1 + dx + w] @ weight[:, at].T
        left, right = np.maximum(-self.shift, 0), np.maximum(self.shift, 0)
        half = np.left_shift(1, right) >> 1
        return np.clip(((sums << left) + half) >> right, self.low, self.high)


def spread(x: Ints, by: int) -> Ints:
    """Turn [grids, H, W, by * by * channels] into [grids, by * H, by * W, channels]."""
    n, h, w, c = x.shape
    return x.reshape(n, h, w, by, by, c // by**2).transpose(0, 1, 3, 2, 4, 5).reshape(n, by * h, by * w, -1)


class GridChain:
    """Convolutions and steps up; a decoder has no chains that go down."""

    def __init__(self, tensors: Tensors, name: str, ops: Any, channels: int) -> None:
        self.steps: list[GridLayer | int] = []
        self.scale, self.channels, self.biggest = 1, channels, MOST
        layers = 0
        for op in ops:
            if op["op"] == "conv":
                low, high = integer(op["low"], -MOST, MOST), integer(op["high"], -MOST, MOST)
                layer = GridLayer(tensors, f"{name}.{layers}", [Part(self.channels, self.biggest)], low, high)
                layers += 1
                self.channels, self.biggest = layer.outputs, max(-low, high)
                self.steps.append(layer)
            elif op["op"] == "up" and op["by"] in (2, 4, 16) and self.channels % integer(op["by"], 2, 16) ** 2 == 0:
                self.steps.append(op["by"])
                self.scale *= op["by"]
                self.channels //= op["by"] ** 2
            else:
                raise ModelNeeded("the model has an op that is not known or does not fit")
            if self.channels > MAX_CHANNELS:
                raise ModelNeeded("the model has a layer of too many channels")

    def __call__(self, quality: int, x: Ints) -> Ints:
        for step in self.steps:
            x = step(quality, x) if isinstance(step, GridLayer) else spread(x, step)
        return x


class Gains:
    """Of some channels: the stored log-gains, [11, channels]."""

    def __init__(self, tensors: Tensors, name: str) -> None:
        self.stored = tensors.get(name, "I16", [11, None])
        if abs(self.stored).max() > MAX_GAIN:
            raise ModelNeeded("a gain is out of range")

    def at(self, quality: int) -> Ints:
        a = min(quality // 10, 9)
        part = quality - 10 * a
        gains: Ints = (self.stored[a] * (10 - part) + self.stored[a + 1] * part + 5) // 10
        return gains

    def steps(self, quality: int) -> Ints:
        return np.array([step_of(gain) for gain in self.at(quality).tolist()], np.int64)


@functools.cache
def step_of(gain: int) -> int:
    """Return the largest n whose 96th power is at most 2^(15 * 96 - gain)."""
    low, high = 1, 2**24
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**OCTAVE <= 2 ** (15 * OCTAVE - gain) else (low, middle)
    return low


def classes_of(scales: Ints) -> Ints:
    return np.clip((scales + 312) // 16, 0, CLASSES - 1)


def dequantized(means: Ints, symbols: Ints, steps: Ints) -> Ints:
    return at_halves(means, 2 * symbols, steps)


def at_halves(means: Ints, halves: Ints, steps: Ints) -> Ints:
    """Return what lies so many half steps away from means."""
    return np.clip(means + ((halves * steps + 256) >> 9), -MOST, MOST)


class Slice(NamedTuple):
    """The channels first ... stop - 1 and their three layers; if it is interlaced, those of each step."""

    first: int
    stop: int
    networks: list[list[GridLayer]]


class Grid:
    """The parts of a model of kind grid that a decoder needs."""

    adaptive: Adaptive | None = None
    second: list[list[int]] | None = None  # the tables of the second quantizer

    def __init__(self, tensors: Tensors, description: dict[str, Any], *, overlaps: bool) -> None:
        sizes = [integer(size, 1, MAX_CHANNELS) for size in description["slices"]]
        self.channels = sum(sizes)
        self.gains, self.hyper_gains = Gains(tensors, "gains"), Gains(tensors, "hyper.gains")
        self.hyper = self.hyper_gains.stored.shape[1]
        if self.gains.stored.shape[1] != self.channels or max(self.channels, self.hyper) > MAX_CHANNELS:
            raise ModelNeeded("gains of another number of channels, or too many of them")
        self.hyper_means = tensors.get("hyper.means", "I32", [self.hyper])
        self.hyper_scales = tensors.get("hyper.scales", "I32", [self.hyper])
        if max(abs(self.hyper_means).max(), abs(self.hyper_scales).max()) > MOST:
            raise ModelNeeded("a mean or a log-scale is out of range")
        self.reach, self.tables = read_scales(tensors)
        self.hyper_synthesis = GridChain(tensors, "hyper_synthesis", description["hyper_synthesis"], self.hyper)
        self.synthesis = GridChain(tensors, "synthesis", description["synthesis"], self.channels)
        self.linear = GridLayer(tensors, "linear", [Part(self.channels, MOST)], -MOST, MOST)
        fits = self.hyper_synthesis.scale == HYPER_SIDE and self.linear.sees_its_place_alone
        if not fits or (self.synthesis.scale, self.synthesis.channels, self.linear.outputs) != (SIDE, 3, 3 * SIDE**2):
            raise ModelNeeded("a synthesis that ends on another grid")
        self.postfilter = tensors.get("postfilter", "I16", [SIDE, SIDE]) if overlaps else None
        if ("prefilter" in tensors.header) != overlaps:
            raise ModelNeeded("one filter of two")
        features = Part(self.hyper_synthesis.channels, self.hyper_synthesis.biggest)
        self.octaves = integer(description[INTERLACED], 1, 6) if INTERLACED in description else 0
        self.slices = []
        for n, size in enumerate(sizes):
            first = sum(sizes[:n])
            if n == 0 and self.octaves:
                near = Part(12 * size, MOST)
                networks = [
                    slice_layers(tensors, f"{INTERLACED}.{step}", [features, near] if step else [features], size)
                    for step in range(1 + 2 * self.octaves)
                ]
                if not all(layers[0].sees_its_place_alone for layers in networks):
                    raise ModelNeeded("a step that sees features of other places")
            else:
                parts = [features] + [Part(first, MOST)] * (n > 0) + [Part(size, MOST, cross=True)]
                networks = [slice_layers(tensors, f"slices.{n}", parts, size)]
            self.slices.append(Slice(first, first + size, networks))


def slice_layers(tensors: Tensors, name: str, parts: list[Part], size: int) -> list[GridLayer]:
    """Return the three layers that tell so many channels."""
    one = GridLayer(tensors, f"{name}.0", parts, 0, 1023)
    two = GridLayer(tensors, f"{name}.1", [Part(one.outputs, 1023)], 0, 1023)
    three = GridLayer(tensors, f"{name}.2", [Part(two.outputs, 1023)], -MOST, MOST)
    alone = two.sees_its_place_alone and three.sees_its_place_alone
    if not alone or three.outputs != 2 * size or max(one.outputs, two.outputs) > MAX_CHANNELS:
        raise ModelNeeded("the layers of a slice do not fit")
    return [one, two, three]


def read_scales(tensors: Tensors) -> tuple[list[int], list[list[int]]]:
    """Return the reach of each class from 1, and its table as sums; class 0, which has none, is there but empty."""
    reach = tensors.get("scales.reach", "I32", [CLASSES - 1]).tolist()
    if not 0 <= min(reach) <= max(reach) <= MAX_REACH:
        raise ModelNeeded("a table that is too long")
    ends = np.cumsum([2 * each + 2 for each in reach]).tolist()
    tables = read_scale_tables(tensors, "scales.frequencies", ends)
    return [0, *reach], tables


def read_scale_tables(tensors: Tensors, name: str, ends: list[int]) -> list[list[int]]:
    """Return the tables that end there, as sums; an empty one comes first."""
    frequencies = tensors.get(name, "I32", ends[-1:])
    if frequencies.min() < 1:
        raise ModelNeeded("a frequency below 1")
    tables = [[0, *np.cumsum(part).tolist()] for part in np.split(frequencies, ends[:-1])]
    if any(table[-1] != TOTAL for table in tables):
        raise ModelNeeded("a table whose sum is not 2^24")
    return [[], *tables]


def read_grids(
    payload: bytes, block: list[Geometry], model: Model, quality: int, references: list[int | None]
) -> list[Samples]:
    """Read the colour planes of the pictures of a block, some of which differ from others."""
    grid = model.grid
    if grid is None:
        raise ModelNeeded("a model of tiles for a file that has a grid of latents")
    sizes = places_of(block)
    if sum(h * w for h, w in sizes) > MAX_PLACES:
        raise Limit("a payload of too many places")
    coder = RangeDecoder(payload)
    latents = [np.zeros((h, w, grid.channels), np.int64) for h, w in sizes]
    for group in groups_of(sizes):
        _, rows, columns = group[0]
        found = read_latents(coder, grid, len(group), rows.stop - rows.start, columns.stop - columns.start, quality)
        for (picture, rows, columns), values in zip(group, found, strict=True):
            latents[picture][rows, columns] = values
    filters = [None if grid.adaptive is None else grid.adaptive.read(coder) for _ in block]
    coder.finish()

    planes = []
    for shape, own, other, weights in zip(block, latents, references or [None] * len(block), filters, strict=True):
        each = own if other is None else np.clip(own + latents[other], -MOST, MOST)
        beside = spread(grid.linear(quality, each[None]), SIDE)[0]
        if grid.postfilter is not None:
            beside = filtered(filtered(beside.transpose(1, 0, 2), grid.postfilter).transpose(1, 0, 2), grid.postfilter)
        chain = grid.synthesis(quality, each[None])[0]
        values = chain + beside
        if grid.adaptive is not None and weights is not None:
            values = grid.adaptive(values, chain, weights)
        values = values[: shape.height, : shape.width]
        greys = (values + 8) >> 4 if shape.colours == 3 else (values.sum(axis=2, keepdims=True) + 24) // 48
        pixels = np.clip(greys + 128, 0, 255).astype(np.uint8)
        planes += [pixels[..., i] for i in range(shape.colours)]
    return planes


class Adaptive:
    """The adaptive filter."""

    def __init__(self, tensors: Tensors) -> None:
        self.bounds = tensors.get("adaptive.bounds", "I32", [7])
        (self.clip,) = tensors.get("adaptive.clip", "I32", [1]).tolist()
        if not 1 <= self.clip <= 2048 or self.bounds[0] < 1 or (np.diff(self.bounds) < 1).any():
            raise ModelNeeded("a filter whose bounds do not grow, or whose clip is out of range")
        self.tables = []
        for name, count, length in (("groups", 1, 5), ("weights", 16, 127)):
            frequencies = tensors.get(f"adaptive.{name}", "I32", [count, length])
            if frequencies.min() < 1 or (frequencies.sum(axis=1) != TOTAL).any():
                raise ModelNeeded("a table of the filter with a frequency below 1, or another sum than 2^24")
            self.tables += [[0, *np.cumsum(table).tolist()] for table in frequencies]

    def read(self, coder: RangeDecoder) -> Ints | None:
        """Read the weights of a picture, [8 classes, 3 colours, 16], or None."""
        groups = (0, 1, 2, 4, 8)[coder.decode(self.tables[0])]
        if not groups:
            return None
        weights = [[coder.decode(table) - 63 for _ in range(3 * groups)] for table in self.tables[1:]]
        return np.repeat(np.array(weights).reshape(16, groups, 3).transpose(1, 2, 0), 8 // groups, axis=0)

    def __call__(self, values: Ints, chain: Ints, weights: Ints) -> Ints:
        """Filter [H, W, 3]."""
        own = np.clip(values, -2048, 2048)
        height, width, _ = own.shape
        around = np.pad(own, ((2, 2), (2, 2), (0, 0)), mode="edge")

        def at(down: int, right: int) -> Ints:
            return around[2 + down : 2 + down + height, 2 + right : 2 + right + width]

        features = []
        for down, right in ((0, 1), (0, 2), (1, -1), (1, 0), (1, 1), (2, 0)):
            one, other = at(down, right) - own, at(-down, -right) - own
            features += [one + other, np.clip(one, -self.clip, self.clip) + np.clip(other, -self.clip, self.clip)]
        away = [(at(*near) - own).sum(axis=2, keepdims=True) for near in ((-1, 0), (1, 0), (0, -1), (0, 1))]
        features.append(sum(away) // 2)
        features.append(sum(np.clip(each, -2 * self.clip, 2 * self.clip) for each in away))
        features += [np.clip(chain, -2048, 2048), np.full_like(own, 128)]

        activity = (abs(away[0] + away[1]) + abs(away[2] + away[3]))[..., 0]
        found = own.copy()
        for top in range(0, height, 8):
            for left in range(0, width, 8):
                block = slice(top, top + 8), slice(left, left + 8)
                group = weights[(self.bounds <= activity[block].sum()).sum()]
                total = sum(group[:, tap] * feature[block] for tap, feature in enumerate(features))
                found[block] += (total + 64) >> 7
        return found


def places_of(block: list[Geometry]) -> list[tuple[int, int]]:
    """The rows and columns of the grids of a block."""
    return [(-(-shape.height // SIDE), -(-shape.width // SIDE)) for shape in block]


def filtered(values: Ints, weights: Ints) -> Ints:
    """Filter [H, W, colours] across the borders between rows of places."""
    found = values.copy()
    for border in range(SIDE, len(values), SIDE):
        near = slice(border - SIDE // 2, border + SIDE // 2)
        sums = np.tensordot(weights, values[near], 1)
        found[near] = np.clip((sums + (1 << 11)) >> 12, -MOST, MOST)
    return found


Tile = tuple[int, slice, slice]  # the picture, and rows and columns of its grid


def groups_of(sizes: list[tuple[int, int]]) -> list[list[Tile]]:
    """Cut grids into tiles, and put those that follow one another and have one size into groups."""
    groups: list[list[Tile]] = []
    before = None
    for picture, (h, w) in enumerate(sizes):
        for top in range(0, h, GRID_TILE):
            for left in range(0, w, GRID_TILE):
                size = min(GRID_TILE, h - top), min(GRID_TILE, w - left)
                if size != before or len(groups[-1]) == GROUP_PLACES // (size[0] * size[1]):
                    groups.append([])
                groups[-1].append((picture, slice(top, top + size[0]), slice(left, left + size[1])))
                before = size
    return groups


def read_latents(coder: RangeDecoder, grid: Grid, count: int, h: int, w: int, quality: int) -> Ints:
    """Read the latents of a group, [tiles, h, w, channels]."""
    of_channel = classes_of(grid.hyper_scales + grid.hyper_gains.at(quality))
    size = count, -(-h // HYPER_SIDE), -(-w // HYPER_SIDE), grid.hyper
    symbols = read_pass(coder, grid, np.broadcast_to(of_channel, size))
    values = dequantized(grid.hyper_means, symbols, grid.hyper_gains.steps(quality))
    features = grid.hyper_synthesis(quality, values)[:, :h, :w]

    latents = np.zeros((count, h, w, grid.channels), np.int64)
    odd = (np.arange(h)[:, None] + np.arange(w)) % 2
    steps_of_places = np.array([[step_of_place(y, x, grid.octaves) for x in range(w)] for y in range(h)])
    gains = grid.gains.at(quality)
    if grid.second is not None:
        gains = np.maximum(gains - 32, -MAX_GAIN)
    steps = np.array([step_of(gain) for gain in gains.tolist()], np.int64)
    for first, stop, networks in grid.slices:
        known = [latents[..., :first]] if first else []
        interlaced = len(networks) > 1
        order = steps_of_places if interlaced else odd
        for step in range(len(networks) if interlaced else 2):
            here, own = order == step, latents[..., first:stop]  # what is not known yet is 0
            if interlaced:
                one, two, three = networks[step]
                inputs = [features[:, None, here]] + [neighbours(own, here, step, grid.octaves)] * (step > 0)
                chosen = three(quality, two(quality, one(quality, *inputs)))[:, 0]
            else:
                one, two, three = networks[0]
                chosen = three(quality, two(quality, one(quality, features, *known, own)))[:, here]
            # chosen is [tiles, places, 2 * channels]
            means, scales = chosen[..., : stop - first], chosen[..., stop - first :]
            classes = classes_of(scales + gains[first:stop])
            if grid.second is None:
                halves = 2 * read_pass(coder, grid, classes)
            else:
                halves = read_dependent(coder, grid, classes)
            latents[:, here, first:stop] = at_halves(means, halves, steps[first:stop])
    return latents


STRAIGHT = ((-1, 0), (0, -1), (0, 1), (1, 0), (-2, -1), (-2, 1), (-1, -2), (-1, 2), (1, -2), (1, 2), (2, -1), (2, 1))


def step_of_place(y: int, x: int, octaves: int) -> int:
    """Return the step in which an interlaced slice has a place."""
    step = 2 * octaves
    while step:
        if (y + x) % 2:
            return step
        if y % 2:
            return step - 1
        y, x, step = y // 2, x // 2, step - 2
    return 0


def neighbours(latents: Ints, here: npt.NDArray[np.bool_], step: int, octaves: int) -> Ints:
    """Return the twelve neighbours of the places of a step one after the other, [tiles, 1, places, 12 * channels]."""
    by = 2 ** (octaves - (step + 1) // 2)
    turned = [(dy - dx, dy + dx) for dy, dx in STRAIGHT]
    h, w = here.shape
    seen = []
    for dy, dx in turned if step % 2 else STRAIGHT:
        ys, xs = np.nonzero(here) + by * np.array([[dy], [dx]])
        inside = (ys >= 0) & (ys < h) & (xs >= 0) & (xs < w)
        seen.append(latents[:, None, ys * inside, xs * inside] * inside[:, None])
    return np.concatenate(seen, axis=-1)


def read_pass(coder: RangeDecoder, grid: Grid, classes: Ints) -> Ints:
    """Read the symbols of all classes but 0, class after class."""
    symbols = np.zeros(classes.shape, np.int64)
    for number in range(1, CLASSES):
        reach, table = grid.reach[number], grid.tables[number]
        values = [coder.decode(table) - reach for _ in range(int((classes == number).sum()))]
        values = [read_escaped(coder, -reach, reach, 1, MAX_ZEROS) if value > reach else value for value in values]
        if values and not -MOST <= min(values) <= max(values) <= MOST:
            raise Corrupt("a symbol out of range")
        symbols[classes == number] = values
    return symbols


NEXT = ((0, 2), (5, 7), (1, 3), (6, 4), (2, 0), (4, 6), (3, 1), (7, 5))  # the state behind an even and an odd symbol


def read_dependent(coder: RangeDecoder, grid: Grid, classes: Ints) -> Ints:
    """Read a pass with dependent quantization, [tiles, places, channels]: by how many half steps each latent is away
    from its mean.
    """
    assert grid.second is not None
    halves = np.zeros(classes.shape, np.int64)
    lanes = [max(1, -(-int((tile > 0).sum()) // 256)) for tile in classes]
    states = [[0] * count for count in lanes]
    for number in range(1, CLASSES):
        reach = grid.reach[number]
        places = [np.argwhere(tile == number).tolist() for tile in classes]
        rounds = max(-(-len(some) // count) for some, count in zip(places, lanes, strict=True))
        for n in range(rounds):
            own = [
                (tile, lane, place)
                for tile, count in enumerate(lanes)
                for lane, place in enumerate(places[tile][n * count : (n + 1) * count])
            ]
            values = {}
            for second, tables in enumerate((grid.tables, grid.second)):
                for tile, lane, _ in own:
                    if states[tile][lane] % 2 == second:
                        values[tile, lane] = coder.decode(tables[number]) - reach
            for tile, lane, (row, channel) in own:
                second, value = states[tile][lane] % 2, values[tile, lane]
                symbol = read_escaped(coder, -reach, reach, 1, MAX_ZEROS) if value > reach else value
                if abs(symbol) > MOST:
                    raise Corrupt("a symbol out of range")
                states[tile][lane] = NEXT[states[tile][lane]][symbol % 2]
                halves[tile, row, channel] = 2 * symbol - second * ((symbol > 0) - (symbol < 0))
    return halves


# ---- Section 14: exact pixels ----------------------------------------------------------------

Singles = npt.NDArray[np.float32]
PIXEL_LANES, PIXEL_INPUT, PIXEL_UNITS, PIXEL_WORK = 16384, 511, 512, 2**16
MAX_STEPS = 2**16
BRIGHTEST, BAND, SCALE_CLASSES = 64 * 255, 4, 56
Places = tuple[tuple[int, int], ...]  # dy, dx
OWN: Places = (
    *((0, -1), (-1, 0), (-1, 1), (-1, -1), (0, -2), (-2, 0), (-2, 1)),
    *((-2, -1), (-1, -2), (0, -3), (-2, 2), (-2, -2), (-3, 0), (-1, -3)),
)
OWN_ERRORS: Places = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0))
EARLIER: Places = ((0, 0), (0, -1), (-1, 0), (-1, 1), (-1, -1), (0, -2), (-2, 0), (0, 1), (1, 0), (1, -1))
EARLIER_ERRORS: Places = ((0, 0), (0, 1), (1, 0))
SEEN_OWN, SEEN_EARLIER = (10, 5, 4), (0, 6, 4)  # by the regression of each colour
NEAREST: Places = ((0, -1), (-1, 0), (-1, -1), (-1, 1))
LIVELY = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192)
QUICK_SCALES = (
    (2, 8, 12, 15, 17, 19, 21, 24, 27, 29, 32, 27, 29, 31, 33, 36),
    (2, 8, 13, 7, 10, 10, 20, 15, 25, 20, 24, 26, 29, 31, 33, 35),
    (2, 8, 13, 14, 10, 18, 20, 23, 18, 20, 23, 25, 27, 31, 33, 35),
)
QUICK_TAILS = (
    (0, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 5, 5, 5, 5, 5),
    (0, 2, 1, 5, 4, 5, 1, 5, 1, 5, 4, 4, 4, 4, 4, 5),
    (0, 2, 1, 1, 4, 1, 1, 1, 5, 5, 5, 5, 5, 4, 4, 5),
)
SHARES = (1921, 4973, 12454, 24743, 40793, 53082, 60563, 63615)


def read_pixel_networks(tensors: Tensors, description: dict[str, Any]) -> list[Network]:
    chains = description["networks"]
    if len(chains) != 3:
        raise ModelNeeded("a pixel model has three networks")
    networks = []
    for colour, ops in enumerate(chains):
        if len(ops) != 3 or any(op["op"] != "dense" for op in ops):
            raise ModelNeeded("a network of a pixel model has three dense layers")
        source = [27 + 16 * colour], -PIXEL_INPUT, PIXEL_INPUT
        networks.append(Network(tensors, f"pixels.{colour}", ops, source, ([3], -32768, 32768)))
    layers = [[layer for _, layer in network.steps if layer is not None] for network in networks]
    alike = {tuple((len(layer.weight), layer.low, layer.high) for layer in chain) for chain in layers}
    units = max(len(layer.weight) for chain in layers for layer in chain)
    work = max(sum(layer.weight.size for layer in chain) for chain in layers)
    if len(alike) > 1 or units > PIXEL_UNITS or work > PIXEL_WORK:
        raise ModelNeeded("the networks of a pixel model are not alike, or too large")
    return networks


def read_pixels(begin: Callable[[int, int, int], Image], payload: bytes, sizes: list[Size]) -> list[list[Samples]]:
    """Read the planes of images."""
    check_pixels(sizes)
    coder = RangeDecoder(payload)
    images = [begin(*size) for size in sizes]
    for group in groups_of_images(sizes):
        read_images(coder, [images[place] for place in group])
    coder.finish()
    return [image.planes() for image in images]


def check_pixels(sizes: list[Size]) -> None:
    samples = sum(math.prod(size) for size in sizes)
    if 2 * samples > MAX_SYMBOLS:
        raise Limit("a payload of too many symbols")
    if sum(steps_of(*sizes[group[0]]) for group in groups_of_images(sizes)) > MAX_STEPS + samples // 64:
        raise Limit("a payload of too many steps")


def groups_of_images(sizes: list[Size]) -> list[list[int]]:
    """Places in `sizes`."""
    groups: list[list[int]] = []
    for size in dict.fromkeys(sizes):
        alike = [place for place, its in enumerate(sizes) if its == size]
        most = max(1, PIXEL_LANES // size[0])
        groups += [alike[start : start + most] for start in range(0, len(alike), most)]
    return groups


def steps_of(h: int, w: int, colours: int) -> int:
    return w + 2 * (h - 1) + 3 * (colours - 1)


def read_images(coder: RangeDecoder, group: list[Image]) -> None:
    """Read images of one size, in lockstep."""
    h, w, colours = group[0].size
    for t in range(steps_of(h, w, colours)):
        if t % 4 == 0:
            for image in group:
                image.advance(t)
        samples = samples_of(t, group)
        expected = [image.expect(colour, y, x) for image, colour, y, x in samples]
        first = [coder.decode(first_table(*each.classes)) for each in expected]
        second = [coder.decode(second_table(*each.classes, a)) for each, a in zip(expected, first, strict=True)]
        for (image, colour, y, x), each, a, b in zip(samples, expected, first, second, strict=True):
            image.put(colour, y, x, each, (16 * a + b - 8 + each.centre) % 256)


Of = TypeVar("Of", "Image", "DeepImage")


def samples_of(t: int, group: list[Of]) -> list[tuple[Of, int, int, int]]:
    """The samples of a step, in their order: image, colour, row, column."""
    h, w, colours = group[0].size
    return [
        (image, colour, y, t - 2 * y - 3 * colour)
        for colour in range(colours)
        for y in range(h)
        if 0 <= t - 2 * y - 3 * colour < w
        for image in group
    ]


class Expected(NamedTuple):
    """What is known of a sample before it is read: its regression's inputs with the mean that they are counted from
    and the sum of the nearest errors, its prediction, the middle of its tables, and their classes and phase.
    """

    inputs: Singles
    mean: float
    doubt: int
    prediction: int
    centre: int
    classes: tuple[int, int, int]


class Regression:
    """Of one colour and one band: the matrix, the right side and the weights."""

    def __init__(self, matrix: Singles, right: Singles, weights: Singles) -> None:
        self.matrix, self.right, self.weights = matrix, right, weights

    def learn(self, known: Expected, value: float) -> None:
        trust = np.float32(1024) / np.float32(known.doubt + 512)
        weighed = known.inputs * trust
        self.matrix = self.matrix + weighed[:, None] * known.inputs
        self.right = self.right + weighed * np.float32(value - known.mean)

    def shared(self, above: Regression) -> Regression:
        of = [(self.matrix, above.matrix), (self.right, above.right), (self.weights, above.weights)]
        shares = [(0.56, 0.24), (0.56, 0.24), (0.7, 0.3)]
        return Regression(*(a * np.float32(p) + b * np.float32(q) for (a, b), (p, q) in zip(of, shares, strict=True)))

    def solve(self) -> None:
        """Round everything, then move the weights by conjugate gradients."""
        self.matrix, self.right = on_grid(self.matrix, 4), on_grid(self.right, 4)
        w = on_grid(self.weights, 16)
        tiny, six = np.float32(2**-20), np.float32(6)
        q: Singles = self.matrix.diagonal() + six
        with np.errstate(all="ignore"):
            rest = on_grid(self.right - self.times(w), 20)
            d = rest / q
            size = total(rest * d)
            for step in range(8):
                if step:
                    c = rest / q
                    before, size = size, total(rest * c)
                    d = d * (size / (before + tiny)) + c
                f = self.times(d) + d * six
                length = size / (total(d * f) + tiny)
                w = w + d * length
                rest = on_grid(rest - f * length, 20)
        w = np.where(np.isnan(w), np.float32(-8), w)
        self.weights = on_grid(np.clip(w, np.float32(-8), np.float32(8)), 16)

    def times(self, x: Singles) -> Singles:
        return total(self.matrix * x[:, None])


def on_grid(x: Singles, bits: int) -> Singles:
    found: Singles = np.rint(x * np.float32(2**bits)) / np.float32(2**bits)
    return found


def total(terms: Singles) -> Singles:
    """Sum the 12 entries along the first axis, in the order that the format asks for."""
    four = (terms[0:4] + terms[8:12]) + terms[4:8]
    two = four[0:2] + four[2:4]
    found: Singles = two[0] + two[1]
    return found


class Image:
    """The planes that are coded together, as far as they are read, and what is known of the rest."""

    def __init__(self, h: int, w: int, colours: int) -> None:
        self.size = h, w, colours
        self.values: list[list[list[float]]] = [[[0] * w for _ in range(h)] for _ in range(colours)]
        self.errors = [[[0] * w for _ in range(h)] for _ in range(colours)]

    def planes(self) -> list[Samples]:
        order = (1, 0, 2) if self.size[2] == 3 else (0,)  # red, green, blue
        return [np.array(self.values[colour], np.uint8) for colour in order]

    def place(self, k: int, y: int, x: int, c: int, dy: int, dx: int) -> tuple[int, int] | None:
        """Return row and column of what stands for a neighbour of colour c of a sample of colour k, if anything."""
        h, w, _ = self.size
        r, q = y + dy, x + dx
        if r < 0:
            last = min(x + 2 * y + 3 * (k - c) - 1, w - 1)
            return (0, last) if last >= 0 else None
        r = min(r, h - 1)
        if q < 0:
            return (r - 1, 0) if r > 0 else None
        return r, min(q, w - 1)

    def values_at(self, k: int, y: int, x: int, c: int, places: Places) -> list[float]:
        found = [self.place(k, y, x, c, dy, dx) for dy, dx in places]
        return [128 if at is None else self.values[c][at[0]][at[1]] for at in found]

    def errors_at(self, k: int, y: int, x: int, c: int, places: Places) -> list[int]:
        found = [self.place(k, y, x, c, dy, dx) for dy, dx in places]
        return [0 if at is None else self.errors[c][at[0]][at[1]] for at in found]

    def advance(self, t: int) -> None:
        """Do what comes before every fourth step."""

    def expect(self, k: int, y: int, x: int) -> Expected:
        """Return what is known of a sample."""
        raise NotImplementedError

    def put(self, colour: int, y: int, x: int, known: Expected, value: float) -> None:
        self.values[colour][y][x] = value
        self.errors[colour][y][x] = cut_error(int(64 * value) - known.prediction)


class NetworkImage(Image):
    """Planes that are predicted by regressions and networks: method 7."""

    def __init__(self, networks: list[Network], h: int, w: int, colours: int) -> None:
        super().__init__(h, w, colours)
        self.networks = networks
        self.regressions: dict[int, list[Regression]] = {}  # by band, those of each colour
        self.waiting: list[tuple[int, int, Expected, float]] = []  # colour, band, what was known, value

    def advance(self, t: int) -> None:
        """Do what comes before every fourth step: learn, go on to other bands, and solve."""
        for colour, band, known, value in self.waiting:
            self.regressions[band][colour].learn(known, value)
        self.waiting = []
        h, w, colours = self.size
        first_row = max(0, -((3 * (colours - 1) + w - 1 - t) // 2))
        bands = range(min(first_row, h - 1) // BAND, min(h - 1, (t + 3) // 2) // BAND + 1)
        if t == 0:
            self.regressions = {band: [first_regression(colour) for colour in range(colours)] for band in bands}
        else:
            last = self.regressions[max(self.regressions)]
            kept = {band: self.regressions.get(band, last) for band in bands}
            self.regressions = {
                band: [own.shared(above) for own, above in zip(kept[band], kept[max(band - 1, bands[0])], strict=True)]
                for band in bands
            }
        for each in self.regressions.values():
            for regression in each:
                regression.solve()

    def expect(self, k: int, y: int, x: int) -> Expected:
        n, e = self.values_at(k, y, x, k, OWN), self.errors_at(k, y, x, k, OWN_ERRORS)
        earlier = [self.values_at(k, y, x, c, EARLIER) for c in range(k)]
        earlier_errors = [self.errors_at(k, y, x, c, EARLIER_ERRORS) for c in range(k)]

        mean = sum(n[:4]) / 4
        u = [value - mean for value in n[: SEEN_OWN[k]]]
        for other in earlier:
            u += [value - sum(other[1:5]) / 4 for value in other[: SEEN_EARLIER[k]]]
        inputs = np.array(u + [0] * (12 - len(u)), np.float32)
        grey = np.float32(mean) + total(inputs * self.regressions[y // BAND][k].weights)
        p = self.held(int(np.rint(np.float32(64) * grey)))

        away = [cut_error(64 * value - p) for value in n]
        sizes = [abs(error) for error in e]
        scale = 32 + (32 * (sum(sizes) + sum(sizes[:2])) + sum(abs(each) for each in away[:6])) // 256
        logarithm = min((fixed_log2(scale) - 24576 + 32) >> 6, PIXEL_INPUT)
        seen = [*scaled([*away, *e[:4]], scale), *map(log_of_error, e), logarithm, self.bright(p), 4 * (p % 64)]
        for other, errors in zip(earlier, earlier_errors, strict=True):
            seen += scaled([64 * (value - other[0]) for value in other[1:]], scale)
            seen += [self.bright(int(64 * other[0])), *scaled(errors, scale), *map(log_of_error, errors)]
        shift, wider, tail = self.networks[k](np.array([seen], np.int64))[0].tolist()

        moved = self.held(p + ((min(max(shift, -511), 511) * scale + 32) >> 6))
        known = Expected(inputs, mean, sum(sizes[:4]), p, 0, (0, 0, 0))
        return self.judged(k, known, moved, logarithm, logarithm + wider, min(max(tail // 64 + 4, 0), 7))

    def held(self, p: int) -> int:
        """Hold what counts in 1/64 of a grey level between black and white."""
        return min(max(p, 0), BRIGHTEST)

    def bright(self, p: int) -> int:
        return p // 32 - 256

    def judged(self, k: int, known: Expected, moved: int, octaves: int, width: int, tail: int) -> Expected:
        """Return what is known with the tables of a mean, 64 log2 of a width, and a class of tails."""
        middle = (moved + 2) // 4
        centre = (middle + 8) // 16
        return known._replace(centre=centre, classes=(scale_class(width), tail, middle - 16 * centre))

    def put(self, colour: int, y: int, x: int, known: Expected, value: float) -> None:
        super().put(colour, y, x, known, value)
        self.waiting.append((colour, y // BAND, known, value))


class QuickImage(Image):
    """Planes that are predicted by their nearest neighbours alone: method 8."""

    def around(self, k: int, y: int, x: int) -> tuple[float, float]:
        """Return what a sample is likely to be, and how lively it is around it."""
        left, above, corner, right = self.values_at(k, y, x, k, NEAREST)
        here = 0.0
        if k:
            *green, here = self.values_at(k, y, x, 0, (*NEAREST, (0, 0)))
            left, above, corner, right = left - green[0], above - green[1], corner - green[2], right - green[3]
        middle = max(min(left, above), min(max(left, above), left + above - corner))
        lively = abs(left - corner) + abs(above - corner) + abs(right - above)
        return middle + here, lively + sum(abs(error) / 64 for error in self.errors_at(k, y, x, k, NEAREST[:2]))

    def expect(self, k: int, y: int, x: int) -> Expected:
        middle, lively = self.around(k, y, x)
        p = int(min(max(middle, 0), 255))
        level = sum(lively >= edge for edge in LIVELY)
        return Expected(np.zeros(12, np.float32), 0, 0, 64 * p, p, (QUICK_SCALES[k][level], QUICK_TAILS[k][level], 0))


def scale_class(width: int) -> int:
    return min(max((width + 252) // 12, 0), SCALE_CLASSES - 1)


def cut_error(error: float) -> int:
    return int(min(max(error, -BRIGHTEST), BRIGHTEST))


def first_regression(colour: int) -> Regression:
    right, weights = np.zeros(12, np.float32), np.zeros(12, np.float32)
    right[:2], weights[:2] = 15, 19661 / 65536
    if colour:
        at = 5 if colour == 1 else 8
        right[at], weights[at] = 35, 45875 / 65536
    return Regression(50 * np.eye(12, dtype=np.float32), right, weights)


def scaled(values: Sequence[float], scale: int) -> list[int]:
    factor = np.float32(64) / np.float32(scale)
    found: list[int] = np.rint(np.array(values, np.float32) * factor).astype(np.int64).tolist()
    return [min(max(value, -PIXEL_INPUT), PIXEL_INPUT) for value in found]


@functools.cache
def fixed_log2(value: int) -> int:
    """Return 4096 times the logarithm of a number of which 12 binary digits count.

    None of these logarithms is nearer than 0.0001 to a half, so that it is rounded alike on any machine.
    """
    whole = value.bit_length() - 1
    digits = (value << 11) >> whole
    return 4096 * whole + round(4096 * math.log2(digits / 2048))


def log_of_error(error: int) -> int:
    return (fixed_log2(64 + abs(error)) - 24576 + 64) >> 7


def power(exponent: int) -> int:
    """Return 2^(exponent / 256), rounded down."""
    whole = -(-exponent // 256)
    return int(POWERS[256 * whole - exponent]) >> (31 - whole)


@functools.cache
def logistic(scale: int, wider: int, phase: int) -> list[int]:
    """Return F_0 ... F_256."""
    rate = power(4 * (536 - 12 * scale - wider) + 16 * 256)
    found = []
    for n in range(257):
        y = 16 * (n - 128) - 8 - phase
        odds = power(30 * 256 - (abs(y) * rate >> 16))
        below = (odds << 30) // (2**30 + odds)
        found.append(below if y < 0 else 2**30 - below)
    return found


@functools.cache
def sums_of(scale: int, tail: int, phase: int) -> list[int]:
    """Return the sums of the frequencies of the distances -8 ... 127, -128 ... -9: from 0 to 2^24."""
    narrow, wide, share = logistic(scale, 0, phase), logistic(scale, 116, phase), SHARES[tail]
    mixed = [(a * (2**16 - share) + b * share) >> 16 for a, b in zip(narrow, wide, strict=True)]
    mixed[0], mixed[256] = 0, 2**30
    below = [(each * (TOTAL - 256) >> 30) + n for n, each in enumerate(mixed)]
    sums = [0]
    for x in range(256):
        n = (x + 120) % 256
        sums.append(sums[-1] + below[n + 1] - below[n])
    return sums


@functools.cache
def first_table(scale: int, tail: int, phase: int) -> list[int]:
    return sums_of(scale, tail, phase)[::16]


@functools.cache
def second_table(scale: int, tail: int, phase: int, first: int) -> list[int]:
    sums = sums_of(scale, tail, phase)[16 * first : 16 * first + 17]
    return [(each - sums[0]) * (TOTAL - 16) // (sums[16] - sums[0]) + z for z, each in enumerate(sums)]


# ---- Section 15: drawings --------------------------------------------------------------------

RED, GREEN, BLUE, ALPHA = 0, 8, 16, 24  # the lowest bit of each in a pixel
CHANNELS = {ALPHA: "alpha", GREEN: "green", RED: "red", BLUE: "blue"}  # in the order in which they are coded
DRAWN_LANES, DRAWN_EARLIER, PIXELS_OF_STEP = 512, 4, 128
KNOWN: Places = (
    *((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-2, 1), (-2, -1), (-1, -2), (0, -3), (-2, 2), (-3, 0)),
    *((0, -4), (-2, -2), (-1, -3), (-3, 1), (-3, -1), (0, -5), (-4, 0), (-2, -3), (-1, -4), (-3, 2), (-3, -2), (0, -6)),
)
COLOUR_CONTEXTS, PATTERN_CONTEXTS = (1, 2, 4, 6, 12, 24), (6, 12, 24)  # how many pixels of KNOWN each has
CONTEXTS = len(COLOUR_CONTEXTS) + len(PATTERN_CONTEXTS)
HASH_FACTORS = [pow(0x9E3779B1, k, 2**32) for k in range(1, len(KNOWN) + 1)]
CONTEXT_BITS, HINT_BITS, PLAIN_BITS = 18, 16, 12  # of the places in a table
NEAR_PIXELS, CANDIDATES, HINTS = 6, 6, 6
MISSING = -(2**20)  # votes
VOTES = (
    (312, 492, 444, 472, 500, 508, 472, 368),
    (484, 508, 444, 436, 368, 324, 284, 256),
    (328, 424, 280, 372, 384, 344, 340, 352),
    (344, 272, 436, 432, 348, 264, 276, 336),
    (352, 552, 552, 504, 352, 244, 200, 332),
    (468, 612, 600, 544, 352, 204, 304, 356),
    (296, 408, 372, 356, 360, 400, 488, 528),
    (212, 296, 296, 280, 320, 372, 428, 484),
    (164, 252, 324, 396, 436, 520, 488, 484),
    (340, 432, 364, 340, 220, 192, 92, 40),
    (472, 548, 532, 492, 480, 420, 396, 296),
    (332, 508, 424, 428, 456, 332, 240, 112),
    (332, 312, 504, 512, 376, 276, 232, 116),
    (316, 512, 508, 416, 340, 156, 280, 144),
    (376, 568, 544, 532, 376, 420, 108, 168),
    (296, 264, 192, 96, -4, -60, -20, -64),
    (196, 176, 92, 68, 44, -40, -104, 108),
    (128, 24, -48, -120, -216, -172, -232, -128),
)
NEAR_VOTES = (204, 216, -36, 224, -80, -24)
HINT_VOTES = (
    (220, 392, 348, 428, 368, 224, 80, -80),
    (676, 512, 516, 492, 572, 552, 352, 260),
    (-412, -36, 128, 220, 340, 536, 672, 784),
    (248, 392, 328, 388, 272, 320, 220, 448),
    (508, 560, 532, 500, 540, 600, 620, 496),
    (-376, -96, 64, 152, 204, 316, 348, 260),
)
NO_HINT_VOTES = (0, -252, 364, 520, 996, 1712, 1252)  # by how many hints there are
RANKS_SEEN: Places = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0))
SAME_PAIRS = (
    *((0, 1), (1, 2), (0, 2), (1, 3), (4, 0), (5, 1), (0, 3), (6, 3), (7, 2), (8, 2), (6, 5), (7, 5), (9, 4), (11, 5)),
    *((8, 0), (10, 6)),
)
APART_PAIRS = ((0, 1), (1, 2), (1, 3), (0, 4), (1, 5), (0, 2))
CHOICE_INPUTS, VALUE_INPUTS, EARLIER_INPUTS = 106, 30, 25
NIBBLE, MAX_DRAWN_LOGIT, MAX_DRAWN_LAYERS = 16, 2**14, 8


MAX_RESTORATION_LAYERS, MAX_RESTORATION_WORK, MAX_RESTORATION_CHANNELS = 8, 2**14, 64


class ValueNetwork:
    """What says one channel of a pixel, in two symbols."""

    def __init__(self, tensors: Tensors, name: str, parts: dict[str, Any], inputs: int) -> None:
        self.trunk = dense_layers(tensors, f"{name}.trunk", parts["trunk"], inputs, PIXEL_INPUT, None)
        (hidden,), low, high = self.trunk.output
        reach = max(-low, high)
        self.one = integer(parts["one"], 1, 255)
        self.first = dense_layers(tensors, f"{name}.first", parts["first"], hidden, reach, NIBBLE)
        more = hidden + NIBBLE, max(reach, self.one)
        self.second = dense_layers(tensors, f"{name}.second", parts["second"], *more, NIBBLE)
        if sum(map(weights_in, (self.trunk, self.first, self.second))) > PIXEL_WORK:
            raise ModelNeeded("the network of a channel is too large")


class DrawingNetworks:
    """That of the choice, and one of each channel."""

    def __init__(self, tensors: Tensors, description: dict[str, Any]) -> None:
        ops = description["choice"]
        self.choice = dense_layers(tensors, "drawings.choice", ops, CHOICE_INPUTS, PIXEL_INPUT, CANDIDATES + 1)
        self.values = {
            shift: ValueNetwork(tensors, f"drawings.{name}", description[name], VALUE_INPUTS + before * EARLIER_INPUTS)
            for before, (shift, name) in enumerate(CHANNELS.items())
        }


class Restoration:
    """Convolutions over whole pictures, which bring altered ones nearer to what was given."""

    def __init__(self, tensors: Tensors, ops: Any) -> None:
        if not 1 <= len(ops) <= MAX_RESTORATION_LAYERS:
            raise ModelNeeded("a restoration of no layers, or of too many")
        self.layers: list[GridLayer] = []
        channels, biggest, work = 4, 128, 0
        for n, op in enumerate(ops):
            if op["op"] != "conv":
                raise ModelNeeded("a restoration that is not made of convolutions")
            low, high = integer(op["low"], -MOST, MOST), integer(op["high"], -MOST, MOST)
            layer = GridLayer(tensors, f"drawings.restoration.{n}", [Part(channels, biggest)], low, high)
            channels, biggest, work = layer.outputs, max(-low, high), work + layer.parts[0][0].size
            if channels > MAX_RESTORATION_CHANNELS or work > MAX_RESTORATION_WORK:
                raise ModelNeeded("a restoration that is too large")
            self.layers.append(layer)
        if channels != 3:
            raise ModelNeeded("a restoration that does not end in three channels")

    def __call__(self, planes: list[Samples], block: list[Geometry], quality: int) -> list[Samples]:
        rest, found = iter(planes), []
        for shape in block:
            colours = [next(rest) for _ in range(shape.colours)]
            alpha = [next(rest)] if shape.alpha else []
            seen = [*(colours * 3)[:3], *(alpha or [np.full_like(colours[0], 255)])]
            x = np.stack(seen, -1)[None].astype(np.int64) - 128
            for layer in self.layers:
                x = layer(quality, x)
            added = [x[0, ..., 1]] if len(colours) == 1 else [x[0, ..., c] for c in range(3)]
            found += [np.clip(c + a, 0, 255).astype(np.uint8) for c, a in zip(colours, added, strict=True)] + alpha
        return found


def dense_layers(tensors: Tensors, name: str, ops: Any, inputs: int, reach: int, logits: int | None) -> Network:
    if not 1 <= len(ops) <= MAX_DRAWN_LAYERS or any(op["op"] != "dense" for op in ops):
        raise ModelNeeded("a network of drawings that is not made of a few dense layers")
    target = None if logits is None else ([logits], -MAX_DRAWN_LOGIT, MAX_DRAWN_LOGIT)
    network = Network(tensors, name, ops, ([inputs], -reach, reach), target)
    widest = max(inputs, *(len(layer.weight) for _, layer in network.steps if layer is not None))
    if widest > PIXEL_UNITS or weights_in(network) > PIXEL_WORK:
        raise ModelNeeded("a network of drawings is too large")
    return network


def weights_in(network: Network) -> int:
    return sum(layer.weight.size for _, layer in network.steps if layer is not None)


def read_drawings(
    networks: DrawingNetworks, payload: bytes, sizes: list[Size], shown: Sequence[int | None] = ()
) -> list[list[Samples]]:
    """Read the planes of pictures, some of which have another as their reference: of each its place in `shown`."""
    shown = shown or [None] * len(sizes)
    pixels = sum(h * w for h, w, _ in sizes)
    if pixels > MAX_SYMBOLS:
        raise Limit("a payload of too many symbols")
    groups = groups_of_drawings(sizes, depths_of(shown))
    steps = [sizes[group[0]][1] + 2 * (sizes[group[0]][0] - 1) for group in groups]
    if sum(steps) > MAX_STEPS + pixels // PIXELS_OF_STEP:
        raise Limit("a payload of too many steps")
    drawings = [Drawing(*size) for size in sizes]
    for drawing, place in zip(drawings, shown, strict=True):
        drawing.shown = None if place is None else drawings[place]
    reader = DrawingReader(RangeDecoder(payload), networks)
    for group, count in zip(groups, steps, strict=True):
        reader.guide.count([drawings[place] for place in group])
        for t in range(count):
            reader.read_step([drawings[place] for place in group], t)
    reader.coder.finish()
    return [drawing.planes() for drawing in drawings]


def references_of(fields: Reader, sizes: list[Size]) -> list[int | None]:
    """Read which place each picture's reference has, if it has one."""
    found: list[int | None] = []
    for at, size in enumerate(sizes):
        before = [place for place in range(at) if sizes[place] == size]
        distance = fields.varint()
        if distance > len(before):
            raise Corrupt("a reference before the first picture")
        found.append(before[-distance] if distance else None)
    return found


def depths_of(shown: Sequence[int | None]) -> list[int]:
    depths: list[int] = []
    for place in shown:
        depths.append(0 if place is None else depths[place] + 1)
    return depths


def groups_of_drawings(sizes: list[Size], depths: list[int]) -> list[list[int]]:
    """Places in `sizes`."""
    groups: list[list[int]] = []
    for size in dict.fromkeys(sizes):
        alike = sorted((place for place, its in enumerate(sizes) if its == size), key=depths.__getitem__)
        most = max(1, DRAWN_LANES // min(size[0], -(-size[1] // 2)))
        start = 0
        while start < len(alike):
            count = min(most, max(1, start // DRAWN_EARLIER))
            some = alike[start : start + count]
            groups.append([place for place in some if depths[place] == depths[some[0]]])
            start += len(groups[-1])
    return groups


class Drawing:
    """The pixels of a picture as far as they are read, and the rank that each had among its candidates."""

    def __init__(self, h: int, w: int, planes: int) -> None:
        self.h, self.w = h, w
        self.coloured, self.alpha = planes >= 3, planes % 2 == 0
        self.pixels = [[0] * w for _ in range(h)]
        self.ranks = [[0] * w for _ in range(h)]
        self.shown: Drawing | None = None  # the reference
        self.number = 0  # among the pictures that have one
        self.became: dict[tuple[int, int], int] = {}  # 1 where the guess was wrong, 2 where it was right

    def pixel(self, y: int, x: int) -> int:
        """Return a pixel or what stands for it outside the picture."""
        if x < 0:
            y, x = y - 1, 0
        return self.pixels[y][min(x, self.w - 1)] if y >= 0 else 0

    def rank(self, y: int, x: int) -> int:
        return self.ranks[y][x] if y >= 0 and 0 <= x < self.w else 0

    def planes(self) -> list[Samples]:
        order = [RED, GREEN, BLUE] * self.coloured or [GREEN]
        order += [ALPHA] * self.alpha
        return [(np.array(self.pixels, np.int64) >> shift & 255).astype(np.uint8) for shift in order]


class Lane:
    """One pixel of a step, and what is known of it."""

    def __init__(self, drawing: Drawing, y: int, x: int) -> None:
        self.drawing, self.y, self.x = drawing, y, x
        self.known = [drawing.pixel(y + dy, x + dx) for dy, dx in KNOWN]
        self.plain = len(set(self.known)) == 1
        self.pixel = self.known[0]
        self.rank = 0
        self.left = True  # to be coded as in pictures without a reference
        self.barred: int | None = None  # the guess that was wrong

    def begin(self, contexts: Memory) -> None:
        """Look what is recalled here, and rank the candidates."""
        kinds = [1 if each == self.known[0] else 2 if each == self.known[1] else 3 for each in self.known]
        of_pixels, of_kinds = hashes_of(self.known), hashes_of(kinds)
        hashes = [of_pixels[size - 1] for size in COLOUR_CONTEXTS] + [of_kinds[size - 1] for size in PATTERN_CONTEXTS]
        self.recalled = contexts.look(hashes)
        firsts, seconds = outcomes_of(self.recalled)
        self.proposed = [self.meant(at % CONTEXTS, outcome) for at, outcome in enumerate(firsts + seconds)]
        self.proposed += self.known[:NEAR_PIXELS]
        if self.plain:
            self.proposed = [None if pixel == self.known[0] else pixel for pixel in self.proposed]
        if self.barred is not None:
            self.proposed = [None if pixel == self.barred else pixel for pixel in self.proposed]
        self.levels = [entry.level for entry in self.recalled] * 2
        votes = [row[level] for row, level in zip(VOTES, self.levels, strict=True)]
        counted = count_votes(self.proposed, [*votes, *NEAR_VOTES])
        self.ranked = sorted(counted, key=lambda pixel: -counted[pixel])  # of equal ones the first stays first
        self.votes = [counted[pixel] for pixel in self.ranked]

    def meant(self, context: int, outcome: int | None) -> int | None:
        """Return the pixel that an outcome stands for, if any."""
        if outcome is None or context < len(COLOUR_CONTEXTS):
            return outcome
        return self.known[outcome] if outcome < len(KNOWN) else None

    def outcomes(self) -> list[int]:
        """Return what the contexts are to note."""
        place = self.known.index(self.pixel) if self.pixel in self.known else len(KNOWN)
        return [self.pixel] * len(COLOUR_CONTEXTS) + [place] * len(PATTERN_CONTEXTS)

    def choice_inputs(self) -> list[int]:
        votes = [max(each, -8 * PIXEL_INPUT) for each in [*self.votes, *[MISSING] * CANDIDATES][:CANDIDATES]]
        seen = [votes[0] // 8] + [(each - votes[0]) // 8 for each in votes[1:]]
        learned, near = self.proposed[: 2 * CONTEXTS], self.proposed[2 * CONTEXTS :]
        for pixel in (*self.ranked, None, None, None)[:3]:
            levels = zip(learned, self.levels, strict=True)
            seen += [16 * (level + 1) if pixel is not None and each == pixel else 0 for each, level in levels]
        for pixel in (*self.ranked, None, None)[:2]:
            seen += [64 if pixel is not None and each == pixel else 0 for each in near]
        seen += [64 if self.known[i] == self.known[j] else 0 for i, j in SAME_PAIRS]
        seen += [short_log2(farthest(self.known[i], self.known[j])) for i, j in APART_PAIRS]
        ranks = [self.drawing.rank(self.y + dy, self.x + dx) for dy, dx in RANKS_SEEN]
        seen += [64 if rank == CANDIDATES else 0 for rank in ranks]
        seen += [64 if rank > 0 else 0 for rank in ranks[:4]]
        return bounded([*seen, 64 * self.drawing.coloured, 64 * self.drawing.alpha])

    def candidate(self, rank: int) -> int:
        """Return a candidate, or what stands for one that is missing."""
        return self.ranked[rank] if rank < len(self.ranked) else self.known[0]

    def value_inputs(self, shift: int) -> list[int]:
        own = [channel_of(pixel, shift) for pixel in self.known]
        left, above, corner = own[:3]
        self.prediction = p = max(min(left, above), min(max(left, above), left + above - corner))
        spread = sum(abs(value - p) for value in own[:6])
        seen = [2 * (value - p) for value in own[:12]]
        seen += [in_spreads(value - p, spread) for value in own[:12]]
        seen += [short_log2(spread), p - 128]
        seen += [2 * (channel_of(self.candidate(rank), shift) - p) for rank in (0, 1)]
        seen += [64 * self.drawing.coloured, 64 * self.drawing.alpha]
        for other in CHANNELS:
            if other == shift:
                break
            value = channel_of(self.pixel, other)
            near = [channel_of(pixel, other) for pixel in self.known[:7]]
            seen += [2 * (value - each) for each in near]
            seen += [in_spreads(value - each, spread) for each in near]
            seen += [2 * (own[i] - near[i]) for i in range(4)]
            seen += [64 if near[i] == value else 0 for i in range(4)]
            i, j = near.index(min(near)), near.index(max(near))
            width = max(near[j] - near[i], 1)
            part = min(max(value - near[i], -width), 2 * width)
            seen.append(2 * (own[i] - p) + 2 * part * (own[j] - own[i]) // width)
            seen += [2 * (value - channel_of(self.candidate(rank), other)) for rank in (0, 1)]
        return bounded(seen)

    def hint_hashes(self) -> list[int]:
        part = hinted(self.pixel)
        alone, left = hashes_of([part, self.known[0]])
        return [left, hashes_of([part, self.known[1]])[1], alone]


class Entry(NamedTuple):
    """What a table holds: two outcomes, and how often the first has come."""

    place: int
    first: int
    second: int
    seen: int

    @property
    def level(self) -> int:
        return min((self.seen - 1).bit_length(), 7) if self.seen else 0

    def after(self, outcome: int) -> Entry:
        """Return what the entry becomes where this outcome came."""
        if self.seen == 0:
            return Entry(self.place, outcome, outcome, 1)
        if outcome == self.first:
            return self._replace(seen=min(self.seen + 1, 255))
        left = (self.seen - 1) // 4
        if left == 0:
            return Entry(self.place, outcome, self.first, 1)
        return self._replace(second=outcome, seen=left + 1)


class Memory:
    """Tables of 2^bits entries, one for each of some contexts."""

    def __init__(self, contexts: int, bits: int) -> None:
        self.bits = bits
        self.tables: list[dict[int, Entry]] = [{} for _ in range(contexts)]

    def look(self, hashes: list[int]) -> list[Entry]:
        places = [mixed(each, self.bits) for each in hashes]
        return [table.get(at, Entry(at, 0, 0, 0)) for table, at in zip(self.tables, places, strict=True)]

    def note(self, looked: list[Entry], outcomes: list[int]) -> None:
        for table, entry, outcome in zip(self.tables, looked, outcomes, strict=True):
            table[entry.place] = entry.after(outcome)


class DrawingReader:
    """Reads the steps of a payload; all that is remembered lasts from its first picture to its last."""

    def __init__(self, coder: RangeDecoder, networks: DrawingNetworks) -> None:
        self.coder, self.networks = coder, networks
        self.contexts, self.hints = Memory(CONTEXTS, CONTEXT_BITS), Memory(HINTS // 2, HINT_BITS)
        self.guide = Guide(coder)
        self.plain: dict[int, list[int]] = {}  # how many pixels were the same, and how many were not

    def read_step(self, group: list[Drawing], t: int) -> None:
        lanes = [
            Lane(drawing, y, t - 2 * y) for y in range(group[0].h) if 0 <= t - 2 * y < group[0].w for drawing in group
        ]
        following = [lane for lane in lanes if lane.drawing.shown is not None]
        self.guide.read(following)
        asked = [lane for lane in lanes if lane.plain and lane.left and lane.barred != lane.known[0]]
        others = set(self.read_plain(asked))
        for lane in asked:
            lane.left = lane in others
        rest = [lane for lane in lanes if not lane.plain or lane.left]
        if rest:
            self.read_rest(rest)
        self.guide.note(following)
        for lane in lanes:
            lane.drawing.pixels[lane.y][lane.x] = lane.pixel
            lane.drawing.ranks[lane.y][lane.x] = lane.rank

    def read_plain(self, lanes: list[Lane]) -> list[Lane]:
        """Read whether pixels are as all around them, and return those that are not."""
        places = [mixed(lane.pixel, PLAIN_BITS) for lane in lanes]
        found = [self.coder.decode(plain_table(*self.plain.get(place, (0, 0)))) for place in places]
        for place, other in zip(places, found, strict=True):
            self.plain.setdefault(place, [0, 0])[other] += 1
        for place in set(places):
            if sum(self.plain[place]) > 4096:
                self.plain[place] = [count // 2 for count in self.plain[place]]
        return [lane for lane, other in zip(lanes, found, strict=True) if other]

    def read_rest(self, lanes: list[Lane]) -> None:
        for lane in lanes:
            lane.begin(self.contexts)
        self.read_choices([lane for lane in lanes if lane.left])
        for lane in lanes:
            self.contexts.note(lane.recalled, lane.outcomes())
        if lanes[0].drawing.coloured:
            looked = [self.hints.look(lane.hint_hashes()) for lane in lanes]
            for lane, entries in zip(lanes, looked, strict=True):
                self.hints.note(entries, [lane.pixel] * len(entries))

    def read_choices(self, lanes: list[Lane]) -> None:
        if not lanes:
            return
        said = self.networks.choice(np.array([lane.choice_inputs() for lane in lanes], np.int64))
        missing = [MISSING] * CANDIDATES
        votes = np.array([[*[*lane.votes, *missing][:CANDIDATES], 0] for lane in lanes], np.int64)
        ranks = self.symbols(said + votes)
        for lane, rank in zip(lanes, ranks, strict=True):
            lane.rank = rank
            if len(lane.ranked) <= rank < CANDIDATES:
                raise Corrupt("a candidate that there is none of")
            if rank < CANDIDATES:
                lane.pixel = lane.ranked[rank]
        self.read_others([lane for lane in lanes if lane.rank == CANDIDATES])

    def read_others(self, lanes: list[Lane]) -> None:
        """Read pixels that are none of their candidates."""
        if not lanes:
            return
        for lane in lanes:
            lane.pixel = 0 if lane.drawing.alpha else 255 << ALPHA
        drawing = lanes[0].drawing
        if drawing.alpha:
            self.read_channel(lanes, ALPHA)
        self.read_channel(lanes, GREEN)
        if not drawing.coloured:
            for lane in lanes:
                grey = channel_of(lane.pixel, GREEN)
                lane.pixel |= grey << RED | grey << BLUE
            return
        lanes = self.read_hints(lanes)
        if lanes:
            self.read_channel(lanes, RED)
            self.read_channel(lanes, BLUE)

    def read_channel(self, lanes: list[Lane], shift: int) -> None:
        network = self.networks.values[shift]
        seen = network.trunk(np.array([lane.value_inputs(shift) for lane in lanes], np.int64))
        first = self.symbols(network.first(seen))
        told = np.array([[network.one if at == a else 0 for at in range(NIBBLE)] for a in first], np.int64)
        second = self.symbols(network.second(np.concatenate([seen, told], axis=1)))
        for lane, a, b in zip(lanes, first, second, strict=True):
            lane.pixel |= (16 * a + b - 8 + lane.prediction) % 256 << shift

    def read_hints(self, lanes: list[Lane]) -> list[Lane]:
        """Read which pixel that is known with such alpha and green comes, and return the lanes where none does."""
        proposed, logits = [], []
        for lane in lanes:
            entries = self.hints.look(lane.hint_hashes())
            firsts, seconds = outcomes_of(entries)
            part = lane.pixel
            hints = [None if hint is None or hinted(hint) != part else hint for hint in firsts + seconds]
            votes = [row[entry.level] for row, entry in zip(HINT_VOTES, entries * 2, strict=True)]
            counted = count_votes(hints, votes)
            hints = [None if hint in hints[:at] else hint for at, hint in enumerate(hints)]
            of_hints = [MISSING if hint is None else counted[hint] for hint in hints]
            logits.append([*of_hints, NO_HINT_VOTES[len(counted)]])
            proposed.append(hints)
        left = []
        for lane, hints, at in zip(lanes, proposed, self.symbols(np.array(logits, np.int64)), strict=True):
            hint = None if at == HINTS else hints[at]
            if hint is not None:
                lane.pixel = hint
            elif at < HINTS:
                raise Corrupt("a hint that there is none of")
            else:
                left.append(lane)
        return left

    def symbols(self, logits: Ints) -> list[int]:
        return [self.coder.decode(table) for table in cumulative_tables(logits, range(logits.shape[1])).tolist()]


class Counts:
    """How often each symbol has come, by entry."""

    def __init__(self, begin: tuple[int, ...], weight: int, most: int) -> None:
        self.begin, self.weight, self.most = begin, weight, most
        self.entries: dict[int, list[int]] = {}

    def of(self, entry: int) -> list[int]:
        return self.entries.setdefault(entry, [0] * len(self.begin))

    def table(self, entry: int) -> list[int]:
        """Return the sums of the frequencies."""
        weights = [first + self.weight * count for first, count in zip(self.begin, self.of(entry), strict=True)]
        found = [max(1, weight * (TOTAL - 64) // sum(weights)) for weight in weights]
        found[0] += TOTAL - sum(found)
        return [sum(found[:at]) for at in range(len(found) + 1)]

    def read(self, coder: RangeDecoder, entries: list[int]) -> list[int]:
        found = [coder.decode(self.table(entry)) for entry in entries]
        for entry, symbol in zip(entries, found, strict=True):
            self.of(entry)[symbol] += 1
        for entry in set(entries):
            if sum(self.of(entry)) > self.most:
                self.entries[entry] = [count // 2 for count in self.of(entry)]
        return found


SHOWN: Places = ((0, 0), *KNOWN[:6], (0, 1), (1, 0), (1, -1), (1, 1), (0, 2), (2, 0))
SHOWN_CROSS, SHOWN_SQUARE = (0, 1, 2, 7, 8), (0, 1, 2, 3, 4, 7, 8, 9, 10)  # some of these
GUIDE_CONTEXTS, NEAR_ERROR = 4, 3


class Guide:
    """What references tell; it lasts from the first picture of a payload to the last."""

    def __init__(self, coder: RangeDecoder) -> None:
        self.coder, self.memory, self.pictures = coder, Memory(GUIDE_CONTEXTS, CONTEXT_BITS), 0
        self.held = [[[1, 1] for _ in range(8)] for _ in range(GUIDE_CONTEXTS)]  # by level: wrong, right
        self.guesses, self.near = Counts((2, 1), 2, 1023), Counts((1, 1), 2, 255)
        self.errors = Counts((1, 2, 4, 8, 4, 2, 1), 4, 1023)

    def count(self, drawings: list[Drawing]) -> None:
        """Give numbers to the pictures of a group that has references."""
        if any(drawing.shown is not None for drawing in drawings):
            for drawing in drawings:
                self.pictures += 1
                drawing.number = self.pictures

    def read(self, lanes: list[Lane]) -> None:
        guided = [Guided(lane, self) for lane in lanes]
        right = self.guesses.read(self.coder, [each.entry() for each in guided])
        for lane, each, symbol in zip(lanes, guided, right, strict=True):
            lane.drawing.became[(lane.y, lane.x)] = 1 + symbol
            if symbol:
                lane.pixel, lane.left = each.guess, False
            else:
                lane.barred = each.guess
                each.expect(self)
        self.guided, wrong = guided, [each for each, symbol in zip(guided, right, strict=True) if not symbol]
        states = [((each.fit * 3 + each.beside[0]) * 3 + each.beside[1]) * 2 + each.lane.plain for each in wrong]
        near = [each for each, symbol in zip(wrong, self.near.read(self.coder, states), strict=True) if symbol]
        self.read_near(near)

    def read_near(self, near: list[Guided]) -> None:
        if not near:
            return
        drawing, last = near[0].lane.drawing, [(NEAR_ERROR, NEAR_ERROR)] * len(near)
        for each in near:
            each.lane.rank, each.lane.left = CANDIDATES, False
            each.lane.pixel = 0 if drawing.alpha else 255 << ALPHA
        order = [ALPHA] * drawing.alpha + [GREEN] + [RED, BLUE] * drawing.coloured
        for shift in order:
            entries = []
            for each, (one, two) in zip(near, last, strict=True):
                value = channel_of(each.expected, shift)
                state = ((shift // 8 * 7 + one) * 7 + two) * 2 + (value in (0, 255))
                entries.append(mixed(state * 8 + each.fit, 12))
            errors = self.errors.read(self.coder, entries)
            for each, error in zip(near, errors, strict=True):
                value = channel_of(each.expected, shift) + error - NEAR_ERROR
                if not 0 <= value <= 255:
                    raise Corrupt("a value that there is not")
                each.lane.pixel |= value << shift
                if shift == GREEN and not drawing.coloured:
                    each.lane.pixel |= value << RED | value << BLUE
            last = [(error, one) for error, (one, _) in zip(errors, last, strict=True)]

    def note(self, lanes: list[Lane]) -> None:
        if not lanes:
            return
        for lane, each in zip(lanes, self.guided, strict=True):
            self.memory.note(each.entries, [lane.pixel] * GUIDE_CONTEXTS)
            for held, entry in zip(self.held, each.entries, strict=True):
                if entry.seen:
                    held[entry.level][int(entry.first == lane.pixel)] += 1


class Guided:
    """A lane of a picture with a reference."""

    def __init__(self, lane: Lane, guide: Guide) -> None:
        drawing, y, x = lane.drawing, lane.y, lane.x
        assert drawing.shown is not None
        self.lane = lane
        self.shown = [
            drawing.shown.pixels[y + dy][x + dx] if 0 <= y + dy < drawing.h and 0 <= x + dx < drawing.w else 0
            for dy, dx in SHOWN
        ]
        square, cross = [self.shown[at] for at in SHOWN_SQUARE], [self.shown[at] for at in SHOWN_CROSS]
        numbers = (
            [drawing.number, self.shown[0]],
            [drawing.number, *square],
            [*cross, *lane.known[:2]],
            [*square, *lane.known[:4]],
        )
        self.entries = guide.memory.look([hashes_of(each)[-1] for each in numbers])
        self.expected, self.fit = self.entries[0].first, 0
        if not self.entries[0].seen:
            self.expect(guide)
        self.beside = [drawing.became.get(place, 0) for place in ((y, x - 1), (y - 1, x))]
        shares = [
            held[entry.level][1] * 4096 // sum(held[entry.level]) if entry.seen else -1
            for held, entry in zip(guide.held, self.entries, strict=True)
        ]
        self.best = shares.index(max(shares)) if max(shares) >= 0 else GUIDE_CONTEXTS
        self.guess = self.entries[self.best].first if self.best < GUIDE_CONTEXTS else self.expected

    def entry(self) -> int:
        """Return that of the counts of guesses."""
        level = self.entries[self.best].level if self.best < GUIDE_CONTEXTS else self.fit
        agree = sum(entry.seen > 0 and entry.first == self.guess for entry in self.entries)
        state = (((8 * self.best + level) * 5 + agree) * 2 + (self.entries[0].seen > 0)) * 9
        state += 3 * self.beside[0] + self.beside[1]
        return mixed(state * 2 + (self.guess == self.expected), 14)

    def expect(self, guide: Guide) -> None:
        """Find what is between the images of two pixels of the reference, as its pixel is between these."""
        images: list[int | None] = [*self.lane.known[:6]]
        for pixel in self.shown[7:]:
            place = mixed(hashes_of([self.lane.drawing.number, pixel])[-1], CONTEXT_BITS)
            entry = guide.memory.tables[0].get(place)
            images.append(None if entry is None else entry.first)
        points = [channels_of(pixel) for pixel in self.shown[1:]]
        own = channels_of(self.shown[0])
        least: tuple[int, int, int, int] | None = None
        pairs = [(at, at) for at in range(12)] + [(one, two) for one in range(12) for two in range(one + 1, 12)]
        for i, j in pairs:
            if images[i] is None or images[j] is None:
                continue
            way = [b - a for a, b in zip(points[i], points[j], strict=True)]
            away = [b - a for a, b in zip(points[i], own, strict=True)]
            length = sum(each * each for each in way)
            part = (256 * sum(a * b for a, b in zip(way, away, strict=True)) + length // 2) // max(length, 1)
            part = min(max(part, 0), 256)
            off = [256 * a - part * b >> 4 for a, b in zip(away, way, strict=True)]
            distance = sum(each * each for each in off) >> 8
            if least is None or distance < least[0]:
                least = distance, i, j, part
        assert least is not None
        distance, i, j, part = least
        found = 0
        for at, shift in enumerate((RED, GREEN, BLUE, ALPHA)):
            begin, end = channel_of(images[i] or 0, shift), channel_of(images[j] or 0, shift)
            rest = own[at] - points[i][at] - (part * (points[j][at] - points[i][at]) + 128 >> 8)
            value = begin + (part * (end - begin) + 128 >> 8) + (rest if abs(rest) > 3 else 0)
            found |= min(max(value, 0), 255) << shift
        self.expected = found if self.lane.drawing.alpha else found | 255 << ALPHA
        self.fit = min(distance.bit_length(), 7)


def channels_of(pixel: int) -> list[int]:
    return [channel_of(pixel, shift) for shift in (RED, GREEN, BLUE, ALPHA)]


def outcomes_of(entries: Sequence[Entry]) -> tuple[list[int | None], list[int | None]]:
    """Return the first outcomes, and the second where there is another, of what has been seen."""
    firsts = [entry.first if entry.seen else None for entry in entries]
    return firsts, [entry.second if entry.seen and entry.first != entry.second else None for entry in entries]


def count_votes(proposed: Sequence[int | None], votes: Sequence[int]) -> dict[int, int]:
    """Return the sum for each pixel that is proposed, in the order in which they first are."""
    counted: dict[int, int] = {}
    for pixel, each in zip(proposed, votes, strict=True):
        if pixel is not None:
            counted[pixel] = counted.get(pixel, 0) + each
    return counted


def plain_table(same: int, other: int) -> list[int]:
    frequency = max(1, (2 * other + 2) * TOTAL // (2 * same + 2 * other + 128))
    return [0, TOTAL - frequency, TOTAL]


def hashes_of(numbers: Sequence[int]) -> list[int]:
    """Return the hashes of the first number, of the first two, and so on."""
    found, total = [], 0
    for number, factor in zip(numbers, HASH_FACTORS[: len(numbers)], strict=True):
        total = (total + number * factor) % 2**32
        found.append(total)
    return found


def mixed(number: int, bits: int) -> int:
    """Return bits in which all of a number of 32 have a part."""
    return (number ^ number >> 15) * 0x85EBCA77 % 2**32 >> 32 - bits


def channel_of(pixel: int, shift: int) -> int:
    return pixel >> shift & 255


def farthest(one: int, other: int) -> int:
    """Return the largest difference of a channel."""
    return max(abs(channel_of(one, shift) - channel_of(other, shift)) for shift in CHANNELS)


def hinted(pixel: int) -> int:
    """Return alpha and green of a pixel, at their places."""
    return pixel & (255 << ALPHA | 255 << GREEN)


def short_log2(value: int) -> int:
    """Return the logarithm of a number and 1, in 1/16."""
    return (fixed_log2(1 + value) + 128) // 256


def in_spreads(away: int, spread: int) -> int:
    return min(max(192 * away // (spread + 6), -256), 256)


def bounded(values: list[int]) -> list[int]:
    return [min(max(value, -PIXEL_INPUT), PIXEL_INPUT) for value in values]


# ---- Section 16: deep samples -----------------------------------------------------------------

DEEP_VALUES, MOST_EXPONENT = 2**16, 6
OCTAVES, MOST_SEEN, FIRST_SEEN = 9, 512, 16
USUAL_RATIO, MOST_RATIO, MOST_CORRECTION = 355, 1280, 2**17
QUICK_WIDTH, QUICK_TAIL = -200, 1


class Grain(NamedTuple):
    """How many values an image has, and how many of them are a grey level: 2^exponent."""

    values: int
    exponent: int

    @property
    def parts(self) -> int:
        """How many 1/64 of a grey level a value is."""
        return 64 >> self.exponent

    @property
    def middle(self) -> int:
        return self.values // 2

    @property
    def black(self) -> int:
        """What value 0 is in 1/64 of a grey level."""
        return 128 * 64 - self.middle * self.parts

    @property
    def span(self) -> int:
        return (self.values - 1) * self.parts

    def grey(self, value: int) -> float:
        return 128 + (value - self.middle) * self.parts / 64

    def held(self, p: int) -> int:
        return min(max(p, self.black), self.black + self.span)


def read_levels(fields: Reader, samples: int) -> list[int]:
    """Return the values that so many samples of an image have."""
    first, more = fields.varint(), fields.varint()
    if first + more >= DEEP_VALUES:
        raise Corrupt("more values than 16 bits have")
    if not more:
        return [first]
    gaps = [fields.varint()] * more
    if not gaps[0]:
        content = fields.take(fields.varint())
        if more >= samples:
            raise Corrupt("a list of more values than samples")
        listed = inflate(content, 2 * more)
        if len(listed) != 2 * more:
            raise Corrupt("a list of values of another length")
        gaps = [256 * high + low + 1 for high, low in zip(listed[:more], listed[more:], strict=True)]
    values = [first]
    for gap in gaps:
        values.append(values[-1] + gap)
    if values[-1] >= DEEP_VALUES:
        raise Corrupt("a value of more than 16 bits")
    return values


class Bits:
    """Takes numbers of a few bits each off the front of some bytes."""

    def __init__(self, content: bytes) -> None:
        self.text = "".join(f"{byte:08b}" for byte in content)
        self.at = 0

    def take(self, length: int) -> int:
        self.at += length
        if self.at > len(self.text):
            raise Corrupt("too few low bits")
        return int("0" + self.text[self.at - length : self.at], 2)

    def finish(self) -> None:
        left = self.text[self.at :]
        if len(left) >= 8 or "1" in left:
            raise Corrupt("more low bits than the samples have")


class Calibration:
    """Of one colour of an image, for each octave of the scale: how widths were wrong, and which mean was nearer."""

    def __init__(self) -> None:
        self.correction, self.seen = [0] * OCTAVES, [FIRST_SEEN] * OCTAVES
        self.of_prediction, self.of_mean = [0] * OCTAVES, [0] * OCTAVES
        self.ratios: list[list[int]] = [[] for _ in range(OCTAVES)]  # of this step

    def correct(self, octave: int, p: int, mean: int, width: int) -> tuple[int, int]:
        nearer = p if self.of_prediction[octave] < self.of_mean[octave] else mean
        return nearer, width + ((self.correction[octave] + 128) >> 8)

    def learn(self, octave: int, found: int, p: int, mean: int, used: int, width: int) -> None:
        self.of_prediction[octave] += abs(found - p)
        self.of_mean[octave] += abs(found - mean)
        away = abs(found - used)
        octaves = (fixed_log2(max(away, 1)) >> 6) - 384 - width
        ratio = min(power(4 * min(max(octaves, -512), 512) + 2048), MOST_RATIO) if away else 0
        self.ratios[octave].append(ratio - USUAL_RATIO)

    def settle(self) -> None:
        """Do what comes at the end of a step."""
        for octave, ratios in enumerate(self.ratios):
            self.seen[octave] = min(self.seen[octave] + len(ratios), MOST_SEEN)
            moved = self.correction[octave] + 64 * sum(ratios) // self.seen[octave]
            self.correction[octave] = min(max(moved, -MOST_CORRECTION), MOST_CORRECTION)
            self.of_prediction[octave] -= self.of_prediction[octave] >> 10
            self.of_mean[octave] -= self.of_mean[octave] >> 10
        self.ratios = [[] for _ in range(OCTAVES)]


class Judged(NamedTuple):
    """What is known of a deep sample: all as of another, and what its calibration and its bins depend on."""

    known: Expected
    octave: int
    mean: int
    used: int
    width: int
    low: int


class DeepImage:
    """The planes of an image as numbers of values, and what is known of them beside an Image of grey levels."""

    def __init__(self, image: DeepNetworkImage | DeepQuickImage, grain: Grain, h: int, w: int, colours: int) -> None:
        self.image, self.grain, self.size = image, grain, (h, w, colours)
        self.numbers = np.zeros((colours, h, w), np.int64)
        self.calibrations = [Calibration() for _ in range(colours)]

    def planes(self) -> list[Samples]:
        order = (1, 0, 2) if self.size[2] == 3 else (0,)
        return [self.numbers[colour].astype(np.uint16) for colour in order]

    def judge(self, k: int, y: int, x: int) -> Judged:
        known, mean, octaves, width, tail = self.image.look(k, y, x)
        octave = min((octaves >> 6) + 1, OCTAVES - 1)
        used, width = self.calibrations[k].correct(octave, known.prediction, mean, width)
        wide = min(max(width, -246), 414) + 64 * self.grain.exponent
        low = max(0, -(((128 if tail >= 4 else 192) - wide) // 64))
        above = 2 * (used - self.grain.black) + self.grain.parts
        sixteenths = (((above << 5) >> (low - self.grain.exponent + 7)) + 1 >> 1) - 8
        centre = (sixteenths + 8) // 16
        classes = scale_class(wide - 64 * low), tail, sixteenths - 16 * centre
        return Judged(known._replace(centre=centre, classes=classes), octave, mean, used, width, low)

    def value(self, judged: Judged, distance: int, bits: Bits) -> int:
        far = distance in (-128, 127)
        told = bits.take((self.grain.values - 1).bit_length() if far else judged.low)
        value = told if far else ((judged.known.centre + distance) << judged.low) + told
        away = min(max((value >> judged.low) - judged.known.centre, -128), 127)
        if not 0 <= value < self.grain.values or away != distance:
            raise Corrupt("a sample that its picture cannot have")
        return value

    def put(self, k: int, y: int, x: int, judged: Judged, value: int) -> None:
        self.numbers[k, y, x] = value
        grey = self.grain.grey(value)
        prediction = judged.known.prediction
        self.calibrations[k].learn(judged.octave, int(64 * grey), prediction, judged.mean, judged.used, judged.width)
        self.image.put(k, y, x, judged.known, grey)


class DeepNetworkImage(NetworkImage):
    """Grey levels of a grain, predicted by regressions and networks: method 13."""

    def __init__(self, networks: list[Network], grain: Grain, h: int, w: int, colours: int) -> None:
        super().__init__(networks, h, w, colours)
        self.grain = grain

    def held(self, p: int) -> int:
        return self.grain.held(p)

    def bright(self, p: int) -> int:
        return ((p - self.grain.black) << 9 >> self.grain.span.bit_length()) - 256

    def judged(self, k: int, known: Expected, moved: int, octaves: int, width: int, tail: int) -> Expected:
        self.found = known, moved, octaves, width, tail
        return known

    def look(self, k: int, y: int, x: int) -> tuple[Expected, int, int, int, int]:
        self.expect(k, y, x)
        return self.found


class DeepQuickImage(QuickImage):
    """Grey levels of a grain, predicted by their nearest neighbours alone: method 14."""

    def __init__(self, grain: Grain, h: int, w: int, colours: int) -> None:
        super().__init__(h, w, colours)
        self.grain = grain

    def look(self, k: int, y: int, x: int) -> tuple[Expected, int, int, int, int]:
        middle, lively = self.around(k, y, x)
        p = self.grain.held(int(64 * middle))
        octaves = (fixed_log2(int(64 * lively) + 64) >> 6) - 384
        known = Expected(np.zeros(12, np.float32), 0, 0, p, 0, (0, 0, 0))
        return known, p, octaves, octaves + QUICK_WIDTH, QUICK_TAIL

    def put(self, colour: int, y: int, x: int, known: Expected, value: float) -> None:
        self.values[colour][y][x] = value
        self.errors[colour][y][x] = int(64 * value) - known.prediction


def read_deep_images(
    begin: Callable[..., DeepNetworkImage | DeepQuickImage], body: bytes, sizes: list[Size]
) -> list[list[Samples]]:
    """Read the planes of images of 16 bits a sample."""
    check_pixels(sizes)
    fields = Reader(body)
    levels, exponents = [], []
    for size in sizes:
        levels.append(read_levels(fields, math.prod(size)))
        exponents.append(fields.byte() if len(levels[-1]) > 1 else 0)
        if exponents[-1] > MOST_EXPONENT:
            raise Corrupt("a grey level of too many values")
    bits = Bits(fields.take(fields.varint()))
    coder = RangeDecoder(fields.rest())
    images = []
    for size, values, exponent in zip(sizes, levels, exponents, strict=True):
        grain = Grain(len(values), exponent)
        images.append(DeepImage(begin(grain, *size), grain, *size))
    live = [place for place, values in enumerate(levels) if len(values) > 1]
    for group in groups_of_images([sizes[place] for place in live]):
        read_deep_group(coder, bits, [images[live[at]] for at in group])
    bits.finish()
    coder.finish()
    return [
        [np.array(values, np.uint16)[plane] for plane in image.planes()]
        for image, values in zip(images, levels, strict=True)
    ]


def read_deep_group(coder: RangeDecoder, bits: Bits, group: list[DeepImage]) -> None:
    """Read images of one size, in lockstep."""
    h, w, colours = group[0].size
    for t in range(steps_of(h, w, colours)):
        samples = samples_of(t, group)
        if t % 4 == 0:
            for image in group:
                image.image.advance(t)
        judged = [image.judge(k, y, x) for image, k, y, x in samples]
        first = [coder.decode(first_table(*each.known.classes)) for each in judged]
        second = [coder.decode(second_table(*each.known.classes, a)) for each, a in zip(judged, first, strict=True)]
        for (image, k, y, x), each, a, b in zip(samples, judged, first, second, strict=True):
            distance = (16 * a + b - 8 + 128) % 256 - 128
            image.put(k, y, x, each, image.value(each, distance, bits))
        for image in group:
            for calibration in image.calibrations:
                calibration.settle()


# ---- The command line ------------------------------------------------------------------------


# ---- Section 16: packed models ---------------------------------------------------------------

KEPT, REMOVED, REPLACED, REFORMED, DIFFERENT, LOW_RANK, LOW_RANK_AND_DIFFERENT = range(7)
FormOf = tuple[str, list[int]]  # dtype and shape


@dataclass
class Change:
    """An operation on a tensor of the base, and what values it needs: V, D, L or R, and their form."""

    code: int
    base: Stored | None
    asked: list[tuple[str, FormOf]]
    shift: int = 0

    def size(self) -> int:
        return sum(math.prod(shape) * int(dtype[2]) for _, (dtype, shape) in self.asked)

    def work(self) -> int:
        return 0 if self.code < LOW_RANK or self.base is None else self.base.size * self.asked[0][1][1][1]

    def result(self, values: list[Stored]) -> Stored | None:
        """Return what the tensor becomes, None for nothing."""
        if self.code in (KEPT, REMOVED):
            return self.base if self.code == KEPT else None
        if self.code in (REPLACED, REFORMED) or self.base is None:
            return values[0]
        found = self.base.astype(np.int64)
        if self.code >= LOW_RANK:
            product = values[0].astype(np.int64) @ values[1].astype(np.int64)
            half = 1 << self.shift >> 1
            found = np.clip(found + ((product + half) >> self.shift).reshape(found.shape), -127, 127)
        if self.code in (DIFFERENT, LOW_RANK_AND_DIFFERENT):
            found += values[-1]
        return found.astype(self.base.dtype)  # which wraps around


def unpack_half(
    tensors: Tensors, half: str, stated: dict[str, Any], files: Sequence[bytes]
) -> tuple[Tensors, dict[str, Any]]:
    """Return the tensors and the description of a half of a pair, or of a model that is none."""
    base, described = Tensors.of({}), dict[str, Any]()
    if "base" in stated:
        named = stated["base"]["sha256"]
        if not isinstance(stated["base"]["id"], str):
            raise ModelNeeded("a base whose id is no text")
        found = [file for file in files if hashlib.sha256(file).hexdigest() == named]
        if not found:
            raise ModelNeeded(f"the base {named} is not at hand")
        base = Tensors(found[0])
        version, described = read_metadata(base)
        if version == PACKED_VERSION:
            raise ModelNeeded("a base that has a base")
    name = f"{half}.changes" if half else "changes"
    packed = tensors.get(name, "U8", [None]).astype(np.uint8).tobytes()
    merged = {key: value for key, value in {**described, **stated}.items() if value is not None}
    try:
        return Tensors.of(unpack_changes(packed, base)), merged
    except (Corrupt, Limit) as error:
        raise ModelNeeded("changes that are damaged") from error


def unpack_changes(packed: bytes, base: Tensors) -> dict[str, Stored]:
    reader = Reader(packed)
    names = sorted(base.header.keys() - {"__metadata__"})
    changes = {name: read_change(reader, base.stored(name)) for name in names}
    last = ""
    for _ in range(reader.varint()):
        length = reader.varint(least=1)
        if length > 200:
            raise ModelNeeded("a long name")
        name = reader.take(length).decode()
        if name in changes or name <= last:
            raise ModelNeeded("a new tensor that is there, or out of order")
        changes[name] = Change(REFORMED, None, [("V", read_form(reader))])
        last = name
    size, work = (sum(each) for each in ([c.size() for c in changes.values()], [c.work() for c in changes.values()]))
    if size > 2**24 or work > 2**30:
        raise ModelNeeded("changes of too many bytes, or of too much work")
    coder, tables = RangeDecoder(reader.rest()), dict[tuple[str, str, int], list[int]]()
    found: dict[str, Stored] = {}
    for name, change in changes.items():
        result = change.result([read_values(coder, tables, of, form) for of, form in change.asked])
        if result is not None:
            found[name] = result
    coder.finish()
    return found


def read_change(reader: Reader, base: Stored | None) -> Change:
    code = reader.byte()
    if code in (KEPT, REMOVED):
        return Change(code, base, [])
    if code == REFORMED:
        return Change(code, base, [("V", read_form(reader))])
    if base is None or base.ndim > 8 or not base.size or code > LOW_RANK_AND_DIFFERENT:
        raise ModelNeeded("a tensor that cannot be changed so, or an unknown operation")
    form = base.dtype.str, list(base.shape)
    if code in (REPLACED, DIFFERENT):
        return Change(code, base, [("V" if code == REPLACED else "D", form)])
    rank, shift = reader.varint(least=1), reader.byte()
    if base.dtype != np.int8 or base.ndim < 2 or shift > 31:
        raise ModelNeeded("a low-rank change to no rows of int8, or by another shift")
    outputs, inputs = base.shape[0], math.prod(base.shape[1:])
    if rank > min(outputs, inputs):
        raise ModelNeeded("a low-rank change of a rank too high")
    asked: list[tuple[str, FormOf]] = [("L", (form[0], [outputs, rank])), ("R", (form[0], [rank, inputs]))]
    return Change(code, base, asked + ([("D", form)] if code == LOW_RANK_AND_DIFFERENT else []), shift)


def read_form(reader: Reader) -> FormOf:
    dtype, axes = reader.byte(), reader.byte()
    if dtype >= len(DTYPES) or axes > 8:
        raise ModelNeeded("a form that is not known")
    return list(DTYPES.values())[dtype], [reader.varint(least=1) for _ in range(axes)]


def read_values(coder: RangeDecoder, tables: dict[tuple[str, str, int], list[int]], of: str, form: FormOf) -> Stored:
    dtype, shape = form
    bits, count = 8 * int(dtype[2]), math.prod(shape)
    found = np.zeros(count, np.int64)
    for place in range(bits // 8):
        counts = tables.setdefault((of, dtype, place), [max(1, 64 >> k.bit_length()) for k in range(256)])
        found += np.array(read_bytes(coder, counts, count), np.int64) << 8 * place
    signed = np.where(found % 2 == 0, found >> 1, -(found + 1 >> 1))
    return signed.astype(dtype).reshape(shape)


def read_bytes(coder: RangeDecoder, counts: list[int], count: int) -> list[int]:
    found: list[int] = []
    halve(counts, 2**15)
    while len(found) < count:
        run = min(count - len(found), max(32, min(len(found), 4096)))
        total = sum(counts)
        frequencies = [1 + c * (TOTAL - 256) // total for c in counts]
        frequencies[counts.index(max(counts))] += TOTAL - sum(frequencies)
        table = [0, *itertools.accumulate(frequencies)]
        symbols = [coder.decode(table) for _ in range(run)]
        for k in symbols:
            counts[k] += 32
        halve(counts, 2**19)
        found += symbols
    return found


def halve(counts: list[int], most: int) -> None:
    while sum(counts) > most:
        counts[:] = [c + 1 >> 1 for c in counts]


def write_picture(path: Path, picture: Samples) -> None:
    if path.suffix == ".npy":
        np.save(path, picture)
        return
    magic = "P5" if picture.ndim == 2 else "P6"
    if (path.suffix, picture.shape[2:]) not in ((".pgm", ()), (".ppm", (3,))):
        raise ValueError(f"{path} cannot hold a picture of shape {picture.shape}")
    head = f"{magic}\n{picture.shape[1]} {picture.shape[0]}\n{np.iinfo(picture.dtype).max}\n"
    path.write_bytes(head.encode() + bytes_of(picture))


def main() -> int:
    parser = argparse.ArgumentParser(description="Decode an .aec file.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--models", type=Path, help="a folder of model files, *.safetensors")
    parser.add_argument("--base", action="store_true", help="the first of a file's two layers")
    parser.add_argument("-o", "--output", type=Path, help="a .npy, .pgm or .ppm file for one picture")
    options = parser.parse_args()
    try:
        if options.file.stat().st_size > MAX_FILE:
            raise Limit("the file is too long")
        contents = [p.read_bytes() for p in options.models.glob("*.safetensors")] if options.models else []
        models = {hashlib.sha256(content).digest()[:4]: content for content in contents}
        pictures, names = decode(options.file.read_bytes(), models, options.base)
        if options.output is None:
            for picture, name in zip(pictures, names or [""] * len(pictures), strict=True):
                size = "x".join(map(str, picture.shape))
                print(size, hashlib.sha256(picture.tobytes()).hexdigest(), name)
        elif len(pictures) == 1:
            write_picture(options.output, pictures[0])
        else:
            raise ValueError("-o is for a file of one picture")
    except DecodeError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
