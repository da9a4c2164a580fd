"""Files with a grid of latents: some must decode, some must not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Classes, Latents, Picture
from aecodec.codec.records import encode_lossy
from aecodec.codec.tiles import shape_of
from aecodec.entropy import StreamWriter
from aecodec.grid import grid_size
from aecodec.grid.coder import encode_pass
from aecodec.grid.model import groups
from aecodec.grid.prior import Pass
from aecodec.grid.scales import Scales
from aecodec.kinds import GridCodec
from aecodec.limits import GRID_SYMBOL_MAX
from aecodec.zoo import Model
from formats.vectors_maker.fields import (
    EXACT,
    GEOMETRY,
    GREY,
    LA,
    MANY,
    MODEL,
    MODELLED,
    NAMES,
    RGB,
    RGBA,
    STEP,
    STORED,
    check,
    geometry,
    named,
    resealed,
    sealed,
    two_layers,
    varint,
)
from formats.vectors_maker.lossy import encoded
from formats.vectors_maker.pictures import equal, noise, slope, stroke
from formats.vectors_maker.vector import Valid, by_hand

Symbols = NDArray[np.int64]
Choose = Callable[[Classes, Scales], Symbols]  # symbols for latents of these classes
Made = dict[str, tuple[str, bytes]]
FORM = MODEL | EXACT | STEP
QUALITY = 0x80  # and more: the layers byte


def make_grid(models: Mapping[str, Model]) -> dict[str, Valid]:
    """By the package's encoder without a search, and field by field."""
    asked = _asked()
    made = {
        name: encoded(name, shows, pictures, "grid", {"effort": 0, **arguments}, 0, models)
        for name, (shows, pictures, arguments) in asked.items()
    }
    return made | _by_hand(models["grid"])


def make_lapped(models: Mapping[str, Model]) -> dict[str, Valid]:
    """Of a model whose blocks overlap."""
    odd, alike = stroke(400, 37, 51, 3), [stroke(seed, 17, 40, 3) for seed in range(401, 404)]
    asked: dict[str, tuple[str, Picture | Sequence[Picture], dict[str, Any]]] = {
        "lapped-37": ("blocks that overlap, three colours, odd sides", odd, {"quality": 37}),
        "lapped-100": ("the same at the best quality", odd, {"quality": 100}),
        "lapped-1x1": ("a grid of one place, which has no border", noise(404, 1, 1, 3), {"quality": 37}),
        "lapped-row": ("one row of places: borders of columns alone", stroke(405, 16, 70, 3), {"quality": 60}),
        "lapped-column": ("one column of places: borders of rows alone", stroke(406, 70, 3, 3), {"quality": 60}),
        "lapped-grey": ("a grey picture", noise(407, 50, 40), {"quality": 80}),
        "lapped-rgba": ("three colours and alpha", stroke(408, 33, 34, 4), {"quality": 60}),
        "lapped-tiles": ("wider than a tile of 64 places: filters see the whole grid", slope(2, 1050), {"quality": 60}),
        "lapped-many": ("a container of pictures of one size, coded together", alike, {"quality": 37}),
    }  # fmt: skip
    made = {
        name: encoded(name, shows, pictures, "lapped", {"effort": 0, **arguments}, 0, models)
        for name, (shows, pictures, arguments) in asked.items()
    }
    return made | {f"lapped-symbols-{quality}": _extreme(models["lapped"], quality) for quality in (10, 55, 100)}


def _asked() -> dict[str, tuple[str, Picture | Sequence[Picture], dict[str, Any]]]:
    odd, alike = stroke(300, 37, 51, 3), [stroke(seed, 17, 20, 3) for seed in range(301, 305)]
    mixed = [stroke(310, 40, 33), *alike[:2], noise(311, 20, 17, 2), noise(312, 5, 3, 4), equal(slope(18, 9))]
    names = [f"{at}.png" for at in range(len(mixed))]
    return {
        "grid-0": ("a grid of latents at quality 0, three colours, odd sides", odd, {"quality": 0}),
        "grid-37": ("quality 37: gains between two anchors", odd, {"quality": 37}),
        "grid-60": ("quality 60: gains of one anchor", odd, {"quality": 60}),
        "grid-100": ("quality 100: symbols far outside their tables", odd, {"quality": 100}),
        "grid-1x1": ("a grid of one place, of which one pixel is kept", noise(305, 1, 1, 3), {"quality": 37}),
        "grid-16x16": ("a grid of one place", noise(306, 16, 16), {"quality": 100}),
        "grid-grey": ("a grey picture is the mean of three colours", stroke(307, 30, 47), {"quality": 37}),
        "grid-la": ("grey and alpha: alpha is exact", stroke(308, 33, 18, 2), {"quality": 37}),
        "grid-rgba": ("three colours and alpha", stroke(309, 18, 34, 4), {"quality": 100}),
        "grid-equal": ("EQUAL: a grey picture stands for three colours", equal(stroke(27, 20, 35)), {"quality": 37}),
        "grid-equal-alpha": (
            "EQUAL and alpha", equal(stroke(28, 16, 17), noise(29, 16, 17)), {"quality": 0},
        ),
        "grid-wide": ("wider than a tile of 64 places, and thin", slope(2, 1050), {"quality": 37}),
        "grid-high": ("higher than a tile of 64 places, and thin", slope(1050, 1), {"quality": 100}),
        "grid-noise": ("noise, four rows of places", noise(313, 60, 20), {"quality": 60}),
        "grid-many": ("a container of pictures of one size, coded together", alike, {"quality": 37}),
        "grid-many-mixed": ("a container of unlike pictures", mixed, {"quality": 60}),
        "grid-many-named": ("the same with names", mixed, {"quality": 37, "names": names}),
    }  # fmt: skip


def _by_hand(model: Model) -> dict[str, Valid]:
    """Symbols and blocks that the package's encoder does not choose."""
    four = [stroke(320, 9, 30, 3), stroke(321, 9, 30, 3), noise(322, 20, 3, 2), noise(323, 20, 3, 2)]
    blocks = [_record(model, four[at : at + 3], 37) for at in range(0, 4, 3)]
    shapes = b"".join(varint(2) + geometry(kind, *size) for kind, size in ((RGB, (30, 9)), (LA, (3, 20))))
    alone = noise(324, 2, 5, 2)
    payload, colour = _payload(alone[..., :1], model, 0)
    stored = named(STORED + alone[..., 1].tobytes())
    kept = np.dstack([colour, alone[..., 1]])
    sizes = [(1, 32768), (1, 32768), (1, 1024)]
    lines, pictures = payload_with(model, sizes, 0, _zeros)
    thin = varint(2) + geometry(GREY, 32768, 1) + varint(1) + geometry(GREY, 1024, 1)
    many = container(model, 0, pictures, 3, [lines + check(pictures)], thin)
    vectors = {
        "grid-blocks": by_hand(
            "blocks of three pictures and of one",
            container(model, 37, four, 3, [body for body, _ in blocks], shapes),
            [picture for _, decoded in blocks for picture in decoded],
        ),
        "grid-alpha-stored": by_hand(
            "a picture whose alpha is stored", file(model, 0, geometry(LA, 5, 2), stored + payload, [kept]), [kept]
        ),
        "grid-groups": by_hand("65 tiles of one size: two groups", many, pictures),
    }
    for quality in (0, 10, 55, 99, 100):
        vectors[f"grid-symbols-{quality}"] = _extreme(model, quality)
    return vectors


def _extreme(model: Model, quality: int) -> Valid:
    """Symbols at the edges of their tables, beyond them, and the largest."""
    rng = np.random.default_rng(330 + quality)

    def choose(classes: Classes, scales: Scales) -> Symbols:
        return of_all_kinds(scales.reach[classes], rng)

    sizes = [(33, 18, 3)]
    payload, pictures = payload_with(model, sizes, quality, choose)
    data = file(model, quality, geometry(RGB, 18, 33), payload, pictures)
    return by_hand(f"quality {quality}: all kinds of symbols, -32767 and 32767", data, pictures)


def of_all_kinds(reach: Symbols, rng: np.random.Generator) -> Symbols:
    """Symbols at the edges of tables that reach so far, beyond them, and the largest."""
    ways = [reach, -reach, reach + 1, -reach - 1, 0 * reach, rng.integers(-40, 41, reach.shape)]
    ways += [np.full(reach.shape, GRID_SYMBOL_MAX), np.full(reach.shape, -GRID_SYMBOL_MAX)]
    found: Symbols = np.choose(rng.integers(0, len(ways), reach.shape), ways)
    return found


def _zeros(classes: Classes, scales: Scales) -> Symbols:
    return np.zeros(classes.shape, np.int64)


def payload_with(
    model: Model, sizes: Sequence[tuple[int, ...]], quality: int, choose: Choose
) -> tuple[bytes, list[Picture]]:
    """The payload of pictures of ``sizes``, grey or of three colours, with chosen symbols, and the pictures."""
    payload, latents = latents_with(model, sizes, quality, choose)
    return payload, synthesised(model, latents, sizes, quality)


def latents_with(
    model: Model, sizes: Sequence[tuple[int, ...]], quality: int, choose: Choose
) -> tuple[bytes, list[Latents]]:
    """The same payload, and the latents that it decodes to."""
    writer = StreamWriter()
    latents = latents_into(model, sizes, quality, choose, writer)
    return writer.finish(), latents


def latents_into(
    model: Model, sizes: Sequence[tuple[int, ...]], quality: int, choose: Choose, writer: StreamWriter
) -> list[Latents]:
    """Code chosen symbols into ``writer``, and return the latents that they decode to."""
    prior = codec_of(model).networks.prior
    grids = [grid_size(*size[:2]) for size in sizes]
    latents = [np.empty((*grid, prior.channels), np.int32) for grid in grids]

    def chosen(classes: Classes) -> Symbols:
        symbols = choose(classes, prior.scales) * (classes > 0)
        encode_pass(prior.scales, symbols, classes, writer)
        return symbols

    def visit(part: Pass, means: Symbols, classes: Classes, steps: Symbols) -> Symbols:
        return 2 * chosen(classes)

    for group in groups(grids):
        size = len(group), *group[0].size
        features = prior.features(chosen(prior.hyper_pass(*size, quality)[1]), *size, quality, map)
        for tile, values in zip(group, prior.walk(features, quality, visit, map).inner, strict=True):
            latents[tile.picture][tile.rows, tile.columns] = values
    return latents


def synthesised(
    model: Model, latents: Sequence[Latents], sizes: Sequence[tuple[int, ...]], quality: int
) -> list[Picture]:
    """Pictures of ``sizes``, grey or of three colours."""
    networks = codec_of(model).networks
    return [
        networks.synthesise(each, quality, (size[0], size[1]), grey=len(size) == 2)
        for each, size in zip(latents, sizes, strict=True)
    ]


def codec_of(model: Model) -> GridCodec:
    assert isinstance(model.codec, GridCodec)
    return model.codec


def _payload(picture: Picture, model: Model, quality: int) -> tuple[bytes, Picture]:
    """Of colour planes ``[H, W, planes]``, and what they decode to."""
    payload, (decoded,) = model.codec.encode([picture], quality, 0, map)
    return payload, decoded


def _record(model: Model, pictures: Sequence[Picture], quality: int) -> tuple[bytes, list[Picture]]:
    block = encode_lossy(pictures, [shape_of(picture) for picture in pictures], model.codec, quality, 0)
    return block.body + check(block.decoded), block.decoded


def file(
    model: Model, quality: int, shape: bytes, body: bytes, pictures: Sequence[Picture], flags: int = GEOMETRY
) -> bytes:
    return sealed(FORM | flags, model.fingerprint, bytes([QUALITY + quality]), shape, body, check(pictures))


def container(
    model: Model, quality: int, pictures: Sequence[Picture], size: int, records: list[bytes], shapes: bytes
) -> bytes:
    head = model.fingerprint + bytes([QUALITY + quality]) + varint(len(pictures)) + varint(size)
    index = b"".join(varint(len(record)) for record in records)
    return sealed(FORM | GEOMETRY | MANY, head, shapes, index, *records)


class Sound:
    """The parts of a sound file of one picture; callers replace some of them."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.model = models["grid"]
        self.source = stroke(340, 20, 35, 3)
        self.payload, self.picture = _payload(self.source, self.model, 37)
        self.frame, self.end = geometry(RGB, 35, 20), check([self.picture])

    def file(
        self,
        body: bytes | None = None,
        end: bytes | None = None,
        frame: bytes | None = None,
        flags: int = GEOMETRY,
        layers: int = QUALITY + 37,
        fingerprint: bytes | None = None,
    ) -> bytes:
        fields = self.frame if frame is None else frame, self.payload if body is None else body
        head = fingerprint or self.model.fingerprint, bytes([layers])
        return sealed(FORM | flags, *head, *fields, self.end if end is None else end)


def _escape(model: Model, excess: int) -> bytes:
    """A payload whose first symbol is an escape that is farther than its table reaches by ``excess``."""
    prior, writer = codec_of(model).networks.prior, StreamWriter()
    classes = prior.hyper_pass(1, 1, 1, 37)[1]
    number = int(classes[classes > 0].min())
    table, reach = prior.scales.tables[number], int(prior.scales.reach[number])
    assert table is not None
    symbols = np.zeros(int((classes == number).sum()), np.int32) + reach
    symbols[0] = 2 * reach + 1
    writer.encode_alike(symbols, table)
    writer.encode_excess(False, excess - reach)
    return writer.finish()


def corrupt_grid(models: Mapping[str, Model]) -> Made:
    sound = Sound(models)
    payload, model = sound.payload, sound.model
    other, _ = _payload(sound.source[::-1], model, 37)
    near, _ = _payload(sound.source, model, 38)
    wrong = bytes([sound.end[0] ^ 1]) + sound.end[1:]
    both = [sound.picture, sound.picture]
    two = _record(model, both, 37)[0]
    pair = varint(2) + sound.frame
    broken = two[:-4] + bytes([two[-4] ^ 0x80]) + two[-3:]
    mask = sound.picture[..., 0]
    rgba, alpha = geometry(RGBA, 35, 20), STORED + mask.tobytes()
    four = check([np.dstack([sound.picture, mask])])
    bare = sealed(FORM | GEOMETRY, model.fingerprint, bytes([QUALITY]))
    lone = sealed(FORM | GEOMETRY | MANY, model.fingerprint, bytes([QUALITY]), varint(1) * 2, varint(1) + sound.frame)
    return {
        "grid-geometry-missing": ("a grid of latents without GEOMETRY", sound.file(flags=0)),
        "grid-geometry-none": ("the same, and without a geometry", sound.file(flags=0, frame=b"")),
        "grid-names": ("NAMES without MANY", sound.file(flags=GEOMETRY | NAMES)),
        "grid-cut": ("a file that ends behind its quality", bare),
        "grid-cut-many": ("a container that ends before its index", lone),
        "grid-record-missing": ("a file that ends behind its geometry", sound.file(b"", b"")),
        "grid-record-short": ("three bytes of a check", sound.file(b"", sound.end[1:])),
        "grid-check-short": ("a check of one byte", sound.file(end=sound.end[3:])),
        "grid-index-3": ("a record too short for its check", container(model, 37, both, 2, [b"abc"], pair)),
        "grid-payload-zero": ("a payload that ends in 00", sound.file(payload + b"\0")),
        "grid-payload-long": ("a payload longer than the words read",
                              sound.file(payload.ljust(len(payload) + 16, b"\0") + b"\x01")),
        "grid-payload-state": ("a state that no symbol leads to", sound.file(b"\xff" * 8)),
        "grid-payload-empty": ("an empty payload, which is sound, of other pixels", sound.file(b"")),
        "grid-payload-other": ("a payload of another picture", sound.file(other)),
        "grid-quality-other": ("a payload of quality 38 where the header says 37", sound.file(near)),
        "grid-symbol-above": ("a symbol of 32768", sound.file(_escape(model, GRID_SYMBOL_MAX + 1))),
        "grid-excess-long": ("an excess of sixteen zeros", sound.file(_escape(model, 1 << 17))),
        "grid-check": ("a check that differs in its first byte", sound.file(end=wrong)),
        "grid-check-many": ("the same in a container", container(model, 37, both, 2, [broken], pair)),
        "grid-alpha-short": ("alpha of too few bytes", sound.file(named(alpha[:-1]) + payload, four, rgba)),
        "grid-alpha-method-3": ("alpha by method 3", sound.file(named(MODELLED + alpha[1:]) + payload, four, rgba)),
        "grid-alpha-missing": ("a picture with alpha, and none of it", sound.file(payload, four, rgba)),
    }  # fmt: skip


def limit_grid(models: Mapping[str, Model]) -> Made:
    pictures = [np.zeros((0, 0), np.uint8)] * 257
    lines = varint(257) + geometry(GREY, 32768, 1)
    data = container(models["grid"], 37, pictures, 257, [check([])], lines)
    return {"grid-places": ("pictures one pixel high, more than 2^19 places of a grid", data)}


def missing_grid(models: Mapping[str, Model]) -> Made:
    """A model that is not there, or one of the other kind."""
    sound = Sound(models)
    grid, plain = sound.model, models["plain"]
    symbols = b"\x2a"
    end, alone = sound.end[3:], grid.fingerprint + symbols + sound.end[3:]
    tile = np.zeros(plain.tiles.tile, np.uint8)
    exact = STORED + tile.tobytes() + check([tile])[3:]
    first = sound.frame + symbols + end
    return {
        "grid-model-missing": ("a model that is nowhere", sound.file(fingerprint=b"none")),
        "grid-of-tiles": ("a grid of latents that names a model of tiles", sound.file(fingerprint=plain.fingerprint)),
        "tiles-of-grid": ("tiles that name a model of a grid",
                          sealed(MODEL | GEOMETRY, grid.fingerprint, sound.frame, symbols, end)),
        "tiles-of-grid-step": ("the same with a step",
                               sealed(MODEL | GEOMETRY | STEP, grid.fingerprint, b"\2", sound.frame, symbols, end)),
        "tiles-of-grid-native": ("the same without a geometry, which such a model has none of",
                                 sealed(MODEL, alone)),
        "exact-of-grid": ("method 3 with a model of a grid",
                          sealed(MODEL | EXACT | GEOMETRY, grid.fingerprint, sound.frame, symbols, end)),
        "layers-of-grid": ("two layers, the first of which names a model of a grid",
                           two_layers(GEOMETRY, grid.fingerprint, first, models["based"].fingerprint + exact)),
        "layers-second-of-grid": ("two layers, the second of which names a model of a grid",
                                  two_layers(GEOMETRY, plain.fingerprint, first, grid.fingerprint + exact)),
    }  # fmt: skip


def later_grid(models: Mapping[str, Model]) -> Made:
    """Layers that a later version may have, beside the qualities there are."""
    sound = Sound(models)
    return {
        "layers-127": ("layers of a kind below the first quality", sound.file(layers=0x7F)),
        "layers-quality-101": ("a quality above 100, or what that may come to mean", sound.file(layers=0xE5)),
        "layers-255": ("the last layers that the byte can say", sound.file(layers=0xFF)),
        "layers-quality-first": ("the same, whatever follows", resealed(sound.file(layers=0xE6)[:8])),
        "layers-quality-alone": ("the same, and nothing behind it", sound.file(layers=0xE7)[:8]),
    }
