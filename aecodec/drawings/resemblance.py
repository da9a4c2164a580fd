"""Which earlier picture each one resembles most. Two pictures are alike if their edges are in the same places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Picture
from aecodec.drawings.canvas import joined, size_of

_LIKE = 0.6  # least share of places where both have an edge, among those where one has; and the same of places without
_DEEPER = 0.01  # what one more reference behind the reference costs, in that share
_DEEPEST = 6  # most references behind one another; each depth has groups of its own
_PLACES = 1 << 12  # most places that are compared; of larger pictures every n-th
_WINDOW = 512  # earlier pictures of the same size that are compared
_CLIPPED = 1 << 16  # pixels; larger pictures have no reference


def resemblances(pictures: Sequence[Picture]) -> list[int]:
    """Return how far back the best reference of each picture is, in pictures of its size; 0 for none."""
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
    """Return 1 where a pixel differs from the one on the left, else 0; then the same for the one above. Flat."""
    pixels = joined(picture.astype(np.uint8, copy=False))
    step = 1
    while -(-pixels.shape[0] // step) * -(-pixels.shape[1] // step) > _PLACES:
        step += 1
    across, down = pixels[:, 1:] != pixels[:, :-1], pixels[1:] != pixels[:-1]
    return np.concatenate([_some(across, step), _some(down, step)]).astype(np.float32)


def _some(edges: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    return edges[::step, ::step].reshape(-1)
