"""Pictures and options out of any bytes, there and back."""

from __future__ import annotations

from tests.trust.fuzz.provider import Provider
from tests.trust.trips import CHANNELS, Trip, check, models

LARGEST = 20  # pixels a side
MOST_EFFORT = 1  # more takes long under a fuzzer


def one(data: bytes) -> None:
    """Raises AssertionError, or what it finds that is not documented."""
    given = Provider(data)
    check(trip(given))


def trip(given: Provider) -> Trip:
    """Options first, then sizes, then what is left is pixels, over and over."""
    names = sorted(models())
    model, way = names[given.number(0, len(names) - 1)], given.number(0, 3)
    effort, quality = given.number(0, MOST_EFFORT), given.number(0, 100)
    count, many = given.number(1, 2), given.flag()
    shapes = []
    for _ in range(count):
        height, width, channels = given.number(1, LARGEST), given.number(1, LARGEST), given.number(0, len(CHANNELS) - 1)
        shapes.append((height, width, *CHANNELS[channels]))
    pictures = [given.array(shape) for shape in shapes]
    return Trip(model, way, effort, quality, many or count > 1, tuple(pictures), named=given.flag())
