"""Files with grids of latents of which some are what they differ from others: some must decode, some must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aecodec.arrays import Classes, Picture
from aecodec.grid import shown
from aecodec.grid.scales import Scales
from aecodec.limits import GRID_SYMBOL_MAX
from aecodec.zoo import Model
from formats.vectors_maker.fields import (
    EQUAL,
    GEOMETRY,
    GREY,
    LA,
    MANY,
    RGB,
    STORED,
    check,
    geometry,
    named,
    sealed,
    varint,
)
from formats.vectors_maker.grid import FORM, Choose, Made, Symbols, latents_with, synthesised
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.vector import Valid, by_hand

REFERENCED = b"\xf2"  # the layers byte; another with the quality follows
QUALITY = 37
SIZES = [(20, 35, 3), (17, 18), (20, 35, 3), (20, 35, 3), (17, 18), (35, 20, 3), (20, 35, 3), (17, 18), (20, 35, 3)]
RUNS = [(1, RGB, 35, 20), (1, GREY, 18, 17), (2, RGB, 35, 20), (1, LA, 18, 17), (1, RGB, 20, 35), (1, RGB, 35, 20)]
RUNS += [(1, EQUAL | RGB, 18, 17), (1, RGB, 35, 20)]
LIST = b"\2\x18\1" + b"\0\1\2"  # pictures 3, 4 and 8: to the first, the second and the third like them
REFERENCES: list[int | None] = [None, None, None, 0, 7, None, None, None, 6]


def make_references(models: Mapping[str, Model]) -> dict[str, Valid]:
    """Field by field: references and symbols that the package's encoder would not choose."""
    found = {}
    for name in ("grid", "lapped"):
        for quality in (0, 37, 100):
            found[f"references-{name}-{quality}"] = _alike(models[name], quality)
    return found | {"references-mixed": _mixed(models["lapped"])}


def _alike(model: Model, quality: int) -> Valid:
    """Two blocks, of five pictures and of two."""
    sizes = [(20, 35, 3)] * 7
    first, second = (_block(model, sizes[part], quality, references) for part, references in _BLOCKS)
    lists = [b"\1\x13" + b"\1\0\1", b"\0"]
    records = [each + payload + check(some) for each, (payload, some) in zip(lists, (first, second), strict=True)]
    pictures = first[1] + second[1]
    shapes = varint(7) + geometry(RGB, 35, 20)
    data = container(model, quality, 7, 5, records, shapes)
    return by_hand(f"references at quality {quality}, in one block of two; sums beyond what is kept", data, pictures)


_BLOCKS: list[tuple[slice, list[int | None]]] = [
    (slice(0, 5), [3, 2, None, None, 3]),
    (slice(5, 7), []),
]


def _mixed(model: Model) -> Valid:
    """Pictures of two sizes, grey, with equal planes, and with alpha, of which one refers to another kind."""
    payload, colours = _block(model, SIZES, QUALITY, REFERENCES)
    alpha = noise(520, 17, 18)
    pictures = list(colours)
    pictures[4] = np.dstack([colours[4], alpha])
    pictures[7] = np.stack([colours[7]] * 3, -1)
    record = LIST + named(STORED + alpha.tobytes()) + payload + check(pictures)
    data = container(model, QUALITY, 9, 9, [record], _shapes())
    return by_hand("references among pictures of two sizes and several kinds", data, pictures)


def _shapes() -> bytes:
    return b"".join(varint(length) + geometry(*shape) for length, *shape in RUNS)


def _block(
    model: Model, sizes: Sequence[tuple[int, ...]], quality: int, references: Sequence[int | None]
) -> tuple[bytes, list[Picture]]:
    """A payload of chosen symbols, and the pictures that it decodes to with ``references``."""
    payload, latents = latents_with(model, sizes, quality, _chosen(500 + quality))
    return payload, synthesised(model, shown(latents, references), sizes, quality)


def _chosen(seed: int) -> Choose:
    """Small symbols, and now and then the largest."""
    rng = np.random.default_rng(seed)

    def choose(classes: Classes, scales: Scales) -> Symbols:
        found = rng.integers(-2, 3, classes.shape)
        found[rng.random(classes.shape) < 0.05] = GRID_SYMBOL_MAX
        found[rng.random(classes.shape) < 0.05] = -GRID_SYMBOL_MAX
        return found

    return choose


def container(
    model: Model,
    quality: int,
    count: int,
    size: int,
    records: Sequence[bytes],
    shapes: bytes,
    flags: int = GEOMETRY | MANY,
) -> bytes:
    head = model.fingerprint + REFERENCED + bytes([quality])
    index = b"".join(varint(len(record)) for record in records)
    return sealed(FORM | flags, head, varint(count), varint(size), shapes, index, *records)


class Sound:
    """A sound file of three pictures, of which the last has a reference to the second; callers replace its list."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.model = models["grid"]
        self.payload, self.pictures = _block(self.model, [(20, 35, 3)] * 3, QUALITY, [None, None, 1])

    def file(self, references: bytes = b"\1\4\1", shapes: bytes | None = None, quality: int = QUALITY) -> bytes:
        shapes = varint(3) + geometry(RGB, 35, 20) if shapes is None else shapes
        record = references + self.payload + check(self.pictures)
        return container(self.model, quality, 3, 3, [record], shapes)

    def record_alone(self, record: bytes) -> bytes:
        return container(self.model, QUALITY, 3, 3, [record], varint(3) + geometry(RGB, 35, 20))


def corrupt_references(models: Mapping[str, Model]) -> Made:
    sound = Sound(models)
    end = check(sound.pictures)
    turned = varint(2) + geometry(RGB, 35, 20) + varint(1) + geometry(RGB, 20, 35)
    grey = varint(2) + geometry(RGB, 35, 20) + varint(1) + geometry(GREY, 35, 20)
    return {
        "references-missing": ("a record that ends before its references", sound.record_alone(end)),
        "references-mask-cut": ("a mask that runs past the end", sound.record_alone(b"\1" + end)),
        "references-mask-far": ("a mask of 2^32 - 1 bytes", sound.record_alone(varint(2**32 - 1) + end)),
        "references-mask-long": ("a mask that ends in 00", sound.file(b"\2\4\0\1")),
        "references-mask-zero": ("a mask of one byte, which is 00", sound.file(b"\1\0")),
        "references-mask-more": ("a fourth picture of three with a reference", sound.file(b"\1\x0c\1\1")),
        "references-mask-next": ("a ninth picture of three with a reference", sound.file(b"\2\4\1\1\1")),
        "references-place-missing": ("a record that ends before a place", sound.record_alone(b"\1\4" + end)),
        "references-place-form": ("a place in a longer form than needed", sound.file(b"\1\4\x81\0")),
        "references-place-2": ("a third picture where there are two without references", sound.file(b"\1\4\2")),
        "references-all": ("references of all pictures, so that there is none to refer to", sound.file(b"\1\7\0\0\0")),
        "references-size": ("a picture of a size of its own with a reference", sound.file(b"\1\4\0", turned)),
        "references-planes": ("a grey picture among others with a reference", sound.file(b"\1\4\0", grey)),
        "references-other": ("a reference to another picture than was meant", sound.file(b"\1\4\0")),
        "references-none": ("no reference where one was meant", sound.file(b"\0")),
    }


def later_references(models: Mapping[str, Model]) -> Made:
    """What no version has given a meaning."""
    sound = Sound(models)
    head = sound.model.fingerprint + REFERENCED + bytes([QUALITY])
    record = b"\0" + sound.payload + check(sound.pictures)
    lone = sealed(FORM | GEOMETRY, head, geometry(RGB, 35, 20), record)
    bare = sealed(FORM | MANY, head, varint(3), varint(3), varint(len(record)), record)
    return {
        "layers-242-alone": ("a grid of latents with references in a file of one picture", lone),
        "layers-242-no-geometry": ("the same without GEOMETRY", bare),
        "references-quality-101": ("references and a quality above 100", sound.file(quality=101)),
        "references-quality-255": ("the last quality that the byte can say", sound.file(quality=255)),
    }
