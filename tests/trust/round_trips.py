"""Round trips of pictures that hypothesis draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.made import strokes
from tests.trust.trial import Size, Tally, Trial
from tests.trust.trips import CHANNELS, MOST_EFFORT, WAYS, Trip, check, models

Picture = NDArray[np.uint8 | np.uint16]
KINDS = ("strokes", "noise", "flat", "ramp", "equal")
PROMISE = "lossless: the same pixels; lossy: the MSE that the encoder says, in both layers; twice the same bytes"


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Any shape, of the kinds above."""
    kind = draw(st.sampled_from(KINDS))
    channels = draw(st.sampled_from(CHANNELS))
    height, width = draw(st.integers(1, 34)), draw(st.integers(1, 34))
    number = draw(st.integers(0, 1 << 16))
    return made(kind, (height, width, *channels), number)


def made(kind: str, shape: tuple[int, ...], number: int) -> Picture:
    """The picture of a kind that ``number`` stands for."""
    rng = np.random.default_rng(number)
    count = shape[2] if len(shape) == 3 else 1
    if kind == "flat":
        planes = np.full((count, *shape[:2]), rng.integers(256, size=(count, 1, 1)))
    elif kind == "noise":
        planes = rng.integers(0, 256, (count, *shape[:2]))
    elif kind == "ramp":
        planes = np.add.outer(np.arange(count) * 9, np.add.outer(*(np.arange(side) for side in shape[:2]))) * 5 % 256
    else:
        planes = strokes(count, shape[0], shape[1], number)
        if kind == "equal":
            planes = np.repeat(planes[:1], count, axis=0)
    planes = planes.astype(np.uint8)
    return np.ascontiguousarray(planes.transpose(1, 2, 0)) if len(shape) == 3 else planes[0]


@st.composite
def trips(draw: st.DrawFn) -> Trip:
    """Pictures and how they are compressed; one to four of them."""
    few = draw(st.lists(pictures(), min_size=1, max_size=4))
    trip = Trip(
        model=draw(st.sampled_from(sorted(models()))),
        way=draw(st.sampled_from(range(len(WAYS)))),
        effort=draw(st.integers(0, MOST_EFFORT)),
        quality=draw(st.integers(0, 100)),
        many=len(few) > 1 or draw(st.booleans()),
        pictures=tuple(few),
        named=draw(st.booleans()),
    )
    depth, rough = draw(st.sampled_from([1, 16, 257])), draw(st.booleans())
    return replace(trip, pictures=tuple(deep(each, depth, rough) for each in few)) if trip.may_be_deep else trip


def deep(picture: Picture, depth: int, rough: bool) -> Picture:
    """The same of 16 bits: every ``depth`` values, ``rough`` with those between; of depth 1 as it is."""
    if depth == 1:
        return picture
    between = np.random.default_rng(picture.size).integers(0, depth, picture.shape) if rough else 0
    return np.minimum(picture.astype(np.int64) * depth + between, 65535).astype(np.uint16)


def round_trips(size: Size) -> Iterator[Trial]:
    """So many pictures as are promised, and what is left of the last file."""
    tally = Tally("pictures compressed and decompressed", PROMISE)
    ways = dict.fromkeys(WAYS, 0)

    def one(trip: Trip) -> None:
        failure = None
        try:
            check(trip)
        except Exception as error:
            failure = f"{type(error).__name__}: {error}; {trip}; " + " ".join(p.tobytes().hex() for p in trip.pictures)
        for _ in trip.pictures:
            tally.count(failure[:4000] if failure else None)
        ways[trip.taken] += 1

    for batch in range(size.pick(60, 10_000)):
        if tally.tried >= size.pick(150, 5_000):
            break
        quiet = settings(
            max_examples=25,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=False,
        )
        seed(batch)(quiet(given(trips())(one)))()
    tally.measured |= {f"files {way}": count for way, count in ways.items()}
    yield tally.trial
