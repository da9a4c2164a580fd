"""Symbols get places in the plane: by principal components, and t-SNE (van der Maaten and Hinton 2008)."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Integers64, Points, Symbols
from aecodec.errors import UsageError

PERPLEXITY = 30.0
FEWEST = 4  # pictures


def principal(symbols: Symbols) -> tuple[Points, Floats64]:
    """Return the first two components ``[n, 2]`` of ``symbols`` ``[n, d]``, and the share of variance of each.

    Raises UsageError for fewer than four pictures or two symbols.
    """
    from sklearn.decomposition import PCA

    _check(symbols)
    found = PCA(2, svd_solver="full").fit(symbols.astype(np.float64))
    return found.transform(symbols.astype(np.float64)), found.explained_variance_ratio_


def neighbours(symbols: Symbols, seed: int = 0) -> Points:
    """Return the t-SNE of ``symbols`` ``[n, d]``, ``[n, 2]``: from principal components, perplexity 30 or less.

    The same on one machine with the same libraries: on one thread, as the order of sums would differ between threads,
    and as threads that wait for each other take four times as long at so few points. Raises UsageError as
    :func:`principal` does.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    _check(symbols)
    perplexity = min(PERPLEXITY, (len(symbols) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed, n_jobs=1)
    with threadpool_limits(1):
        found: Points = tsne.fit_transform(symbols.astype(np.float32)).astype(np.float64)
    return found


def medians(points: Points, classes: Integers64) -> Points:
    """Return the middle of each class, ``[k, 2]`` in the order of the classes.

    It is the one of its points with the smallest sum of distances to its others: unlike a median by coordinate it lies
    among the points, whatever the shape of the class.
    """
    found = []
    for each in np.unique(classes):
        own = points[classes == each]
        far = np.linalg.norm(own[:, None] - own[None], axis=-1).sum(axis=1)
        found.append(own[int(far.argmin())])
    return np.array(found).reshape(-1, 2)


def apart(places: Points, least: float) -> Points:
    """Return ``places`` ``[k, 2]`` moved until no two are nearer than ``least``, or a hundred rounds are over."""
    moved = places.copy()
    for _ in range(100):
        step = np.zeros_like(moved)
        for at, place in enumerate(moved):
            way = place - moved
            far = np.hypot(*way.T)
            near = (far < least) & (np.arange(len(moved)) != at)
            unit = way[near] / np.maximum(far[near], 1e-9)[:, None]
            step[at] = ((least - far[near])[:, None] * unit).sum(axis=0) * 0.55
        if not step.any():
            break
        moved += step
    return moved


def _check(symbols: Symbols) -> None:
    if len(symbols) < FEWEST or symbols.shape[1] < 2:
        raise UsageError(f"{symbols.shape[0]} pictures of {symbols.shape[1]} symbols; a plane needs {FEWEST} of 2")
