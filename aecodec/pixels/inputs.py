"""What is known around each sample, as inputs of the regressions and of the networks.

All sums are of integers, or are exact in binary32 in any order. Quotients and products are rounded once, as IEEE says.
Colours are coded in the order green, red, blue. A grey picture is one colour, coded as green is; so is alpha.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from aecodec.arrays import Floats32, Indices, Integers64
from aecodec.entropy.tables import COST_UNIT_BITS, log2_fixed
from aecodec.frozen import dataclass
from aecodec.pixels.order import ERROR, VALUE, Memory, Offset
from aecodec.pixels.regression import INPUTS

_F = np.float32

UNIT = 64  # so many are a grey level in predictions, errors and scales, and the local scale in the networks' inputs
UNIT_BITS = 6
COLOURS = 3
# Neighbours, as rows down and pixels right. The first of each list are those that the regressions see.
_OWN = (
    *((0, -1), (-1, 0), (-1, 1), (-1, -1), (0, -2), (-2, 0), (-2, 1)),
    *((-2, -1), (-1, -2), (0, -3), (-2, 2), (-2, -2), (-3, 0), (-1, -3)),
)
_EARLIER = ((0, 0), (0, -1), (-1, 0), (-1, 1), (-1, -1), (0, -2), (-2, 0), (0, 1), (1, 0), (1, -1))
_OWN_ERRORS = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0))
_EARLIER_ERRORS = ((0, 0), (0, 1), (1, 0))
_REGRESSED_OWN = (10, 5, 4)  # how many neighbours in its own colour the regression of each colour sees
_REGRESSED_EARLIER = (0, 6, 4)  # and how many in each colour before
_NEAREST = 4  # neighbours; their mean is subtracted from the regressions' inputs
_LOG_ERROR_BITS = 5
_SPREAD_PARTS = 256

_SIGNED = len(_OWN) + _NEAREST  # inputs from a colour's own neighbours that have a sign
_OF_OWN = _SIGNED + len(_OWN_ERRORS) + 3
_OF_EARLIER = len(_EARLIER) + 2 * len(_EARLIER_ERRORS)
WIDTHS = tuple(_OF_OWN + colour * _OF_EARLIER for colour in range(COLOURS))  # inputs of each colour's network
INPUT_MAX = 511
MAX_VALUE = 255 * UNIT
LEAST_SCALE = UNIT // 2
MAX_SCALE = LEAST_SCALE + (8 * MAX_VALUE * (_SPREAD_PARTS // 8) + len(_OWN_ERRORS) * MAX_VALUE) // _SPREAD_PARTS


Brightness = Callable[[Floats32], Floats32]  # greys in 1/64 grey level to -256..255


@dataclass(frozen=True)
class Known:
    """What is known of the samples of a step.

    ``inputs`` ``[colours, widest, lanes]`` are those of the networks; a colour with fewer inputs has zeros behind them.
    All else is ``[colours, lanes]``: ``prediction`` and the local ``scale`` are in 1/64 grey level, ``log_scale`` is
    the scale's logarithm in 1/64 octave, at most INPUT_MAX.
    """

    inputs: Floats32
    prediction: Floats32
    scale: Floats32
    log_scale: Floats32


@dataclass(frozen=True)
class View:
    """What is around the samples of a step.

    ``own`` and ``own_errors`` ``[colours, neighbours, lanes]`` are values and errors in a sample's own colour.
    ``earlier`` and ``earlier_errors`` ``[pairs, neighbours, lanes]`` are those in colours before it; each of ``pairs``
    is a colour and one before it. ``mean`` ``[colours, lanes]`` is that of a sample's nearest values. ``regressed``
    ``[INPUTS, colours, lanes]`` are the inputs of the regressions: values less the mean of the nearest values in the
    same colour.
    """

    pairs: list[tuple[int, int]]
    own: Floats32
    own_errors: Floats32
    earlier: Floats32
    earlier_errors: Floats32
    mean: Floats32
    regressed: Floats32

    def doubt(self) -> Floats32:
        """Return the sum of the nearest absolute errors, ``[colours, lanes]``, in 1/64 grey level."""
        found: Floats32 = np.abs(self.own_errors[:, :_NEAREST]).sum(1)
        return found

    def known(self, prediction: Floats32, brightness: Brightness | None = None) -> Known:
        """Return all that the networks get, given the predictions ``[colours, lanes]`` of the regressions.

        Deep samples come with a function ``brightness``, for their greys may lie outside of 0 to 255. Their distances
        are clipped to the largest that others can have.
        """
        colours, lanes = prediction.shape
        sizes = np.abs(self.own_errors)
        away = np.empty((colours, _SIGNED, lanes), _F)
        np.multiply(self.own, _F(UNIT), out=away[:, : len(_OWN)])
        away[:, : len(_OWN)] -= prediction[:, None]
        away[:, len(_OWN) :] = self.own_errors[:, :_NEAREST]
        if brightness is not None:
            _cut(away, MAX_VALUE)
        scale = _scale(sizes, away)
        per_scale = _F(UNIT) / scale
        log_scale = _log_scales().take(scale.astype(np.intp))
        whole = np.floor(prediction * _F(1 / UNIT))
        inputs = np.zeros((colours, WIDTHS[colours - 1], lanes), _F)
        _scaled(away, per_scale, inputs[:, :_SIGNED])
        inputs[:, _SIGNED : _OF_OWN - 3] = _log_errors().take(sizes.astype(np.intp))
        inputs[:, _OF_OWN - 3] = log_scale
        bright = _brightness if brightness is None else brightness
        inputs[:, _OF_OWN - 2] = bright(prediction)
        np.multiply(prediction - whole * _F(UNIT), _F(4), out=inputs[:, _OF_OWN - 1])
        if self.pairs:
            earlier = self._known_of_earlier(per_scale, bright)
            for number, (later, before) in enumerate(self.pairs):
                inputs[later, _OF_OWN + before * _OF_EARLIER :][:_OF_EARLIER] = earlier[number]
        return Known(inputs, prediction, scale, log_scale)

    def _known_of_earlier(self, per_scale: Floats32, bright: Brightness) -> Floats32:
        """Return the networks' inputs from earlier colours, ``[pairs, inputs, lanes]``."""
        values, errors = self.earlier, self.earlier_errors
        differences, found = len(_EARLIER) - 1, np.empty((len(self.pairs), _OF_EARLIER, per_scale.shape[-1]), _F)
        signed = np.empty((len(self.pairs), differences + len(_EARLIER_ERRORS), per_scale.shape[-1]), _F)
        np.subtract(values[:, 1:], values[:, :1], out=signed[:, :differences])
        signed[:, :differences] *= _F(UNIT)
        signed[:, differences:] = errors
        _scaled(signed, per_scale[[later for later, _ in self.pairs]], signed)
        found[:, :differences] = signed[:, :differences]
        found[:, differences] = bright(values[:, 0] * _F(UNIT))
        found[:, differences + 1 : differences + 1 + len(_EARLIER_ERRORS)] = signed[:, differences:]
        found[:, -len(_EARLIER_ERRORS) :] = _log_errors().take(np.abs(errors).astype(np.intp))
        return found


class Surroundings:
    """Finds the neighbours of samples in their ``memory``."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        colours = range(memory.colours)
        same = [(colour, colour) for colour in colours]
        self._pairs = pairs = [(later, before) for later in colours for before in range(later)]
        kinds = (
            (same, VALUE, _OWN),
            (same, ERROR, _OWN_ERRORS),
            (pairs, VALUE, _EARLIER),
            (pairs, ERROR, _EARLIER_ERRORS),
        )
        offsets = [
            Offset(what, before, later, *place)
            for seen, what, places in kinds
            for later, before in seen
            for place in places
        ]
        self._shapes = [(len(seen), len(places)) for seen, _, places in kinds]
        regressed, self._means, used = _regressed(memory.colours, pairs)
        self._used = used[..., None]
        self._places = memory.places([*offsets, *regressed])

    def look(self, step: int, groups: range) -> View:
        """Return what is around the samples of ``step`` in ``groups`` of rows."""
        found = self._memory.look(step, groups, self._places)
        lanes, at, parts = found.shape[1], 0, []
        for first, second in self._shapes:
            parts.append(found[at : at + first * second].reshape(first, second, lanes))
            at += first * second
        own, own_errors, earlier, earlier_errors = parts
        means = np.concatenate([_mean(own), _mean(earlier[:, 1:])])
        regressed = found[at:].reshape(INPUTS, len(own), lanes)
        regressed -= means[self._means]
        regressed *= self._used
        return View(self._pairs, own, own_errors, earlier, earlier_errors, means[: len(own)], regressed)


def current_input(colour: int) -> int | None:
    """Return which input of a colour's regression is the same pixel in the colour before; None for the first colour."""
    return _REGRESSED_OWN[colour] + (colour - 1) * _REGRESSED_EARLIER[colour] if colour else None


def _regressed(colours: int, pairs: list[tuple[int, int]]) -> tuple[list[Offset], Indices, Floats32]:
    """Return three things for each of the regressions' inputs, ``[INPUTS, colours]``.

    They are its place; which mean is subtracted (the colours' own means come first, then those of pairs); and 1 where
    the colour has such an input, else 0.
    """
    columns: list[list[tuple[Offset, int, float]]] = []
    for colour in range(colours):
        column = [(Offset(VALUE, colour, colour, *place), colour, 1.0) for place in _OWN[: _REGRESSED_OWN[colour]]]
        for before in range(colour):
            mean = colours + pairs.index((colour, before))
            places = _EARLIER[: _REGRESSED_EARLIER[colour]]
            column += [(Offset(VALUE, before, colour, *place), mean, 1.0) for place in places]
        column += [(column[0][0], colour, 0.0)] * (INPUTS - len(column))
        columns.append(column)
    rows = list(zip(*columns, strict=True))
    offsets = [offset for row in rows for offset, _, _ in row]
    means = np.array([[mean for _, mean, _ in row] for row in rows])
    return offsets, means, np.array([[used for _, _, used in row] for row in rows], _F)


def _brightness(greys: Floats32) -> Floats32:
    """Return how bright ``greys`` in 1/64 grey level are: -256 for black, 254 for white."""
    found: Floats32 = np.floor(greys * _F(1 / 32) - _F(256))
    return found


def _mean(values: Floats32) -> Floats32:
    """Return the mean of the first four of ``[..., neighbours, lanes]``. It is exact: a multiple of 1/4."""
    found: Floats32 = values[..., :_NEAREST, :].sum(-2) * _F(1 / _NEAREST)
    return found


def _scale(sizes: Floats32, away: Floats32) -> Floats32:
    """Return the local scale, about how large errors are here, ``[colours, lanes]``, in 1/64 grey level.

    It is half a grey level, an eighth of the sum of absolute errors (the two nearest count twice), and a little of the
    spread of the nearest values. Sums are of integers below 2**24.
    """
    weighed = sizes.sum(1) + sizes[:, :2].sum(1)
    spread = np.abs(away[:, : len(_OWN_ERRORS)]).sum(1)
    found: Floats32 = np.floor((weighed * _F(_SPREAD_PARTS // 8) + spread) * _F(1 / _SPREAD_PARTS)) + _F(LEAST_SCALE)
    return found


def _scaled(values: Floats32, per_scale: Floats32, out: Floats32) -> None:
    """Write ``values`` ``[..., neighbours, lanes]``, in 1/64 of the local scale and clipped, to ``out``."""
    np.multiply(values, per_scale[..., None, :], out=out)
    np.rint(out, out=out)
    _cut(out, INPUT_MAX)


def _cut(values: Floats32, most: int) -> None:
    """Clip ``values`` to ``-most``..``most``, in place."""
    np.maximum(values, -most, out=values)
    np.minimum(values, most, out=values)


def _logarithms(values: Integers64, bits: int) -> Floats32:
    """Return log2(value / UNIT) of each of ``values``, in units of 2**-bits, rounded."""
    down = COST_UNIT_BITS - bits
    log2 = log2_fixed(values) - (UNIT_BITS << COST_UNIT_BITS)
    return ((log2 + (1 << (down - 1))) >> down).astype(_F)


@cache
def _log_errors() -> Floats32:
    """Return the table of log2(1 + error / UNIT) in 1/32 octave, by the absolute error."""
    return _logarithms(UNIT + np.arange(MAX_VALUE + 1), _LOG_ERROR_BITS)


@cache
def _log_scales() -> Floats32:
    """Return the table of log2(scale / UNIT) in 1/64 octave, by the local scale."""
    found = _logarithms(np.maximum(1, np.arange(MAX_SCALE + 1)), UNIT_BITS)
    return np.minimum(found, INPUT_MAX)  # black and white pictures would exceed it by a little
