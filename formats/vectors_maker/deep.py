"""Files of pictures of 16 bits a sample: some must decode, some must not."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from aecodec.arrays import DeepPicture
from aecodec.codec.tiles import shape_of, split_planes
from aecodec.coders.deep import DEEP_PHOTOGRAPHS, DEEP_QUICK, FILTERED, as_bytes
from aecodec.container import Shapes
from aecodec.lossless.filtered import encode_filtered
from aecodec.pixels.deep import DeepQuickWalk, encode_deep_images
from aecodec.zoo import Model
from formats.vectors_maker.exact import encoded
from formats.vectors_maker.fields import (
    DEFLATED,
    DIFFERENCED,
    EXACT,
    GEOMETRY,
    GREY,
    MANY,
    MODEL,
    STORED,
    deflate,
    geometry,
    sealed,
    varint,
)
from formats.vectors_maker.methods import DRAWINGS, PACKED, PIXELS, QUICK
from formats.vectors_maker.packed import packed
from formats.vectors_maker.pixels import FORM, LAYERS
from formats.vectors_maker.vector import Valid, by_hand

Made = dict[str, tuple[str, bytes]]
DEEP, NETWORK, SIMPLE = 0x10, bytes([DEEP_PHOTOGRAPHS.method]), bytes([DEEP_QUICK.method])
ROWS = bytes([FILTERED.method])


def sensed(seed: int, height: int, width: int, channels: int = 1, most: int = 4095) -> DeepPicture:
    """Slopes under the noise of a sensor, up to ``most``."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    planes = []
    for at in range(channels):
        light = most * (0.1 + 0.8 * (np.sin(y / (7 + at)) * np.cos(x / 9) + 1) / 2)
        planes.append(np.clip(np.rint(light + rng.normal(0, 1, light.shape) * np.sqrt(light) / 4), 0, most))
    return (planes[0] if channels == 1 else np.stack(planes, -1)).astype(np.uint16)


def spiky(seed: int, height: int, width: int) -> DeepPicture:
    """All but flat, and spikes that no table reaches."""
    rng = np.random.default_rng(seed)
    spikes, flat = rng.integers(0, 65536, (height, width)), 1000 + rng.integers(0, 5, (height, width))
    return np.where(rng.random((height, width)) < 0.1, spikes, flat).astype(np.uint16)


def frame_of(picture: DeepPicture) -> bytes:
    return Shapes.of([shape_of(picture)])[0].pack()


def check(pictures: Sequence[DeepPicture]) -> bytes:
    return zlib.crc32(b"".join(raw(picture) for picture in pictures)).to_bytes(4, "big")


def raw(picture: DeepPicture) -> bytes:
    return picture.astype(">u2").tobytes()


def images_of(pictures: Sequence[DeepPicture]) -> list[DeepPicture]:
    """Colours, then alpha, each as ``[height, width, planes]``."""
    found: list[DeepPicture] = []
    for picture in pictures:
        shape = shape_of(picture)
        planes = [plane.astype(np.uint16) for plane in split_planes(picture, shape)]
        found.append(np.stack(planes[: shape.colour_planes], -1))
        found += [plane[..., None] for plane in planes[shape.colour_planes :]]
    return found


def by_networks(pictures: Sequence[DeepPicture], model: Model) -> bytes:
    """Method 13 and its body, whatever would be shorter."""
    assert model.pixels is not None
    return NETWORK + model.pixels.encode_deep(images_of(pictures))


def quickly(pictures: Sequence[DeepPicture]) -> bytes:
    """Method 14 and its body."""
    return SIMPLE + encode_deep_images(images_of(pictures), DeepQuickWalk)


def bare(picture: DeepPicture, record: bytes, end: bytes | None = None, kind: bytes | None = None) -> bytes:
    """A file of one picture without a model."""
    return sealed(EXACT | GEOMETRY, kind or frame_of(picture), record, check([picture])[-1:] if end is None else end)


def one(model: Model, picture: DeepPicture, record: bytes | None = None) -> bytes:
    """A file of one picture for a pixel model."""
    body = by_networks([picture], model) if record is None else record
    form = model.fingerprint, bytes([LAYERS]), frame_of(picture)
    return sealed(FORM | GEOMETRY, *form, body, check([picture]))


def many(model: Model, pictures: Sequence[DeepPicture], bodies: Sequence[bytes], size: int) -> bytes:
    """A container for a pixel model."""
    blocks = [pictures[at : at + size] for at in range(0, len(pictures), size)]
    records = [body + check(block) for body, block in zip(bodies, blocks, strict=True)]
    shapes = Shapes.of(shape_of(picture) for picture in pictures).pack()
    lengths = b"".join(varint(len(record)) for record in records)
    head = model.fingerprint, bytes([LAYERS]), varint(len(pictures)), varint(size), shapes, lengths
    return sealed(FORM | GEOMETRY | MANY, *head, *records)


def halves(planes: Sequence[DeepPicture]) -> bytes:
    """Differences, of each plane all higher bytes and then all lower ones."""
    content = b""
    for plane in planes:
        wide = np.pad(plane, ((1, 0), (1, 0)))
        found = wide[1:, 1:] - wide[1:, :-1] - wide[:-1, 1:] + wide[:-1, :-1]
        content += (found >> 8).astype(np.uint8).tobytes() + (found & 255).astype(np.uint8).tobytes()
    return content


def make_deep(models: Mapping[str, Model]) -> dict[str, Valid]:
    model = models["pixels"]
    grey, colour = sensed(700, 23, 19), sensed(701, 17, 21, 3)
    opaque = np.dstack([sensed(702, 11, 15, 3), np.full((11, 15), 65535, np.uint16)])
    glass = sensed(703, 9, 14, 2)
    scaled = sensed(704, 20, 18) * 16 + 7
    stretched = np.rint(sensed(705, 40, 40, most=255) * (65535 / 255)).astype(np.uint16)
    uneven = (np.arange(600).reshape(20, 30) ** 2 // 7).astype(np.uint16)
    steep = (np.add.outer(np.arange(30) ** 2, np.arange(25) ** 2) * 40).astype(np.uint16)
    noise = np.random.default_rng(706).integers(0, 65536, (14, 13)).astype(np.uint16)
    flat = np.full((9, 8), 4711, np.uint16)
    grain = sensed(707, 24, 24, most=65535)
    asked = {
        "deep-grey": ("12 bits in 16, by method 13", grey),
        "deep-rgb": ("three colours", colour),
        "deep-opaque": ("an alpha of one value, which is not coded", opaque),
        "deep-grey-alpha": ("grey and alpha, two images in lockstep", glass),
        "deep-equal": ("EQUAL and 16 bits", np.dstack([grey] * 3)),
        "deep-scaled": ("every 16th value alone", scaled),
        "deep-listed": ("values whose gaps a list says", uneven),
        "deep-steep": ("slopes without noise", steep),
        "deep-noise": ("noise", noise),
        "deep-spiky": ("values that no table reaches", spiky(708, 22, 21)),
        "deep-flat": ("one value, and no symbol", flat),
        "deep-1x1": ("one sample", np.array([[513]], np.uint16)),
        "deep-row": ("one row", sensed(709, 1, 30)),
        "deep-column": ("one column", sensed(710, 30, 1, 3)),
        "deep-grain": ("16 bits of light and its noise: a grey level of 64 values", grain),
    }
    vectors = {name: by_hand(shows, one(model, picture), [picture]) for name, (shows, picture) in asked.items()}
    for name in ("grey", "rgb", "grey-alpha", "scaled", "steep", "spiky", "grain"):
        picture = asked[f"deep-{name}"][1]
        shows = f"the picture of deep-{name} by method 14"
        vectors[f"deep-quick-{name}"] = by_hand(shows, bare(picture, quickly([picture])), [picture])
    some = [grey, sensed(711, 23, 19), colour, glass, flat]
    blocks = [by_networks(some[:2], model), by_networks(some[2:4], model), quickly(some[4:])]
    columns = as_bytes(glass).swapaxes(0, 1).tobytes()
    palette = bytes([1]) + b"\0\7\x12\x34" + bytes([0b01000000, 0b10000000])
    two = np.array([[7, 0x1234], [0x1234, 7]], np.uint16)
    vectors |= {
        "deep-many": by_hand("two blocks of method 13 and one of 14", many(model, some, blocks, 2), some),
        "deep-stored": by_hand("stored: the higher byte first", bare(noise, STORED + raw(noise)), [noise]),
        "deep-deflated": by_hand("deflated", bare(glass, DEFLATED + deflate(_by_planes(glass))), [glass]),
        "deep-differenced": by_hand(
            "differences mod 65536: higher bytes, then lower ones",
            bare(colour, DIFFERENCED + deflate(halves([colour[..., at] for at in range(3)]))),
            [colour],
        ),
        "deep-filtered": by_hand(
            "filters for each row", bare(colour, ROWS + encode_filtered([as_bytes(colour)])), [colour]
        ),
        "deep-filters": by_hand("all five filters", bare(grey, ROWS + deflate(_all_filters(grey))), [grey]),
        "deep-packed": by_hand("by LZMA, column by column", bare(glass, bytes([PACKED, 1]) + packed(columns)), [glass]),
        "deep-packed-palette": by_hand(
            "by LZMA, with a palette of two", bare(two, bytes([PACKED, 2]) + packed(palette)), [two]
        ),
        "deep-written": encoded("what a writer makes", sensed(712, 40, 50), ("vector-pixels", model)),
        "deep-written-many": encoded(
            "what it makes of several at effort 0",
            [sensed(713, 30, 31), stretched[:25, :26], sensed(714, 30, 31)],
            names=["a", "b", "c"],
            quick=True,
        ),
    }
    return vectors


def _by_planes(picture: DeepPicture) -> bytes:
    return b"".join(raw(picture[..., at]) for at in range(picture.shape[2]))


def _all_filters(picture: DeepPicture) -> bytes:
    """The filters 0 to 4 in turn, a byte at a time as PNG's specification has it."""
    content, above = b"", bytes(2 * picture.shape[1])
    for number, row in enumerate(as_bytes(picture[..., None]).reshape(len(picture), -1)):
        here, kind = row.tobytes(), number % 5
        content += bytes([kind])
        for at, byte in enumerate(here):
            left, corner = (here[at - 2], above[at - 2]) if at > 1 else (0, 0)
            nearest = min((left, above[at], corner), key=lambda each: abs(left + above[at] - corner - each))
            guess = (0, left, above[at], (left + above[at]) // 2, nearest)[kind]
            content += bytes([(byte - guess) % 256])
        above = here
    return content


def corrupt_deep(models: Mapping[str, Model]) -> Made:
    model, grey = models["pixels"], sensed(700, 12, 11)
    body = by_networks([grey], model)[1:]
    first, last = int(grey.min()), int(grey.max())
    front = varint(first) + varint(last - first) + varint(1)
    assert body.startswith(front)
    rest = body[len(front) + 1 :]
    length = rest[0]
    low, payload = rest[1 : 1 + length], rest[1 + length :]
    exponent = body[len(front) : len(front) + 1]

    def of(
        levels: bytes = front, width: bytes = exponent, bits: bytes = varint(length) + low, behind: bytes = payload
    ) -> bytes:
        return one(model, grey, NETWORK + levels + width + bits + behind)

    listed = varint(first) + varint(last - first) + varint(0)
    rows = ROWS + deflate((b"\0" + bytes(22)) * 12)
    return {
        "deep-width-7": ("a grey level of 2^7 values", of(width=b"\x07")),
        "deep-first": ("a least value of 65,536", of(levels=varint(65536) + varint(0), width=b"")),
        "deep-values": ("65,537 values", of(levels=varint(0) + varint(65536) + varint(1))),
        "deep-step": ("a step that leads beyond 16 bits", of(levels=varint(first) + varint(last - first) + varint(40))),
        "deep-list-cut": ("a list of values of another length", of(levels=listed + _sized(deflate(bytes(6))))),
        "deep-list-broken": ("a list that cannot be inflated", of(levels=listed + _sized(b"\x07"))),
        "deep-list-far": (
            "a list that leads beyond 16 bits",
            of(levels=listed + _sized(deflate(b"\xff" * 2 * (last - first)))),
        ),
        "deep-list-many": ("a list of more values than samples", of(levels=_many_listed(133))),
        "deep-few": (
            "a sample above the values there are",
            of(levels=varint(first) + varint(last - first - 900) + varint(1)),
        ),
        "deep-low-cut": ("a byte of low bits too few", of(bits=varint(length - 1) + low[:-1])),
        "deep-low-long": ("a byte of low bits too many", of(bits=varint(length + 1) + low + b"\0")),
        "deep-low-beyond": ("low bits that end behind the file", of(bits=varint(length + 99) + low)),
        "deep-cut": ("a payload whose last bytes are missing", of(behind=payload[:-9])),
        "deep-long": ("a byte behind a payload", of(behind=payload.ljust(len(payload) + 16, b"\0") + b"\x01")),
        "deep-empty": ("method 13 and nothing behind it", one(model, grey, NETWORK)),
        "deep-check": ("another check", bare(grey, quickly([grey]), end=bytes([check([grey])[-1] ^ 1]))),
        "deep-stored-odd": ("half a sample too few", bare(grey, STORED + raw(grey)[:-1])),
        "deep-filter-5": ("a row with filter 5", bare(grey, ROWS + deflate((b"\5" + bytes(22)) * 12))),
        "deep-filtered-cut": ("a row too few", bare(grey, ROWS + deflate((b"\0" + bytes(22)) * 11))),
        "deep-filtered-tail": ("a byte behind a deflate stream", bare(grey, rows + b"\0")),
        "deep-packed-kind": ("a k of 6", bare(grey, bytes([PACKED, 6]))),
    }


def unknown_deep(models: Mapping[str, Model]) -> Made:
    model, grey = models["pixels"], sensed(700, 12, 11)
    shallow, body = geometry(GREY, 11, 12), by_networks([grey], model)
    runs = varint(1) + shallow + varint(1) + frame_of(grey)
    records = [STORED + bytes(132) + check([]), STORED + raw(grey) + check([grey])]
    lengths = b"".join(varint(len(record)) for record in records)
    plain, frame = models["plain"], frame_of(grey)
    return {
        "deep-pixels": ("method 7 for 16 bits", one(model, grey, bytes([PIXELS]) + body[1:])),
        "deep-quick": ("method 8 for 16 bits", bare(grey, bytes([QUICK]) + quickly([grey])[1:])),
        "deep-drawings": ("method 9 for 16 bits", one(model, grey, bytes([DRAWINGS]) + body[1:])),
        "deep-modelled": ("method 3 for 16 bits", one(model, grey, b"\x03" + body[1:])),
        "deep-method-253": ("method 253 for 16 bits", one(model, grey, b"\xfd" + body[1:])),
        "deep-method-254": ("method 254 for 16 bits", one(model, grey, b"\xfe" + body[1:])),
        "deep-modelless": ("method 13 in a file that names no model", bare(grey, body)),
        "deep-8-bit": ("method 12 for 8 bits", bare(grey, ROWS + deflate(bytes(144)), kind=shallow)),
        "deep-8-bit-network": (
            "method 13 for 8 bits",
            sealed(FORM | GEOMETRY, model.fingerprint, bytes([LAYERS]), shallow, body, check([])),
        ),
        "deep-8-bit-quick": ("method 14 for 8 bits", bare(grey, quickly([grey]), kind=shallow)),
        "deep-mixed": (
            "8 and 16 bits in one container",
            sealed(EXACT | GEOMETRY | MANY, varint(2) + varint(1), runs, lengths, *records),
        ),
        "deep-lossy": (
            "a lossy file of 16 bits",
            sealed(MODEL | GEOMETRY, plain.fingerprint, frame, b"\x2a" + check([grey])[-1:]),
        ),
        "deep-tiles": (
            "16 bits by a model of tiles",
            sealed(MODEL | EXACT | GEOMETRY, plain.fingerprint, frame, b"\x2a" + check([grey])[-1:]),
        ),
        "deep-layers": (
            "16 bits in a grid of latents",
            sealed(FORM | GEOMETRY, models["grid"].fingerprint, b"\x80", frame, b"\x2a" + check([grey])),
        ),
    }


def limit_deep() -> Made:
    """High and narrow pictures of as many sizes."""
    lines = b"".join(varint(1) + geometry(DEEP | GREY, 1, 32768 - at) for at in range(17))
    head = varint(17) * 2, lines, varint(5)
    return {
        "deep-steps": (
            "too many steps in a body of method 14",
            sealed(EXACT | GEOMETRY | MANY, *head, SIMPLE + check([])),
        )
    }


def _many_listed(count: int) -> bytes:
    """So many values, every other one of a row, by a list."""
    return varint(0) + varint(count - 1) + varint(0) + _sized(deflate(bytes(count - 1) + b"\1" * (count - 1)))


def _sized(content: bytes) -> bytes:
    return varint(len(content)) + content
