"""The reference of each picture: an earlier one that it resembles, if any."""

from __future__ import annotations

from collections.abc import Sequence

from aecodec.errors import FormatError
from aecodec.frozen import dataclass

Size = tuple[int, int, int]


@dataclass(frozen=True)
class References:
    """The place of each picture's reference, None for none; and how many references follow one another from it."""

    places: Sequence[int | None]
    depths: Sequence[int]

    @property
    def any(self) -> bool:
        """Whether any picture has a reference."""
        return any(self.depths)


def no_references(count: int) -> References:
    """Return the references of ``count`` pictures that have none."""
    return References([None] * count, [0] * count)


def references_of(distances: Sequence[int], sizes: Sequence[Size]) -> References:
    """Return the references of pictures of ``sizes``.

    ``distances`` count back: the reference is so many pictures of the same size before its picture, 0 for none. Raises
    FormatError for one before the first picture.
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
