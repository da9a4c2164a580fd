"""Which earlier picture each picture is coded after, if any."""

from __future__ import annotations

from collections.abc import Sequence

from aecodec.errors import FormatError
from aecodec.frozen import dataclass

Size = tuple[int, int, int]


@dataclass(frozen=True)
class References:
    """The place of the reference of each picture, None for none; and how many it is away from one that has none."""

    places: Sequence[int | None]
    depths: Sequence[int]

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return any(self.depths)


def no_references(count: int) -> References:
    """Return those of ``count`` pictures that have none."""
    return References([None] * count, [0] * count)


def references_of(distances: Sequence[int], sizes: Sequence[Size]) -> References:
    """Return the references of pictures of ``sizes`` by their ``distances``: how many pictures of that size the
    reference is before, 0 for none. Raises FormatError for one before the first.
    """
    alike: dict[Size, list[int]] = {}
    places: list[int | None] = []
    depths: list[int] = []
    for place, (distance, size) in enumerate(zip(distances, sizes, strict=True)):
        before = alike.setdefault(size, [])
        if distance > len(before):
            raise FormatError(
                f"a reference {distance} pictures of its size before one that has {len(before)} before it"
            )
        reference = before[-distance] if distance else None
        places.append(reference)
        depths.append(0 if reference is None else depths[reference] + 1)
        before.append(place)
    return References(places, depths)
