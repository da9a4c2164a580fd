"""Fewer colours: those that hardly come give way to others near them.

A palette is made greedily, the colours that come most often first: one that is near enough to one that is kept becomes
that, another is kept itself. *Near enough* is where the squared error, at what it is worth, is less than what a colour
costs that others do not predict. So the edges of a drawing, each pixel of which may have a colour of its own, become a
few steps between those beside them, which come again and again.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Indices, Pixels
from aecodec.drawings.errors import squared_errors

_KEPT = 1 << 10  # colours that others may become
_AT_ONCE = 1 << 10  # colours that are compared together
_COMPARED = 1 << 14  # of more colours the rarest stay as they are: such pictures are hardly drawings


def with_fewer_colours(pixels: Pixels, slope: float, bits: float) -> Pixels:
    """Return ``pixels`` in fewer colours; ``slope`` is what a squared error is worth, in bits, and a colour costs
    ``bits``.
    """
    colours, inverse, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    found = np.empty_like(colours)
    weights: Floats64 = slope / bits * counts[order].astype(np.float64)
    found[order] = _merged(colours[order], weights)
    return found[inverse].reshape(pixels.shape)


def _merged(colours: Pixels, weights: Floats64) -> Pixels:
    """Return what each of ``colours`` becomes, of which ``weights`` say what a squared error is worth, in colours."""
    found, kept = colours.copy(), np.empty(_KEPT, np.uint32)
    count = place = 0
    while place < len(colours) and count < _KEPT:
        colour = colours[place : place + 1]
        nearest, cheap = _nearest(kept[:count], colour, weights[place : place + 1])
        if cheap[0]:
            found[place] = kept[nearest[0]]
        else:
            kept[count] = colour[0]
            count += 1
        place += 1
    most = min(len(colours), _COMPARED)
    for start in range(place, most, _AT_ONCE):
        some = slice(start, min(most, start + _AT_ONCE))
        nearest, cheap = _nearest(kept, colours[some], weights[some])
        found[some] = np.where(cheap, kept[nearest], colours[some])
    return found


def _nearest(kept: Pixels, colours: Pixels, weights: Floats64) -> tuple[Indices, Indices]:
    """Return which of ``kept`` is nearest to each of ``colours``, and whether it is near enough."""
    if not len(kept):
        return np.zeros(len(colours), np.intp), np.zeros(len(colours), bool)
    errors = squared_errors(kept[:, None], colours)
    nearest = errors.argmin(0)
    return nearest, weights * errors[nearest, np.arange(len(colours))] < 1
