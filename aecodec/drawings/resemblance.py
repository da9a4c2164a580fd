"""Which earlier picture each one resembles: that whose pixels differ from those beside them, or not, where its do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Picture
from aecodec.drawings.canvas import joined, size_of

_LIKE = 0.6  # of the places where one of two pictures has an edge, both have it; and so where one has none
_DEEPER = 0.01  # by so much more likely, a reference may be one more away from one that has none
_DEEPEST = 6  # steps of a chain: each has groups of its own
_PLACES = 1 << 12  # that are compared, of larger pictures by squares of pixels
_WINDOW = 512  # pictures before, of the same size
_CLIPPED = 1 << 16  # pixels; larger pictures have no reference


def resemblances(pictures: Sequence[Picture]) -> list[int]:
    """Return how many pictures of its size the one that each of ``pictures`` resembles most is before, or 0."""
    found = [0] * len(pictures)
    alike: dict[tuple[int, int, int], list[int]] = {}
    for place, picture in enumerate(pictures):
        alike.setdefault(size_of(picture), []).append(place)
    for (height, width, _), places in alike.items():
        if len(places) > 1 and height * width <= _CLIPPED:
            for place, distance in zip(places, _of_one_size([pictures[place] for place in places]), strict=True):
                found[place] = distance
    return found


def _of_one_size(pictures: Sequence[Picture]) -> list[int]:
    edges = np.stack([_edges(picture) for picture in pictures])
    counts, found, depths = edges.sum(1), [0], np.zeros(len(edges), int)
    for place in range(1, len(edges)):
        first = max(0, place - _WINDOW)
        both, either = edges[first:place] @ edges[place], counts[first:place] + counts[place]
        like = np.minimum(
            both / np.maximum(1, either - both), (edges.shape[1] - either + both) / np.maximum(1, edges.shape[1] - both)
        )
        like = np.where((like >= _LIKE) & (depths[first:place] < _DEEPEST), like - _DEEPER * depths[first:place], 0)
        best = int(like.argmax())
        if like[best] > 0:
            depths[place] = depths[first + best] + 1
        found.append(place - first - best if like[best] > 0 else 0)
    return found


def _edges(picture: Picture) -> Floats32:
    """Return where pixels are other than the one on the left, and than the one above: 1 for each such place."""
    pixels = joined(picture.astype(np.uint8, copy=False))
    step = 1
    while -(-pixels.shape[0] // step) * -(-pixels.shape[1] // step) > _PLACES:
        step += 1
    across, down = pixels[:, 1:] != pixels[:, :-1], pixels[1:] != pixels[:-1]
    return np.concatenate([_some(across, step), _some(down, step)]).astype(np.float32)


def _some(edges: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    return edges[::step, ::step].reshape(-1)
