"""Files of a grid of latents whose pictures have adaptive filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aecodec.arrays import Classes, Picture
from aecodec.entropy import StreamWriter
from aecodec.grid.adaptive_filter import COLOURS, GROUPS, MOST_WEIGHT, TAPS
from aecodec.grid.scales import Scales
from aecodec.zoo import Model
from formats.vectors_maker.fields import GREY, RGB, check, geometry, varint
from formats.vectors_maker.grid import Symbols, codec_of, container, latents_into
from formats.vectors_maker.lossy import encoded
from formats.vectors_maker.pictures import stroke
from formats.vectors_maker.vector import Valid, by_hand


def make_filtered(models: Mapping[str, Model]) -> dict[str, Valid]:
    """Of a model with an adaptive filter: files without weights, and weights that are chosen here."""
    model, odd = models["filtered"], stroke(420, 19, 31, 3)
    alike = [stroke(seed, 17, 20, 3) for seed in (421, 422)]
    asked: dict[str, tuple[str, Picture | Sequence[Picture], dict[str, Any]]] = {
        "filtered-none": ("a model with an adaptive filter, which is not used", odd, {"quality": 60}),
        "filtered-none-many": ("the same in a container", alike, {"quality": 37}),
    }
    made = {
        name: encoded(name, shows, pictures, "filtered", {"effort": 0, **arguments}, 0, models)
        for name, (shows, pictures, arguments) in asked.items()
    }
    sizes = [(20, 35, 3), (16, 16, 3)]
    for count in GROUPS[1:]:
        shows = f"weights of {count} groups, at both ends of their tables"
        made[f"filtered-weights-{count}"] = _weighed(model, shows, sizes, [count, count], 60)
    unlike = [(1, 1, 3), (18, 34), (1, 70, 3), (70, 1, 3), (2, 1040), (17, 20, 3)]
    made["filtered-mixed"] = _weighed(model, "pictures of many sizes, grey ones too", unlike, [8, 4, 1, 2, 8, 0], 37)
    return made


def _weighed(model: Model, shows: str, sizes: Sequence[tuple[int, ...]], groups: Sequence[int], quality: int) -> Valid:
    """Pictures of ``sizes`` with random weights of so many ``groups`` each."""
    rng = np.random.default_rng([440, *groups])
    networks, writer = codec_of(model).networks, StreamWriter()

    def choose(classes: Classes, scales: Scales) -> Symbols:
        return rng.integers(-9, 10, classes.shape)

    latents = latents_into(model, sizes, quality, choose, writer)
    ends = np.array([-MOST_WEIGHT, MOST_WEIGHT, -3, 0, 1, 20])
    weights = [rng.choice(ends, (each, COLOURS, TAPS)) for each in groups]
    assert networks.adaptive is not None
    for each in weights:
        networks.adaptive.write(each, writer)
    pictures = [
        networks.synthesise(own, quality, (size[0], size[1]), grey=len(size) == 2, weights=each)
        for own, size, each in zip(latents, sizes, weights, strict=True)
    ]
    shapes = b"".join(varint(1) + geometry(RGB if len(size) == 3 else GREY, size[1], size[0]) for size in sizes)
    record = writer.finish() + check(pictures)
    return by_hand(shows, container(model, quality, pictures, len(sizes), [record], shapes), pictures)
