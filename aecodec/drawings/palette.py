"""Fewer colours: rare colours become others that are near.

The palette is made greedily, the most frequent colours first. A colour that is near enough to one in the palette
becomes that one. Another colour joins the palette. *Near enough* means that the squared error, in bits, costs less than
a new colour. Along the edges of a drawing each pixel may have a colour of its own. Afterwards an edge has a few steps,
which come again and again.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Indices, Pixels
from aecodec.drawings.errors import squared_errors

_KEPT = 1 << 10  # most colours of the palette
_AT_ONCE = 1 << 10  # colours that are compared together
_COMPARED = 1 << 14  # rarer colours than so many stay as they are; such a picture is hardly a drawing


def with_fewer_colours(pixels: Pixels, slope: float, bits: float) -> Pixels:
    """Return ``pixels`` in fewer colours. ``slope`` is how many bits a squared error is worth, and a colour costs
    ``bits``.
    """
    colours, inverse, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    found = np.empty_like(colours)
    weights: Floats64 = slope / bits * counts[order].astype(np.float64)
    found[order] = _merged(colours[order], weights)
    return found[inverse].reshape(pixels.shape)


def _merged(colours: Pixels, weights: Floats64) -> Pixels:
    """Return what each of ``colours`` becomes. Squared errors times ``weights`` are costs in new colours."""
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
    """Return the number of the colour in ``kept`` that is nearest to each of ``colours``, and whether it is near
    enough.
    """
    if not len(kept):
        return np.zeros(len(colours), np.intp), np.zeros(len(colours), bool)
    errors = squared_errors(kept[:, None], colours)
    nearest = errors.argmin(0)
    return nearest, weights * errors[nearest, np.arange(len(colours))] < 1
