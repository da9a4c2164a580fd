"""One round trip: what was compressed, what must come back, and that it is done alike twice."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aecodec.codec import Decoder, Options, compress_all, visible_mse
from aecodec.zoo import Zoo
from tests.checks import check_all_same
from tests.trust.golden import MODELS

Picture = NDArray[np.uint8 | np.uint16]
EXACT = "vector-based"  # the model for exact pixels of progressive files, whose tiles others have, too
WAYS = ("lossy", "lossless", "progressive", "without a model")
CHANNELS: tuple[tuple[int, ...], ...] = ((), (2,), (3,), (4,))
MOST_EFFORT = 2


@dataclass(frozen=True)
class Trip:
    """``way`` is a place in ``WAYS``; one that ``model`` cannot do is lossy instead, or lossless."""

    model: str
    way: int
    effort: int
    quality: int
    many: bool
    pictures: tuple[Picture, ...]
    named: bool = False

    @property
    def taken(self) -> str:
        """The way that it takes."""
        exact, tile = models()[self.model]
        can = {"lossless": exact, "progressive": tile == models()[EXACT][1]}
        if zoo().by_id(self.model).pixels is not None:  # of exact pixels alone
            return WAYS[self.way] if WAYS[self.way] == "without a model" else "lossless"
        return WAYS[self.way] if can.get(WAYS[self.way], True) else WAYS[0]

    @property
    def may_be_deep(self) -> bool:
        """Whether its pictures may have 16 bits a sample."""
        exact = self.taken == "lossless" and zoo().by_id(self.model).pixels is not None
        return exact or self.taken == "without a model"

    @property
    def options(self) -> Options:
        """What is asked of the encoder."""
        if self.taken == "without a model":
            return Options(lossless=True)
        if self.taken == "lossless":
            return Options(model=self.model, lossless=True, effort=self.effort)
        if self.taken == "progressive":
            return Options(model=self.model, effort=self.effort, lossless=True, progressive=True)
        return Options(model=self.model, effort=self.effort, quality=self.quality)

    def __str__(self) -> str:
        sizes = ", ".join("x".join(map(str, picture.shape)) for picture in self.pictures)
        return f"{self.options}, many={self.many}, named={self.named}: {sizes}"


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """The golden files' models. That for exact pixels is the first of its role."""
    folder = tempfile.TemporaryDirectory()
    for path in MODELS.glob("*.safetensors"):
        if path.stem != "vector-cut":
            (Path(folder.name) / path.name).write_bytes(path.read_bytes())
    return folder


@functools.cache
def zoo() -> Zoo:
    """Those models, each loaded once."""
    found = Zoo(_folder().name)
    found.folders = found.folders[:1]
    return found


@functools.cache
def models() -> dict[str, tuple[bool, tuple[int, int]]]:
    """By id: whether it can keep exact pixels, and the size of its tiles, or of some pictures where it has none."""
    return {
        model.id: (model.residual is not None, (33, 17) if model.native is None else model.tiles.tile)
        for model in zoo().models()
    }


def check(trip: Trip) -> None:
    """Raises AssertionError where the pixels that come back are not those that were promised."""
    names = [f"{number}.png" for number in range(len(trip.pictures))] if trip.many and trip.named else None
    at_hand = Zoo() if trip.taken == "without a model" else zoo()
    if trip.taken == "without a model":
        at_hand.folders = []
    found, again = (compress_all(trip.pictures, trip.options, at_hand, many=trip.many, names=names) for _ in range(2))
    assert again.data == found.data, f"{trip}: other bytes"
    decoder = Decoder(found.data, zoo())
    pictures = list(decoder)
    assert decoder.container.header.names == (None if names is None else tuple(names))
    assert [visible_mse(a, b) for a, b in zip(trip.pictures, pictures, strict=True)] == list(found.errors), (
        f"{trip}: errors"
    )
    if decoder.is_exact:
        check_all_same(pictures, list(trip.pictures))
    if found.first is not None:
        base = list(Decoder(found.data[: found.first.bytes], zoo(), base=True))
        assert [visible_mse(a, b) for a, b in zip(trip.pictures, base, strict=True)] == list(found.first.errors), (
            f"{trip}: base"
        )
