"""Files with blocks of method 11, packed by LZMA: some must decode, some must not.

All of them are made by hand: what LZMA writes is that of the library at hand.
"""

from __future__ import annotations

import lzma
from collections.abc import Mapping, Sequence

import numpy as np

from aecodec.arrays import Picture, Shallow
from aecodec.codec.tiles import shape_of
from aecodec.container import Shapes
from aecodec.zoo import Model
from formats.vectors_maker import cuts, pixels, quick
from formats.vectors_maker.broken_layers import Sound
from formats.vectors_maker.drawings import drawn, icon, text
from formats.vectors_maker.fields import EXACT, GEOMETRY, GREY, MANY, check, geometry, sealed, varint
from formats.vectors_maker.methods import PACKED
from formats.vectors_maker.pictures import equal, noise
from formats.vectors_maker.pixels import Made, many, textured
from formats.vectors_maker.vector import Valid, by_hand

COLUMNS, PALETTE, DIFFERENCES = 1, 2, 4
METHOD = bytes([PACKED])


def packed(content: bytes) -> bytes:
    form = {"id": lzma.FILTER_LZMA1, "preset": 6, "dict_size": 1 << 16, "lc": 4, "lp": 0, "pb": 0}
    return lzma.compress(content, lzma.FORMAT_RAW, filters=[form])


def lines_of(pictures: Sequence[Picture], kind: int) -> list[Picture]:
    """The pixels of each picture as lines, ``[lines, length, samples]``."""
    return [each.swapaxes(0, 1) if kind & COLUMNS else each for each in drawn(pictures)]


def samples_of(pictures: Sequence[Picture], kind: int = 0) -> bytes:
    lines = lines_of(pictures, kind)
    if kind & DIFFERENCES:
        lines = [each - np.pad(each, ((0, 0), (1, 0), (0, 0)))[:, :-1] for each in lines]
    return b"".join(each.tobytes() for each in lines)


def numbers_of(pictures: Sequence[Picture], kind: int = PALETTE, more: int = 0) -> bytes:
    """A palette in the order in which the colours come, with ``more`` that are not used, and the numbers."""
    lines = lines_of(pictures, kind)
    seen = [bytes(pixel) for each in lines for pixel in each.reshape(-1, each.shape[-1])]
    colours = list(dict.fromkeys(seen)) + [bytes(lines[0].shape[-1])] * more
    bits = next(bits for bits in (1, 2, 4, 8) if len(colours) <= 1 << bits)
    content = bytes([len(colours) - 1]) + b"".join(colours)
    for line in (line for each in lines for line in each):
        numbers = "".join(f"{colours.index(bytes(pixel)):0{bits}b}" for pixel in line)
        numbers += "0" * (-len(numbers) % 8)
        content += int(numbers, 2).to_bytes(len(numbers) // 8, "big")
    return content


def body_of(pictures: Sequence[Picture], kind: int) -> bytes:
    content = numbers_of(pictures, kind) if kind & PALETTE else samples_of(pictures, kind)
    return METHOD + bytes([kind]) + packed(content)


def of_colours(seed: int, count: int, height: int, width: int, samples: int = 3) -> Shallow:
    """A picture of just so many colours."""
    rng = np.random.default_rng(seed)
    colours = np.arange(count)[:, None] * np.array([1, 7, 11, 13][:samples]) + rng.integers(0, 256, samples)
    numbers = np.concatenate([np.arange(count), rng.integers(0, count, height * width - count)])
    found: Shallow = colours[rng.permutation(numbers)].astype(np.uint8).reshape(height, width, samples)
    return found[..., 0] if samples == 1 else found


def make_packed(models: Mapping[str, Model]) -> dict[str, Valid]:
    letters, sign, alpha = text(670, 9, 60), icon(671), of_colours(672, 5, 6, 7, 4)
    wide, shades = textured(673, 4, 9, 2), of_colours(674, 16, 7, 5, 1)
    made = {
        "packed-rows": ("row by row", letters, 0),
        "packed-columns": ("column by column", letters, COLUMNS),
        "packed-differences": ("differences along rows", wide, DIFFERENCES),
        "packed-differences-columns": ("differences along columns", sign, COLUMNS | DIFFERENCES),
        "packed-alpha": ("four samples a pixel", sign, COLUMNS),
        "packed-grey-alpha": ("grey and alpha", wide, 0),
        "packed-equal": ("EQUAL, which has one plane", equal(shades), PALETTE),
        "packed-1": ("a palette of one colour", of_colours(675, 1, 3, 9), PALETTE),
        "packed-2": ("a palette of two: eight pixels a byte", of_colours(676, 2, 5, 11, 1), PALETTE),
        "packed-4": ("a palette of four, column by column", of_colours(677, 4, 7, 6), COLUMNS | PALETTE),
        "packed-5": ("a palette of five colours with alpha", alpha, PALETTE),
        "packed-16": ("a palette of sixteen: two pixels a byte", shades, COLUMNS | PALETTE),
        "packed-17": ("a palette of seventeen", of_colours(678, 17, 6, 5), PALETTE),
        "packed-256": ("a palette as large as can be", of_colours(679, 256, 16, 17), PALETTE),
        "packed-flat": ("many pixels from few bytes", np.full((64, 80, 3), 7, np.uint8), 0),
    }
    found = {
        name: by_hand(shows, quick.one(picture, body_of([picture], kind)), [picture])
        for name, (shows, picture, kind) in made.items()
    }
    several = [letters, alpha, wide, noise(680, 1, 1), equal(shades)]
    alike = [of_colours(681, 9, 3, 4), of_colours(682, 8, 6, 2), of_colours(681, 9, 1, 9)]
    found["packed-many"] = by_hand("unlike pictures in one block", _container(several, 0), several)
    found["packed-many-palette"] = by_hand("one palette for a block", _container(alike, PALETTE), alike)
    model = models["pixels"]
    blocks = [pixels.body_of([letters], model), body_of([letters], 0), quick.quick_body([letters])]
    found["packed-beside"] = by_hand(
        "blocks of methods 7, 11 and 8", many(model, [letters] * 3, blocks, 1), [letters] * 3
    )
    return found


def corrupt_packed(models: Mapping[str, Model]) -> Made:
    letters, four = text(670, 9, 60), of_colours(677, 4, 7, 6)
    body, content, other = body_of([letters], 0), samples_of([letters]), numbers_of([four])
    several = [letters, of_colours(672, 5, 6, 7, 4)]
    unlike = METHOD + bytes([PALETTE]) + packed(numbers_of(several[:1]))

    def of(content: bytes, kind: int = 0, picture: Shallow = letters) -> bytes:
        return quick.one(picture, METHOD + bytes([kind]) + packed(content))

    return {
        "packed-kind-6": ("a k of 6", quick.one(letters, METHOD + b"\x06" + body[2:])),
        "packed-kind-8": ("a k of 8", quick.one(letters, METHOD + b"\x08" + body[2:])),
        "packed-empty": ("method 11 and nothing behind it", quick.one(letters, METHOD)),
        "packed-streamless": ("no stream", quick.one(letters, body[:2])),
        "packed-cut": ("a stream whose last byte is missing", quick.one(letters, body[:-1])),
        "packed-tail": ("a byte behind a stream", quick.one(letters, body + b"\0")),
        "packed-broken": ("a stream that does not begin with 00", quick.one(letters, body[:2] + b"\x01" + body[3:])),
        "packed-short": ("a sample too few", of(content[:-1])),
        "packed-long": ("a sample too many", of(content + b"\0")),
        "packed-other": ("columns where the content has rows", quick.one(letters, METHOD + b"\x01" + body[2:])),
        "packed-palette-empty": ("no palette", of(b"", PALETTE)),
        "packed-palette-cut": ("a palette that is cut short", of(other[:12], PALETTE, four)),
        "packed-palette-alone": ("a palette and nothing behind it", of(other[:13], PALETTE, four)),
        "packed-palette-long": ("a byte behind the numbers", of(other + b"\0", PALETTE, four)),
        "packed-palette-few": ("a number that the palette does not have", of(_fewer(other), PALETTE, four)),
        "packed-palette-unlike": ("a palette for pictures of three and of four planes", _sealed(several, unlike)),
        "packed-bomb": ("few bytes for many pixels", _bomb()),
    }


def unknown_packed(models: Mapping[str, Model]) -> Made:
    sound, model, letters = Sound(models), models["pixels"], text(670, 9, 60)
    body = body_of([letters], 0)
    return {
        "packed-second": (
            "method 11 in a second layer",
            sound.file(record=body_of([sound.picture], 0) + sound.end[3:]),
        ),
        "packed-pieces": ("method 27", quick.one(letters, bytes([16 + PACKED]) + body[1:])),
        "packed-turned": ("method 43", cuts.one(model, letters, bytes([32 + PACKED]) + body[1:])),
    }


def _fewer(content: bytes) -> bytes:
    """A palette of three colours in place of four, for the same numbers."""
    return bytes([2]) + content[1:10] + content[13:]


def _bomb() -> bytes:
    """More pixels than a stream of such few bytes can hold."""
    record = METHOD + b"\0" + packed(b"")
    return sealed(EXACT | GEOMETRY, geometry(GREY, 9000, 9000), record, check([])[-1:])


def _container(pictures: Sequence[Shallow], kind: int) -> bytes:
    return _sealed(pictures, body_of(pictures, kind))


def _sealed(pictures: Sequence[Shallow], body: bytes) -> bytes:
    """One block, without a model."""
    record = body + check(pictures)
    shapes = Shapes.of(shape_of(picture) for picture in pictures).pack()
    return sealed(EXACT | GEOMETRY | MANY, varint(len(pictures)) * 2, shapes, varint(len(record)), record)
