"""The hull is the best that mixtures of settings can do."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Points


def lower_hull(points: Points) -> Points:
    """Return the convex hull of ``[n, 2]`` (bytes, MSE): ``[m, 2]`` with bytes rising and MSE falling.

    Whoever keeps one part of the pictures at one setting and the rest at another gets every point on its edges.
    """
    order = np.lexsort((points[:, 1], points[:, 0]))
    hull: list[Floats64] = []
    for point in points[order]:
        if hull and point[1] >= hull[-1][1]:
            continue
        while len(hull) > 1 and _turns_up(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return np.array(hull).reshape(-1, 2)


def along(hull: Points, count: int = 400) -> tuple[Floats64, Floats64]:
    """Return bytes and MSE of ``count`` points on the hull's edges, straight on linear axes and curved on others."""
    sizes = np.unique(np.concatenate([np.geomspace(hull[0, 0], hull[-1, 0], count), hull[:, 0]]))
    return sizes, np.interp(sizes, hull[:, 0], hull[:, 1])


def _turns_up(first: Floats64, middle: Floats64, last: Floats64) -> bool:
    """Return whether ``middle`` lies on or above the line from ``first`` to ``last``."""
    rise, run = last[1] - first[1], last[0] - first[0]
    return bool((middle[1] - first[1]) * run >= rise * (middle[0] - first[0]))
