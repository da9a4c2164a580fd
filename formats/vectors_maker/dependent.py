"""Files of a grid of latents with dependent quantization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np

from aecodec.arrays import Classes, Picture
from aecodec.entropy import StreamWriter
from aecodec.grid.adaptive_filter import NO_FILTER
from aecodec.grid.dependent import NEXT, rounds_of
from aecodec.grid.model import Coded, GridModel
from aecodec.grid.prior import Pass
from aecodec.grid.scales import CLASSES
from aecodec.zoo import Model
from formats.vectors_maker.fields import GREY, RGB, check, geometry, varint
from formats.vectors_maker.grid import Symbols, codec_of, container, of_all_kinds
from formats.vectors_maker.pictures import noise, slope, stroke
from formats.vectors_maker.vector import Valid, by_hand


def make_dependent(models: Mapping[str, Model]) -> dict[str, Valid]:
    """The nearest symbols, which no search takes part in, and symbols that are drawn at random."""
    model, alike = models["dependent"], [stroke(seed, 17, 40, 3) for seed in range(500, 503)]
    long = slope(1, 1009)  # a tile whose passes have more than one lane
    return {
        "dependent-37": nearest_file(model, "dependent quantization, odd sides", [stroke(503, 37, 51, 3)], 37),
        "dependent-100": nearest_file(model, "the same at the best quality", [stroke(503, 37, 51, 3)], 100),
        "dependent-1x1": nearest_file(model, "a grid of one place", [noise(504, 1, 1, 3)], 60),
        "dependent-lanes": nearest_file(model, "passes with several lanes", [long], 60, lanes=2),
        "dependent-lanes-many": nearest_file(
            model, "two tiles with several lanes each, coded together", [long, 255 - long], 60, lanes=4
        ),
        "dependent-tiles": nearest_file(model, "two tiles of different sizes", [slope(2, 1050)], 60),
        "dependent-many": nearest_file(model, "pictures of one size, coded together", alike, 37),
        "dependent-mixed": nearest_file(
            model, "grey ones, and such of other sizes", [*alike, long, noise(505, 9, 20)], 60
        ),
        **{f"dependent-symbols-{quality}": drawn_file(model, quality) for quality in (10, 60, 100)},
    }


def paths(symbols: Symbols, classes: Classes, tiles: int) -> Classes:
    """Return the numbers of the tables of ``symbols``: in each lane, those that the state machine comes to."""
    rounds = rounds_of(classes, tiles)
    states, tables = [0] * rounds.lane_count, classes.ravel().copy()
    for _, own, lanes in rounds.each():
        for lane, place in zip(np.arange(rounds.lane_count)[lanes].tolist(), rounds.order[own].tolist(), strict=True):
            tables[place] += CLASSES * (states[lane] % 2)
            states[lane] = int(NEXT[states[lane], int(symbols.ravel()[place]) % 2])
    return tables.reshape(classes.shape)


def nearest_file(model: Model, shows: str, pictures: Sequence[Picture], quality: int, lanes: int = 1) -> Valid:
    """Code the nearest symbols. So many ``lanes`` some pass has, of one tile, or of two that are coded together."""
    networks = codec_of(model).networks
    coloured = [np.broadcast_to(each.reshape(*each.shape[:2], -1), (*each.shape[:2], 3)) for each in pictures]
    targets = [networks.analyse(each) for each in coloured]
    coded = networks.choose(targets, quality, networks.coding.nearest)
    tiles = 2 if lanes == 4 else 1
    found = [rounds_of(tables % CLASSES, tiles).lane_count for _, tables in coded.passes[1:]]
    assert max(found) >= lanes, f"lanes: {found}"
    return _file(model, shows, coded, pictures, quality)


def drawn_file(model: Model, quality: int) -> Valid:
    """Code symbols at the edges of their tables, beyond them, and the largest, of two pictures of one size."""
    networks, rng = codec_of(model).networks, np.random.default_rng(510 + quality)
    pictures = [np.zeros((33, 18, 3), np.uint8)] * 2

    def draw(targets: Symbols, part: Pass, means: Symbols, classes: Classes, steps: Symbols) -> tuple[Symbols, Classes]:
        symbols = of_all_kinds(networks.prior.scales.reach[classes], rng) * (classes > 0)
        return symbols, paths(symbols, classes, part.tiles)

    coded = networks.choose([networks.analyse(each) for each in pictures], quality, draw)
    return _file(model, f"quality {quality}: all kinds of symbols", coded, pictures, quality)


def _file(model: Model, shows: str, coded: Coded, pictures: Sequence[Picture], quality: int) -> Valid:
    """Pictures of one block, without adaptive filters."""
    networks, writer = codec_of(model).networks, StreamWriter()
    networks.write(coded, writer)
    decoded = [_shown(networks, own, quality, picture) for own, picture in zip(coded.grids, pictures, strict=True)]
    kinds = [(RGB if each.ndim == 3 else GREY, each.shape[1], each.shape[0]) for each in pictures]
    shapes = b"".join(varint(len(list(alike))) + geometry(*kind) for kind, alike in groupby(kinds))
    record = writer.finish() + check(decoded)
    return by_hand(shows, container(model, quality, decoded, len(decoded), [record], shapes), decoded)


def _shown(networks: GridModel, latents: Symbols, quality: int, picture: Picture) -> Picture:
    size = picture.shape[0], picture.shape[1]
    return networks.synthesise(latents, quality, size, grey=picture.ndim == 2, weights=NO_FILTER)
