"""Files of two layers that must decode, made by the encoder, and by hand what it would not make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from aecodec.arrays import Picture, Shallow
from aecodec.codec import Decoder, Options
from aecodec.codec.plan import plan_at
from aecodec.lossy.tiling import cut, paste
from aecodec.scans import Scan, draw_at
from aecodec.zoo import Model, Zoo
from formats.vectors_maker.by_package import by_package
from formats.vectors_maker.exact import reduced
from formats.vectors_maker.fields import (
    GEOMETRY,
    GREY,
    MANY,
    MODELLED,
    OVER,
    STORED,
    check,
    geometry,
    payload_of,
    payload_over,
    two_layers,
    varint,
)
from formats.vectors_maker.pictures import equal, make_mixed, near_base, noise, ring, stroke
from formats.vectors_maker.vector import Valid, goes_through_deflate


class SomeModels(Zoo):
    """Finds these models by their fingerprints."""

    def __init__(self, models: Sequence[Model]) -> None:
        super().__init__()
        self.some = {model.fingerprint: model for model in models}

    def by_fingerprint(self, fingerprint: bytes) -> Model:
        return self.some[fingerprint]


def make_layers(models: Mapping[str, Model]) -> dict[str, Valid]:
    """With scans, by models of tiles 24 x 28, and without, of tiles 8 x 8."""
    drawn = [reduced(side, seed) for seed, side in enumerate((20, 27, 34, 41, 53))]
    large = np.block([drawn[:2], drawn[2:4]])
    coloured = [np.stack([*drawn[2:], large[:24, :28]], -1), equal(drawn[1], noise(91, 24, 28)), drawn[0]]
    far = [*drawn[:2], *near_base(models["based"], 2, 40), drawn[3]]
    near = list(near_base(models["wide"], 9, 92))
    based, plain = ("ink", "based"), ("wide", "plain")
    asked: dict[str, tuple[str, Picture | Sequence[Picture], tuple[str, str], list[str] | None]] = {
        "layers-native": ("two layers: a picture with an origin, by method 6", drawn[2], based, None),
        "layers-many": ("method 6, origins of several sides in one block", drawn, based, None),
        "layers-many-some": ("tiles with an origin among tiles without", far, based, None),
        "layers-large": ("a picture of four tiles, by method 6", large, based, None),
        "layers-colour": ("four channels, and EQUAL", coloured, based, ["rgba", "equal/alpha", "grey"]),
        "layers-residual": ("method 3 over the first layer", near[0], plain, None),
        "layers-deflated": ("a container of native pictures, which deflate suits", near, plain, None),
        "layers-stored": ("noise, which is stored", noise(93, 9, 10, 3), plain, None),
        "layers-la": ("grey and alpha: alpha is in the first layer", stroke(94, 10, 9, 2), plain, None),
        "layers-mixed": ("a container of unlike pictures", make_mixed(), plain, None),
    }
    vectors = {name: _encoded(*each, models) for name, each in asked.items()}
    shows = "two layers, the first of step 3"
    vectors["step-3-layers"] = _encoded(shows, near[2], plain, None, models, quality=47)
    vectors["layers-residual-odd"] = _odd(models)
    vectors["layers-blocks"] = _blocks(models)
    vectors["layers-places"] = _places(models)
    return vectors


def _encoded(
    shows: str,
    pictures: Picture | Sequence[Picture],
    names_of_models: tuple[str, str],
    names: list[str] | None,
    models: Mapping[str, Model],
    quality: int | None = None,
) -> Valid:
    """What the package makes of ``pictures``; of a quality that it would not choose, it cannot be asked again."""
    many = not isinstance(pictures, np.ndarray)
    batch = [pictures] if isinstance(pictures, np.ndarray) else pictures
    base, exact = (models[name] for name in names_of_models)
    first = plan_at(base, Options(effort=0), 100 if quality is None else quality)
    data = by_package(batch, replace(first, second=exact), many=many, names=names)
    arguments = {"model": f"vector-{names_of_models[0]}", "exact": f"vector-{names_of_models[1]}", "lossless": True}
    arguments |= {"progressive": True, "many": many, "names": names, "effort": 0}
    return Valid(
        shows,
        data,
        batch,
        names,
        encode=arguments if quality is None else None,
        deflate=goes_through_deflate(data),
        base=_base(data, [base, exact]),
    )


def _base(data: bytes, models: Sequence[Model]) -> list[Picture]:
    return list(Decoder(data, SomeModels(models), base=True))


def _near(lossy: Picture, seed: int) -> Shallow:
    moved = lossy.astype(np.int64) + np.random.default_rng(seed).integers(-1, 2, lossy.shape)
    return moved.clip(0, 255).astype(np.uint8)


def _odd(models: Mapping[str, Model]) -> Valid:
    """Tiles that stand over the right and lower edge of both layers' pictures."""
    base, exact = models["wide"], models["plain"]
    symbols = np.array([[3, 0, -2, 1], [-40, 8, 1, 0], [0, 0, 0, 0], [90, -9, 4, 7]], np.int8)
    lossy = paste(base.tiles.networks.synthesise(symbols), 13, 11)
    picture = _near(lossy, 98)
    body = MODELLED + payload_over(exact, cut(picture, exact.tiles.tile), cut(lossy, base.tiles.tile))
    first, second = (part + check([each])[3:] for part, each in ((payload_of(base, symbols), lossy), (body, picture)))
    data = two_layers(GEOMETRY, base.fingerprint, geometry(GREY, 11, 13) + first, exact.fingerprint + second)
    return Valid(
        "method 3 with geometry: edges of the first layer's picture are repeated", data, [picture], base=[lossy]
    )


def _blocks(models: Mapping[str, Model]) -> Valid:
    """Blocks of one picture, each by its own method."""
    base, exact = models["ink"], models["based"]
    bits = ring(29, 3)
    symbols = [np.array([[k, 1 - k]], np.int8) for k in range(3)]
    lossy = [base.tiles.networks.synthesise(each) for each in symbols]
    scan = Scan(bits, 1, 6)
    pictures = [noise(95, 24, 28), near_base(base, 1, 96)[0], draw_at(scan, exact.tiles.tile)]
    bodies = [
        STORED + pictures[0].tobytes(),
        MODELLED + payload_over(exact, pictures[1][None], lossy[1]),
        OVER + payload_over(exact, pictures[2][None], lossy[2], [scan]),
    ]
    first = [payload_of(base, each) + check(list(found)) for each, found in zip(symbols, lossy, strict=True)]
    second = [body + check([picture]) for body, picture in zip(bodies, pictures, strict=True)]
    data = _container(base, exact, (3, 1), first, second)
    return Valid("blocks of methods 0, 3 and 6", data, pictures, base=[found[0] for found in lossy])


def _places(models: Mapping[str, Model]) -> Valid:
    """Boxes in all corners of the tile and elsewhere, scans of the smallest and the largest size, rings and noise."""
    base, exact = models["ink"], models["based"]
    rng = np.random.default_rng(97)
    drawn = [ring(83, 2), ring(20, 1), *(rng.integers(0, 2, (side, side), np.uint8) for side in (22, 37, 20, 41))]
    corners = [(0, 0), (4, 8), (0, 8), (4, 0), (1, 7), (3, 2)]
    scans = [Scan(bits, *corner) for bits, corner in zip(drawn, corners, strict=True)]
    symbols = np.array([[0, 0], [127, -127], [-127, 127], [1, -1], [40, 3], [-2, 100]], np.int8)
    lossy = base.tiles.networks.synthesise(symbols)
    pictures = [draw_at(scan, exact.tiles.tile) for scan in scans]
    body = OVER + payload_over(exact, np.stack(pictures), lossy, scans)
    first, second = payload_of(base, symbols) + check(list(lossy)), body + check(pictures)
    data = _container(base, exact, (6, 6), [first], [second])
    return Valid("method 6: places, and origins of sides 20 to 83", data, pictures, base=list(lossy))


def _container(
    base: Model, exact: Model, counts: tuple[int, int], first: Sequence[bytes], second: Sequence[bytes]
) -> bytes:
    index, index2 = (b"".join(varint(len(record)) for record in records) for records in (first, second))
    fields = b"".join([*map(varint, counts), index, *first])
    return two_layers(MANY, base.fingerprint, fields, exact.fingerprint + index2 + b"".join(second))
